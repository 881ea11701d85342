def model(dbt, session):
    """Who is who: joined and given an id in orchestration/linkage/persons.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("link_identifier")
    dbt.ref("link_pair")
    dbt.ref("link_record")
    dbt.ref("record_token")
    dbt.ref("stg_decisions__link_decision")
    dbt.ref("threshold")

    from orchestration import settings
    from orchestration.linkage import held, identity
    from orchestration.linkage import history as person_history
    from orchestration.linkage import persons as linkage

    home = settings.current().home
    as_of = session.execute("select as_of from landing.run").fetchone()[0]
    earlier = person_history.earlier_links(home, as_of)
    link = linkage.person_link(session, identity.identity_key(home), earlier and str(earlier), settings.link_threshold())
    held.hold_what_changes_too_many(session, home, as_of)
    return link
