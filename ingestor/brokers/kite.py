"""Kite's REST side: login and the list of instruments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

import requests

from ingestor import tokens
from ingestor.brokers.collector import UNREADABLE, Collector
from ingestor.brokers.download import download, read
from ingestor.brokers.listing import Listing, Listings
from ingestor.brokers.sdk import load, required
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from ingestor.config import Settings

ROOT = "https://api.kite.trade"
CODE = "request_token"
"""What the address to which the login leads carries."""
PAGE = "developers.kite.trade"
LOCK = "requirements.lock"
TIMEOUT = 10.0
"""Seconds for one request of the SDK."""

SOURCE = "Kite's list of instruments"
EXCHANGES = frozenset({"NSE", "BSE", "NFO", "BFO", "CDS", "BCD", "MCX"})
"""Those whose trading hours `market.trading_hours` knows."""
NEVER_EMPTY = ("NSE", "BSE", "NFO")
COLUMNS = frozenset({
    "instrument_token", "tradingsymbol", "name", "expiry", "strike", "tick_size", "lot_size", "instrument_type",
    "segment", "exchange",
})  # fmt: skip
OPTION_TYPES: dict[str, Literal["CE", "PE"] | None] = {"FUT": None, "CE": "CE", "PE": "PE"}


def login_url(settings: Settings) -> str:
    """Return the address at which the user logs in. Raises BhavError when what `log_in` needs is not set."""
    required(settings, "kite_api_secret", PAGE)
    return str(_client(settings).login_url())


def log_in(settings: Settings, request_token: str) -> tokens.Token:
    """Exchange what the login gave for an access token. Raises BhavError saying what Kite has against it."""
    client = _client(settings)
    secret = required(settings, "kite_api_secret", PAGE)
    exceptions = load("kiteconnect.exceptions", LOCK)
    login_at = datetime.now(UTC)
    try:
        value = client.generate_session(request_token, secret)["access_token"]
    except exceptions.DataException as error:  # its text quotes the answer
        raise BhavError("Kite answers with a page instead of a token", "try again later") from error
    except exceptions.KiteException as error:
        raise BhavError(
            f"Kite refuses the login: {error}",
            "a request token is good for one login within minutes: bhav login kite; or check KITE_API_SECRET",
        ) from error
    except requests.Timeout as error:
        raise BhavError(f"Kite does not answer within {TIMEOUT:g} s", "try again") from error
    except requests.RequestException as error:
        raise BhavError(f"cannot reach Kite: {error}", "check the network") from error
    except (KeyError, TypeError, AttributeError):  # JSON of another form
        value = None
    if not isinstance(value, str) or not value:
        raise BhavError("Kite's answer holds no access token", "try again later")
    return tokens.Token(value, login_at, tokens.kite_end(login_at))


def _client(settings: Settings) -> Any:  # noqa: ANN401 - the SDK has no types
    key = required(settings, "kite_api_key", PAGE)
    return load("kiteconnect", LOCK).KiteConnect(key, root=settings.kite_api_url, timeout=TIMEOUT)


def listings(settings: Settings) -> Listings:
    """Return the instruments that Kite lists today, each with its token as key. Raises BhavError for a partial list.

    Kite counts contracts on goods and currency in lots: their lot size is 1. The SDK's own parser takes ten times as
    long.
    """
    headers = {"X-Kite-Version": "3"}
    if settings.kite_api_key and (token := tokens.current(settings, "kite")):
        headers["Authorization"] = f"token {settings.kite_api_key}:{token.value}"
    url = f"{(settings.kite_api_url or ROOT).rstrip('/')}/instruments"
    return parse(download(url, headers, refused="bhav login kite"))


def parse(text: str) -> Listings:
    """Read Kite's list. Raises BhavError where it is not whole."""
    header, *rows = read(text, SOURCE)
    if missing := COLUMNS - set(header):
        raise BhavError(f"{SOURCE} lacks {', '.join(sorted(missing))}", "the format has changed")
    collector = Collector()
    for row in rows:
        try:
            _take(collector, dict(zip(header, row, strict=True)))
        except ValueError:
            collector.reject(UNREADABLE)
    result = collector.listings(SOURCE)
    found = {listing.exchange for listing in result.rows}
    if absent := [exchange for exchange in NEVER_EMPTY if exchange not in found]:
        raise BhavError(f"{SOURCE} has nothing of {', '.join(absent)}", "try again later")
    return result


def _take(collector: Collector, row: dict[str, str]) -> None:
    """Raise ValueError for a row that has a word where a number belongs."""
    key, exchange, symbol = row["instrument_token"], row["exchange"], row["tradingsymbol"].strip().upper()
    strike, tick_size, lot_size = float(row["strike"] or 0), float(row["tick_size"] or 0), int(row["lot_size"] or 0)
    kind = row["instrument_type"]
    if not key.isdigit() or key == "0":
        return collector.reject("no token")
    if exchange not in EXCHANGES:
        return collector.reject(f"exchange not served: {exchange}")
    if kind in OPTION_TYPES:
        return collector.add_contract(
            key, exchange, symbol, _day(row["expiry"]), strike, OPTION_TYPES[kind], lot_size, tick_size or 0.05
        )
    if kind != "EQ" and row["segment"] != "INDICES":
        return collector.reject("unknown type")
    return collector.add(
        Listing(
            key,
            exchange,
            symbol,
            row["name"].strip() or symbol,
            "index" if row["segment"] == "INDICES" else "equity",
            lot_size=lot_size or 1,
            tick_size=tick_size or 0.05,
        )
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
