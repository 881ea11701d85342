"""Samples of claims: drawn by a contract manager, examined claim by claim, and what they say of all claims they were drawn from. Restricted."""

from decimal import Decimal
from html import escape

import pandas as pd
import streamlit as st

from dashboard.parts import data, doing, filters, listing, page, payment
from dashboard.parts.figure import plain_table
from decisions import samples, sampling
from decisions.cases import Refused
from decisions.samples import ATTRIBUTE, METHODS, MONEY, Drawn, Sample, Scope
from decisions.sampling import AttributeResult, MoneyResult
from decisions.store import StoreError
from edition.folder import Edition
from ground.printing import pounds

NONE = "none"
METHOD = {MONEY: "By pounds: each pound is as likely as another", ATTRIBUTE: "By claims: each claim is as likely as another"}
STRATA = {"": "None", "task_code": "Task", "domain": "Domain", "prison": "Prison", "period": "Period"}
CONFIDENCE = ("0.95", "0.90", "0.80")
# What a sample never says.
LIMITS = (
    "It speaks of the claims of its frame only: tested claims of one contract and scope, of which money was left on the day of the edition. It says nothing of "
    "other contracts or periods, nor of claims that were refused or reversed. What it projects is an estimate and no debt of any claim that was not looked "
    "at; the upper limit is how much it may be, and is never recovered. Work that was done and never claimed is not in it."
)


def show() -> None:
    """Lay out the page for the current edition."""
    edition = data.current_edition()
    try:
        drawn = payment.sample_list()
    except StoreError as error:
        page.headline("Samples of claims", "Samples cannot be read or drawn.", f"{error}.")
        return
    by_number = {str(one.sample_id): one for one in drawn}
    chosen = filters.choose("sample", "Sample", [NONE, *by_number], NONE, lambda one: _label(by_number[one]) if one in by_number else "None")
    filters.say_fallbacks()
    page.headline("Samples of claims", _sentence(drawn), "Anybody with the edition, the seed and the size draws the same sample again.")
    page.restricted("Rows about people's claims. They are for those who follow up these contracts and go no further.")
    doing.say_closed()
    doing.say_done()
    if chosen != NONE:
        sample = by_number[chosen]
        with page.section(f"Sample {sample.sample_id}"):
            _sample(sample)
        with page.section("Claims to examine", "Of the net of each claim, the pounds that its records support. More than the net is an understatement, which stands apart."):
            _items(edition, sample)
        with page.section("What it says"):
            _evaluation(sample)
    with page.section("Samples that were drawn", "The newest first."):
        _list(drawn)
    with page.section("Draw a sample"):
        _draw(edition)
    page.html("<h2>Download</h2>")
    page.withheld("Rows about people's claims have no controlled twin and do not leave this page.")


def _label(sample: Sample) -> str:
    return f"{sample.sample_id}: {sample.contract_id}, {sample.size} {'by pounds' if sample.method == MONEY else 'by claims'}"


def _sentence(drawn: list[Sample]) -> str:
    if not drawn:
        return "No sample of your contracts was drawn yet."
    left = sum(one.unexamined > 0 for one in drawn)
    return f"{len(drawn):,} sample{'' if len(drawn) == 1 else 's'} of claims; {left:,} {'has' if left == 1 else 'have'} claims that are still to be examined."


def _list(drawn: list[Sample]) -> None:
    if not drawn:
        page.html('<p class="note">There is none.</p>')
        return
    listed = pd.DataFrame(
        [
            {
                "sample": one.sample_id, "contract": one.contract_id, "method": "By pounds" if one.method == MONEY else "By claims", "seed": one.seed,
                "claims": len(one.claims), "left": one.unexamined, "frame": one.frame_claims, "pounds": float(one.frame_pounds), "as_of": one.as_of,
            }
            for one in drawn[: listing.MOST]
        ]
    )  # fmt: skip
    headings = {"sample": "Sample", "contract": "Contract", "method": "Method", "seed": "Seed", "claims": "Claims in it", "left": "Not examined", "frame": "Claims it speaks of",
                "pounds": "Pounds it speaks of", "as_of": "As of"}  # fmt: skip
    listing.chosen_by_address("sample", listed, [str(one) for one in listed["sample"]], headings, f"{len(listed):,} of {len(drawn):,} samples", money=("pounds",))


