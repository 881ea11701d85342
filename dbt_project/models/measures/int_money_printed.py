def model(dbt, session):
    """What is printed of claims and payments, from orchestration/publishing/disclosure.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("fct_claim")
    dbt.ref("threshold")
    dbt.source("landing", "run")

    from orchestration import settings
    from orchestration.linkage import identity
    from orchestration.publishing import printed

    return printed.money_printed(session, identity.identity_key(settings.current().home))
