def model(dbt, session):
    """Who is who: compared, clustered and given an id in orchestration/linkage.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("stg_nomis__offender")
    dbt.ref("stg_nomis__offender_booking")
    dbt.ref("stg_ndelius__offender")
    dbt.ref("link_birth_date")
    dbt.ref("link_identifier")
    dbt.ref("link_name")

    from orchestration import linkage, settings

    return linkage.person_link(session, linkage.identity_key(settings.current().home))
