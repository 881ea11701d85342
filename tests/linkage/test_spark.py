"""The linkage model on Splink's other backend: those who outgrow one machine run the same settings on Spark."""

import json
import os
import shutil
import subprocess

import duckdb
import pytest

from orchestration.linkage.model import COMPARED, FREQUENCIES, compared, linker, model
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow

# An environment of its own: pyspark is large, and Splink's Spark backend fails beside the compiled sqlglot that dagster-dbt brings.
PYTHON = REPOSITORY / ".venv-spark" / "bin" / "python"
# The Jaro-Winkler of Splink's jar gives another number for about one in a hundred similar names, which puts a few pairs on another level.
SIMILAR, MOST_OTHERWISE = "name", 0.01
PAIR = "record_id_l, record_id_r"


@pytest.fixture(scope="module")
def java_home():
    """Where Java or pyspark is missing the test fails: nobody should take it for passed."""
    java = shutil.which("java", path=f"{os.environ.get('JAVA_HOME', '')}/bin:{os.environ['PATH']}")
    if java is None or subprocess.run([java, "-version"], capture_output=True).returncode:
        pytest.fail("Spark needs Java 17 or later (Debian: sudo apt-get install openjdk-17-jre-headless; or set JAVA_HOME)")
    if not PYTHON.exists():
        pytest.fail("pyspark is not installed: `make test-slow` does that, from requirements-spark.lock")


def test_spark_compares_the_same_pairs_on_the_same_levels(nation, java_home, tmp_path):
    with duckdb.connect(str(nation / "home" / "work" / "warehouse.duckdb"), read_only=True) as con:
        records = con.execute("from linkage.link_feature").to_arrow_table()
    settings = model()["settings"] | {"retain_matching_columns": True}
    columns = ", ".join((PAIR, "match_weight", *(f"gamma_{c}" for c in COMPARED)))
    with compared(records, model()) as con:
        for table in ("compared", *(f"frequency_{c}" for c in FREQUENCIES)):
            con.execute(f"copy {table} to '{tmp_path / table}.parquet' (format parquet)")
        here = linker(con, settings).inference.predict(warning_mode="never").physical_name
        con.execute(f"copy (select {columns} from {here}) to '{tmp_path / 'here.parquet'}' (format parquet)")
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    command = [PYTHON, REPOSITORY / "tests/linkage/on_spark.py", "settings.json", columns.replace(" ", ""), "there", *FREQUENCIES]
    done = subprocess.run(list(map(str, command)), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]

    shown = ", ".join(f"sum(cast(here.gamma_{c} <> there.gamma_{c} as integer)) as {c}" for c in COMPARED)
    same_levels = " and ".join(f"here.gamma_{c} = there.gamma_{c}" for c in COMPARED)
    both = f"from '{tmp_path}/here.parquet' as here full join '{tmp_path}/there/*.parquet' as there using ({PAIR.replace(' ', '')})"
    with duckdb.connect() as con:
        pairs, only_here, only_there = con.execute(
            f"select count(*), count(*) filter (where there.match_weight is null), count(*) filter (where here.match_weight is null) {both}"
        ).fetchone()
        differ = con.execute(f"select {shown} {both}").to_arrow_table().to_pylist()[0]
        (apart,) = con.execute(f"select max(abs(here.match_weight - there.match_weight)) filter (where {same_levels}) {both}").fetchone()
    assert pairs > 1000 and (only_here, only_there) == (0, 0)
    assert {c: n for c, n in differ.items() if n and c != SIMILAR} == {}
    assert differ[SIMILAR] <= pairs * MOST_OTHERWISE
    assert apart < 1e-9
