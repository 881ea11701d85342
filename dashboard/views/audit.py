"""The payment audit: which claims were tested, what failed, the pounds at risk, and what the account comes to. Signals are no accusations."""

import json
import re
from collections.abc import Hashable
from functools import lru_cache
from html import escape
from typing import Any

import pandas as pd
import streamlit as st
from scipy import stats

from dashboard.parts import charts, claim, data, filters, listing, page, payment, results, scope
from dashboard.parts.apart import apart
from dashboard.parts.claim import CELLS, GRAVE, KINDS, STANDS, THEN, WHY_NOT
from dashboard.parts.figure import Figure, Reading, plain_table, table
from dashboard.parts.scope import Scope
from edition.folder import Edition, TableMissing
from ground.printing import points, pounds
from ground.statistics import standardised, wilson

NONE = "none"
ROWS = 200  # authors, as many as a browser shows without strain
LIMIT_MARKS = {
    "[x]": "Nothing that you may see was looked at: an author works for a provider and not for one contract",
    "[z]": "No chance is defined for what either happened or did not",
}
LINES = {
    "claimed": "Claimed", "reversals": "Reversals", "paid": "Paid on claims", "difference": "Difference", "payments_without_claim": "Paid on no claim", "payments": "All payments",
    "paid_in_full": "Claims paid in full", "short_paid": "Claims paid short: what was claimed", "over_paid": "Claims paid over: what was claimed", "unpaid_due": "Unpaid, not yet due",
    "unpaid_overdue": "Unpaid, overdue", "refused": "Refused", "reversed": "Reversed", "reversed_but_paid": "Reversed, and still paid: what is left of the claims",
    "invoiced": "Invoiced", "invoice_net": "Claims on invoices",
    "invoice_difference": "Invoices without claims", "invoice_paid": "Paid on invoices", "invoice_open": "Open on invoices",
    "credits_given": "Credits given", "credits_omitted": "Credits omitted", "credits_due": "Credits due", "not_claimed": "Work done that nobody claimed",
}  # fmt: skip

