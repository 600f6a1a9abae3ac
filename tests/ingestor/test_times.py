"""Times as people type them, counted from the market clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingestor.errors import BhavError
from ingestor.times import IST, moment

NOW = datetime(2026, 3, 31, 9, 30, 15, tzinfo=UTC)  # a Tuesday, 15:00:15 in India


def india(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=IST)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-20", "2026-11-20", None),
        ("2026-11-20T10:15", "2026-11-20 10:15", None),
        ("2026-11-20 04:45:00+00:00", "2026-11-20 10:15", None),
        ("now", "2026-03-31 15:00:15", None),
        ("now-1d", "2026-03-30 15:00:15", None),
        ("now+90m", "2026-03-31 16:30:15", None),
        ("now-1M", "2026-02-28 15:00:15", None),
        ("now-1y", "2025-03-31 15:00:15", None),
        ("now-25M", "2024-02-29 15:00:15", None),
        ("now/d", "2026-03-31", "2026-04-01"),
        ("now-1d/d", "2026-03-30", "2026-03-31"),
        ("now/h", "2026-03-31 15:00", "2026-03-31 16:00"),
        ("now/w", "2026-03-30", "2026-04-06"),
        ("now/M", "2026-03-01", "2026-04-01"),
        ("now-1y/y", "2025-01-01", "2026-01-01"),
    ],
)
def test_a_time_and_its_two_ends(text: str, start: str, end: str | None) -> None:
    assert moment(text, NOW) == india(start)
    assert moment(text, NOW, "end") == india(end or start)


def test_seconds_and_weeks_are_counted() -> None:
    assert moment("now-30s", NOW) == NOW - timedelta(seconds=30)
    assert moment("now-2w", NOW) == NOW - timedelta(weeks=2)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "now-1", "now-1q", "now -1d", "-1d", "2026-13-01", "now-9999y", "now-99999999999d"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(BhavError, match="not a time"):
        moment(text, NOW)
