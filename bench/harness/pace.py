"""How fast the machine is, so that times of different machines can be compared."""

from __future__ import annotations

from bench.harness.repeat import spent

ADDITIONS = 3_000_000


def pace() -> float:
    """Return the seconds that 10 million additions take in Python: the least of three attempts."""
    return min(spent(_add) for _ in range(3)) * 10_000_000 / ADDITIONS


def _add() -> None:
    total = 0
    for number in range(ADDITIONS):
        total += number
