"""A daemon that starts where there are ticks already goes on from them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from ingestor import db as database
from ingestor.locate import with_database
from ingestor.model import Connected, Tick
from tests.ingestor.daemon import (
    MINUTE,
    SECOND,
    assert_candles,
    assert_day_volumes,
    at,
    batches,
    identities,
    identity,
    run,
    session_ticks,
    stocks,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ingestor.model import Event


def test_a_file_replayed_twice_changes_nothing(url: str, engine: str, db: psycopg.Connection, tmp_path: Path) -> None:
    ticks = session_ticks(stocks(db, 1), 1_500, seed=3)
    ticks += [tick._replace(ltp=70.0) for tick in ticks[200:210]]  # out of order in the file already
    found = []
    for _ in range(2):
        run(url, tmp_path, [Connected(ticks[0].time), *batches(ticks)])
        found.append(db.execute("select * from store.tick_data order by instrument_id, time").fetchall())
        assert_candles(url, engine)
    assert len(found[0]) == len(ticks)
    assert found[0] == found[1]


def test_a_later_file_of_the_same_day_goes_on_where_the_first_ended(
    url: str, db: psycopg.Connection, tmp_path: Path
) -> None:
    ids = stocks(db, 2)
    ticks = session_ticks(ids, 600, seed=4)
    middle = 300
    run(url, tmp_path, [Connected(at("09:00")), *batches(ticks[:middle])])
    run(url, tmp_path, [Connected(ticks[middle].time), *batches(ticks[middle:])])
    assert_day_volumes(db)
    missed: dict[int, int] = dict(
        db.execute("select instrument_id, sum(missed_volume)::bigint from store.tick_data group by 1").fetchall()
    )
    for instrument_id in ids:
        before = [tick for tick in ticks[:middle] if tick.instrument_id == instrument_id][-1]
        after = next(tick for tick in ticks[middle:] if tick.instrument_id == instrument_id)
        is_same_minute = before.time // MINUTE == after.time // MINUTE
        rise = (after.day_volume or 0) - (before.day_volume or 0)
        assert missed[instrument_id] == (0 if is_same_minute else rise)


@pytest.mark.parametrize("size", [1, 6])
def test_a_day_that_comes_back_after_others_goes_on_from_all_that_came_before(
    url: str,
    db: psycopg.Connection,
    tmp_path: Path,
    size: int,
) -> None:
    (stock,) = stocks(db, 1)
    days = [f"2026-08-{day:02}" for day in (3, 4, 5, 6, 7, 3)]
    ticks = [
        Tick(stock, at("10:00", day) + place * SECOND, 100.0, 1_000 * (place + 1)) for place, day in enumerate(days)
    ]
    run(url, tmp_path, [Connected(at("09:00")), *batches(ticks, size)], flush_interval_seconds=1)
    assert identities(db) == Counter(map(identity, ticks))
    assert_day_volumes(db)


def test_a_day_is_read_back_once_the_database_takes_connections_again(
    url: str,
    db: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (stock,) = stocks(db, 1)
    ticks = session_ticks([stock], 200, seed=9)
    run(url, tmp_path, [Connected(at("09:00")), *batches(ticks[:100])])
    tries: list[str] = []
    connect = database.connect

    def counted(url: str, application: str) -> psycopg.Connection:
        tries.append(application)
        return connect(url, application)

    monkeypatch.setattr(database, "connect", counted)
    accept = sql.SQL("alter database {} allow_connections {}")
    name = sql.Identifier(db.info.dbname)
    elsewhere = psycopg.connect(with_database(url, "postgres"), autocommit=True)

    def events() -> Iterator[Event]:
        yield Connected(at("09:00"))
        elsewhere.execute(accept.format(name, False))
        yield from batches(ticks[100:])
        until(lambda: tries.count("state") > 1)
        elsewhere.execute(accept.format(name, True))

    with elsewhere:
        run(url, tmp_path, events())
    assert identities(db) == Counter(map(identity, ticks))
    assert_day_volumes(db)


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_at_midday_differs_by_the_missed_volume_alone(
    create_database: Callable[[str], str],
    tmp_path: Path,
    seed: int,
) -> None:
    """The state read back from the database is as good as the one that was kept."""
    columns = "instrument_id, time, ltp, {}, day_volume, open_interest, bid_price, ask_price, bid_qty, ask_qty"
    urls = [create_database("replay"), create_database("replay")]
    found = []
    for number, url in enumerate(urls):
        with psycopg.connect(url, autocommit=True) as connection:
            ticks = session_ticks(stocks(connection, 4), 1_000, seed=seed)
            middle = 500 + seed
            # a fall is the last that was seen, in a minute after that of the highest counter
            last = ticks[middle - 1]
            minute = (last.time // MINUTE + 1) * MINUTE
            ticks.insert(middle, last._replace(time=minute, day_volume=1))
            ticks.insert(middle + 1, last._replace(time=minute + 30 * SECOND, day_volume=(last.day_volume or 0) + 40))
            middle += 1
            again = ticks[middle - 1 : middle]  # the last second, sent again after the restart
            first: list[Event] = [Connected(at("09:00")), *batches(ticks[:middle])]
            second = batches([*again, *ticks[middle:]])
            reconnect = Connected(ticks[middle].time)
            home = tmp_path / str(number)
            if number == 0:
                run(url, home, [*first, reconnect, *second])
            else:
                run(url, home, first)
                run(url, home, [reconnect, *second])
            order = "order by instrument_id, time"
            whole = columns.format("volume, missed_volume")
            found.append(connection.execute(f"select {whole} from store.tick_data {order}").fetchall())
            assert len(found[-1]) == len(ticks)
            assert_day_volumes(connection)
    assert found[0] == found[1]
    assert sum(row[4] for row in found[0]) > 0


def test_counters_of_ticks_that_a_candle_replaced_are_known(url: str, db: psycopg.Connection, tmp_path: Path) -> None:
    (id_,) = stocks(db, 1)
    ticks = session_ticks([id_], 600, seed=4)
    middle = 300
    run(url, tmp_path, [Connected(at("09:00")), *batches(ticks[:middle])])
    db.execute(
        """
        select store.replace_minutes(
            %(id)s, tstzmultirange(tstzrange(m.starts_at, m.starts_at + interval '1 minute')),
            '{}', '{}', '{}', '{}', '{}', '{}', '{}'
        )
        from (
            select date_trunc('minute', max(time)) as starts_at from store.tick_data where instrument_id = %(id)s
        ) as m
        """,
        {"id": id_},
    )
    run(url, tmp_path, [Connected(ticks[middle].time), *batches(ticks[middle:])])
    row = db.execute(
        "select volume + missed_volume from store.tick_data where day_volume = %s", (ticks[middle].day_volume,)
    ).fetchone()
    assert row == ((ticks[middle].day_volume or 0) - (ticks[middle - 1].day_volume or 0),)
