"""latest(): the newest bar of every instrument, wherever it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.contract import reference
from tests.contract.contract import at
from tests.contract.reference import DAY, MINUTE, STORED, TickRow

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


def test_a_timeframe_that_is_not_stored_is_refused(contract: Contract) -> None:
    with pytest.raises(psycopg.Error, match="75m") as refused:
        contract.execute("select * from candles.latest('75min')")
    assert refused.value.sqlstate == "BH001"
