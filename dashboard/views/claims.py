"""Paid and achieved: what was claimed and paid, and what then happened. Descriptive; no causal claim. What is chosen above governs all of it."""

from html import escape

import pandas as pd
import streamlit as st

from dashboard.parts import claim, data, filters, listing, page, payment, results, scope
from dashboard.parts.apart import apart
from dashboard.parts.claim import CELLS
from dashboard.parts.figure import ROUNDED, Figure, Reading, plain_table, table
from dashboard.parts.scope import Scope, domain_name
from edition.folder import Edition, TableMissing
from ground.printing import pounds

NONE = "none"
CAVEAT = "Outcomes are partly outside a provider's control: the fee bought a task. These figures describe what followed; they make no causal claim."
NET = (
    "Every sum is net of reversals: a claim counts with what is left of it, and one that was taken back whole counts nowhere but under “Paid on "
    "reversed”. A claim is paid when its payments come to more than nought; an empty payment is no payment known, not nought."
)
# What may be listed, in the order of the choice.
WHAT = {
    "not_achieved": "Paid and not achieved", "unknown": "Paid, outcome unknown", "on_reversed": "Paid on reversed claims", "above": "Paid above the claim",
    "risk": "At risk", "unlinked": "Nobody known is named", "paid": "All paid", "achieved": "Paid and achieved", "no_outcome_defined": "Paid, no outcome defined",
    "not_yet_due": "Paid, not yet due", "out_of_scope": "Paid, out of scope", "all": "All claims and reversals",
}  # fmt: skip
# Measures of what came of paid tasks (definition: payment_measures).
MEASURES = {"P06": "homeless on the first night", "P07": "settled on day 91", "P08": "in work on day 42", "P09": "recalled by day 28"}


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    try:
        chosen = scope.choose(edition)
        money = payment.money(edition, chosen)
    except TableMissing as missing:
        filters.say_fallbacks()
        page.headline("Paid and achieved", "The claims of this edition cannot be shown.", CAVEAT)
        page.say_missing(missing)
        _controlled(edition)
        return
    what = filters.choose("cell", "List of claims", list(WHAT), "not_achieved", lambda one: WHAT[one])
    filters.say_fallbacks()
    names = results.names(edition, "provider")
    sentence, strip, by_domain = data.made(_said, money, chosen, data.reading(edition))
    page.headline(f"Paid and achieved: {chosen.words}", sentence, CAVEAT)
    page.own_only("fct_claim", "Claims and money")
    page.html(strip)
    page.part(lambda: page.html(f'<p class="note" data-unlinked="claims">{escape(_unlinked(edition, chosen))}</p>'))
    with page.section("Provider by outcome", f"Paid, and on how many claims: {chosen.words}. Choose a cell to list its claims. Providers stand in the order of their names."):
        page.html(data.made(_matrix, money, names, chosen.words, filters.here()))

    def listed() -> None:
        with page.section("Claims", f"{WHAT[what]}: {chosen.words}. The most money first."), page.working("Looking for the claims"):
            picked = _claims(edition, chosen, what, names)
        if picked != NONE:
            with page.section("One claim"):
                claim.show(edition, picked)

    apart(listed, "claim")
    with page.section("By domain of the task", f"{chosen.words}."):
        page.html(by_domain)
    with page.section("Releases paid for, and their outcome", "Releases with at least one paid task that was not reversed."):
        _measures(edition, chosen)
    with page.section("Payment rules"):
        tested, failed, untested = payment.claim_tests(edition, chosen)
        if tested == 0:
            page.html('<p class="say">No claim chosen here has been tested against the payment rules: nothing is known of them.</p>')
        else:
            page.html(f'<p class="say">{_n(tested)} tested against the payment rules: {failed:,} tests failed, {untested:,} could not be made.</p>')
    page.withheld("Claims and exact sums stay on this page. Controlled sums by provider, domain and quarter are on the page Figures.")


