"""Recorded ticks and bars, sent again."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from ingestor.errors import BhavError
from ingestor.feeds.bars import DAY
from ingestor.feeds.pace import Pacer
from ingestor.feeds.recorded_file import MARKET_EXISTS, RecordedFile
from ingestor.feeds.symbols import SymbolMap
from ingestor.model import Batch, Connected, Disconnected, Rejected

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ingestor.feeds.columns import Columns
    from ingestor.model import Event, Tick

BATCH_SIZE = 2_000
SECOND = 1_000_000
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Replay:
    """Feed of recorded files, one after the other by their first time.

    Each file connects at its first tick and disconnects at its last.

    `resolve`: instrument_id of a symbol, `BhavError` where there is none: a file's own symbol must have one, rows of
    unknown symbols in a column are counted. `columns`: else detected from names or number (`Columns.detect`).
    `symbols`: 'glob=SYMBOL' for names of files or values of a symbol column, else guessed (`symbols.symbol_of_file`).
    `speed`: times real time by the exchange's clock, 0 for as fast as it goes; silences of 15 minutes are skipped.
    `redate`: every time is moved by the same whole days so that the last session falls on this date.
    Ticks go out as they stand, faults included; bars as `bars.bar_ticks` says. Raises `BhavError`.
    """

    source = "replay"
    may_wait = True

    def __init__(
        self,
        files: Sequence[Path],
        resolve: Callable[[str], int],
        columns: Columns | None = None,
        symbols: Sequence[str] = (),
        *,
        speed: float = 0.0,
        redate: date | None = None,
    ) -> None:
        if not files:
            raise BhavError("there is no file to replay", "name CSV, CSV.gz or Parquet files")
        mapping = SymbolMap(symbols)
        self._files = [RecordedFile(path, resolve, columns, mapping) for path in files]
        self._files.sort(key=lambda file: (file.first is None, file.first or 0, file.table.path.name))
        self._speed = speed
        self._shift = 0 if redate is None else self._days_to(redate) * DAY

    @property
    def rejected(self) -> Counter[str]:
        """Rows that were not sent, by reason."""
        return sum((file.rejected for file in self._files), Counter())

    @property
    def unreadable(self) -> Counter[str]:
        """Fields that were not read in rows that were sent without them, by column."""
        return sum((file.unreadable for file in self._files), Counter())

    def progress(self) -> tuple[float, float]:
        """Bytes done, and of all files."""
        return sum(file.table.position for file in self._files), sum(file.table.size for file in self._files)

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None:
        """Emit file after file, each with what of it makes no tick."""
        pacer = Pacer(self._speed, stop)
        for file in self._files:
            self._send(file, pacer, emit, stop)
            for reason, count in file.rejected.items():
                emit(Rejected(reason, count))
            for column, count in file.unreadable.items():
                emit(Rejected(f"unreadable {column}, tick kept without it", count))
            if stop.is_set():
                return

    def _send(self, file: RecordedFile, pacer: Pacer, emit: Callable[[Event], None], stop: threading.Event) -> None:
        began = ended = None
        for batch in self._batches(file):
            pacer.wait(batch[0].time)
            if stop.is_set():
                return
            if began is None:
                began = self._begins(file, batch[0])
                emit(Connected(began))
            emit(Batch(batch, time.time_ns() // 1_000))
            ended = max(began, batch[-1].time)
        if ended is not None:
            emit(Disconnected(ended, reason="end of file"))

    def _batches(self, file: RecordedFile) -> Iterator[list[Tick]]:
        """Cut a file into batches; a paced one at every second too, so that each can wait for its time."""
        batch: list[Tick] = []
        for recorded in file.ticks():
            tick = recorded._replace(time=recorded.time + self._shift) if self._shift else recorded
            next_second = self._speed and batch and tick.time // SECOND != batch[-1].time // SECOND
            if next_second or len(batch) == BATCH_SIZE:
                yield batch
                batch = []
            batch.append(tick)
        if batch:
            yield batch

    def _begins(self, file: RecordedFile, tick: Tick) -> int:
        """Time of the first tick, unless its clock was not set: then the first that the market could have made."""
        if file.first is None or tick.time - self._shift >= MARKET_EXISTS:
            return tick.time
        return file.first + self._shift

    def _days_to(self, redate: date) -> int:
        days = [day for file in self._files if (day := file.last_session_day()) is not None]
        if not days:
            raise BhavError("no file holds a session that could be moved to another date", "replay without redate")
        return redate.toordinal() - EPOCH_ORDINAL - max(days)
