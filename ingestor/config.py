"""Settings from the environment and `.env`."""

from __future__ import annotations

import os
from pathlib import Path

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
    bhav_port: int = 54330
    """First choice of port for a server that we start ourselves."""
    bhav_pg_bin: Path | None = None
    """A folder of PostgreSQL binaries to prefer over those found on the system."""
    bhav_sql_dir: Path | None = None
    """The user's own SQL, loaded as schema `custom`."""
    bhav_ingest_password: SecretStr | None = None
    bhav_user_password: SecretStr | None = None
    bhav_read_password: SecretStr | None = None
    broker: str = "simulate"
    log_level: str = "INFO"
    tick_buffer_size: int = Field(default=20_000, ge=100)
    """Ticks in one journal segment at the most; one segment is one COPY."""
    flush_interval_seconds: float = Field(default=0.25, gt=0)
    queue_size: int = Field(default=1_000, ge=1)
    """Batches waiting between the feed and the journal; beyond it a live feed drops, and says so."""
