"""Fetching as part of a refresh: one job, one lock; a source that is down fails a check and nothing else; no secret is anywhere."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil

import dagster as dg
import pytest

from orchestration import settings as place
from tests.conftest import edition_of, gatehouse
from tests.transport.conftest import KEY, PASSWORD, SECRET, SFTP, USER
from tests.transport.test_transport import over_sftp

WRONG = "invented-wrong-password-1234"


def sources(url: str) -> str:
    return f"""
        far: {{url: "{url}", valid_from: 2020-01-01, credentials: {{username: T_USER, password: T_PASSWORD}}}}
        wrong: {{url: "{url}", valid_from: 2020-01-01, credentials: {{username: T_USER, password: T_WRONG}}}}
        down: {{url: "s3://extracts", endpoint_url: "http://127.0.0.1:9", valid_from: 2020-01-01, credentials: {{key: T_KEY, secret: T_SECRET}}}}
        """


@pytest.fixture(scope="module")
def far_away(inspection_landing, tmp_path_factory):
    """Settings of an empty home whose sources are an SFTP server with a part of the inspection world and two that cannot be had."""
    folder = tmp_path_factory.mktemp("fetched")
    settings = place.Settings(folder / "home", folder / "landing")
    settings.landing.mkdir()
    settings.home.mkdir()
    for file in sorted(inspection_landing.glob("contracts/*/*"))[:5]:
        (there := folder / "remote" / file.relative_to(inspection_landing)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, there)
    server = SFTP(folder / "remote")
    settings.sources.write_text(sources(over_sftp(server, settings)["url"]))
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {"T_USER": USER, "T_PASSWORD": PASSWORD, "T_KEY": KEY, "T_SECRET": SECRET, "T_WRONG": WRONG}.items():
            patch.setenv(variable, value)
        yield settings
    server.stop()


@pytest.fixture(scope="module")
def fetched(far_away, tmp_path_factory):
    """(settings, what was said, the result) of the first two steps of the job, run by Dagster with its history in the home."""
    from orchestration.definitions import HomeLock
    from orchestration.fetch.assets import fetched_asset
    from orchestration.landing.assets import Asked, landing_assets

    steps = [fetched_asset(far_away), landing_assets(far_away, {"sources": {}})]
    (far_away.home / "dagster").mkdir()
    with contextlib.redirect_stderr(io.StringIO()) as said, dg.DagsterInstance.local_temp(str(far_away.home / "dagster")) as instance:
        resources = {"asked": Asked(today="2024-01-01"), "home_lock": HomeLock(home=str(far_away.home))}
        result = dg.materialize(steps, instance=instance, resources=resources)
    return far_away, said.getvalue(), result


def test_what_is_fetched_lands_in_the_same_run_although_other_sources_are_down(fetched):
    settings, said, result = fetched
    remote = settings.home.with_name("remote")
    offered = {p.relative_to(remote) for p in remote.rglob("*") if p.is_file()}
    assert result.success and {p.relative_to(settings.landing) for p in settings.landing.rglob("*") if p.is_file()} == offered
    assert f"landing: {len(offered)} files as of" in said
    assert said.index("fetch: far: looking") < said.index("landing: reading")


def test_every_file_kept_leads_to_where_it_was_fetched(fetched):
    settings, _, result = fetched
    came_from = {entry["sha256"]: entry for entry in map(json.loads, (settings.home / "fetch" / "record.jsonl").read_text().splitlines())}
    kept = [p for p in settings.home.glob("landed/*/*/*") if p.name != "SHA256SUMS"]
    assert len(kept) == 5
    for file in kept:
        entry = came_from[hashlib.sha256(file.read_bytes()).hexdigest()]
        assert entry["source"] == "far" and entry["url"].startswith("sftp://127.0.0.1:") and entry["run_started"]


def test_the_check_fails_with_the_reason_and_the_status_tells_it(fetched):
    settings, _, result = fetched
    (check,) = [e for e in result.get_asset_check_evaluations() if e.check_name == "sources_answered"]
    assert not check.passed and set(check.metadata) == {"wrong", "down"}
    assert "credentials" in check.metadata["wrong"].value
    found = json.loads(gatehouse("status", "--home", settings.home, "--json").stdout)["sources"]
    assert {s["source"]: s["reason"] is None for s in found} == {"far": True, "wrong": False, "down": False}
    told = gatehouse("status", "--home", settings.home).stdout
    assert "wrong: 0 files offered, 0 new; FAILED: the server does not accept the credentials" in told


def test_no_secret_is_in_anything_said_or_kept(fetched):
    settings, said, _ = fetched
    kept = [p for folder in (settings.home, settings.landing) for p in folder.rglob("*") if p.is_file()]
    assert any("dagster" in p.parts and p.suffix == ".db" for p in kept)
    for secret in (USER, PASSWORD, KEY, SECRET, WRONG):
        assert secret not in said
        assert [p.name for p in kept if secret.encode() in p.read_bytes()] == []


def test_part_files_are_seen_neither_by_the_landing_scan_nor_by_the_sensor(tmp_path):
    from orchestration.definitions import listing_fingerprint
    from orchestration.landing.deliveries import keep_deliveries

    (tmp_path / "landing" / ".fetching" / "far").mkdir(parents=True)
    (tmp_path / "landing" / ".fetching" / "far" / "0815.part").write_bytes(b"half")
    assert listing_fingerprint(tmp_path / "landing") is None
    assert keep_deliveries(tmp_path / "landing", tmp_path / "landed") == ([], [])


@pytest.mark.slow
def test_a_refresh_by_hand_publishes_what_it_fetched(inspection_landing, tmp_path):
    home, landing = tmp_path / "home", tmp_path / "landing"
    home.mkdir()
    landing.mkdir()
    (home / "sources.yml").write_text(f"share: {{url: 'file://{inspection_landing}', valid_from: 2020-01-01}}")
    done = gatehouse("refresh", "--landing", landing, "--home", home)
    assert done.returncode == 0, done.stderr
    hashes = {json.loads(line)["sha256"] for line in (home / "fetch" / "record.jsonl").read_text().splitlines()}
    manifest = edition_of(home).manifest
    assert manifest["files"] and {file["sha256"] for file in manifest["files"]} <= hashes
