"""A warehouse with millions of claims: an invented nation that a refresh has built, told many times over.

Each copy of the nation has people, bookings, releases, cases, plans, authors and claims of its own (every number that names one of them ends
with the number of the copy); days, agreements, prices and providers are those of the nation, and the volume bands of the prices are as many
times wider. So each copy has the duplicates, late records, overlapping stays and copied texts of the nation, and no two copies meet but in the volumes
and limits of a contract. A word of its own ends each text, so that no text is there twice but where it was before; the last copies have no texts, so
that there are as many as are asked for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from ground.sql import literal

# What is built over the copies by dbt, from the tables of providers on. All else that these models read is copied.
BUILT_PATHS = ("models/staging/provider/", "models/claim/", "models/payment/")
BUILT_MODELS = ("link_words", "link_text", "link_claim_person", "link_provider_numbers", "link_barred_action")
# Columns that name a person, a piece of work, a claim or whatever else each copy has of its own. The number of the copy ends each value.
OWN = {
    "person_id", "person_ref", "source_key", "offender_id", "root_offender_id", "offender_book_id", "return_book_id", "booking_no", "booking_token",
    "noms_no", "noms_number", "offender_id_display", "crn", "service_user_crn", "pnc", "pnc_number", "cro_number", "identifier", "delivered", "release_id",
    "address_id", "offender_address_id", "personal_circumstance_id", "screening_id", "assessment_id", "referral_id", "appointment_id", "claim_id",
    "reverses_claim_id", "task_ref", "invoice_ref", "payment_ref", "evidence_ref", "plan_ref", "review_ref", "action_ref", "referral_ref", "contact_ref",
    "service_ref", "message_ref", "author_ref", "key", "_key",
}  # fmt: skip
TEXTS = {"plan_text", "review_text"}
# Numbers of records, of which no file has ten million.
RECORDS = {"_row_number", "_pointer", "return_pointer", "out_pointer"}
RECORDS_OF_A_COPY = 10_000_000


def make_ledger(nation: Path, manifest: Path, warehouse: Path, claims: int, texts: int) -> int:
    """A new file `warehouse` with at least `claims` rows of CLAIM and about `texts` texts, from the warehouse of the refreshed nation; returns the
    number of copies. `manifest` is dbt's."""
    warehouse.unlink(missing_ok=True)
    nodes = json.loads(manifest.read_text())
    with duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False}) as con:
        # Its views look for one another in a database of this name.
        con.execute(f"attach {literal(nation)} as {nation.stem} (read_only)")
        con.execute(f"attach {literal(warehouse)} as large")
        con.execute(f"use {nation.stem}")
        [(have,)] = con.execute("select count(*) from landing.provider__claim").fetchall()
        [(written,)] = con.execute(
            "select (select count(plan_text) from landing.provider__plan) + (select count(review_text) from landing.provider__plan_review)"
        ).fetchall()
        copies, told = -(-claims // have), -(-texts // written)
        for schema, table in _read(nodes):
            found = con.execute(
                "select column_name from information_schema.columns "
                "where table_catalog = ? and table_schema = ? and table_name = ? order by ordinal_position",
                [nation.stem, schema, table],
            ).fetchall()
            columns = [name for (name,) in found]
            con.execute(f"create schema if not exists large.{schema}")
            con.execute(f"create table large.{schema}.{table} as {_copied(schema, table, columns, copies, told)}")
    return copies


def built(node: dict[str, Any]) -> bool:
    return node["original_file_path"].startswith(BUILT_PATHS) or node["name"] in BUILT_MODELS


def _read(nodes: dict[str, Any]) -> list[tuple[str, str]]:
    """Schema and name of each table that the built models read and do not build, seeds and landing tables too."""
    models = {name: node for name, node in nodes["nodes"].items() if node["resource_type"] in ("model", "seed")}
    made = {name for name, node in models.items() if node["resource_type"] == "model" and built(node)}
    read = {parent for name in made for parent in models[name]["depends_on"]["nodes"]} - made
    every = {**models, **nodes["sources"]}
    return sorted({(every[name]["schema"], every[name]["name"]) for name in read} | {("landing", "run")})


def _copied(schema: str, table: str, columns: list[str], copies: int, told: int) -> str:
    if table == "stg_contracts__rate_card":
        wider = f"* replace ((band_low - 1) * {copies} + 1 as band_low, band_high * {copies} as band_high)"
        return f"select {wider} from {schema}.{table}"
    if not set(columns) & (OWN | {"record_id"}):
        return f"select * from {schema}.{table}"
    shown = ", ".join(_own(name, copies, told) for name in columns)
    return f"select {shown} from {schema}.{table} cross join range({copies}) as copy(n)"


def _own(name: str, copies: int, told: int) -> str:
    if name in OWN:
        return f"{name} || lpad(cast(n as varchar), 3, '0') as {name}"
    if name in TEXTS:
        return f"case when n < {told} then {name} || ' ' || translate(cast(n as varchar), '0123456789', 'abcdefghij') end as {name}"
    if name in RECORDS:
        return f"{name} + n * {RECORDS_OF_A_COPY} as {name}"
    if name == "record_id":
        return f"cast({name} * {copies} + n as integer) as {name}"
    return name
