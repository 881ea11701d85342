def model(dbt, session):
    """A stand-in for every record of a person, and for every number merged into one, from orchestration/identity.py."""
    dbt.config(materialized="table")
    dbt.ref("link_record")
    dbt.ref("stg_nomis__offender")

    from orchestration import identity, settings

    return identity.record_token(session, identity.identity_key(settings.current().home))
