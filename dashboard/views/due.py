"""Due for release: who leaves prison in the days ahead, what is known of where they will go, and what each lacks. Restricted; whoever may take
the list out has an entry in the access record first."""

import pandas as pd
import streamlit as st

from dashboard.parts import about_people, charts, data, filters, listing, page, results
from dashboard.parts.apart import apart
from dashboard.parts.figure import plain_table
from edition.folder import Edition, EditionError

NO_REGION = "none"
DAYS = {"14": "The next 14 days", "28": "The next 28 days", "84": "All that is planned"}
# Of the home: the four counts, in the order of the list.
HOME = {"homeless": "Homeless", "nothing": "Nothing recorded", "unconfirmed": "Not confirmed", "place": "Has a place"}
MEANS = {
    "homeless": "Somebody recorded that the person will be homeless.",
    "nothing": "Nobody has recorded a home, or no probation record of the person is known. It is not a no.",
    "unconfirmed": "A home from before custody that nobody has confirmed, or one whose kind is not known.",
    "place": "A settled home or a temporary place is recorded for the day.",
}
SOURCES = {"proposed": "proposed", "main": "on the probation record", "prison": "prison discharge address"}
REASONS = {
    "not_linked": "no probation record",
    "table_missing": "not delivered",
    "pre_custody_record": "home from before custody, not confirmed",
    "unknown_kind": "kind of place not known",
    "unreadable_record": "record could not be read",
    "no_allocation": "no allocation in force",
    "unallocated": "waiting in the team",
    "no_officer_named": "no officer named",
    "officer_not_listed": "officer not in the staff list",
}
ASKED = {"photo_id": "Photo ID", "bank_account": "Bank account", "officer": "Probation officer", "handover": "Handover done"}
LACKS = {
    filters.ALL: "Anybody", "homeless": "Homeless", "nothing": "No home recorded", "unconfirmed": "Home not confirmed", "officer": "No officer", "photo_id": "No photo ID",
    "bank_account": "No bank account", "handover": "Handover overdue",
}  # fmt: skip


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    reading = data.reading(edition)
    counts = about_people.due_counts(edition)
    regions, prisons = results.names(edition, "region"), results.names(edition, "prison")
    # Today's regions too: in one of them nobody may be due out, which is an answer.
    own = data.reader().regions
    today = {one: name for one, name in results.current_regions(edition).items() if own is None or one in own}
    known = {one: regions.get(one, one) for one in counts["supervising_region"].unique() if one} | today
    known = dict(sorted(known.items(), key=lambda pair: pair[1]))
    if (counts["supervising_region"] == "").any():
        known[NO_REGION] = "No region known"
    everywhere = "all regions" if own is None else "your region" if len(own) == 1 else "your regions"
    within = filters.choose("days", "Due out in", list(DAYS), "14", lambda one: DAYS[one])
    place = filters.choose("region", "Region", [filters.ALL, *known], filters.ALL, lambda one: known.get(one, everywhere.capitalize()))
    region = "" if place == NO_REGION else place
    if place != filters.ALL:
        counts = counts[counts["supervising_region"] == region]
    held = {one: prisons.get(one, one) for one in counts["releasing_prison"].dropna().unique()}
    held = dict(sorted(held.items(), key=lambda pair: pair[1]))
    prison = filters.choose("prison", "Prison", [filters.ALL, *held], filters.ALL, lambda one: held.get(one, "All prisons"))
    if prison != filters.ALL:
        counts = counts[counts["releasing_prison"] == prison]
    lacks = filters.choose("lacks", "Who lacks", list(LACKS), filters.ALL, lambda one: LACKS[one])
    filters.say_fallbacks()

    days = reading.due_within_days + 1 if within == "84" else int(within)
    later, counts = counts[counts["days_to_go"] >= days], counts[counts["days_to_go"] < days]
    span = f"the next {reading.due_within_days if within == '84' else within} days"
    where = ", ".join((known.get(place, everywhere), held.get(prison, "all prisons")))
    page.headline(f"Due for release in {span}, {where}", _sentence(counts, span), _lede(later, edition.as_of, span, reading.due_within_days))
    if counts.empty:
        page.restricted("Rows about people. They are for those who prepare these releases and go no further.")
        more = f"{_releases(int(later['n'].sum()))} in the days after these: choose more days above." if len(later) else _nothing(edition)
        page.html(f'<p class="note" data-due="later">{more}</p>')
        return
    _four(counts)
    with page.section("Person by person", f"{where}, {span}: homeless first, then nothing recorded, not confirmed, and those with a place; within each the soonest."):
        everybody = int(counts["n"].sum())

        def people() -> None:
            rows = about_people.due(edition, None if place == filters.ALL else region, None if prison == filters.ALL else prison, days)
            _list(edition, _who_lack(rows, lacks), lacks, prisons, regions, results.names(edition, "provider"))
            page.hidden(everybody - len(rows), "planned release is", "planned releases are")

        apart(people)
    with page.section("What is in place"):
        page.html(data.made(_in_place, counts))
    with page.section("Week by week"):
        counted, summary, caption, twin = data.made(_by_week, pd.concat([counts, later]), where, reading.due_within_days)
        page.chart(charts.due_by_week, (counted, list(HOME.values())), caption, summary, twin, is_open=False)


