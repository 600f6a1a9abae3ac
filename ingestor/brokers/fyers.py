"""Fyers' REST side: login and the symbol masters."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

import requests

from ingestor import tokens
from ingestor.brokers.collector import INDICES, UNREADABLE, Collector
from ingestor.brokers.download import download, read
from ingestor.brokers.listing import Listing, Listings
from ingestor.brokers.sdk import load, required
from ingestor.errors import BhavError
from ingestor.times import IST

if TYPE_CHECKING:
    from ingestor.config import Settings

CODE = "auth_code"
"""What the address to which the login leads carries."""
PAGE = "myapi.fyers.in"
TIMEOUT = 15.0
"""Seconds for the login: the SDK would wait for ever."""
STATE = "bhav"

MASTERS = {"NSE_CM": "NSE", "NSE_FO": "NFO", "NSE_CD": "CDS", "BSE_CM": "BSE", "BSE_FO": "BFO", "MCX_COM": "MCX"}
"""Our exchange of each symbol master."""
FYTOKEN, DETAILS, LOT, TICK, EXPIRY, TICKER, UNDERLYING, STRIKE, OPTION_TYPE = 0, 1, 3, 4, 8, 9, 13, 15, 16
"""Columns that every version of the files has had; there is no header, so each row is checked by what it holds."""
OPTION_TYPES: dict[str, Literal["CE", "PE"] | None] = {"CE": "CE", "PE": "PE", "XX": None, "": None}


def login_url(settings: Settings) -> str:
    """Return the address at which the user logs in. Raises BhavError when what `log_in` needs is not set."""
    return str(_session(settings).generate_authcode())


def log_in(settings: Settings, auth_code: str) -> tokens.Token:
    """Exchange what the login gave for an access token. Raises BhavError saying what Fyers has against it."""
    session = _session(settings)
    session.set_token(auth_code)
    answers: SimpleQueue[object] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(session.generate_token())
        except Exception as error:  # noqa: BLE001 - told to the user below
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=TIMEOUT)
    except Empty:
        raise BhavError(f"Fyers does not answer within {TIMEOUT:g} s", "try again") from None
    if isinstance(answer, requests.JSONDecodeError):
        raise BhavError("Fyers answers with a page instead of a token", "try again later")
    if isinstance(answer, Exception):
        raise BhavError(f"cannot reach Fyers: {answer}", "check the network") from answer
    fields = answer if isinstance(answer, dict) else {}
    if fields.get("s") != "ok":
        raise BhavError(
            f"Fyers refuses the login: {fields.get('message') or 'it does not say why'} ({fields.get('code')})",
            "an auth code is good for one login within minutes: bhav login fyers; or check FYERS_APP_ID, FYERS_SECRET",
        )
    token = tokens.fyers_token(str(fields.get("access_token", "")))
    if token is None:
        raise BhavError("Fyers' answer holds no access token", "try again later")
    return token


def _session(settings: Settings) -> Any:  # noqa: ANN401 - the SDK has no types
    app_id, secret = required(settings, "fyers_app_id", PAGE), required(settings, "fyers_secret", PAGE)
    sdk = load("fyers_apiv3.fyersModel", "requirements-fyers.lock")
    if settings.fyers_api_url:
        sdk.Config.API = f"{settings.fyers_api_url.rstrip('/')}/api/v3"
    return sdk.SessionModel(
        client_id=app_id,
        redirect_uri=settings.fyers_redirect_url,
        response_type="code",
        state=STATE,
        secret_key=secret,
        grant_type="authorization_code",
    )


def listings(settings: Settings) -> Listings:
    """Return the instruments that Fyers lists today, with its ticker as key. Raises BhavError for a partial list."""
    folder = settings.fyers_symbols_url.rstrip("/")
    parts = [parse(download(f"{folder}/{master}.csv"), master) for master in MASTERS]
    return Listings([row for part in parts for row in part.rows], sum((part.rejected for part in parts), Counter()))


def parse(text: str, master: str) -> Listings:
    """Read one symbol master. Raises BhavError naming it where it is not whole or has another format."""
    source = f"Fyers' symbol master {master}"
    rows = read(text, source)
    collector = Collector()
    for row in rows:
        try:
            _take(collector, row, MASTERS[master], f"{master[:3]}:")
        except (ValueError, IndexError, KeyError):
            collector.reject(UNREADABLE)
    result = collector.listings(f"{source} ({len(rows[0])} columns)")
    if not result.rows:
        raise BhavError(f"{source} has no instrument", "try again later")
    return result


def _take(collector: Collector, row: list[str], exchange: str, prefix: str) -> None:
    """Raise ValueError, IndexError or KeyError for a row that does not hold what its columns should."""
    ticker, strike, lot_size, tick_size = row[TICKER], float(row[STRIKE]), int(row[LOT]), float(row[TICK])
    option_type = OPTION_TYPES[row[OPTION_TYPE]]
    if not ticker.startswith(prefix):
        raise ValueError(ticker)
    if not row[FYTOKEN].isdigit():
        return collector.reject("no token")
    name, _, series = ticker.removeprefix(prefix).upper().rpartition("-")
    if series == "INDEX":
        underlying = row[UNDERLYING].strip().upper()
        symbol = INDICES.get(name) or INDICES.get(underlying) or underlying or name
        return collector.add(Listing(ticker, exchange, symbol, symbol, "index", tick_size=tick_size or 0.05))
    symbol = ticker.removeprefix(prefix).upper()
    if exchange in {"NSE", "BSE"}:
        if not name:
            return collector.reject("unknown type")
        if exchange == "BSE" or series == "EQ":  # Kite writes the series of NSE except EQ, and no group of BSE
            symbol = name
        return collector.add(
            Listing(
                ticker,
                exchange,
                symbol,
                row[DETAILS].strip() or symbol,
                "equity",
                lot_size=max(lot_size, 1),
                tick_size=tick_size or 0.05,
            )
        )
    if option_type is None and not symbol.endswith("FUT"):
        return collector.reject("unknown type")
    return collector.add_contract(
        ticker, exchange, symbol, _day(row[EXPIRY]), strike, option_type, lot_size, tick_size or 0.05
    )


def _day(epoch: str) -> date | None:
    return datetime.fromtimestamp(int(epoch), IST).date() if epoch.isdigit() and int(epoch) else None
