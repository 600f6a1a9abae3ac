"""Writes values as Grafana does: its units, decimals, value mappings and colours."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

THOUSANDS = ("", "K", "M", "B", "T")
SCALED: dict[str, tuple[int, tuple[str, ...]]] = {
    "short": (1000, ("", " K", " Mil", " Bil", " Tri")),
    "bytes": (1024, (" B", " KiB", " MiB", " GiB", " TiB", " PiB")),
    "decbytes": (1000, (" B", " kB", " MB", " GB", " TB", " PB")),
}
COUNTS = {
    "cps": "c/s", "ops": "ops/s", "reqps": "req/s", "rps": "rd/s", "wps": "wr/s", "iops": "io/s", "eps": "evt/s",
    "mps": "msg/s", "rowsps": "rows/s",
}  # fmt: skip
CURRENCIES = {"currencyINR": "₹", "currencyUSD": "$"}
DURATIONS = (
    (1e-6, 1e9, " ns"), (1e-3, 1e6, " µs"), (1, 1e3, " ms"), (60, 1, " s"), (3_600, 1 / 60, " mins"),
    (86_400, 1 / 3_600, " hours"), (604_800, 1 / 86_400, " days"), (31_536_000, 1 / 604_800, " weeks"),
    (float("inf"), 1 / 31_536_000, " years"),
)  # fmt: skip
"""Below so many seconds: factor and suffix."""
IN_SECONDS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
SUFFIXES = dict.fromkeys(("none", "string", "locale", "time", "dateTimeFromNow", "dateTimeAsIso"), "") | dict.fromkeys(
    ("percent", "percentunit"), "%"
)
HUGE = 10**20
MOMENT = (("YYYY", "%Y"), ("MM", "%m"), ("DD", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"), ("MMM", "%b"))

PALETTE = (
    "#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0", "#37872d", "#fade2a",
    "#447ebc", "#c15c17",
)  # fmt: skip
COLOURS = {
    "green": "#73bf69", "dark-green": "#37872d", "semi-dark-green": "#56a64b", "light-green": "#96d98d",
    "super-light-green": "#c8f2c2", "red": "#f2495c", "dark-red": "#c4162a", "semi-dark-red": "#e02f44",
    "light-red": "#ff7383", "super-light-red": "#ffa6b0", "yellow": "#fade2a", "dark-yellow": "#e0b400",
    "semi-dark-yellow": "#f2cc0c", "light-yellow": "#ffee52", "super-light-yellow": "#fff899", "orange": "#ff9830",
    "dark-orange": "#fa6400", "semi-dark-orange": "#ff780a", "light-orange": "#ffb357",
    "super-light-orange": "#ffcb7d", "blue": "#5794f2", "dark-blue": "#1f60c4", "semi-dark-blue": "#3274d9",
    "light-blue": "#8ab8ff", "super-light-blue": "#c0d8ff", "purple": "#b877d9", "dark-purple": "#8f3bb8",
    "semi-dark-purple": "#a352cc", "light-purple": "#ca95e5", "super-light-purple": "#deb6f2", "text": "#ccccdc",
    "gray": "#808080", "grey": "#808080", "white": "#ffffff", "black": "#000000", "transparent": "rgba(0,0,0,0)",
}  # fmt: skip
RAMPS = {"Gr": "#73bf69", "Yl": "#fade2a", "Rd": "#f2495c", "Bl": "#5794f2", "Pu": "#b877d9"}
SAFE_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([\d., %]+\)")


def colour(name: str | None) -> str | None:
    """Return a colour of Grafana's palette as CSS, None for what is none."""
    if not name:
        return None
    return COLOURS.get(name) or (name if SAFE_COLOUR.fullmatch(name) else None)


def mapped(value: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ANN401 - any column
    """Return what the value mappings make of a value: a text, a colour, or neither."""
    for mapping in options.get("mappings") or ():
        inner = mapping["options"]
        match mapping["type"]:
            case "value":
                key = str(value).lower() if isinstance(value, bool) else plain(value)
                if key in inner:
                    return dict(inner[key])
            case "range" if isinstance(value, (int, float)):
                low, high = inner.get("from"), inner.get("to")
                if (low is None or value >= low) and (high is None or value <= high):
                    return dict(inner["result"])
            case "special":
                wanted = {"null": None, "null+nan": None, "true": True, "false": False, "empty": ""}
                if inner["match"] in wanted and value is wanted[inner["match"]]:
                    return dict(inner["result"])
            case "regex" if isinstance(value, str) and re.search(inner["pattern"].strip("/"), value):
                return dict(inner["result"])
    return {}


def plain(value: Any) -> str:  # noqa: ANN401 - any column
    return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)


def by_value(options: Mapping[str, Any]) -> bool:
    """Tell whether colours follow values: thresholds or a ramp."""
    return str((options.get("color") or {}).get("mode", "")).startswith(("thresholds", "continuous-"))


