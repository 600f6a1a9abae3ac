"""Trading sessions: the rows of market.sessions against calendars that others keep."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    Db = psycopg.Connection[tuple[object, ...]]

CHECKOUT = Path(__file__).resolve().parents[2]
HOLIDAYS = CHECKOUT / "sql" / "10_market" / "holidays.csv"
REFERENCE = CHECKOUT.parent / "shared" / "data" / "calendar" / "nse_sessions_2020_2026.csv"

KOLKATA = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")
EQUITY = ("NSE", "NSE_CAS", "BSE", "NFO", "BFO")

REGENERATE = (
    'import exchange_calendars, pandas; c = exchange_calendars.get_calendar("XBOM", start="2005-01-01"); '
    'print(*(f"NSE_BSE,{d:%Y-%m-%d},exchange_calendars XBOM" '
    'for d in pandas.bdate_range("2005-01-01", c.last_session).difference(c.sessions)), sep="\\n")'
)


class Part(NamedTuple):
    """One row of market.sessions in times of India."""

    opens: time
    closes: time
    kind: str = "continuous"
    source: str = "calendar"


Calendar = dict[date, list[Part]]


def at(clock: str) -> time:
    return time.fromisoformat(clock)


def part(opens: str, closes: str, kind: str = "continuous", source: str = "calendar") -> Part:
    return Part(at(opens), at(closes), kind, source)


def sessions(db: Db, segment: str, since: date = date.min, until: date = date.max) -> Calendar:
    rows = db.execute(
        """
        select session_date, opens_at, closes_at, kind, source
        from market.sessions
        where segment = %s and session_date >= %s and session_date < %s
        order by opens_at
        """,
        (segment, since, until),
    )
    calendar: Calendar = {}
    for day, opens_at, closes_at, kind, source in rows:
        assert isinstance(day, date)
        assert isinstance(opens_at, datetime)
        assert isinstance(closes_at, datetime)
        opens, closes = opens_at.astimezone(KOLKATA), closes_at.astimezone(KOLKATA)
        assert opens.date() == closes.date() == day
        calendar.setdefault(day, []).append(Part(opens.time(), closes.time(), str(kind), str(source)))
    return calendar


def every_row(db: Db) -> list[tuple[object, ...]]:
    """Rows with the transaction that wrote them: a rewritten row differs, even where its values do not."""
    return db.execute("select xmin::text, s.* from market.sessions as s order by s.segment, s.opens_at").fetchall()


def build(db: Db, since: date, until: date) -> None:
    db.execute("call market.build_sessions(%s, %s)", (since, until))


@pytest.fixture
def scratch(db: Db) -> Iterator[Db]:
    """The database, as it was once the test is over."""
    with db.transaction(force_rollback=True):
        yield db


@pytest.fixture(scope="module")
def reference() -> list[dict[str, str]]:
    if not REFERENCE.exists():
        pytest.skip("the reference calendar ../shared/data/calendar is not beside this checkout")
    with REFERENCE.open(newline="") as file:
        return list(csv.DictReader(file))


def reference_parts(row: dict[str, str]) -> list[Part]:
    """Opening and closing times of one row; a question mark marks a window that is not confirmed."""
    if row["is_session"] == "0":
        return []
    clocks = [row[name].rstrip("?") for name in ("open1_ist", "close1_ist", "open2_ist", "close2_ist")]
    return [part(opens, closes) for opens, closes in (clocks[:2], clocks[2:]) if opens]


def test_nse_equals_the_reference_calendar(db: Db, reference: list[dict[str, str]]) -> None:
    expected = {date.fromisoformat(row["date"]): parts for row in reference if (parts := reference_parts(row))}
    assert len(expected) > 1700
    assert sessions(db, "NSE", date(2020, 1, 1), date(2027, 1, 1)) == expected


def test_closing_auction_days_of_the_reference(db: Db, reference: list[dict[str, str]]) -> None:
    auction_days = {date.fromisoformat(row["date"]) for row in reference if row["kind"].startswith("REGULAR_CAS")}
    assert len(auction_days) == 103
    derivatives = [part("09:15", "15:40")]
    auction = [part("09:15", "15:15"), part("15:15", "15:35", "closing_auction")]
    for segment, longer in (("NFO", derivatives), ("BFO", derivatives), ("NSE_CAS", auction)):
        ours = sessions(db, segment, date(2020, 1, 1), date(2027, 1, 1))
        nse = sessions(db, "NSE", date(2020, 1, 1), date(2027, 1, 1))
        assert ours == nse | dict.fromkeys(auction_days, longer), segment


def test_holidays_are_those_of_exchange_calendars() -> None:
    run = subprocess.run([sys.executable, "-c", REGENERATE], capture_output=True, text=True, check=True)
    ours = [line for line in HOLIDAYS.read_text().splitlines() if line.startswith("NSE_BSE,")]
    assert ours == run.stdout.splitlines(), (
        f"replace the NSE_BSE rows of {HOLIDAYS.relative_to(CHECKOUT)} by the output of: python -c '{REGENERATE}'"
    )


@pytest.mark.filterwarnings("ignore:Series.values returning:pandas.errors.Pandas4Warning")
def test_weekday_sessions_are_those_of_exchange_calendars(db: Db) -> None:
    xbom = exchange_calendars.get_calendar("XBOM", start="2005-01-01")
    special = {
        day
        for (day,) in db.execute("select date from market.special_sessions where exchange_group = 'NSE_BSE'")
        if isinstance(day, date)
    }
    expected = {session.date() for session in xbom.sessions} - special
    for segment in EQUITY:
        ours = sessions(db, segment, until=xbom.last_session.date() + timedelta(days=1))
        assert set(ours) - special == expected, segment
        assert special <= set(ours), segment


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2009, 12, 31), "09:55", "15:30"),
        (date(2010, 1, 4), "09:00", "15:30"),
        (date(2010, 10, 15), "09:00", "15:30"),
        (date(2010, 10, 18), "09:15", "15:30"),
        (date(2026, 7, 31), "09:15", "15:30"),
    ],
)
def test_hours_of_their_time(db: Db, day: date, opens: str, closes: str) -> None:
    for segment in EQUITY:
        assert sessions(db, segment, day, day + timedelta(days=1)) == {day: [part(opens, closes)]}, segment


def test_special_sessions_hold_for_equity_and_its_derivatives_alone(db: Db) -> None:
    drill, muhurat = date(2024, 3, 2), date(2026, 11, 8)
    parts = {
        drill: [part("09:15", "10:00"), part("11:30", "12:30")],
        muhurat: [part("18:00", "19:00")],
    }
    for day, expected in parts.items():
        for segment in EQUITY:
            assert sessions(db, segment, day, day + timedelta(days=1)) == {day: expected}, segment
        for segment in ("CDS", "BCD", "MCX"):
            assert sessions(db, segment, day, day + timedelta(days=1)) == {}, segment


def test_mcx_closes_with_daylight_saving_time_of_new_york(db: Db) -> None:
    early_closes = {date(2020, 3, 30) + timedelta(days=n) for n in range(24)}
    special = {day for (day,) in db.execute("select date from market.special_sessions where exchange_group = 'MCX'")}
    regular = {day: parts for day, parts in sessions(db, "MCX").items() if day not in special | early_closes}
    assert len(regular) > 1900
    for day, [(opens, closes, *_)] in regular.items():
        summer = datetime.combine(day, at("12:00"), NEW_YORK).dst() != timedelta(0)
        assert (opens, closes) == (at("09:00"), at("23:30" if summer else "23:55")), day


def test_mcx_keeps_the_evening_of_most_holidays(db: Db) -> None:
    since, until = date(2026, 11, 23), date(2026, 11, 26)
    whole_day = [part("09:00", "23:55")]
    assert sessions(db, "MCX", since, until) == {
        since: whole_day,
        date(2026, 11, 24): [part("17:00", "23:55")],
        date(2026, 11, 25): whole_day,
    }
    assert date(2026, 12, 25) not in sessions(db, "MCX")


def test_what_no_holiday_list_covers_is_provisional(db: Db) -> None:
    weekdays = {day for n in range(365) if (day := date(2027, 1, 1) + timedelta(days=n)).weekday() < 5}
    for segment in (*EQUITY, "CDS", "BCD", "MCX"):
        beyond = sessions(db, segment, date(2027, 1, 1), date(2028, 1, 1))
        assert set(beyond) == weekdays, segment
        assert {p.source for parts in beyond.values() for p in parts} == {"provisional"}, segment
    mcx = sessions(db, "MCX", date(2025, 1, 1), date(2026, 1, 1))
    assert mcx.pop(date(2025, 2, 1)) == [part("09:00", "17:00")]
    assert {p.source for parts in mcx.values() for p in parts} == {"provisional"}
    assert date(2025, 8, 15) not in mcx


def test_a_holiday_makes_its_year_known(scratch: Db) -> None:
    scratch.execute("insert into market.holidays values ('NSE_BSE', '2027-01-26', 'a circular')")
    build(scratch, date(2027, 1, 1), date(2028, 1, 1))
    known = sessions(scratch, "NSE", date(2027, 1, 1), date(2028, 1, 1))
    assert date(2027, 1, 26) not in known
    assert known[date(2027, 1, 27)] == [part("09:15", "15:30")]
    currency = sessions(scratch, "CDS", date(2027, 1, 1), date(2028, 1, 1))
    assert date(2027, 1, 26) not in currency
    assert currency[date(2027, 1, 27)] == [part("09:00", "17:00", source="provisional")]


def test_a_second_run_rewrites_no_row(scratch: Db) -> None:
    before = every_row(scratch)
    build(scratch, date(2005, 1, 1), date(2028, 1, 1))
    assert len(before) > 30_000
    assert every_row(scratch) == before


def test_only_the_asked_range_is_rebuilt(scratch: Db) -> None:
    since, until = date(2026, 8, 3), date(2026, 8, 8)
    before = [row[1:] for row in every_row(scratch) if isinstance(row[2], date) and since <= row[2] < until]
    scratch.execute("truncate market.sessions")
    build(scratch, since, until)
    assert [row[1:] for row in every_row(scratch)] == before


def test_a_new_special_session_replaces_the_day_and_its_removal_restores_it(scratch: Db) -> None:
    day, until = date(2026, 8, 5), date(2026, 8, 6)
    before = [row[1:] for row in every_row(scratch)]
    cds = sessions(scratch, "CDS", day, until)
    scratch.execute(
        "insert into market.special_sessions values ('NSE_BSE', %s, '09:15', '10:00', 'drill', 'a circular')", (day,)
    )
    build(scratch, day, until)
    for segment in EQUITY:
        assert sessions(scratch, segment, day, until) == {day: [part("09:15", "10:00")]}, segment
    assert sessions(scratch, "CDS", day, until) == cds
    scratch.execute("delete from market.special_sessions where date = %s", (day,))
    build(scratch, day, until)
    assert [row[1:] for row in every_row(scratch)] == before


def test_a_wrong_row_of_the_calendar_is_put_right(scratch: Db) -> None:
    before = [row[1:] for row in every_row(scratch)]
    scratch.execute(
        """
        update market.sessions
        set session_date = '2026-08-06', closes_at = '2026-08-05 12:00+05:30', kind = 'auction', source = 'provisional'
        where segment = 'NSE' and session_date = '2026-08-05'
        """
    )
    build(scratch, date(2026, 8, 1), date(2026, 9, 1))
    assert [row[1:] for row in every_row(scratch)] == before


def test_a_day_with_a_row_of_the_user_is_left_alone(scratch: Db) -> None:
    scratch.execute(
        """
        insert into market.sessions (segment, session_date, opens_at, closes_at, kind) values
            ('NSE', '2026-01-26', '2026-01-26 09:15+05:30', '2026-01-26 12:00+05:30', 'continuous'),
            ('NSE', '2026-08-05', '2026-08-05 18:00+05:30', '2026-08-05 19:00+05:30', 'continuous');
        update market.sessions
        set opens_at = '2026-08-06 15:20+05:30', source = 'user'
        where segment = 'NSE_CAS' and session_date = '2026-08-06' and kind = 'closing_auction';
        update market.sessions
        set session_date = '2026-08-08', source = 'user'
        where segment = 'BSE' and session_date = '2026-08-07'
        """
    )
    before = every_row(scratch)
    build(scratch, date(2026, 1, 1), date(2027, 1, 1))
    assert every_row(scratch) == before
    assert sessions(scratch, "NSE", date(2026, 8, 5), date(2026, 8, 6)) == {
        date(2026, 8, 5): [part("09:15", "15:30"), part("18:00", "19:00", source="user")],
    }


def test_sessions_of_a_segment_never_overlap(db: Db) -> None:
    overlaps = db.execute(
        """
        select a.segment, a.opens_at
        from market.sessions as a
        inner join market.sessions as b on
            a.segment = b.segment and a.opens_at < b.opens_at and b.opens_at < a.closes_at
        """
    ).fetchall()
    assert overlaps == []