ACHIEVED = (
    "What was claimed, what of it meets every condition that could be tested, and what happened to the people. Outcomes are partly outside a provider's control. "
    "People like them: released from the same prisons in the same months with the need, without a paid task for it. An association only; no causal claim is made."
)
DIVERGENCE = (
    "P13. A point for each provider with {least} releases known or more. Across: plans and reviews due with a claim that fails no condition (P02). Up: how many were {outcome}, over how many were "
    "expected, as of everybody released that year of their age and sex, and of their sentence and kind of release where there are enough; at 1 they are as many. Hollow: people like theirs, from "
    "the same prisons and months with the need, without a paid task. Outcomes are partly outside a provider's control. An association only; no causal claim is made, and nothing is ranked."
)
SIGNALS = (
    "What is unusual, and never a finding of fraud: there may be a good reason for each. A signal opens no case, and moves no money unless the task is paid for it. "
    "The base is every claim, task of a period, or day or year of an author, that the rule is for and that could be tested. Nothing is ranked."
)
# Of each signal, what is unusual, with the thresholds that say so.
UNUSUAL = {
    "R20": ("claims", "a review under {rule_r20_working_days} working days after the last, and nothing changed"),
    "R23": ("claims", "a text of {rule_r23_least_words} words or more that is nearly an earlier one, and nothing changed"),
    "R24": ("claims", "one text of one author for {rule_r24_people} people or more within {rule_r24_days} days"),
    "R30": ("claims", "a review without a contact within {rule_r30_days} days"),
    "R47": ("claims", "written down later than {rule_r47_working_days} working days after the work"),
    "R50": ("days of an author", "over {rule_r50_rows_a_day} records, or over {rule_r50_minutes_a_day} standard minutes, in a day"),
    "R51": ("tasks of a period", "so many claims on the last {rule_r51_last_working_days} working days that chance gives them with a probability under {rule_r51_probability}; {rule_r51_least_claims} claims or more"),
    "R52": ("years of an author", "over {rule_r52_share} of the records of a year on days off; {rule_r52_least_rows} records or more"),
}  # fmt: skip
COUNTED = (
    "What each line counts: P01 to P03 plans and reviews that were due; M07 and P04 reviews that were due before a release; M08 reviews that were made; P05 claims for actions; P06 to P09 releases; P10 needs of people who were "
    "released; P12 and P14 claims. None counts people: somebody released twice counts twice."
)
# What each payment measure says, in the order of the table.
MEASURES = {
    "P01": "claimed, of plans and reviews due", "P02": "claimed, and no condition fails", "P03": "claimed, and a condition fails", "M07": "reviewed on time, of those released",
    "M08": "reviews that changed anything", "P04": "reviewed on time and nothing changed, of those released", "P05": "actions closed by sending alone",
    "P06": "paid, and homeless on the first night", "P06_by_release": "the same, tasks done by then only", "P07": "paid, and settled on day 91",
    "P08": "paid, and in work on day 42", "P09": "paid, and recalled by day 28", "P10": "paid, and the need improved", "P12": "claims with money in question", "P14": "claims that could not be tested whole",
}  # fmt: skip
WHO = {True: "With a paid task", False: "People like them, without a paid task"}
# The outcomes that verified work is set against.
AGAINST = {"P07": "settled on day 91", "P06": "homeless on the first night", "P08": "in work on day 42", "P09": "recalled by day 28"}
COSTS = {"P11_verified": "verified claim", "P11_housed": "person housed on the first night, of accommodation tasks", "P11_settled": "person settled on day 91, of accommodation tasks"}


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    names = results.names(edition, "provider")
    chosen = scope.choose(edition)
    waterfall = payment.waterfall(edition, chosen)
    rules = payment.rule_results(edition, chosen)
    asked, failing = data.made(_asked_of, rules)
    rule = filters.choose("rule", "Rule", [filters.ALL, *failing], filters.ALL, lambda one: f"{one}: {asked[one]}" if one in asked else "All rules")
    filters.say_fallbacks()
    is_tested, sentence, lede, table_of_waterfall = data.made(_tested, waterfall, chosen.words)
    page.headline(f"Payment audit: {chosen.words}", sentence, lede)
    page.own_only("fct_claim", "Claims")
    if not is_tested:
        page.html('<p class="note">No claim chosen here has been tested against the payment rules. Choose other days, or all.</p>')
        return
    with page.section("Claims tested", f"{chosen.words}. Every live claim stands in one line. A reversal of part leaves its claim in, with what is left of it."):
        page.html(table_of_waterfall)
    with page.section("At risk, by contract and month", f"{chosen.words}. The last month of the task first."):
        _at_risk(edition, chosen)

    def exceptions() -> None:
        about = f"{chosen.words}. Claims that fail a condition of the contract, the most money first. A failure is a question to the provider, not an answer."
        with page.section("Exceptions", about), page.working("Looking for the claims that fail"):
            picked = _exceptions(edition, chosen, None if rule == filters.ALL else rule, asked, names)
        if picked != NONE:
            with page.section("One claim", "What was claimed, every rule that it does not pass with the values that decided it, the delivered rows behind it, and what happened."):
                page.part(lambda: claim.show(edition, picked))

    apart(exceptions, "claim")
    with page.section("Rule by rule", f"{chosen.words}. Pounds at risk of one rule; on a claim each pound counts once, at the gravest. A condition of the contract; a question of quality, which moves no money unless the task is paid for it; or the outcome, what happened afterwards, which never does and is no fault of the claim."):
        page.html(data.made(_rules, rules, chosen.words))
    with page.section("Claimed, verified, achieved", ACHIEVED):
        if _can(chosen, "These are counted by year and quarter, and not by domain", is_of_days=True, domain=True):
            page.part(lambda: _of_days(edition, chosen, names))
    with page.section("Signals", SIGNALS):
        if _can(chosen, "These are counted by provider and contract, over all days and domains", first=True, domain=True):
            page.part(lambda: _signals(edition, chosen, asked))
    with page.section("The account", f"Claims, payments, invoices and credits, worked out in pence and printed in pounds: {chosen.words}."):
        if _can(chosen, "The account is by contract and period, and has no domains", domain=True):
            page.part(lambda: page.html(data.made(_account, payment.reconciliation(edition, chosen), chosen.words)))
    with page.section("Without a claim", f"Service levels and payment by results, tested against the records: {chosen.words}."):
        if _can(chosen, "These tests are by contract and period, and have no domains", domain=True):
            page.part(lambda: page.html(data.made(_without_claim, payment.contract_tests(edition, chosen), chosen.words)))
    with page.section("What other terms would have paid", "Quantity times rate of tested claims under other terms. The same work is assumed to have been done."):
        if _can(chosen, "This is worked out by provider, over all days, contracts and domains", first=True, contract=True, domain=True):
            page.part(lambda: page.html(data.made(_what_if, payment.what_if(edition, chosen.provider or None), names, chosen.words)))


