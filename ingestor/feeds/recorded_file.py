"""A recorded file as ticks: rows, columns and symbols put together."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, TypeVar

from ingestor.errors import BhavError
from ingestor.feeds.bars import BAR_TICKS, DAY, IST_OFFSET, MINUTE, Bar, bar_ticks, session_day
from ingestor.feeds.columns import BAR, Columns
from ingestor.feeds.symbols import full_symbol, symbol_of_file
from ingestor.feeds.table import open_table
from ingestor.feeds.values import exchange_time, number, price, quantity
from ingestor.model import Tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ingestor.feeds.symbols import SymbolMap

Number = TypeVar("Number", int, float)
MARKET_EXISTS = 631_152_000_000_000
"""1990-01-01 in microseconds since the Unix epoch: an earlier time is the recorder's fault."""
MORNING_OPEN = (9 * 60 + 15) * MINUTE
SESSION_PART = 0.1
"""Part of the fullest date's minutes that another date needs to be a session's."""
BAD_TIME, BAD_PRICE, UNKNOWN_SYMBOL = "bad time", "bad price", "unknown symbol"


class RecordedFile:
    """Ticks or bars of one or more instruments.

    `table.position` of `table.size` bytes are done; `first` is the time of the first row that the market could have
    made, None without one. What cannot be used is counted: rows in `rejected` by reason, fields of a row that is kept
    without them in `unreadable` by column. Raises `BhavError` for a file or a mapping that makes no sense.
    """

    def __init__(self, path: Path, resolve: Callable[[str], int], columns: Columns | None, symbols: SymbolMap) -> None:
        self.table = open_table(path)
        self.rejected: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        names, width = self.table.names, self.table.width
        columns = columns or Columns.detect(names, width)
        self._at = columns.positions(names, width, str(path))
        self._label = columns.label
        self._resolve = resolve
        self._symbols = symbols
        self._ids: dict[object, int | None] = {None: None}
        if "symbol" not in self._at:
            self._ids[None] = resolve(symbols.find(path.name) or symbol_of_file(path))
        self.first = next(self._plausible_times(), None)
        self.table.position = 0

    def last_session_day(self) -> int | None:
        """Days from 1970-01-01 to the last Indian date on which the market traded; reads the file through.

        A date counts when it has ticks from 09:15 on in a tenth as many minutes as the fullest one: a few rows of the
        next morning, or of a wrong date, do not make a session.
        """
        minutes: defaultdict[int, set[int]] = defaultdict(set)
        for time in self._plausible_times():
            if (time + IST_OFFSET) % DAY >= MORNING_OPEN:
                minutes[session_day(time)].add(time // MINUTE)
        self.table.position = 0
        fullest = max(map(len, minutes.values()), default=0)
        return max((day for day, seen in minutes.items() if len(seen) >= SESSION_PART * fullest), default=None)

    def ticks(self) -> Iterator[Tick]:
        """Yield ticks as they stand in the file, bars as ticks in the order of time."""
        if "price" in self._at:
            yield from self._recorded_ticks()
            return
        bars = list(self._bars())
        for done, tick in enumerate(bar_ticks(bars, self._label, self.rejected)):
            self.table.position = self.table.size * done // (BAR_TICKS * len(bars))
            yield tick
        self.table.position = self.table.size

    def _recorded_ticks(self) -> Iterator[Tick]:
        at = self._at["price"]
        for row, instrument_id, time in self._rows():
            try:
                ltp = price(row[at])
            except ValueError:
                self.rejected[BAD_PRICE] += 1
                continue
            yield Tick(
                instrument_id,
                time,
                ltp,
                day_volume=self._detail(row, "volume", quantity),
                open_interest=self._detail(row, "open_interest", quantity),
                bid_price=self._detail(row, "bid_price", number),
                ask_price=self._detail(row, "ask_price", number),
                bid_qty=self._detail(row, "bid_qty", quantity),
                ask_qty=self._detail(row, "ask_qty", quantity),
            )

    def _bars(self) -> Iterator[Bar]:
        positions = [self._at[name] for name in BAR]
        for row, instrument_id, time in self._rows():
            try:
                opened, high, low, close = (price(row[position]) for position in positions)
            except ValueError:
                self.rejected[BAD_PRICE] += 1
                continue
            volume = self._detail(row, "volume", quantity)
            open_interest = self._detail(row, "open_interest", quantity)
            yield Bar(time, instrument_id, opened, high, low, close, volume, open_interest)

    def _rows(self) -> Iterator[tuple[Sequence[object], int, int]]:
        symbol_at = self._at.get("symbol")
        for row in self.table.rows(self.rejected):
            try:
                time = self._time(row)
            except ValueError:
                self.rejected[BAD_TIME] += 1
                continue
            instrument_id = self._id(None if symbol_at is None else row[symbol_at])
            if instrument_id is None:
                self.rejected[UNKNOWN_SYMBOL] += 1
                continue
            yield row, instrument_id, time

    def _time(self, row: Sequence[object]) -> int:
        time = row[self._at["time"]]
        if "date" in self._at:
            time = f"{row[self._at['date']]} {time}"
        return exchange_time(time)

    def _id(self, name: object) -> int | None:
        if name not in self._ids:
            try:
                self._ids[name] = self._resolve(self._symbols.find(str(name)) or full_symbol(str(name)))
            except BhavError:
                self._ids[name] = None
        return self._ids[name]

    def _detail(self, row: Sequence[object], name: str, read: Callable[[object], Number]) -> Number | None:
        position = self._at.get(name)
        if position is None or row[position] in (None, ""):  # not a set: a Parquet value may be a list
            return None
        try:
            return read(row[position])
        except ValueError:
            self.unreadable[name] += 1
            return None

    def _plausible_times(self) -> Iterator[int]:
        for row in self.table.rows(Counter()):
            try:
                time = self._time(row)
            except ValueError:
                continue
            if time >= MARKET_EXISTS:
                yield time
