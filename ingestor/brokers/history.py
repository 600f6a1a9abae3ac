"""What the brokers' histories have in common: the question, the answer, and what can go wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import requests

from ingestor import tokens
from ingestor.brokers.download import TIMEOUT, TOO_MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ingestor.config import Settings

Fault = Literal["token", "limit", "instrument", "network", "answer"]

MOST = 2**63 - 1
"""A bigint of the database."""
SHOWN = 200
"""Characters of the broker's own words."""


class Ask(NamedTuple):
    """Which bars are wanted, in the broker's words."""

    broker_key: str
    broker_timeframe: str
    since: datetime
    until: datetime
    """Exclusive."""
    open_interest: bool


class Bars(NamedTuple):
    """Bars as the broker gave them: not sorted, not judged. None of them: the broker has none."""

    times: list[datetime]
    """Their starts."""
    opens: list[float]
    highs: list[float]
    lows: list[float]
    closes: list[float]
    volumes: list[int]
    open_interests: list[int | None]


class HistoryError(Exception):
    """The broker did not answer the question. The text holds nothing secret."""

    def __init__(self, fault: Fault, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.fault: Fault = fault
        self.message = message
        self.retry_after = retry_after
        """Seconds for which the broker wants no further request."""


class Reply(NamedTuple):
    """What a broker answers, good or bad."""

    status: int
    fields: dict[str, Any]
    retry_after: float | None

    def refusal(self, fault: Fault, broker: str) -> HistoryError:
        """Return the error of a reply that holds no bars."""
        said = str(self.fields.get("message") or "no reason given")[:SHOWN]
        return HistoryError(fault, f"{broker} answers {self.status}: {said}", self.retry_after)


def login(settings: Settings, broker: tokens.Broker, app: str) -> str:
    """Return the app, which a setting names, with its access token. Raises HistoryError without either."""
    name, token = getattr(settings, app), tokens.current(settings, broker)
    if not name:
        raise HistoryError("token", f"{app.upper()} is not set")
    if not token:
        raise HistoryError("token", f"there is no access token that is valid: bhav login {broker}")
    return f"{name}:{token.value}"


def fetch(broker: str, url: str, parameters: Mapping[str, str | int], headers: Mapping[str, str]) -> Reply:
    """Ask once. Raises HistoryError for anything but an object of JSON, and for one of an HTTP status 429 or 5xx."""
    try:
        response = requests.get(url, params=parameters, headers=headers, timeout=TIMEOUT)
    except (requests.exceptions.InvalidHeader, UnicodeError):  # their texts quote the token
        raise HistoryError("token", "the access token holds what no token does") from None
    except requests.Timeout as error:
        raise HistoryError("network", f"{broker} does not answer in time") from error
    except requests.RequestException as error:
        raise HistoryError("network", f"the connection to {broker} failed: {type(error).__name__}") from error
    after = response.headers.get("Retry-After", "")
    retry_after = float(after) if after.isdecimal() else None
    try:
        fields = response.json()
    except ValueError:
        page = response.content.lstrip()[:1] == b"<" and response.status_code != TOO_MANY
        fault: Fault = "network" if page else by_status(response.status_code)
        what = "a page" if page else "no JSON"
        raise HistoryError(fault, f"{broker} answers {response.status_code} with {what}", retry_after) from None
    if not isinstance(fields, dict):
        raise HistoryError(by_status(response.status_code), f"{broker} answers with JSON of another form", retry_after)
    reply = Reply(response.status_code, fields, retry_after)
    if (fault := by_status(reply.status)) in {"limit", "network"}:
        raise reply.refusal(fault, broker)
    return reply


def by_status(status: int) -> Fault:
    """Return what an HTTP status says where the broker's own words say nothing."""
    if status in {401, 403}:
        return "token"
    if status == TOO_MANY:
        return "limit"
    return "network" if status >= 500 else "answer"  # noqa: PLR2004 - errors of the server


def bars(broker: str, rows: object, moment: Callable[[Any], datetime]) -> Bars:
    """Turn rows of time, open, high, low, close, volume and perhaps open interest into columns.

    A row that lacks a price or its volume keeps its place with prices that are no numbers. Raises HistoryError for
    rows of another form.
    """
    if not isinstance(rows, list):
        raise HistoryError("answer", f"{broker} answers without a list of bars")
    read: list[tuple[Any, ...]] = []
    for row in rows:
        try:
            read.append(_bar(row, moment))
        except (TypeError, ValueError, OverflowError, OSError):
            raise HistoryError("answer", f"{broker} sends a bar that cannot be read: {str(row)[:SHOWN]}") from None
    return Bars(*([bar[column] for bar in read] for column in range(len(Bars._fields))))


def _bar(row: Any, moment: Callable[[Any], datetime]) -> tuple[Any, ...]:  # noqa: ANN401 - a value of JSON
    time, *prices, volume, interest = row if len(row) == len(Bars._fields) else [*row, None]
    if len(prices) != 4:  # noqa: PLR2004 - open, high, low, close
        raise ValueError(row)
    starts_at, numbers = moment(time), [_price(price) for price in prices]
    shares, contracts = _count(volume), _count(interest)
    if shares is None:
        return starts_at, *[math.nan] * 4, 0, contracts
    return starts_at, *numbers, shares, contracts


def _price(value: object) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MOST or value != int(value):
        raise ValueError(value)
    return int(value)
