"""Outages cut into a day: after repair the candles are the broker's, on both engines, whatever befell the answers."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract import outages, simulated
from tests.contract.contract import at
from tests.contract.outages import Bar, bars, cut, dirty, folded, request, values, work_off
from tests.contract.reference import MINUTE, SECOND, STORED, TickRow, candles, micros, moment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.contract import Contract

DAY = "2026-08-04"
OPENS, CLOSES = at(DAY, "09:15"), at(DAY, "15:30")


class Outage:
    """A day of some instruments with outages, the connections told, the broker's candles at hand."""

    def __init__(self, contract: Contract, truth: list[TickRow], seed: int, day: str = DAY) -> None:
        self.contract = contract
        self.chance = random.Random(seed)
        self.truth = truth
        self.ids = sorted({tick.instrument_id for tick in truth})
        self.broker = bars(truth)
        self.opens, self.closes = at(day, "09:15"), at(day, "15:40")
        self.outages = self._outages()
        self.live = cut(truth, self.outages)
        clock = TickRow(contract.instruments()["NSE:INFY"], self.closes + 3_600 * SECOND, 1.0)
        contract.ensure([*truth, clock])
        contract.copy(self.live)
        contract.stage([clock])
        outages.list_with(contract, "kite", self.ids)
        outages.connect(contract, self.ids, self.opens - MINUTE, self.closes + MINUTE, self.outages)
        outages.doubt(contract, self.live)

    def _outages(self) -> list[tuple[int, int]]:
        starts = sorted(self.chance.sample(range(self.opens // SECOND, self.closes // SECOND), 5))
        found: list[tuple[int, int]] = []
        for start in starts:
            since = start * SECOND + self.chance.randrange(SECOND)
            until = since + self.chance.choice([1, 20, 59, 60, 61, 400, 2000]) * SECOND
            if not found or since > found[-1][1] + MINUTE:
                found.append((since, min(until, self.closes)))
        return found

    def answer(self, instrument_id: int, timeframe: str, since: int, until: int) -> list[Bar]:
        assert timeframe == "minute"
        return dirty(self.chance, [bar for bar in self.broker[instrument_id] if since <= bar.time < until])

    def repair(self, *, again: bool = False) -> int:
        for id_ in self.ids:
            request(self.contract, id_, self.opens, self.closes, again=again)
        calls = work_off(self.contract, self.answer)
        self.contract.refresh_stale()
        return calls

    def relation(self, name: str) -> dict[tuple[int, int], Any]:
        found = self.contract.relation(name, self.ids)
        return {key: candle for key, candle in found.items() if key[1] < self.closes}

    def assert_repaired(self) -> None:
        minutes = self.relation("store.live_1m")
        expected = {
            (id_, bar.time): (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.open_interest)
            for id_, rows in self.broker.items()
            for bar in rows
        }
        assert values(minutes) == expected
        assert not any(candle.missed_volume for candle in minutes.values())
        for timeframe in STORED:
            assert_close(self.relation(f"store.live_{timeframe}"), folded(minutes, timeframe))
            assert_close(self.relation(f"candles.candles_{timeframe}"), folded(minutes, timeframe))

    def gaps(self) -> int:
        query = "select coalesce(sum(minutes), 0) from gaps.gaps(%s, %s, %s)"
        since, until = moment(self.opens), moment(self.closes)
        return sum(int(self.contract.scalar(query, id_, since, until)) for id_ in self.ids)


def assert_close(found: dict[tuple[int, int], Any], expected: dict[tuple[int, int], Any]) -> None:
    assert {key: c._replace(turnover=0) for key, c in found.items()} == {
        key: c._replace(turnover=0) for key, c in expected.items()
    }
    for key, candle in expected.items():
        assert math.isclose(found[key].turnover, candle.turnover, rel_tol=1e-12)


def simulated_day(contract: Contract) -> list[TickRow]:
    ids = contract.instruments()
    chosen = {symbol: ids[symbol] for symbol in ("NSE:SMALLCO", "NFO:INFY26AUGFUT")}
    return outages.counted(simulated.days(chosen, [DAY], 1_500, seed=7))


@pytest.mark.parametrize("seed", range(4))
def test_after_repair_candles_are_the_brokers(contract: Contract, seed: int) -> None:
    day = Outage(contract, simulated_day(contract), seed)
    assert values(day.relation("store.live_1m")) != values(candles(day.truth, "1m"))
    assert day.gaps() > 0
    assert day.repair() == len(day.ids)
    day.assert_repaired()
    assert day.gaps() == 0
    assert day.repair() == 0, "nothing is left to ask for"


def test_repairing_twice_changes_nothing(contract: Contract) -> None:
    day = Outage(contract, simulated_day(contract), 1)
    day.repair()
    before = {timeframe: day.relation(f"store.live_{timeframe}") for timeframe in STORED}
    ticks = sorted(contract.ticks())
    for _ in range(2):
        for id_ in day.ids:
            for since, until in day.outages:
                request(contract, id_, since, until, again=True)
        assert work_off(contract, day.answer) > 0
        contract.refresh_stale()
        for timeframe, candles_before in before.items():
            assert_close(day.relation(f"store.live_{timeframe}"), candles_before)
        assert sorted(contract.ticks()) == ticks


def test_a_changed_value_of_the_broker_converges(contract: Contract) -> None:
    day = Outage(contract, simulated_day(contract), 2)
    day.repair()
    for rows in day.broker.values():
        for place in day.chance.sample(range(len(rows)), 20):
            bar = rows[place]
            rows[place] = bar._replace(high=bar.high + 1, close=bar.high + 0.5, volume=bar.volume + 17)
    day.repair(again=True)
    day.assert_repaired()


def test_live_ticks_of_repaired_minutes_are_kept_aside(contract: Contract) -> None:
    day = Outage(contract, simulated_day(contract), 3)
    day.repair()
    rows = contract.execute("select instrument_id, time from store.replaced_ticks")
    aside = {(id_, micros(time)) for id_, time in rows}
    assert len(aside) == len(rows)
    live = {(tick.instrument_id, tick.time) for tick in contract.ticks()}
    assert {(tick.instrument_id, tick.time) for tick in day.live} <= aside | live
    half = {tick.time // MINUTE for tick in day.live if any(a // MINUTE == tick.time // MINUTE for a, _ in day.outages)}
    assert half
    assert all(any(time // MINUTE == minute for _, time in aside) for minute in half)


def test_stragglers_of_repaired_minutes_are_kept_aside(contract: Contract) -> None:
    day = Outage(contract, simulated_day(contract), 0)
    day.repair()
    lost = [t for t in day.truth if any(since <= t.time < until for since, until in day.outages)]
    assert lost
    aside = "select count(*) from store.replaced_ticks"
    before = contract.scalar(aside)
    assert contract.stage(lost) == 0
    assert contract.stage(lost, "insert_late_ticks") == 0
    contract.refresh_stale()
    assert contract.scalar(aside) == before + 2 * len(lost)
    day.assert_repaired()


def test_repair_of_compressed_chunks(contract: Contract, engine: str) -> None:
    day = Outage(contract, simulated_day(contract), 5)
    assert (contract.columnstore() > 0) == (engine == "timescale")
    day.repair()
    day.assert_repaired()
    interest = [c.open_interest for c in day.relation("store.live_1m").values()]
    assert any(interest), "the future has open interest"


def test_a_minute_with_trades_of_which_the_broker_has_no_candle_stays(contract: Contract) -> None:
    day = Outage(contract, simulated_day(contract), 1)
    id_ = day.ids[0]
    half = {tick.time // MINUTE * MINUTE for tick in day.live if tick.instrument_id == id_ and tick.volume} & {
        since // MINUTE * MINUTE for since, _ in day.outages
    }
    assert half
    before = {key: c for key, c in day.relation("store.live_1m").items() if key[0] == id_ and key[1] in half}
    day.broker[id_] = [bar for bar in day.broker[id_] if bar.time not in half]
    day.repair()
    after = day.relation("store.live_1m")
    assert {key: after[key] for key in before} == before
    (rejected,) = contract.execute("select rejected from ledger.backfill_requests where instrument_id = %s", id_)[0]
    assert rejected["no candle where we saw trades"] == len(half)


@pytest.mark.parametrize("read", ["aliceblue", "breeze"])
def test_a_recorded_day(contract: Contract, shared: Path, read: str) -> None:
    ids = contract.instruments()
    if read == "aliceblue":
        day = "2021-04-08"
        files = sorted((shared / "data/ticks_1s/aliceblue_2021").rglob(f"*{day}*"))
        paths = [path for path in files if "SBIN" in path.name or "TCS" in path.name]
        assert len(paths) >= 2
        truth = [
            tick
            for id_, path in zip((ids["NSE:SMALLCO"], ids["NSE:NIFTY 50"]), paths, strict=False)
            for tick in simulated.aliceblue_stock(path, id_, day)
        ]
    else:
        day = "2025-11-17"
        path = shared / "data/ticks_1s/breeze_stock_futures_ticks_2025-11-17.csv.gz"
        names = [ids["NSE:SMALLCO"], ids["NSE:NIFTY 50"], ids["NFO:INFY26AUGFUT"]]
        recorded = simulated.breeze_futures(path, 0)
        truth = [tick._replace(instrument_id=names[tick.instrument_id]) for tick in recorded if tick.instrument_id < 3]
    repaired = Outage(contract, outages.counted(truth), 11, day)
    repaired.repair()
    repaired.assert_repaired()
