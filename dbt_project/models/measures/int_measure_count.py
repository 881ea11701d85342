def model(dbt, session):
    """Exact counts of every measure, period and group, from orchestration/warehouse/counting.py."""
    dbt.config(materialized="table")
    # What is read; dbt builds these first.
    dbt.ref("int_measure_group")
    dbt.ref("int_measure_member")
    dbt.ref("int_measure_membership")
    dbt.ref("int_measure_period")
    dbt.ref("int_measure_record_key")
    dbt.ref("int_measure_unit")

    from orchestration.warehouse import counting

    return counting.measure_count(session)
