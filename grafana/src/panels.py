"""One constructor per kind of panel, with the defaults of the house.

Each takes a title, a sentence of description and one line of SQL; `fields` says how columns or series look. Panels flow
from left to right in a grid of 24 columns: `width` and `height` are in its cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from grafana_foundation_sdk.builders import candlestick, stat, table, timeseries, trend
from grafana_foundation_sdk.builders.candlestick import CandlestickColors, CandlestickFieldMap
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    ScaleDistributionConfig,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models.candlestick import CandleStyle, ColorStrategy, VizDisplayMode
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    ScaleDistribution,
    SortOrder,
    StackingMode,
    TableCellHeight,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import FieldColorModeId, ThresholdsMode

from grafana.src import fields
from grafana.src.postgres import SOURCE, Query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grafana.src.fields import Style

Panel = TypeVar("Panel", candlestick.Panel, stat.Panel, table.Panel, timeseries.Panel, trend.Panel)
Chart = TypeVar("Chart", candlestick.Panel, timeseries.Panel, trend.Panel)

AXIS_WIDTH = 80
"""Pixels, the same in every chart: so that charts above each other share their time axis."""
COLUMN_WIDTH = 60
"""Pixels that a column of a table has at least: Grafana's own 150 makes most tables wider than their panels."""
POINTS_AT_MOST = 20_000
FEW = 5
"""A scale of counts reaches so far at least: of none at all it would be marked with parts of one."""
NO_CANDLES = "no candles in this range: outside trading hours choose a longer one"

CANDLE_STYLES: dict[str, Style] = {
    "volume": fields.number("Volume") + fields.no_axis(),
    "ema_20": fields.text("EMA 20") + fields.line("yellow", 1),
    "ema_50": fields.text("EMA 50") + fields.line("orange", 1),
    "vwap": fields.text("VWAP") + fields.line("purple", 1.5),
    "bb_upper": fields.text("Bollinger upper") + fields.band_to("Bollinger lower", "light-blue", edge=1, opacity=8),
    "bb_middle": fields.text("Bollinger middle") + fields.line("light-blue", 1, dashes=(6, 6)),
    "bb_lower": fields.text("Bollinger lower") + fields.line("light-blue", 1),
    "supertrend": fields.text("Supertrend") + fields.line("super-light-orange", 2),
}


def stats(
    title: str,
    description: str,
    sql: str,
    *,
    width: int,
    height: int,
    empty: str,
    unit: str = fields.COUNT,
    decimals: int | None = None,
    styles: Mapping[str, Style] | None = None,
    series: bool = False,
) -> stat.Panel:
    """Return big numbers: a tile per numeric column of one row, or per series, that one with its line behind."""
    panel = _house(
        stat.Panel(),
        title,
        description,
        Query(sql, series=series),
        width=width,
        height=height,
        empty=empty,
        unit=unit,
        styles=styles,
    )
    if decimals is not None:
        panel.decimals(decimals)
    return (
        panel.color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA if series else BigValueGraphMode.NONE)
        .text_mode(BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .color_scheme(FieldColor().mode(FieldColorModeId.FIXED).fixed_color(fields.BLUE if series else fields.GREY))
    )


def rows(
    title: str,
    description: str,
    sql: str,
    *,
    width: int,
    height: int,
    empty: str,
    styles: Mapping[str, Style],
    unit: str = fields.COUNT,
) -> table.Panel:
    """Return a table, in the order of the query."""
    panel = _house(
        table.Panel(), title, description, Query(sql), width=width, height=height, empty=empty, unit=unit, styles=styles
    )
    return panel.cell_height(TableCellHeight.SM).show_header(True).min_width(COLUMN_WIDTH)


def lines(
    title: str,
    description: str,
    sql: str,
    *,
    width: int,
    height: int,
    empty: str,
    unit: str,
    decimals: int | None = None,
    styles: Mapping[str, Style] | None = None,
    series: bool = False,
    levels: tuple[tuple[float | None, str], ...] = (),
) -> timeseries.Panel:
    """Return lines over time: one per numeric column, or per series. `levels` are drawn across."""
    panel = _house(
        timeseries.Panel(),
        title,
        description,
        Query(sql, series=series),
        width=width,
        height=height,
        empty=empty,
        unit=unit,
        styles=styles,
    )
    if decimals is not None:
        panel.decimals(decimals)
    if levels:
        panel.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(fields.steps(*levels)))
        panel.thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    return _chart(panel).line_width(1.5).show_points(VisibilityMode.NEVER)


