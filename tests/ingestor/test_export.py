"""Exports hold what the database holds, with its types, and never more in memory than a part of it."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from ingestor import export as exports
from ingestor import sources
from ingestor.errors import BhavError
from ingestor.service import Service
from tests.contract.contract import Contract
from tests.contract.simulated import days
from tests.ingestor.daemon import PYTHONPATH, settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TYPES = """
select t.* from generate_series(1, 2) as n left join (select
    1::smallint as int2,
    2::integer as int4,
    9007199254740993::bigint as int8,
    1.5::real as float4,
    'NaN'::double precision as float8,
    12.34::numeric(10, 2) as money,
    '-98765432109876543210987654321098765432109876543210.12'::numeric(60, 2) as wide,
    12345::numeric(3, -2) as hundreds,
    0.00012::numeric(2, 5) as small,
    123456789012345678.000000000000000001::numeric as exact,
    true as bool,
    'a,"b"
c' as text,
    date '2026-11-20' as date,
    timestamptz '2026-11-20 09:15:00.000001+05:30' as time,
    timestamp '2026-11-20 09:15' as naive,
    interval '1 mon 2 days' as interval,
    '{"a": [1]}'::jsonb as json,
    array[1.5, null]::double precision[] as numbers,
    array['x', 'y,z'] as texts,
    'bhav'::name as name,
    '\\x00ff'::bytea as bytes,
    tstzrange('2026-11-20 09:15+05:30', null) as range
) as t on n = 1
"""


def export(url: str, query: str, file: Path) -> int:
    return exports.export(url, query, file, lambda _: None)


def rows_of(file: Path) -> list[dict[str, Any]]:
    return pq.read_table(file).to_pylist()  # type: ignore[no-any-return]


def test_parquet_keeps_types_and_values(url: str, tmp_path: Path) -> None:
    file = tmp_path / "types.parquet"
    assert export(url, TYPES, file) == 2
    table = pq.read_table(file)
    kinds = dict(zip(table.schema.names, table.schema.types, strict=True))
    assert [kinds[name] for name in ("int2", "int4", "int8", "float4", "float8")] == [
        pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(),
    ]  # fmt: skip
    assert (kinds["money"], kinds["exact"]) == (pa.decimal128(10, 2), pa.decimal128(38, 18))
    assert (kinds["wide"], kinds["hundreds"], kinds["small"]) == (
        pa.decimal256(60, 2), pa.decimal128(5, 0), pa.decimal128(5, 5),
    )  # fmt: skip
    assert kinds["time"] == pa.timestamp("us", "Asia/Kolkata")
    row, nothing = table.to_pylist()
    assert set(nothing.values()) == {None}
    assert row.pop("float8") != row["float4"]
    assert row == {
        "int2": 1,
        "int4": 2,
        "int8": 9007199254740993,
        "float4": 1.5,
        "money": Decimal("12.34"),
        "wide": Decimal("-98765432109876543210987654321098765432109876543210.12"),
        "hundreds": Decimal(12300),
        "small": Decimal("0.00012"),
        "exact": Decimal("123456789012345678.000000000000000001"),
        "bool": True,
        "text": 'a,"b"\nc',
        "date": date(2026, 11, 20),
        "time": datetime(2026, 11, 20, 3, 45, 0, 1, tzinfo=UTC),
        "naive": datetime(2026, 11, 20, 9, 15),  # noqa: DTZ001 - as it is in the database
        "interval": "1 mon 2 days",
        "json": '{"a": [1]}',
        "numbers": [1.5, None],
        "texts": ["x", "y,z"],
        "name": "bhav",
        "bytes": b"\0\xff",
        "range": '["2026-11-20 09:15:00+05:30",)',
    }


def test_csv_is_what_copy_writes(url: str, db: psycopg.Connection, tmp_path: Path) -> None:
    file = tmp_path / "types.CSV"
    assert export(url, f"{TYPES}; ", file) == 2
    with db.cursor() as cursor, cursor.copy(f"copy ({TYPES}) to stdout (format csv, header)") as copy:
        assert file.read_bytes() == b"".join(copy)
    with file.open(newline="") as lines:
        (row, _) = csv.DictReader(lines)
    assert (row["int8"], row["text"], row["time"]) == (
        "9007199254740993", 'a,"b"\nc', "2026-11-20 09:15:00.000001+05:30",
    )  # fmt: skip


def test_a_comment_at_the_end_of_a_query_hides_nothing(url: str, tmp_path: Path) -> None:
    assert export(url, "select 1 as a -- all", tmp_path / "a.csv") == 1
    assert export(url, "select 1 as a -- all", tmp_path / "a.parquet") == 1


def test_candles_of_a_range_equal_the_view(url: str, engine: str, db: psycopg.Connection, tmp_path: Path) -> None:
    contract = Contract(url, engine)
    ids = contract.instruments()
    ticks = days(ids, ["2026-08-03", "2026-08-04"], 400, 1)
    contract.ensure(ticks)
    contract.copy(ticks)
    contract.connection.close()
    file = tmp_path / "candles.parquet"
    symbol = next(symbol for symbol in ids if symbol.startswith("NSE:"))
    for since, until, where in (
        (
            "2026-08-03T10:00",
            "2026-08-04T12:00",
            "bucket between '2026-08-03 10:00+05:30' and '2026-08-04 11:55+05:30'",
        ),
        ("now-1d/d", None, "bucket >= '2026-08-03 00:00+05:30'"),
        (None, None, "session_date = '2026-08-04'"),
        ("2030-01-01", "2030-01-02", "false"),
    ):
        query = exports.candles(url, symbol, "5min", since, until)
        count = exports.export(url, query, file, lambda _: None)
        view = f"select * from candles_5m where instrument_id = {ids[symbol]} and {where} order by bucket"
        with db.cursor(row_factory=dict_row) as cursor:
            bars = cursor.execute(view.encode()).fetchall()
        for bar in bars:
            del bar["instrument_id"]
        assert rows_of(file) == [{"symbol": symbol, "timeframe": "5min", **bar} for bar in bars]
        assert count == len(bars)
    assert pq.read_schema(file).names[:3] == ["symbol", "timeframe", "bucket"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_exported_minutes_replayed_are_the_same_candles(
    url: str, engine: str, create_database: Callable[[str], str], tmp_path: Path, ending: str
) -> None:
    contract = Contract(url, engine)
    ids = contract.instruments()
    ticks = days(ids, ["2026-08-03", "2026-08-04"], 400, 2)
    contract.ensure(ticks)
    contract.copy(ticks)
    contract.connection.close()
    symbol = next(symbol for symbol in ids if symbol.startswith("NSE:"))
    file = tmp_path / f"minutes.{ending}"
    exports.export(url, exports.candles(url, symbol, "1m", "2026-08-03", None), file, lambda _: None)
    again = create_database("replay")
    Service(again, settings(tmp_path), lambda connection: sources.replay(connection, [file])).run()
    bars = "select bucket, open, high, low, close, volume from {} where instrument_id = market.id(%s) order by 1"
    for timeframe in ("1m", "1h", "1d"):
        found = []
        for place in (url, again):
            with psycopg.connect(place) as connection:
                query = sql.SQL(bars).format(sql.Identifier("candles", f"candles_{timeframe}"))
                found.append(connection.execute(query, [symbol]).fetchall())
        assert found[0] == found[1]
        assert found[0]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select no_such_column", 'column "no_such_column" does not exist'),
        ("delete from meta.settings", "DELETE|RETURNING|syntax error"),
        ("with gone as (delete from meta.settings returning name) select name from gone", "data-modifying|read-only"),
        ("select 1 as a; select 2 as b", "syntax error|multiple commands"),
        ("select 1 / (n - 30000) as a from generate_series(1, 60000) as n", "division by zero"),
        ("select candles.candles(1, '7m')", 'unknown timeframe: "7m"'),
        ("", "syntax error"),
    ],
)
def test_a_query_that_fails_says_why_and_leaves_what_was_there(
    url: str, tmp_path: Path, ending: str, query: str, said: str
) -> None:
    file = tmp_path / f"kept.{ending}"
    file.write_text("as it was")
    with pytest.raises(BhavError, match=said):
        export(url, query, file)
    assert file.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [file]
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) > 2 from meta.settings").fetchone() == (True,)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select 1.0 / 3e25", "does not fit Parquet"),
        ("select timestamptz 'infinity'", "infinity"),
        ("select 'NaN'::numeric", "does not fit Parquet"),
        ("select 1::numeric(100, 2) as wide", "column wide does not fit Parquet"),
    ],
)
def test_a_value_that_parquet_cannot_hold_is_an_error(url: str, tmp_path: Path, query: str, said: str) -> None:
    with pytest.raises(BhavError, match=said):
        export(url, query, tmp_path / "a.parquet")


def test_an_unknown_symbol_ending_folder_or_server(url: str, tmp_path: Path) -> None:
    query = exports.candles(url, "NSE:NOT_HERE'; --", "5m", None, None)
    with pytest.raises(BhavError, match="NSE:NOT_HERE'; --"):
        exports.export(url, query, tmp_path / "a.csv", lambda _: None)
    with pytest.raises(BhavError, match="ends neither in"):
        export(url, "select 1 as a", tmp_path / "a.xlsx")
    with pytest.raises(BhavError, match="cannot write"):
        export(url, "select 1 as a", tmp_path / "nowhere" / "a.csv")
    with pytest.raises(BhavError, match="cannot reach the database"):
        export("postgresql://nobody@127.0.0.1:9/bhav", "select 1 as a", tmp_path / "a.csv")


PEAK = """
import resource, sys
from pathlib import Path
from ingestor.export import export
rows = export(sys.argv[1], sys.argv[2], Path(sys.argv[3]), lambda _: None)
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_rows(url: str, tmp_path: Path, ending: str) -> None:
    def peak(rows: int) -> float:
        query = f"select n, repeat(md5(n::text), 10) as text from generate_series(1, {rows}) as n"
        command = [sys.executable, "-c", PEAK, url, query, str(tmp_path / f"big.{ending}")]
        done = subprocess.run(command, env=PYTHONPATH, capture_output=True, text=True, check=True)
        count, kilobytes = map(int, done.stdout.split())
        assert count == rows
        return kilobytes / 1024

    assert peak(400_000) < peak(40_000) + 60  # the rows are 130 MB
