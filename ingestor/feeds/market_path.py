"""One path of a whole market: an index, what follows it, and what is priced off both.

How often ticks trade and quotes move is as in recorded sessions:

- Stocks (five large ones, two days of 2021, a row a second): 91 % of the rows trade. Prices bounce as between a bid and
  an ask 1.8 basis points apart (Roll's estimate), either side as likely. A second has no row in 9 % of all and two in
  5 %: 7 % each here. What follows from it: the price stays in 41 % of the rows, here in 40 %.
- Futures of stocks with their book (four, an hour of 2025, rows unlike the one before): 15 % trade, 1 % change the open
  interest, the spread is 3 basis points. A side of the book whose price stays keeps its size in 70 % of the rows, and
  in 50 % of those that trade.
- Not recorded: books of stocks (sizes as in futures'), contracts on an index (trade as stocks do, smallest spread).
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, NamedTuple

from ingestor.feeds.pricing import INDEX_VOLATILITY, RATE, black76, smile
from ingestor.feeds.universe import INDEX_LOTS, expires_at, profile
from ingestor.model import Tick

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingestor.model import Instrument

TICKS_PER_RUPEE = 20
"""Every price is a multiple of 0.05: n / 20 is the double nearest to it."""
SESSION_SECONDS = 22_500
"""A regular session, over which a day's volume and variance are spread."""
SECONDS_PER_YEAR = 365 * 86_400
TRADING_SECONDS_PER_YEAR = 250 * SESSION_SECONDS
AUCTION_SHARE = 0.01
"""Part of a stock's daily volume that trades in the opening auction."""
DERIVATIVE_TURNOVER = 4_000_000
"""Units of a future, or of an option at the money, that trade in a day."""
OPTION_INTEREST_WIDTH = 0.012
"""Distance from the money, as a part of the level, over which trading and open interest fall to 1/e."""
OPEN_INTEREST_MOVES = 0.01
"""Part of the ticks that change the open interest."""
UNEVEN = 0.28
"""The rate of ticks varies from second to second by up to this part: at one per second a quarter of it have none."""
KEEPS_SIZE, KEEPS_SIZE_TRADING = 0.7, 0.5
"""Probability that a side of the book whose price stays keeps its size, in ticks without and with a trade."""


class Habit(NamedTuple):
    """The part of its ticks that trade, and the spread as a part of the price."""

    trades: float
    spread: float


STOCK, STOCK_FUTURE, INDEX_CONTRACT = Habit(0.91, 1.8e-4), Habit(0.15, 3e-4), Habit(0.91, 0.0)


def activity(elapsed: float) -> float:
    """Trading rate relative to the day's mean at a part 0..1 of the session: U-shaped, 2 at both ends, mean 1."""
    return 0.5 + 1.5 * (2 * elapsed - 1) ** 2


def activity_until(elapsed: float) -> float:
    """Integral of `activity` from 0: part of the day's volume that traded by then."""
    return 0.5 * elapsed + 0.25 * ((2 * elapsed - 1) ** 3 + 1)


class Spot:
    """The path of an index or a stock: a geometric walk that follows the market."""

    def __init__(self, instrument: Instrument) -> None:
        behaviour = profile(instrument)
        self.level = behaviour.price
        self._beta = behaviour.beta
        self._deviation = behaviour.own_volatility / math.sqrt(TRADING_SECONDS_PER_YEAR)

    def move(self, market_return: float, root_seconds: float, rng: random.Random) -> None:
        """Follow the market over a time given as the root of its average trading seconds."""
        self.level *= math.exp(self._beta * market_return + self._deviation * root_seconds * rng.gauss())


class Published:
    """An index: a level without volume or book."""

    def __init__(self, instrument_id: int, spot: Spot) -> None:
        self._id = instrument_id
        self._spot = spot

    def tick(self, at: int, nth: int, _pace: float, rng: random.Random) -> Tick:
        """Publish the level; a second's further ticks stand off by as many steps of 0.05, so that no two are equal."""
        steps = round(self._spot.level * TICKS_PER_RUPEE) + rng.choice((nth, -nth))
        return Tick(self._id, at, steps / TICKS_PER_RUPEE)

    def quiet_tick(self, at: int, surprise: float) -> Tick:
        """Print outside the session, off the level by the log return `surprise`."""
        return Tick(self._id, at, round(self._spot.level * math.exp(surprise) * TICKS_PER_RUPEE) / TICKS_PER_RUPEE)


