"""An OpenID Connect provider on loopback: oidc-provider-mock, with the device grant (RFC 8628) beside it and ID tokens that can be spoilt."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flask
import oidc_provider_mock
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User
from oidc_provider_mock._storage import Client, ClientAllowAny
from werkzeug.serving import make_server

CLIENT, SECRET = "gatehouse-invented", "invented-client-secret-4711"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
# `sub` and what the provider says of them. Nobody of these exists.
PEOPLE = {
    "alma": {"email": "Alma.Invented@example.org", "email_verified": True},
    "bram": {"email": "bram.invented@example.org", "email_verified": True},
    "unverified": {"email": "unverified.invented@example.org", "email_verified": False},
    "unsaid": {"email": "unsaid.invented@example.org"},
    "nameless": {"email_verified": True},
    **{sub: {"email": f"{sub}.invented@example.org", "email_verified": True} for sub in ("cora", "dina", "emil", "finn", "gero", "hedy")},
}
Claims = dict[str, Any]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _split(token: str) -> tuple[Claims, Claims]:
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(payload)


class Provider:
    """`spoil`: how the ID tokens it gives are wrong, a key of SPOILT; '' where they are right. `script`: what is answered to the next
    questions of the device grant before the truth. `given`: codes and tokens handed out, none of which may be seen anywhere."""

    def __init__(self) -> None:
        self.forget()
        self.other_key = RSAKey.generate_key(2048, {"kid": "somebody-else"})
        app = oidc_provider_mock.app(user_claims=[User(sub=sub, claims=dict(claims)) for sub, claims in PEOPLE.items()])
        app.debug = False
        app.before_request(self._before)
        app.after_request(self._after)
        app.add_url_rule("/device", view_func=self._device, methods=["POST"])
        self.server = make_server("127.0.0.1", 0, app.wsgi_app.app if hasattr(app.wsgi_app, "app") else app, threaded=True)
        self.issuer = f"http://localhost:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def forget(self) -> None:
        """As it was in the beginning."""
        self.spoil, self.lifetime, self.is_away = "", 3600, False
        self.script: list[str] = []
        self.given: list[str] = []
        self.asked: dict[str, tuple[str, str]] = {}  # device code: whoever agreed, '' where nobody yet, and the code to enter
        self.denied: set[str] = set()
        self.interval, self.patience = 1, 600

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def approve(self, user_code: str, sub: str) -> None:
        """Somebody enters the code in a browser and agrees."""
        (device,) = (device for device, (_, code) in self.asked.items() if code == user_code)
        self.asked[device] = (sub, user_code)

    def token(self, sub: str = "alma", **other: Any) -> str:
        """An ID token as it gives them, `other` than usual, signed by its key."""
        now = int(time.time())
        said = {"iss": self.issuer, "aud": [CLIENT], "iat": now, "exp": now + self.lifetime, "sub": sub, **PEOPLE[sub], **other}
        return self._signed(said)

    def _signed(self, said: Claims) -> str:
        return jwt.encode(
            {"alg": "RS256", "kid": self.key.kid}, {name: value for name, value in said.items() if value is not None}, self.key
        )

    @property
    def key(self) -> RSAKey:
        return RSAKey.import_key(self._jwk)

    def _before(self) -> flask.Response | None:
        store = flask.g.oidc_provider_mock_storage
        self._jwk = store.jwk.as_dict(is_private=True)
        if store.get_client(CLIENT) is None:
            scopes = Client.SCOPES_SUPPORTED
            store.store_client(
                Client(
                    id=CLIENT,
                    secret=SECRET,
                    redirect_uris=ClientAllowAny(),
                    allowed_scopes=scopes,
                    token_endpoint_auth_method="client_secret_basic",
                )
            )
        if self.is_away:
            return flask.Response("away", 503)
        form = flask.request.form
        if flask.request.path == "/oauth2/token" and form.get("grant_type") == DEVICE:
            return self._device_token(form)
        return None

    def _is_client(self) -> bool:
        asks = flask.request.authorization
        return bool(asks) and (asks.username, asks.password) == (CLIENT, SECRET)

    def _device(self) -> Any:
        if not self._is_client():
            return {"error": "invalid_client"}, 401
        device, code = secrets.token_urlsafe(32), "-".join("".join(secrets.choice("BCDFGHJKLM") for _ in range(4)) for _ in range(2))
        self.asked[device] = ("", code)
        self.given.append(device)
        return {"device_code": device, "user_code": code, "verification_uri": f"{self.issuer}/device/enter",
                "interval": self.interval, "expires_in": self.patience}  # fmt: skip

    def _device_token(self, form: Any) -> flask.Response:
        if not self._is_client():
            return flask.make_response(({"error": "invalid_client"}, 401))
        sub, code = self.asked[form["device_code"]]
        if error := self.script.pop(0) if self.script else "":
            return flask.make_response(({"error": error, "error_description": "invented"}, 400))
        if code in self.denied:
            return flask.make_response(({"error": "access_denied"}, 400))
        if not sub:
            return flask.make_response(({"error": "authorization_pending"}, 400))
        self.given.append(access := secrets.token_urlsafe(24))
        return flask.make_response(
            {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime, "id_token": self.token(sub)}
        )

    def _after(self, answer: flask.Response) -> flask.Response:
        path = flask.request.path
        if path == "/.well-known/openid-configuration":
            said = json.loads(answer.get_data())
            said["device_authorization_endpoint"] = f"{self.issuer}/device"
            said["issuer"] = self.issuer
            if self.spoil in OFFERED:
                said["id_token_signing_alg_values_supported"] += OFFERED[self.spoil]
            answer.set_data(json.dumps(said))
        if path == "/oauth2/authorize" and (to := answer.headers.get("Location", "")):
            self.given.append(to.partition("code=")[2].partition("&")[0])
        if path == "/oauth2/token" and answer.status_code == 200:
            given = json.loads(answer.get_data())
            _, said = _split(given["id_token"])
            said |= {"iss": self.issuer, "exp": said["iat"] + self.lifetime}
            said.pop("at_hash", None)
            given["id_token"] = SPOILT[self.spoil](self, said)
            self.given += filter(None, [given["id_token"], given["access_token"], said.get("nonce")])
            answer.set_data(json.dumps(given))
        return answer

    def _unsigned(self, said: Claims) -> str:
        return f"{_b64(json.dumps({'alg': 'none'}).encode())}.{_b64(json.dumps(said).encode())}."

    def _by_secret(self, said: Claims, secret: bytes) -> str:
        # By hand: the library refuses to make such a one.
        parts = f"{_b64(json.dumps({'alg': 'HS256', 'kid': self.key.kid}).encode())}.{_b64(json.dumps(said).encode())}"
        return f"{parts}.{_b64(hmac.digest(secret, parts.encode(), 'sha256'))}"

    def _by_another_key(self, said: Claims, kid: str) -> str:
        return jwt.encode({"alg": "RS256", "kid": kid}, said, self.other_key)

    def _altered(self, said: Claims) -> str:
        header, _, signature = self._signed(said).split(".")
        return f"{header}.{_b64(json.dumps(said | PEOPLE['bram']).encode())}.{signature}"

    def _of_before(self, said: Claims) -> str:
        """An ID token that was right when it was given, some minutes ago."""
        return self._signed(said | {"iat": said["iat"] - 300, "nonce": "of-another-sign-in" if "nonce" in said else None})


Spoil = Callable[[Provider, Claims], str]
SPOILT: dict[str, Spoil] = {
    "": lambda of, said: of._signed(said),
    "wrong audience": lambda of, said: of._signed(said | {"aud": ["another-application"]}),
    "wrong audience, though meant for us": lambda of, said: of._signed(said | {"aud": ["another-application"], "azp": CLIENT}),
    "for two, the other being meant": lambda of, said: of._signed(
        said | {"aud": [CLIENT, "another-application"], "azp": "another-application"}
    ),
    "wrong issuer": lambda of, said: of._signed(said | {"iss": "http://localhost:1"}),
    "long expired": lambda of, said: of._signed(said | {"iat": said["iat"] - 7200, "exp": said["iat"] - 3600}),
    "just expired": lambda of, said: of._signed(said | {"iat": said["iat"] - 90, "exp": said["iat"] - 30}),
    "of the future": lambda of, said: of._signed(said | {"iat": said["iat"] + 3600, "exp": said["iat"] + 7200}),
    "tampered": lambda of, said: of._altered(said),
    "signature cut": lambda of, said: of._signed(said)[:-20],
    "alg none": lambda of, said: of._unsigned(said),
    "alg none, as offered": lambda of, said: of._unsigned(said),
    "signed by the client's secret": lambda of, said: of._by_secret(said, SECRET.encode()),
    "signed by the public key as a secret": lambda of, said: of._by_secret(said, of.key.as_pem(private=False)),
    "unknown key": lambda of, said: of._by_another_key(said, "somebody-else"),
    "another key by the right name": lambda of, said: of._by_another_key(said, str(of.key.kid)),
    "wrong nonce": lambda of, said: of._signed(said | {"nonce": "of-nobody"}),
    "no nonce": lambda of, said: of._signed({name: value for name, value in said.items() if name != "nonce"}),
    "replayed ID token": lambda of, said: of._of_before(said),
    "no ID token": lambda of, said: "",
}
# What the provider says that it signs by, beside RS256.
OFFERED = {"alg none, as offered": ["none"], "signed by the client's secret": ["HS256"], "signed by the public key as a secret": ["HS256"]}


@contextmanager
def provided() -> Iterator[Provider]:
    """A provider that answers on loopback."""
    of = Provider()
    of._thread.start()
    try:
        yield of
    finally:
        of.server.shutdown()
        of._thread.join(5)
        of.server.server_close()
