"""The command line as a user sees it: exit codes, output off a terminal, and errors as a sentence and a hint."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ingestor import tokens
from ingestor.feeds import fyers, kite_connection
from tests.ingestor.bhav import Bhav
from tests.ingestor.daemon import INDIA, settings, stocks, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster
    from tests.ingestor.bhav import Commands

COMMANDS = "up down migrate run login instruments watch calendar backfill replay demo preview export check dsn psql"


@pytest.fixture
def bhav(commands: Commands, clusters: Callable[[str], Cluster], tmp_path: Path) -> Iterator[Bhav]:
    made = Bhav(commands, clusters("postgres"), tmp_path)
    yield made
    with made.connect("postgres") as connection:
        for name in (made.database, "bhav_replay", "bhav_demo"):
            connection.execute(f"drop database if exists {name} with (force)")


def test_help_lists_the_commands(bhav: Bhav) -> None:
    text = bhav.well("--help")
    for name in COMMANDS.split():
        assert f" {name} " in text
    assert "--speed" in bhav.well("replay", "--help")


@pytest.mark.parametrize("command", ["run", "backfill", "calendar sync", "instruments sync", "watch list", "export"])
def test_help_shows_which_database_is_taken(bhav: Bhav, command: str) -> None:
    assert "[default: (bhav)]" in bhav.well(*command.split(), "--help", COLUMNS="120")


def test_the_script_is_installed() -> None:
    program = Path(sys.executable).with_name("bhav")
    done = subprocess.run(
        [str(program), "--help"], capture_output=True, text=True, check=True, env={"PATH": os.defpath}
    )
    assert "Usage: bhav" in done.stdout


def test_migrate_creates_the_database_and_changes_nothing_the_second_time(bhav: Bhav) -> None:
    assert bhav.well("migrate") == f"{bhav.database}: postgres engine, rebuilt\n"
    assert bhav.well("migrate") == f"{bhav.database}: postgres engine, already current\n"
    sentence, hint = bhav.error("migrate", "--clock", "wall")
    assert "runs on the replay clock" in sentence
    assert "--database" in hint


def test_check_tells_a_missing_an_empty_an_outdated_and_a_healthy_database(bhav: Bhav) -> None:
    sentence, _ = bhav.error("check")
    assert bhav.database in sentence
    assert "does not exist" in sentence
    with bhav.connect("postgres") as connection:
        connection.execute(f"create database {bhav.database}")
    assert bhav.error("check") == ("the database is empty", "bhav migrate")
    bhav.well("migrate")
    assert bhav.well("check") == "database: postgres engine, replay clock, current\nnewest tick: none yet\n"
    with bhav.connect() as connection:
        connection.execute("update ledger.jobs set failures = 3 where name = 'prune'")
        sentence, hint = bhav.error("check")
        assert sentence == "jobs are failing: prune"
        assert connection.execute(hint.encode()).fetchall() == []
        connection.execute("update meta.code set digest = 'of another version'")
    assert bhav.error("check") == ("the database was migrated by another version", "bhav migrate")
    assert bhav.error("run")[0] == "the database was migrated by another version"


def test_dsn_leads_to_the_database(bhav: Bhav) -> None:
    bhav.create_database()
    for options, name in (((), bhav.database), (("-d", "postgres"), "postgres")):
        with psycopg.connect(bhav.well("dsn", *options).strip()) as connection:
            assert connection.execute("select current_database()").fetchone() == (name,)


def test_psql_takes_further_arguments_and_gives_its_exit_code(bhav: Bhav) -> None:
    folder = str(bhav.cluster.server.bindir)
    path = {"PATH": f"{folder}:{os.defpath}"}
    bhav.create_database()
    assert bhav.well("psql", "-X", "-At", "-c", "select 1", **path) == "1\n"
    assert bhav.well("psql", "-d", "postgres", "-X", "-At", "-c", "select current_database()", **path) == "postgres\n"
    failed = bhav("psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", "select no_such_column", **path)
    assert failed.returncode == 1
    assert "no_such_column" in failed.stderr
    sentence, hint = bhav.error("psql", PATH=str(bhav.folder))
    assert (sentence, hint.split(";")[0]) == ("psql is not installed", "install a PostgreSQL client")


def test_replay_of_a_file(bhav: Bhav) -> None:
    lines = [f"2026-08-03 09:{15 + n // 60}:{n % 60:02},{1500 + n % 7},{100 * (n + 1)}" for n in range(600)]
    file = bhav.folder / "2026-08-03_INFY.csv"
    file.write_text("timestamp,ltp,volume\n" + "\n".join([*lines, lines[-1], "1970-01-01 05:30:00,1500,5"]) + "\n")
    done = bhav("replay", str(file))
    assert done.returncode == 0, done.stderr
    assert "602 ticks received: 600 stored, 0 late, 1 duplicates, 0 outside the session, 1 rejected" in " ".join(
        done.stdout.split()
    )
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stderr
    with bhav.connect("bhav_replay") as connection:
        bar = connection.execute(
            "select bucket::text, volume, ticks from candles_5m where instrument_id = market.id('NSE:INFY') order by 1",
        ).fetchall()
    assert bar == [("2026-08-03 09:15:00+05:30", 30_000, 300), ("2026-08-03 09:20:00+05:30", 30_000, 300)]


def test_rows_that_make_no_tick_are_told_and_counted_in_the_database(bhav: Bhav) -> None:
    file = bhav.folder / "INFY.csv"
    file.write_text('time,price,volume\n2026-08-03 09:15:01,"1,500.50",5\n03-08-2026 09:15:02,1500,5\n')
    with file.open("a") as more:
        more.write('2026-08-03 09:15:03,1500,"1,400"\n2026-08-03 09:15:04,1500\n')
    said = bhav.well("replay", str(file))
    reasons = {
        "bad price": 1,
        "bad time": 1,
        "unreadable volume, tick kept without it": 1,
        "wrong number of fields": 1,
    }
    assert "1 ticks received: 1 stored" in said
    assert "4 rejected" in said
    for reason in reasons:
        assert f"'{reason}': 1" in said
    with bhav.connect("bhav_replay") as connection:
        rows = connection.execute("select e.key, e.value::int from ledger.ingest_stats, jsonb_each(rejected) as e")
        assert dict(rows.fetchall()) == reasons


def test_a_replay_that_is_interrupted_says_so(bhav: Bhav) -> None:
    file = bhav.folder / "INFY.csv"
    file.write_text("time,price\n" + "".join(f"2026-08-03 09:15:{n:02},{1500 + n}\n" for n in range(60)))
    bhav.well("replay", str(file))
    command = [sys.executable, "-c", "from ingestor.cli import main; main()", "replay", str(file), "--speed", "1"]
    with (
        bhav.connect("bhav_replay") as connection,
        subprocess.Popen(command, env=bhav.environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as daemon,
    ):
        connection.execute("select pg_advisory_lock(hashtext('bhav.writer'))")
        until(
            lambda: connection.execute("select from pg_stat_activity where application_name = 'bhav writer'").rowcount
        )
        daemon.send_signal(signal.SIGINT)
        out, said = daemon.communicate(timeout=60)
    assert (daemon.returncode, out) == (1, b"")
    assert b"error: interrupted" in said
    assert b"Traceback" not in said


def test_what_a_database_or_a_disk_refuses_is_a_sentence(bhav: Bhav) -> None:
    bhav.create_database()
    with bhav.connect() as connection:
        connection.execute(f"create role {bhav.database} login password 'refused-secret'")
        parts = conninfo_to_dict(bhav.environment["DATABASE_URL"]) | {
            "user": bhav.database,
            "password": "refused-secret",
        }
        try:
            sentence, hint = bhav.error("check", DATABASE_URL=make_conninfo("", **parts))
            assert "permission denied for schema meta" in sentence
            assert "DATABASE_URL" in hint
        finally:
            connection.execute(f"drop role {bhav.database}")
    sentence, _ = bhav.error("run", BHAV_HOME=str(Path(__file__) / "home"))
    assert "Not a directory" in sentence


@pytest.mark.parametrize(
    ("arguments", "sentence", "hint"),
    [
        (["--columns", "what[/y]=1"], "not a column mapping", ""),
        (["--columns", "price=99"], "no column", "map them"),
        (["--symbol", "*=NFO:INFY26AUGFUT"], "not in market.instruments", "register_instruments"),
    ],
)
def test_a_replay_that_makes_no_sense(bhav: Bhav, arguments: list[str], sentence: str, hint: str) -> None:
    file = bhav.folder / "INFY.csv"
    file.write_text("timestamp,ltp\n2026-08-03 09:15:00,1500\n")
    bhav.create_database()
    found = bhav.error("replay", str(file), "--database", bhav.database, *arguments)
    assert sentence in found[0]
    assert hint in found[1]


def test_an_unknown_broker(bhav: Bhav) -> None:
    sentence, hint = bhav.error("run", BROKER="unknown")
    assert sentence == "BROKER: Input should be 'simulate', 'kite' or 'fyers'"
    assert hint == "see .env.example"


def test_check_of_a_brokers_feed_tells_of_its_token_and_connections(bhav: Bhav) -> None:
    bhav.create_database("wall")
    assert bhav.error("check", BROKER="kite") == ("no valid access token for kite", "bhav login kite")
    now = datetime.now(UTC)
    home = settings(bhav.folder / "home")
    tokens.store(home, "kite", tokens.Token("secret", now, now + timedelta(minutes=90, seconds=50)))
    with bhav.connect() as connection:
        connection.execute("insert into ledger.feed_status values ('kite', 'kite-1', 'down', now(), 'silent')")
        stocks(connection, 1)
        day = now.astimezone(INDIA).date()
        connection.execute("delete from market.sessions where segment = 'NSE' and session_date = %s", (day,))
        connection.execute(
            "insert into market.sessions (segment, session_date, opens_at, closes_at, kind)"
            " values ('NSE', %s, %s, %s, '')",
            (day, now - timedelta(minutes=1), now + timedelta(minutes=80)),
        )
        *_, token, feed = bhav.well("check", BROKER="kite").splitlines()
        connection.execute("update market.sessions set closes_at = closes_at + interval '1 hour' where kind = ''")
        *_, warning, _ = bhav.well("check", BROKER="kite").splitlines()
    assert warning == "WARNING: it ends before the day's trading does: bhav login kite"
    assert token in {"access token: good for 1 h 30 min", "access token: good for 1 h 29 min"}
    assert feed == "kite-1: down, 0 instruments, silent"


def test_check_notices_a_daemon_that_does_nothing_and_a_connection_that_is_down(bhav: Bhav) -> None:
    bhav.create_database()
    with bhav.connect() as connection:
        connection.execute("insert into ledger.feed_status values ('simulate', 'main', 'up', now())")
        connection.execute("update ledger.jobs set last_finished_at = now() - interval '2 minutes'")
        sentence, _ = bhav.error("check")
        assert sentence.startswith("the daemon has done nothing since 20")
        connection.execute("update ledger.jobs set last_finished_at = now() where name = 'candle_closed'")
        bhav.well("check")
        down = "update ledger.feed_status set state = 'down', reason = %s, since = now() - interval '2 minutes'"
        connection.execute(down, ("silent",))
        sentence, _ = bhav.error("check")
        assert sentence == "down for more than a minute: simulate main: silent"
        for reason in (kite_connection.NOTHING_TO_FOLLOW, fyers.NOTHING_TO_FOLLOW):
            connection.execute(down, (reason,))
            bhav.well("check")
        connection.execute(down, ("stopped",))
        connection.execute("update ledger.jobs set last_finished_at = now() - interval '2 minutes'")
        bhav.well("check")


def test_a_broker_without_its_settings(bhav: Bhav) -> None:
    bhav.create_database("wall")
    sentence, hint = bhav.error("run", BROKER="fyers")
    assert sentence == "FYERS_APP_ID is not set"
    assert "myapi.fyers.in" in hint


def test_preview_draws_a_dashboard_or_a_file(bhav: Bhav) -> None:
    bhav.create_database()
    assert bhav.well("preview", "overview", "--from", "now-1d", "--to", "now") == "preview: overview.html\n"
    panel = {"type": "table", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 8}, "title": "Of ${who}"}
    target = {"rawSql": "select ${who:sqlstring} as who", "refId": "A", "format": "table"}
    variable = {"type": "custom", "name": "who", "query": "a,b", "current": {"value": "a"}}
    board = {"title": "Own", "panels": [panel | {"targets": [target]}], "templating": {"list": [variable]}}
    (bhav.folder / "own.json").write_text(json.dumps(board))
    bhav.well("preview", "own.json", "--var", "who=O'X", "-o", "page.html")
    assert "Of O&#x27;X" in (bhav.folder / "page.html").read_text()
    assert bhav.error("preview", "nothing")[0] == "no dashboard nothing"
    assert bhav.error("preview", "own.json", "--var", "whom=x") == ("this dashboard has no variable whom", "it has who")
    assert bhav.error("preview", "own.json", "-o", "nowhere/page.html")[0].startswith("cannot write")


def test_export_writes_a_query_or_candles(bhav: Bhav) -> None:
    bhav.create_database()
    assert bhav.well("export", "a.csv", "--sql", "select n from generate_series(1, 3) as n") == "3 rows: a.csv\n"
    assert (bhav.folder / "a.csv").read_text() == "n\n1\n2\n3\n"
    sentence, hint = bhav.error("export", "a.parquet", "--symbol", "NSE:INFY", "--timeframe", "7m")
    assert sentence == 'unknown symbol: "NSE:INFY"'
    assert "NSE:INFY" in hint
    for arguments in ([], ["--sql", "select 1", "--symbol", "NSE:INFY"]):
        assert bhav.error("export", "a.csv", *arguments)[0] == "export wants either --sql or --symbol"


def test_no_database_there(bhav: Bhav) -> None:
    nowhere = "postgresql://postgres:s3cret@127.0.0.1:9/bhav"
    for command in (
        ["check"],
        ["migrate"],
        ["run"],
        ["demo"],
        ["replay", __file__],
        ["preview"],
        ["export", "a.csv", "--sql", "select 1"],
    ):
        sentence, hint = bhav.error(*command, DATABASE_URL=nowhere)
        assert sentence.startswith("cannot reach the database")
        assert "s3cret" not in sentence
        assert hint


@pytest.mark.parametrize(
    ("name", "value"),
    [("TICK_BUFFER_SIZE", "many"), ("FLUSH_INTERVAL_SECONDS", "0"), ("LOG_LEVEL", "loud")],
)
def test_a_setting_that_makes_no_sense_is_named(bhav: Bhav, name: str, value: str) -> None:
    bhav.create_database()
    sentence, _ = bhav.error("run", **{name: value})
    assert name in sentence.upper()


def test_demo(bhav: Bhav) -> None:
    """A whole simulated session, and a second of it live."""
    text = bhav.well("demo", "--live-seconds", "1")
    assert "bhav psql -d bhav_demo" in text
    assert "\x1b" not in text
    pages = [Path(line.strip()) for line in text.splitlines() if line.strip().endswith(".html")]
    assert [page.name for page in pages] == ["overview.html", "instrument.html"]
    assert all("Preview, not Grafana." in page.read_text() for page in pages)
    with bhav.connect("bhav_demo") as connection:
        for line in text.splitlines():
            if line.strip().startswith("select * from"):
                assert connection.execute(line.encode()).fetchall(), line
        forming = connection.execute("select count(*) from candles_1d where not is_closed").fetchone()
    assert forming is not None
    assert forming[0] > 50
