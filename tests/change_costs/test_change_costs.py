"""A change of one kind touches at most three files, and it is all that it takes: the product with every change of README's table takes in,
counts, publishes and shows what each is about."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.change_costs.changes import CHANGES, CODE, KNOWN_DAY, LIKE, NEW_DAY, PAGE, REPOSITORY, TABLE, make_all
from tests.conftest import file_of

AT_MOST = 3
# Opens a page of a home and prints its words.
OPENED = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("dashboard/app.py", default_timeout=120)
app.switch_page(f"views/{sys.argv[1]}.py").run()
assert not app.exception, app.exception
print(" ".join(one.value for one in app.get("html")))
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The copy, and the files of each change."""
    folder = tmp_path_factory.mktemp("changes")
    return folder / "copy", make_all(folder / "copy")


@pytest.fixture(scope="module")
def home(changed, tmp_path_factory, inspection_landing, inspection_home):
    """A home that the copy has refreshed from deliveries with what is new in them."""
    copy, _ = changed
    folder = tmp_path_factory.mktemp("changed")
    landing, home = folder / "landing", folder / "home"
    shutil.copytree(inspection_landing, landing)
    newest = max((landing / "ndelius").iterdir())
    (newest / "STAFF_SICKNESS.csv").write_text("STAFF_ID,FROM_DATE,TO_DATE\n1,2023-05-01,2023-05-03\n1,2023-06-01,\n")
    for path in landing.glob("ndelius/*/R_*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace(LIKE, CODE), encoding="utf-8")
    home.mkdir(mode=0o700)
    shutil.copy2(inspection_home / "identity.key", home)
    done = run(copy, "-m", "orchestration.cli", "refresh", "--landing", landing, "--home", home)
    assert done.returncode == 0, done.stderr[-3000:]
    return home


def run(copy: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, arguments)], cwd=copy, capture_output=True, text=True, env=os.environ | more)


def ask(home: Path, query: str) -> list[tuple]:
    """`query` names tables as {table}."""
    return duckdb.sql(re.sub(r"{(\w+)}", lambda m: f"'{file_of(home, m[1])}'", query)).fetchall()


def test_every_change_is_a_row_of_the_table_in_readme():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([^|]+) \|", readme.split("## I want to change")[1].split("\n## ")[0], re.M))
    assert {row for row, _ in CHANGES.values()} <= rows


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_touches_at_most_three_files(changed, name):
    _, touched = changed
    assert 1 <= len(touched[name]) <= AT_MOST, touched[name]


def test_nothing_else_has_to_be_told_of_the_changes(changed):
    """No list to keep beside: the rules of the house and the registry hold in the copy as they are."""
    copy, _ = changed
    # The SQL of each model is a matter of its own.
    rules = ("tests/test_architecture.py", "tests/measures/test_registry.py", "-k", "not sql_keeps_to and not ends_with_columns")
    done = run(copy, "-m", "pytest", "-q", *rules, "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize(("measure", "day"), [KNOWN_DAY, NEW_DAY])
def test_a_measure_that_is_a_row_has_results(home, measure, day):
    counted = f"select sum(denominator) > 0, sum(numerator) > 0 from {{fct_measure_result}} where measure_id = '{measure}'"
    assert ask(home, counted) == [(True, True)]
    assert ask(home, f"select count(*) > 0 from {{fct_release_status}} where day = {day} and state = 'observed'") == [(True,)]


@pytest.mark.slow
def test_a_code_that_is_a_row_is_understood(home, inspection_home):
    statuses = f"select release_id, domain, day, status, state_reason from {{fct_release_status}} where day <> {NEW_DAY[1]} order by all"
    assert ask(home, statuses) == ask(inspection_home, statuses)


@pytest.mark.slow
def test_a_table_that_is_declared_lands_and_is_published_and_a_page_shows_it(changed, home):
    """The refresh of the copy is a run of the asset graph."""
    copy, _ = changed
    assert ask(home, f"select staff_id, cast(to_date as varchar) from {{{TABLE}}} order by from_date") == [("1", "2023-05-03"), ("1", None)]
    shown = run(copy, "-c", OPENED, PAGE, GATEHOUSE_HOME=str(home))
    assert "2 spells of sickness are on record." in shown.stdout, shown.stderr[-2000:]
