"""Bars start where the Indian session makes them start, whatever the time zone of the session that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.contract import reference
from tests.contract.contract import at
from tests.contract.reference import DAY, INDIA, MINUTE, SECOND, TIMEFRAMES, TickRow, micros, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.contract import Contract

ZONES = ("Asia/Kolkata", "America/New_York", "Pacific/Auckland")
# the weeks in which New York and Auckland change their clocks, the turn of February and March, and of two years
DATES = ("2024-02-29", "2024-03-01", "2024-03-08", "2024-03-11", "2024-04-05", "2024-04-08", "2025-12-31", "2026-01-01")


@pytest.fixture(scope="module")
def filled(shared_contract: Contract) -> tuple[Contract, list[TickRow]]:
    ids = shared_contract.instruments()
    ticks = [
        TickRow(ids["NSE:SMALLCO"], at(date, "09:15") + minute * MINUTE, float(minute + 1), 1, 0, None, minute)
        for date in DATES
        for minute in range(375)
    ]
    for date in DATES:
        shared_contract.ensure([tick for tick in ticks if at(date, "00:00") <= tick.time < at(date, "23:59")])
    shared_contract.copy(ticks)
    return shared_contract, ticks


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, shared_contract: Contract) -> Iterator[str]:
    shared_contract.execute("select set_config('timezone', %s, false)", request.param)
    yield request.param
    shared_contract.execute("set timezone to 'Asia/Kolkata'")


@pytest.mark.parametrize(
    ("timeframe", "starts"),
    [
        ("1h", ["09:15", "10:15", "11:15", "12:15", "13:15", "14:15", "15:15"]),
        ("4h", ["09:15", "13:15"]),
        ("75m", ["09:15", "10:30", "11:45", "13:00", "14:15"]),
        ("45m", ["09:15", "10:00", "10:45", "11:30", "12:15", "13:00", "13:45", "14:30", "15:15"]),
        ("2h", ["09:15", "11:15", "13:15", "15:15"]),
        ("3h", ["09:15", "12:15", "15:15"]),
        ("1d", ["01:15"]),
    ],
)
def test_bars_of_a_day(filled: tuple[Contract, list[TickRow]], timeframe: str, starts: list[str]) -> None:
    contract, ticks = filled
    for date in DATES:
        bars = contract.series(
            [ticks[0].instrument_id], timeframe, at(date, "00:00") + 2 * 60 * MINUTE, at(date, "23:00")
        )
        assert [moment(bucket).astimezone(INDIA).strftime("%H:%M") for _, bucket in bars] == starts, date
        assert sum(bar.ticks for bar in bars.values()) == 375
        sessions = contract.execute(
            "select distinct session_date::text from candles.candles(%s, %s, %s, %s)",
            ticks[0].instrument_id, timeframe, moment(at(date, "09:15")), moment(at(date, "15:30")),
        )  # fmt: skip
        assert sessions == [(date,)]


def test_every_timeframe_in_every_zone(filled: tuple[Contract, list[TickRow]], zone: str) -> None:
    contract, ticks = filled
    instrument_id = ticks[0].instrument_id
    for timeframe in TIMEFRAMES:
        expected = reference.candles(ticks, timeframe)
        if timeframe in reference.SECONDS:
            expected = {key: bar for key, bar in expected.items() if key[1] < at(DATES[1], "00:00")}
        last = max(bucket for _, bucket in expected)
        found = contract.series([instrument_id], timeframe, ticks[0].time, last + 1)
        reference.assert_same(found, expected, f"{timeframe} in {zone}")
        # a range of one bar: since anywhere within it, until at the start of the next
        for date in DATES[:6]:
            bucket = reference.bucket_start(at(date, "11:00"), timeframe)
            if (instrument_id, bucket) in expected:
                one = contract.series(
                    [instrument_id], timeframe, at(date, "11:00"), reference.bucket_end(bucket, timeframe)
                )
                assert one == {(instrument_id, bucket): found[instrument_id, bucket]}, (timeframe, date, zone)


def test_weeks_and_months(filled: tuple[Contract, list[TickRow]], zone: str) -> None:
    contract, ticks = filled
    starts = {}
    for timeframe in ("1w", "1M"):
        bars = contract.series([ticks[0].instrument_id], timeframe, ticks[0].time, ticks[-1].time)
        starts[timeframe] = {
            moment(bucket).astimezone(INDIA).strftime("%Y-%m-%d"): bar.ticks // 375 for (_, bucket), bar in bars.items()
        }
    assert starts["1w"] == {
        "2024-02-26": 2, "2024-03-04": 1, "2024-03-11": 1, "2024-04-01": 1, "2024-04-08": 1, "2025-12-29": 2,
    }  # fmt: skip
    assert starts["1M"] == {"2024-02-01": 1, "2024-03-01": 3, "2024-04-01": 2, "2025-12-01": 1, "2026-01-01": 1}, zone


def test_storage_is_the_same_in_every_zone(contract: Contract) -> None:
    """Partitions made by sessions of different time zones fit together."""
    for zone in reversed(ZONES):
        contract.execute("select set_config('timezone', %s, false)", zone)
        for date in DATES:
            contract.execute(
                "call store.ensure(%s, %s)", moment(at(date, "00:00")), moment(at(date, "00:00") + 9 * DAY)
            )
    if contract.engine == "postgres":
        bounds = contract.execute(
            """
            select bound[1]::timestamptz
            from pg_class as c, regexp_matches(pg_get_expr(c.relpartbound, c.oid), $re$'([^']+)'$re$, 'g') as bound
            where c.relispartition and c.relkind = 'r'
            """,
        )
        assert {moment(micros(row[0])).astimezone(INDIA).strftime("%H:%M") for row in bounds} == {"01:15"}


def test_storage_is_not_made_without_end(contract: Contract) -> None:
    if contract.engine == "timescale":
        contract.execute("call store.ensure('-infinity', 'infinity')")
        return
    for since, until in (("-infinity", "2026-08-03"), ("2026-08-03", "infinity")):
        with pytest.raises(psycopg.DatabaseError) as caught:
            contract.execute("call store.ensure(%s, %s)", since, until)
        assert caught.value.sqlstate == "BH005"


def test_since_is_floored_and_until_is_exclusive(filled: tuple[Contract, list[TickRow]]) -> None:
    contract, ticks = filled
    ids = [ticks[0].instrument_id]
    date = DATES[0]

    def starts(timeframe: str, since: int, until: int) -> list[str]:
        bars = contract.series(ids, timeframe, since, until)
        return [moment(bucket).astimezone(INDIA).strftime("%H:%M") for _, bucket in bars]

    for timeframe in ("5m", "10m"):
        width = TIMEFRAMES[timeframe] or 0
        first = at(date, "09:15") + 3 * width
        assert starts(timeframe, first, first) == []
        assert len(starts(timeframe, first, first + 1)) == 1
        assert len(starts(timeframe, first, first + width)) == 1
        assert len(starts(timeframe, first + width - 1, first + width + 1)) == 2
    assert starts("1h", at(date, "10:14"), at(date, "11:16")) == ["09:15", "10:15", "11:15"]
    assert starts("30s", at(date, "09:16") + 29 * SECOND, at(date, "09:17") + 1) == ["09:16", "09:17"]


@pytest.mark.parametrize(
    ("alias", "timeframe"),
    [("5", "5m"), ("5min", "5m"), ("60min", "1h"), ("day", "1d"), ("D", "1d"), ("1M", "1M"), ("1m", "1m"),
     ("75", "75m"), ("Week", "1w"), ("1hour", "1h"), ("1D", "1d"), ("1H", "1h"), ("5S", "5s")],
)  # fmt: skip
def test_aliases(filled: tuple[Contract, list[TickRow]], alias: str, timeframe: str) -> None:
    contract, ticks = filled
    ids, range_ = [ticks[0].instrument_id], (ticks[0].time, ticks[400].time)
    bars = contract.series(ids, alias, *range_)
    assert bars
    assert bars == contract.series(ids, timeframe, *range_)


def test_errors_carry_their_codes(shared_contract: Contract) -> None:
    contract = shared_contract
    for timeframe in ("7m", "", "5 m", "5M", "60M", "240M", None):  # 5M: five months
        with pytest.raises(psycopg.Error) as error:
            contract.execute("select * from candles.candles(1, %s)", timeframe)
        assert error.value.sqlstate == "BH001"
        assert "1m" in (error.value.diag.message_hint or "")
    with pytest.raises(psycopg.Error) as error:
        contract.execute("select * from candles.forming(1, array['7m'])")
    assert error.value.sqlstate == "BH001"
    contract.instruments()
    with pytest.raises(psycopg.Error) as error:
        contract.execute("select market.id('NSE:INFI')")
    assert error.value.sqlstate == "BH002"
    for since in ("2024-03-01 10:00+05:30", "infinity"):
        with pytest.raises(psycopg.Error) as error:
            contract.execute("select * from candles.candles(1, '5m', %s, '2024-03-01 09:00+05:30')", since)
        assert error.value.sqlstate == "BH005"