def _can(chosen: Scope, why: str, is_of_days: bool = False, **unless: bool) -> bool:
    """Whether a part can follow what is chosen. Where it cannot it is not shown, and the page says what to choose instead."""
    in_the_way = chosen.has(*unless)
    if is_of_days and not chosen.grain:
        page.html(f'<p class="note" data-scope="days">{why}: choose a year or a quarter above to see them.</p>')
        return False
    if in_the_way:
        page.html(f'<p class="note" data-scope="narrower">{why}: take back {" and ".join(in_the_way)} above to see them.</p>')
        return False
    return True


def _asked_of(rules: pd.DataFrame) -> tuple[dict[str, str], list[str]]:
    """What each rule asks, and the conditions of the contract that some claim fails."""
    return dict(zip(rules["rule_id"], rules["question"], strict=True)), list(rules.loc[(rules["class"] == "E") & (rules["failed"] > 0), "rule_id"])


def _tested(waterfall: pd.DataFrame, words: str) -> tuple[bool, str, str, str]:
    """Whether any claim was tested, and what is said of those that were: the headline, what stands under it, and the table."""
    return bool(waterfall["rules_applied"].sum()), _sentence(waterfall), _lede(waterfall), _waterfall(waterfall, words)


def _sentence(waterfall: pd.DataFrame) -> str:
    tested = waterfall[waterfall["waterfall"] == "tested"]
    n, failed = int(tested["claims"].sum()), int(tested["failed"].sum())
    if not n:
        return "No claim was tested."
    risk = float(tested["s1"].sum() + tested["s2"].sum())
    return f"Of {n:,} claims tested, {failed:,} fail a condition of the contract; {pounds(risk)} of {pounds(float(tested['net'].sum()))} is at risk."


def _lede(waterfall: pd.DataFrame) -> str:
    tested = waterfall[waterfall["waterfall"] == "tested"]
    return (
        f"To withhold or recover: {pounds(float(tested['s1'].sum()))}. To withhold until evidence comes: {pounds(float(tested['s2'].sum()))}. "
        f"To ask about: {pounds(float(tested['s3'].sum()))}. A rule that cannot be tested is never taken for a pass."
    )


def _waterfall(waterfall: pd.DataFrame, words: str) -> str:
    shown = waterfall.groupby("waterfall")[["claims", "net", "s1", "s2", "s3"]].sum().reindex(list(STANDS)).fillna(0).reset_index()
    shown["waterfall"] = shown["waterfall"].map(STANDS)
    shown["claims"] = shown["claims"].astype(int)
    for column in ("net", "s1", "s2", "s3"):
        shown[column] = [pounds(float(one)) for one in shown[column]]
    headings = {"waterfall": "Where it stands", "claims": "Claims", "net": "Left of them", "s1": "Withhold or recover", "s2": "Withhold until evidence", "s3": "Ask about"}  # fmt: skip
    return plain_table(shown, headings, f"Live claims by where they stand: {words}", right=("net", "s1", "s2", "s3"))


