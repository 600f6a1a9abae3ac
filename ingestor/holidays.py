"""The calendar of the years at hand: our files, the holidays that exchange_calendars knows, and where they disagree."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple, cast

import psycopg
from psycopg import sql

from ingestor import db
from ingestor.config import ROOT
from ingestor.errors import BhavError
from ingestor.times import IST

if TYPE_CHECKING:
    from datetime import time
    from pathlib import Path

LIBRARY = "exchange_calendars XBOM"
"""The source of its holidays, in market.holidays as in holidays.csv."""

SINCE = date(2005, 1, 1)
"""The first day of market.trading_hours."""


class Report(NamedTuple):
    """What a run did, and what the user should look at, a sentence each."""

    done: list[str]
    doubts: list[str]


class Library(NamedTuple):
    """The trading days that exchange_calendars knows, in [since, until)."""

    sessions: frozenset[date]
    since: date
    until: date

    def holidays(self, since: date, until: date) -> list[date]:
        """Return the weekdays without trading in [since, until) as far as it knows."""
        first = max(since, self.since)
        days = (first + timedelta(days=n) for n in range((min(until, self.until) - first).days))
        return [day for day in days if day.weekday() < 5 and day not in self.sessions]  # noqa: PLR2004 - Saturday


def load_files(connection: psycopg.Connection, sql_dir: Path = ROOT / "sql") -> None:
    """Replace the shipped rows of the calendar, beside the user's own, which win."""
    for table in ("trading_hours", "holidays", "special_sessions"):
        target = sql.Identifier("market", table)
        connection.execute(
            sql.SQL(
                "create temporary table shipped (like {}) on commit drop;"
                " alter table pg_temp.shipped drop column is_shipped;"
                " delete from {} where is_shipped",
            ).format(target, target),
        )
        with (
            connection.cursor() as cursor,
            cursor.copy("copy pg_temp.shipped from stdin (format csv, header match)") as copy,
        ):
            copy.write((sql_dir / "10_market" / f"{table}.csv").read_bytes())
        insert = "insert into {} select s.*, true from pg_temp.shipped as s on conflict do nothing"
        connection.execute(sql.SQL(insert).format(target))
        connection.execute("drop table pg_temp.shipped")


def sync(connection: psycopg.Connection, sql_dir: Path = ROOT / "sql") -> Report:
    """Bring the calendar of this year and the next up to date, in one transaction; a running daemon is told.

    Whole years, because one holiday of a year makes all of it known to `market.build_sessions`.
    """
    library = read_library()
    try:
        today = db.market_time(connection).astimezone(IST).date()
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction) as error:
        raise BhavError("the database is empty", "bhav migrate") from error
    years = {"since": date(today.year, 1, 1), "until": date(today.year + 2, 1, 1)}
    holidays = {"dates": library.holidays(**years), "source": LIBRARY}
    with connection.transaction():
        db.call(connection, "become_owner")
        before, specials_before = _days(connection, years), _specials(connection, years)
        load_files(connection, sql_dir)
        known = {"since": max(years["since"], library.since), "until": min(years["until"], library.until)}
        withdrawn = db.call(connection, "withdraw_holidays", known | holidays)
        added = db.call(connection, "add_holidays", holidays)
        db.call(connection, "build_sessions", years)
        after, specials = _days(connection, years), _specials(connection, years)
        changed = {cast("date", row[1]) for row in before ^ after}
        if changed:
            db.call(connection, "tell_daemon")
        doubts = _doubts(connection, library, years | {"since": today})
    done = [f"holiday added: {day} ({LIBRARY})" for (day,) in added]
    done += [f"holiday withdrawn: {day} ({LIBRARY} no longer has it)" for (day,) in withdrawn]
    done += [f"special session added: {special}" for special in sorted(specials - specials_before)]
    done += [f"special session withdrawn: {special}" for special in sorted(specials_before - specials)]
    done.append(
        f"sessions of {today.year} and {today.year + 1}: "
        + (f"{len(changed)} days changed, {min(changed)} to {max(changed)}" if changed else "nothing changed")
    )
    return Report(done, doubts)


def read_library() -> Library:
    """Return what the installed exchange_calendars knows."""
    xbom = import_module("exchange_calendars.exchange_calendar_xbom").XBOMExchangeCalendar  # slow: brings pandas
    calendar = xbom(start=str(SINCE), end=xbom.bound_max())  # by default it ends in a year's time
    last = calendar.last_session.date()
    return Library(frozenset(session.date() for session in calendar.sessions), SINCE, last + timedelta(days=1))


def _days(connection: psycopg.Connection, years: dict[str, date]) -> set[tuple[object, ...]]:
    return set(db.call(connection, "sessions_between", years))


def _specials(connection: psycopg.Connection, years: dict[str, date]) -> set[str]:
    rows = cast("list[tuple[str, date, time, time, str, str]]", db.call(connection, "special_sessions", years))
    return {f"{group} {day} {opens:%H:%M}-{closes:%H:%M} {kind}" for group, day, opens, closes, kind, _ in rows}


def _doubts(connection: psycopg.Connection, library: Library, ahead: dict[str, date]) -> list[str]:
    """Return where the sources of the days ahead disagree, and which days nobody vouches for."""
    doubts = []
    theirs = library.holidays(**ahead)
    for day, source in cast("list[tuple[date, str]]", db.call(connection, "holidays_between", ahead)):
        if day in library.sessions:
            doubts.append(f"{day} is a holiday ({source}), but a trading day for {LIBRARY}")
    for (kept,) in db.call(connection, "sessions_kept", {"dates": theirs}):
        doubts.append(f"{kept} is a holiday for {LIBRARY}, but has sessions of your own")
    specials = cast("list[tuple[str, date, time, time, str, str]]", db.call(connection, "special_sessions", ahead))
    for group, day, opens, closes, kind, evidence in specials:
        if group == "NSE_BSE" and day not in library.sessions:
            doubts.append(f"{day} {opens:%H:%M}-{closes:%H:%M} {kind} is in no calendar but ours: {evidence}")
    if library.until < ahead["until"]:
        last = library.until - timedelta(days=1)
        doubts.append(f"exchange_calendars {version('exchange-calendars')} knows holidays to {last} only")
    for provisional, first, final, count in db.call(connection, "provisional_sessions", ahead):
        doubts.append(f"{provisional}: {count} days of {first} to {final} are provisional, without a list of holidays")
    return doubts
