"""Indicators as the database computes them, each only once, and what the catalogue says of them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

import numpy as np
from psycopg import sql
from psycopg.rows import dict_row

if TYPE_CHECKING:
    import psycopg

    from tests.sql.indicators.series import Array, Bars

WRONG_PARAMETERS = "BH007"
COLUMNS = ("open", "high", "low", "close", "volume", "session_date")


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    default: float
    min: float
    max: float

    def fit(self, value: float) -> float:
        """Return the nearest value that the parameter may have."""
        value = min(max(value, self.min), self.max)
        return math.floor(value) if self.type == "integer" else value


@dataclass(frozen=True)
class Row:
    """A row of the catalogue."""

    name: str
    title: str
    family: str
    outputs: list[str]
    parameters: list[Parameter]
    rule: str | None
    kernel: str
    lookback: str
    warm_up: str | None
    sessions: int | None
    convention: str
    oracles: list[str]
    tolerance: float

    @property
    def defaults(self) -> tuple[float, ...]:
        return tuple(p.default for p in self.parameters)

    def allows(self, parameters: tuple[float, ...]) -> bool:
        return all(p.fit(value) == value for p, value in zip(self.parameters, parameters, strict=True))

    def id(self, parameters: tuple[float, ...]) -> str:
        return "_".join([self.name, *(format(value, ".15g") for value in parameters)])

    def variations(self) -> list[tuple[float, ...]]:
        """Return other parameters than the defaults: the least, about half, a little more, more than double."""
        tried = [
            tuple(p.fit(-math.inf if factor == 0 else p.default * factor + more) for p in self.parameters)
            for factor, more in ((0, 0), (0.5, 0), (1.25, 0), (2, 3))
        ]
        return [found for found in dict.fromkeys(tried) if found != self.defaults]


class Evaluator:
    """A connection (superuser, autocommit) to a database without candles."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute("select * from indicators.indicator_catalogue order by name").fetchall()
        self.catalogue = {
            row["name"]: Row(**{**row, "parameters": [Parameter(**p) for p in row["parameters"]]}) for row in rows
        }
        self.put: dict[Bars, int] = {}
        self.found: dict[tuple[str, Bars], list[Array]] = {}
        connection.execute(
            """
            create temporary table bars (
                id integer primary key generated always as identity,
                open double precision[], high double precision[], low double precision[], close double precision[],
                volume double precision[], session_date date[]
            )
            """
        )

    def scalar(self, query: LiteralString, *parameters: object) -> Any:  # noqa: ANN401
        row = self.connection.execute(query, parameters).fetchone()
        assert row is not None
        return row[0]

    def expression(self, text: str, row: Row, parameters: tuple[float, ...]) -> Any:  # noqa: ANN401
        """Compute an expression of the catalogue with the parameters in place."""
        values = {p.name: repr(value) for p, value in zip(row.parameters, parameters, strict=True)}
        query = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)
        found = self.connection.execute(sql.SQL("select {}").format(sql.SQL(query))).fetchone()
        assert found is not None
        return found[0]

    def keeps_rule(self, row: Row, parameters: tuple[float, ...]) -> bool:
        return row.rule is None or bool(self.expression(row.rule, row, parameters))

    def evaluate(self, identity: str, bars: Bars) -> list[Array]:
        """Return the outputs in the order of the catalogue; null is NaN here. No value is ever NaN or infinite."""
        if (identity, bars) not in self.found:
            rows = self.connection.execute(
                """
                select output, series
                from bars, indicators.evaluate(%s, open, high, low, close, volume, session_date)
                where id = %s
                """,
                (identity, self._put(bars)),
                binary=True,
            ).fetchall()
            outputs = [values for _, values in rows]
            for values in outputs:
                assert len(values) == len(bars)
                assert all(value is None or math.isfinite(value) for value in values), f"{identity}: NaN or infinity"
            self.found[identity, bars] = [np.array(values, dtype=np.float64) for values in outputs]
        return self.found[identity, bars]

    def _put(self, bars: Bars) -> int:
        if bars not in self.put:
            self.put[bars] = self.scalar(
                """
                insert into bars (open, high, low, close, volume, session_date)
                values (%s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::date[])
                returning id
                """,
                *bars.columns,
            )
        return self.put[bars]
