"""The changes of README's table *I want to change*, made in a copy of the product, each in its own commit: what do they touch?

    .venv/bin/python -m tests.change_costs.changes --copy DIR     makes DIR, prints the files of each change
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# What is planted, for the test to look for afterwards.
KNOWN_DAY, NEW_DAY = ("M_INVENTED_28", 28), ("M_INVENTED_14", 14)
CODE, LIKE = "A07Z", "A07B"
PAGE, TABLE = "invented", "fct_staff_sickness"


def measure_on_a_known_day(copy: Path) -> None:
    _measure(copy, *KNOWN_DAY, sort_order=9001)


def measure_on_a_new_day(copy: Path) -> None:
    _append(copy / "seeds" / "status_day.csv", day=str(NEW_DAY[1]), label="14 days", source="Invented", verified="false")
    _measure(copy, *NEW_DAY, sort_order=9002)


def code(copy: Path) -> None:
    seed = copy / "seeds" / "accommodation_type.csv"
    known = next(row for row in _rows(seed) if row["code"] == LIKE)
    _append(seed, **known | {"code": CODE, "description": "Invented friends", "source": "Invented", "verified": "false"})


def delivered_table(copy: Path) -> None:
    with (copy / "expectations" / "tables" / "ndelius.yml").open("a", encoding="utf-8") as file:
        file.write(
            "\nSTAFF_SICKNESS:\n  key: [STAFF_ID, FROM_DATE]\n  columns: {STAFF_ID: id, FROM_DATE: date}\n  optional: {TO_DATE: date}\n"
            "  ordered: [[FROM_DATE, TO_DATE]]\n  events: [FROM_DATE]\n  expectations:\n"
            "    - {<<: *plausible_day, kwargs: {column: FROM_DATE.first_day, min_value: {$PARAMETER: earliest_plausible_day}}}\n"
        )
    staging = copy / "dbt_project" / "models" / "staging" / "ndelius"
    (staging / "stg_ndelius__staff_sickness.sql").write_text(
        "with\ncurrent_row as (\n    {{ current_rows('ndelius__staff_sickness') }}\n)\n\nselect\n    current_row.staff_id,\n"
        "    current_row.from_date,\n    current_row.to_date,\n    current_row._source,\n    current_row._recorded_at,\n"
        "    {{ pointer('current_row') }} as _pointer\nfrom current_row\n",
        encoding="utf-8",
    )
    described = staging / "_ndelius.yml"
    text = described.read_text(encoding="utf-8")
    text = text.replace("      - name: ndelius__staff\n", "      - name: ndelius__staff_sickness\n        config: {meta: {figures: None yet.}}\n      - name: ndelius__staff\n")
    text = text.replace("models:\n", "models:\n  - name: stg_ndelius__staff_sickness\n    description: One row per spell of sickness.\n")
    described.write_text(text, encoding="utf-8")


def published_table(copy: Path) -> None:
    marts = copy / "dbt_project" / "models" / "marts"
    (marts / f"{TABLE}.sql").write_text(
        "select staff_id, from_date, to_date\nfrom {{ ref('stg_ndelius__staff_sickness') }}\n", encoding="utf-8"
    )
    (marts / "_staff.yml").write_text(
        f"version: 2\n\nmodels:\n  - name: {TABLE}\n    description: One row per spell of sickness of a member of staff.\n"
        "    config: {meta: {key: [staff_id, from_date]}}\n    columns:\n"
        "      - {name: staff_id, data_type: varchar, constraints: [{type: not_null}], description: The member of staff.}\n"
        "      - {name: from_date, data_type: date, constraints: [{type: not_null}], description: First day.}\n"
        "      - {name: to_date, data_type: date, description: Last day; empty while it lasts.}\n",
        encoding="utf-8",
    )
    with (copy / "expectations" / "published.yml").open("a", encoding="utf-8") as file:
        file.write(f"  {TABLE}: {{}}\n")


def page(copy: Path) -> None:
    views = copy / "dashboard" / "views"
    (views / f"{PAGE}.py").write_text(
        '"""Sickness of staff."""\n\nfrom dashboard.parts import about_deliveries, data, page\n\n\ndef show() -> None:\n    """Lay out the page."""\n'
        '    n = about_deliveries.spells_of_sickness(data.current_edition())\n'
        '    page.headline("Staff", f"{n} spells of sickness are on record.")\n\n\nshow()\n',
        encoding="utf-8",
    )
    listed = views / "__init__.py"
    text = listed.read_text(encoding="utf-8")
    listed.write_text(re.sub(r'("Data": \{)', rf'\1"{PAGE}": "Staff", ', text), encoding="utf-8")
    with (copy / "dashboard" / "parts" / "about_deliveries.py").open("a", encoding="utf-8") as file:
        file.write(
            '\n\ndef spells_of_sickness(edition: Edition) -> int:\n    """How many spells of sickness of staff are on record."""\n'
            f'    return int(data.ask(edition, "select count(*) as n from {TABLE}", ("{TABLE}",))["n"].iloc[0])\n'
        )


# By the words of README's table; the same row where a change is made in two ways.
CHANGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "measure on a known day": ("add a measure of a kind that exists", measure_on_a_known_day),
    "measure on a new day": ("add a measure of a kind that exists", measure_on_a_new_day),
    "code": ("understand a new code", code),
    "delivered table": ("take in a new delivered table", delivered_table),
    "published table": ("publish another table", published_table),
    "page": ("show a new page", page),
}


def make_all(copy: Path) -> dict[str, list[str]]:
    """Copy the product as it stands here to the new folder `copy`, make every change there; returns the files each has touched."""
    listed = _git(REPOSITORY, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    for name in filter(None, listed):
        if (REPOSITORY / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((REPOSITORY / name).read_bytes())
    _git(copy, "init", "--quiet")
    _commit(copy, "as it is")
    touched = {}
    for name, (_, change) in CHANGES.items():
        change(copy)
        touched[name] = [line[3:] for line in _git(copy, "status", "--porcelain", "--untracked-files=all").splitlines()]
        _commit(copy, name)
    return touched


def _measure(copy: Path, measure_id: str, day: int, sort_order: int) -> None:
    seed = copy / "seeds" / "measures.csv"
    known = next(row for row in _rows(seed) if row["measure_id"] == "M54_28")
    words = {word: f"{measure_id}: {known[word]}" for word in ("label", "numerator_label", "denominator_label")}
    _append(
        seed,
        **known
        | {"measure_id": measure_id, "name": measure_id.lower(), "day": str(day), "sort_order": str(sort_order), "is_headline": "false"}
        | words
        | {"definition": f"Share of releases in settled accommodation on day {day}, an invented measure of a test."},
    )


def _rows(seed: Path) -> list[dict[str, str]]:
    with seed.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _append(seed: Path, **row: str) -> None:
    """One line more, the others as they are."""
    text = seed.read_text(encoding="utf-8")
    line = io.StringIO()
    csv.DictWriter(line, _rows(seed)[0], lineterminator="\n").writerow(row)
    seed.write_text(f"{text.rstrip(chr(10))}\n{line.getvalue()}", encoding="utf-8")


def _git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=invented", "-c", "user.email=invented@example.invalid")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def _commit(folder: Path, name: str) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", name)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--copy", type=Path, required=True, help="A new folder.")
    for name, files in make_all(asked.parse_args().copy).items():
        print(f"{len(files)}  {name}: {', '.join(files)}")


if __name__ == "__main__":
    main()