def _controlled(edition: Edition) -> None:
    """What whoever may not see the claims may see of them: controlled sums, as they are published."""
    with page.section("Controlled sums", f"By provider, domain and quarter, as they are published. {ROUNDED}"):
        rows = payment.controlled_money(edition)
        headings = {"quarter": "Quarter from", "provider_name": "Provider", "domain": "Domain", "claims": "Claims", "people_claimed": "People claimed for", "amount_claimed": "Claimed",
                    "people_paid": "People paid for", "amount_paid": "Paid", "achieved": "People: achieved", "not_achieved": "People: not achieved", "unknown": "People: unknown",
                    "not_yet_due": "People: not yet due", "out_of_scope": "People: out of scope", "marks": "Marks"}  # fmt: skip
        rows = rows.assign(domain=[domain_name(str(one)) for one in rows["domain"]])
        page.html(
            '<p class="note" data-counts="people">These count people, each once in a provider, domain and quarter however many claims were made for them; claims stand in a column of their own. '
            "A person whose claims came to different ends may stand under several of them.</p>"
            '<p class="note">Of the releases that were paid for, how many were not housed, were settled, in work or recalled is told by the measures P06 to P09, on <i>Figures</i>. '
            "A role that sees the claims is granted by an administrator of this Gatehouse.</p>"
        )
        listing.plain("controlled", rows, headings, f"{len(rows):,} rows, the last quarter first", money=("amount_claimed", "amount_paid"), empty="[c]")
        page.html(page.legend(data.reading(edition).marks, " ".join(rows["marks"])))


def _n(count: float) -> str:
    return f"{count:,.0f} claim" + ("" if count == 1 else "s")


def _not_achieved(domain: str, reading: Reading) -> str:
    """What 'not achieved' means for the tasks of a domain, with the day on which the task is held against what happened."""
    said = {
        "accommodation": ("where the person had no home", reading.claim_accommodation_day),
        "employment": ("where the person was not in work, education or training", reading.claim_employment_day),
        "finance": ("where the person held no ID, bank account or benefit claim", reading.finance_day),
    }
    if domain not in said:
        return "whose outcome was not achieved"
    what, day = said[domain]
    return f"{what} {f'{day} days after release' if day else 'on the first night'}"


def _of(money: pd.DataFrame, cell: str) -> pd.Series:
    """Sums of the rows of one outcome; of all where `cell` is ''. Money on reversed claims is not among what was paid."""
    rows = money if not cell else money[money["outcome_cell"] == cell]
    summed = rows.drop(columns=["provider", "domain", "outcome_cell"]).sum()
    return summed if len(rows) else summed.fillna(0)


def _said(money: pd.DataFrame, chosen: Scope, reading: Reading) -> tuple[str, str, str]:
    """The headline, the strip of sums and the table by domain (HTML)."""
    return _sentence(money, chosen, reading), _strip(money, chosen.words), _by_domain(money, chosen.words)


def _sentence(money: pd.DataFrame, chosen: Scope, reading: Reading) -> str:
    if money.empty:
        return "No claim was made here. Choose other days, or all."
    all_of, bad, unknown = (_of(money, cell) for cell in ("", "not_achieved", "unknown"))
    if not all_of["claims"]:
        return "Every claim made here was taken back."
    said = (
        f"{pounds(bad['paid'])} was paid on {_n(bad['paid_claims'])} {_not_achieved(chosen.domain, reading)}, "
        f"of {pounds(all_of['paid'])} paid on {_n(all_of['paid_claims'])} that stand."
    )
    none = _of(money, "no_outcome_defined")
    others = [
        f"{pounds(one['paid'])} {words}" for one, words in ((unknown, "has an unknown outcome"), (none, "was for tasks with no outcome defined")) if one["paid_claims"]
    ]
    return said + (f" Another {', and '.join(others)}." if others else "")


