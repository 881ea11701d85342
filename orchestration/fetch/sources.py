"""Where deliveries are pulled from: what sources.yml declares, a connection to it, and what it offers.

`<home>/sources.yml` declares the sources; without it only the landing folder is looked at. One entry for each source:

    probation:                                  # a name of your own
      url: sftp://files.example.org:22/outgoing # or s3://bucket/prefix, or file:///mnt/share
      valid_from: 2026-01-01                    # deliveries complete to these days are pulled, both included;
      valid_to: 2027-03-31                      # valid_to may be left out
      credentials: {username: PROBATION_USER, password: PROBATION_PASSWORD}

`credentials` names environment variables; a secret itself stands nowhere. SFTP: username, and password or key_file (the path of
a private key; passphrase if it has one). The server must be in `known_hosts` of the home. S3: key, secret and token, by
default AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; `endpoint_url` for an S3 that is not Amazon's.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fsspec
import paramiko
import yaml
from fsspec.implementations.sftp import SFTPFileSystem

from decisions.store import SOURCE as DECISIONS
from expectations.contract import declared_source, declared_tables
from orchestration.landing.deliveries import declared_table
from orchestration.settings import secret

# What is asked for at once, and what comes in one answer over SFTP: the most that a broken connection costs is one of them.
PIECE, BLOCK = 2**20, 2**15
SECONDS_TO_ANSWER = 20
# The environment variables of each kind of source: needed by name, or those that are usual.
CREDENTIALS: dict[str, dict[str, str | None]] = {
    "sftp": {"username": None, "password": None, "key_file": None, "passphrase": None},
    "s3": {"key": "AWS_ACCESS_KEY_ID", "secret": "AWS_SECRET_ACCESS_KEY", "token": "AWS_SESSION_TOKEN"},
    "file": {},
}

# Its own threads log what they run into, with traces. Reasons are told in our words.
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)


class SourceError(Exception):
    """A source cannot be pulled from. The text says why and what to do, and quotes no declaration."""


class ChangedError(Exception):
    """The file at the source is no longer the one that was asked for."""


NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
UNNAMED = SourceError("a name is made of small letters, digits, - and _: rename it in sources.yml")


@dataclass(frozen=True)
class Source:
    """One entry of sources.yml. `credentials`: part -> name of its environment variable."""

    name: str
    url: str
    valid_from: date
    valid_to: date | None = None
    credentials: dict[str, str] = field(default_factory=dict)
    endpoint_url: str | None = None

    @property
    def kind(self) -> str:
        return urlsplit(self.url).scheme

    @property
    def root(self) -> str:
        """The url as a path of its file system."""
        place = urlsplit(self.url)
        return f"{place.netloc}{place.path}".rstrip("/") if self.kind == "s3" else place.path.rstrip("/") or "/"


@dataclass(frozen=True)
class Offer:
    """One file at a source. `target`: its place below the landing folder. `size` in bytes."""

    path: str
    url: str
    target: str
    size: int
    version: str

    @property
    def key(self) -> str:
        return hashlib.sha256(json.dumps([self.url, self.size, self.version]).encode()).hexdigest()[:32]

    @property
    def is_note(self) -> bool:
        return self.target.lower().endswith("/delivery.json")


def declared_sources(path: Path) -> list[tuple[str, Any]]:
    """The entries of sources.yml. One that cannot be read at all is an entry of its own, which cannot be pulled from."""
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return [("sources.yml", SourceError(f"it is not YAML at line {line}: correct it, nothing was fetched"))]
    except (OSError, ValueError, yaml.YAMLError):
        return [("sources.yml", SourceError("it cannot be read as text: correct it, nothing was fetched"))]
    if body is not None and not isinstance(body, dict):
        return [("sources.yml", SourceError("it is not a list of names, each with its url: correct it, nothing was fetched"))]
    return [
        (str(name), declared) if NAME.fullmatch(str(name)) else (f"entry {n}", UNNAMED)
        for n, (name, declared) in enumerate((body or {}).items(), 1)
    ]


def read_source(name: str, declared: Any) -> Source:
    """One entry of sources.yml. Raises SourceError, which never repeats a value: it may be a secret in the wrong place."""
    if isinstance(declared, SourceError):
        raise declared
    known = {"url", "valid_from", "valid_to", "credentials", "endpoint_url"}
    if not isinstance(declared, dict) or not set(declared) <= known:
        raise SourceError(f"sources.yml gives it something other than {', '.join(sorted(known))}")
    fields: dict[str, Any] = {"url": "", "valid_from": None, "credentials": {}} | declared
    source = Source(name, **fields)
    for url in (source.url, source.endpoint_url or ""):
        try:
            place = urlsplit(url)
            has_secret = "@" in place.netloc or bool(place.query or place.fragment)
            _ = place.port
        except (ValueError, TypeError, AttributeError):
            raise SourceError("its url cannot be read") from None
        if has_secret:
            raise SourceError(
                "its url holds a user, a password or a query: name environment variables under credentials, and change that password"
            )
    if source.kind not in CREDENTIALS:
        raise SourceError(f"its url begins with none of {', '.join(f'{kind}://' for kind in CREDENTIALS)}")
    for day in (source.valid_from, source.valid_to or source.valid_from):
        if type(day) is not date:
            raise SourceError("valid_from and valid_to are days, such as 2026-01-01; valid_from must be there")
    named = source.credentials
    if not isinstance(named, dict) or not set(named) <= set(CREDENTIALS[source.kind]):
        raise SourceError(f"its credentials may be {', '.join(CREDENTIALS[source.kind]) or 'nothing'}")
    if not all(isinstance(variable, str) and re.fullmatch(r"[A-Z][A-Z0-9_]*", variable) for variable in named.values()):
        raise SourceError("credentials name environment variables in capitals, never the secret itself")
    return source


def connect(source: Source, home: Path) -> fsspec.AbstractFileSystem:
    """A new connection. Raises SourceError for what is lacking here, else what the library raises."""
    if source.kind == "file":
        return fsspec.filesystem("file", skip_instance_cache=True)
    given = {
        part: secret(variable) for part, usual in CREDENTIALS[source.kind].items() if (variable := source.credentials.get(part, usual))
    }
    # Not the name of the variable: somebody may have written the secret in its place.
    if lacking := [part for part in source.credentials if not given[part]]:
        raise SourceError(f"the environment variable that sources.yml names for {' and '.join(lacking)} is not set")
    if source.kind == "s3":
        if not given["key"] or not given["secret"]:
            raise SourceError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: set them, or name others under credentials")
        limits = {"connect_timeout": SECONDS_TO_ANSWER, "read_timeout": SECONDS_TO_ANSWER, "retries": {"max_attempts": 0}}
        s3 = fsspec.filesystem(
            "s3", **given, endpoint_url=source.endpoint_url, config_kwargs=limits, use_listings_cache=False, skip_instance_cache=True
        )
        s3.retries = 1  # we try again ourselves, from where we were
        return s3
    key_file = given.get("key_file")
    if not given.get("username") or not (given.get("password") or key_file):
        raise SourceError("name environment variables for username, and for password or key_file, under credentials in sources.yml")
    if key_file and not Path(key_file).is_file():
        raise SourceError("the environment variable that sources.yml names for key_file does not hold the path of a file")
    place = urlsplit(source.url)
    return CheckedSFTP(
        place.hostname,
        known_hosts=home / "known_hosts",
        port=place.port or 22,
        username=given["username"],
        password=given.get("password"),
        key_filename=key_file,
        passphrase=given.get("passphrase"),
        skip_instance_cache=True,
    )


class _Unknown(paramiko.MissingHostKeyPolicy):
    def missing_host_key(self, _client: Any, _hostname: str, _key: Any) -> None:
        raise SourceError("its host key is not in known_hosts of the home: check the key with whoever runs the server, then add it")


class CheckedSFTP(SFTPFileSystem):
    """SFTP to a server whose key we know, and nothing but the credentials given: no agent, no keys that lie about."""

    def _connect(self) -> None:
        options = dict(self.ssh_kwargs)
        self.client = paramiko.SSHClient()
        try:
            self.client.load_system_host_keys(str(options.pop("known_hosts")))
        except OSError:
            raise SourceError("the home has no known_hosts that can be read: put the server's host key there") from None
        self.client.set_missing_host_key_policy(_Unknown())
        try:
            self.client.connect(
                self.host,
                allow_agent=False,
                look_for_keys=False,
                timeout=SECONDS_TO_ANSWER,
                banner_timeout=SECONDS_TO_ANSWER,
                auth_timeout=SECONDS_TO_ANSWER,
                channel_timeout=SECONDS_TO_ANSWER,
                **options,
            )
            self.ftp = self.client.open_sftp()
            channel = self.ftp.get_channel()
            if channel is None:
                raise EOFError
            channel.settimeout(SECONDS_TO_ANSWER)
        except BaseException:
            self.client.close()
            raise


def offers(fs: fsspec.AbstractFileSystem, source: Source, ignored: dict[str, int], unreadable: list[dict[str, str]]) -> list[Offer]:
    """The files at a source that lie as in the landing folder, are of a declared table and of the declared days. Counts in `ignored`
    what is left there, by why; adds folders that cannot be read to `unreadable`."""

    def ignore(why_not: str) -> None:
        ignored[why_not] = ignored.get(why_not, 0) + 1

    def below(folder: str, words: list[str]) -> Iterator[Offer]:
        try:
            infos = fs.ls(folder, detail=True)
        except (FileNotFoundError, PermissionError) as error:
            if not words:
                raise
            unreadable.append({"file": "/".join(words), "reason": why(error)})
            return
        for info in infos:
            here = [*words, info["name"][len(folder.rstrip("/")) + 1 :]]
            is_right_kind = info["type"] == ("file" if len(here) == 3 else "directory")
            if why_not := _why_not(source, here) or (None if is_right_kind else "a link, or not <source>/<complete_to>/<file>"):
                ignore(why_not)
            elif len(here) == 3:
                yield as_offered(source, info["name"], info)
            else:
                yield from below(info["name"], here)

    if source.kind != "s3":
        return list(below(source.root, []))
    found = []
    for path, info in fs.find(source.root, detail=True).items():  # one question for a thousand files, in place of one for each folder
        words = path[len(source.root) + 1 :].split("/")
        why_not = [_why_not(source, words[: n + 1]) for n in range(3)] if len(words) == 3 else ["not <source>/<complete_to>/<file>"]
        if any(why_not):
            ignore(next(filter(None, why_not)))
        else:
            found.append(as_offered(source, path, info))
    return found


def _why_not(source: Source, words: list[str]) -> str | None:
    """Why the last of `words` is left there, or None. Names come from outside: only what is spelt like ours goes on."""
    *_, last = words
    if len(words) == 1:
        if last == DECISIONS:
            return "decisions, which are made here alone"
        is_ours = re.fullmatch(r"[a-z0-9_]{1,60}", last) and declared_source(last) in {table.source for table in declared_tables()}
        return None if is_ours else "a source that is not declared"
    if len(words) == 2:
        try:
            day = date.fromisoformat(last) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", last, re.ASCII) else None
        except ValueError:
            day = None
        if day is None:
            return "a folder that is not named by its day"
        is_ours = source.valid_from <= day and (source.valid_to is None or day <= source.valid_to)
        return None if is_ours else "a day outside valid_from and valid_to"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}", last):
        return "a file name that no table has"
    return None if last.lower() == "delivery.json" or declared_table(words[0], last) else "a file of a table that is not declared"


def as_offered(source: Source, path: str, info: dict[str, Any]) -> Offer:
    """What a source says of the file at `path`. Raises ChangedError when it is a file no longer."""
    if info["type"] != "file":
        raise ChangedError
    place = path[len(source.root.rstrip("/")) + 1 :]
    version = info.get("ETag") or info["mtime"]
    return Offer(path, f"{source.url.rstrip('/')}/{place}", place, int(info["size"]), str(version).strip('"'))


def blocks(fs: fsspec.AbstractFileSystem, path: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a file from `start` up to `end`, as they come. Over SFTP all of a piece is asked for at once: fsspec's own way
    waits for an answer every 32 KiB."""
    if not isinstance(fs, CheckedSFTP):
        for at in range(start, end, PIECE):
            yield fs.cat_file(path, start=at, end=min(at + PIECE, end))
        return
    with fs.ftp.open(path, "rb") as remote:
        for at in range(start, end, PIECE):
            until = min(at + PIECE, end)
            yield from remote.readv([(block, min(BLOCK, until - block)) for block in range(at, until, BLOCK)])


