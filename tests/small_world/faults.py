"""Things that go wrong in deliveries, planted one by one, each with the result the product must give it.

`plant(landing)` writes a sound delivery on 31 March 2024 and the same world with the faults on 30 June. It returns the faults:
    refused      the file is not loaded, and the status says why with one of `words`
    rejected     the parser could not read the record
    quarantined  the record stays out with a reason that holds one of `words`
    finding      the record is loaded and listed under a name that holds one of `words`
    accepted     odd, but within the contract: nothing may be lost
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from .builder import World, columns_of
from .conftest import furnish
from .scenario import number_of

SOUND, FAULTY = "2024-03-31", "2024-06-30"


@dataclass
class Fault:
    name: str
    result: str
    source: str
    table: str
    words: tuple[str, ...] = ()
    row: int | None = None
    rows_read: int | None = None
    subject: object = field(default=None, repr=False)  # a person, where the finding may be about the release


def plant(landing: Path) -> list[Fault]:
    w, faults = World(), []
    furnish(w)
    people = [w.released() for _ in range(30)]
    for p in people:
        p.address(-1, "A07B")
        p.employment(-1)
        p.provider_row = p.provider_person()
    w.contract("CTR-FAULT", "MADEUP", kind="other")
    w.write(landing, SOUND)
    person = iter(people)

    def fault(name, result, row, *words, subject=None, source="ndelius"):
        found = number_of(w, row)
        faults.append(Fault(name, result, source, found[1], words, found[2], subject=subject))

    # Records that stay out, and records that lose a value

    def spoil(name, row, *words, source="ndelius", **columns):
        row.update(columns)
        fault(name, "quarantined", row, *words, source=source)

    def odd(name, row, *words, subject=None, source="ndelius", **columns):
        row.update(columns)
        fault(name, "finding", row, *words, subject=subject, source=source)

    p = next(person)
    spoil("address ends before it starts", p.address(50, "A07B", end=40), "end", "before_start")
    spoil("circumstance ends before it starts", p.employment(50, end=40), "end", "before_start")
    spoil("allocation ends before it starts", p.manager("N07", 50, 40), "end", "before_start")
    spoil("prison address ends before it starts", p.prison_address(50, end=40), "end", "before_start", source="nomis")
    ends_early = w.contract("CTR-BACKWARDS", "MADEUP", start="2020-01-01", end="2019-01-01") and w.rows["contracts", "CONTRACT"][-1]
    odd("contract ends before it starts", ends_early, "end", "before_start", source="contracts")
    p = next(person)
    spoil("movement in the future", p.admit(0, "L"), "future", "after_complete_to", source="nomis", MOVEMENT_DATE="2024-09-01", MOVEMENT_TIME="2024-09-01 10:00:00")
    spoil("recall in the future", p.recall(5), "future", "after_complete_to", RECALL_DATE="2024-09-01")
    spoil("probation release in the future", p.released_by_probation(9), "future", "after_complete_to", ACTUAL_RELEASE_DATE="2031-01-01")
    odd("payment in the future", w.payment("1.00", claim="CL-NONE"), "future", "after_complete_to", source="contracts", paid_on="2024-09-01")
    p = next(person)
    alias = p.alias_in_prison(w.next_id(), p.first, p.last, p.born)
    odd("a birth date that is no date", alias, "unreadable", "date", "type", source="nomis", BIRTH_DATE="32/13/1990")
    spoil("a day February does not have", p.key_date("LED", 10), "unreadable", "date", "type", KEY_DATE="2023-02-30")
    odd("a length that is no number", p.sentenced(-300)["disposal"], "unreadable", "integer", "number", "type", LENGTH_IN_DAYS="a while")
    spoil("an address without its key", p.address(-1, "A07B"), "key", OFFENDER_ADDRESS_ID="")
    spoil("a movement without half its key", p.leave(200, "CA", kind="CRT", to="CRTX"), "key", source="nomis", MOVEMENT_SEQ="")
    spoil("a claim of half a penny", p.claim(-10, "MADEUP-ACC"), "unreadable", "amount", "money", source="provider_madeup", amount="10.005")
    spoil("a claim in words", p.claim(-10, "MADEUP-ACC"), "unreadable", "amount", "money", source="provider_madeup", amount="ten pounds")

    # Records that are loaded and listed

    odd("malformed NOMS number", next(person).probation, "noms", NOMS_NUMBER="A12345B")
    odd("malformed CRN", next(person).probation, "crn", CRN="XX12345")
    odd("malformed PNC", next(person).probation, "pnc", PNC_NUMBER="not known")
    odd("malformed CRO", next(person).probation, "cro", CRO_NUMBER="??/??")
    odd("provider's malformed CRN", next(person).provider_row, "crn", source="provider_madeup", crn="12345")
    odd("provider's malformed NOMS number", next(person).provider_row, "noms", source="provider_madeup", noms_no="123")
    p = next(person)
    odd("address type in no list", p.address(0, None, type_id=99999901), "code", "list", subject=p)
    p = next(person)
    odd("circumstance in no list", p.employment(0), "code", "list", subject=p, CIRCUMSTANCE_SUB_TYPE_ID=99999902)
    p = next(person)
    odd("no fixed abode in a rented home", p.address(0, "A01C", nfa="Y"), "conflict", "fixed_abode", "nfa", subject=p)
    p = next(person)
    odd("recall before the release", p.recall(-5), "before", subject=p)
    p = next(person)
    odd("recall after the licence", p.recall(410), "after", "licence", subject=p)
    p = next(person)
    odd("recall on the day of release", p.recall(0), "day_0", "same_day", "day_of_release", "on_release", subject=p)
    p = next(person)
    odd("probation release without a prison release", p.released_by_probation(90), "release", subject=p)
    p = next(person)
    odd("terminated before the release", p.sentence["disposal"], "terminat", subject=p, TERMINATION_DATE=p.on(-30))
    p = next(person)
    odd("a release reason nobody knows", p.leave(300, "QQ9"), "reason", "code", "unclassified", source="nomis", subject=p)
    p = next(person)
    stay = w.row("cas", "AP_PLACEMENT", placement_id="PL-FAULT", crn=p.crn, service="CAS1", arrived_on=p.on(0), departed_on=p.on(60))
    odd("a stay in a bed against a settled home", stay, "cas", "stay", "conflict", "contradict", subject=p, source="cas")
    w.write(landing, FAULTY)

    # Files

    def file(name, result, source, table, content: bytes, *words, extension=".csv", rows_read=None, date=FAULTY, row=None):
        path = Path(landing) / source / date / f"{table}{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if result != "sound":
            faults.append(Fault(name, result, source, table, words, row=row, rows_read=rows_read))

    def lines(source, table, *records):
        return "".join(",".join(map(str, record)) + "\n" for record in (columns_of(source, table), *records)).encode()

    file("a required column is missing", "refused", "nomis", "OFFENDER_ALERTS", b"OFFENDER_BOOK_ID,ALERT_SEQ,ALERT_TYPE\n1,1,X\n", "alert_code")
    file("the key column is missing", "refused", "nomis", "OFFENDER_RELEASE_DETAILS_HTY", b"MODIFY_DATETIME,RELEASE_DATE\n2022-01-01,2022-02-02\n",
         "offender_book_id")  # fmt: skip
    file("an empty file", "refused", "nomis", "OFFENDER_PROGRAM", b"", "empty")
    file("a workbook from a prison", "refused", "nomis", "OFFENDER_RELEASE_DETAILS", b"PK\x03\x04 not really", "type", extension=".xlsx")
    file("a table not in the contract", "refused", "nomis", "NOT_A_TABLE", b"A,B\n1,2\n", "declared")
    file("a Parquet file that is none", "refused", "ndelius", "DISABILITY", b"PAR1 but not for long", "parquet", extension=".parquet")
    half = gzip.compress(b"REGISTRATION_ID\n" + b"1\n" * 500)[:30]
    file("half a compressed file", "refused", "ndelius", "REGISTRATION", half, "csv.gz", extension=".csv.gz")
    file("two files in one zip", "refused", "ndelius", "NSI", zipped(("NSI.csv", b"NSI_ID\n1\n"), ("NSI2.csv", b"NSI_ID\n2\n")), "one csv", extension=".zip")
    file("fewer rows than were announced", "refused", "ndelius", "STAFF", b"STAFF_ID,OFFICER_CODE\n1,OFF1\n", "row", rows_read=1)
    file("another file than was announced", "refused", "ndelius", "ALIAS", lines("ndelius", "ALIAS", (1, 2, "Invent", "Madeup", "", 0)), "sha256", "hash", rows_read=1)
    note = {"files": {"STAFF.csv": {"rows": 12}, "ALIAS.csv": {"rows": 1, "sha256": "0" * 64}}}
    (Path(landing) / "ndelius" / FAULTY / "delivery.json").write_text(json.dumps(note))
    for date, count in (("2024-01-31", 100), ("2024-02-29", 103), (SOUND, 98), ("2024-04-30", 101), (FAULTY, 3)):
        reviews = [(f"RV{n}", f"PL{n}", "2022-01-01 10:00:00", "AU1", "words", "Y", "") for n in range(count)]
        file("three rows where a hundred were usual", "refused" if count == 3 else "sound", "provider_madeup", "PLAN_REVIEW",
             lines("provider", "PLAN_REVIEW", *reviews), "row", "volume", date=date, rows_read=count)  # fmt: skip
    file("a record with a field too many", "rejected", "contracts", "SUBCONTRACTOR",
         b"contract_id,sub_code,from_date,to_date\nCTR-FAULT,S1,2020-01-01,\nCTR-FAULT,S2,2020-01-01,,,surplus\nCTR-FAULT,S3,2020-01-01,\n",
         rows_read=3, row=2)  # fmt: skip

    # Odd, but within the contract

    plan = ("PL1", "PR1", "", "", "", "", "2022-01-01 10:00:00", "AU1", "", "{}", "")

    def plans(words):
        return lines("provider", "PLAN", [words if field == "{}" else field for field in plan])

    file("Windows quotes and the euro", "accepted", "provider_windows", "PLAN", plans("\u201ca \u20ac5 coat\u201d").decode().encode("cp1252"), rows_read=1)
    broken = plans('"two\r\nlines, and ""quotes"""').replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
    file("a byte order mark and a line break in a field", "accepted", "provider_mark", "PLAN", b"\xef\xbb\xbf" + broken, rows_read=1)
    turned = b"review_text,review_ref,plan_ref,review_ts,author_ref,person_contacted,recorded_ts,extra\n,R1,PL1,31/12/2021 10:00:00,AU1,N,20220101,kept\n"
    file("compressed, other dates, other order of columns", "accepted", "provider_turned", "plan_review", gzip.compress(turned), extension=".csv.gz",
         rows_read=1)  # fmt: skip
    zoned = lines("provider", "PLAN_REVIEW", ("R1", "PL1", "2022-07-01 12:00:00.000000+00", "AU1", "words", "Y", ""))
    file("a zip of one file and a zoned time", "accepted", "provider_zip", "PLAN_REVIEW", zipped(("anything.csv", zoned)), extension=".zip", rows_read=1)
    decimals = ("1.0", f"{people[0].probation['OFFENDER_ID']}.0", "", "x", 0)
    file("ids that became decimals", "accepted", "ndelius", "ADDITIONAL_IDENTIFIER", lines("ndelius", "ADDITIONAL_IDENTIFIER", decimals), rows_read=1)
    return faults


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()
