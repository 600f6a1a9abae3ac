"""Data quality: what the panels, the shading and the alert say of gaps equals a count minute by minute."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from tests.contract import reference
from tests.contract.contract import Contract, at
from tests.contract.reference import MINUTE, SECOND, TickRow, bucket_end, bucket_start, micros, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

DAYS = ["2026-08-03", "2026-08-04", "2026-08-05"]
NOW = at("2026-08-05", "13:07:11")
SETTLED = at("2026-08-05", "13:06")
"""The minute of 13:06 is over at 13:07:30 only."""
SHOWN = (moment(at(DAYS[0], "00:00")), moment(at(DAYS[2], "23:00")))
SYMBOLS = ("NSE:SMALLCO", "NSE:INFY", "MCX:GOLD26OCTFUT")
CLOCK = 0
SPAN = tuple[int, int]


class Request(NamedTuple):
    symbol: str
    span: SPAN
    status: str
    error: str | None = None
    timeframe: str = "1m"


@pytest.fixture
def contract(url: str, engine: str) -> Iterator[Contract]:
    made = Contract(url, engine)
    yield made
    made.connection.close()


def multirange(spans: Iterable[SPAN]) -> Multirange[datetime]:
    return Multirange([Range(moment(since), moment(until)) for since, until in spans])


def cover(contract: Contract, instrument_id: int, timeframe: str, spans: Iterable[SPAN]) -> None:
    contract.execute(
        "insert into ledger.coverage (instrument_id, timeframe, covered) values (%s, %s, %s)",
        instrument_id, timeframe, multirange(spans),
    )  # fmt: skip


def ask(contract: Contract, instrument_id: int, request: Request) -> None:
    over = request.status in {"done", "failed"}
    contract.execute(
        "insert into ledger.backfill_requests (instrument_id, timeframe, ranges, asked_by, status, error, finished_at)"
        " values (%s, %s, %s, 'scan', %s, %s, case when %s then now() end)",
        instrument_id, request.timeframe, multirange([request.span]), request.status, request.error, over,
    )  # fmt: skip


class Market:
    """Instruments with random outages over three days; every figure is counted from lists of minutes."""

    def __init__(self, contract: Contract) -> None:
        ids = contract.instruments()
        contract.execute(
            "delete from ledger.subscriptions where instrument_id <> all (%s)", [ids[symbol] for symbol in SYMBOLS]
        )
        contract.ensure([TickRow(CLOCK, at(DAYS[0], "09:00"), 1.0), TickRow(CLOCK, NOW, 1.0)])
        contract.copy([TickRow(CLOCK, NOW, 1.0)])
        self.contract = contract
        self.ids = {symbol: ids[symbol] for symbol in SYMBOLS}
        self.sessions = {symbol: self._sessions(symbol) for symbol in SYMBOLS}
        chance = np.random.default_rng(4)
        self.carried: dict[str, list[SPAN]] = {}
        self.answered: dict[str, list[SPAN]] = {}
        first, last = at(DAYS[0], "06:00"), NOW - 3 * SECOND
        for symbol, instrument_id in self.ids.items():
            cuts = sorted(int(cut) for cut in chance.integers(first // SECOND, last // SECOND, 24))
            ups = [first, *(cut * SECOND for cut in cuts), last]
            self.carried[symbol] = list(zip(ups[::2], ups[1::2], strict=True))
            starts = [first // MINUTE * MINUTE + int(n) * MINUTE for n in chance.integers(0, 3 * 1440, 6)]
            self.answered[symbol] = [(start, start + 30 * MINUTE) for start in starts]
            cover(contract, instrument_id, "tick", self.carried[symbol])
            cover(contract, instrument_id, "1m", self.answered[symbol])

    def _sessions(self, symbol: str) -> list[SPAN]:
        rows = self.contract.execute(
            "select s.opens_at, s.closes_at from market.sessions as s"
            " inner join market.instruments as i on i.segment = s.segment"
            " where i.symbol = %s and s.session_date between %s and %s order by 1",
            symbol, DAYS[0], DAYS[-1],
        )  # fmt: skip
        return [(micros(opens), micros(closes)) for opens, closes in rows]

    def minutes(self, symbol: str) -> list[int]:
        return [m for opens, closes in self.sessions[symbol] for m in range(opens, min(closes, SETTLED), MINUTE)]

    def missing(self, symbol: str) -> list[int]:
        """Return the minutes that are not covered to their last microsecond."""
        ups = np.array(self.carried[symbol] + self.answered[symbol])
        minutes = np.array(self.minutes(symbol))
        seconds = minutes[:, np.newaxis, np.newaxis] + np.arange(0, MINUTE, SECOND)[:, np.newaxis]
        inside = (ups[:, 0] <= seconds) & (seconds + SECOND <= ups[:, 1])
        covered = np.all(np.any(inside, axis=2), axis=1)
        return [int(minute) for minute in minutes[~covered]]

    def gaps(self, symbol: str) -> list[SPAN]:
        found: list[SPAN] = []
        for minute in self.missing(symbol):
            if found and found[-1][1] == minute:
                found[-1] = (found[-1][0], minute + MINUTE)
            else:
                found.append((minute, minute + MINUTE))
        return found


def day_of(time: int) -> str:
    return moment(time).astimezone(reference.INDIA).date().isoformat()


def overlap(spans: Iterable[SPAN], others: Iterable[SPAN]) -> int:
    return sum(max(0, min(b, d) - max(a, c)) for a, b in spans for c, d in others)


def united(spans: Iterable[SPAN]) -> list[SPAN]:
    found: list[SPAN] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def test_days_add_up_over_the_minutes_of_every_instrument(contract: Contract) -> None:
    market = Market(contract)
    missing, expected, repaired, carried = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for symbol in SYMBOLS:
        missing.update(map(day_of, market.missing(symbol)))
        expected.update(map(day_of, market.minutes(symbol)))
        for opens, closes in market.sessions[symbol]:
            session = [(opens, min(closes, SETTLED))]
            repaired[day_of(opens)] += overlap(session, united(market.answered[symbol])) // MINUTE
            carried[day_of(opens)] += overlap(session, market.carried[symbol])
    found = contract.execute("select * from grafana.quality_days(%s, %s)", *SHOWN)
    assert [row[0] for row in found] == [moment(at(day, "00:00")) for day in DAYS]
    for day, (_, *figures) in zip(DAYS, found, strict=True):
        assert figures[:2] == [missing[day], repaired[day]]
        assert figures[2:] == pytest.approx(
            [100 * (1 - missing[day] / expected[day]), 100 * carried[day] / MINUTE / expected[day]]
        )
    assert sum(missing.values()) > 100


def test_the_heat_table_has_the_least_complete_first(contract: Contract) -> None:
    market = Market(contract)
    share = {s: len(market.missing(s)) / len(market.minutes(s)) for s in SYMBOLS}
    cells = {}
    for symbol in SYMBOLS:
        expected = Counter(map(day_of, market.minutes(symbol)))
        missing = Counter(map(day_of, market.missing(symbol)))
        for day in DAYS:
            cells[symbol, f"{day[-2:]} Aug"] = 100 * (1 - missing[day] / expected[day])
    order = sorted(share, key=lambda symbol: -share[symbol])
    found = contract.execute("select * from grafana.completeness(%s, %s)", *SHOWN)
    assert [row[:2] for row in found] == [(symbol, f"{day[-2:]} Aug") for symbol in order for day in DAYS]
    assert {row[:2]: row[2] for row in found} == pytest.approx(cells)
    for limit, shown in ((1, order[:1]), (0, []), (-1, [])):
        rows = contract.execute("select symbol from grafana.completeness(%s, %s, %s)", *SHOWN, limit)
        assert sorted({symbol for (symbol,) in rows}) == shown


REQUESTS = [
    Request("NSE:INFY", (at(DAYS[0], "09:00"), at(DAYS[1], "12:00")), "failed", "no answer"),
    Request("NSE:INFY", (at(DAYS[0], "13:00"), at(DAYS[0], "16:00")), "done"),
    Request("NSE:SMALLCO", (at(DAYS[1], "09:00"), at(DAYS[1], "16:00")), "queued"),
    Request("NSE:SMALLCO", (at(DAYS[2], "09:00"), at(DAYS[2], "16:00")), "running"),
    Request("MCX:GOLD26OCTFUT", (at(DAYS[0], "00:00"), at(DAYS[2], "23:59")), "queued", timeframe="1d"),
]


def newest(symbol: str, gap: SPAN) -> Request | None:
    """Return the request that is the last to have asked for minutes of a gap."""
    asked = [r for r in REQUESTS if r.symbol == symbol and r.timeframe == "1m" and overlap([r.span], [gap])]
    return asked[-1] if asked else None


def test_gaps_say_what_became_of_them(contract: Contract) -> None:
    market = Market(contract)
    for request in REQUESTS:
        ask(contract, market.ids[request.symbol], request)
    outage = (at(DAYS[1], "14:00"), at(DAYS[1], "14:20"))
    rows = defaultdict(list)
    for symbol in SYMBOLS:
        for gap in market.gaps(symbol):
            asked = newest(symbol, gap)
            status = {"done": "unanswered"}.get(asked.status, asked.status) if asked else "open"
            rows[gap, status, asked and asked.error].append(symbol)
    found = contract.execute("select * from grafana.gap_table(%s, %s)", *SHOWN)
    expected = {
        (min(symbols), len(symbols), moment(gap[0]), moment(gap[1]), (gap[1] - gap[0]) // MINUTE, status, error)
        for (gap, status, error), symbols in rows.items()
    }
    assert {row[:7] for row in found} == expected
    assert len(found) == len(expected)
    assert {row[5] for row in found} == {"open", "queued", "running", "failed", "unanswered"}
    assert [row[2] for row in found] == sorted((row[2] for row in found), reverse=True)
    assert all((row[7] is None) == (row[5] == "open") for row in found)
    part = contract.execute("select * from grafana.gap_table(%s, %s)", *map(moment, outage))
    assert part == [row for row in found if row[2] < moment(outage[1]) and row[3] > moment(outage[0])]


def test_what_all_lack_alike_is_one_row(contract: Contract) -> None:
    ids = contract.instruments()
    contract.ensure([TickRow(CLOCK, NOW, 1.0)])
    contract.copy([TickRow(CLOCK, NOW, 1.0)])
    outage = (at(DAYS[1], "11:00:10"), at(DAYS[1], "11:20:50"))
    for instrument_id in ids.values():
        cover(contract, instrument_id, "tick", [(at("2026-07-01", "00:00"), outage[0]), (outage[1], NOW)])
    (row,) = contract.execute("select * from grafana.gap_table(%s, %s)", *SHOWN)
    times = (moment(at(DAYS[1], "11:00")), moment(at(DAYS[1], "11:21")))
    assert row == (min(ids), len(ids), *times, 21, "open", None, None)


@pytest.mark.parametrize("timeframe", ["1m", "5m", "10m", "1h", "1d", "1w"])
def test_the_shade_is_on_the_bars_that_lack_something(contract: Contract, timeframe: str) -> None:
    market = Market(contract)
    midnight = 75 * MINUTE if timeframe in {"1d", "1w"} else 0
    for symbol in SYMBOLS:
        missing = market.missing(symbol)
        trading = np.array([m for opens, closes in market.sessions[symbol] for m in range(opens, closes, MINUTE)])
        shaded: list[list[int]] = []
        for bar in sorted({bucket_start(m, timeframe) for m in missing}):
            end = bucket_end(bar, timeframe)
            if shaded and not ((trading >= shaded[-1][1]) & (trading < bar)).any():
                shaded[-1][1] = end
            else:
                shaded.append([bar, end])
        found = contract.execute("select * from grafana.gap_annotations(%s, %s, %s, %s)", symbol, timeframe, *SHOWN)
        assert [(micros(since), micros(until)) for since, until, _ in found] == [
            (since - midnight, until - midnight) for since, until in shaded
        ]
        counts = [sum(since <= m < until for m in missing) for since, until in shaded]
        assert [text for *_, text in found] == [f"{count} min missing" for count in counts]
        assert sum(counts) == len(missing) > 0


def test_a_shade_says_what_becomes_of_it(contract: Contract) -> None:
    market = Market(contract)
    for request in REQUESTS:
        ask(contract, market.ids[request.symbol], request)
    said = {
        "queued": ": waits for the broker",
        "running": ": being filled",
        "failed": ": not filled, no answer",
        "done": ": the broker's answer left it open",
    }
    seen = set()
    for symbol in SYMBOLS:
        missing = market.missing(symbol)
        found = contract.execute("select * from grafana.gap_annotations(%s, '1m', %s, %s)", symbol, *SHOWN)
        for since, until, text in found:
            minutes = [m for m in missing if micros(since) <= m < micros(until)]
            requests = [r for r in REQUESTS if r.symbol == symbol and r.timeframe == "1m"]
            asked = [r for r in requests if any(r.span[0] <= m < r.span[1] for m in minutes)]
            assert text == f"{len(minutes)} min missing" + (said[asked[-1].status] if asked else "")
            seen.add(asked[-1].status if asked else "")
    assert seen == {*said, ""}
    (*_, text) = contract.execute("select * from grafana.gap_annotations('MCX:GOLD26OCTFUT', '1d', %s, %s)", *SHOWN)[0]
    assert text.endswith(said["queued"])


@pytest.mark.parametrize(
    ("symbol", "timeframe", "since", "until"),
    [
        ("NSE:NOSUCH", "5m", *SHOWN),
        (None, "5m", *SHOWN),
        ("NSE:INFY", "7m", *SHOWN),
        ("NSE:INFY", None, *SHOWN),
        ("NSE:INFY", "5m", *reversed(SHOWN)),
        ("NSE:INFY", "5m", SHOWN[0], SHOWN[0]),
        ("NSE:INFY", "auto", SHOWN[1], SHOWN[1] + timedelta(days=900)),
    ],
)
def test_nothing_to_shade_is_no_error(
    contract: Contract, symbol: str | None, timeframe: str | None, since: datetime, until: datetime
) -> None:
    Market(contract)
    assert (
        contract.execute("select * from grafana.gap_annotations(%s, %s, %s, %s)", symbol, timeframe, since, until) == []
    )


def wants(url: str, query: str, *parameters: object) -> list[dict[str, Any]]:
    """Return what is asked for while a reader runs a query in a session that cannot write."""
    with psycopg.connect(url, autocommit=True) as listener, psycopg.connect(url, autocommit=True) as reader:
        listener.execute("listen want")
        reader.execute("set role bhav_read")
        reader.execute("set default_transaction_read_only = on")
        reader.execute(query.encode(), parameters)
        return [json.loads(notify.payload) for notify in listener.notifies(timeout=0.3)]


def test_a_chart_asks_once_for_what_it_lacks(create_database: Callable[[str], str]) -> None:
    url = create_database("wall")
    with psycopg.connect(url, autocommit=True) as db:
        row = db.execute("select id from market.register_instruments(%s)", (Jsonb([STOCK]),)).fetchone()
        assert row is not None
    until = datetime.combine(datetime.now(UTC), time(), UTC)
    shown = ("NSE:INFY", "15m", until - timedelta(days=5, hours=19, minutes=26), until)
    chart = "select * from grafana.{}(%s, %s, %s, %s{})"
    (asked,) = wants(url, chart.format("gap_annotations", ""), *shown)
    assert (asked["instrument_id"], asked["timeframe"]) == (row[0], "15m")
    assert shown[2] - timedelta(minutes=15) < datetime.fromisoformat(asked["since"])
    assert datetime.fromisoformat(asked["since"]) < datetime.fromisoformat(asked["until"]) <= until
    assert wants(url, chart.format("candles", ", '{}', true"), *shown) == [asked]
    for quiet in ("candles", "packed_candles", "open_interest"):
        assert wants(url, chart.format(quiet, ""), *shown) == []
    with psycopg.connect(url, autocommit=True) as db:
        texts = db.execute(f"select text from ({chart.format('gap_annotations', '')}) as a".encode(), shown).fetchall()
        assert texts
        assert all(text.endswith(" min missing: asked for") for (text,) in texts)


STOCK = {"symbol": "NSE:INFY", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "INFY", "kind": "equity"}


class Alerting:
    """A database on the wall clock, in which a session of NSE opened three hours ago and goes on."""

    def __init__(self, url: str, count: int) -> None:
        self.db = psycopg.connect(url, autocommit=True)
        self.opened = (datetime.now(UTC) - timedelta(hours=3)).replace(second=0, microsecond=0)
        self.db.execute("delete from market.sessions")
        self.session(self.opened, self.opened + timedelta(hours=9))
        listed = [STOCK | {"symbol": f"NSE:S{n}", "tradingsymbol": f"S{n}"} for n in range(count)]
        rows = self.db.execute("select symbol, id from market.register_instruments(%s)", (Jsonb(listed),)).fetchall()
        self.ids: dict[str, int] = dict(rows)
        self.db.execute("update ledger.subscriptions set since = %s", (self.opened - timedelta(days=3),))

    def session(self, opens: datetime, closes: datetime) -> None:
        self.db.execute(
            "insert into market.sessions (segment, session_date, kind, opens_at, closes_at)"
            " values ('NSE', (%(opens)s at time zone 'Asia/Kolkata')::date, 'continuous', %(opens)s, %(closes)s)",
            {"opens": opens, "closes": closes},
        )

    def cover(self, symbol: str, holes: Iterable[SPAN]) -> None:
        """Cover everything but holes, in seconds before now."""
        covered = [Range(self.opened - timedelta(days=9), self.opened + timedelta(days=9))]
        now = datetime.now(UTC)
        cut = [Range(now - timedelta(seconds=a), now - timedelta(seconds=b)) for a, b in holes]
        self.db.execute(
            "insert into ledger.coverage (instrument_id, timeframe, covered)"
            " values (%s, 'tick', %s::tstzmultirange - %s::tstzmultirange)",
            (self.ids[symbol], Multirange(covered), Multirange(cut)),
        )

    def told(self) -> tuple[datetime, dict[str, float]]:
        with self.db.transaction():
            (now,) = self.db.execute("select now()").fetchone() or (None,)
            rows = self.db.execute("select symbol, value from grafana.alert_gap_open()").fetchall()
        assert now
        assert len(dict(rows)) == len(rows), "a symbol is told once"
        return now, dict(rows)


@pytest.fixture
def alerting(create_database: Callable[[str], str]) -> Iterator[Callable[[int], Alerting]]:
    made: list[Alerting] = []

    def make(count: int) -> Alerting:
        made.append(Alerting(create_database("wall"), count))
        return made[-1]

    yield make
    for one in made:
        one.db.close()


def test_a_gap_alerts_from_when_it_could_have_been_filled(alerting: Callable[[int], Alerting]) -> None:
    """Holes of 15 instruments at random, some of them around a quarter of an hour ago."""
    market = alerting(15)
    chance = np.random.default_rng(8)
    holes: dict[str, list[SPAN]] = {}
    for symbol in market.ids:
        ages = [int(age) for age in chance.integers(0, 1800, chance.integers(0, 3))]
        holes[symbol] = [(age + int(chance.integers(1, 200)), age) for age in ages]
    made_at = datetime.now(UTC)
    for symbol, spans in holes.items():
        market.cover(symbol, spans)
    now, told = market.told()
    lateness = now - made_at
    assert lateness < timedelta(seconds=30)
    rows = market.db.execute("select instrument_id, covered from ledger.coverage").fetchall()
    covered = {instrument_id: [(r.lower, r.upper) for r in ranges] for instrument_id, ranges in rows}
    settled = (now - timedelta(seconds=30)).replace(second=0, microsecond=0)
    expected = {}
    for symbol, instrument_id in market.ids.items():
        minute = market.opened
        while minute < settled:
            end = minute + timedelta(minutes=1)
            if not any(since <= minute and end <= until for since, until in covered[instrument_id]):
                expected[symbol] = (now - end - timedelta(seconds=30)).total_seconds()
                break
            minute = end
    assert told == pytest.approx(expected)
    assert any(value > 900 for value in told.values())
    assert any(value < 900 for value in told.values())
    assert 0 < len(told) < len(market.ids)
    assert all(value >= 0 for value in told.values()), "no minute that has not settled"


def test_an_outage_of_all_makes_no_more_than_twenty_alerts(alerting: Callable[[int], Alerting]) -> None:
    market = alerting(30)
    for nth, symbol in enumerate(market.ids):
        market.cover(symbol, [(2000 + 60 * nth, 1000)])
    _, told = market.told()
    assert sorted(told) == sorted(list(market.ids)[10:])


def test_no_gap_is_told_where_none_is_to_be_filled(alerting: Callable[[int], Alerting]) -> None:
    market = alerting(2)
    for symbol in market.ids:
        market.cover(symbol, [(5000, 4000)])
    assert len(market.told()[1]) == 2
    market.db.execute("update ledger.subscriptions set since = now() + interval '1 day' where instrument_id = %s",
                      (market.ids["NSE:S0"],))  # fmt: skip
    assert list(market.told()[1]) == ["NSE:S1"], "nobody fills what was before it was followed"
    market.db.execute(
        "update ledger.coverage set covered = covered + %s::tstzmultirange",
        (Multirange([Range(market.opened, market.opened + timedelta(hours=5))]),),
    )
    assert market.told()[1] == {}, "it is filled"
    market.db.execute("delete from ledger.coverage")
    assert list(market.told()[1]) == ["NSE:S1"]
    market.db.execute("update meta.settings set value = 'replay' where name = 'clock'")
    assert market.told()[1] == {}
    market.db.execute("update meta.settings set value = 'wall' where name = 'clock'")
    market.db.execute("delete from ledger.subscriptions")
    assert market.told()[1] == {}, "nothing is followed"


def test_a_gap_is_told_for_an_hour_after_the_close(alerting: Callable[[int], Alerting]) -> None:
    market = alerting(1)
    for hours, count in ((1.2, 1), (2.5, 0)):
        market.db.execute("delete from market.sessions")
        opens = market.opened - timedelta(hours=hours) + timedelta(hours=0.7)
        market.session(opens, opens + timedelta(hours=2.7))
        assert len(market.told()[1]) == count


def test_the_queue_is_counted_by_broker_and_fault(contract: Contract) -> None:
    ids = list(contract.instruments().values())
    now = datetime.now(UTC)
    chance = np.random.default_rng(2)
    requests: list[dict[str, Any]] = []
    for nth in range(120):
        status = str(chance.choice(["queued", "running", "done", "failed"]))
        requested = now - timedelta(seconds=int(chance.integers(1, 7_000)))
        requests.append({
            "instrument_id": ids[nth % len(ids)], "status": status, "requested_at": requested,
            "broker": None if status == "queued" and nth % 2 else str(chance.choice(["kite", "fyers"])),
            "fault": "network" if status == "failed" or nth % 5 == 0 else None,
            "due_at": requested + timedelta(seconds=10),
            "finished_at": requested + timedelta(seconds=90) if status in {"done", "failed"} else None,
        })  # fmt: skip
    for request in requests:
        contract.connection.execute(
            "insert into ledger.backfill_requests (instrument_id, timeframe, ranges, asked_by, status, requested_at,"
            " broker, fault, due_at, finished_at) values (%(instrument_id)s, '1m', '{[2026-08-03,2026-08-04)}', 'user',"
            " %(status)s, %(requested_at)s, %(broker)s, %(fault)s, %(due_at)s, %(finished_at)s)",
            request,
        )
    contract.execute("update ledger.broker_calls set next_at = now() + interval '50 seconds' where broker = 'kite'")
    since, until = now - timedelta(hours=1), now
    with contract.connection.transaction():
        found = contract.execute("select * from grafana.backfill_queue(%s, %s)", since, until)
        clock = contract.scalar("select now()")
    (kite_free,) = contract.execute("select next_at from ledger.broker_calls where broker = 'kite'")[0]
    expected = set()
    for broker, fault in {(r["broker"], r["fault"]) for r in requests}:
        those = [r for r in requests if (r["broker"], r["fault"]) == (broker, fault)]
        waiting = [r for r in those if not r["finished_at"]]
        over = [r for r in those if r["finished_at"] and since <= r["finished_at"] < until]
        counts = Counter(r["status"] for r in waiting + over)
        eta = None
        if waiting:
            free = clock if broker == "fyers" else kite_free
            every = 0.4 if broker == "kite" else 0.42
            last_due = max(r["due_at"] for r in waiting)
            eta = max((free - clock).total_seconds() + len(waiting) * every, (last_due - clock).total_seconds())
        oldest = min((r["requested_at"] for r in waiting), default=None)
        statuses = tuple(counts[status] for status in ("queued", "running", "done", "failed"))
        expected.add((broker, fault, *statuses, oldest, eta and round(eta, 3)))
    assert {(*row[:7], row[7] and round(row[7], 3)) for row in found} == expected

    steps = Counter(
        (r["finished_at"] - (r["finished_at"] - datetime(2000, 1, 1, tzinfo=UTC)) % timedelta(seconds=18), r["status"])
        for r in requests
        if r["finished_at"] and since <= r["finished_at"] < until
    )
    progress = contract.execute("select * from grafana.backfill_progress(%s, %s)", since, until)
    assert {row[:2]: row[2] for row in progress} == steps
    assert [row[:2] for row in progress] == sorted(steps)
    listed = contract.execute("select requested_at, status from grafana.backfill_requests(%s, %s)", since, until)
    assert listed == [
        (r["requested_at"], r["status"]) for r in reversed(requests) if since <= r["requested_at"] < until
    ]


def test_a_request_shows_what_was_asked_and_rejected(contract: Contract) -> None:
    ids = contract.instruments()
    contract.execute(
        "insert into ledger.backfill_requests (instrument_id, timeframe, ranges, asked_by, broker, status, attempts,"
        " candles, rejected, finished_at) values (%s, '5m', %s, 'chart', 'kite', 'done', 2, 70, %s, now())",
        ids["NSE:INFY"],
        multirange([(at(DAYS[0], "10:00"), at(DAYS[0], "11:00")), (at(DAYS[1], "10:00"), at(DAYS[1], "12:00"))]),
        Jsonb({"price": 2, "duplicate": 11}),
    )
    now = datetime.now(UTC)
    query = "select * from grafana.backfill_requests(%s, %s)"
    rows = contract.connection.cursor(row_factory=dict_row).execute(query, (now - timedelta(hours=1), now)).fetchall()
    (row,) = rows
    assert row["rejected"] == "duplicate 11, price 2"
    assert (row["starts_at"], row["ends_at"]) == (moment(at(DAYS[0], "10:00")), moment(at(DAYS[1], "12:00")))
    shown = ("NSE:INFY", "5m", "chart", "kite", "done", 2, 70)
    assert tuple(row[name] for name in
                 ("symbol", "timeframe", "asked_by", "broker", "status", "attempts", "candles")) == shown  # fmt: skip


def test_counts_of_ticks_are_sums_by_day_and_by_instrument(contract: Contract) -> None:
    ids = contract.instruments()
    chance = np.random.default_rng(9)
    names = ("late", "duplicates", "volume_falls", "offsession")
    titles = dict(zip(names, ("late", "duplicates", "fallen counters", "outside the session"), strict=True))
    by_day, by_instrument = Counter[tuple[datetime, str]](), {}
    for day in ("2026-08-02", *DAYS, "2026-08-06"):
        for symbol, instrument_id in ids.items():
            counts = dict(zip(names, map(int, chance.integers(0, 4, 4)), strict=True))
            reasons = {"price": int(chance.integers(1, 5)), "no time": 1} if chance.random() < 0.5 else {}
            contract.execute(
                "insert into ledger.tick_counts values (%s, %s, %s, %s, %s, %s, %s)",
                instrument_id, day, *counts.values(), Jsonb(reasons),
            )  # fmt: skip
            if day in DAYS:
                midnight = moment(at(day, "00:00"))
                for name, count in counts.items():
                    by_day[midnight, titles[name]] += count
                by_day[midnight, "rejected"] += sum(reasons.values())
                text = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())) or None
                by_instrument[symbol, midnight] = (*counts.values(), sum(reasons.values()), text)
    days = contract.execute("select * from grafana.tick_counts_by_day(%s, %s)", *SHOWN)
    assert {row[:2]: row[2] for row in days} == {key: count for key, count in by_day.items() if count}
    assert [row[:2] for row in days] == sorted(row[:2] for row in days)
    found = contract.execute("select * from grafana.tick_counts(%s, %s)", *SHOWN)
    assert {row[:2]: row[2:] for row in found} == by_instrument
    totals = [sum(row[2:7]) for row in found]
    assert totals == sorted(totals, reverse=True)


FUNCTIONS = [
    "gap_table", "quality_days", "completeness", "backfill_queue", "backfill_progress", "backfill_requests",
    "tick_counts", "tick_counts_by_day",
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_range_of_nothing_has_no_rows(contract: Contract, function: str) -> None:
    market = Market(contract)
    ask(contract, market.ids["NSE:INFY"], REQUESTS[0])
    contract.execute("insert into ledger.tick_counts (instrument_id, session_date, late) values (%s, %s, 1)",
                     market.ids["NSE:INFY"], DAYS[0])  # fmt: skip
    query = f"select * from grafana.{function}(%s, %s)"
    year = timedelta(days=365)
    noon = SHOWN[0] + timedelta(hours=12)
    for since, until in ((SHOWN[1], SHOWN[0]), (noon, SHOWN[0]), (noon, noon), (SHOWN[1] + year, SHOWN[1] + year)):
        assert contract.connection.execute(query.encode(), (since, until)).fetchall() == []
