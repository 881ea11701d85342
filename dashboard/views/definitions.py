"""Definitions: what each measure counts, how it was settled, what broke the series, what the marks mean."""

from collections.abc import Callable
from html import escape

import pandas as pd
import streamlit as st

from dashboard.parts import data, filters, page, payment, results
from dashboard.parts.claim import GRAVE, KINDS
from dashboard.parts.figure import plain_table
from dashboard.views import outcome
from edition.folder import Edition, TableMissing

NOTHING = '<p class="note">None in this edition.</p>'


def show() -> None:
    """Lay out the page for the current edition: all of it, or what holds the words that the address looks for."""
    edition = data.current_edition()
    wanted = filters.write("find", "Words, or an id such as M50")
    filters.say_fallbacks()
    page.headline(
        "Definitions",
        f"What is written of “{wanted}”." if wanted else "What each figure counts, and what it must not be compared with.",
        "Taken from the registry of this edition: what is written here is what was worked out.",
    )
    measures = results.measures(edition)
    parts: tuple[tuple[str, str, Callable[[], str]], ...] = (
        ("Measures", "", lambda: _measures(measures, wanted)),
        ("Published figures and targets", "Figures of others that ours are seen beside, and what each may be compared with.",
         lambda: _published(results.comparators(edition), measures, wanted)),
        ("Payment rules", "What each claim, author, service level or cohort is held against, and why. A rule that has changed is a new version.",
         lambda: _rules(payment.rules(edition), wanted)),
        ("How it was settled", "What is right, in words. Figures do not follow yet what is marked as agreed and not built.",
         lambda: _decisions(results.definition_rows(edition, "dim_definition"), wanted)),
        ("Breaks in the series", "Drawn on every chart over time. Figures before and after a break are not to be compared.",
         lambda: _breaks(results.definition_rows(edition, "dim_policy_break"), wanted)),
        ("Marks", "They stand in a cell in place of a number, or beside one.", lambda: _marks(data.reading(edition).marks, wanted)),
        ("Limits", "The numbers by which figures are judged, marked and hidden.",
         lambda: _limits(results.definition_rows(edition, "dim_threshold"), edition.as_of, wanted)),
    )  # fmt: skip
    if not sum([_laid_out(edition, *part, wanted) for part in parts]):
        page.html('<p class="note" data-found="none">Nothing here holds all these words.</p>')
    page.html("<h2>Download</h2>")
    try:
        registry = results.definition_rows(edition, "dim_measure").assign(edition_id=edition.edition_id, as_of=edition.as_of)
        text = data.kept(edition, "definitions: file", (), lambda: registry.to_csv(index=False, date_format="%Y-%m-%d").encode("utf-8"))
    except TableMissing as missing:
        page.withheld(str(missing).replace("`", ""))
        return
    st.download_button(
        f"Download {len(registry):,} measures as CSV",
        text,
        file_name=f"gatehouse-measures-{edition.edition_id}.csv",
        mime="text/csv",
        on_click="ignore",
        key="download_measures",
    )


def _laid_out(edition: Edition, title: str, about: str, made: Callable[[], str], wanted: str) -> bool:
    """One section, and whether it has an entry; left out where words are looked for and none of its entries holds them."""
    try:
        # All of it is printed for everybody; of what is looked for there may be anything.
        body = made() if wanted else data.kept(edition, f"definitions: {title}", (), made)
    except TableMissing as missing:
        with page.section(title, about):
            raise missing
        return True
    if body or not wanted:
        with page.section(title, about):
            page.html(body or NOTHING)
    return bool(body)


def _found(rows: pd.DataFrame, wanted: str, *columns: str) -> pd.DataFrame:
    """The rows that hold every word looked for in these columns, in whatever case."""
    sought = wanted.casefold().split()
    texts = (" ".join(map(str, cells)).casefold() for cells in rows[list(columns)].fillna("").itertuples(index=False))
    return rows[pd.Series([all(word in text for word in sought) for text in texts], index=rows.index, dtype=bool)]


def _published(rows: pd.DataFrame, measures: pd.DataFrame, wanted: str) -> str:
    """First each note that several measures share, with their names; then every row."""
    labels = dict(zip(measures["measure_id"], measures["label"], strict=True))
    rows = _found(rows.assign(measure=rows["measure_id"].map(labels)), wanted, "measure_id", "measure", "label", "comparability_note")
    if rows.empty:
        return ""
    shared = ""
    for note, ids in rows.groupby("comparability_note", sort=False)["measure_id"].unique().items():
        if len(ids) > 1:
            names = "; ".join(labels.get(one, one) for one in ids)
            shared += f'<p class="say" data-note="comparability"><b>{escape(names)}.</b> {escape(str(note))}</p>'
    items = [
        f'<div class="definition" data-note="comparator"><h3>Beside {escape(str(one.measure_id))} {escape(labels.get(one.measure_id, ""))}</h3>'
        f'<p class="note">{outcome.published_words(one)}</p><p class="note">{escape(str(one.comparability_note))}</p></div>'
        for one in rows.itertuples(index=False)
    ]
    return shared + page.folded(f"{len(items)} published figures and targets", _grid(items), bool(wanted))


def _measures(measures: pd.DataFrame, wanted: str) -> str:
    return "".join(
        page.folded(f"{str(domain).capitalize()}, {_many(len(own), 'measure')}", _grid([_measure(one) for one in own.itertuples(index=False)]), bool(wanted))
        for domain, own in _found(measures, wanted, "measure_id", "name", "label", "definition", "numerator_label", "denominator_label").groupby("domain", sort=False)
    )


