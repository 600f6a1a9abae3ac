"""Wrong calls say what is wrong and show a right one; poor bars give nulls, never NaN or infinity."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.indicators import series
from tests.sql.indicators.agreement import parameter_sets
from tests.sql.indicators.oracles import ORACLES

if TYPE_CHECKING:
    from tests.sql.indicators.evaluator import Evaluator

NAMES = sorted(ORACLES)
NO_BARS: tuple[list[float], ...] = ([], [], [], [], [])
UNKNOWN_INDICATOR, WRONG_PARAMETERS, NO_SERIES = "BH006", "BH007", "BH008"
EVALUATE = """
    select * from indicators.evaluate(
        %s, %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::date[]
    )
"""


def refused(indicators: Evaluator, code: str, query: str, *parameters: object) -> psycopg.errors.Diagnostic:
    with pytest.raises(psycopg.Error) as caught:
        indicators.connection.execute(query, parameters)
    assert caught.value.sqlstate == code, caught.value
    assert caught.value.diag.message_hint
    return caught.value.diag


def assert_shows_a_right_call(indicators: Evaluator, hint: str | None) -> None:
    match = re.match(r"write ([A-Z0-9_.]+)", hint or "")
    assert match, hint
    indicators.connection.execute(EVALUATE, (match[1], *NO_BARS, []))


@pytest.mark.parametrize("name", ["", "FOO", "FOO_14", "14", "_", "RSI14", "rsi-14", "EMA;20", None])
def test_an_unknown_indicator(indicators: Evaluator, name: str | None) -> None:
    diagnostic = refused(indicators, UNKNOWN_INDICATOR, EVALUATE, name, *NO_BARS, [])
    assert set(str(diagnostic.message_hint).removeprefix("one of ").split()) == set(indicators.catalogue)
    refused(indicators, UNKNOWN_INDICATOR, "select indicators.prepare(%s, '{}')", name)
    refused(indicators, UNKNOWN_INDICATOR, "select * from indicators.indicator(1, '5m', %s)", name)


@pytest.mark.parametrize("name", ["rsi", "RSI_14", " RSI", "RSI "])
def test_prepare_takes_the_name_alone(indicators: Evaluator, name: str) -> None:
    diagnostic = refused(indicators, UNKNOWN_INDICATOR, "select indicators.prepare(%s, '{14}')", name)
    assert name in str(diagnostic.message_primary)


@pytest.mark.parametrize("name", NAMES)
def test_ids_that_name_no_parameters(indicators: Evaluator, name: str) -> None:
    count = len(indicators.catalogue[name].parameters)
    wrong = [f"{name}_x", f"{name}_1__2", f"{name}_", f"{name}_1e999", f"{name}_" + "_".join(["14"] * (count + 1))]
    for written in wrong:
        diagnostic = refused(indicators, WRONG_PARAMETERS, EVALUATE, written, *NO_BARS, [])
        assert_shows_a_right_call(indicators, diagnostic.message_hint)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_out_of_range(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    prepare = "select indicators.prepare(%s, %s::float8[])"
    for nth, parameter in enumerate(row.parameters):
        wrong: list[float | None] = [
            None,
            math.nan,
            math.inf,
            -math.inf,
            -1,
            1e300,
            parameter.min - 1,
            parameter.max + 1,
        ]
        wrong += [0] if parameter.min > 0 else []
        wrong += [parameter.default + 0.5, 2**31, 2**63] if parameter.type == "integer" else []
        for value in wrong:
            given: list[float | None] = [float(default) for default in row.defaults]
            given[nth] = None if value is None else float(value)
            diagnostic = refused(indicators, WRONG_PARAMETERS, prepare, name, given)
            assert parameter.name in str(diagnostic.message_primary)
            assert_shows_a_right_call(indicators, diagnostic.message_hint)
    for count in (len(row.parameters) - 1, len(row.parameters) + 1):
        if count >= 0:
            diagnostic = refused(indicators, WRONG_PARAMETERS, prepare, name, [14.0] * count)
            assert_shows_a_right_call(indicators, diagnostic.message_hint)
    if row.parameters:
        refused(indicators, WRONG_PARAMETERS, "select indicators.prepare(%s, null)", name)


def test_parameters_against_the_rule(indicators: Evaluator) -> None:
    ruled = [row for row in indicators.catalogue.values() if row.rule]
    assert {"MACD", "PPO", "AO", "ULTOSC"} <= {row.name for row in ruled}
    for row in ruled:
        extremes = product(*((float(p.min), float(p.max)) for p in row.parameters))
        wrong = [parameters for parameters in extremes if not indicators.keeps_rule(row, parameters)]
        assert wrong
        for parameters in wrong:
            diagnostic = refused(
                indicators, WRONG_PARAMETERS, "select indicators.prepare(%s, %s)", row.name, [*parameters]
            )
            assert " wants " in str(diagnostic.message_primary)
            assert_shows_a_right_call(indicators, diagnostic.message_hint)


@pytest.mark.parametrize("name", NAMES)
def test_typed_functions_refuse_as_ids_do(indicators: Evaluator, name: str) -> None:
    """Also for an instrument and a range without bars."""
    row = indicators.catalogue[name]
    function = f"indicators.{name.lower()}"
    assert indicators.connection.execute(f"select * from {function}(1, '5m')").fetchall() == []
    refused(indicators, "BH001", f"select * from {function}(1, '7m')")
    refused(
        indicators,
        "BH005",
        f"select * from {function}(1, '5m', since => '2026-01-02 10:00', until => '2026-01-02 09:00')",
    )
    for parameter in row.parameters:
        for value in ("null", parameter.max + 1, parameter.min - 1):
            kind = "integer" if parameter.type == "integer" else "double precision"
            query = f"select * from {function}(1, '5m', {parameter.name} => ({value})::{kind})"
            diagnostic = refused(indicators, WRONG_PARAMETERS, query)
            assert_shows_a_right_call(indicators, diagnostic.message_hint)


@pytest.mark.parametrize("name", NAMES)
def test_poor_bars_give_numbers_or_nulls(indicators: Evaluator, name: str) -> None:
    """evaluate() of the tests refuses NaN and infinity."""
    row = indicators.catalogue[name]
    for bars in (*series.degenerate().values(), *series.random().values()):
        for parameters in parameter_sets(indicators, row):
            outputs = indicators.evaluate(row.id(parameters), bars)
            assert [len(values) for values in outputs] == [len(bars)] * len(row.outputs)


@pytest.mark.parametrize("name", NAMES)
def test_a_length_beyond_the_history_gives_nulls(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    longest = tuple(p.max if p.type == "integer" else p.default for p in row.parameters)
    if not indicators.keeps_rule(row, longest):
        longest = tuple(
            p.max - len(row.parameters) + nth if p.type == "integer" else p.default
            for nth, p in enumerate(row.parameters)
        )
    bars = series.part(series.random()["walk"], 0, 60)
    outputs = indicators.evaluate(row.id(longest), bars)
    if indicators.expression(row.lookback, row, longest) >= len(bars):
        assert any(all(math.isnan(value) for value in values) for values in outputs)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_series_of_bars(indicators: Evaluator, name: str) -> None:
    """Of the columns that the indicator reads."""
    row = indicators.catalogue[name]
    bars = series.part(series.random()["walk"], 0, 200)
    identity = row.id(row.defaults)
    inputs = ("open", "high", "low", "close", "volume", "session_date")
    used = [nth for nth, column in enumerate(inputs) if re.search(rf"\b{column}\b", row.kernel)]
    for nth in used:
        column = bars.columns[nth]
        is_price = inputs[nth] != "session_date"
        wrong: list[list[Any] | None] = [None, [*column[:100], None, *column[101:]]]
        wrong += [[]] if len(used) > 1 else []
        wrong += [column[:-1], [*column, column[-1]]] if len(used) > 1 else []
        wrong += [[*column[:100], value, *column[101:]] for value in (math.nan, math.inf, -math.inf) if is_price]
        for values in wrong:
            given = [*bars.columns[:nth], values, *bars.columns[nth + 1 :]]
            refused(indicators, NO_SERIES, EVALUATE, identity, *given)
