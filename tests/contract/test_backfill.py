"""History from a broker: within what is kept, at the right timeframe, longer bars made of shorter ones; bad answers."""

from __future__ import annotations

import math
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import sleep
from typing import Any

import psycopg
import pytest

from tests.contract import outages
from tests.contract.contract import Contract, at
from tests.contract.outages import Bar, folded, give, request, values, work_off
from tests.contract.reference import DAY, HOUR, MINUTE, STORED, Candle, TickRow, bucket_start, micros, moment

NOW = at("2026-11-18", "11:00")
WIDTHS = {
    "minute": MINUTE, "5minute": 5 * MINUTE, "15minute": 15 * MINUTE, "30minute": 30 * MINUTE, "60minute": HOUR,
    "day": DAY,
}  # fmt: skip


class Broker:
    """A broker with a candle for every bar of every session, and the calls that it got."""

    def __init__(self, contract: Contract) -> None:
        self.calls: list[tuple[int, str, int, int]] = []
        self.contract = contract
        self.id = contract.instruments()["NSE:SMALLCO"]
        contract.ensure([TickRow(1, NOW, 1.0)])
        contract.copy([TickRow(contract.instruments()["NSE:INFY"], NOW, 1.0)])
        outages.list_with(contract, "kite", [self.id])
        rows = contract.execute(
            "select opens_at, closes_at from market.sessions"
            " where segment = 'NSE' and opens_at > '2020-01-01' order by 1"
        )
        self.sessions = [(micros(opens), micros(closes)) for opens, closes in rows]

    def bars(self, timeframe: str, since: int, until: int) -> list[Bar]:
        width = WIDTHS[timeframe]
        times = sorted(
            {
                opens // DAY * DAY - 5 * HOUR - 30 * MINUTE if timeframe == "day" else time
                for opens, closes in self.sessions
                if opens < until and closes > since
                for time in range(opens, closes, width)
            }
        )
        return [self.bar(timeframe, time) for time in times if since <= time < until]

    def bar(self, timeframe: str, time: int) -> Bar:
        chance = random.Random(f"{timeframe}{time}")
        prices = sorted(round(chance.uniform(100, 110), 2) for _ in range(4))
        return Bar(time, prices[1], prices[3], prices[0], prices[2], chance.randrange(1000), None)

    def answer(self, id_: int, timeframe: str, since: int, until: int) -> list[Bar]:
        assert id_ == self.id
        self.calls.append((id_, timeframe, since, until))
        return self.bars(timeframe, since, until)

    def expected(self, timeframe: str, since: int, until: int) -> dict[tuple[int, int], Candle]:
        found = {}
        for bar in self.bars(timeframe, since, until):
            time = bucket_start(bar.time + 12 * HOUR, "1d") if timeframe == "day" else bar.time
            found[self.id, time] = Candle(bar.open, bar.high, bar.low, bar.close, bar.volume, 0, None, 0, 0)
        return found

    def candles(self, timeframe: str, since: int, until: int) -> dict[tuple[int, int], Any]:
        found = self.contract.relation(f"candles.candles_{timeframe}", [self.id])
        return {key: candle for key, candle in found.items() if since <= key[1] < until}

    def statuses(self, since: int, timeframe: str, until: int = NOW) -> list[tuple[Any, ...]]:
        return self.contract.execute(
            "select piece_timeframe, starts_at, ends_at, status, note from gaps.request_backfill(%s, %s, %s, %s)",
            self.id, moment(since), moment(until), timeframe,
        )  # fmt: skip


@pytest.fixture
def broker(contract: Contract) -> Broker:
    return Broker(contract)


def test_minutes_inside_and_before_tick_retention(broker: Broker) -> None:
    since, ticks_since = at("2026-10-26", "01:15"), at("2026-11-12", "01:15")
    request(broker.contract, broker.id, since, NOW)
    assert work_off(broker.contract, broker.answer) == 1
    broker.contract.refresh_stale()
    expected = broker.expected("minute", since, NOW - MINUTE)
    assert values(broker.candles("1m", since, NOW)) == values(expected)
    for timeframe in STORED:
        last = bucket_start(NOW, timeframe)
        assert values(broker.candles(timeframe, since, last)) == values(
            {key: c for key, c in folded(expected, timeframe).items() if key[1] < last}
        ), timeframe
    history = broker.contract.relation("store.history_1m", [broker.id])
    assert max(key[1] for key in history) < ticks_since
    assert min(tick.time for tick in broker.contract.ticks() if tick.instrument_id == broker.id) >= ticks_since
    assert broker.statuses(since, "1m") == [
        ("1m", moment(since), moment(NOW - MINUTE), "nothing", "nothing is missing")
    ]


