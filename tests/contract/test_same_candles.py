"""The same ticks give the same candles on both engines, and both equal a brute force over the ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import ENGINES
from tests.contract import reference, simulated
from tests.contract.contract import Contract
from tests.contract.reference import DAY, SECONDS, STORED, TIMEFRAMES, Candles, TickRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Cluster

# around the end of a week and of a month, and the first days of the closing auction
DATES = ["2026-07-30", "2026-07-31", "2026-08-03", "2026-08-04"]
pytestmark = pytest.mark.timescale


@pytest.fixture(scope="module")
def both(clusters: Callable[[str], Cluster]) -> Iterator[list[Contract]]:
    both_clusters = [clusters(engine) for engine in ENGINES]  # skips before anything is open
    made = [Contract(cluster.create("replay"), engine) for engine, cluster in zip(ENGINES, both_clusters, strict=True)]
    yield made
    for contract in made:
        contract.connection.close()
        clusters(contract.engine).drop(contract.url)


def every_relation(contract: Contract, ticks: list[TickRow]) -> dict[str, Candles]:
    ids = {tick.instrument_id for tick in ticks}
    times = [tick.time for tick in ticks]
    found = {}
    for timeframe in STORED:
        for relation in (f"store.live_{timeframe}", f"candles.candles_{timeframe}"):
            found[relation] = contract.relation(relation, ids)
    for timeframe in TIMEFRAMES:
        since = max(times) - 5000 * reference.SECOND if timeframe in SECONDS else min(times)
        found[f"candles() {timeframe}"] = contract.series(ids, timeframe, since, max(times) + 1)
    return found


def brute_force(ticks: list[TickRow]) -> dict[str, Candles]:
    """Return the candles of every timeframe; those of seconds for the last of the ticks alone."""
    since = max(tick.time for tick in ticks) - 5000 * reference.SECOND
    expected = {}
    for timeframe in TIMEFRAMES:
        floor = reference.bucket_start(since, timeframe) if timeframe in SECONDS else 0
        expected[timeframe] = reference.candles([tick for tick in ticks if tick.time >= floor], timeframe)
        assert expected[timeframe]
    return expected


def assert_all_same(both: list[Contract], ticks: list[TickRow], expected: dict[str, Candles]) -> None:
    plain, timescale = (every_relation(contract, ticks) for contract in both)
    for relation, candles in plain.items():
        reference.assert_same(timescale[relation], candles, f"{relation}, between engines")
    for timeframe, candles in expected.items():
        for relation in (f"store.live_{timeframe}", f"candles.candles_{timeframe}", f"candles() {timeframe}"):
            if relation in plain:
                reference.assert_same(plain[relation], candles, relation)


def load(both: list[Contract], ticks: list[TickRow]) -> None:
    for contract in both:
        contract.ensure(ticks)
        for start in range(0, len(ticks), 5000):
            contract.copy(ticks[start : start + 5000])
        contract.refresh_stale()


def refresh(both: list[Contract], ticks: list[TickRow]) -> None:
    times = [tick.time for tick in ticks]
    for contract in both:
        contract.refresh(min(times), max(times) + DAY)
    assert both[1].scalar("select store.watermark('1m') > %s", reference.moment(min(times)))


def test_simulated_days(both: list[Contract]) -> None:
    ids = both[0].instruments()
    assert both[1].instruments() == ids
    ticks = simulated.days(ids, DATES, 500, seed=1)
    load(both, ticks)
    expected = brute_force(ticks)
    assert_all_same(both, ticks, expected)
    refresh(both, ticks)
    assert both[1].scalar("select store.watermark('1d') > %s", reference.moment(ticks[0].time))
    assert_all_same(both, ticks, expected)
    assert both[1].columnstore() > 3
    assert_all_same(both, ticks, expected)


def test_recorded_futures(both: list[Contract], shared: Path) -> None:
    path = shared / "data" / "ticks_1s" / "breeze_stock_futures_ticks_2025-11-17.csv.gz"
    ticks = simulated.breeze_futures(path, 1001)
    load(both, ticks)
    expected = brute_force(ticks)
    assert_all_same(both, ticks, expected)
    refresh(both, ticks)
    assert_all_same(both, ticks, expected)


def test_recorded_stock(both: list[Contract], shared: Path) -> None:
    path = shared / "data" / "ticks_1s" / "aliceblue_2021" / "2021-04-08_INFY_08_April.csv.gz"
    ticks = simulated.aliceblue_stock(path, 2001, "2021-04-08")
    load(both, ticks)
    expected = brute_force(ticks)
    assert_all_same(both, ticks, expected)
    assert both[0].series([2001], "1d", ticks[0].time, ticks[-1].time)[
        2001, reference.india("2021-04-08 01:15")
    ].ticks == len(ticks)