def _sample(sample: Sample) -> None:
    said = {
        "Contract": sample.contract_id, "Method": METHOD[sample.method], "Seed": sample.seed, "Size asked for": f"{sample.size:,}", "Confidence": f"{sample.confidence}",
        "Frame": f"{sample.frame_claims:,} claims, {pounds(float(sample.frame_pounds))}", "Hash of the frame": sample.frame_hash,
        "As of": f"{page.day(str(sample.as_of))}, edition {sample.edition_id}", "Examined": f"{len(sample.claims) - sample.unexamined:,} of {len(sample.claims):,} claims",
    }  # fmt: skip
    if sample.method == MONEY:
        said |= {"Interval": pounds(float(sample.interval)), "First point": pounds(float(sample.start))}
    for stratum, (size, claims) in sample.strata.items():
        if stratum:
            said[f"Stratum {stratum}"] = f"{size:,} of {claims:,} claims"
    page.html(plain_table(pd.DataFrame(said.items(), columns=["what", "value"]), {"what": "What", "value": "As it was drawn"}, f"Sample {sample.sample_id} as it was drawn"))


def _items(edition: Edition, sample: Sample) -> None:
    shown = payment.sample_items(edition, sample)
    page.hidden(len(sample.claims) - len(shown), "claim is", "claims are")
    if not shown:
        page.html('<p class="note">There is none that you may see.</p>')
        return
    listed = pd.DataFrame(
        [
            {
                "source": one.source, "claim": one.claim_id, "stratum": one.stratum or "None", "top": "Yes" if one.is_top else "No", "examined": "No" if one.supported is None else "Yes",
                "net": float(one.net), "supported": None if one.supported is None else float(one.supported), "error": None if one.supported is None else float(one.net - one.supported),
            }
            for one in shown[: listing.MOST]
        ]
    )  # fmt: skip
    headings = {"claim": "Claim", "source": "Sent by", "stratum": "Stratum", "top": "Of an interval or more", "examined": "Examined", "net": "Left of the claim", "supported": "Supported", "error": "Not supported"}
    listing.plain("sample_claims", listed, headings, f"{len(listed):,} of {len(sample.claims):,} claims of the sample", money=("net", "supported", "error"))
    if len(shown) > len(listed):
        page.html(f'<p class="note">The first {len(listed):,} are loaded.</p>')
    if data.reader().may_for("propose", sample.contract_id, sample.provider):
        _examine(sample, shown)
    else:
        _read_only("examines it")


def _examine(sample: Sample, shown: list[Drawn]) -> None:
    keys = {f"{one.source}|{one.claim_id}": one for one in sorted(shown, key=lambda one: one.supported is not None)}
    # Empty again once one is noted, and kept where it is refused.
    mine = f"{sample.sample_id}_{sample.unexamined}"
    with st.form(f"examine_{mine}"):
        claim = st.selectbox(
            "Claim", list(keys), key=f"examine_claim_{mine}",
            format_func=lambda one: f"{keys[one].claim_id}, {pounds(float(keys[one].net))}{'' if keys[one].supported is None else ', examined'}",
        )  # fmt: skip
        supported = st.text_input("Pounds that its records support", key=f"examine_pounds_{mine}")
        note = st.text_input("What was looked at. No names or numbers of people.", max_chars=300, key=f"examine_note_{mine}")
        is_sent = doing.send("Note it")
    if not is_sent or claim is None:
        return
    one = keys[claim]

    def examine(key: str) -> str:
        said = doing.pounds_of(supported)
        samples.examine(data.home(), data.reader(), sample.sample_id, one.source, one.claim_id, said, note.strip(), data.now(), key)
        return f"Noted for claim {one.claim_id} of sample {sample.sample_id}: {pounds(float(said))} is supported."

    doing.once(f"examine_{mine}", examine)


def _evaluation(sample: Sample) -> None:
    try:
        said = samples.evaluate(data.home(), data.reader(), sample.sample_id)
    except doing.REFUSALS as refused:
        page.html(f'<p class="note" data-evaluation="no">{escape(str(refused))}.</p>')
        return
    if isinstance(said, MoneyResult):
        _money(sample, said)
    else:
        _attribute(sample, said)
    page.html(f'<p class="say" data-evaluation="limits"><b>What it does not say.</b> {escape(LIMITS)}</p>')


def _money(sample: Sample, said: MoneyResult) -> None:
    may = samples.may_extrapolate(sample.contract_id, sample.as_of)
    lines = [
        ("Found: claimed and not supported in the claims examined", said.found),
        ("Projected to all claims of the frame", said.projected),
        ("Basic precision", said.basic),
        ("Incremental allowance", said.incremental),
        (f"Upper limit at confidence {sample.confidence}", said.upper_limit),
        ("Understated, projected apart and never netted", said.understated),
        ("Proposed to be recovered", said.proposed_recovery),
    ]
    listed = pd.DataFrame([{"line": line, "amount": pounds(float(amount))} for line, amount in lines])
    page.html(plain_table(listed, {"line": "Line", "amount": "Pounds"}, f"What sample {sample.sample_id} says", right=("amount",)))
    why = "The terms of this contract allow what is projected to be recovered." if may else "Only what was found is proposed: the terms of this contract are not known to allow what is projected to be recovered."
    page.html(f'<p class="say" data-recovery="{"projected" if may else "found"}">{why}</p>')


