"""The key of a home, and the ids and tokens that stand for people, records and bookings and say nothing without it
(definition: identity)."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import duckdb
import pyarrow as pa

KEY_BYTES = 32


def opaque_id(kind: str, *columns: str) -> str:
    """SQL for 24 hex characters that stand for some columns, texts that are never null: their HMAC-SHA256 under the parameters of
    `keyed`, so that a token is the same in every run with one key and says nothing without it."""
    message = " || '|' || ".join([f"'{kind}'", *columns])
    return f"left(sha256($outer || unhex(sha256($inner || encode({message})))), 24)"


def keyed(key: bytes) -> dict[str, bytes]:
    """The two parameters that `opaque_id` needs beside the columns (RFC 2104: the key filled up to a block of 64 bytes)."""
    block = key.ljust(64, b"\0")
    return {"inner": bytes(byte ^ 0x36 for byte in block), "outer": bytes(byte ^ 0x5C for byte in block)}


class IdentityKeyError(Exception):
    """The key of the home is not whole. The text names the file and says what to do; it never quotes the key."""


def identity_key(home: Path) -> bytes:
    """The secret that makes person ids meaningless outside this home (definition: identity): 32 bytes, made once, readable by its
    owner only. Raises IdentityKeyError, because a short or damaged key would quietly give every person another id."""
    path = home / "identity.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"identity.key.{os.getpid()}")
        part.touch(mode=0o600)
        with part.open("w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            # On the disk before it has its name: a power cut must not leave an empty key.
            os.fsync(file.fileno())
        # A hard link, unlike a rename, never replaces a key that another run has just made.
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        part.unlink()
    written = path.read_bytes().strip()
    if not re.fullmatch(rb"[0-9a-fA-F]{%d}" % (2 * KEY_BYTES), written):
        raise IdentityKeyError(
            f"{path} is damaged: it must hold {2 * KEY_BYTES} hexadecimal characters. Restore it from backup; with another key "
            "every person gets another id"
        )
    return bytes.fromhex(written.decode())


def person_token(con: duckdb.DuckDBPyConnection, key: bytes) -> pa.Table:
    """The table linkage.person_token: the id of every person of prison or probation, which is that of its oldest record. Columns:
    oldest_id, person_id."""
    return con.execute(
        f"""select record_id as oldest_id, {opaque_id("person", "source", "source_key")} as person_id
        from linkage.link_spine
        where record_id = oldest_id""",
        keyed(key),
    ).to_arrow_table()


def booking_token(con: duckdb.DuckDBPyConnection, key: bytes) -> pa.Table:
    """The table linkage.booking_token. Columns: offender_book_id, booking_token."""
    return con.execute(
        f"""select offender_book_id, {opaque_id("booking", "offender_book_id")} as booking_token
        from staging.stg_nomis__offender_booking""",
        keyed(key),
    ).to_arrow_table()


def record_token(con: duckdb.DuckDBPyConnection, key: bytes) -> pa.Table:
    """The table linkage.record_token. Columns: record_id, record_token, is_own: false where the token is that of a number which prison has
    since merged into the record's."""
    return con.execute(
        f"""select record_id, {opaque_id("record", "source", "source_key")} as record_token, true as is_own
        from linkage.link_record
        union all
        select record.record_id, {opaque_id("record", "'nomis'", "prisoner.offender_id")}, false
        from linkage.link_prisoner as prisoner
        inner join linkage.link_record as record on record.source = 'nomis' and record.source_key = prisoner.prisoner
        where prisoner.offender_id <> prisoner.prisoner""",
        keyed(key),
    ).to_arrow_table()
