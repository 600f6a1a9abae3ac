"""Structured logs: for people on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import logging
import sys

import structlog

from ingestor.errors import BhavError


def configure(level: str) -> None:
    """Log to standard error at `level` (a name such as INFO) and above. Raises BhavError for another name."""
    threshold = logging.getLevelNamesMapping().get(level.upper())
    if threshold is None:
        raise BhavError(f"LOG_LEVEL is {level!r}, which is no level", "DEBUG, INFO, WARNING or ERROR")
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # whoever meets its errors logs them
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
