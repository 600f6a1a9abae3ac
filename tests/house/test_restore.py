"""A dump restores into a new database: every row is there, every candle, and it goes on working."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from ingestor.migrate import migrate
from tests import catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Cluster
    from tests.house.conftest import Databases

TICKS = """
    insert into store.tick_data (instrument_id, time, ltp, volume, open_interest, source)
    select i.id, at, 100 + i.id + extract(minute from at), 10, extract(epoch from at)::bigint % 1000, 'test'
    from market.instruments as i
    cross join generate_series(date '2026-11-16', date '2026-11-18', interval '1 day') as day
    cross join generate_series(
        day + time '09:15', day + time '15:29:45', interval '15 seconds'
    ) as local (clock)
    cross join lateral (select local.clock at time zone 'Asia/Kolkata' as at) as t
"""


def populate(url: str, engine: str) -> None:
    """Three days of ticks; on timescale the first two in the aggregates and one of them in the columnstore."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "insert into market.instruments (symbol, exchange, segment, tradingsymbol, kind) values"
            " ('NSE:ONE', 'NSE', 'NSE', 'ONE', 'equity'), ('NSE:TWO', 'NSE', 'NSE', 'TWO', 'equity')",
        )
        connection.execute("call store.ensure('2026-11-16', '2026-11-20')")
        connection.execute(TICKS)
        connection.execute(
            "insert into store.history_1d (instrument_id, bucket, open, high, low, close, volume, turnover)"
            " select i.id, meta.bucket_start('1 day', '2026-11-14'), 1, 2, 1, 2, 3, 4 from market.instruments as i",
        )
        connection.execute("call store.refresh('2026-11-16', '2026-11-18')")
        if engine == "timescale":
            connection.execute("select public.compress_chunk(public.show_chunks('store.tick_data', '2026-11-17'))")


def contents(url: str) -> dict[str, tuple[object, ...] | None]:
    """Name → number and checksum of the rows, for every table and view of Bhav."""
    found = {}
    with psycopg.connect(url) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set search_path = ''")
        names = connection.execute(
            "select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
            f" where {catalogue.OURS} and c.relkind in ('r', 'p', 'v', 'm')",
        ).fetchall()
        for (name,) in names:
            found[name] = connection.execute(
                f"select count(*), md5(string_agg(md5(t::text), '' order by t::text)) from {name} as t",
            ).fetchone()
    return found


@pytest.fixture
def restored(databases: Databases, cluster: Cluster, engine: str, tmp_path: Path) -> tuple[str, str]:
    """URLs of a database and of its restored dump."""
    original, copy = databases.migrated("replay"), databases()
    populate(original, engine)
    binaries, archive = cluster.server.bindir, tmp_path / "dump"
    catalogue.run(binaries / "pg_dump", "--format=custom", f"--file={archive}", f"--dbname={original}")
    if engine == "timescale":
        with psycopg.connect(copy, autocommit=True) as connection:
            connection.execute("create extension timescaledb schema public")
            connection.execute("select timescaledb_pre_restore()")
    catalogue.run(binaries / "pg_restore", "--exit-on-error", f"--dbname={copy}", str(archive))
    if engine == "timescale":
        with psycopg.connect(copy, autocommit=True) as connection:
            connection.execute("select timescaledb_post_restore()")
    return original, copy


def test_a_dump_restores(restored: tuple[str, str], cluster: Cluster) -> None:
    original, copy = restored
    migrate(original)  # partitions made since its first migration get their grants
    rows, found = contents(original), contents(copy)
    assert rows["store.tick_data"] == found["store.tick_data"]
    assert {name: counted for name, counted in found.items() if counted != rows.get(name)} == {}
    assert rows.keys() == found.keys()
    assert not migrate(copy).rebuilt, "the code came with the dump"
    binaries = cluster.server.bindir
    assert catalogue.dump(copy, binaries) == catalogue.dump(original, binaries)


def test_a_restored_database_goes_on(restored: tuple[str, str]) -> None:
    answers = []
    for url in restored:
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("call store.ensure('2026-11-19', '2026-11-20')")
            for at in ("2026-11-16 10:00:07+05:30", "2026-11-19 09:15:01+05:30"):  # materialized already, and new
                connection.execute(
                    "insert into store.tick_data (instrument_id, time, ltp, volume, source)"
                    " values (1, %s, 1000, 7, 'test')",
                    (at,),
                )
            connection.execute("call store.refresh('2026-11-16', '2026-11-17')")
            connection.execute("call store.retain()")
            answers.append(
                [
                    connection.execute(
                        "select bucket, high, volume, ticks from candles(1, %s, '2026-11-16', '2026-11-20')",
                        (timeframe,),
                    ).fetchall()
                    for timeframe in ("1m", "1h", "1d", "75m")
                ],
            )
    assert answers[0] == answers[1]
    for bars in answers[0]:
        assert [bar[1] for bar in bars].count(1000) == 2
        assert sum(bar[3] for bar in bars) == 3 * 1500 + 2
