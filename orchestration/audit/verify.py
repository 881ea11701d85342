"""An evidence pack checked offline: with the file alone, no home and no network (definition: payment_pack).

In this order: the manifest is the one whose hash goes with it; every member is as the manifest says, and there is no other; nothing else of the file is
altered; then what the tables say of themselves: the hash of each row from its columns, each result from its evidence, sums.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from orchestration.audit.pack_file import MANIFEST, MANIFEST_HASH, README, WORKBOOK, as_zip, beside, digest, read_csv, sha256
from orchestration.audit.performed import Unperformable, performed

TABLES = ("claims", "rules", "results", "source_rows", "decisions", "payments", "sample")
_KNOWN = {MANIFEST, MANIFEST_HASH, WORKBOOK, README, *(f"{name}.csv" for name in TABLES)}
_LOCAL_HEADER = 30


class Differs(Exception):
    """A pack that is not as it was made. The text names the first difference: member, row and column as far as they can be told."""


@dataclass
class Checked:
    """What was found in order. Counts of members, rows and results; `not_performed`: results by rule that has no condition to perform."""

    scope: str = ""
    manifest: str = ""
    is_beside: bool = False
    members: int = 0
    rows: int = 0
    rows_hashed: int = 0
    rows_withheld: int = 0
    performed: int = 0
    not_performed: dict[str, int] = field(default_factory=dict)
    not_testable: int = 0
    claims: int = 0

    def lines(self) -> Iterator[str]:
        yield f"scope: {self.scope}"
        yield f"manifest {self.manifest}: " + (
            "as the hash beside the pack says" if self.is_beside else "no hash beside the pack; compare it with the one you were sent"
        )
        yield f"{self.members} members with {self.rows:,} rows: as the manifest says"
        yield f"{self.rows_hashed:,} source rows: each hash is that of its columns" + (
            f"; {self.rows_withheld:,} more with columns withheld, not hashed again" if self.rows_withheld else ""
        )
        yield f"{self.performed:,} results performed again from their evidence: the same; {self.not_testable:,} not testable"
        for rule, n in self.not_performed.items():
            yield f"{rule}: {n:,} results not re-performed offline"
        yield f"{self.claims:,} claims: pounds at risk, rules and payments add up"


def verify(path: Path) -> Checked:
    """Check the pack at `path`. Raises Differs, OSError."""
    data = path.read_bytes()
    members = _members(path.name, data)
    manifest, hashed, is_beside = _manifest(path, members)
    checked = Checked(manifest=hashed, is_beside=is_beside)
    said = {one["name"]: one for one in manifest["members"]}
    for name in members:
        if name not in said and name not in (MANIFEST, MANIFEST_HASH):
            raise Differs(f"{name}: not in the manifest")
    for name, one in said.items():
        if name not in members:
            raise Differs(f"{name}: missing, or under another name")
        if sha256(members[name]) != one["sha256"]:
            raise Differs(_where(name, members[name], one))
    made = as_zip({name: members[name] for name in [MANIFEST, MANIFEST_HASH, *_order(data, members)]})
    if made != data:
        place = next((n for n, (one, other) in enumerate(zip(data, made, strict=False)) if one != other), min(len(data), len(made)))
        raise Differs(f"{path.name}: byte {place + 1}, outside of what its members hold, is not as it was written")
    checked.scope = ", ".join(f"{what} {value}" for what, value in manifest["scope"].items())
    checked.members, checked.rows = len(said), sum(one.get("rows", 0) for one in said.values())
    tables = {name: _table(f"{name}.csv", members) for name in TABLES}
    _rows(tables["source_rows"], checked)
    _results(tables["results"], tables["rules"], checked)
    _sums(tables, manifest, checked)
    return checked


# ---------------------------------------------------------------- the file


def _members(called: str, data: bytes) -> dict[str, bytes]:
    """What each member holds, whatever its header says of it. Raises Differs."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            listed = pack.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, struct.error, NotImplementedError, OSError) as error:
        raise Differs(f"{called}: its list of members cannot be read ({error})") from error
    found: dict[str, bytes] = {}
    for info in listed:
        if info.filename in found:
            raise Differs(f"{info.filename}: there twice")
        header = data[info.header_offset : info.header_offset + _LOCAL_HEADER]
        if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
            raise Differs(f"{_plain(info.filename)}: its header in {called} is not as it was written")
        begin = info.header_offset + _LOCAL_HEADER + sum(struct.unpack("<HH", header[26:30]))
        found[info.filename] = data[begin : begin + info.file_size]
    for name in found:
        if name not in _KNOWN:
            raise Differs(f"{called}: it holds `{_plain(name)}`, which no pack does")
    return found


