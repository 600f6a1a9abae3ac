"""Which broker a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from ingestor.errors import BhavError
from ingestor.tokens import Broker

if TYPE_CHECKING:
    from ingestor.config import Settings

BrokerArgument = Annotated[Broker | None, typer.Argument(help="kite or fyers.", show_default="BROKER")]


def chosen(settings: Settings, broker: Broker | None) -> Broker:
    """Return the broker that the user named, or else the settings do."""
    if broker is None and settings.broker == "simulate":
        raise BhavError("the simulated market has no broker", "name one, kite or fyers, or set BROKER")
    return broker or cast("Broker", settings.broker)
