def model(dbt, session):
    """The fitted model of each headline measure, from orchestration/warehouse/case_mix.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("int_case_mix_release")
    dbt.ref("fct_measure_person")
    dbt.ref("measures")
    dbt.ref("threshold")

    from orchestration.warehouse import case_mix

    (least,) = session.execute("select max(value) from seeds.threshold where threshold = 'case_mix_least_events'").fetchone()
    return case_mix.models(session, least)
