"""The whole daemon on a broker's protocol: whatever befalls the connection, every tick sent after it is stored once."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Protocol

import psycopg
import pytest

from ingestor import sources, tokens
from ingestor.feeds.fyers import Fyers
from ingestor.feeds.kite import Kite
from ingestor.service import Service
from tests.brokers.fyers_socket import FyersServer, jwt
from tests.brokers.kite_socket import KiteSocket, frame, full
from tests.ingestor.daemon import (
    INDIA,
    Running,
    assert_candles,
    assert_day_volumes,
    segments,
    settings,
    stocks,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ingestor.config import Settings
    from ingestor.model import LiveFeed

STOCKS = 4
SILENCE, BACKOFF = 1.0, (0.05, 0.4)


class Side(Protocol):
    """A broker's server, and the feed for it. It lets in whoever logged in as `good`."""

    name: str
    connection: str

    def key(self, instrument_id: int) -> str: ...
    def token(self, login: str) -> str: ...
    def feed(self, settings: Settings) -> LiveFeed: ...
    def trade(self, ids: list[int], volume: int) -> None:
        """Send each subscriber a tick of now with this counter."""

    def carries(self, ids: list[int]) -> bool: ...
    def connections(self) -> int:
        """How many there have been."""
        ...

    def kill(self) -> None: ...
    def start(self) -> None: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...
    def let_in(self, login: str) -> None:
        """Nobody else from now on."""

    def close(self) -> None: ...


class KiteSide:
    name, connection = "kite", "kite-1"

    def __init__(self) -> None:
        self.server = KiteSocket()
        self.kill, self.start, self.freeze, self.close = (
            self.server.kill, self.server.start, self.server.freeze, self.server.stop,
        )  # fmt: skip

    def key(self, instrument_id: int) -> str:
        return str(instrument_id << 8 | 1)

    def token(self, login: str) -> str:
        return login

    def feed(self, settings: Settings) -> LiveFeed:
        return Kite("key", sources.token(settings, "kite"), self.server.url, silence=SILENCE, backoff=BACKOFF)

    def trade(self, ids: list[int], volume: int) -> None:
        now, modes = int(time.time()), self.server.subscribed()
        tokens_ = [token for id_ in ids if modes.get(token := int(self.key(id_))) == "full"]
        if tokens_ and self.server._thawed.is_set():
            self.server.send(frame(*(full(token, 10_000 + volume % 50, volume, seconds=now) for token in tokens_)))

    def carries(self, ids: list[int]) -> bool:
        return self.server.subscribed().keys() == {int(self.key(id_)) for id_ in ids}

    def connections(self) -> int:
        return len(self.server.sessions)

    def thaw(self) -> None:
        self.server.kill()
        self.server.start()

    def let_in(self, login: str) -> None:
        self.server.tokens = {login}


class FyersSide:
    name, connection = "fyers", "fyers"

    def __init__(self) -> None:
        self.server = FyersServer()
        self.kill, self.start, self.close = self.server.kill, self.server.start, self.server.close
        self._frozen = ExitStack()

    def key(self, instrument_id: int) -> str:
        return f"NSE:TEST{instrument_id}-EQ"

    def token(self, login: str) -> str:
        return jwt(login)

    def feed(self, settings: Settings) -> LiveFeed:
        server = self.server
        return Fyers(
            "APP-100",
            sources.token(settings, "fyers"),
            socket_url=server.url,
            api_url=server.api,
            symbols_url=f"{server.api}/sym_details",
            silence=SILENCE,
            backoff=BACKOFF,
        )

    def trade(self, ids: list[int], volume: int) -> None:
        for id_ in ids:
            if self.key(id_) not in self.server.fytokens:
                self.server.quotes(self.key(id_), f"1010000000{id_:04}")
        quote = {"ltp": 10_000 + volume % 50, "vol_traded_today": volume, "exch_feed_time": int(time.time())}
        self.server.quote(*((self.key(id_), quote) for id_ in ids))

    def carries(self, ids: list[int]) -> bool:
        return self.server.carries(*(self.key(id_) for id_ in ids))

    def connections(self) -> int:
        return len(self.server.authentications)

    def freeze(self) -> None:
        """From a thread that can wait for the one that trades."""
        self._frozen.enter_context(self.server.frozen())

    def thaw(self) -> None:
        self._frozen.close()

    def let_in(self, login: str) -> None:
        self.server.tokens = {login}


class Market:
    """A trading session around now, stocks that the broker has keys for, all but the last on the watchlist."""

    def __init__(self, url: str, home: Path, side: Side) -> None:
        self.url = url
        self.side = side
        self.db = psycopg.connect(url, autocommit=True)
        self.ids = stocks(self.db, STOCKS)
        self.settings: Settings = settings(home, broker=side.name)
        self.login("good")
        now = datetime.now(INDIA)
        self.db.execute("delete from ledger.subscriptions")
        self.db.execute("delete from market.sessions where segment = 'NSE' and session_date = %s", (now.date(),))
        self.db.execute(
            "insert into market.sessions (segment, session_date, opens_at, closes_at, kind)"
            " values ('NSE', %s, %s, %s, 'test')",
            (now.date(), now - timedelta(minutes=10), now + timedelta(minutes=10)),
        )
        for id_ in self.ids:
            self.db.execute(
                "insert into market.broker_instruments values (%s, %s, %s)", (side.name, side.key(id_), id_)
            )
        for id_ in self.ids[:-1]:
            self.watch(id_)

    def watch(self, instrument_id: int) -> None:
        self.db.execute("insert into ledger.watchlist (instrument_id) values (%s)", (instrument_id,))

    def login(self, name: str) -> None:
        now = datetime.now(UTC)
        token = tokens.Token(self.side.token(name), now, now + timedelta(hours=8))
        tokens.store(self.settings, "kite" if self.side.name == "kite" else "fyers", token)

    def stored(self, instrument_id: int) -> list[int]:
        """The day volumes that are stored of an instrument, each as often as it is."""
        rows = self.db.execute(
            "select day_volume from store.tick_data where instrument_id = %s and source <> 'broker' order by time",
            (instrument_id,),
        )
        return [volume for (volume,) in rows]

    def newest(self, instrument_id: int) -> int:
        return max(self.stored(instrument_id), default=0)

    def status(self) -> tuple[str, str, int, int]:
        row = self.db.execute(
            "select state, coalesce(reason, ''), instruments, reconnects from ledger.feed_status where connection = %s",
            (self.side.connection,),
        ).fetchone()
        return (row[0], row[1], row[2], row[3]) if row else ("", "", 0, 0)


