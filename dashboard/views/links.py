"""Who is who: pairs of records whose link is doubtful, and what people decide about them. Restricted; the one page that writes, and it
writes decisions only."""

from dataclasses import dataclass
from datetime import date
from html import escape
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.parts import about_people, data, doing, filters, listing, page, results, thresholds
from dashboard.parts.figure import plain_table
from decisions import store as decisions
from edition.access import NotRecorded
from edition.folder import Edition
from ground.printing import pounds

SHOWN = {"waiting": "Waiting for a decision", "decided": "Decided", filters.ALL: "All"}
ANSWERS = {"same": "The same person", "different": "Two people", "unsure": "Not sure"}
COMPARED = {
    "name_agreement": "Name",
    "born_agreement": "Birth date",
    "home_agreement": "Home",
    "sentence_agreement": "Day of sentence",
    "prison_number_agreement": "NOMS number",
    "case_number_agreement": "CRN",
    "police_number_agreement": "PNC",
    "record_office_number_agreement": "CRO",
}
CHANGES = {
    "joined": "Joined with others",
    "parted": "Parted",
    "parted and joined": "Parted and joined with others",
    "renamed": "The same, under another id",
}
CAUSES = {"delivery": "What was delivered", "decision": "A decision", "rules": "Other rules of linkage"}
SYSTEMS = {"nomis": "Prison", "ndelius": "Probation", "": "No longer delivered"}


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    rows, names = about_people.links(edition), results.names(edition, "provider")
    try:
        made, unreachable = decisions.decided(data.home()), ""
    except decisions.StoreError as error:
        made, unreachable = [], str(error)
    force = {"-".join(pair): one.decision for pair, one in decisions.in_force(made).items()}
    known = data.kept(edition, "pairs", (names, force), lambda: _known(rows, names, force), data.use(), is_large=True)
    sources, between = known.sources, known.between
    shown = filters.choose("show", "Show", list(SHOWN), "waiting", lambda one: SHOWN[one])
    listed, keys, count = known.listed[shown]
    # A link to a pair opens it, whatever the list shows.
    asked = st.query_params.get("pair", "")
    pairs = list(dict.fromkeys([*keys, *([asked] if asked in between else [])]))
    chosen = filters.choose("pair", "Pair", pairs, pairs[0], lambda one: between[one]) if pairs else ""
    filters.say_fallbacks()

    page.headline("Who is who", known.sentence, _lede())
    page.restricted("Rows about people, without their names. They are for those who decide who is who, and go no further.")
    doing.say_closed()
    if unreachable:
        page.html(f'<div class="missing" role="note"><strong>Decisions cannot be read or made.</strong> {escape(unreachable)}</div>')
    kept = st.session_state.pop("kept", "")
    if chosen:
        row = next(rows[rows["pair_id"] == chosen].itertuples(index=False))
        with page.section(f"Pair {between[chosen]}"):
            _pair(edition, row, sources)
        with page.section("Decisions on this pair"):
            if kept:
                # Beside the form, where whoever has just decided looks.
                page.notice(kept)
            _history(row, [one for one in made if "-".join(one.pair) == chosen])
            if not unreachable:
                _decide(edition, row, set(between))
    elif kept:
        page.notice(kept)
    with page.section(SHOWN[shown], "Those with most money on them first, then those with most outcomes."):
        _list(listed, keys, count)
        page.hidden(about_people.links_counted(edition) - len(rows), "pair is", "pairs are")
    with page.section("Who became whom", "People whose records were joined or parted since the refresh before. Nobody else has another id."):
        _changes(edition)
    thresholds.section(edition)
    page.html("<h2>Download</h2>")
    page.withheld("Rows about people have no controlled twin and do not leave this page.")


@dataclass(frozen=True)
class Known:
    """What the page says of all pairs: the headline, who sent them (source -> its name) and each in words; and of each of SHOWN the first, as many as
    are loaded, as a list and by their ids, and how many there are."""

    sentence: str
    sources: dict[str, str]
    between: dict[str, str]
    listed: dict[str, tuple[pd.DataFrame, list[str], int]]


def _known(rows: pd.DataFrame, names: dict[str, str], force: dict[str, str]) -> Known:
    """`force`: the answer that is in force on a pair, as the store has it."""
    sources = _sources(rows, names)
    records = [f"{sources[left]} and {sources[right]}" for left, right in zip(rows["left_source"], rows["right_source"], strict=True)]
    # What the edition knows stands where the store cannot say, or was made anew.
    in_force = [force.get(pair, known) for pair, known in zip(rows["pair_id"], rows["decision"], strict=True)]
    rows = rows.assign(records=records, in_force=in_force)
    between = {pair: f"{rank}. {both}" for pair, rank, both in zip(rows["pair_id"], rows["rank"], records, strict=True)}
    of = {"waiting": rows[rows["in_force"] == ""], "decided": rows[rows["in_force"] != ""], filters.ALL: rows}
    listed = {shown: (_in_words(some.head(listing.MOST)), list(some["pair_id"].head(listing.MOST)), len(some)) for shown, some in of.items()}
    return Known(_sentence(len(rows), of["waiting"]), sources, between, listed)


