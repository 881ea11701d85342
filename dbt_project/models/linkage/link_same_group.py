def model(dbt, session):
    """Records that were decided to be one, joined in orchestration/linkage/persons.py."""
    dbt.config(materialized="table")
    dbt.ref("link_decision")

    from orchestration.linkage import persons

    return persons.same_groups(session)
