"""How a column of a table, or a series of a chart, looks: lists of properties, to be added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Threshold, ThresholdsConfig, ThresholdsMode
from grafana_foundation_sdk.models.units import (
    BytesIEC,
    CountsPerSecond,
    Milliseconds,
    Percent,
    Seconds,
    Short,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BYTES, COUNT, MILLISECONDS, PER_SECOND = BytesIEC, Short, Milliseconds, CountsPerSecond
PERCENT, SECONDS = Percent, Seconds
RUPEES = "currency:financial:₹"
"""A price to the paisa: currencyINR would shorten 24,512.35 to ₹24.5K."""
WHOLE = "locale"
"""A number to the last digit, with separators."""
POINTS = "currency:financial: :suffix"
"""A number to two decimals, in the money of no country: WHOLE would drop the zeros at the end."""
CLOCK, DAY, MOMENT, BAR = "time:HH:mm:ss", "time:DD MMM YYYY", "time:DD MMM HH:mm:ss", "time:DD MMM HH:mm"

GREEN, RED, AMBER, GREY, BLUE, CLEAR = "green", "red", "orange", "text", "blue", "transparent"
SIGNS: tuple[tuple[float | None, str], ...] = ((None, RED), (-0.005, GREY), (0.005, GREEN))
Style = list[DynamicConfigValue]


def text(title: str, width: int | None = None) -> Style:
    return _set("displayName", title) + (_set("custom.width", width) if width else [])


def number(title: str, unit: str = COUNT, decimals: int | None = None) -> Style:
    """Return a column of numbers; without decimals Grafana chooses them."""
    style = text(title) + _set("unit", unit)
    return style if decimals is None else style + _set("decimals", decimals)


def price(title: str) -> Style:
    return number(title, RUPEES, 2) + _at_least(90)


def points(title: str) -> Style:
    return number(title, POINTS, 2) + _at_least(80)


def percent(title: str) -> Style:
    return number(title, PERCENT, 2)


def time(title: str, unit: str = MOMENT, width: int | None = None) -> Style:
    return text(title, width) + _set("unit", unit)


def symbol(width: int = 150) -> Style:
    """Return the column of symbols: each opens its dashboard, with the same timeframe and time range."""
    url = (
        "/d/bhav-instrument/instrument"
        "?var-instrument=${__value.raw:percentencode}&${timeframe:queryparam}&${__url_time_range}"
    )
    return text("Symbol", width) + _set("links", [{"title": "Open ${__value.text}", "url": url}])


def steps(*colors: tuple[float | None, str]) -> list[Threshold]:
    """Return colours from a value on; the first one's value is None."""
    return [Threshold(value=value, color=color) for value, color in colors]


def by_value(*colors: tuple[float | None, str]) -> Style:
    thresholds = ThresholdsConfig(mode=ThresholdsMode.ABSOLUTE, steps=steps(*colors))
    return _set("thresholds", thresholds) + _set("color", {"mode": "thresholds"})


def coloured(*colors: tuple[float | None, str]) -> Style:
    """Return the text of a cell in the colour of its value."""
    return by_value(*colors) + _cell("color-text")


def up_down() -> Style:
    """Return the text of a cell, green above 0 and red below."""
    return coloured(*SIGNS)


def heat(much: float) -> Style:
    """Return a background from red at -much over nothing at 0 to green at much."""
    colors = by_value(
        (None, "rgba(242, 73, 92, 0.9)"),
        (-much, "rgba(242, 73, 92, 0.55)"),
        (-much / 3, "rgba(242, 73, 92, 0.25)"),
        (-much / 12, CLEAR),
        (much / 12, "rgba(115, 191, 105, 0.25)"),
        (much / 3, "rgba(115, 191, 105, 0.55)"),
        (much, "rgba(115, 191, 105, 0.9)"),
    )
    return colors + _cell("color-background", mode="basic")


def complete() -> Style:
    """Return percents on a background that is green at 100 alone."""
    colors = by_value(
        (None, "rgba(242, 73, 92, 0.9)"),
        (90, "rgba(242, 73, 92, 0.55)"),
        (98, "rgba(255, 152, 48, 0.55)"),
        (100, "rgba(115, 191, 105, 0.55)"),
    )
    return _set("decimals", 1) + colors + _cell("color-background", mode="basic")


def bar(color: str = BLUE) -> Style:
    """Return a bar as long as the value, with the number beside it."""
    return line(color) + _set("min", 0) + _cell("gauge", mode="basic", valueDisplayMode="text") + _at_least(80)


def words(meanings: Mapping[str, tuple[str, str]]) -> Style:
    """Return for a value what is written in its place, and in which colour."""
    options = {
        value: {"text": text, "color": color, "index": nth}
        for nth, (value, (text, color)) in enumerate(meanings.items())
    }
    return _set("mappings", [{"type": "value", "options": options}]) + _cell("color-text")


def states(**colors: str) -> Style:
    """Return words in a colour each."""
    return words({word: (word, color) for word, color in colors.items()})


def line(color: str, width: float | None = None, *, dashes: Sequence[int] = ()) -> Style:
    style = _set("color", {"mode": "fixed", "fixedColor": color})
    if width is not None:
        style += _set("custom.lineWidth", width)
    if dashes:
        style += _set("custom.lineStyle", {"fill": "dash", "dash": list(dashes)})
    return style


def band_to(lower: str, color: str, *, edge: float, opacity: int) -> Style:
    """Return the upper edge of a band that is filled down to another series."""
    return line(color, edge) + _set("custom.fillBelowTo", lower) + _set("custom.fillOpacity", opacity)


def bars_up_down() -> Style:
    """Return bars that are green above 0 and red below."""
    return (
        _set("custom.drawStyle", "bars")
        + _set("custom.fillOpacity", 70)
        + _set("custom.lineWidth", 0)
        + _set("custom.gradientMode", "scheme")
        + by_value((None, RED), (0, GREEN))
    )


def right_axis(label: str) -> Style:
    """Return a scale of its own, which its label makes, on the right."""
    return _set("custom.axisPlacement", "right") + _set("custom.axisLabel", label)


def no_axis() -> Style:
    return _set("custom.axisPlacement", "hidden")


def missing(sign: str) -> Style:
    """Return what stands for a null."""
    return _set("noValue", sign)


def unseen() -> Style:
    """Return a series that is in the tooltip only."""
    return no_axis() + _set("custom.hideFrom", {"viz": True, "legend": True, "tooltip": False})


def _at_least(width: int) -> Style:
    """Return a column that is not narrower than so many pixels, so that no figure loses digits: the table scrolls."""
    return _set("custom.minWidth", width)


def _cell(kind: str, **options: str) -> Style:
    return _set("custom.cellOptions", {"type": kind} | options)


def _set(property_id: str, value: object) -> Style:
    return [DynamicConfigValue(id_val=property_id, value=value)]