def _pairs(count: int) -> str:
    return f"{count:,} pair{'' if count == 1 else 's'} of records"


def _sentence(count: int, waiting: pd.DataFrame) -> str:
    if not count:
        return "No link between records is doubtful, and none was decided on."
    if waiting.empty:
        return f"Every doubtful link is decided: {_pairs(count)}."
    first = waiting["money"].iloc[0]
    said = f"{_pairs(len(waiting))} wait{'s' if len(waiting) == 1 else ''} for a decision"
    return f"{said}; {pounds(first)} of claims hang{'s' if len(waiting) == 1 else ''} on the first." if first > 0 else f"{said}."


def _lede() -> str:
    return (
        "Pairs that the linkage model finds neither good enough to join beyond doubt nor poor enough to part; some are joined, some are not. "
        "Look both records up where they were delivered, then decide. What hangs on one pair may hang on others too."
    )


def _sources(rows: pd.DataFrame, names: dict[str, str]) -> dict[str, str]:
    """Source -> its name."""
    names = {one.casefold(): name for one, name in names.items()}
    codes = {one: one.removeprefix("provider_") for one in {*rows["left_source"].unique(), *rows["right_source"].unique()}}
    return {one: SYSTEMS.get(one) or names.get(code.casefold(), page.spoken(code)) for one, code in codes.items()}


def _pair(edition: Edition, row, sources: dict[str, str]) -> None:
    linked = "Both are one person in this edition." if row.is_one_person else "They are not one person in this edition."
    weight = (
        "They are no longer compared." if pd.isna(row.weight) else f"Match weight {row.weight:.1f}: 0 is even odds, each 1 doubles them."
    )
    held = f"{row.releases:,} release{'' if row.releases == 1 else 's'} of either; {pounds(row.money)} of claims and {row.outcomes:,} outcomes hang on it."
    page.html(f'<p class="say">{escape(f"{linked} {weight} {held}")}</p>')
    said = pd.DataFrame([{"what": what, "how": (getattr(row, name) or "not compared").capitalize()} for name, what in COMPARED.items()])
    page.html(plain_table(said, {"what": "Compared", "how": "How"}, "What agrees and what differs, without saying what it is"))
    sides = [
        {
            "source": sources[source],
            "person": person or "Linked to nobody",
            "delivery": delivery or "Not known",
            "file": file or "Not known",
            "row": f"{number:,.0f}" if pd.notna(number) else "Not known",
            "claims": claims.replace(";", ", ") or "None",
            "record": record[:8],
        }
        for source, person, delivery, file, number, claims, record in (
            (row.left_source, row.left_person_id, row.left_delivery, row.left_file, row.left_row_number, row.left_claims, row.left_record),
            (row.right_source, row.right_person_id, row.right_delivery, row.right_file, row.right_row_number, row.right_claims, row.right_record),
        )
    ]  # fmt: skip
    headings = {
        "source": "Source",
        "delivery": "Delivery",
        "file": "File",
        "row": "Record",
        "person": "Person",
        "claims": "Claims",
        "record": "Token begins",
    }
    page.html(plain_table(pd.DataFrame(sides), headings, "Where to look the two records up", right=("row",)))
    of_either = about_people.releases_of(edition, tuple(sorted({row.left_person_id, row.right_person_id} - {""})))
    if of_either.empty:
        page.html('<p class="note">Neither has a release.</p>')
        return
    prisons, regions = results.names(edition, "prison"), results.names(edition, "region")
    of_either["released"] = [page.day(one) for one in of_either["release_date"]]
    of_either["prison"] = [prisons.get(one, one) or "Unknown" for one in of_either["releasing_prison"]]
    of_either["region"] = [regions.get(one, one) or "Unknown" for one in of_either["supervising_region"]]
    headings = {"released": "Released", "prison": "Prison", "region": "Region", "person_id": "Person"}
    page.html(plain_table(of_either, headings, "Releases of either person"))


def _history(row, made: list[decisions.Decision]) -> None:
    if not made:
        of_edition = (
            f"This edition counts a decision, {ANSWERS[row.decision].lower()}, which the store does not hold." if row.decision else ""
        )
        page.html(f'<p class="say">{of_edition or "Nobody has decided on this pair yet."}</p>')
        return
    last = made[-1]
    # The edition has it when it shows the same answer of the same moment.
    is_counted = row.decision == last.decision and row.decided_at == f"{last.decided_at:%Y-%m-%d %H:%M:%S}"
    page.html(_decisions_table(reversed(made), "The newest is in force"))
    counted = "This edition counts it." if is_counted else "This edition was made without it: it counts from the next refresh."
    page.html(f'<p class="say" data-counted="{"yes" if is_counted else "no"}">In force: {ANSWERS[last.decision].lower()}. {counted}</p>')