@pytest.mark.parametrize(
    ("timeframe", "source", "since", "refused_until"),
    [
        ("5m", "5minute", "2026-07-01", "2026-08-21"),
        ("1h", "60minute", "2025-12-01", None),
        ("4h", "60minute", "2025-11-01", None),
        ("day", "day", "2021-01-01", None),
    ],
)
def test_older_candles_are_fetched_at_their_timeframe(
    broker: Broker, timeframe: str, source: str, since: str, refused_until: str | None
) -> None:
    """Where minutes are kept they are asked for; what is older at the timeframe itself, as far as that is kept."""
    starts = at(since, "01:15")
    minutes_since = at("2026-10-20", "01:15")
    refusals = [row for row in broker.statuses(starts, timeframe) if row[3] == "refused"]
    kept_since = at(refused_until, "01:15") if refused_until else starts
    assert [row[2] for row in refusals] == ([moment(kept_since)] if refused_until else [])
    work_off(broker.contract, broker.answer)
    broker.contract.refresh_stale()
    days = broker.contract.scalar(
        "select days from market.history_sources where broker = 'kite' and broker_timeframe = %s", source
    )
    older = sorted(call for call in broker.calls if call[1] == source)
    assert {call[1] for call in broker.calls} == {source, "minute"}
    assert all(until - begins <= days * DAY for _, _, begins, until in older)
    stored = {"day": "1d"}.get(timeframe, timeframe)
    fetched = broker.expected(source, kept_since - 2 * HOUR, minutes_since)
    expected = folded(fetched, stored)
    assert len(expected) > 20
    assert values(broker.candles(stored, kept_since, minutes_since)) == values(expected)
    for longer in list(STORED)[list(STORED).index(stored) + 1 :]:
        assert values(broker.candles(longer, kept_since, minutes_since)) == values(folded(expected, longer)), longer
    asked = len(broker.calls)
    assert {row[3] for row in broker.statuses(kept_since, timeframe)} == {"nothing"}
    assert work_off(broker.contract, broker.answer) == 0
    assert len(broker.calls) == asked


def test_a_bar_of_which_a_part_is_missing_is_not_made(broker: Broker) -> None:
    since, until = at("2026-11-02", "09:15"), at("2026-11-02", "10:07")
    request(broker.contract, broker.id, since, until)
    work_off(broker.contract, broker.answer)
    minutes = broker.expected("minute", since, until)
    assert values(broker.candles("1m", since, until + DAY)) == values(minutes)
    for timeframe, bars in {"5m": 10, "15m": 3, "30m": 1, "1h": 0, "4h": 0, "1d": 0}.items():
        found = broker.candles(timeframe, since, until + DAY)
        assert len(found) == bars
        whole = {key: c for key, c in folded(minutes, timeframe).items() if key in found}
        assert values(found) == values(whole)
    request(broker.contract, broker.id, since, at("2026-11-02", "15:30"))
    work_off(broker.contract, broker.answer)
    whole_day = broker.expected("minute", since, at("2026-11-02", "15:30"))
    for timeframe in STORED:
        assert values(broker.candles(timeframe, since - DAY, until + DAY)) == values(folded(whole_day, timeframe))


def test_an_empty_answer_covers_and_is_never_asked_again(broker: Broker) -> None:
    since = at("2026-10-26", "09:15")
    request(broker.contract, broker.id, since, NOW)
    assert work_off(broker.contract, lambda *_: []) == 1
    assert broker.contract.scalar("select count(*) from gaps.gaps(%s, %s)", broker.id, moment(since)) == 0
    assert [row[3] for row in broker.statuses(since, "1m")] == ["nothing"]
    assert broker.candles("1m", since, NOW) == {}
    assert broker.contract.execute("select status, candles, rejected from ledger.backfill_requests") == [
        ("done", 0, {})
    ]


def test_a_bar_that_stays_is_not_lost_to_a_broken_candle(broker: Broker) -> None:
    """A stored bar of 4h stays when one of its candles of 1h comes broken; the others are the new answer's."""
    since, until = at("2026-08-03", "01:15"), at("2026-08-08", "01:15")
    stays = at("2026-08-05", "09:15")
    request(broker.contract, broker.id, since, until, "4h")
    work_off(broker.contract, broker.answer)
    before = folded(broker.expected("60minute", since, until), "4h")
    assert values(broker.candles("4h", since, until)) == values(before)
    raised = [bar._replace(high=bar.high + 10) for bar in broker.bars("60minute", since, until)]
    answer = [bar._replace(high=0.0) if bar.time == stays + HOUR else bar for bar in raised]
    request(broker.contract, broker.id, since, until, "4h", again=True)
    work_off(broker.contract, lambda *_: answer)
    expected = {key: c if key[1] == stays else c._replace(high=c.high + 10) for key, c in before.items()}
    assert values(broker.candles("4h", since, until)) == values(expected)
    counted = broker.contract.execute("select candles, rejected from ledger.backfill_requests where again")
    assert counted == [(len(expected) - 1, {"price": 1})]


