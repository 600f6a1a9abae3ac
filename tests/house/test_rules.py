"""The house rules of sql/, asked of the catalogue and of the files that made it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from ingestor.config import ROOT
from ingestor.migrate import DURABLE
from ingestor.tree import code_files
from tests.catalogue import OURS

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

SQL = ROOT / "sql"
DEFINITION = re.compile(
    r"create (?:or replace )?(function|procedure|view|table|trigger|domain) ([\w.]+(?:%1\$s)?)(?![\w.%])(.*?)"
    r"(?=begin atomic|\b(?:return|as|comment on|execute)\b)",
    re.DOTALL,
)
STATED = re.compile(r"^(immutable|stable|volatile|parallel (?:safe|restricted|unsafe))$", re.MULTILINE)
COMMITS = re.compile(r"\bcommit;|refresh_continuous_aggregate\(")
ROUTINES = f"pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace and {OURS}"
RELATIONS = f"pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace and {OURS}"


def names(db: psycopg.Connection, query: str) -> list[str]:
    return [str(row[0]) for row in db.execute(query)]


def definitions(engine: str, timeframes: list[str]) -> dict[tuple[str, str], list[Path]]:
    """(kind, name) → the files of an engine that make it; `%1$s` in a name stands for every stored timeframe."""
    found = defaultdict(list)
    for path in code_files(SQL, engine):
        for kind, name, _ in DEFINITION.findall(path.read_text()):
            for full in {name.replace("%1$s", timeframe) for timeframe in timeframes}:
                found["routine" if kind in ("function", "procedure") else kind, full].append(path)
    return found


def test_every_object_is_made_by_one_file(db: psycopg.Connection, engine: str) -> None:
    timeframes = names(db, "select timeframe from meta.timeframes where stored")
    made = definitions(engine, timeframes)
    durable = ", ".join(f"'{schema}'" for schema in DURABLE)
    there = {
        "routine": names(db, f"select n.nspname || '.' || p.proname from {ROUTINES}"),
        "view": names(
            db,
            f"select n.nspname || '.' || c.relname from {RELATIONS}"
            f" where c.relkind in ('v', 'm') and n.nspname not in ({durable})",
        ),
        "table": names(
            db,
            f"select n.nspname || '.' || c.relname from {RELATIONS}"
            f" where c.relkind in ('r', 'p') and n.nspname not in ({durable})",
        ),
        "domain": names(
            db,
            f"select n.nspname || '.' || t.typname from pg_type as t"
            f" inner join pg_namespace as n on n.oid = t.typnamespace and {OURS} where t.typtype = 'd'",
        ),
        "trigger": names(
            db,
            f"select t.tgname from pg_trigger as t inner join {ROUTINES} on p.oid = t.tgfoid"
            " where not t.tgisinternal and t.tgparentid = 0",
        ),
    }
    for kind, found in there.items():
        assert found or kind == "trigger"
        assert set(found) == {name for made_kind, name in made if made_kind == kind}
    assert {name: paths for (_, name), paths in made.items() if len(paths) != 1} == {}


@pytest.mark.parametrize("path", sorted(SQL.glob("[0-8]*/**/*.sql")), ids=lambda path: str(path.relative_to(SQL)))
def test_a_file_is_named_after_its_object(path: Path) -> None:
    made = {
        name.rsplit(".", 1)[-1]
        for kind, name, _ in DEFINITION.findall(path.read_text())
        if kind != "trigger" or name != path.stem
    }
    if path.stem in ("jobs", "bootstrap"):
        assert not made
    elif any("%" in name for name in made):
        (family,) = made
        assert path.stem.startswith(family.split("%")[0])
    else:
        assert made == {path.stem}


@pytest.mark.parametrize("path", sorted(SQL.glob("[0-8]*/**/*.sql")), ids=lambda path: str(path.relative_to(SQL)))
def test_a_function_states_volatility_and_parallel_safety(path: Path) -> None:
    for kind, name, header in DEFINITION.findall(path.read_text()):
        if kind == "function":
            stated = STATED.findall(header)
            assert len(stated) == 2, f"{name}: {stated}"
            assert stated[1].startswith("parallel")


def test_a_security_definer_says_why(db: psycopg.Connection, engine: str) -> None:
    made = definitions(engine, ["1m"])
    for schema, name, config in db.execute(
        f"select n.nspname, p.proname, p.proconfig from {ROUTINES} where p.prosecdef"
    ):
        (path,) = made["routine", f"{schema}.{name}"]
        assert re.search(r"^-- .*security definer", path.read_text(), re.MULTILINE | re.IGNORECASE), path
        assert any(setting.startswith("search_path=") for setting in config or []), path


def test_plpgsql_carries_its_search_path_unless_it_commits(db: psycopg.Connection) -> None:
    bodies = {
        f"{schema}.{name}": (body, config or [])
        for schema, name, body, config in db.execute(
            f"select n.nspname, p.proname, p.prosrc, p.proconfig from {ROUTINES}"
            " inner join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'",
        )
    }
    commits = {name for name, (body, _) in bodies.items() if COMMITS.search(body)}
    for _ in bodies:  # whoever calls a procedure that commits does so too
        commits |= {name for name, (body, _) in bodies.items() if any(f"call {inner}(" in body for inner in commits)}
    assert commits
    pinned = {name for name, (_, config) in bodies.items() if config == ["search_path=pg_catalog, pg_temp"]}
    assert pinned == bodies.keys() - commits


def test_everything_has_a_comment(db: psycopg.Connection) -> None:
    bare = names(db, f"select p.oid::regprocedure from {ROUTINES} where obj_description(p.oid, 'pg_proc') is null")
    bare += names(
        db,
        f"select c.oid::regclass from {RELATIONS} where c.relkind in ('r', 'p', 'v', 'm')"
        " and c.relname <> 'alembic_version' and obj_description(c.oid, 'pg_class') is null",
    )
    assert bare == []


def test_the_tables_use_nothing_that_a_rebuild_replaces(db: psycopg.Connection) -> None:
    """Functions of pg_catalog leave no row in pg_depend, so any row is of a function that may change."""
    assert (
        names(
            db,
            f"""
            select pg_describe_object(d.classid, d.objid, 0) || ' uses ' || d.refobjid::regprocedure
            from pg_depend as d
            inner join {ROUTINES} on p.oid = d.refobjid and d.refclassid = 'pg_proc'::regclass
            where
                d.classid in ('pg_constraint'::regclass, 'pg_attrdef'::regclass)
                or (d.classid = 'pg_class'::regclass and exists (
                    select from pg_index as i where i.indexrelid = d.objid
                ))
            """,
        )
        == []
    )


def test_our_objects_belong_to_the_owner(db: psycopg.Connection) -> None:
    strays = names(db, f"select c.oid::regclass from {RELATIONS} where c.relowner <> n.nspowner")
    assert strays + names(db, f"select p.oid::regprocedure from {ROUTINES} where p.proowner <> n.nspowner") == []
