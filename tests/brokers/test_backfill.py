"""Backfill from a broker's server that fails now and then, by workers that are killed, and by the whole daemon."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ingestor.config import ROOT
from tests.brokers.rest_server import (
    BAD_GATEWAY,
    CUT_OFF,
    RESET,
    TOO_MANY,
    WRONG_TOKEN,
    Reply,
    RestServer,
    now_and_then,
)
from tests.brokers.test_daemon import KiteSide, Market, running, trading
from tests.ingestor.daemon import PYTHONPATH, assert_candles, scalar, settings, stocks, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import psycopg

    from tests.brokers.rest_history import Bar

WHOLE = bool(os.environ.get("BHAV_TEST_WHOLE_BACKFILL"))
"""The size that is promised, which takes minutes."""
STOCKS, KILLS = (50, 40) if WHOLE else (3, 4)
WORKERS = 2
DAYS = {"1m": 30, "5m": 90}
CALL_EVERY = 0.1
"""A quarter of Kite's. Kite allows 3 requests in the time of 2.5 turns."""
WINDOW, MOST = 12.5 * CALL_EVERY, 15
MINUTE = timedelta(minutes=1)
ANCHOR = datetime(2000, 1, 2, 19, 45, tzinfo=UTC)
WIDTHS = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1440}
MASK = (1 << 64) - 1


