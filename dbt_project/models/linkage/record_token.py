def model(dbt, session):
    """A stand-in for every record of a person, and for every number merged into one, from orchestration/linkage/identity.py."""
    dbt.config(materialized="table")
    dbt.ref("link_record")
    dbt.ref("link_prisoner")

    from orchestration import settings
    from orchestration.linkage import identity

    return identity.record_token(session, identity.identity_key(settings.current().home))
