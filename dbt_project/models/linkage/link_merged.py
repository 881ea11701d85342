def model(dbt, session):
    """Prisoners merged into others, chains followed in orchestration/linkage/persons.py."""
    dbt.config(materialized="table")
    dbt.ref("link_merge")

    from orchestration.linkage import persons

    return persons.merged(session)
