"""A bar's value never changes with the bars after it, nor with where the reading of the bars before it began."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sql.indicators import series
from tests.sql.indicators.agreement import error, parameter_sets
from tests.sql.indicators.oracles import ORACLES

if TYPE_CHECKING:
    from tests.sql.indicators.evaluator import Evaluator
    from tests.sql.indicators.series import Array, Bars

EXACT = 1e-12
NAMES = sorted(ORACLES)


def assert_same(ours: list[Array], expected: list[Array], bars: Bars, tolerance: float) -> None:
    for values, others in zip(ours, expected, strict=True):
        np.testing.assert_array_equal(np.isnan(values), np.isnan(others))
        assert error(values, others, bars) <= tolerance


@pytest.mark.parametrize("name", NAMES)
def test_values_of_a_prefix_are_a_prefix_of_the_values(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    for bars in (series.random()["walk"], series.degenerate()["rare trades"], series.degenerate()["jump, then flat"]):
        whole = indicators.evaluate(row.id(row.defaults), bars)
        for count in (0, 1, 2, 31, 75, 76, 99, 102, 200, 388):
            part = indicators.evaluate(row.id(row.defaults), series.part(bars, 0, count))
            assert_same(part, [values[:count] for values in whole], bars, EXACT)


@pytest.mark.parametrize("name", NAMES)
def test_values_after_the_warm_up_do_not_tell_where_reading_began(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    bars = series.random()["long walk"]
    for parameters in parameter_sets(indicators, row):
        whole = indicators.evaluate(row.id(parameters), bars)
        if row.sessions is not None:
            days = np.unique(bars.session)
            before, asked = (int(np.searchsorted(bars.session, day)) for day in (days[-1 - row.sessions], days[-1]))
        elif row.warm_up is not None:
            before = len(bars) - indicators.expression(row.warm_up, row, parameters) - 25
            asked = len(bars) - 25
        else:
            pytest.skip("path-dependent: read from the anchor")
        if before < 0 and parameters != row.defaults:
            continue
        assert before > 0
        part = indicators.evaluate(row.id(parameters), series.part(bars, before))
        last = [values[asked - before :] for values in part]
        assert not all(np.isnan(values).all() for values in last)
        assert_same(last, [values[asked:] for values in whole], bars, row.tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_nor_do_they_after_a_price_has_stood_still(indicators: Evaluator, name: str) -> None:
    """What fades as the price stands still is all that a quotient is made of: rounding would become its value."""
    row = indicators.catalogue[name]
    if row.warm_up is None or row.sessions is not None:
        pytest.skip("read from an anchor or a session")
    warm_up = indicators.expression(row.warm_up, row, row.defaults)
    for still in (60, 250, 600, 1500):
        bars = series.still(still)
        resumed = len(bars) - 300
        whole = indicators.evaluate(row.id(row.defaults), bars)
        for asked in (resumed - 5, resumed + 5, resumed + 60):
            part = indicators.evaluate(row.id(row.defaults), series.part(bars, asked - warm_up))
            ours = [values[warm_up : warm_up + 20] for values in part]
            assert_same(ours, [values[asked : asked + 20] for values in whole], bars, row.tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_of_a_jump_that_has_left_the_window(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    bars = series.degenerate()["jump, then flat"]
    for parameters in parameter_sets(indicators, row):
        lookback = indicators.expression(row.lookback, row, parameters)
        warm_up = indicators.expression(row.warm_up or "null", row, parameters)
        if warm_up != lookback or row.sessions is not None:
            pytest.skip("not of a window")
        since = 103  # the bar after the jump opens there, and the next still has it as its close before
        flat = series.part(bars, since)
        whole = indicators.evaluate(row.id(parameters), bars)
        alone = indicators.evaluate(row.id(parameters), flat)
        after = [values[lookback:] for values in alone]
        assert_same(after, [values[since + lookback :] for values in whole], flat, EXACT)


FLOATS = st.one_of(
    st.sampled_from([0.0, 0.0, 0.05, 0.1, 0.3, 100.0, 123.45, 1e7, 1e12, -1e12, 1e-9]),
    st.floats(-1e12, 1e12, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-12),
)
RUNS = st.lists(st.tuples(FLOATS, st.integers(1, 12)), max_size=12)
KERNELS = ("rolling_sum", "sma", "highest", "lowest", "stddev", "ema")


@settings(max_examples=300, deadline=None)
@given(runs=RUNS, length=st.integers(1, 40), nulls=st.integers(0, 5))
def test_core_kernels_are_exact_whatever_came_before(
    indicators: Evaluator, runs: list[tuple[float, int]], length: int, nulls: int
) -> None:
    """Each value is near that of its own window in fractions, relative to that window: nothing older shows in it."""
    x = [value for value, count in runs for _ in range(count)]
    given_series = [None] * nulls + x
    found = indicators.connection.execute(
        "select "
        + ", ".join(f"kernels.{name}(s.x, s.n)" for name in KERNELS)
        + " from (select %s::float8[], %s) as s (x, n)",
        (given_series, length),
        binary=True,
    ).fetchone()
    assert found is not None
    kernels = dict(zip(KERNELS, found, strict=True))
    for values in kernels.values():
        assert len(values) == len(given_series)
        assert values[: nulls + length - 1] == [None] * min(nulls + length - 1, len(given_series))
    state, scale = 0.0, 0.0
    for i in range(length - 1, len(x)):
        at = {name: values[nulls + i] for name, values in kernels.items()}
        window = x[i - length + 1 : i + 1]
        exact = [Fraction(value) for value in window]
        allowed = EXACT * max(map(abs, window))
        mean = sum(exact) / length
        deviation = math.sqrt(sum((value - mean) ** 2 for value in exact) / length)
        assert at["highest"] == max(window)
        assert at["lowest"] == min(window)
        assert abs(at["rolling_sum"] - float(sum(exact))) <= allowed * length
        assert abs(at["sma"] - float(mean)) <= allowed
        assert abs(at["stddev"] - deviation) <= allowed
        assert at["stddev"] != 0 or max(window) - min(window) <= allowed
        assert at["stddev"] == 0 or len(set(window)) > 1
        state = float(mean) if i == length - 1 else state + 2 / (length + 1) * (x[i] - state)
        scale = max(scale, *map(abs, window))
        assert abs(at["ema"] - state) <= EXACT * scale
