"""store.insert_late_ticks(): duplicates are dropped, others take the next free microsecond of their second."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract import reference
from tests.contract.contract import Contract, at
from tests.contract.reference import SECOND, STORED, TickRow

if TYPE_CHECKING:
    import random

OPENS = at("2026-08-04", "09:15")
numbers = count(1)
few = st.integers(0, 2)
rows = st.builds(
    TickRow,
    instrument_id=st.integers(0, 1),
    time=few.map(lambda second: OPENS + 59 * SECOND + second * SECOND),
    ltp=few.map(lambda step: 100 + step / 20),
    volume=st.integers(0, 100),
    missed_volume=few,
    day_volume=st.none() | few,
    open_interest=st.none() | few,
    bid_price=st.none() | st.just(99.5),
    ask_price=st.none(),
    bid_qty=st.none() | few,
    ask_qty=st.none(),
)
Payload = tuple[object, ...]


def payload(tick: TickRow) -> Payload:
    """What makes two ticks of a second the same one: volume is worked out, not received."""
    return (
        tick.instrument_id, tick.time // SECOND, tick.ltp, tick.day_volume, tick.open_interest,
        tick.bid_price, tick.ask_price, tick.bid_qty, tick.ask_qty,
    )  # fmt: skip


def stored(contract: Contract, ids: list[int]) -> dict[Payload, TickRow]:
    found = [tick for tick in contract.ticks() if tick.instrument_id in ids]
    by_payload = {payload(tick): tick for tick in found}
    assert len(by_payload) == len(found), "a duplicate was stored"
    return by_payload


@given(
    early=st.lists(rows, max_size=6, unique_by=payload),
    late=st.lists(rows, min_size=1, max_size=14),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_late_ticks(
    shared_contract: Contract,
    early: list[TickRow],
    late: list[TickRow],
    chance: random.Random,
) -> None:
    contract = shared_contract
    ids = [next(numbers), next(numbers)]
    early = [tick._replace(instrument_id=ids[tick.instrument_id]) for tick in early]
    late = [tick._replace(instrument_id=ids[tick.instrument_id]) for tick in late]
    contract.ensure([TickRow(0, OPENS, 1.0)])
    # numbered by the daemon: the first tick of a second at the second, the others behind it
    placed: dict[tuple[int, int], int] = {}
    for place, tick in enumerate(early):
        key = (tick.instrument_id, tick.time)
        early[place] = tick._replace(time=tick.time + placed.setdefault(key, 0))
        placed[key] += 1
    contract.copy(early)
    before = stored(contract, ids)

    new = {payload(tick) for tick in late} - before.keys()
    assert contract.stage(late, "insert_late_ticks") == len(new)
    after = stored(contract, ids)
    assert after.keys() == before.keys() | new
    assert all(after[key] == tick for key, tick in before.items()), "a stored tick has changed"
    for found_key in new:
        same = [tick for tick in late if payload(tick) == found_key]
        assert (after[found_key].volume, after[found_key].missed_volume) == max(
            (t.volume, t.missed_volume) for t in same
        )
    # within a second the times are gapless, and new ones follow those that were there
    for instrument_id in ids:
        for second in {tick.time // SECOND for tick in after.values()}:
            times = sorted(
                t.time for t in after.values() if (t.instrument_id, t.time // SECOND) == (instrument_id, second)
            )
            assert times == [second * SECOND + place for place in range(len(times))]

    chance.shuffle(late)
    assert contract.stage(late, "insert_late_ticks") == 0
    assert contract.stage([*late, *early[:2]], "insert_late_ticks") == 0
    assert stored(contract, ids) == after
    contract.refresh_stale()
    for timeframe in STORED:
        found = contract.relation(f"store.live_{timeframe}", ids)
        reference.assert_same(found, reference.candles(after.values(), timeframe), timeframe)
