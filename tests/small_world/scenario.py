"""A scenario is one function in two halves: before `yield` it writes people into the shared world, after it says what must be published.

    @scenario
    def test_a_record_that_ends_on_the_day_still_counts(w):
        p = w.released()
        p.address(-1, "A07B", end=28)
        a = yield
        assert a.status(p, 28) == "settled"
"""

from __future__ import annotations

SCENARIOS: list = []
_waiting: dict = {}


def scenario(half):
    SCENARIOS.append(half)

    def test(answers):
        try:
            _waiting[half].send(answers)
        except StopIteration:
            return
        raise AssertionError("a scenario has one yield")

    test.__name__, test.__doc__ = half.__name__, half.__doc__
    return test


def write_all(world) -> None:
    for half in SCENARIOS:
        _waiting[half] = half(world)
        next(_waiting[half])


def number_of(world, row: dict) -> tuple[dict, str, int]:
    """(row, table, record number in its file) of a row, for looking up findings and quarantine."""
    for (_, table), rows in world.rows.items():
        for number, candidate in enumerate(rows, start=1):
            if candidate is row:
                return row, table, number
    raise LookupError("the row is in no table")
