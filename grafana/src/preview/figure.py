"""A figure of Plotly's under construction, in Grafana's dark colours: axes, lines, bars, levels and bands."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from grafana.src.preview import units

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from grafana.src.macros import TimeRange
    from grafana.src.preview.frames import Field
    from grafana.src.preview.series import Series, View

TEXT, FAINT, GRID = "#ccccdc", "rgba(204,204,220,0.65)", "rgba(204,204,220,0.10)"
FEW_POINTS = 40
"""Up to so many are marked: Grafana does so where they do not touch."""
SHAPES = {"stepAfter": "hv", "stepBefore": "vh", "smooth": "spline"}
DASHES = {"dash": "dash", "dot": "dot"}
FORMATS = {
    "currencyINR": ("₹", "~s", ""),
    "currencyUSD": ("$", "~s", ""),
    "percent": ("", "~f", "%"),
    "percentunit": ("", "~%", ""),
    "short": ("", "~s", ""),
    "bytes": ("", "~s", "B"),
    "decbytes": ("", "~s", "B"),
    "none": ("", "~f", ""),
}
TICKS = [
    {"dtickrange": [None, 59_000], "value": "%H:%M:%S\n%a %d %b"},
    {"dtickrange": [59_000, 86_399_000], "value": "%H:%M\n%a %d %b"},
    {"dtickrange": [86_399_000, "M1"], "value": "%d %b\n%Y"},
    {"dtickrange": ["M1", None], "value": "%b\n%Y"},
]
"""The labels of a time axis, by the milliseconds or months between them."""
Trace = dict[str, Any]


class Figure:
    """A figure under construction: its traces, its layout, and what its legend says."""

    def __init__(self, panel: Mapping[str, Any], view: View) -> None:
        self.panel = panel
        self.view = view
        self.traces: list[Trace] = []
        self.legend: list[Series] = []
        self.axes: dict[tuple[str, ...], str] = {}
        self.layout: dict[str, Any] = {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": TEXT, "size": 11, "family": "Inter, Roboto, Helvetica, Arial, sans-serif"},
            "margin": {"l": 8, "r": 8, "t": 6, "b": 4},
            "showlegend": False,
            "hovermode": "x unified",
            "hoverlabel": {"bgcolor": "#22252b", "bordercolor": GRID, "font": {"size": 11, "color": TEXT}},
            "dragmode": "zoom",
            "bargap": 0.15,
            "shapes": [],
            "xaxis": {"gridcolor": GRID, "linecolor": GRID, "zeroline": False, "automargin": True},
        }

    def times(self, field: Field) -> list[str | None]:
        return [value and local(value, self.view) for value in field.values]

    def show_range(self, time_range: TimeRange) -> None:
        """Let the time axis span what was asked for, with or without data."""
        ends = [local(time_range.since, self.view), local(time_range.until, self.view)]
        self.layout["xaxis"] |= {
            "type": "date",
            "range": ends,
            "hoverformat": "%a %d %b %Y %H:%M:%S",
            "tickformatstops": TICKS,
        }

    def axis(self, one: Series) -> str:
        """Return the y axis of a series: one for each unit, range, side and label, the first on the left."""
        unit = str(one.options.get("unit") or "none")
        places = (one.options.get("min"), one.options.get("max"), *map(one.custom.get, ("axisPlacement", "axisLabel")))
        key = (unit, *map(str, places))
        if key not in self.axes:
            name = "y" if not self.axes else f"y{len(self.axes) + 1}"
            side = one.custom.get("axisPlacement")
            prefix, tick_format, suffix = FORMATS.get(unit) or affixes(unit)
            axis: dict[str, Any] = {
                "gridcolor": GRID,
                "linecolor": "rgba(0,0,0,0)",
                "zeroline": False,
                "automargin": True,
                "side": side if side in {"left", "right"} else ("left" if not self.axes else "right"),
                "visible": side != "hidden",
                "tickprefix": prefix,
                "tickformat": tick_format,
                "ticksuffix": suffix,
                "title": {"text": escape(str(one.custom.get("axisLabel") or "")), "standoff": 4},
            }
            if self.axes:
                axis |= {"overlaying": "y", "showgrid": False, "tickmode": "auto"}
            if one.custom.get("axisWidth") and not self.axes:
                self.layout["margin"]["l"] = one.custom["axisWidth"]
            low, high = one.options.get("min"), one.options.get("max")
            reach = [end for end in map(one.custom.get, ("axisSoftMin", "axisSoftMax")) if end is not None]
            if low is not None or high is not None or reach:
                axis |= {"autorangeoptions": {"minallowed": low, "maxallowed": high, "include": reach}}
                if low is not None and high is not None:
                    axis["range"] = [low, high]
            self.axes[key] = name
            self.layout[axis_key(name)] = axis
            self.thresholds(one, name)
        return self.axes[key]

    def thresholds(self, one: Series, axis: str) -> None:
        """Draw thresholds across where the panel asks for lines."""
        mode = (one.custom.get("thresholdsStyle") or {}).get("mode", "off")
        if mode not in {"line", "dashed", "line+area", "dashed+area"}:
            return
        dash = "dash" if "dashed" in mode else "solid"
        for step in (one.options.get("thresholds") or {}).get("steps", ()):
            if step.get("value") is not None:
                shape = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis}
                style = {"color": units.colour(step["color"]), "width": 1, "dash": dash}
                self.layout["shapes"].append(shape | {"y0": step["value"], "y1": step["value"], "line": style})

    def line(self, x: Sequence[Any], one: Series) -> None:
        """Draw a series as a line, bars or points."""
        custom = one.custom
        values = one.field.values
        trace: Trace = {
            "x": list(x),
            "y": values,
            "name": escape(one.name),
            "yaxis": self.axis(one),
            "customdata": [escape(one.text(value, self.view)) for value in values],
            "hovertemplate": "%{customdata}",
        }
        stacked = (custom.get("stacking") or {}).get("mode") in {"normal", "percent"}
        opacity = custom.get("fillOpacity", 0) / 100
        if custom.get("drawStyle") == "bars":
            trace |= {
                "type": "bar",
                "marker": {"color": self.colours(one), "opacity": opacity or 1, "line": {"width": 0}},
            }
            self.layout["barmode"] = "stack" if stacked else "overlay"
        else:
            points = custom.get("showPoints", "auto")
            marked = points == "always" or (points == "auto" and len(values) <= FEW_POINTS) or len(values) == 1
            mode = "markers" if custom.get("drawStyle") == "points" else "lines+markers" if marked else "lines"
            style = custom.get("lineStyle") or {}
            trace |= {
                "type": "scatter",
                "mode": mode,
                "connectgaps": custom.get("spanNulls") is True,
                "marker": {"size": custom.get("pointSize", 5), "color": one.colour},
                "line": {
                    "color": one.colour,
                    "width": custom.get("lineWidth", 1),
                    "shape": SHAPES.get(str(custom.get("lineInterpolation")), "linear"),
                    "dash": DASHES.get(str(style.get("fill")), "solid"),
                },
            }
            if stacked:
                trace |= {"stackgroup": trace["yaxis"]}
            elif opacity and not custom.get("fillBelowTo"):
                trace |= {"fill": "tozeroy", "fillcolor": faded(one.colour, opacity)}
        self.traces.append(trace)
        self.legend.append(one)

    def colours(self, one: Series) -> str | list[str]:
        """Return the colour of a series' bars, or one for each."""
        if units.by_value(one.options):
            return [one.colour_of(value) or one.colour for value in one.field.values]
        return one.colour

    def fill_bands(self) -> None:
        """Fill between a series and the one that it names: Plotly wants that one drawn just before."""
        for place, one in enumerate(list(self.legend)):
            below = one.custom.get("fillBelowTo")
            trace = self.traces[place]
            lower = next((other for other in self.traces if below and other.get("name") == escape(below)), None)
            if lower:
                edge = lower | {"line": {"width": 0}, "hoverinfo": "skip", "hovertemplate": None, "customdata": None}
                colour = faded(one.colour, one.custom.get("fillOpacity", 10) / 100)
                self.traces += [edge, trace | edge | {"y": trace["y"], "fill": "tonexty", "fillcolor": colour}]

    def finish(self) -> Figure:
        self.fill_bands()
        return self


def affixes(unit: str) -> tuple[str, str, str]:
    """Return prefix, number format and suffix of an axis for units that name them."""
    if match := re.fullmatch(r"currency:financial:([^:]+)(?::suffix)?|prefix:(.+)", unit):
        return escape(match[1] or match[2]), ",", ""
    if match := re.fullmatch(r"suffix:(.+)", unit):
        return "", ",", escape(match[1])
    if unit == "locale":
        return "", ",", ""
    if unit in units.COUNTS:
        return "", "~s", f" {units.COUNTS[unit]}"
    return "", "~f", f" {escape(unit)}"


def axis_key(name: str) -> str:
    return "yaxis" + name.removeprefix("y")


def local(time: datetime, view: View) -> str:
    """Write a time for Plotly, which knows no zones: as clocks of the dashboard's zone show it."""
    return time.astimezone(view.zone).strftime("%Y-%m-%d %H:%M:%S.%f")


def faded(colour: str, opacity: float) -> str:
    """Return a colour of the palette (#rrggbb) with an opacity."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return colour
    return f"rgba({','.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))},{opacity:g})"
