"""Brings a database to this checkout: revisions first, then every view and function anew, in one transaction.

Durable tables are made by the frozen SQL of `alembic/versions`. Everything else is code: its schemas are dropped and
rebuilt from `sql/` whenever the tree's digest changes. A file that fails leaves the old code working.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString, cast

import psycopg
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import errors, sql
from sqlalchemy import create_engine
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from ingestor.config import ROOT
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from pydantic import SecretStr

ENGINES = ("timescale", "postgres")
DURABLE = ("meta", "market", "store", "ledger")
PATIENCE_SECONDS = 60.0
"""How long a migration tries again while readers or writers hold what it needs."""


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
    """Migrate the database at `url`; its user must be able to create roles. Raises BhavError."""
    retrying = Retrying(
        retry=retry_if_exception_type((errors.LockNotAvailable, errors.DeadlockDetected)),
        wait=wait_random_exponential(multiplier=0.2, max=3),
        stop=stop_after_delay(PATIENCE_SECONDS),
        reraise=True,
    )
    try:
        return retrying(_migrate_once, url, migration or Migration())
    except errors.LockNotAvailable as error:
        raise BhavError(
            f"the database was in use for {PATIENCE_SECONDS:.0f} s: {error.diag.message_primary}",
            "end long transactions (select * from pg_stat_activity), then migrate again",
        ) from error
    except psycopg.OperationalError as error:
        raise BhavError(f"cannot reach the database: {error}", "bhav up starts one; or check DATABASE_URL") from error


def _migrate_once(url: str, migration: Migration) -> Result:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    try:
        with engine.begin() as sa_connection:
            connection = cast("psycopg.Connection", sa_connection.connection.driver_connection)
            return _Run(connection, migration).run(sa_connection)
    finally:
        engine.dispose()


def run_revision_sql(revision_file: str) -> None:
    """Run the SQL files beside a revision: `<name>.sql`, then `<name>.<engine>.sql`, as far as they are there."""
    connection = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
    row = connection.execute("select current_setting('bhav.engine')").fetchone()
    assert row is not None  # noqa: S101
    for path in _revision_files(Path(revision_file), (row[0],)):
        if path.suffix == ".sql":
            _execute_file(connection, path)


def _revision_files(revision_file: Path, engines: tuple[str, ...]) -> list[Path]:
    suffixes = [".py", ".sql", *(f".{engine}.sql" for engine in engines)]
    return [path for suffix in suffixes if (path := revision_file.with_suffix(suffix)).exists()]


def _execute_file(connection: psycopg.Connection, path: Path) -> None:
    try:
        connection.execute(path.read_bytes())
    except psycopg.Error as error:
        error.add_note(f"in {path}")
        raise


def code_files(sql_dir: Path, engine: str) -> list[Path]:
    """Return the files of `sql/` for an engine in the order in which they are run.

    Folders in order; in a folder its subfolders first, then by name, except that a file comes after those that its
    line `-- needs: name, name` lists.
    """
    files = [p for p in sql_dir.rglob("*.sql") if not ((set(ENGINES) - {engine}) & set(p.relative_to(sql_dir).parts))]
    ordered: list[Path] = []
    for folder in sorted({p.parent for p in files}, key=lambda f: [*f.relative_to(sql_dir).parts, "~"]):
        siblings = {p.stem: p for p in files if p.parent == folder}
        graph: TopologicalSorter[str] = TopologicalSorter({name: () for name in sorted(siblings)})
        for name, path in siblings.items():
            for needs in re.findall(r"^-- needs: (.+)$", path.read_text(), re.MULTILINE):
                graph.add(name, *(n.strip() for n in needs.split(",")))
        try:
            ordered += [siblings[name] for name in graph.static_order()]
        except (CycleError, KeyError) as error:
            raise BhavError(f"{folder}: the '-- needs:' lines do not resolve: {error}") from error
    return [path for path in ordered if path.relative_to(sql_dir).parts[0] != "90_access" and path.name != "bootstrap.sql"]


class _Run:
    """One attempt, in the transaction that `connection` has open."""

    def __init__(self, connection: psycopg.Connection, migration: Migration) -> None:
        self.connection = connection
        self.migration = migration
        self.sql_dir = migration.sql_dir
        self.engine = self._engine()

    def run(self, sa_connection: object) -> Result:
        self.connection.execute("select pg_advisory_xact_lock(hashtext('bhav.migrate'))")
        self.connection.execute("set local lock_timeout = '1s'")
        self.connection.execute(
            "select set_config('bhav.engine', %s, true), set_config('bhav.clock', %s, true)",
            (self.engine, self.migration.clock),
        )
        _execute_file(self.connection, self.sql_dir / "00_meta" / "bootstrap.sql")
        self._check_revisions()
        files = code_files(self.sql_dir, self.engine)
        custom = sorted(self.migration.custom_sql_dir.rglob("*.sql")) if self.migration.custom_sql_dir else []
        digest = self._digest([*files, *sorted(self.sql_dir.rglob("*.csv")), *custom])
        config = self._alembic_config(sa_connection)
        rebuild = digest != self._applied_digest() or self._pending(config)
        if rebuild:
            self._refuse_outside_dependents()
            self.connection.execute("set local role bhav_owner")
            self._drop_code_schemas()
            command.upgrade(config, "head")
            self._record_revisions()
            self._build(files, custom)
            self._load_calendar()
            self.connection.execute("delete from meta.code")
            self.connection.execute("insert into meta.code (digest) values (%s)", (digest,))
            self.connection.execute("select pg_notify('code_changed', %s)", (digest,))
            self.connection.execute("reset role")
        for path in sorted((self.sql_dir / "90_access").glob("*.sql")):
            _execute_file(self.connection, path)
        self._set_passwords()
        return Result(self.engine, digest, rebuild)

    def _engine(self) -> str:
        exists = self._scalar("select to_regclass('meta.settings') is not null")
        if exists:
            return str(self._scalar("select value from meta.settings where name = 'engine'"))
        return "timescale" if self._offers_timescale() else "postgres"

    def _offers_timescale(self) -> bool:
        """Whether the server has the TSL edition: its library says so only once the extension is there."""
        preloaded = self._scalar(
            "select current_setting('shared_preload_libraries') ~ 'timescaledb'"
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

    def _alembic_config(self, sa_connection: object) -> Config:
        config = Config(attributes={"connection": sa_connection})
        config.set_main_option("script_location", str(self.migration.alembic_dir).replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        return config

    def _applied_digest(self) -> str | None:
        if not self._scalar("select to_regclass('meta.code') is not null"):
            return None
        digest = self._scalar("select digest from meta.code")
        return None if digest is None else str(digest)

    def _pending(self, config: Config) -> bool:
        applied = self._scalar("select version_num from meta.alembic_version")
        return applied != ScriptDirectory.from_config(config).get_current_head()

    def _revision_sums(self) -> dict[str, str]:
        sums = {}
        for path in sorted((self.migration.alembic_dir / "versions").glob("[0-9]*.py")):
            content = hashlib.sha256()
            for part in _revision_files(path, ENGINES):
                content.update(part.name.encode() + b"\0" + part.read_bytes() + b"\0")
            sums[path.name.split("_", 1)[0]] = content.hexdigest()
        return sums

    def _check_revisions(self) -> None:
        if not self._scalar("select to_regclass('meta.revisions') is not null"):
            return
        sums = self._revision_sums()
        for revision, sha256 in self.connection.execute("select revision, sha256 from meta.revisions order by revision"):
            if revision not in sums:
                raise BhavError(
                    f"the database has revision {revision}, which this checkout does not know",
                    "check out the version that migrated it, or a newer one",
                )
            if sums[revision] != sha256:
                raise BhavError(
                    f"revision {revision} was changed after it was applied to this database",
                    "a released revision never changes: restore its files and add a new revision",
                )

    def _record_revisions(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "insert into meta.revisions (revision, sha256) values (%s, %s) on conflict do nothing",
                list(self._revision_sums().items()),
            )

    def _digest(self, files: list[Path]) -> str:
        digest = hashlib.sha256(self.engine.encode())
        for path in files:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def _code_schemas(self) -> list[str]:
        query = (
            "select nspname from pg_namespace"
            " where pg_get_userbyid(nspowner) = 'bhav_owner' and nspname <> all (%s) order by 1"
        )
        return [row[0] for row in self.connection.execute(query, (list(DURABLE),))]

    def _refuse_outside_dependents(self) -> None:
        rows = self.connection.execute(
            """
            select distinct pg_describe_object(d.classid, d.objid, 0)
            from pg_depend as d
            cross join lateral pg_identify_object(d.refclassid, d.refobjid, 0) as ours
            left join pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
            cross join lateral pg_identify_object(
                case when r.oid is null then d.classid else 'pg_class'::regclass end, coalesce(r.ev_class, d.objid), 0
            ) as theirs
            where
                d.deptype in ('n', 'a')
                and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
                and ours.schema = any (%(code)s)
                and theirs.schema is not null
                and theirs.schema <> all (%(code)s)
                and theirs.schema <> all (%(durable)s)
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
            _execute_file(self.connection, path)
        if custom:
            self.connection.execute("create schema custom")
            search_path = ", ".join(["custom", *sorted(created), "public"])
            self.connection.execute("select set_config('search_path', %s, true)", (search_path,))
            for path in custom:
                _execute_file(self.connection, path)
            self.connection.execute("reset search_path")
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
        if rows:
            self.connection.execute(cast("LiteralString", "drop routine " + ", ".join(row[0] for row in rows)))

    def _load_calendar(self) -> None:
        """Load the shipped calendar into its tables, beside the user's own rows, and build the sessions."""
        for table in ("trading_hours", "holidays", "special_sessions"):
            target = sql.Identifier("market", table)
            self.connection.execute(
                sql.SQL("create temporary table shipped (like {}) on commit drop").format(target),
            )
            with (
                self.connection.cursor() as cursor,
                cursor.copy("copy pg_temp.shipped from stdin (format csv, header match)") as copy,
            ):
                copy.write((self.sql_dir / "10_market" / f"{table}.csv").read_bytes())
            self.connection.execute(
                sql.SQL("insert into {} select * from pg_temp.shipped on conflict do nothing").format(target),
            )
            self.connection.execute("drop table pg_temp.shipped")
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
