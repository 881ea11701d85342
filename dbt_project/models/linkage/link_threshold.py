def model(dbt, session):
    """The thresholds of the linkage model, for SQL."""
    dbt.config(materialized="table")

    import pyarrow as pa

    from orchestration.linkage import model as linkage_model

    thresholds = linkage_model.model()["thresholds"]
    return pa.table({"threshold": list(thresholds), "weight": [float(weight) for weight in thresholds.values()]})