class Traded:
    """A stock or a contract: a best bid and ask around its value, a day's volume, perhaps open interest."""

    def __init__(
        self,
        instrument: Instrument,
        instrument_id: int,
        value: Callable[[int], float],
        daily_volume: int,
        habit: Habit,
        *,
        open_interest: int | None = None,
    ) -> None:
        self.instrument = instrument
        self._id = instrument_id
        self._value = value
        self._lot = instrument.lot_size
        self._trades = habit.trades
        self._spread = habit.spread
        self._lots = daily_volume / self._lot
        self._open_interest = open_interest
        self.open_day()

    def open_day(self) -> None:
        """Forget the last day's counter, book and price: the first tick trades."""
        self.day_volume = 0
        self._last = self._bid = self._ask = self._bid_lots = self._ask_lots = 0

    def tick(self, at: int, nth: int, pace: float, rng: random.Random) -> Tick:
        """Trade at the bid or the ask, or only quote. `pace`: part of the day's volume that one tick carries."""
        random, lot = rng.random, self._lot
        mean = self._lots * pace / self._trades  # lots of a trade; where less than one is due, trades are rarer
        trades = not self._last or random() < self._trades * min(mean, 1.0)
        if trades or not nth:
            self._quote(self._value(at) * TICKS_PER_RUPEE, KEEPS_SIZE_TRADING if trades else KEEPS_SIZE, random)
        else:
            self._bid_lots += 1  # so that no two ticks of a second are equal
        if trades:
            self._last = rng.choice((self._bid, self._ask))
            self.day_volume += lot * _lots_of_a_trade(mean, rng)
        if self._open_interest is not None and random() < OPEN_INTEREST_MOVES:
            self._open_interest = max(self._open_interest + lot * round(rng.gauss(0, 20)), 0)
        return Tick(
            self._id,
            at,
            self._last / TICKS_PER_RUPEE,
            self.day_volume,
            self._open_interest,
            self._bid / TICKS_PER_RUPEE,
            self._ask / TICKS_PER_RUPEE,
            lot * self._bid_lots,
            lot * self._ask_lots,
        )

    def _quote(self, value: float, keeps: float, random: Callable[[], float]) -> None:
        """Move the book if the value, in steps, has left it. `keeps`: probability that a size stays if it has not."""
        value = max(value, 1.0)
        if not self._bid <= value <= self._ask:
            spread = max(round(value * self._spread), 1)
            self._bid = max(round(value - spread / 2), 1)
            self._ask = self._bid + spread
            keeps = 0.0
        if random() >= keeps:
            self._bid_lots = 1 + int(random() * 50)
        if random() >= keeps:
            self._ask_lots = 1 + int(random() * 50)

    def quiet_tick(self, at: int, surprise: float) -> Tick:
        """Print outside the session, off the value by the log return `surprise`; the book is empty."""
        steps = max(round(self._value(at) * math.exp(surprise) * TICKS_PER_RUPEE), 1)
        return Tick(self._id, at, steps / TICKS_PER_RUPEE, self.day_volume, self._open_interest)

    def accrue(self, part: float) -> None:
        """Trade a part of the day's volume unseen."""
        self.day_volume += self._lot * int(self._lots * part)