def _releases(count: int) -> str:
    return f"{count:,} planned release{'' if count == 1 else 's'}"


def _n(counts: pd.DataFrame, which: pd.Series) -> int:
    return int(counts.loc[which, "n"].sum())


def _sentence(counts: pd.DataFrame, span: str) -> str:
    if counts.empty:
        return f"Nobody is due out in {span}, as far as is known."
    homeless, nothing, unconfirmed, placed = (_n(counts, counts["home"] == one) for one in HOME)
    return (
        f"Of {_releases(int(counts['n'].sum()))} in {span}, {homeless:,} {'is' if homeless == 1 else 'are'} recorded as homeless; for {nothing:,} no home is "
        f"recorded, for {unconfirmed:,} it is not confirmed, and {placed:,} {'has' if placed == 1 else 'have'} a place."
    )


def _lede(later: pd.DataFrame, as_of: str, span: str, all_days: int) -> str:
    more = f" {_releases(int(later['n'].sum()))} more in the days after them, up to day {all_days}." if len(later) else ""
    return f"People in custody on {page.day(as_of)} whose release the prison has planned in {span}, that day counted. What nobody has recorded is not known; it is not a no.{more}"


def _four(counts: pd.DataFrame) -> None:
    items = "".join(
        f'<li data-home="{name}"><span>{label}</span><b>{_n(counts, counts["home"] == name):,}</b><span>{MEANS[name]}</span></li>' for name, label in HOME.items()
    )
    page.html(f'<ul class="strip four" aria-label="What is known of the home">{items}</ul>')


def _nothing(edition: Edition) -> str:
    marks = edition.manifest.get("watermarks") or {}
    if not marks.get("nomis__offender_release_details"):
        return "No planned release was ever delivered: the list needs the prison table OFFENDER_RELEASE_DETAILS."
    return f"Planned releases are complete to {page.day(str(marks['nomis__offender_release_details']))}. None of them falls in these days here."


