"""Each planted fault gets its named result, everything else loads, and every record is accounted for."""

import json

import pytest

from .answers import refresh, text
from .faults import FAULTY, SOUND, plant


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    base = tmp_path_factory.mktemp("faults")
    faults = plant(base / "landing")
    return faults, refresh(base / "landing", base / "home"), base / "landing"


def stem(file):
    return text(file).rsplit("/", 1)[-1].split(".")[0].upper()


def accounts_of(a, fault, date=FAULTY):
    return [r for r in a.table("fct_row_account") if stem(r["file"]) == fault.table.upper() and fault.source in r["delivery"] and date in r["delivery"]]


def missing(a, fault):
    """What is wrong with the result of one fault; empty when it is as named."""
    if fault.result == "quarantined":
        rows = [r for r in a.table("fct_quarantine") if stem(r["file"]) == fault.table.upper() and r["row_number"] == fault.row
                and fault.source in r["delivery"] and FAULTY in r["delivery"]]  # fmt: skip
        if not rows:
            return "not quarantined"
        return "" if any(word in text(r["reason"]).lower() for r in rows for word in fault.words) else f"reason {[r['reason'] for r in rows]}"
    if fault.result == "finding":
        release = a.release(fault.subject) if fault.subject else None
        names = {r["finding"] for r in a.table("fct_finding")
                 if (release and r["subject_id"] == release["release_id"])
                 or (stem(r["file"]) == fault.table.upper() and r["row_number"] == fault.row)}  # fmt: skip
        return "" if any(word in name.lower() for name in names for word in fault.words) else f"findings {sorted(names)}"
    if fault.result == "refused":
        loaded = [r for r in accounts_of(a, fault) if r["rows_loaded"]]
        said = [r["reason"] for r in a.status_json["refused"] if stem(r["file"]) == fault.table.upper() and FAULTY in r["delivery"]]
        if loaded or not said:
            return f"loaded {loaded}, refusals {said}"
        return "" if any(word in said[0].lower() for word in fault.words) else f"refused because {said}"
    accounts = accounts_of(a, fault)
    if not accounts:
        return "no account"
    account = accounts[0]
    lost = {"rejected": account["rows_rejected"] != 1, "accepted": account["rows_loaded"] != fault.rows_read}[fault.result]
    return f"account {account}" if lost or account["rows_read"] != fault.rows_read else ""


def test_every_planted_fault_gets_its_named_result(faulty):
    faults, a, _ = faulty
    assert len(faults) >= 30
    wrong = {f.name: problem for f in faults if (problem := missing(a, f))}
    assert not wrong, json.dumps(wrong, indent=2, default=str)


def test_refused_tables_are_listed_with_a_reason(faulty):
    faults, a, _ = faulty
    refused = [r for f in faults if f.result == "refused" for r in accounts_of(a, f)]
    assert refused
    assert all(r["rows_loaded"] == 0 and r["rows_refused"] == r["rows_read"] for r in refused)


def test_every_account_balances_and_every_file_has_one(faulty):
    _, a, landing = faulty
    accounts = a.table("fct_row_account")
    unbalanced = [r for r in accounts if r["rows_read"] != sum(r[c] for c in ("rows_loaded", "rows_rejected", "rows_quarantined", "rows_refused"))]
    assert unbalanced == []
    files = sorted(p.name.split(".")[0].upper() for p in landing.rglob("*") if p.is_file() and p.name != "delivery.json" and p.stem != "NOT_A_TABLE")
    assert sorted(stem(r["file"]) for r in accounts if stem(r["file"]) != "NOT_A_TABLE") == files


def test_only_the_planted_records_are_quarantined(faulty):
    faults, a, _ = faulty
    planted = sorted((f.table.upper(), f.row) for f in faults if f.result == "quarantined")
    assert sorted((stem(r["file"]), r["row_number"]) for r in a.table("fct_quarantine")) == planted
    by_file = {}
    for table, _row in planted:
        by_file[table] = by_file.get(table, 0) + 1
    found = {stem(r["file"]): r["rows_quarantined"] for r in a.table("fct_row_account") if r["rows_quarantined"]}
    assert found == by_file


def test_everyone_else_is_still_answered(faulty):
    _, a, _ = faulty
    assert len(a.table("fct_release")) == 31
    settled = [r for r in a.table("fct_release_status") if (r["domain"], r["day"], r["official_class"]) == ("accommodation", 0, "settled")]
    assert len(settled) >= 25


def test_reasons_and_findings_name_nobody(faulty):
    _, a, _ = faulty
    said = " ".join(text(v) for t in ("fct_quarantine", "fct_finding") for r in a.table(t) for v in r.values()) + json.dumps(a.status_json)
    for private in ("Invent", "Madeupa", "A0001ZZ", "X000001", "32/13/1990", "A12345B", "XX12345"):
        assert private not in said, private


def test_the_sound_delivery_was_loaded_whole(faulty):
    _, a, _ = faulty
    assert all(r["rows_read"] == r["rows_loaded"] for r in a.table("fct_row_account") if SOUND in r["delivery"])


def test_every_finding_says_what_it_means_and_every_table_with_a_gap_what_it_touches(faulty):
    _, a, _ = faulty
    assert {r["finding"] for r in a.table("fct_finding")} <= {r["finding"] for r in a.table("dim_finding", "protected")}
    gaps = a.table("fct_gap", "protected")
    assert gaps and all(gap["figures"] for gap in gaps)
