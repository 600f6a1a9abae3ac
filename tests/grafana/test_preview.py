"""The preview draws what the queries return, as the dashboard's JSON says, and never more than that."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from grafana.src import preview as previews
from grafana.src.preview.draw import listed, preview
from ingestor.errors import BhavError
from ingestor.times import IST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FROM, TO = "2026-08-03T09:15", "2026-08-03T15:30"
CANDLES = (
    "select * from (values"
    " (timestamptz '2026-08-03 09:15+05:30', 10.0, 12.0, 9.0, 11.0, 100, 10.5::float8, null::float8),"
    " ('2026-08-03 09:16+05:30', 11.0, 11.5, 8.0, 9.5, 300, 10.25, null))"
    " as c (time, open, high, low, close, volume, ema_20, vwap)"
)
LONG = (
    "select * from (values (timestamptz '2026-08-03 10:00+05:30', 'A', 1.0), ('2026-08-03 10:00+05:30', 'B', 2.0),"
    " ('2026-08-03 10:05+05:30', 'B', 3.0)) as s (time, metric, value)"
)


class Page:
    """A page that was drawn, taken apart."""

    def __init__(self, html: str) -> None:
        self.html = html
        found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', html, re.DOTALL)
        assert found
        self.charts: list[dict[str, Any]] = json.loads(found[1])
        self.body = html[html.index("<body>") : html.index("<script>")]

    @property
    def text(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.body)).split())

    @property
    def cells(self) -> list[list[str]]:
        rows = re.findall(r"<tr>(.*?)</tr>", self.body)
        return [[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.split(r"</t[dh]>", row)[:-1]] for row in rows]

    def traces(self, kind: str) -> list[dict[str, Any]]:
        return [trace for chart in self.charts for trace in chart["data"] if trace["type"] == kind]


def panel(kind: str, *queries: str, **more: object) -> dict[str, Any]:
    targets = [{"rawSql": sql, "refId": chr(65 + place), "format": "table"} for place, sql in enumerate(queries)]
    return {"type": kind, "title": kind, "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "targets": targets} | more


def series(sql: str, **more: object) -> dict[str, Any]:
    return panel("timeseries", targets=[{"rawSql": sql, "refId": "A", "format": "time_series"}]) | more


def board(*panels: dict[str, Any], variables: Iterable[dict[str, Any]] = (), **more: object) -> dict[str, Any]:
    return {"title": "Board", "panels": list(panels), "templating": {"list": list(variables)}} | more


def draw(url: str, *panels: dict[str, Any], chosen: Iterable[str] = (), **more: Any) -> Page:  # noqa: ANN401 - any JSON
    return Page(preview(url, board(*panels, **more), since=FROM, until=TO, chosen=chosen))


def override(column: str, **properties: object) -> dict[str, Any]:
    listed = [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]
    return {"matcher": {"id": "byName", "options": column}, "properties": listed}


def config(*overrides: dict[str, Any], **defaults: object) -> dict[str, Any]:
    return {"defaults": defaults, "overrides": list(overrides)}


def custom(name: str, values: str, chosen: str | list[str], **more: object) -> dict[str, Any]:
    return {"type": "custom", "name": name, "query": values, "current": {"value": chosen}} | more


def test_candles_their_volume_and_overlays(empty: str) -> None:
    styles = config(override("ema_20", displayName="EMA 20"), unit="currency:financial:₹", decimals=2)
    page = draw(empty, panel("candlestick", CANDLES, fieldConfig=styles, options={"includeAllFields": True}))
    (candles,) = page.traces("candlestick")
    assert [time[:16] for time in candles["x"]] == ["2026-08-03 09:15", "2026-08-03 09:16"]
    prices = [candles[name] for name in ("open", "high", "low", "close")]
    assert prices == [[10, 11], [12, 11.5], [9, 8], [11, 9.5]]
    assert candles["text"][1] == "O ₹11.00  H ₹11.50  L ₹8.00  C ₹9.50"
    (volume,) = page.traces("bar")
    assert volume["y"] == [100, 300]
    first, second = volume["marker"]["color"]
    assert (first, second) == (candles["increasing"]["fillcolor"], candles["decreasing"]["fillcolor"])
    (layout,) = [chart["layout"] for chart in page.charts]
    assert layout["yaxis9"]["range"] == [0, 7 * 300]
    (ema,) = page.traces("scatter")  # the overlay without a value is not drawn
    assert (ema["name"], ema["y"]) == ("EMA 20", [10.5, 10.25])
    assert "EMA 20" in page.text
    assert "vwap" not in page.text


def test_candles_without_a_price_are_not_drawn_from_others(empty: str) -> None:
    page = draw(empty, panel("candlestick", "select timestamptz 'now' as time, 1.0 as open, 1.0 as high, 2.0 as close"))
    assert page.charts == []
    assert "The result has no column low." in page.text


def test_a_time_axis_spans_what_was_asked_for_and_a_panel_its_own_range(empty: str) -> None:
    own = panel("timeseries", "select $__timeFrom()::timestamptz as time, 1 as value", timeFrom="2d")
    page = draw(empty, panel("timeseries", "select $__timeTo()::timestamptz as time, 1 as value"), own)
    ranges = [chart["layout"]["xaxis"]["range"] for chart in page.charts]
    assert [[time[:16] for time in ends] for ends in ranges] == [
        ["2026-08-03 09:15", "2026-08-03 15:30"],
        ["2026-08-01 15:30", "2026-08-03 15:30"],
    ]
    assert [trace["x"][0][:16] for trace in page.traces("scatter")] == ["2026-08-03 15:30", "2026-08-01 15:30"]
    assert "Last 2d" in page.text


def test_a_scale_reaches_its_soft_ends_at_least(empty: str) -> None:
    nothing = "select $__timeFrom()::timestamptz as time, 0 as value"
    page = draw(empty, panel("timeseries", nothing, fieldConfig=config(min=0, custom={"axisSoftMax": 5})))
    (axis,) = [chart["layout"]["yaxis"] for chart in page.charts]
    assert axis["autorangeoptions"] == {"minallowed": 0, "maxallowed": None, "include": [5]}


def test_a_long_result_becomes_a_series_for_each_metric(empty: str) -> None:
    page = draw(empty, series(LONG))
    assert [(trace["name"], trace["y"]) for trace in page.traces("scatter")] == [("A", [1, None]), ("B", [2, 3])]
    labelled = LONG.replace("metric", "symbol")
    assert [trace["name"] for trace in draw(empty, series(labelled)).traces("scatter")] == ["value A", "value B"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select 1 as value", 'a time series needs a column named "time"'),
        (f"{LONG} order by time desc", "in the order of time"),
        (LONG.replace("timestamptz '2026-08-03 10:00+05:30', 'A'", "null::timestamptz, 'A'"), "without a time"),
    ],
)
def test_a_time_series_that_grafana_could_not_show(empty: str, sql: str, said: str) -> None:
    assert said in draw(empty, series(sql)).text


def test_units_axes_bars_and_levels_of_a_chart(empty: str) -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 70}]
    styles = config(
        override("b", unit="percent", custom__drawStyle="bars", color={"mode": "thresholds"}),
        override("c", custom__hideFrom={"viz": True}),
        unit="short",
        thresholds={"mode": "absolute", "steps": steps},
        custom={"thresholdsStyle": {"mode": "dashed"}},
    )
    sql = "select $__timeFrom()::timestamptz as time, 1500 as a, 80.0 as b, 3 as c"
    page = draw(empty, panel("timeseries", sql, fieldConfig=styles))
    (line,), (bar,) = page.traces("scatter"), page.traces("bar")
    assert line["yaxis"] != bar["yaxis"]
    assert line["customdata"] == ["1.50 K"]
    assert bar["marker"]["color"] == ["#f2495c"]
    assert {shape["y0"] for shape in page.charts[0]["layout"]["shapes"]} == {70}


def test_a_series_has_the_axis_that_its_unit_side_and_label_make(empty: str) -> None:
    right = {"custom__axisPlacement": "right", "custom__axisLabel": "Change"}
    styles = config(override("b", **right), override("c", **right), override("d", unit="percent"), unit="short")
    sql = "select $__timeFrom()::timestamptz as time, 8e6 as a, 1 as b, -2 as c, 3 as d, 4 as e"
    page = draw(empty, panel("timeseries", sql, fieldConfig=styles))
    assert [trace["yaxis"] for trace in page.traces("scatter")] == ["y", "y2", "y2", "y3", "y"]
    second = page.charts[0]["layout"]["yaxis2"]
    assert (second["side"], second["overlaying"], second["title"]["text"]) == ("right", "y", "Change")


def test_a_legend_has_the_colour_of_the_newest_value(empty: str) -> None:
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 0}]
    styles = config(custom={"drawStyle": "bars"}, color={"mode": "thresholds"}, thresholds={"steps": steps})
    sql = "select $__timeFrom()::timestamptz + n * interval '1 hour' as time, n as a from generate_series(-1, 1) as n"
    page = draw(empty, panel("timeseries", sql, fieldConfig=styles))
    (bars,) = page.traces("bar")
    assert bars["marker"]["color"] == ["#f2495c", "#73bf69", "#73bf69"]
    assert '<i style="background:#73bf69"></i>a' in page.body


def test_a_trend_is_drawn_over_its_number_and_says_the_time(empty: str) -> None:
    sql = "select n as bar, timestamptz '2026-08-03 09:15+05:30' + n * interval '1 minute' as time, n * 2.0 as close"
    page = draw(empty, panel("trend", f"{sql} from generate_series(0, 2) as n", options={"xField": "bar"}))
    (line,) = page.traces("scatter")
    assert (line["name"], line["x"], line["y"]) == ("close", [0, 1, 2], [0, 2, 4])
    assert page.charts[0]["layout"]["xaxis"]["ticktext"] == [f"Mon 03 Aug 09:{minute}" for minute in (15, 16, 17)]


@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_a_bar_chart(empty: str, orientation: str) -> None:
    sql = "select * from (values ('A', 1.0), ('B', -2.0)) as b (symbol, change)"
    (bar,) = draw(empty, panel("barchart", sql, options={"orientation": orientation})).traces("bar")
    labels, values = ("x", "y") if orientation == "vertical" else ("y", "x")
    assert (bar[labels], bar[values]) == (["A", "B"], [1, -2])


def test_big_numbers_are_reduced_named_and_coloured(empty: str) -> None:
    sql = "select * from (values (1, 9.0, 'x'), (2, 4.5, 'y'), (null, null, 'z')) as s (a, b, c)"
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 2}]
    styles = config(override("b", unit="percent", decimals=1), thresholds={"steps": steps})
    tiles = panel("stat", sql, fieldConfig=styles)
    assert "a 2 b 4.5%" in draw(empty, tiles).text
    assert draw(empty, tiles).body.count("color:#73bf69") == 2
    greatest = tiles | {"options": {"reduceOptions": {"calcs": ["max"], "fields": "/^b$/"}}}
    assert "9.0%" in draw(empty, greatest).text
    each = tiles | {"options": {"reduceOptions": {"values": True, "fields": "b"}}}
    assert "x 9.0% y 4.5%" in draw(empty, each).text


def test_a_sign_can_follow_its_number_and_zeros_are_kept(empty: str) -> None:
    styles = config(unit="currency:financial: pts:suffix", decimals=2)
    page = draw(empty, panel("table", "select 24887.9 as a, -1.5 as b", fieldConfig=styles))
    assert page.cells[1] == ["24,887.90 pts", "-1.50 pts"]


def test_a_table_as_its_columns_are_styled(empty: str) -> None:
    sql = "select * from (values ('A', 1.234, 5, 'no'), ('B', -2.0, 7, 'no'), ('C', null, 6, 'no')) as t (s, x, n, h)"
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 0}]
    styles = config(
        override("s", displayName="Symbol"),
        override(
            "x", unit="percent", decimals=2, custom__cellOptions={"type": "color-text"}, thresholds={"steps": steps}
        ),
        override("h", custom__hideFrom={"viz": True}),
        noValue="—",
    )
    page = draw(
        empty, panel("table", sql, fieldConfig=styles, options={"sortBy": [{"displayName": "x", "desc": True}]})
    )
    assert page.cells == [["Symbol", "x", "n"], ["A", "1.23%", "5"], ["B", "-2.00%", "7"], ["C", "—", "6"]]
    assert re.findall(r'style="color:(#\w+)">([^<]*)<', page.body) == [("#73bf69", "1.23%"), ("#f2495c", "-2.00%")]


def test_columns_are_organized_and_other_transformations_are_named(empty: str) -> None:
    organize = {
        "indexByName": {"b": 0, "a": 1},
        "renameByName": {"b": "first"},
        "excludeByName": {"c": True},
    }
    transformations = [{"id": "organize", "options": organize}, {"id": "joinByField", "options": {}}]
    page = draw(empty, panel("table", "select 1 as a, 2 as b, 3 as c", transformations=transformations))
    assert page.cells == [["first", "a"], ["2", "1"]]
    assert "without the transformation joinByField" in page.text


def test_a_table_is_transposed_before_its_columns_are_styled(empty: str) -> None:
    sql = "select * from (values ('RSI', 1.0, 2.0), ('ADX', null, 4.0)) as t (indicator, \"1m\", \"5m\")"
    transpose = {"id": "transpose", "options": {"firstFieldName": "Timeframe"}}
    styles = config(override("ADX", displayName="Strength", decimals=2, noValue="—"))
    page = draw(empty, panel("table", sql, transformations=[transpose], fieldConfig=styles))
    assert page.cells == [["Timeframe", "RSI", "Strength"], ["1m", "1", "—"], ["5m", "2", "4.00"]]
    nothing = draw(empty, panel("table", f"{sql} where false", transformations=[transpose]))
    assert "No data" in nothing.text


def test_a_column_is_as_wide_as_it_is_asked_to_be_and_the_others_share_the_rest(empty: str) -> None:
    styles = config(override("a", custom__width=100), override("b", custom__minWidth=60))
    page = draw(
        empty, panel("table", "select 1 as a, 2 as b, 3 as c", fieldConfig=styles, options={"cellHeight": "lg"})
    )
    assert '<table style="min-width:400px;--row:48px">' in page.body
    assert re.findall(r"<col([^>]*)>", page.body)[1:] == [' style="width:100px"', "", ""]


def test_a_long_table_says_how_much_it_leaves_out(empty: str) -> None:
    page = draw(empty, panel("table", "select generate_series(1, 1234) as n"))
    assert len(page.cells) == 501
    assert "The first 500 of 1,234 rows." in page.text


def test_an_empty_panel_says_what_its_json_says(empty: str) -> None:
    nothing = "select 1 as a where false"
    page = draw(empty, panel("table", nothing, fieldConfig=config(noValue="no trades yet")), panel("stat", nothing))
    assert "no trades yet" in page.text
    assert "No data" in page.text


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select no_such_column", 'column "no_such_column" does not exist'),
        ("select 1 / 0", "division by zero"),
        ("select $__nothing(x)", 'unknown macro "__nothing"'),
        ("select '$v'", "bare variable $v"),
        ("select timestamptz 'infinity' as time", "infinity"),
        ("insert into meta.settings values ('a', 'b')", "syntax error"),
        ("select 1; delete from meta.settings", "cannot insert multiple commands"),
        ("select nextval('ledger.made_up')", "does not exist"),
    ],
)
def test_an_error_is_a_sentence_in_its_panel_and_the_others_are_drawn(empty: str, sql: str, said: str) -> None:
    page = draw(empty, panel("table", sql), panel("table", "select 'still here' as text"))
    assert said in page.text
    assert "still here" in page.text
    assert "Traceback" not in page.html


def test_a_query_that_takes_too_long_is_stopped(empty: str) -> None:
    shorter = "select set_config('statement_timeout', '50ms', false)"
    page = draw(empty, panel("table", shorter), panel("table", "select pg_sleep(20)"))
    assert "The query took longer than 30 s." in page.text


def test_the_reader_is_the_dashboards_role_and_cannot_write(empty: str) -> None:
    who = "select current_user as who, current_setting('transaction_read_only') as read_only"
    assert draw(empty, panel("table", who)).cells[1] == ["bhav_read", "on"]


HOSTILE = [
    "'; drop table meta.settings; --",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "${v:raw} $__timeFrom",
    "\\' or 1 = 1 --",
    "a' || version() || '",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_is_a_value_in_sql_and_text_on_the_page(empty: str, hostile: str) -> None:
    variable = {"type": "textbox", "name": "v", "query": ""}
    page = draw(
        empty,
        panel("table", "select ${v:sqlstring} as text", title="Of ${v}", description="About $v"),
        panel("barchart", "select ${v:sqlstring} as text, 1 as ${v:doublequote}"),
        panel("timeseries", "select $__timeFrom()::timestamptz as time, 1 as ${v:doublequote}"),
        variables=[variable],
        chosen=[f"v={hostile}"],
    )
    assert page.cells[1] == [hostile.replace('"', '\\"')]
    assert f"Of {' '.join(hostile.split())}" in page.text
    assert not re.search(r"<script>alert|<img", page.html[: page.html.index("<script>")])
    assert page.html.count("<script>") == 2
    with psycopg.connect(empty) as connection:
        assert connection.execute("select count(*) > 0 from meta.settings").fetchone() == (True,)


def test_a_macro_in_a_value_breaks_its_panel_only(empty: str) -> None:
    """Grafana expands macros in values too: what comes of it is an error, and never runs as SQL of the value's."""
    variable = {"type": "textbox", "name": "v", "query": ""}
    for value in ("$__timeFrom(), (select version())", "$__timeFilter(version()", "$__made_up(1)"):
        page = draw(empty, panel("table", "select ${v:sqlstring} as a"), variables=[variable], chosen=[f"v={value}"])
        assert 'class="message error"' in page.body
        assert page.cells == []


