"""What the inspection world promises, read back from the files it writes with plain Python."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.worlds.golden import UNKNOWN, World
from worlds.inspection import write_inspection_world

# HM Inspectorate of Probation, Offender Management in Custody - post-release (2023): label, number, percent.
HOUSED_ON_RELEASE = {
    "Settled, independent": (2, 2), "Settled, with friends/family": (21, 23), "Settled, hostel/supported accommodation": (14, 15),
    "Transient, with friends/family": (8, 9), "Transient, hostel/supported accommodation": (37, 40), "Homeless": (8, 9), UNKNOWN: (3, 3)}
HOUSED_LATER = {
    "Settled, independent": (11, 14), "Settled, with friends/family": (26, 33), "Settled, hostel/supported accommodation": (13, 16),
    "Transient, with friends/family": (9, 11), "Transient, hostel/supported accommodation": (11, 14), "Homeless": (3, 4), UNKNOWN: (7, 9)}
WORK_ON_RELEASE = {
    "Full-time employed or self-employed": (4, 4), "Part-time employed or self-employed": (2, 2), "Unemployed": (72, 77),
    "Not available for work": (14, 15), UNKNOWN: (1, 1)}
WORK_LATER = {
    "Full-time employed or self-employed": (20, 24), "Part-time employed or self-employed": (8, 9), "Full-time education or training": (1, 1),
    "Part-time education or training": (1, 1), "Unemployed": (33, 39), "Not available for work": (17, 20), UNKNOWN: (5, 6)}

KEYS = {
    ("nomis", "OFFENDERS"): ("OFFENDER_ID",), ("nomis", "OFFENDER_IDENTIFIERS"): ("OFFENDER_ID", "OFFENDER_ID_SEQ"),
    ("nomis", "OFFENDER_BOOKINGS"): ("OFFENDER_BOOK_ID",), ("nomis", "OFFENDER_EXTERNAL_MOVEMENTS"): ("OFFENDER_BOOK_ID", "MOVEMENT_SEQ"),
    ("nomis", "OFFENDER_RELEASE_DETAILS"): ("OFFENDER_BOOK_ID",), ("nomis", "OFFENDER_RELEASE_DETAILS_HTY"): ("OFFENDER_BOOK_ID", "MODIFY_DATETIME"),
    ("nomis", "OFFENDER_SENTENCES"): ("OFFENDER_BOOK_ID", "SENTENCE_SEQ"), ("nomis", "OFFENDER_SENT_CALCULATIONS"): ("OFFENDER_SENT_CALCULATION_ID",),
    ("nomis", "OFFENDER_IMPRISON_STATUSES"): ("OFFENDER_BOOK_ID", "IMPRISON_STATUS_SEQ"), ("nomis", "OFFENDER_EMPLOYMENTS"): ("OFFENDER_BOOK_ID", "EMPLOY_SEQ"),
    ("nomis", "OFFENDER_ALERTS"): ("OFFENDER_BOOK_ID", "ALERT_SEQ"), ("nomis", "OFFENDER_PROGRAM"): ("OFF_PRGREF_ID",), ("nomis", "ADDRESSES"): ("ADDRESS_ID",),
    ("nomis", "ADDRESS_USAGES"): ("ADDRESS_ID", "ADDRESS_USAGE"), ("nomis", "OFFENDER_FIXED_TERM_RECALLS"): ("OFFENDER_BOOK_ID", "RETURN_TO_CUSTODY_DATE"),
    ("nomis", "AGENCY_LOCATIONS"): ("AGY_LOC_ID",), ("nomis", "RELEASE_CHECKLIST"): ("OFFENDER_BOOK_ID",),
    ("cas", "BookingsReportRow"): ("bookingId",), ("cas", "AP_PLACEMENT"): ("placement_id",),
    ("refer_and_monitor", "crs_performance_report-v2-referrals"): ("referral_id",), ("refer_and_monitor", "crs_performance_report-v2-appointments"): ("appointmentId",),
    ("refer_and_monitor", "crs_performance_report-v2-complexity"): ("referral_id", "service_category_id"),
    ("refer_and_monitor", "crs_performance_report-v2-outcomes"): ("referral_id", "desired_outcome"),
    ("provider", "PERSON"): ("person_ref",), ("provider", "PLAN"): ("plan_ref",), ("provider", "PLAN_REVIEW"): ("review_ref",), ("provider", "CLAIM"): ("claim_id",),
    ("contracts", "CONTRACT"): ("contract_id",), ("contracts", "CONTRACT_PRISON"): ("contract_id", "prison_code", "from_date"),
    ("contracts", "SUBCONTRACTOR"): ("contract_id", "sub_code", "from_date"), ("contracts", "TASK"): ("task_code", "from_date"),
    ("contracts", "RATE_CARD"): ("contract_id", "task_code", "band_low", "from_date"), ("contracts", "PERIOD"): ("contract_id", "period"),
    ("contracts", "SERVICE_LEVEL"): ("contract_id", "code", "from_date"), ("contracts", "SERVICE_LEVEL_REPORT"): ("contract_id", "code", "period"),
    ("contracts", "ELIGIBILITY"): ("contract_id", "rule", "from_date"), ("contracts", "VOLUME_BASELINE"): ("contract_id", "period"),
    ("contracts", "INVOICE"): ("invoice_ref",), ("contracts", "PAYMENT"): ("payment_ref",), ("contracts", "CREDIT_LINE"): ("contract_id", "period", "code"),
    ("contracts", "PBR_COHORT"): ("cohort", "person_ref"), ("contracts", "PBR_RESULT"): ("cohort",),
}
PARENTS = (
    ("nomis", "OFFENDER_BOOKINGS", "OFFENDER_ID", "OFFENDERS", "OFFENDER_ID"),
    ("nomis", "OFFENDER_EXTERNAL_MOVEMENTS", "OFFENDER_BOOK_ID", "OFFENDER_BOOKINGS", "OFFENDER_BOOK_ID"),
    ("nomis", "OFFENDER_EXTERNAL_MOVEMENTS", "FROM_AGY_LOC_ID", "AGENCY_LOCATIONS", "AGY_LOC_ID"),
    ("nomis", "OFFENDER_EXTERNAL_MOVEMENTS", "TO_AGY_LOC_ID", "AGENCY_LOCATIONS", "AGY_LOC_ID"),
    ("nomis", "OFFENDER_SENT_CALCULATIONS", "OFFENDER_BOOK_ID", "OFFENDER_BOOKINGS", "OFFENDER_BOOK_ID"),
    ("nomis", "OFFENDER_SENTENCES", "OFFENDER_BOOK_ID", "OFFENDER_BOOKINGS", "OFFENDER_BOOK_ID"),
    ("nomis", "RELEASE_CHECKLIST", "OFFENDER_BOOK_ID", "OFFENDER_BOOKINGS", "OFFENDER_BOOK_ID"),
    ("nomis", "ADDRESSES", "OWNER_ID", "OFFENDERS", "ROOT_OFFENDER_ID"), ("nomis", "ADDRESS_USAGES", "ADDRESS_ID", "ADDRESSES", "ADDRESS_ID"),
    ("ndelius", "EVENT", "OFFENDER_ID", "OFFENDER", "OFFENDER_ID"), ("ndelius", "DISPOSAL", "EVENT_ID", "EVENT", "EVENT_ID"),
    ("ndelius", "CUSTODY", "DISPOSAL_ID", "DISPOSAL", "DISPOSAL_ID"), ("ndelius", "RELEASE", "CUSTODY_ID", "CUSTODY", "CUSTODY_ID"),
    ("ndelius", "RECALL", "RELEASE_ID", "RELEASE", "RELEASE_ID"), ("ndelius", "KEY_DATE", "CUSTODY_ID", "CUSTODY", "CUSTODY_ID"),
    ("ndelius", "OFFENDER_ADDRESS", "OFFENDER_ID", "OFFENDER", "OFFENDER_ID"), ("ndelius", "PERSONAL_CIRCUMSTANCE", "OFFENDER_ID", "OFFENDER", "OFFENDER_ID"),
    ("ndelius", "OFFENDER_MANAGER", "OFFENDER_ID", "OFFENDER", "OFFENDER_ID"), ("ndelius", "OFFENDER_MANAGER", "TEAM_ID", "TEAM", "TEAM_ID"),
    ("ndelius", "OFFENDER_MANAGER", "PROBATION_AREA_ID", "PROBATION_AREA", "PROBATION_AREA_ID"),
    ("ndelius", "OFFENDER_MANAGER", "ALLOCATION_STAFF_ID", "STAFF", "STAFF_ID"), ("ndelius", "TEAM", "PROBATION_AREA_ID", "PROBATION_AREA", "PROBATION_AREA_ID"),
)
PLANNED = {"RELEASE_DATE", "END_DATE", "CRD_CALCULATED_DATE", "LED_CALCULATED_DATE", "LED_OVERRIDED_DATE", "SED_CALCULATED_DATE", "TUSED_CALCULATED_DATE",
           "KEY_DATE", "BENEFIT_FIRST_PAYMENT_DATE", "to_date", "endDate", "closes_ts"}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world, written once."""
    out = tmp_path_factory.mktemp("inspection")
    write_inspection_world(out)
    return out


