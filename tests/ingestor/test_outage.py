"""Ten minutes of market while the database is away: what grows is the journal, and nothing is lost."""

from __future__ import annotations

import gc
import time
from collections import Counter
from typing import TYPE_CHECKING

import psutil
import psycopg

from ingestor import service as service_module
from ingestor.model import Batch, Connected, Tick
from tests.ingestor.daemon import (
    SECOND,
    Running,
    Script,
    assert_candles,
    assert_day_volumes,
    at,
    identities,
    identity,
    scalar,
    segments,
    service,
    stocks,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from ingestor.model import Event
    from ingestor.server import Server

STOCKS = 400
MEGABYTE = 2**20
STARTS = at("15:25")
NEXT_DAY = at("09:15", "2026-08-04")


def second_of(ids: list[int], step: int) -> Batch:
    """One tick of every stock; after five minutes the session ends and the next one begins."""
    time_ = STARTS + step * SECOND if step < 300 else NEXT_DAY + (step - 300) * SECOND
    counter = step + 1 if step < 300 else step - 299
    ticks = [Tick(stock, time_, 100.0 + (step * 7 + stock) % 50, counter * stock) for stock in ids]
    return Batch(ticks, time_)


def test_an_outage_grows_the_journal_and_not_memory_and_loses_nothing(
    own_server: Server,
    engine: str,
    tmp_path: Path,
) -> None:
    url = own_server.url("own")
    with psycopg.connect(url, autocommit=True) as connection:
        ids = stocks(connection, STOCKS)
    process = psutil.Process()
    measured: dict[str, float] = {}

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        for step in range(30):
            yield second_of(ids, step)
        with psycopg.connect(url) as connection:
            until(lambda: scalar(connection, "select count(*) from store.tick_data") == 30 * STOCKS)
        own_server.stop()
        for step in range(30, 630):  # ten minutes of market, over the end of the day
            yield second_of(ids, step)
            time.sleep(0.008)
            if step == 60:
                gc.collect()
                measured["before"] = process.memory_info().rss
        until(lambda: running.service.intake is not None and running.service.intake._queue.empty())
        gc.collect()
        measured["after"] = process.memory_info().rss
        measured["journal"] = sum(segment.stat().st_size for segment in segments(tmp_path))
        own_server.start()
        for step in range(630, 660):
            yield second_of(ids, step)

    feed = Script(events(), may_wait=False)
    running = Running(service(url, tmp_path, feed))
    running.join()

    growth = (measured["after"] - measured["before"]) / MEGABYTE
    journal = measured["journal"] / MEGABYTE
    print(f"{engine}: journal {journal:.1f} MB, memory {growth:+.1f} MB")  # noqa: T201
    assert journal > 20
    assert growth < 4
    assert segments(tmp_path) == []
    sent = Counter(identity(tick) for step in range(660) for tick in second_of(ids, step).ticks)
    with psycopg.connect(url) as connection:
        assert identities(connection) == sent
        assert scalar(connection, "select sum(missed_volume) from store.tick_data") == 0
        assert scalar(connection, "select sum(dropped) from ledger.ingest_stats") == 0
        assert scalar(connection, "select sum(written) from ledger.ingest_stats") == sent.total()
        assert_day_volumes(connection)
    assert_candles(url, engine)


def test_a_run_that_is_stopped_in_an_outage_ends_and_keeps_its_journal_for_the_next(
    own_server: Server, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = own_server.url("own")
    with psycopg.connect(url, autocommit=True) as connection:
        ids = stocks(connection, 3)
    running: list[Running] = []

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        yield second_of(ids, 0)
        own_server.stop()
        for step in range(1, 100):
            yield second_of(ids, step)
        until(lambda: running and running[0].service.intake and running[0].service.intake._queue.empty())
        running[0].service.stop.set()

    monkeypatch.setattr(service_module, "DRAIN_SECONDS", 0.5)
    running.append(Running(service(url, tmp_path, Script(events(), may_wait=False))))
    running[0].join()
    assert segments(tmp_path)
    own_server.start()
    service(url, tmp_path, Script([])).run()
    assert segments(tmp_path) == []
    with psycopg.connect(url) as connection:
        assert identities(connection) == Counter(identity(t) for step in range(100) for t in second_of(ids, step).ticks)
    assert_candles(url, engine)