class Market:
    """The whole market, advanced second by second.

    The path depends on `seed`, the days opened, the universe and `ticks_per_second` (the average of an instrument).
    Raises `KeyError` for an instrument without an id or before its underlying.
    """

    def __init__(
        self, universe: Sequence[Instrument], ids: Mapping[str, int], seed: int, ticks_per_second: float
    ) -> None:
        self._seed = seed
        self.ticks_per_second = ticks_per_second
        self._rng = random.Random()  # noqa: S311 - a simulation, not a secret
        self._spots: dict[str, Spot] = {}
        self._indices: list[Published] = []
        self._traded: list[Traded] = []
        for instrument in universe:
            self._list(instrument, ids[instrument.symbol])
        self._lines: list[Published | Traded] = []

    def _list(self, instrument: Instrument, instrument_id: int) -> None:
        if instrument.underlying is not None:
            self._traded.append(_derivative(instrument, instrument_id, self._spots[instrument.underlying]))
            return
        spot = self._spots[instrument.symbol] = Spot(instrument)
        if instrument.kind == "index":
            self._indices.append(Published(instrument_id, spot))
            return
        volume = profile(instrument).daily_volume
        self._traded.append(Traded(instrument, instrument_id, lambda _at: spot.level, volume, STOCK))

    def open_day(self, at: int) -> None:
        """Start a day at the prices of the last: counters at zero, expired contracts gone."""
        self._rng.seed(f"{self._seed} {at}")
        alive = [line for line in self._traded if _trades_after(line.instrument, at)]
        for line in alive:
            line.open_day()
        self._lines = [*self._indices, *alive]

    def auction(self) -> None:
        """Hold the opening auction of the stocks."""
        for line in self._traded:
            if line.instrument.kind == "equity":
                line.accrue(AUCTION_SHARE)

    def skip(self, seconds: float, part: float) -> None:
        """Pass over the first part (0..1) of a session of so many seconds in one move, its volume traded unseen."""
        trading = activity_until(part) * seconds
        self._move(math.sqrt(trading))
        for line in self._traded:
            line.accrue(trading / SESSION_SECONDS)

    def step(self, at: int, elapsed: float) -> list[Tick]:
        """Advance by a second at a part 0..1 of the session; the ticks of that second."""
        busy = activity(elapsed)
        self._move(math.sqrt(busy))
        rng, rate = self._rng, self.ticks_per_second
        random, pace = rng.random, busy / rate / SESSION_SECONDS
        return [
            line.tick(at, nth, pace, rng)
            for line in self._lines
            for nth in range(int(rate * (1 + UNEVEN * (2 * random() - 1)) + random()))
        ]

    def pre_open(self, at: int) -> list[Tick]:
        """Print a round of indicative prices, wild."""
        return [line.quiet_tick(at, self._rng.gauss(0, 0.015)) for line in self._lines]

    def after_close(self, at: int) -> list[Tick]:
        """Print a round at the closing level."""
        return [line.quiet_tick(at, 0.0) for line in self._lines]

    def _move(self, root_seconds: float) -> None:
        market_return = INDEX_VOLATILITY / math.sqrt(TRADING_SECONDS_PER_YEAR) * root_seconds * self._rng.gauss()
        for spot in self._spots.values():
            spot.move(market_return, root_seconds, self._rng)


def _lots_of_a_trade(mean: float, rng: random.Random) -> int:
    """Draw from the geometric distribution on 1, 2, … with a mean, 1 where that is less."""
    return 1 + int(rng.expovariate(-math.log1p(-1 / mean))) if mean > 1 else 1


def _trades_after(instrument: Instrument, at: int) -> bool:
    return instrument.expiry is None or expires_at(instrument.expiry) > at


def _derivative(instrument: Instrument, instrument_id: int, spot: Spot) -> Traded:
    if instrument.expiry is None:
        raise ValueError(f"{instrument.symbol} has an underlying but no expiry")
    expiry, lot = expires_at(instrument.expiry), instrument.lot_size

    def years(at: int) -> float:
        return max(expiry - at, 0) / 1e6 / SECONDS_PER_YEAR

    def future(at: int) -> float:
        return spot.level * math.exp(RATE * years(at))

    habit = INDEX_CONTRACT if instrument.underlying in INDEX_LOTS else STOCK_FUTURE
    if instrument.strike is None:
        turnover = DERIVATIVE_TURNOVER
        return Traded(instrument, instrument_id, future, turnover, habit, open_interest=2 * turnover // lot * lot)
    strike, call = instrument.strike, instrument.option_type == "CE"

    def option(at: int) -> float:
        forward = future(at)
        return black76(forward, strike, years(at), smile(forward, strike), call=call)

    turnover = round(DERIVATIVE_TURNOVER * math.exp(-abs(strike / spot.level - 1) / OPTION_INTEREST_WIDTH))
    return Traded(instrument, instrument_id, option, turnover, habit, open_interest=2 * turnover // lot * lot)