def _strip(money: pd.DataFrame, words: str) -> str:
    """Eight sums, each with its claims."""
    all_of = _of(money, "")
    cells = [
        ("claimed", "Claimed", all_of["claimed"], all_of["claims"]),
        ("paid", "Paid", all_of["paid"], all_of["paid_claims"]),
        *(
            (cell, label, _of(money, cell)["paid"], _of(money, cell)["paid_claims"])
            for cell, label in (("not_achieved", "Paid and not achieved"), ("unknown", "Paid, outcome unknown"), ("no_outcome_defined", "Paid, no outcome defined"))
        ),
        ("on_reversed", "Paid on reversed, not come back", all_of["on_reversed"], all_of["reversed_claims"]),
        ("above", "Paid above the claim", all_of["above"], all_of["above_claims"]),
        ("risk", "At risk", all_of["risk"], all_of["risk_claims"]),
    ]
    items = "".join(f'<li data-strip="{name}"><span>{label}</span><b>{pounds(sum_)}</b><span>{_n(n)}</span></li>' for name, label, sum_, n in cells)
    return f'<ul class="strip" aria-label="Sums of {escape(words)}">{items}</ul><p class="note">{NET}</p>'


def _unlinked(edition: Edition, chosen: Scope) -> str:
    why = payment.unlinked(edition, chosen)
    if not why:
        return "Every claim that stands names somebody whom prison or probation knows."
    reasons = "; ".join(f"{n:,}: {reason}" for reason, n in why.items())
    many = sum(why.values())
    return f"{_n(many)} that {'stands names' if many == 1 else 'stand name'} nobody whom prison or probation knows, so what came of them is unknown ({reasons})."


def _matrix(money: pd.DataFrame, names: dict[str, str], words: str, here: dict[str, str]) -> str:
    """The table, each cell a link to the claims in it. `here`: what the address says."""
    rows = money.assign(name=[names.get(one, one) or "No provider on the contract" for one in money["provider"]])
    paid = rows.pivot_table(index=["name", "provider"], columns="outcome_cell", values="paid", aggfunc="sum", fill_value=0.0)
    n = rows.pivot_table(index=["name", "provider"], columns="outcome_cell", values="paid_claims", aggfunc="sum", fill_value=0)
    held = [cell for cell in CELLS if cell in paid]
    apart = rows.groupby(["name", "provider"])[["on_reversed", "reversed_claims", "above", "above_claims", "risk", "risk_claims"]].sum()
    if paid.empty:
        return '<p class="note">There is nothing to list.</p>'
    columns = {cell: CELLS[cell] for cell in held} | {"on_reversed": "Paid on reversed", "above": "Paid above the claim", "risk": "At risk"}
    shown = pd.DataFrame({"name": paid.index.get_level_values("name")})
    counts = {"on_reversed": "reversed_claims", "above": "above_claims", "risk": "risk_claims"}
    for name in columns:
        of = (paid[name], n[name]) if name in held else (apart[name], apart[counts[name]])
        shown[name] = [f"{pounds(sum_)} ({int(claims):,})" if claims else "" for sum_, claims in zip(*of, strict=True)]
    caption = f"Paid in pounds, with the number of claims: {words}"
    leads = {
        (row, name): filters.leading(here, {"provider": str(provider), "cell": "" if name == "not_achieved" else name, "claim": ""})
        for row, provider in enumerate(paid.index.get_level_values("provider"))
        for name in columns
    }
    return plain_table(shown, {"name": "Provider", **columns}, caption, right=tuple(columns), leads=leads)


