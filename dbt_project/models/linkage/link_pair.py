def model(dbt, session):
    """Pairs of records with their weight, from orchestration/linkage/model.py."""
    dbt.config(materialized="table")
    dbt.ref("link_feature")

    from orchestration.linkage import model as linkage_model

    return linkage_model.scored_pairs(session.execute("from linkage.link_feature").to_arrow_table())