def _measure(measure) -> str:
    lines = [escape(str(measure.definition))] if pd.notna(measure.definition) else []
    if pd.notna(measure.numerator_label):
        lines.append(f"<b>Counts</b> {escape(str(measure.numerator_label))}, <b>of</b> {escape(str(measure.denominator_label))}.")
    if pd.notna(measure.comparability_note) and str(measure.comparability_note).strip():
        lines.append(f"<b>Comparable?</b> {escape(str(measure.comparability_note))}")
    if pd.notna(measure.source):
        lines.append(f"<b>Source:</b> {escape(str(measure.source))}")
    return _item(f"{measure.measure_id} {measure.label}", lines, _unverified(measure.verified))


CLASSES = {"E": "Conditions of the contract", "Q": "Questions of quality", "O": "What happened afterwards", "control": "What could not be tested", "safeguarding": "Alerts"}


def _rules(rules: pd.DataFrame, wanted: str) -> str:
    rules = _found(rules, wanted, "rule_id", "name", "question", "logic", "motive")
    return "".join(
        page.folded(f"{name}, {_many(len(own), 'rule')}", _grid([_rule(one) for one in own.to_dict("records")]), bool(wanted))
        for class_, name in CLASSES.items()
        if len(own := rules[rules["class"] == class_])
    )


def _with(code: str, words: dict[str, str]) -> str:
    """A code with its words behind it."""
    return f"{code} ({words[code].lower()})" if code in words else code


def _rule(rule: dict) -> str:
    said = {name: "" if pd.isna(value) else str(value) for name, value in rule.items()}
    dated = f" from {page.day(said['valid_from'])}" if said["valid_from"] and not said["valid_from"].startswith("1900") else ""
    until = f" to {page.day(said['valid_to'])}" if said["valid_to"] and not said["valid_to"].startswith("9999") else ""
    lines = [
        f"<b>{escape(said['question'])}</b> {escape(said['logic'])}",
        f"<b>Why:</b> {escape(said['motive'])}. <b>Document:</b> {escape(said['document'])}.",
        f"<b>How to resolve:</b> {escape(said['how_to_resolve'])}",
        f"<b>Class</b> {escape(_with(said['class'], KINDS))}, <b>severity</b> {escape(_with(said['severity'], GRAVE))}{escape('; ' + said['severity_note'] if said['severity_note'] else '')}.",
        *([f"<b>Fails when</b>, over the values it rests on: <code>{escape(said['fails_when'])}</code>"] if said.get("fails_when") else []),
        f"<b>Tables needed:</b> {escape(said['tables_needed'].replace(';', ', ')) or 'none'}. <b>Day tested:</b> {escape(said['day_tested'].replace('_', ' '))}.",
        f"<b>Version</b> {escape(said['rule_version'])}{dated}{until}. <b>Source:</b> {escape(said['source'])}.",
    ]
    return _item(f"{said['rule_id']} {said['name']}", lines, _unverified(said["verified"]))


def _decisions(decisions: pd.DataFrame, wanted: str) -> str:
    return "".join(
        page.folded(f"{topic}, {_many(len(own), 'decision')}", _grid([_decision(one) for one in own.itertuples(index=False)]), bool(wanted))
        for topic, own in _found(decisions, wanted, "decision_id", "title", "text").groupby("topic", sort=False)
    )


def _decision(decision) -> str:
    lines = [escape(str(decision.text)), f"<b>Source:</b> {escape(str(decision.source))}"]
    return _item(str(decision.title), lines, mark="" if _is_true(decision.is_built) else "agreed, not built yet")


def _breaks(breaks: pd.DataFrame, wanted: str) -> str:
    items = [
        _item(
            f"{page.day(str(one.date))}: {one.label}",
            [escape(str(one.description)), f"<b>Concerns</b> {escape(str(one.domains).replace(';', ', '))}."],
            _unverified(one.verified),
        )
        for one in _found(breaks, wanted, "break_id", "label", "description").sort_values("date").itertuples(index=False)
    ]
    return _grid(items) if items else ""


def _marks(marks: dict[str, str], wanted: str) -> str:
    rows = _found(pd.DataFrame(marks.items(), columns=["mark", "meaning"]), wanted, "mark", "meaning")
    return "".join(f'<p class="note" data-note="mark"><span class="mark">{escape(str(one.mark))}</span> {escape(str(one.meaning))}</p>' for one in rows.itertuples(index=False))


def _limits(limits: pd.DataFrame, as_of: str, wanted: str) -> str:
    """Thresholds in force as of the edition; those that have ended or are still to come are left out."""
    first, last = (limits[name].astype("string").str[:10] for name in ("valid_from", "valid_to"))
    rows = _found(limits[(first <= as_of) & (last.isna() | (last >= as_of))], wanted, "threshold", "description").copy()
    if rows.empty:
        return ""
    rows["shown"] = [f"{one.value:g} {'' if one.unit == 'share' else str(one.unit or '')}".strip() for one in rows.itertuples(index=False)]
    rows["mark"] = rows["verified"].map(_unverified)
    headings = {"description": "What it decides", "shown": "Value", "source": "Decided by", "mark": "Mark"}
    return page.folded(_many(len(rows), "limit") + " in force", plain_table(rows, headings, f"Limits in force on {page.day(as_of)}"), bool(wanted))


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _is_true(value) -> bool:
    return str(value).lower() in ("true", "1", "yes")


def _unverified(verified) -> str:
    return "" if _is_true(verified) else "unverified"


def _item(title: str, lines: list[str], mark: str = "") -> str:
    marked = f' <span class="mark">{mark}</span>' if mark else ""
    body = "".join(f'<p class="note">{line}</p>' for line in lines)
    return f'<div class="definition" data-note="definition"><h3>{escape(title)}{marked}</h3>{body}</div>'


def _grid(items: list[str]) -> str:
    return f'<div class="definitions">{"".join(items)}</div>'


show()
