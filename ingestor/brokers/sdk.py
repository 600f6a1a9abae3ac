"""What every broker's SDK needs before it can be used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from types import ModuleType

    from ingestor.config import Settings


def load(module: str, requirements: str) -> ModuleType:
    """Import a module of an SDK, which is slow and may not be installed. Raises BhavError when it is not."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise BhavError(
            f"{error.name} is not installed", f"pip install --no-deps --require-hashes -r {requirements}"
        ) from error


def required(settings: Settings, name: str, page: str) -> str:
    """Return a setting. Raises BhavError when it is not set, naming the page where the user finds it."""
    value = getattr(settings, name)
    if not value:
        raise BhavError(f"{name.upper()} is not set", f"it is on the page of your app at {page}; put it into .env")
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
