"""Due for release: who leaves prison in the weeks ahead, and who has nowhere to go. Restricted; nothing of it is offered for download."""

import pandas as pd

from dashboard.parts import charts, data, filters, page
from dashboard.parts.figure import plain_table
from edition.folder import Edition

ROWS = 200  # as many as a browser shows without strain; the most pressing come first
NO_REGION = "none"
URGENCY = {1: "Nowhere to go, as far as is known", 2: "Not known", 3: "Temporary place", 4: "Settled home"}
SOURCES = {"proposed": "proposed", "main": "on the probation record", "prison": "prison discharge address"}
REASONS = {
    "not_linked": "no probation record",
    "table_missing": "not delivered",
    "pre_custody_record": "home from before custody, not confirmed",
    "unknown_kind": "kind of place not known",
    "no_allocation": "no allocation in force",
    "unallocated": "waiting in the team",
    "no_officer_named": "no officer named",
    "officer_not_listed": "officer not in the staff list",
}
ASKED = {
    "home": "Home to go to",
    "photo_id": "Photo ID",
    "bank_account": "Bank account",
    "officer": "Probation officer",
    "handover": "Handover done",
}


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    reading = data.reading(edition)
    counts = data.due_counts(edition)
    regions, prisons = data.names(edition, "region"), data.names(edition, "prison")
    # Today's regions too: in one of them nobody may be due out, which is an answer.
    own = data.reader().regions
    today = {one: name for one, name in data.current_regions(edition).items() if own is None or one in own}
    known = {one: regions.get(one, one) for one in counts["supervising_region"].unique() if one} | today
    known = dict(sorted(known.items(), key=lambda pair: pair[1]))
    if (counts["supervising_region"] == "").any():
        known[NO_REGION] = "No region known"
    everywhere = "all regions" if own is None else "your region" if len(own) == 1 else "your regions"
    place = filters.choose("region", "Region", [filters.ALL, *known], filters.ALL, lambda one: known.get(one, everywhere.capitalize()))
    region = "" if place == NO_REGION else place
    if place != filters.ALL:
        counts = counts[counts["supervising_region"] == region]
    held = {one: prisons.get(one, one) for one in counts["releasing_prison"].dropna().unique()}
    held = dict(sorted(held.items(), key=lambda pair: pair[1]))
    prison = filters.choose("prison", "Prison", [filters.ALL, *held], filters.ALL, lambda one: held.get(one, "All prisons"))
    if prison != filters.ALL:
        counts = counts[counts["releasing_prison"] == prison]
    filters.say_fallbacks()

    where = ", ".join((known.get(place, everywhere), held.get(prison, "all prisons")))
    page.headline(
        f"Due for release in the next {reading.due_within_days} days, {where}",
        _sentence(counts, reading.due_within_days),
        _lede(counts, edition.as_of, reading.due_within_days),
    )
    page.restricted("Rows about people. They are for those who prepare these releases and go no further.")
    if counts.empty:
        page.html(f'<p class="note">{_nothing(edition)}</p>')
        return
    with page.section("Week by week"):
        _by_week(counts)
    with page.section("What is in place"):
        _in_place(counts)
    with page.section("Person by person", "Nowhere to go first, then not known, temporary and settled; within each the soonest."):
        rows = data.due(edition, None if place == filters.ALL else region, None if prison == filters.ALL else prison)
        _list(rows, int(counts["n"].sum()), regions, prisons, data.names(edition, "provider"))
    page.html("<h2>Download</h2>")
    page.withheld("Rows about people have no controlled twin and do not leave this page.")


def _releases(count: int) -> str:
    return f"{count:,} planned release{'' if count == 1 else 's'}"


def _n(counts: pd.DataFrame, which: pd.Series) -> int:
    return int(counts.loc[which, "n"].sum())


def _sentence(counts: pd.DataFrame, days: int) -> str:
    if counts.empty:
        return f"Nobody is due out in the next {days} days, as far as is known."
    nowhere, unknown = (_n(counts, counts["urgency"] == one) for one in (1, 2))
    said = f"Of {_releases(int(counts['n'].sum()))}, {nowhere:,} {'has' if nowhere == 1 else 'have'} nowhere to go, as far as is known"
    return f"{said}; for {unknown:,} it is not known." if unknown else f"{said}."


def _lede(counts: pd.DataFrame, as_of: str, days: int) -> str:
    homeless, nothing = (_n(counts, counts["home_state"] == one) for one in ("homeless", "none"))
    return (
        f"Recorded as homeless: {homeless:,}. No home on record: {nothing:,}. The list holds people in custody on {page.day(as_of)} whose "
        f"release the prison has planned for that day or the {days} days after it. What nobody has recorded is unknown; it is not a no."
    )


def _nothing(edition: Edition) -> str:
    marks = edition.manifest.get("watermarks") or {}
    if not marks.get("nomis__offender_release_details"):
        return "No planned release was ever delivered: the list needs the prison table OFFENDER_RELEASE_DETAILS."
    return f"Planned releases are complete to {page.day(str(marks['nomis__offender_release_details']))}. None of them falls in these days here."


