"""Faults planted on request, each with the result the product must give it. Everything else in the nation stays right.

Records are put at the end of files that are there already, under keys that nothing else uses; whole files come from two invented
senders of their own, provider_faulty and provider_odd. The list is written to the truth folder as faults.csv.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import date, timedelta

from worlds.nation.world import World

COLUMNS = ("fault", "result", "source", "delivery", "file", "row_number", "subject", "what", "expected")


@dataclass
class Fault:
    """A record that is put at the end of a file of the first delivery; `values` by column name.

    result: quarantined (the record stays out), finding (it is loaded and listed), unlinked (a record of nobody), rejected (the parser
    cannot read it). expected: how the reason or the finding's name begins.
    """

    name: str
    result: str
    source: str
    table: str
    expected: str
    what: str
    values: dict[str, str] = field(default_factory=dict)
    surplus: bool = False
    subject: str = ""


def plant_faults(world: World) -> None:
    """Plant every fault in the written deliveries. Call it after all tables are written and before the manifests are."""
    [(sender,)] = world.con.execute("select min(sender) from buy.claim").fetchall()
    provider = f"provider_{sender}"
    planted: list[tuple[object, ...]] = []
    by_file: dict[tuple[str, str], list[Fault]] = {}
    for fault in [*_door(world, provider), *_claims(world, provider), *_persons(world, provider)]:
        by_file.setdefault((fault.source, fault.table), []).append(fault)
    for (source, table), faults in by_file.items():
        planted += _append(world, source, table, faults)
    planted += _files(world)
    world.truth_folder.mkdir(parents=True, exist_ok=True)
    with (world.truth_folder / "faults.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(planted)


def _append(world: World, source: str, table: str, faults: list[Fault]) -> list[tuple[object, ...]]:
    day, name = world.days[0], f"{table}.csv"
    path = world.out / source / day.isoformat() / name
    at = next(i for i, (s, t, d, *_) in enumerate(world.delivered) if (s, t, d) == (source, table, day))
    rows = world.delivered[at][4]
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    listed: list[tuple[object, ...]] = []
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for n, fault in enumerate(faults, start=1):
            unknown = set(fault.values) - set(header)
            if unknown:
                raise KeyError(f"{source}/{table}: no such columns: {', '.join(sorted(unknown))}")
            writer.writerow([fault.values.get(column, "") for column in header] + (["surplus"] if fault.surplus else []))
            listed.append((fault.name, fault.result, source, f"{source}/{day}", name, rows + n, fault.subject, fault.what, fault.expected))
    world.delivered[at] = (source, table, day, name, rows + len(faults))
    return listed


def _door(world: World, provider: str) -> list[Fault]:
    """Records that the door keeps out, or loads with a field emptied."""
    ahead, day = (world.days[0] + timedelta(days=40)).isoformat(), "2021-02-03"
    claim = {"contract_id": "TTG-C01", "task_code": "T-ACC", "task_date": day, "period": "2021-02", "qty": "1", "rate": "10.00", "amount": "10.00",
             "submitted_ts": f"{day} 10:00:00"}  # fmt: skip
    key = iter(f"FAULT{n:03d}" for n in range(1, 100))

    def out(name: str, table: str, expected: str, what: str, source: str = provider, **values: str) -> Fault:
        return Fault(name, "quarantined", source, table, expected, what, values)

    def odd(name: str, table: str, expected: str, what: str, source: str = provider, **values: str) -> Fault:
        return Fault(name, "finding", source, table, expected, what, values)

    return [
        out("half a penny", "CLAIM", "unreadable_money:amount", "an amount of three decimals", **claim | {"claim_id": next(key), "amount": "10.005"}),
        out("pounds in words", "CLAIM", "unreadable_money:amount", "an amount in words", **claim | {"claim_id": next(key), "amount": "ten pounds"}),
        out("claim without a key", "CLAIM", "missing_key:claim_id", "a claim without its id", **claim),
        odd("claim of tomorrow", "CLAIM", "after_complete_to", "submitted after the day the delivery is complete to",
            **claim | {"claim_id": next(key), "submitted_ts": f"{ahead} 10:00:00"}),
        odd("30 February", "CLAIM", "unreadable_date", "a day that February does not have", **claim | {"claim_id": next(key), "task_date": "2021-02-30"}),
        odd("no birth date", "PERSON", "unreadable_date", "a birth date that is no date", person_ref=next(key), birth_date="32/13/1990"),
        out("contact without a key", "CONTACT", "missing_key:contact_ref", "a contact without its reference", contact_ts=f"{day} 10:00:00"),
        odd("roster turned round", "ROSTER", "end_before_start", "left before joining", author_ref=next(key), from_date="2021-05-01", to_date="2020-05-01"),
        odd("contract turned round", "CONTRACT", "end_before_start", "a contract that ends before it starts", "contracts",
            contract_id=next(key), contract_type="other", from_date="2021-01-01", to_date="2020-01-01"),
        odd("payment of tomorrow", "PAYMENT", "after_complete_to", "paid after the day the delivery is complete to", "contracts",
            payment_ref=next(key), claim_id="NONE", paid_on=ahead, amount="1.00"),
        out("invoice with a comma", "INVOICE", "unreadable_money:total", "a decimal comma", "contracts", invoice_ref=next(key), contract_id="TTG-C01", period="2021-02",
            issued_on=day, total="10,5,0"),
        odd("window in words", "TASK", "unreadable_number", "a number of days in words", "contracts", task_code=next(key), from_date=day, window_from_days="a few"),
        odd("left the bed before coming", "AP_PLACEMENT", "end_before_start", "departed before arrival", "cas",
            placement_id=next(key), crn="X999990", service="CAS1", arrived_on="2021-05-01", departed_on="2021-04-01"),
        odd("screening of tomorrow", "BCS_SCREENING", "after_complete_to", "completed after the day the delivery is complete to", "oasys",
            screening_id=next(key), noms_no="A9999ZZ", booking_no="NONE", reception_ts=f"{day} 10:00:00", completed_ts=f"{ahead} 10:00:00"),
        odd("malformed NOMS number", "PERSON", "malformed_noms_number", "a digit too many", person_ref=next(key), noms_no="A12345B", last_name="Testfault"),
        odd("malformed CRN", "PERSON", "malformed_crn", "two letters in front", person_ref=next(key), crn="XX12345", last_name="Testfault"),
        odd("malformed PNC", "PERSON", "malformed_pnc", "words in the number", person_ref=next(key), pnc="not known", last_name="Testfault"),
        odd("contact in the street", "CONTACT", "code_not_in_list", "a setting in no list", contact_ref=next(key), contact_ts=f"{day} 10:00:00", setting="street",
            recorded_ts=f"{day} 11:00:00"),
        odd("mostly achieved", "crs_performance_report-v2-outcomes", "code_not_in_list", "an achievement level in no list", "refer_and_monitor",
            referral_id=next(key), desired_outcome="Service User makes progress.", achievement_level="MOSTLY"),
        Fault("a field too many", "rejected", "contracts", "SUBCONTRACTOR", "wrong_field_count", "a record longer than the header",
              {"contract_id": next(key), "sub_code": "SURPLUS", "from_date": day}, surplus=True),
    ]  # fmt: skip


def _claims(world: World, provider: str) -> list[Fault]:
    """Claims, payments and invoices that are loaded and listed."""
    day = "2021-02-03"
    base = {"contract_id": "TTG-C01", "task_code": "T-ACC", "task_date": day, "period": "2021-02", "qty": "1", "rate": "10.00", "amount": "10.00",
            "submitted_ts": f"{day} 10:00:00", "status": "rejected"}  # fmt: skip
    [(other,)] = world.con.execute("select min(sender) from buy.claim where 'provider_' || sender > ?", [provider]).fetchall()

    def claim(name: str, expected: str, what: str, claim_id: str, source: str = provider, **values: str) -> Fault:
        return Fault(name, "finding", source, "CLAIM", expected, what, base | {"claim_id": claim_id} | values, subject=claim_id)

    def register(name: str, table: str, expected: str, what: str, subject: str, **values: str) -> Fault:
        return Fault(name, "finding", "contracts", table, expected, what, values, subject=subject)

    two = {"task_name": "Invented task", "domain": "accommodation", "setting": "custody", "is_release_linked": "N", "timeliness_pays": "N"}
    return [
        claim("claim under no contract", "claim_without_contract", "a contract nobody signed", "FAULTC1", contract_id="NO-CONTRACT"),
        claim("task long gone", "claim_task_not_in_force", "a task that is not in force on the day", "FAULTC2", task_code="T-GONE"),
        claim("reversal of nothing", "reversal_names_no_claim", "reverses a claim that was never made", "FAULTC3", reverses_claim_id="K-NEVER", amount="-10.00", qty="-1"),
        claim("one id, two providers", "claim_id_of_two_providers", "the other provider's claim has the same id", "FAULTC4"),
        claim("one id, two providers again", "claim_id_of_two_providers", "the first provider's claim has the same id", "FAULTC4", source=f"provider_{other}"),
        claim("two terms at once", "claim_task_two_terms_in_force", "two rows of the task are in force on the day", "FAULTC5", task_code="F-TWO"),
        claim("neither inside nor out", "claim_task_setting_unknown", "the task is set neither in custody nor in the community", "FAULTC6", task_code="F-NOWHERE"),
        claim("claim for nobody", "claim_person_not_linked", "no person is named", "FAULTC7"),
        Fault("first terms", "accepted", "contracts", "TASK", "", "the older of the two terms", {"task_code": "F-TWO", "from_date": "2020-01-01"} | two),
        Fault("second terms", "accepted", "contracts", "TASK", "", "the newer of the two terms", {"task_code": "F-TWO", "from_date": "2020-06-01"} | two),
        register("setting in no list", "TASK", "code_not_in_list", "a setting in no list", "", task_code="F-NOWHERE", from_date="2020-01-01",
                 **two | {"setting": "on the way"}),
        register("payment for no claim", "PAYMENT", "payment_names_no_claim", "a claim that was never made", "FAULTP1", payment_ref="FAULTP1", claim_id="K-NEVER",
                 paid_on=day, amount="5.00"),
        register("payment for nothing", "PAYMENT", "payment_names_nothing", "neither claim nor invoice", "FAULTP2", payment_ref="FAULTP2", paid_on=day, amount="5.00"),
        register("payment of an empty invoice", "PAYMENT", "invoice_payment_not_shared", "no claim names the invoice", "FAULTP3", payment_ref="FAULTP3",
                 invoice_ref="FAULTI1", paid_on=day, amount="5.00"),
        register("empty invoice", "INVOICE", "invoice_names_no_claim", "no claim names it", "FAULTI1", invoice_ref="FAULTI1", contract_id="TTG-C01", period="2021-02",
                 issued_on=day, total="5.00"),
    ]  # fmt: skip


def _persons(world: World, provider: str) -> list[Fault]:
    """Private records whose numbers lead astray."""
    found = world.con.execute("""
        select crn, noms_no, first_name, last_name, cast(birth_date as varchar) from life.person where crn is not null order by person_no limit 40""").fetchall()
    one, two = found[3], found[31]

    def person(name: str, what: str, result: str = "unlinked", expected: str = "provider_person_not_linked", **values: str) -> Fault:
        recorded = {"recorded_ts": "2021-02-03 10:00:00"}
        return Fault(name, result, provider, "PERSON", expected, what, values | recorded)

    return [
        person("two people's numbers", "the CRN of one person and the NOMS number of another", "finding", "provider_person_numbers_of_two", person_ref="FAULTR1", crn=one[0], noms_no=two[1], first_name=one[2],
               last_name=one[3], birth_date=one[4]),
        person("placeholder birth date", "another name, and 1 January 1970 for want of a birth date", person_ref="FAULTR2", crn=one[0], first_name="Nobody",
               last_name="Testnowhere", birth_date="1970-01-01"),
        person("nothing but a name", "no number at all", person_ref="FAULTR3", first_name=one[2], last_name=one[3], birth_date=one[4]),
        person("a number of nobody", "a NOMS number nobody has", person_ref="FAULTR4", noms_no="Z9999ZZ", first_name=one[2], last_name=one[3], birth_date=one[4]),
    ]  # fmt: skip


def _files(world: World) -> list[tuple[object, ...]]:
    """Files that are refused whole, and some that are odd and none the worse for it."""
    day = world.days[0]
    listed: list[tuple[object, ...]] = []

    def file(
        name: str,
        result: str,
        table: str,
        ext: str,
        content: bytes,
        expected: str,
        what: str,
        on: date = day,
        source: str = "provider_faulty",
    ) -> None:
        path = world.out / source / on.isoformat() / f"{table}{ext}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        listed.append((name, result, source, f"{source}/{on}", path.name, "", "", what, expected))

    def rows(header: str, line: str, n: int) -> bytes:
        return "".join([header + "\n", *(line.format(n=i) + "\n" for i in range(1, n + 1))]).encode()

    message = "message_ref,person_ref,sent_ts,kind,sent_to", "M{n},P{n},2021-02-03 10:00:00,handover,officer"
    roster = "author_ref,from_date,employer_code,to_date", "A{n},2020-01-01,FAULTY,"
    review = "review_ref,plan_ref,review_ts,author_ref,review_text,person_contacted,recorded_ts"
    history = "action_ref,change_ts,field,old_value,new_value,review_ref", "A{n},2021-02-03 10:00:00,status,open,complete,"
    file(
        "column missing",
        "refused",
        "PLAN",
        ".csv",
        b"plan_ref,person_ref\nP1,R1\n",
        "missing_column",
        "most required columns are not there",
    )
    file("no Parquet", "refused", "CONTACT", ".parquet", b"PAR1 but not for long", "unreadable_file", "a Parquet file that is none")
    file("empty file", "refused", "SERVICE", ".csv", b"", "unreadable_file: the file is empty", "not even a header")
    file(
        "half a file",
        "refused",
        "ROSTER",
        ".csv.gz",
        gzip.compress(rows(*roster, 500), mtime=0)[:60],
        "unreadable_file",
        "a compressed file cut short",
    )
    file("no workbook", "refused", "PERSON", ".xlsx", b"PK\x03\x04 not really", "unreadable_file", "a workbook that is none")
    file(
        "two in one zip",
        "refused",
        "PLAN_ACTION",
        ".zip",
        _zipped({"a.csv": b"action_ref\n1\n", "b.csv": b"action_ref\n2\n"}),
        "unreadable_file",
        "two files in one zip",
    )
    file("not in the contract", "refused", "NOT_A_TABLE", ".csv", b"a,b\n1,2\n", "", "a table that is not declared")
    file(
        "nearly all bad",
        "refused",
        "PLAN_REVIEW",
        ".csv",
        rows(review, "R{n},P{n},last spring,A1,words,Y,", 40),
        "mostly_bad_rows",
        "no date can be read",
    )
    file("fewer rows than told", "refused", "MESSAGE", ".csv", rows(*message, 11), "wrong_row_count", "delivery.json says twelve")
    file(
        "another file than told",
        "refused",
        "EVIDENCE",
        ".csv",
        b"evidence_ref,sha256,received_ts,kind\nE1,00,2021-02-03,form\n",
        "wrong_sha256",
        "delivery.json has another hash",
    )
    note = {"files": {"MESSAGE.csv": {"rows": 12}, "EVIDENCE.csv": {"sha256": "0" * 64}, "REFERRAL.csv": {"rows": 3}}}
    (world.out / "provider_faulty" / day.isoformat() / "delivery.json").write_text(json.dumps(note) + "\n", encoding="utf-8")
    listed.append(
        (
            "never came",
            "refused",
            "provider_faulty",
            f"provider_faulty/{day}",
            "REFERRAL.csv",
            "",
            "",
            "delivery.json names a file that is not there",
            "file_missing",
        )
    )
    for back in range(4, 0, -1):
        file("", "sound", "PLAN_ACTION_HISTORY", ".csv", rows(*history, 100 + back), "", "", on=day - timedelta(days=30 * back))
    file(
        "three where a hundred were usual",
        "refused",
        "PLAN_ACTION_HISTORY",
        ".csv",
        rows(*history, 3),
        "volume_collapse",
        "the fifth full delivery is cut off",
    )

    odd = "provider_odd"
    words = rows(review, "R{n},P{n},2021-02-03 10:00:00,A1,“a €5 coat”,Y,", 3).decode()
    file(
        "Windows quotes and the euro",
        "accepted",
        "PLAN_REVIEW",
        ".csv",
        words.encode("cp1252"),
        "3 rows",
        "text in Windows-1252",
        source=odd,
    )
    file(
        "turned round and zipped",
        "accepted",
        "ROSTER",
        ".zip",
        _zipped({"x.csv": b"to_date,EMPLOYER_CODE,from_date,author_ref\n,F,01/02/2020,A1\n"}),
        "1 row",
        "other order, other case, other dates",
        source=odd,
    )
    file("byte order mark", "accepted", "MESSAGE", ".csv.gz", gzip.compress(b"\xef\xbb\xbf" + rows(*message, 5).replace(b"\n", b"\r\n"), mtime=0), "5 rows",
         "a byte order mark, Windows line ends, compressed", source=odd)  # fmt: skip
    return [row for row in listed if row[1] != "sound"]


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return out.getvalue()
