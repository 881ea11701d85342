def model(dbt, session):
    """The key of every release by which counts are rounded, from orchestration/publishing/disclosure.py."""
    dbt.config(materialized="table")
    dbt.ref("fct_release")

    from orchestration import settings
    from orchestration.linkage import identity
    from orchestration.publishing import printed

    return printed.measure_record_key(session, identity.identity_key(settings.current().home))
