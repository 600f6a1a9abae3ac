"""Keeps a live feed on the watchlist, and the database informed of the access token."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import psycopg
import structlog

from ingestor import db

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ingestor.model import LiveFeed
    from ingestor.tokens import Token

log = structlog.get_logger()

EVERY_SECONDS = 60.0
"""How often the list is made anew without a change of the watchlist: prices move, contracts expire."""
PATIENCE_SECONDS = 5.0
"""How long to wait before the next try when the database did not answer."""


class Follower:
    """Hands the feed what the watchlist comes to: at the start, when somebody changes it, and every minute."""

    def __init__(
        self,
        url: str,
        feed: LiveFeed,
        token: Callable[[], Token | None],
        stop: threading.Event,
        learn: Callable[[], None],
    ) -> None:
        """Take what to call when instruments or sessions may have changed."""
        self._url = url
        self._learn = learn
        self._feed = feed
        self._token = token
        self._stop = stop
        self._left_out = 0

    def run(self) -> None:
        """Work until `stop` is set; when the database does not answer, the feed stays on what it has."""
        while not self._stop.is_set():
            try:
                with db.connect(self._url, "follow") as connection:
                    connection.execute("listen watchlist; listen sessions")
                    while not self._stop.is_set():
                        self._follow(connection)
                        self._wait(connection)
            except psycopg.Error as error:  # away, or its code is being replaced
                log.warning("the list of instruments stays as it was", error=str(error).strip())
                self._stop.wait(PATIENCE_SECONDS)

    def _follow(self, connection: psycopg.Connection) -> None:
        source = self._feed.source
        rows = cast("list[tuple[str, int]]", db.call(connection, "subscribe", {"broker": source}))
        self._feed.follow(dict(rows[: self._feed.capacity]))
        left_out = max(len(rows) - self._feed.capacity, 0)
        if left_out and left_out != self._left_out:
            log.error("the watchlist is longer than the broker allows", limit=self._feed.capacity, left_out=left_out)
        self._left_out = left_out
        if token := self._token():
            times = {"login_at": token.login_at, "expires_at": token.expires_at}
            db.call(connection, "record_token", {"broker": source, **times})

    def _wait(self, connection: psycopg.Connection) -> None:
        """Wait for a change of the watchlist or of the trading sessions, or for as long as the list is good."""
        for _ in range(round(EVERY_SECONDS)):
            if any(connection.notifies(timeout=1.0, stop_after=1)):
                self._learn()
                return
            if self._stop.is_set():
                return
