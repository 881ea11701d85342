"""Samples of claims, evidence packs, and an audit done again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orchestration import settings as place
from orchestration.cli.asking import HOME, KEY, PURPOSE, clock, enter, local, new_key, now_and_reader, pounds, stop, told


@click.group()
def sample() -> None:
    """Samples of a contract's claims, and what they say of all of them."""


@sample.command("draw")
@HOME
@PURPOSE
@KEY
@click.argument("contract")
@click.option("--method", type=click.Choice(["money", "attribute"]), default="money", show_default=True)
@click.option("--seed", required=True, help="The same seed draws the same sample.")
@click.option("--size", required=True, type=int)
@click.option("--confidence", default="0.95", show_default=True)
@click.option("--period", default="", help="Only claims of this period.")
@click.option("--task", default="", help="Only claims of this task.")
@click.option("--strata", default="", help="Column that an attribute sample is stratified by: task_code, domain, prison or period.")
def sample_draw(home: Path, purpose: str, key: str, contract: str, method: str, seed: str, size: int, confidence: str, period: str, task: str, strata: str) -> None:
    """Draw a sample of CONTRACT's tested claims; those to examine as CSV on stdout."""
    import csv

    from decisions import samples
    from edition.access import Use
    from edition.folder import current

    now, reader = now_and_reader(home)
    with told():
        made = current(home)
        use = Use(made, now, reader, purpose, query=f"sample draw {contract}")
        drawn = samples.draw(home, made, use, samples.Scope(contract, period, task, strata), method, seed, size, local(now), key or new_key(), pounds(confidence))
        listed = samples.shown(made, use, drawn)
    hidden = f", {len(drawn.claims) - len(listed)} of them for a named reader" if len(listed) < len(drawn.claims) else ""
    place.say(f"sample {drawn.sample_id}: {len(drawn.claims)} of {drawn.frame_claims:,} claims{hidden}, £{drawn.frame_pounds:,.2f}, frame {drawn.frame_hash}")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["sample", "source", "claim_id", "net", "stratum", "top"])
    writer.writerows([drawn.sample_id, one.source, one.claim_id, one.net, one.stratum, "yes" if one.is_top else ""] for one in listed)


@sample.command("examine")
@HOME
@KEY
@click.argument("number", type=int)
@click.argument("source")
@click.argument("claim")
@click.argument("supported")
@click.option("--note", default="", help="What was found.")
def sample_examine(home: Path, key: str, number: int, source: str, claim: str, supported: str, note: str) -> None:
    """Note how many pounds are SUPPORTED of a claim of a sample."""
    from decisions import samples

    now, reader = now_and_reader(home)
    with told():
        left = samples.examine(home, reader, number, source, claim, pounds(supported), note, local(now), key or new_key()).unexamined
    click.echo(f"{left} left to examine")


@sample.command("evaluate")
@HOME
@click.argument("number", type=int)
def sample_evaluate(home: Path, number: int) -> None:
    """What a sample says, once all of it is examined."""
    from dataclasses import asdict

    from decisions import samples

    _, reader = now_and_reader(home)
    with told():
        said = samples.evaluate(home, reader, number)
    for what, value in asdict(said).items():
        click.echo(f"{what}: {value}")


@click.group()
def audit() -> None:
    """Show, and have others check, what a payment audit rests on."""


@audit.command("pack")
@HOME
@PURPOSE
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write; its hash goes beside it.")
@click.option("--claim", default="", help="One claim, as SOURCE|ID.")
@click.option("--provider", default="", help="All claims of this provider.")
@click.option("--period", default="", help="Of the provider's only those of this period.")
@click.option("--rule", default="", help="Of the provider's only those that this rule does not pass.")
def audit_pack(home: Path, purpose: str, out: Path, claim: str, provider: str, period: str, rule: str) -> None:
    """Write an evidence pack of what you may see: claims, every result, the rows behind, decisions. The use is written to the access record."""
    from edition.access import Use
    from edition.folder import current
    from orchestration.audit.pack import PackError, Scope, make

    if bool(claim) == bool(provider) or claim.count("|") != int(bool(claim)) or (claim and (period or rule)):
        raise click.UsageError("give --claim SOURCE|ID, or --provider and, if you like, --period and --rule")
    source, _, claim_id = claim.partition("|")
    scope = Scope(source, claim_id, provider, period, rule.upper())
    now, reader = now_and_reader(home)
    with told():
        made = current(home)
        try:
            written = make(place.Settings(home.resolve(), home.resolve() / "landing"), made, Use(made, now, reader, purpose, query=f"audit pack: {scope}"), scope, out)
        except PackError as error:
            stop(str(error))
        except OSError as error:
            stop(f"{out} cannot be written: {error.strerror}")
    for member, rows in written.rows.items():
        click.echo(f"{member}: {rows}")
    click.echo(f"manifest {written.sha256}")


@audit.command("verify")
@click.argument("pack", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def audit_verify(pack: Path) -> None:
    """Check PACK by itself: hashes, rows, results, sums. Exit 1 where it is not as it was made; the first difference is named."""
    from orchestration.audit.verify import Differs, verify

    try:
        checked = verify(pack)
    except Differs as error:
        stop(f"{pack.name} differs: {error}")
    except OSError as error:
        stop(f"{pack} cannot be read: {error.strerror}")
    for line in checked.lines():
        click.echo(line)


@audit.command("rerun")
@HOME
@click.argument("edition_id", metavar="EDITION")
def audit_rerun(home: Path, edition_id: str) -> None:
    """Do the audit of EDITION again from the kept deliveries it names. Exit 1 with the first differences. Takes a refresh."""
    settings = enter(home, home / "landing")
    from orchestration.audit.rerun import RerunError, as_lines, rerun

    with told():
        try:
            with place.still_saying(), settings.locked():
                found = rerun(settings, edition_id, clock(), place.say)
        except (RerunError, place.HomeInUse) as error:
            stop(str(error))
    for line in as_lines(found, edition_id):
        click.echo(line)
    if found.differences:
        stop("\n".join(["not the same again:", *found.differences]))
