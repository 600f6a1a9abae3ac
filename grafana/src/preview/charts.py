"""Charts: time series, trends, candles and bars."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from grafana.src.preview import units
from grafana.src.preview.figure import Figure, Trace, faded, local
from grafana.src.preview.series import Series, View, palette

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from grafana.src.macros import TimeRange

SHADE = 0.15
"""Opacity of what an annotation covers."""
VOLUME_SHARE = 7
"""The volume's scale ends at so many times its largest bar."""


def time_chart(panel: Mapping[str, Any], rows: Sequence[Sequence[Series]], shown: TimeRange, view: View) -> Figure:
    """Draw every number over its frame's time."""
    figure = Figure(panel, view)
    figure.show_range(shown)
    for row in rows:
        time = next(one.field for one in row if one.field.kind == "time")
        for one in row:
            if one.field.kind == "number" and not one.hidden:
                figure.line(figure.times(time), one)
    return figure.finish()


def trend_chart(panel: Mapping[str, Any], rows: Sequence[Sequence[Series]], view: View) -> Figure:
    """Draw numbers over a number that rises; a time in the same frame is shown where the pointer is."""
    figure = Figure(panel, view)
    wanted = (panel.get("options") or {}).get("xField")
    for row in rows:
        numbers = [one for one in row if one.field.kind == "number"]
        x = next((one for one in numbers if wanted in {one.field.name, one.name}), numbers[0])
        times = next((one for one in row if one.field.kind == "time"), None)
        for one in numbers:
            if one is not x and not one.hidden:
                figure.line(x.field.values, one)
        figure.layout["xaxis"]["title"] = {"text": escape(x.name), "standoff": 4}
        if times:
            labels = [f"{value.astimezone(view.zone):%a %d %b %H:%M}" if value else "" for value in times.field.values]
            step = max(len(labels) // 8, 1)
            figure.layout["xaxis"] |= {"tickvals": x.field.values[::step], "ticktext": labels[::step], "title": None}
    return figure.finish()


def candle_chart(panel: Mapping[str, Any], rows: Sequence[Sequence[Series]], shown: TimeRange, view: View) -> Figure:
    """Draw candles, volume below them, and every other number as a line over them."""
    figure = Figure(panel, view)
    figure.show_range(shown)
    options = panel.get("options") or {}
    row = rows[0]
    found = roles_of(panel, row)
    x = figure.times(next(one.field for one in row if one.field.kind == "time"))
    mode = options.get("mode", "candles+volume")
    up = units.colour((options.get("colors") or {}).get("up")) or palette(0)
    down = units.colour((options.get("colors") or {}).get("down")) or palette(4)
    if "candles" in mode:
        figure.traces.append(candles(figure, x, found, up, down, str(options.get("candleStyle", "candles"))))
    if "volume" in mode and "volume" in found:
        volume = found["volume"]
        pairs = zip(found["open"].field.values, found["close"].field.values, strict=True)
        figure.layout["yaxis9"] = {
            "overlaying": "y", "visible": False, "fixedrange": True,
            "range": [0, (volume.high or 1) * (VOLUME_SHARE if "candles" in mode else 1)],
        }  # fmt: skip
        figure.traces.insert(0, {
            "type": "bar", "x": x, "y": volume.field.values, "yaxis": "y9", "name": escape(volume.name),
            "marker": {"color": [up if rises(*pair) else down for pair in pairs], "opacity": 0.5, "line": {"width": 0}},
            "customdata": [units.show_number(value, "short", None) if value is not None else ""
                           for value in volume.field.values],
            "hovertemplate": "%{customdata}",
        })  # fmt: skip
    if options.get("includeAllFields"):
        first = len(figure.traces)
        taken = {one.field.name for one in found.values()}
        for one in row:
            drawn = one.field.kind == "number" and one.field.name not in taken and not one.hidden
            if drawn and any(value is not None for value in one.field.values):
                figure.line(x, one)
        figure.traces, below = figure.traces[first:], figure.traces[:first]
        figure.fill_bands()
        figure.traces = below + figure.traces
    figure.layout["xaxis"]["rangeslider"] = {"visible": False}
    return figure


def roles_of(panel: Mapping[str, Any], row: Sequence[Series]) -> dict[str, Series]:
    """Return the columns that are open, high, low, close and volume: by their names, or as the panel names them."""
    chosen = (panel.get("options") or {}).get("fields") or {}
    by_name = {one.field.name: one for one in row}
    names = {role: chosen.get(role) or role for role in ("open", "high", "low", "close", "volume")}
    return {role: by_name[name] for role, name in names.items() if name in by_name}


def missing_prices(panel: Mapping[str, Any], row: Sequence[Series]) -> str:
    """Name the columns that candles cannot do without: Grafana would draw others for them, and not say so."""
    return ", ".join(role for role in ("open", "high", "low", "close") if role not in roles_of(panel, row))


def candles(  # noqa: PLR0917 - what a candle is made of
    figure: Figure, x: Sequence[Any], found: Mapping[str, Series], up: str, down: str, style: str
) -> Trace:
    """Return the trace of the candles; hovering says what they are in full."""
    close = found["close"]
    prices = [found[role] for role in ("open", "high", "low", "close")]
    texts = [
        "  ".join(
            f"{role} {escape(one.text(value, figure.view))}"
            for role, one, value in zip("OHLC", prices, row, strict=True)
        )
        for row in zip(*(one.field.values for one in prices), strict=True)
    ]
    return {
        "type": "ohlc" if style == "ohlcbars" else "candlestick",
        "x": x,
        **{role: one.field.values for role, one in zip(("open", "high", "low", "close"), prices, strict=True)},
        "yaxis": figure.axis(close),
        "name": "",
        "text": texts,
        "hoverinfo": "text",
        "increasing": {"line": {"color": up, "width": 1}, "fillcolor": up},
        "decreasing": {"line": {"color": down, "width": 1}, "fillcolor": down},
    }


def bar_chart(panel: Mapping[str, Any], rows: Sequence[Sequence[Series]], view: View) -> Figure:
    """Draw numbers as bars over a text or a time."""
    figure = Figure(panel, view)
    options = panel.get("options") or {}
    wanted = options.get("xField")
    sideways = options.get("orientation") == "horizontal"
    for row in rows:
        x = next((one for one in row if wanted in {one.field.name, one.name}), None)
        x = x or next((one for one in row if one.field.kind != "number"), row[0])
        labels = [escape(x.text(value, view)) for value in x.field.values]
        for one in row:
            if one is x or one.field.kind != "number" or one.hidden:
                continue
            figure.line(labels, one)
            trace = figure.traces[-1]
            colours = figure.colours(one)
            for key in ("mode", "line", "connectgaps", "fill", "fillcolor", "stackgroup"):
                trace.pop(key, None)
            trace |= {"type": "bar", "marker": {"color": colours, "opacity": 0.9, "line": {"width": 0}}}
            if sideways:
                trace |= {"orientation": "h", "x": trace["y"], "y": labels}
    figure.layout["barmode"] = "stack" if options.get("stacking", "none") != "none" else "group"
    figure.layout["yaxis" if sideways else "xaxis"]["type"] = "category"
    if sideways:
        figure.layout["yaxis"] |= {"autorange": "reversed", "tickprefix": "", "ticksuffix": "", "tickformat": ""}
    return figure


def mark(figure: Figure, name: str, events: Sequence[tuple[datetime, datetime, str]], colour: str) -> None:
    """Draw annotations, from a time to another: a line across at each, shade between, its text where the pointer is."""
    times = [local(time, figure.view) for time, _, _ in events]
    ends = [local(end, figure.view) for _, end, _ in events]
    place = {"yref": "paper", "y0": 0, "y1": 1}
    for time, end in zip(times, ends, strict=True):
        style = {"color": colour, "width": 1, "dash": "dot"}
        figure.layout["shapes"] += [
            {"type": "line", "x0": edge, "x1": edge, "line": style} | place for edge in dict.fromkeys((time, end))
        ]
        if end != time:
            shade = {"fillcolor": faded(colour, SHADE), "line": {"width": 0}, "layer": "below"}
            figure.layout["shapes"].append({"type": "rect", "x0": time, "x1": end} | shade | place)
    figure.layout["yaxis8"] = {"overlaying": "y", "visible": False, "range": [0, 1], "fixedrange": True}
    figure.traces.append(
        {
            "type": "scatter", "mode": "markers", "x": times, "y": [0.01] * len(times), "yaxis": "y8",
            "name": escape(name), "marker": {"symbol": "triangle-up", "size": 9, "color": colour},
            "customdata": [escape(text) for *_, text in events], "hovertemplate": "%{customdata}",
        }
    )  # fmt: skip


def rises(first: float | None, last: float | None) -> bool:
    return first is None or last is None or last >= first