def _attribute(sample: Sample, said: AttributeResult) -> None:
    deviating = [one for one in sample.claims if one.supported != one.net]
    found = sum((max(one.net - (one.supported or Decimal(0)), Decimal(0)) for one in deviating), Decimal(0))
    lines = [
        ("Claims examined", f"{len(sample.claims):,}"),
        ("Of these, not supported as claimed", f"{len(deviating):,}"),
        (f"Projected to the {sample.frame_claims:,} claims of the frame", f"{said.share * sample.frame_claims:,.0f} claims"),
        (f"Upper limit at confidence {sample.confidence}", f"{said.upper_limit * sample.frame_claims:,.0f} claims"),
        ("Found: claimed and not supported in the claims examined", pounds(float(found))),
        ("Proposed to be recovered", pounds(float(found))),
    ]
    listed = pd.DataFrame(lines, columns=["line", "value"])
    page.html(plain_table(listed, {"line": "Line", "value": "Value"}, f"What sample {sample.sample_id} says", right=("value",)))
    page.html('<p class="say" data-recovery="found">Only what was found is proposed: a sample by claims says how many are wrong, and not how many pounds.</p>')


def _draw(edition: Edition) -> None:
    reader = data.reader()
    mine = [contract for contract, provider in payment.contracts(edition).items() if reader.may_for("propose", contract, provider)]
    if not mine:
        _read_only("draws it")
        return
    frames = payment.sampled_from(edition)
    contract = st.selectbox("Contract", mine, key="draw_contract")
    own = frames[frames["contract_id"] == contract]
    page.html(f'<p class="say">{int(own["claims"].sum()):,} tested claims of it have money left: {pounds(float(own["pounds"].sum()))}.</p>')
    with st.form("draw"):
        method = st.radio("Method", METHODS, format_func=lambda one: METHOD[one], key="draw_method")
        period = st.selectbox("Period", ["", *sorted(set(own["period"]) - {""})], format_func=lambda one: one or "All", key="draw_period")
        named = dict(zip(own["task_code"], own["task"], strict=True))
        task = st.selectbox("Task", ["", *sorted(set(named) - {""})], format_func=lambda one: f"{named[one]} ({one})" if one else "All", key="draw_task")
        strata = st.selectbox("Strata, of a sample by claims", list(STRATA), format_func=lambda one: STRATA[one], key="draw_strata")
        confidence = st.selectbox("Confidence", CONFIDENCE, key="draw_confidence")
        size = st.text_input("Size: how many to draw. Empty: worked out of the two shares below", key="draw_size")
        tolerable = st.text_input("Tolerable share that is wrong", "0.05", key="draw_tolerable")
        expected = st.text_input("Expected share that is wrong", "0", key="draw_expected")
        seed = st.text_input("Seed: any words, written down before the draw", max_chars=100, key="draw_seed")
        page.html(f'<p class="say">You draw as {escape(reader.person)}.</p>')
        is_sent = doing.send("Draw")
    if is_sent:
        scope = Scope(contract, period, task, strata if method == ATTRIBUTE else "")

        def draw(key: str) -> str:
            n = _size(size, method, expected, tolerable, float(confidence))
            made = samples.draw(data.home(), edition, payment.case_use(edition), scope, method, seed.strip(), n, data.now(), key, Decimal(confidence))
            return f"Sample {made.sample_id} is drawn: {len(made.claims):,} of {made.frame_claims:,} claims. Choose it above to examine it."

        doing.once("draw", draw)


def _size(text: str, method: str, expected: str, tolerable: str, confidence: float) -> int:
    if text.strip():
        if not text.strip().isdecimal():
            raise Refused("the size is a whole number of claims, such as 60")
        return int(text)
    shares = float(doing.pounds_of(expected)), float(doing.pounds_of(tolerable))
    if not 0 <= shares[0] < shares[1] < 1:
        raise Refused("what is expected has to lie below what is tolerable, both shares such as 0.05")
    return (sampling.money_size if method == MONEY else sampling.attribute_size)(*shares, confidence)


def _read_only(what: str) -> None:
    doing.read_only(f"{data.reader().person} may read samples; a contract manager of the contract {what}.")


show()
