def model(dbt, session):
    """A stand-in for every booking id, from orchestration/linkage.py."""
    dbt.config(materialized="table")
    dbt.ref("stg_nomis__offender_booking")

    from orchestration import linkage, settings

    return linkage.booking_token(session, linkage.identity_key(settings.current().home))
