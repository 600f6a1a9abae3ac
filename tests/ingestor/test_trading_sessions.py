"""ingestor.sessions against a scan of all rows."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingestor.sessions import Session, Sessions

SEGMENTS = ("NSE", "NFO", "MCX")
LENGTH = 20


@st.composite
def calendars(draw: st.DrawFn) -> list[tuple[str, date, int, int]]:
    """Parts of days, up to three a day, touching or apart, none overlapping, shuffled."""
    rows = []
    for segment in SEGMENTS:
        for day in draw(st.sets(st.integers(0, 9), max_size=6)):
            edges = sorted(draw(st.sets(st.integers(0, LENGTH - 1), min_size=2, max_size=6)))
            touching = draw(st.booleans())
            pairs = itertools.pairwise(edges) if touching else zip(edges[::2], edges[1::2], strict=False)
            session_date = date(2026, 1, 1) + timedelta(days=day)
            rows += [(segment, session_date, LENGTH * day + opens, LENGTH * day + closes) for opens, closes in pairs]
    return draw(st.permutations(rows))


def scan(rows: list[tuple[str, date, int, int]], segment: str, time: int) -> Session | None:
    for name, day, opens, closes in rows:
        if name == segment and opens <= time < closes:
            return Session(opens, closes, day, min(row[2] for row in rows if row[:2] == (segment, day)))
    return None


@given(rows=calendars())
def test_every_instant_is_found_as_by_a_scan(rows: list[tuple[str, date, int, int]]) -> None:
    sessions = Sessions(rows)
    for segment in (*SEGMENTS, "BSE"):
        for time in range(-2, 10 * LENGTH + 2):
            assert sessions.find(segment, time) == scan(rows, segment, time)


def test_a_day_of_two_parts_is_one_date_and_opened_with_its_first() -> None:
    day = date(2024, 3, 2)
    sessions = Sessions([("NSE", day, 50, 60), ("NSE", day, 10, 40)])
    assert sessions.find("NSE", 39) == Session(10, 40, day, 10)
    assert sessions.find("NSE", 40) is None
    assert sessions.find("NSE", 50) == Session(50, 60, day, 10)
    assert sessions.find("NSE", 60) is None
