"""An evidence pack is checked by whoever has it and nothing else, and an edition's audit comes out the same again."""

from __future__ import annotations

import csv
import json
import random
import shutil
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from decisions import case_edition, case_records, casework
from edition.access import Use, entries
from edition.folder import current
from edition.rights import Grant, Reader
from orchestration.audit import pack_file, rerun
from orchestration.audit.pack import PackError, Scope, make
from orchestration.audit.performed import performed
from orchestration.audit.verify import Differs, verify
from orchestration.landing.deliveries import keep_deliveries
from orchestration.settings import Settings
from tests.conftest import NOW, REPOSITORY, gatehouse
from tests.truth.payment.worlds import SENDER

PROVIDER, SEED = "CRSPRIME", 7
AUDITOR = Reader("auditor.invented", (Grant("auditor", is_named=True),))
MANAGER = Reader("manager.invented", (Grant("contract_manager", "provider", PROVIDER),))
EITHER = Reader("either.invented", (*MANAGER.grants, Grant("contract_manager", "provider", "TTGPRIME")))
ELSEWHERE = Reader("elsewhere.invented", (Grant("contract_manager", "provider", "TTGPRIME"),))


def packed(home: Path, out: Path, scope: Scope | None = None, reader: Reader = AUDITOR) -> Path:
    edition = current(home)
    make(Settings(home, home / "landing"), edition, Use(edition, NOW, reader, "testing packs"), scope or Scope(provider=PROVIDER), out)
    return out


