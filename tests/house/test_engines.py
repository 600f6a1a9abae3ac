"""Both engines offer one interface: what the rest of the product uses of schema `store` is the same on each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
import pytest

from ingestor.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Cluster

pytestmark = pytest.mark.timescale

ENGINES = ("postgres", "timescale")
TIMEFRAMES = ("1m", "5m", "15m", "30m", "1h", "4h", "1d")
RELATIONS = {
    "tick_data", "offsession_ticks", "replaced_ticks",
    *(f"{kind}_{tf}" for kind in ("live", "history") for tf in TIMEFRAMES),
}  # fmt: skip
ONLY_ON_POSTGRES = {"timeframe", "open_time", "close_time", "open_interest_time"}
"""Columns of its candle tables that are no part of the interface."""


@pytest.fixture
def pair(clusters: Callable[[str], Cluster]) -> Iterator[list[psycopg.Connection]]:
    """Connections to a database of each engine."""
    made = [(cluster, cluster.create("wall")) for cluster in map(clusters, ENGINES)]
    connections = [psycopg.connect(url, autocommit=True) for _, url in made]
    yield connections
    for (cluster, url), connection in zip(made, connections, strict=True):
        connection.close()
        cluster.drop(url)


def routines(db: psycopg.Connection) -> dict[str, list[object]]:
    rows = db.execute(
        """
        select proname, pg_get_function_arguments(oid), pg_get_function_result(oid), prokind, provolatile, proparallel
        from pg_proc
        where pronamespace = 'store'::regnamespace
        """,
    )
    return {str(name): signature for name, *signature in rows}


def columns(db: psycopg.Connection) -> set[tuple[str, str, str]]:
    rows = db.execute(
        """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        from pg_attribute as a
        inner join pg_class as c on c.oid = a.attrelid and c.relnamespace = 'store'::regnamespace
        where a.attnum > 0 and c.relkind in ('r', 'p', 'v')
        """,
    )
    return {(relation, name, kind) for relation, name, kind in rows}


def used(pattern: str) -> set[str]:
    """What SQL and Python match, outside the engines' own files and 90_access, which grants rights to their insides."""
    paths: list[Path] = [path for suffix in ("sql", "py") for path in ROOT.glob(f"[sig]*/**/*.{suffix}")]
    outside = [path for path in paths if not {*ENGINES, "90_access"} & set(path.relative_to(ROOT).parts)]
    return {name for path in outside for name in re.findall(pattern, path.read_text())}


def test_routines_of_one_name_are_alike(pair: list[psycopg.Connection]) -> None:
    postgres, timescale = map(routines, pair)
    shared = postgres.keys() & timescale.keys()
    assert {"ensure", "refresh", "retain", "newest_tick"} <= shared
    assert {name: postgres[name] for name in shared} == {name: timescale[name] for name in shared}


def test_routines_that_are_used_are_on_both(pair: list[psycopg.Connection]) -> None:
    called = used(r"\bstore\.(\w+)\(")
    assert {"ensure", "newest_tick"} <= called
    for db in pair:
        assert called <= routines(db).keys()


def test_relations_that_are_used_are_the_interface() -> None:
    read = used(r"\b(?:from|join|into|table|like|on) store\.(\w+)\b(?!\()") - {"live_", "history_"}
    assert "tick_data" in read
    assert read <= RELATIONS


def test_relations_have_the_same_columns(pair: list[psycopg.Connection]) -> None:
    postgres, timescale = ({column for column in columns(db) if column[0] in RELATIONS} for db in pair)
    postgres = {column for column in postgres if column[1] not in ONLY_ON_POSTGRES}
    assert {relation for relation, _, _ in postgres} == RELATIONS
    assert postgres == timescale


def test_the_readme_names_the_interface(pair: list[psycopg.Connection]) -> None:
    text = (ROOT / "sql" / "20_store" / "README.md").read_text()
    interface = text.split("\n## ")[1]
    assert interface.startswith("The interface")
    named = set(re.findall(r"`store\.(\w+)", interface))
    assert named >= {"tick_data", "ensure", "refresh", "retain", "newest_tick"}
    for db in pair:
        assert named <= routines(db).keys() | {relation for relation, _, _ in columns(db)}
