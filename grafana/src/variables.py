"""What a dashboard lets its reader choose. In SQL each is written `${name:sqlstring}`, without quotes around it.

Links carry the variables that a dashboard has: one that it does not use is hidden there, so that the choice is kept.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import CustomVariable, QueryVariable
from grafana_foundation_sdk.models.dashboard import VariableHide, VariableOption, VariableRefresh, VariableSort

from grafana.src.postgres import SOURCE

SYMBOLS = "select symbol as __text, symbol as __value from grafana.symbols"
TIMEFRAMES = ("auto", "1m", "5m", "15m", "30m", "1h", "4h", "1d")
OVERLAYS = ("ema_20", "ema_50", "vwap", "bollinger", "supertrend")
FIRST_SYMBOL = "NSE:RELIANCE"
WATCHED = ["NSE:RELIANCE", "NSE:HDFCBANK", "NSE:ICICIBANK", "NSE:INFY", "NSE:TCS", "NSE:SBIN", "NSE:ITC"]


def instrument(*, hidden: bool = False) -> QueryVariable:
    """Return the symbol that the dashboard is about."""
    return (
        _symbols("instrument", "Instrument", "Whose charts are shown")
        .multi(False)
        .current(_chosen(FIRST_SYMBOL))
        .hide(_hide(hidden))
    )


def watch() -> QueryVariable:
    return _symbols("watch", "Watch", "Symbols of the watch table").multi(True).current(_chosen(WATCHED))


def timeframe(*, hidden: bool = False) -> CustomVariable:
    return (
        CustomVariable("timeframe")
        .label("Timeframe")
        .description("Width of a bar; auto widens it with the time range")
        .values(",".join(TIMEFRAMES))
        .allow_custom_value(False)
        .current(_chosen("auto"))
        .hide(_hide(hidden))
    )


def overlays() -> CustomVariable:
    return (
        CustomVariable("overlays")
        .label("Overlays")
        .description("Lines drawn over the candles")
        .values(",".join(OVERLAYS))
        .multi(True)
        .allow_custom_value(False)
        .current(_chosen(["ema_20", "vwap"]))
    )


def _symbols(name: str, label: str, description: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(SOURCE)
        .query(SYMBOLS)
        .definition(SYMBOLS)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.DISABLED)
        .allow_custom_value(False)
    )


def _chosen(value: str | list[str]) -> VariableOption:
    return VariableOption(selected=True, text=value, value=value)


def _hide(hidden: bool) -> VariableHide:
    return VariableHide.HIDE_VARIABLE if hidden else VariableHide.DONT_HIDE
