"""What may be told of an error that nobody foresaw."""

import os
from collections.abc import Iterator
from typing import Any

import dagster as dg


def only_type_and_step(step: str, work: Iterator[Any]) -> Iterator[Any]:
    """What `work` yields. An error nobody foresaw becomes a failure that tells its type and the step only, for stderr and for
    Dagster's event log: its message may quote a record, and so may those of its causes."""
    try:
        yield from work
        return
    except dg.Failure:
        raise
    except Exception as error:
        # The system's reasons, such as a full disk, quote nothing.
        told = f"{type(error).__name__}{f' ({os.strerror(error.errno)})' if isinstance(error, OSError) and error.errno else ''}"
    # Out here, where the error is over: Dagster would log it as the context of this one.
    raise dg.Failure(f"step {step} stopped on {told}; its message is not shown, because it may quote a record", allow_retries=False)
