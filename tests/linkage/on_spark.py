"""The linkage model on Spark, run by test_spark.py in an environment of its own: `python on_spark.py SETTINGS COLUMNS OUT FREQUENCY ...`.

SETTINGS: JSON; COLUMNS: of the pairs, joined by commas; OUT: folder for Parquet of every pair compared; FREQUENCY: column. The folder it is
run in holds compared.parquet and each frequency_<column>.parquet, as orchestration/linkage/model.py makes them.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.types import DoubleType
from splink import Linker
from splink.backends.spark import SparkAPI, similarity_jar_location

# Spark makes Java of the long conditions, which takes minutes to compile or fails to: here it interprets them.
INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.CollapseProject,"
    "org.apache.spark.sql.catalyst.optimizer.PushPredicateThroughNonJoin",
}
ON_THIS_MACHINE = {
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
}


def main(settings: str, columns: str, out: str, *frequencies: str) -> None:
    builder = SparkSession.builder.master("local[2]").appName("linkage").config("spark.jars", similarity_jar_location())
    for name, value in (INTERPRETED | ON_THIS_MACHINE).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    api = SparkAPI(spark_session=spark, break_lineage_method="persist")
    # The name that DuckDB has for it, which the conditions of the model use.
    spark.udf.registerJavaFunction("jaro_winkler_similarity", "uk.gov.moj.dash.linkage.JaroWinklerSimilarity", DoubleType())
    linker = Linker(api.register(spark.read.parquet("compared.parquet")), json.loads(Path(settings).read_text()), log_level=None)
    for column in frequencies:
        frequency = api.register(spark.read.parquet(f"frequency_{column}.parquet"))
        linker.table_management.register_term_frequency_lookup(frequency, column)
    pairs = linker.inference.predict(warning_mode="never").as_spark_dataframe()
    pairs.select(*columns.split(",")).coalesce(1).write.parquet(out)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