def stacked_bars(
    title: str,
    description: str,
    sql: str,
    *,
    width: int,
    height: int,
    empty: str,
    unit: str = fields.COUNT,
    styles: Mapping[str, Style] | None = None,
    series: bool = True,
) -> timeseries.Panel:
    """Return bars of counts over time, on top of each other: a colour per series, or per numeric column."""
    panel = lines(
        title, description, sql, width=width, height=height, empty=empty, unit=unit, styles=styles, series=series
    )
    return (
        panel.draw_style(GraphDrawStyle.BARS)
        .fill_opacity(80)
        .line_width(0)
        .stacking(StackingConfig().mode(StackingMode.NORMAL).group("A"))
        .min(0)
        .axis_soft_max(FEW)
    )


def candles(
    title: str,
    description: str,
    sql: str,
    *,
    width: int,
    height: int,
    empty: str = NO_CANDLES,
    unit: str = fields.RUPEES,
    last: str | None = None,
) -> candlestick.Panel:
    """Return candles with volume from time, open, high, low, close, volume; further columns are lines over them.

    `last`: show this long before now, whatever the dashboard's range.
    """
    panel = _house(
        candlestick.Panel(),
        title,
        description,
        Query(sql),
        width=width,
        height=height,
        empty=empty,
        unit=unit,
        styles=CANDLE_STYLES,
    )
    if last:
        panel.time_from(last)
    return (
        _chart(panel)
        .decimals(2)
        .mode(VizDisplayMode.CANDLES_VOLUME)
        .candle_style(CandleStyle.CANDLES)
        .color_strategy(ColorStrategy.OPEN_CLOSE)
        .fields(CandlestickFieldMap().open("open").high("high").low("low").close("close").volume("volume"))
        .colors(CandlestickColors().up(fields.GREEN).down(fields.RED).flat("gray"))
        .include_all_fields(True)
        .line_width(1)
    )


def packed(title: str, description: str, sql: str, *, width: int, height: int, empty: str = NO_CANDLES) -> trend.Panel:
    """Return closes in the band from low to high over the number of the bar: sessions without the nights between."""
    styles = {
        "bar": fields.text("Bar"),
        "close": fields.text("Close") + fields.line(fields.BLUE, 1.5),
        "high": fields.text("High") + fields.band_to("Low", "light-blue", edge=0, opacity=35),
        "low": fields.text("Low") + fields.line("light-blue", 0),
        "open": fields.text("Open") + fields.unseen(),
        "volume": fields.number("Volume") + fields.unseen(),
    }
    panel = _house(
        trend.Panel(),
        title,
        description,
        Query(sql),
        width=width,
        height=height,
        empty=empty,
        unit=fields.RUPEES,
        styles=styles,
    )
    return _chart(panel).decimals(2).x_field("bar").show_points(VisibilityMode.NEVER)


def _house(
    panel: Panel,
    title: str,
    description: str,
    query: Query,
    *,
    width: int,
    height: int,
    empty: str,
    unit: str,
    styles: Mapping[str, Style] | None,
) -> Panel:
    panel.title(title).description(description).span(width).height(height)
    panel.datasource(SOURCE).with_target(query).max_data_points(POINTS_AT_MOST)
    panel.unit(unit).no_value(empty).override_by_regexp(".*", fields.missing("—"))
    for name, style in (styles or {}).items():
        panel.override_by_name(name, style)
    return panel


def _chart(panel: Chart) -> Chart:
    panel.legend(
        VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True)
    )
    panel.tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.NONE))
    panel.scale_distribution(ScaleDistributionConfig().type(ScaleDistribution.LINEAR))
    return panel.axis_width(AXIS_WIDTH).span_nulls(False)
