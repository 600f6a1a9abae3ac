"""The page: one HTML file that needs nothing else, neither a server nor a network."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grafana.src.preview.series import reduced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grafana.src.preview.figure import Figure
    from grafana.src.preview.series import Series, View

STYLE = Path(__file__).with_name("style.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
DRAW = """
for (const chart of JSON.parse(document.getElementById('charts').textContent)) {
    Plotly.newPlot(chart.id, chart.data, chart.layout, {responsive: true, displaylogo: false, displayModeBar: false});
}
"""


class Page:
    """Collects panels, and the figures that are drawn when the page is opened."""

    def __init__(self) -> None:
        self._sections: list[str] = []
        self._charts: list[dict[str, Any]] = []

    def row(self, position: Mapping[str, int], title: str) -> None:
        self._sections.append(f'<h2 class="row" style="{area(position)}">{escape(title)}</h2>')

    def panel(self, panel: Mapping[str, Any], title: str, description: str, span: str, body: str) -> None:
        """Add a panel; `body` is HTML. `span`: its own time range, where it has one."""
        info = f'<span class="info" title="{escape(description)}">i</span>' if description else ""
        own = f'<span class="span">{escape(span)}</span>' if span else ""
        head = f"<h2>{own}{escape(title)}{info}</h2>" if title or span else ""
        kind = "panel bare" if panel.get("transparent") else "panel"
        self._sections.append(
            f'<section class="{kind}" style="{area(panel["gridPos"])}">{head}<div class="body">{body}</div></section>'
        )

    def chart(self, figure: Figure) -> str:
        """Keep a figure for the script; return the HTML of its place and legend."""
        name = f"chart-{len(self._charts) + 1}"
        self._charts.append({"id": name, "data": figure.traces, "layout": figure.layout})
        options = (figure.panel.get("options") or {}).get("legend") or {}
        shown = options.get("showLegend", True) and options.get("displayMode") != "hidden"
        legend = legend_of(figure.legend, options.get("calcs") or (), figure.view) if shown else ""
        return f'<div class="chart" id="{name}"></div>{legend}'

    def html(self, title: str, description: str, facts: Iterable[tuple[str, str]], warning: str) -> str:
        chips = "".join(f"<span><b>{escape(name)}</b>{escape(value)}</span>" for name, value in facts)
        charts = json.dumps(self._charts, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
        about = f"<p>{escape(description)}</p>" if description else ""
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(title)} (preview)</title>\n<style>\n{STYLE.read_text()}</style>\n</head>\n<body>\n"
            f'<header class="banner">{warning}</header>\n'
            f'<div class="about"><h1>{escape(title)}</h1>{about}<div class="chips">{chips}</div></div>\n'
            f'<main class="grid">\n{chr(10).join(self._sections)}\n</main>\n'
            f"<script>{plotly()}</script>\n"
            f'<script type="application/json" id="charts">{charts}</script>\n'
            f"<script>{DRAW}</script>\n</body>\n</html>\n"
        )


def plotly() -> str:
    """Return the chart library, as its Python package ships it."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_text()


def area(position: Mapping[str, int]) -> str:
    row, column = int(position["y"]) + 1, int(position["x"]) + 1
    return f"grid-area:{row} / {column} / span {int(position['h'])} / span {int(position['w'])}"


def legend_of(series: Iterable[Series], calculations: Iterable[str], view: View) -> str:
    """Name the series of a chart, with the figures that its panel asks for."""
    items = []
    for one in series:
        if (one.custom.get("hideFrom") or {}).get("legend"):
            continue
        figures = "".join(
            f"<b>{escape(name)}: {escape(one.text(reduced(one.field.values, name), view))}</b>" for name in calculations
        )
        items.append(f'<span><i style="background:{one.colour}"></i>{escape(one.name)}{figures}</span>')
    return f'<div class="legend">{"".join(items)}</div>' if items else ""


def message(text: str, *, error: bool = False) -> str:
    return f'<p class="message{" error" if error else ""}">{escape(text)}</p>'
