"""A bar is closed two seconds after the earlier of its end and the end of its trading session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract import reference
from tests.contract.contract import at
from tests.contract.reference import MINUTE, SECOND, SECONDS, STORED, TIMEFRAMES, TickRow, micros, moment

if TYPE_CHECKING:
    from tests.contract.contract import Contract

DATE = "2026-08-04"
CLOSES = {"NSE:SMALLCO": "15:30", "NSE:INFY": "15:35", "NFO:INFY26AUGFUT": "15:40", "MCX:GOLD26OCTFUT": "23:30"}
FORMING = "select timeframe, bucket, ticks from candles.forming(%s, %s)"


def day_of_ticks(ids: dict[str, int]) -> list[TickRow]:
    """Return a tick of every instrument at each minute of its session of 4 August 2026."""
    return [
        TickRow(ids[symbol], time, 100.0, 1)
        for symbol, closes in CLOSES.items()
        for time in range(at(DATE, "09:15"), at(DATE, closes), MINUTE)
    ]


def set_clock(contract: Contract, now: int) -> None:
    """Advance the market clock: the newest tick, of an instrument that nobody asks for."""
    contract.stage([TickRow(0, now, 1.0)])
    assert micros(contract.scalar("select meta.now()")) == now


def test_closes(contract: Contract) -> None:
    ids = contract.instruments()
    ticks = day_of_ticks(ids)
    contract.ensure(ticks)
    rest = sorted(ticks, key=lambda tick: tick.time)
    instants = [
        at(DATE, clock) + offset
        for clock in ("10:15", "15:15", "15:30", "15:35", "15:40", "15:45")
        for offset in (2 * SECOND - 1, 2 * SECOND)
    ]
    for now in instants:
        contract.copy([tick for tick in rest if tick.time < now])
        rest = [tick for tick in rest if tick.time >= now]
        set_clock(contract, now)
        for symbol, instrument_id in ids.items():
            if symbol not in CLOSES:
                continue
            ends = at(DATE, CLOSES[symbol])
            current = {}
            for timeframe in TIMEFRAMES:
                since = now - 10 * MINUTE if timeframe in SECONDS else at(DATE, "09:15")
                bars = contract.execute(
                    "select bucket, is_closed, ticks from candles.candles(%s, %s, %s, %s)",
                    instrument_id, timeframe, moment(since), moment(now + 1),
                )  # fmt: skip
                for bucket, is_closed, count in bars:
                    bucket_end = reference.bucket_end(micros(bucket), timeframe)
                    close = min(bucket_end, at("2026-08-07", CLOSES[symbol]) if timeframe == "1w" else ends)
                    if timeframe == "1M":
                        close = at("2026-08-31", CLOSES[symbol])
                    assert is_closed == (close + 2 * SECOND <= now), (symbol, timeframe, bucket, moment(now))
                    if not is_closed and micros(bucket) <= now < bucket_end:
                        current[timeframe] = (bucket, count)
                if timeframe in STORED:
                    view = contract.execute(
                        f"select bucket, is_closed, ticks from candles.candles_{timeframe}"
                        " where instrument_id = %s order by bucket", instrument_id,
                    )  # fmt: skip
                    assert view == bars
            found = {row[0]: row[1:] for row in contract.execute(FORMING, instrument_id, list(TIMEFRAMES))}
            assert found == current, (symbol, moment(now))
            stored = {row[0]: row[1:] for row in contract.execute(FORMING, instrument_id, None)}
            assert stored == {tf: bar for tf, bar in current.items() if tf in STORED}


def test_derivatives_trade_until_twenty_to_four(contract: Contract) -> None:
    ids = contract.instruments()
    future = ids["NFO:INFY26AUGFUT"]
    ticks = day_of_ticks(ids)
    contract.ensure(ticks)
    contract.copy(ticks)
    for timeframe, last, count in (("1m", "15:39", 385), ("5m", "15:35", 77), ("15m", "15:30", 26), ("1h", "15:15", 7)):
        bars = contract.series([future], timeframe, at(DATE, "09:15"), at(DATE, "18:00"))
        assert len(bars) == count
        assert max(bars) == (future, at(DATE, last))
    assert contract.series([future], "1d", at(DATE, "09:15"), at(DATE, "18:00"))[future, at(DATE, "01:15")].ticks == 385
    assert len([tick for tick in ticks if tick.instrument_id == future]) == 385


def test_a_day_with_two_sessions(contract: Contract) -> None:
    """The drill of 2 March 2024: 09:15-10:00 and 11:30-12:30. The day is not over after the first."""
    share = contract.instruments()["NSE:SMALLCO"]
    contract.ensure([TickRow(share, at("2024-03-02", "09:15"), 1.0)])
    contract.copy([TickRow(share, at("2024-03-02", clock), 1.0) for clock in ("09:15", "09:59")])
    closed = "select bool_and(is_closed) from candles.candles(%s, %s, %s, %s)"
    for clock, hour_closed, day_closed in (("10:00", False, False), ("10:01", True, False), ("12:29", True, False),
                                           ("12:31", True, True)):  # fmt: skip
        set_clock(contract, at("2024-03-02", clock))
        range_ = (moment(at("2024-03-02", "09:15")), moment(at("2024-03-02", "09:16")))
        assert contract.scalar(closed, share, "1h", *range_) is hour_closed, clock
        for timeframe in ("4h", "1d"):
            assert contract.scalar(closed, share, timeframe, *range_) is day_closed, (clock, timeframe)
