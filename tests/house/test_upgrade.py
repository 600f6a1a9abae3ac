"""An upgraded database is a fresh one, the user's own SQL survives, and a dump restores."""

from __future__ import annotations

import dataclasses
import re
import shutil
from typing import TYPE_CHECKING

import psycopg
import pytest

from ingestor.errors import BhavError
from ingestor.migrate import Migration, migrate
from tests import catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Cluster
    from tests.house.conftest import Databases


NEWER = re.compile(
    r"\bindicators?[._]|\bcandles\.subscribe\b"
    r"|\bledger\.(?:alert_rules|watchlist|subscriptions|feed_connections|feed_status|access_tokens)\b"
    r"|\bgaps\.|\bstore\.(?:replaced_ticks|divert_stragglers|swap_ticks)\b"
    r"|\bledger\.(?:coverage|backfill_requests|broker_calls|tick_counts|record_counts)\b"
)
"""In a grant: an object that later revisions brought, or code over one."""


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def make_older(tree: Migration) -> None:
    """Make the tree differ from ours in every way that a release may."""
    sql = tree.sql_dir
    (sql / "20_store" / "forgotten.sql").write_text(
        "create or replace function store.forgotten(a integer) returns integer language sql immutable return a;\n"
        "create or replace procedure store.forgotten(a text) language plpgsql as $$ begin end $$;\n",
    )
    (sql / "30_candles" / "extra_view.sql").write_text("create view candles.extra as select 1 as one;\n")
    (sql / "45_removed").mkdir()
    (sql / "45_removed" / "view.sql").write_text("create view removed.view as select one from candles.extra;\n")
    (sql / "30_candles" / "forming.sql").unlink()
    now = sql / "00_meta" / "now.sql"
    now.write_text(now.read_text().replace("return now();", "return now() - interval '1 hour';"))
    (sql / "30_candles" / "comment.sql").write_text("comment on schema candles is 'older';\n")
    for path in tree.alembic_dir.glob("versions/000[2-9]*"):
        path.unlink()
    for folder in sql.glob("[4-8]*"):  # what later revisions made tables for
        shutil.rmtree(folder)
    for name in ("check_alert_rule", "check_subscription"):
        (sql / "00_meta" / f"{name}.sql").unlink()
    (sql / "10_market" / "notify_watchlist.sql").unlink()
    prune = sql / "00_meta" / "prune.sql"
    prune.write_text(re.sub(r"    delete from ledger.(?:backfill_requests|tick_counts) .*?;\n", "", prune.read_text()))
    for name in ("divert_stragglers", "record_counts", "swap_ticks"):
        (sql / "20_store" / f"{name}.sql").unlink()
    newest_tick = sql / "20_store" / "postgres" / "newest_tick.sql"
    newest_tick.write_text(re.sub(r"store\.(?:pending|merged_1m)\b", "store.live_1m", newest_tick.read_text()))
    for path in (sql / "20_store").glob("**/retain.sql"):
        path.write_text(re.sub(r"    delete from store.replaced_ticks\n.*?;\n", "", path.read_text(), flags=re.DOTALL))
    for name in ("followed", "subscribe", "subscription", "watchlist_members"):
        (sql / "30_candles" / f"{name}.sql").unlink()
    closings = sql / "30_candles" / "closings.sql"
    closings.write_text(re.sub("^-- needs: followed\n", "", closings.read_text(), flags=re.MULTILINE))
    closings.write_text(closings.read_text().replace("candles.followed", "market.instruments"))
    for path in (sql / "90_access").glob("*.sql"):
        statements = path.read_text().split(";\n")
        path.write_text(";\n".join(part for part in statements if not NEWER.search(part)))


