"""Deliveries pulled from elsewhere: nothing twice, nothing half, nothing that was not asked for, and no source stops another."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncssh
import pytest
import yaml

from orchestration.fetch.sources import PIECE
from orchestration.fetch.transport import fetch
from orchestration.settings import Settings
from tests.conftest import REPOSITORY
from tests.transport.conftest import KEY, PASSWORD, SECRET, SFTP, USER

OFFENDERS = "nomis/2024-03-31/OFFENDERS.csv"
LARGE = random.Random(3).randbytes(8_000_000)
# What a break costs at most: the piece that was on its way, and what the servers say beside the file.
ABOUT_ONCE = len(LARGE) * 1.3


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for variable, value in {"T_USER": USER, "T_PASSWORD": PASSWORD, "T_KEY": KEY, "T_SECRET": SECRET}.items():
        monkeypatch.setenv(variable, value)


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir()
    (tmp_path / "landing").mkdir()
    return Settings(tmp_path / "home", tmp_path / "landing")


def declare(place: Settings, **sources: dict) -> None:
    (place.home / "sources.yml").write_text(
        yaml.safe_dump({n: {"valid_from": "2024-01-01", **s} for n, s in sources.items()}).replace("'", "")
    )


def over_sftp(server, place: Settings) -> dict:
    (place.home / "known_hosts").write_text(server.known_hosts)
    return {"url": server.url, "credentials": {"username": "T_USER", "password": "T_PASSWORD"}}


def over_s3(server, prefix: str = "") -> dict:
    return {"url": f"s3://extracts{prefix}", "endpoint_url": server.endpoint, "credentials": {"key": "T_KEY", "secret": "T_SECRET"}}


def put(root: Path, target: str, body: bytes) -> Path:
    (root / target).parent.mkdir(parents=True, exist_ok=True)
    (root / target).write_bytes(body)
    return root / target


def record(place: Settings) -> list[dict]:
    path = place.home / "fetch" / "record.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def landed(place: Settings) -> dict[str, bytes]:
    """All that lies below the landing folder under a name the landing scan sees."""
    files = (p for p in place.landing.rglob("*") if p.is_file())
    return {name: p.read_bytes() for p in files if not (name := p.relative_to(place.landing).as_posix()).startswith(".")}


def parts(place: Settings) -> list[Path]:
    return list(place.landing.glob(".fetching/*/*"))


class Said(list):
    def __call__(self, text: str) -> None:
        self.append(text)


def pull(place: Settings, said: Said | None = None) -> dict:
    return {account.source: account for account in fetch(place, "2024-04-01T05:00:00+00:00", said if said is not None else Said())}


@pytest.fixture(params=["sftp", "s3"])
def remote(request, place):
    """(its wire, how to put a file there) for each kind of server, declared as `far`."""
    server = request.getfixturevalue(request.param)
    declare(place, far=over_sftp(server, place) if request.param == "sftp" else over_s3(server))
    return server.wire, server.put if request.param == "s3" else lambda target, body: put(server.root, target, body)


def test_a_connection_that_breaks_in_mid_file_goes_on_where_it_stopped(remote, place):
    wire, put_there = remote
    put_there(OFFENDERS, LARGE)
    wire.breaks_at = [3_000_000, 5_500_000]
    account = pull(place)["far"]
    assert landed(place) == {OFFENDERS: LARGE}
    assert account.is_complete and account.fetched == 1 and parts(place) == [] and wire.breaks_at == []
    assert len(LARGE) < wire.sent < ABOUT_ONCE
    assert (place.landing / OFFENDERS).stat().st_mode & 0o077 == 0


def test_a_fetch_killed_in_mid_file_goes_on_where_it_stopped(remote, place):
    wire, put_there = remote
    put_there(OFFENDERS, LARGE)
    wire.pace = 0.002
    code = (
        "import sys; from pathlib import Path; from orchestration.settings import Settings; from orchestration.fetch.transport import fetch\n"
        "fetch(Settings(Path(sys.argv[1]), Path(sys.argv[2])), '', print)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(place.home), str(place.landing)], cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while sum(p.stat().st_size for p in parts(place)) < 3_000_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert OFFENDERS not in landed(place) and record(place) == []
    wire.pace = 0
    account = pull(place)["far"]
    assert landed(place) == {OFFENDERS: LARGE} and account.resumed >= 3_000_000
    assert account.resumed + account.received == len(LARGE)
    assert wire.sent < ABOUT_ONCE


def test_what_was_fetched_is_never_fetched_again_even_when_the_landing_folder_is_emptied(remote, place):
    wire, put_there = remote
    put_there(OFFENDERS, LARGE)
    pull(place)
    (place.landing / OFFENDERS).unlink()
    sent = wire.sent
    account = pull(place)["far"]
    assert (account.offered, account.fetched, account.received) == (1, 0, 0)
    assert wire.sent - sent < 100_000 and landed(place) == {} and len(record(place)) == 1


def test_a_file_that_changes_while_it_is_fetched_starts_again(remote, place):
    wire, put_there = remote
    put_there(OFFENDERS, LARGE)
    later = b"LATER" + LARGE[:3_000_000]
    wire.breaks_at, wire.at_break = [1_500_000], lambda: put_there(OFFENDERS, later)
    assert pull(place)["far"].is_complete
    assert landed(place) == {OFFENDERS: later}
    assert [entry["size"] for entry in record(place)] == [len(later)]


def test_a_change_that_breaks_no_connection_is_seen_too(place, tmp_path, monkeypatch):
    from fsspec.implementations.local import LocalFileSystem

    file = put(tmp_path / "share", OFFENDERS, LARGE)
    declare(place, share={"url": f"file://{tmp_path / 'share'}"})
    read = LocalFileSystem.cat_file
    states = iter([b"a" * len(LARGE), b"b" * len(LARGE), None])

    def read_and_change(self, path, start=None, end=None, **kwargs):
        piece = read(self, path, start=start, end=end, **kwargs)
        if start == PIECE and (state := next(states)):
            file.write_bytes(state)
        return piece

    monkeypatch.setattr(LocalFileSystem, "cat_file", read_and_change)
    account = pull(place)["share"]
    assert landed(place) == {} and "changes at the source" in account.not_fetched[0]["reason"]
    account = pull(place)["share"]
    assert account.is_complete and landed(place) == {OFFENDERS: b"b" * len(LARGE)}


def test_a_file_sent_again_with_other_bytes_is_fetched_again_once_the_first_is_kept(place, sftp):
    declare(place, far=over_sftp(sftp, place))
    put(sftp.root, OFFENDERS, b"OFFENDER_ID\n1\n")
    pull(place)
    put(sftp.root, OFFENDERS, b"OFFENDER_ID\n1\n2\n")
    account = pull(place)["far"]
    assert "no refresh has kept yet" in account.not_fetched[0]["reason"]
    assert landed(place)[OFFENDERS] == b"OFFENDER_ID\n1\n"
    from orchestration.landing.deliveries import keep_deliveries

    keep_deliveries(place.landing, place.home / "landed")
    account = pull(place)["far"]
    assert account.is_complete and account.received == 0
    assert landed(place) == {OFFENDERS: b"OFFENDER_ID\n1\n2\n"} and len(record(place)) == 2


def test_a_fetch_killed_between_the_record_and_the_move_asks_for_nothing(place, sftp, monkeypatch):
    declare(place, far=over_sftp(sftp, place))
    put(sftp.root, OFFENDERS, LARGE)
    from orchestration.fetch.transport import Record

    with monkeypatch.context() as patch:
        patch.setattr(Record, "_move", lambda *_: None)
        pull(place)
    assert OFFENDERS not in landed(place) and len(record(place)) == 1
    sent = sftp.wire.sent
    pull(place)
    assert landed(place) == {OFFENDERS: LARGE} and sftp.wire.sent - sent < 100_000 and len(record(place)) == 1


def test_a_line_of_the_record_cut_off_by_a_power_cut_costs_no_other_line(place, sftp):
    declare(place, far=over_sftp(sftp, place))
    put(sftp.root, OFFENDERS, b"OFFENDER_ID\n1\n")
    (place.home / "fetch").mkdir()
    (place.home / "fetch" / "record.jsonl").write_text('{"key": "4c')
    assert pull(place)["far"].fetched == 1
    assert pull(place)["far"].fetched == 0


@pytest.mark.parametrize("known", ["another", "none", "absent"])
def test_a_server_whose_key_is_not_the_known_one_is_told_nothing(place, sftp, tmp_path, known):
    put(sftp.root, OFFENDERS, LARGE)
    declare(place, far=over_sftp(sftp, place))
    hosts = place.home / "known_hosts"
    if known == "another":
        other = SFTP(tmp_path / "other")
        hosts.write_text(sftp.known_hosts.rsplit(" ", 1)[0] + " " + other.known_hosts.rsplit(" ", 1)[1])
        other.stop()
    elif known == "none":
        hosts.write_text("")
    else:
        hosts.unlink()
    before = hosts.read_text() if hosts.exists() else None
    account = pull(place)["far"]
    assert "known_hosts" in account.reason and landed(place) == {} and sftp.logins == []
    assert (hosts.read_text() if hosts.exists() else None) == before


def test_a_source_that_is_down_or_badly_declared_does_not_stop_the_others(place, sftp, tmp_path):
    put(sftp.root, OFFENDERS, b"OFFENDER_ID\n1\n")
    put(tmp_path / "share", "nomis/2024-03-31/ADDRESSES.csv", b"ADDRESS_ID\n1\n")
    good, wrong = over_sftp(sftp, place), {"username": "T_USER", "password": "T_SECRET"}
    declare(
        place,
        a_down={
            **good,
            "url": "s3://extracts",
            "endpoint_url": "http://127.0.0.1:9",
            "credentials": {"key": "T_KEY", "secret": "T_SECRET"},
        },
        b_wrong_password={**good, "credentials": wrong},
        c_no_such_folder={**good, "url": sftp.url + "nowhere"},
        d_unset={**good, "credentials": {"username": "T_USER", "password": "T_NOT_SET"}},
        e_secret_in_url={**good, "url": f"sftp://{USER}:{PASSWORD}@127.0.0.1/"},
        f_secret_as_name={**good, "credentials": {"username": "T_USER", "password": PASSWORD}},
        g_good=good,
        h_share={"url": f"file://{tmp_path / 'share'}"},
    )
    said = Said()
    accounts = pull(place, said)
    assert {name for name, account in accounts.items() if account.is_complete} == {"g_good", "h_share"}
    assert set(landed(place)) == {OFFENDERS, "nomis/2024-03-31/ADDRESSES.csv"}
    reasons = {name: account.reason for name, account in accounts.items()}
    assert "could not be reached" in reasons["a_down"] or "connection" in reasons["a_down"]
    assert "does not accept the credentials" in reasons["b_wrong_password"]
    assert "no such folder" in reasons["c_no_such_folder"] and "is not set" in reasons["d_unset"]
    assert "url holds a user" in reasons["e_secret_in_url"] and "never the secret itself" in reasons["f_secret_as_name"]
    told = "\n".join(said) + "".join(p.read_text() for p in (place.home / "fetch").iterdir())
    assert not [secret for secret in (USER, PASSWORD, KEY, SECRET) if secret in told]


@pytest.mark.parametrize(
    "text", ["far: [", "just words", "far: {url: ftp://x/, valid_from: 2024-01-01}", "far: {url: 'file:///x'}", "Far Away: {}", "far: 3",
             "far: {url: 'file:///x', valid_from: 2024-01-01, passwort: geheim}", "\x00", "far: {url: 'sftp://[x', valid_from: 2024-01-01}",
             "far: {url: 3, valid_from: 2024-01-01}"]
)  # fmt: skip
def test_a_declaration_that_cannot_be_followed_is_told_and_stops_nothing(place, text):
    (place.home / "sources.yml").write_text(text)
    (account,) = pull(place).values()
    assert account.reason and "geheim" not in account.reason and "Error" not in account.reason


@pytest.mark.parametrize("kind", ["sftp", "s3"])
def test_a_server_that_says_nothing_is_given_up(place, monkeypatch, kind):
    monkeypatch.setattr("orchestration.fetch.sources.SECONDS_TO_ANSWER", 1)
    (place.home / "known_hosts").touch()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        credentials = {"username": "T_USER", "password": "T_PASSWORD"} if kind == "sftp" else {"key": "T_KEY", "secret": "T_SECRET"}
        far = {"url": f"sftp://{address}/" if kind == "sftp" else "s3://extracts", "credentials": credentials}
        declare(place, far=far if kind == "sftp" else {**far, "endpoint_url": f"http://{address}"})
        assert pull(place)["far"].reason


def test_a_server_that_falls_silent_in_mid_file_is_asked_again(remote, place, monkeypatch):
    wire, put_there = remote
    monkeypatch.setattr("orchestration.fetch.sources.SECONDS_TO_ANSWER", 1)
    put_there(OFFENDERS, LARGE)
    wire.breaks_at, wire.at_break = [3_000_000], lambda: time.sleep(3)
    said = Said()
    assert pull(place, said)["far"].is_complete
    assert landed(place) == {OFFENDERS: LARGE} and wire.sent < ABOUT_ONCE
    assert [line for line in said if "trying again from where it stopped" in line]


def test_names_from_outside_lead_nowhere(place, s3, sftp, tmp_path):
    outside = tmp_path / "outside.csv"
    for key in ("../../outside.csv", "nomis/2024-03-31/../../../outside.csv", "nomis/../OFFENDERS.csv", "nomis/2024-03-31/..", "/etc/passwd",
                "nomis/2024-03-31/deep/OFFENDERS.csv", "nomis/2024-03-31/.OFFENDERS.csv", "nomis/2024-03-31/R_\n.csv", "nomis/2023-12-31/OFFENDERS.csv",
                "nomis/2024-13-31/OFFENDERS.csv", "unheard_of/2024-03-31/OFFENDERS.csv", "nomis/2024-03-31/Invented Person.csv"):  # fmt: skip
        s3.put(key, b"hostile")
    s3.put(OFFENDERS, b"OFFENDER_ID\n1\n")
    secret = put(tmp_path, "secret.csv", b"ours")
    put(sftp.root, "ndelius/2024-03-31/OFFENDER.csv", b"OFFENDER_ID\n1\n")
    (sftp.root / "ndelius/2024-03-31/EVENT.csv").symlink_to(secret)
    (sftp.root / "nomis").symlink_to(tmp_path)
    sftp.adds_names = [b"../../../outside.csv", b"/etc/passwd", b"nomis/2024-03-31/X.csv"]
    share = tmp_path / "share"
    (share / "cas/2024-03-31").mkdir(parents=True)
    (share / "cas/2024-03-31/AP_PLACEMENT.csv").symlink_to(secret)
    declare(place, store=over_s3(s3), far=over_sftp(sftp, place), share={"url": f"file://{share}"})
    accounts = pull(place)
    assert set(landed(place)) == {OFFENDERS, "ndelius/2024-03-31/OFFENDER.csv"} and not outside.exists()
    assert sum(accounts["store"].ignored.values()) >= 10 and accounts["share"].ignored == {
        "a link, or not <source>/<complete_to>/<file>": 1
    }
    assert sum(accounts["far"].ignored.values()) >= 3
    assert "Invented Person" not in str(accounts)


def test_nobody_elsewhere_decides_who_is_who(place, tmp_path):
    share = tmp_path / "share"
    put(share, "decisions/2024-03-31/LINK_DECISION.csv", b"decision_id\n1\n")
    put(share, OFFENDERS, b"OFFENDER_ID\n1\n")
    declare(place, share={"url": f"file://{share}"})
    assert pull(place)["share"].ignored == {"decisions, which are made here alone": 1} and set(landed(place)) == {OFFENDERS}


def test_a_private_key_opens_the_door_too(place, sftp, tmp_path, monkeypatch):
    sftp.client_key = asyncssh.generate_private_key("ssh-ed25519")
    sftp.client_key.write_private_key(tmp_path / "key", passphrase=PASSWORD, rounds=50)
    monkeypatch.setenv("T_KEY_FILE", str(tmp_path / "key"))
    put(sftp.root, OFFENDERS, b"OFFENDER_ID\n1\n")
    credentials = {"username": "T_USER", "key_file": "T_KEY_FILE", "passphrase": "T_PASSWORD"}
    declare(place, far={**over_sftp(sftp, place), "credentials": credentials})
    assert pull(place)["far"].is_complete
    (tmp_path / "key").unlink()
    assert "key_file does not hold the path of a file" in pull(place)["far"].reason


def test_the_files_of_a_delivery_wait_for_its_note(place, sftp):
    declare(place, far=over_sftp(sftp, place))
    note = put(sftp.root, "nomis/2024-03-31/delivery.json", b'{"kind": "changes"}')
    put(sftp.root, OFFENDERS, b"OFFENDER_ID\n1\n")
    put(sftp.root, "nomis/2024-04-30/OFFENDERS.csv", b"OFFENDER_ID\n1\n")
    sftp.forbids = note.name
    account = pull(place)["far"]
    assert set(landed(place)) == {"nomis/2024-04-30/OFFENDERS.csv"}
    assert {one["file"] for one in account.not_fetched} == {OFFENDERS, "nomis/2024-03-31/delivery.json"}
    assert account.why_not == (
        "2 files not fetched; nomis/2024-03-31/delivery.json: the source does not allow it: check the credentials and what they may read"
    )
    sftp.forbids = None
    assert pull(place)["far"].is_complete
    assert [entry["target"].rpartition("/")[2] for entry in record(place)] == ["OFFENDERS.csv", "delivery.json", "OFFENDERS.csv"]


def test_two_sources_of_one_file_lose_neither(place, sftp, tmp_path):
    put(sftp.root, OFFENDERS, b"OFFENDER_ID\n1\n")
    put(tmp_path / "share", OFFENDERS, b"OFFENDER_ID\n2\n")
    declare(place, far=over_sftp(sftp, place), share={"url": f"file://{tmp_path / 'share'}"})
    accounts = pull(place)
    assert accounts["far"].is_complete and "no refresh has kept yet" in accounts["share"].not_fetched[0]["reason"]
    assert landed(place)[OFFENDERS] == b"OFFENDER_ID\n1\n"


def test_a_long_fetch_says_how_far_it_is(place, sftp):
    declare(place, far=over_sftp(sftp, place))
    put(sftp.root, OFFENDERS, LARGE)
    sftp.wire.pace = 0.006
    said = Said()
    pull(place, said)
    assert [line for line in said if line.startswith("fetch: far: 0 of 1 files, ") and line.endswith(" of 8.0 MB")]
