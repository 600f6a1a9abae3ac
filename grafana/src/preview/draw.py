"""From a dashboard's JSON and a database to the page."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg.conninfo import conninfo_to_dict

from grafana.src import macros
from grafana.src.macros import MacroError, TimeRange
from grafana.src.preview import charts, tiles, units
from grafana.src.preview.figure import FAINT, Figure
from grafana.src.preview.frames import FrameError, time_series, transformed
from grafana.src.preview.page import Page, message
from grafana.src.preview.reader import QueryError, Reader
from grafana.src.preview.series import View, styled
from grafana.src.preview.variables import resolve
from grafana.src.queries import Json, annotation_list, panel_queries, panels, variables
from ingestor import db
from ingestor.config import ROOT
from ingestor.errors import BhavError
from ingestor.times import IST, UNITS, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import psycopg

    from grafana.src.macros import Value
    from grafana.src.preview.frames import Frame
    from grafana.src.preview.series import Series

DASHBOARDS = ROOT / "grafana" / "dashboards"
POINTS = 1_000
STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
)
"""What `$__interval` may be below a day."""
DRAWN = {"stat", "gauge", "bargauge", "table", "timeseries", "candlestick", "trend", "barchart"}
HIDDEN = 2
"""What a variable's `hide` is when the dashboard does not show it."""
NOT_DATA = {"text", "row", "dashlist", "alertlist", "news"}


def listed() -> dict[str, Path]:
    """Return the dashboards' files by name."""
    return {path.stem: path for path in sorted(DASHBOARDS.glob("*/*.json"))}


def load(path: Path) -> Json:
    """Return a dashboard. Raises BhavError when the file is none."""
    try:
        dashboard = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BhavError(f"{path} cannot be read: {error}") from error
    if not isinstance(dashboard, dict) or "panels" not in dashboard:
        raise BhavError(f"{path} is not a dashboard of the classic schema")
    return dashboard


class Asked:
    """What a page is about: a database, a time range and the values of the variables."""

    def __init__(self, reader: Reader, shown: TimeRange) -> None:
        self.reader = reader
        self.shown = shown
        self.variables: Mapping[str, Value] = {}

    def frame(self, sql: str, variables: Mapping[str, Value], shown: TimeRange, ref_id: str = "A") -> Frame:
        """Ask what Grafana would send. Raises QueryError."""
        raw = (shown.until - shown.since) / POINTS
        interval = next((step for step in STEPS if step >= raw), timedelta(days=1))
        try:
            text = macros.interpolate(sql, variables, shown, interval)
            text = macros.expand(text, shown, interval)
        except MacroError as error:
            raise QueryError(f"{error.message}; {error.hint}" if error.hint else error.message) from error
        return self.reader.frame(text, ref_id)


def preview(
    url: str,
    dashboard: Json,
    *,
    since: str | None = None,
    until: str | None = None,
    chosen: Iterable[str] = (),
    on_market_clock: bool = True,
    one_session: bool = True,
) -> str:
    """Return the page of a dashboard. `chosen`: variables as name=value, repeated for several values.

    Without a range it is the newest trading session or, where that is too short, the dashboard's own.
    Raises BhavError for a choice that makes no sense.
    """
    with Reader(url) as reader:
        connection = reader.connection
        now = db.market_time(connection) if on_market_clock else datetime.now(IST)
        usual = newest_session(connection) if one_session else own_range(dashboard, now)
        shown = TimeRange(
            moment(since, now) if since else usual.since, moment(until, now, "end") if until else usual.until
        )
        if shown.until <= shown.since:
            raise BhavError("the range ends before it starts", "--from comes before --to")
        engine, clock, _ = db.call(connection, "version")[0]
        asked = Asked(reader, shown)
        asked.variables = resolve(dashboard, chosen, lambda sql, known: asked.frame(sql, known, shown), connection)
        page = Page()
        view = View(now, zone_of(dashboard), asked.variables)
        painter = Painter(page, dashboard, asked, view)
        for panel in panels(dashboard):
            painter.add(panel)
    facts = [
        ("Range", f"{_clock(shown.since, view)} to {_clock(shown.until, view)}"),
        *(
            (label(one), macros.title(f"${{{one['name']}}}", asked.variables))
            for one in variables(dashboard)
            if one.get("hide") != HIDDEN
        ),
        ("Database", f"{conninfo_to_dict(url)['dbname']}, {engine} engine"),
        ("Now", _clock(now, view) + (" (market clock)" if on_market_clock and clock == "replay" else "")),
    ]
    return page.html(
        str(dashboard.get("title", "")),
        str(dashboard.get("description") or ""),
        facts,
        "<strong>Preview, not Grafana.</strong> The dashboard's own queries, drawn once at "
        f"{datetime.now(view.zone):%H:%M:%S on %d %b %Y}: nothing here refreshes.",
    )


def own_range(dashboard: Mapping[str, Any], now: datetime) -> TimeRange:
    """Return the range that a dashboard opens with."""
    ends = dashboard.get("time") or {}
    return TimeRange(moment(ends.get("from", "now-6h"), now), moment(ends.get("to", "now"), now, "end"))


def label(variable: Mapping[str, Any]) -> str:
    return str(variable.get("label") or variable["name"])


