"""The instruments of the simulated market, named as the exchange and Kite name them."""

from __future__ import annotations

import math
import random
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ingestor.errors import BhavError
from ingestor.feeds.symbols import MONTH_LETTERS, MONTHS
from ingestor.model import Instrument
from ingestor.times import IST

if TYPE_CHECKING:
    from collections.abc import Collection

    from ingestor.model import OptionType

OPTION_TYPES: tuple[OptionType, ...] = ("CE", "PE")
MOST_INSTRUMENTS = 9_000
"""What three Kite connections carry."""
STRIKE_STEP = 50
NEAR_STRIKES = 10
"""Strikes on each side of the money in the default universe."""
MOST_STRIKES = 100
NSE_TUESDAY_EXPIRY = date(2025, 9, 1)
"""From this day on NSE contracts expire on Tuesdays, before it on Thursdays."""
DERIVATIVES_CLOSE_LATER = date(2026, 8, 3)
"""From this day on derivatives trade to 15:40, before it to 15:30."""


class Profile(NamedTuple):
    """How an index or a stock behaves."""

    price: float
    """Rupees at the start of the simulation."""
    beta: float
    """Rupees of return per rupee of the first index's return."""
    own_volatility: float
    """Volatility per year of what the index does not explain."""
    daily_volume: int
    """Shares per day; 0 for an index."""


NIFTY, BANKNIFTY = "NSE:NIFTY 50", "NSE:NIFTY BANK"
INDEX_LOTS = {NIFTY: ("NIFTY", 65), BANKNIFTY: ("BANKNIFTY", 30)}
STOCK_FUTURE_LOTS = {"RELIANCE": 500, "HDFCBANK": 550, "INFY": 400}
INDICES = {
    "NIFTY 50": Profile(24_500.0, 1.0, 0.0, 0),
    "NIFTY BANK": Profile(55_200.0, 1.1, 0.06, 0),
}
STOCKS = {
    "RELIANCE": ("Reliance Industries", Profile(1_420.0, 1.1, 0.16, 11_000_000)),
    "HDFCBANK": ("HDFC Bank", Profile(985.0, 1.0, 0.14, 22_000_000)),
    "ICICIBANK": ("ICICI Bank", Profile(1_390.0, 1.1, 0.15, 12_000_000)),
    "INFY": ("Infosys", Profile(1_510.0, 0.8, 0.19, 8_000_000)),
    "TCS": ("Tata Consultancy Services", Profile(3_060.0, 0.7, 0.17, 2_600_000)),
    "SBIN": ("State Bank of India", Profile(880.0, 1.2, 0.18, 12_500_000)),
    "BHARTIARTL": ("Bharti Airtel", Profile(1_950.0, 0.8, 0.18, 5_500_000)),
    "ITC": ("ITC", Profile(408.0, 0.6, 0.15, 13_000_000)),
    "LT": ("Larsen & Toubro", Profile(3_780.0, 1.2, 0.17, 1_900_000)),
    "AXISBANK": ("Axis Bank", Profile(1_190.0, 1.2, 0.19, 8_500_000)),
    "KOTAKBANK": ("Kotak Mahindra Bank", Profile(2_100.0, 0.9, 0.18, 3_200_000)),
    "HINDUNILVR": ("Hindustan Unilever", Profile(2_480.0, 0.5, 0.16, 1_600_000)),
    "BAJFINANCE": ("Bajaj Finance", Profile(1_010.0, 1.3, 0.22, 8_000_000)),
    "MARUTI": ("Maruti Suzuki India", Profile(15_900.0, 0.9, 0.19, 420_000)),
    "SUNPHARMA": ("Sun Pharmaceutical Industries", Profile(1_640.0, 0.6, 0.18, 2_200_000)),
    "TATASTEEL": ("Tata Steel", Profile(172.0, 1.4, 0.24, 38_000_000)),
    "NTPC": ("NTPC", Profile(336.0, 0.9, 0.19, 11_000_000)),
    "ASIANPAINT": ("Asian Paints", Profile(2_510.0, 0.6, 0.2, 1_100_000)),
    "TITAN": ("Titan Company", Profile(3_640.0, 0.9, 0.2, 900_000)),
    "WIPRO": ("Wipro", Profile(246.0, 0.9, 0.21, 9_500_000)),
}


def profile(instrument: Instrument) -> Profile:
    """Behaviour of an index or a stock; a made-up stock gets one that depends on its name alone."""
    if instrument.kind == "index":
        return INDICES[instrument.tradingsymbol]
    if instrument.tradingsymbol in STOCKS:
        return STOCKS[instrument.tradingsymbol][1]
    rng = random.Random(instrument.symbol)  # noqa: S311 - a simulation, not a secret
    return Profile(
        price=round(math.exp(rng.uniform(math.log(60), math.log(4_000))), 0),
        beta=rng.uniform(0.4, 1.6),
        own_volatility=rng.uniform(0.15, 0.35),
        daily_volume=rng.randrange(200_000, 5_000_000),
    )


def expires_at(expiry: date) -> int:
    """Microseconds since the Unix epoch at which contracts of that day stop trading."""
    close = time(15, 40, tzinfo=IST) if expiry >= DERIVATIVES_CLOSE_LATER else time(15, 30, tzinfo=IST)
    return int(datetime.combine(expiry, close).astimezone(UTC).timestamp()) * 1_000_000


