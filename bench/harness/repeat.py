"""How long actions take, again and again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.harness.report import percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of each repetition."""

    seconds: Sequence[float]

    @property
    def p50(self) -> float:
        return percentile(self.seconds, 0.5)

    @property
    def p95(self) -> float:
        return percentile(self.seconds, 0.95)

    def __str__(self) -> str:
        return f"p50 {self.p50 * 1e3:.1f} ms, p95 {self.p95 * 1e3:.1f} ms"


def spent(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def in_turns(times: int, *actions: Callable[[], object]) -> list[Spent]:
    """Repeat actions in turns: what else the machine does then meets all of them alike."""
    rounds = [[spent(action) for action in actions] for _ in range(times)]
    return [Spent(seconds) for seconds in zip(*rounds, strict=True)]
