"""Access tokens of brokers: those that `bhav login` stored, else those of the environment."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import structlog

from ingestor.times import IST

if TYPE_CHECKING:
    from ingestor.config import Settings

log = structlog.get_logger()

Broker = Literal["kite", "fyers"]

KITE_ENDS = time(6, tzinfo=IST)
"""When every Kite token of the day before stops working."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the time for which it is good."""

    value: str = field(repr=False)
    login_at: datetime
    expires_at: datetime


def path(settings: Settings, broker: Broker) -> Path:
    """Return the file that holds a broker's token."""
    return settings.bhav_home / "tokens" / f"{broker}.json"


def store(settings: Settings, broker: Broker, token: Token) -> None:
    """Write a token for its user's eyes alone: whoever reads the file sees the old token or the new one."""
    target = path(settings, broker)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o700)
    times = {"login_at": token.login_at.isoformat(), "expires_at": token.expires_at.isoformat()}
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{broker}-")  # made with mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            json.dump({"value": token.value, **times}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def current(settings: Settings, broker: Broker, now: datetime | None = None) -> Token | None:
    """Return the stored token while it is valid, else the one of the environment, else None.

    A file that is missing or broken counts as none: a login mends either. So does one that cannot be read, which is
    logged. Cheap enough to ask before each connection.
    """
    now = now or datetime.now(UTC)
    for token in (_stored(settings, broker), _of_environment(settings, broker, now)):
        if token and token.expires_at > now:
            return token
    return None


def _stored(settings: Settings, broker: Broker) -> Token | None:
    file = path(settings, broker)
    try:
        read = json.loads(file.read_bytes())
        times = [datetime.fromisoformat(read[name]) for name in ("login_at", "expires_at")]
        value = read["value"]
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("cannot read the access token", file=str(file), error=error.strerror)
        return None
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(value, str) or not value or not all(moment.tzinfo for moment in times):
        return None
    return Token(value, *times)


def _of_environment(settings: Settings, broker: Broker, now: datetime) -> Token | None:
    secret = settings.kite_access_token if broker == "kite" else settings.fyers_access_token
    if secret is None:
        return None
    value = secret.get_secret_value()
    if broker == "fyers":
        return fyers_token(value)
    ends = kite_end(now)  # nobody told when its login was: not before the last that all tokens ended
    return Token(value, ends - timedelta(days=1), ends)


def kite_end(login_at: datetime) -> datetime:
    """Return when a Kite token ends: at the first 06:00 in India after its login."""
    local = login_at.astimezone(IST)
    ends = datetime.combine(local.date(), KITE_ENDS)
    return ends if local < ends else ends + timedelta(days=1)


def fyers_token(value: str) -> Token | None:
    """Return a Fyers token with the times that it carries, None where the text is none: it is a JWT, not verified.

    The app id and a colon may stand before it, as Fyers' own examples have it.
    """
    value = value.rpartition(":")[2]
    parts = value.split(".")
    try:
        _, payload, _ = parts
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        ends = datetime.fromtimestamp(claims["exp"], UTC)
        began = datetime.fromtimestamp(claims.get("iat", claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
        return None
    return Token(value, began, ends)