@pytest.fixture(scope="module")
def home(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, with a question on each failed claim of the provider: packs are entered in its access record."""
    copy = tmp_path_factory.mktemp("packs") / "home"
    shutil.copytree(tiny_home, copy)
    for case in case_records.all_cases(copy):
        if case.provider == PROVIDER and case.state == "open":
            casework.query(copy, MANAGER, case.case_id, "An invented question", NOW.replace(tzinfo=None), f"key{case.case_id}", casework.bank_holidays())
    return copy


@pytest.fixture(scope="module")
def pack(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(home, tmp_path_factory.mktemp("pack") / "provider.zip")


def members(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def rows(pack: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(members(pack)[f"{name}.csv"].decode().splitlines()))


def made_anew(pack: Path, to: Path, name: str, alter) -> Path:
    """A pack of somebody who has altered a table and then made all hashes fit."""
    held = members(pack)
    facts = {k: v for k, v in json.loads(held[pack_file.MANIFEST]).items() if k != "members"}
    table = rows(pack, name)
    alter(table)
    held[f"{name}.csv"] = pack_file.as_csv(pack_file.Sheet(name, tuple(table[0]), [tuple(row.values()) for row in table]))
    pack_file.write_pack(to, facts, {k: v for k, v in held.items() if k not in (pack_file.MANIFEST, pack_file.MANIFEST_HASH)})
    return to


def test_each_condition_gives_what_the_rule_gave_on_every_claim(tiny_home: Path) -> None:
    conditions = {row["rule_id"]: row["fails_when"] for row in csv.DictReader((REPOSITORY / "seeds" / "rule.csv").open(encoding="utf-8", newline=""))}
    told: list[tuple[str, str, str, int]] = []
    with duckdb.connect(str(tiny_home / "work" / "warehouse.duckdb"), read_only=True) as con:
        for model, rule in con.execute(
            "select table_name, left(column_name, 3) from information_schema.columns where table_schema = 'payment' and table_name like 'rule_%' and regexp_full_match(column_name, 'r[0-9]{2}_evidence')"
        ).fetchall():
            told += con.execute(f"select upper('{rule}'), {rule}_evidence, {rule}_now, claim_no from payment.{model} where {rule}_now in ('pass', 'fail')").fetchall()
    again = performed([(rule, evidence) for rule, evidence, *_ in told], conditions)
    assert [row for row, found in zip(told, again, strict=True) if found not in (None, row[2])] == []
    both = Counter((rule, result) for rule, _, result, _ in told)
    # Every rule on claims has one, and nearly every one is seen on both sides.
    assert {rule for rule, condition in conditions.items() if condition} >= {rule for rule, _ in both}
    assert sum(both[rule, "pass"] > 0 and both[rule, "fail"] > 0 for rule, _ in both if both[rule, "pass"]) >= 60


def test_a_pack_is_checked_with_the_command_and_the_file_alone(pack: Path, tmp_path: Path) -> None:
    alone = shutil.copy(pack, tmp_path / "sent.zip")
    done = gatehouse("audit", "verify", alone)
    assert done.returncode == 0, done.stderr
    checked = verify(pack)
    results, said = rows(pack, "results"), rows(pack, "claims")
    assert checked.claims == len(said) > 30 and checked.performed > 500 and not checked.not_performed and checked.is_beside
    assert checked.rows_hashed == len(rows(pack, "source_rows")) > 60 and checked.rows_withheld == 0
    assert {row["provider"] for row in said} == {PROVIDER}
    assert {row["result"] for row in results} == {"pass", "fail", "not_testable"} and {row["known_then"] for row in results} >= {"pass", "fail"}
    assert {row["to_state"] for row in rows(pack, "decisions")} == {"open", "queried"} and rows(pack, "decisions")[0]["edition_id"]


def test_a_pack_of_the_same_is_the_same(home: Path, pack: Path, tmp_path: Path) -> None:
    tables = {name: data for name, data in members(packed(home, tmp_path / "again.zip")).items() if name.endswith((".csv", ".txt"))}
    assert tables == {name: members(pack)[name] for name in tables}


def test_a_hundred_altered_bytes_are_each_named(pack: Path, tmp_path: Path) -> None:
    whole, chance, sent = pack.read_bytes(), random.Random(SEED), tmp_path / "sent.zip"
    shutil.copy(pack_file.beside(pack), pack_file.beside(sent))
    with zipfile.ZipFile(pack) as zipped:
        begins = sorted((info.header_offset + 30 + len(info.filename), info.header_offset + 30 + len(info.filename) + info.file_size, info.filename) for info in zipped.infolist())
    by_cell = 0
    # As many of each: else the workbook and the manifest would have most of them.
    tables = [one for one in begins if one[2].endswith(".csv") and one[1] > one[0] + 200]
    places = [chance.randrange(len(whole)) for _ in range(50)] + [chance.randrange(*chance.choice(tables)[:2]) for _ in range(50)]
    for place in places:
        altered = bytearray(whole)
        altered[place] ^= chance.randrange(1, 256)
        sent.write_bytes(altered)
        with pytest.raises(Differs) as told:
            verify(sent)
        named = next((name for begin, end, name in begins if begin <= place < end), None)
        assert (named or ".") in str(told.value), (place, named, str(told.value))
        by_cell += ", row " in str(told.value) and (", column " in str(told.value) or " columns, not " in str(told.value))
    assert by_cell > 45


@pytest.mark.parametrize(
    ("name", "column", "value", "told"),
    [
        ("results", "result", lambda row: "fail" if row["result"] == "pass" else "pass", "results.csv, row 1, column known_now"),
        ("results", "evidence", lambda row: "{}", "by its evidence, not"),
        ("results", "amount_at_risk", lambda row: "1234.00", "what it is made of comes to"),
        ("results", "rule_version", lambda row: "2", "has no version 2"),
        ("source_rows", "columns", lambda row: row["columns"].replace("2", "3", 1), "does not have the hash"),
        ("payments", "amount", lambda row: "0.01", "column paid_amount"),
        ("claims", "s1_amount", lambda row: "0.07", "column s1_amount"),
        ("claims", "net", lambda row: "0.07", "its total net is"),
        ("claims", "claim_id", lambda row: "K9999", "no claim of claims.csv"),
    ],
)  # fmt: skip
def test_a_table_altered_with_all_hashes_made_to_fit_does_not_fit_the_others(pack: Path, tmp_path: Path, name: str, column: str, value, told: str) -> None:
    def alter(table: list[dict[str, str]]) -> None:
        at = next((row for row in table if name != "results" or column != "amount_at_risk" or (row["result"] == "fail" and row["severity"] == "S1")), table[0])
        if column == "evidence":
            at = next(row for row in table if row["rule_id"] == "R43" and row["result"] == "fail" or row["rule_id"] == "R66" and row["result"] == "pass" or row["rule_id"] == "R01" and row["result"] == "pass")
        at[column] = value(at)

    with pytest.raises(Differs, match=told):
        verify(made_anew(pack, tmp_path / "forged.zip", name, alter))


def test_a_pack_that_is_whole_but_not_the_one_that_was_sent_is_told_by_the_hash_beside_it(pack: Path, tmp_path: Path) -> None:
    other = made_anew(pack, tmp_path / "other.zip", "claims", lambda table: None)
    verify(other)
    shutil.copy(pack_file.beside(pack), pack_file.beside(other))
    pack_file.beside(other).write_text("0" * 64 + "  manifest.json\n", encoding="utf-8")
    with pytest.raises(Differs, match=r"manifest.json: its hash is not the one in other.zip.sha256"):
        verify(other)


def test_a_contract_manager_gets_the_own_claims_and_nobody_s_name(home: Path, tmp_path: Path) -> None:
    mine = packed(home, tmp_path / "mine.zip", reader=MANAGER)
    checked = verify(mine)
    assert checked.rows_withheld and {row["provider"] for row in rows(mine, "claims")} == {PROVIDER}
    shown = {(row["table"], column) for row in rows(mine, "source_rows") for column, _ in json.loads(row["columns"])}
    assert {table for table, _ in shown} <= {"contracts__payment", *(table for table, _ in shown if table.startswith("provider__"))}
    assert not {column for _, column in shown} & {"noms_no", "crn", "first_name", "last_name", "birth_date", "plan_text"}
    with pytest.raises(PackError, match="there is no claim of provider CRSPRIME that you may see"):
        packed(home, tmp_path / "none.zip", reader=ELSEWHERE)
    said = next(entry for entry in entries(home, None) if entry.get("tables") and "landed" in entry["tables"])
    assert said["user"] == "manager.invented" and said["purpose"] == "testing packs" and said["rows"] > 100


def test_one_claim_is_packed_with_all_that_applies_to_it(home: Path, tmp_path: Path) -> None:
    claim = rows(packed(home, tmp_path / "all.zip"), "claims")[0]
    done = gatehouse("audit", "pack", "--home", home, "--purpose", "testing packs", "--claim", f"{claim['source']}|{claim['claim_id']}", "--out", tmp_path / "one.zip")
    assert done.returncode == 0, done.stderr
    assert verify(tmp_path / "one.zip").claims == 1
    assert len(rows(tmp_path / "one.zip", "results")) == int(claim["rules_applied"])
    assert gatehouse("audit", "pack", "--home", home, "--purpose", "testing packs", "--claim", "nobody|K1", "--out", tmp_path / "no.zip").returncode == 1


def test_without_the_run_that_made_the_edition_no_pack_is_made(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "home"
    shutil.copytree(home, other)
    with duckdb.connect(str(other / "work" / "warehouse.duckdb")) as con:
        con.execute("update payment.payment_result set amount_at_risk = amount_at_risk + 1 where result = 'fail'")
    with pytest.raises(PackError, match="run `gatehouse refresh`"):
        packed(other, tmp_path / "pack.zip")
    (other / "work" / "warehouse.duckdb").unlink()
    with pytest.raises(PackError, match="no longer holds the run"):
        packed(other, tmp_path / "pack.zip")


def altered_by_hand(home: Path, number: int) -> set[str]:
    """Alter so many kept records, one character each, in tables that claims rest on; returns how each has to be named."""
    chance, named = random.Random(SEED), set()
    for delivery, file in ((f"{SENDER}/2021-12-31", "CLAIM.csv"), (f"{SENDER}/2021-12-31", "PLAN.csv"), ("oasys/2021-12-31", "BCS_SCREENING.csv"), ("contracts/2021-12-31", "PAYMENT.csv")):
        path = home / "landed" / delivery / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for n in chance.sample(range(1, min(len(lines), 19)), number // 4 + (file == "CLAIM.csv") * (number % 4)):
            at = next(place for place, sign in enumerate(lines[n]) if sign.isdigit())
            lines[n] = lines[n][:at] + str((int(lines[n][at]) + 1) % 10) + lines[n][at + 1 :]
            named.add(f"{delivery.split('/')[0]}, delivery {delivery}, {file}, record {n}: not what was delivered")
        path.chmod(0o600)
        path.write_text("".join(lines), encoding="utf-8")
    return named


@pytest.mark.parametrize("number", [5, 20])
def test_each_source_row_altered_by_hand_is_named(home: Path, tmp_path: Path, number: int) -> None:
    other = tmp_path / "home"
    shutil.copytree(home, other)
    edition = current(other)
    use = Use(edition, NOW, AUDITOR, "testing packs")
    assert list(rerun.altered(other, edition, use)) == []
    named = altered_by_hand(other, number)
    assert len(named) == number and set(rerun.altered(other, edition, use)) == named
    record = min(int(one.split("record ")[1].split(":")[0]) for one in named if "CLAIM.csv" in one)
    claim_id = (home / "landed" / SENDER / "2021-12-31" / "CLAIM.csv").read_text(encoding="utf-8").splitlines()[record].split(",")[0]
    with pytest.raises(PackError, match=f"CLAIM.csv, record {record}, is not what was delivered: put the file back from a backup"):
        packed(other, tmp_path / "pack.zip", Scope(source=SENDER, claim_id=claim_id))
    # What the edition itself publishes of records tells it too, where the typed files are gone.
    shutil.rmtree(other / "typed")
    told = set(rerun.altered(other, edition, use))
    assert len(told & named) >= number // 4 and all(one in named or "not the file that was delivered" in one for one in told)


def test_each_step_of_a_case_rests_on_what_comes_out_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = current(home)
    use, found = Use(edition, NOW, AUDITOR, "testing packs"), rerun.Again()
    assert list(rerun.steps_again(home, edition, edition, use, found)) == [] and found.steps > 20
    told = case_edition.results(edition, use)
    others = replace(told, fails=[replace(fail, rule_version=2, input_hash="0") for fail in told.fails])
    monkeypatch.setattr(case_edition, "results", lambda *_: others)
    named = list(rerun.steps_again(home, edition, edition, use, found))
    assert len(named) > 20 and all(one.endswith("another rule version, input hash") for one in named)
    monkeypatch.setattr(case_edition, "results", lambda *_: replace(told, fails=[]))
    assert all("the rule does not fail" in one for one in rerun.steps_again(home, edition, edition, use, found))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_an_edition_comes_out_the_same_again_after_later_deliveries_and_not_after_an_altered_row(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "home"
    shutil.copytree(home, other)
    edition_id = current(other).edition_id
    sent, at = tmp_path / "later" / SENDER, (home / "landed" / SENDER / "2021-12-31" / "CLAIM.csv").read_text(encoding="utf-8")
    # A later day, and the same day sent again with other money.
    for day in ("2021-12-31", "2022-01-31"):
        (sent / day).mkdir(parents=True)
        (sent / day / "CLAIM.csv").write_text(at.replace("70.00", "71.00"), encoding="utf-8")
    keep_deliveries(tmp_path / "later", other / "landed")
    for case in case_records.all_cases(other):
        if case.state == "open" and case.provider in (PROVIDER, "TTGPRIME"):
            casework.query(other, EITHER, case.case_id, "An invented question", NOW.replace(tzinfo=None), f"key{case.case_id}", casework.bank_holidays())
    done = gatehouse("audit", "rerun", edition_id, "--home", other)
    assert done.returncode == 0, done.stderr
    assert "all the same again" in done.stdout
    assert int(done.stdout.split(" steps of cases")[0].split("\n")[-1].replace(",", "")) > 1000
    named = altered_by_hand(other, 20)
    done = gatehouse("audit", "rerun", edition_id, "--home", other)
    assert done.returncode == 1 and all(one in done.stderr for one in named)
    assert "fct_evidence, subject_kind claim" in done.stderr
