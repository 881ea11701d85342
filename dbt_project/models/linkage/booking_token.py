def model(dbt, session):
    """A stand-in for every booking id, from orchestration/linkage/identity.py."""
    dbt.config(materialized="table")
    dbt.ref("stg_nomis__offender_booking")

    from orchestration import settings
    from orchestration.linkage import identity

    return identity.booking_token(session, identity.identity_key(settings.current().home))
