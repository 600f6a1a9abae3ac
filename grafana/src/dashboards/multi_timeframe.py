"""Multi-timeframe: the same instrument at five timeframes, each over a range of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import DataTransformerConfig

from grafana.src import fields, variables
from grafana.src.board import board
from grafana.src.panels import candles, rows

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders import candlestick, table
    from grafana_foundation_sdk.models.dashboard import Dashboard


def build() -> Dashboard:
    return board(
        "bhav-multi-timeframe",
        "Multi-timeframe",
        "One instrument at five timeframes, and what its indicators say on each.",
        last="5d",
        refresh="10s",
        variables=[variables.instrument(), variables.timeframe(hidden=True), variables.overlays()],
        panels=[
            matrix(),
            chart("1m", last="8h"),
            chart("5m", last="5d"),
            chart("15m", last="7d"),
            chart("1h", last="21d"),
            chart("1d", last="6M", width=24),
        ],
    )


def matrix() -> table.Panel:
    """Return a row for each timeframe and a column for each indicator: so that each has its own colours."""
    return rows(
        "Indicators",
        "At the newest bar of each timeframe. Green is up, red down; of RSI, stochastic and Bollinger green is "
        "oversold, red overbought; an ADX of 25 and above is a trend.",
        "select * from grafana.indicator_matrix(${instrument:sqlstring})",
        width=24,
        height=7,
        styles={
            "Timeframe": fields.text("Timeframe", 110),
            "RSI_14": fields.number("RSI 14", decimals=1) + oversold_overbought(30, 70),
            "STOCH_14_3_3 k": fields.number("Stochastic %K", decimals=1) + oversold_overbought(20, 80),
            "BBANDS_20_2 percent_b": fields.number("Bollinger %B", decimals=2) + oversold_overbought(0, 1),
            "MACD_12_26_9 histogram": fields.number("MACD histogram", decimals=2) + fields.up_down(),
            "SUPERTREND_10_3 direction": fields.number("Supertrend")
            + fields.words({"1": ("▲ up", fields.GREEN), "-1": ("▼ down", fields.RED)}),
            "close - EMA_20 in %": fields.percent("Close to EMA 20") + fields.up_down(),
            "close - EMA_50 in %": fields.percent("Close to EMA 50") + fields.up_down(),
            "ADX_14": fields.number("ADX 14", decimals=1) + fields.coloured((None, fields.GREY), (25, fields.BLUE)),
        },
        empty="too few candles for any indicator",
    ).with_transformation(DataTransformerConfig("transpose", options={"firstFieldName": "Timeframe"}))


def oversold_overbought(low: float, high: float) -> fields.Style:
    """Return the text of a cell, green below the lower bound and red from the upper one on."""
    return fields.coloured((None, fields.GREEN), (low, fields.GREY), (high, fields.RED))


def chart(timeframe: str, *, last: str, width: int = 12) -> candlestick.Panel:
    return candles(
        f"${{instrument}} · {timeframe}",
        f"Candles of {timeframe} with volume and the chosen overlays, over a range of their own.",
        f"select * from grafana.candles(${{instrument:sqlstring}}, '{timeframe}',"
        " $__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${overlays:sqlstring}]::text[], true)",
        width=width,
        height=11,
        last=last,
        empty=f"no candles of {timeframe} in the last {last}",
    )
