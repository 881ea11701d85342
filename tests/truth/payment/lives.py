"""Who is who, where people were held, and where they lived, from what was delivered (rules section 1)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from tests.truth.payment.records import Fields, Landing, Row, View, read_value
from tests.truth.payment.terms import When, before, day, is_day, seed

OFFENDERS, BOOKINGS, MOVEMENTS = "nomis.OFFENDERS", "nomis.OFFENDER_BOOKINGS", "nomis.OFFENDER_EXTERNAL_MOVEMENTS"
IDENTIFIERS, AGENCIES = "nomis.OFFENDER_IDENTIFIERS", "nomis.AGENCY_LOCATIONS"
CASES, ADDRESSES, CIRCUMSTANCES = "ndelius.OFFENDER", "ndelius.OFFENDER_ADDRESS", "ndelius.PERSONAL_CIRCUMSTANCE"


@dataclass(frozen=True)
class Movement:
    at: When
    book: str
    is_in: bool
    is_admission: bool
    leaves: str | None  # of a movement out of custody: release, died, removal, immigration_detention, hospital, community
    is_transfer: bool
    prison: str | None


@dataclass(frozen=True)
class Spell:
    """One stay in one prison, until the arrival in another or the exit."""

    prison: str | None
    start: When
    end: When | None
    book: str

    def holds(self, at: When) -> bool:
        """in <= at < out; by days D(in) <= at <= D(out)."""
        if before(at, self.start):
            return False
        if self.end is None:
            return True
        if is_day(at) or is_day(self.end):
            return day(at) <= day(self.end)
        return at < self.end

    def holds_strictly(self, at: When) -> bool:
        """in <= at < out; by days strictly inside."""
        starts = day(self.start) < day(at) if is_day(at) or is_day(self.start) else self.start <= at
        if not starts:
            return False
        return self.end is None or (day(at) < day(self.end) if is_day(at) or is_day(self.end) else at < self.end)

    def on(self, one: dt.date) -> bool:
        return day(self.start) <= one and (self.end is None or one <= day(self.end))


class People:
    """Persons by their records, and what is known of each."""

    def __init__(self, landing: Landing, who: dict[tuple[str, str], str]) -> None:
        self.landing, self.who = landing, who
        self.numbers: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._merged: dict[str, str] = {}
        self._find_merged()
        self._find_numbers()
        self.roots: dict[str, set[str]] = defaultdict(set)
        for offender in landing[OFFENDERS].all():
            root = offender["root_offender_id"] or offender["offender_id"]
            if person := self._of_root(root):
                self.roots[person].add(root)
        self.bookings: dict[str, list[Fields]] = defaultdict(list)
        self.person_of_book: dict[str, str] = {}
        self.book: dict[str, Fields] = {}
        for booking in landing[BOOKINGS].all():
            self.book[booking["offender_book_id"]] = booking
            person = self._of_root(booking["root_offender_id"] or booking["offender_id"])
            if person:
                self.bookings[person].append(booking)
                self.person_of_book[booking["offender_book_id"]] = person
        self.movement_rows: dict[str, list[Row]] = defaultdict(list)
        for row in landing[MOVEMENTS].rows.values():
            person = self.person_of_book.get(row.versions[-1][1]["offender_book_id"])
            if person:
                self.movement_rows[person].append(row)
        self.cases: dict[str, list[Fields]] = defaultdict(list)
        for case in landing[CASES].all():
            person = who.get(("ndelius", case["offender_id"]))
            if person:
                self.cases[person].append(case)
        for cases in self.cases.values():
            cases.sort(key=lambda c: ordinal(c["offender_id"]))

    def _of_root(self, root: str | None) -> str | None:
        """The person of a prison root, merged ones followed."""
        seen: set[str] = set()
        while root in self._merged and root not in seen:
            seen.add(root)
            root = self._merged[root]
        return self.who.get(("nomis", root)) if root else None

    def _find_merged(self) -> None:
        """A number that a MERGED identifier of another offender names is that offender's."""
        roots = {o["offender_id"]: o["root_offender_id"] or o["offender_id"] for o in self.landing[OFFENDERS].all()}
        holders: dict[str, set[str]] = defaultdict(set)
        for offender in self.landing[OFFENDERS].all():
            if offender["offender_id_display"]:
                holders[offender["offender_id_display"]].add(roots[offender["offender_id"]])
        for identifier in self.landing[IDENTIFIERS].all():
            number = number_of("noms", identifier["identifier"]) if (identifier["identifier_type"] or "").upper() == "MERGED" else None
            into = roots.get(identifier["offender_id"])
            for root in holders.get(number, ()) if number and into else ():
                if root != into:
                    self._merged[root] = into

    def _find_numbers(self) -> None:
        landing = self.landing
        holder = {}
        for offender in landing[OFFENDERS].all():
            root = offender["root_offender_id"] or offender["offender_id"]
            holder[offender["offender_id"]] = person = self._of_root(root) or f"nomis {root}"
            if offender["offender_id_display"]:
                self.numbers["noms", offender["offender_id_display"]].add(person)
        kinds = {"NOMS": "noms", "MERGED": "noms", "PNC": "pnc"}
        for identifier in landing[IDENTIFIERS].all():
            kind = kinds.get((identifier["identifier_type"] or "").upper())
            number = number_of(kind, identifier["identifier"])
            if number and identifier["offender_id"] in holder:
                self.numbers[kind, number].add(holder[identifier["offender_id"]])
        for case in landing[CASES].all():
            person = self.who.get(("ndelius", case["offender_id"])) or f"ndelius {case['offender_id']}"
            for kind, column in (("noms", "noms_number"), ("crn", "crn"), ("pnc", "pnc_number")):
                if case[column]:
                    self.numbers[kind, case[column]].add(person)

    def by_numbers(self, noms: str | None, crn: str | None = None, pnc: str | None = None) -> str | None:
        """The one person that ids lead to."""
        found: set[str] = set()
        for kind, number in (("noms", noms), ("crn", crn), ("pnc", pnc)):
            if number:
                found |= self.numbers.get((kind, number), set())
        one = next(iter(found)) if len(found) == 1 else None
        return None if one is None or " " in one else one

    def booking_of(self, person: str | None, booking_no: str | None) -> Fields | None:
        """The person's booking of that number."""
        if person is None or booking_no is None:
            return None
        return next((b for b in self.bookings[person] if b["booking_no"] == booking_no), None)

    # Movements

    def movements(self, person: str, view: View) -> list[Movement]:
        return view.kept(("movements", person), lambda: self._movements(person, view))

    def _movements(self, person: str, view: View) -> list[Movement]:
        seen = [f for row in self.movement_rows.get(person, ()) if (f := view.of(row)) is not None and f["movement_date"] is not None]
        seen.sort(key=lambda f: (_moment(f), f["movement_seq"] or 0, ordinal(f["offender_book_id"])))
        return [self._movement(f) for f in seen]

    def _movement(self, fields: Fields) -> Movement:
        is_in = (fields["direction_code"] or "").upper() == "IN"
        kind = (fields["movement_type"] or "").upper()
        at = fields["movement_time"] or fields["movement_date"]
        return Movement(
            at=fields["movement_date"] if is_day(at) else at,
            book=fields["offender_book_id"],
            is_in=is_in,
            is_admission=is_in and kind == "ADM",
            leaves=None if is_in or kind != "REL" else self._leaves(fields),
            is_transfer=not is_in and kind == "TRN",
            prison=(fields["to_agy_loc_id"] if is_in else fields["from_agy_loc_id"]) or None,
        )

    def _leaves(self, fields: Fields) -> str | None:
        named = reason_classes().get(("REL", (fields["movement_reason_code"] or "").upper()))
        agency = self.landing[AGENCIES].find("agy_loc_id", fields["to_agy_loc_id"])
        goes_to = (agency[0]["agency_location_type"] or "").upper() if agency else ""
        if named == "died":
            return "died"
        if named == "escape":
            return None
        if named == "hospital" or goes_to in ("HOSPITAL", "HSHOSP"):
            return "hospital"
        if named == "removal":
            return "removal"
        if goes_to == "IMDC":
            return "immigration_detention"
        if named in ("merge", "not_a_release"):
            return None
        return "release" if named == "release" else "community"

    def spells(self, person: str, view: View) -> list[Spell]:
        return view.kept(("spells", person), lambda: self._spells(self.movements(person, view)))

    @staticmethod
    def _spells(movements: list[Movement]) -> list[Spell]:
        found: list[Spell] = []
        open_: tuple[str | None, When, str] | None = None
        for m in movements:
            if m.is_in:
                if open_ and not m.is_admission and m.prison in (None, open_[0]):
                    continue
                if open_:
                    found.append(Spell(open_[0], open_[1], m.at, open_[2]))
                open_ = (m.prison, m.at, m.book)
            elif m.leaves and m.leaves != "hospital" and open_:
                found.append(Spell(open_[0], open_[1], m.at, open_[2]))
                open_ = None
        if open_:
            found.append(Spell(open_[0], open_[1], None, open_[2]))
        return found

    # Homes

    def home(self, person: str, on: dt.date, view: View) -> tuple[str, bool] | None:
        """(official class, whether it is no fixed abode) of the home in force on a day (definition: status_accommodation); None where there is none."""
        return view.kept(("home", person, on), lambda: self._home(person, on, view))

    def _home(self, person: str, on: dt.date, view: View) -> tuple[str, bool] | None:
        best = None
        for case in self.cases.get(person, ()):
            for address in view.find(ADDRESSES, "offender_id", case["offender_id"]):
                counts = address_counting().get((self.code("ADDRESS_STATUS", address["address_status_id"]) or "").upper())
                if counts not in ("main", "previous") or address["start_date"] is None:
                    continue
                if counts == "previous" and address["end_date"] is None:
                    continue
                if address["start_date"] <= on and (address["end_date"] is None or on <= address["end_date"]):
                    rank = (
                        address["start_date"],
                        address["last_updated_datetime"] or dt.datetime.min,
                        1,
                        ordinal(address["offender_address_id"]),
                    )
                    if best is None or rank > best[0]:
                        best = rank, self.code("ADDRESS_TYPE", address["address_type_id"]), is_nowhere_to_live(address)
            for one in view.find(CIRCUMSTANCES, "offender_id", case["offender_id"]):
                if (self.code("CIRCUMSTANCE_TYPE", one["circumstance_type_id"]) or "").upper() != "A" or one["start_date"] is None:
                    continue
                if one["start_date"] <= on and (one["end_date"] is None or on <= one["end_date"]):
                    rank = (one["start_date"], one["last_updated_datetime"] or dt.datetime.min, 0, ordinal(one["personal_circumstance_id"]))
                    if best is None or rank > best[0]:
                        best = rank, self.code("CIRCUMSTANCE_SUB_TYPE", one["circumstance_sub_type_id"]), False
        if best is None:
            return None
        _, code, is_nowhere = best
        named, is_out = home_classes().get((code or "").upper(), ("unknown", False))
        if is_out:
            return "out_of_scope", False
        if is_nowhere and named == "unknown":
            named = "homeless_other"
        return named, named.startswith("homeless")

    def described(self, kind: str, code: str | None) -> str | None:
        """The class of work that the description of a code in its list says, spaces and case apart."""
        words = self.landing.descriptions.get(kind, {}).get(code or "")
        return described_work().get("".join(words.lower().split())) if words else None

    def code(self, kind: str, reference: str | None) -> str | None:
        """The code of an id in the list of its kind, else in the standard list."""
        if reference is None:
            return None
        lists = self.landing.lists
        if kind in lists:
            return lists[kind].get(reference)
        if kind.startswith(("CIRCUMSTANCE", "CONTACT", "RECALL", "INSTITUTION", "REGISTER", "NSI")):
            return None
        return lists.get("STANDARD_REFERENCE_LIST", {}).get(reference)


