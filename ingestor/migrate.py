"""Brings a database to this checkout: revisions first, then every view and function anew, in one transaction.

Durable tables are made by the frozen SQL of `alembic/versions`. Everything else is code: its schemas are dropped and
rebuilt from `sql/` whenever the tree's digest changes. A file that fails leaves the old code working.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import errors, sql
from sqlalchemy import create_engine
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from ingestor import holidays, revisions
from ingestor.config import ROOT
from ingestor.errors import BhavError
from ingestor.revisions import execute_file
from ingestor.tree import code_files, custom_files, digest

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import SecretStr
    from sqlalchemy import Connection

DURABLE = ("meta", "market", "store", "ledger")
PATIENCE_SECONDS = 60.0
"""How long a migration tries again while readers or writers hold what it needs."""
PRIVILEGES = (
    "migrate as a superuser, or as the owner of the database who may create roles and made those of Bhav; "
    "code, yours in BHAV_SQL_DIR too, is run as bhav_owner"
)


@dataclass(frozen=True, slots=True)
class Migration:
    """What to bring a database to. The defaults are this checkout's."""

    sql_dir: Path = ROOT / "sql"
    custom_sql_dir: Path | None = None
    alembic_dir: Path = ROOT / "alembic"
    clock: str = "wall"
    """Market clock of a database that is new: wall or replay."""
    passwords: dict[str, SecretStr] | None = None
    """Passwords to set on roles, by role name."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a migration did."""

    engine: str
    digest: str
    rebuilt: bool


def migrate(url: str, migration: Migration | None = None) -> Result:
    """Migrate the database at `url`; its user must be able to create roles. Raises BhavError: then nothing changed."""
    retrying = Retrying(
        retry=retry_if_exception_type((errors.LockNotAvailable, errors.DeadlockDetected)),
        wait=wait_random_exponential(multiplier=0.2, max=3),
        stop=stop_after_delay(PATIENCE_SECONDS),
        reraise=True,
    )
    try:
        return retrying(_migrate_once, url, migration or Migration())
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise BhavError(
            f"the database was in use for {PATIENCE_SECONDS:.0f} s: {error.diag.message_primary}",
            "end long transactions (select * from pg_stat_activity), then migrate again",
        ) from error
    except psycopg.Error as error:
        message = re.split(r'\n(?:QUERY: |(?:CONTEXT:  )?SQL statement ")', str(error))[0]  # not the whole file
        raise BhavError(
            "\n".join([message, *getattr(error, "__notes__", [])]),
            PRIVILEGES if isinstance(error, errors.InsufficientPrivilege) else "nothing was changed",
        ) from error


def _migrate_once(url: str, migration: Migration) -> Result:
    engine = create_engine("postgresql+psycopg://", creator=lambda: _connect(url))
    try:
        with engine.begin() as sa_connection:
            return _Run(sa_connection, migration).run()
    finally:
        engine.dispose()


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url)
    except psycopg.OperationalError as error:
        raise BhavError(f"cannot reach the database: {error}", "bhav up starts one; or check DATABASE_URL") from error


