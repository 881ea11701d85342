"""What was known of a home, of work and of what was held when a claim was made (definition: claim_known_then): only where it differs from what is known now.

The statuses of today are given; a status of then is worked out here, from the records as they were then.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from tests.truth.payment.claims import Book, Release
from tests.truth.payment.lives import ADDRESSES, CIRCUMSTANCES, address_counting, home_classes, is_nowhere_to_live, ordinal
from tests.truth.payment.records import Fields, View
from tests.truth.payment.terms import day, days, seed

DISCHARGES, USAGES, CHECKLIST = "nomis.ADDRESSES", "nomis.ADDRESS_USAGES", "nomis.RELEASE_CHECKLIST"
State = tuple[str, str | None]


def status(book: Book, release: Release, domain: str, on: int, view: View) -> State:
    """(state, class) of a release on a day after it, as known in a view."""
    given = book.statuses.get((release.release_id, domain, on), ("not_yet_due", None))
    if view.moment is None or given[0] in ("not_yet_due", "out_of_scope"):
        return given
    work_out = {"accommodation": _home, "employment": _work, "finance": _held}[domain]
    then = work_out(book, release, on, view)
    now = book.now.kept(("status", release.release_id, domain, on), lambda: work_out(book, release, on, book.now))
    return given if then == now else then


def _home(book: Book, release: Release, on: int, view: View) -> State:
    one = release.date + days(on)
    best = None
    for table, fields in _records(book, release.person, view):
        if table == ADDRESSES:
            counts = address_counting().get((book.people.code("ADDRESS_STATUS", fields["address_status_id"]) or "").upper())
            if counts not in ("main", "previous") or (counts == "previous" and fields["end_date"] is None):
                continue
            rank, code = (1, ordinal(fields["offender_address_id"])), book.people.code("ADDRESS_TYPE", fields["address_type_id"])
        else:
            if (book.people.code("CIRCUMSTANCE_TYPE", fields["circumstance_type_id"]) or "").upper() != "A":
                continue
            rank, code = (
                (0, ordinal(fields["personal_circumstance_id"])),
                book.people.code("CIRCUMSTANCE_SUB_TYPE", fields["circumstance_sub_type_id"]),
            )
        if _is_in_force(fields, one):
            at = (fields["start_date"], fields["last_updated_datetime"] or dt.datetime.min, *rank)
            if best is None or at > best[0]:
                best = at, code, fields, table == ADDRESSES and is_nowhere_to_live(fields)
    if best is None:
        return _discharged_to(book, release, one, view) if on == 0 else ("unknown", None)
    _, code, fields, is_nowhere = best
    if _is_of_before(book, release, fields, view):
        return ("unknown", None)
    named, is_out = home_classes().get((code or "").upper(), ("unknown", False))
    if is_out:
        return ("out_of_scope", None)
    named = "homeless_other" if is_nowhere and named == "unknown" else named
    return ("unknown", "unknown") if named == "unknown" else ("observed", named)


def _records(book: Book, person: str, view: View):
    for case in book.people.cases.get(person, ()):
        for table in (ADDRESSES, CIRCUMSTANCES):
            for fields in view.find(table, "offender_id", case["offender_id"]):
                yield table, fields


def _is_in_force(fields: Fields, on: dt.date) -> bool:
    return fields["start_date"] is not None and fields["start_date"] <= on and (fields["end_date"] is None or on <= fields["end_date"])


def _is_of_before(book: Book, release: Release, fields: Fields, view: View) -> bool:
    """A record from before custody counts only if it was made or updated in the last 28 days before release, or later."""
    opened = None
    for m in book.people.movements(release.person, view):
        if day(m.at) > release.date:
            break
        if m.is_admission and opened is None:
            opened = day(m.at)
        elif m.leaves in ("release", "community", "died", "removal", "immigration_detention") and day(m.at) < release.date:
            opened = None
    if opened is None or fields["start_date"] >= opened:
        return False
    stamps = [fields[c] for c in ("created_datetime", "last_updated_datetime") if fields.get(c)]
    return not any(day(s) >= release.date - days(28) for s in stamps)


def _discharged_to(book: Book, release: Release, on: dt.date, view: View) -> State:
    """The prison's discharge address, where probation has none in force on day 0."""
    best = None
    for address in (a for root in book.people.roots[release.person] for a in view.find(DISCHARGES, "owner_id", root)):
        if (address["owner_class"] or "").upper() != "OFF" or not _is_in_force(address, on):
            continue
        usages = sorted(
            u["address_usage"]
            for u in view.find(USAGES, "address_id", address["address_id"])
            if u["active_flag"] == "Y" and u["address_usage"] in discharge_classes()
        )
        if usages:
            rank = (address["start_date"], ordinal(address["address_id"]))
            if best is None or rank > best[0]:
                best = rank, discharge_classes()[usages[0]]
    if best is None:
        return ("unknown", None)
    return ("unknown", "unknown") if best[1] == "unknown" else ("observed", best[1])


@cache
def discharge_classes() -> dict[str, str]:
    return {row["code"]: row["official_class"] or "unknown" for row in seed("discharge_usage")}


@cache
def work_classes() -> dict[str, str]:
    return {row["code"]: row["official_class"] or "unknown" for row in seed("employment_status") if row["code"]}


def _work(book: Book, release: Release, on: int, view: View) -> State:
    one, best = release.date + days(on), None
    for table, fields in _records(book, release.person, view):
        if (
            table != CIRCUMSTANCES
            or (book.people.code("CIRCUMSTANCE_TYPE", fields["circumstance_type_id"]) or "").upper() != "B"
            or not _is_in_force(fields, one)
        ):
            continue
        at = (fields["start_date"], fields["last_updated_datetime"] or dt.datetime.min, ordinal(fields["personal_circumstance_id"]))
        if best is None or at > best[0]:
            best = at, book.people.code("CIRCUMSTANCE_SUB_TYPE", fields["circumstance_sub_type_id"]), fields
    if best is None or _is_of_before(book, release, best[2], view):
        return ("unknown", None)
    named = book.people.described("CIRCUMSTANCE_SUB_TYPE", best[1]) or work_classes().get(best[1] or "", "unknown")
    return ("unknown", "unknown") if named == "unknown" else ("observed", named)


def _held(book: Book, release: Release, on: int, view: View) -> State:
    """Photo ID, bank account or benefit claim held by day 7."""
    end = release.date + days(on)
    found = view.find(CHECKLIST, "offender_book_id", release.book)
    if not found:
        return ("unknown", "unknown")
    row = found[0]
    recorded = row["recorded_datetime"]
    by_then = recorded is not None and day(recorded) <= end
    claimed = row["benefit_claim_date"]
    held = [
        None if row[c] is None else (True if by_then else None) if row[c] == "Y" else False
        for c in ("photo_id", "bank_account")
    ]  # fmt: skip
    held.append(claimed <= end if claimed is not None else False if recorded is not None and day(recorded) >= end else None)
    if True in held:
        return ("observed", "achieved")
    return ("observed", "not_achieved") if None not in held else ("unknown", "unknown")
