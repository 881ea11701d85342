"""Who may see what, the record of who looked, and who is asking."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click

from orchestration import settings as place
from orchestration.cli.asking import HOME, clock, grantor, local, owner_of, reader_of, stop, told


@click.group()
def access() -> None:
    """Who may see what, and the record of who looked."""


@access.command("grant")
@HOME
@click.argument("person")
@click.argument("role")
@click.option("--region", default="", help="Code of the region, for a regional director.")
@click.option("--contract", default="", help="Code of the contract, for a contract manager or an approver.")
@click.option("--provider", default="", help="Code of a provider: all its contracts.")
@click.option("--named", is_flag=True, help="May read lists of people under restriction or exclusion.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day. Default: today.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day. One before today ends what was granted.")
def access_grant(home: Path, person: str, role: str, region: str, contract: str, provider: str, named: bool, first: datetime | None, last: datetime) -> None:
    """Grant ROLE to PERSON, by the name under which they sign in. For an administrator, and for the account that the home belongs to."""
    from decisions import grants
    from decisions.store import DecisionError, StoreError
    from edition.access import NotRecorded

    now = clock()
    by = grantor(home, now)
    scopes = {kind: code for kind, code in (("region", region), ("contract", contract), ("provider", provider)) if code}
    if len(scopes) > 1:
        raise click.UsageError("give one of --region, --contract and --provider")
    ((kind, code),) = scopes.items() or (("all", ""),)
    new = grants.Granted(0, person, role, kind, code, named, first.date() if first else now.date(), last.date(), by, local(now))
    try:
        kept = grants.grant(home, new)
    except (DecisionError, StoreError, NotRecorded) as error:
        stop(f"not granted: {error}")
    click.echo(f"{kept.person}: {kept.grant}, {kept.valid_from} to {kept.valid_to}, granted by {kept.granted_by}")


@access.command("early")
@HOME
@click.argument("person")
@click.argument("series")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.option("--purpose", required=True, help="What the figures are needed for before they are published.")
def access_early(home: Path, person: str, series: str, first: datetime, last: datetime, purpose: str) -> None:
    """Let PERSON have the figures of SERIES, such as M50:2023-04:2024-03, before it is published: at most 24 hours before. For those who grant."""
    from decisions import extracts
    from edition.folder import current

    now = clock()
    with told():
        made = extracts.grant_early(home, current(home), grantor(home, now), local(now), person, series, first.date(), last.date(), purpose)
    click.echo(f"grant {made.number}: {made.person}, {made.series}, {made.from_day} to {made.to_day}")


@access.command("list")
@HOME
def access_list(home: Path) -> None:
    """What is granted to whom today."""
    from decisions import grants
    from decisions.store import StoreError

    now = clock()
    reader = reader_of(home, now)
    if not (reader.may("grant") or reader.may("see_grants") or owner_of(home)):
        stop("what is granted is for an administrator, an auditor, and the account that the home belongs to")
    try:
        held = grants.in_force(grants.all_grants(home), now.date())
    except StoreError as error:
        stop(str(error))
    for one in sorted(held, key=lambda one: one.what):
        named = ", named reader" if one.is_named else ""
        click.echo(f"{one.person}: {one.grant}{named}, {one.valid_from} to {one.valid_to}, granted by {one.granted_by}")


@access.command("verify")
@HOME
def access_verify(home: Path) -> None:
    """Whether every entry is there, in its place and as it was written. Exit 1 where not; the first that is not is named."""
    from edition.access import verify
    from edition.folder import EditionError

    try:
        entries, fault = verify(home)
    except (EditionError, OSError) as error:
        stop(f"the access record cannot be read: {error}")
    if fault:
        stop(f"access record: {fault}")
    click.echo(f"access record: {entries} entries, all as they were written")


@click.command()
@HOME
def login(home: Path) -> None:
    """Sign in at the identity provider, for the commands after; the address and a code to enter there are shown."""
    from sign_in.configuration import NotSignedIn
    from sign_in.login import login

    try:
        name = login(home, clock, time.sleep, place.say)
    except NotSignedIn as error:
        stop(str(error))
    place.say(f"signed in as {name}")


@click.command()
@HOME
def logout(home: Path) -> None:
    """Forget who signed in with `gatehouse login`."""
    from sign_in.configuration import NotSignedIn
    from sign_in.login import logout

    try:
        place.say("signed out" if logout(home) else "nobody was signed in")
    except NotSignedIn as error:
        stop(str(error))
