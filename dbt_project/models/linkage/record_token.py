def model(dbt, session):
    """A stand-in for every record of a person, and for every number merged into one, from orchestration/linkage.py."""
    dbt.config(materialized="table")
    dbt.ref("link_record")
    dbt.ref("stg_nomis__offender")

    from orchestration import linkage, settings

    return linkage.record_token(session, linkage.identity_key(settings.current().home))
