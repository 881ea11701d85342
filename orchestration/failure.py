"""What may be told of an error, and whether the machine is at fault for it."""

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# How the reason begins where the exit door lets nothing out.
HELD_BACK = "the exit door held the edition back"
_ROOM = 50_000_000  # bytes: with less on the disk, or in memory, nothing works any more


class MachineError(OSError):
    """The machine is at fault and not what was delivered. Its words are ours, name delivery and file and quote nothing of what is in it."""


def machine_error(folder: Path, file: Path | None, what: str) -> MachineError | None:
    """The fault of this machine because of which work on `file` in our own `folder` failed: the disk, the memory or a right. None where
    the machine, asked now, has all of them. `what`: what failed, in our own words."""
    number = _lacking(folder)
    if number is None and file is not None and file.exists() and not os.access(file, os.R_OK):
        number = errno.EACCES
    advice = "make room on the disk of the home" if number == errno.ENOSPC else "see to this machine"
    return MachineError(number, f"{what} ({os.strerror(number)}); {advice} and refresh again") if number else None


def _lacking(folder: Path) -> int | None:
    try:
        if shutil.disk_usage(folder).free < _ROOM:
            return errno.ENOSPC
        with tempfile.TemporaryFile(dir=folder) as probe:  # a quota, a disk that fails, a folder that is not ours
            probe.write(b"\0" * 100_000)
    except OSError as error:
        return error.errno or errno.EIO
    return errno.ENOMEM if _free_memory() < _ROOM else None


def _free_memory() -> float:
    """Bytes; without end where the system does not tell."""
    try:
        found = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    except OSError:
        return float("inf")
    return int(found[1]) * 1024 if found else float("inf")


def only_type_and_step(step: str, work: Iterator[Any]) -> Iterator[Any]:
    """What `work` yields. An error nobody foresaw becomes a failure that tells its type and the step only, for stderr and for
    Dagster's event log: its message may quote a record, and so may those of its causes. A fault of the machine is told whole."""
    import dagster as dg  # heavy, and landing alone needs none of it

    try:
        yield from work
        return
    except dg.Failure:
        raise
    except MachineError as error:
        told = f"step {step} stopped: {error.strerror}"
    except Exception as error:
        # The system's reasons, such as a full disk, quote nothing.
        full = os.strerror(errno.ENOSPC)
        reason = full if full in str(error) else os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
        told = f"step {step} stopped on {type(error).__name__}{f' ({reason})' if reason else ''}; its message is not shown, because it may quote a record"
        told += ". Make room on the disk of the home and refresh again" if reason == full else ""
    # Out here, where the error is over: Dagster would log it as the context of this one.
    raise dg.Failure(told, allow_retries=False)
