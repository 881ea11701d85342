"""What all commands share: who asks, when, in which home, and how a command ends that cannot go on. Here alone the command line reads the clock."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ground import log
from orchestration import settings as place

if TYPE_CHECKING:
    from edition.rights import Reader

HOME = click.option("--home", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder that holds everything we keep.")
KEY = click.option("--key", default="", help="Names the request: the same again changes nothing. Default: a new one.")
PURPOSE = click.option("--purpose", required=True, help="Why rows about people are read.")


def clock() -> datetime:
    """This moment, with its zone."""
    return datetime.now().astimezone()


def now_and_reader(home: Path) -> tuple[datetime, Reader]:
    """This moment, and who gives the command."""
    now = clock()
    return now, reader_of(home, now)


def reader_of(home: Path, now: datetime) -> Reader:
    """Who gives the command, with what is granted to them today; where nobody signs in the account, which sees all."""
    from decisions import grants
    from decisions.store import StoreError
    from edition.rights import Reader, the_product
    from sign_in.configuration import NotSignedIn, configured
    from sign_in.identity import of_command

    try:
        person = of_command(home, now)
        return the_product(person) if configured(home) is None else Reader(person, grants.of(home, person, now.date()))
    except (NotSignedIn, StoreError) as error:
        stop(str(error))


def grantor(home: Path, now: datetime) -> str:
    """Who grants: an administrator, or the account that the home belongs to."""
    reader = reader_of(home, now)
    by = reader.person if reader.may("grant") else owner_of(home)
    if not by:
        stop("this is for an administrator, or the account that the home belongs to")
    return by


def owner_of(home: Path) -> str:
    """The account that gives the command, where the home belongs to it; else ''."""
    from sign_in.identity import ACCOUNT, account

    return ACCOUNT + account() if home.exists() and home.stat().st_uid == os.getuid() else ""


def local(now: datetime) -> datetime:
    """As the decisions store keeps a moment: local, to the second."""
    return now.replace(tzinfo=None, microsecond=0)


def new_key() -> str:
    """The name of a request that was given none."""
    import uuid

    return uuid.uuid4().hex


def pounds(text: str) -> Decimal:
    """A number that was given as text; what is none ends the command."""
    from decimal import InvalidOperation

    try:
        return Decimal(text)
    except InvalidOperation:
        stop(f"{text} is no number: write it as 71.20")


def enter(home: Path, landing: Path) -> place.Settings:
    """The home, made where it was not there; where it cannot be written, the command ends."""
    try:
        return place.enter(home, landing)
    except OSError as error:
        if error.errno == errno.ENOSPC:  # which may name what was to be copied there
            stop(f"the home cannot be written: {home}: {error.strerror}; make room on its disk and try again")
        stop(f"the home cannot be written: {error.filename or home}: {error.strerror}")


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong with a decision or an edition is said, and the command ends."""
    from decisions.store import DecisionError, StoreError
    from edition.folder import EditionError

    try:
        yield
    except (DecisionError, StoreError, EditionError) as error:
        stop(str(error))


def stop(reason: str, status: int = 1, **facts: str) -> NoReturn:
    """Say why on stderr, with `facts` for machines, and end with `status`."""
    log.tell(reason, logging.ERROR, **facts)
    sys.exit(status)
