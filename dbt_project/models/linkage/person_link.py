def model(dbt, session):
    """Who is who: joined and given an id in orchestration/linkage.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("link_identifier")
    dbt.ref("link_pair")
    dbt.ref("link_record")

    from orchestration import linkage, settings

    return linkage.person_link(session, linkage.identity_key(settings.current().home))