def test_what_marks_up_in_the_json_and_the_data_is_text(empty: str) -> None:
    tag = "<b>bold</b>"
    page = draw(
        empty,
        panel("table", f"select '{tag}' as \"{tag}\"", title=tag, description=tag),
        panel("stat", f'select 1 as "{tag}"', options={"textMode": "value_and_name"}),
        panel("text", options={"content": tag}),
        title=tag,
    )
    assert tag not in page.body
    assert page.cells == [[tag], [tag]]


def test_the_grid_is_that_of_the_json_and_a_collapsed_row_is_open(empty: str) -> None:
    inner = panel("table", "select 1 as a", gridPos={"x": 12, "y": 5, "w": 6, "h": 3})
    row = {"type": "row", "title": "Details", "collapsed": True, "panels": [inner]}
    page = draw(
        empty,
        panel("table", "select 1 as a", gridPos={"x": 0, "y": 0, "w": 24, "h": 4}),
        row | {"gridPos": {"x": 0, "y": 4, "w": 24, "h": 1}},
        panel("table", "select 1 as a", gridPos={"x": 0, "y": 5, "w": 8, "h": 2}),
    )
    assert re.findall(r"grid-area:([^\"]+)", page.body) == [
        "1 / 1 / span 4 / span 24",
        "5 / 1 / span 1 / span 24",
        "6 / 13 / span 3 / span 6",
        "9 / 1 / span 2 / span 8",
    ]
    assert "Details" in page.text