@pytest.fixture(params=[KiteSide, FyersSide], ids=["kite", "fyers"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    if request.param is FyersSide:
        pytest.importorskip("fyers_apiv3", reason="Fyers' SDK is not installed (make fyers)")
    made: Side = request.param()
    yield made
    made.close()


@pytest.fixture
def market(create_database: Callable[[str], str], tmp_path: Path, side: Side) -> Iterator[Market]:
    made = Market(create_database("wall"), tmp_path, side)
    yield made
    made.db.close()


@contextmanager
def running(market: Market) -> Iterator[None]:
    """The daemon on the server, stopped in the end as by SIGTERM."""
    feed = market.side.feed(market.settings)
    daemon = Running(Service(market.url, market.settings, lambda _: feed))
    try:
        yield
    finally:
        daemon.service.stop.set()
        daemon.join()


@contextmanager
def trading(market: Market) -> Iterator[None]:
    """Fifty times a second each stock trades one share: its counter is the number of the tick."""
    over = threading.Event()

    def trade() -> None:
        for volume in count(1):
            if over.wait(0.02):
                return
            market.side.trade(market.ids, volume)

    market.side.trade(market.ids, 0)
    thread = threading.Thread(target=trade)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def kill_and_restart(market: Market) -> None:
    market.side.kill()
    until(lambda: market.status()[0] == "down")
    market.side.start()


def freeze_and_thaw(market: Market) -> None:
    market.side.freeze()
    until(lambda: market.status()[0] == "down")
    market.side.thaw()


def let_the_token_end(market: Market) -> None:
    market.side.let_in("new")
    market.side.kill()
    market.side.start()
    until(lambda: f"bhav login {market.side.name}" in market.status()[1])
    market.login("new")


@pytest.mark.parametrize("fault", [kill_and_restart, freeze_and_thaw, let_the_token_end], ids=lambda f: f.__name__)
def test_after_a_fault_every_tick_is_stored_once(market: Market, engine: str, fault: Callable[[Market], None]) -> None:
    first = market.ids[0]
    with running(market):
        with trading(market):
            until(lambda: market.newest(first) > 10)
            fault(market)
            until(lambda: market.status()[::2] == ("up", STOCKS - 1))
            recovered = market.newest(first)
            until(lambda: market.newest(first) > recovered + 100)
        until(lambda: not segments(market.settings.bhav_home))
    for id_ in market.ids[:-1]:
        stored = market.stored(id_)
        assert len(stored) == len(set(stored))
        after = [volume for volume in stored if volume > recovered + 50]
        assert after == list(range(after[0], after[-1] + 1))
        assert len(after) > 40
    assert market.stored(market.ids[-1]) == []
    assert_day_volumes(market.db)
    assert_candles(market.url, engine)
    covered = market.db.execute(
        """
        select c.instrument_ids, array_agg(t.day_volume order by t.time)
        from ledger.feed_connections as c
        inner join store.tick_data as t on t.received_at >= c.up_at and t.received_at < c.heard_until
        where t.instrument_id = %s
        group by c.id
        """,
        (first,),
    ).fetchall()
    assert [ids for ids, _ in covered] == [market.ids[:-1]] * 2
    for _, volumes in covered:
        assert volumes == list(range(volumes[0], volumes[-1] + 1)), "nothing is missing where the connection was up"


def test_the_list_changes_while_the_daemon_runs(market: Market) -> None:
    first, *_, last = market.ids
    with running(market), trading(market):
        until(lambda: market.newest(first) > 10)
        market.watch(last)
        until(lambda: market.newest(last))
        assert market.side.connections() == 1, "nobody was disconnected for it"
        market.db.execute("delete from ledger.watchlist where instrument_id = %s", (first,))
        until(lambda: market.side.carries(market.ids[1:]))
        until(lambda: market.newest(last) > market.newest(first) + 50)
    kept = market.stored(market.ids[1])
    assert kept == list(range(kept[0], kept[-1] + 1)), "who stays misses nothing"
    rows = market.db.execute(
        "select volume, missed_volume from store.tick_data where instrument_id = %s order by time limit 2", (last,)
    ).fetchall()
    assert rows[0][0] == 0
    assert rows[0][1] > 10, "what traded before is no bar's volume"
    assert rows[1] == (1, 0)
    assert_day_volumes(market.db)
    lists = [ids for (ids,) in market.db.execute("select instrument_ids from ledger.feed_connections order by id")]
    assert lists == [market.ids[:-1], market.ids, market.ids[1:]]
    assert sorted(i for (i,) in market.db.execute("select instrument_id from ledger.subscriptions")) == market.ids[1:]
