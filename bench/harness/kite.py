"""Kite's binary messages in full mode, as its WebSocket carries them: a market's ticks in, ticks out.

A message is u16 count, then for each packet u16 length and its body of 184 bytes; big-endian, prices in paise. On the
benchmark's socket each message follows its length as u32, where the real one has a WebSocket frame's header.
"""

from __future__ import annotations

import struct
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from ingestor.feeds.kite_frames import decode
from ingestor.feeds.simulate import Simulate
from ingestor.model import Batch, Connected, Tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ingestor.model import Event, Instrument

NSE = 1
"""The segment that a token ends in; with this one, prices are in paise."""
PACKETS = 100
"""Packets in a message."""
PACKET = struct.Struct(">H IIIIIIIIIII IIIII IIHH48x IIHH48x")
"""Length, the 44 bytes of quote mode, last trade, open interest and exchange times, best bid and ask of ten levels."""
BODY = 184


def market(listed: Sequence[Instrument], session: tuple[int, int], ticks: int) -> list[Tick]:
    """Simulate the first ticks of a session. Their instrument_id is a Kite token: see `token`."""
    collected: list[Tick] = []
    stop = threading.Event()

    def collect(event: Event) -> None:
        if isinstance(event, Batch):
            collected.extend(event.ticks)
            if len(collected) >= ticks:
                stop.set()

    tokens = {instrument.symbol: token(number) for number, instrument in enumerate(listed)}
    Simulate(listed, tokens, [session], start_at=session[0]).run(collect, stop)
    return collected[:ticks]


def token(number: int) -> int:
    return (number + 1) << 8 | NSE


def message(ticks: Sequence[Tick]) -> bytes:
    """Encode ticks as one message with its length before it."""
    return struct.pack(">IH", 2 + len(ticks) * (2 + BODY), len(ticks)) + b"".join(map(_packet, ticks))


def _packet(tick: Tick) -> bytes:
    price, seconds = round(tick.ltp * 100), tick.time // 1_000_000
    interest, bid, ask = tick.open_interest or 0, round((tick.bid_price or 0) * 100), round((tick.ask_price or 0) * 100)
    return PACKET.pack(
        BODY, tick.instrument_id, price, 1, price, tick.day_volume or 0, 0, 0, price, price, price, price,
        seconds, interest, interest, interest, seconds,
        tick.bid_qty or 0, bid, 1, 0, tick.ask_qty or 0, ask, 1, 0,
    )  # fmt: skip


def events(read: Callable[[int], bytes], ids: Mapping[int, int]) -> Iterable[Event]:
    """Yield what arrives on a connection, of which `read` returns so many bytes, until the other side closes it."""
    rejected: Counter[str] = Counter()
    yield Connected(0)
    while header := read(4):
        received_at = time.time_ns() // 1_000
        yield Batch(decode(read(int.from_bytes(header, "big")), ids, rejected), received_at)