def _by_week(counts: pd.DataFrame) -> None:
    last = int(counts["days_to_go"].max()) // 7
    week = counts["days_to_go"] // 7
    states = list(URGENCY.values())
    counted = (
        counts.assign(week=week, state=counts["urgency"].map(URGENCY))
        .groupby(["week", "state"])["n"].sum()
        .reindex(pd.MultiIndex.from_product([range(last + 1), states], names=["week", "state"]), fill_value=0)
        .rename("n").reset_index()
    )  # fmt: skip
    counted["week"] = [f"Days {first * 7} to {first * 7 + 6}" for first in counted["week"]]
    wide = counted.pivot(index="week", columns="state", values="n").reindex(list(dict.fromkeys(counted["week"])))[states]
    wide["all"] = wide.sum(axis=1)
    soon = _n(counts, (counts["urgency"] == 1) & (counts["days_to_go"] < 14))
    summary = f"{soon:,} of those with nowhere to go {'is' if soon == 1 else 'are'} due out within 14 days."
    caption = "Planned releases by week and what is known of the home"
    headings = {"week": "Week", **{one: one for one in states}, "all": "All"}
    page.chart(charts.due_by_week(counted, states), caption, summary, plain_table(wide.reset_index(), headings, caption), is_open=False)


def _in_place(counts: pd.DataFrame) -> None:
    answers = {
        "home": counts["urgency"].map({1: "no", 2: "unknown", 3: "yes", 4: "yes"}),
        "photo_id": counts["photo_id"],
        "bank_account": counts["bank_account"],
        "officer": counts["officer"],
        "handover": counts["handover"].map({"done": "yes", "unknown": "unknown"}).fillna("no"),
    }
    shown = pd.DataFrame(
        [{"what": ASKED[name], **{one: _n(counts, said == one) for one in ("yes", "no", "unknown")}} for name, said in answers.items()]
    )
    overdue = _n(counts, counts["handover"] == "overdue")
    page.html(
        plain_table(
            shown, {"what": "In place", "yes": "Yes", "no": "No", "unknown": "Unknown"}, f"What is in place for {_releases(int(counts['n'].sum()))}"
        )
        + f'<p class="note">A handover that is not done is not always late: {overdue:,} {"is" if overdue == 1 else "are"} overdue.</p>'
    )


def _because(said: str, reason: str) -> str:
    words = REASONS.get(reason, reason)
    return f"{said}: {words}" if words else said


def _list(rows: pd.DataFrame, n: int, regions: dict[str, str], prisons: dict[str, str], providers: dict[str, str]) -> None:
    shown = rows.head(ROWS)
    listed = pd.DataFrame(
        {
            "planned": [page.day(one) for one in shown["planned_date"]],
            "days": shown["days_to_go"],
            "home": [_home(one) for one in shown.itertuples(index=False)],
            "officer": [_officer(one) for one in shown.itertuples(index=False)],
            "handover": [_handover(one) for one in shown.itertuples(index=False)],
            "photo_id": shown["photo_id"].str.capitalize(),
            "bank_account": shown["bank_account"].str.capitalize(),
            "prison": [prisons.get(one, "Unknown") if pd.notna(one) else "Unknown" for one in shown["releasing_prison"]],
            "region": [regions.get(one, one) or "Unknown" for one in shown["supervising_region"]],
            "pdu": [one or "Unknown" for one in shown["pdu"]],
            "provider": [providers.get(one, one) or "None known" for one in shown["provider"]],
            "person": shown["person_id"],
        }
    )
    headings = {
        "planned": "Planned", "days": "Days to go", "home": "Home", "officer": "Officer", "handover": "Handover", "photo_id": "Photo ID",
        "bank_account": "Bank account", "prison": "Prison", "region": "Region", "pdu": "Delivery unit", "provider": "Provider", "person": "Person",
    }  # fmt: skip
    page.html(plain_table(listed, headings, f"{len(listed):,} of {_releases(n)}, most pressing first"))
    page.hidden(n - len(rows), "planned release is", "planned releases are")
    if len(rows) > len(listed):
        page.html(f'<p class="note">The {len(listed):,} most pressing are listed. Choose a region or a prison to see the others.</p>')


def _home(one) -> str:
    if one.home_state in ("unknown", "unconfirmed"):
        return _because("Unknown", one.home_reason)
    if one.home_state == "none":
        return "No home on record"
    return f"{one.home_status} ({SOURCES[one.home_source]})"


def _officer(one) -> str:
    return f"Yes, since {page.day(one.officer_since)}" if one.officer == "yes" else _because(one.officer.capitalize(), one.officer_reason)


def _handover(one) -> str:
    if one.handover == "done":
        return f"Done {page.day(one.handover_done_on)}"
    return "Unknown" if one.handover == "unknown" else f"{one.handover.capitalize()}, due {page.day(one.handover_due_on)}"


show()