def weekly_expiry(session_date: date, holidays: Collection[date] = frozenset()) -> date:
    """Nearest weekly expiry on or after the day; on a holiday contracts expire on the trading day before."""
    week = session_date
    while True:
        weekday = 1 if week >= NSE_TUESDAY_EXPIRY else 3
        expiry = trading_day(week + timedelta(days=(weekday - week.weekday()) % 7), holidays)
        if expiry >= session_date:
            return expiry
        week += timedelta(days=7)


def monthly_expiry(session_date: date, holidays: Collection[date] = frozenset()) -> date:
    """Nearest expiry of a month's contracts on or after the day: the last Tuesday (formerly Thursday)."""
    first = session_date.replace(day=1)
    while True:
        last = first.replace(day=monthrange(first.year, first.month)[1])
        weekday = 1 if last >= NSE_TUESDAY_EXPIRY else 3
        expiry = trading_day(last - timedelta(days=(last.weekday() - weekday) % 7), holidays)
        if expiry >= session_date:
            return expiry
        first = last + timedelta(days=1)


def trading_day(day: date, holidays: Collection[date]) -> date:
    """Return the day, or the nearest earlier one on which the exchange is open."""
    while day in holidays:
        day -= timedelta(days=1)
    return day


def option_symbol(underlying: str, expiry: date, strike: int, option_type: str, *, monthly: bool) -> str:
    """Kite's trading symbol: 'NIFTY26NOV24500CE' in the month's last week, else 'NIFTY26N1724500CE'."""
    month = MONTHS[expiry.month - 1] if monthly else f"{MONTH_LETTERS[expiry.month - 1]}{expiry:%d}"
    return f"{underlying}{expiry:%y}{month}{strike}{option_type}"


def universe(
    session_date: date, instruments: int | None = None, holidays: Collection[date] = frozenset()
) -> list[Instrument]:
    """List indices, stocks, futures and an option chain on NIFTY 50 as of a day, underlyings first.

    `instruments` asks for that many (1 to 9,000): made-up stocks and further strikes are added, or the list is cut.
    `holidays` moves expiries that would fall on one. Raises `BhavError` for a number out of range.
    """
    if instruments is not None and not 1 <= instruments <= MOST_INSTRUMENTS:
        raise BhavError(
            f"the simulated market cannot have {instruments} instruments", f"ask for 1 to {MOST_INSTRUMENTS:,}"
        )
    spots = [_index(symbol) for symbol in INDICES]
    spots += [_stock(symbol, name) for symbol, (name, _) in STOCKS.items()]
    strikes = NEAR_STRIKES if instruments is None else min(max(NEAR_STRIKES, instruments // 20), MOST_STRIKES)
    derived = _futures(session_date, holidays) + _chain(session_date, holidays, strikes)
    if instruments is None:
        return spots + derived
    made_up = max(instruments - len(spots) - len(derived), 0)
    spots += [_stock(f"SIM{number:04}", f"Simulated stock {number}") for number in range(1, made_up + 1)]
    return (spots + derived)[:instruments]


def _index(tradingsymbol: str) -> Instrument:
    return Instrument(f"NSE:{tradingsymbol}", "NSE", "NSE", tradingsymbol, tradingsymbol, "index")


def _stock(tradingsymbol: str, name: str) -> Instrument:
    return Instrument(f"NSE:{tradingsymbol}", "NSE", "NSE", tradingsymbol, name, "equity")


def _futures(session_date: date, holidays: Collection[date]) -> list[Instrument]:
    expiry = monthly_expiry(session_date, holidays)
    month = f"{expiry:%y}{MONTHS[expiry.month - 1]}"
    underlyings = [(symbol, *lot) for symbol, lot in INDEX_LOTS.items()]
    underlyings += [(f"NSE:{name}", name, lot) for name, lot in STOCK_FUTURE_LOTS.items()]
    return [
        Instrument(
            symbol=f"NFO:{name}{month}FUT",
            exchange="NFO",
            segment="NFO",
            tradingsymbol=f"{name}{month}FUT",
            name=name,
            kind="future",
            underlying=underlying,
            expiry=expiry,
            lot_size=lot,
        )
        for underlying, name, lot in underlyings
    ]


def _chain(session_date: date, holidays: Collection[date], strikes: int) -> list[Instrument]:
    expiry = weekly_expiry(session_date, holidays)
    monthly = expiry == monthly_expiry(session_date, holidays)
    name, lot = INDEX_LOTS[NIFTY]
    money = round(INDICES["NIFTY 50"].price / STRIKE_STEP) * STRIKE_STEP
    chain = []
    for strike in range(money - strikes * STRIKE_STEP, money + (strikes + 1) * STRIKE_STEP, STRIKE_STEP):
        for option_type in OPTION_TYPES:
            tradingsymbol = option_symbol(name, expiry, strike, option_type, monthly=monthly)
            chain.append(
                Instrument(
                    symbol=f"NFO:{tradingsymbol}",
                    exchange="NFO",
                    segment="NFO",
                    tradingsymbol=tradingsymbol,
                    name=name,
                    kind="option",
                    underlying=NIFTY,
                    expiry=expiry,
                    strike=float(strike),
                    option_type=option_type,
                    lot_size=lot,
                )
            )
    return chain
