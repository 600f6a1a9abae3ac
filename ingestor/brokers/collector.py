"""Turns the rows of brokers into one set of names: those that the exchanges and Kite use."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingestor.brokers.listing import Listing, Listings
from ingestor.errors import BhavError
from ingestor.feeds.symbols import MONTH_LETTERS, MONTHS

if TYPE_CHECKING:
    from typing import Literal

CASH = {"NFO": "NSE", "BFO": "BSE"}
"""Where the underlyings of an exchange of derivatives trade; goods and currency have none that does."""
INDICES = {
    "NIFTY": "NIFTY 50",
    "NIFTY50": "NIFTY 50",
    "BANKNIFTY": "NIFTY BANK",
    "NIFTYBANK": "NIFTY BANK",
    "FINNIFTY": "NIFTY FIN SERVICE",
    "MIDCPNIFTY": "NIFTY MID SELECT",
    "NIFTYMIDSELECT": "NIFTY MID SELECT",
    "NIFTYNXT50": "NIFTY NEXT 50",
    "NIFTYNEXT50": "NIFTY NEXT 50",
    "INDIAVIX": "INDIA VIX",
    "NIFTYIT": "NIFTY IT",
    "NIFTYINFRA": "NIFTY INFRA",
    "NIFTYPSE": "NIFTY PSE",
    "NIFTYCPSE": "NIFTY CPSE",
    "NIFTY100": "NIFTY 100",
    "NIFTYMID50": "NIFTY MIDCAP 50",
    "NIFTY100EQLWGT": "NIFTY100 EQL WGT",
    "SENSEX50": "SNSX50",
}
"""Trading symbols of indices by what their contracts, and Fyers, call them; the others are the same everywhere."""

CODE = re.compile(rf"(\d\d)(?:({'|'.join(MONTHS)})|([{MONTH_LETTERS}])(\d\d))")
"""The date in a contract's symbol: 26NOV of a monthly one, 26N17 of a weekly one."""
MOVED = timedelta(days=7)
"""A holiday that is declared late moves the expiry of a weekly contract, not always its symbol."""

UNREADABLE = "unreadable"
UNREADABLE_SHARE = 0.01


class Collector:
    """The listings so far, and the rows left out, by reason. Of two rows for one key or symbol the first wins."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Listing] = {}
        self._keys: set[str] = set()
        self._rejected: Counter[str] = Counter()

    def reject(self, reason: str) -> None:
        self._rejected[reason] += 1

    def add(self, listing: Listing) -> None:
        """Take an instrument that is not there yet."""
        place = (listing.exchange, listing.tradingsymbol)
        if not listing.tradingsymbol:
            self.reject("no symbol")
        elif listing.broker_key in self._keys:
            self.reject("duplicate key")
        elif place in self._rows:
            self.reject("duplicate symbol")
        else:
            self._rows[place] = listing
            self._keys.add(listing.broker_key)

    def add_contract(  # noqa: PLR0917 - the fields of a contract
        self,
        key: str,
        exchange: str,
        tradingsymbol: str,
        expiry: date | None,
        strike: float | None,
        option_type: Literal["CE", "PE"] | None,
        lot_size: int,
        tick_size: float,
    ) -> None:
        """Take a future (option type None) or an option whose symbol and fields say the same."""
        if expiry is None:
            return self.reject("bad expiry")
        if option_type and not (strike and strike > 0):
            return self.reject("bad strike")
        if lot_size < 1:
            return self.reject("bad lot size")
        name = written_on(exchange, tradingsymbol, expiry, strike if option_type else None, option_type)
        if name is None:
            return self.reject("symbol and fields disagree")
        cash = CASH.get(exchange)
        return self.add(
            Listing(
                key,
                exchange,
                tradingsymbol,
                name,
                "option" if option_type else "future",
                f"{cash}:{INDICES.get(name, name)}" if cash else None,
                expiry,
                strike if option_type else None,
                option_type,
                lot_size,
                tick_size,
            )
        )

    def listings(self, source: str) -> Listings:
        """Return the result. Raises BhavError when so many rows were unreadable that the format must be another."""
        unreadable, total = self._rejected[UNREADABLE], len(self._rows) + self._rejected.total()
        if unreadable > UNREADABLE_SHARE * total:
            raise BhavError(f"{source}: {unreadable} of {total} rows cannot be read", "the format may have changed")
        return Listings(list(self._rows.values()), self._rejected)


def written_on(
    exchange: str, tradingsymbol: str, expiry: date, strike: float | None, option_type: str | None
) -> str | None:
    """Return what a contract is written on, NIFTY of NIFTY26NOVFUT; None where the symbol says another contract."""
    tail = f"{strike:.10g}{option_type}" if option_type else "FUT"
    head = tradingsymbol.removesuffix(tail)
    name, code = head[:-5], CODE.fullmatch(head[-5:])
    if head == tradingsymbol or not name or not code:
        return None
    year, month, letter, day = code.groups()
    if exchange == "MCX":  # names its contracts after the month of delivery, which may be the next
        return name
    if month:
        fits = (2000 + int(year), month) == (expiry.year, MONTHS[expiry.month - 1])
    else:
        try:
            fits = abs(date(2000 + int(year), MONTH_LETTERS.index(letter) + 1, int(day)) - expiry) <= MOVED
        except ValueError:
            fits = False
    return name if fits else None
