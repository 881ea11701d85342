"""dbt as a child process that never outlives the refresh that started it.

A refresh that is killed must not leave a dbt behind that still writes to the warehouse of the next one. Run as a file, by
its path: the package is only made known, for the models that are Python.
"""

import atexit
import ctypes
import gc
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


if __name__ == "__main__":
    # Models already run beside each other; and what a matrix adds up to must not hang on how many processors there are.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # One build and then the end: looking for rubbish meanwhile, and tidying up after it, took seconds.
    gc.disable()
    atexit.register(gc.freeze)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1 and os.environ.get("DAGSTER_DBT_CLI"):
            sys.exit("the refresh that started this dbt is gone")
    # Behind everything else, so that no name of ours hides one of theirs.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from dbt.cli.main import cli

    from orchestration.warehouse import patches

    patches.drop_debug_events()
    patches.word_events_once()
    patches.find_macros_once()
    patches.answer_nothing_once()
    patches.read_once_for_all_homes()
    if os.environ.get("DBT_TARGET_PATH"):
        patches.write_manifest_once()
    cli()
