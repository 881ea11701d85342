"""Small invented nations, counted and printed by the real models, and what of them is published."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from tests.compiled import Models, dbt
from tests.measures import inputs

SEEDS = ("measures", "breakdowns", "threshold", "age_band", "published_grid", "policy_break")
PRINTING = ("int_measure_cell", "int_measure_printed", "int_measure_design_effect", "fct_measure_result_protected", "dim_measure", "fct_measure_result")
PUBLISHED = {"fct_measure_result": "measures.fct_measure_result_protected", "dim_measure": "marts.dim_measure", "dim_published_grid": "seeds.published_grid"}


class Nations:
    """Invented nations through the real models of measures, compiled once."""

    def __init__(self, base: Path) -> None:
        self.base = base
        with duckdb.connect(str(base / "warehouse.duckdb")) as con:
            inputs.empty(con)
        dbt(base, base / "warehouse.duckdb", "seed", "--select", *SEEDS)
        self.models = Models(base, "path:models/measures", "dim_measure", "--exclude", "path:models/measures/payment", "fct_payment_measure", "int_money_printed+", "int_case_mix_release+")

    def made(self, name: str, releases: int, seed: int, persons: dict[int, int] | None = None) -> Path:
        """The warehouse of a nation."""
        folder = self.base / name
        folder.mkdir()
        shutil.copyfile(self.base / "warehouse.duckdb", folder / "warehouse.duckdb")
        with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
            inputs.nation(con, releases, seed, persons)
            self.models.build(con)
        return folder / "warehouse.duckdb"

    def printed_again(self, warehouse: Path) -> None:
        """Everything that follows the counting."""
        with duckdb.connect(str(warehouse)) as con:
            self.models.build(con, *PRINTING)

    def published(self, warehouse: Path) -> Path:
        """The folder of an edition with what is published of a nation, and nothing else."""
        folder = warehouse.parent / "edition"
        (folder / "protected").mkdir(parents=True)
        with duckdb.connect(str(warehouse), read_only=True) as con:
            for name, source in PUBLISHED.items():
                con.execute(f"copy (from {source}) to '{folder / 'protected' / name}.parquet' (format parquet)")
        return folder
