"""`bhav calendar sync`: our files, exchange_calendars, and what it says where they disagree."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import exchange_calendars
import psycopg
import pytest
from exchange_calendars.exchange_calendar_xbom import XBOMExchangeCalendar
from typer.testing import CliRunner

from ingestor import holidays
from ingestor.commands.calendar import app
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Cluster

    Db = psycopg.Connection[tuple[object, ...]]

pytestmark = pytest.mark.filterwarnings("ignore:Series.values returning:pandas.errors.Pandas4Warning")

SQL_DIR = Path(__file__).resolve().parents[2] / "sql"
HORIZON: date = XBOMExchangeCalendar.bound_max().date()
YEAR = HORIZON.year
TODAY = date(YEAR, 3, 10)
"""Of the market clock: in the last year that the library knows, so that the next is unknown to it."""
EQUITY = {"NSE", "NSE_CAS", "BSE", "NFO", "BFO"}


def weekday(month: int, *, trading: bool) -> date:
    """The first Tuesday to Thursday from a month on that is a trading day for the library, or is none."""
    library = exchange_calendars.get_calendar("XBOM")
    days = (date(YEAR, month, 1) + timedelta(days=n) for n in range(200))
    return next(day for day in days if day.weekday() in {1, 2, 3} and library.is_session(str(day)) == trading)


@pytest.fixture
def market(db: Db) -> Db:
    """A market of which it is `TODAY`."""
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 6, 30, tzinfo=UTC)
    db.execute("select market.register_instruments(%s)", (INFY,))
    db.execute("call store.ensure(%s, %s)", (noon, noon))
    db.execute(
        """
        insert into store.tick_data (instrument_id, time, ltp, volume, source)
        values (market.id('NSE:INFY'), %s, 1, 1, 'x')
        """,
        (noon,),
    )
    holidays.sync(db)  # as of today: what a test then changes is all that changes
    return db


INFY = '[{"symbol": "NSE:INFY", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "INFY", "kind": "equity"}]'


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the calendar's files that a test may edit."""
    shutil.copytree(SQL_DIR / "10_market", tmp_path / "sql" / "10_market")
    return tmp_path / "sql"


def edit(files: Path, table: str, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    path = files / "10_market" / f"{table}.csv"
    header, *rows = csv.reader(path.read_text().splitlines())
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *change(rows)])
    path.write_text(text.getvalue())


def segments_trading(db: Db, day: date) -> set[object]:
    rows = db.execute("select distinct segment from market.sessions where session_date = %s", (day,))
    return {segment for (segment,) in rows}


def calendar(db: Db) -> list[tuple[object, ...]]:
    """All of it, with the transaction that wrote each session: one that is written again differs."""
    return [
        *db.execute("select xmin::text, s.* from market.sessions as s order by s.segment, s.opens_at"),
        *db.execute("select exchange_group, date, source, is_shipped from market.holidays order by 1, 2"),
        *db.execute("select * from market.special_sessions order by 1, 2, 3"),
    ]


def about(report: holidays.Report, day: date) -> list[str]:
    return [line for line in [*report.done, *report.doubts] if str(day) in line]


def test_a_second_run_changes_nothing(market: Db) -> None:
    before = calendar(market)
    market.execute("listen watchlist")
    report = holidays.sync(market)
    assert not list(market.notifies(timeout=0))
    assert report.done == [f"sessions of {YEAR} and {YEAR + 1}: nothing changed"]
    assert calendar(market) == before


def test_a_holiday_that_our_file_lacks_is_taken_from_the_library(market: Db, files: Path) -> None:
    day = next(
        day
        for (day,) in market.execute(
            "select date from market.holidays where exchange_group = 'NSE_BSE' and date > %s order by 1", (TODAY,)
        )
        if isinstance(day, date)
    )
    assert not EQUITY & segments_trading(market, day)
    before = calendar(market)
    edit(files, "holidays", lambda rows: [row for row in rows if row[1] != str(day)])
    report = holidays.sync(market, files)
    assert f"holiday added: {day} (exchange_calendars XBOM)" in report.done
    assert not EQUITY & segments_trading(market, day)
    assert market.execute(
        "select source, is_shipped from market.holidays where exchange_group = 'NSE_BSE' and date = %s", (day,)
    ).fetchone() == ("exchange_calendars XBOM", False)
    sessions = [row for row in before if len(row) == 7]
    assert [row for row in calendar(market) if len(row) == 7] == sessions


def test_the_days_that_the_library_does_not_know_are_said_to_be_provisional(market: Db) -> None:
    doubts = holidays.sync(market).doubts
    assert any(f"knows holidays to {HORIZON} only" in doubt for doubt in doubts)
    [unknown] = [doubt for doubt in doubts if doubt.startswith("NSE_BSE: ")]
    weekdays = [day for n in range(366) if (day := date(YEAR + 1, 1, 1) + timedelta(days=n)).weekday() < 5]
    weekdays = [day for day in weekdays if day.year == YEAR + 1]
    assert f"{len(weekdays)} days of {weekdays[0]} to {weekdays[-1]} are provisional" in unknown
    assert any(doubt.startswith("CURRENCY: ") for doubt in doubts)
    assert not market.execute("select from market.holidays where date > %s and not is_shipped", (HORIZON,)).fetchall()


