def model(dbt, session):
    """What has changed in who is who, from orchestration/linkage/history.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("link_record")
    dbt.ref("person_link")
    dbt.ref("record_token")
    dbt.ref("stg_decisions__link_decision")

    from orchestration import settings
    from orchestration.linkage import history as person_history

    as_of = session.execute("select as_of from landing.run").fetchone()[0]
    return person_history.person_change(session, settings.current().home, as_of)
