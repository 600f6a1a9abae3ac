"""Fyers' candles of the past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingestor.brokers.history import bars, by_status, fetch, login

if TYPE_CHECKING:
    from ingestor.brokers.history import Ask, Bars, Fault, Reply
    from ingestor.config import Settings

ROOT = "https://api-t1.fyers.in"
FAULTS: dict[int, Fault] = {
    -8: "token",  # expired
    -15: "token",  # not valid
    -16: "token",  # the user is not authenticated
    -17: "token",  # not valid or expired
    -352: "token",  # of an app that there is not
    -353: "limit",
    -429: "limit",
    -300: "instrument",
}
"""What Fyers' codes mean; the others are as HTTP's, or say no more than the status."""


def history(settings: Settings, ask: Ask) -> Bars:
    """Ask Fyers for bars, once. Raises HistoryError. The SDK has no time-out and takes any failure for an answer."""
    headers = {"version": "3", "Authorization": login(settings, "fyers", "fyers_app_id")}
    root = (settings.fyers_api_url or ROOT).rstrip("/")
    reply = fetch(
        "Fyers",
        f"{root}/data/history",
        {
            "symbol": ask.broker_key,
            "resolution": ask.broker_timeframe,
            "date_format": 0,
            "range_from": int(ask.since.timestamp()),
            "range_to": int(ask.until.timestamp()) - 1,
            "cont_flag": 0,  # 1 would put the bars of other contracts before those of this one
            "oi_flag": int(ask.open_interest),
        },
        headers,
    )
    if reply.fields.get("s") == "no_data":
        return bars("Fyers", reply.fields.get("candles") or [], _moment)
    if reply.fields.get("s") != "ok":
        raise reply.refusal(_fault(reply), "Fyers")
    return bars("Fyers", reply.fields.get("candles"), _moment)


def _fault(reply: Reply) -> Fault:
    code = reply.fields.get("code")
    if not isinstance(code, int):
        return by_status(reply.status)
    return FAULTS.get(code) or by_status(max(code, reply.status))  # which may hold the HTTP status that is meant


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
