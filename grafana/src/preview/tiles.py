"""Panels made of HTML: big numbers and tables."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from grafana.src.preview import units
from grafana.src.preview.series import Series, reduced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grafana.src.preview.series import View

MOST_ROWS = 500
COLUMN_WIDTH = 150
"""Pixels that a column has at least where the panel does not say so."""
ROW_HEIGHTS = {"sm": 36, "md": 42, "lg": 48}
DARK = 140
"""A background of less luminance than this (0-255) wants light text."""


def stat(panel: Mapping[str, Any], rows: Sequence[Sequence[Series]], view: View) -> str:
    """Return a tile for each series or column, or, where the panel asks for values, for each row."""
    options = panel.get("options") or {}
    reduce = options.get("reduceOptions") or {}
    calculation = (reduce.get("calcs") or ["lastNotNull"])[0]
    tiles = []
    for row in rows:
        names = next((one for one in row if one.field.kind == "string"), None)
        for one in row:
            if one.hidden or not chosen(one, str(reduce.get("fields") or "")):
                continue
            if not reduce.get("values"):
                tiles.append(tile(one, one.name, reduced(one.field.values, calculation), options, view))
                continue
            for place, value in enumerate(one.field.values[: reduce.get("limit") or MOST_ROWS]):
                name = names.text(names.field.values[place], view) if names else one.name
                tiles.append(tile(one, name, value, options, view))
    longest = max((len(value) for value in re.findall(r'class="value">([^<]*)<', "".join(tiles))), default=0)
    lone = len(tiles) == 1 and options.get("textMode", "auto") == "auto"
    return f'<div class="tiles{" lone" if lone else ""}" style="--signs:{max(longest, 4)}">{"".join(tiles)}</div>'


def chosen(one: Series, fields: str) -> bool:
    """Tell whether a stat shows a field: numbers, unless it names fields by /expression/ or name."""
    if not fields:
        return one.field.kind == "number"
    if match := re.fullmatch(r"/(.*)/", fields):
        return re.search(match[1], one.name) is not None
    return fields in {one.name, one.field.name}


def tile(one: Series, name: str, value: Any, options: Mapping[str, Any], view: View) -> str:  # noqa: ANN401 - any column
    colour = one.colour_of(value) or ""
    mode, text_mode = options.get("colorMode", "value"), options.get("textMode", "auto")
    style = {"value": f"color:{colour}", "background": f"background:{colour};color:{ink(colour)}"}.get(mode, "")
    text = one.text(value, view) or one.options.get("noValue") or "-"
    parts = [""]
    if text_mode != "value":
        parts.append(f'<span class="name">{escape(name)}</span>')
    if text_mode not in {"name", "none"}:
        parts.append(f'<span class="value">{escape(str(text))}</span>')
    if options.get("graphMode") == "area" and one.field.kind == "number":
        parts.append(sparkline(one.field.values, colour or one.colour))
    kind = "tile drawn" if parts[-1].startswith("<svg") else "tile"
    return f'<div class="{kind}" style="{escape(style)}">{"".join(parts)}</div>'


def sparkline(values: Sequence[float | None], colour: str) -> str:
    """Draw a small line without axes."""
    points = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(points) < 2:  # noqa: PLR2004
        return ""
    low, high = min(value for _, value in points), max(value for _, value in points)
    width, height = max(len(values) - 1, 1), high - low or 1
    drawn = " ".join(f"{100 * place / width:.2f},{28 - 26 * (value - low) / height:.2f}" for place, value in points)
    return (
        '<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none">'
        f'<polyline points="0,30 {drawn} 100,30" fill="{colour}" fill-opacity="0.15" stroke="none"/>'
        f'<polyline points="{drawn}" fill="none" stroke="{colour}" vector-effect="non-scaling-stroke"/></svg>'
    )


def table(panel: Mapping[str, Any], row: Sequence[Series], view: View) -> str:
    """Return the first rows of a frame as a table, sorted as the panel asks."""
    shown = [one for one in row if not one.hidden]
    count = len(row[0].field.values) if row else 0
    order = list(range(count))
    for sort in reversed((panel.get("options") or {}).get("sortBy") or ()):
        by = next((one for one in row if sort.get("displayName") in {one.name, one.field.name}), None)
        if by:
            known = [place for place in order if by.field.values[place] is not None]
            known.sort(key=lambda place: by.field.values[place], reverse=bool(sort.get("desc")))
            order = known + [place for place in order if by.field.values[place] is None]
    widths = [(one.custom.get("width"), one.custom.get("minWidth") or COLUMN_WIDTH) for one in shown]
    columns = "".join(f'<col style="width:{width}px">' if width else "<col>" for width, _ in widths)
    auto = [minimum for width, minimum in widths if not width]  # they share what is left in equal parts
    least = sum(width or 0 for width, _ in widths) + len(auto) * max(auto, default=0)
    high = ROW_HEIGHTS.get(str((panel.get("options") or {}).get("cellHeight")), ROW_HEIGHTS["sm"])
    head = "".join(f'<th class="{align(one)}">{escape(one.name)}</th>' for one in shown)
    body = "".join(
        f"<tr>{''.join(cell(one, one.field.values[place], view) for one in shown)}</tr>" for place in order[:MOST_ROWS]
    )
    note = f'<p class="note">The first {MOST_ROWS} of {count:,} rows.</p>' if count > MOST_ROWS else ""
    return (
        f'<div class="scroll"><table style="min-width:{least}px;--row:{high}px"><colgroup>{columns}</colgroup>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}</div>"
    )


def cell(one: Series, value: Any, view: View) -> str:  # noqa: ANN401 - any column
    colour = one.colour_of(value)
    style = inner = ""
    match (one.custom.get("cellOptions") or {}).get("type"):
        case "color-text" if colour:
            style = f"color:{colour}"
        case "color-background" if colour:
            style = f"background:{colour};color:{ink(colour)}"
        case "gauge" if isinstance(value, (int, float)):
            low, high = one.options.get("min", one.low), one.options.get("max", one.high)
            share = min(max((value - low) / (high - low), 0), 1) if high > low else 0
            inner = f'<span class="gauge"><i style="width:{share:.1%};background:{colour or one.colour}"></i></span>'
    return f'<td class="{align(one)}" style="{escape(style)}">{inner}{escape(one.text(value, view))}</td>'


def align(one: Series) -> str:
    asked = one.custom.get("align")
    if asked in {"left", "center", "right"}:
        return str(asked)
    return "right" if one.field.kind == "number" else "left"


def ink(background: str) -> str:
    """Return the colour of text that can be read on a background."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", background):
        return units.COLOURS["text"]
    red, green, blue = (int(background[at : at + 2], 16) for at in (1, 3, 5))
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < DARK else "#111217"
