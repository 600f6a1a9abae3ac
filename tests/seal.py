"""The seal: proof, for machines without TimescaleDB, that its tests passed on the code that is here.

`pytest -m timescale --write-seal` writes tests/timescale.seal when every test that needs TimescaleDB passed. A run in
which such tests are skipped for want of a server says how many, and fails unless the seal is of this code.

With pytest-xdist the tests run in workers, which collect and deselect; the process that started them counts and seals.

PYTEST_DONT_REWRITE: conftest.py imports this module before pytest does.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from xdist.workermanage import WorkerController

NO_SERVER = "no server with the TSL edition of TimescaleDB was found"
"""The reason for which a test is skipped that the seal answers for."""
SEALED = ("sql", "alembic", "tests/contract")
SUFFIXES = {".sql", ".csv", ".py"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("bhav")
    group.addoption("--write-seal", action="store_true", help="write tests/timescale.seal if all timescale tests pass")
    group.addoption("--write-golden", action="store_true", help="rewrite the golden dumps instead of comparing")
    group.addoption("--write-docs", action="store_true", help="rewrite the generated documents instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Seal(config), "timescale-seal")


def checksum(root: Path) -> str:
    """Return the sha256 over names and contents of what the seal covers."""
    files = (path for folder in SEALED for path in (root / folder).rglob("*") if path.suffix in SUFFIXES)
    total = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        content = path.read_bytes()
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


class Seal:
    """Watches the tests marked `timescale` of one run."""

    def __init__(self, config: pytest.Config) -> None:
        self.root = config.rootpath
        self.path = self.root / "tests" / "timescale.seal"
        self.write = config.getoption("--write-seal")
        # a choice of paths or names is not all tests; `-m timescale` leaves none of ours out
        self.is_whole = config.args_source is not pytest.Config.ArgsSource.ARGS and not config.getoption("-k")
        self.of_worker: dict[str, object] | None = getattr(config, "workeroutput", None)
        self.passed = 0
        self.unsealable = 0
        self.without_server = 0
        self.servers: set[str] = set()
        self.verdict = ""

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        if any(item.get_closest_marker("timescale") for item in items):
            self.is_whole = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if "timescale" not in report.keywords:
            return
        self.servers.update(str(value) for name, value in report.user_properties if name == "server")
        if report.skipped and NO_SERVER in str(report.longrepr):
            self.without_server += 1
        elif not report.passed:
            self.unsealable += 1
        elif report.when == "call":
            self.passed += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController) -> None:
        self.is_whole &= node.workeroutput.get("is_whole", False)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.of_worker is not None:
            self.of_worker["is_whole"] = self.is_whole
            return
        if session.config.option.collectonly:
            return
        if self.write:
            self.verdict, good = self._written()
        elif self.without_server:
            self.verdict, good = self._checked()
        else:
            return
        if not good and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.verdict:
            terminalreporter.section("TimescaleDB")
            terminalreporter.line(self.verdict)

    def _written(self) -> tuple[str, bool]:
        if not self.is_whole:
            return "not sealed: this was a part of the tests; run `pytest -m timescale --write-seal`", False
        if self.unsealable or self.without_server or not self.passed:
            missed = self.unsealable + self.without_server
            return f"not sealed: of the tests that need TimescaleDB {self.passed} passed, {missed} did not", False
        servers = sorted(self.servers)
        seal = {"sha256": checksum(self.root), "servers": servers, "passed": self.passed}
        self.path.write_text(json.dumps(seal, indent=4) + "\n")
        return f"sealed: {self.passed} tests passed on {', '.join(servers)}", True

    def _checked(self) -> tuple[str, bool]:
        skipped = f"{self.without_server} tests were skipped: {NO_SERVER}"
        if not self.path.exists():
            return f"{skipped}, and there is no {self.path.relative_to(self.root)}", False
        seal = json.loads(self.path.read_text())
        if seal["sha256"] != checksum(self.root):
            covered = ", ".join(SEALED)
            return f"{skipped}, and the seal is stale: {covered} changed since `make test-timescale`", False
        return f"{skipped}; {seal['passed']} passed on {', '.join(seal['servers'])} with this code", True
