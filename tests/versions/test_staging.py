"""Every version of a row is kept, and on every as-of day the current one is the one the delivery contract says."""

import datetime as dt

import pytest

from .histories import DAYS, MODELS, SHAPES, Histories
from .oracle import current
from .warehouse import build

AS_OF = [*DAYS, dt.date(2023, 3, 1)]


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def histories(request, tmp_path_factory):
    base, made = tmp_path_factory.mktemp("histories"), Histories(request.param)
    made.write(base / "landing")
    return base, made


def staged(con) -> dict[str, dict[str, tuple[str, str, int]]]:
    """Model -> {(delivery, file, record number)} of its rows."""
    return {
        model: {
            (delivery, file, int(number))
            for delivery, file, number in con.execute(
                f"select split_part(_pointer, '|', 1), split_part(_pointer, '|', 2), split_part(_pointer, '|', 3) from staging.{model}"
            ).fetchall()
        }
        for model in MODELS
    }


@pytest.mark.parametrize("as_of", [list(DAYS)[5], list(DAYS)[0], dt.date(2023, 3, 1), list(DAYS)[2], list(DAYS)[3]], ids=str)
def test_staging_holds_the_rows_that_the_contract_says_are_current(histories, as_of):
    base, made = histories
    with build(base / "landing", base, as_of, MODELS) as con:
        found = staged(con)
    expected = current(made.deliveries, as_of)
    wrong = {}
    for model in MODELS:
        tables = [table for table, shape in SHAPES.items() if shape.model == model]
        right = {(delivery, f"{table}.csv", n) for table in tables for delivery, n in expected[table].values()}
        if found[model] != right:
            wrong[model] = (len(right), sorted(found[model] - right)[:3], sorted(right - found[model])[:3])
    assert not wrong, wrong
    assert sum(map(len, found.values())) > 300
