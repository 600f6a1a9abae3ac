"""Recorded ticks and bars, sent again."""

from __future__ import annotations

import time as clock
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from ingestor.errors import BhavError
from ingestor.feeds.bars import BAR_PRICES, DAY, Bar, bar_ticks, session_day
from ingestor.feeds.columns import Columns
from ingestor.feeds.pace import Pacer
from ingestor.feeds.recording import open_recording
from ingestor.feeds.symbols import SymbolMap, full_symbol, symbol_of_file
from ingestor.feeds.values import exchange_time, number, price, quantity
from ingestor.model import Batch, Connected, Disconnected, Tick

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from ingestor.model import Event

BATCH_SIZE = 2_000
SECOND = 1_000_000
MARKET_EXISTS = 631_152_000 * SECOND
"""1990-01-01: an earlier time is a fault of the recorder."""
TRADING_BEGINS = 9 * 60 + 15
"""Minute of the Indian day from which ticks make it a session date."""
BAD_TIME, BAD_PRICE, UNKNOWN_SYMBOL = "bad time", "bad price", "unknown symbol"
ORDINAL_OF_EPOCH = 719_163


class RecordedFile:
    """A file with what is known of it: where its columns are, whose its rows are, when it begins."""

    def __init__(
        self, path: Path, resolve: Callable[[str], int], columns: Columns | None, symbols: SymbolMap
    ) -> None:
        self.recording = open_recording(path)
        names, width = self.recording.names, self.recording.width
        columns = columns or Columns.detect(names, width)
        self._at = columns.positions(names, width, str(path))
        self._label = columns.label
        self._resolve = resolve
        self._symbols = symbols
        self._ids: dict[str, int | None] = {}
        self._one_id = None if "symbol" in self._at else resolve(symbols.find(path.name) or symbol_of_file(path))
        self.first = next(self._times_that_can_be(), None)
    

class Replay:
    ...
