def model(dbt, session):
    """What is printed of every count on the grid, from orchestration/publishing/disclosure.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("dim_contract")
    dbt.ref("int_measure_count")
    dbt.ref("int_measure_design_effect")
    dbt.ref("int_measure_group")
    dbt.ref("int_measure_listed")
    dbt.ref("int_measure_period")
    dbt.ref("int_measure_record_key")
    dbt.ref("int_measure_registered")
    dbt.ref("measures")
    dbt.ref("published_grid")
    dbt.ref("threshold")
    dbt.source("landing", "run")

    from orchestration.publishing import printed

    return printed.measure_printed(session)