@pytest.fixture(scope="module")
def world(landing: Path) -> World:
    """The world, joined by the second opinion."""
    return World(landing)


def read(landing: Path, source: str, table: str, delivery: str = "2023-06-30") -> list[dict[str, str]]:
    """Records of one file."""
    with open(landing / source / delivery / f"{table}.csv", newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def printed(counts: Counter) -> dict[str, tuple[int, int]]:
    """Numbers and percentages as the inspectorate prints them, half up."""
    base = sum(counts.values())
    return {label: (n, int((Decimal(100 * n) / base).quantize(Decimal(1), ROUND_HALF_UP))) for label, n in counts.items()}


def status_table(world: World, domain: str, k: int) -> dict[str, tuple[int, int]]:
    """The inspection's table for one domain and day."""
    found = (world.status(root, release, domain, k) for root, release in world.inspected())
    return printed(Counter(label for state, label in found if state not in ("out_of_scope", "no_record")))


@pytest.mark.parametrize(("domain", "k", "expected"), [
    ("accommodation", 0, HOUSED_ON_RELEASE), ("accommodation", 91, HOUSED_LATER),
    ("employment", 0, WORK_ON_RELEASE), ("employment", 91, WORK_LATER)])
def test_status_tables_of_the_inspection_come_out(world: World, domain: str, k: int, expected: dict) -> None:
    assert status_table(world, domain, k) == expected


def test_recalls_of_the_inspection_come_out(world: World) -> None:
    on_licence, days = 0, []
    for root, release in world.inspected():
        released, led = release["at"].date(), world.licence_end(root, release)
        on_licence += led is not None and led > released
        recalled = world.recall(root, release)
        if recalled and (recalled - released).days <= 274:
            days.append((recalled - released).days)
    assert (len(world.inspected()), on_licence, len(days)) == (96, 94, 28)
    assert Counter("0-7" if d <= 7 else "8-28" if d <= 28 else "29+" for d in days) == {"0-7": 8, "8-28": 3, "29+": 17}
    assert {1, 7, 8, 29, 274} <= set(days)


def test_eleven_are_in_custody_and_nobody_at_large_on_day_91(world: World) -> None:
    day_91 = [(root, release, release["at"].date() + timedelta(days=91)) for root, release in world.inspected()]
    inside = [world.inside(root, when, release) for root, release, when in day_91]
    assert sum(where for where, _ in inside) == sum(where and by_recall for where, by_recall in inside) == 11
    assert sum(world.status(root, release, "employment", 91)[0] == "out_of_scope" for root, release, _ in day_91) == 11


def test_sex_and_ethnicity_of_the_sample_come_out(world: World, landing: Path) -> None:
    codes = {row["STANDARD_REFERENCE_LIST_ID"]: row["CODE_VALUE"] for row in read(landing, "ndelius", "R_STANDARD_REFERENCE_LIST")}
    sex, ethnicity = Counter(), Counter()
    for root, release in world.inspected():
        booked = world.bookings[release["OFFENDER_BOOK_ID"]]["OFFENDER_ID"]
        prison = next(row for row in world.people[root].rows if row["OFFENDER_ID"] == booked)
        delius = [world.offenders[key] for key in world.people[root].delius]
        sex[prison["SEX_CODE"] or next((codes[d["GENDER_ID"]] for d in delius if d["GENDER_ID"]), None)] += 1
        code = next((codes[d["ETHNICITY_ID"]] for d in delius if d["ETHNICITY_ID"]), None) or prison["RACE_CODE"] or None
        ethnicity[code and {"W": "White", "N": "Not recorded"}.get(code[0], "Other than White")] += 1
    assert sex == {"M": 85, "F": 9, "NK": 1, None: 1}
    assert ethnicity == {"White": 73, "Other than White": 20, "Not recorded": 1, None: 2}


def test_a_hundred_people_with_three_addresses_each_all_in_both_systems(world: World, landing: Path) -> None:
    homes = Counter(row["OFFENDER_ID"] for row in read(landing, "ndelius", "OFFENDER_ADDRESS"))
    assert len(world.people) == 100
    assert all(person.delius and sum(homes[key] for key in person.delius) >= 3 for person in world.people.values())
    assert sum(len(person.delius) == 2 for person in world.people.values()) == 1


def test_enough_of_what_looks_like_a_release_and_is_not(world: World) -> None:
    kinds = defaultdict(set)
    for root, person in world.people.items():
        for move in person.moves:
            if move["DIRECTION_CODE"] == "OUT":
                kinds[move["MOVEMENT_TYPE"]].add(root)
                kinds[move["MOVEMENT_REASON_CODE"]].add(root)
    assert len(kinds["TAP"]) >= 10 and len(kinds["TRN"]) >= 10
    assert all(kinds[code] for code in ("DEC", "DL", "MRG", "ESCP", "HP", "AV", "BL", "ZZ9"))


def test_releases_lie_before_after_and_twice_inside_the_window(world: World) -> None:
    inspected = {root: release["at"].date() for root, release in world.inspected()}
    dates = {root: [r["at"].date() for r in world.releases(root)] for root in inspected}
    assert sum(any(d < inspected[root] for d in days) for root, days in dates.items()) >= 25
    assert sum(any(d > date(2022, 8, 31) for d in days) for root, days in dates.items()) >= 5
    assert sum(sum(date(2022, 2, 1) <= d <= date(2022, 8, 31) for d in days) == 2 for days in dates.values()) >= 7
    assert {date(2022, 2, 1), date(2022, 8, 31)} <= set(inspected.values())


def test_every_region_supervises_and_movement_sequence_is_no_clock(world: World, landing: Path) -> None:
    areas = {row["PROBATION_AREA_ID"]: row["CODE"] for row in read(landing, "ndelius", "PROBATION_AREA")}
    current = {areas[row["PROBATION_AREA_ID"]] for row in read(landing, "ndelius", "OFFENDER_MANAGER") if not row["END_DATE"]}
    assert {"N03", "N07", *(f"N{n}" for n in range(50, 60)), "MCG", "T01"} <= current
    by_booking = defaultdict(list)
    for person in world.people.values():
        for move in person.moves:
            by_booking[move["OFFENDER_BOOK_ID"]].append(int(move["MOVEMENT_SEQ"]))
    assert any(seqs != sorted(seqs) for seqs in by_booking.values())


def test_the_earlier_delivery_lacks_late_rows_and_shows_what_was_put_right_since(landing: Path) -> None:
    then = {row["OFFENDER_ADDRESS_ID"]: row for row in read(landing, "ndelius", "OFFENDER_ADDRESS", "2023-03-31")}
    now = {row["OFFENDER_ADDRESS_ID"]: row for row in read(landing, "ndelius", "OFFENDER_ADDRESS")}
    assert len(then.keys() - now.keys()) == 2  # closed
    assert len(now.keys() - then.keys()) >= 3  # recorded late
    assert sum(then[key]["ADDRESS_TYPE_ID"] != now[key]["ADDRESS_TYPE_ID"] for key in then.keys() & now.keys()) == 2
    assert sum(row["SOFT_DELETED"] == "1" for row in now.values()) >= 5


def test_columns_are_the_contracts_keys_are_unique_and_nothing_lies_in_the_future(landing: Path) -> None:
    with (Path(__file__).parents[1] / "door" / "contract.csv").open(encoding="utf-8", newline="") as file:
        contract = {(row["source"], row["table"]): row for row in csv.DictReader(file)}
    for path in sorted(landing.glob("*/*/*.csv")):
        source, delivery, table = path.parts[-3], path.parts[-2], path.stem
        kind = "provider" if source.startswith("provider_") else source
        rows = read(landing, source, table, delivery)
        assert rows, path
        if not table.startswith("R_"):
            in_contract = contract[kind, table]
            needed = {*in_contract["key"].split(), *in_contract["required"].split()}
            assert needed <= set(rows[0]) <= needed | {*in_contract["optional"].split()}, path
        whole_row = kind == "cas" and (kind, table) not in KEYS
        key = tuple(rows[0]) if whole_row else KEYS.get((kind, table)) or (f"{table.removeprefix('R_')}_ID",)
        keys = [tuple(row[column] for column in key) for row in rows]
        assert len(set(keys)) == len(keys), path
        assert whole_row or all(all(k) for k in keys), path
        for row in rows:
            late = [c for c, value in row.items() if c not in PLANNED and re.match(r"\d{4}-\d\d-\d\d", value) and value[:10] > delivery]
            assert not late, (path, late)


@pytest.mark.parametrize("delivery", ["2023-03-31", "2023-06-30"])
def test_every_parent_was_delivered(landing: Path, delivery: str) -> None:
    for source, child, column, parent, key in PARENTS:
        known = {row[key] for row in read(landing, source, parent, delivery)}
        assert {row[column] for row in read(landing, source, child, delivery)} <= known, (child, column)


def test_only_the_planted_reference_ids_have_no_entry(landing: Path) -> None:
    standard = {row["STANDARD_REFERENCE_LIST_ID"] for row in read(landing, "ndelius", "R_STANDARD_REFERENCE_LIST")}
    sub_types = {row["CIRCUMSTANCE_SUB_TYPE_ID"] for row in read(landing, "ndelius", "R_CIRCUMSTANCE_SUB_TYPE")}
    homes = [row["ADDRESS_TYPE_ID"] for row in read(landing, "ndelius", "OFFENDER_ADDRESS")]
    jobs = [row["CIRCUMSTANCE_SUB_TYPE_ID"] for row in read(landing, "ndelius", "PERSONAL_CIRCUMSTANCE")]
    assert [value for value in homes if value and value not in standard] == ["999999"]
    assert [value for value in jobs if value and value not in sub_types] == ["999999"]


def test_person_numbers_have_the_right_form_and_check_letter(landing: Path) -> None:
    for row in read(landing, "ndelius", "OFFENDER"):
        assert re.fullmatch(r"X\d{6}", row["CRN"])
        assert re.fullmatch(r"([A-Z]\d{4}[A-Z]{2})?", row["NOMS_NUMBER"])
        if row["PNC_NUMBER"]:
            year, serial, letter = re.fullmatch(r"(?:\d\d)?(\d\d)/(\d{7})([A-Z])", row["PNC_NUMBER"]).groups()
            assert letter == "ZABCDEFGHJKLMNPQRTUVWXY"[int(year + serial) % 23]


def test_claims_of_both_eras_add_up_and_some_cannot_be_linked(landing: Path) -> None:
    claims, persons = {}, set()
    for folder in sorted(landing.glob("provider_*")):
        claims |= {row["claim_id"]: row for row in read(landing, folder.name, "CLAIM")}
        persons |= {row["person_ref"] for row in read(landing, folder.name, "PERSON")}
    tasks = {row["task_code"] for row in read(landing, "contracts", "TASK")}
    contracts = {row["contract_id"]: row for row in read(landing, "contracts", "CONTRACT")}
    assert {contracts[row["contract_id"]]["contract_type"] for row in claims.values()} == {"ttg", "crs"}
    assert {row["task_date"] <= "2021-06-25" for row in claims.values() if row["contract_id"].startswith("TTG")} == {True, False}
    assert {row["task_code"] for row in claims.values()} - tasks == {"C-ZZZ"}
    assert {row["person_ref"] for row in claims.values()} - persons == {"NO5", ""}
    reversals = [row for row in claims.values() if row["reverses_claim_id"]]
    assert len(reversals) >= 5
    assert all(Decimal(row["amount"]) == -Decimal(claims[row["reverses_claim_id"]]["amount"]) for row in reversals)
    assert any(row["sub_code"] for row in claims.values())
    referrals = {row["referral_id"] for row in read(landing, "refer_and_monitor", "crs_performance_report-v2-referrals")}
    assert {row["task_ref"] for row in claims.values() if row["contract_id"].startswith("INV_") and row["task_ref"]} <= referrals
    for invoice in read(landing, "contracts", "INVOICE"):
        total = sum(Decimal(row["amount"]) for row in claims.values() if row["invoice_ref"] == invoice["invoice_ref"])
        assert total == Decimal(invoice["total"])
    payments = read(landing, "contracts", "PAYMENT")
    assert all(bool(row["claim_id"]) != bool(row["invoice_ref"]) for row in payments)
    assert {row["claim_id"] for row in payments if row["claim_id"]} <= claims.keys()


def test_writing_twice_gives_the_same_bytes(landing: Path, tmp_path: Path) -> None:
    write_inspection_world(tmp_path)

    def digest(root: Path) -> dict[str, str]:
        return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}
    assert digest(tmp_path) == digest(landing)
