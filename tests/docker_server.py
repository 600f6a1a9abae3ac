"""TimescaleDB in Docker, for machines whose only server with it is the image that docker-compose.yml pins."""

from __future__ import annotations

import re
import secrets
import subprocess
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config

from ingestor.config import ROOT
from ingestor.server import TIMESCALE_SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

PORT = 5432
NO_BINARIES = "the server with TimescaleDB runs in Docker, and this test needs its binaries"

# either would have testcontainers pull an image
testcontainers_config.ryuk_disabled = True
testcontainers_config.hub_image_name_prefix = ""


def image() -> str:
    """Return the image of the compose file's service `db`."""
    found = re.search(r"^  db:\n    image: (\S+)$", (ROOT / "docker-compose.yml").read_text(), re.MULTILINE)
    assert found, "docker-compose.yml pins no image for its service db"
    return found[1]


def has_image() -> bool:
    """Tell whether a Docker daemon answers and has the image; it is never pulled."""
    try:
        subprocess.run(["docker", "image", "inspect", image()], capture_output=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


class DockerServer:
    """A server in a container: to all who need no more than its URLs, what `ingestor.server.Server` is."""

    def __init__(self) -> None:
        self.password = secrets.token_urlsafe(24)
        settings = TIMESCALE_SETTINGS | {"fsync": "off"}
        self.container = PostgresContainer(
            image(), username="postgres", password=self.password, dbname="postgres", shm_size="256m"
        ).with_command(["postgres", *(f"--{name}={value}" for name, value in settings.items())])
        self.container.ports = {str(PORT): ("127.0.0.1", None)}  # type: ignore[dict-item] # its hint knows no address

    def start(self) -> None:
        """Start the container and wait until the server takes connections."""
        self.container.start()

    def stop(self) -> None:
        """Remove the container and its data."""
        self.container.stop()

    @cached_property
    def port(self) -> int:
        return self.container.get_exposed_port(PORT)

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return a libpq URL; the superuser's (`postgres`) holds its password."""
        login = f"postgres:{self.password}" if user == "postgres" else quote(user, safe="")
        return f"postgresql://{login}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    @property
    def bindir(self) -> Path:
        pytest.skip(NO_BINARIES)