def value_colour(value: Any, options: Mapping[str, Any], low: float, high: float) -> str | None:  # noqa: ANN401
    """Return the colour that mappings, thresholds or a ramp from low to high give a value."""
    if chosen := colour(mapped(value, options).get("color")):
        return chosen
    mode = options.get("color", {})
    if mode.get("mode") == "fixed":
        return colour(mode.get("fixedColor"))
    if not isinstance(value, (int, float)):
        return None
    low = options.get("min", low)
    high = options.get("max", high)
    share = (value - low) / (high - low) if high > low else 0.0
    if str(mode.get("mode", "")).startswith("continuous-"):
        stops = [RAMPS[name] for name in re.findall(r"Gr|Yl|Rd|Bl|Pu", mode["mode"])]
        return blend(stops, min(max(share, 0.0), 1.0)) if stops else None
    thresholds = options.get("thresholds", {})
    measured = share * 100 if thresholds.get("mode") == "percentage" else value
    steps = thresholds.get("steps") or [{"color": "green", "value": None}]
    bounds = [float("-inf") if step.get("value") is None else step["value"] for step in steps]
    return colour(steps[max(bisect_right(bounds, measured) - 1, 0)]["color"])


def blend(stops: Sequence[str], share: float) -> str:
    """Return the colour at a share (0-1) of a ramp."""
    position = share * (len(stops) - 1)
    index = min(int(position), max(len(stops) - 2, 0))
    first, second = stops[index], stops[min(index + 1, len(stops) - 1)]
    mixed = (
        round(
            int(first[at : at + 2], 16)
            + (int(second[at : at + 2], 16) - int(first[at : at + 2], 16)) * (position - index)
        )
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def show(value: Any, options: Mapping[str, Any], now: datetime, zone: tzinfo) -> str:  # noqa: ANN401 - any column
    """Write a value as its field's options ask for."""
    text = mapped(value, options).get("text")
    if text:
        return str(text)
    if value is None:
        return str(options.get("noValue") or "")
    if isinstance(value, datetime):
        return show_time(value, str(options.get("unit", "")), now, zone)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return show_number(value, str(options.get("unit") or "none"), options.get("decimals"))
    return str(value)


def show_number(value: float, unit: str, decimals: int | None) -> str:
    """Write a number in a unit; one that Grafana does not know follows the number as it is."""
    kind, _, text = unit.partition(":")
    if kind.startswith("currency"):
        return money(value, unit, decimals)
    if unit in SCALED:
        return scale(value, *SCALED[unit], decimals)
    if unit in COUNTS:
        return f"{scale(value, 1000, THOUSANDS, decimals)} {COUNTS[unit]}"
    if unit in IN_SECONDS:
        return length(value * IN_SECONDS[unit], decimals) if value else f"0 {unit}"
    if unit == "locale":
        return grouped(value, 0, 3 if decimals is None else decimals)
    number = fixed(value * (100 if unit == "percentunit" else 1), decimals)
    before = text if kind == "prefix" else ""
    after = text if kind == "suffix" else SUFFIXES.get(kind, f" {unit}")
    return before + number + ("" if before else after)


def length(seconds: float, decimals: int | None) -> str:
    """Write a span of time in the unit that leaves it at 1 or more."""
    factor, suffix = next((factor, suffix) for limit, factor, suffix in DURATIONS if abs(seconds) < limit)
    return fixed(seconds * factor, decimals) + suffix


def money(value: float, unit: str, decimals: int | None) -> str:
    """Write a sum: `currency:financial:₹` in full, `currencyINR` and `currency:₹` in thousands and millions.

    `currency:financial:₹:suffix` has the symbol at the end.
    """
    sign = "-" if value < 0 else ""
    symbol = CURRENCIES.get(unit) or unit.removeprefix("currency:")
    if symbol.startswith("financial:"):
        least, most = (0, 1) if decimals is None else (decimals, decimals)
        _, symbol, *suffix = symbol.split(":")
        number = sign + grouped(abs(value), least, most)
        return number + symbol if suffix == ["suffix"] else sign + symbol + number.removeprefix(sign)
    return sign + symbol + scale(abs(value), 1000, THOUSANDS, decimals)


def scale(value: float, factor: int, suffixes: Sequence[str], decimals: int | None) -> str:
    """Write a number with the largest suffix that leaves it at 1 or more."""
    step = 0
    while abs(value) >= factor and step < len(suffixes) - 1:
        value /= factor
        step += 1
    return fixed(value, decimals) + suffixes[step]


def fixed(value: float, decimals: int | None) -> str:
    """Write a number with so many decimals; by default three digits in all, and whole numbers whole."""
    if decimals is None:
        decimals = max(2 - floor(log10(abs(value))), 0) if value % 1 else 0
    text = f"{rounded(Decimal(value), decimals):.{decimals}f}"
    return text.removeprefix("-") if not float(text) else text


def grouped(value: float, least: int, most: int) -> str:
    """Write a number with separators of thousands and, of its decimals, as many as it has between two bounds."""
    text = f"{rounded(Decimal(repr(value)), most):,.{most}f}"
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{kept}" if kept else whole


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero, as a browser does; what is too large to have decimals stays as it is."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) if abs(value) < HUGE else value


def show_time(value: datetime, unit: str, now: datetime, zone: tzinfo) -> str:
    """Write a time: in full, in a `time:` format, or as how long ago it was."""
    local = value.astimezone(zone)
    if unit == "dateTimeFromNow":
        seconds = (now - value).total_seconds()
        ago = length(abs(seconds), 0)
        return f"{ago} ago" if seconds >= 0 else f"in {ago}"
    if unit.startswith("time:"):
        form = unit.removeprefix("time:")
        for token, code in sorted(MOMENT, key=lambda pair: -len(pair[0])):
            form = form.replace(token, code)
        return local.strftime(form)
    return local.strftime("%Y-%m-%d %H:%M:%S")
