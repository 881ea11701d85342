"""Real servers on loopback: SFTP (asyncssh), S3 over HTTP (moto), and a wire between that can break."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.request
from pathlib import Path

import asyncssh
import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

USER, PASSWORD = "gatehouse-test-user", "invented-password-0815"
KEY, SECRET = "INVENTEDKEY", "invented-secret-4711"


class Wire:
    """Carries bytes between a client and the server at `port`. `sent` counts all bytes from the server. The connection breaks
    once for each number in `breaks_at`, when so many have been sent; `at_break` is called first. `pace`: seconds for each 16 KiB."""

    def __init__(self, port: int) -> None:
        self.server, self.breaks_at, self.sent, self.connections = port, [], 0, 0
        self.pace, self.at_break = 0.0, lambda: None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self.server))
            threading.Thread(target=self._carry, args=(client, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, client, True), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket, is_from_server: bool) -> None:
        try:
            while data := here.recv(16384):
                if is_from_server:
                    if self.breaks_at and self.sent + len(data) > self.breaks_at[0]:
                        self.breaks_at.pop(0)
                        self.at_break()
                        break
                    time.sleep(self.pace)
                    self.sent += len(data)
                there.sendall(data)
        except OSError:
            pass
        for end in (here, there):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        self.listener.close()


class SFTP:
    """An SFTP server over the folder `root`, reached through `wire`; `known_hosts`: its line for the client. `logins`: who has
    tried. It lists `adds_names` at its top although they are not there, and does not open files named `forbids`."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root, self.loop = root, asyncio.new_event_loop()
        self.logins, self.adds_names, self.forbids, self.client_key = [], [], None, None
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = asyncio.run_coroutine_threadsafe(self._listen(key), self.loop).result(20)
        self.wire = Wire(self.port)
        public = key.export_public_key().decode().split()
        self.known_hosts = f"[127.0.0.1]:{self.wire.port} {public[0]} {public[1]}\n"
        self.url = f"sftp://127.0.0.1:{self.wire.port}/"

    async def _listen(self, key: asyncssh.SSHKey) -> int:
        ours = self

        class Login(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                ours.logins.append(username)
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

            def public_key_auth_supported(self) -> bool:
                return ours.client_key is not None

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return username == USER and key == ours.client_key.convert_to_public()

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel):
                super().__init__(channel, chroot=str(ours.root))

            async def scandir(self, path):
                async for name in super().scandir(path):
                    yield name
                for name in ours.adds_names if path == b"/" else []:
                    yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(size=7, permissions=0o040755, atime=0, mtime=0))

            def open(self, path, pflags, attrs):
                if ours.forbids and path.decode().endswith(ours.forbids):
                    raise asyncssh.SFTPPermissionDenied("forbidden")
                return super().open(path, pflags, attrs)

        self.acceptor = await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], server_factory=Login, sftp_factory=Files)
        return self.acceptor.get_port()

    def stop(self) -> None:
        self.wire.close()
        self.loop.call_soon_threadsafe(self.acceptor.close)


class S3:
    """An S3 server with the bucket `extracts`, reached through `wire`."""

    def __init__(self, port: int) -> None:
        self.wire = Wire(port)
        self.endpoint = f"http://127.0.0.1:{self.wire.port}"
        options = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "eu-west-2"}
        self.client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **options)
        self.client.create_bucket(Bucket="extracts", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})

    def put(self, key: str, body: bytes) -> None:
        # Not over HTTP, where a key with .. in it never arrives.
        s3_backends[ACCOUNT_ID]["aws"].put_object("extracts", key, body)

    def stop(self) -> None:
        self.wire.close()
        # What moto holds is the process's, not the server's.
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.wire.server}/moto-api/reset", method="POST")).close()


@pytest.fixture
def sftp(tmp_path: Path):
    server = SFTP(tmp_path / "remote")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def moto():
    """The port of a server that is emptied after each test: it takes half a second to stop."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture
def s3(moto: int):
    server = S3(moto)
    yield server
    server.stop()
