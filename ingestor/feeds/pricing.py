"""What a contract of the simulated market is worth."""

from __future__ import annotations

import math

RATE = 0.065
"""Interest per year, continuously compounded: the carry of futures and the discount of options."""
INDEX_VOLATILITY = 0.13
"""Of the index per year, and what options at the money imply."""


def smile(forward: float, strike: float) -> float:
    """Implied volatility per year: higher for low strikes, mildly convex."""
    moneyness = math.log(strike / forward)
    return min(INDEX_VOLATILITY - 0.25 * moneyness + 1.5 * moneyness * moneyness, 0.6)


def black76(forward: float, strike: float, years: float, volatility: float, *, call: bool) -> float:
    """Price of a European option on a forward, in the units of the forward, discounted at `RATE`."""
    sign = 1 if call else -1
    if years <= 0:
        return max(sign * (forward - strike), 0.0)
    deviation = volatility * math.sqrt(years)
    d1 = math.log(forward / strike) / deviation + deviation / 2
    n1 = math.erf(sign * d1 / math.sqrt(2)) + 1
    n2 = math.erf(sign * (d1 - deviation) / math.sqrt(2)) + 1
    return sign * math.exp(-RATE * years) * (forward * n1 - strike * n2) / 2
