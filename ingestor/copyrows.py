"""Rows of `store.tick_data` in PostgreSQL's binary COPY format: what the journal holds is what COPY sends.

One encoding serves both: a journal segment is a COPY batch, so nothing is decoded or encoded again on its way.
Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

import struct
from typing import NamedTuple

COLUMNS = (
    "instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,"
    " bid_price, ask_price, bid_qty, ask_qty, received_at, source"
)
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH = 946_684_800_000_000
"""PostgreSQL counts microseconds from 2000-01-01 UTC: this many after the Unix epoch."""
_FORMATS = "iqdqqqqddqqq"
_SIZES = {"i": 4, "q": 8, "d": 8}


class Row(NamedTuple):
    """A tick that has been numbered and differenced. Times in microseconds since the Unix epoch."""

    instrument_id: int
    time: int
    ltp: float
    volume: int
    missed_volume: int
    day_volume: int | None
    open_interest: int | None
    bid_price: float | None
    ask_price: float | None
    bid_qty: int | None
    ask_qty: int | None
    received_at: int


class Encoder:
    """Encodes rows of one source."""

    def __init__(self, source: str) -> None:
        encoded = source.encode()
        self._source = struct.pack(">i", len(encoded)) + encoded
        self._layouts: dict[tuple[bool, ...], struct.Struct] = {}
        self._full = self._layout((False,) * len(_FORMATS))

    def _layout(self, nulls: tuple[bool, ...]) -> struct.Struct:
        """Return the struct of a row: count of columns, then length (-1: null) and value of each."""
        if nulls not in self._layouts:
            columns = "".join("i" if null else f"i{code}" for null, code in zip(nulls, _FORMATS, strict=True))
            self._layouts[nulls] = struct.Struct(f">h{columns}{len(self._source)}s")
        return self._layouts[nulls]

    def encode(self, row: Row) -> bytes:
        """Encode one row. Raises struct.error when a number does not fit its column."""
        identity, time, ltp, volume, missed, day_volume, interest, bid, ask, bid_qty, ask_qty, received = row
        try:
            return self._full.pack(
                13, 4, identity, 8, time - EPOCH, 8, ltp, 8, volume, 8, missed, 8, day_volume, 8, interest,
                8, bid, 8, ask, 8, bid_qty, 8, ask_qty, 8, received - EPOCH, self._source,
            )  # fmt: skip
        except struct.error:  # a column is null, or a number does not fit
            values: list[object] = []
            shifted = (identity, time - EPOCH, *row[2:-1], received - EPOCH)
            for value, code in zip(shifted, _FORMATS, strict=True):
                values += (-1,) if value is None else (_SIZES[code], value)
            return self._layout(tuple(value is None for value in row)).pack(13, *values, self._source)
