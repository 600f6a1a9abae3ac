"""The sequencer against a model that keeps everything it ever saw and looks it up anew for every tick."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestor.copyrows import Row
from ingestor.model import Batch, Connected, Tick
from ingestor.sequence import OLDEST, Sequenced, Sequencer
from ingestor.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingestor.counts import Counts

INDIA = timezone(timedelta(hours=5, minutes=30))
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAYS = (date(2026, 8, 3), date(2026, 8, 4))


def at(clock: str, day: date = DAYS[0]) -> int:
    """Microseconds since 1970 of an Indian time of day."""
    moment = datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=INDIA)
    return round(moment.timestamp() * SECOND)


HOURS = [("NSE", day, at("09:15", day), at("15:30", day)) for day in DAYS]
SEGMENTS = {1: "NSE", 2: "NSE"}


def sequencer(*, live: bool = False, horizon: int = OLDEST) -> Sequencer:
    made = Sequencer(lambda _: {}, live=live)
    made.use(Sessions(HOURS), SEGMENTS, horizon)
    return made


def connect(made: Sequencer, clock: str, connection: str = "main", day: date = DAYS[0]) -> None:
    made.connected(Connected(at(clock, day), connection))


def send(made: Sequencer, *ticks: Tick, received_at: int = 0, connection: str = "main") -> Sequenced:
    return made.sequence(Batch(list(ticks), received_at, connection))


def stored(rows: Sequenced) -> list[Row]:
    return rows.ticks + rows.late


class Arrival(NamedTuple):
    """A tick, after a new connection where it is the first on one."""

    tick: Tick
    reconnects: bool


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[int, list[Arrival]]:
    """A late or early start, then a counter that rises, falls and stalls, at times that jump both ways."""
    first = draw(st.sampled_from(["09:00", "09:14:58", "09:15:20", "11:00"]))
    time = at(first) + draw(st.sampled_from([0, 0, 16 * 60, 6 * 3600])) * SECOND
    counters = {1: draw(st.integers(0, 1000)), 2: None}
    found = []
    steps = st.tuples(
        st.sampled_from([1, 1, 1, 2]),
        st.sampled_from([0, 0, 0, 1, 1, 1, 2, 20, 70]),
        st.sampled_from([0, 0, 0, 0, 1, 7, 8, 9, 90]),
        st.sampled_from([0, 0, 0, 1, 10, 500, -3, -200]),
        st.sampled_from([100.0, 100.05, 100.0, 100.05, -1.0]),
        st.integers(0, 9),
    )
    for instrument_id, ahead, back, rise, ltp, chance in draw(st.lists(steps, min_size=10, max_size=80)):
        time += ahead * SECOND
        counter = counters[instrument_id]
        if counter is not None:
            counter = counters[instrument_id] = max(counter + rise, 0)
        shown = None if chance == 9 else counter
        found.append(Arrival(Tick(instrument_id, time - back * SECOND, ltp, shown), chance < 2))
    return at(first), found


def expected(connected_at: int, found: Iterable[Arrival]) -> tuple[list[Row], defaultdict[int, Counter[str]]]:
    """The rules of trading day, identity and volume, each looked up in the whole past; counts by instrument."""
    rows: list[Row] = []
    counted: defaultdict[int, Counter[str]] = defaultdict(Counter)
    past: defaultdict[tuple[int, date], list[tuple[Row, int]]] = defaultdict(list)  # with the number of its connection
    connection = 1
    remembered: defaultdict[tuple[int, date], dict[int, list[Row]]] = defaultdict(dict)
    for each in found:
        tick, counts = each.tick, counted[each.tick.instrument_id]
        if each.reconnects:
            connection, connected_at = connection + 1, tick.time
        if tick.ltp <= 0:
            counts["rejected"] += 1
            continue
        day = next((hours[1] for hours in HOURS if hours[2] <= tick.time < hours[3]), None)
        if day is None:
            counts["offsession"] += 1
            continue
        key = tick.instrument_id, day
        seconds = remembered[key]
        second = tick.time // SECOND
        is_late = second not in seconds and any(second < other for other in seconds)
        counters = [(row, number) for row, number in past[key] if row.day_volume is not None]
        highest = max((row.day_volume or 0 for row, _ in counters), default=0)
        same = [row for row in seconds.get(second, []) if row[2:3] + row[5:11] == tick[2:]]
        if same:
            counts["duplicates"] += 1
            if tick.day_volume == highest:
                past[key].append((same[0]._replace(received_at=tick.time), connection))
            continue
        rise = 0 if tick.day_volume is None else tick.day_volume - highest
        counts["volume_falls"] += rise < 0
        if counters:
            so_far = [max(row.day_volume or 0 for row, _ in counters[: place + 1]) for place in range(len(counters))]
            last, number = [entry for entry, top in zip(counters, so_far, strict=True) if entry[0].day_volume == top][
                -1
            ]
            is_seen = number == connection or last.received_at // MINUTE == tick.time // MINUTE
        else:
            is_seen = connected_at <= at("09:15", day) or tick.time < at("09:16", day)
        used = {row.time for row in seconds.get(second, [])}
        time = next(free for free in range(tick.time, tick.time + SECOND) if is_late or free not in used)
        volume, missed = (max(rise, 0), 0) if is_seen else (0, max(rise, 0))
        # received_at carries the exchange's own time here
        row = Row(tick.instrument_id, time, tick.ltp, volume, missed, *tick[3:], tick.time)
        past[key].append((row, connection))
        rows.append(row)
        counts["late" if is_late else "written"] += 1
        if not is_late:
            seconds.setdefault(second, []).append(row)
            for forgotten in sorted(seconds)[:-8]:
                del seconds[forgotten]
    return rows, counted


def flat(counts: Counts) -> Counter[str]:
    """Counts by name, whatever a tick was rejected for."""
    return +Counter({**counts.as_dict(), "rejected": counts.rejected.total()})


@settings(max_examples=400)
@given(case=arrivals())
def test_any_stream_gives_the_rows_of_the_model(case: tuple[int, list[Arrival]]) -> None:
    connected_at, found = case
    made = sequencer()
    made.connected(Connected(connected_at))
    rows: list[Row] = []
    missed: list[tuple[int, int]] = []
    for each in found:
        if each.reconnects:
            made.connected(Connected(each.tick.time))
        sequenced = send(made, each.tick, received_at=each.tick.time)
        rows += stored(sequenced)
        missed += sequenced.missed
    wanted, counts = expected(connected_at, found)
    assert rows == wanted
    assert missed == [(row.instrument_id, row.time // MINUTE * MINUTE) for row in wanted if row.missed_volume]
    total = made.counts.total()
    assert (total.received, total.written) == (len(found), sum(each.pop("written", 0) for each in counts.values()))
    for instrument_id, of_instrument in counts.items():
        assert flat(made.counts[instrument_id]) == of_instrument
    assert flat(total) - Counter(received=total.received, written=total.written) == sum(counts.values(), Counter())
    handled = total.late + total.duplicates + total.offsession + total.rejected.total()
    assert total.received == total.written + handled


@given(case=arrivals())
def test_volume_and_missed_volume_always_sum_to_the_highest_counter(case: tuple[int, list[Arrival]]) -> None:
    connected_at, found = case
    made = sequencer()
    made.connected(Connected(connected_at))
    highest: Counter[int] = Counter()
    sums: Counter[int] = Counter()
    for tick, reconnects in found:
        if reconnects:
            made.connected(Connected(tick.time))
        for row in stored(send(made, tick)):
            sums[row.instrument_id] += row.volume + row.missed_volume
        if tick.ltp > 0 and at("09:15") <= tick.time < at("15:30"):
            highest[tick.instrument_id] = max(highest[tick.instrument_id], tick.day_volume or 0)
        assert sums[1] == highest[1]
        assert sums[2] == 0
