"""Samples of a contract's claims: drawn, kept, examined and concluded from (definition: payment_sample).

A sample is kept with its seed and the hash of its frame, so that anybody with the edition draws the same again (decisions/sampling.py). Of a claim
the newest answer counts. Rows are only ever added; a client key makes a retry change nothing. Rights: `propose`, for the contract.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from decisions import case_records, sampling
from decisions.cases import Refused
from decisions.sampling import AttributeResult, FrameClaim, MoneyResult
from decisions.store import Store, has_store, reading
from edition.access import Use, enter
from edition.folder import Edition
from edition.reading import opened
from edition.rights import Reader

MONEY, ATTRIBUTE = METHODS = ("money", "attribute")


@dataclass(frozen=True)
class Scope:
    """Tested claims of a contract; further only of a `period` or `task_code`. `strata`: the column of fct_claim that an attribute sample is
    stratified by, '' for none."""

    contract_id: str
    period: str = ""
    task_code: str = ""
    strata: str = ""


@dataclass(frozen=True)
class Sample:
    """A row. `interval` and `start` are pounds, 0 of an attribute sample; `claims` are those to be examined, in the order of the frame."""

    sample_id: int
    method: str
    contract_id: str
    provider: str
    seed: str
    size: int
    interval: Decimal
    start: Decimal
    confidence: Decimal
    frame_hash: str
    frame_claims: int
    frame_pounds: Decimal
    as_of: date
    edition_id: str
    strata: dict[str, tuple[int, int]]
    claims: tuple[Drawn, ...]

    @property
    def unexamined(self) -> int:
        return sum(one.supported is None for one in self.claims)


@dataclass(frozen=True)
class Drawn:
    """A claim of a sample; `supported` of its net, None until it is examined."""

    source: str
    claim_id: str
    net: Decimal
    stratum: str
    is_top: bool
    supported: Decimal | None


def draw(
    home: Path, edition: Edition, use: Use, scope: Scope, method: str, seed: str, size: int, at: datetime, client_key: str, confidence: Decimal = Decimal("0.95")
) -> Sample:
    """Draw a sample of an edition's claims and keep it. Raises DecisionError, SamplingError, EditionError, StoreError, NotRecorded."""
    reader = use.reader
    frame, provider = _frame(edition, use, scope)
    if not reader.may_for("propose", scope.contract_id, provider):
        raise Refused("samples are drawn by a contract manager of the contract")
    if method not in METHODS:
        raise Refused(f"a sample is one of {', '.join(METHODS)}")
    if not seed.strip():
        raise Refused("give a seed, so that the same sample can be drawn again")
    if not 0 < confidence < 1:
        raise Refused("confidence is a share between 0 and 1, such as 0.95")
    ordered = sampling.frame(frame)
    if method == MONEY:
        money = sampling.draw_money(ordered, seed, size)
        interval, start, hashed, strata = money.interval, money.start, money.frame_hash, {}
        top = set(money.top)
        chosen = sampling.frame({*money.top, *money.chosen})
    else:
        attribute = sampling.draw_attribute(ordered, seed, size)
        interval, start, hashed, strata = 0, 0, attribute.frame_hash, attribute.sizes
        top, chosen = set(), attribute.chosen
    said = json.dumps({"period": scope.period, "task_code": scope.task_code, "strata": scope.strata, "provider": provider}, sort_keys=True)
    with Store(home).alone() as con:
        same = {"contract_id": scope.contract_id, "method": method, "seed": seed, "frame_hash": hashed, "drawn_by": reader.person}
        if row := case_records.retried(con, "sample", client_key, **same):
            return _sample(con, row["sample_id"])
        enter(home, at.astimezone(), reader.person, {"casework": {"sample": method, "contract": scope.contract_id, "frame": hashed, "size": size}})
        samples, claims = case_records.Numbered(con, "sample", "sample_id"), case_records.Numbered(con, "sample_claim", "sample_claim_id")
        sample_id = samples.add(
            method=method, contract_id=scope.contract_id, scope=said, seed=seed, size=size, interval_pence=interval, start_pence=start,
            confidence=float(confidence), frame_hash=hashed, frame_claims=len(ordered), frame_pence=sum(one.pence for one in ordered), strata=json.dumps(strata),
            as_of=date.fromisoformat(edition.as_of), edition_id=edition.edition_id, drawn_by=reader.person, drawn_at=at, client_key=client_key,
        )  # fmt: skip
        for one in chosen:
            claims.add(sample_id=sample_id, source=one.source, claim_id=one.claim_id, net_pence=one.pence, stratum=one.stratum, is_top=one in top)
        samples.write()
        claims.write()
        return _sample(con, sample_id)


