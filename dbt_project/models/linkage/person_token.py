def model(dbt, session):
    """The id of every person, from orchestration/linkage/identity.py."""
    dbt.config(materialized="table")
    dbt.ref("link_spine")

    from orchestration import settings
    from orchestration.linkage import identity

    return identity.person_token(session, identity.identity_key(settings.current().home))
