"""What the market panels show: figures against candles by brute force, and nothing for what is not there."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest
import talib
from psycopg.types.json import Jsonb

from tests.contract import reference, simulated
from tests.contract.contract import Contract, at
from tests.contract.reference import DAY, HOUR, MINUTE, SECOND, STORED, Candle, TickRow, micros, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster

DATES = ["2026-07-29", "2026-07-30", "2026-07-31", "2026-08-03"]
FRIDAY, TODAY = (at(date, "01:15") for date in DATES[-2:])
NOW = at(DATES[-1], "13:17")
EQUITIES = ["UPCO", "DOWNCO", "MIDCO", "FLATCO", "RARECO", "AWAYCO", "GONECO"]
MORE = [
    {"symbol": f"NSE:{name}", "exchange": "NSE", "segment": "NSE", "tradingsymbol": name, "kind": "equity"}
    for name in EQUITIES
] + [
    {
        "symbol": "NFO:INFY26AUG1500CE", "exchange": "NFO", "segment": "NFO", "tradingsymbol": "INFY26AUG1500CE",
        "kind": "option", "underlying": "NSE:INFY", "expiry": "2026-08-25", "strike": 1500, "option_type": "CE",
    },
]  # fmt: skip
UNSEEN = [
    MORE[-1] | {"symbol": "NFO:INFY26JUL1500CE", "tradingsymbol": "INFY26JUL1500CE", "expiry": "2026-07-28"},
    MORE[0] | {"symbol": "NSE:UNFOLLOWED", "tradingsymbol": "UNFOLLOWED"},
]
HOSTILE = ["'; drop table x; --", "NSE:NOBODY", "nse:infy\\", '"', "", "%", "{}", "🦚", "NFO:INFY25AUG1500CE"]


class Market:
    """Three and a half trading days over a weekend, read as the role of the dashboards."""

    def __init__(self, contract: Contract) -> None:
        contract.instruments()
        contract.execute("select market.register_instruments(%s)", Jsonb(MORE))
        instruments = contract.execute("select symbol, id, kind, segment from market.instruments")
        self.ids = {symbol: id_ for symbol, id_, _, _ in instruments}
        self.kinds = {symbol: kind for symbol, _, kind, _ in instruments}
        self.segments = {symbol: segment for symbol, _, _, segment in instruments}
        often = {symbol: id_ for symbol, id_ in self.ids.items() if symbol != "NSE:RARECO"}
        ticks = [
            *simulated.days(often, DATES, 800, seed=4),
            *simulated.days({"NSE:RARECO": self.ids["NSE:RARECO"]}, DATES, 8, seed=5),
        ]
        self.ticks = [tick for tick in ticks if tick.time < NOW and self.is_there(tick)]
        flat = next(tick for tick in reversed(self.ticks) if tick.instrument_id == self.ids["NSE:FLATCO"])
        friday = self.candles("NSE:FLATCO", "1d")[FRIDAY].close
        self.ticks = [tick._replace(ltp=friday) if tick is flat else tick for tick in self.ticks]
        self.ticks.append(TickRow(self.ids["NSE:UPCO"], NOW, 7000.0, 2_000))
        contract.ensure(self.ticks)
        contract.copy(self.ticks)
        contract.refresh(at(DATES[0], "09:00"), TODAY)
        contract.execute("update market.instruments set is_active = false where symbol = 'NSE:GONECO'")
        contract.execute("select market.register_instruments(%s)", Jsonb(UNSEEN))  # no tick, and so nothing to show
        contract.execute("delete from ledger.subscriptions where instrument_id = market.id('NSE:UNFOLLOWED')")
        self.contract = contract
        self.reader = psycopg.connect(contract.url, autocommit=True)
        self.reader.execute("set role bhav_read")
        self.reader.execute("set default_transaction_read_only = on")

    def is_there(self, tick: TickRow) -> bool:
        """AWAYCO has no Friday."""
        return tick.instrument_id != self.ids["NSE:AWAYCO"] or not FRIDAY <= tick.time < FRIDAY + DAY

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.reader.execute(query.encode(), parameters).fetchall()

    def candles(self, symbol: str, timeframe: str) -> dict[int, Candle]:
        ticks = [tick for tick in self.ticks if tick.instrument_id == self.ids[symbol]]
        return {bucket: candle for (_, bucket), candle in reference.candles(ticks, timeframe).items()}

    def active(self, *kinds: str) -> list[str]:
        return sorted(s for s, kind in self.kinds.items() if s != "NSE:GONECO" and (not kinds or kind in kinds))

    def changes(self, *kinds: str) -> dict[str, float]:
        """In percent, of those that have a close of Friday."""
        days = {symbol: self.candles(symbol, "1d") for symbol in self.active(*kinds)}
        return {s: 100 * (d[TODAY].close / d[FRIDAY].close - 1) for s, d in days.items() if FRIDAY in d}


@pytest.fixture(
    scope="module",
    params=[pytest.param("postgres"), pytest.param("timescale", marks=pytest.mark.timescale)],
)
def market(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[Market]:
    cluster = clusters(request.param)
    contract = Contract(cluster.create("replay"), request.param)
    made = Market(contract)
    yield made
    made.reader.close()
    contract.connection.close()
    cluster.drop(contract.url)


def shown(bucket: int, timeframe: str) -> int:
    """Where a chart shows a bar: a day or more at midnight of India."""
    return bucket - 75 * MINUTE if timeframe in ("1d", "1w", "1M") else bucket


def close_to(found: object, expected: object) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    return found == expected


def macd(close: np.ndarray) -> dict[str, np.ndarray]:
    line = talib.EMA(close, 12) - talib.EMA(close, 26)
    signal = talib.EMA(line, 9)
    return {"macd": line, "signal": signal, "histogram": line - signal}


def assert_rows(found: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> None:
    assert len(found) == len(expected)
    for row, values in zip(found, expected, strict=True):
        assert all(map(close_to, row, values)), (row, values)


def test_names_and_aliases_of_timeframes_are_those_of_the_database(market: Market) -> None:
    names = market.rows("select timeframe from meta.timeframes union all select alias from meta.timeframe_aliases")
    for (name,) in [*names, ("1D",), ("1H",)]:
        query = "select grafana.timeframe(%s, null, null), meta.timeframe(%s)"
        ((ours, theirs),) = market.rows(query, name, name)
        assert ours == theirs
    for name in [*HOSTILE, "7m", "5M", "60M", "AUTO", None]:
        assert market.rows("select grafana.timeframe(%s, 'epoch', 'now')", name) == [(None,)]


@pytest.mark.parametrize(
    ("days", "timeframe"),
    [(1, "1m"), (5, "5m"), (15, "15m"), (30, "30m"), (95, "1h"), (370, "4h"), (9999, "1d")],
)
def test_auto_takes_the_timeframe_from_the_range(market: Market, days: int, timeframe: str) -> None:
    order = ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1d"]
    longer = order[order.index(timeframe) + 1]
    for more, expected in ((0, timeframe), (SECOND, timeframe), (MINUTE + 1, longer)):
        until = FRIDAY + days * DAY + more
        query = "select grafana.timeframe('auto', %s, %s)"
        assert market.rows(query, moment(FRIDAY), moment(until)) == [(expected,)], more
    assert market.rows("select grafana.timeframe('auto', '-infinity', 'infinity')") == [("1d",)]


@pytest.mark.parametrize(
    ("days", "timeframe"),
    [(25, "1m"), (40, "5m"), (100, "15m"), (200, "30m"), (400, "4h"), (1200, "1d")],
)
def test_auto_takes_what_is_still_kept_of_days_ago(market: Market, days: int, timeframe: str) -> None:
    opens = TODAY - days * DAY
    query = "select grafana.timeframe('auto', %s, %s)"
    assert market.rows(query, moment(opens), moment(opens + 6 * HOUR)) == [(timeframe,)]


def test_bars_of_a_day_or_more_stand_at_midnight(market: Market) -> None:
    rows = market.rows(
        "select timeframe, meta.bucket_start(width, %s), grafana.bar_time(meta.bucket_start(width, %s), timeframe)"
        " from meta.timeframes",
        moment(NOW), moment(NOW),
    )  # fmt: skip
    assert len(rows) == len(reference.TIMEFRAMES)
    for timeframe, bucket, time in rows:
        width = reference.TIMEFRAMES[timeframe]
        local = time.astimezone(reference.INDIA)
        assert (local.hour, local.minute) == (0, 0) if width is None or width >= DAY else time == bucket


def test_symbols_are_the_active_instruments_indices_first(market: Market) -> None:
    order = ["index", "equity", "future", "option"]
    expected = sorted(market.active(), key=lambda symbol: (order.index(market.kinds[symbol]), symbol))
    assert [row[0] for row in market.rows("select symbol from grafana.symbols")] == expected


@pytest.mark.parametrize("kinds", [None, ["index"], ["equity", "future"], [], ["'; drop table x; --"]])
def test_the_board_is_the_newest_day_against_the_day_before(market: Market, kinds: list[str] | None) -> None:
    expected = []
    for symbol in market.active(*(kinds or [])) if kinds != [] else []:
        days = market.candles(symbol, "1d")
        day, before = days[TODAY], days[FRIDAY].close if FRIDAY in days else None
        change = (day.close - before, 100 * (day.close / before - 1)) if before else (None, None)
        expected.append((
            symbol, market.kinds[symbol], day.close, *change, day.open, day.high, day.low, before,
            day.volume + day.missed_volume, day.turnover, moment(TODAY),
        ))  # fmt: skip
    assert_rows(sorted(market.rows("select * from grafana.board(%s)", kinds)), expected)
    some = ["NSE:INFY", "NFO:INFY26AUGFUT", "NSE:UNFOLLOWED", "'; drop table x; --"]
    found = market.rows("select * from grafana.board(%s, %s)", kinds, some)
    assert_rows(sorted(found), [row for row in expected if row[0] in some])
    assert (None in {row[3] for row in expected}) == (kinds is None or "equity" in kinds)


def test_indices_and_their_lines(market: Market) -> None:
    (symbol,) = market.active("index")
    days = market.candles(symbol, "1d")
    day, before = days[TODAY], days[FRIDAY].close
    expected = [(symbol, day.close, day.close - before, 100 * (day.close / before - 1), day.low, day.high)]
    assert_rows(market.rows("select * from grafana.indices()"), expected)
    lines = "select * from grafana.index_lines(%s, %s)"
    since, until = at(DATES[-1], "09:32"), at(DATES[-1], "12:00")
    bars = [
        (b, symbol, c.close) for b, c in sorted(market.candles(symbol, "5m").items()) if since - 2 * MINUTE <= b < until
    ]
    assert_rows([(micros(t), *r) for t, *r in market.rows(lines, moment(since), moment(until))], bars)
    bars = [(b, symbol, c.close) for b, c in sorted(market.candles(symbol, "15m").items())]
    found = market.rows(lines, moment(NOW - 14 * DAY), moment(NOW))
    assert_rows([(micros(t), *r) for t, *r in found], bars)


def test_movers_are_the_equities_that_gained_and_lost_most(market: Market) -> None:
    changes = market.changes("equity")
    for direction, sign in (("up", 1), ("down", -1)):
        expected = sorted((s for s, c in changes.items() if sign * c > 0), key=lambda s: -sign * changes[s])
        rows = market.rows("select symbol, change_percent from grafana.movers(%s, 100)", direction)
        assert expected
        assert_rows(rows, [(symbol, changes[symbol]) for symbol in expected])
        assert market.rows("select symbol, change_percent from grafana.movers(%s, 2)", direction) == rows[:2]
        assert market.rows("select * from grafana.movers(%s, -1)", direction) == []
    assert market.rows("select * from grafana.movers('sideways', 10)") == []


def test_breadth_counts_the_equities(market: Market) -> None:
    changes = market.changes("equity").values()
    expected = (sum(c > 0 for c in changes), sum(c < 0 for c in changes), sum(c == 0 for c in changes))
    assert market.rows("select * from grafana.breadth()") == [expected]
    assert expected[2] == 1


@pytest.mark.parametrize(
    ("timeframe", "is_over"), [("1m", False), ("5m", False), ("15m", False), ("5m", True), ("15m", True)]
)
def test_volume_spikes_compare_the_newest_closed_bar_with_the_20_before(
    market: Market, timeframe: str, is_over: bool
) -> None:
    width = STORED[timeframe]
    closed = {
        symbol: [
            (bucket, candle.volume)
            for bucket, candle in sorted(market.candles(symbol, timeframe).items())
            if is_over or bucket + width + 2 * SECOND <= NOW
        ]
        for symbol in market.active()
    }
    hours = [(at(DATES[-2], "09:15"), at(DATES[-2], "15:30")), (at(DATES[-1], "09:15"), NOW)]
    oldest = [bucket for opens, until in hours for bucket in range(opens, until, width)][-25]
    expected = []
    for symbol, bars in closed.items():
        peers = [closed[s][-1][0] for s in closed if market.segments[s] == market.segments[symbol]]
        usual = [volume for _, volume in bars[-21:-1]]
        if bars[-1][0] == max(peers) and bars[-21][0] >= oldest and any(usual):
            mean = sum(usual) / 20
            expected.append((symbol, moment(bars[-1][0]), bars[-1][1], mean, bars[-1][1] / mean))
    expected.sort(key=lambda row: (-row[4], row[0]))
    with market.contract.connection.transaction(force_rollback=True):
        if is_over:
            market.contract.execute(
                "update market.sessions set closes_at = %s where opens_at <= %s and closes_at > %s",
                moment(NOW - 10 * SECOND), moment(NOW), moment(NOW),
            )  # fmt: skip
        found = market.contract.execute("select * from grafana.volume_spikes(%s, 100)", timeframe)
        first = market.contract.execute("select * from grafana.volume_spikes(%s, 1)", timeframe)
    assert expected
    assert "NSE:RARECO" not in {row[0] for row in found}
    assert_rows(found, expected)
    assert first == found[:1]


def test_volatility_is_the_range_of_the_day_against_the_days_before(market: Market) -> None:
    expected = []
    for symbol in market.active("index", "equity", "future"):
        ranges = {bucket: 100 * (c.high - c.low) / c.open for bucket, c in market.candles(symbol, "1d").items()}
        day = ranges.pop(TODAY)
        usual = sum(ranges.values()) / len(ranges)
        expected.append((symbol, day, usual, day / usual))
    expected.sort(key=lambda row: -row[3])
    assert_rows(market.rows("select * from grafana.volatility(100)"), expected)
    assert_rows(market.rows("select * from grafana.volatility(3)"), expected[:3])


def test_heat_is_how_far_the_most_traded_equities_have_come(market: Market) -> None:
    changes = market.changes("equity")

    def since(symbol: str, width: int) -> float | None:
        bars = market.candles(symbol, "1m")
        before = [b for b in bars if NOW - width - 11 * MINUTE < b <= NOW - width - MINUTE]
        return 100 * (market.candles(symbol, "1d")[TODAY].close / bars[max(before)].close - 1) if before else None

    turnover = {symbol: market.candles(symbol, "1d")[TODAY].turnover for symbol in market.active("equity")}
    expected = [
        (symbol, since(symbol, 5 * MINUTE), since(symbol, 15 * MINUTE), since(symbol, HOUR), changes.get(symbol))
        for symbol in sorted(turnover, key=lambda symbol: -turnover[symbol])
    ]
    assert {row[1] is None for row in expected} == {True, False}
    assert_rows(market.rows("select * from grafana.heat(50)"), expected)
    assert_rows(market.rows("select * from grafana.heat(2)"), expected[:2])


def test_freshness_counts_who_ticks_and_who_is_silent(market: Market) -> None:
    recent = {
        symbol for symbol in market.active() if max(market.candles(symbol, "1m")) >= NOW // MINUTE * MINUTE - MINUTE
    }
    silent = set(market.active()) - recent
    assert recent
    assert "NSE:RARECO" in silent
    assert market.rows("select * from grafana.freshness()") == [(moment(NOW), 0, len(recent), len(silent))]


@pytest.mark.parametrize("timeframe", ["1s", "5min", "75m", "1d", "1w"])
def test_candles_are_those_of_the_instrument(market: Market, timeframe: str) -> None:
    name = timeframe.replace("min", "m")
    since, until = at(DATES[1], "10:02"), at(DATES[-1], "11:00")
    first = reference.bucket_start(since, name)
    bars = sorted((b, c) for b, c in market.candles("NSE:INFY", name).items() if first <= b < until)
    query = "select * from grafana.candles('NSE:INFY', %s, %s, %s)"
    found = [(micros(row[0]), *row[1:]) for row in market.rows(query, timeframe, moment(since), moment(until))]
    shown_bars = [(shown(b, name), c.open, c.high, c.low, c.close, c.volume) for b, c in bars]
    assert shown_bars
    assert_rows([row[:6] for row in found], shown_bars)
    assert all(value is None for row in found for value in row[6:])
    packed = market.rows(query.replace("candles(", "packed_candles("), timeframe, moment(since), moment(until))
    assert_rows([(row[0], micros(row[1]), *row[2:]) for row in packed], [(n, *bar) for n, bar in enumerate(shown_bars)])


def test_overlays_are_the_indicators_that_are_named(market: Market) -> None:
    bars = [candle for _, candle in sorted(market.candles("NSE:INFY", "5m").items())]
    close = np.array([bar.close for bar in bars])
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    expected = {
        "ema_20": talib.EMA(close, 20), "ema_50": talib.EMA(close, 50),
        "bb_upper": upper, "bb_middle": middle, "bb_lower": lower,
    }  # fmt: skip
    names = {"bb_upper": "bollinger", "bb_middle": "bollinger", "bb_lower": "bollinger"}
    query = "select {} from grafana.candles('NSE:INFY', '5m', %s, 'infinity', %s)"
    every = ["ema_20", "ema_50", "vwap", "bollinger", "supertrend", "'; drop table x; --"]
    for column, values in expected.items():
        for overlays in ([names.get(column, column)], every):
            found = market.rows(query.format(column), moment(FRIDAY), overlays)
            ours = np.array([row[0] for row in found])
            assert len(ours) > 100
            np.testing.assert_allclose(ours, values[-len(ours) :], rtol=1e-9)
        others = [name for name in every if name != names.get(column, column)]
        assert {row[0] for row in market.rows(query.format(column), moment(FRIDAY), others)} == {None}
    for column in ("vwap", "supertrend"):
        direct = f"select {column} from indicators.{column}(%s, '5m', since => %s)"
        found = market.rows(direct, market.ids["NSE:INFY"], moment(FRIDAY))
        assert found == market.rows(query.format(column), moment(FRIDAY), [column])
        assert None not in {row[0] for row in found}


def test_an_indicator_is_a_line_for_each_output(market: Market) -> None:
    bars = sorted(market.candles("NSE:INFY", "15m").items())
    lines = macd(np.array([candle.close for _, candle in bars]))
    query = "select * from grafana.indicator('NSE:INFY', '15m', 'MACD', %s, %s)"
    found = market.rows(query, moment(FRIDAY), moment(NOW))
    assert all(before[0] <= after[0] for before, after in pairwise(found))
    assert {row[1] for row in found} == set(lines)
    for metric, values in lines.items():
        ours = {micros(time): value for time, name, value in found if name == metric}
        theirs = {bucket: value for (bucket, _), value in zip(bars, values, strict=True) if bucket >= FRIDAY}
        assert ours.keys() == theirs.keys()
        np.testing.assert_allclose([*ours.values()], [*theirs.values()], rtol=1e-9, atol=1e-9)


def test_an_indicator_that_lacks_bars_all_the_range_long_shows_nothing(market: Market) -> None:
    """So that its panel says why, in place of an empty chart."""
    query = "select * from grafana.indicator('NSE:INFY', '1d', %s, %s, 'infinity')"
    assert market.rows(query, "RSI_14", moment(FRIDAY)) == []
    assert [value is None for *_, value in market.rows(query, "SMA_3", moment(FRIDAY - DAY))] == [True, False, False]


@pytest.mark.parametrize("id_", [*HOSTILE, "RSI_0", "RSI_14_3", "RSI_'; drop table x; --", "MACD_26_12_9", "RSI_x"])
def test_an_id_that_is_no_indicator_shows_nothing(market: Market, id_: str) -> None:
    assert (
        market.rows("select * from grafana.indicator('NSE:INFY', '5m', %s, %s, 'infinity')", id_, moment(TODAY)) == []
    )


@pytest.mark.parametrize("symbol", ["NSE:INFY", "NFO:INFY26AUGFUT", "NSE:AWAYCO"])
def test_quote_and_levels_are_of_the_day_and_the_day_before(market: Market, symbol: str) -> None:
    days = market.candles(symbol, "1d")
    day, before = days[TODAY], days.get(FRIDAY)
    levels = {"open": day.open, "high": day.high, "low": day.low, "last": day.close}
    quote: tuple[object, ...] = (day.close, None, None, day.open, day.high, day.low, None)
    if before:
        high, low, close = before.high, before.low, before.close
        pivot = (high + low + close) / 3
        levels |= {"yesterday's high": high, "yesterday's low": low, "yesterday's close": close, "pivot": pivot}
        levels |= {"r1": 2 * pivot - low, "r2": pivot + high - low, "r3": high + 2 * (pivot - low)}
        levels |= {"s1": 2 * pivot - high, "s2": pivot - high + low, "s3": low - 2 * (high - pivot)}
        change = day.close - close
        quote = (day.close, change, 100 * change / close, day.open, day.high, day.low, close)
    found = market.rows("select * from grafana.levels(%s)", symbol)
    assert [price for _, price in found] == sorted((price for _, price in found), reverse=True)
    assert_rows(sorted(found), sorted(levels.items()))
    vwap = day.turnover / day.volume
    expected = [(*quote, day.volume + day.missed_volume, vwap, day.open_interest)]
    assert_rows(market.rows("select * from grafana.quote(%s)", symbol), expected)


def test_depth_is_the_newest_tick(market: Market) -> None:
    for symbol in ("NSE:INFY", "NFO:INFY26AUGFUT"):
        tick = max((t for t in market.ticks if t.instrument_id == market.ids[symbol]), key=lambda tick: tick.time)
        assert tick.ask_price is not None
        assert tick.bid_price is not None
        spread = tick.ask_price - tick.bid_price
        expected = (tick.bid_qty, tick.bid_price, tick.ask_price, tick.ask_qty, spread, moment(tick.time))
        assert market.rows("select * from grafana.depth(%s)", symbol) == [expected]


def test_open_interest_and_its_change(market: Market) -> None:
    bars = sorted(market.candles("NFO:INFY26AUGFUT", "5m").items())
    interest = [(b, c.open_interest) for b, c in bars if b >= FRIDAY and c.open_interest is not None]
    changes = [None, *(after[1] - before[1] for before, after in pairwise(interest))]
    query = "select * from grafana.open_interest(%s, '5m', %s, 'infinity')"
    found = market.rows(query, "NFO:INFY26AUGFUT", moment(FRIDAY))
    assert len(found) > 100
    assert found == [(moment(b), oi, change) for (b, oi), change in zip(interest, changes, strict=True)]
    assert market.rows(query, "NSE:INFY", moment(FRIDAY)) == []


def test_the_matrix_holds_the_newest_value_of_each_timeframe(market: Market) -> None:
    timeframes = ["1m", "5m", "15m", "1h", "1d"]
    found = {row[0]: row[1:] for row in market.rows("select * from grafana.indicator_matrix('NSE:INFY')")}
    ours = market.ids["NSE:INFY"]
    directions = dict(market.rows(
        "select timeframe, value from indicators.indicators_latest(%s, %s, '{SUPERTREND}') where output = 'direction'",
        ours, timeframes,
    ))  # fmt: skip
    for nth, timeframe in enumerate(timeframes):
        bars = [candle for _, candle in sorted(market.candles("NSE:INFY", timeframe).items())]
        high, low, close = (np.array([getattr(bar, name) for bar in bars]) for name in ("high", "low", "close"))
        upper, _, lower = talib.BBANDS(close, 20, 2, 2)
        expected = {
            "RSI_14": talib.RSI(close, 14)[-1],
            "MACD_12_26_9 histogram": macd(close)["histogram"][-1],
            "ADX_14": talib.ADX(high, low, close, 14)[-1],
            "SUPERTREND_10_3 direction": directions.get(timeframe),
            "close - EMA_20 in %": 100 * (close[-1] / talib.EMA(close, 20)[-1] - 1),
            "close - EMA_50 in %": 100 * (close[-1] / talib.EMA(close, 50)[-1] - 1),
            "BBANDS_20_2 percent_b": (close[-1] - lower[-1]) / (upper[-1] - lower[-1]),
            "STOCH_14_3_3 k": talib.STOCH(high, low, close, 14, 3, slowd_period=3)[0][-1],
        }
        assert list(found) == list(expected)
        for indicator, value in expected.items():
            if value is None or math.isnan(value):
                assert found[indicator][nth] is None
            else:
                assert math.isclose(found[indicator][nth], value, rel_tol=1e-9, abs_tol=1e-9), (indicator, timeframe)
    some = market.rows("select * from grafana.indicator_matrix('NSE:INFY', %s)", ["5min", "2h", "auto'", "'; drop"])
    assert {row[0]: row[2] for row in some} == {indicator: values[1] for indicator, values in found.items()}
    assert {value for row in some for value in (row[1], *row[3:])} == {None}


SERIES = {
    "grafana.candles(%(symbol)s, %(timeframe)s, %(since)s, %(until)s, '{ema_20,ema_50,vwap,bollinger,supertrend}')",
    "grafana.packed_candles(%(symbol)s, %(timeframe)s, %(since)s, %(until)s)",
    "grafana.indicator(%(symbol)s, %(timeframe)s, 'RSI_14', %(since)s, %(until)s)",
    "grafana.open_interest(%(symbol)s, %(timeframe)s, %(since)s, %(until)s)",
}
OF_A_SYMBOL = {
    "grafana.quote(%(symbol)s)", "grafana.levels(%(symbol)s)", "grafana.depth(%(symbol)s)",
    "grafana.indicator_matrix(%(symbol)s)",
}  # fmt: skip
OVERVIEW = {
    "grafana.board()", "grafana.indices()", "grafana.movers('up', 5)", "grafana.movers('down', null)",
    "grafana.breadth()", "grafana.volume_spikes('5m', 5)", "grafana.volume_spikes('1d', 5)",
    "grafana.volatility(5)", "grafana.heat(5)", "grafana.freshness()", "grafana.index_lines('epoch', 'infinity')",
    "grafana.symbols",
}  # fmt: skip
GOOD = {"symbol": "NFO:INFY26AUGFUT", "timeframe": "5m", "since": moment(FRIDAY), "until": moment(NOW)}


@pytest.mark.parametrize(
    "asked",
    [
        *({"symbol": symbol} for symbol in HOSTILE),
        *({"timeframe": timeframe} for timeframe in [*HOSTILE[:2], *HOSTILE[3:], "7m", "AUTO", None]),
        {"symbol": None},
        {"since": moment(NOW), "until": moment(FRIDAY)},
        {"since": moment(NOW + 400 * DAY), "until": moment(NOW + 401 * DAY)},
        {"since": None},
        {"until": None},
        {"since": "0001-01-01", "until": "1970-01-01"},
        {"since": "9999-01-01", "until": "9999-12-31"},
        {"since": "infinity", "until": "infinity"},
    ],
    ids=str,
)
def test_what_is_not_there_shows_nothing(market: Market, asked: dict[str, object]) -> None:
    for call in SERIES | (OF_A_SYMBOL if "symbol" in asked else set()):
        assert market.reader.execute(f"select * from {call}".encode(), GOOD).fetchone() is not None
        assert market.reader.execute(f"select * from {call}".encode(), GOOD | asked).fetchall() == []


def test_names_of_timeframes_that_the_overview_does_not_know_show_nothing(market: Market) -> None:
    for name in [*HOSTILE, "7m", "1w", None]:
        assert market.rows("select * from grafana.volume_spikes(%s, 5)", name) == []


@pytest.mark.parametrize("clock", ["replay", "wall"])
def test_an_empty_database_shows_nothing(create_database: Callable[[str], str], clock: str) -> None:
    with psycopg.connect(create_database(clock), autocommit=True) as connection:
        connection.execute("set role bhav_read")
        for call in SERIES | OF_A_SYMBOL | OVERVIEW:
            assert connection.execute(f"select * from {call}".encode(), GOOD).fetchall() == []
        connection.execute("reset role")
        connection.execute("select market.register_instruments(%s)", [Jsonb(MORE[:1])])
        connection.execute("set role bhav_read")
        for call in SERIES | OF_A_SYMBOL | (OVERVIEW - {"grafana.symbols"}):
            parameters = GOOD | {"symbol": "NSE:UPCO"}
            assert connection.execute(f"select * from {call}".encode(), parameters).fetchall() == [], call