def test_a_year_for_which_the_user_has_holidays_is_not_provisional(market: Db) -> None:
    market.execute("insert into market.holidays values ('NSE_BSE', %s, 'a circular')", (date(YEAR + 1, 1, 26),))
    report = holidays.sync(market)
    assert not [doubt for doubt in report.doubts if doubt.startswith("NSE_BSE: ")]
    assert not EQUITY & segments_trading(market, date(YEAR + 1, 1, 26))
    assert f"sessions of {YEAR} and {YEAR + 1}: " in report.done[-1]
    assert "nothing changed" not in report.done[-1]


def test_a_holiday_of_ours_on_a_trading_day_of_the_library_is_doubtful(market: Db) -> None:
    day = weekday(6, trading=True)
    assert not about(holidays.sync(market), day)
    market.execute("insert into market.holidays values ('NSE_BSE', %s, 'a circular')", (day,))
    market.execute("listen watchlist")
    report = holidays.sync(market)
    assert len(list(market.notifies(timeout=0))) == 1, "a running daemon is told"
    assert f"{day} is a holiday (a circular), but a trading day for exchange_calendars XBOM" in report.doubts
    assert not EQUITY & segments_trading(market, day)


def test_sessions_of_the_user_on_a_holiday_of_the_library_are_kept_and_doubtful(market: Db) -> None:
    day = weekday(4, trading=False)
    market.execute(
        """
        insert into market.sessions (segment, session_date, opens_at, closes_at, kind)
        values ('NSE', %(day)s, %(day)s + time '09:15', %(day)s + time '15:30', 'continuous')
        """,
        {"day": day},
    )
    report = holidays.sync(market)
    assert f"{day} is a holiday for exchange_calendars XBOM, but has sessions of your own" in report.doubts
    assert "NSE" in segments_trading(market, day)
    assert "BSE" not in segments_trading(market, day)


@pytest.mark.parametrize("is_sunday", [False, True])
def test_a_special_session_of_the_file_replaces_the_day_until_it_is_removed(
    market: Db, files: Path, is_sunday: bool
) -> None:
    tuesday_on = weekday(6, trading=True)
    day = tuesday_on + timedelta(days=6 - tuesday_on.weekday()) if is_sunday else tuesday_on
    before = [row[1:] for row in calendar(market)]
    row = ["NSE_BSE", str(day), "18:00", "19:00", "muhurat", "a circular"]
    edit(files, "special_sessions", lambda rows: [*rows, row])
    report = holidays.sync(market, files)
    assert f"special session added: NSE_BSE {day} 18:00-19:00 muhurat" in report.done
    assert market.execute(
        """
        select distinct
            (opens_at at time zone 'Asia/Kolkata')::time::text, (closes_at at time zone 'Asia/Kolkata')::time::text
        from market.sessions
        where segment = any (%s) and session_date = %s
        """,
        (list(EQUITY), day),
    ).fetchall() == [("18:00:00", "19:00:00")]
    doubt = f"{day} 18:00-19:00 muhurat is in no calendar but ours: a circular"
    assert (doubt in report.doubts) == is_sunday
    report = holidays.sync(market)
    assert f"special session withdrawn: NSE_BSE {day} 18:00-19:00 muhurat" in report.done
    assert [row[1:] for row in calendar(market)] == before


def test_a_holiday_that_the_library_takes_back_is_withdrawn(market: Db) -> None:
    day = weekday(6, trading=True)
    before = [row[1:] for row in calendar(market)]
    market.execute("insert into market.holidays values ('NSE_BSE', %s, 'exchange_calendars XBOM')", (day,))
    report = holidays.sync(market)
    assert about(report, day)[0].startswith(f"holiday withdrawn: {day}")
    assert [row[1:] for row in calendar(market)] == before


def test_days_of_the_past_raise_no_doubt(market: Db) -> None:
    day = weekday(2, trading=True)
    assert day < TODAY
    market.execute("insert into market.holidays values ('NSE_BSE', %s, 'a circular')", (day,))
    report = holidays.sync(market)
    assert not [doubt for doubt in report.doubts if str(day) in doubt]
    assert not EQUITY & segments_trading(market, day)


def test_a_file_that_cannot_be_read_changes_nothing(market: Db, files: Path) -> None:
    before = calendar(market)
    edit(files, "special_sessions", lambda rows: [*rows, ["NSE_BSE", f"{YEAR}-06-09", "19:00", "18:00", "x", "y"]])
    with pytest.raises(psycopg.errors.CheckViolation):
        holidays.sync(market, files)
    assert calendar(market) == before


@pytest.fixture
def command(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    return CliRunner()


def test_the_command_prints_what_it_did_and_warns_beside_it(market: Db, command: CliRunner) -> None:
    day = weekday(6, trading=True)
    market.execute("insert into market.holidays values ('NSE_BSE', %s, 'a circular')", (day,))
    result = command.invoke(app, ["sync"])
    assert result.exception is None
    assert "1 days changed" in result.stdout
    assert f"WARNING: {day} is a holiday (a circular)" in result.stderr
    assert "WARNING" not in result.stdout


def test_an_empty_database_is_told_from_a_missing_one(
    cluster: Cluster, command: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", cluster.server.url("postgres"))
    empty = command.invoke(app, ["sync"]).exception
    assert isinstance(empty, BhavError)
    assert (empty.message, empty.hint) == ("the database is empty", "bhav migrate")
    monkeypatch.setenv("DATABASE_URL", cluster.server.url("no_such_database"))
    missing = command.invoke(app, ["sync"]).exception
    assert isinstance(missing, BhavError)
    assert "does not exist" in missing.message