def _order(data: bytes, members: Mapping[str, bytes]) -> list[str]:
    return [name for name in members if name not in (MANIFEST, MANIFEST_HASH)]


def _plain(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def _manifest(path: Path, members: Mapping[str, bytes]) -> tuple[dict[str, Any], str, bool]:
    for name in (MANIFEST, MANIFEST_HASH):
        if name not in members:
            raise Differs(f"{name}: missing, or under another name")
    hashed = sha256(members[MANIFEST])
    line = f"{hashed}  {MANIFEST}\n"
    outside = beside(path)
    is_beside = outside.is_file()
    if is_beside and outside.read_text(encoding="utf-8", errors="replace").split()[:1] != [hashed]:
        also = (
            ""
            if members[MANIFEST_HASH] != line.encode()
            else f"; {MANIFEST_HASH} inside fits it, so the pack, or {outside.name}, is another"
        )
        raise Differs(f"{MANIFEST}: its hash is not the one in {outside.name}{also}")
    if members[MANIFEST_HASH] != line.encode():
        which = MANIFEST_HASH if is_beside else f"{MANIFEST} or {MANIFEST_HASH}"
        raise Differs(f"{which}: the one is not the hash of the other")
    try:
        manifest = json.loads(members[MANIFEST])
        for one in manifest["members"]:
            one["name"], one["sha256"]  # noqa: B018
        manifest["scope"], manifest["totals"]  # noqa: B018
    except (ValueError, KeyError, TypeError) as error:
        raise Differs(f"{MANIFEST}: not the manifest of a pack ({error})") from error
    return manifest, hashed, is_beside


def _where(name: str, data: bytes, said: Mapping[str, Any]) -> str:
    """The first difference in a member whose hash is another."""
    if "columns" not in said:
        return f"{name}: not as the manifest says"
    try:
        lines = read_csv(data)
    except (ValueError, UnicodeDecodeError) as error:
        lines = []
        if isinstance(error, UnicodeDecodeError):
            lines = read_csv_leniently(data)
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    columns = list(said["columns"]) if not header else header
    known = said["columns"]
    if set(header) != set(known):
        return f"{name}: its header is not as the manifest says" if header else f"{name}: it cannot be read as a table any more"
    for n, (row, was) in enumerate(zip(rows, said["row_digests"], strict=False), start=1):
        if digest(row) == was:
            continue
        if len(row) != len(columns):
            return f"{name}, row {n}: it has {len(row)} columns, not {len(columns)}"
        altered = [
            column
            for at, column in enumerate(columns)
            if len(rows) == len(said["row_digests"])
            and all(len(one) == len(columns) for one in rows)
            and digest(one[at] for one in rows) != known[column]
        ]
        return (
            f"{name}, row {n}, column {altered[0]}: not as the manifest says" if altered else f"{name}, row {n}: not as the manifest says"
        )
    if len(rows) != len(said["row_digests"]):
        return f"{name}: it has {len(rows)} rows, not {len(said['row_digests'])}"
    return f"{name}: the same values, written otherwise"


def read_csv_leniently(data: bytes) -> list[list[str]]:
    """The lines of a member in which something is no UTF-8 any more; none where it is no table either."""
    try:
        return read_csv(data.decode(errors="replace").encode())
    except ValueError:
        return []


# ---------------------------------------------------------------- what it says


def _table(name: str, members: Mapping[str, bytes]) -> list[dict[str, str]]:
    if name not in members:
        raise Differs(f"{name}: missing")
    try:
        header, *rows = read_csv(members[name])
        return [dict(zip(header, row, strict=True)) for row in rows]
    except ValueError as error:
        raise Differs(f"{name}: it cannot be read as a table") from error


def _rows(rows: list[dict[str, str]], checked: Checked) -> None:
    """The hash of each row, from its columns."""
    for n, row in enumerate(rows, start=1):
        told = f"source_rows.csv, row {n}"
        try:
            values = [value for _, value in json.loads(row["columns"])]
            if row["is_withheld"] == "true":
                checked.rows_withheld += 1
            elif hashlib.md5("\x1f".join(values).encode(), usedforsecurity=False).hexdigest() != row["row_hash"]:
                raise Differs(
                    f"{told}, column columns: {row['delivery']} {row['file']}, record {row['row_number']}, does not have the hash {row['row_hash']}"
                )
            else:
                checked.rows_hashed += 1
        except (KeyError, ValueError, TypeError) as error:
            raise Differs(f"{told}: its columns cannot be read") from error


def _results(results: list[dict[str, str]], rules: list[dict[str, str]], checked: Checked) -> None:
    """Each result, from its evidence."""
    try:
        conditions = {rule["rule_id"]: rule["fails_when"] for rule in rules}
        versions = {rule["rule_id"]: rule["rule_version"] for rule in rules}
        told = [(n, row) for n, row in enumerate(results, start=1) if row["result"] in ("pass", "fail")]
        for n, row in enumerate(results, start=1):
            if versions.get(row["rule_id"]) != row["rule_version"]:
                raise Differs(
                    f"results.csv, row {n}, column rule_version: rules.csv has no version {row['rule_version']} of {row['rule_id']}"
                )
            if row["result"] != row["known_now"]:
                raise Differs(f"results.csv, row {n}, column known_now: it is the result")
        again = performed(((row["rule_id"], row["evidence"]) for _, row in told), conditions)
    except KeyError as error:
        raise Differs(f"results.csv or rules.csv: column {error} is missing") from error
    except Unperformable as error:
        raise Differs(f"results.csv, column evidence: {error}") from error
    left = Counter(row["rule_id"] for (_, row), found in zip(told, again, strict=True) if found is None)
    for (n, row), found in zip(told, again, strict=True):
        if found is not None and found != row["result"]:
            raise Differs(
                f"results.csv, row {n}, column result: {row['rule_id']} of {row['claim_id']} is {found} by its evidence, not {row['result']}"
            )
    checked.performed, checked.not_performed = len(told) - sum(left.values()), dict(sorted(left.items()))
    checked.not_testable = len(results) - len(told)


def _sums(tables: Mapping[str, list[dict[str, str]]], manifest: Mapping[str, Any], checked: Checked) -> None:
    """Pounds at risk, rules and payments of each claim, and the totals."""
    try:
        of_claim: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
        paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        claims = {(row["source"], row["claim_id"]): row for row in tables["claims"]}
        for name, column in (
            ("results", "source"),
            ("source_rows", "claim_source"),
            ("decisions", "source"),
            ("payments", "source"),
            ("sample", "source"),
        ):
            for n, row in enumerate(tables[name], start=1):
                if (row[column], row["claim_id"]) not in claims:
                    raise Differs(f"{name}.csv, row {n}, column claim_id: no claim of claims.csv")
        for row in tables["results"]:
            of_claim[row["source"], row["claim_id"]].append(row)
        for row in tables["payments"]:
            paid[row["source"], row["claim_id"]] += _pounds(row["amount"])
        for n, row in enumerate(tables["claims"], start=1):
            key = row["source"], row["claim_id"]
            results = of_claim[key]
            fails = [one for one in results if one["result"] == "fail"]
            most = {
                s: max((_pounds(one["amount_at_risk"]) for one in fails if one["severity"] == s), default=Decimal(0))
                for s in ("S1", "S2", "S3")
            }
            beyond = {
                "s1_amount": most["S1"],
                "s2_amount": max(most["S2"] - most["S1"], Decimal(0)),
                "s3_amount": max(most["S3"] - max(most["S1"], most["S2"]), Decimal(0)),
                "rules_applied": Decimal(len(results)),
                "rules_passed": Decimal(sum(one["result"] == "pass" for one in results)),
                "paid_amount": paid[key],
            }
            for column, found in beyond.items():
                if _pounds(row[column]) != found:
                    raise Differs(
                        f"claims.csv, row {n}, column {column}: it says {row[column] or 'nothing'}, and what it is made of comes to {found}"
                    )
        totals = manifest["totals"]
        added = {
            column: sum((_pounds(row[column]) for row in tables["claims"]), Decimal(0))
            for column in totals
            if column not in ("claims", "payments")
        }
        added |= {"claims": Decimal(len(claims)), "payments": sum(paid.values(), Decimal(0))}
        for column, found in added.items():
            if _pounds(str(totals[column])) != found:
                raise Differs(f"{MANIFEST}: its total {column} is {totals[column]}, and the rows come to {found}")
        counted = Counter(row["result"] for row in tables["results"])
        if dict(counted) != manifest["results"]:
            raise Differs(f"{MANIFEST}: its counts of results are not those of results.csv")
    except KeyError as error:
        raise Differs(f"column {error} is missing in a member") from error
    checked.claims = len(claims)


def _pounds(text: str) -> Decimal:
    try:
        return Decimal(text or 0)
    except InvalidOperation:
        raise Differs(f"`{_plain(text)[:40]}` stands where pounds should") from None
