"""Kite's ticker on this machine: its WebSocket protocol as documented, and what goes wrong with it.

It knows nothing of the product: packets are built here from the documented layout, and the SDK's parser reads them.
"""

from __future__ import annotations

import asyncio
import json
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Iterable, Iterator
    from typing import Any

    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

MOST_PER_CONNECTION = 3_000
MOST_CONNECTIONS = 3
SECONDS = 1_780_000_000
"""An exchange time."""


def frame(*packets: bytes) -> bytes:
    return struct.pack(">H", len(packets)) + b"".join(struct.pack(">H", len(packet)) + packet for packet in packets)


def ltp(token: int, price: int) -> bytes:
    return struct.pack(">2I", token, price)


def index(token: int, price: int, seconds: int | None = SECONDS) -> bytes:
    """High, low, open, close and change follow the price; in full mode a time does, too."""
    body = struct.pack(">7I", token, price, price + 9, price + 1, price + 5, price + 3, 2)
    return body if seconds is None else body + struct.pack(">I", seconds)


def quote(token: int, price: int, volume: int) -> bytes:
    """Last quantity and average price, the day's volume, quantities wanted and offered, open, high, low, close."""
    return struct.pack(
        ">11I", token, price, 7, price + 2, volume, 1_100, 1_200, price + 5, price + 9, price + 1, price + 3
    )


Level = tuple[int, int]
"""Quantity and price."""


def full(
    token: int,
    price: int,
    volume: int,
    *,
    interest: int = 0,
    seconds: int = SECONDS,
    bids: Iterable[Level] = (),
    asks: Iterable[Level] = (),
) -> bytes:
    """After what a quote has: time of the last trade, open interest with its high and low, time, five bids and asks."""
    body = quote(token, price, volume) + struct.pack(">5I", max(seconds - 1, 0), interest, interest, interest, seconds)
    for side in (bids, asks):
        levels = [*side, *[(0, 0)] * 5][:5]
        body += b"".join(struct.pack(">2I2H", quantity, level, 1, 0) for quantity, level in levels)
    return body


class Sent(NamedTuple):
    """A numbered tick that the market sent: how many connections there had been then, and its day volume."""

    session: int
    token: int
    volume: int


