"""Which instrument a recorded row is of."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INDICES = {
    "NIFTY": "NSE:NIFTY 50",
    "NIFTY50": "NSE:NIFTY 50",
    "NIFTY 50": "NSE:NIFTY 50",
    "BANKNIFTY": "NSE:NIFTY BANK",
    "NIFTYBANK": "NSE:NIFTY BANK",
    "NIFTY BANK": "NSE:NIFTY BANK",
    "FINNIFTY": "NSE:NIFTY FIN SERVICE",
    "INDIAVIX": "NSE:INDIA VIX",
    "INDIA VIX": "NSE:INDIA VIX",
}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTH_LETTERS = "123456789OND"
"""In a contract's symbol: 26NOV of a monthly one, 26N17 of a weekly one."""
EXCHANGES = {"NSE", "NFO", "BSE", "BFO", "MCX", "CDS"}
CONTRACT = re.compile(r"[A-Z&-]+\d.*(FUT|CE|PE)$")
LEADING_DATE = re.compile(r"^\d[\d-]*[_ -]+")
DATE = re.compile(r"[_ -]*\d{4}-\d{2}-\d{2}")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9&-]*")


def full_symbol(name: str) -> str:
    """Put the exchange before a trading symbol: a known index or a stock of NSE, a contract of NFO.

    Raises `BhavError` for no name at all.
    """
    name = name.strip().upper()
    if not name:
        raise BhavError("there is no instrument without a symbol")
    if ":" in name:
        return name
    return INDICES.get(name) or f"{'NFO' if CONTRACT.match(name) else 'NSE'}:{name}"


def symbol_of_file(path: Path) -> str:
    """Guess the symbol from a file's name.

    After a leading date, the words up to the next date, number or bracket are the trading symbol; a first word that
    is an exchange is one: '2021-04-16_Nifty_Bank_16_April.csv.gz' is NSE:NIFTY BANK, 'NFO_NIFTY26NOVFUT.csv' is
    NFO:NIFTY26NOVFUT. Raises `BhavError` where nothing is left.
    """
    words = []
    stem = LEADING_DATE.sub("", path.name.split(".")[0])
    for part in re.split(r"[_ ]+", DATE.split(stem)[0]):
        if not WORD.fullmatch(part):
            break
        words.append(part.upper())
    exchange = words.pop(0) if len(words) > 1 and words[0] in EXCHANGES else None
    if not words:
        raise BhavError(f"cannot tell which instrument {path.name} is of", "say so, as in '*.csv=NSE:INFY'")
    name = " ".join(words)
    return f"{exchange}:{name}" if exchange else full_symbol(name)


class SymbolMap:
    """Explicit answers: 'glob=SYMBOL', the first that fits a symbol column's value or a file's name wins."""

    def __init__(self, mappings: Sequence[str]) -> None:
        self._pairs = []
        for mapping in mappings:
            pattern, equals, symbol = mapping.rpartition("=")
            if not equals or not pattern or ":" not in symbol:
                raise BhavError(f"not a symbol mapping: {mapping!r}", "write glob=SYMBOL, as in '*INFY*=NSE:INFY'")
            self._pairs.append((pattern, symbol))

    def find(self, name: str) -> str | None:
        """Return the symbol for a name, None where no glob fits."""
        return next((symbol for pattern, symbol in self._pairs if fnmatchcase(name, pattern)), None)
