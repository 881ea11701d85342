def model(dbt, session):
    """Records of prison and probation joined into persons in orchestration/linkage/persons.py."""
    dbt.config(materialized="table")
    dbt.ref("link_decided")
    dbt.ref("link_spine_pair")

    from orchestration.linkage import persons

    return persons.clusters(session)
