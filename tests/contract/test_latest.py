"""latest(): the newest bar of every instrument, wherever it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tests.contract import reference
from tests.contract.contract import at
from tests.contract.reference import DAY, MINUTE, STORED, TickRow, moment

if TYPE_CHECKING:
    from tests.contract.contract import Contract

MONDAY = at("2026-08-03", "09:15")
TRADES = {
    1: MONDAY + 3 * DAY + 200 * MINUTE,  # to the end
    2: MONDAY + 3 * DAY + 199 * MINUTE,  # the bar before
    3: MONDAY + 3 * DAY + 20 * MINUTE,  # this morning
    4: MONDAY + 70 * MINUTE,  # three days ago
}
"""Until when each instrument trades; the fifth never does."""


def newest(rows: reference.Candles) -> reference.Candles:
    return {key: rows[key] for key in {max(key for key in rows if key[0] == instrument) for instrument, _ in rows}}


@pytest.mark.parametrize("refreshed", [False, True])
def test_the_newest_bar_of_every_instrument(contract: Contract, refreshed: bool) -> None:
    contract.instruments()
    ticks = [
        TickRow(instrument, time, 100.0 + (time // MINUTE) % 41, 3, 0, None, None)
        for instrument, until in TRADES.items()
        for day in range(4)
        for time in range(MONDAY + day * DAY, min(until, MONDAY + day * DAY + 375 * MINUTE) + 1, MINUTE)
    ]
    contract.ensure(ticks)
    contract.copy(ticks)
    if refreshed:
        contract.refresh(MONDAY, MONDAY + 4 * DAY)
    for timeframe in STORED:
        expected = newest(reference.candles(ticks, timeframe))
        assert {key[0] for key in expected} == set(TRADES)
        reference.assert_same(contract.latest(timeframe, None), expected, timeframe)
        some = {key: bar for key, bar in expected.items() if key[0] in (2, 4)}
        reference.assert_same(contract.latest(timeframe, [4, 2, 5]), some, timeframe)


def test_bars_of_a_broker_on_days_without_a_day_candle_and_day_candles_of_days_without_bars(contract: Contract) -> None:
    contract.instruments()
    tuesday, wednesday = MONDAY + DAY, MONDAY + 2 * DAY
    ticks = [TickRow(instrument, MONDAY, 100.0) for instrument in (1, 2)]
    ticks.append(TickRow(3, MONDAY + 3 * DAY, 100.0))
    contract.ensure(ticks)
    contract.copy(ticks)
    contract.execute("call store.ensure_history('5m', '2026-08-01', '2026-08-10')")
    contract.execute("call store.ensure_history('1d', '2026-08-01', '2026-08-10')")
    add = (
        "insert into store.history_{}"
        " (instrument_id, bucket, open, high, low, close, volume, missed_volume, turnover, ticks)"
        " values (%s, meta.bucket_start(%s, %s), 7, 7, 7, 7, 0, 0, 0, 0)"
    )
    for instrument, timeframe, width, time in ((1, "5m", "5 minutes", tuesday), (2, "1d", "1 day", wednesday)):
        query = sql.SQL(add).format(sql.SQL(timeframe))
        contract.connection.execute(query, (instrument, width, moment(time)))
    expected = {1: tuesday, 2: MONDAY, 3: MONDAY + 3 * DAY}
    for ids in ([1, 2, 3], None):
        assert dict(contract.latest("5m", ids).keys()) == expected


def test_who_is_no_longer_followed_and_who_was_quiet_for_long_is_asked_for_by_id(contract: Contract) -> None:
    contract.instruments()
    ticks = [TickRow(1, MONDAY, 100.0), TickRow(2, MONDAY + 20 * DAY, 100.0), TickRow(3, MONDAY + 21 * DAY, 100.0)]
    contract.ensure(ticks)
    contract.copy(ticks)
    for timeframe in STORED:
        bars = newest(reference.candles(ticks, timeframe))
        reference.assert_same(contract.latest(timeframe, [1, 2, 3]), bars, timeframe)
        shown = {key: bar for key, bar in bars.items() if key[0] != 1}
        reference.assert_same(contract.latest(timeframe, None), shown, timeframe)
    contract.execute("delete from ledger.subscriptions where instrument_id = 2")
    assert {key[0] for key in contract.latest("5m", None)} == {3}


def test_a_timeframe_that_is_not_stored_is_refused(contract: Contract) -> None:
    with pytest.raises(psycopg.Error, match="75m") as refused:
        contract.execute("select * from candles.latest('75min')")
    assert refused.value.sqlstate == "BH001"
