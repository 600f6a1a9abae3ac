"""Data quality of each instrument and day: against a count of minutes, one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from psycopg.types.json import Jsonb

from tests.contract.contract import Contract, at
from tests.contract.reference import INDIA, MINUTE, SECOND, TickRow, micros, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SETTLES = 30 * SECOND
ON_ITS_WAY = 2 * SECOND
DAYS = {
    "an ordinary week": (
        "2026-07-30",
        "2026-07-31",
        "2026-08-03",
        "2026-08-04",
    ),  # 15:40 and closing auction from Monday
    "a drill with a break": ("2024-03-01", "2024-03-02", "2024-03-04"),
    "Muhurat": ("2024-10-31", "2024-11-01", "2024-11-04"),
}
COLUMNS = (
    "completeness", "expected_minutes", "missing_minutes", "longest_gap", "repaired_minutes", "feed_uptime",
    "late", "duplicates", "volume_falls", "offsession", "rejected",
)  # fmt: skip


class Instrument(NamedTuple):
    """What is known of an instrument, in seconds since 1970 that are covered or unsure."""

    carried: set[int]
    up_at: int
    """From here on a connection is up."""
    unsure: set[int]
    answered: dict[str, set[int]]


@pytest.fixture
def contract(url: str, engine: str) -> Iterator[Contract]:
    made = Contract(url, engine)
    yield made
    made.connection.close()


def seconds(since: int, until: int) -> set[int]:
    return set(range(since // SECOND, until // SECOND))


def ranges(covered: Iterable[int]) -> list[tuple[int, int]]:
    """Return stretches of seconds as ranges of time."""
    found: list[tuple[int, int]] = []
    for second in sorted(covered):
        if found and found[-1][1] == second * SECOND:
            found[-1] = (found[-1][0], (second + 1) * SECOND)
        else:
            found.append((second * SECOND, (second + 1) * SECOND))
    return found


def cover(
    contract: Contract, instrument_id: int, timeframe: str, covered: set[int], unsure: Iterable[int] = ()
) -> None:
    multiranges = [
        "{"
        + ",".join(f"[{moment(since).isoformat()},{moment(until).isoformat()})" for since, until in ranges(part))
        + "}"
        for part in (covered, unsure)
    ]
    contract.execute(
        "insert into ledger.coverage values (%s, %s, %s::tstzmultirange, %s::tstzmultirange)",
        instrument_id, timeframe, *multiranges,
    )  # fmt: skip


def store(contract: Contract, instrument_id: int, known: Instrument) -> None:
    cover(contract, instrument_id, "tick", known.carried, known.unsure)
    for timeframe, covered in known.answered.items():
        cover(contract, instrument_id, timeframe, covered)
    contract.execute(
        "insert into ledger.feed_connections (source, connection, instrument_ids, up_at, heard_until)"
        " values ('test', %s, array[%s::integer], %s, meta.now())",
        str(instrument_id), instrument_id, moment(known.up_at),
    )  # fmt: skip


def quality(contract: Contract, *arguments: object) -> dict[tuple[int, date], dict[str, Any]]:
    query = "select * from gaps.data_quality" if not arguments else "select * from gaps.quality(%s, %s, %s)"
    rows = contract.connection.execute(query.encode(), arguments).fetchall()
    found = {(row[0], row[2]): dict(zip(COLUMNS, row[3:], strict=True)) for row in rows}
    assert len(found) == len(rows), "an instrument's day is there once"
    return found


def sessions(contract: Contract, instrument_id: int, now: int) -> dict[date, list[tuple[int, int]]]:
    rows = contract.execute(
        "select s.session_date, s.opens_at, s.closes_at from market.sessions as s"
        " inner join market.instruments as i using (segment) where i.id = %s and s.opens_at < %s order by 2",
        instrument_id, moment(now),
    )  # fmt: skip
    found: dict[date, list[tuple[int, int]]] = {}
    for day, opens, closes in rows:
        found.setdefault(day, []).append((micros(opens), micros(closes)))
    return found


def expected(parts: Sequence[tuple[int, int]], known: Instrument, now: int) -> dict[str, Any] | None:
    """Walk through a day's minutes."""
    settled = (now - SETTLES) // MINUTE * MINUTE
    minutes = sorted({minute for opens, closes in parts for minute in range(opens, min(closes, settled), MINUTE)})
    if not minutes:
        return None
    carried = known.carried | seconds(known.up_at, now - ON_ITS_WAY)
    covered = (carried - known.unsure) | known.answered.get("1m", set())
    missing = [minute for minute in minutes if not seconds(minute, minute + MINUTE) <= covered]
    run = longest = 0
    for n, minute in enumerate(missing):
        run = run + MINUTE if n and missing[n - 1] == minute - MINUTE else MINUTE
        longest = max(run, longest)
    trading = set().union(*(seconds(minute, minute + MINUTE) for minute in minutes))
    return {
        "completeness": pytest.approx(1 - len(missing) / len(minutes)),
        "expected_minutes": len(minutes),
        "missing_minutes": len(missing),
        "longest_gap": timedelta(microseconds=longest),
        "repaired_minutes": round(len(trading & known.answered.get("1m", set())) / 60),
        "feed_uptime": pytest.approx(len(trading & carried) / len(trading)),
    }