def test_annotations_are_marked_on_charts_over_time(empty: str) -> None:
    sql = "select timestamptz '2026-08-03 11:00+05:30' as time, 'halted <now>' as text"
    annotation = {"name": "Halts", "iconColor": "red", "target": {"rawSql": sql, "refId": "Anno"}}
    page = draw(empty, panel("timeseries", CANDLES), annotations={"list": [annotation]})
    (marks,) = [trace for trace in page.traces("scatter") if trace["name"] == "Halts"]
    assert [time[:16] for time in marks["x"]] == ["2026-08-03 11:00"]
    assert marks["customdata"] == ["halted &lt;now&gt;"]
    (line,) = page.charts[0]["layout"]["shapes"]
    assert (line["type"], line["x0"]) == ("line", line["x1"])


def test_a_range_of_an_annotation_is_shaded(empty: str) -> None:
    sql = (
        "select timestamptz '2026-08-03 11:00+05:30' as time, timestamptz '2026-08-03 11:20+05:30' as timeend,"
        " '20 min missing' as text"
    )
    annotation = {"name": "Gaps", "iconColor": "red", "target": {"rawSql": sql, "refId": "Anno"}}
    page = draw(empty, panel("candlestick", CANDLES), annotations={"list": [annotation]})
    shapes = page.charts[0]["layout"]["shapes"]
    assert [(shape["type"], shape["x0"][11:16], shape["x1"][11:16]) for shape in shapes] == [
        ("line", "11:00", "11:00"),
        ("line", "11:20", "11:20"),
        ("rect", "11:00", "11:20"),
    ]
    assert shapes[2]["layer"] == "below", "candles stay readable"


