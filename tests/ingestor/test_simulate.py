from __future__ import annotations

import csv
import gzip
import math
import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestor.errors import BhavError
from ingestor.feeds.connection import Faults
from ingestor.feeds.market_path import activity, activity_until
from ingestor.feeds.pricing import RATE, black76, smile
from ingestor.feeds.simulate import Simulate
from ingestor.feeds.universe import expires_at, monthly_expiry, universe, weekly_expiry
from ingestor.model import Batch, Connected, Disconnected, Tick
from ingestor.times import IST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ingestor.model import Event

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 17)
SECOND = 1_000_000
UNIVERSE = universe(DAY)
IDS = {instrument.symbol: number for number, instrument in enumerate(UNIVERSE, 101)}
KINDS = {IDS[instrument.symbol]: instrument.kind for instrument in UNIVERSE}


def at(hour: int, minute: int, second: int = 0, day: date = DAY) -> int:
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)
    return int(moment.timestamp()) * SECOND


SHORT = [(at(9, 15), at(9, 25))]


def run(sessions: list[tuple[int, int]], **options: Any) -> list[Event]:  # noqa: ANN401 - handed on
    events: list[Event] = []
    Simulate(UNIVERSE, IDS, sessions, **options).run(events.append, threading.Event())
    return events


def ticks_of(events: list[Event]) -> list[Tick]:
    return [tick for event in events if isinstance(event, Batch) for tick in event.ticks]


def without_receipt(events: list[Event]) -> list[object]:
    return [event.ticks if isinstance(event, Batch) else event for event in events]


@cache
def short_session() -> tuple[Tick, ...]:
    return tuple(ticks_of(run(SHORT)))


@cache
def whole_day() -> tuple[Tick, ...]:
    """A regular session of the indices and the first stocks."""
    events: list[Event] = []
    Simulate(UNIVERSE[:10], IDS, [(at(9, 15), at(15, 30))]).run(events.append, threading.Event())
    return tuple(ticks_of(events))


def in_session(ticks: tuple[Tick, ...]) -> list[Tick]:
    return [tick for tick in ticks if SHORT[0][0] <= tick.time < SHORT[0][1]]


def test_equal_seeds_give_equal_ticks_and_others_do_not() -> None:
    faults = Faults(disconnect_every=120, outage=20, duplicate=0.05, reorder=0.05)
    assert without_receipt(run(SHORT, faults=faults)) == without_receipt(run(SHORT, faults=faults))
    assert ticks_of(run(SHORT, seed=2)) != list(short_session())


