"""What happened to the ticks that a feed sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Counts:
    """What happened to the ticks since the last report."""

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
            setattr(self, name, getattr(self, name) + value)
