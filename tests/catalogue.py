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
    r"^(--|-- PostgreSQL database dump.*|-- Dumped .*|-- Name: .*|\\(un)?restrict .*|SET \w+ = .*|"
    r"SELECT pg_catalog\.set_config.*)\n",
    re.MULTILINE,
)
GRANTS = re.compile(r"(?:^GRANT .*\n)+", re.MULTILINE)
"""Their order is that in which they were made: in an upgraded database another."""
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


SETTINGS = """
    select coalesce(r.rolname, 'database') || ': ' || setting
    from pg_db_role_setting as s
    cross join unnest(s.setconfig) as setting
    left join pg_roles as r on r.oid = s.setrole
    where s.setdatabase = (select oid from pg_database where datname = current_database())
    order by 1
"""
TIMESCALE = """
    with names as (
        select materialization_hypertable_name::text as internal, view_name as name
        from timescaledb_information.continuous_aggregates
    )

    select coalesce(n.name, t.hypertable_name) || ': ' || t.what
    from (
        select hypertable_name, 'chunks of ' || time_interval as what
        from timescaledb_information.dimensions
        union all
        select split_part(hypertable::text, '.', -1), concat_ws(' ', 'columnstore of', segmentby, 'by', orderby)
        from timescaledb_information.hypertable_columnstore_settings
        where segmentby is not null
        union all
        select
            coalesce(hypertable_name, '-'),
            concat_ws(' ', proc_name, 'every', schedule_interval, config - 'mat_hypertable_id' - 'hypertable_id')
        from timescaledb_information.jobs
        where proc_schema = '_timescaledb_functions' and hypertable_name is not null
    ) as t
    left join names as n on n.internal = t.hypertable_name
    order by 1
"""


def dump(url: str, bindir: Path) -> str:
    """Return the schema as pg_dump tells it, and what it does not tell, without what differs by chance."""
    with psycopg.connect(url) as connection:
        selected = [f"--schema={schema}" for schema in schemas(connection)]
        told = {"Settings": connection.execute(SETTINGS).fetchall()}
        if connection.execute("select from pg_extension where extname = 'timescaledb'").fetchone() is not None:
            told["TimescaleDB"] = connection.execute(TIMESCALE).fetchall()
    text = NOISE.sub("", run(bindir / "pg_dump", "--schema-only", "--no-owner", *selected, f"--dbname={url}"))
    for pattern, name in INTERNAL_NUMBERS:
        text = pattern.sub(name, text)
    text = GRANTS.sub(lambda block: "".join(sorted(block[0].splitlines(keepends=True))), text)
    for title, rows in told.items():
        text += f"\n\n-- {title}\n" + "".join(f"-- {row[0]}\n" for row in rows)
    return re.sub(r"\n{3,}", "\n\n", text).lstrip()