def _at_risk(edition: Edition, chosen: Scope) -> None:
    rows = payment.at_risk(edition, chosen)
    if rows.empty:
        page.html('<p class="note" data-risk="none">Nothing is at risk here.</p>')
        return
    rows = rows.assign(contract=rows["contract"].map(results.contract_names(edition)).fillna(rows["contract"].replace("", "Not known")))
    headings = {"month": "Month", "contract": "Contract", "risk": "At risk", "s1": "Withhold or recover", "s2": "Until evidence comes", "at_risk": "Claims at risk", "claims": "Claims tested"}  # fmt: skip
    listing.plain("at_risk", rows, headings, f"{pounds(float(rows['risk'].sum()))} at risk, of {len(rows):,} contracts and months: {chosen.words}", money=("s1", "s2", "risk"))


def _rules(rules: pd.DataFrame, words: str) -> str:
    shown = pd.DataFrame(
        {
            "rule": [f"{rule}: {question}" for rule, question in zip(rules["rule_id"], rules["question"], strict=True)],
            "class": rules["class"].map(KINDS), "severity": rules["severity"].map(GRAVE),
            "failed": rules["failed"].astype(int), "tested": [f"{int(one):,}" if pd.notna(one) else "[x]" for one in rules["tested"]],
            **{name: rules[name].astype(int) for name in ("changed", "not_testable")},
            "why": [WHY_NOT.get(one, "") for one in rules["why"]], "amount": [pounds(float(one)) if one else "" for one in rules["amount"]],
        }
    )  # fmt: skip
    headings = {"rule": "Rule", "class": "Kind", "severity": "If it fails", "failed": "Failed", "tested": "Of those tested", "changed": "Of these, passed then",
                "not_testable": "Could not be tested", "why": "Mostly because", "amount": "At risk"}  # fmt: skip
    return plain_table(shown, headings, f"Tests that did not pass, rule by rule: {words}", right=("tested", "amount"))


def _exceptions(edition: Edition, chosen: Scope, rule: str | None, asked: dict[str, str], names: dict[str, str]) -> str:
    """Returns the claim that is to be looked at, NONE for none."""
    try:
        rows = payment.exceptions(edition, chosen, rule, listing.MOST)
    except TableMissing as missing:
        page.say_missing(missing)
        return NONE
    page.restricted("Rows about people's claims. They are for those who audit these contracts and go no further.")
    keys, listed = data.made(_listed, rows, names, asked)
    picked = filters.choose(
        "claim", "Look at one claim", [NONE, *dict.fromkeys([*keys, *_asked()])], NONE,
        lambda one: "None" if one == NONE else one.partition("|")[2], inside=st.container(),
    )  # fmt: skip
    n = 0 if rows.empty else int(rows["listed"].iloc[0])
    page.hidden(payment.exceptions_counted(edition, chosen, rule) - n, "failure is", "failures are")
    if rows.empty:
        page.html('<p class="note" data-exceptions="none">No claim chosen here fails a condition. Choose another rule, other days or another provider.</p>')
        return picked
    headings = {"claim_id": "Claim", "provider": "Provider", "contract": "Contract", "task": "Task", "task_date": "Day of the task", "rule": "Rule", "severity": "What is asked",
                "amount_at_risk": "At risk", "net": "Of what is left", "then": "When it was claimed", "cell": "What came of it", "evidence": "Rests on"}  # fmt: skip
    listing.chosen_by_address("claim", listed, keys, headings, f"{len(rows):,} of {n:,} failures, the most money first: {chosen.words}", money=("amount_at_risk", "net"))
    if n > len(rows):
        page.html(f'<p class="note">The first {len(rows):,} are loaded. Choose days, a provider, a contract or a rule to see the others.</p>')
    return picked


def _listed(rows: pd.DataFrame, names: dict[str, str], asked: dict[str, str]) -> tuple[list[str], pd.DataFrame]:
    """The claims of these failures by who sent them and their number, and the failures in words."""
    keys = [f"{source}|{one}" for source, one in zip(rows["source"], rows["claim_id"], strict=True)]
    return keys, rows.assign(
        provider=[names.get(one, one) or "Not known" for one in rows["provider"]],
        rule=[f"{one}: {asked.get(one, '')}" for one in rows["rule_id"]],
        severity=rows["severity"].map(GRAVE),
        then=[THEN.get(one, one) for one in rows["known_then"].fillna("")],
        cell=[CELLS.get(one, one) for one in rows["outcome_cell"]],
        evidence=[claim.evidence(one) for one in rows["evidence"]],
        task_date=pd.to_datetime(rows["task_date"]).dt.date,
    )


