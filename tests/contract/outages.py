"""A recorded day with outages cut into it, and the broker that has its candles."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from psycopg.types.json import Jsonb

from tests.contract import reference
from tests.contract.reference import MINUTE, SECOND, Candle, TickRow, micros, moment

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    from tests.contract.contract import Contract
    from tests.contract.reference import Candles


class Bar(NamedTuple):
    """A candle as a broker gives it."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    open_interest: int | None


def bars(ticks: Iterable[TickRow], timeframe: str = "1m") -> dict[int, list[Bar]]:
    """The broker's candles by instrument: a brute force over everything that was traded."""
    candles = reference.candles(ticks, timeframe)
    return {
        instrument_id: [
            Bar(time, c.open, c.high, c.low, c.close, c.volume, c.open_interest) for (_, time), c in sorted(group)
        ]
        for instrument_id, group in groupby(sorted(candles.items()), key=lambda item: item[0][0])
    }


def counted(ticks: list[TickRow]) -> list[TickRow]:
    """Give what was traded since the tick before, from the counter alone; a day's first tick has traded nothing."""
    before: dict[int, int] = {}
    result = []
    for tick in sorted(ticks, key=lambda tick: tick.time):
        counter = tick.day_volume or 0
        traded = counter - before.get(tick.instrument_id, counter)
        before[tick.instrument_id] = counter
        result.append(tick._replace(volume=traded, missed_volume=0))
    return result


def cut(ticks: list[TickRow], outages: list[tuple[int, int]]) -> list[TickRow]:
    """Lose what was traded in the outages: the tick after one carries its volume as missed."""
    before: dict[int, tuple[int, int]] = {}
    result = []
    for tick in sorted(ticks, key=lambda tick: tick.time):
        if any(since <= tick.time < until for since, until in outages):
            continue
        counter, connection = tick.day_volume or 0, sum(until <= tick.time for _, until in outages)
        counter_before, connection_before = before.get(tick.instrument_id, (counter, connection))
        traded = counter - counter_before
        before[tick.instrument_id] = counter, connection
        same = connection == connection_before
        result.append(tick._replace(volume=traded if same else 0, missed_volume=0 if same else traded))
    return result


def connect(contract: Contract, ids: list[int], since: int, until: int, outages: list[tuple[int, int]]) -> None:
    """Tell the database when the connection was up, as the daemon does."""
    for up, down in zip([since, *(b for _, b in outages)], [*(a for a, _ in outages), until], strict=True):
        record(contract, "up", up, instrument_ids=ids)
        record(contract, "heard", down)
        record(contract, "down", down, reason="test")


def doubt(contract: Contract, ticks: Iterable[TickRow]) -> None:
    """Tell the database of minutes with volume that accrued unseen, as the daemon does."""
    minutes = sorted({(tick.instrument_id, tick.time // MINUTE * MINUTE) for tick in ticks if tick.missed_volume})
    record(contract, "missed", 0, minutes=minutes)


def record(contract: Contract, what: str, at: int, **more: object) -> None:
    event = {"what": what, "source": "test", "connection": "main", "at": at, **more}
    contract.execute("select ledger.record_connection(%s)", Jsonb(event))


def list_with(contract: Contract, broker: str, ids: Iterable[int]) -> None:
    """Give each instrument a key of the broker: its id."""
    for id_ in ids:
        contract.execute(
            "insert into market.broker_instruments (broker, broker_key, instrument_id) values (%s, %s, %s)",
            broker, str(id_), id_,
        )  # fmt: skip


def request(
    contract: Contract, id_: int, since: int, until: int, timeframe: str = "1m", *, again: bool = False
) -> None:
    contract.execute(
        "select * from gaps.request_backfill(%s, %s, %s, %s, %s)", id_, moment(since), moment(until), timeframe, again
    )


def work_off(contract: Contract, answer: Callable[[int, str, int, int], list[Bar]], broker: str = "kite") -> int:
    """Answer every request of the queue with answer(instrument_id, broker timeframe, since, until); how many."""
    calls = 0
    while claim := contract.execute(
        "select request_id, attempt, broker_key, broker_timeframe, since, until from gaps.claim_backfill(%s)", broker
    ):
        ((request_id, attempt, key, timeframe, since, until),) = claim
        give(contract, request_id, attempt, answer(int(key), timeframe, micros(since), micros(until)))
        calls += 1
    return calls


def give(contract: Contract, request_id: int, attempt: int, rows: list[Bar]) -> list[tuple[int, dict[str, int]]]:
    """Hand the database an answer as the worker does; the result is empty when the claim was another's."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 7
    return contract.execute(
        "select * from gaps.answer_backfill("
        "%s, %s, %s::timestamptz[], %s::float8[], %s::float8[], %s::float8[], %s::float8[],"
        " %s::bigint[], %s::bigint[])",
        request_id, attempt, [moment(time) for time in columns[0]], *columns[1:],
    )  # fmt: skip


def dirty(chance: random.Random, rows: list[Bar]) -> list[Bar]:
    """Answer as brokers do on a bad day: shuffled, some twice, one of another day."""
    if not rows:
        return rows
    extra = [chance.choice(rows) for _ in range(3)]
    other = rows[0]._replace(time=rows[0].time - 86_400 * SECOND, close=1.0, low=1.0)
    mixed = [*rows, *extra, other]
    chance.shuffle(mixed)
    return mixed


def values(candles: Candles) -> dict[tuple[int, int], tuple[object, ...]]:
    """What a broker's candle says of a bar: turnover and the number of ticks are ours."""
    return {key: (c.open, c.high, c.low, c.close, c.volume, c.open_interest) for key, c in candles.items()}


def folded(minutes: Candles, timeframe: str) -> Candles:
    """Make longer bars of minutes."""
    ordered = sorted(
        minutes.items(), key=lambda item: (item[0][0], reference.bucket_start(item[0][1], timeframe), item[0][1])
    )
    result: Candles = {}
    for key, group in groupby(ordered, key=lambda item: (item[0][0], reference.bucket_start(item[0][1], timeframe))):
        parts = [candle for _, candle in group]
        result[key] = Candle(
            open=parts[0].open,
            high=max(part.high for part in parts),
            low=min(part.low for part in parts),
            close=parts[-1].close,
            volume=sum(part.volume for part in parts),
            missed_volume=sum(part.missed_volume for part in parts),
            open_interest=next((p.open_interest for p in reversed(parts) if p.open_interest is not None), None),
            turnover=sum(part.turnover for part in parts),
            ticks=sum(part.ticks for part in parts),
        )
    return result