def test_a_matrix_has_a_row_and_a_column_for_each_text(empty: str) -> None:
    sql = "select * from (values ('A', 'Mon', 1.0), ('A', 'Tue', null), ('B', 'Tue', 3.0)) as m (symbol, day, value)"
    options = {"columnField": "day", "rowField": "symbol", "valueField": "value", "emptyValue": "null"}
    page = draw(empty, panel("table", sql, transformations=[{"id": "groupingToMatrix", "options": options}]))
    assert page.cells == [["symbol\\day", "Mon", "Tue"], ["A", "1", ""], ["B", "", "3"]]


def test_the_page_says_that_it_is_a_preview_and_needs_nothing_else(empty: str) -> None:
    hidden = custom("hidden", "x", "x", hide=2)
    page = draw(empty, panel("table", "select 1 as a"), variables=[custom("tf", "1m,5m", "5m"), hidden])
    assert page.text.startswith("Preview, not Grafana.")
    assert "Range Mon 03 Aug 2026 09:15 to Mon 03 Aug 2026 15:30 tf 5m" in page.text
    assert "hidden" not in page.text
    head = page.html[: page.html.index("<script>")]
    assert "default-src 'none'" in head
    assert not re.search(r"""(?:src|href)=["']?(?!x)""", head)
    assert page.html.count("plotly.js v") == 1


