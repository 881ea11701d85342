"""Every rate at three thresholds of linkage, through the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import edition_of, file_of, gatehouse
from tests.truth.conftest import Nation


@pytest.mark.slow
def test_every_rate_is_told_at_three_thresholds_and_the_surer_the_fewer_are_linked(small_nation: Nation, small_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(small_home, home)
    before = sorted(path.name for path in (home / "links").iterdir())
    done = gatehouse("thresholds", "--landing", small_nation.out, "--home", home)
    assert done.returncode == 0, done.stderr[-3000:]

    (made,) = edition_of(home).files("threshold", "restricted")
    assert made.stat().st_mode & 0o777 == 0o600
    results = file_of(home, "fct_measure_result")
    with duckdb.connect() as con:
        of_edition = con.execute(
            f"""select count(*) from '{results}' where characteristic = 'all' and geography_kind in ('nation', 'region', 'provider')"""
        ).fetchone()
        assert con.execute(f"select count(*) from '{made}'").fetchone() == of_edition
        ((strict, default, loose, releases),) = con.execute(
            f"""select sum(numerator_strict), sum(numerator_default), sum(numerator_loose), sum(denominator_default)
            from '{made}' where measure_id = 'L01' and period_grain = 'year' and geography_kind = 'nation'"""
        ).fetchall()
    assert strict < default <= loose <= releases == 1000
    # Nothing of the two refreshes is left, and the home's own links are as they were.
    assert not (home / "work" / "other_thresholds").exists() and sorted(path.name for path in (home / "links").iterdir()) == before
