"""What a connection through Fyers' SDK has to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections import Counter

    from ingestor.model import Tick


class Received(NamedTuple):
    """A message came: the ticks in it, if any, and how many of it make none, by reason."""

    ticks: list[Tick]
    rejected: Counter[str]
    at: int


class Known(NamedTuple):
    """Fyers knows these of the symbols asked for; the others it refuses."""

    symbols: frozenset[str]


class Answered(NamedTuple):
    """The server agreed to a request: authentication, subscription, its end."""

    to: str


class Limited(NamedTuple):
    """The plan carries fewer symbols; the server does not say which it left out."""

    reason: str


class Failed(NamedTuple):
    """The connection is of no use any more."""

    reason: str
    token_refused: bool = False


Happening = Received | Known | Answered | Limited | Failed


class Addresses(NamedTuple):
    """Where Fyers is; None for its own."""

    socket: str | None = None
    api: str | None = None
    symbols: str | None = None
