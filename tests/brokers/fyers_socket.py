"""A server that speaks Fyers' HSM protocol as its SDK reads and writes it, and its HTTP endpoints."""

from __future__ import annotations

import base64
import json
import struct
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.http11 import Request, Response

UNCHANGED = -(2**31)
SCRIP = (
    "ltp", "vol_traded_today", "last_traded_time", "exch_feed_time", "bid_size", "ask_size", "bid_price", "ask_price",
    "last_traded_qty", "tot_buy_qty", "tot_sell_qty", "avg_trade_price", "OI", "low_price", "high_price", "Yhigh",
    "Ylow", "lower_ckt", "upper_ckt", "open_price", "prev_close_price",
)  # fmt: skip
INDEX = ("ltp", "prev_close_price", "exch_feed_time", "high_price", "low_price", "open_price")
SEGMENTS = {"1010": "nse_cm", "1011": "nse_fo"}
AUTH, ACK, SUBSCRIBE, UNSUBSCRIBE, FEED, PING, MODE, CUSTOM = 1, 3, 4, 5, 6, 11, 12, 51
PLAN_LIMIT = 51001
SERVING = "fyers server"
"""Name of the threads that accept connections."""


def jwt(name: str, expires_in: float = 3_600) -> str:
    """An access token whose holder authenticates with `name`."""

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    claims = {"exp": int(time.time() + expires_in), "hsm_key": name}
    return f"{part({'typ': 'JWT', 'alg': 'HS256'})}.{part(claims)}.c2lnbmVk"


@dataclass
class Instrument:
    """What is quoted under one topic: raw numbers as on the wire, by field."""

    topic: str
    number: int
    values: dict[str, int] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return INDEX if self.topic.startswith("if|") else SCRIP

    def snapshot(self) -> bytes:
        _, segment, token = self.topic.split("|")
        texts = b"".join(bytes([len(text)]) + text.encode() for text in (segment, token, "NAME"))
        topic = bytes([len(self.topic)]) + self.topic.encode()
        return bytes([83]) + struct.pack("=H", self.number) + topic + self.numbers(self.values) + tail(texts)

    def update(self, changes: dict[str, int]) -> bytes:
        self.values |= changes
        return bytes([85]) + struct.pack("=H", self.number) + self.numbers(changes)

    def numbers(self, values: dict[str, int]) -> bytes:
        names = self.names()
        raw = [values.get(name, UNCHANGED) for name in names]
        return bytes([len(names)]) + b"".join((number & 0xFFFFFFFF).to_bytes(4, "big") for number in raw)


def tail(texts: bytes, multiplier: int = 1, precision: int = 2) -> bytes:
    return bytes(2) + struct.pack(">HB", multiplier, precision) + texts


def frame(records: list[bytes]) -> bytes:
    body = bytes([FEED]) + struct.pack(">IH", 1, len(records)) + b"".join(records)
    return struct.pack(">H", len(body)) + body


def reply(kind: int, *values: bytes) -> bytes:
    fields = b"".join(bytes([number]) + struct.pack(">H", len(value)) + value for number, value in enumerate(values, 1))
    body = bytes([kind, len(values)]) + fields
    return struct.pack(">H", len(body)) + body


def fields_of(message: bytes) -> list[bytes]:
    fields, offset = [], 4
    for _ in range(message[3]):
        (length,) = struct.unpack(">H", message[offset + 1 : offset + 3])
        fields.append(message[offset + 3 : offset + 3 + length])
        offset += 3 + length
    return fields


def topics_of(message: bytes) -> list[str]:
    data, topics, offset = fields_of(message)[0], [], 2
    for _ in range(struct.unpack(">H", data[:2])[0]):
        topics.append(data[offset + 1 : offset + 1 + data[offset]].decode())
        offset += 1 + data[offset]
    return topics