def _of_days(edition: Edition, chosen: Scope, names: dict[str, str]) -> None:
    against = filters.choose("against", "Outcome beside verified work", list(AGAINST), "P07", lambda one: AGAINST[one].capitalize(), inside=st.container())
    for piece in data.made(_achieved, payment.measures(edition, chosen), data.reading(edition), chosen.words):
        page.html(piece)
    page.part(lambda: _divergence(edition, chosen, against, names))


def _achieved(rows: pd.DataFrame, reading: Reading, words: str) -> list[str]:
    """The pieces of HTML that stand below one another."""
    if rows.empty:
        return ['<p class="note">No payment measure of these days has a figure of what is chosen that you may see: choose a provider, or other days.</p>']
    shown = []
    for measure, name in MEASURES.items():
        label = f"{measure.split('_')[0]}: {name}"
        for one in rows[rows["measure_id"] == measure].to_dict("records"):
            named = label if one["cohort"] == "paid" else f"{label}; people like them, without a paid task"
            shown.append((named, _figure(one, one["numerator"], named, words, words, reading)))
            if measure == "P02":
                shown.append((f"{label}, and each can be tested", _figure(one, one["numerator_sure"], f"{label}, tested", words, words, reading)))
    said = [table(shown, f"Claimed, verified and achieved, {words}", "Measure") + f'<p class="note" data-counts="lines">{COUNTED}</p>']
    paid: dict[str, dict[Hashable, Any]] = {str(one["measure_id"]): one for one in rows[rows["cohort"] == "paid"].to_dict("records")}
    if {"M07", "M08", "P04"} <= set(paid):
        said.append(f'<p class="say" data-summary="substance">{_substance(paid)}</p>')
    costs = [(COSTS[measure], paid[measure]) for measure in COSTS if measure in paid]
    if (questioned := paid.get("P12")) is not None:
        said.append(f'<p class="say">In question, and not yet explained, credited or closed: {pounds(questioned["amount_counted"])} of {pounds(questioned["amount"])} left of tested claims.</p>')
    if costs:
        told = "; ".join(f"{what}: {pounds(float(one['amount']) / one['numerator']) if one['numerator'] else '[x]'}" for what, one in costs)
        said.append(f'<p class="say">Pounds paid for each. {told}.</p>')
    return said


def _divergence(edition: Edition, chosen: Scope, against: str, names: dict[str, str]) -> None:
    """Verified work (P02) against an outcome, observed over expected: P13."""
    rows, least = payment.verified_and_achieved(edition, against, chosen), data.reading(edition).low_rate_denominator
    outcome, when = AGAINST[against], chosen.without("provider").words.rpartition("tasks of ")[2]
    page.html(f"<h3>Verified work, and how many were {outcome}</h3>")
    page.html(f'<p class="say" data-claim="none-causal">{escape(DIVERGENCE.format(least=least, outcome=outcome))}</p>')
    if rows.empty:
        page.html(f'<p class="note">Of no provider is it known how many were {outcome} in {when}.</p>')
        return
    title = f"Verified work, and {outcome}, {when}"
    drawn, twin = data.made(_points, rows, least, names, outcome, title, chosen.provider)
    if drawn.empty:
        page.html(f'<p class="note" data-plot="no">No provider has {least} releases known, {least} plans or reviews due and an expected number: nothing is drawn.</p>')
        page.html(twin)
        return
    n = drawn.loc[drawn["who"] == WHO[True], "name"].nunique()
    said = f"{n} of {rows.loc[rows['cohort'] == 'paid', 'provider'].nunique()} providers with a paid task have a point. Nothing is concluded from where they lie."
    page.chart(charts.verified_and_achieved, (drawn, f"Observed over expected, {outcome}", WHO[True], WHO[False]), title, said, twin)


