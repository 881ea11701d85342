"""One claim whole: what was claimed and paid, what came of it, every rule that it does not pass with the values that decide it, the delivered rows
behind it, and what was decided."""

import json
import shlex
from html import escape

import pandas as pd

from dashboard.parts import page, payment, results
from dashboard.parts.figure import plain_table
from dashboard.parts.scope import domain_name
from decisions.store import StoreError
from edition.folder import Edition, TableMissing
from ground.printing import pounds

CELLS = {
    "achieved": "Achieved",
    "not_achieved": "Not achieved",
    "unknown": "Unknown",
    "not_yet_due": "Not yet due",
    "out_of_scope": "Out of scope",
    "no_outcome_defined": "No outcome defined",
}
STANDS = {
    "tested": "Tested",
    "refused": "Refused: rejected, and nothing paid",
    "fully_reversed": "Fully reversed",
    "reversal": "Reversals",
}
WHY_NOT = {
    "no_column": "no table holds the column",
    "table_missing": "a table was never delivered",
    "not_linked": "the person is not known",
    "no_source_row": "the work is not found",
    "no_term": "no agreement",
    "value_missing": "a value is empty",
    "no_version": "what was known then cannot be told",
    "not_due": "a table is not complete to the day",
}
# The class of a rule, and what its severity asks for.
KINDS = {"E": "Condition", "Q": "Quality", "O": "Outcome"}
GRAVE = {"S1": "Withhold or recover", "S2": "Withhold until evidence", "S3": "Ask about", "S4": "Watch"}
THEN = {"pass": "passed then", "fail": "failed then", "not_testable": "could not be told then", "": "did not apply then"}


def evidence(text: str) -> str:
    """The values that a result rests on, as words."""
    try:
        told = json.loads(text)
    except (TypeError, ValueError):
        return ""
    return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items() if value not in (None, ""))


def show(edition: Edition, chosen: str) -> None:
    """Lay out the claim named `<who sent it>|<its number>`. Raises TableMissing."""
    source, _, claim_id = chosen.partition("|")
    claim, tests, rows = payment.claim_of(edition, source, claim_id)
    if claim.empty:
        page.html('<p class="note" data-claim="none">This claim is not in this edition, or not yours to see. Choose another from a list.</p>')
        return
    one = claim.iloc[0]
    names, contracts = results.names(edition, "provider"), results.contract_names(edition)
    named = "" if pd.isna(one["provider"]) else str(one["provider"])
    contract = "" if pd.isna(one["contract_id"]) else str(one["contract_id"])
    taken_back = float(one["amount"]) - float(one["net"]) if pd.notna(one["amount"]) and pd.notna(one["net"]) else 0.0
    said = {
        "Claim": claim_id, "Sent by": page.spoken(source.removeprefix("provider_")), "Provider": names.get(named, named) or "Not known",
        "Contract": contracts.get(contract, contract) or "Not known",
        "Task": f"{one['task_name'] if pd.notna(one['task_name']) else one['task_code']} ({domain_name(str(one['domain'])) if pd.notna(one['domain']) else 'domain not known'})",
        "Day of the task": page.day(str(one["task_date"])), "Claimed on": page.day(str(one["submitted_ts"])) if pd.notna(one["submitted_ts"]) else "Not known",
        "Claimed": pounds(one["amount"]), "Taken back since": pounds(taken_back), "Left of it": pounds(one["net"]),
        "Paid": pounds(one["paid_amount"]) if pd.notna(one["paid_amount"]) else "No payment known",
        "Where it stands": STANDS.get(str(one["waterfall"]), ""), "What came of it": CELLS.get(str(one["outcome_cell"]), "Unknown"),
        "To withhold or recover": pounds(one["s1_amount"]), "To withhold until evidence comes": pounds(one["s2_amount"]), "To ask about": pounds(one["s3_amount"]),
        "Rules": f"{int(one['rules_passed'])} of the {int(one['rules_applied'])} that apply pass; the others stand below",
    }  # fmt: skip
    page.html(plain_table(pd.DataFrame(said.items(), columns=["what", "value"]), {"what": "What", "value": "As delivered"}, f"Claim {claim_id}"))
    listed = pd.DataFrame(
        {
            "rule": [f"{rule}: {question}" for rule, question in zip(tests["rule_id"], tests["question"], strict=True)],
            "result": [
                "Fails" if result == "fail" else f"Cannot be tested: {WHY_NOT.get(reason, reason)}"
                for result, reason in zip(tests["result"], tests["reason"], strict=True)
            ],
            "then": [THEN.get(one, one) for one in tests["known_then"].fillna("")],
            "amount": [pounds(float(one)) for one in tests["amount_at_risk"]],
            "evidence": [evidence(one) for one in tests["evidence"]],
            "resolve": tests["how_to_resolve"],
        }
    )
    headings = {"rule": "Rule", "result": "Result", "then": "When it was claimed", "amount": "At risk", "evidence": "Values that decide it", "resolve": "How to resolve"}
    page.html(plain_table(listed, headings, "Rules that it does not pass", right=("amount",)))
    headings = {"source": "Source", "delivery": "Delivery", "file": "File", "row_number": "Record", "row_hash": "Hash of the record"}
    page.html(plain_table(rows, headings, "Delivered rows behind it: the claim, and the work that it names"))
    _decided(edition, source, claim_id)
    command = f'gatehouse audit pack --home DIR --purpose "Auditing claims" --claim {shlex.quote(f"{source}|{claim_id}")} --out claim.zip'
    page.html(
        f'<p class="say">An evidence pack of this claim, which another auditor checks without this house, comes of this command: '
        f'<code data-command="pack">{escape(command)}</code></p>'
    )


def _decided(edition: Edition, source: str, claim_id: str) -> None:
    try:
        mine = payment.cases_of(edition, source, claim_id)
    except (TableMissing, StoreError):
        page.html('<p class="note">What was decided on it is not yours to see, or cannot be read.</p>')
        return
    if not mine:
        page.html('<p class="note" data-decided="none">No payment case was opened on it.</p>')
        return
    rows = pd.DataFrame(
        [
            {
                "case": f"{one.case_id}", "rule": one.rule_id, "state": page.spoken(one.state), "at_risk": pounds(float(one.at_risk)),
                "upheld": pounds(float(one.holds)) if one.holds else "Nothing",
            }
            for one in mine
        ]
    )  # fmt: skip
    page.html(plain_table(rows, {"case": "Case", "rule": "Rule", "state": "State", "at_risk": "At risk", "upheld": "Upheld"}, "What was decided", right=("at_risk", "upheld")))
    for one in mine:
        asked = page.query({"case": str(one.case_id)})
        page.html(f'<p class="say"><a href="casework?{escape(asked)}" target="_self">Steps of case {one.case_id}</a></p>')
