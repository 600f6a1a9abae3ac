"""A server on 127.0.0.1 that plays the REST APIs of Kite and Fyers."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import socket
import struct
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.brokers import rest_history

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingestor.tokens import Broker
    from tests.brokers.rest_history import Provider

PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class Reply(NamedTuple):
    """An answer to one request."""

    body: str = ""
    status: int = 200
    kind: str = "text/csv"
    delay: float = 0.0
    missing: int = 0
    """Bytes that are announced and never sent."""
    reset: bool = False
    """The connection breaks instead."""
    headers: Mapping[str, str] = {}


BAD_GATEWAY = Reply(PAGE, 502, "text/html")
TOO_MANY = Reply('{"status":"error","message":"Too many requests","error_type":"NetworkException"}', 429)
CUT_OFF = Reply('{"status":"success","s":"ok","data":{"candles":[["2026', missing=1_000)
RESET = Reply(reset=True)


class Request(NamedTuple):
    path: str
    headers: Mapping[str, str]
    body: str
    query: str
    at: float
    """Monotonic seconds."""

    @property
    def history(self) -> Broker | None:
        """The broker whose candles are asked for."""
        if self.path.startswith("/instruments/historical/"):
            return "kite"
        return "fyers" if self.path == "/data/history" else None


def now_and_then(seed: int, share: float, faults: Sequence[Reply]) -> Callable[[Request], Reply | None]:
    """What `RestServer.fault` may be: one of the faults instead of this share of the answers."""
    luck = random.Random(seed)
    return lambda _: luck.choice(faults) if luck.random() < share else None


def jwt(claims: Mapping[str, object]) -> str:
    """A token in the form of Fyers', with a signature that nobody checks."""
    parts = ({"typ": "JWT", "alg": "HS256"}, claims)
    return ".".join(
        [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts] + ["c2lnbmF0dXJl"]
    )


class RestServer:
    """Both brokers. What a test puts into `replies` of a path comes first, in order; then the broker's own answer."""

    api_key, api_secret = "kitekey", "kitesecret-5d1f"
    app_id, app_secret = "XC12345-100", "fyerssecret-77aa"
    access_token = "kite-access-token-0b9c"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.replies: defaultdict[str, list[Reply]] = defaultdict(list)
        self.files: dict[str, str] = {}
        """Text by path."""
        self.codes = {"goodcode"}
        """Request tokens and auth codes that are good for one login."""
        self.bars: Provider = lambda *_: ()
        """The candles that both brokers have."""
        self.fault: Callable[[Request], Reply | None] = lambda _: None
        """What is answered to a request for candles before anything else is looked at; None: the truth."""
        self.fyers_token = jwt({"sub": "access_token", "iat": 1_795_250_000, "exp": 4_102_444_800})
        handler = type("Handler", (_Handler,), {"rest": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def times(self, broker: Broker) -> list[float]:
        """When a broker was asked for candles, in monotonic seconds."""
        return [request.at for request in self.requests if request.history == broker]

    def answer(self, request: Request) -> Reply:
        if scripted := self.replies[request.path]:
            return scripted.pop(0)
        if request.history:
            return self.fault(request) or self._history(request)
        if request.path == "/session/token":
            return self._kite_session(request)
        if request.path == "/api/v3/validate-authcode":
            return self._fyers_session(request)
        if request.path in self.files:
            return Reply(self.files[request.path])
        return Reply("no such page", 404, "text/plain")

    def _history(self, request: Request) -> Reply:
        query, authorization = dict(parse_qsl(request.query)), request.headers.get("Authorization")
        if request.history == "fyers":
            if authorization != f"{self.app_id}:{self.fyers_token}":
                return _json({"s": "error", "code": -16, "message": "Could not authenticate the user"}, 401)
            return _json(*rest_history.fyers(query, self.bars))
        if authorization != f"token {self.api_key}:{self.access_token}":
            return WRONG_TOKEN
        return _json(*rest_history.kite(request.path, query, self.bars))

    def _kite_session(self, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body).items()}
        wanted = hashlib.sha256(f"{self.api_key}{form['request_token']}{self.api_secret}".encode()).hexdigest()
        if form["api_key"] != self.api_key:
            return _kite_error(400, "Invalid `api_key`.", "InputException")
        if form["checksum"] != wanted:
            return _kite_error(403, "Invalid `checksum`.", "TokenException")
        if form["request_token"] not in self.codes:
            return _kite_error(403, "Token is invalid or has expired.", "TokenException")
        self.codes.remove(form["request_token"])
        data = {"user_id": "AB1234", "access_token": self.access_token, "login_time": "2026-11-20 09:01:02"}
        return _json({"status": "success", "data": data})

    def _fyers_session(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        wanted = hashlib.sha256(f"{self.app_id}:{self.app_secret}".encode()).hexdigest()
        if asked["grant_type"] != "authorization_code" or asked["appIdHash"] != wanted:
            return _json({"s": "error", "code": -413, "message": "invalid app id hash"}, 400)
        if asked["code"] not in self.codes:
            return _json({"s": "error", "code": -437, "message": "invalid auth code"}, 400)
        self.codes.remove(asked["code"])
        return _json({"s": "ok", "code": 200, "message": "", "access_token": self.fyers_token, "refresh_token": "r"})


def _json(value: object, status: int = 200) -> Reply:
    return Reply(json.dumps(value), status, "application/json")


def _kite_error(status: int, message: str, kind: str) -> Reply:
    return _json({"status": "error", "message": message, "data": None, "error_type": kind}, status)


WRONG_TOKEN = _kite_error(403, "Incorrect `api_key` or `access_token`.", "TokenException")


class _Handler(BaseHTTPRequestHandler):
    rest: RestServer

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        address = urlsplit(self.path)
        request = Request(address.path, dict(self.headers), body, address.query, time.monotonic())
        self.rest.requests.append(request)
        reply = self.rest.answer(request)
        time.sleep(reply.delay)
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return os.close(self.connection.detach())
        data = reply.body.encode()
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(data) + reply.missing))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except ConnectionError:
            return None  # the client did not wait
        return None

    do_POST = do_GET  # noqa: N815 - the name that the base class asks for

    def log_message(self, *_: Any) -> None: ...  # noqa: ANN401 - as in the base class
