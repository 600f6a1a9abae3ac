"""Which column of a recorded file is what."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Sequence

Column = str | int
ALIASES = {
    "time": "time timestamp datetime date_time exchange_timestamp exchange_time timestamp_ist ts_ist ts bucket",
    "date": "date trade_date day",
    "price": "price ltp last_price last_traded_price",
    "open": "open o",
    "high": "high h",
    "low": "low l",
    "close": "close c",
    "volume": "volume volume_traded day_volume vol v",
    "open_interest": "open_interest oi",
    "symbol": "symbol tradingsymbol trading_symbol ticker",
    "bid_price": "bid_price bid_price_1 bid best_bid_price",
    "ask_price": "ask_price ask_price_1 ask best_ask_price",
    "bid_qty": "bid_qty bid_qty_1 bid_quantity",
    "ask_qty": "ask_qty ask_qty_1 ask_quantity",
}
"""Names that are understood, in order of preference; letter case, blanks and hyphens do not matter."""
BAR_END_NAMES = "bar_end end_time ts_ist_barend"
"""Names of a time that ends its bar."""
BAR = ("open", "high", "low", "close")
WITHOUT_HEADER = {
    2: ("time", "price"),
    3: ("time", "price", "volume"),
    4: ("time", "price", "volume", "open_interest"),
    5: ("time", *BAR),
    6: ("time", *BAR, "volume"),
    7: ("time", *BAR, "volume", "open_interest"),
}
"""What a file without a header holds, by its number of columns."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names or positions (from 0) of the columns; None where the file has none.

    A file holds ticks (`price`, `volume` cumulative for the day) or bars (`open` to `close`, `volume` of the bar).
    `date` is a date that stands apart from the time of day in `time`. `label`: a bar's time is its start or its end.
    """

    time: Column | None = None
    date: Column | None = None
    price: Column | None = None
    open: Column | None = None
    high: Column | None = None
    low: Column | None = None
    close: Column | None = None
    volume: Column | None = None
    open_interest: Column | None = None
    symbol: Column | None = None
    bid_price: Column | None = None
    ask_price: Column | None = None
    bid_qty: Column | None = None
    ask_qty: Column | None = None
    label: Literal["start", "end"] = "start"

    @classmethod
    def parse(cls, text: str) -> Columns:
        """Read 'time=0,price=ltp,label=end': these columns and no others. Raises `BhavError`."""
        known = {field.name for field in fields(cls)}
        given: dict[str, Any] = {}
        for part in text.split(","):
            name, equals, column = (piece.strip() for piece in part.partition("="))
            if name not in known or not equals or not column or (name == "label" and column not in {"start", "end"}):
                raise BhavError(
                    f"not a column mapping: {part!r}",
                    f"write name=column or name=position, as in 'time=0,price=1'; names: {', '.join(sorted(known))}",
                )
            given[name] = int(column) if column.isdigit() else column
        return cls(**given)

    @classmethod
    def detect(cls, names: Sequence[str], width: int) -> Columns:
        """Take the columns from a header's usual names, or without one from the number of columns."""
        if not names:
            without_header: dict[str, Any] = {name: at for at, name in enumerate(WITHOUT_HEADER.get(width, ()))}
            return cls(**without_header)
        spelled = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in reversed(names)}

        def find(aliases: str) -> str | None:
            return next((spelled[alias] for alias in aliases.split() if alias in spelled), None)

        found = {field: find(aliases) for field, aliases in ALIASES.items()}
        bar_end = find(BAR_END_NAMES)
        if found["time"] is None:
            found["time"] = bar_end or found["date"]
            found["date"] = None
        return cls(**found, label="end" if bar_end and found["time"] == bar_end else "start")

    def positions(self, names: Sequence[str], width: int, where: str) -> dict[str, int]:
        """Find the position of each column in a file of so many. Raises `BhavError` where one is missing."""
        hint = f"it has {', '.join(names) or f'{width} columns without a header'}; map them, as in 'time=0,price=1'"
        positions = {}
        for field in fields(self):
            column = getattr(self, field.name)
            if column is None or field.name == "label":
                continue
            if column in names:
                positions[field.name] = list(names).index(column)
            elif isinstance(column, int) and column < width:
                positions[field.name] = column
            else:
                raise BhavError(f"{where} has no column {column!r}", hint)
        if "time" not in positions or not ("price" in positions or positions.keys() >= set(BAR)):
            raise BhavError(f"{where} has no time, or neither a price nor open, high, low and close", hint)
        return positions
