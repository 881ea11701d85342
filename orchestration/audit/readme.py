"""What a pack says of itself, for whoever has it and nothing else of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.audit.performed import FUNCTIONS

_MEMBERS = {
    "claims": "One row a claim, as published.",
    "rules": "One row a rule in force. `fails_when`: when it fails, over the names in the evidence.",
    "results": "One row a claim and rule that applies, passes too. known_now: on all that is known; known_then: on what was on record when it was claimed. evidence: the values that it rests on.",
    "source_rows": "One row a record behind a claim, with where it lies. columns: name and value as delivered, in the order in which the record is hashed. is_withheld: some are left out for this reader.",
    "decisions": "One row a step of a case on a claim and rule.",
    "payments": "One row a payment and claim.",
    "sample": "One row a claim of a sample that was drawn.",
}
_TEXT = """EVIDENCE PACK

Scope: {scope}
Edition {edition_id}, as of {as_of}, made by code {code_version}
For: {for}. It holds rows about people: keep it as you would keep the records themselves.

WHAT IS IN IT
{members}
pack.xlsx: the same, as a workbook. The CSV files count.
manifest.json: what is in each file, with its SHA-256; manifest.json.sha256: the hash of that. The same hash lies beside the pack
as <pack>.sha256: whoever wants to be sure that nobody made another pack compares it with the one that was sent another way.

HOW TO CHECK IT
`gatehouse audit verify PACK.zip`, without anything else of ours; rows are counted from the first below the header. By hand, the same is:
1. The SHA-256 of each file is that of manifest.json, and the SHA-256 of manifest.json that of manifest.json.sha256.
2. Of each row of source_rows.csv that is not withheld, row_hash is the MD5 of the values in `columns`, joined by the sign 31 (unit separator).
3. Of each row of results.csv that is `pass` or `fail`, take the JSON in `evidence` as names with text values and evaluate `fails_when` of its
   rule in rules.csv: true is `fail`, false or unknown is `pass`. The functions in it are, in DuckDB:
{functions}
   Where the evidence says what a search has found (such as is_inside, whether any stay in prison covers the moment), the search itself is done
   again by `gatehouse audit rerun` only. A rule without `fails_when` is not performed again here.
4. For each claim, of its results that are `fail`: s1_amount is the most at risk of S1; s2_amount the most of S2 beyond that; s3_amount likewise;
   rules_passed are its passes and rules_applied all its results. paid_amount is the sum of its payments. The totals of manifest.json are the sums.
"""


def text(facts: Mapping[str, Any], rows: Mapping[str, int]) -> str:
    members = "\n".join(f"{name}.csv ({rows[name]} rows): {_MEMBERS[name]}" for name in rows)
    functions = "\n".join(f"      create macro {called} as {' '.join(means.split())};" for called, means in FUNCTIONS.items())
    scope = ", ".join(f"{what} {value}" for what, value in facts["scope"].items())
    return _TEXT.format(**{**facts, "scope": scope, "members": members, "functions": functions})
