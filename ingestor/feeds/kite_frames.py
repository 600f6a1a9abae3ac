"""Kite's binary messages: bytes in, ticks out.

A message is u16 count, then for each packet u16 length and its body; big-endian, unsigned. The length tells the kind:
8 last price only, 28 and 32 index, 44 quote, 184 full. A message of one byte is a heartbeat. The last byte of the
instrument token names the segment, and with it the unit of prices.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from ingestor.model import Tick

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

TRUNCATED = "truncated frame"
SURPLUS = "bytes after the last packet"
UNKNOWN_LENGTH = "packet of unknown length"
UNKNOWN_INSTRUMENT = "unknown instrument"

NSE, CDS, BSE, BCD, INDICES, NCO = 1, 3, 4, 6, 9, 12
UNITS = {CDS: 1e7, BCD: 1e4, NCO: 1e4}
"""What a rupee is in the prices of a segment; of any other 100."""
WITHOUT_INTEREST = {NSE, BSE, INDICES}
"""Segments whose packets have a field for open interest, and nothing in it."""

FULL = Struct(">II 8x I 28x I 8x I II52x II52x")
"""Token, price, day volume, open interest, exchange time; quantity and price of the best bid and the best ask."""
FULL_LENGTH = FULL.size
QUOTE = Struct(">II 8x I 24x")
"""Token, price, day volume."""
TIMED_INDEX = Struct(">II 20x I")
"""Token, price, exchange time."""
PRICE = Struct(">II")
"""Token and price, which every packet begins with."""
UNTIMED_LENGTHS = {PRICE.size, 28}
"""Of packets that have nothing else that a tick needs: last price only, and an index in quote mode."""


def decode(payload: bytes, ids: Mapping[int, int], rejected: Counter[str]) -> list[Tick]:
    """Return the ticks of a binary message in order; `ids` is instrument_id by token.

    What makes no tick is counted in `rejected` by reason: packets one by one, what is cut off or left over once. The
    time of a tick is 0 where the packet has none: quote packets, which come between subscribing and the change to full
    mode, or a contract that has not traded yet.
    """
    ticks: list[Tick] = []
    end = len(payload)
    if end < 2:  # noqa: PLR2004 - a heartbeat
        return ticks
    add, new, read = ticks.append, tuple.__new__, FULL.unpack_from
    position = 2
    for _ in range(payload[0] << 8 | payload[1]):
        body = position + 2
        if body <= end:
            position = body + (payload[position] << 8 | payload[position + 1])
        if not body <= position <= end:
            rejected[TRUNCATED] += 1
            return ticks
        if position - body != FULL_LENGTH:
            if short := _short(payload, body, position - body, ids, rejected):
                add(short)
            continue
        token, price, volume, interest, seconds, bid_qty, bid, ask_qty, ask = read(payload, body)
        if token not in ids:
            rejected[UNKNOWN_INSTRUMENT] += 1
            continue
        segment = token & 0xFF
        unit = UNITS.get(segment, 100.0)
        tick = (
            ids[token],
            seconds * 1_000_000,
            price / unit,
            volume,
            None if segment in WITHOUT_INTEREST else interest,
            bid / unit if bid else None,
            ask / unit if ask else None,
            bid_qty if bid else None,
            ask_qty if ask else None,
        )
        add(new(Tick, tick))  # half the time of Tick(…)
    if position < end:
        rejected[SURPLUS] += 1
    return ticks


def _short(payload: bytes, body: int, length: int, ids: Mapping[int, int], rejected: Counter[str]) -> Tick | None:
    """Decode a packet of another kind than full."""
    seconds, volume = 0, None
    if length == TIMED_INDEX.size:
        token, price, seconds = TIMED_INDEX.unpack_from(payload, body)
    elif length == QUOTE.size:
        token, price, volume = QUOTE.unpack_from(payload, body)
    elif length in UNTIMED_LENGTHS:
        token, price = PRICE.unpack_from(payload, body)
    else:
        rejected[UNKNOWN_LENGTH] += 1
        return None
    if token not in ids:
        rejected[UNKNOWN_INSTRUMENT] += 1
        return None
    return Tick(ids[token], seconds * 1_000_000, price / UNITS.get(token & 0xFF, 100.0), volume)
