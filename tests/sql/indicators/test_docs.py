"""docs/indicators.md is of this catalogue. `make docs` rewrites it, with the errors measured anew."""

from __future__ import annotations

import math
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sql.indicators import series, tulip
from tests.sql.indicators.agreement import greatest_error
from tests.sql.indicators.oracles import DEFINITION, LIBRARIES, ORACLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.sql.indicators.evaluator import Evaluator, Row

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "indicators.md"
FAMILIES = ("average", "momentum", "trend", "volatility", "volume", "level", "pattern")
ERRORS = "## Errors\n"
INTRODUCTION = """\
# Indicators

Written by `make docs` from `indicators.indicator_catalogue`: do not edit.

Each indicator is a function of an instrument, a timeframe, its own parameters and a range, with a row per bar:

```sql
select * from rsi(market.id('NSE:INFY'), '5m');                                  -- the current trading day
select * from macd(market.id('NSE:INFY'), '75m', since => '2026-08-03', forming => false);
select * from bbands(market.id('NSE:INFY'), '1d', 20, 2.5, since => '2026-01-01', until => '2026-07-01');
```

`indicator()` takes the id of any of them and gives a row per bar and output: a name and its parameters in order, of
which the last may be left out (`RSI_14`, `MACD_12_26_9`, `bbands_20_2.5`, `macd`). `evaluate()` computes on arrays of
your own bars, without a table:

```sql
select * from indicator(market.id('NSE:INFY'), '5m', 'MACD_12_26_9');
select * from evaluate('SMA_3', '{1,2,3,4}', '{1,2,3,4}', '{1,2,3,4}', '{1,2,3,4}', '{1,1,1,1}');
```

Any timeframe of `candles()` will do. `since` is floored to its bar, `until` is exclusive. With `forming => false` the
bar that has not closed is left out. Where an indicator lacks bars before, its value is null.

**Lookback** is the number of bars before the first value. **Read before** is the number of bars that are read before
those asked for, so that where the reading starts no longer shows; *anchor*: it depends on all bars, and is computed
from the anchor of its timeframe (`ledger.indicator_anchors`); *session*: from the first bar of the trading day.
**Agrees with** names what the values are tested against, besides the definition.
"""
ERRORS_INTRODUCTION = """
Greatest differences from each oracle, rounded up to a power of ten, with the default parameters and with others. They
are relative to the greatest value of the series, or to a hundred-thousandth of the prices where that is more.

`definition` is a plain implementation of the published formula in Python, without a value where ours has none.
Libraries are compared where both have a value, and not with the shortest lengths. All of these are tested to be within
the tolerance, except those of libraries over degenerate bars (constant, without volume, after a jump, and so on): their
running sums keep the rounding of a jump, and they have other conventions for what stands still.
"""


VECTORS = """
## Published vectors

The examples that Tulip Indicators publishes, compared where both have values. Differences and the rounding of the
published digits are relative to the greatest value, rounded up to a power of ten. Those that do not agree follow
another convention, which the tables above name.
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def formula(text: str) -> str:
    return re.sub(r"[{}]", "", text)


def read_before(row: Row) -> str:
    if row.sessions is not None:
        return "session" if row.sessions == 0 else "session before"
    return "anchor" if row.warm_up is None else formula(row.warm_up)


def entry(row: Row) -> list[str]:
    ranges = ", ".join(f"{p.name} {p.min:g}..{p.max:g}" for p in row.parameters)
    rule = f"; {formula(row.rule)}" if row.rule else ""
    return [
        f"`{row.id(row.defaults)}`", row.title, ", ".join(row.outputs), ranges + rule or "none",
        formula(row.lookback), read_before(row), row.convention, ", ".join(row.oracles) or "none",
    ]  # fmt: skip


def catalogue_part(rows: Iterable[Row]) -> str:
    text = INTRODUCTION
    head = ("id", "title", "outputs", "parameters", "lookback", "read before", "convention", "agrees with")
    ordered = sorted(rows, key=lambda row: (FAMILIES.index(row.family), row.name))
    for family, members in groupby(ordered, key=lambda row: row.family):
        text += f"\n## {family.capitalize()}\n\n" + table(head, map(entry, members))
    return text + "\n"


def oracles_of(row: Row) -> list[str]:
    return [DEFINITION, *(oracle for oracle in LIBRARIES if oracle in row.oracles)]


def power_of_ten(error: float) -> str:
    return f"1e{math.ceil(math.log10(error))}" if error else "0"


def errors_part(indicators: Evaluator, shared: Path) -> str:
    def figures(row: Row, oracle: str) -> Iterable[str]:
        is_library = oracle != DEFINITION
        for group in (series.random(), series.real(shared), series.degenerate()):
            bars = [bars for bars in group.values() if not is_library or len(bars) > 100]
            yield power_of_ten(greatest_error(indicators, row, oracle, bars, gaps=is_library))

    rows = (
        [row.name, oracle, *figures(row, oracle), f"{row.tolerance:g}"]
        for row in map(indicators.catalogue.__getitem__, sorted(ORACLES))
        for oracle in oracles_of(row)
    )
    head = ("indicator", "oracle", "random", "recorded", "degenerate", "tolerance")
    return ERRORS + ERRORS_INTRODUCTION + "\n" + table(head, rows)


def vectors_part(indicators: Evaluator, shared: Path) -> str:
    rows = []
    for name in sorted({indicator.name for indicator in tulip.INDICATORS.values()}):
        row = indicators.catalogue[name]
        vectors = [v for v in tulip.vectors(shared) if v.indicator.name == name and row.allows(v.parameters)]
        pairs = [pair for v in vectors for pair in v.differences(indicators.evaluate(row.id(v.parameters), v.bars))]
        difference, rounding = (max(float(values.max()) for values in of) for of in zip(*pairs, strict=True))
        agrees = "yes" if "tulip" in row.oracles else "no"
        rows.append([name, str(len(vectors)), power_of_ten(difference), power_of_ten(rounding), agrees])
    return VECTORS + "\n" + table(("indicator", "examples", "difference", "rounding", "agrees"), rows)


@pytest.fixture(scope="module")
def document(request: pytest.FixtureRequest, indicators: Evaluator) -> str:
    if request.config.getoption("--write-docs"):
        text = catalogue_part(indicators.catalogue.values())
        shared = request.getfixturevalue("shared")
        text += errors_part(indicators, shared) + vectors_part(indicators, shared)
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text)
    return DOCUMENT.read_text()


def test_the_catalogue_in_the_document_is_current(indicators: Evaluator, document: str) -> None:
    assert document.partition(ERRORS)[0] == catalogue_part(indicators.catalogue.values()), "run `make docs`"


def test_the_errors_in_the_document_are_within_tolerance(indicators: Evaluator, document: str) -> None:
    """They vary with the machine's mathematics, so they are not compared."""
    errors = document.partition(ERRORS)[2].partition(VECTORS)[0]
    rows = re.findall(r"^\| (\w+) \| ([\w-]+) \| (.*) \| \S+ \|$", errors, re.MULTILINE)[1:]
    catalogue = indicators.catalogue
    assert [row[:2] for row in rows] == [
        (name, oracle) for name in sorted(ORACLES) for oracle in oracles_of(catalogue[name])
    ]
    for name, oracle, errors in rows:
        tested = errors.split(" | ")[: 3 if oracle == DEFINITION else 2]
        assert all(float(error) <= catalogue[name].tolerance for error in tested), (name, oracle)