def _claims(edition: Edition, chosen: Scope, what: str, names: dict[str, str]) -> str:
    """Returns the claim that is looked at, NONE for none."""
    try:
        rows = payment.claims_listed(edition, chosen, what, listing.MOST)
    except TableMissing as missing:
        page.say_missing(missing)
        return NONE
    page.restricted("Rows about people's claims. They are for those who audit these contracts and go no further.")
    keys, listed = data.made(_listed, rows, names)
    asked = st.query_params.get("claim", "")
    options = [NONE, *dict.fromkeys([*keys, *([asked] if "|" in asked else [])])]
    picked = filters.choose("claim", "Look at one claim", options, NONE, lambda one: "None" if one == NONE else one.partition("|")[2], inside=st.container())
    n = 0 if rows.empty else int(rows["listed"].iloc[0])
    page.hidden(payment.claims_counted(edition, chosen, what) - n, "claim is", "claims are")
    if rows.empty:
        page.html('<p class="note" data-claims="none">There is none. Choose another list, other days or another provider.</p>')
        return picked
    headings = {"claim_id": "Claim", "provider": "Provider", "contract": "Contract", "task": "Task", "task_date": "Day of the task", "net": "Left of the claim",
                "paid": "Paid", "risk": "At risk", "cell": "What came of it"}  # fmt: skip
    listing.chosen_by_address("claim", listed, keys, headings, f"{len(rows):,} of {_n(n)}: {WHAT[what].lower()}, {chosen.words}", money=("net", "paid", "risk"))
    if n > len(rows):
        page.html(f'<p class="note">The first {len(rows):,} are loaded. Choose days, a provider, a contract or a domain to see the others.</p>')
    return picked


def _listed(rows: pd.DataFrame, names: dict[str, str]) -> tuple[list[str], pd.DataFrame]:
    """The claims of a list by who sent them and their number, and in words."""
    keys = [f"{source}|{one}" for source, one in zip(rows["source"], rows["claim_id"], strict=True)]
    return keys, rows.assign(
        provider=[names.get(one, one) or "Not known" for one in rows["provider"]],
        domain=[domain_name(one) for one in rows["domain"]],
        cell=[CELLS.get(one, one) for one in rows["outcome_cell"]],
        task_date=pd.to_datetime(rows["task_date"]).dt.date,
    )


def _by_domain(money: pd.DataFrame, words: str) -> str:
    by = money.groupby(["domain", "outcome_cell"])[["claims", "claimed", "paid_claims", "paid", "on_reversed"]].sum().reset_index()
    by["name"] = [domain_name(one) for one in by["domain"]]
    by["order"] = by["outcome_cell"].map({cell: place for place, cell in enumerate(CELLS)})
    by["cell"] = [CELLS.get(one, one) for one in by["outcome_cell"]]
    by = by.sort_values(["name", "order"])
    for name in ("claimed", "paid", "on_reversed"):
        by[name] = by[name].map(pounds)
    headings = {"name": "Domain of the task", "cell": "Outcome", "claims": "Claims that stand", "claimed": "Claimed", "paid_claims": "Of these paid", "paid": "Paid", "on_reversed": "Paid on reversed"}
    return plain_table(by, headings, f"Claims and money by domain and outcome: {words}", right=("claimed", "paid", "on_reversed"), is_grouped=True)


def _measures(edition: Edition, chosen: Scope) -> None:
    if not chosen.grain:
        page.html('<p class="note" data-measures="days">These are counted by year and quarter: choose days above.</p>')
        return
    if chosen.domain:
        page.html('<p class="note" data-measures="domain">These are not counted by domain: choose all domains above.</p>')
        return
    page.html(data.made(_came_of, payment.measures(edition, chosen), data.reading(edition), chosen.words))


def _came_of(rows: pd.DataFrame, reading: Reading, words: str) -> str:
    shown = []
    for measure, name in MEASURES.items():
        for one in rows[rows["measure_id"] == measure].to_dict("records"):
            label = f"Paid, and {name}" if one["cohort"] == "paid" else f"People like them, without a paid task, {name}"
            base = one["denominator"]
            shown.append(
                (label, Figure(label, words, words, "share", reading, numerator=one["numerator"], denominator=base,
                               value=one["numerator"] / base if base else None, lower=one["lower"], upper=one["upper"], unknown=one["unknown"],
                               not_yet_due=one["not_yet_due"], has_row=True))
            )  # fmt: skip
    if not shown:
        return '<p class="note">No measure of these days has a figure of what is chosen.</p>'
    return table(shown, f"What came of releases paid for: {words}", "Measure")


show()
