"""What every broker's list of instruments is turned into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections import Counter
    from datetime import date


class Listing(NamedTuple):
    """An instrument as a broker lists it today."""

    broker_key: str
    """What the broker calls it: Kite's instrument token, Fyers' ticker."""
    exchange: str
    """NSE, BSE, NFO, BFO, CDS, BCD, MCX: derivatives have exchanges of their own, as Kite has it."""
    tradingsymbol: str
    """As the exchange and Kite write it: INFY, NIFTY 50, NIFTY26NOVFUT."""
    name: str
    """Of an index or a stock its name; of a contract what it is written on: NIFTY, INFY."""
    kind: Literal["index", "equity", "future", "option"]
    underlying: str | None = None
    """Symbol of the instrument that a contract is written on, as "NSE:NIFTY 50"; None of goods and currency."""
    expiry: date | None = None
    strike: float | None = None
    """Rupees."""
    option_type: Literal["CE", "PE"] | None = None
    lot_size: int = 1
    tick_size: float = 0.05
    """Rupees."""


class Listings(NamedTuple):
    """A broker's list, and how many of its rows were left out, by reason."""

    rows: list[Listing]
    rejected: Counter[str]