class Candle(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: int


class History:
    """Minutes of a market that never was: each follows from the instrument and the time alone; some have no trade."""

    def __init__(self, sessions: Sequence[tuple[datetime, datetime]]) -> None:
        self._minutes = [opens + n * MINUTE for opens, closes in sessions for n in range((closes - opens) // MINUTE)]
        self._made: dict[tuple[str, int], tuple[list[datetime], list[Candle]]] = {}

    def bars(self, key: str, interval: str, since: datetime, until: datetime, _: bool) -> list[Bar]:
        width = {"minute": 1, "5minute": 5}[interval]
        times, candles = self.candles(key, width)
        part = slice(bisect_left(times, since), bisect_right(times, until))
        return [(at, *candle) for at, candle in zip(times[part], candles[part], strict=True)]

    def candles(self, key: str, width: int) -> tuple[list[datetime], list[Candle]]:
        """Candles of some minutes, oldest first."""
        if (key, width) not in self._made:
            if width == 1:
                made = {at: candle for at in self._minutes if (candle := self._minute(int(key), at))}
            else:
                parts: defaultdict[datetime, list[Candle]] = defaultdict(list)
                for at, candle in zip(*self.candles(key, 1), strict=True):
                    parts[start(at, width)].append(candle)
                made = {at: together(candles) for at, candles in parts.items()}
            self._made[key, width] = list(made), list(made.values())
        return self._made[key, width]

    @staticmethod
    def _minute(key: int, at: datetime) -> Candle | None:
        luck = (int(at.timestamp()) * 6364136223846793005 + key * 1442695040888963407 & MASK) >> 20
        luck = luck * 2862933555777941757 + 3037000493 & MASK
        if luck % 17 == 0:
            return None
        first, last = luck >> 8 & 511, luck >> 18 & 511
        high, low = max(first, last) + (luck >> 28 & 15), min(first, last) - (luck >> 33 & 15)
        return Candle(price(first), price(high), price(low), price(last), luck >> 40 & 4095)


def price(steps: int) -> float:
    return (20_000 + steps * 5) / 100


def start(at: datetime, width: int) -> datetime:
    """Intraday bars are counted from 09:15 IST, days from 01:15: 4 h too divide the day from there."""
    return at - (at - ANCHOR) % (width * MINUTE)


def together(candles: list[Candle]) -> Candle:
    return Candle(
        candles[0].open,
        max(candle.high for candle in candles),
        min(candle.low for candle in candles),
        candles[-1].close,
        sum(candle.volume for candle in candles),
    )


@pytest.fixture
def rest() -> Iterator[RestServer]:
    with RestServer() as server:
        yield server


@pytest.fixture
def url(create_database: Callable[[str], str]) -> str:
    return create_database("wall")


def sessions(connection: psycopg.Connection, days: int) -> list[tuple[datetime, datetime]]:
    rows = connection.execute(
        "select opens_at, closes_at from market.sessions"
        " where segment = 'NSE' and session_date > current_date - %s and session_date < current_date + 1"
        " order by opens_at",
        (days,),
    )
    return rows.fetchall()


def list_stocks(connection: psycopg.Connection, count: int) -> list[int]:
    ids = stocks(connection, count)
    for id_ in ids:
        connection.execute("insert into market.broker_instruments values ('kite', %s, %s)", (str(id_), id_))
    return ids


def assert_candles_are_the_brokers(
    connection: psycopg.Connection, history: History, ids: list[int], timeframe: str, between: tuple[datetime, datetime]
) -> None:
    since, until = between
    rows = connection.execute(
        f"select instrument_id, bucket, open, high, low, close, volume from candles_{timeframe}"
        " where bucket >= %s and bucket < %s order by instrument_id, bucket",
        (since, until),
    ).fetchall()
    expected = [
        (id_, at, *candle)
        for id_ in ids
        for at, candle in zip(*history.candles(str(id_), WIDTHS[timeframe]), strict=True)
        if since <= at < until
    ]
    assert len(expected) > len(ids) * 10
    assert rows == expected, timeframe


def most_within(times: list[float], seconds: float) -> int:
    """The most of these times within any so many seconds."""
    return max(bisect_left(times, at + seconds) - place for place, at in enumerate(times))


class Workers:
    """Processes that are killed and started again."""

    def __init__(self, url: str, home: Path, rest: RestServer) -> None:
        self._command = [sys.executable, str(ROOT / "tests" / "brokers" / "backfill_program.py"), url]
        self._environment = PYTHONPATH | {
            "BHAV_HOME": str(home),
            "KITE_API_URL": rest.url,
            "KITE_API_KEY": rest.api_key,
            "KITE_ACCESS_TOKEN": rest.access_token,
        }
        self._running = [self._begin() for _ in range(WORKERS)]

    def _begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environment)

    def replace(self, place: int) -> None:
        self.kill(self._running[place])
        self._running[place] = self._begin()

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        assert process.poll() is None, "nothing but us ends a worker"
        process.kill()
        process.wait()

    def end(self) -> None:
        for process in self._running:
            self.kill(process)


@pytest.mark.timeout(1800 if WHOLE else 300)
def test_workers_are_killed_while_the_broker_fails(
    url: str, db: psycopg.Connection, rest: RestServer, engine: str, tmp_path: Path
) -> None:
    """All of it is there in the end, once, and the broker was never asked too often."""
    chance = random.Random(engine)
    ids = list_stocks(db, STOCKS)
    history = History(sessions(db, DAYS["5m"] + 5))
    rest.bars = history.bars
    rest.fault = now_and_then(7, 0.3, [WRONG_TOKEN, TOO_MANY, BAD_GATEWAY, RESET, CUT_OFF, Reply("{}", delay=1.0)])
    db.execute("update ledger.broker_calls set call_every = make_interval(secs => %s)", (CALL_EVERY,))
    db.execute("update market.history_sources set days = days / 10 where broker = 'kite'")
    midnight = scalar(db, "select date_trunc('day', now(), 'Asia/Kolkata')")
    kept = {timeframe: scalar(db, f"select gaps.kept_since('{timeframe}')") for timeframe in ("tick_data", *DAYS)}
    for timeframe, days in DAYS.items():
        for id_ in ids:
            db.execute(
                "select gaps.request_backfill(%s, %s, %s, %s)",
                (id_, midnight - timedelta(days=days), midnight, timeframe),
            )
    requests = scalar(db, "select count(*) from ledger.backfill_requests")
    assert requests >= 8 * STOCKS

    workers = Workers(url, tmp_path, rest)
    kill_at, kills = 0.0, 0
    try:
        while scalar(db, "select count(*) from ledger.backfill_requests where finished_at is null"):
            time.sleep(0.1)
            db.execute("update ledger.backfill_requests set due_at = now() where status = 'queued' and due_at > now()")
            running = scalar(db, "select count(*) from ledger.backfill_requests where status = 'running'")
            if running and time.monotonic() > kill_at and kills < KILLS:
                kill_at = time.monotonic() + chance.uniform(1, 3)
                workers.replace(chance.randrange(WORKERS))
                kills += 1
    finally:
        workers.end()

    assert kills == KILLS
    times = rest.times("kite")
    assert len(times) > 1.2 * requests, "it failed now and then"
    assert most_within(times, WINDOW) <= MOST
    ends = db.execute("select status, count(*), sum(candles) from ledger.backfill_requests group by status").fetchall()
    minutes = sum(1 for id_ in ids for at in history.candles(str(id_), 1)[0] if kept["1m"] <= at < midnight)
    fives = sum(1 for id_ in ids for at in history.candles(str(id_), 5)[0] if kept["5m"] <= at < kept["1m"])
    assert ends == [("done", requests, minutes + fives)], "each candle was stored once"
    newest = sum(1 for id_ in ids for at in history.candles(str(id_), 1)[0] if kept["tick_data"] <= at < midnight)
    assert scalar(db, "select count(*) from store.tick_data") == 4 * newest > 0
    for timeframe in WIDTHS:
        since = kept["1m" if timeframe == "1m" else "5m"]
        assert_candles_are_the_brokers(db, history, ids, timeframe, (since, midnight))
    for timeframe in DAYS:
        left = f"select count(*) from gaps.missing(%s, %s, %s, '{timeframe}') where not isempty(missing)"
        assert db.execute(left, (ids, kept[timeframe], midnight)).fetchone() == (0,)


def test_the_daemon_repairs_an_outage(url: str, rest: RestServer, engine: str, tmp_path: Path) -> None:
    """Two minutes and a half that an earlier run missed are asked for by the minutes that they touch."""
    side = KiteSide()
    market = Market(url, tmp_path, side)
    market.settings = settings(tmp_path, broker="kite", kite_api_url=rest.url, kite_api_key=rest.api_key)
    rest.access_token = "good"
    ((opens, closes),) = market.db.execute(
        "select opens_at, closes_at from market.sessions where kind = 'test'"
    ).fetchall()
    first = opens.replace(second=0, microsecond=0) + MINUTE
    history = History([(first, closes)])
    rest.bars = history.bars
    for id_ in market.ids:
        market.db.execute(
            "insert into ledger.coverage values (%s, 'tick', tstzmultirange(tstzrange(%s, %s), tstzrange(%s, %s)))",
            (id_, opens, first + 1.5 * MINUTE, first + 4 * MINUTE, first + 6 * MINUTE),
        )
    market.db.execute("update ledger.jobs set every = '1 second' where name = 'gap_scan'")
    followed = market.ids[:-1]
    gaps = f"select count(*) from gaps.watchlist_gaps where starts_at between '{opens}' and '{first + 5 * MINUTE}'"
    with running(market), trading(market):
        until(lambda: scalar(market.db, "select count(*) from candles.followed") == len(followed))
        until(lambda: scalar(market.db, gaps) == 0)
        until(lambda: scalar(market.db, "select count(*) from store.tick_data where source = 'kite'") > 30)
    rows = market.db.execute(
        "select instrument_id, bucket, open, high, low, close, volume from candles_1m"
        " where bucket < %s order by instrument_id, bucket",
        (first + 6 * MINUTE,),
    ).fetchall()
    keys = {id_: side.key(id_) for id_ in followed}
    expected = [
        (id_, at, *candle)
        for id_, key in keys.items()
        for at, candle in zip(*history.candles(key, 1), strict=True)
        if first + MINUTE <= at < first + 4 * MINUTE
    ]
    assert rows == expected
    assert len(expected) > 4
    assert {request.path.split("/")[3] for request in rest.requests} == set(keys.values())
    assert len(rest.requests) == len(followed)
    assert_candles(url, engine)
    side.close()
    market.db.close()
