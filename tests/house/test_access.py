"""What each role may do, tried out with logins of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from grafana.src.preview.reader import Reader
from ingestor.errors import BhavError
from ingestor.migrate import Migration, migrate
from tests.catalogue import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Login = Callable[[str], psycopg.Connection]

ROUTINES = f"pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace and {OURS}"
RELATIONS = f"pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace and {OURS}"
PASSWORD = "only for this test"


@pytest.fixture
def login(url: str) -> Iterator[Login]:
    """Log in (autocommit) as one of Bhav's roles."""
    roles = ("bhav_ingest", "bhav_user", "bhav_read")
    migrate(url, Migration(passwords={role: SecretStr(PASSWORD) for role in roles}))
    opened = {
        role: psycopg.connect(make_conninfo(url, user=role, password=PASSWORD), autocommit=True) for role in roles
    }
    yield opened.__getitem__
    for connection in opened.values():
        connection.close()


def names(db: psycopg.Connection, query: str) -> list[str]:
    return [str(row[0]) for row in db.execute(query)]


def test_the_owner_has_no_password(db: psycopg.Connection) -> None:
    assert names(db, "select rolpassword is null from pg_authid where rolname = 'bhav_owner'") == ["True"]


def test_nothing_of_ours_is_for_everyone(db: psycopg.Connection) -> None:
    for kind, query in {
        "f": f"select coalesce(p.proacl, acldefault('f', p.proowner)), p.oid::regprocedure::text from {ROUTINES}",
        "r": f"select coalesce(c.relacl, acldefault('r', c.relowner)), c.oid::regclass::text from {RELATIONS}",
        "n": f"select coalesce(nspacl, acldefault('n', nspowner)), nspname from pg_namespace where {OURS}",
    }.items():
        granted = names(
            db,
            f"select o.name || ': ' || a.privilege_type from ({query}) as o (acl, name), aclexplode(o.acl) as a"
            " where a.grantee = 0",
        )
        assert granted == [], kind


def test_a_reader_reads_everything(db: psycopg.Connection) -> None:
    denied = names(
        db,
        f"select c.oid::regclass from {RELATIONS} where c.relkind in ('r', 'p', 'v', 'm')"
        " and not has_table_privilege('bhav_read', c.oid, 'select')",
    )
    denied += names(
        db,
        f"select p.oid::regprocedure from {ROUTINES} where p.prokind = 'f' and p.provolatile <> 'v'"
        " and not has_function_privilege('bhav_read', p.oid, 'execute')",
    )
    assert denied == []


def test_a_reader_may_call_nothing_that_writes(db: psycopg.Connection) -> None:
    allowed = names(
        db,
        f"select p.oid::regprocedure from {ROUTINES} where (p.prokind = 'p' or p.provolatile = 'v')"
        " and p.prorettype <> 'trigger'::regtype and has_function_privilege('bhav_read', p.oid, 'execute')",
    )
    assert allowed == []


def test_a_readers_session(login: Login) -> None:
    reader = login("bhav_read")
    settings = ("default_transaction_read_only", "statement_timeout", "TimeZone")
    assert [names(reader, f"show {setting}") for setting in settings] == [["on"], ["30s"], ["Asia/Kolkata"]]
    assert reader.execute("select * from candles_5m").fetchall() == []
    assert reader.execute("select * from candles(1, '5m')").fetchall() == []
    assert reader.execute("select * from tick_data").fetchall() == []
    reader.execute("select pg_notify('gap', '{}')")


def test_a_reader_writes_nowhere(login: Login, db: psycopg.Connection) -> None:
    reader = login("bhav_read")
    granted = names(
        db,
        f"select c.oid::regclass || ': ' || privilege from {RELATIONS},"
        " unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as privilege"
        " where c.relkind in ('r', 'p', 'v', 'm') and has_table_privilege('bhav_read', c.oid, privilege)",
    )
    assert granted == []
    tables = db.execute(f"select n.nspname, c.relname from {RELATIONS} where c.relkind in ('r', 'p')").fetchall()
    assert len(tables) > 20
    for table in tables:
        name = sql.Identifier(*table)
        with pytest.raises(errors.ReadOnlySqlTransaction):
            reader.execute(sql.SQL("insert into {} default values").format(name))
    reader.execute("set default_transaction_read_only = off")
    for table in tables:
        name = sql.Identifier(*table)
        for statement in ("insert into {} default values", "delete from {}", "truncate {}"):
            with pytest.raises(errors.InsufficientPrivilege):
                reader.execute(sql.SQL(statement).format(name))
    for schema in names(db, f"select nspname from pg_namespace where {OURS} or nspname = 'public'"):
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute(sql.SQL("create table {} ()").format(sql.Identifier(schema, "mine")))
    with pytest.raises((errors.InsufficientPrivilege, errors.UndefinedFunction)):  # the extension's, where it is
        reader.execute("select public.add_job('pg_catalog.pg_sleep', '1 hour')")