def _by_week(counts: pd.DataFrame, where: str, last_day: int) -> tuple[pd.DataFrame, str, str, str]:
    """Planned releases by week and what is known of the home; that in a sentence, what it is, and the table (HTML). `last_day`: the
    last that is planned, which may cut a week short."""
    last = int(counts["days_to_go"].max()) // 7
    week = counts["days_to_go"] // 7
    states = list(HOME.values())
    counted = (
        counts.assign(week=week, state=counts["home"].map(HOME))
        .groupby(["week", "state"])["n"].sum()
        .reindex(pd.MultiIndex.from_product([range(last + 1), states], names=["week", "state"]), fill_value=0)
        .rename("n").reset_index()
    )  # fmt: skip
    counted["week"] = [_days(first * 7, min(first * 7 + 6, last_day)) for first in counted["week"]]
    wide = counted.pivot(index="week", columns="state", values="n").reindex(list(dict.fromkeys(counted["week"])))[states]
    wide["all"] = wide.sum(axis=1)
    homeless, nothing = (_n(counts, (counts["home"] == one) & (counts["days_to_go"] < 14)) for one in ("homeless", "nothing"))
    summary = f"Within 14 days {homeless:,} {'is' if homeless == 1 else 'are'} due out homeless, and {nothing:,} with no home recorded."
    caption = f"Planned releases by week and what is known of the home: {where}"
    headings = {"week": "Week", **{one: one for one in states}, "all": "All"}
    return counted, summary, caption, plain_table(wide.reset_index(), headings, caption)


def _days(first: int, last: int) -> str:
    return f"Days {first} to {last}" if first < last else f"Day {first}"


def _in_place(counts: pd.DataFrame) -> str:
    answers = {
        "photo_id": counts["photo_id"],
        "bank_account": counts["bank_account"],
        "officer": counts["officer"],
        "handover": counts["handover"].map({"done": "yes", "unknown": "unknown"}).fillna("no"),
    }
    shown = pd.DataFrame(
        [{"what": ASKED[name], **{one: _n(counts, said == one) for one in ("yes", "no", "unknown")}} for name, said in answers.items()]
    )
    overdue = _n(counts, counts["handover"] == "overdue")
    table = plain_table(shown, {"what": "In place", "yes": "Yes", "no": "No", "unknown": "Not recorded"}, f"What is in place for {_releases(int(counts['n'].sum()))}")
    return f'{table}<p class="note">A handover that is not done is not always late: {overdue:,} {"is" if overdue == 1 else "are"} overdue.</p>'


def _who_lack(rows: pd.DataFrame, lacks: str) -> pd.DataFrame:
    if lacks in HOME:
        return rows[rows["home"] == lacks].reset_index(drop=True)
    if lacks == "handover":
        return rows[rows["handover"] == "overdue"].reset_index(drop=True)
    return rows[rows[lacks] == "no"].reset_index(drop=True) if lacks != filters.ALL else rows


def _because(said: str, reason: str) -> str:
    words = REASONS.get(reason, reason)
    return f"{said}: {words}" if words else said


def _list(edition: Edition, rows: pd.DataFrame, lacks: str, prisons: dict[str, str], regions: dict[str, str], providers: dict[str, str]) -> None:
    page.restricted("Rows about people. They are for those who prepare these releases and go no further.")
    if rows.empty:
        page.html(f'<p class="note" data-due="none">Nobody here: {LACKS[lacks].lower()}. Choose others, or more days.</p>')
        return
    shown = rows.head(listing.MOST)
    listed = data.made(_in_words, shown, prisons, regions, providers)
    headings = {
        "prison": "Prison", "team": "Team", "officer": "Officer", "person": "Reference", "planned": "Planned", "lacks": "Lacks", "unknown": "Not recorded",
        "home": "Home", "days": "Days to go", "handover": "Handover", "region": "Region", "provider": "Provider",
    }  # fmt: skip
    picked = listing.chosen_rows("due", listed, headings, f"{len(listed):,} of {_releases(len(rows))}. Choose rows to see where each is found, or to take them out.")
    if len(rows) > len(listed):
        page.html(f'<p class="note">The first {len(listed):,} are loaded. Choose a region or a prison to see the others.</p>')
    if picked:
        _found(edition, shown.iloc[picked])
    _take_out(edition, listed.iloc[picked] if picked else listed, headings)


