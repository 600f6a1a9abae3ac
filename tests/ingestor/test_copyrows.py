"""Encoded rows against psycopg's own binary COPY, byte for byte, and against the values that a database reads back."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.copy import LibpqWriter

from ingestor.copyrows import COLUMNS, HEADER, TRAILER, Encoder, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.abc import Buffer

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TYPES = ("int4", "timestamptz", "float8", *("int8",) * 4, "float8", "float8", "int8", "int8", "timestamptz", "text")

smallints = st.integers(-(2**31), 2**31 - 1)
bigints = st.integers(-(2**63), 2**63 - 1)
prices = st.floats(allow_nan=False)
# what datetime can hold: years 1 to 9999, so well before 1970 and 2000 as after
times = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999) | st.integers(
    946_684_799_999_990, 946_684_800_000_010
)
rows = st.builds(
    Row,
    instrument_id=smallints,
    time=times,
    ltp=prices,
    volume=bigints,
    missed_volume=bigints,
    day_volume=st.none() | bigints,
    open_interest=st.none() | bigints,
    bid_price=st.none() | prices,
    ask_price=st.none() | prices,
    bid_qty=st.none() | bigints,
    ask_qty=st.none() | bigints,
    received_at=times,
)
sources = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)


def moment(time: int) -> datetime:
    return EPOCH + timedelta(microseconds=time)


def values(row: Row, source: str) -> tuple[object, ...]:
    """Return the row as Python values in the order of COLUMNS."""
    return (row.instrument_id, moment(row.time), *row[2:-1], moment(row.received_at), source)


@pytest.fixture(scope="module")
def connection(clusters: Any) -> Iterator[psycopg.Connection]:  # noqa: ANN401 - a fixture of tests/conftest.py
    with psycopg.connect(clusters("postgres").server.url(), autocommit=True) as connection:
        types = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS.split(", "), TYPES, strict=True))
        connection.execute(f"create temporary table rows (place serial, {types})")
        yield connection


class Recorded(LibpqWriter):
    """Sends what psycopg writes, and keeps it."""

    def __init__(self, cursor: psycopg.Cursor) -> None:
        super().__init__(cursor)
        self.data = bytearray()

    def write(self, data: Buffer) -> None:
        self.data += data
        super().write(data)


def copy(connection: psycopg.Connection, encoded: bytes) -> None:
    statement = f"copy rows ({COLUMNS}) from stdin (format binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        stream.write(HEADER + encoded + TRAILER)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batch=st.lists(rows, min_size=1, max_size=20), source=sources)
def test_the_database_reads_the_values(connection: psycopg.Connection, batch: list[Row], source: str) -> None:
    connection.execute("truncate rows")
    encoder = Encoder(source)
    copy(connection, b"".join(map(encoder.encode, batch)))
    connection.execute("set timezone = 'UTC'")
    query = f"select {COLUMNS} from rows order by place"
    stored = connection.execute(query).fetchall()
    assert stored == [values(row, source) for row in batch]
    signs = [[str(value) for value in row] for row in stored]
    assert signs == [[str(value) for value in values(row, source)] for row in batch]  # -0.0 is not 0.0


@given(row=rows, source=sources)
def test_the_bytes_are_those_of_psycopg(connection: psycopg.Connection, row: Row, source: str) -> None:
    statement = f"copy rows ({COLUMNS}) from stdin (format binary)"
    with connection.cursor() as cursor:
        sent = Recorded(cursor)
        with cursor.copy(statement, writer=sent) as stream:
            stream.set_types(TYPES)
            stream.write_row(values(row, source))
    assert HEADER + Encoder(source).encode(row) + TRAILER == bytes(sent.data)


@pytest.mark.parametrize("column", ["instrument_id", "volume", "day_volume", "bid_qty"])
def test_a_number_that_does_not_fit_its_column_is_an_error(column: str) -> None:
    row = Row(1, 0, 1.0, 0, 0, 0, 0, 1.0, 1.0, 0, 0, 0)
    with pytest.raises(struct.error):
        Encoder("replay").encode(row._replace(**{column: 2**63}))
