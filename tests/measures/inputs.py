"""The tables that measures are counted from, empty, and an invented nation in them: releases by chance, most of them of few places."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa

TABLES = {
    "marts.fct_release": "release_id varchar, person_id varchar, release_date date, releasing_prison varchar, supervising_region varchar, pdu varchar, "
    "sex varchar, ethnicity varchar, age_at_release integer, sentence_band varchar, is_on_licence boolean, licence_end_date date",
    "marts.fct_release_status": "release_id varchar, domain varchar, day integer, status varchar, official_class varchar, state varchar, "
    "state_reason varchar, evidence_date date, is_stale boolean",
    "marts.fct_recall": "release_id varchar, recall_date date, days_to_recall integer, recall_type varchar, returned_date date, days_at_large integer, "
    "rereleased_by_day_28 boolean",
    "release.evt_revocation": "release_id varchar, reason_code varchar, is_valid boolean",
    "release.int_release_unreadable": "release_id varchar, is_of_recall boolean, is_of_place boolean, is_of_prison_dates boolean, is_of_probation_dates boolean",
    "status.int_release_day": "release_id varchar, day integer, state_reason varchar",
    "person.int_person_case": "person_id varchar",
    "status.int_domain_maturity": "domain varchar, mature_through date, is_delivered boolean",
    "marts.dim_contract": "contract_id varchar, provider varchar",
    "marts.fct_release_provider": "release_id varchar, provider varchar, contract_id varchar",
    "marts.fct_claim": "release_id varchar, provider varchar, contract_id varchar, domain varchar, setting varchar, is_paid boolean, is_reversal boolean, "
    "is_reversed boolean",
}
STATUS = {
    "settled": "Settled, independent",
    "temporary": "Transient, with friends/family",
    "homeless_rough": "Homeless",
    "employed": "Full-time employed or self-employed",
    "unemployed": "Unemployed",
}
DAYS = (0, 28, 42, 91, 182, 274)
DOMAINS = ("accommodation", "employment", "recall", "finance")


def empty(con: duckdb.DuckDBPyConnection, as_of: str = "2023-06-15") -> None:
    """The tables, without a row, and the run of an edition as of that day, up to which every domain is known."""
    for schema in ("landing", "marts", "person", "release", "status"):
        con.execute(f"create schema {schema}")
    con.execute(f"create table landing.run as select date '{as_of}' as as_of")
    for name, columns in TABLES.items():
        con.execute(f"create table {name} ({columns})")
    for domain in DOMAINS:
        con.execute("insert into status.int_domain_maturity values (?, '2023-06-01', true)", [domain])


def nation(con: duckdb.DuckDBPyConnection, releases: int, seed: int, persons: dict[int, int] | None = None) -> None:
    """That many releases in the eight months from March 2022, each of a person of its own, but those of `persons`: number of a release -> that of
    the person it is of."""
    chance, also = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in TABLES}
    for number in range(releases):
        release, person = f"invented-{seed}-{number}", f"person {(persons or {}).get(number, number)}"
        day = dt.date(2022, 3, 1) + dt.timedelta(int(chance.integers(240)))
        rows["marts.fct_release"].append((
            release, person, day, str(chance.choice(["AAI", "BBI", "CCI"], p=[0.6, 0.3, 0.1])), chance.choice(["N01", "N02", "N03", None], p=[0.5, 0.3, 0.15, 0.05]),
            f"PDU{1 + int(also.integers(6))}", str(chance.choice(["Male", "Female"], p=[0.9, 0.1])), str(chance.choice(["White", "Black", "Asian"], p=[0.7, 0.2, 0.1])),
            int(chance.integers(18, 70)), "under 6 months", True, day + dt.timedelta(300),
        ))  # fmt: skip
        home = str(chance.choice(["settled", "temporary", "homeless_rough", ""], p=[0.5, 0.2, 0.2, 0.1]))
        work = str(chance.choice(["employed", "unemployed"], p=[0.3, 0.7]))
        for domain, status in (("accommodation", home), ("employment", work)):
            known = ("observed", None) if status else ("unknown", "no_record")
            rows["marts.fct_release_status"] += [(release, domain, one, STATUS.get(status, "Unknown or unclear"), status or "unknown", *known, day, False) for one in DAYS]
        if chance.random() < 0.4:
            days, away = int(chance.integers(1, 270)), int(chance.integers(1, 60))
            recalled = day + dt.timedelta(days)
            rows["marts.fct_recall"].append((release, recalled, days, str(chance.choice(["standard", "fixed_term_28"])), recalled + dt.timedelta(away), away, bool(chance.random() < 0.2)))
            rows["release.evt_revocation"].append((release, "INVENTED", True))
        if chance.random() < 0.6:
            provider = ("aster", "birch")[int(chance.random() < 0.3)]
            contract = f"{provider}-{int(also.integers(3))}"
            rows["marts.fct_release_provider"].append((release, provider, contract))
            rows["marts.fct_claim"] += [
                (release, provider, contract, domain, setting, bool(also.random() < 0.9), False, False)
                for domain, setting in (("accommodation", "custody"), ("employment", "community")) if also.random() < 0.6
            ]  # fmt: skip
        rows["person.int_person_case"] += [(f"person {number}",)] if chance.random() < 0.7 else []
    rows["marts.dim_contract"] = [(f"{provider}-{number}", provider) for provider in ("aster", "birch") for number in range(3)]
    for name, some in rows.items():
        if some:
            con.register("made", pa.table({f"c{number}": list(values) for number, values in enumerate(zip(*some, strict=True))}))
            con.execute(f"insert into {name} from made")
            con.unregister("made")