def test_ticks_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    script = (
        "import hashlib, threading; from datetime import date; from ingestor.feeds.universe import universe\n"
        "from ingestor.feeds.simulate import Simulate\n"
        "listed = universe(date(2026, 11, 17), 200); digest = hashlib.sha256()\n"
        "feed = Simulate(listed, {each.symbol: n for n, each in enumerate(listed)}, [(0, 60_000_000)])\n"
        "feed.run(lambda event: digest.update(repr(getattr(event, 'ticks', None)).encode()), threading.Event())\n"
        "print(digest.hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_no_two_ticks_of_an_instrument_and_second_are_equal() -> None:
    ticks = in_session(short_session())
    per_second = Counter((tick.instrument_id, tick.time) for tick in ticks)
    assert max(per_second.values()) > 1
    assert len(set(ticks)) == len(ticks)


def test_times_are_whole_seconds_in_order_and_batches_hold_one_second() -> None:
    for event in run(SHORT):
        if isinstance(event, Batch):
            assert len({tick.time for tick in event.ticks}) == 1
    times = [tick.time for tick in short_session()]
    assert times == sorted(times)
    assert not any(time % SECOND for time in times)


@pytest.mark.parametrize("rate", [0.2, 1.0, 3.0])
def test_the_average_rate_is_the_one_asked_for(rate: float) -> None:
    ticks = [tick for tick in ticks_of(run(SHORT, ticks_per_second=rate)) if SHORT[0][0] <= tick.time < SHORT[0][1]]
    assert len(ticks) / (len(UNIVERSE) * 600) == pytest.approx(rate, rel=0.03)


def test_prices_lie_on_the_grid_and_trades_at_the_bid_or_the_ask() -> None:
    last: dict[int, Tick] = {}
    for tick in in_session(short_session()):
        before = last.get(tick.instrument_id)
        last[tick.instrument_id] = tick
        assert tick.ltp > 0
        assert tick.ltp == float(f"{round(tick.ltp * 20) * 5 / 100:.2f}")
        if KINDS[tick.instrument_id] == "index":
            assert tick[3:] == (None,) * 6
            continue
        assert tick.bid_price is not None
        assert tick.ask_price is not None
        assert 0 < tick.bid_price < tick.ask_price
        if before is None or tick.day_volume != before.day_volume:
            assert tick.ltp in {tick.bid_price, tick.ask_price}
        else:
            assert tick.ltp == before.ltp


def test_a_worthless_option_is_offered_at_a_step() -> None:
    listed = universe(DAY, 1_000)
    ids = {instrument.symbol: number for number, instrument in enumerate(listed)}
    far = ids[max((each for each in listed if each.option_type == "CE"), key=lambda each: each.strike or 0).symbol]
    events: list[Event] = []
    Simulate(listed, ids, [(at(9, 15), at(9, 16))]).run(events.append, threading.Event())
    ticks = [tick for tick in ticks_of(events) if tick.instrument_id == far and at(9, 15) <= tick.time < at(9, 16)]
    assert {(tick.bid_price, tick.ask_price) for tick in ticks} == {(0.05, 0.1)}
    assert {tick.ltp for tick in ticks} <= {0.05, 0.1}


def test_day_volume_only_rises_in_lots_and_starts_with_the_auction() -> None:
    lots = {IDS[instrument.symbol]: instrument.lot_size for instrument in UNIVERSE}
    last: dict[int, int] = {}
    opening: dict[int, int] = {}
    for tick in in_session(short_session()):
        if tick.day_volume is not None:
            assert tick.day_volume >= last.get(tick.instrument_id, 1)
            assert tick.day_volume % lots[tick.instrument_id] == 0
            last[tick.instrument_id] = tick.day_volume
            opening.setdefault(tick.instrument_id, tick.day_volume)
    assert opening[IDS["NSE:INFY"]] > 80_000
    assert set(last) == {number for number, kind in KINDS.items() if kind != "index"}


Print = tuple[str | int, float, int]
"""Time, price and cumulative volume."""


RECORDED = ("HDFCBANK", "INFY", "RELIANCE", "SBIN", "TCS")


def recorded_stocks(shared: Path) -> list[list[Print]]:
    """Two recorded days of these stocks without their dirt, each in the order of its counter."""
    sessions = []
    for path in sorted((shared / "data" / "ticks_1s" / "aliceblue_2021").glob("2021-04-*.csv.gz")):
        if "Nifty" not in path.name:
            day = path.name[:10]
            with gzip.open(path, "rt") as lines:
                rows = {(row["timestamp"], float(row["ltp"]), int(row["volume"])) for row in csv.DictReader(lines)}
            kept = [row for row in rows if f"{day} 09:20" <= row[0] < f"{day} 15:29"]
            sessions.append(sorted(kept, key=lambda row: (row[0], row[2])))
    return sessions


def liveliness(session: Sequence[Print]) -> tuple[float, float, float]:
    """Part of the ticks that trade; part of the trading ones with the price before; Roll's spread in basis points."""
    pairs = list(pairwise(session))
    trades = [(before[1], after[1]) for before, after in pairs if before[2] != after[2]]
    returns = [math.log(after[1] / before[1]) for before, after in pairs]
    covariance = sum(x * y for x, y in pairwise(returns)) / len(returns)
    unchanged = sum(before == after for before, after in trades) / len(trades)
    return len(trades) / len(pairs), unchanged, 2e4 * math.sqrt(max(-covariance, 0))


def test_stocks_trade_and_bounce_as_recorded(shared: Path) -> None:
    recorded = [liveliness(session) for session in recorded_stocks(shared)]
    assert len(recorded) == 2 * len(RECORDED)
    prints: dict[int, list[Print]] = defaultdict(list)
    for tick in whole_day():
        if at(9, 20) <= tick.time < at(15, 29) and tick.day_volume is not None:
            prints[tick.instrument_id].append((tick.time, tick.ltp, tick.day_volume))
    for made in (liveliness(prints[IDS[f"NSE:{name}"]]) for name in RECORDED):
        for value, others in zip(made, zip(*recorded, strict=True), strict=True):
            assert min(others) <= value <= max(others)


def test_open_interest_drifts_for_contracts_alone() -> None:
    seen = defaultdict(set)
    for tick in in_session(short_session()):
        seen[tick.instrument_id].add(tick.open_interest)
    for number, kind in KINDS.items():
        if kind in {"future", "option"}:
            assert len(seen[number]) > 1
            assert all(interest is not None and interest >= 0 for interest in seen[number])
        else:
            assert seen[number] == {None}


def test_volume_is_u_shaped_through_the_day() -> None:
    infy = IDS["NSE:INFY"]
    ticks = [tick for tick in whole_day() if tick.instrument_id == infy]

    def traded(first: int, last: int) -> int:
        volumes = [tick.day_volume or 0 for tick in ticks if first <= tick.time < last]
        return volumes[-1] - volumes[0]

    morning = traded(at(9, 15), at(9, 45))
    noon = traded(at(12, 0), at(12, 30))
    evening = traded(at(15, 0), at(15, 30))
    assert 2.5 < morning / noon < 4.5
    assert 2.5 < evening / noon < 4.5
    assert ticks[-1].day_volume == pytest.approx(8_000_000, rel=0.05)


@given(st.floats(0, 1), st.floats(0, 1))
def test_accrued_volume_is_the_integral_of_the_rate(begin: float, end: float) -> None:
    steps = 400
    rate = sum(activity(begin + (end - begin) * (step + 0.5) / steps) for step in range(steps)) / steps
    assert activity_until(end) - activity_until(begin) == pytest.approx(rate * (end - begin), abs=1e-4)


def test_stocks_follow_the_index_by_their_beta() -> None:
    minutes: dict[int, dict[int, float]] = defaultdict(dict)
    for tick in whole_day():
        if at(9, 15) <= tick.time < at(15, 30):
            minutes[tick.instrument_id][tick.time // (60 * SECOND)] = tick.ltp

    def returns(symbol: str) -> list[float]:
        closes = list(minutes[IDS[symbol]].values())
        return [math.log(later / earlier) for earlier, later in pairwise(closes)]

    index = returns("NSE:NIFTY 50")
    for symbol, beta in (("NSE:RELIANCE", 1.1), ("NSE:NIFTY BANK", 1.1), ("NSE:ITC", 0.6)):
        stock = returns(symbol)
        measured = sum(x * y for x, y in zip(index, stock, strict=True)) / sum(x * x for x in index)
        assert measured == pytest.approx(beta, abs=0.25)
        assert any(abs(y - beta * x) > 1e-5 for x, y in zip(index, stock, strict=True))


def test_futures_carry_the_spot() -> None:
    future = next(instrument for instrument in UNIVERSE if instrument.symbol == "NFO:NIFTY26NOVFUT")
    assert future.expiry == date(2026, 11, 24)
    spot = {tick.time: tick.ltp for tick in in_session(short_session()) if tick.instrument_id == IDS["NSE:NIFTY 50"]}
    checked = 0
    for tick in in_session(short_session()):
        if tick.instrument_id == IDS[future.symbol] and tick.time in spot:
            years = (at(15, 40, day=date(2026, 11, 24)) - tick.time) / SECOND / 86_400 / 365
            assert middle(tick) == pytest.approx(spot[tick.time] * math.exp(0.065 * years), abs=0.16)
            checked += 1
    assert checked > 200


def middle(tick: Tick) -> float:
    """Return the middle of the book: the last price is as old as the last trade."""
    assert tick.bid_price is not None
    assert tick.ask_price is not None
    return (tick.bid_price + tick.ask_price) / 2


def lognormal_expectation(forward: float, strike: float, years: float, volatility: float, sign: int) -> float:
    """Discounted expectation of a payoff by the midpoint rule over the normal density."""
    deviation, width, steps = volatility * math.sqrt(years), 9.0, 20_000
    total = 0.0
    for step in range(steps):
        z = -width + 2 * width * (step + 0.5) / steps
        outcome = forward * math.exp(deviation * z - deviation * deviation / 2)
        total += max(sign * (outcome - strike), 0.0) * math.exp(-z * z / 2)
    return math.exp(-RATE * years) * total * 2 * width / steps / math.sqrt(2 * math.pi)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(100, 30_000),
    st.floats(0.8, 1.25),
    st.floats(1 / 365, 1.0),
    st.floats(0.05, 0.6),
    st.sampled_from([1, -1]),
)
def test_black76_is_the_discounted_expectation(
    forward: float, moneyness: float, years: float, volatility: float, sign: int
) -> None:
    strike = forward * moneyness
    expected = lognormal_expectation(forward, strike, years, volatility, sign)
    assert black76(forward, strike, years, volatility, call=sign > 0) == pytest.approx(expected, abs=forward * 1e-6)


def test_an_expired_option_is_worth_its_payoff() -> None:
    assert black76(110.0, 100.0, 0.0, 0.2, call=True) == 10.0
    assert black76(110.0, 100.0, 0.0, 0.2, call=False) == 0.0


def chain_by_second() -> dict[int, dict[tuple[float, str], Tick]]:
    options = {IDS[option.symbol]: option for option in UNIVERSE if option.kind == "option"}
    seconds: dict[int, dict[tuple[float, str], Tick]] = defaultdict(dict)
    for tick in in_session(short_session()):
        option = options.get(tick.instrument_id)
        if option is not None and option.strike is not None and option.option_type is not None:
            seconds[tick.time][option.strike, option.option_type] = tick
    return seconds


def test_the_chain_keeps_put_call_parity_to_two_ticks_at_every_strike() -> None:
    spot = {tick.time: tick.ltp for tick in in_session(short_session()) if tick.instrument_id == IDS["NSE:NIFTY 50"]}
    expiry = at(15, 40, day=date(2026, 11, 17))
    checked = 0
    for second, chain in chain_by_second().items():
        years = (expiry - second) / SECOND / 86_400 / 365
        for strike in {strike for strike, _ in chain}:
            if second in spot and (strike, "CE") in chain and (strike, "PE") in chain:
                difference = middle(chain[strike, "CE"]) - middle(chain[strike, "PE"])
                # the index is published within 0.15 of the path, each book's middle within a tick
                parity = spot[second] - strike * math.exp(-0.065 * years)
                assert difference == pytest.approx(parity, abs=0.15 + 2 * 0.05 + 1e-9)
                checked += 1
    assert checked > 1_000


def test_options_are_priced_off_the_path() -> None:
    spot = {tick.time: tick.ltp for tick in in_session(short_session()) if tick.instrument_id == IDS["NSE:NIFTY 50"]}
    expiry = at(15, 40, day=date(2026, 11, 17))
    checked = 0
    for second, chain in list(chain_by_second().items())[::60]:
        if second not in spot:
            continue
        years = (expiry - second) / SECOND / 86_400 / 365
        forward = spot[second] * math.exp(0.065 * years)
        for (strike, option_type), tick in chain.items():
            sign = 1 if option_type == "CE" else -1
            expected = lognormal_expectation(forward, strike, years, smile(forward, strike), sign)
            assert middle(tick) == pytest.approx(max(expected, 0.05), abs=0.15 + 0.05 + 0.01)
            checked += 1
    assert checked > 100


def test_low_strikes_have_the_higher_volatility() -> None:
    assert smile(24_500, 23_500) > smile(24_500, 24_500) > smile(24_500, 25_000)
    assert smile(24_500, 24_500) < smile(24_500, 100_000)


def test_the_connection_opens_before_the_pre_open_and_ends_after_the_close() -> None:
    events = run(SHORT)
    assert events[0] == Connected(at(8, 59), instrument_ids=frozenset(IDS.values()))
    assert isinstance(events[-1], Disconnected)
    assert events[-1].at == at(9, 36), "it was there when derivatives closed"
    early = [tick for tick in short_session() if tick.time < SHORT[0][0]]
    late = [tick for tick in short_session() if tick.time >= SHORT[0][1]]
    assert {tick.time for tick in early} == {at(9, minute) for minute in range(8)}
    assert {tick.time for tick in late} == {at(9, 25), at(9, 26), at(9, 30)}
    assert {tick.day_volume for tick in early if KINDS[tick.instrument_id] != "index"} == {0}
    closing = {tick.instrument_id: tick.day_volume for tick in in_session(short_session())}
    assert all(tick.day_volume == closing[tick.instrument_id] for tick in late)
    nifty = [tick.ltp for tick in early if tick.instrument_id == IDS["NSE:NIFTY 50"]]
    assert max(abs(ltp / 24_500 - 1) for ltp in nifty) > 0.01


def test_a_later_day_goes_on_from_the_close_with_new_counters() -> None:
    tomorrow = DAY + timedelta(days=1)
    ticks = ticks_of(run([*SHORT, (at(9, 15, day=tomorrow), at(9, 16, day=tomorrow))]))
    for symbol in ("NSE:NIFTY 50", "NSE:INFY"):
        mine = [tick for tick in ticks if tick.instrument_id == IDS[symbol]]
        close = [tick for tick in mine if tick.time < SHORT[0][1]][-1]
        opening = next(tick for tick in mine if tick.time >= at(9, 15, day=tomorrow))
        assert opening.ltp == pytest.approx(close.ltp, rel=2e-3)
        if close.day_volume is not None:
            assert opening.day_volume is not None
            assert opening.day_volume < close.day_volume
    traded_tomorrow = {KINDS[tick.instrument_id] for tick in ticks if tick.time > at(0, 0, day=tomorrow)}
    assert traded_tomorrow == {"index", "equity", "future"}  # the options expired on the first day


def test_two_sessions_of_a_day_share_the_counters_and_the_connection() -> None:
    events = run([(at(9, 15), at(9, 16)), (at(11, 30), at(11, 31))])
    assert [type(event) for event in events if isinstance(event, Connected | Disconnected)] == [Connected, Disconnected]
    volumes = [tick.day_volume for tick in ticks_of(events) if tick.instrument_id == IDS["NSE:INFY"]]
    assert volumes == sorted(volumes, key=lambda volume: volume or 0)


def test_a_start_in_mid_day_finds_the_counters_accrued() -> None:
    session = [(at(9, 15), at(15, 30))]
    events = run(session, start_at=at(15, 29, 30) + 1)
    assert events[0] == Connected(at(15, 29, 30) + 1, instrument_ids=frozenset(IDS.values()))
    ticks = ticks_of(events)
    assert ticks[0].time == at(15, 29, 31)
    first = next(tick for tick in ticks if tick.instrument_id == IDS["NSE:INFY"])
    assert first.day_volume == pytest.approx(8_000_000, rel=0.02)
    nifty = next(tick for tick in ticks if tick.instrument_id == IDS["NSE:NIFTY 50"])
    assert nifty.ltp != pytest.approx(24_500, abs=2)
    assert nifty.ltp == pytest.approx(24_500, rel=0.05)


@pytest.mark.parametrize("kind", ["equity", "future", "option"])
def test_counters_that_rose_tick_by_tick_are_those_of_a_start_in_mid_day(kind: str) -> None:
    def counters(ticks: Sequence[Tick]) -> int:
        last = {tick.instrument_id: tick.day_volume or 0 for tick in ticks if tick.time < SHORT[0][1]}
        return sum(volume for number, volume in last.items() if KINDS[number] == kind)

    accrued = counters(ticks_of(run(SHORT, start_at=at(9, 24, 50))))
    assert counters(short_session()) == pytest.approx(accrued, rel=0.05)


def test_an_outage_loses_its_ticks_and_nothing_else() -> None:
    events = run(SHORT, faults=Faults(disconnect_every=1_200, outage=60))
    changes = [event for event in events if isinstance(event, Connected | Disconnected)]
    assert [(type(change), change.at) for change in changes] == [
        (Connected, at(8, 59)),
        (Disconnected, at(9, 19)),
        (Connected, at(9, 20)),
        (Disconnected, at(9, 36)),
    ]
    assert ticks_of(events) == [tick for tick in short_session() if not at(9, 19) <= tick.time < at(9, 20)]


def test_duplicates_are_the_same_ticks_again() -> None:
    ticks = ticks_of(run(SHORT, faults=Faults(duplicate=0.1)))
    extra = Counter(ticks) - Counter(short_session())
    assert not Counter(short_session()) - Counter(ticks)
    assert set(extra.values()) == {1}
    assert len(extra) / len(short_session()) == pytest.approx(0.1, rel=0.05)


def test_reordering_delays_ticks_and_loses_none() -> None:
    events = run(SHORT, faults=Faults(reorder=0.1))
    ticks = ticks_of(events)
    assert Counter(ticks) == Counter(short_session())
    late = 0
    for event in events:
        if isinstance(event, Batch):
            newest = max(tick.time for tick in event.ticks)
            delays = [newest - tick.time for tick in event.ticks if newest > tick.time]
            late += len(delays)
            if SHORT[0][0] + 10 * SECOND <= newest < SHORT[0][1]:
                assert all(SECOND <= delay <= 5 * SECOND for delay in delays)
    assert late / len(ticks) == pytest.approx(0.1, rel=0.05)


def test_late_ticks_are_lost_with_the_connection() -> None:
    faults = Faults(disconnect_every=1_200, outage=60, reorder=0.5)
    newest = 0
    for event in run(SHORT, faults=faults):
        if isinstance(event, Batch) and event.ticks[0].time < SHORT[0][1]:
            newest = max(newest, *(tick.time for tick in event.ticks))
            if at(9, 20) <= newest < SHORT[0][1]:
                assert min(tick.time for tick in event.ticks) >= at(9, 20)
    assert newest > at(9, 24)


def test_progress_counts_seconds_of_trading() -> None:
    feed = Simulate(UNIVERSE, IDS, SHORT)
    seen = []
    feed.run(lambda _event: seen.append(feed.progress()), threading.Event())
    assert seen[0] == (0.0, 600.0)
    assert seen == sorted(seen)
    assert feed.progress() == (600.0, 600.0)


def test_it_stops_when_told() -> None:
    stop = threading.Event()
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        if len(events) == 20:
            stop.set()

    Simulate(UNIVERSE, IDS, SHORT).run(emit, stop)
    assert len(events) == 20


def test_speed_is_kept_from_fast_until_on() -> None:
    stamps: list[tuple[int, float]] = []
    stop = threading.Event()
    begin = time.monotonic()
    feed = Simulate(UNIVERSE[:3], IDS, [(at(9, 15), at(9, 15, 40))], speed=50.0, fast_until=at(9, 15, 10))

    def emit(event: Event) -> None:
        if isinstance(event, Batch):
            stamps.append((event.ticks[0].time, time.monotonic()))
        if feed.progress()[0] >= 38:
            stop.set()

    feed.run(emit, stop)
    fast = [stamp for second, stamp in stamps if second <= at(9, 15, 10)]
    paced = [stamp for second, stamp in stamps if second > at(9, 15, 10)]
    assert fast[-1] - begin < 5  # at the speed of 50 it would take 19 s
    assert (len(paced) - 1) / 50 <= paced[-1] - paced[0] + 0.02
    assert len(paced) >= 27


def test_the_universe_names_contracts_as_kite_does() -> None:
    symbols = {instrument.symbol for instrument in UNIVERSE}
    assert {"NFO:NIFTY26NOVFUT", "NFO:BANKNIFTY26NOVFUT", "NFO:RELIANCE26NOVFUT"} <= symbols
    assert {"NFO:NIFTY26N1724500CE", "NFO:NIFTY26N1724000PE", "NFO:NIFTY26N1725000PE"} <= symbols
    assert "NFO:NIFTY26N1725050PE" not in symbols
    assert "NFO:NIFTY26NOV24500CE" in {instrument.symbol for instrument in universe(date(2026, 11, 18))}
    assert list(dict.fromkeys(KINDS.values())) == ["index", "equity", "future", "option"]


def test_underlyings_come_first_at_every_size() -> None:
    for size in (1, 2, 22, 23, 69, 100, 1_000, 9_000):
        listed = universe(DAY, size)
        assert len(listed) == len({instrument.symbol for instrument in listed}) == size
        seen: set[str] = set()
        for instrument in listed:
            assert instrument.underlying is None or instrument.underlying in seen
            seen.add(instrument.symbol)
    big = Counter(instrument.kind for instrument in universe(DAY, 9_000))
    assert big["option"] > 400
    assert big["equity"] > 8_000


@pytest.mark.parametrize("size", [0, -1, 9_001])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(BhavError, match="instruments"):
        universe(DAY, size)


@pytest.mark.parametrize(
    "options",
    [{"disconnect_every": 0.0}, {"outage": -1.0}, {"duplicate": 1.5}, {"reorder": -0.1}],
)
def test_impossible_faults_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(BhavError):
        Faults(**options)


def test_a_rate_must_be_positive() -> None:
    with pytest.raises(BhavError):
        Simulate(UNIVERSE, IDS, SHORT, ticks_per_second=0)


def test_expiries_fall_on_the_trading_day_before_a_holiday() -> None:
    holiday = {date(2026, 11, 24)}
    assert (
        weekly_expiry(date(2026, 11, 20), holiday) == monthly_expiry(date(2026, 11, 20), holiday) == date(2026, 11, 23)
    )
    assert weekly_expiry(date(2026, 11, 24), holiday) == date(2026, 12, 1)
    assert monthly_expiry(date(2026, 11, 25)) == date(2026, 12, 29)
    assert weekly_expiry(date(2025, 8, 27)) == date(2025, 8, 28)  # a Thursday, the rule until 2025-08
    assert weekly_expiry(date(2025, 9, 1)) == date(2025, 9, 2)
    assert expires_at(date(2026, 11, 24)) == at(15, 40, day=date(2026, 11, 24))
    assert expires_at(date(2026, 7, 28)) == at(15, 30, day=date(2026, 7, 28))


@settings(max_examples=200)
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_expiries_are_near_and_on_their_weekday(day: date) -> None:
    weekly, monthly = weekly_expiry(day), monthly_expiry(day)
    assert day <= weekly <= day + timedelta(days=9)
    assert weekly <= monthly <= day + timedelta(days=38)
    assert (monthly + timedelta(days=7)).month != monthly.month
    assert {weekly.weekday(), monthly.weekday()} <= {1, 3}
