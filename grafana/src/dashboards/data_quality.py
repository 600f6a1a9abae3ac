"""Data quality: what is missing, what is done about it, and how the feed delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import DataTransformerConfig

from grafana.src import fields, variables
from grafana.src.board import RANGE, board
from grafana.src.panels import lines, rows, stacked_bars

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders import table
    from grafana_foundation_sdk.models.dashboard import Dashboard

NOTHING_TRADED = "no followed instrument has traded in this range"


def build() -> Dashboard:
    return board(
        "bhav-data-quality",
        "Data quality",
        "What candles of the followed instruments lack, how it is filled, and what the feed brought.",
        last="7d",
        refresh="30s",
        variables=[variables.instrument(hidden=True), variables.timeframe(hidden=True)],
        panels=[
            stacked_bars(
                "Missing and filled minutes",
                "Trading minutes of all followed instruments, by day: what is still missing, and what candles of a "
                "broker filled.",
                f"select q.time, q.missing_minutes, q.repaired_minutes from grafana.quality_days({RANGE}) as q",
                width=12,
                height=9,
                styles={
                    "missing_minutes": fields.text("Missing") + fields.line(fields.RED),
                    "repaired_minutes": fields.text("Filled by the broker") + fields.line(fields.BLUE),
                },
                series=False,
                empty=NOTHING_TRADED,
            ),
            lines(
                "Completeness and feed uptime",
                "Of the trading time of all followed instruments, by day: how much is complete, and in how much a "
                "connection carried them. What lies between was filled.",
                f"select q.time, q.completeness, q.feed_uptime from grafana.quality_days({RANGE}) as q",
                width=12,
                height=9,
                unit=fields.PERCENT,
                decimals=2,
                styles={
                    "completeness": fields.text("Complete") + fields.line(fields.GREEN),
                    "feed_uptime": fields.text("Feed uptime") + fields.line(fields.BLUE),
                },
                empty=NOTHING_TRADED,
            ).max(100),
            completeness(),
            rows(
                "Gaps",
                "The newest gaps, as far back as ticks are kept: whom they concern, when, and what became of them.",
                f"select * from grafana.gap_table({RANGE})",
                width=14,
                height=14,
                styles={
                    "symbol": fields.symbol(190),
                    "instruments": fields.number("Instruments", fields.WHOLE, 0),
                    "starts_at": fields.time("From", fields.BAR, 110),
                    "ends_at": fields.time("To", fields.BAR, 110),
                    "minutes": fields.number("Minutes", fields.WHOLE, 0),
                    "status": fields.text("Status", 90)
                    + fields.states(
                        open=fields.RED,
                        queued=fields.AMBER,
                        running=fields.BLUE,
                        failed=fields.RED,
                        unanswered=fields.AMBER,
                    ),
                    "error": fields.text("Error"),
                    "requested_at": fields.time("Asked at", width=130),
                },
                empty="no gap in this range",
            ),
            rows(
                "Backfill queue",
                "Requests to brokers that are not finished, and those that finished in the range, by the fault of the "
                "last call; ETA: the least that the waiting ones take at the broker's rate.",
                f"select * from grafana.backfill_queue({RANGE})",
                width=14,
                height=8,
                styles={
                    "broker": fields.text("Broker", 90),
                    "fault": fields.text("Fault", 90),
                    "waiting": fields.number("Waiting", fields.WHOLE, 0),
                    "running": fields.number("Running", fields.WHOLE, 0),
                    "done": fields.number("Done", fields.WHOLE, 0),
                    "failed": fields.number("Failed", fields.WHOLE, 0)
                    + fields.coloured((None, fields.GREY), (1, fields.RED)),
                    "oldest": fields.time("Oldest waits since", width=150),
                    "eta_seconds": fields.number("ETA", fields.SECONDS, 0),
                },
                empty="nothing waits, and nothing was asked in this range",
            ),
            stacked_bars(
                "Requests finished",
                "Requests to brokers that were done, or failed for good.",
                f"select * from grafana.backfill_progress({RANGE})",
                width=10,
                height=8,
                styles={
                    "done": fields.text("Done") + fields.line(fields.GREEN),
                    "failed": fields.text("Failed") + fields.line(fields.RED),
                },
                empty="no request finished in this range",
            ),
            rows(
                "Latest requests",
                "What brokers were asked for in this range, by the scan, a chart or a user, how many candles were "
                "stored, and how many of the answer were rejected and why.",
                f"select * from grafana.backfill_requests({RANGE})",
                width=24,
                height=11,
                styles={
                    "requested_at": fields.time("Asked at", width=130),
                    "symbol": fields.symbol(190),
                    "timeframe": fields.text("Candles", 80),
                    "starts_at": fields.time("From", fields.BAR, 110),
                    "ends_at": fields.time("To", fields.BAR, 110),
                    "asked_by": fields.text("By", 70),
                    "broker": fields.text("Broker", 80),
                    "status": fields.text("Status", 80)
                    + fields.states(queued=fields.AMBER, running=fields.BLUE, done=fields.GREEN, failed=fields.RED),
                    "attempts": fields.number("Attempts", fields.WHOLE, 0),
                    "candles": fields.number("Stored", fields.WHOLE, 0),
                    "rejected": fields.text("Rejected"),
                    "error": fields.text("Error"),
                    "finished_at": fields.time("Finished", width=130),
                },
                empty="no broker was asked in this range",
            ),
            stacked_bars(
                "Late, duplicate and rejected ticks",
                "Ticks of all instruments that were no plain rows, by the day they came.",
                f"select * from grafana.tick_counts_by_day({RANGE})",
                width=10,
                height=10,
                empty="every tick of this range was in order",
            ),
            rows(
                "Late, duplicate and rejected ticks by instrument",
                "The instruments and days with the most ticks that were no plain rows. Falls: of the day's volume "
                "counter; off hours: outside the session.",
                f"select * from grafana.tick_counts({RANGE})",
                width=14,
                height=10,
                styles={
                    "symbol": fields.symbol(190),
                    "day": fields.time("Day", fields.DAY, 110),
                    "late": fields.number("Late", fields.WHOLE, 0),
                    "duplicates": fields.number("Duplicates", fields.WHOLE, 0),
                    "volume_falls": fields.number("Falls", fields.WHOLE, 0),
                    "offsession": fields.number("Off hours", fields.WHOLE, 0),
                    "rejected": fields.number("Rejected", fields.WHOLE, 0),
                    "reasons": fields.text("Reasons", 200),
                },
                empty="every tick of this range was in order",
            ),
        ],
    )


def completeness() -> table.Panel:
    """Return a row for each instrument and a column for each day."""
    columns, first = "day", "symbol"
    panel = rows(
        "Completeness by instrument",
        "Of each day's trading time so far, how much is complete: the instruments that lack most, worst first.",
        f"select * from grafana.completeness({RANGE})",
        width=10,
        height=14,
        styles={rf"{first}\{columns}": fields.symbol(190)},
        unit=fields.PERCENT,
        empty=NOTHING_TRADED,
    )
    matrix = {"columnField": columns, "rowField": first, "valueField": "completeness", "emptyValue": "null"}
    return panel.override_by_field_type("number", fields.complete()).with_transformation(
        DataTransformerConfig("groupingToMatrix", options=matrix)
    )