def test_fresh_equals_upgraded(databases: Databases, cluster: Cluster, tree: Migration) -> None:
    fresh, upgraded = databases(), databases()
    migrate(fresh)
    make_older(tree)
    migrate(upgraded, tree)
    bindir = cluster.server.bindir
    assert catalogue.dump(upgraded, bindir) != catalogue.dump(fresh, bindir)
    assert migrate(upgraded).rebuilt
    assert catalogue.dump(upgraded, bindir) == catalogue.dump(fresh, bindir)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("create view public.mine as select * from candles.candles_5m", "view public.mine"),
        ("create table public.mine (at timestamptz default candles.extra())", "table public.mine"),
        ("create table public.mine (bar candles.candles_5m)", "table public.mine"),
        (
            (
                "create table public.mine ();"
                "create trigger mine after insert on public.mine execute function candles.fires()"
            ),
            "table public.mine",
        ),
        (
            "create function public.mine() returns bigint begin atomic select count(*) from candles.candles_5m; end;",
            "function public.mine()",
        ),
    ],
)
def test_outside_dependents_are_refused_by_name(
    databases: Databases, tree: Migration, statement: str, named: str
) -> None:
    url = databases()
    (tree.sql_dir / "30_candles" / "extra.sql").write_text(
        "create function candles.extra() returns timestamptz language sql stable return now();\n"
        "create function candles.fires() returns trigger language plpgsql as $$ begin return null; end $$;\n",
    )
    migrate(url, tree)
    execute(url, statement)
    assert not migrate(url, tree).rebuilt
    (tree.sql_dir / "30_candles" / "more.sql").write_text("select 1;\n")
    with pytest.raises(BhavError, match="objects outside Bhav's schemas depend on its code") as caught:
        migrate(url, tree)
    assert named in caught.value.message
    assert "BHAV_SQL_DIR" in caught.value.hint
    kind = statement.split()[1]
    execute(url, f"drop {kind} public.mine")
    assert migrate(url, tree).rebuilt


def test_a_dependent_of_a_removed_routine_is_refused_by_name(databases: Databases, tree: Migration) -> None:
    url = databases()
    make_older(tree)
    migrate(url, tree)
    execute(url, "create view public.mine as select store.forgotten(1)")
    with pytest.raises(BhavError, match=r"view public\.mine depends on function store\.forgotten"):
        migrate(url)
    assert rows(url, "select * from public.mine") == [(1,)]


def test_the_users_own_sql_is_schema_custom_and_survives(databases: Databases, tree: Migration, tmp_path: Path) -> None:
    url = databases()
    custom = tmp_path / "my own %s sql"
    custom.mkdir()
    (custom / "mine.sql").write_text("create view mine as select * from candles_5m;\n", encoding="utf-8-sig")
    (custom / "more.sql").write_text(
        "create function doubled(a integer) returns bigint begin atomic select count(*) * a from mine; end;\n",
    )
    ours = dataclasses.replace(tree, custom_sql_dir=custom)
    migrate(url, ours)
    first = rows(url, "select 'custom.mine'::regclass::oid")
    assert not migrate(url, ours).rebuilt
    (tree.sql_dir / "30_candles" / "extra.sql").write_text("select 1;\n")
    assert migrate(url, ours).rebuilt
    assert rows(url, "select 'custom.mine'::regclass::oid") != first
    assert rows(url, "select count(*), custom.doubled(2) from custom.mine") == [(0, 0)]
    assert rows(url, "select count(*), doubled(2) from mine") == [(0, 0)]
    assert rows(url, "select has_table_privilege('bhav_read', 'custom.mine', 'select')") == [(True,)]


def test_a_fault_in_the_users_own_sql_names_its_file(databases: Databases, tmp_path: Path) -> None:
    (tmp_path / "mine.sql").write_text("create view mine as select * from no_such_table;\n")
    with pytest.raises(BhavError, match=r'"no_such_table" does not exist[^$]*mine\.sql'):
        migrate(databases(), Migration(custom_sql_dir=tmp_path))
    with pytest.raises(BhavError, match="is not a folder"):
        migrate(databases(), Migration(custom_sql_dir=tmp_path / "nowhere"))


def test_the_users_own_sql_cannot_end_the_migrations_transaction(databases: Databases, tmp_path: Path) -> None:
    url = databases()
    migrate(url)
    (tmp_path / "mine.sql").write_text("begin;\ncreate view mine as select 1 as one;\ncommit;\nselect 1 / 0;\n")
    with pytest.raises(BhavError, match=r"transaction commands[^$]*mine\.sql") as refused:
        migrate(url, Migration(custom_sql_dir=tmp_path))
    assert "create view" not in str(refused.value)
    access = "select to_regnamespace('custom'), has_table_privilege('bhav_read', 'candles.candles_5m', 'select')"
    assert rows(url, access) == [(None, True)]
