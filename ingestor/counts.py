"""What happened to the ticks that a feed sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Counts:
    """How many ticks, by what happened to them."""

    received: int = 0
    written: int = 0
    late: int = 0
    duplicates: int = 0
    offsession: int = 0
    volume_falls: int = 0
    dropped: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""

    def as_dict(self) -> dict[str, int | Counter[str]]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def add(self, other: Counts) -> None:
        for name, value in other.as_dict().items():
            if value:
                setattr(self, name, getattr(self, name) + value)


class Tally(defaultdict[int | None, Counts]):
    """Counts since the last report by instrument; under None, which is always there, what no instrument is named for.

    Received and written are counted there alone.
    """

    def __init__(self) -> None:
        super().__init__(Counts, {None: Counts()})

    def total(self) -> Counts:
        total = Counts()
        for counts in self.values():
            total.add(counts)
        return total

    def of_instruments(self) -> dict[int, dict[str, int | Counter[str]]]:
        """Return what is not zero."""
        return {
            instrument_id: {name: value for name, value in counts.as_dict().items() if value}
            for instrument_id, counts in self.items()
            if instrument_id is not None
        }
