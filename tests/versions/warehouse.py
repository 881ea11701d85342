"""A warehouse as far as staging: the door, landing and the staging models on many as-of days, without the rest of a refresh."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import duckdb

from orchestration.landing.land import land
from orchestration.landing.schema import write_run
from orchestration.linkage.history import Earlier
from orchestration.settings import DEFAULT_LINK_THRESHOLD
from tests.compiled import Models
from tests.conftest import REPOSITORY

RECORDS = 10_000_000_000  # what the number of a file counts in a pointer
SEED = REPOSITORY / "seeds" / "pseudo_postcode.csv"


class Staging:
    """The staging models, compiled once by dbt, on every as-of day."""

    def __init__(self, base: Path, models: list[str]):
        self.base, self._names = base, models
        self._models = Models(base, "lost_key", *models)
        self.built = cache(self.build)

    def build(self, landing: Path, as_of: dt.date, home: str = "home") -> dict[str, list[tuple[str, str, int]]]:
        """Model -> (delivery, file, record number) of its rows. Files are kept and typed once for all days of one `home`; `built`
        looks once at what is the same."""
        warehouse = self.base / "warehouse.duckdb"
        warehouse.unlink(missing_ok=True)
        result = land(landing, self.base / home, as_of, warehouse, lambda _: None)
        assert not result.refused, [(f.delivery_id, f.file, f.reason) for f in result.refused]
        with duckdb.connect(str(warehouse)) as con:
            write_run(con, as_of, DEFAULT_LINK_THRESHOLD, Earlier(), [])
            con.execute(f"create schema seeds; create table seeds.pseudo_postcode as from read_csv('{SEED}')")
            self._models.build(con)
            named = f"landing.delivery on file_number = _pointer // {RECORDS}"
            query = f"select delivery_id, file, _pointer % {RECORDS} from staging.{{}} left join {named}"
            return {model: sorted(con.execute(query.format(model)).fetchall()) for model in self._names}
