"""The house rules of the tree: what stands where, what is written down, and what no file may hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ingestor.config import ROOT

SQL = ROOT / "sql"
FOLDERS = {
    "00_meta", "10_market", "20_store", "30_candles", "40_gaps", "50_indicators", "60_options", "70_strategies",
    "80_grafana", "90_access",
}  # fmt: skip
TOP = {
    ".ci", ".dockerignore", ".editorconfig", ".env.example", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile",
    "README.md", "alembic", "bench", "docker-compose.yml", "docs", "grafana", "ingestor", "pyproject.toml",
    "requirements-fyers.in", "requirements-fyers.lock", "requirements.lock", "sql", "tests",
}  # fmt: skip
LONGEST = 300
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:work|root|Users|tmp|home/(?!postgres\b)\w+)(?:/|\b)")


def tracked() -> list[Path]:
    """Files of the project that are, or are about to be, under version control."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def sql_files(*places: str) -> list[Path]:
    return [path for place in places for path in sorted(ROOT.glob(f"{place}/**/*.sql"))]


def test_the_tree_is_the_one_that_is_described() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP
    assert {path.name for path in SQL.iterdir() if path.is_dir()} <= FOLDERS
    assert not list(ROOT.glob("alembic/**/__init__.py"))


def test_no_file_names_a_path_of_a_machine() -> None:
    found: dict[str, str] = {}
    for path in tracked():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        if path != Path(__file__):
            found |= {f"{path}:{number}": line for number, line in enumerate(lines, 1) if MACHINE_PATH.search(line)}
    assert found == {}


def test_no_module_is_long() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in ROOT.glob("ingestor/**/*.py")}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_features_do_not_know_the_engine() -> None:
    paths = sql_files("sql/[3-9]*")
    assert paths
    for path in paths:
        assert not re.search(r"timescale|time_bucket|hypertable|chunk", path.read_text(), re.IGNORECASE), path


def test_one_folder_and_its_revisions_name_timescaledb() -> None:
    named = {path for path in sql_files("sql", "alembic") if "timescaledb" in path.read_text().lower()}
    allowed = {*(SQL / "20_store" / "timescale").glob("*.sql"), *ROOT.glob("alembic/versions/*.timescale.sql")}
    assert named & allowed
    assert named - allowed == {SQL / "00_meta" / "bootstrap.sql"}


def test_error_codes_are_those_of_the_readme() -> None:
    listed = re.findall(r"^\| (BH\d{3}) \|", (SQL / "README.md").read_text(), re.MULTILINE)
    raised = {code for path in sql_files("sql") for code in re.findall(r"errcode = '(\w+)'", path.read_text())}
    assert len(listed) == len(set(listed))
    assert raised == set(listed)


def test_the_map_has_every_folder() -> None:
    listed = set(re.findall(r"^\| `(\d\d_\w+)` \|", (SQL / "README.md").read_text(), re.MULTILINE))
    assert listed == {path.relative_to(SQL).parts[0] for path in SQL.glob("*/**/*.sql")}