def _points(rows: pd.DataFrame, least: int, names: dict[str, str], outcome: str, title: str, provider: str) -> tuple[pd.DataFrame, str]:
    """The points that are drawn, and the table of all (HTML)."""
    points_of, listed = [], []
    for one in rows.assign(name=[names.get(two, two) for two in rows["provider"]]).sort_values(["name", "cohort"], ascending=[True, False]).to_dict("records"):
        ratio = standardised(one["observed"], one["expected"]) if pd.notna(one["expected"]) and one["releases"] >= least else None
        paid = one["cohort"] == "paid"
        listed.append(
            {
                "provider": one["name"], "who": WHO[paid], "verified": (f"{int(one['verified']):,} of {int(one['due']):,}" if one["due"] else "None due") if paid else "",
                "observed": f"{int(one['observed']):,} of {int(one['releases']):,}", "expected": f"{one['expected']:.1f}" if pd.notna(one["expected"]) else "[x]",
                "ratio": f"{ratio.ratio:.2f} ({ratio.lower:.2f} to {ratio.upper:.2f})" if ratio else "[x]", "unknown": f"{int(one['unknown']):,}", "not_due": f"{int(one['not_yet_due']):,}",
            }
        )  # fmt: skip
        if ratio and one["due"] >= least:
            points_of.append({"name": one["name"], "who": WHO[paid], "verified": one["verified"] / one["due"], "ratio": ratio.ratio, "lower": ratio.lower, "upper": ratio.upper, "releases": int(one["releases"]), "is_chosen": one["provider"] == provider})
    headings = {"provider": "Provider", "who": "Released", "verified": "Verified, of plans and reviews due", "observed": f"{outcome.capitalize()}, of releases known", "expected": "Expected", "ratio": "Observed over expected (95%)",
                "unknown": "Unknown", "not_due": "Not yet due"}  # fmt: skip
    twin = plain_table(pd.DataFrame(listed), headings, title, right=("verified", "observed", "expected", "ratio", "unknown", "not_due"), is_grouped=True)
    return pd.DataFrame(points_of), twin


def _figure(one: dict[Hashable, Any], numerator: int, label: str, where: str, when: str, reading: Reading) -> Figure:
    base = one["denominator"]
    # The interval of the edition is of the numerator that it counts.
    lower, upper = (one["lower"], one["upper"]) if numerator == one["numerator"] and base else wilson(numerator, base) if base else (None, None)
    return Figure(
        label, where, when, "share", reading, numerator=numerator, denominator=base, value=numerator / base if base else None,
        lower=lower, upper=upper, unknown=one["unknown"], not_yet_due=one["not_yet_due"], has_row=True,
    )  # fmt: skip


def _substance(paid: dict[str, dict[Hashable, Any]]) -> str:
    """The gap between reviews that were on time and reviews that did something, on both bases."""
    on_time, changed, empty = paid["M07"], paid["M08"], paid["P04"]
    if not (on_time["denominator"] and changed["denominator"] and empty["denominator"]):
        return "The gap of substance cannot be worked out: a base is empty."
    apart = on_time["numerator"] / on_time["denominator"] - changed["numerator"] / changed["denominator"]
    return (
        f"Gap of substance: {int(on_time['numerator']):,} of {int(on_time['denominator']):,} released with a plan were reviewed on time, and "
        f"{int(changed['numerator']):,} of {int(changed['denominator']):,} reviews changed anything: {points(apart)} apart, on two bases. "
        f"Of those released, {int(empty['numerator']):,} of {int(empty['denominator']):,} were reviewed on time and nothing was changed."
    )