class FyersServer:
    """Quotes instruments to whoever subscribes to them with a token of `tokens`."""

    def __init__(self) -> None:
        self.tokens: set[str] = {"good"}
        """Names (see jwt) that may authenticate on the socket."""
        self.http_status = HTTPStatus.OK
        self.handshake_seconds = 0.0
        self.refuses_handshakes = False
        self.closes_after: float | None = None
        self.agrees = True
        """False: it says nothing in answer to subscriptions."""
        self.limit: int | None = None
        """Topics that a connection carries; it complains of those beyond, and leaves them out."""
        self.authentications: list[str] = []
        self.subscribed: dict[ServerConnection, set[str]] = {}
        self.pings = 0
        self.fytokens: dict[str, str] = {}
        self.index_names: dict[str, str] = {}
        self._instruments: dict[str, Instrument] = {}
        self._lock = threading.RLock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self._http.daemon_threads = False
        self._http_thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name=SERVING
        )
        self._http_thread.start()
        self.api = f"http://127.0.0.1:{self._http.server_port}"
        self._port = 0
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/hsm"

    def start(self) -> None:
        """Accept connections, again on the port of the first time."""
        self._server = serve(
            self._serve, "127.0.0.1", self._port, process_request=self._handshake, ping_interval=None, close_timeout=0.1
        )
        self._port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name=SERVING)
        self._thread.start()

    def kill(self) -> None:
        """Drop every connection and accept none."""
        assert self._server
        assert self._thread
        self._server.shutdown()
        self._thread.join()
        self.drop()

    def drop(self) -> None:
        """Drop every connection as a dying process does, without a word."""
        with self._lock:
            connections = list(self.subscribed)
        for connection in connections:
            with suppress(OSError):
                connection.socket.shutdown(2)

    def close(self) -> None:
        self.kill()
        self._http.shutdown()
        self._http_thread.join()
        self._http.server_close()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Read and answer nothing on the connections that there are; they stay open."""
        with self._lock, ExitStack() as stack:
            for connection in list(self.subscribed):
                stack.enter_context(connection.protocol_mutex)
            yield

    def quotes(self, symbol: str, fytoken: str, index_name: str = "", **values: int) -> None:
        """Take an instrument into the list, with what a snapshot of it says."""
        self.fytokens[symbol] = fytoken
        if index_name:
            self.index_names[symbol] = index_name
        topic = (
            f"if|{SEGMENTS[fytoken[:4]]}|{index_name}" if index_name else f"sf|{SEGMENTS[fytoken[:4]]}|{fytoken[10:]}"
        )
        self._instruments[symbol] = Instrument(topic, len(self._instruments) + 1, values)

    def topic(self, symbol: str) -> str:
        return self._instruments[symbol].topic

    def quote(self, *changes: tuple[str, dict[str, int]]) -> None:
        """Send changes of instruments in one message to those who subscribed to them."""
        with self._lock:
            records = [(symbol, self._instruments[symbol].update(values)) for symbol, values in changes]
            for connection, topics in list(self.subscribed.items()):
                if mine := [record for symbol, record in records if self.topic(symbol) in topics]:
                    self._send(connection, frame(mine))

    def send(self, message: bytes | str) -> None:
        """Send a message to all as it is."""
        with self._lock:
            for connection in list(self.subscribed):
                self._send(connection, message)

    def carries(self, *symbols: str) -> bool:
        """Say whether a connection has subscribed to exactly these."""
        with self._lock:
            return {self.topic(symbol) for symbol in symbols} in self.subscribed.values()

    def _send(self, connection: ServerConnection, message: bytes | str) -> None:
        with suppress(ConnectionClosed):
            connection.send(message)

    def _handshake(self, connection: ServerConnection, _: Request) -> Response | None:
        time.sleep(self.handshake_seconds)
        return connection.respond(HTTPStatus.FORBIDDEN, "no") if self.refuses_handshakes else None

    def _serve(self, connection: ServerConnection) -> None:
        with self._lock:
            self.subscribed[connection] = set()
        timer = threading.Timer(self.closes_after or 0, connection.close)
        if self.closes_after is not None:
            timer.start()
        with suppress(ConnectionClosed, OSError):
            for message in connection:
                assert isinstance(message, bytes)
                self._answer(connection, message)
        timer.cancel()
        with self._lock:
            del self.subscribed[connection]

    def _answer(self, connection: ServerConnection, message: bytes) -> None:
        kind = message[2]
        if kind == AUTH:
            name = fields_of(message)[0].decode()
            self.authentications.append(name)
            self._send(connection, reply(AUTH, b"K" if name in self.tokens else b"N", struct.pack(">I", 2)))
        elif kind == MODE:
            self._send(connection, reply(MODE, b"K"))
        elif kind == PING:
            self.pings += 1
        elif kind in {SUBSCRIBE, UNSUBSCRIBE}:
            with self._lock:
                self._change(connection, kind, topics_of(message))

    def _change(self, connection: ServerConnection, kind: int, topics: list[str]) -> None:
        before = self.subscribed[connection]
        if not self.agrees:
            return
        if kind == UNSUBSCRIBE:
            self.subscribed[connection] = before - set(topics)
            self._send(connection, reply(UNSUBSCRIBE, b"K"))
            return
        carried = topics if self.limit is None else topics[: self.limit - len(before)]
        self._send(connection, reply(SUBSCRIBE, b"K"))
        if len(carried) < len(topics):
            code = struct.pack(">i", PLAN_LIMIT)
            self._send(connection, reply(CUSTOM, code, b"symbol limit of the plan", bytes([SUBSCRIBE])))
        self.subscribed[connection] = before | set(carried)
        snapshots = [known.snapshot() for known in self._instruments.values() if known.topic in carried]
        if snapshots:
            self._send(connection, frame(snapshots))


def handler(server: FyersServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["symbols"]
            known = {symbol: server.fytokens[symbol] for symbol in asked if symbol in server.fytokens}
            invalid = [symbol for symbol in asked if symbol not in known]
            self._answer({"s": "ok", "code": 200, "validSymbol": known, "invalidSymbol": invalid})

        def do_GET(self) -> None:
            self._answer(server.index_names)

        def _answer(self, content: dict[str, Any]) -> None:
            status = server.http_status
            body = json.dumps(content).encode() if status == HTTPStatus.OK else b"<html>no</html>"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