def test_variables_as_chosen_as_the_json_says_and_as_the_database_has_them(traded: str) -> None:
    symbols = "select symbol as __text, symbol as __value from market.instruments order by id"
    current = {"value": "NSE:NOT_HERE"}
    instrument = {"type": "query", "name": "instrument", "query": symbols, "current": current}
    many = custom("overlays", "a, b : c, d", ["a", "c", "gone"], multi=True)
    everything = custom("all", "x,y", "$__all", includeAll=True, multi=True)
    sql = "select ${instrument:sqlstring} as i, concat(${overlays:sqlstring}) as o, concat(${all:sqlstring}) as a"
    asked: dict[str, Any] = {"variables": [instrument, many, everything]}
    with psycopg.connect(traded) as connection:
        busiest = connection.execute(
            "select i.symbol from candles_1d as c inner join market.instruments as i on i.id = c.instrument_id"
            " where i.kind = 'equity' order by c.turnover desc limit 1"
        ).fetchone()
    assert busiest
    assert draw(traded, panel("table", sql), **asked).cells[1] == [busiest[0], "ac", "xy"]
    current["value"] = "NSE:INFY"
    assert draw(traded, panel("table", sql), **asked).cells[1][0] == "NSE:INFY"
    chosen = ["instrument=NSE:SBIN", "overlays=d", "overlays=a"]
    page = draw(traded, panel("table", sql, title="${instrument}: $overlays"), **asked, chosen=chosen)
    assert page.cells[1] == ["NSE:SBIN", "da", "xy"]
    assert "NSE:SBIN: d + a" in page.text


