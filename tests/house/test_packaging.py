"""The locks: complete, hashed, free of addresses, and the environment is what they say."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, canonicalize_version

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-fyers.lock"]
PROJECT = "bhav"
OUTSIDE_THE_LOCK = {PROJECT, "pip", "setuptools"}  # pip and setuptools come with a new environment

# What `pip check` says of Fyers' SDK, whose pins requirements-fyers.in overrides.
FYERS_MISMATCHES = {
    "fyers-apiv3 requires asyncio",
    "fyers-apiv3 has requirement aiohttp==3.9.3",
    "fyers-apiv3 has requirement aws_lambda_powertools==1.25.5",
    "fyers-apiv3 has requirement requests==2.31.0",
    "fyers-apiv3 has requirement setuptools==68.0.0",
    "fyers-apiv3 has requirement websocket-client==1.6.1",
}


def lines(lock: str) -> list[str]:
    """One line per requirement: `name==version ; marker --hash=… --hash=…`."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if not line.startswith("#")]


def requirements(lock: str) -> list[Requirement]:
    return [Requirement(line.split(" --hash=")[0]) for line in lines(lock)]


def locked(lock: str, python: str) -> dict[str, str]:
    """Name → version of what a lock installs under a version of Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    found: dict[str, str] = {}
    for requirement in requirements(lock):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is locked twice for Python {python}"
            found[name] = pin.version
    return found


def declared() -> list[Requirement]:
    """Everything that pyproject.toml names: dependencies, extras, build backend."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    names = [*project["dependencies"], *pyproject["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        names += extra
    return [Requirement(name) for name in names]


def declared_for_fyers() -> list[Requirement]:
    text = (ROOT / "requirements-fyers.in").read_text()
    return [Requirement(line) for raw in text.splitlines() if (line := raw.split("#")[0].strip())]


def fyers_is_installed() -> bool:
    return any(metadata.distributions(name="fyers-apiv3"))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_hashes_and_nothing_else(lock: str) -> None:
    assert lines(lock)
    for line in lines(lock):
        assert re.fullmatch(r"[a-z0-9-]+==\S+( ; .+?)?(\s+--hash=sha256:[0-9a-f]{64})+", line), line[:80]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "/" not in text
    assert "index" not in text


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_what_is_declared_is_locked(python: str) -> None:
    main, fyers = (locked(lock, python) for lock in LOCKS)
    assert not main.keys() & fyers.keys(), "requirements-fyers.lock holds only what requirements.lock does not"
    for versions, wanted in ((main, declared()), (main | fyers, declared_for_fyers())):
        for requirement in wanted:
            if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
                assert versions[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_the_environment_is_the_lock() -> None:
    """With a clean `pip check` this proves the lock complete: nothing in here came from elsewhere."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    expected = locked(LOCKS[0], python)
    if fyers_is_installed():
        expected |= locked(LOCKS[1], python)
    # not sys.path: whoever imports pkg_resources has what setuptools vendors on it
    places = list({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    installed = {
        str(canonicalize_name(found.name)): canonicalize_version(found.version, strip_trailing_zero=False)
        for found in metadata.distributions(path=places)
    }
    for name in OUTSIDE_THE_LOCK - expected.keys():
        installed.pop(name, None)
    assert installed == expected, "not the environment that `make venv` builds"


def test_pip_check_is_clean_but_for_fyers() -> None:
    run = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    complaint = re.compile(r"^(\S+) \S+ (requires [\w.-]+|has requirement [^,]+),", re.MULTILINE)
    found = {f"{package} {what}" for package, what in complaint.findall(run.stdout)}
    assert found == (FYERS_MISMATCHES if fyers_is_installed() else set()), run.stdout
    assert (run.returncode == 0) == (not found), run.stdout + run.stderr