DAY_ASKED = at("2026-11-17", "09:15"), at("2026-11-17", "15:30")


def mangled(good: list[Bar]) -> dict[str, tuple[list[Bar], list[Bar], int]]:
    """By reason: the answer, what of it is right, and how many bars are rejected for it."""
    first, second, third, *rest = good
    return {
        "price": ([first, second._replace(open=math.nan), third._replace(close=math.inf), *rest], [first, *rest], 2),
        "inconsistent prices": (
            [first._replace(low=first.high + 1), second, third._replace(high=1.0), *rest], [second, *rest], 2,
        ),
        "volume": ([first._replace(volume=-1), second, third, *rest], [second, third, *rest], 1),
        "off the grid": ([first._replace(time=first.time + 1), second, third, *rest], [second, third, *rest], 1),
        "outside the range": (
            [*good, first._replace(time=first.time - DAY), first._replace(time=first.time + DAY)], good, 2,
        ),
        "outside the session": ([*good[:-2], first._replace(time=first.time - 7 * MINUTE)], good[:-2], 1),
        "duplicate": ([second, first._replace(close=first.open), *good], good, 2),
    }  # fmt: skip


@pytest.mark.parametrize("reason", sorted(mangled([Bar(0, 1.0, 1.0, 1.0, 1.0, 1, None)] * 5)))
def test_what_is_wrong_in_an_answer_is_counted_and_loses_nothing_good(broker: Broker, reason: str) -> None:
    since, until = DAY_ASKED
    if reason == "outside the session":
        since -= HOUR
    good = broker.bars("minute", *DAY_ASKED)
    rows, right, rejected = mangled(good)[reason]
    request(broker.contract, broker.id, *DAY_ASKED)
    ((request_id, attempt),) = broker.contract.execute("select request_id, attempt from gaps.claim_backfill('kite')")
    if reason == "outside the session":
        broker.contract.execute(
            "update ledger.backfill_requests set ranges = tstzmultirange(tstzrange(%s, %s))",
            moment(since),
            moment(until),
        )
    random.Random(reason).shuffle(rows)
    if reason == "duplicate":
        rows.remove(good[0])
        rows.append(good[0])  # the last of equal times stands
    ((candles, counted),) = give(broker.contract, request_id, attempt, rows)
    broker.contract.refresh_stale()
    assert counted == {reason: rejected}
    assert candles == len(right)
    found = broker.candles("1m", *DAY_ASKED)
    assert (
        values(found) == values(broker.expected("minute", *DAY_ASKED) | {})
        if right == good
        else sorted(time for _, time in found) == [bar.time for bar in right]
    )
    broken = {bar.time for bar in good} - {bar.time for bar in right}
    missing = broker.contract.execute(
        "select starts_at, ends_at from gaps.gaps(%s, %s, %s)", broker.id, moment(since), moment(until)
    )
    held = {time for starts, ends in missing for time in range(micros(starts), micros(ends), MINUTE)}
    assert held == (set() if reason == "outside the session" else broken), "what the broker got wrong is still missing"
    assert broker.contract.execute("select status, rejected from ledger.backfill_requests") == [("done", counted)]


def test_an_unfinished_bar_is_left_out(broker: Broker) -> None:
    request(broker.contract, broker.id, at("2026-11-18", "10:00"), NOW)
    ((request_id, attempt, until),) = broker.contract.execute(
        "select request_id, attempt, until from gaps.claim_backfill('kite')"
    )
    assert micros(until) == NOW - MINUTE
    broker.contract.execute(
        "update ledger.backfill_requests set ranges = ranges + tstzmultirange(tstzrange(%s, %s))",
        until,
        moment(NOW + MINUTE),
    )
    rows = broker.bars("minute", at("2026-11-18", "10:00"), NOW + MINUTE)
    ((candles, rejected),) = give(broker.contract, request_id, attempt, rows)
    assert (candles, rejected) == (len(rows) - 2, {"unfinished": 2})


@pytest.mark.parametrize(
    ("since", "until", "status", "note"),
    [
        ("2026-11-19 09:15", "2026-11-20 09:15", "refused", "nothing after"),
        ("2026-11-15 09:15", "2026-11-15 15:30", "nothing", "there is no trading"),
        ("2026-11-07 09:15", "2026-11-07 15:30", "nothing", "there is no trading"),
        ("2026-01-05 09:15", "2026-01-06 15:30", "refused", "1m is kept since"),
    ],
)  # fmt: skip
def test_a_range_that_nobody_can_answer_has_a_status(
    broker: Broker, since: str, until: str, status: str, note: str
) -> None:
    rows = broker.statuses(at(*since.split()), "1m", at(*until.split()))
    assert [row[3] for row in rows] == [status]
    assert rows[0][4].startswith(note)
    assert broker.contract.scalar("select count(*) from ledger.backfill_requests") == 0


