"""The catalogue, the typed functions and the kernels tell of the same indicators."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sql.indicators import series
from tests.sql.indicators.oracles import LIBRARIES, ORACLES

if TYPE_CHECKING:
    from tests.sql.indicators.evaluator import Evaluator

FOLDER = Path(__file__).resolve().parents[3] / "sql" / "50_indicators"
NAMES = sorted(ORACLES)
BEFORE = ["instrument_id", "timeframe"]
AFTER = ["since", "until", "forming"]
TYPES = {"integer": "integer", "real": "double precision"}
SIGNATURE = """
    select
        p.proargnames[1:p.pronargs],
        array(select t::regtype::text from unnest(p.proargtypes::oid[]) as t),
        array(
            select pg_get_function_arg_default(p.oid, nth)
            from generate_series(1, p.pronargs) as nth
        ),
        p.proargnames[p.pronargs + 1:],
        array(select t::regtype::text from unnest(p.proallargtypes[p.pronargs + 1:]) as t)
    from pg_proc as p
    where p.pronamespace = 'indicators'::regnamespace and p.proname = %s
"""
KERNEL = """
    select array_agg(a.name order by a.nth)
    from pg_proc as p
    cross join unnest(p.proargnames, p.proargmodes::text[]) with ordinality as a (name, mode, nth)
    where p.pronamespace = 'kernels'::regnamespace and p.proname = %s and a.mode = 'o'
"""


@pytest.mark.parametrize("name", NAMES)
def test_typed_functions_are_as_the_catalogue_says(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    found = indicators.connection.execute(SIGNATURE, (name.lower(),)).fetchall()
    assert len(found) == 1
    arguments, types, defaults, columns, column_types = found[0]
    assert arguments == [*BEFORE, *(p.name for p in row.parameters), *AFTER]
    assert types[2:-3] == [TYPES[p.type] for p in row.parameters]
    assert defaults[:2] == [None, None]
    given = [indicators.scalar(f"select ({text})::float8") for text in defaults[2:-3]]
    assert given == [p.default for p in row.parameters]
    assert columns == ["bucket", *row.outputs]
    assert column_types == ["timestamp with time zone", *(["double precision"] * len(row.outputs))]


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_those_of_the_kernel_in_its_order(indicators: Evaluator, name: str) -> None:
    """A kernel with one output needs no name for it."""
    row = indicators.catalogue[name]
    match = re.fullmatch(r"kernels\.(\w+)\(.*\)", row.kernel)
    assert match
    outputs = indicators.scalar(KERNEL, match[1])
    assert row.outputs == ([name.lower()] if outputs is None else outputs)


@pytest.mark.parametrize("name", NAMES)
def test_rows_make_sense(indicators: Evaluator, name: str) -> None:
    row = indicators.catalogue[name]
    names = [p.name for p in row.parameters]
    assert all(p.min <= p.default <= p.max for p in row.parameters)
    assert all(p.fit(p.default) == p.default for p in row.parameters)
    assert all(p.type in TYPES for p in row.parameters)
    assert len(set(names)) == len(names)
    assert set(re.findall(r"\{(\w+)\}", row.kernel)) == set(names)
    for text in (row.lookback, row.warm_up, row.rule):
        assert set(re.findall(r"\{(\w+)\}", text or "")) <= set(names)
    assert indicators.keeps_rule(row, row.defaults)
    warm_up = indicators.expression(row.warm_up or "null", row, row.defaults)
    lookback = indicators.expression(row.lookback, row, row.defaults)
    assert isinstance(lookback, int)
    assert row.sessions is not None or warm_up is None or warm_up >= lookback
    assert row.sessions is None or warm_up == 0
    assert 0 < row.tolerance <= 1e-8
    assert row.convention[0] == row.convention.strip()[0]
    assert not row.convention.endswith(".")
    known = {*LIBRARIES, "tulip", "TradingView"}  # the last publishes formulas: the definition follows them
    assert set(row.oracles) <= known


@pytest.mark.parametrize("name", NAMES)
def test_ids(indicators: Evaluator, name: str) -> None:
    """A name alone has the defaults; the full spelling and that of the hint name the same."""
    row = indicators.catalogue[name]
    parse = "select (indicators.parse(%s)).*"
    expected = (row.id(row.defaults), name, [*row.defaults])
    hint = indicators.scalar("select indicators.example(%s)", name)
    shown = re.match(r"write ([A-Z0-9_.]+)", hint)
    assert shown
    for written in (name, name.lower(), row.id(row.defaults), f" {row.id(row.defaults).lower()} ", shown[1]):
        assert indicators.connection.execute(parse, (written,)).fetchone() == expected
    assert all(p.name in hint for p in row.parameters)


def test_ids_that_people_know(indicators: Evaluator) -> None:
    known = [
        "RSI_14", "MACD_12_26_9", "BBANDS_20_2", "STOCH_14_3_3", "STOCHRSI_14_14_3_3", "KC_20_2_10", "PSAR_0.02_0.2",
        "T3_5_0.7", "MAMA_0.5_0.05", "SUPERTREND_10_3", "ICHIMOKU_9_26_52", "ULTOSC_7_14_28", "KAMA_10_2_30", "OBV",
    ]  # fmt: skip
    rows = {row.id(row.defaults) for row in indicators.catalogue.values()}
    assert set(known) <= rows
    assert len(rows) >= 44


def test_outputs_come_in_order_and_under_their_names(indicators: Evaluator) -> None:
    bars = series.part(series.random()["walk"], 0, 5)
    for row in indicators.catalogue.values():
        found = indicators.connection.execute(
            "select output from indicators.evaluate(%s, %s, %s, %s, %s, %s, %s)", (row.name, *bars.columns)
        ).fetchall()
        assert [output for (output,) in found] == row.outputs


def test_every_kernel_has_a_use() -> None:
    files = [*FOLDER.rglob("*.sql"), *(FOLDER.parent / "40_gaps").rglob("*.sql")]
    text = {path: path.read_text() for path in files}
    for path in (FOLDER / "kernels").glob("*.sql"):
        others = (source for other, source in text.items() if other != path)
        assert any(re.search(rf"\bkernels\.{path.stem}[(\[]", source) for source in others), path.name


def test_kernels_need_what_they_say(indicators: Evaluator) -> None:
    """`-- needs:` names exactly the kernels that a file calls, and the type of their series."""
    for path in (FOLDER / "kernels").glob("*.sql"):
        source = path.read_text()
        said = re.search(r"^-- needs: (.*)$", source, re.MULTILINE)
        body = re.sub(r"--.*", "", source)
        called = set(re.findall(r"(?<!function )\bkernels\.(\w+)[(\[]", body)) - {path.stem}
        assert set(said[1].split(", ") if said else ()) == called, path.name
    count = indicators.scalar(
        """
        select count(*) from (
            select from pg_proc where pronamespace = 'kernels'::regnamespace
            union all
            select from pg_type where typnamespace = 'kernels'::regnamespace and typtype = 'd'
        ) as objects
        """
    )
    assert count == len([*(FOLDER / "kernels").glob("*.sql")])
