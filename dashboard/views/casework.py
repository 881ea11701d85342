"""Payment cases: what fails becomes a case, which is asked about, explained or upheld by two people. Restricted; it writes decisions only."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.parts import data, doing, filters, listing, page, payment, results
from dashboard.parts.claim import GRAVE
from dashboard.parts.figure import plain_table
from decisions import case_records, cases, casework, workbook
from decisions.case_records import Case, Entry, Proposal
from decisions.cases import CLOSED, CREDITED, EXPLAINED, NOT_RECOVERED, OPEN, QUERIED, STATES, UPHELD
from decisions.casework import Filter
from decisions.store import StoreError
from edition.folder import Edition, TableMissing
from ground.printing import pounds

NONE = "none"
STATE = {OPEN: "Open", QUERIED: "The provider is asked", EXPLAINED: "Explained", UPHELD: "Upheld", CREDITED: "Credited", CLOSED: "Closed"}
DUE = {filters.ALL: "Any", "week": "Within a week", "overdue": "Gone by without an answer", "no_answer": "Marked: no answer", "late": "Answered late"}
LEAST = {"0": "Any", "10": "£10 or more", "50": "£50 or more", "100": "£100 or more", "500": "£500 or more", "1000": "£1,000 or more"}
KINDS = {"step": "Step", "proposal": "Proposed", "answer": "Answer", "extension": "More time", "no_answer": "No answer by the day", "dispute": "Disputed"}
RESULT = {"fail": "fails", "pass": "passes", "not_testable": "cannot be tested", "not_tested": "is tested no more"}
THEN = {"pass": "It passed on what was known when it was claimed.", "fail": "It failed on what was known when it was claimed too."}
# What a contract manager may do: in words, and the state that it proposes, '' for what one person does.
WAYS = {
    "query": ("Ask the provider", ""),
    "extend": ("Give the provider more time", ""),
    "answer": ("Note what the provider answers", ""),
    "dispute": ("Note that the provider disputes it", ""),
    "explain": ("Propose: explained", EXPLAINED),
    "uphold": ("Propose: upheld", UPHELD),
    "not_recovered": ("Propose: closed, not recovered", CLOSED),
    "reopen": ("Propose: open again", OPEN),
}
WAYS_ON = {
    OPEN: ("query", "explain", "uphold"),
    QUERIED: ("extend", "answer", "explain", "uphold"),
    EXPLAINED: ("reopen",),
    UPHELD: ("dispute", "not_recovered", "reopen"),
    CREDITED: ("reopen",),
    CLOSED: ("reopen",),
}


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    try:
        known = payment.cases(edition)
        waiting = {one.case_id: one for one in case_records.proposals(data.home())}
    except StoreError as error:
        page.headline("Payment cases", "Payment cases cannot be read or decided.", f"{error}.")
        return
    names, rules = results.names(edition, "provider"), _rules(edition)
    questions = {rule: str(said["question"]) for rule, said in rules.items()}
    about = known.made(_about)
    wanted, due = _filters(about, names, questions)
    chosen_of = (wanted, due, data.now().date())
    shown, count, labels = known.made(_listed, *chosen_of)
    # A link to a case opens it, whatever the list shows.
    asked = st.query_params.get("case", "")
    if asked.isdecimal() and len(asked) < 18 and asked not in labels:
        labels = labels | _labels(known.seen[known.seen["case_id"] == int(asked)])
    chosen = filters.choose("case", "Look at one case", [NONE, *labels], NONE, lambda one: labels.get(one, "None"))
    filters.say_fallbacks()
    page.headline("Payment cases", about.sentence, "The run opens a case where a condition of the contract fails, and closes it where the failure is cured. "
                  "What it comes to one person proposes and another approves. A case is a question to the provider until then.")  # fmt: skip
    page.restricted("Cases about people's claims. They are for those who follow up these contracts and go no further.")
    doing.say_closed()
    doing.say_done()
    with page.section("By state", "A pound at risk of two rules is in the case of each; what is upheld of a claim counts once."):
        page.html(known.made(_by_state, *chosen_of))
    if chosen != NONE:
        case = case_records.case_of(data.home(), int(chosen))
        with page.section(f"Case {case.case_id}"):
            _case(edition, case, rules.get(case.rule_id, {}), names)
        with page.section("What was done about it"):
            page.html(_history(case_records.history(data.home(), case.case_id)))
            _decide(case, waiting.get(case.case_id))
    with page.section("Cases", "What is open first, and within that the most money. Who is in a cohort is for named readers only, as are people under restriction."):
        _list(shown, count, waiting, names, questions)
        page.hidden(known.hidden, "case is", "cases are")
    if data.reader().may("propose") or data.reader().may("decide"):
        with page.section("Many at once", "All cases of one rule and state, further by provider and pounds; the choice of due day does not narrow them. They are counted first, and nothing is done where they have changed since."):
            _many(wanted)
    if data.reader().may("propose"):
        with page.section("The provider's workbook", "All that a provider is asked, as a workbook to fill in and send back."):
            _workbook(edition, about, names)
    page.html("<h2>Download</h2>")
    page.withheld("Rows about people's claims have no controlled twin; only the workbook of a provider's own queries leaves this page.")


@dataclass(frozen=True)
class About:
    """What is said of all cases: the headline, their rules and providers, and of whom (contract and provider) something is asked."""

    sentence: str
    rules: list[str]
    providers: list[str]
    asked: list[tuple[str, str]]


def _about(seen: pd.DataFrame) -> About:
    asked = seen.loc[(seen["state"] == QUERIED) & (seen["provider"] != ""), ["contract_id", "provider"]].drop_duplicates()
    rules, providers = (sorted(seen[name].unique()) for name in ("rule_id", "provider"))
    return About(_sentence(seen), rules, [one for one in providers if one], list(asked.itertuples(index=False, name=None)))


def _listed(seen: pd.DataFrame, wanted: Filter, due: str, today: date) -> tuple[pd.DataFrame, int, dict[str, str]]:
    """The first of the cases that are asked for, as many as are loaded; how many there are; and each by its number, in words."""
    # Of a million rows those that are shown, and no copy of the others.
    places = np.flatnonzero(_is_wanted(seen, wanted) & _is_due(seen, due, today))
    shown = seen.take(places[: listing.MOST])
    return shown, len(places), _labels(shown)


def _labels(shown: pd.DataFrame) -> dict[str, str]:
    return {str(case.case_id): _label(case) for case in shown.itertuples(index=False)}


def _rules(edition: Edition) -> dict[str, dict]:
    """The last version of each rule; none where the edition has no registry of them."""
    try:
        return data.made(_by_rule, payment.rules(edition))
    except TableMissing:
        return {}


def _by_rule(rules: pd.DataFrame) -> dict[str, dict]:
    return {str(one["rule_id"]): one for one in rules.to_dict("records")}


def _filters(about: About, names: dict[str, str], questions: dict[str, str]) -> tuple[Filter, str]:
    """What is asked for; the rule or state is '' for all."""
    state = filters.choose("state", "State", [filters.ALL, *STATES], filters.ALL, lambda one: STATE.get(one, "All"))
    rule = filters.choose("rule", "Rule", [filters.ALL, *about.rules], filters.ALL, lambda one: f"{one}: {questions.get(one, '')}" if one in about.rules else "All rules")
    providers = sorted(about.providers, key=lambda one: names.get(one, one))
    provider = filters.choose("provider", "Provider", [filters.ALL, *providers], filters.ALL, lambda one: names.get(one, "All providers" if one == filters.ALL else one))
    due = filters.choose("answer", "Answer due", list(DUE), filters.ALL, lambda one: DUE[one])
    least = filters.choose("least", "At risk", list(LEAST), "0", lambda one: LEAST[one])
    rule, state, provider = ("" if one == filters.ALL else one for one in (rule, state, provider))
    return Filter(rule_id=rule, state=state, provider=provider, least=Decimal(least) if least != "0" else None), due


def _is_wanted(cases: pd.DataFrame, wanted: Filter, any_state: bool = False) -> pd.Series:
    held = pd.Series(True, index=cases.index)
    for column, value in (("rule_id", wanted.rule_id), ("provider", wanted.provider), ("state", "" if any_state else wanted.state)):
        if value:
            held &= cases[column] == value
    return held if wanted.least is None else held & (cases["at_risk"] >= case_records.in_pence(wanted.least))


def _is_due(cases: pd.DataFrame, due: str, today: date) -> pd.Series:
    match due:
        case "week" | "overdue":
            days = (cases["due_on"] - pd.Timestamp(today)).dt.days.where(cases["state"] == QUERIED)
            return days.between(0, 7) if due == "week" else (days < 0) & ~cases["has_answer"]
        case "no_answer":
            return cases["is_unanswered"]
        case "late":
            return cases["has_late_answer"]
    return pd.Series(True, index=cases.index)


def _label(case: Any) -> str:
    return f"{case.case_id}: {case.claim_id or case.subject}, {case.rule_id}, {STATE[case.state].lower()}"


def _sentence(seen: pd.DataFrame) -> str:
    if seen.empty:
        return "There is no payment case that you may see."
    live = seen[seen["state"].isin([OPEN, QUERIED])]
    asked = int((live["state"] == QUERIED).sum())
    return f"Of {len(seen):,} payment case{'' if len(seen) == 1 else 's'}, {len(live) - asked:,} {'is' if len(live) - asked == 1 else 'are'} open and {asked:,} with the provider; {_money(live['at_risk'])} is at risk in them, a pound counted in the case of each rule that it fails."


def _money(pence: pd.Series) -> str:
    return pounds(int(pence.sum()) / 100)


def _by_state(seen: pd.DataFrame, wanted: Filter, due: str, today: date) -> str:
    cases = seen[_is_wanted(seen, wanted, any_state=True) & _is_due(seen, due, today)]
    counted = pd.DataFrame(
        [
            {
                "state": STATE[state],
                "n": len(own := cases[cases["state"] == state]),
                "at_risk": _money(own["at_risk"]),
                # Of a claim once: the most that any of its cases comes to.
                "upheld": _money(own[own["holds"] > 0].groupby(["source", "claim_id", "subject"], observed=True)["holds"].max()),
                "unanswered": int(own["is_unanswered"].sum()),
            }
            for state in STATES
        ]
    )
    headings = {"state": "State", "n": "Cases", "at_risk": "At risk", "upheld": "Upheld", "unanswered": "No answer by the day"}
    return plain_table(counted, headings, "Cases by state", right=("at_risk", "upheld"))


def _list(shown: pd.DataFrame, count: int, waiting: dict[int, Proposal], names: dict[str, str], questions: dict[str, str]) -> None:
    if shown.empty:
        page.html('<p class="note" data-cases="none">There is none.</p>')
        return
    keys, listed = data.made(_rows, shown, {one: waiting[one] for one in shown["case_id"] if one in waiting}, names, questions)
    headings = {"case": "Case", "state": "State", "claim": "Claim or subject", "provider": "Provider", "contract": "Contract", "rule": "Rule", "severity": "What is asked",
                "at_risk": "At risk", "upheld": "Upheld", "due": "Answer due", "marks": "Marks"}  # fmt: skip
    listing.chosen_by_address("case", listed, keys, headings, f"{len(shown):,} of {count:,} cases", money=("at_risk", "upheld"))
    if count > len(shown):
        page.html(f'<p class="note">The first {len(shown):,} are loaded. Choose a rule, a provider or a state to see the others.</p>')


def _rows(shown: pd.DataFrame, waiting: dict[int, Proposal], names: dict[str, str], questions: dict[str, str]) -> tuple[list[str], pd.DataFrame]:
    """The cases of a list by their numbers, and in words."""
    each: list[Any] = list(shown.itertuples(index=False))
    listed = pd.DataFrame(
        [
            {
                "case": case.case_id, "state": STATE[case.state], "claim": case.claim_id or case.subject,
                "provider": names.get(case.provider, case.provider) or "Unknown", "contract": case.contract_id or "Unknown",
                "rule": f"{case.rule_id}: {questions.get(case.rule_id, '')}", "severity": GRAVE.get(case.severity, case.severity), "at_risk": case.at_risk / 100,
                "upheld": case.holds / 100 if case.holds else None, "due": case.due_on.date() if case.state == QUERIED else None, "marks": _marks(case, waiting.get(case.case_id)),
            }
            for case in each
        ]
    )  # fmt: skip
    return [str(case.case_id) for case in each], listed


def _marks(case: Any, waits: Proposal | None) -> str:
    said = {
        "Answered late": case.has_late_answer,
        "Answered": case.has_answer and not case.has_late_answer,
        "More time was given": case.is_extended,
        "No answer by the day": case.is_unanswered,
        "Disputed": case.is_disputed,
        "Passed when it was claimed": case.is_changed_since,
    }
    marks = [mark for mark, is_so in said.items() if is_so]
    if waits:
        marks.append(f"Waits for an approver: {STATE[waits.to_state].lower()}")
    return "; ".join(marks) or "None"


def _case(edition: Edition, case: Case, rule: dict, names: dict[str, str]) -> None:
    said = {
        "Claim or subject": case.claim_id or case.subject, "Sent by": case.source or "None", "Provider": names.get(case.provider, case.provider) or "Unknown",
        "Contract": case.contract_id or "Unknown", "State": STATE[case.state], "Rule": f"{case.rule_id}, version {case.rule_version}", "What it asks": str(rule.get("question", "[x]")),
        "How to resolve": str(rule.get("how_to_resolve", "[x]")), "What is asked": GRAVE.get(case.severity, case.severity), "At risk": pounds(float(case.at_risk)),
        "Upheld": pounds(float(case.holds)) if case.holds else "Nothing", "Last seen": f"It {RESULT.get(case.result, case.result)}, as of {page.day(str(case.as_of))}",
    }  # fmt: skip
    if case.state == QUERIED and case.due_on:
        said["Answer due"] = page.day(str(case.due_on))
    try:
        values = payment.case_values(edition, case)
    except TableMissing as missing:
        page.say_missing(missing)
        values = pd.DataFrame()
    for one in values.to_dict("records"):
        if "task" in one:
            said |= {"Task": str(one["task"]), "Day of the task": page.day(str(one["task_date"])), "Claimed": pounds(float(one["amount"])), "Left of the claim": pounds(float(one["net"]))}
        if one["known_then"] in THEN:
            said["When it was claimed"] = THEN[str(one["known_then"])]
    page.html(plain_table(pd.DataFrame(said.items(), columns=["what", "value"]), {"what": "What", "value": "As it stands"}, f"Case {case.case_id} as it stands"))
    decided_by = [
        {"name": name.replace("_", " ").capitalize(), "value": "Empty" if value in (None, "") else str(value)}
        for one in values.to_dict("records")
        for name, value in _evidence(str(one["evidence"])).items()
    ]
    if decided_by:
        page.html(plain_table(pd.DataFrame(decided_by), {"name": "Value", "value": "As delivered"}, "The values that decide it"))
    else:
        page.html('<p class="note">This edition holds no value that decides it, or none that you may see.</p>')
    if case.claim_id:
        page.html(f'<p class="say"><a href="audit?{escape(urlencode({"claim": f"{case.source}|{case.claim_id}"}))}" target="_self">The claim whole, with the delivered rows behind it</a></p>')


def _evidence(text: str) -> dict[str, object]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _history(entries: list[Entry]) -> str:
    listed = pd.DataFrame(
        [
            {
                "at": f"{page.day(str(one.at))}, {one.at:%H:%M}",
                "what": KINDS.get(one.kind, one.kind) + (", late" if one.is_late else ""),
                "to": f"{STATE[one.from_state]} to {STATE[one.to_state].lower()}" if one.from_state and one.to_state else STATE.get(one.to_state, ""),
                "by": " and ".join(name for name in (one.by or "The run", one.approved_by) if name), "amount": pounds(float(one.amount)) if one.amount else "",
                "why": cases.reasons().get(one.said, one.said) or "None", "evidence": one.evidence or "None", "due": page.day(str(one.due_on)) if one.due_on else "",
            }
            for one in entries
        ]
    )  # fmt: skip
    headings = {"at": "On", "what": "What", "to": "State", "by": "By", "amount": "Pounds", "why": "Why", "evidence": "Evidence", "due": "Answer due"}
    return plain_table(listed, headings, "Steps, answers and proposals", right=("amount",))


def _decide(case: Case, waits: Proposal | None) -> None:
    reader = data.reader()
    may_propose, may_decide = (reader.may_for(what, case.contract_id, case.provider) for what in ("propose", "decide"))
    if waits:
        why = cases.reasons().get(waits.reason, waits.reason)
        amount = f", {pounds(float(waits.amount))}" if waits.amount else ""
        page.html(f'<p class="say" data-proposal="{waits.proposal_id}"><b>Waits for an approver.</b> {escape(waits.proposed_by)} proposes: {STATE[waits.to_state].lower()}{amount}. {escape(why)}. {escape(waits.evidence)}</p>')
        if may_decide and st.button("Approve", key=f"approve_{waits.proposal_id}", disabled=bool(doing.closed())):

            def approve(key: str) -> str:
                now = casework.approve(data.home(), reader, waits.proposal_id, data.now(), key)
                return f"Case {now.case_id} is decided: {STATE[now.state].lower()}."

            doing.once(f"approve_{waits.proposal_id}", approve)
    if may_propose:
        _propose(case)
    elif not may_decide:
        doing.read_only(f"{reader.person} may read this case and not work on it: a contract manager of the contract proposes and an approver decides.")


def _propose(case: Case) -> None:
    mine = f"{case.case_id}_{case.step_no}"
    what = st.radio("What is to be done", WAYS_ON[case.state], format_func=lambda one: WAYS[one][0], horizontal=True, key=f"do_{mine}")
    with st.form(f"work_{mine}_{what}"):
        amount = reason = evidence = ""
        if what in ("uphold", "not_recovered"):
            amount = st.text_input("Pounds", f"{case.at_risk if what == 'uphold' else case.amount}", key=f"pounds_{mine}_{what}")
        if what == "explain":
            reason = st.selectbox("What explains it", list(cases.reasons()), index=None, format_func=lambda one: cases.reasons()[one], key=f"reason_{mine}") or ""
        elif what != "not_recovered":
            reason = st.text_area("Why, in a few words. No names or numbers of people.", max_chars=500, key=f"why_{mine}_{what}")
        if what not in ("query", "extend", "dispute"):
            evidence = st.text_input("What shows it: a reference of the record or letter", max_chars=300, key=f"evidence_{mine}_{what}")
        page.html(f'<p class="say">You do this as {escape(data.reader().person)}.</p>')
        is_sent = doing.send(WAYS[what][0])
    if is_sent:
        doing.once(f"{mine}_{what}", lambda key: _work(case, what, amount, reason.strip(), evidence.strip(), key))


def _work(case: Case, what: str, amount: str, reason: str, evidence: str, key: str) -> str:
    home, reader, at, holidays = data.home(), data.reader(), data.now(), casework.bank_holidays()
    match what:
        case "query":
            if not reason:
                raise cases.Refused("say why: a few words are needed")
            now = casework.query(home, reader, case.case_id, reason, at, key, holidays)
            return f"The provider is asked about case {case.case_id}; the answer is due on {page.day(str(now.due_on))}."
        case "extend":
            now = casework.extend(home, reader, case.case_id, reason, at, key, holidays)
            return f"The answer to case {case.case_id} is now due on {page.day(str(now.due_on))}."
        case "answer":
            now = casework.answer(home, reader, case.case_id, reason, evidence, at, key)
            return f"The answer to case {case.case_id} is kept{', and marked late' if now.has_late_answer else ''}."
        case "dispute":
            casework.dispute(home, reader, case.case_id, reason, at, key, holidays)
            return f"It is noted that the provider disputes case {case.case_id}."
        case _:
            reason = NOT_RECOVERED if what == "not_recovered" else reason
            said = doing.pounds_of(amount) if amount else Decimal(0)
            casework.propose(home, reader, case.case_id, WAYS[what][1], at, key, amount=said, reason=reason, evidence=evidence)
            return f"Proposed for case {case.case_id}: {STATE[WAYS[what][1]].lower()}. An approver decides."


def _many(wanted: Filter) -> None:
    if not wanted.rule_id or not wanted.state:
        page.html('<p class="note" data-many="no">Choose a rule and a state above first.</p>')
        return
    reader = data.reader()
    if reader.may("propose"):
        ways = [way for way in WAYS_ON[wanted.state] if WAYS[way][1] and way != "not_recovered"] + [way for way in WAYS_ON[wanted.state] if way == "query"]
        frame = _counted("propose", "Count the cases this reaches", wanted, casework.preview, "cases that you may propose for, people under restriction or exclusion among them")
        if frame:
            what = st.radio("Do for all", ways, format_func=lambda one: WAYS[one][0], horizontal=True, key="many_do")
            with st.form("many_propose"):
                if what == "explain":
                    reason = st.selectbox("What explains them", list(cases.reasons()), index=None, format_func=lambda one: cases.reasons()[one], key="many_reason") or ""
                else:
                    reason = st.text_area("Why, in a few words. No names or numbers of people.", max_chars=500, key="many_why").strip()
                evidence = "" if what == "query" else st.text_input("What shows it", max_chars=300, key="many_evidence").strip()
                is_sent = doing.send(f"{'Ask about' if what == 'query' else 'Propose for'} all {frame.count:,}")
            if is_sent:

                def propose(key: str) -> str:
                    if what == "query":
                        n = casework.query_bulk(data.home(), reader, wanted, frame.frame_hash, reason, data.now(), key, casework.bank_holidays())
                        return f"The provider is asked about {n:,} cases: write the workbook below."
                    n = casework.propose_bulk(data.home(), reader, wanted, frame.frame_hash, WAYS[what][1], data.now(), key, reason=reason, evidence=evidence)
                    return f"Proposed for {n:,} cases: {STATE[WAYS[what][1]].lower()}. An approver decides."

                doing.once(f"many_{frame.frame_hash[:16]}_{what}", propose)
    if reader.may("decide"):
        waits = _counted("decide", "Count what waits for me", wanted, casework.preview_proposals, "proposals of others that wait in your contracts")
        if waits and st.button(f"Approve all {waits.count:,}", key="many_approve", disabled=bool(doing.closed())):

            def approve(key: str) -> str:
                return f"{casework.approve_bulk(data.home(), reader, wanted, waits.frame_hash, data.now(), key):,} cases are decided."

            doing.once(f"many_approve_{waits.frame_hash[:16]}", approve)


def _counted(name: str, label: str, wanted: Filter, count, what: str) -> casework.Preview | None:
    """What a step in bulk reaches, as it was counted when the reader asked; None before, and where it is nothing."""
    reader = data.reader()
    if st.button(label, key=f"count_{name}"):
        st.session_state[f"frame_{name}"] = (reader, data.world(), wanted, count(data.home(), reader, wanted))
    *asked, frame = st.session_state.get(f"frame_{name}", (None, None, None, None))
    if frame is None or asked != [reader, data.world(), wanted]:
        return None
    words = f"{wanted.rule_id}, {STATE[wanted.state].lower()}" + (f", provider {wanted.provider}" if wanted.provider else "") + (f", {pounds(float(wanted.least))} or more at risk" if wanted.least else "")
    page.html(f'<p class="say" data-frame="{frame.frame_hash}">{frame.count:,} {what} ({escape(words)}): {pounds(float(frame.pounds))}. Frame {frame.frame_hash[:12]}.</p>')
    return frame if frame.count else None


def _workbook(edition: Edition, about: About, names: dict[str, str]) -> None:
    reader = data.reader()
    asked = sorted({provider for contract, provider in about.asked if reader.may_for("propose", contract, provider)})
    if asked:
        provider = st.selectbox("Provider that is asked", asked, format_func=lambda one: names.get(one, one), key="book_provider")
        if st.button("Write the workbook", key="book_write"):
            try:
                book = workbook.write_book(data.home(), edition, payment.case_use(edition), provider, data.now())
                st.session_state["book"] = (reader, data.world(), provider, book)
            except doing.REFUSALS as refused:
                doing.say_refused(refused)
        *made, book = st.session_state.get("book", (None, None, None, b""))
        if made == [reader, data.world(), provider]:
            st.download_button(f"Download what {names.get(provider, provider)} is asked", book, file_name=f"gatehouse-queries-{provider}.xlsx", key="book_out", on_click="ignore",
                               mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")  # fmt: skip
    else:
        page.html('<p class="note">No provider is asked anything in your contracts: query a case first.</p>')
    with st.form("book_in"):
        sent = st.file_uploader("A workbook that came back", type="xlsx", key="book_back")
        is_sent = doing.send("Read the answers")
    if is_sent:
        if sent is None:
            page.notice("Choose the workbook first.")
            return
        try:
            st.session_state["book_read"] = workbook.read_book(data.home(), reader, sent.getvalue(), data.now())
        except doing.REFUSALS as refused:
            doing.say_refused(refused)
            return
        st.rerun()
    if (read := st.session_state.pop("book_read", None)) is not None:
        late = f", {len(read.late):,} of them late" if read.late else ""
        page.html(f'<p class="say" data-read="{len(read.kept)}">{len(read.kept):,} answer{"" if len(read.kept) == 1 else "s"} kept{late}; {len(read.faults):,} row{"" if len(read.faults) == 1 else "s"} refused.</p>')
        if read.faults:
            faults = pd.DataFrame({"fault": read.faults})
            page.html(plain_table(faults, {"fault": "Sheet, row and what is the matter"}, "Rows that were refused"))


show()
