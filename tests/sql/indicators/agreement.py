"""How far indicators are from their oracles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tests.sql.indicators.oracles import DEFINITION, ORACLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.sql.indicators.evaluator import Evaluator, Row
    from tests.sql.indicators.series import Array, Bars


def error(ours: Array, theirs: Array, bars: Bars, *, gaps: bool = False) -> float:
    """Return the greatest difference, relative to the greatest absolute value.

    Both may begin at other bars: the difference is that of the bars from which both have values. Infinite where only
    one has a value after that, unless gaps are allowed: then only bars count where both have numbers. The greatest
    value counts as a hundred-thousandth of the prices at least, and of a hundred percent: smaller ones are differences
    with more rounding than the tolerance.
    """
    both = ~np.isnan(ours) & (np.isfinite(theirs) if gaps else ~np.isnan(theirs))
    if not both.any():
        return 0.0
    first = int(np.argmax(both))
    if not gaps and (np.isnan(ours) != np.isnan(theirs))[first:].any():
        return math.inf
    greatest = max(np.abs(theirs[both]).max(), 1e-5 * bars.close.max(), 1e-3)
    return float(np.abs(ours - theirs)[both].max() / greatest)


def parameter_sets(indicators: Evaluator, row: Row) -> list[tuple[float, ...]]:
    """Return the defaults and other parameters that keep the rule."""
    return [row.defaults, *(found for found in row.variations() if indicators.keeps_rule(row, found))]


def understands(oracle: str, row: Row, parameters: tuple[float, ...]) -> bool:
    """Leave out the shortest lengths: TA-Lib refuses 1, pandas-ta takes its default instead, and both divide rounding
    by rounding where prices stand still, as they often do for two bars.
    """
    pairs = zip(row.parameters, parameters, strict=True)
    return oracle == DEFINITION or all(p.type != "integer" or value >= min(p.default, 3) for p, value in pairs)


def greatest_error(
    indicators: Evaluator,
    row: Row,
    oracle: str,
    group: Iterable[Bars],
    *,
    gaps: bool = False,
) -> float:
    """Return the greatest error of any output over series of bars, with the defaults and with other parameters."""
    errors = [
        error(ours, theirs, bars, gaps=gaps)
        for bars in group
        for parameters in parameter_sets(indicators, row)
        if understands(oracle, row, parameters)
        for ours, theirs in zip(
            indicators.evaluate(row.id(parameters), bars), ORACLES[row.name][oracle](bars, *parameters), strict=True
        )
        if theirs is not None
    ]
    assert errors, f"{oracle} says nothing of {row.name}"
    return max(errors)
