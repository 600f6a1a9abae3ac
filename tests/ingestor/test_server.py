"""Our own PostgreSQL, really started: what it survives, where it listens, whom it lets in."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest

from ingestor import server as module
from ingestor.errors import BhavError
from ingestor.locate import system_bindirs, wheel_bindirs
from ingestor.server import Server, has_timescale, version
from tests.conftest import server_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[..., Server]

CHECKOUT = Path(__file__).resolve().parents[2]
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change to another account")
SMALL = {"shared_buffers": "16MB"}
STATUS_LINE = 7


@pytest.fixture(scope="module")
def bindir() -> Path:
    found = [path for path in system_bindirs() + wheel_bindirs() if not has_timescale(path)]
    if not found:
        pytest.skip("no PostgreSQL 16 or newer is installed, not even the wheel's")
    return found[0]


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    """A folder that another account can enter, which pytest's own are not."""
    with server_home() as folder:
        yield folder


@pytest.fixture(scope="module")
def reachable(bindir: Path, module_home: Path) -> Path:
    """The binaries, copied where need be so that any account can run them."""
    server = Server(bindir, module_home / "engine of all" / "unused", 0)
    with server._alone():
        return server.bin


@pytest.fixture
def make(module_home: Path, reachable: Path) -> Iterator[Make]:
    """Build servers that are stopped and removed afterwards."""
    made: list[Server] = []
    with tempfile.TemporaryDirectory(dir=module_home) as folder:
        Path(folder).chmod(0o755)

        def build(name: str = "home", port: int | None = None, binaries: Path = reachable, **settings: str) -> Server:
            data = Path(folder) / name / "postgres-data"
            made.append(Server(binaries, data, port or free_port(), {**SMALL, **settings}))
            return made[-1]

        yield build
        for server in made:
            server.stop()