def test_a_user_edits_what_is_the_users(login: Login) -> None:
    user = login("bhav_user")
    user.execute("update meta.retention set keep = '8 days' where relation = 'tick_data'")
    user.execute("update ledger.jobs set enabled = false where name = 'prune'")
    user.execute("insert into market.holidays values ('NSE_BSE', '2026-12-31', 'user')")
    user.execute("delete from market.holidays where date = '2026-12-31'")
    user.execute(
        "insert into market.special_sessions values ('NSE_BSE', '2026-12-31', '10:00', '11:00', 'drill', 'mine')"
    )
    user.execute("delete from market.special_sessions where date = '2026-12-31'")
    user.execute(
        "insert into market.sessions values ('NSE', '2026-12-26', '2026-12-26 10:00', '2026-12-26 11:00', 'drill')",
    )
    user.execute("update market.sessions set closes_at = '2026-12-26 12:00' where session_date = '2026-12-26'")
    user.execute("delete from market.sessions where session_date = '2026-12-26'")
    for statement in (
        "insert into store.tick_data (instrument_id, time, ltp, source) values (1, now(), 1, 'x')",
        "update ledger.jobs set command = 'select 1'",
        "insert into ledger.jobs (name, command, every, timeout) values ('x', 'select 1', '1 s', '1 s')",
        "call store.retain()",
        "set role bhav_owner",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            user.execute(statement)


def test_the_daemon_can_do_its_work(login: Login) -> None:
    """Each statement that it sends, once as it would and, for ticks, once more below what is materialized."""
    daemon = login("bhav_ingest")
    daemon.execute(
        """
        select market.register_instruments('[
            {"symbol": "NSE:ONE", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "ONE", "kind": "equity"}
        ]')
        """,
    )
    daemon.execute("set role bhav_owner")
    daemon.execute("call store.ensure('2026-11-16', '2026-11-19')")
    daemon.execute("reset role")
    daemon.execute("create temporary table staged_ticks (like store.tick_data including defaults)")
    tick = "insert into {} (instrument_id, time, ltp, source) values (1, %s, 1, 'x')"
    for at in ("2026-11-18 09:15+05:30", "2026-11-17 09:15+05:30"):
        daemon.execute(sql.SQL(tick).format(sql.Identifier("store", "tick_data")), (at,))
        for function in ("insert_staged_ticks", "insert_late_ticks"):
            daemon.execute(sql.SQL(tick).format(sql.Identifier("staged_ticks")), (at,))
            daemon.execute(f"select store.{function}()")
        daemon.execute("set role bhav_owner")
        daemon.execute("call store.refresh('2026-11-17', '2026-11-19')")
        daemon.execute("reset role")
    assert names(daemon, "select count(*) from store.tick_data") == ["2"]
    daemon.execute("insert into ledger.journals (journal, segment) values (gen_random_uuid(), 1)")
    daemon.execute("update ledger.journals set segment = 2")
    assert "prune" in names(daemon, "select name from ledger.claim_jobs()")
    daemon.execute("select ledger.finish_job('prune', now(), 'failed')")
    with pytest.raises(errors.InsufficientPrivilege):
        daemon.execute("delete from store.tick_data")


def test_a_reader_tells_what_is_missing_and_a_user_has_it_fetched(login: Login, db: psycopg.Connection) -> None:
    reader, user, daemon = (login(role) for role in ("bhav_read", "bhav_user", "bhav_ingest"))
    db.execute("update meta.settings set value = 'wall' where name = 'clock'")
    db.execute(
        "select market.register_instruments("
        '\'[{"symbol": "NSE:ONE", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "ONE", "kind": "equity"}]\')'
    )
    db.execute("insert into market.broker_instruments (broker, broker_key, instrument_id) values ('kite', '1', 1)")
    daemon.execute("listen want")
    reader.execute("select * from candles(1, '5m', now() - interval '20 days')")
    assert [notice.channel for notice in daemon.notifies(timeout=5, stop_after=1)] == ["want"]
    ask = "select status from gaps.request_backfill(1, now() - interval '20 days')"
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute(ask)
    assert set(names(user, ask)) == {"queued"}
    assert names(daemon, ask) == ["queued"]
    assert names(daemon, "select attempt from gaps.claim_backfill('kite')") == ["1"]
    assert names(daemon, "select gaps.reserve_call('kite') > now() - interval '1 minute'") == ["True"]
    daemon.execute("select gaps.hold_calls('kite', now())")
    daemon.execute("select gaps.fail_backfill(id, attempts, 'limit', 'too many') from ledger.backfill_requests")
    with pytest.raises(errors.InsufficientPrivilege):
        user.execute("select gaps.claim_backfill('kite')")


@pytest.mark.usefixtures("login")
def test_who_may_not_read_as_the_dashboards_do_is_told_so(url: str) -> None:
    with Reader(make_conninfo(url, user="bhav_read", password=PASSWORD)) as reader:
        assert reader.frame("select symbol from grafana.symbols").fields == []
    for role in ("bhav_ingest", "bhav_user"):
        with pytest.raises(BhavError, match=f"^{role} may not read as bhav_read does$"):
            Reader(make_conninfo(url, user=role, password=PASSWORD))
