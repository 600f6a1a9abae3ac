"""Rows of `store.tick_data` in PostgreSQL's binary COPY format: what the journal holds is what COPY sends.

One encoding serves both: a journal segment is a COPY batch, so nothing is decoded or encoded again on its way.
Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ingestor.model import Tick

COLUMNS = (
    "instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,"
    " bid_price, ask_price, bid_qty, ask_qty, received_at, source"
)
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH = 946_684_800_000_000
"""PostgreSQL counts microseconds from 2000-01-01 UTC: this many after the Unix epoch."""
# each column is its length in bytes (-1: null) and its value
_FIRST = struct.Struct(">h ii iq id iq iq").pack
"""The count of columns, and those that are never null."""
_BIGINT = struct.Struct(">iq").pack
_DOUBLE = struct.Struct(">id").pack
_NULL = struct.pack(">i", -1)


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


def row_of(tick: Tick, volume: int, missed_volume: int, received_at: int) -> Row:
    instrument_id, time, ltp, day_volume, open_interest, bid_price, ask_price, bid_qty, ask_qty = tick
    return Row(
        instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,
        bid_price, ask_price, bid_qty, ask_qty, received_at,
    )  # fmt: skip


class Encoder:
    """Encodes rows of one source."""

    def __init__(self, source: str) -> None:
        encoded = source.encode()
        self._source = struct.pack(">i", len(encoded)) + encoded

    def encode(self, row: Row) -> bytes:
        """Encode one row. Raises struct.error when a number does not fit its column."""
        identity, time, ltp, volume, missed, day_volume, interest, bid, ask, bid_qty, ask_qty, received = row
        return b"".join(
            (
                _FIRST(13, 4, identity, 8, time - EPOCH, 8, ltp, 8, volume, 8, missed),
                _NULL if day_volume is None else _BIGINT(8, day_volume),
                _NULL if interest is None else _BIGINT(8, interest),
                _NULL if bid is None else _DOUBLE(8, bid),
                _NULL if ask is None else _DOUBLE(8, ask),
                _NULL if bid_qty is None else _BIGINT(8, bid_qty),
                _NULL if ask_qty is None else _BIGINT(8, ask_qty),
                _BIGINT(8, received - EPOCH),
                self._source,
            )
        )
