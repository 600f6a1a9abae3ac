"""Operations: is the feed alive, are candles fresh, do the jobs run, how large has it grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.src import fields, variables
from grafana.src.board import RANGE, board
from grafana.src.panels import lines, rows, stacked_bars, stats

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard


def build() -> Dashboard:
    return board(
        "bhav-operations",
        "Operations",
        "The daemon and the database: feed, ingest, jobs, storage.",
        last="6h",
        refresh="5s",
        variables=[variables.instrument(hidden=True), variables.timeframe(hidden=True)],
        annotations=[
            (
                "Job failures",
                f"select f.time, f.name || ': ' || f.error as text from grafana.job_failures({RANGE}) as f",
            )
        ],
        panels=[
            rows(
                "Feed",
                "Each source of ticks: its newest report, ticks of that day, what of its journal is not written yet.",
                "select * from grafana.feed_state()",
                width=24,
                height=4,
                styles={
                    "source": fields.text("Source"),
                    "state": fields.text("State")
                    + fields.states(live=fields.GREEN, silent=fields.RED, closed=fields.GREY),
                    "newest": fields.time("Newest report"),
                    "seconds": fields.number("Age", fields.SECONDS, 1),
                    "received": fields.number("Ticks received"),
                    "journal_segments": fields.number("Journal segments"),
                    "journal_bytes": fields.number("Journal", fields.BYTES),
                },
                empty="no feed has ever run",
            ),
            stats(
                "Instruments",
                "How many the watchlist comes to, how many the connections carry, how many they do not (down or beyond "
                "the limit), and for how long the access token is valid.",
                "select * from grafana.subscriptions()",
                width=8,
                height=6,
                styles={
                    "wanted": fields.text("Wanted"),
                    "carried": fields.text("Carried"),
                    "left_out": fields.text("Left out") + fields.coloured((None, fields.GREY), (1, fields.RED)),
                    "token_seconds": fields.number("Token", fields.SECONDS, 0)
                    + fields.coloured((None, fields.RED), (3600, fields.GREEN)),
                },
                empty="no feed has ever run",
            ),
            rows(
                "Connections",
                "Up or down since when and why, the age of the last message, and how often each came up again.",
                "select * from grafana.connections()",
                width=16,
                height=6,
                styles={
                    "connection": fields.text("Connection", 110),
                    "state": fields.text("State", 70) + fields.states(up=fields.GREEN, down=fields.RED),
                    "since": fields.time("Since", width=150),
                    "seconds": fields.number("Heard", fields.SECONDS, 0),
                    "instruments": fields.number("Instruments"),
                    "reconnects": fields.number("Reconnects"),
                    "reason": fields.text("Reason"),
                },
                empty="no feed has ever run",
            ),
            lines(
                "Ingest rate",
                "Ticks per second: received from the feed, written to the database, and what became of the others.",
                f"select * from grafana.ingest_rate({RANGE})",
                width=12,
                height=9,
                unit=fields.PER_SECOND,
                styles={
                    "received": fields.text("Received") + fields.line("blue"),
                    "written": fields.text("Written") + fields.line(fields.GREEN),
                    "duplicates": fields.text("Duplicates") + fields.line("purple"),
                    "late": fields.text("Late") + fields.line("yellow"),
                    "offsession": fields.text("Outside the session") + fields.line("light-blue"),
                    "dropped": fields.text("Dropped") + fields.line(fields.RED, 2),
                },
                empty="no tick was received in this range",
            ).min(0),
            lines(
                "From tick to candle",
                "Time from a tick's receipt to its commit, when it is in every candle: half, 95 % and 99 % are faster.",
                f"select * from grafana.latency({RANGE})",
                width=12,
                height=9,
                unit=fields.MILLISECONDS,
                styles={
                    "p50": fields.text("p50") + fields.line(fields.GREEN),
                    "p95": fields.text("p95") + fields.line("yellow"),
                    "p99": fields.text("p99") + fields.line(fields.RED),
                },
                levels=((None, fields.CLEAR), (1000, fields.RED)),
                empty="no tick was written in this range",
            ).min(0),
            stacked_bars(
                "Rejected ticks",
                "Ticks that were refused, by reason.",
                f"select * from grafana.rejected({RANGE})",
                width=8,
                height=10,
                empty="no tick was rejected in this range",
            ),
            rows(
                "Connection history",
                "When connections were up in this range, and why they ended.",
                f"select * from grafana.connection_history({RANGE})",
                width=16,
                height=10,
                styles={
                    "connection": fields.text("Connection", 110),
                    "up_at": fields.time("Up", width=150),
                    "ended_at": fields.time("Ended", width=150) + fields.missing("still up"),
                    "seconds": fields.number("For", fields.SECONDS, 0),
                    "down_seconds": fields.number("Down before", fields.SECONDS, 0),
                    "instruments": fields.number("Instruments"),
                    "reason": fields.text("Reason"),
                },
                empty="no connection was up in this range",
            ),
            rows(
                "Candle freshness",
                "Up to when the stored candles of each timeframe are made, and how far that is behind the clock.",
                "select * from grafana.aggregate_freshness()",
                width=12,
                height=10,
                styles={
                    "timeframe": fields.text("Timeframe", 110),
                    "until": fields.time("Made up to"),
                    "behind_seconds": fields.number("Behind", fields.SECONDS, 0),
                },
                empty="no candles are stored yet",
            ),
            rows(
                "Retention",
                "How long what is kept, the oldest of it, and the horizon before which nothing may be written.",
                "select * from grafana.retention()",
                width=12,
                height=10,
                styles={
                    "relation": fields.text("What", 110),
                    "keep": fields.text("Kept for") + fields.missing("for ever"),
                    "oldest": fields.time("Oldest", fields.DAY),
                    "horizon": fields.time("Horizon", fields.DAY),
                },
                empty="no retention is set",
            ),
            rows(
                "Jobs",
                "What the daemon runs on a schedule: when it last ran, how long it took, failures in a row.",
                "select * from grafana.job_status()",
                width=14,
                height=10,
                styles={
                    "name": fields.text("Job", 160),
                    "enabled": fields.text("Enabled", 80),
                    "every": fields.text("Every"),
                    "last_started_at": fields.time("Started"),
                    "last_finished_at": fields.time("Finished"),
                    "seconds": fields.number("Took", fields.SECONDS, 2),
                    "failures": fields.number("Failures")
                    + fields.coloured((None, fields.GREY), (1, fields.AMBER), (3, fields.RED)),
                    "state": fields.text("State")
                    + fields.states(
                        ok=fields.GREEN,
                        running=fields.BLUE,
                        overdue=fields.AMBER,
                        failing=fields.RED,
                        disabled=fields.GREY,
                    ),
                },
                empty="no jobs are registered",
            ),
            rows(
                "Job failures",
                "What failed in this range, and why.",
                f"select * from grafana.job_failures({RANGE})",
                width=10,
                height=10,
                styles={
                    "time": fields.time("Time", width=150),
                    "name": fields.text("Job", 150),
                    "error": fields.text("Error"),
                },
                empty="no job failed in this range",
            ),
            rows(
                "Tables",
                "Size on disk; where the columnstore holds a part, what it takes there and how many times less.",
                "select * from grafana.table_sizes()",
                width=24,
                height=15,
                styles={
                    "relation": fields.text("Table"),
                    "rows": fields.number("Rows, about"),
                    "bytes": fields.number("Size", fields.BYTES) + fields.bar(),
                    "compressed_bytes": fields.number("Columnstore", fields.BYTES),
                    "ratio": fields.number("Compression", decimals=1),
                },
                empty="no table of the store holds anything yet",
            ),
        ],
    )