def _in_words(shown: pd.DataFrame, prisons: dict[str, str], regions: dict[str, str], providers: dict[str, str]) -> pd.DataFrame:
    people = list(shown.itertuples(index=False))
    return pd.DataFrame(
        {
            "prison": [prisons.get(one, one) if pd.notna(one) else "Not known" for one in shown["releasing_prison"]],
            "team": [_team(one) for one in people],
            "officer": [one.officer_code or _officer(one) for one in people],
            "person": shown["person_id"],
            "home": [_home(one) for one in people],
            "days": shown["days_to_go"],
            "planned": pd.to_datetime(shown["planned_date"]).dt.date,
            "lacks": [_lacking(one, "no") for one in people],
            "unknown": [_lacking(one, "unknown") for one in people],
            "handover": [_handover(one) for one in people],
            "region": [regions.get(one, one) or "Not known" for one in shown["supervising_region"]],
            "provider": [providers.get(one, one) or "None known" for one in shown["provider"]],
        }
    )


def _found(edition: Edition, people: pd.DataFrame) -> None:
    """Where whoever may see the source finds the people chosen: the delivered rows, by file and record."""
    for one in people.head(5).itertuples(index=False):
        rows = about_people.due_rows(edition, str(one.booking_id))
        headings = {"source": "Source", "delivery": "Delivery", "file": "File", "row_number": "Record", "row_hash": "Hash of the record"}
        page.html(page.folded(f"Reference {one.person_id}: {len(rows):,} delivered rows", plain_table(rows, headings, "Where it is found"), is_open=True))
    if len(people) > 5:
        page.html('<p class="note">The first five of those chosen are shown.</p>')


def _take_out(edition: Edition, listed: pd.DataFrame, headings: dict[str, str]) -> None:
    """A file of those chosen, for whoever may; it is in the access record before it is made."""
    if not data.reader().may("take_due"):
        page.withheld("Only a regional director may take this list out, and each time it is in the access record first.")
        return
    many = f"{len(listed):,} {'person' if len(listed) == 1 else 'people'}"
    if not st.button(f"Make a file of {many}", key="take_due"):
        return
    try:
        about_people.take_out(edition, "fct_due_release", f"A file of {many} due for release", len(listed))
    except EditionError as refused:
        page.notice(f"Refused: {str(refused).replace('`', '')}.")
        return
    text = listed[list(headings)].rename(columns=headings).map(_as_text).to_csv(index=False)
    st.download_button(f"Download {many}", text.encode("utf-8-sig"), file_name=f"due-{edition.edition_id}.csv", mime="text/csv", on_click="ignore", key="download_due")


def _as_text(value) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _team(one) -> str:
    said = " ".join(part for part in (one.team_name, f"({one.team})" if one.team_name and one.team else one.team) if part)
    return said or one.pdu or "Not known"


def _lacking(one, answer: str) -> str:
    """What the person lacks (`no`), or what is not recorded (`unknown`)."""
    home = {"no": one.home == "homeless", "unknown": one.home in ("nothing", "unconfirmed")}[answer]
    handover = {"no": one.handover == "overdue", "unknown": one.handover == "unknown"}[answer]
    said = ["home"] if home else []
    said += [words for name, words in (("photo_id", "photo ID"), ("bank_account", "bank account"), ("officer", "officer")) if getattr(one, name) == answer]
    return ", ".join([*said, *(["handover"] if handover else [])])


def _home(one) -> str:
    if one.home_state in ("unknown", "unconfirmed"):
        return _because(HOME[one.home], one.home_reason)
    if one.home_state == "none":
        return "Nothing recorded"
    return f"{one.home_status} ({SOURCES[one.home_source]})"


def _officer(one) -> str:
    return f"Yes, since {page.day(one.officer_since)}" if one.officer == "yes" else _because({"no": "No", "unknown": "Not known"}[one.officer], one.officer_reason)


def _handover(one) -> str:
    if one.handover == "done":
        return f"Done {page.day(one.handover_done_on)}"
    return "Not recorded" if one.handover == "unknown" else f"{one.handover.capitalize()}, due {page.day(one.handover_due_on)}"


show()
