"""Kite's candles of the past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ingestor.brokers.history import HistoryError, bars, by_status, fetch, login
from ingestor.brokers.kite import ROOT
from ingestor.times import IST

if TYPE_CHECKING:
    from ingestor.brokers.history import Ask, Bars, Reply
    from ingestor.config import Settings

LAST = timedelta(seconds=1)
"""Kite gives the bar that starts at the end of the range, too."""


def history(settings: Settings, ask: Ask) -> Bars:
    """Ask Kite for bars, once. Raises HistoryError. The SDK's own parser takes ten times as long."""
    headers = {"X-Kite-Version": "3", "Authorization": f"token {login(settings, 'kite', 'kite_api_key')}"}
    root = (settings.kite_api_url or ROOT).rstrip("/")
    reply = fetch(
        "Kite",
        f"{root}/instruments/historical/{ask.broker_key}/{ask.broker_timeframe}",
        {
            "from": _wall(ask.since),
            "to": _wall(ask.until - LAST),
            "interval": ask.broker_timeframe,
            "continuous": 0,
            "oi": int(ask.open_interest),
        },
        headers,
    )
    if reply.fields.get("status") != "success":
        raise _refusal(reply)
    data = reply.fields.get("data")
    return bars("Kite", data.get("candles") if isinstance(data, dict) else None, _moment)


def _refusal(reply: Reply) -> HistoryError:
    kind, said = reply.fields.get("error_type"), str(reply.fields.get("message")).lower()
    if kind == "TokenException":
        return reply.refusal("token", "Kite")
    if kind == "InputException" and "invalid token" in said:  # what it calls the instrument
        return reply.refusal("instrument", "Kite")
    return reply.refusal(by_status(reply.status), "Kite")


def _wall(moment: datetime) -> str:
    return moment.astimezone(IST).strftime("%Y-%m-%d %H:%M:%S")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
