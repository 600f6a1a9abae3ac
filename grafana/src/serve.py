"""Runs an installed Grafana on this checkout, set up as in docker-compose.yml: `make grafana`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from psycopg.conninfo import conninfo_to_dict

from ingestor.config import ROOT, Settings
from ingestor.errors import BhavError
from ingestor.prepare import database_url

if TYPE_CHECKING:
    from collections.abc import Mapping

GRAFANA = ROOT / "grafana"
DEFAULTS = {
    "BHAV_ALERT_EMAIL": "nobody@localhost",
    "BHAV_ALERT_WEBHOOK_URL": "http://127.0.0.1/",
    "BHAV_GRAFANA_PORT": "3000",
    "GRAFANA_HOME": "/usr/share/grafana",
}
NEEDED = {
    "BHAV_READ_PASSWORD": "the password of bhav_read, which bhav migrate sets",
    "GF_SECURITY_ADMIN_PASSWORD": "the password of Grafana's user admin",
}
ENCRYPTED = {"require", "verify-ca", "verify-full"}


def environment(given: Mapping[str, str], url: str, data: Path) -> dict[str, str]:
    """Return Grafana's environment: what is given, the address of the database, its paths (files of its own in `data`).

    Raises BhavError when a password is missing.
    """
    settings = DEFAULTS | {name: value for name, value in given.items() if value}
    for name, meaning in NEEDED.items():
        if name not in settings:
            raise BhavError(f"{name} is not set", f"write it in .env: {meaning}")
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    sslmode = parts.get("sslmode", "")
    return settings | {
        "BHAV_DASHBOARDS": str(GRAFANA / "dashboards"),
        "BHAV_READ_ADDRESS": f"{parts.get('host', 'localhost')}:{parts.get('port', '5432')}",
        "BHAV_READ_DATABASE": parts["dbname"],
        "BHAV_READ_SSLMODE": sslmode if sslmode in ENCRYPTED else "disable",
        "GF_PATHS_DATA": str(data),
        "GF_PATHS_LOGS": str(data / "log"),
        "GF_PATHS_PLUGINS": str(data / "plugins"),
        "GF_PATHS_PROVISIONING": str(GRAFANA / "provisioning"),
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": settings["BHAV_GRAFANA_PORT"],
    }


def program(home: str) -> Path:
    """Return Grafana's program in the folder that it is installed in."""
    path = Path(home) / "bin" / "grafana"
    if not path.is_file():
        raise BhavError(f"there is no {path}", "install Grafana, and name its folder in GRAFANA_HOME")
    return path


def main() -> None:
    """Replace this process by Grafana. The first argument names the database."""
    settings = Settings()
    given = {name: value or "" for name, value in dotenv_values(".env").items()} | dict(os.environ)
    try:
        url = database_url(settings, next(iter(sys.argv[1:]), None))
        variables = environment(given, url, settings.bhav_home / "grafana")
        grafana = program(variables["GRAFANA_HOME"])
    except BhavError as error:
        sys.exit(f"{error}: {error.hint}")
    arguments = [f"--homepath={variables['GRAFANA_HOME']}", f"--config={GRAFANA / 'grafana.ini'}"]
    os.execve(grafana, [str(grafana), "server", *arguments], variables)  # noqa: S606


if __name__ == "__main__":
    main()