@pytest.mark.parametrize(
    ("chosen", "said"),
    [(["x=1"], "no variable x"), (["one"], "not a variable and its value"), (["one=1", "one=2"], "takes one value")],
)
def test_a_choice_that_makes_no_sense(empty: str, chosen: list[str], said: str) -> None:
    with pytest.raises(BhavError, match=said):
        draw(empty, variables=[custom("one", "1,2", "1")], chosen=chosen)


def test_the_range_is_the_newest_session_or_counts_from_the_market_clock(traded: str) -> None:
    sql = "select $__timeFrom()::timestamptz as since, $__timeTo()::timestamptz as until"
    with psycopg.connect(traded) as connection:
        (now,) = connection.execute("select meta.now()").fetchone() or (None,)
    assert now

    def shown(
        since: str | None = None, until: str | None = None, *, on_market_clock: bool = True, one_session: bool = True
    ) -> list[datetime]:
        dashboard = board(panel("table", sql), time={"from": "now-3h", "to": "now"})
        page = preview(
            traded, dashboard, since=since, until=until, on_market_clock=on_market_clock, one_session=one_session
        )
        cells = Page(page).cells[1]
        return [datetime.fromisoformat(cell).replace(tzinfo=IST) for cell in cells]

    session = now.astimezone(IST).replace(hour=9, minute=15, second=0, microsecond=0)
    assert shown() == [session, session.replace(hour=15, minute=30)]
    now = now.replace(microsecond=0)
    assert shown("now-1d", "now") == [now - timedelta(days=1), now]
    before = datetime.now(IST).replace(microsecond=0)
    assert shown(one_session=False) == [now - timedelta(hours=3), now]
    since, until = shown(on_market_clock=False, one_session=False)
    assert before <= until <= datetime.now(IST)
    assert until - since == timedelta(hours=3)
    with pytest.raises(BhavError, match="ends before it starts"):
        shown("now", "now-1d")
    with pytest.raises(BhavError, match="not a time"):
        shown("yesterday")


def test_a_dashboard_that_is_not_there_or_none(empty: str, tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text('{"apiVersion": "dashboard.grafana.app/v2"}')
    for name, said in (
        ("nothing", "no dashboard nothing"),
        ("nothing.json", "cannot be read"),
        ("broken.json", "cannot be read"),
        ("other.json", "not a dashboard of the classic schema"),
    ):
        with pytest.raises(BhavError, match=said):
            previews.write(empty, str(tmp_path / name) if name.endswith("json") else name, out)
    assert not out.exists()


@pytest.mark.parametrize("name", sorted(listed()))
def test_every_dashboard_is_drawn_with_data_and_without(traded: str, empty: str, name: str, tmp_path: Path) -> None:
    for url in (traded, empty):
        previews.write(url, name, tmp_path / "page.html")
        page = Page((tmp_path / "page.html").read_text())
        assert 'class="message error"' not in page.body, page.text
        assert "shown as a table" not in page.text
