"""A database under test: ticks in as the daemon writes them, every candle relation out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.contract import reference
from tests.contract.reference import STORED, Candle, Candles, TickRow, india, micros, moment

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = sql.SQL(", ").join(sql.Identifier(name) for name in (*TickRow._fields, "source"))
CANDLE_COLUMNS = sql.SQL(", ").join(sql.Identifier(name) for name in Candle._fields)
STAGE = "create temporary table if not exists staged_ticks (like store.tick_data including defaults)"
INSTRUMENTS = [
    {"symbol": "NSE:NIFTY 50", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "NIFTY 50", "kind": "index"},
    {"symbol": "NSE:SMALLCO", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "SMALLCO", "kind": "equity"},
    {"symbol": "NSE:INFY", "exchange": "NSE", "segment": "NSE_CAS", "tradingsymbol": "INFY", "kind": "equity"},
    {
        "symbol": "NFO:INFY26AUGFUT", "exchange": "NFO", "segment": "NFO", "tradingsymbol": "INFY26AUGFUT",
        "kind": "future", "underlying": "NSE:INFY", "expiry": "2026-08-25",
    },
    {
        "symbol": "MCX:GOLD26OCTFUT", "exchange": "MCX", "segment": "MCX", "tradingsymbol": "GOLD26OCTFUT",
        "kind": "future", "expiry": "2026-10-05",
    },
]  # fmt: skip


class Contract:
    """A connection (superuser, autocommit) to a database of one engine."""

    def __init__(self, url: str, engine: str) -> None:
        self.url = url
        self.engine = engine
        self.connection = psycopg.connect(url, autocommit=True)

    def execute(self, query: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []

    def scalar(self, query: LiteralString, *parameters: object) -> Any:  # noqa: ANN401
        return self.execute(query, *parameters)[0][0]

    def instruments(self) -> dict[str, int]:
        return dict(self.execute("select symbol, id from market.register_instruments(%s)", Jsonb(INSTRUMENTS)))

    def ensure(self, ticks: Iterable[TickRow]) -> None:
        times = [tick.time for tick in ticks]
        self.execute("call store.ensure(%s, %s)", moment(min(times)), moment(max(times)))

    def copy(self, ticks: Iterable[TickRow], table: str = "store.tick_data") -> None:
        copy_ticks(self.connection, ticks, table)

    def stage(self, ticks: Iterable[TickRow], insert: str = "insert_staged_ticks") -> int:
        """Insert through the temporary table staged_ticks; how many rows were new."""
        self.execute(STAGE)
        self.copy(ticks, "pg_temp.staged_ticks")
        query = sql.SQL("select store.{}()").format(sql.Identifier(insert))
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def refresh(self, since: int, until: int) -> None:
        self.execute("call store.refresh(%s, %s)", moment(since), moment(until))

    def refresh_stale(self) -> None:
        """What the daemon does every so often."""
        if self.engine == "postgres":
            self.execute("call store.carry_pending()")
        else:
            self.execute("call store.refresh_stale()")
            assert self.scalar("select coalesce(store.stale_ranges(), '{}')::text") == "{}"

    def columnstore(self) -> int:
        """Compress every chunk of ticks; how many there are. On plain PostgreSQL there is no columnstore."""
        if self.engine == "postgres":
            return 0
        chunks = "select public.compress_chunk(c, true) from public.show_chunks('store.tick_data') as c"
        return len(self.execute(chunks))

    def horizon(self, relation: str = "tick_data") -> int:
        """Return the horizon, as far back as 1970."""
        query = "select greatest(horizon, 'epoch') from meta.horizon where relation = %s"
        return micros(self.scalar(query, relation))

    def ticks(self) -> list[TickRow]:
        others = sql.SQL(", ").join(map(sql.Identifier, TickRow._fields[2:]))
        query = sql.SQL(
            "select instrument_id, (extract(epoch from time) * 1000000)::bigint, {} from store.tick_data order by time"
        ).format(others)
        return [TickRow(*row) for row in self.connection.execute(query).fetchall()]

    def relation(self, name: str, instrument_ids: Iterable[int] | None = None) -> Candles:
        """Read store.live_5m, candles.candles_5m and the like; by default, of every instrument."""
        query = sql.SQL(
            "select instrument_id, bucket, {} from {} where %(ids)s::integer[] is null or instrument_id = any (%(ids)s)"
        )
        ids = None if instrument_ids is None else list(instrument_ids)
        rows = self.connection.execute(
            query.format(CANDLE_COLUMNS, sql.Identifier(*name.split("."))),
            {"ids": ids},
        ).fetchall()
        found = {(row[0], micros(row[1])): Candle(*row[2:]) for row in rows}
        assert len(found) == len(rows), f"{name}: a bar twice"
        return found

    def latest(self, timeframe: str, instrument_ids: list[int] | None) -> Candles:
        """candles.latest()."""
        query = sql.SQL("select instrument_id, bucket, {} from candles.latest(%s, %s)").format(CANDLE_COLUMNS)
        rows = self.connection.execute(query, (timeframe, instrument_ids)).fetchall()
        assert len({row[0] for row in rows}) == len(rows), "latest() returns an instrument once"
        return {(row[0], micros(row[1])): Candle(*row[2:]) for row in rows}

    def series(self, instrument_ids: Iterable[int], timeframe: str, since: int, until: int) -> Candles:
        """candles.candles() of several instruments."""
        query = sql.SQL("select bucket, {} from candles.candles(%s, %s, %s, %s)").format(CANDLE_COLUMNS)
        found: Candles = {}
        for instrument_id in instrument_ids:
            parameters = (instrument_id, timeframe, moment(since), moment(until))
            rows = self.connection.execute(query, parameters).fetchall()
            buckets = [row[0] for row in rows]
            assert buckets == sorted(set(buckets)), "candles() returns bars once, in order of time"
            found |= {(instrument_id, micros(row[0])): Candle(*row[1:]) for row in rows}
        return found

    def assert_live(self, ticks: Iterable[TickRow], since: int = 0) -> None:
        """Live candles of every stored timeframe from `since` on equal a brute force over `ticks`."""
        ticks = [tick for tick in ticks if tick.time >= since]
        for timeframe in STORED:
            found = {key: c for key, c in self.relation(f"store.live_{timeframe}").items() if key[1] >= since}
            expected = reference.candles(ticks, timeframe)
            reference.assert_same(found, expected, f"{self.engine} live_{timeframe}")


def copy_ticks(connection: psycopg.Connection, ticks: Iterable[TickRow], table: str = "store.tick_data") -> None:
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(*table.split(".")), COLUMNS)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for tick in ticks:
            copy.write_row((tick.instrument_id, moment(tick.time), *tick[2:], "test"))


def at(day: str, clock: str) -> int:
    """Return an instant of India: at('2026-08-04', '09:15')."""
    return india(f"{day} {clock}")
