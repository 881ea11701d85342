"""Every rate at three thresholds of linkage: what the release says, and what it would say if fewer or more records were joined.

    published/thresholds/<release_id>.parquet   one row a figure of the release; restricted

The same deliveries, as of the same day, go through the whole refresh twice more, in homes of their own below `work` that see what the
home has kept: once joining only what is surer (`strict` of the linkage model), once what is less sure too (`loose`). What the release
keeps together from earlier refreshes is less sure: the loose run keeps it too, the strict one knows of none. It takes two refreshes, and
so it is asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from orchestration.settings import OWNER_ONLY, Settings

FOLDER = "thresholds"
OTHERS = ("strict", "loose")
KEY = ("measure_id", "period_grain", "period_start", "geography_kind", "geography_id")
VALUES = ("numerator", "denominator", "value")
# What the home has kept and is only read, and what says how it is to be read.
SHARED = ("landed", "typed")
COPIED = ("identity.key", "accepted.txt", "links/held.json")
KEEPS_TOGETHER = "loose"


class ThresholdsError(Exception):
    """The rates at another threshold could not be made. The text says why and what to do."""


def compare_thresholds(settings: Settings, say: Callable[[str], None]) -> Path:
    """Make the file for the current release of the home; returns it. Raises ThresholdsError. Takes two refreshes."""
    try:
        release = settings.published / (settings.published / "current").read_text(encoding="utf-8").strip()
        manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ThresholdsError("there is no release yet: run `gatehouse refresh` first") from None
    tables = {"default": release}
    homes = {name: settings.home / "work" / FOLDER / name for name in OTHERS}
    try:
        for name, home in homes.items():
            say(f"thresholds: {name}")
            _lay_out(settings.home, home, name)
            tables[name] = _refreshed(settings.landing, home, name, manifest, say)
        return _together(tables, settings.published / FOLDER / f"{release.name}.parquet")
    finally:
        clear(settings.home)


def clear(home: Path) -> None:
    """Remove the homes that a run which was killed has left, with their copies of the key."""
    shutil.rmtree(home / "work" / FOLDER, ignore_errors=True)


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


def _refreshed(landing: Path, home: Path, name: str, manifest: dict, say: Callable[[str], None]) -> Path:
    """The release that the deliveries of `manifest` make at the threshold `name`."""
    command = [sys.executable, "-m", "orchestration.cli", "refresh", "--landing", str(landing), "--home", str(home)]
    done = subprocess.run([*command, "--as-of", manifest["as_of"], "--link-threshold", name], capture_output=True, text=True)
    if done.returncode:
        raise ThresholdsError(f"the refresh at the threshold {name} failed: {done.stderr.strip().splitlines()[-1]}")
    release = home / "published" / (home / "published" / "current").read_text(encoding="utf-8").strip()
    made = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    if made["files"] != manifest["files"] or made["code_version"] != manifest["code_version"]:
        raise ThresholdsError(
            "something was delivered, or the product changed, since the release was made: run `gatehouse refresh`, then this again"
        )
    return release


def _together(releases: dict[str, Path], to: Path) -> Path:
    with duckdb.connect() as con:
        for name, release in releases.items():
            con.execute(
                f"""create view {name}_result as from read_parquet('{str(release / "restricted" / "fct_measure_result.parquet").replace("'", "''")}')
                where characteristic = 'all' and geography_kind in ('nation', 'region', 'provider')"""
            )
        key, of = (
            ", ".join(KEY),
            ", ".join(f"{name}_result.{value} as {value}_{name}" for name in ("strict", "default", "loose") for value in VALUES),
        )
        same = {
            name: " and ".join(f"{name}_result.{column} is not distinct from default_result.{column}" for column in KEY) for name in OTHERS
        }
        to.parent.mkdir(exist_ok=True, mode=OWNER_ONLY)
        part = to.with_name(f".{to.name}.part")
        con.execute(
            f"""copy (
                select {", ".join(f"default_result.{column}" for column in KEY)}, {of}
                from default_result
                left join strict_result on {same["strict"]}
                left join loose_result on {same["loose"]}
                order by {key}
            ) to '{str(part).replace("'", "''")}' (format parquet, compression zstd)"""
        )
        part.chmod(0o600)
        os.replace(part, to)
    return to