class _Run:
    """One attempt, in the transaction that the connection has open."""

    def __init__(self, sa_connection: Connection, migration: Migration) -> None:
        self.sa_connection = sa_connection
        self.connection = revisions.driver(sa_connection)
        self.migration = migration
        self.sql_dir = migration.sql_dir
        self.connection.execute("select pg_advisory_xact_lock(hashtext('bhav.migrate'))")
        self.connection.execute("set local lock_timeout = '1s'")
        self.connection.execute("set local search_path = pg_catalog, pg_temp")  # as fresh, whatever the database has
        self.engine = self._engine()

    def run(self) -> Result:
        self.connection.execute(
            "select set_config('bhav.engine', %s, true), set_config('bhav.clock', %s, true)",
            (self.engine, self.migration.clock),
        )
        execute_file(self.connection, self.sql_dir / "00_meta" / "bootstrap.sql")
        alembic_dir = self.migration.alembic_dir
        is_new = bool(self._scalar("select to_regclass('meta.code') is null"))
        if not is_new:
            revisions.check(self.connection, alembic_dir)
        files = code_files(self.sql_dir, self.engine)
        custom = custom_files(self.migration.custom_sql_dir)
        checksum = digest(self.engine, self.sql_dir, files, custom)
        rebuild = (
            is_new
            or checksum != self._scalar("select digest from meta.code")
            or revisions.pending(self.connection, alembic_dir)
        )
        if rebuild:
            self._refuse_outside_dependents()
            self.connection.execute("set local role bhav_owner")
            self._drop_code_schemas()
            revisions.upgrade(self.sa_connection, alembic_dir)
            self._build(files, custom)
            self._load_calendar()
            self.connection.execute("delete from meta.code")
            self.connection.execute("insert into meta.code (digest) values (%s)", (checksum,))
            self.connection.execute("select pg_notify('code_changed', %s)", (checksum,))
            self.connection.execute("reset role")
        for path in sorted((self.sql_dir / "90_access").glob("*.sql")):
            execute_file(self.connection, path)
        self._set_passwords()
        return Result(self.engine, checksum, rebuild)

    def _engine(self) -> str:
        exists = self._scalar("select to_regclass('meta.settings') is not null")
        if exists:
            return str(self._scalar("select value from meta.settings where name = 'engine'"))
        return "timescale" if self._offers_timescale() else "postgres"

    def _offers_timescale(self) -> bool:
        """Whether the server has the TSL edition: its library says so only once the extension is there."""
        preloaded = self._scalar(
            # a setting of its loader: shared_preload_libraries itself is not for every user to read
            "select current_setting('timescaledb.disable_load', true) is not null"
            " and exists (select from pg_available_extensions where name = 'timescaledb')",
        )
        if not preloaded:
            return False
        self.connection.execute("savepoint offers_timescale")
        self.connection.execute("create extension if not exists timescaledb schema public")
        offered = self._scalar("select current_setting('timescaledb.license', true)") == "timescale"
        if not offered:
            self.connection.execute("rollback to savepoint offers_timescale")
        self.connection.execute("release savepoint offers_timescale")
        return offered

    def _code_schemas(self) -> list[str]:
        query = (
            "select nspname from pg_namespace"
            " where pg_get_userbyid(nspowner) = 'bhav_owner' and nspname <> all (%s) order by 1"
        )
        return [row[0] for row in self.connection.execute(query, (list(DURABLE),))]

    def _refuse_outside_dependents(self) -> None:
        rows = self.connection.execute(
            """
            select distinct
                case
                    when theirs.relation is null then pg_describe_object(d.classid, d.objid, 0)
                    else pg_describe_object('pg_class'::regclass, theirs.relation, 0)
                end
            from pg_depend as d
            cross join lateral pg_identify_object(d.refclassid, d.refobjid, 0) as ours
            cross join lateral (
                select coalesce(
                    (select ev_class from pg_rewrite where d.classid = 'pg_rewrite'::regclass and oid = d.objid),
                    (select tgrelid from pg_trigger where d.classid = 'pg_trigger'::regclass and oid = d.objid),
                    (select adrelid from pg_attrdef where d.classid = 'pg_attrdef'::regclass and oid = d.objid),
                    (select polrelid from pg_policy where d.classid = 'pg_policy'::regclass and oid = d.objid)
                ) as relation
            ) as theirs
            cross join lateral pg_identify_object(
                case when theirs.relation is null then d.classid else 'pg_class'::regclass end,
                coalesce(theirs.relation, d.objid),
                0
            ) as place
            where
                d.deptype in ('n', 'a')
                and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
                and ours.schema = any (%(code)s)
                and place.schema is not null
                and place.schema <> all (%(code)s)
                and place.schema <> all (%(durable)s)
            """,
            {"code": self._code_schemas(), "durable": list(DURABLE)},
        ).fetchall()
        if rows:
            raise BhavError(
                "objects outside Bhav's schemas depend on its code: " + ", ".join(sorted(row[0] for row in rows)),
                "move their SQL to a folder of your own and name it in BHAV_SQL_DIR: it is rebuilt with the rest",
            )

    def _drop_code_schemas(self) -> None:
        for schema in self._code_schemas():
            self.connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))

    def _build(self, files: list[Path], custom: list[Path]) -> None:
        created = set(DURABLE)
        for path in files:
            schema = path.relative_to(self.sql_dir).parts[0].split("_", 1)[1]
            if path.parent.name == "kernels":
                schema = "kernels"
            if "30" <= path.relative_to(self.sql_dir).parts[0] < "90" and schema not in created:
                self.connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
                created.add(schema)
            execute_file(self.connection, path)
        if custom:
            self.connection.execute("create schema custom")
            search_path = ", ".join(["custom", *sorted(created), "public"])
            self.connection.execute("select set_config('search_path', %s, true)", (search_path,))
            for path in custom:
                execute_file(self.connection, path)
            self.connection.execute("set local search_path = pg_catalog, pg_temp")
        self._drop_forgotten_routines()

    def _drop_forgotten_routines(self) -> None:
        """Drop routines of durable schemas that this rebuild did not replace."""
        rows = self.connection.execute(
            """
            select p.oid::regprocedure::text
            from pg_proc as p
            where p.pronamespace = any (%s::regnamespace[]) and p.xmin <> pg_current_xact_id()::xid
            """,
            (list(DURABLE),),
        ).fetchall()
        if not rows:
            return
        try:
            self.connection.execute("drop routine " + ", ".join(row[0] for row in rows))
        except errors.DependentObjectsStillExist as error:
            raise BhavError(
                f"this version lacks a routine that something still uses: {error.diag.message_detail}",
                "drop what uses it, or move its SQL to the folder that BHAV_SQL_DIR names",
            ) from error

    def _load_calendar(self) -> None:
        holidays.load_files(self.connection, self.sql_dir)
        self.connection.execute(
            "call market.build_sessions('2005-01-01', (date_trunc('year', now()) + interval '2 years')::date)",
        )

    def _set_passwords(self) -> None:
        for role, password in (self.migration.passwords or {}).items():
            verifier = self.connection.pgconn.encrypt_password(
                password.get_secret_value().encode(),
                role.encode(),
                b"scram-sha-256",
            )
            self.connection.execute(
                sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier.decode())),
            )

    def _scalar(self, query: LiteralString) -> object:
        row = self.connection.execute(query).fetchone()
        return None if row is None else row[0]
