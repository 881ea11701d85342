"""One refresh under watch: the seconds and the memory of each layer.

The layers' seconds come from the refresh itself: its lines on stderr, what landing writes down, and dbt's run results. Memory
is what the process and its children hold in RAM, looked at five times a second.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

# A line that starts with the left opens the phase on the right.
PHASES = (
    ("landing: reading", "landing"),
    ("dbt: ", "dbt"),
    ("publish: writing", "publish"),
    ("publish: exit door", "exit door"),
    ("publish: standing tables", "extracts"),
    ("publish: moving", "pointer"),
)


@dataclass(frozen=True)
class Run:
    """Of a process and its children: seconds from start to end, seconds of all processors, peak bytes in RAM."""

    seconds: float
    cpu_seconds: float
    peak: int


@dataclass(frozen=True)
class Watched:
    """`layers`: name -> (seconds, peak bytes, 0 where not known apart). The rest is of the whole refresh; `stolen` is the share of the
    processors' time that the host gave to other machines."""

    seconds: float
    cpu_seconds: float
    stolen: float
    peak: int
    layers: dict[str, tuple[float, int]]


def watched(command: list[str], folder: Path, environment: dict[str, str]) -> Run:
    """Run `command` in `folder` to its end. Raises RuntimeError with its own words when it fails."""
    began, used, peak = time.monotonic(), _cpu_of_children(), 0
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)
        while child.poll() is None:
            peak = max(peak, _memory(child.pid))
            time.sleep(0.1)
        if child.returncode:
            said.seek(0)
            raise RuntimeError(f"{command[3:]} failed: {said.read()[-2000:]}")
    return Run(time.monotonic() - began, _cpu_of_children() - used, peak)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _host_time() -> tuple[int, int]:
    """Since the machine started, summed over its processors: time given to other machines, and all time (proc(5), /proc/stat)."""
    spent = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return spent[7], sum(spent)


def watched_refresh(landing: Path, home: Path, repository: Path) -> Watched:
    """Refresh into `home`. Raises RuntimeError with the refresh's own words when nothing was published."""
    command = [sys.executable, "-m", "orchestration.cli", "refresh", "--landing", str(landing), "--home", str(home)]
    began, used, (stolen, spent) = time.monotonic(), _cpu_of_children(), _host_time()
    child = subprocess.Popen(command, cwd=repository, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    starts, said = [("start", began)], list[str]()
    peaks: dict[str, int] = defaultdict(int)

    def look() -> None:
        while child.poll() is None:
            phase = starts[-1][0]
            peaks[phase] = max(peaks[phase], _memory(child.pid))
            time.sleep(0.2)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    for line in child.stderr or ():
        said.append(line)
        phase = next((name for opening, name in PHASES if line.startswith(opening)), None)
        if phase and phase != starts[-1][0]:
            starts.append((phase, time.monotonic()))
    if child.wait():
        raise RuntimeError("the refresh published nothing: " + "".join(said[-5:]))
    watcher.join()
    ended, (stolen_by, spent_by) = time.monotonic(), _host_time()
    phases = {name: till - since for (name, since), (_, till) in pairwise([*starts, ("end", ended)])}
    layers: dict[str, tuple[float, int]] = {}
    for name, seconds in phases.items():
        layers[name] = (seconds, peaks[name])
        if name == "landing":
            parts = json.loads((home / "work" / "checks" / "landing.json").read_text())["seconds"]
            layers |= {f"landing, {part}": (took, 0) for part, took in parts.items()}
        if name == "dbt":
            layers |= {f"dbt, {part}": (took, 0) for part, took in sorted(_by_schema(home).items())}
    taken = (stolen_by - stolen) / (spent_by - spent)
    return Watched(ended - began, _cpu_of_children() - used, taken, max(peaks.values()), layers)


def _by_schema(home: Path) -> dict[str, float]:
    """Seconds of dbt's run by schema, tests apart. Where two nodes ran at once, each has half of that time."""
    (target,) = (path for path in (home / "dbt").glob("*") if (path / "run_results.json").exists())
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    edges: list[tuple[float, int, str]] = []
    for result in json.loads((target / "run_results.json").read_text())["results"]:
        node = nodes[result["unique_id"]]
        if node["resource_type"] == "operation":  # what runs at the end of a build, in no time
            continue
        layer = "tests" if node["resource_type"] == "test" else node["schema"]
        for timing in result["timing"]:
            if timing["name"] == "execute" and timing["completed_at"]:
                edges += [(_moment(timing["started_at"]), 1, layer), (_moment(timing["completed_at"]), -1, layer)]
    edges.sort()
    running: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for (now, step, layer), (later, _, _) in pairwise(edges):
        running[layer] += step
        for name, n in running.items():
            seconds[name] += (later - now) * n / max(1, sum(running.values()))
    return dict(seconds)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _memory(pid: int) -> int:
    """Bytes that a process and its children hold in RAM."""
    try:
        held = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
        children = [c for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]
    except (OSError, IndexError):  # it has just ended
        return 0
    return held + sum(_memory(int(child)) for child in children)