def _decisions_table(made, caption: str) -> str:
    listed = pd.DataFrame(
        [
            {
                "number": f"{one.decision_id}", "decision": ANSWERS[one.decision], "note": one.note or "None", "by": one.decided_by,
                "at": f"{page.day(str(one.decided_at))}, {one.decided_at:%H:%M}", "as_of": page.day(str(one.as_of)),
                "pair": " and ".join(record[:8] for record in one.pair),
            }
            for one in made
        ]
    )  # fmt: skip
    headings = {
        "number": "Decision",
        "decision": "Answer",
        "note": "Why",
        "by": "By",
        "at": "On",
        "as_of": "Looking at",
        "pair": "Tokens begin",
    }
    return plain_table(listed, headings, caption)


def _changes(edition: Edition) -> None:
    rows = about_people.person_changes(edition)
    if rows.empty:
        page.html('<p class="note">Nobody has become anybody else since links have been kept.</p>')
        return
    rows["day"] = [f"{page.day(since)} to {page.day(as_of)}" for since, as_of in zip(rows["since"], rows["as_of"], strict=True)]
    rows["what"], rows["why"] = rows["change"].map(CHANGES), rows["cause"].map(CAUSES)
    headings = {"day": "Between", "what": "What", "why": "Why", "people": "People", "records": "Records"}
    page.html(plain_table(rows, headings, "People by what became of them"))


def _decide(edition: Edition, row, known: set[str]) -> None:
    reader = data.reader()
    if not reader.may("decide_links"):
        said = f"{reader.person} may read this page and not decide: who is who is decided by a data steward."
        page.html(f'<div class="missing" role="note" data-decide="no"><strong>Read only.</strong> {escape(said)}</div>')
        return
    with st.form(f"decide_{row.pair_id}"):
        answer = st.radio("These two records are", list(ANSWERS), index=None, format_func=lambda one: ANSWERS[one], horizontal=True)
        note = st.text_area("Why: needed unless you are not sure. No names or numbers of people.", max_chars=500)
        page.html(f'<p class="say">You decide as {escape(reader.person)}.</p>')
        is_sent = doing.send("Decide")
    if not is_sent:
        return
    if answer is None:
        page.notice("Choose one of the three answers.")
        return
    new = decisions.Decision(
        decision_id=0,
        left_record=row.left_record,
        right_record=row.right_record,
        decision=answer,
        note=note.strip(),
        decided_by=reader.person,
        decided_at=data.now(),
        as_of=date.fromisoformat(edition.as_of),
        edition_id=edition.edition_id,
    )
    try:
        number = decisions.Store(data.home()).decide(new).decision_id
    except decisions.ContradictionError as error:
        page.notice(f"Refused: “{ANSWERS[answer].lower()}” contradicts what is in force. Decide one of these again first.")
        page.html(_decisions_table(error.decisions, "In force, and together the opposite") + _links(error.decisions, known))
        return
    except (decisions.DecisionError, decisions.StoreError, NotRecorded) as error:
        page.notice(f"Not kept: {error}.")
        return
    st.session_state["kept"] = f"Decision {number} on the pair before is kept: {ANSWERS[answer].lower()}. It counts from the next refresh."
    # On to the next of the list.
    st.session_state.get("chosen", {}).pop("pair", None)
    st.query_params.pop("pair", None)
    st.rerun()


def _links(made, known: set[str]) -> str:
    """Links to the pairs of these decisions, as far as this edition has them."""
    here = st.query_params.to_dict()
    said = [
        f'<a href="links?{escape(urlencode(here | {"pair": "-".join(one.pair)}))}" target="_self">Look at the pair of decision {one.decision_id}</a>'
        for one in made
        if "-".join(one.pair) in known
    ]
    return f'<p class="say">{"<br>".join(said)}</p>' if said else ""


def _in_words(shown: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pair": shown["rank"],
            "records": shown["records"],
            "weight": shown["weight"].round(1),
            "linked": ["Yes" if one else "No" for one in shown["is_one_person"]],
            "releases": shown["releases"],
            "money": shown["money"],
            "outcomes": shown["outcomes"],
            "decision": [ANSWERS.get(one, "None") for one in shown["in_force"]],
        }
    )


def _list(listed: pd.DataFrame, keys: list[str], count: int) -> None:
    if listed.empty:
        page.html('<p class="note">There is none.</p>')
        return
    headings = {
        "pair": "Pair", "records": "Records of", "weight": "Match weight", "linked": "One person now", "releases": "Releases", "money": "Claims", "outcomes": "Outcomes",
        "decision": "Decision",
    }  # fmt: skip
    listing.chosen_by_address("pair", listed, keys, headings, f"{len(listed):,} of {_pairs(count)}, most pressing first", money=("money",))
    if count > len(listed):
        page.html(f'<p class="note">The {len(listed):,} most pressing are loaded. The others follow when these are decided.</p>')


show()