def invent(chance: random.Random, days: Sequence[str], now: int) -> Instrument:
    """Connections that come and go, unsure minutes, and answers of brokers for some of what they lack."""
    carried: set[int] = set()
    minutes = [minute for day in days for minute in range(at(day, "08:55"), at(day, "23:35"), MINUTE) if minute < now]
    for _ in range(chance.randrange(8)):
        since = chance.choice(minutes) + chance.randrange(60) * SECOND
        carried |= seconds(since, min(since + chance.randrange(500) * MINUTE + chance.randrange(60) * SECOND, now))
    unsure = set().union(*(seconds(minute, minute + MINUTE) for minute in chance.sample(minutes, 40)))
    answered: dict[str, set[int]] = {}
    for timeframe in ("1m", "1h"):  # an answer in longer candles does not complete those of a minute
        since = chance.choice(minutes)
        answered[timeframe] = seconds(since, since + chance.randrange(300) * MINUTE)
    return Instrument(carried, now - chance.randrange(90) * MINUTE, unsure, answered)


@pytest.mark.parametrize("days", DAYS.values(), ids=DAYS)
def test_figures_are_counts_of_minutes(contract: Contract, days: Sequence[str]) -> None:
    chance = random.Random(5)
    ids = contract.instruments()
    now = at(days[-1], "11:07") + 41 * SECOND
    contract.ensure([TickRow(0, now, 1.0)])
    contract.copy([TickRow(0, now, 1.0)])
    followed = [number for symbol, number in ids.items() if symbol != "NSE:NIFTY 50"]
    contract.execute("delete from ledger.subscriptions")
    contract.execute("insert into ledger.subscriptions (instrument_id) select unnest(%s::integer[])", followed)
    first = moment(now).astimezone(INDIA).date() - timedelta(days=6)  # ticks are kept for seven days
    wanted = {}
    for instrument_id in ids.values():
        known = invent(chance, days, now)
        store(contract, instrument_id, known)
        for day, parts in sessions(contract, instrument_id, now).items():
            if day >= first and (figures := expected(parts, known, now)):
                wanted[instrument_id, day] = figures
    counts = dict.fromkeys(("late", "duplicates", "volume_falls", "offsession", "rejected"), 0)
    wanted = {key: figures | counts for key, figures in wanted.items()}
    counted = next(key for key in wanted if key[0] == followed[0])
    wanted[counted] |= {"late": 3, "duplicates": 4, "volume_falls": 5, "offsession": 6, "rejected": 7 + 8}
    contract.execute(
        "insert into ledger.tick_counts values (%s, %s, 3, 4, 5, 6, %s)", *counted, Jsonb({"price": 7, "no time": 8})
    )
    assert {figures["missing_minutes"] > 0 for figures in wanted.values()} == {True, False} or len(days) == 3
    assert quality(contract) == {key: figures for key, figures in wanted.items() if key[0] in followed}
    assert quality(contract, None, "infinity", list(ids.values())) == wanted
    one = wanted.keys() - {key for key in wanted if key[1] != counted[1]}
    assert quality(contract, counted[1], counted[1] + timedelta(days=1), list(ids.values())) == {
        key: wanted[key] for key in one
    }
    assert quality(contract, None, "infinity", [counted[0]]) == {k: v for k, v in wanted.items() if k[0] == counted[0]}
    assert quality(contract, None, "infinity", []) == {}


def test_a_day_is_shown_once_its_first_minute_has_settled(contract: Contract) -> None:
    day = "2026-08-04"
    share = contract.instruments()["NSE:SMALLCO"]
    contract.ensure([TickRow(0, at(day, "09:00"), 1.0)])
    cover(contract, share, "tick", seconds(at(day, "09:00"), at(day, "10:00")))
    for now, minutes in [
        (at(day, "09:16") + SETTLES - 1, None),
        (at(day, "09:16") + SETTLES, 1),
        (at(day, "09:20"), 4),
    ]:
        contract.copy([TickRow(0, now, 1.0)])
        found = quality(contract, date.fromisoformat(day), "infinity", [share])
        assert [row["expected_minutes"] for row in found.values()] == ([] if minutes is None else [minutes])
        assert all((row["completeness"], row["feed_uptime"]) == (1, 1) for row in found.values())


def test_without_a_market_clock_there_is_no_row(contract: Contract) -> None:
    contract.instruments()
    assert contract.scalar("select meta.now()") is None
    assert quality(contract) == {}
