"""The seal of the timescale tests: written only for a whole good run, and it does not outlive a change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests import seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

pytest_plugins = ["pytester"]

PASSES = "def test_b(record_property):\n    record_property('server', 'PostgreSQL 1, TimescaleDB 2')\n"
FAILS = "def test_b():\n    assert False\n"
SKIPS = "def test_b():\n    pytest.skip('no data')\n"
NO_SERVER = f"def test_b():\n    pytest.skip({seal.NO_SERVER!r})\n"


@pytest.fixture
def project(pytester: pytest.Pytester) -> Callable[[str], Path]:
    """Write a project with one test that needs TimescaleDB and one that does not; return its seal's path."""

    def write(test: str) -> Path:
        pytester.makeini("[pytest]\ntestpaths = tests\nmarkers = timescale: needs TimescaleDB\n")
        for folder in seal.SEALED:
            (pytester.path / folder).mkdir(parents=True, exist_ok=True)
        (pytester.path / "sql" / "a.sql").write_text("select 1;\n")
        (pytester.path / "tests" / "test_it.py").write_text(
            f"import pytest\n\ndef test_a():\n    pass\n\n@pytest.mark.timescale\n{test}",
        )
        return pytester.path / "tests" / "timescale.seal"

    return write


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(
        "-p", "tests.seal", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments
    )


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_good_run_is_sealed(pytester: pytest.Pytester, project: Callable[[str], Path], processes: list[str]) -> None:
    path = project(PASSES)
    result = run(pytester, "-m", "timescale", "--write-seal", *processes)
    assert result.ret == 0
    assert json.loads(path.read_text()) == {
        "sha256": seal.checksum(pytester.path),
        "servers": ["PostgreSQL 1, TimescaleDB 2"],
        "passed": 1,
    }


@pytest.mark.parametrize("test", [FAILS, SKIPS, NO_SERVER])
def test_a_run_that_did_not_pass_is_not_sealed(
    pytester: pytest.Pytester, project: Callable[[str], Path], test: str
) -> None:
    path = project(test)
    result = run(pytester, "-m", "timescale", "--write-seal")
    assert result.ret == 1
    assert not path.exists()


@pytest.mark.parametrize(
    "part",
    [["tests/test_it.py"], ["-k", "test_b"], ["-m", "not timescale"], ["-m", "not timescale", "-n", "2"]],
)
def test_a_part_of_the_tests_is_not_sealed(
    pytester: pytest.Pytester, project: Callable[[str], Path], part: list[str]
) -> None:
    path = project(PASSES)
    result = run(pytester, "--write-seal", *part)
    assert result.ret == 1
    assert not path.exists()


def test_without_a_server_the_seal_answers(pytester: pytest.Pytester, project: Callable[[str], Path]) -> None:
    project(PASSES)
    run(pytester, "--write-seal")
    project(NO_SERVER)
    result = run(pytester)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["1 tests were skipped: no server*; 1 passed on PostgreSQL 1, TimescaleDB 2 with*"])


@pytest.mark.parametrize("name", ["sql/a.sql", "sql/20/b.csv", "alembic/0002.py", "tests/contract/test_c.py"])
def test_a_stale_seal_fails(pytester: pytest.Pytester, project: Callable[[str], Path], name: str) -> None:
    project(PASSES)
    run(pytester, "--write-seal")
    project(NO_SERVER)
    path = pytester.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n")
    result = run(pytester)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["1 tests were skipped: *the seal is stale*"])


def test_a_missing_seal_fails(pytester: pytest.Pytester, project: Callable[[str], Path]) -> None:
    project(NO_SERVER)
    assert run(pytester).ret == 1


def test_where_a_server_is_the_tests_speak_for_themselves(
    pytester: pytest.Pytester, project: Callable[[str], Path]
) -> None:
    project(PASSES)
    result = run(pytester)
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*seal*")


@pytest.mark.timescale
@pytest.mark.parametrize("engine", ["timescale"])
def test_the_seal_names_the_server(db: psycopg.Connection, record_property: Callable[[str, object], None]) -> None:
    row = db.execute(
        "select current_setting('server_version'), extversion from pg_extension where extname = 'timescaledb'",
    ).fetchone()
    assert row is not None
    record_property("server", f"PostgreSQL {row[0]}, TimescaleDB {row[1]}")