def examine(home: Path, reader: Reader, sample_id: int, source: str, claim_id: str, supported: Decimal, note: str, at: datetime, client_key: str) -> Sample:
    """Keep what is supported of a claim of a sample; one that was understated may have more than its net. Raises DecisionError, StoreError,
    NotRecorded."""
    with Store(home).alone() as con:
        sample = _sample(con, sample_id)
        _must_be_for(reader, sample)
        number = con.execute(
            sa.text("select sample_claim_id from sample_claim where sample_id = :sample_id and source = :source and claim_id = :claim_id"),
            {"sample_id": sample_id, "source": source, "claim_id": claim_id},
        ).scalar()
        if number is None:
            raise Refused(f"this claim is not in sample {sample_id}: take one of its list, by source and claim id")
        pence = int(supported * 100)
        if supported < 0 or pence != supported * 100:
            raise Refused("what is supported is 0 or more, in whole pence")
        if case_records.retried(con, "sample_answer", client_key, sample_claim_id=number, supported_pence=pence, examined_by=reader.person):
            return sample
        enter(home, at.astimezone(), reader.person, {"casework": {"sample": sample_id, "examined": number}})
        answers = case_records.Numbered(con, "sample_answer", "answer_id")
        answers.add(sample_claim_id=number, supported_pence=pence, note=note, examined_by=reader.person, examined_at=at, client_key=client_key)
        answers.write()
        return _sample(con, sample_id)


def evaluate(home: Path, reader: Reader, sample_id: int) -> MoneyResult | AttributeResult:
    """What a sample says once each of its claims is examined. Raises DecisionError, StoreError."""
    sample = get(home, reader, sample_id)
    if sample.unexamined:
        raise Refused(f"{sample.unexamined} of {len(sample.claims)} claims of sample {sample_id} are not examined yet: a sample with gaps says nothing")
    confidence = float(sample.confidence)
    examined = [(one, int(one.net * 100), int((one.supported or Decimal(0)) * 100)) for one in sample.claims]
    if sample.method == MONEY:
        may = may_extrapolate(sample.contract_id, sample.as_of)
        return sampling.conclude_money(int(sample.interval * 100), [(net, right) for _, net, right in examined], confidence, may_extrapolate=may)
    strata = []
    for stratum, (size, claims) in sorted(sample.strata.items()):
        strata.append((claims, size, sum(net != right for one, net, right in examined if one.stratum == stratum)))
    return sampling.conclude_attribute(strata, confidence)


def get(home: Path, reader: Reader, sample_id: int) -> Sample:
    """A sample as it stands. Raises DecisionError where it is not there or not the reader's, StoreError."""
    if not has_store(home):
        raise Refused(f"there is no sample {sample_id}: draw one first")
    with reading(home) as con:
        sample = _sample(con, sample_id)
    _must_be_for(reader, sample, "propose", "see_cases")
    return sample


def all_samples(home: Path, reader: Reader) -> list[Sample]:
    """The samples of the contracts that a reader sees cases of or draws for, the newest first; none where there is no store yet. Raises
    StoreError."""
    if not has_store(home):
        return []
    with reading(home) as con:
        numbers: list[int] = [row.sample_id for row in con.execute(sa.text("select sample_id from sample order by sample_id desc"))]
        found = [_sample(con, number) for number in numbers]
    return [one for one in found if any(reader.may_for(what, one.contract_id, one.provider) for what in ("propose", "see_cases"))]


def drawn_of(home: Path, reader: Reader, claims: Collection[tuple[str, str]]) -> list[Sample]:
    """Every sample that holds any of `claims`, by source and claim id, and that the reader may see, with these claims alone. Raises StoreError."""
    if not has_store(home):
        return []
    wanted = set(claims)
    with reading(home) as con:
        numbers: list[int] = [row.sample_id for row in con.execute(sa.text("select sample_id from sample order by sample_id"))]
        found = [_sample(con, number) for number in numbers]
    mine = [replace(one, claims=tuple(claim for claim in one.claims if (claim.source, claim.claim_id) in wanted)) for one in found]
    return [one for one in mine if one.claims and reader.may_for("see_cases", one.contract_id, one.provider)]


