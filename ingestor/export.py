"""`bhav export`: a query or candles to a CSV or Parquet file, row by row, never all in memory."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from ingestor import db
from ingestor.errors import BhavError
from ingestor.prepare import unreachable
from ingestor.times import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ROWS = 20_000
"""Rows that are held at a time: a row group of the Parquet file."""
DIGITS, DECIMALS = 38, 18
"""Of numeric columns that declare none, as of sum() and avg(): all that 128 bits hold, and how many after the point."""
TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(),
    17: pa.binary(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1083: pa.time64("us"),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "Asia/Kolkata"),
    1005: pa.list_(pa.int16()),
    1007: pa.list_(pa.int32()),
    1016: pa.list_(pa.int64()),
    1022: pa.list_(pa.float64()),
    1009: pa.list_(pa.string()),
}
"""Arrow's types by the oid of PostgreSQL's; numeric is decimal, everything else the text that psql would show."""
NUMERIC = 1700
CANDLES = """
select i.symbol, {timeframe} as timeframe, c.*
from market.instruments as i
cross join lateral candles.candles(i.id, {timeframe}, {since}::timestamptz, {until}::timestamptz) as c
where i.id = market.id({symbol})
order by c.bucket
"""


def candles(url: str, symbol: str, timeframe: str, since: str | None, until: str | None) -> sql.Composed:
    """Return the query of a range of candles, times as `ingestor.times` reads them. Raises BhavError."""
    with db.connect(url, "export") as connection:
        now = db.market_time(connection)
    low, high = (
        moment(text, now).isoformat() if text else default for text, default in ((since, None), (until, "infinity"))
    )
    return sql.SQL(CANDLES).format(
        symbol=sql.Literal(symbol),
        timeframe=sql.Literal(timeframe),
        since=sql.Literal(low),
        until=sql.Literal(high),
    )


def export(url: str, query: str | sql.Composed, file: Path, report: Callable[[str], object]) -> int:
    """Write a query's result to a file by the file's ending; return how many rows.

    `report` is told how far it is. The file appears, or is replaced, when all of it is there. Raises BhavError.
    """
    write = {".csv": write_csv, ".parquet": write_parquet}.get(file.suffix.lower())
    if write is None:
        raise BhavError(f"{file.name} ends neither in .csv nor in .parquet", "the ending chooses the format")
    try:
        with db.connect(url, "export") as connection:
            connection.execute("set default_transaction_read_only = on")
            connection.execute("set cursor_tuple_fraction = 1")
            with connection.transaction(), whole(file) as part:
                text = query if isinstance(query, str) else query.as_string(connection)
                return write(connection, text.strip().rstrip(";"), part, report)
    except psycopg.OperationalError as error:
        if error.sqlstate is None:
            raise unreachable(error) from error
        raise refused(error) from error
    except psycopg.Error as error:
        raise refused(error) from error
    except pa.ArrowInvalid as error:
        raise BhavError(f"a value does not fit Parquet: {error}", "cast the column in the query") from error
    except OSError as error:
        raise BhavError(f"cannot write {file}: {error.strerror or error}") from error


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Give a path to write to, which becomes the file at the end, or goes away."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def write_csv(connection: psycopg.Connection, query: str, file: Path, report: Callable[[str], object]) -> int:
    """Copy a query's result to CSV with a header; times as the database's zone shows them."""
    with file.open("wb") as out, connection.cursor() as cursor:
        statement = f"copy (\n{query}\n) to stdout (format csv, header)"
        with cursor.copy(statement) as copy:
            for data in copy:
                out.write(data)
                report(f"{out.tell():,} bytes")
        return cursor.rowcount


def write_parquet(connection: psycopg.Connection, query: str, file: Path, report: Callable[[str], object]) -> int:
    """Fetch a query's result through a cursor on the server and write it with its types."""
    db.read_as_text(connection, but=TYPES.keys() | {NUMERIC})
    count = 0
    with connection.cursor("export") as cursor:
        cursor.execute(query)
        schema = pa.schema([(column.name, arrow_type(column)) for column in cursor.description or ()])
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            while rows := cursor.fetchmany(ROWS):
                writer.write_batch(batch(rows, schema))
                count += len(rows)
                report(f"{count:,} rows")
    return count


def batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.record_batch(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


def arrow_type(column: psycopg.Column) -> pa.DataType:
    if column.type_code != NUMERIC:
        return TYPES.get(column.type_code, pa.string())
    if column.precision is None or column.scale is None:
        return pa.decimal128(DIGITS, DECIMALS)
    scale = max(column.scale, 0)  # below 0 it adds digits before the point, above the precision it has none there
    digits = max(column.precision - column.scale, 0) + scale
    try:
        return pa.decimal128(digits, scale) if digits <= DIGITS else pa.decimal256(digits, scale)
    except ValueError as error:
        raise BhavError(f"column {column.name} does not fit Parquet: {error}", "cast it in the query") from error


def refused(error: psycopg.Error) -> BhavError:
    """Say in the database's words why a query has no result."""
    return BhavError(error.diag.message_primary or str(error).splitlines()[0], error.diag.message_hint or "")