def _signals(edition: Edition, chosen: Scope, asked: dict[str, str]) -> None:
    held, reading = results.limits(edition, "rule_r"), data.reading(edition)
    # Whoever sees some contracts only sees no count of the others.
    everybody = "your own contracts" if data.own_only("fct_claim") else "all providers"
    where = chosen.words.partition("; all ")[0] if chosen.provider or chosen.contract else everybody
    bases = [(everybody, payment.signals(edition, Scope()))]
    if where != everybody:
        bases.insert(0, (where, payment.signals(edition, chosen)))
    flagged, said = data.made(_flagged, bases, where, held, asked, payment.rules(edition), page.day(edition.as_of), reading)
    for piece in said:
        page.html(piece)
    if not payment.sees_authors():
        page.html('<p class="note" data-authors="no">Which authors these are is for named readers only.</p>')
    elif flagged & {"R50", "R52"}:
        authors = payment.signalled_authors(edition, chosen.provider or None)
        if not authors.empty:
            page.restricted("What authors wrote. Named readers only; it goes no further.")
            page.html(data.made(_authors, authors, held.get("rule_r52_share")))


def _flagged(
    bases: list[tuple[str, pd.DataFrame]], where: str, held: dict[str, float], asked: dict[str, str], rules: pd.DataFrame, as_of: str, reading: Reading
) -> tuple[set[str], list[str]]:
    """The signals that flag something of what is chosen, and the pieces of HTML that stand below one another. `bases`: whose signals, with them."""
    asked = asked | {str(one["rule_id"]): str(one["question"]) for one in rules.to_dict("records")}
    shown: list[tuple[str, Figure]] = []
    looked: dict[str, tuple[int, int]] = {}
    for rule in UNUSUAL:
        for place, rows in bases:
            for one in rows[rows["rule_id"] == rule].to_dict("records"):
                label = f"{rule}, {place}"
                shown.append((label, _signal(one, label, place, as_of, reading)))
                if place == where:
                    looked[rule] = int(one["looked"]), int(one["flagged"])
    said = [table(shown, f"Flagged, of those looked at: {where}, all days to {as_of}", "Signal")] if shown else []
    listed = pd.DataFrame(
        [
            {
                "rule": f"{rule}: {asked.get(rule, '')}", "limit": _limit(words, held), "of": of,
                "looked": f"{looked[rule][0]:,}" if rule in looked else "[x]", "flagged": f"{looked[rule][1]:,}" if rule in looked else "[x]",
                "chance": f"{held['rule_r51_probability'] * looked[rule][0]:.2f}" if rule == "R51" and rule in looked and "rule_r51_probability" in held else "[z]" if rule != "R52" else "see below",
            }
            for rule, (of, words) in UNUSUAL.items()
        ]
    )  # fmt: skip
    headings = {"rule": "Signal", "limit": "Unusual is", "of": "Subjects", "looked": "Looked at", "flagged": "Flagged", "chance": "Chance alone would flag, at most"}
    said.append(plain_table(listed, headings, f"Limits, and how many were looked at: {where}", right=("looked", "flagged", "chance")))
    said.append(page.legend(LIMIT_MARKS, said[-1]))
    if "rule_r52_share" in held:
        told = "; ".join(f"{n} records: {_days_off_limit(n, held['rule_r52_share'])}" for n in (20, 50, 100))
        said.append(f'<p class="say" data-limit="R52">R52: from how many records on days off an author lies beyond the 99.8% limit of chance, if {held["rule_r52_share"]:g} of all records were on days off. {told}.</p>')
    return {rule for rule, (_, n) in looked.items() if n}, said


def _signal(one: dict[Hashable, Any], label: str, place: str, as_of: str, reading: Reading) -> Figure:
    """Of those looked at those that were flagged, with Wilson's interval."""
    n, x = int(one["looked"]), int(one["flagged"])
    lower, upper = wilson(x, n) if n else (None, None)
    return Figure(
        label, place, f"as of {as_of}", "share", reading, numerator=x, denominator=n, value=x / n if n else None, lower=lower, upper=upper,
        unknown=one["unknown"], not_yet_due=one["not_yet_due"], method="wilson", has_row=True,
    )  # fmt: skip


def _limit(words: str, held: dict[str, float]) -> str:
    """The words of a limit with the thresholds of this edition; one that it does not hold is [x]."""
    return re.sub(r"{(\w+)}", lambda found: f"{held[found[1]]:g}" if found[1] in held else "[x]", words)


