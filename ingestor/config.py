"""Settings from the environment and `.env`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: `sql/`, `alembic/` and the compose file stand beside the package."""


def default_home() -> Path:
    """Where the database, journal and tokens live: /var/lib for root (whose home other users cannot enter)."""
    if os.geteuid() == 0:
        return Path("/var/lib/bhav")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "bhav"


class Settings(BaseSettings):
    """Every setting, with the name of its environment variable."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    database_url: SecretStr | None = None
    """A PostgreSQL URL; `sslmode` and other libpq parameters are honoured. None: see `locate`."""
    bhav_home: Path = Field(default_factory=default_home)
    bhav_port: int = Field(default=54330, ge=1, le=65535)
    """First choice of port for a server that we start ourselves."""
    bhav_pg_bin: Path | None = None
    """A folder of PostgreSQL binaries to prefer over those found on the system."""
    bhav_sql_dir: Path | None = None
    """The user's own SQL, loaded as schema `custom`."""
    bhav_ingest_password: SecretStr | None = None
    bhav_user_password: SecretStr | None = None
    bhav_read_password: SecretStr | None = None
    broker: Literal["simulate", "kite", "fyers"] = "simulate"
    kite_api_key: str | None = None
    kite_api_secret: SecretStr | None = None
    kite_access_token: SecretStr | None = None
    """Of a login made elsewhere; the one that `bhav login kite` stored comes first while it is valid."""
    kite_api_url: str | None = None
    """Another address than Kite's own, as the three below: a proxy, or a server of tests."""
    kite_socket_url: str | None = None
    fyers_app_id: str | None = None
    fyers_secret: SecretStr | None = None
    fyers_redirect_url: str = "https://127.0.0.1/"
    """As registered with the app: Fyers sends the browser there with the code."""
    fyers_access_token: SecretStr | None = None
    fyers_api_url: str | None = None
    fyers_socket_url: str | None = None
    fyers_symbols_url: str = "https://public.fyers.in/sym_details"
    """Folder of the symbol masters."""
    log_level: str = "INFO"
    tick_buffer_size: int = Field(default=20_000, ge=100)
    """Ticks after which a journal segment is sealed, at the end of a batch; one segment is one COPY."""
    flush_interval_seconds: float = Field(default=0.25, gt=0)
    queue_size: int = Field(default=1_000, ge=1)
    """Batches waiting between the feed and the journal; beyond it a live feed drops, and says so."""