def test_an_instrument_that_no_broker_lists(broker: Broker) -> None:
    broker.contract.execute("update market.broker_instruments set valid_until = '2026-11-01'")
    assert [row[3:] for row in broker.statuses(at("2026-11-17", "09:15"), "1m")] == [
        ("refused", "no broker lists the instrument")
    ]


def test_an_answer_of_a_lost_claim_changes_nothing(broker: Broker) -> None:
    request(broker.contract, broker.id, *DAY_ASKED)
    claim = "select request_id, attempt from gaps.claim_backfill('kite', %s)"
    ((request_id, first),) = broker.contract.execute(claim, moment(0) - moment(0))
    assert broker.contract.execute(claim, moment(HOUR) - moment(0)) == [], "its worker is alive"
    ((same, second),) = broker.contract.execute(claim, moment(0) - moment(0))
    assert (same, second) == (request_id, first + 1)
    rows = broker.bars("minute", *DAY_ASKED)
    assert give(broker.contract, request_id, first, rows) == []
    assert broker.candles("1m", *DAY_ASKED) == {}
    assert give(broker.contract, request_id, second, rows) == [(len(rows), {})]
    assert give(broker.contract, request_id, second, rows) == []


def test_requests_grow_instead_of_multiplying(broker: Broker) -> None:
    id_, ask = broker.id, broker.contract
    for minute in range(0, 60, 2):
        request(ask, id_, at("2026-11-17", "10:00") + minute * MINUTE, at("2026-11-17", "10:01") + minute * MINUTE)
    assert ask.scalar("select count(*) from ledger.backfill_requests") == 1
    work_off(ask, broker.answer)
    assert len(broker.calls) == 1
    found = broker.candles("1m", *DAY_ASKED)
    assert sorted(time for _, time in found) == [
        at("2026-11-17", "10:00") + minute * MINUTE for minute in range(0, 60, 2)
    ]


def test_a_request_does_not_join_one_that_is_being_claimed(broker: Broker) -> None:
    """Each waits for the claim or for the one before, and is asked for; the answer covers what the broker was asked."""
    ask = broker.contract

    def wait(since: int, until: int) -> None:
        user = Contract(ask.url, ask.engine)
        with closing(user.connection):
            request(user, broker.id, since, until)

    asked, *later = [(at(f"2026-11-{day}", "09:15"), at(f"2026-11-{day}", "15:30")) for day in (12, 13, 16, 17)]
    request(ask, broker.id, *asked)
    with ThreadPoolExecutor() as pool, psycopg.connect(ask.url) as worker:
        claim = "select request_id, attempt, since, until from gaps.claim_backfill('kite')"
        ((request_id, attempt, since, until),) = worker.execute(claim).fetchall()
        waiting = [pool.submit(wait, *day) for day in later]
        backends = "select wait_event_type from pg_stat_activity where datname = current_database()"
        while ask.execute(backends).count(("Lock",)) < len(later):
            sleep(0.01)
            assert not any(user.done() for user in waiting)
        worker.commit()
        for user in waiting:
            user.result()
    assert (micros(since), micros(until)) == asked
    give(ask, request_id, attempt, broker.bars("minute", *asked))
    missing = ask.execute(
        "select starts_at, ends_at from gaps.gaps(%s, %s, %s)", broker.id, moment(asked[0]), moment(later[-1][1])
    )
    assert [(micros(starts), micros(ends)) for starts, ends in missing] == later
    assert work_off(ask, broker.answer) == 1, "who waited shares a call"
    since, until = asked[0], later[-1][1]
    assert values(broker.candles("1m", since, until)) == values(broker.expected("minute", since, until))


def test_what_failed_has_a_status_while_another_request_waits(broker: Broker) -> None:
    ask, ten, eleven = broker.contract.execute, at("2026-11-17", "10:00"), at("2026-11-17", "11:00")
    request(broker.contract, broker.id, ten, ten + MINUTE)
    ask(
        "select gaps.fail_backfill(request_id, attempt, 'instrument', 'unknown')"
        " from gaps.claim_backfill('kite')"
    )  # fmt: skip
    request(broker.contract, broker.id, eleven, eleven + MINUTE)
    again = "select status, note from gaps.request_backfill(%s, %s, %s, asked_by => 'scan')"
    assert ask(again, broker.id, moment(ten), moment(ten + MINUTE)) == [("nothing", "asked for a while ago")]
    assert ask(again, broker.id, moment(eleven), moment(eleven + MINUTE)) == [("queued", "asked for already")]
