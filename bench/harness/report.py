"""What was measured, as a table: every number beside a baseline of the same run and its target."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    measured: str
    ratio: float | None = None
    """The measured number over the baseline's."""
    baseline: str = ""
    """Its name and number."""
    target: str = ""
    met: bool | None = None


def table(title: str, lines: Iterable[Line]) -> Table:
    result = Table("what", "measured", "ratio", "to", "target", "", title=title, min_width=100)
    marks = {True: "[green]met", False: "[red]missed", None: ""}
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.3g}"
        result.add_row(line.what, line.measured, ratio, line.baseline, line.target, marks[line.met])
    return result


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share (0..1) of the values do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]
