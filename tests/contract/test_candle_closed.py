"""LISTEN candle_closed: one notification for each timeframe, bucket and close, none twice, none on a holiday."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.contract.contract import at
from tests.contract.reference import DAY, MINUTE, SECOND, STORED, TickRow, bucket_end, bucket_start, india

if TYPE_CHECKING:
    from tests.contract.contract import Contract

Announcement = tuple[str, int, tuple[str, ...]]
"""Timeframe, bucket and segments."""

# segments of instruments that are there, with the parts of their day
AUCTION_DAY = {
    "NSE": [("09:15", "15:30")],
    "NSE_CAS": [("09:15", "15:15"), ("15:15", "15:35")],
    "NFO": [("09:15", "15:40")],
    "MCX": [("09:00", "23:30")],
}
DRILL = {segment: [("09:15", "10:00"), ("11:30", "12:30")] for segment in ("NSE", "NSE_CAS", "NFO")}


def expected(day: str, segments: dict[str, list[tuple[str, str]]]) -> dict[Announcement, int]:
    """Return when each announcement is due, from the hours alone."""
    closes: defaultdict[tuple[str, int, int], list[str]] = defaultdict(list)
    for segment, parts in segments.items():
        minutes = [t for since, until in parts for t in range(at(day, since), at(day, until), MINUTE)]
        for timeframe in STORED:
            last: dict[int, int] = {}
            for minute in minutes:
                last[bucket_start(minute, timeframe)] = minute + MINUTE
            for bucket, end in last.items():
                closes[timeframe, bucket, min(end, bucket_end(bucket, timeframe))].append(segment)
    return {(tf, bucket, tuple(sorted(names))): close for (tf, bucket, close), names in closes.items()}


def announce(contract: Contract, listener: psycopg.Connection, now: int) -> list[Announcement]:
    contract.stage([TickRow(0, now, 1.0)])
    sent = contract.scalar("select candles.announce_closed()")
    notes = [
        json.loads(note.payload) for note in listener.notifies(timeout=0.05 if sent == 0 else 5, stop_after=sent or 1)
    ]
    assert len(notes) == sent
    return [(note["timeframe"], india_or_utc(note["bucket"]), tuple(note["segments"])) for note in notes]


def india_or_utc(text: str) -> int:
    assert text.endswith("+05:30")
    return india(text.removesuffix("+05:30"))


@pytest.mark.parametrize(("day", "segments"), [("2026-08-04", AUCTION_DAY), ("2024-03-02", DRILL)])
def test_each_close_is_announced_once(contract: Contract, day: str, segments: dict[str, list[tuple[str, str]]]) -> None:
    contract.instruments()
    contract.ensure([TickRow(0, at(day, "00:00"), 1.0), TickRow(0, at(day, "23:59"), 1.0)])
    wanted = expected(day, segments)
    steps = [at(day, "09:01") + minutes * MINUTE for minutes in range(0, 400, 17)]
    edges = [at(day, clock) + offset for clock in ("10:00", "12:30", "15:15", "15:30", "15:35", "15:40", "23:30")
             for offset in (2 * SECOND - 1, 2 * SECOND, 3 * SECOND)]  # fmt: skip
    heard: list[Announcement] = []
    with psycopg.connect(contract.url, autocommit=True) as listener:
        listener.execute("listen candle_closed")
        since = at(day, "08:00")
        assert announce(contract, listener, since) == []
        for now in sorted({*steps, *edges, at(day, "23:50")}):
            found = announce(contract, listener, now)
            due = [key for key, close in wanted.items() if since - 2 * SECOND < close <= now - 2 * SECOND]
            assert sorted(found) == sorted(due), f"at {(now - at(day, '00:00')) / MINUTE} minutes of the day"
            heard += found
            since = now
        assert announce(contract, listener, at(day, "23:55")) == []
    assert sorted(heard) == sorted(wanted)
    days = [(bucket, names) for timeframe, bucket, names in heard if timeframe == "1d"]
    assert len(days) == len({tuple(parts[-1]) for parts in segments.values()})


def test_nothing_on_a_holiday(contract: Contract) -> None:
    contract.execute(
        "select * from market.register_instruments(%s::jsonb)",
        json.dumps(
            [
                {"symbol": "NSE:A", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "A", "kind": "equity"},
            ]
        ),
    )
    republic_day = "2026-01-26"
    contract.ensure([TickRow(0, at(republic_day, clock), 1.0) for clock in ("00:00", "23:59")])
    with psycopg.connect(contract.url, autocommit=True) as listener:
        listener.execute("listen candle_closed")
        for clock in ("08:00", "09:17", "10:15", "15:31", "23:00"):
            assert announce(contract, listener, at(republic_day, clock)) == []


def test_after_a_long_silence_only_the_last_day(contract: Contract) -> None:
    contract.instruments()
    contract.ensure([TickRow(0, at("2026-08-03", "08:00"), 1.0), TickRow(0, at("2026-08-06", "23:00"), 1.0)])
    with psycopg.connect(contract.url, autocommit=True) as listener:
        listener.execute("listen candle_closed")
        announce(contract, listener, at("2026-08-03", "08:00"))
        now = at("2026-08-06", "09:00")
        wanted = {
            key for key, close in expected("2026-08-05", AUCTION_DAY).items() if now - DAY < close + 2 * SECOND <= now
        }
        found = announce(contract, listener, now)
        assert len(found) == len(set(found))
        assert set(found) == wanted
