"""One refresh in this process: the same Dagster job that the UI, the schedule and the sensor run."""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
from datetime import date, datetime
from typing import Any

from edition.folder import current
from ground.files import write_whole
from orchestration.failure import HELD_BACK, machine_error
from orchestration.settings import DEFAULT_LINK_THRESHOLD, HomeInUse, Settings, say

PUBLISHED, HELD, FAILED = "published", "held", "failed"


class RefreshError(Exception):
    """No edition was published. The text says why and what to do. `outcome`: HELD where the exit door let nothing out, FAILED where the run
    did not come so far; None where it did not begin, because another runs."""

    def __init__(self, why: str, outcome: str | None = FAILED):
        super().__init__(why)
        self.outcome = outcome


def refresh(settings: Settings, as_of: date | None, today: date, link_threshold: str = DEFAULT_LINK_THRESHOLD) -> str:
    """Run the job; returns the id of the edition that is now in force. `as_of` None: the latest day delivered, up to `today`.
    `link_threshold`: one of settings.LINK_THRESHOLDS. Raises RefreshError."""
    asked = {"as_of": as_of.isoformat() if as_of else None, "today": today.isoformat(), "link_threshold": link_threshold}
    try:
        # The lock first: a second refresh must not empty the log of the one that is running.
        with settings.locked():
            return _run(settings, asked)
    except HomeInUse as error:
        raise RefreshError(str(error), None) from error
    except RefreshError:
        raise
    except Exception:
        # Dagster's own history and the log are written to the same disk; whatever else it is, its stack is needed.
        if fault := machine_error(settings.home, None, "the run stopped"):
            raise RefreshError(str(fault.strerror)) from None
        raise


def keep_outcome(settings: Settings, outcome: str, seconds: float, ended: datetime) -> None:
    """Write down how a refresh ended, for whoever watches the home. Where it cannot be, that is said and nothing else happens: the edition
    is what matters."""
    told = {"outcome": outcome, "seconds": round(seconds, 1), "ended": ended.isoformat(timespec="seconds")}
    try:
        write_whole(settings.last_refresh, json.dumps(told) + "\n", 0o600)
    except OSError as error:
        say(f"warning: how the refresh ended cannot be written to {settings.last_refresh} ({error.strerror})")


def _run(settings: Settings, asked: dict[str, str | None]) -> str:
    log = settings.home / "logs" / "refresh.log"
    # dbt and Dagster talk a lot: their talk goes to the log, our own lines to stderr.
    with log.open("w", encoding="utf-8") as talk, contextlib.redirect_stdout(talk):
        say("loading the graph of tables")
        # Python looks through everything it holds for rubbish, again and again and once more at the end, which took a tenth of a
        # small refresh. What is loaded here stays to the end, and the end needs no tidying.
        gc.disable()
        atexit.register(gc.freeze)
        import dagster as dg

        from expectations.contract import DeclarationError
        from orchestration.warehouse.dbt_run import TransformError

        try:
            from orchestration.definitions import load

            defs = load(settings)
        except (TransformError, DeclarationError) as error:
            raise RefreshError(str(error)) from error
        say("starting the run")
        config: dict[str, Any] = {
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            "resources": {"asked": {"config": asked}},
        }
        with dg.DagsterInstance.get() as instance:
            result = defs.resolve_job_def("refresh").execute_in_process(instance=instance, run_config=config, raise_on_error=False)
    if not result.success:
        reasons = _reasons(result)
        if fault := machine_error(settings.home, None, "the run was stopped by the machine"):
            reasons.append(str(fault.strerror))
        outcome = HELD if any(reason.startswith(HELD_BACK) for reason in reasons) else FAILED
        raise RefreshError("\n".join(reasons) or f"the run failed; its log is {log}", outcome)
    return current(settings.home).edition_id


def _reasons(result: Any) -> list[str]:
    """What went wrong, innermost cause first, without Dagster's own stack."""
    reasons = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data and data.user_failure_data.description:
                reasons.append(data.user_failure_data.description)
            elif data.error:
                reasons.append(f"step {event.step_key} stopped on {_innermost(data.error)}")
        elif event.is_failure and not reasons:
            data = event.event_specific_data
            reasons.append(f"the run stopped on {_innermost(data.error)}" if getattr(data, "error", None) else event.message or "")
    return [reason for reason in reasons if reason]


def _innermost(error: Any) -> str:
    """The type of the first cause. Not its message, which may quote a record."""
    while error.cause:
        error = error.cause
    return error.cls_name or "an error without a name"
