"""The rules of trading session, identity and volume, one by one."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from ingestor.model import Batch, Connected, Tick
from ingestor.sequence import OLDEST, Sequenced, Sequencer, State
from ingestor.sessions import Sessions

if TYPE_CHECKING:
    from ingestor.copyrows import Row

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


def tick(clock: str, counter: int | None = None, ltp: float = 100.0, **details: int) -> Tick:
    return Tick(1, at(clock), ltp, counter, **details)


def volumes(made: Sequencer, *ticks: Tick) -> list[tuple[int, int]]:
    return [(row.volume, row.missed_volume) for each in ticks for row in stored(send(made, each))]


def stored(rows: Sequenced) -> list[Row]:
    return rows.ticks + rows.late


# Where the counter's rise belongs.


@pytest.mark.parametrize("connected", ["09:00", "09:15"])
def test_connected_before_the_open_the_first_tick_holds_the_auction(connected: str) -> None:
    made = sequencer()
    connect(made, connected)
    assert volumes(made, tick("09:16:40", 5_000), tick("09:16:41", 5_010)) == [(5_000, 0), (10, 0)]


def test_connected_at_eleven_the_morning_is_missed() -> None:
    made = sequencer()
    connect(made, "11:00")
    assert volumes(made, tick("11:00:01", 5_000), tick("11:00:02", 5_010)) == [(0, 5_000), (10, 0)]


@pytest.mark.parametrize(("clock", "expected"), [("09:15:59.999999", (700, 0)), ("09:16", (0, 700))])
def test_in_the_first_minute_of_the_day_nothing_is_missed(clock: str, expected: tuple[int, int]) -> None:
    made = sequencer()
    connect(made, "09:15:01")
    assert volumes(made, tick(clock, 700)) == [expected]


@pytest.mark.parametrize(("clock", "expected"), [("10:00:59", (50, 0)), ("10:01", (0, 50))])
def test_a_reconnect_misses_nothing_within_the_minute_of_the_last_counter(
    clock: str, expected: tuple[int, int]
) -> None:
    made = sequencer()
    connect(made, "09:00")
    volumes(made, tick("10:00", 100))
    connect(made, "10:00:30")
    assert volumes(made, tick(clock, 150), tick("10:05", 160)) == [expected, (10, 0)]


def test_after_a_reconnect_each_instrument_misses_once() -> None:
    made = sequencer()
    connect(made, "09:00")
    first, second = tick("10:00", 100), tick("10:00", 900)._replace(instrument_id=2)
    volumes(made, first, second)
    connect(made, "10:30")
    later = [tick("10:30:01", 110), tick("10:30:01", 950)._replace(instrument_id=2), tick("10:40", 115)]
    assert volumes(made, *later) == [(0, 10), (0, 50), (5, 0)]


def test_an_instrument_that_moves_to_another_connection_was_not_seen_meanwhile() -> None:
    made = sequencer()
    connect(made, "09:00", "a")
    connect(made, "09:00", "b")
    assert stored(send(made, tick("10:00", 100), connection="a"))[0].volume == 100
    (row,) = stored(send(made, tick("10:05", 160), connection="b"))
    assert (row.volume, row.missed_volume) == (0, 60)


def test_a_reconnect_of_one_connection_leaves_the_other_alone() -> None:
    made = sequencer()
    connect(made, "09:00", "a")
    connect(made, "09:00", "b")
    send(made, tick("10:00", 100), connection="a")
    connect(made, "10:01", "b")
    (row,) = stored(send(made, tick("10:05", 160), connection="a"))
    assert (row.volume, row.missed_volume) == (60, 0)


def test_the_next_day_starts_at_nothing_and_knows_the_connection() -> None:
    made = sequencer()
    connect(made, "09:00")
    volumes(made, tick("15:29", 9_000))
    assert volumes(made, Tick(1, at("11:00", DAYS[1]), 100.0, 300)) == [(300, 0)]


def test_the_last_tick_sent_again_to_a_new_connection_shows_that_nothing_was_missed() -> None:
    made = sequencer()
    connect(made, "09:00")
    last = tick("10:00", 100)
    volumes(made, last)
    connect(made, "10:30")
    assert volumes(made, last, tick("10:31", 130)) == [(30, 0)]
    connect(made, "10:35")
    assert volumes(made, last, tick("10:36", 140)) == [(0, 10)]


def test_a_fall_carries_nothing_and_is_counted_and_what_follows_is_measured_from_the_highest() -> None:
    made = sequencer()
    connect(made, "09:00")
    fall = [tick("10:00", 100), tick("10:00:01", 40), tick("10:00:02", 0), tick("10:00:03", 130)]
    assert volumes(made, *fall) == [(100, 0), (0, 0), (0, 0), (30, 0)]
    assert made.counts[1].volume_falls == 2


def test_a_tick_without_a_counter_carries_no_volume_and_changes_none() -> None:
    made = sequencer()
    connect(made, "09:00")
    assert volumes(made, tick("10:00", 100), tick("10:00:01"), tick("10:00:02", 101)) == [(100, 0), (0, 0), (1, 0)]


def test_minutes_that_hold_missed_volume_are_told_and_no_others() -> None:
    made = sequencer()
    connect(made, "11:00")
    first = send(made, tick("11:00:59", 500), tick("11:01", 600), tick("11:00:40", 100)._replace(instrument_id=2))
    assert first.missed == [(1, at("11:00")), (2, at("11:00"))]
    connect(made, "11:05")
    last, late = tick("11:07:30", 600), tick("11:06:10", 650)
    assert send(made, last, *(tick(f"11:07:{second}", 600) for second in range(31, 45))).missed == []
    connect(made, "11:08")
    assert [row.missed_volume for row in send(made, late).late] == [50]
    connect(made, "11:09")
    assert send(made, tick("11:06:11", 660)).missed == []
    connect(made, "11:10")
    assert send(made, tick("11:06:12")).missed == []


# Identity.


def test_a_tick_equal_in_every_field_within_a_second_is_a_duplicate() -> None:
    made = sequencer()
    connect(made, "09:00")
    same = tick("10:00", 100, open_interest=5)
    assert len(stored(send(made, same, same, same._replace(time=same.time + 250_000)))) == 1
    assert made.counts[1].duplicates == 2
    others = [
        same._replace(ltp=100.05),
        same._replace(day_volume=None),
        same._replace(open_interest=6),
        same._replace(bid_price=1.0),
        same._replace(ask_price=1.0),
        same._replace(bid_qty=1),
        same._replace(ask_qty=1),
        same._replace(instrument_id=2),
        same._replace(time=same.time + SECOND),
    ]
    assert len(stored(send(made, *others))) == len(others)
    assert made.counts[1].duplicates == 2


def test_different_ticks_of_a_second_take_the_next_free_microsecond() -> None:
    made = sequencer()
    start = at("10:00")
    exact = [Tick(1, start, 100.0 + place) for place in range(3)]
    between = Tick(1, start + 1, 200.0)
    rows = send(made, *exact, between, Tick(1, start + 500_000, 201.0), Tick(1, start + 500_000, 202.0)).ticks
    assert [row.time - start for row in rows] == [0, 1, 2, 3, 500_000, 500_001]
    assert [row.ltp for row in rows] == [100.0, 101.0, 102.0, 200.0, 201.0, 202.0]


def test_a_tick_older_than_what_is_remembered_is_left_to_the_database() -> None:
    made = sequencer()
    start = at("10:00")
    send(made, *(Tick(1, start + SECOND * second, 100.0) for second in range(20)))
    late, remembered = Tick(1, start + 11 * SECOND, 99.0), Tick(1, start + 12 * SECOND, 99.0)
    rows = send(made, late, remembered)
    assert [(row.time, row.ltp) for row in rows.late] == [(late.time, 99.0)]
    assert [(row.time, row.ltp) for row in rows.ticks] == [(remembered.time + 1, 99.0)]
    assert (made.counts[1].late, made.counts.total().written) == (1, 21)


# What is not stored as a tick.


def test_outside_the_session_a_tick_is_kept_apart_and_counts_for_nothing() -> None:
    made = sequencer()
    connect(made, "09:00")
    outside = [
        tick("09:07", 10),
        tick("09:14:59.999999", 20),
        tick("15:30", 999),
        Tick(1, at("10:00", date(2026, 8, 2)), 1.0),
    ]
    rows = send(made, *outside, tick("09:15", 50), received_at=7)
    assert [(row.time, row.day_volume, row.volume, row.received_at) for row in rows.offsession] == [
        (each.time, each.day_volume, 0, 7) for each in outside
    ]
    assert [(row.time, row.volume) for row in rows.ticks] == [(at("09:15"), 50)]
    assert (made.counts[1].offsession, made.counts.total().written) == (4, 1)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"ltp": math.nan}, "price"),
        ({"ltp": math.inf}, "price"),
        ({"ltp": 1e12}, "price"),
        ({"ltp": -math.inf}, "price"),
        ({"ltp": 0.0}, "price"),
        ({"ltp": -1.0}, "price"),
        ({"time": 0}, "no time"),
        ({"time": OLDEST - 1}, "no time"),
        ({"time": at("09:59:59.999999")}, "before the horizon"),
        ({"day_volume": -1}, "volume"),
        ({"instrument_id": 3}, "unknown instrument"),
    ],
)
def test_what_cannot_be_stored_is_counted_by_reason(fault: dict[str, float], reason: str) -> None:
    made = sequencer(horizon=at("10:00"))
    good = tick("10:00", 100)
    bad = good._replace(**fault)  # type: ignore[arg-type]  # fields by name
    rows = send(made, bad, good)
    assert len(rows.ticks) == 1
    assert rows.late == rows.offsession == []
    assert made.counts[bad.instrument_id].rejected == {reason: 1}
    assert made.counts.total().received == 2


def test_each_unknown_instrument_is_asked_for_once_until_there_is_newer_reference_data() -> None:
    asked: list[int] = []
    known = dict(SEGMENTS)

    def learn() -> None:
        asked.append(1)
        made.use(Sessions(HOURS), dict(known), OLDEST)

    made = Sequencer(lambda _: {}, live=False, learn=learn)
    unknown = [Tick(instrument_id, at("10:00"), 100.0) for instrument_id in (3, 4, 3, 4)]
    send(made, *unknown)
    send(made, *unknown)
    assert len(asked) == 2
    known[3] = "NSE"
    made.use(Sessions(HOURS), dict(known), OLDEST)
    assert len(send(made, *unknown).ticks) == 1
    assert len(asked) == 3


def test_a_live_tick_may_be_a_minute_ahead_of_our_clock_and_no_more() -> None:
    now = at("10:00")
    ahead = [Tick(1, now + MINUTE, 100.0), Tick(1, now + MINUTE + 1, 100.05)]
    live, recorded = sequencer(live=True), sequencer()
    assert [row.time for row in send(live, *ahead, received_at=now).ticks] == [now + MINUTE]
    assert live.counts[1].rejected == {"in the future": 1}
    assert len(send(recorded, *ahead, received_at=now).ticks) == 2


@pytest.mark.parametrize("started", [[], [tick("09:15:01", 100)]])
def test_what_accrued_while_our_clock_was_behind_was_not_seen(started: list[Tick]) -> None:
    made = sequencer(live=True)
    connect(made, "09:00")
    for each in started:
        send(made, each, received_at=each.time)
    for each in (tick("09:58", 5_000), tick("09:59", 6_000)):
        assert not stored(send(made, each, received_at=each.time - 2 * MINUTE))
    wrong = tick("10:00:00", 6_000)._replace(time=at("10:00", date(2027, 8, 3)))
    send(made, wrong, received_at=at("10:00:00"))
    after = [tick("10:00:30", 7_000), tick("10:01:30", 7_010)]
    rows = [row for each in after for row in stored(send(made, each, received_at=each.time))]
    assert [(row.volume, row.missed_volume) for row in rows] == [(0, 6_900 if started else 7_000), (10, 0)]
    (row,) = stored(send(made, Tick(1, at("09:16:30", DAYS[1]), 1.0, 50), received_at=at("09:16:30", DAYS[1])))
    assert (row.volume, row.missed_volume) == (50, 0)


def test_a_date_is_read_back_once_while_it_is_among_the_last_and_again_later() -> None:
    days = [date(2026, 8, day) for day in (3, 4, 5, 6, 7)]
    asked: list[date] = []

    def load(day: date) -> dict[int, State]:
        asked.append(day)
        return {1: State(day_volume=1_000, counted_at=at("15:00", day))}

    made = Sequencer(load, live=False)
    made.use(Sessions(("NSE", day, at("09:15", day), at("15:30", day)) for day in days), SEGMENTS, OLDEST)
    for day in (*days, *days[2:], days[0]):
        (row,) = stored(send(made, Tick(1, at("15:10", day), 100.0 + len(asked), 1_050)))
        assert row.volume + row.missed_volume in {0, 50}
    assert asked == [*days, days[0]]