# What trying again does not mend.
FINAL = (
    SourceError,
    ChangedError,
    BlockingIOError,
    FileNotFoundError,
    PermissionError,
    paramiko.AuthenticationException,
    paramiko.BadHostKeyException,
)


def why(error: BaseException) -> str:
    """A reason in our words. What a library says may hold an address, a key or a path, so it is not repeated."""
    told: list[tuple[type[BaseException] | tuple[type[BaseException], ...], str]] = [
        (SourceError, str(error)),
        (ChangedError, "it changes at the source while it is fetched: left for the next refresh"),
        (
            paramiko.BadHostKeyException,
            "the server shows another host key than known_hosts has: somebody may stand between; ask who runs it",
        ),
        (paramiko.AuthenticationException, "the server does not accept the credentials"),
        (FileExistsError, "the landing folder holds another file of this name that no refresh has kept yet: it comes with the next one"),
        (BlockingIOError, "another process is fetching it"),
        (FileNotFoundError, "the source has no such folder, bucket or file"),
        (PermissionError, "the source does not allow it: check the credentials and what they may read"),
        (socket.gaierror, "the name of the server is not known"),
        (ConnectionRefusedError, "the server refuses the connection"),
        ((TimeoutError, EOFError, ConnectionError), "the connection broke, or there was no answer in time"),
    ]
    for kind, words in told:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return f"the source could not be reached ({type(error).__name__})"