@lru_cache(maxsize=10_000)
def _days_off_limit(n: int, share: float) -> int:
    """The least count of n that chance gives with a probability under one in a thousand, each being a day off with probability `share`."""
    return int(stats.binom.isf(0.001, n, share)) + 1


def _authors(rows: pd.DataFrame, share: float | None) -> str:
    listed = []
    for one in rows.head(ROWS).to_dict("records"):
        source, author, when = (str(one["subject_id"]).split("|") + ["", ""])[:3]
        try:
            records = int(json.loads(str(one["evidence"])).get("records") or 0)
        except ValueError:
            records = 0
        limit = f"{_days_off_limit(records, share):,} on days off" if one["rule_id"] == "R52" and share is not None and records else "[z]"
        listed.append({"rule": one["rule_id"], "source": source, "author": author, "when": when, "values": claim.evidence(str(one["evidence"])), "limit": limit})
    headings = {"rule": "Signal", "source": "Sent by", "author": "Author", "when": "Day, or year from April", "values": "Values that decide it", "limit": "99.8% limit"}
    return plain_table(pd.DataFrame(listed), headings, f"{len(listed):,} of {len(rows):,} days and years of authors that are unusual, in the order of their names")


def _asked() -> list[str]:
    """The claim that the address names, which may be one without a failure."""
    asked = st.query_params.get("claim", "")
    return [asked] if "|" in asked else []


def _account(account: pd.DataFrame, words: str) -> str:
    lines = account.set_index("line").reindex(list(LINES)).dropna(how="all").reset_index()
    shown = pd.DataFrame(
        {"line": lines["line"].map(LINES), "n": [f"{int(one):,}" if one else "" for one in lines["n"]],
         "amount": [pounds(float(one)) if pd.notna(one) else "" for one in lines["amount"]]})  # fmt: skip
    return plain_table(shown, {"line": "Line", "n": "Number", "amount": "Pounds"}, f"The account of claims, payments, invoices and credits: {words}", right=("n", "amount"))


def _without_claim(rows: pd.DataFrame, words: str) -> str:
    shown = rows.assign(
        rule=[f"{rule}: {question}" for rule, question in zip(rows["rule_id"], rows["question"], strict=True)],
        amount=[pounds(float(one)) if one else "" for one in rows["amount"]],
    )
    headings = {"rule": "Rule", "failed": "Failed", "not_testable": "Could not be tested", "amount": "At risk"}
    return plain_table(shown[list(headings)], headings, f"Tests without a claim that did not pass: {words}", right=("amount",))


def _what_if(rows: pd.DataFrame, names: dict[str, str], words: str) -> str:
    shown = pd.DataFrame(
        {
            "terms": [one.replace("_", " ").capitalize() for one in rows["terms_id"]],
            "provider": [names.get(one, one) or "Unknown" for one in rows["provider"]],
            "claims": rows["claims"],
            "as_priced": [pounds(float(one)) for one in rows["as_priced"]],
            "under": [pounds(float(one)) for one in rows["under_terms"]],
            "difference": [_difference(one) for one in rows.to_dict("records")],
            "bounds": [f"{pounds(low)} to {pounds(high)}" for low, high in zip(rows["under_terms_low"], rows["under_terms_high"], strict=True)],
            "not_due": rows["not_yet_due"],
        }
    )
    headings = {"terms": "Terms", "provider": "Provider", "claims": "Claims", "as_priced": "Today", "under": "Under the terms", "difference": "Difference (95% interval)",
                "bounds": "Were nothing or all that is unknown paid", "not_due": "Claims not yet due"}  # fmt: skip
    return plain_table(shown, headings, f"What tested claims would come to under other terms: {words}", right=("as_priced", "under", "difference", "bounds"))


def _difference(one: dict[Hashable, Any]) -> str:
    said = pounds(one["difference"])
    return f"{said} ± {pounds(one['difference_margin'])}" if pd.notna(one["difference_margin"]) else f"{said} (fewer than 10 people)"


show()
