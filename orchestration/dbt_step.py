"""dbt as a child process that never outlives the refresh that started it.

A refresh that is killed must not leave a dbt behind that still writes to the warehouse of the next one. Run as a file, by
its path: nothing of the package is imported here.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1 and os.environ.get("DAGSTER_DBT_CLI"):
            sys.exit("the refresh that started this dbt is gone")
    from dbt.cli.main import cli

    cli()
