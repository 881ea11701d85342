"""Figures that leave: queries, extracts, and an extract withdrawn."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from orchestration.cli.asking import HOME, clock, grantor, local, now_and_reader, reader_of, stop, told


@click.command()
@HOME
@click.option("--restricted", is_flag=True, help="All tables, exact counts. The use is written to the access record.")
@click.option("--purpose", default="", help="Why the restricted tables are needed. Required with --restricted.")
@click.argument("query")
def sql(home: Path, restricted: bool, purpose: str, query: str) -> None:
    """Run a read-only QUERY over the current edition; CSV on stdout. At most a million rows and two minutes."""
    from edition import embargo
    from edition.access import Use, is_purpose
    from edition.folder import EditionError, current
    from edition.reading import write_csv

    if restricted and not is_purpose(purpose):
        raise click.UsageError("--restricted needs --purpose: say in words why rows about people are read")
    now = clock()
    try:
        edition = current(home)
        use = Use(edition, now, reader_of(home, now), purpose, query=query) if restricted else None
        write_csv(edition, query, sys.stdout, use, embargo.unpublished(edition, now.date()))
    except EditionError as error:
        stop(str(error))


@click.command()
@HOME
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; its name says the format: .csv, .parquet, .xlsx, .ods or .json.")
@click.option("--table", default="", help="A standing table.")
@click.option("--measure", default="", help="Measures, joined by commas: with --grain, --from, --to and --geography.")
@click.option("--grain", default="", help="month, quarter, year, roll3 or roll12.")
@click.option("--from", "first", default="", help="First month of the first period, such as 2022-04.")
@click.option("--to", "last", default="", help="First month of the last period.")
@click.option("--geography", default="", help="A kind of place, and after a colon the codes of some: region:N07,N52.")
@click.option("--characteristic", default="all", show_default=True, help="What the figures are split by.")
@click.option("--edition", "edition_id", default="", help="Default: the one in force.")
@click.option("--list", "is_list", is_flag=True, help="The tables, the grid and the rows of each.")
@click.option("--json", "as_json", is_flag=True, help="With --list: for machines.")
@click.option("--verify", "to_verify", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Hold this file against the edition it names.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Embargoed is what is not published on this day. Default: today, and never later.")
def extract(home: Path, out: Path | None, table: str, edition_id: str, is_list: bool, as_json: bool, to_verify: Path | None, day: datetime | None, **filters: str) -> None:
    """Write controlled figures to a file that says what it is, list what there is, or verify a file.

    Exit 0 written or the same, 1 refused or different, 2 wrong arguments, 3 the edition or table is not there."""
    from decisions import extracts
    from decisions.store import StoreError
    from edition.extract.extract import listing, selected, write
    from edition.extract.selection import NoSuchTable, OffTheGrid
    from edition.extract.verify import verify
    from edition.folder import EditionError, current, edition

    now, reader = now_and_reader(home)
    if day and day.date() > now.date():
        raise click.UsageError(f"--on {day.date()} is still to come: what is embargoed today is not handed out")
    has_filters = any(value for name, value in filters.items() if name != "characteristic") or filters["characteristic"] != "all"
    if [is_list, bool(to_verify), bool(out)].count(True) != 1 or (out and bool(table) == has_filters) or (not out and (table or has_filters)):
        raise click.UsageError("give --list, or --verify FILE, or --out FILE with --table or with --measure, --grain, --from, --to and --geography")
    if as_json and not is_list:
        raise click.UsageError("--json goes with --list")
    try:
        asking = extracts.asking(home, reader, now, day.date() if day else now.date())
        if to_verify:
            found, n = verify(home, to_verify, asking)
            for one in found:
                click.echo(f"different: {one}")
            if n:
                stop(f"{to_verify.name}: {n} {'difference' if n == 1 else 'differences'} from the edition it names")
            click.echo("same")
            return
        try:
            of = edition(home, edition_id) if edition_id else current(home)
        except EditionError as error:
            stop(str(error), status=3)
        if is_list:
            _say_listed(listing(of, asking), as_json)
            return
        if out is None:
            return
        asked = {"measures": filters["measure"].split(","), **{name: filters[name] for name in ("grain", "first", "last", "geography", "characteristic")}}
        try:
            write(of, asking, selected(of, table, **({} if table else asked)), out, click.echo)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        except OSError as error:
            stop(f"{out} cannot be written: {error.strerror}")
    except OffTheGrid as error:
        raise click.UsageError(str(error)) from None
    except NoSuchTable as error:
        stop(str(error), status=3)
    except (StoreError, EditionError) as error:
        stop(str(error))


def _say_listed(found: dict[str, Any], as_json: bool) -> None:
    import json

    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"edition {found['edition']}\nmeasures {', '.join(found['measures'])}")
    for one in found["tables"]:
        click.echo(f"table {one['table']}: {one['rows']} rows{_embargoed(one)}. {one['title']}")
    for one in found["grid"]:
        click.echo(f"grid {one['characteristic']} by {one['grain']} for {one['geography']}: {one['rows']} rows{_embargoed(one)}")


def _embargoed(one: dict[str, Any]) -> str:
    return f" and {one['embargoed']} embargoed" if one["embargoed"] else ""


@click.command()
@HOME
@click.argument("permalink")
@click.argument("reason")
def withdraw(home: Path, permalink: str, reason: str) -> None:
    """Withdraw the extract of PERMALINK: its file goes, the REASON stays. For those who grant."""
    from decisions import extracts

    now = clock()
    with told():
        extracts.withdraw(home, grantor(home, now), local(now), permalink, reason)
    click.echo(f"withdrawn {permalink}")