def newest_session(connection: psycopg.Connection) -> TimeRange:
    opens, closes, _ = db.newest_session(connection)
    return TimeRange(datetime.fromtimestamp(opens / 1e6, IST), datetime.fromtimestamp(closes / 1e6, IST))


def zone_of(dashboard: Mapping[str, Any]) -> ZoneInfo:
    """Return the dashboard's time zone; the browser's is taken for India's."""
    name = {"utc": "UTC", "browser": "", None: ""}.get(dashboard.get("timezone"), dashboard.get("timezone"))
    try:
        return ZoneInfo(name or "Asia/Kolkata")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BhavError(f"unknown time zone: {name}") from error


class Painter:
    """Adds the panels of one dashboard to a page."""

    def __init__(self, page: Page, dashboard: Json, asked: Asked, view: View) -> None:
        self.page = page
        self.dashboard = dashboard
        self.asked = asked
        self.view = view

    def add(self, panel: Json) -> None:
        """Draw one panel; whatever its queries come to, the page goes on."""
        title = macros.title(str(panel.get("title") or ""), self.view.variables)
        if panel["type"] == "row":
            self.page.row(panel["gridPos"], title)
            return
        shown, span = self.asked.shown, ""
        try:
            if last := panel.get("timeFrom"):
                shown, span = TimeRange(shown.until - duration(str(last)), shown.until), f"Last {last}"
            body = self.body(panel, shown)
        except QueryError as error:
            body = message(str(error), error=True)
        description = macros.title(str(panel.get("description") or ""), self.view.variables)
        self.page.panel(panel, title, description, span, body)

    def body(self, panel: Json, shown: TimeRange) -> str:
        """Return the HTML of a panel's inside. Raises QueryError."""
        if panel["type"] == "text":
            return f'<div class="text">{escape(str((panel.get("options") or {}).get("content", "")))}</div>'
        if panel["type"] in NOT_DATA:
            return message("This kind of panel has no preview.")
        frames = []
        notes = []
        for query in panel_queries(panel):
            frame = self.asked.frame(query.sql, self.view.variables, shown, query.ref_id)
            try:
                frame = time_series(frame) if query.format == "time_series" and frame.fields else frame
            except FrameError as error:
                raise QueryError(str(error)) from error
            frame, unknown = transformed(frame, panel.get("transformations") or ())
            notes += [f"Drawn without the transformation {name}." for name in unknown]
            frames.append(frame)
        rows = [row for row in styled(panel, frames) if row and row[0].field.values]
        if not rows:
            return message(empty_text(panel))
        if panel["type"] not in DRAWN:
            notes.append(f"A panel of type {panel['type']}, shown as a table.")
        return self.drawn(panel, rows, shown) + "".join(f'<p class="note">{escape(note)}</p>' for note in notes)

    def drawn(self, panel: Json, rows: list[list[Series]], shown: TimeRange) -> str:
        """Return the HTML of a panel that has data. Raises QueryError when it cannot be drawn from it."""
        kinds = {one.field.kind for one in rows[0]}
        match panel["type"]:
            case "stat" | "gauge" | "bargauge":
                return tiles.stat(panel, rows, self.view)
            case "timeseries" | "candlestick" if "time" not in kinds:
                raise QueryError("The result has no column of times.")
            case "trend" | "barchart" if "number" not in kinds:
                raise QueryError("The result has no column of numbers.")
            case "timeseries":
                return self.over_time(charts.time_chart(panel, rows, shown, self.view), shown)
            case "candlestick":
                if missing := charts.missing_prices(panel, rows[0]):
                    raise QueryError(f"The result has no column {missing}.")
                return self.over_time(charts.candle_chart(panel, rows, shown, self.view), shown)
            case "trend":
                return self.page.chart(charts.trend_chart(panel, rows, self.view))
            case "barchart":
                return self.page.chart(charts.bar_chart(panel, rows, self.view))
        return tiles.table(panel, rows[0], self.view)

    def over_time(self, figure: Figure, shown: TimeRange) -> str:
        """Add the dashboard's annotations to a chart over time, and the chart to the page."""
        for one in annotation_list(self.dashboard):
            if one.get("enable", True):
                frame = self.asked.frame(one["target"]["rawSql"], self.view.variables, shown, "Anno")
                time = frame.named("time") or frame.first("time")
                end = frame.named("timeend") or time
                text = frame.named("text") or frame.first("string")
                if time and end and text:
                    rows = zip(time.values, end.values, text.values, strict=True)
                    events = [(at, until or at, str(said or "")) for at, until, said in rows if at]
                    charts.mark(figure, one["name"], events, units.colour(one.get("iconColor")) or FAINT)
        return self.page.chart(figure)


def empty_text(panel: Mapping[str, Any]) -> str:
    return str((panel.get("fieldConfig") or {}).get("defaults", {}).get("noValue") or "No data")


def duration(text: str) -> timedelta:
    """Return what a panel's `timeFrom` says: 5d, 6h, 1M. Raises QueryError."""
    days = {"M": 30, "y": 365}
    number, unit = text.removeprefix("now-")[:-1], text[-1:]
    if not number.isdigit() or unit not in UNITS | days:
        raise QueryError(f"The panel's time range cannot be read: {text}")
    return int(number) * (timedelta(days=days[unit]) if unit in days else UNITS[unit])


def _clock(time: datetime, view: View) -> str:
    return f"{time.astimezone(view.zone):%a %d %b %Y %H:%M}"
