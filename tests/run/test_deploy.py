"""What is in deploy/ is what runs: every command and option exists, and paths, user and ports agree from file to file."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from orchestration import dag
from orchestration.cli import main
from tests.conftest import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
UNITS = DEPLOY / "systemd"
SERVICES = sorted(UNITS.glob("gatehouse-*.service"))
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
CADDYFILE = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
INSTALLED, HOME, BACKUPS = "/opt/gatehouse", "/var/lib/gatehouse", "/var/backups/gatehouse"
BINARIES = f"{INSTALLED}/.venv/bin"


def unit(path: Path) -> dict[str, list[str]]:
    """What a unit says, in all its sections: each word with its values, in their order."""
    said: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            word, _, value = line.partition("=")
            said.setdefault(word, []).append(value)
    return said


HARDENED = unit(UNITS / "gatehouse-.service.d" / "hardening.conf")


def command_of(path: Path) -> list[str]:
    (line,) = unit(path)["ExecStart"]
    return shlex.split(line)


def check_command(arguments: list[str]) -> None:
    """Fails where the command line would not take these; runs nothing."""
    command: click.Command = main
    for word in list(arguments):
        if not isinstance(command, click.Group):
            break
        command = command.commands[word]
        arguments = arguments[1:]
    with command.make_context("gatehouse", list(arguments), resilient_parsing=False):
        pass


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_every_unit_starts_a_command_that_exists_with_options_it_has(path):
    binary, *arguments = command_of(path)
    if binary == f"{BINARIES}/gatehouse":
        check_command(arguments)
    else:
        assert [binary, *arguments[:2]] == [f"{BINARIES}/python", "-m", "orchestration.dag"]
        dag.main.make_context("dag", arguments[2:]).close()


@pytest.mark.parametrize("wrong", [["dashboard", "--house", "x"], ["refresh", "--home", "x"], ["monitor", "--home", "x", "--port", "0"]])
def test_a_unit_with_an_option_that_is_none_would_be_found(wrong):
    with pytest.raises(click.UsageError):
        check_command(wrong)


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    """The units as they are but for where the code lies, so that what they start is found on this machine."""
    folder = shutil.copytree(UNITS, tmp_path / "units")
    for path in folder.rglob("*.*"):
        if path.is_file():
            path.write_text(path.read_text(encoding="utf-8").replace(INSTALLED, str(REPOSITORY)), encoding="utf-8")
    units = [str(path) for path in sorted(folder.glob("gatehouse-*.service")) + sorted(folder.glob("*.timer"))]
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("systemd is not installed")
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"})
    assert (done.returncode, done.stderr) == (0, "")
    for path in units:
        # Of 100: an ordinary service has 96, and 15 of these it owes to the drop-in.
        done = subprocess.run([analyze, "security", "--offline=true", "--threshold=20", path], capture_output=True, text=True)
        assert done.returncode == 0 or path.endswith(".timer"), done.stdout[-500:]


def test_every_service_is_hardened_by_the_file_that_systemd_takes_for_them_all():
    assert all(path.name.startswith("gatehouse-") for path in SERVICES) and len(SERVICES) == 5
    once = {"User": "gatehouse", "UMask": "0077", "ProtectSystem": "strict", "PrivateTmp": "yes", "NoNewPrivileges": "yes", "ReadWritePaths": HOME,
            "CapabilityBoundingSet": "", "WorkingDirectory": INSTALLED}  # fmt: skip
    assert {word: HARDENED[word] for word in once} == {word: [value] for word, value in once.items()}
    for path in SERVICES:
        loosened = {word for word in unit(path) if word in HARDENED} - {"Environment"}
        allowed = {"ReadWritePaths"} if path.stem == "gatehouse-backup" else set()
        assert loosened == allowed, path.name


def test_every_timer_starts_a_service_of_its_name_and_the_others_start_with_the_machine():
    timed = {path.stem for path in UNITS.glob("*.timer")}
    assert timed == {"gatehouse-refresh", "gatehouse-backup"}
    for path in SERVICES:
        said = unit(path)
        assert ("WantedBy" in said) != (path.stem in timed) and (said.get("Type") == ["oneshot"]) == (path.stem in timed)


def test_all_of_it_knows_one_home_one_user_and_one_place_of_the_code():
    said = "\n".join(path.read_text(encoding="utf-8") for path in [*UNITS.rglob("*.*"), DEPLOY / "Containerfile"] if path.is_file())
    assert set(re.findall(r"/var/[\w/.-]+", said)) == {HOME, f"{HOME}/landing", f"{HOME}/dagster", f"{HOME}/dagster/dagster.yaml", BACKUPS}
    assert {path.split("/")[2] for path in re.findall(r"/opt/[\w/.-]+", said)} == {"gatehouse"}
    assert f'u gatehouse - "Gatehouse" {HOME}' in (UNITS / "gatehouse.sysusers.conf").read_text(encoding="utf-8")
    made = [line.split()[1:5] for line in (UNITS / "gatehouse.tmpfiles.conf").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert made == [[folder, "0700", "gatehouse", "gatehouse"] for folder in (HOME, f"{HOME}/landing", BACKUPS)]


def ports() -> dict[str, str]:
    found = {}
    for path in SERVICES:
        words = command_of(path)
        if "--port" in words:
            found[path.stem.removeprefix("gatehouse-")] = words[words.index("--port") + 1]
    return found


def test_the_proxy_leads_to_the_dashboard_and_to_nothing_else():
    assert len(set(ports().values())) == len(ports()) == 3
    assert re.findall(r"reverse_proxy (\S+)", CADDYFILE) == [f"127.0.0.1:{ports()['dashboard']}"]
    assert not [port for name, port in ports().items() if name != "dashboard" and port in CADDYFILE]


def test_the_container_runs_as_nobody_in_particular_with_what_is_locked():
    stages = CONTAINER.split("\nFROM ")
    run = stages[-1]
    assert re.findall(r"^USER (\d+):(\d+)$", run, re.M) == [("10001", "10001")] and "--uid 10001" in run
    assert run.index("COPY --from=build") < run.index("USER "), "the code is root's"
    assert "--constraint requirements.lock" in stages[0] + stages[1]
    (uv,) = re.findall(r"uv==(\S+)", CONTAINER)
    assert f"UV_VERSION := {uv}\n" in (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    entry, command = (json.loads(re.search(rf"^{word} (\[.*\])$", run, re.M).group(1)) for word in ("ENTRYPOINT", "CMD"))
    assert entry == ["gatehouse"]
    check_command(command)
    assert f"127.0.0.1:{command[command.index('--port') + 1]}/_stcore/health" in run and re.findall(r"^VOLUME (\S+)$", run, re.M) == [HOME]


def test_nothing_of_a_home_and_no_history_goes_into_the_image():
    left_out = (REPOSITORY / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", "home", ".venv"} <= set(left_out)
    # dbt reads these at every refresh.
    assert left_out.index("tests/*") < left_out.index("!tests/warehouse")
    assert yaml.safe_load((REPOSITORY / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))["test-paths"] == ["../tests/warehouse"]


def caddy(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    binary = Path(sys.executable).with_name("caddy")
    return subprocess.run([binary, *arguments], capture_output=True, text=True, env=os.environ | environment)


@pytest.mark.parametrize("tls", ["", "tls internal"])
def test_caddy_takes_its_file(tls, tmp_path):
    where = {"GATEHOUSE_SITE": "outcomes.example.org", "GATEHOUSE_TLS": tls, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    config = ["--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    done = caddy("validate", *config, **where)
    assert done.returncode == 0 and "Valid configuration" in done.stdout + done.stderr, done.stderr
    adapted = json.loads(caddy("adapt", *config, **where).stdout)
    server = adapted["apps"]["http"]["servers"]["srv0"]
    # TLS alone is listened for; what Caddy adds by itself on port 80 leads there.
    assert server["listen"] == [":443"] and "automatic_https" not in server and adapted["admin"] == {"disabled": True, "config": {"persist": False}}
    told = json.dumps(server)
    for header in ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy"):
        assert header in told


def test_caddys_file_is_in_its_own_style():
    assert caddy("fmt", str(DEPLOY / "Caddyfile")).stdout == CADDYFILE
