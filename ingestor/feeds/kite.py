"""Live ticks from Kite, over as many connections as the list takes."""

from __future__ import annotations

import logging
import threading
import warnings
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog

from ingestor.errors import BhavError
from ingestor.feeds.kite_connection import Access, KiteConnection
from ingestor.model import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingestor.model import Event

log = structlog.get_logger()

CONNECTIONS = 3
PER_CONNECTION = 3_000
"""Instruments; both are Kite's limits for an API key."""
BEAT = 0.1
"""Seconds between looks at what is due."""

_starting = threading.Lock()


class Kite:
    """Feed of Kite's ticker through the official SDK, in full mode. A key is an instrument token.

    `token` returns the access token of now, None where there is none; one that Kite refused is not tried again.
    `root`: another server than Kite's own. `silence`: seconds without any message after which a connection is given up;
    Kite sends a heartbeat every second or so. `backoff`: seconds between tries, the first and the longest.
    """

    source = "kite"
    may_wait = False
    capacity = CONNECTIONS * PER_CONNECTION

    def __init__(
        self,
        api_key: str,
        token: Callable[[], str | None],
        root: str | None = None,
        *,
        silence: float = 10.0,
        backoff: tuple[float, float] = (0.5, 30.0),
    ) -> None:
        self._access = Access(api_key, token, root, silence, backoff)
        self._wanted: dict[int, int] = {}

    def progress(self) -> tuple[float, float]:
        return 0.0, 0.0

    def follow(self, keys: Mapping[str, int]) -> None:
        """Subscribe to these, from any thread; a key that is no token is logged. Raises `BhavError` for too many."""
        if len(keys) > self.capacity:
            raise BhavError(
                f"Kite carries {self.capacity:,} instruments, not {len(keys):,}", "shorten the list: bhav watch remove"
            )
        if wrong := [key for key in keys if not key.isdecimal()]:
            log.error("no instrument tokens", keys=wrong)
        self._wanted = {int(key): instrument_id for key, instrument_id in keys.items() if key.isdecimal()}

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None:
        """Emit what arrives, on the reactor's thread, until `stop` is set."""
        from twisted.internet.threads import blockingCallFromThread  # noqa: PLC0415 - comes with the SDK

        followed: Mapping[int, int] = {}
        rejected: Counter[str] = Counter()
        names = [f"kite-{number}" for number in range(1, CONNECTIONS + 1)]
        connections = [KiteConnection(name, self._access, emit, rejected) for name in names]

        def beat() -> None:
            nonlocal followed
            if followed is not self._wanted:
                followed = self._wanted
                share(followed, connections)
            for connection in connections:
                connection.beat()
            for reason, count in rejected.items():
                emit(Rejected(reason, count))
            rejected.clear()

        def close() -> None:
            for connection in connections:
                connection.close("stopped")

        reactor = running_reactor()
        while not stop.wait(BEAT):
            blockingCallFromThread(reactor, beat)
        blockingCallFromThread(reactor, close)


def share(wanted: Mapping[int, int], connections: list[KiteConnection]) -> None:
    """Spread a list over connections: an instrument stays where it is, a new one goes where there is room."""
    placed = {token for connection in connections for token in connection.ids}
    new = ((token, instrument_id) for token, instrument_id in wanted.items() if token not in placed)
    for connection in connections:
        kept = {token: wanted[token] for token in connection.ids if token in wanted}
        ids = kept | dict(islice(new, PER_CONNECTION - len(kept)))
        if ids != connection.ids:
            connection.ids = ids


def running_reactor() -> Any:  # noqa: ANN401 - its type depends on the platform
    """Return Twisted's reactor, running. It cannot be started twice, so it runs until the process ends."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 - importing it chooses it

    reactor: Any = chosen
    with _starting:
        if not reactor.running:
            _redirect_logs()
            started = threading.Event()
            reactor.callWhenRunning(started.set)
            threading.Thread(target=reactor.run, args=(False,), name="reactor", daemon=True).start()
            started.wait()
    return reactor


def _redirect_logs() -> None:
    """Keep the SDK and its libraries off standard error; what failed in them is logged as ours is."""
    from twisted.logger import globalLogBeginner  # noqa: PLC0415 - comes with the SDK

    show = warnings.showwarning
    globalLogBeginner.beginLoggingTo(
        [_log_failure],  # type: ignore[list-item]  # a function will do
        discardBuffer=True,
        redirectStandardIO=False,
    )
    warnings.showwarning = show
    logging.getLogger("kiteconnect.ticker").disabled = True  # repeats what its callbacks tell


def _log_failure(event: dict[str, Any]) -> None:
    if failure := event.get("log_failure"):
        log.error("failure in Kite's SDK", traceback=failure.getTraceback())
