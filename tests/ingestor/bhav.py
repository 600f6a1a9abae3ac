"""`bhav` as a user runs it: every command in a process of its own, away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.ingestor.daemon import PYTHONPATH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Cluster

FORK = "from tests.ingestor.bhav import fork_commands; fork_commands()"


def fork_commands() -> None:
    """Run a command for each line of the input, and answer with its exit code."""
    from ingestor.cli import main  # noqa: PLC0415 - only this process is to have it

    for line in sys.stdin:
        if (child := os.fork()) == 0:
            become(**json.loads(line))
            main()
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def become(arguments: list[str], environment: dict[str, str], folder: str, files: list[str]) -> None:
    """Take what a process is started with: `files` are standard input, output and error."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, file in enumerate(files):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT), number)
    sys.argv = ["bhav", *arguments]


class Commands:
    """Starts commands as forks of a process that has imported the program, which takes Python a second each time."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-c", FORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=PYTHONPATH
        )
        assert self._parent.stdin
        assert self._parent.stdout
        self._asked, self._answers = self._parent.stdin, self._parent.stdout

    def run(self, arguments: tuple[str, ...], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
        """Return the exit code of a command and what it wrote to standard output and error."""
        out, err = (folder / f"{uuid4().hex}.{name}" for name in ("out", "err"))
        asked: dict[str, Any] = {"arguments": arguments, "environment": environment, "folder": str(folder)}
        asked["files"] = [os.devnull, str(out), str(err)]
        print(json.dumps(asked), file=self._asked, flush=True)
        return int(self._answers.readline()), out.read_text(), err.read_text()

    def close(self) -> None:
        self._asked.close()
        self._answers.close()
        self._parent.wait(timeout=10)


class Bhav:
    """Runs `bhav` with nothing but its own settings in the environment."""

    def __init__(self, commands: Commands, cluster: Cluster, folder: Path) -> None:
        self.commands = commands
        self.cluster = cluster
        self.folder = folder
        self.database = f"cli_{uuid4().hex[:12]}"
        kept = {name: value for name, value in PYTHONPATH.items() if name in {"PATH", "PYTHONPATH", "HOME", "LANG"}}
        self.environment = kept | {"DATABASE_URL": cluster.server.url(self.database), "BHAV_HOME": str(folder / "home")}

    def create_database(self, clock: str = "replay") -> None:
        """Make the database as `bhav migrate` would."""
        self.environment["DATABASE_URL"] = url = self.cluster.create(clock)
        self.database = str(conninfo_to_dict(url)["dbname"])

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        code, out, err = self.commands.run(arguments, self.environment | environment, self.folder)
        return subprocess.CompletedProcess(arguments, code, out, err)

    def well(self, *arguments: str, **environment: str) -> str:
        done = self(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def error(self, *arguments: str, **environment: str) -> tuple[str, str]:
        """Return the sentence and the hint of a command that fails."""
        done = self(*arguments, **environment)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        _, error, text = done.stderr.partition("error: ")  # a progress bar may stand before it
        assert error
        sentence, _, hint = text.strip().partition("\nhint: ")
        return sentence, hint

    def connect(self, database: str | None = None) -> psycopg.Connection:
        url = self.cluster.server.url(database or self.database)
        return psycopg.connect(url, autocommit=True)
