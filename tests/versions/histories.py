"""Random histories of many keys, delivered in several full and changed deliveries, with everything that can go wrong on the way.

Every version of a row says what it is (`tag`) in a column that means nothing, so that two versions never look alike by chance."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

from .oracle import Delivery, Row

DAYS = {dt.date(2023, month, day): kind for month, day, kind in
        ((1, 31, "full"), (2, 28, "full"), (3, 15, "changes"), (4, 30, "full"), (5, 15, "changes"), (6, 30, "full"))}  # fmt: skip
KEYS = 120


@dataclass(frozen=True)
class Shape:
    """What the contract says of one table, as far as versions go. `key`: the columns and how a number becomes their values."""

    model: str
    key: tuple[str, ...]
    tag: str
    columns: tuple[str, ...] = ()
    day: str = ""  # a column that may be unreadable
    recorded: tuple[str, ...] = ()
    recorded_may_be_absent: bool = False
    has_version: bool = False
    has_soft_delete: bool = True
    parents: dict[str, str] = field(default_factory=dict)  # column -> table
    sources: tuple[str, ...] = ("ndelius",)
    first_day: int = 0  # index of the first delivery that holds the table
    decides: bool = False  # without its day a row says nothing

    def file_columns(self, with_recorded: bool) -> list[str]:
        named = [*self.key, self.tag, *self.columns, *self.parents]
        named += [self.day] if self.day else []
        named += ["SOFT_DELETED"] if self.has_soft_delete else []
        named += ["ROW_VERSION"] if self.has_version else []
        return list(dict.fromkeys(named + (list(self.recorded) if with_recorded else [])))


OFFENDER = {"OFFENDER_ID": "OFFENDER"}
BOOKING = {"OFFENDER_BOOK_ID": "OFFENDER_BOOKINGS"}
SHAPES = {
    "OFFENDER": Shape("stg_ndelius__offender", ("OFFENDER_ID",), "SURNAME",
                      tuple("CRN NOMS_NUMBER PNC_NUMBER CRO_NUMBER FIRST_NAME SECOND_NAME GENDER_ID ETHNICITY_ID".split()),
                      "DATE_OF_BIRTH_DATE", ("LAST_UPDATED_DATETIME",), has_version=True),
    "EVENT": Shape("stg_ndelius__event", ("EVENT_ID",), "EVENT_NUMBER", (), "CONVICTION_DATE", parents=OFFENDER, first_day=2),
    "DISPOSAL": Shape("stg_ndelius__disposal", ("DISPOSAL_ID",), "DISPOSAL_TERMINATION_REASON_ID", ("LENGTH_IN_DAYS", "TERMINATION_DATE"),
                      "DISPOSAL_DATE", parents=OFFENDER | {"EVENT_ID": "EVENT"}),
    "CUSTODY": Shape("stg_ndelius__custody", ("CUSTODY_ID",), "PRISONER_NUMBER", ("CUSTODIAL_STATUS_ID", "PSS_START_DATE"),
                     "STATUS_CHANGE_DATE", parents=OFFENDER | {"DISPOSAL_ID": "DISPOSAL"}),
    "RELEASE": Shape("stg_ndelius__release", ("RELEASE_ID",), "INSTITUTION_ID", ("RELEASE_TYPE_ID",), "ACTUAL_RELEASE_DATE",
                     ("CREATED_DATETIME", "LAST_UPDATED_DATETIME"), True, parents=OFFENDER | {"CUSTODY_ID": "CUSTODY"}, decides=True),
    "KEY_DATE": Shape("stg_ndelius__key_date", ("KEY_DATE_ID",), "KEY_DATE_TYPE_ID", (), "KEY_DATE", parents={"CUSTODY_ID": "CUSTODY"}, decides=True),
    "OFFENDER_ADDRESS": Shape("stg_ndelius__offender_address", ("OFFENDER_ADDRESS_ID",), "POSTCODE",
                              tuple("ADDRESS_STATUS_ID ADDRESS_TYPE_ID TYPE_VERIFIED NO_FIXED_ABODE END_DATE".split()), "START_DATE",
                              ("LAST_UPDATED_DATETIME", "CREATED_DATETIME"), parents=OFFENDER, decides=True),
    "R_CIRCUMSTANCE_TYPE": Shape("stg_ndelius__reference_list", ("CIRCUMSTANCE_TYPE_ID",), "CODE_VALUE", ("CODE_DESCRIPTION",), has_soft_delete=False),
    "R_REGISTER_TYPE": Shape("stg_ndelius__reference_list", ("REGISTER_TYPE_ID",), "CODE_VALUE", ("CODE_DESCRIPTION",), has_soft_delete=False, first_day=1),
    "OFFENDERS": Shape("stg_nomis__offender", ("OFFENDER_ID",), "LAST_NAME",
                       ("ROOT_OFFENDER_ID", "OFFENDER_ID_DISPLAY", "FIRST_NAME", "SEX_CODE"), "BIRTH_DATE",
                       ("CREATE_DATE", "MODIFY_DATETIME"), True, has_soft_delete=False, sources=("nomis",)),
    "OFFENDER_BOOKINGS": Shape("stg_nomis__offender_booking", ("OFFENDER_BOOK_ID",), "BOOKING_NO",
                               ("ROOT_OFFENDER_ID", "BOOKING_SEQ", "ACTIVE_FLAG", "AGY_LOC_ID"), "BOOKING_BEGIN_DATE", has_soft_delete=False,
                               parents={"OFFENDER_ID": "OFFENDERS"}, sources=("nomis",)),
    "OFFENDER_EXTERNAL_MOVEMENTS": Shape("stg_nomis__external_movement", ("OFFENDER_BOOK_ID", "MOVEMENT_SEQ"), "TO_AGY_LOC_ID",
                                         tuple("MOVEMENT_TIME MOVEMENT_TYPE MOVEMENT_REASON_CODE DIRECTION_CODE FROM_AGY_LOC_ID".split()),
                                         "MOVEMENT_DATE", ("CREATE_DATETIME", "MODIFY_DATETIME"), True, has_soft_delete=False,
                                         parents=BOOKING, sources=("nomis",), decides=True),
    "OFFENDER_IMPRISON_STATUSES": Shape("stg_nomis__imprison_status", ("OFFENDER_BOOK_ID", "IMPRISON_STATUS_SEQ"), "IMPRISONMENT_STATUS",
                                        (), "EFFECTIVE_DATE", has_soft_delete=False, parents=BOOKING, sources=("nomis",), decides=True),
    "PERSON": Shape("stg_provider__person", ("person_ref",), "last_name", ("noms_no", "crn", "pnc", "first_name", "postcode"),
                    "birth_date", ("recorded_ts",), has_soft_delete=False, sources=("provider_madeup", "provider_invented")),
    "CLAIM": Shape("stg_provider__claim", ("claim_id",), "evidence_ref",
                   tuple("contract_id prime_code sub_code person_ref booking_no prison_code task_code task_ref period qty rate band_used billed_level"
                         " amount submitted_ts invoice_ref late_approval_ref status reverses_claim_id".split()),
                   "task_date", has_soft_delete=False, sources=("provider_madeup", "provider_invented")),
    "TASK": Shape("stg_contracts__task", ("task_code", "from_date"), "task_name",
                  tuple("domain setting evidence_table is_release_linked timeliness_pays max_per_booking window_anchor window_from_days"
                        " window_to_days standard_minutes".split()), "to_date", has_soft_delete=False, sources=("contracts",)),
}  # fmt: skip
USUAL = {"DIRECTION_CODE": "OUT", "CRN": "X000001", "crn": "X000001", "from_date": "2015-01-01", "status": "submitted"}
MODELS = sorted({shape.model for shape in SHAPES.values()})


class Histories:
    """`write` puts the deliveries on disk; `deliveries` holds the same for the oracle, by table."""

    def __init__(self, seed: int):
        self.seed, self._random, self._tags = seed, random.Random(seed), 0
        self.landing = Path()
        self.deliveries: dict[str, list[Delivery]] = {table: [] for table in SHAPES}
        self._versions: dict[tuple[str, str, str], list[dict]] = {}

    def write(self, landing: Path) -> None:
        """In any order: what counts is the day a delivery is complete to."""
        for table, shape in SHAPES.items():
            for source in shape.sources:
                for number, (day, kind) in enumerate(DAYS.items()):
                    if number < shape.first_day or (number > shape.first_day and self._random.random() < 0.15):
                        continue  # wholly absent from this delivery
                    self.deliveries[table].append(self._deliver(landing, source, table, shape, day, kind))
        self._delete(landing)

    def _deliver(self, landing: Path, source: str, table: str, shape: Shape, day: dt.date, kind: str) -> Delivery:
        with_recorded = bool(shape.recorded) and not (shape.recorded_may_be_absent and self._random.random() < 0.3)
        records = [record for n in range(1, KEYS + 1) for record in self._records(source, table, shape, n, day, kind)]
        self._random.shuffle(records)
        delivery = Delivery(source, day, kind, f"{table}.csv")
        columns = shape.file_columns(with_recorded)
        if self._random.random() < 0.25:  # nobody knows which rows these would have been
            records.insert(self._random.randrange(len(records) + 1), {})
            delivery.is_whole = False
        for number, record in enumerate(records, start=1):
            if not record:
                continue
            row = self._row(shape, record, columns, number)
            delivery.rows.setdefault(self._key(shape, record), []).append(row)
        folder = landing / source / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            for record in records:
                if record:
                    writer.writerow(record)
                else:
                    out.write(
                        self._random.choice(("a line, cut short", "," * (len(columns) - 1) + "no key", "one,too,many" * len(columns)))
                        + "\n"
                    )
        return delivery

    def _key(self, shape: Shape, record: dict) -> str:
        return "|".join(str(record[column]) for column in shape.key)

    def _row(self, shape: Shape, record: dict, columns: list[str], number: int) -> Row:
        recorded: dt.datetime | None | str = "no column"
        if set(shape.recorded) & set(columns):
            filled = [dt.datetime.fromisoformat(record[c]) for c in shape.recorded if record[c]]
            recorded = max(filled, default=None)
        return Row(
            number=number,
            content=tuple(str(record.get(c, "")) if c in columns else "" for c in shape.file_columns(True)),
            recorded=recorded,
            version=record.get("ROW_VERSION"),
            is_bad=shape.decides and record[shape.day] == "not a day",
            is_soft_deleted=record.get("SOFT_DELETED") == 1,
            parents=tuple((table, str(record[column])) for column, table in shape.parents.items()),
        )

    def _records(self, source: str, table: str, shape: Shape, n: int, day: dt.date, kind: str) -> list[dict]:
        """What this delivery holds of key `n`: nothing, one record or several."""
        known = self._versions.setdefault((source, table, str(n)), [])
        if self._random.random() < (0.2 if kind == "full" else 0.6):
            return []
        what = self._random.choices(("same", "new", "older", "soft", "twice", "bad"), (40, 25, 8, 7, 6, 6))[0]
        if what == "same" and known:
            return [known[-1]]
        if what == "older" and known:
            return [self._random.choice(known)]
        made = self._version(shape, n, day)
        if what == "soft" and shape.has_soft_delete:
            made["SOFT_DELETED"] = 1
        if what == "bad" and shape.day:
            return [made | {shape.day: "not a day"}]
        known.append(made)
        if what == "twice":
            return [made, self._random.choice(known), self._version(shape, n, day) | {c: made[c] for c in shape.recorded}]
        return [made]

    def _version(self, shape: Shape, n: int, day: dt.date) -> dict:
        self._tags += 1
        record = dict.fromkeys(shape.file_columns(True), "")
        record |= {c: v for c, v in USUAL.items() if c in record}
        record |= {column: n if column.islower() or column.endswith("_ID") else 1 for column in shape.key if column not in USUAL}
        if "person_ref" in shape.key or "claim_id" in shape.key or "task_code" in shape.key:
            record[shape.key[0]] = f"R{n}"
        record[shape.tag] = f"T{self._tags}"
        for column in shape.parents:
            if column not in shape.key:
                # Mostly its own parent, sometimes another's, nobody's, or one that is nowhere.
                record[column] = self._random.choices((n, self._random.randint(1, KEYS), "", 9000 + n), (80, 12, 4, 4))[0]
        if shape.day:
            record[shape.day] = "2015-06-01" if shape.day == "to_date" else "2022-06-01"
        if shape.recorded:
            for column in shape.recorded:
                # As a rule within the last weeks; sometimes later than the delivery says it is complete to, sometimes empty.
                moment = dt.datetime.combine(day, dt.time(9)) - dt.timedelta(hours=self._random.randint(-20 * 24, 60 * 24))
                record[column] = "" if self._random.random() < 0.2 else str(moment)
        if shape.has_version:
            record["ROW_VERSION"] = self._random.randint(1, 3)
        if shape.has_soft_delete:
            record["SOFT_DELETED"] = 0
        return record

    def _delete(self, landing: Path) -> None:
        """Deletions, of tables that came with the delivery and of some that did not; some keys nobody ever saw."""
        for day, kind in DAYS.items():
            for source in {source for shape in SHAPES.values() for source in shape.sources}:
                deleted = {}
                for table, shape in SHAPES.items():
                    if source not in shape.sources or kind != "changes":
                        continue
                    keys = [n for n in range(1, KEYS + 10) if self._random.random() < 0.1]
                    lists = [[str(self._version(shape, n, day)[c]) for c in shape.key] for n in keys]
                    deleted[table] = lists
                    delivery = next((d for d in self.deliveries[table] if (d.source, d.day) == (source, day)), None)
                    if delivery is None:
                        delivery = Delivery(source, day, kind, "", rows=None)
                        self.deliveries[table].append(delivery)
                    delivery.deleted |= {"|".join(parts) for parts in lists}
                folder = landing / source / day.isoformat()
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "delivery.json").write_text(json.dumps({"kind": kind, "deleted": deleted}))
