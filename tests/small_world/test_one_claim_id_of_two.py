"""Two providers may use one claim id. Whoever may see the claim of the one sees nothing of the other's: no row, test, evidence, case or pack."""

import csv
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import pytest

from decisions import case_edition
from edition import reading
from edition.access import Use
from edition.folder import current
from edition.rights import Grant, Reader
from orchestration.audit.pack import PackError, Scope, make
from orchestration.settings import Settings
from tests.conftest import NOW
from tests.truth.test_rights import RIGHTS, broken

from .scenario import scenario

SHARED = "SHARED-1"
SIDES = {"provider_madeup": ("MADEUP", "CTR-MADEUP"), "provider_others": ("OTHERS", "CTR-OTHERS")}


BY_ID_ALONE = [
    ("({', '.join(key)}) in (select (source, claim_id) from", "{key[1]} in (select claim_id from"),
    ('_of_claim(edition, claimed, SUBJECT) if SUBJECT[0] in columns else "false"', "f\"subject_id in ({_ids(edition, 'fct_claim', 'claim_id', claimed)})\""),
]


def claimed(w, sender: str) -> None:
    """A plan that was made and claimed under the shared id, late and without evidence, so that rules fail and a case is opened."""
    p = w.released()
    provider, contract = SIDES[sender]
    booking = p.booking["BOOKING_NO"]
    w.row("oasys", "BCS_SCREENING", screening_id=f"S-{sender}", noms_no=p.noms, booking_no=booking, reception_ts=p.at(-200), completed_ts=p.at(-199))
    w.row(sender, "PERSON", person_ref=f"P-{provider}", noms_no=p.noms, crn=p.crn, first_name=p.first, last_name=p.last, birth_date=p.born,
          recorded_ts="2021-06-01 09:00:00")  # fmt: skip
    w.row(sender, "PLAN", plan_ref="PL-SHARED", person_ref=f"P-{provider}", noms_no=p.noms, booking_no=booking, prison_code=p.prison, screening_id=f"S-{sender}",
          completed_ts=p.at(-150), author_ref="A1", plan_text=f"Invented plan of {sender}", recorded_ts=p.at(-150, "12:00:00"))  # fmt: skip
    w.row(sender, "CLAIM", claim_id=SHARED, contract_id=contract, prime_code=provider, person_ref=f"P-{provider}", booking_no=booking, prison_code=p.prison,
          task_code="MADEUP-PLAN", task_ref="PL-SHARED", task_date=p.on(-150), qty="1", rate="100.00", amount="100.00", submitted_ts=p.at(-140), status="submitted")  # fmt: skip


@scenario
def test_whoever_manages_one_of_two_claims_of_one_id_sees_nothing_of_the_other(w):
    w.contract("CTR-OTHERS", "OTHERS", kind="other")
    w.row("contracts", "TASK", task_code="MADEUP-PLAN", from_date="2010-01-01", task_name="Invented plan", domain="planning", setting="custody", evidence_table="PLAN")
    for sender in SIDES:
        claimed(w, sender)
    w.payment("100.00", claim=SHARED)
    a = yield
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(a.home, home, ignore=shutil.ignore_patterns("spill"))
        for mine, theirs in (tuple(SIDES), tuple(reversed(SIDES))):
            for kind, code in zip(("provider", "contract"), SIDES[mine], strict=True):
                sees_only(home, Reader("invented.manager", (Grant("contract_manager", kind, code),)), mine, theirs)
        # And nobody's claim is lost by that.
        sees_both(home, Reader("invented.auditor", (Grant("auditor", is_named=True),)))
        # Were the right to a claim by its id alone, this would be seen.
        for by_source, by_id in BY_ID_ALONE:
            with broken(RIGHTS, by_source, by_id), pytest.raises(AssertionError):
                sees_only(home, Reader("invented.manager", (Grant("contract_manager", "provider", "OTHERS"),)), "provider_others", "provider_madeup")


def seen(home: Path, reader: Reader, query: str) -> list[tuple]:
    with reading.opened(current(home), Use(current(home), NOW, reader, "testing rights", query=query), asks=query) as con:
        return con.execute(query).fetchall()


TESTS = f"select distinct source from fct_claim_test where claim_id = '{SHARED}'"
CLAIMS = f"select source, contract_id from fct_claim where claim_id = '{SHARED}'"
EVIDENCE = f"select subject_source, source, file from fct_evidence where subject_kind = 'claim' and subject_id = '{SHARED}' order by all"
# The claim, its plan and the screening behind it; the payment is the first source's.
BEHIND = {
    "provider_madeup": {("contracts", "PAYMENT.csv"), ("oasys", "BCS_SCREENING.csv"), ("provider_madeup", "CLAIM.csv"), ("provider_madeup", "PLAN.csv")},
    "provider_others": {("oasys", "BCS_SCREENING.csv"), ("provider_others", "CLAIM.csv"), ("provider_others", "PLAN.csv")},
}


def sees_only(home: Path, reader: Reader, mine: str, theirs: str) -> None:
    edition, contract = current(home), SIDES[mine][1]
    assert seen(home, reader, CLAIMS) == [(mine, contract)]
    assert seen(home, reader, TESTS) == [(mine,)]
    evidence = seen(home, reader, EVIDENCE)
    assert {whose for whose, *_ in evidence} == {mine} and {tuple(rest) for _, *rest in evidence} == BEHIND[mine] and len(evidence) == len(BEHIND[mine])
    cases = [case for case in case_edition.listed(home, edition, Use(edition, NOW, reader, "testing rights")) if case.claim_id == SHARED]
    assert cases and {case.source for case in cases} == {mine}
    out = Path(home) / "pack.zip"
    with pytest.raises(PackError, match="no claim of .* that you may see"):
        packed(home, reader, Scope(source=theirs, claim_id=SHARED), out)
    assert not out.exists()
    # By the id alone it is one's own, and every row of every table in it.
    holds_only(home, reader, Scope(claim_id=SHARED), mine, theirs)


def holds_only(home: Path, reader: Reader, scope: Scope, mine: str, theirs: str) -> None:
    out = Path(home) / "pack.zip"
    packed(home, reader, scope, out)
    with zipfile.ZipFile(out) as pack:
        tables = {name: list(csv.DictReader(io.StringIO(pack.read(name).decode()))) for name in pack.namelist() if name.endswith(".csv")}
    out.unlink()
    assert tables["claims.csv"] and tables["results.csv"]
    assert {(row["source"], row["file"]) for row in tables["source_rows.csv"]} == BEHIND[mine] and len(tables["source_rows.csv"]) == len(BEHIND[mine])
    for name, rows in tables.items():
        assert theirs not in {value for row in rows for value in row.values()}, name
        assert {row["claim_source"] for row in rows if "claim_source" in row} <= {mine}, name


def sees_both(home: Path, reader: Reader) -> None:
    assert {source for source, _ in seen(home, reader, CLAIMS)} == set(SIDES)
    evidence = seen(home, reader, EVIDENCE)
    assert {(whose, tuple(rest)) for whose, *rest in evidence} == {(whose, row) for whose, rows in BEHIND.items() for row in rows}
    for mine, theirs in (tuple(SIDES), tuple(reversed(SIDES))):
        holds_only(home, reader, Scope(source=mine, claim_id=SHARED), mine, theirs)


def packed(home: Path, reader: Reader, scope: Scope, out: Path) -> None:
    edition = current(home)
    make(Settings(home, home / "landing"), edition, Use(edition, NOW, reader, "testing packs"), scope, out)