@pytest.fixture(scope="module")
def shared(module_home: Path, reachable: Path) -> Iterator[Server]:
    """A running server for tests that only look."""
    server = Server(
        reachable, module_home / "shared" / "postgres-data", free_port(), {**SMALL, "cluster_name": r"it's \n"}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KITE_API_SECRET", "not for the server")
        patch.setenv("PGPORT", "1")
        patch.setenv("PGDATA", "/nonexistent")
        server.start()
    yield server
    server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(server: Server, query: str) -> str:
    with psycopg.connect(server.url(), connect_timeout=5) as connection:
        row = connection.execute(query.encode()).fetchone()
        return str(row[0]) if row else ""


def pid_of(server: Server) -> int:
    """The postmaster, as the file in its data directory and the process list both tell."""
    pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    assert Path(psutil.Process(pid).cwd()) == server.data
    return pid


def lives(pid: int) -> bool:
    """Whether the process runs; a zombie, which some containers never bury, does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill(server: Server) -> None:
    pid = pid_of(server)
    os.kill(pid, signal.SIGKILL)
    while lives(pid):
        time.sleep(0.01)


def test_start_twice_is_one_server_and_stop_twice_is_none(make: Make) -> None:
    server = make()
    assert not server.running()
    server.start()
    first = pid_of(server)
    server.start()
    again = Server(server.bindir, server.data, server.wanted_port, SMALL)
    again.start()
    assert pid_of(server) == first
    assert again.url() == server.url()
    server.stop()
    server.stop()
    assert not server.running()
    assert not lives(first)


def test_init_alone_starts_nothing(make: Make) -> None:
    server = make()
    server.init()
    server.init()
    assert (server.data / "PG_VERSION").exists()
    assert not server.running()


def test_two_starts_at_once_make_one_server(make: Make) -> None:
    one, two = make(), make()
    two.wanted_port = one.wanted_port
    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(server.start) for server in (one, two)]:
            done.result()
    assert one.url() == two.url()
    assert ask(one, "select 1") == "1"


def test_the_postmaster_killed_twice_in_a_row_loses_nothing_committed(make: Make) -> None:
    server = make()
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("create table public.kept as select 42 as answer")
    for _ in range(2):
        kill(server)
        assert not server.running()
        server.start()
        assert ask(server, "select answer from public.kept") == "42"


def test_a_start_waits_for_what_a_killed_server_left_behind(make: Make) -> None:
    server = make()
    server.start()
    lingering = psutil.Process(pid_of(server)).children()[0]
    lingering.suspend()
    kill(server)
    release = threading.Timer(1, lingering.resume)
    release.start()
    server.start()
    release.join()
    assert "pre-existing shared memory block" in server.log.read_text()
    assert ask(server, "select 1") == "1"


def test_a_server_outlives_a_killed_parent_and_is_found_again(make: Make) -> None:
    server = make()
    script = (
        "import os, sys; from pathlib import Path; from ingestor.server import Server\n"
        "Server(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])).start(); os.kill(os.getpid(), 9)"
    )
    arguments = [str(server.bindir), str(server.data), str(server.wanted_port)]
    for _ in range(2):
        parent = subprocess.run([sys.executable, "-c", script, *arguments], cwd=CHECKOUT, check=False, timeout=60)
        assert parent.returncode == -signal.SIGKILL
    found = pid_of(server)
    server.start()
    assert pid_of(server) == found
    assert ask(server, "select 1") == "1"


@pytest.mark.parametrize("state", ["another program", "zombie", "empty file"])
def test_a_stale_pid_file_is_not_taken_for_a_server(make: Make, state: str) -> None:
    server = make()
    server.start()
    owner = server.data.stat()
    text = (server.data / "postmaster.pid").read_text().splitlines(keepends=True)
    server.stop()
    user, group = (owner.st_uid, owner.st_gid) if os.geteuid() == 0 else (None, None)
    with subprocess.Popen(["sleep", "60"], cwd="/", user=user, group=group) as other:
        if state == "zombie":
            other.kill()
            while lives(other.pid):
                time.sleep(0.01)
        stale = "" if state == "empty file" else "".join([f"{other.pid}\n", *text[1:STATUS_LINE], "ready   \n"])
        pid_file = server.data / "postmaster.pid"
        pid_file.write_text(stale)
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        try:
            assert not server.running()
            assert server.port == server.wanted_port
            server.start()
            assert pid_of(server) != other.pid
            assert ask(server, "select 1") == "1"
        finally:
            other.kill()


def test_a_taken_port_is_left_to_its_holder(make: Make) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = int(holder.getsockname()[1])
        server = make(port=taken)
        server.start()
        assert server.port != taken
        assert f":{server.port}/" in server.url()
        assert ask(server, "show port") == str(server.port)
        assert Server(server.bindir, server.data, taken).url() == server.url()
        server.stop()
    server.start()
    assert server.port == taken


@pytest.mark.parametrize("name", ["with spaces", "it's quoted", 'a "double" $HOME `id` \\ one'])
def test_a_home_may_have_any_name(make: Make, name: str) -> None:
    server = make(name)
    server.start()
    assert ask(server, "show data_directory") == str(server.data)
    assert server.log == server.data.parent / "server.log"
    assert "ready to accept connections" in server.log.read_text()
    server.stop()
    server.start()
    assert ask(server, "select 1") == "1"


def test_only_the_password_lets_in(shared: Server) -> None:
    port = shared.port
    for login in ("postgres:wrong@", "postgres@", "nobody:wrong@"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://{login}127.0.0.1:{port}/postgres", passfile="/dev/null")
    methods = "select string_agg(distinct auth_method, ',') from pg_catalog.pg_hba_file_rules"
    assert ask(shared, methods) == "scram-sha-256"
    stored = "select left(rolpassword, 13) from pg_catalog.pg_authid where rolname = 'postgres'"
    assert ask(shared, stored) == "SCRAM-SHA-256"


def test_the_password_is_ours_alone_and_no_other_server_has_it(shared: Server, make: Make) -> None:
    other = make()
    other.init()
    file = shared.password_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_uid == os.geteuid()
    assert file.parent == shared.data.parent
    assert len(file.read_text()) >= 32
    assert file.read_text() != other.password_file.read_text()
    kept = other.password_file.read_text()
    other.start()
    assert other.password_file.read_text() == kept
    assert kept not in other.log.read_text()


def test_it_listens_on_the_loopback_address_alone(shared: Server) -> None:
    postmaster = psutil.Process(pid_of(shared))
    listening = [c.laddr for c in postmaster.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert listening == [("127.0.0.1", shared.port)]
    assert [c.laddr for c in postmaster.net_connections("unix") if c.laddr] == []
    assert ask(shared, "show unix_socket_directories") == ""


def test_the_environment_of_the_caller_stays_outside(shared: Server) -> None:
    environment = psutil.Process(pid_of(shared)).environ()
    assert "KITE_API_SECRET" not in environment
    assert "PGPORT" not in environment
    assert not [value for value in environment.values() if "nonexistent" in value]


def test_settings_arrive_as_written(shared: Server) -> None:
    assert ask(shared, "show cluster_name") == r"it's \n"
    assert ask(shared, "show max_wal_size") == "4GB"
    assert ask(shared, "show timezone") == "UTC"
    assert ask(shared, "show log_timezone") == "UTC"
    assert ask(shared, "show data_checksums") == "on"
    assert ask(shared, "show server_encoding") == "UTF8"
    origin = "select sourcefile from pg_catalog.pg_settings where name = 'max_wal_size'"
    assert ask(shared, origin) == str(shared.data / "bhav.conf")


def test_a_url_escapes_what_it_holds(shared: Server) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(shared.url("a /?#%b", "us@er"))
    assert parts == {"host": "127.0.0.1", "port": str(shared.port), "dbname": "a /?#%b", "user": "us@er"}


def test_a_refused_setting_ends_in_the_servers_own_words(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    server = make(shared_buffers="plenty")
    with pytest.raises(BhavError, match="did not start") as refused:
        server.start()
    assert 'invalid value for parameter "shared_buffers": "plenty"' in refused.value.hint
    server.settings = SMALL
    server.start()
    assert server.running()


def test_a_failed_or_killed_initdb_leaves_no_half_cluster(make: Make) -> None:
    server = make()
    left = server.data.with_name(".new-left") / "data"
    left.mkdir(parents=True)
    server.data.parent.chmod(0o755)
    broken = server.data.parent / "broken"
    broken.mkdir()
    for name, body in {"postgres": "exit 0", "initdb": 'mkdir "$2"; echo disk full >&2; exit 1'}.items():
        (broken / name).write_text(f"#!/bin/sh\n{body}\n")
        (broken / name).chmod(0o755)
    with pytest.raises(BhavError, match="initdb failed") as failed:
        Server(broken, server.data, server.wanted_port).start()
    assert failed.value.hint == "disk full"
    assert not server.data.exists()
    assert not left.exists()
    server.start()
    assert ask(server, "select 1") == "1"


def test_a_home_that_cannot_be_made_is_an_error_with_a_hint(tmp_path: Path, reachable: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BhavError, match="cannot keep a database") as refused:
        Server(reachable, tmp_path / "file" / "home" / "data", free_port()).start()
    assert "BHAV_HOME" in refused.value.hint


@ROOT_ONLY
def test_root_runs_it_as_somebody_else_and_keeps_its_hands_off_the_parents(make: Make) -> None:
    server = make("mine/home")
    mine = server.data.parents[1]
    mine.mkdir()
    mine.chmod(0o711)
    before = [path.stat() for path in (mine, *mine.parents)]
    umask = os.umask(0o077)
    try:
        server.start()
    finally:
        os.umask(umask)
    after = [path.stat() for path in (mine, *mine.parents)]
    assert [(s.st_mode, s.st_uid, s.st_gid) for s in after] == [(s.st_mode, s.st_uid, s.st_gid) for s in before]
    uid = psutil.Process(pid_of(server)).uids().real
    assert uid == server.data.stat().st_uid
    assert pwd.getpwuid(uid).pw_name in ("postgres", "nobody")
    assert psutil.Process(pid_of(server)).gids().real != 0


@ROOT_ONLY
def test_root_with_a_closed_home_is_told_so(make: Make) -> None:
    server = make("closed/home")
    closed = server.data.parents[1]
    closed.mkdir(mode=0o700)
    with pytest.raises(BhavError, match="cannot enter") as refused:
        server.start()
    assert "BHAV_HOME" in refused.value.hint
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@ROOT_ONLY
def test_binaries_out_of_reach_are_copied_with_their_libraries(make: Make, reachable: Path) -> None:
    closed = make("closed/site/package").data.parents[2]
    closed.mkdir(mode=0o700)
    install = closed / "site" / "package" / "install"
    shutil.copytree(reachable.parent, install)
    libs = reachable.parents[2] / module.LIBS
    if libs.is_dir():
        shutil.copytree(libs, closed / "site" / module.LIBS)
    server = make("it's a home", binaries=install / "bin")
    server.start()
    home = server.data.parent
    assert Path(psutil.Process(pid_of(server)).exe()).is_relative_to(home)
    assert server.bin.relative_to(home).parts[1:] == ("package", "install", "bin")
    assert (server.bin.parents[2] / module.LIBS).is_dir() == libs.is_dir()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    copies = list(home.glob("engine-*"))
    server.stop()
    Server(install / "bin", server.data, server.wanted_port, SMALL).start()
    assert list(home.glob("engine-*")) == copies
    assert list(home.glob(".new-*")) == []


@ROOT_ONLY
def test_an_ordinary_user_needs_nothing_from_root(module_home: Path, reachable: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    account: dict[str, Any] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
    names = [f"python3.{minor}" for minor in range(11, 14)]
    interpreters = [sys.executable, *filter(None, (shutil.which(name, path=os.defpath) for name in names))]

    def as_nobody(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **account, **options)

    python = next((path for path in interpreters if as_nobody("test", "-x", path).returncode == 0), None)
    if python is None:
        pytest.skip("the user nobody can reach no Python 3.11: every interpreter is under a closed home")
    with tempfile.TemporaryDirectory(dir=module_home) as folder:
        package = Path(folder) / "ingestor"
        package.mkdir()
        for name in ("__init__.py", "errors.py", "server.py"):
            shutil.copy(CHECKOUT / "ingestor" / name, package)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        script = (
            "import os, sys; from pathlib import Path; from ingestor.server import Server\n"
            "server = Server(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), {'shared_buffers': '16MB'})\n"
            "getattr(server, sys.argv[4])(); print(server.url(), (server.data / 'postmaster.pid').stat().st_uid) "
            "if sys.argv[4] == 'start' else None"
        )
        data = Path(folder) / "my home" / "postgres-data"
        arguments = [str(reachable), str(data), str(free_port())]

        def run(action: str) -> str:
            done = as_nobody(python, "-c", script, *arguments, action, env={"PYTHONPATH": folder})
            assert done.returncode == 0, done.stderr
            return done.stdout

        try:
            url, uid = run("start").split()
            assert run("start").split() == [url, uid]
            assert int(uid) == nobody.pw_uid
            with psycopg.connect(url) as connection:
                assert connection.execute("select 1").fetchone() == (1,)
        finally:
            run("stop")
        assert not (data / "postmaster.pid").exists()


@pytest.mark.timescale
def test_timescale_is_loaded_where_the_binaries_have_it(make: Make) -> None:
    named = os.environ.get("BHAV_TEST_PG_BIN")
    shared_data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    candidates = [
        *([Path(named)] if named else []),
        shared_data / "bhav" / "postgres-timescale" / "bin",
        *system_bindirs(),
    ]
    found = next((path for path in candidates if has_timescale(path)), None)
    if found is None:
        pytest.skip("no PostgreSQL with the TSL edition of TimescaleDB is installed")
    server = make(binaries=found)
    server.start()
    assert ask(server, "show shared_preload_libraries") == "timescaledb"
    assert ask(server, "show timescaledb.telemetry_level") == "off"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("create extension timescaledb")
    assert ask(server, "show timescaledb.license") == "timescale"


@pytest.mark.parametrize(
    ("banner", "major"),
    [
        ("postgres (PostgreSQL) 18.4", 18),
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15),
        ("postgres (PostgreSQL) 19beta1", 19),
    ],
)
def test_the_version_is_what_the_binary_says(tmp_path: Path, banner: str, major: int) -> None:
    (tmp_path / "postgres").write_text(f"#!/bin/sh\necho '{banner}'\n")
    (tmp_path / "postgres").chmod(0o755)
    assert version(tmp_path) == major


@pytest.mark.parametrize("body", [None, "exit 1", "echo hello"])
def test_a_folder_without_a_server_is_an_error(tmp_path: Path, body: str | None) -> None:
    if body:
        (tmp_path / "postgres").write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "postgres").chmod(0o755)
    with pytest.raises(BhavError, match="server in"):
        version(tmp_path)


@pytest.mark.parametrize(
    ("library", "found"),
    [
        ("lib/timescaledb-tsl-2.29.2.so", True),
        ("lib/postgresql/timescaledb-tsl-2.29.2.so", True),
        ("lib64/pgsql/timescaledb-tsl-2.29.2.so", True),
        ("lib/postgresql/timescaledb-2.29.2.so", False),
    ],
)
def test_only_the_community_edition_counts_as_timescale(tmp_path: Path, library: str, found: bool) -> None:
    (tmp_path / library).parent.mkdir(parents=True)
    (tmp_path / library).touch()
    assert has_timescale(tmp_path / "bin") == found
