"""Rows of a recorded file, one at a time, whatever is wrong with the file."""

from __future__ import annotations

import csv
import gzip
import zlib
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from ingestor.errors import BhavError
from ingestor.feeds.values import exchange_time, number

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

CUT_SHORT = "file cut short"
WRONG_FIELDS = "wrong number of fields"
ROWS_AT_A_TIME = 10_000


class CsvTable:
    """A CSV file, plain or gzipped. A row is a line: a stray quote cannot swallow its successors.

    `names` is the header, empty where the first line holds data; `width` the number of fields; `position` how many
    bytes of the file were read, of `size`. Raises `BhavError` where there is no file, no line or no gzip.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        try:
            self.size = path.stat().st_size
            with _open_text(path) as (_, lines):
                first = _fields(lines.readline())
        except (OSError, EOFError, zlib.error) as error:
            raise BhavError(f"cannot read {path}: {error}", "give a CSV, CSV.gz or Parquet file") from error
        if not any(first):
            raise BhavError(f"{path} begins with an empty line or holds none", "leave this file out")
        self.width = len(first)
        self.names = [] if any(_is_data(field) for field in first) else first

    def rows(self, rejected: Counter[str]) -> Iterator[Sequence[object]]:
        """Yield the fields of every data row; what is no row is counted by reason."""
        with _open_text(self.path) as (raw, lines):
            if self.names:
                next(lines)
            while True:
                try:
                    line = next(lines)
                except StopIteration:
                    break
                except (OSError, EOFError, zlib.error):
                    rejected[CUT_SHORT] += 1
                    break
                self.position = raw.tell()
                fields = _fields(line)
                if len(fields) == self.width:
                    yield fields
                elif line.strip():
                    rejected[WRONG_FIELDS] += 1
        self.position = self.size


class ParquetTable:
    """A Parquet file, with the interface of `CsvTable`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        try:
            with parquet.ParquetFile(path) as file:
                self.names: list[str] = file.schema_arrow.names
                self._row_count: int = file.metadata.num_rows
            self.size = path.stat().st_size
        except (OSError, pa.ArrowException) as error:
            raise BhavError(f"cannot read {path}: {error}", "give a CSV, CSV.gz or Parquet file") from error
        self.width = len(self.names)

    def rows(self, rejected: Counter[str]) -> Iterator[Sequence[object]]:
        """Yield the values of every row; times are `datetime`s to the microsecond."""
        rows_read = 0
        with parquet.ParquetFile(self.path) as file:
            batches = file.iter_batches(ROWS_AT_A_TIME)
            while True:
                try:
                    batch = next(batches)
                except StopIteration:
                    break
                except (OSError, pa.ArrowException):
                    rejected[CUT_SHORT] += 1
                    break
                yield from zip(*map(_values, batch.columns), strict=True)
                rows_read += batch.num_rows
                self.position = self.size * rows_read // self._row_count
        self.position = self.size


def open_table(path: Path) -> CsvTable | ParquetTable:
    """Open a file by its name: .parquet, or else CSV, gzipped where it ends in .gz."""
    return ParquetTable(path) if path.suffix.lower() == ".parquet" else CsvTable(path)


@contextmanager
def _open_text(path: Path) -> Iterator[tuple[BinaryIO, TextIOWrapper]]:
    """Open a file as bytes, whose position tells how much was read, and as the text within."""
    with path.open("rb") as raw:
        stream = gzip.GzipFile(fileobj=raw) if path.suffix.lower() == ".gz" else raw
        with TextIOWrapper(stream, encoding="utf-8-sig", errors="replace") as text:
            yield raw, text


def _fields(line: str) -> list[str]:
    if '"' not in line:
        return line.rstrip("\r\n").split(",")
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _is_data(field: str) -> bool:
    for read in (exchange_time, number):
        try:
            read(field)
        except ValueError:
            continue
        return True
    return False


def _values(column: pa.Array) -> list[object]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values: list[object] = column.to_pylist()
    return values
