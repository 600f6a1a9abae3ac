"""Variables and macros become what Grafana's source makes of them: the table of its behaviour, line by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafana.src import macros
from grafana.src.macros import MacroError, TimeRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster

RANGE = TimeRange(datetime(2026, 11, 19, 3, 45, tzinfo=UTC), datetime(2026, 11, 19, 10, tzinfo=UTC))
STEP = timedelta(minutes=5)
FROM, TO = "'2026-11-19T03:45:00Z'", "'2026-11-19T10:00:00Z'"
VARIABLES: dict[str, str | tuple[str, ...]] = {
    "one": "M&M",
    "two": ("NIFTY", "BANKNIFTY"),
    "quoted": "O'X",
    "double": 'a"b',
    "none": (),
}


def expand(sql: str) -> str:
    return macros.expand(sql, RANGE, STEP)


def interpolate(sql: str) -> str:
    return macros.interpolate(sql, VARIABLES, RANGE, STEP)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("$__time(ts)", 'ts AS "time"'),
        ("$__timeEpoch(ts)", 'extract(epoch from ts) as "time"'),
        ("$__timeFilter(ts)", f"ts BETWEEN {FROM} AND {TO}"),
        ("$__timeFilter( ts )", f"ts BETWEEN {FROM} AND {TO}"),
        ("$__timeFrom()", FROM),
        ("$__timeTo()", TO),
        ("$__timeGroup(ts,'5m')", "floor(extract(epoch from ts)/300)*300"),
        ("$__timeGroup(ts, 5m)", "floor(extract(epoch from ts)/300)*300"),
        ("$__timeGroup(ts,$__interval)", "floor(extract(epoch from ts)/300)*300"),
        (
            "$__timeGroup(ts,'5m'), x",
            'floor(extract(epoch from ts)/300)*300 AS "time", x',
        ),
        (
            "f($__timeGroup(ts,'5m')), $__timeGroup(ts,'5m'), x",  # the first identical text decides
            "f(floor(extract(epoch from ts)/300)*300), floor(extract(epoch from ts)/300)*300, x",
        ),
        ("$__timeGroup(ts,'5m',0)", "floor(extract(epoch from ts)/300)*300"),
        ("$__timeGroup(ts,'5m',NULL)", "floor(extract(epoch from ts)/300)*300"),
        ("$__timeGroup(ts,'5m',previous)", "floor(extract(epoch from ts)/300)*300"),
        ("$__timeGroup(ts,200ms)", "floor(extract(epoch from ts)/0.2)*0.2"),
        ("$__timeGroup(ts,30d)", "floor(extract(epoch from ts)/2.592e+06)*2.592e+06"),
        (
            "$__timeGroupAlias(ts,'5m',0)",
            'floor(extract(epoch from ts)/300)*300 AS "time"',
        ),
        ("$__unixEpochFilter(t)", "t >= 1795059900 AND t <= 1795082400"),
        ("$__unixEpochFrom() $__unixEpochTo()", "1795059900 1795082400"),
        ("$__unixEpochNanoFilter(t)", "t >= 1795059900000000000 AND t <= 1795082400000000000"),
        ("$__unixEpochNanoFrom() $__unixEpochNanoTo()", "1795059900000000000 1795082400000000000"),
        ("$__unixEpochGroup(t,'5m',0)", "floor((t)/300)*300"),
        ("$__unixEpochGroupAlias(t,'1h')", 'floor((t)/3600)*3600 AS "time"'),
        ("$__interval $__interval_ms", "5m 300000"),
        ("$__timeFilter(coalesce(a,b))", f"coalesce(a BETWEEN {FROM} AND {TO})"),  # arguments end at the first )
    ],
)
def test_a_macro_becomes_what_grafana_makes_of_it(written: str, sent: str) -> None:
    assert expand(written) == sent


def test_a_time_has_a_fraction_only_where_it_has_one() -> None:
    fraction = TimeRange(RANGE.since + timedelta(milliseconds=120), RANGE.until)
    assert macros.expand("$__timeFrom()", fraction, STEP) == "'2026-11-19T03:45:00.12Z'"


def test_macros_in_comments_are_gone_and_quotes_keep_what_looks_like_a_comment() -> None:
    assert expand("select 1 -- $__nothing(x)\n, 2 /* $__nothing(x)\n */") == "select 1  \n, 2  "
    kept = """select '-- a', "/* b */", $x$ -- c $x$, 'it''s -- d'"""
    assert expand(kept) == kept


@pytest.mark.parametrize(
    "written",
    ["$__nothing(x)", "$__timeGroup(ts)", "$__unixEpochGroup(t)", "$__timeGroup(ts,'soon')", "$__timeGroup(ts,'1M')"],
)
def test_a_macro_that_grafana_refuses_or_that_depends_on_the_day(written: str) -> None:
    with pytest.raises(MacroError):
        expand(written)


@pytest.mark.parametrize(
    ("form", "one", "two", "quoted"),
    [
        ("sqlstring", "'M&M'", "'NIFTY','BANKNIFTY'", "'O''X'"),
        ("singlequote", "'M&M'", "'NIFTY','BANKNIFTY'", r"'O\'X'"),
        ("csv", "M&M", "NIFTY,BANKNIFTY", "O'X"),
        ("raw", "M&M", "NIFTY,BANKNIFTY", "O'X"),
        ("doublequote", '"M&M"', '"NIFTY","BANKNIFTY"', '"O\'X"'),
    ],
)
def test_a_variable_is_written_in_its_format(form: str, one: str, two: str, quoted: str) -> None:
    written = f"${{one:{form}}} ${{two:{form}}} ${{quoted:{form}}} ${{none:{form}}}"
    assert interpolate(written) == f"{one} {two} {quoted} "
    assert interpolate("${double:sqlstring} ${double:doublequote}") == r"""'a\"b' "a\"b" """.strip()


def test_what_the_browser_knows_itself() -> None:
    written = "$__interval $__interval_ms $__from ${__to} $__timezone $__timeFilter(ts)"
    assert interpolate(written) == "5m 300000 1795059900000 1795082400000 Asia/Kolkata $__timeFilter(ts)"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$one", "bare variable $one"),
        ("'$one'", "bare variable $one"),
        ("[[one]]", "bare variable $one"),
        ("[[one:sqlstring]]", "bare variable $one"),
        ("${one}", "no format"),
        ("${one:nothing}", "format nothing"),
        ("${three:sqlstring}", "unknown variable: three"),
        ("$__timeFrom", "without its parentheses"),
    ],
)
def test_what_grafana_would_leave_or_misread_is_an_error(written: str, said: str) -> None:
    with pytest.raises(MacroError) as raised:
        interpolate(f"select {written}")
    assert said in raised.value.message


def test_a_value_is_not_read_as_a_variable() -> None:
    hostile = {"one": "${two:raw} $two [[two]]", "two": "x"}
    assert macros.interpolate("${one:raw}", hostile, RANGE, STEP) == "${two:raw} $two [[two]]"


def test_a_title_names_what_is_chosen() -> None:
    assert macros.title("$one · ${two} [[quoted]] ${one:raw} ₹ $5 $other", VARIABLES) == (
        "M&M · NIFTY + BANKNIFTY O'X M&M ₹ $5 $other"
    )


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (timedelta(milliseconds=200), "200ms"), (timedelta(seconds=90), "90s"), (timedelta(minutes=5), "5m"),
        (timedelta(hours=6), "6h"), (timedelta(days=2), "2d"),
    ],
)  # fmt: skip
def test_an_interval_is_written_in_its_largest_unit(interval: timedelta, text: str) -> None:
    assert macros.interval_text(interval) == text
    assert timedelta(seconds=macros.parse_interval(text)) == interval


@pytest.fixture(scope="module")
def connection(clusters: Callable[[str], Cluster]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(clusters("postgres").server.url(), autocommit=True) as connection:
        yield connection


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
TRICKY = st.text(st.sampled_from("'\"\\;-/*$%{}[]:() \nE"), max_size=12)


@given(texts=st.lists(TEXTS | TRICKY, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_postgresql_reads_a_quoted_value_as_it_was(connection: psycopg.Connection, texts: list[str]) -> None:
    """But for the backslash that Grafana puts before a double quote."""
    sql = macros.interpolate("select array[${v:sqlstring}]::text[]", {"v": tuple(texts)}, RANGE, STEP)
    assert connection.execute(sql.encode()).fetchone() == ([text.replace('"', '\\"') for text in texts],)


def digits(number: str) -> str:
    return number.partition("e")[0].replace(".", "").strip("0")


@given(width=st.floats(1e-3, 1e9))
def test_a_number_is_written_as_go_does(width: float) -> None:
    """%v: the shortest digits that read back as the same, with an exponent from 1e+06 on."""
    written = macros.go_float(width)
    assert float(written) == width
    assert digits(written) == digits(repr(width))
    assert ("e" in written) == (width >= 1e6)