@dataclass
class Session:
    """One connection that was let in."""

    number: int
    socket: ServerConnection
    modes: dict[int, str] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What the client sent, in order."""


class KiteSocket:
    """A server in a thread of its own; everything it does can be changed while it runs."""

    def __init__(self, heartbeat: float = 0.05, tls: ssl.SSLContext | None = None) -> None:
        """With `tls` it is to be called localhost."""
        self._tls = tls
        self.tokens = {"good"}
        """The access tokens that are let in."""
        self.heartbeat = heartbeat
        self.closes_after: float | None = None
        """Seconds after which it closes every connection."""
        self.greets_in_quote_mode = False
        """A subscription is answered at once with a packet in quote mode, which is Kite's default."""
        self.sessions: list[Session] = []
        """All there ever were."""
        self.refused: list[str] = []
        """Tokens that were not."""
        self.asked = 0
        """How many times a connection was asked for."""
        self.sent: list[Sent] = []
        self.faults: list[str] = []
        """What a client did against the protocol."""
        self._port = 0
        self._volume = 0
        self._is_open = False
        self._server: Server | None = None
        self._thawed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kite server")
        self._thread.start()
        self.start()

    @property
    def url(self) -> str:
        return f"wss://localhost:{self._port}" if self._tls else f"ws://127.0.0.1:{self._port}"

    @property
    def open(self) -> list[Session]:
        return [session for session in self.sessions if session.socket.state.name == "OPEN"]

    def start(self) -> None:
        """Listen, after a `kill` on the same port as before."""
        self._wait(self._start())

    def kill(self) -> None:
        """End as a killed process does: no goodbye, and nobody listens."""
        self._wait(self._kill())

    def stop(self) -> None:
        self.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def freeze(self) -> None:
        """Accept connections, answer nobody and send nothing."""
        self._loop.call_soon_threadsafe(self._thawed.clear)

    def thaw(self) -> None:
        """Go on, with all that came meanwhile."""
        self._loop.call_soon_threadsafe(self._thawed.set)

    def send(self, message: bytes | str) -> None:
        """Send to every connection."""
        self._wait(self._send(message))

    @contextmanager
    def trading(self) -> Iterator[None]:
        """Send each subscriber of full mode numbered ticks of each of its instruments, two hundred times a second."""
        self._is_open = True
        trades = asyncio.run_coroutine_threadsafe(self._trade(), self._loop)
        try:
            yield
        finally:
            self._is_open = False
            trades.result()

    def subscribed(self) -> dict[int, str]:
        """Return the modes of all tokens on the connections that are open."""
        return {token: mode for session in self.open for token, mode in session.modes.items()}

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> None:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            process_request=self._admit,
            ssl=self._tls,
            compression=None,
            ping_interval=None,
            open_timeout=None,
            close_timeout=0.2,
        )
        self._thawed.set()
        self._port = self._server.sockets[0].getsockname()[1]

    async def _kill(self) -> None:
        if self._server:
            for session in self.open:
                session.socket.transport.abort()
            self._server.close()
            self._thawed.set()
            await self._server.wait_closed()
            self._server = None

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked += 1
        await self._thawed.wait()
        query = parse_qs(urlsplit(request.path).query)
        (token,) = query.get("access_token", [""])
        if query.get("api_key") != ["key"] or token not in self.tokens:
            self.refused.append(token)
            return connection.respond(403, "Forbidden")
        if len(self.open) >= MOST_CONNECTIONS:
            self.faults.append("too many connections")
            return connection.respond(429, "Too many requests")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        session = Session(len(self.sessions), socket)
        self.sessions.append(session)
        tasks = [asyncio.create_task(self._beat(session))]
        if self.closes_after is not None:
            tasks.append(asyncio.create_task(self._close_later(session, self.closes_after)))
        with suppress(ConnectionClosed):
            async for text in socket:
                await self._obey(session, json.loads(text))
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await task

    async def _obey(self, session: Session, message: dict[str, Any]) -> None:
        session.messages.append(message)
        modes = session.modes
        match message:
            case {"a": "subscribe", "v": list(tokens)}:
                modes.update(dict.fromkeys(tokens, "quote"))
                if self.greets_in_quote_mode:
                    await session.socket.send(frame(*(quote(token, 10_000, 0) for token in tokens)))
            case {"a": "unsubscribe", "v": list(tokens)}:
                for token in tokens:
                    del modes[token]
            case {"a": "mode", "v": [("full" | "quote" | "ltp") as mode, list(tokens)]} if modes.keys() >= {*tokens}:
                modes.update(dict.fromkeys(tokens, mode))
            case _:
                self.faults.append(f"not understood: {message}")
        if len(modes) > MOST_PER_CONNECTION:
            self.faults.append("too many instruments")

    async def _beat(self, session: Session) -> None:
        while True:
            await asyncio.sleep(self.heartbeat)
            if self._thawed.is_set():
                await session.socket.send(b"\x00")

    async def _close_later(self, session: Session, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await session.socket.close()

    async def _send(self, message: bytes | str) -> None:
        for session in self.open:
            await session.socket.send(message)

    async def _trade(self) -> None:
        while self._is_open:
            self._volume += 1
            for session in self.open if self._thawed.is_set() else []:
                if tokens := [token for token, mode in session.modes.items() if mode == "full"]:
                    with suppress(ConnectionClosed):
                        await session.socket.send(frame(*(full(token, 10_000, self._volume) for token in tokens)))
                        self.sent += [Sent(session.number, token, self._volume) for token in tokens]
            await asyncio.sleep(0.005)
