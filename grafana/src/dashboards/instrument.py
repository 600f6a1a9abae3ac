"""One instrument: its candles with what a trader draws over and under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders.common import ReduceDataOptions

from grafana.src import fields, variables
from grafana.src.board import RANGE, board
from grafana.src.panels import candles, lines, packed, rows, stats

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

LEVELS = (
    {f"r{nth}": (f"R{nth}", fields.RED) for nth in (1, 2, 3)}
    | {f"s{nth}": (f"S{nth}", fields.GREEN) for nth in (1, 2, 3)}
    | {"pivot": ("Pivot", fields.AMBER), "last": ("Last", fields.BLUE)}
    | {level: (level.capitalize(), fields.GREY) for level in ("open", "high", "low")}
    | {f"yesterday's {level}": (f"Yesterday's {level}", fields.GREY) for level in ("high", "low", "close")}
)
BARS = f"${{instrument:sqlstring}}, ${{timeframe:sqlstring}}, {RANGE}"


def indicator(indicator_id: str) -> str:
    return (
        "select * from grafana.indicator(${instrument:sqlstring}, ${timeframe:sqlstring},"
        f" '{indicator_id}', {RANGE})"
    )


def build() -> Dashboard:
    return board(
        "bhav-instrument",
        "Instrument",
        "Candles, indicators, levels, depth and open interest of one instrument.",
        last="5d",
        refresh="5s",
        variables=[variables.instrument(), variables.timeframe(), variables.overlays()],
        annotations=[("Gaps", f"select * from grafana.gap_annotations({BARS})")],
        panels=[
            stats(
                "${instrument}",
                "The newest trading day: last price, change from the close of the day before, range, volume.",
                "select * from grafana.quote(${instrument:sqlstring})",
                width=24,
                height=4,
                unit=fields.RUPEES,
                decimals=2,
                styles={
                    "last": fields.text("Last"),
                    "change": fields.text("Change") + fields.by_value(*fields.SIGNS),
                    "change_percent": fields.percent("Change %") + fields.by_value(*fields.SIGNS),
                    "open": fields.text("Open"),
                    "high": fields.text("High"),
                    "low": fields.text("Low"),
                    "previous_close": fields.text("Previous close"),
                    "volume": fields.number("Volume", fields.WHOLE, 0),
                    "vwap": fields.text("VWAP"),
                    "open_interest": fields.number("Open interest", fields.WHOLE, 0),
                },
                empty="this instrument has not traded yet",
            ),
            candles(
                "${instrument} · ${timeframe}",
                "Candles with volume and the chosen overlays; the timeframe auto widens the bar with the range.",
                f"select * from grafana.candles({BARS}, array[${{overlays:sqlstring}}]::text[])",
                width=18,
                height=16,
            ),
            rows(
                "Levels",
                "Prices to watch: the day's, yesterday's, and the floor pivots made of yesterday; highest first.",
                "select * from grafana.levels(${instrument:sqlstring})",
                width=6,
                height=16,
                styles={
                    "level": fields.text("Level") + fields.words(LEVELS),
                    "price": fields.price("Price"),
                },
                empty="no trading day to take levels from",
            ),
            lines(
                "RSI 14",
                "Relative strength index of 14 bars; above 70 overbought, below 30 oversold.",
                indicator("RSI_14"),
                width=18,
                height=7,
                unit=fields.COUNT,
                decimals=1,
                styles={"rsi": fields.text("RSI") + fields.line("purple", 1.5)},
                series=True,
                levels=((None, fields.CLEAR), (30, fields.GREEN), (70, fields.RED)),
                empty="too few candles in and before this range",
            )
            .min(0)
            .max(100),
            stats(
                "Depth",
                "The best bid and offer of the newest tick.",
                "select d.bid_price, d.ask_price, d.spread, d.bid_qty, d.ask_qty, d.time"
                " from grafana.depth(${instrument:sqlstring}) as d",
                width=6,
                height=7,
                styles={
                    "bid_price": fields.price("Bid") + fields.line(fields.GREEN),
                    "ask_price": fields.price("Ask") + fields.line(fields.RED),
                    "spread": fields.price("Spread"),
                    "bid_qty": fields.number("Bid qty", fields.WHOLE),
                    "ask_qty": fields.number("Ask qty", fields.WHOLE),
                    "time": fields.time("Tick", fields.CLOCK),
                },
                empty="no tick with a bid or an offer",
            ).reduce_options(ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("/.*/")),
            lines(
                "MACD 12, 26, 9",
                "Moving average convergence/divergence with its signal; the histogram is their difference.",
                indicator("MACD_12_26_9"),
                width=18,
                height=8,
                unit=fields.COUNT,
                decimals=2,
                styles={
                    "macd": fields.text("MACD") + fields.line("blue", 1.5),
                    "signal": fields.text("Signal") + fields.line("orange", 1.5),
                    "histogram": fields.text("Histogram") + fields.bars_up_down(),
                },
                series=True,
                empty="too few candles in and before this range",
            ),
            lines(
                "Open interest",
                "Open contracts at the end of each bar (line), and their change from the bar before (bars).",
                f"select * from grafana.open_interest({BARS})",
                width=6,
                height=8,
                unit=fields.COUNT,
                styles={
                    "open_interest": fields.text("Open interest") + fields.line("yellow", 1.5),
                    "change": fields.text("Change") + fields.bars_up_down() + fields.right_axis("Change"),
                },
                empty="no open interest: not a future or an option, or no candles in this range",
            ).axis_width(60),
            packed(
                "${instrument} · sessions without nights",
                "Closes in the band from low to high, bar after bar: nights, weekends and holidays take no room.",
                f"select * from grafana.packed_candles({BARS})",
                width=24,
                height=10,
            ),
        ],
    )
