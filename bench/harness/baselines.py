"""What else writes the same rows: the plainest binary COPY, and asyncpg's executemany."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import asyncpg
import psycopg

from ingestor.copyrows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TYPES = ("int4", "timestamptz", "float8", *["int8"] * 4, "float8", "float8", "int8", "int8", "timestamptz", "text")
Row = tuple[object, ...]


def batches(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[first : first + size] for first in range(0, len(rows), size))


def copy(url: str, rows: Sequence[Row], size: int) -> float:
    """Store rows with binary COPY, `size` to a transaction; return rows per second."""
    with psycopg.connect(url, autocommit=True) as connection:
        started = time.perf_counter()
        for batch in batches(rows, size):
            with (
                connection.cursor() as cursor,
                cursor.copy(f"copy store.tick_data ({COLUMNS}) from stdin (format binary)".encode()) as stream,
            ):
                stream.set_types(TYPES)
                for row in batch:
                    stream.write_row(row)
        return len(rows) / (time.perf_counter() - started)


async def executemany(url: str, table: str, rows: Sequence[Row], size: int, seconds: float) -> float:
    """Insert rows with asyncpg, `size` to a transaction, for some seconds at the most; return rows per second."""
    connection = await asyncpg.connect(url)
    places = ", ".join(f"${number}" for number in range(1, len(TYPES) + 1))
    statement = f"insert into {table} ({COLUMNS}) values ({places})"
    started = time.perf_counter()
    stored = 0
    for batch in batches(rows, size):
        await connection.executemany(statement, batch)  # atomic: one transaction
        stored += len(batch)
        if time.perf_counter() - started > seconds:
            break
    rate = stored / (time.perf_counter() - started)
    await connection.close()
    return rate