@cache
def described_work() -> dict[str, str]:
    return {row["match_description"]: row["official_class"] or "unknown" for row in seed("employment_status")}


def number_of(kind: str | None, text: str | None) -> str | None:
    return read_value(text, {"noms": "noms_number", "pnc": "pnc", "crn": "crn"}[kind]) if kind and text else None


def ordinal(key: str | None) -> tuple[int, str]:
    """A key in the order of numbers."""
    return (int(key), "") if key and key.lstrip("-").isdigit() else (0, key or "")


def _moment(fields: Fields) -> dt.datetime:
    return fields["movement_time"] or dt.datetime.combine(fields["movement_date"], dt.time.min)


def is_nowhere_to_live(address: Fields) -> bool:
    """No fixed abode, by the flag or by a postcode that means it."""
    postcode = (address["postcode"] or "").replace(" ", "").upper()
    return address["no_fixed_abode"] == "Y" or postcode in {row["match_postcode"] for row in seed("pseudo_postcode")}


@cache
def reason_classes() -> dict[tuple[str, str], str]:
    return {(row["movement_type"], row["code"]): row["class"] for row in seed("movement_reason")}


@cache
def address_counting() -> dict[str, str]:
    return {row["code"]: row["counts_as_home"] for row in seed("address_status")}


@cache
def home_classes() -> dict[str, tuple[str, bool]]:
    return {row["code"]: (row["official_class"] or "unknown", row["is_out_of_scope"] == "true") for row in seed("accommodation_type")}
