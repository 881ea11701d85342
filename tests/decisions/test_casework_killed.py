"""Many at work at once, killed at any moment: nothing is there twice, and nothing that was acknowledged is lost."""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from decimal import Decimal
from types import ModuleType
from unittest import mock

import pytest
import sqlalchemy as sa

from decisions import casework, store
from decisions.cases import Refused
from decisions.store import StoreError
from edition.access import verify
from tests.conftest import FORKS
from tests.decisions.casework import APPROVER, AT, HOLIDAYS, MANAGER, fail, results, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
PROCESSES, KILLS, CASES = 8, 200, 400


def _work(home, environment: dict[str, str], number: int, told) -> None:
    """Takes cases one after another, each to its end, and writes down what was acknowledged. One that was killed does all of it again, by the same
    keys."""
    os.environ.clear()
    os.environ.update(environment)

    def acknowledge(**said) -> None:
        with told.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")
            file.flush()
            os.fsync(file.fileno())

    # Each case is worked on by two processes, by the same keys, as by somebody who sends a form twice.
    mine = [case for case in range(1, CASES + 1) if case % (PROCESSES // 2) == number % (PROCESSES // 2)]
    if number >= PROCESSES // 2:
        mine.reverse()
    for case in mine:
        while True:
            try:
                if case % 3 == 0:
                    casework.query(home, MANAGER, case, "why", AT, f"query-{case}", HOLIDAYS)
                    acknowledge(key=f"query-{case}", table="case_step")
                verdict, reason = ("explained", "record_corrected") if case % 3 == 0 else ("upheld", "no record")
                amount = Decimal(0) if case % 3 == 0 else Decimal("71.20")
                made = casework.propose(home, MANAGER, case, verdict, AT, f"propose-{case}", amount=amount, reason=reason, evidence="a letter")
                acknowledge(key=f"propose-{case}", table="case_proposal")
                casework.approve(home, APPROVER, made.proposal_id, AT, f"approve-{case}")
                acknowledge(key=f"approve-{case}", table="case_step")
                break
            except StoreError:
                time.sleep(0.05)
            except Refused as refused:
                acknowledge(refused=str(refused))
                break


def test_eight_at_work_and_two_hundred_kills_leave_no_decision_twice_and_lose_none(home, tmp_path, capsys):
    run(home, results(*(fail(f"C{n}") for n in range(1, CASES + 1))))
    chance = random.Random("invented kills")
    told = [tmp_path / f"told-{number}" for number in range(PROCESSES)]

    def start(number: int):
        process = FORKS.Process(target=_work, args=(home, dict(os.environ), number, told[number]))
        with mock.patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            process.start()
        return process

    at_work = {number: start(number) for number in range(PROCESSES)}
    kills = finished_before = 0
    while kills < KILLS:
        time.sleep(chance.uniform(0.02, 0.4))
        number = chance.randrange(PROCESSES)
        if at_work[number].is_alive():
            os.kill(at_work[number].pid, signal.SIGKILL)
            kills += 1
        else:
            finished_before += 1
        at_work[number].join()
        # One that was done begins again: all of it is a retry then.
        at_work[number] = start(number)
    for process in at_work.values():
        process.join(600)
        assert process.exitcode == 0
    acknowledged = [json.loads(line) for file in told for line in file.read_text(encoding="utf-8").splitlines()]
    assert [one["refused"] for one in acknowledged if "refused" in one] == []
    with store._engine(home).connect() as con:
        keys = {table: Counter(con.execute(sa.text(f"select client_key from {table}")).scalars()) for table in ("case_step", "case_proposal")}
        steps = con.execute(sa.text("select case_id, to_state, proposed_by, approved_by from case_step order by case_id, step_no")).all()
    assert max(max(count.values()) for count in keys.values()) == 1
    assert {(one["table"], one["key"]) for one in acknowledged} <= {(table, key) for table, count in keys.items() for key in count}
    for case in range(1, CASES + 1):
        path = [step.to_state for step in steps if step.case_id == case]
        assert path == (["open", "queried", "explained"] if case % 3 == 0 else ["open", "upheld"])
    assert all(step.proposed_by != step.approved_by for step in steps if step.to_state in ("upheld", "explained"))
    # Each is in the access record before it is kept; one that was killed in between is there and was not kept.
    entries, fault = verify(home)
    assert fault == "" and entries >= len({one["key"] for one in acknowledged})
    with capsys.disabled():
        print(f"\n{kills} kills of {PROCESSES} processes ({finished_before} times one was done): {len(acknowledged)} acknowledged, {len(steps)} steps, none lost, none twice")
