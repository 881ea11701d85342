"""How likely two records are one person: the linkage model, run by Splink.

The model is the newest file of seeds/linkage, named by its day: what is compared and what each agreement is worth, and its thresholds in
match weight (log2 of the odds; 0 is even). Splink works in a database of its own in memory, so that the warehouse is only read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

if TYPE_CHECKING:  # it takes a second, and most who ask for the model compare nothing
    from splink import Linker

MODELS = Path(__file__).resolve().parents[2] / "seeds" / "linkage"
# Agreement on these is a number in common; without one, a name and a birth date need a home or a sentence to go with them.
NUMBERS = ("noms_number", "crn", "pnc", "cro")
COMPARED = ("name", "birth_date", "postcode", "sentence_date", *NUMBERS)

FREQUENCIES = ("name", "birth_date")


@cache
def model() -> dict[str, Any]:
    """The model in force: `dated`, `thresholds`, `frequencies` and Splink's `settings`."""
    return json.loads(max(MODELS.glob("*.json")).read_text(encoding="utf-8"))


def scored_pairs(records: pa.Table, by: dict[str, Any] | None = None) -> pa.Table:
    """Every pair of records that share a key and whose weight reaches the review threshold.

    records: linkage.link_feature; by: the model, by default the one in force. Columns of the result: left_id, right_id (record_id,
    left the lower), weight, and for each of COMPARED the weight that its comparison gave, 0 where one side knows nothing. Sorted by
    left_id and right_id; the order of the records does not matter.
    """
    by = by or model()
    with compared(records, by) as con:
        found = linker(con, by["settings"]).inference.predict(threshold_match_weight=by["thresholds"]["review"], warning_mode="never")
        have = {name for name, *_ in con.execute(f"describe {found.physical_name}").fetchall()}
        parts = ", ".join(
            " + ".join(part for part in (f"mw_{c}", f"mw_tf_adj_{c}") if part in have) + f" as {c}" for c in COMPARED
        )
        return con.execute(
            f"""select record_id_l as left_id, record_id_r as right_id, match_weight as weight, {parts}
            from {found.physical_name} order by left_id, right_id"""
        ).to_arrow_table()


@contextmanager
def compared(records: pa.Table, by: dict[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, as Splink takes it: the records in the table `compared`, and for each of FREQUENCIES how common every
    value is among prisoners, the person's own record left out, in a table `frequency_<column>`.

    Each value counts as if `records` more prisoners were known in whom it is as common as in the model, so that a small or new
    delivery cannot make a common name look rare.
    """
    more = by["frequencies"]["records"]
    # Rows in no order are made quicker.
    with duckdb.connect(config={"autoinstall_known_extensions": False, "preserve_insertion_order": False}) as con:
        con.register("given", records)
        con.execute("create macro arrays_overlap(a, b) as list_has_any(a, b)")
        con.execute("create table compared as from given")
        for column in FREQUENCIES:
            con.execute(
                f"""create table frequency_{column} as
                select {column}, (greatest(count(*) filter (where source = 'nomis') - 1, 0) + {more} * {by["frequencies"][column]})
                    / ((select count(*) from compared where source = 'nomis') + {more}) as tf_{column}
                from compared where {column} is not null group by {column}"""
            )
        yield con


def linker(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], table: str = "compared") -> Linker:
    """Splink on a table of what `compared` yields."""
    from splink import DuckDBAPI, Linker

    database = DuckDBAPI(con)
    made = Linker(database.register(table), settings, log_level=None)
    for column in FREQUENCIES:
        made.table_management.register_term_frequency_lookup(database.register(f"frequency_{column}"), column)
    return made
