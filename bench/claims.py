"""A home with as many claims as are wanted, of one that a refresh has filled: what the pages are timed on.

Invented is only how often each claim is there. Its copies differ in their ids; what is tested of them, the records behind them, their credits and payment
cases are copied with them, so that claims, pounds and cases come to as many times what they were. What the edition has counted of claims already (rules,
the account, payment measures, controlled sums) stays that of one copy. All else is the same files, by another name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from pathlib import Path

import duckdb

from edition.folder import CURRENT, MANIFEST, MANIFEST_MODE, RESTRICTED, current, current_id, published
from ground.sql import literal
from orchestration.publishing.publish import PARQUET

# Of each table with a row a claim or several: which of its columns the ids of claims stand in, for which rows, and the order it is published in.
OF_CLAIMS = {
    "fct_claim": (("claim_id", "reverses_claim_id"), "true", "source, claim_id"),
    "fct_claim_test": (("claim_id",), "true", "source, claim_id, rule_id"),
    "fct_credit": (("claim_id", "credit_ref"), "claim_id is not null", "kind, credit_ref"),
    "fct_evidence": (("subject_id",), "subject_kind = 'claim'", "subject_kind, subject_id, subject_source, source, delivery, file, row_number"),
}
MEMORY = "6GB"


def grown(nation: Path, home: Path, claims: int) -> int:
    """Fill `home` with the edition in force in `nation`, with at least `claims` claims, and with its payment cases; returns how often each claim is there. A home
    that was made so of the same edition is used again."""
    made_of, name = home / "grown.json", current_id(nation)
    asked = {"edition": name, "claims": claims}
    if made_of.is_file() and (was := json.loads(made_of.read_text())).items() >= asked.items():
        return was["copies"]
    shutil.rmtree(home, ignore_errors=True)
    edition = current(nation)
    copies = -(-claims // edition.rows[f"{RESTRICTED}/fct_claim"])
    # Links, for what is published is never written again; the files of the copies are new ones.
    shutil.copytree(published(nation), published(home), copy_function=os.link, ignore=shutil.ignore_patterns(MANIFEST, CURRENT))
    for other in published(nation).glob(f"*/{MANIFEST}"):
        shutil.copy2(other, published(home) / other.parent.name)
    for folder in ("doors", "links"):
        if (nation / folder).is_dir():
            shutil.copytree(nation / folder, home / folder)
    # Where DuckDB puts what does not fit into memory.
    (home / "work").mkdir()
    _tables(published(home) / edition.folder.name, copies)
    _cases(nation / "decisions.sqlite", home / "decisions.sqlite", copies)
    shutil.copy2(published(nation) / CURRENT, published(home))
    made_of.write_text(json.dumps({**asked, "copies": copies}))
    return copies


def _tables(folder: Path, copies: int) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    entries = {one["table"]: one for one in manifest["tables"] if one["folder"] == RESTRICTED}
    with duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder / ".spill")}) as con:
        for table, (ids, of_claims, order) in OF_CLAIMS.items():
            path = folder / RESTRICTED / f"{table}.parquet"
            own = ", ".join(f'case when n = 0 then "{one}" else n || \'-\' || "{one}" end as "{one}"' for one in ids)
            many = path.with_suffix(".grown")
            con.execute(
                f"""copy (select * exclude (n) replace ({own}) from {literal(path)} inner join range({copies}) as copy(n) on n = 0 or {of_claims} order by {order})
                to {literal(many)} ({PARQUET})"""
            )
            many.chmod(path.stat().st_mode)
            many.replace(path)
            [(rows,)] = con.execute(f"select count(*) from {literal(path)}").fetchall()
            with path.open("rb") as file:
                entries[table] |= {"rows": rows, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    shutil.rmtree(folder / ".spill", ignore_errors=True)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
    (folder / MANIFEST).chmod(MANIFEST_MODE)


def _cases(store: Path, many: Path, copies: int) -> None:
    """The store of decisions, in which each case of a claim that one run has seen and nobody has touched is there once a copy, with what was found and its step."""
    shutil.copy2(store, many)
    with sqlite3.connect(many) as con:
        touched = " union ".join(f"select case_id from {table} group by case_id having count(*) > 1" for table in ("case_finding", "case_step"))
        con.execute(f"create temp table one as select case_id, row_number() over (order by case_id) as place from payment_case where claim_id is not null and case_id not in ({touched})")
        con.execute("create index temp.one_case on one (case_id)")
        # The checks of each row are those of people at work, and take minutes for a million; what is copied has passed them.
        guards = con.execute("select name, sql from sqlite_master where type = 'trigger' and tbl_name in ('payment_case', 'case_finding', 'case_step')").fetchall()
        for name, _ in guards:
            con.execute(f"drop trigger {name}")
        [(last, finding, step, n)] = con.execute(
            "select (select max(case_id) from payment_case), (select max(finding_id) from case_finding), (select max(step_id) from case_step), (select count(*) from one)"
        ).fetchall()
        for copy in range(1, copies):
            before = (copy - 1) * n
            for table, own in {
                "payment_case": {"case_id": f"{last + before} + one.place", "claim_id": f"'{copy}-' || claim_id"},
                "case_finding": {"finding_id": f"{finding + before} + one.place", "case_id": f"{last + before} + one.place"},
                "case_step": {
                    "step_id": f"{step + before} + one.place", "case_id": f"{last + before} + one.place", "finding_id": f"{finding + before} + one.place",
                    "client_key": f"'{copy}-' || client_key",
                },
            }.items():  # fmt: skip
                columns = [column for _, column, *_ in con.execute(f"pragma table_info({table})")]
                con.execute(f"insert into {table} ({', '.join(columns)}) select {', '.join(own.get(column, column) for column in columns)} from {table} inner join one using (case_id)")
        for _, sql in guards:
            con.execute(sql)
    con.close()
