"""Every indicator against independent sources: its definition by brute force, TA-Lib, pandas-ta, published vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.sql.indicators import series, tulip
from tests.sql.indicators.agreement import greatest_error, parameter_sets
from tests.sql.indicators.oracles import DEFINITION, LIBRARIES, ORACLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sql.indicators.evaluator import Evaluator

NAMES = sorted(ORACLES)
TULIP = "tulip"
library = pytest.mark.parametrize(
    ("name", "oracle"), [(name, oracle) for name in NAMES for oracle in LIBRARIES if oracle in ORACLES[name]]
)


def test_every_indicator_has_its_definition(indicators: Evaluator) -> None:
    """Candlestick patterns have tests of their own."""
    assert set(ORACLES) == {row.name for row in indicators.catalogue.values() if row.family != "pattern"}
    assert all(DEFINITION in oracles for oracles in ORACLES.values())
    for row in map(indicators.catalogue.get, ORACLES):
        assert row
        assert not row.parameters or len(parameter_sets(indicators, row)) >= 3, row.name


@pytest.mark.parametrize("name", NAMES)
def test_definition_over_random_bars(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    assert greatest_error(indicators, row, DEFINITION, series.random().values()) <= row.tolerance


@pytest.mark.parametrize("name", NAMES)
def test_definition_over_recorded_bars(indicators: Evaluator, shared: Path, name: str) -> None:
    row = indicators.catalogue[name]
    assert greatest_error(indicators, row, DEFINITION, series.real(shared).values()) <= row.tolerance


@pytest.mark.parametrize("name", NAMES)
def test_definition_over_degenerate_bars(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    for what, bars in series.degenerate().items():
        assert greatest_error(indicators, row, DEFINITION, [bars]) <= row.tolerance, what


def test_rounding_turns_no_phase(indicators: Evaluator) -> None:
    """Of few prices, as of a cheap option, differences cancel but for rounding, whose angle may be any."""
    row = indicators.catalogue["MAMA"]
    bars = series.bars(0.05 * np.random.default_rng(9).integers(1, 4, 900), 100)
    assert greatest_error(indicators, row, DEFINITION, [bars]) <= row.tolerance


@library
def test_libraries_listed_agree_and_others_do_not(indicators: Evaluator, shared: Path, name: str, oracle: str) -> None:
    row = indicators.catalogue[name]
    bars = [*series.random().values(), *series.real(shared).values()]
    agrees = greatest_error(indicators, row, oracle, bars, gaps=True) <= row.tolerance
    assert agrees == (oracle in row.oracles)
    assert agrees or oracle in row.convention


@pytest.mark.parametrize("name", sorted({indicator.name for indicator in tulip.INDICATORS.values()}))
def test_published_vectors_listed_agree_and_others_do_not(indicators: Evaluator, shared: Path, name: str) -> None:
    row = indicators.catalogue[name]
    vectors = [vector for vector in tulip.vectors(shared) if vector.indicator.name == name]
    understood = [v for v in vectors if row.allows(v.parameters)]
    assert understood
    agrees = all(v.agrees(indicators.evaluate(row.id(v.parameters), v.bars)) for v in understood)
    assert agrees == (TULIP in row.oracles)
    assert agrees or TULIP in row.convention


@pytest.mark.parametrize("name", NAMES)
def test_lookback_is_the_number_of_leading_nulls(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    for parameters in parameter_sets(indicators, row):
        bars = series.random()["long walk"] if row.sessions is None else series.daily()
        outputs = indicators.evaluate(row.id(parameters), bars)
        lookback = indicators.expression(row.lookback, row, parameters)
        assert max(int(np.argmax(~np.isnan(values))) for values in outputs) == lookback, parameters
        assert parameters != row.defaults or not any(np.isnan(values[lookback:]).any() for values in outputs)
