"""The broker's candles win over live ones, bar by bar; what they lack, live candles fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from tests.contract import reference
from tests.contract.contract import CANDLE_COLUMNS, at
from tests.contract.reference import DAY, HOUR, MINUTE, STORED, Candle, Candles, TickRow, moment

if TYPE_CHECKING:
    from tests.contract.contract import Contract

ONE, TWO = 1, 2


def put_history(contract: Contract, timeframe: str, bars: Candles) -> None:
    statement = sql.SQL("insert into store.{} (instrument_id, bucket, {}) values (%s, %s, {})").format(
        sql.Identifier(f"history_{timeframe}"),
        CANDLE_COLUMNS,
        sql.SQL(", ").join(sql.Placeholder() * len(Candle._fields)),
    )
    with contract.connection.cursor() as cursor:
        cursor.executemany(statement, [(key[0], moment(key[1]), *bar) for key, bar in bars.items()])


@pytest.mark.parametrize("refreshed", [False, True])
def test_history_wins_where_there_is_any(contract: Contract, refreshed: bool) -> None:
    opens = at("2026-08-04", "09:15")
    ticks = [
        TickRow(i, opens + day * DAY + minute * MINUTE + 7, 100.0 * i + minute % 50, 2, 1, None, minute or None)
        for i in (ONE, TWO)
        for day in (0, 1)
        for minute in range(375)
    ]
    contract.ensure([TickRow(ONE, opens - 3 * DAY, 1.0), *ticks])
    contract.copy(ticks)
    if refreshed:
        contract.refresh(opens - DAY, opens + 2 * DAY)
    # the broker has three days of instrument one: one without ticks, then the first hours of a day with ticks
    broker = [
        TickRow(ONE, time, 5000.0 + (time // MINUTE) % 37, 9, 0, None, None)
        for time in [*range(opens - 2 * DAY, opens - 2 * DAY + HOUR, MINUTE), *range(opens, opens + 4 * HOUR, MINUTE)]
    ]
    for timeframe in STORED:
        bars = reference.candles(broker, timeframe)
        put_history(contract, timeframe, bars)
        live = reference.candles(ticks, timeframe)
        expected = live | bars
        assert live.keys() - bars.keys()
        assert bars.keys() & live.keys()
        assert bars.keys() - live.keys()
        reference.assert_same(contract.relation(f"candles.candles_{timeframe}"), expected, timeframe)
        reference.assert_same(contract.relation(f"store.live_{timeframe}"), live, timeframe)
        found = contract.series([ONE, TWO], timeframe, opens - 3 * DAY, opens + 3 * DAY)
        reference.assert_same(found, expected, timeframe)
        newest = contract.execute(
            sql.SQL("select bucket from candles.{} where instrument_id = 1 and bucket >= %s order by 1 desc limit 3")
            .format(sql.Identifier(f"candles_{timeframe}")).as_string(),
            moment(opens),
        )  # fmt: skip
        wanted = sorted((b for i, b in expected if i == ONE and b >= opens), reverse=True)[:3]
        assert [reference.micros(row[0]) for row in newest] == wanted
    # a bar of 10 minutes is made of five-minute bars, of which one may be the broker's and the next live
    fives = contract.series([ONE], "5m", opens, opens + DAY)
    for (_, bucket), bar in contract.series([ONE], "10m", opens, opens + DAY).items():
        parts = [fives[ONE, start] for start in (bucket, bucket + 5 * MINUTE) if (ONE, start) in fives]
        assert (bar.open, bar.close) == (parts[0].open, parts[-1].close)
        assert bar.volume == sum(part.volume for part in parts)
        assert (bar.high, bar.low) == (max(part.high for part in parts), min(part.low for part in parts))
