"""The schema of a database as text that two databases of the same code share, byte for byte."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pathlib import Path

OURS = "pg_get_userbyid(nspowner) = 'bhav_owner'"
"""Condition on pg_namespace: schemas of Bhav, durable and disposable."""

NOISE = re.compile(
    r"^(--|-- (PostgreSQL database dump|Dumped |Name: ).*|\\(un)?restrict .*|SET \w+ = .*|SELECT pg_catalog\.set_config.*)\n",
    re.MULTILINE,
)
INTERNAL_NUMBERS = [
    (re.compile(r"_materialized_hypertable_\d+"), "_materialized_hypertable_N"),
    (re.compile(r"cagg_watermark\(\d+\)"), "cagg_watermark(N)"),
]


def run(program: Path, *arguments: str, text: str | None = None) -> str:
    """Run a client program of PostgreSQL; return its output."""
    done = subprocess.run(
        [str(program), *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath, "LC_ALL": "C", "PGTZ": "UTC"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def schemas(connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in connection.execute(f"select nspname from pg_namespace where {OURS} order by 1")]


def dump(url: str, bindir: Path) -> str:
    """Return the schema as pg_dump tells it, then the settings of the database, without what differs by chance."""
    with psycopg.connect(url) as connection:
        ours = schemas(connection)
        settings = connection.execute(
            """
            select coalesce(r.rolname, 'database') || ': ' || setting
            from pg_db_role_setting as s
            cross join unnest(s.setconfig) as setting
            left join pg_roles as r on r.oid = s.setrole
            where s.setdatabase = (select oid from pg_database where datname = current_database())
            order by 1
            """,
        ).fetchall()
    selected = [f"--schema={schema}" for schema in ours]
    text = NOISE.sub("", run(bindir / "pg_dump", "--schema-only", "--no-owner", *selected, f"--dbname={url}"))
    for pattern, name in INTERNAL_NUMBERS:
        text = pattern.sub(name, text)
    lines = "".join(f"-- {row[0]}\n" for row in settings)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n\n-- Settings\n" + lines
