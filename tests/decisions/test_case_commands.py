"""Casework and samples by command, from the query to the workbook and the decision of another."""

import csv
import datetime as dt
import io

import pytest
from openpyxl import load_workbook

from decisions import case_edition, case_run, casework, grants, workbook
from decisions.case_records import Run
from decisions.grants import Granted
from edition.access import Use
from sign_in.identity import ACCOUNT, account
from tests.conftest import NOW, gatehouse
from tests.decisions.casework import APPROVER, AS_OF, AT, AUDITOR, CONTRACT
from tests.decisions.claims_edition import publish
from tests.sign_in.conftest import write

WHY = ("--purpose", "audit of claims")


@pytest.fixture
def at_work(tmp_path, monkeypatch):
    """A home with cases, in which the account that gives commands is a contract manager."""
    monkeypatch.delenv("GATEHOUSE_DECISIONS_URL", raising=False)
    home = tmp_path / "home"
    edition = publish(home)
    case_run.apply_run(home, Run("one", edition.edition_id, AS_OF, AT), case_edition.results(edition, Use(edition, NOW, AUDITOR, "a test of commands")))
    write(home, "https://provider.invented/.well-known/openid-configuration", identity="account")
    grants.grant(home, Granted(0, ACCOUNT + account(), "contract_manager", "contract", CONTRACT, False, dt.date(2020, 1, 1), dt.date(2099, 12, 31), "ada.invented@example.org", AT))
    return home


def ask(home, *command: object) -> str:
    done = gatehouse(*command[:2], "--home", home, *command[2:])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_case_is_queried_sent_out_read_back_proposed_and_decided_by_another(at_work, tmp_path):
    rows = [*csv.DictReader(io.StringIO(ask(at_work, "casework", "list", *WHY)))]
    assert [(row["claim_or_subject"], row["rule"], row["state"]) for row in rows] == [("C1", "R41", "open"), ("C3", "R41", "open"), (f"{CONTRACT}|PLAN5|2023-03", "R54", "open")]
    number = rows[0]["case"]
    assert "queried, answer by" in ask(at_work, "casework", "query", number, "show the record")
    book = tmp_path / "book.xlsx"
    ask(at_work, "casework", "book-out", "inventia", book, *WHY)
    filled = load_workbook(book)
    filled[workbook.SHEET].cell(2, len(workbook.ASKED) + 1, "Accept")
    filled.save(book)
    assert ask(at_work, "casework", "book-in", book) == "1 answers kept, 0 of them late\n"
    told = ask(at_work, "casework", "propose", number, "upheld", "--amount", "71.20", "--reason", "accepted")
    proposal = told.split(":")[0].split()[-1]
    own = gatehouse("casework", "approve", "--home", at_work, proposal)
    assert own.returncode == 1 and "this is for an approver of the contract" in own.stderr
    assert casework.approve(at_work, APPROVER, int(proposal), AT, "approved").state == "upheld"


def test_a_preview_by_command_gives_the_frame_that_a_step_in_bulk_needs(at_work):
    counted = ask(at_work, "casework", "preview", "R41", "--least", "50")
    assert counted.startswith("2 cases that you may act on, £167.69, frame ")
    frame = counted.split()[-1]
    told = ("--frame", frame, "--reason", "no record", "--least", "50")
    assert ask(at_work, "casework", "propose-all", "R41", "upheld", *told, "--key", "bulk") == "2 proposals\n"
    done = gatehouse("casework", "propose-all", "--home", at_work, "R41", "upheld", "--frame", "0" * 64, "--reason", "no record")
    assert done.returncode == 1 and "not those that the preview counted" in done.stderr


def test_a_sample_is_drawn_examined_and_evaluated_by_command_and_notice_is_given(at_work):
    drawn = [*csv.DictReader(io.StringIO(ask(at_work, "sample", "draw", CONTRACT, "--seed", "2021", "--size", "2", *WHY)))]
    assert [row["claim_id"] for row in drawn] == ["C1", "C3"]
    for row in drawn:
        ask(at_work, "sample", "examine", row["sample"], row["source"], row["claim_id"], "0")
    said = dict(line.split(": ") for line in ask(at_work, "sample", "evaluate", drawn[0]["sample"]).splitlines())
    # Nothing is supported: each claim stands for a whole interval, and only what was found is proposed.
    assert said["projected"] == "206.14" and said["proposed_recovery"] == said["found"] == "167.69"
    assert ask(at_work, "casework", "notice", CONTRACT, "--period", "2023-03") == "notice 1\n"


def test_where_nobody_signs_in_cases_are_seen_and_nothing_is_changed(at_work):
    (at_work / "sign-in.toml").unlink()
    assert len(ask(at_work, "casework", "list", *WHY).splitlines()) == 7
    done = gatehouse("casework", "query", "--home", at_work, "1", "why")
    assert done.returncode == 1 and "contract manager of the contract" in done.stderr
