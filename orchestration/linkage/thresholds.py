"""Every rate at three thresholds of linkage: what the edition says, and what it would say if fewer or more records were joined.

    published/thresholds/<edition_id>.parquet   one row a figure of the edition; restricted

The same deliveries, as of the same day, go through the whole refresh twice more, in homes of their own below `work` that see what the
home has kept: once joining only what is surer (`strict` of the linkage model), once what is less sure too (`loose`). What the edition
keeps together from earlier refreshes is less sure: the loose run keeps it too, the strict one knows of none. It takes two refreshes, and
so it is asked for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from edition.access import Use
from edition.folder import Edition, EditionError, NoEdition, current, threshold_file
from edition.reading import show
from edition.rights import the_product
from ground.files import whole
from ground.sql import literal
from orchestration.settings import OWNER_ONLY, Settings
from sign_in.identity import account

OTHERS = ("strict", "loose")
KEY = ("measure_id", "period_grain", "period_start", "geography_kind", "geography_id")
VALUES = ("numerator", "denominator", "value")
# What the home has kept and is only read, and what says how it is to be read.
SHARED = ("landed", "typed")
COPIED = ("identity.key", "accepted.txt", "links/held.json")
KEEPS_TOGETHER = "loose"


class ThresholdsError(Exception):
    """The rates at another threshold could not be made. The text says why and what to do."""


def compare_thresholds(settings: Settings, now: datetime, say: Callable[[str], None]) -> Path:
    """Make the file for the edition in force; returns it. `now` goes into the access record. Raises ThresholdsError. Takes two refreshes."""
    homes = {name: settings.threshold_homes / name for name in OTHERS}
    try:
        edition = current(settings.home)
        editions = {"default": edition}
        for name, home in homes.items():
            say(f"thresholds: {name}")
            _lay_out(settings.home, home, name)
            editions[name] = _refreshed(settings.landing, home, name, edition, say)
        return _together(editions, Use(edition, now, the_product(account()), "thresholds: rates at three thresholds of linkage"))
    except NoEdition:
        raise ThresholdsError("there is no edition yet: run `gatehouse refresh` first") from None
    except EditionError as error:
        raise ThresholdsError(str(error)) from error
    finally:
        clear(settings)


def clear(settings: Settings) -> None:
    """Remove the homes that a run which was killed has left, with their copies of the key."""
    shutil.rmtree(settings.threshold_homes, ignore_errors=True)


def _lay_out(home: Path, other: Path, name: str) -> None:
    shutil.rmtree(other, ignore_errors=True)
    other.mkdir(parents=True, mode=OWNER_ONLY)
    if name == KEEPS_TOGETHER and (home / "links").exists():
        shutil.copytree(home / "links", other / "links")
    (other / "links").mkdir(exist_ok=True, mode=OWNER_ONLY)
    for folder in SHARED:
        (other / folder).symlink_to(home / folder, target_is_directory=True)
    for file in COPIED:
        if (home / file).exists():
            shutil.copy2(home / file, other / file)


def _refreshed(landing: Path, home: Path, name: str, edition: Edition, say: Callable[[str], None]) -> Edition:
    """The edition that the deliveries of `edition` make at the threshold `name`."""
    where = ["--landing", str(landing), "--home", str(home), "--as-of", edition.as_of]
    command = [sys.executable, "-m", "orchestration.cli", "refresh", *where, "--link-threshold", name]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ThresholdsError(f"the refresh at the threshold {name} failed: {done.stderr.strip().splitlines()[-1]}")
    made = current(home)
    if _made_of(made) != _made_of(edition):
        raise ThresholdsError(
            "something was delivered, or the product changed, since the edition was made: run `gatehouse refresh`, then this again"
        )
    return made


def _made_of(edition: Edition) -> tuple[str, list[dict[str, Any]]]:
    """The code and the files that decide the figures of an edition: one that was turned away decides none."""
    return edition.manifest["code_version"], [file for file in edition.manifest["files"] if file["accepted"]]


def _together(editions: dict[str, Edition], use: Use) -> Path:
    of = editions["default"]
    to = threshold_file(of.home, of.edition_id)
    with duckdb.connect() as con:
        for name, edition in editions.items():
            con.execute(f"create schema {name}_edition")
            show(con, edition, use, ["fct_measure_result"], f"{name}_edition")
            con.execute(
                f"""create view {name}_result as from {name}_edition.fct_measure_result
                where characteristic = 'all' and geography_kind in ('nation', 'region', 'provider')"""
            )
        key, values = (
            ", ".join(KEY),
            ", ".join(f"{name}_result.{value} as {value}_{name}" for name in ("strict", "default", "loose") for value in VALUES),
        )
        same = {
            name: " and ".join(f"{name}_result.{column} is not distinct from default_result.{column}" for column in KEY) for name in OTHERS
        }
        to.parent.mkdir(exist_ok=True, mode=OWNER_ONLY)
        with whole(to, mode=0o600) as part:
            con.execute(
                f"""copy (
                    select {", ".join(f"default_result.{column}" for column in KEY)}, {values}
                    from default_result
                    left join strict_result on {same["strict"]}
                    left join loose_result on {same["loose"]}
                    order by {key}
                ) to {literal(part)} (format parquet, compression zstd)"""
            )
    return to