def shown(edition: Edition, use: Use, sample: Sample) -> list[Drawn]:
    """The claims of a sample that its reader may see in a list: those of people under restriction or exclusion are examined by a named reader. The
    use is in the access record. Raises EditionError."""
    with opened(edition, use, ["fct_claim"], is_entered_later=True, is_shared=True) as con:
        drawn = "select unnest(?::varchar[]), unnest(?::varchar[])"
        named = [one.source for one in sample.claims], [one.claim_id for one in sample.claims]
        seen = set(con.execute(f"select source, claim_id from fct_claim where (source, claim_id) in ({drawn})", list(named)).fetchall())
    listed = [one for one in sample.claims if (one.source, one.claim_id) in seen]
    use.enter(len(listed), ["sample"])
    return listed


def may_extrapolate(contract_id: str, day: date) -> bool:
    """Whether what a sample projects may be proposed for recovery: the contract's row of the seed sampling_terms, else that of any."""
    with (Path(__file__).parents[1] / "seeds" / "sampling_terms.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["valid_from"] <= day.isoformat() <= (row["valid_to"] or "9999-12-31")]
    for named in (contract_id, "*"):
        own = [row for row in rows if row["contract_id"] == named]
        if own:
            return max(own, key=lambda row: row["valid_from"])["may_extrapolate"] == "true"
    return False


def _frame(edition: Edition, use: Use, scope: Scope) -> tuple[list[FrameClaim], str]:
    """Every claim in scope, also of people under restriction or exclusion: a frame without them is another. And the provider."""
    if scope.strata not in ("", "task_code", "domain", "prison", "period"):
        raise Refused("strata are by task_code, domain, prison or period")
    stratum = f"coalesce({scope.strata}, '')" if scope.strata else "''"
    with opened(edition, use, ["fct_claim", "dim_contract"], is_entered_later=True, is_counted=True, is_shared=True) as con:
        found = con.execute(
            f"""select source, claim_id, cast(net * 100 as bigint), {stratum} from fct_claim
            where waterfall = 'tested' and net > 0 and contract_id = $contract and ($period = '' or period = $period) and ($task = '' or task_code = $task)""",
            {"contract": scope.contract_id, "period": scope.period, "task": scope.task_code},
        ).fetchall()
        provider = con.execute("select provider from dim_contract where contract_id = ?", [scope.contract_id]).fetchone()
    return [FrameClaim(*row) for row in found], (provider[0] if provider else "") or ""


def _sample(con: sa.Connection, sample_id: int) -> Sample:
    row = con.execute(sa.text("select * from sample where sample_id = :sample_id"), {"sample_id": sample_id}).mappings().first()
    if row is None:
        raise Refused(f"there is no sample {sample_id}: take the number that it was given when it was drawn")
    found = con.execute(
        sa.text(
            """select sample_claim.source, sample_claim.claim_id, sample_claim.net_pence, sample_claim.stratum, sample_claim.is_top,
                sample_answer.supported_pence
            from sample_claim
            left join sample_answer on sample_answer.answer_id = (
                select max(answer_id) from sample_answer as own where own.sample_claim_id = sample_claim.sample_claim_id)
            where sample_claim.sample_id = :sample_id order by sample_claim.sample_claim_id"""
        ),
        {"sample_id": sample_id},
    )
    claims = tuple(
        Drawn(one.source, one.claim_id, _pounds(one.net_pence), one.stratum, bool(one.is_top), None if one.supported_pence is None else _pounds(one.supported_pence))
        for one in found
    )  # fmt: skip
    strata = {name: (size, n) for name, (size, n) in json.loads(row["strata"]).items()}
    return Sample(
        sample_id, row["method"], row["contract_id"], json.loads(row["scope"])["provider"], row["seed"], row["size"], _pounds(row["interval_pence"]),
        _pounds(row["start_pence"]), Decimal(str(row["confidence"])), row["frame_hash"], row["frame_claims"], _pounds(row["frame_pence"]),
        _day(row["as_of"]), row["edition_id"], strata, claims,
    )  # fmt: skip


def _must_be_for(reader: Reader, sample: Sample, *what: str) -> None:
    if not any(reader.may_for(one, sample.contract_id, sample.provider) for one in what or ("propose",)):
        raise Refused("this sample is for a contract manager of its contract")


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _pounds(pence: int) -> Decimal:
    return Decimal(pence).scaleb(-2)
