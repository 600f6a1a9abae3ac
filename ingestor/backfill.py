"""Asks a broker for what is missing: works off ledger.backfill_requests, and queues what charts want."""

from __future__ import annotations

import time
import traceback
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

import psycopg
import structlog

from ingestor import db, tokens
from ingestor.brokers import fyers_history, kite_history
from ingestor.brokers.history import Ask, HistoryError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ingestor.brokers.history import Bars
    from ingestor.config import Settings

log = structlog.get_logger()

HISTORIES: dict[tokens.Broker, Callable[[Settings, Ask], Bars]] = {
    "kite": kite_history.history,
    "fyers": fyers_history.history,
}
LIMIT_SECONDS: dict[tokens.Broker, float] = {"kite": 5.0, "fyers": 60.0}
"""For how long nobody asks a broker that said that it was too much, unless it wants longer."""
PATIENCE = timedelta(minutes=2)
"""Age at which a claim is dead; a request that takes longer has timed out."""
FAR_SECONDS = 30.0
"""A claim does not wait longer for its turn."""
LATE_SECONDS = 0.1
"""A turn that was missed by so much is not taken: it would come together with the next."""
IDLE_SECONDS = 5
"""How often to look for requests that have become due; new ones are notified."""
AGAIN_SECONDS = 60.0
"""Before a token that was refused is tried again, before a wish that was heard is looked at again."""
AWAY_SECONDS = 5.0
"""Before the next try when the database did not answer."""
DAY_SECONDS = 86_400.0


class Claim(NamedTuple):
    """A row of gaps.claim_backfill()."""

    request_id: int
    attempt: int
    symbol: str
    broker_key: str
    broker_timeframe: str
    since: datetime
    until: datetime
    open_interest: bool


class Worker:
    """One of those that work off the queue: any number may, on any machine, and each may end at any time."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        broker: tokens.Broker,
        stop: threading.Event,
        *,
        before_claiming: Callable[[], object] = lambda: None,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Take what to call before looking at what is missing: it may store what has been seen meanwhile."""
        self._url = url
        self._settings = settings
        self._broker = broker
        self._stop = stop
        self._before_claiming = before_claiming
        self._patience = patience
        self._refused = ("", 0.0)
        """The last access token that the broker did not take, and the monotonic second of its next try."""
        self._rest_until = 0.0
        """Monotonic seconds before which there is no turn for anybody."""
        self._wanted: dict[str, float] = {}
        """What was wanted lately, and when, in monotonic seconds."""

    def run(self) -> None:
        """Work until `stop` is set, whatever happens."""
        while not self._stop.is_set():
            try:
                with db.connect(self._url, "backfill") as connection:
                    connection.execute("listen backfill")
                    connection.execute("listen want")
                    while not self._stop.is_set():
                        self._listen(connection, 0.0)
                        if not self._work(connection):
                            self._idle(connection)
            except psycopg.Error as error:  # away, or its code is being replaced
                log.warning("backfill waits for the database", error=str(error).strip())
                self._stop.wait(AWAY_SECONDS)

    def _idle(self, connection: psycopg.Connection) -> None:
        for _ in range(IDLE_SECONDS):
            if self._listen(connection, 1.0) or self._stop.is_set():
                return

    def _listen(self, connection: psycopg.Connection, seconds: float) -> bool:
        """Queue what charts want; return whether anything was notified within some seconds."""
        heard = list(connection.notifies(timeout=seconds, stop_after=1 if seconds else None))
        now = time.monotonic()
        self._wanted = {want: at for want, at in self._wanted.items() if at > now - AGAIN_SECONDS}
        for want in {notice.payload for notice in heard if notice.channel == "want"} - self._wanted.keys():
            try:
                db.call(connection, "request_wanted", {"want": want})
            except psycopg.OperationalError:
                raise
            except psycopg.DatabaseError as error:
                log.warning("somebody wants what makes no sense", want=want[:200], error=str(error).splitlines()[0])
            self._wanted[want] = now
        return bool(heard)

    def _work(self, connection: psycopg.Connection) -> bool:
        """Work off one request; return False when none is due, or the broker cannot be asked now."""
        now, (refused, refused_until) = time.monotonic(), self._refused
        token = tokens.current(self._settings, self._broker)
        if now < self._rest_until or token is None or (token.value == refused and now < refused_until):
            return False
        self._before_claiming()
        if self._stop.is_set():
            return False
        rows = db.call(connection, "claim_backfill", {"broker": self._broker, "patience": self._patience})
        if not rows:
            return False
        claim = Claim(*cast("tuple[int, int, str, str, str, datetime, datetime, bool]", rows[0]))
        key = {"request_id": claim.request_id, "attempt": claim.attempt}
        try:
            self._await_turn(connection)
            bars = self._ask(connection, claim, token.value)
            stored = self._store(connection, {**key, **bars._asdict()})
        except HistoryError as error:
            log.warning(
                "no history", symbol=claim.symbol, since=str(claim.since), fault=error.fault, error=error.message
            )
            db.call(connection, "fail_backfill", key | {"fault": error.fault, "error": error.message})
        else:
            log.info("history", symbol=claim.symbol, since=str(claim.since), until=str(claim.until), stored=stored)
        return True

    def _await_turn(self, connection: psycopg.Connection) -> None:
        """Wait until a request may be sent. Raises HistoryError when that is far off, or at a stop."""
        while True:
            ((seconds,),) = cast("list[tuple[float]]", db.call(connection, "reserve_call", {"broker": self._broker}))
            turn = time.monotonic() + seconds
            if seconds > FAR_SECONDS:
                self._rest_until = min(turn, time.monotonic() + AGAIN_SECONDS)
                raise HistoryError("limit", f"{self._broker} may not be asked for another {seconds:,.0f} s")
            if self._stop.wait(seconds):
                raise HistoryError("limit", "stopped before its turn")
            if time.monotonic() < turn + LATE_SECONDS:
                return

    def _ask(self, connection: psycopg.Connection, claim: Claim, token: str) -> Bars:
        """Send the request. Raises HistoryError, whatever goes wrong."""
        try:
            return HISTORIES[self._broker](self._settings, Ask(*claim[3:]))
        except HistoryError as error:
            if error.fault == "limit":
                seconds = min(max(error.retry_after or 0.0, LIMIT_SECONDS[self._broker]), DAY_SECONDS)
                db.call(connection, "hold_calls", {"broker": self._broker, "seconds": seconds})
            elif error.fault == "token":
                self._refused = (token, time.monotonic() + AGAIN_SECONDS)
            raise
        except Exception as error:  # ticks go on, whatever a broker sends
            place = traceback.extract_tb(error.__traceback__)[-1]  # its text may hold what is secret
            fault = f"{type(error).__name__} at {place.name}:{place.lineno}"
            raise HistoryError("answer", f"{self._broker}'s answer was not understood: {fault}") from error

    def _store(self, connection: psycopg.Connection, answer: dict[str, object]) -> tuple[object, ...] | None:
        """Store an answer; return what became of it, None when another worker has the request now."""
        try:
            with connection.transaction():
                db.call(connection, "become_owner")
                return next(iter(db.call(connection, "answer_backfill", answer)), None)
        except psycopg.OperationalError:
            raise
        except psycopg.DatabaseError as error:
            raise HistoryError("answer", f"the database refuses it: {str(error).splitlines()[0]}") from error
