"""From what Fyers' SDK says of an instrument to a tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestor.model import Tick

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = 1_000_000
INDEX = "if"


def tick_of(instrument_id: int, message: Mapping[str, Any], state: Mapping[str, Any], *, is_contract: bool) -> Tick:
    """Make a tick of a message, and of the SDK's state of the instrument, where alone the open interest is.

    The time is the exchange's of this update, in seconds. That of the last trade would date a change of the book or of
    the open interest back to a trade long before it. Where there is none it is 0, which the sequencer counts and leaves
    out: what to write instead would be a guess. Raises KeyError, TypeError or ValueError for what is no tick.
    """
    time = int(message.get("exch_feed_time", 0)) * SECOND
    ltp = float(message["ltp"])
    if message["type"] == INDEX:
        return Tick(instrument_id, time, ltp)
    bid_price, bid_qty = _side(message, "bid")
    ask_price, ask_qty = _side(message, "ask")
    return Tick(
        instrument_id,
        time,
        ltp,
        _count(message.get("vol_traded_today")),
        _count(state.get("OI")) if is_contract else None,
        bid_price,
        ask_price,
        bid_qty,
        ask_qty,
    )


def _side(message: Mapping[str, Any], side: str) -> tuple[float | None, int | None]:
    """Return the best price of a side of the book and its quantity; None where the side is empty."""
    price = float(message.get(f"{side}_price", 0))
    return (price, _count(message.get(f"{side}_size"))) if price else (None, None)


def _count(value: Any) -> int | None:  # noqa: ANN401 - the SDK has no types
    """Return a number that the SDK took for signed: the wire has 32 bits, and more than 2^31 is traded in a day."""
    return None if value is None else int(value) % 2**32
