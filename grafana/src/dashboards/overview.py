"""Market overview: what moves, how broadly, and whether the numbers are fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.src import fields, variables
from grafana.src.board import board
from grafana.src.panels import rows, stats

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders import table
    from grafana_foundation_sdk.models.dashboard import Dashboard

NO_TRADES = "no instrument has traded yet"
MOVERS = {
    "symbol": fields.symbol(),
    "last": fields.price("Last"),
    "change_percent": fields.percent("Change %") + fields.heat(3),
    "volume": fields.number("Volume"),
}


def movers(title: str, description: str, direction: str, empty: str) -> table.Panel:
    return rows(
        title,
        description,
        f"select m.symbol, m.last, m.change_percent, m.volume from grafana.movers('{direction}', 8) as m",
        width=7,
        height=10,
        styles=MOVERS,
        empty=empty,
    )


def build() -> Dashboard:
    return board(
        "bhav-overview",
        "Market overview",
        "The newest trading day against the close of the day before.",
        last="5d",
        refresh="5s",
        variables=[variables.instrument(hidden=True), variables.timeframe(), variables.watch()],
        panels=[
            stats(
                "Index levels",
                "Closes of 5 minutes of every index over the time range, the newest in large.",
                "select * from grafana.index_lines($__timeFrom()::timestamptz, $__timeTo()::timestamptz)",
                width=10,
                height=5,
                unit=fields.POINTS,
                decimals=2,
                series=True,
                empty="no index candles in this range",
            ),
            stats(
                "Breadth",
                "Equities that stand above, below and at the close of the day before.",
                "select * from grafana.breadth()",
                width=7,
                height=5,
                styles={
                    "advances": fields.text("Advances") + fields.line(fields.GREEN),
                    "declines": fields.text("Declines") + fields.line(fields.RED),
                    "unchanged": fields.text("Unchanged"),
                },
                empty=NO_TRADES,
            ),
            stats(
                "Feed",
                "Age of the newest tick; instruments with a bar in this or the last minute, and the followed ones "
                "without, whose market is open.",
                "select seconds, ticking, silent from grafana.freshness()",
                width=7,
                height=5,
                styles={
                    "seconds": fields.number("Age", fields.SECONDS, 1),
                    "ticking": fields.text("Ticking") + fields.line(fields.GREEN),
                    "silent": fields.text("Silent") + fields.by_value((None, fields.GREEN), (1, fields.AMBER)),
                },
                empty="no tick yet",
            ),
            rows(
                "Indices",
                "Level, change from the close of the day before, and the day's range.",
                "select * from grafana.indices()",
                width=10,
                height=10,
                styles={
                    "symbol": fields.symbol(),
                    "last": fields.points("Last"),
                    "change": fields.points("Change") + fields.up_down(),
                    "change_percent": fields.percent("Change %") + fields.heat(1.5),
                    "low": fields.points("Low"),
                    "high": fields.points("High"),
                },
                empty="no index has traded yet",
            ),
            movers("Top gainers", "Equities that have risen most since the day before.", "up", "no equity is up"),
            movers("Top losers", "Equities that have fallen most since the day before.", "down", "no equity is down"),
            rows(
                "Volume spikes",
                "Volume of the newest closed bar against the mean of the 20 bars before it, on the chosen timeframe.",
                "select * from grafana.volume_spikes(grafana.timeframe(${timeframe:sqlstring},"
                " $__timeFrom()::timestamptz, $__timeTo()::timestamptz), 12)",
                width=10,
                height=14,
                styles={
                    "symbol": fields.symbol(190),
                    "time": fields.time("Bar", fields.BAR, 110),
                    "volume": fields.number("Volume"),
                    "usual_volume": fields.number("Usual"),
                    "ratio": fields.number("Times usual", decimals=2) + fields.bar("purple"),
                },
                empty="no closed bar with 20 before it",
            ),
            rows(
                "Heat",
                "Change in percent over the last 5 and 15 minutes, the last hour and the day: the equities with the "
                "greatest turnover.",
                "select * from grafana.heat(12)",
                width=7,
                height=14,
                styles={
                    "symbol": fields.symbol(),
                    "change_5m": fields.percent("5 min") + fields.heat(1),
                    "change_15m": fields.percent("15 min") + fields.heat(1.5),
                    "change_1h": fields.percent("1 hour") + fields.heat(2),
                    "change_day": fields.percent("Day") + fields.heat(3),
                },
                empty=NO_TRADES,
            ),
            rows(
                "Volatility",
                "The day's range in percent of the price against the usual one: the mean of up to 14 days before.",
                "select * from grafana.volatility(12)",
                width=7,
                height=14,
                styles={
                    "symbol": fields.symbol(190),
                    "day_range_percent": fields.percent("Day's range"),
                    "usual_range_percent": fields.percent("Usual range"),
                    "ratio": fields.number("Times usual", decimals=2) + fields.bar("orange"),
                },
                empty="no day before to compare with",
            ),
            rows(
                "Watch",
                "The chosen symbols on the newest trading day.",
                "select b.symbol, b.kind, b.last, b.change, b.change_percent, b.open, b.high, b.low, b.previous_close,"
                " b.volume, b.turnover / 1e7 as turnover"
                " from grafana.board(symbols => array[${watch:sqlstring}]::text[]) as b",
                width=24,
                height=9,
                styles={
                    "symbol": fields.symbol(190),
                    "kind": fields.text("Kind"),
                    "last": fields.price("Last"),
                    "change": fields.price("Change") + fields.up_down(),
                    "change_percent": fields.percent("Change %") + fields.heat(3),
                    "open": fields.price("Open"),
                    "high": fields.price("High"),
                    "low": fields.price("Low"),
                    "previous_close": fields.price("Previous close"),
                    "volume": fields.number("Volume"),
                    "turnover": fields.points("Turnover in crore ₹"),
                },
                empty="none of the chosen symbols has traded yet",
            ),
        ],
    )
