"""Every version of a row is kept, and on every as-of day the current one is the one the delivery contract says."""

import datetime as dt
import re
import shutil

import pytest

from expectations.contract import declared_tables
from tests.conftest import REPOSITORY

from .histories import DAYS, MODELS, SHAPES, Histories
from .oracle import current
from .warehouse import Staging

AS_OF = sorted([*DAYS, dt.date(2023, 3, 1), dt.date(2023, 7, 31)])


@pytest.fixture(scope="module")
def staging(tmp_path_factory):
    return Staging(tmp_path_factory.mktemp("staging"), MODELS)


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def histories(request, tmp_path_factory):
    made = Histories(request.param)
    made.landing = tmp_path_factory.mktemp("histories") / "landing"
    made.write(made.landing)
    return made


# Of eight days the fast tests look at the last.
@pytest.mark.parametrize("as_of", [pytest.param(day, marks=[] if day == AS_OF[-1] else [pytest.mark.slow], id=str(day)) for n, day in enumerate(AS_OF)])
def test_staging_holds_the_rows_that_the_contract_says_are_current(histories, staging, as_of):
    found = staging.built(histories.landing, as_of, f"home{histories.seed}")
    expected = current(histories.deliveries, as_of)
    wrong = {}
    for model in MODELS:
        tables = [table for table, shape in SHAPES.items() if shape.model == model]
        right = sorted((delivery, f"{table}.csv", n) for table in tables for delivery, n in expected[table].values())
        if found[model] != right:
            wrong[model] = {"too many": set(found[model]) - set(right), "missing": set(right) - set(found[model])}
    assert not wrong
    assert sum(map(len, found.values())) > 300


@pytest.mark.slow
def test_the_order_in_which_deliveries_come_changes_nothing(histories, staging, tmp_path):
    """The last comes first and the first last, with a look at the half of them in between."""
    day, later = AS_OF[-1], sorted(histories.landing.glob("*/*"), reverse=True)
    for folder in later:
        shutil.copytree(folder, tmp_path / folder.relative_to(histories.landing))
        if folder.name == str(list(DAYS)[3]):
            staging.build(tmp_path, day, f"backwards{histories.seed}")
    assert staging.build(tmp_path, day, f"backwards{histories.seed}") == staging.built(histories.landing, day, f"home{histories.seed}")


STAGING = sorted((REPOSITORY / "dbt_project" / "models" / "staging").rglob("*.sql"))


@pytest.mark.parametrize("path", STAGING, ids=lambda path: path.stem)
def test_staging_drops_what_is_soft_deleted_or_has_lost_a_declared_parent(path):
    sql = path.read_text(encoding="utf-8")
    for landed in re.findall(r"current_rows\('(\w+)'", sql):
        table = next(t for t in declared_tables() if t.landing_name == landed)
        asked = {re.split(r"[.)]", column)[1] for column in re.findall(r"parent_is_live\(\s*'([^']+)'", sql)}
        assert {column for column, _, _ in table.parents} <= asked, f"{path.stem} keeps rows whose parent is gone"
        has_soft_delete = any(column == "soft_deleted" for column, _ in table.landing_columns)
        assert not has_soft_delete or "soft_deleted, 'N') <> 'Y'" in sql, f"{path.stem} keeps rows that were soft-deleted"
