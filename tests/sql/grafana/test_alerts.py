"""Alerts: the user's rules against a brute force over the ticks, once per closed bar; quiet where nothing trades."""

from __future__ import annotations

from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.contract import reference, simulated
from tests.contract.contract import Contract, at
from tests.contract.reference import MINUTE, SECOND, TickRow, bucket_end, bucket_start, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.contract.reference import Candle

MONDAY, TUESDAY = "2026-08-03", "2026-08-04"
HOURS = {
    "NSE": [("09:15", "15:30")],
    "NSE_CAS": [("09:15", "15:15"), ("15:15", "15:35")],
    "MCX": [("09:00", "23:30")],
}
"""Of the segments that the instruments below trade in, on both days."""
SEGMENTS = {"NSE:SMALLCO": "NSE", "NSE:INFY": "NSE_CAS", "MCX:GOLD26OCTFUT": "MCX"}
KINDS = {"NSE:SMALLCO": "equity", "NSE:INFY": "equity", "MCX:GOLD26OCTFUT": "future"}
SHOWN_AFTER_CLOSE = 5 * MINUTE
CLOCK = 0
"""Instrument whose ticks move the market clock and nothing else."""


class Rule(NamedTuple):
    name: str
    symbol: str | None
    kind: str | None
    measure: str
    comparison: str
    level: float
    timeframe: str = "1m"
    indicator: str | None = None
    output: str | None = None


@pytest.fixture
def contract(url: str, engine: str) -> Iterator[Contract]:
    made = Contract(url, engine)
    yield made
    made.connection.close()


def add_rules(contract: Contract, rules: Iterable[Rule]) -> None:
    for rule in rules:
        columns = sql.SQL(", ").join(map(sql.Identifier, Rule._fields))
        values = sql.SQL(", ").join(map(sql.Literal, rule))
        contract.connection.execute(sql.SQL("insert into ledger.alert_rules ({}) values ({})").format(columns, values))


def firing(contract: Contract) -> set[tuple[str, str]]:
    """Return the rules and symbols that alert now; every alert is there once and has the value 1."""
    rows = contract.execute("select rule, symbol, timeframe, value from grafana.alert_user_rules()")
    assert len({row[:3] for row in rows}) == len(rows)
    assert {row[3] for row in rows} <= {1.0}
    return {row[:2] for row in rows}


@cache
def sessions(segment: str, day: str) -> list[tuple[int, int]]:
    return [(at(day, since), at(day, until)) for since, until in HOURS[segment]]


@cache
def closes(segment: str, day: str, timeframe: str) -> dict[int, int]:
    """Return when each bar of a day ends."""
    last: dict[int, int] = {}
    for since, until in sessions(segment, day):
        for minute in range(since, until, MINUTE):
            last[bucket_start(minute, timeframe)] = minute + MINUTE
    return {bucket: min(end, bucket_end(bucket, timeframe)) for bucket, end in last.items()}


def closed_bar(segment: str, day: str, timeframe: str, now: int) -> int | None:
    """Return the bar that may alert: the newest that closed in a session that holds now or has just ended."""
    open_since = [since for since, until in sessions(segment, day) if since <= now < until + SHOWN_AFTER_CLOSE]
    closed = {
        bucket: close
        for bucket, close in closes(segment, day, timeframe).items()
        if close + 2 * SECOND <= now and any(close > since for since in open_since)
    }
    return max(closed, key=closed.__getitem__, default=None)


def measured(rule: Rule, bars: Sequence[Candle], before: float) -> tuple[float | None, float | None]:
    """Return what a rule measures at the last of the bars and at the one before; `before`: close of the day before."""
    closes = [bar.close for bar in bars]
    match rule.measure:
        case "price":
            return closes[-1], closes[-2]
        case "change_percent":
            return (closes[-1] / before - 1) * 100, None
        case "volume_ratio":
            return bars[-1].volume / fmean(bar.volume for bar in bars[-21:-1]), None
    if rule.indicator == "SMA_5":
        return fmean(closes[-5:]), fmean(closes[-6:-1])
    assert (rule.indicator, rule.output) == ("DC_5", "upper")
    return max(bar.high for bar in bars[-5:]), max(bar.high for bar in bars[-6:-1])


def holds(rule: Rule, value: float | None, before: float | None) -> bool:
    if value is None:
        return False
    if rule.comparison == "above":
        return value > rule.level
    if rule.comparison == "below":
        return value < rule.level
    assert before is not None
    if rule.comparison == "crosses_above":
        return before <= rule.level < value
    return before >= rule.level > value


class Market:
    """Two days of random ticks, stored as far as the market clock has come."""

    def __init__(self, contract: Contract) -> None:
        ids = contract.instruments()
        self.contract = contract
        self.ids = {symbol: ids[symbol] for symbol in SEGMENTS}
        days = [MONDAY, TUESDAY]
        self.ticks = sorted(simulated.days(self.ids, days, 4_000, seed=11), key=lambda tick: tick.time)
        contract.ensure([self.ticks[0], self.ticks[-1]])
        self.stored = 0
        self.closed_at = {t.instrument_id: t.ltp for t in self.ticks if t.time < at(TUESDAY, "00:00")}
        """Price of each instrument at the end of the day before."""
        self._bars: dict[tuple[str, int], dict[int, Candle]] = {}

    def advance(self, now: int) -> None:
        end = next((n for n, tick in enumerate(self.ticks) if tick.time > now), len(self.ticks))
        self.contract.stage([*self.ticks[self.stored : end], TickRow(CLOCK, now, 1.0)])
        self.stored = end

    def bars(self, timeframe: str, instrument_id: int) -> dict[int, Candle]:
        """Return candles in order of time; one that has closed by some market time gets no tick after it."""
        key = (timeframe, instrument_id)
        if key not in self._bars:
            own = [tick for tick in self.ticks if tick.instrument_id == instrument_id]
            candles = reference.candles(own, timeframe)
            self._bars[key] = {bucket: candle for (_, bucket), candle in sorted(candles.items())}
        return self._bars[key]

    def expected(self, rules: Iterable[Rule], now: int) -> set[tuple[str, str]]:
        found = set()
        for rule in rules:
            for symbol, instrument_id in self.ids.items():
                if symbol != rule.symbol and KINDS[symbol] != rule.kind:
                    continue
                bar = closed_bar(SEGMENTS[symbol], TUESDAY, rule.timeframe, now)
                bars = self.bars(rule.timeframe, instrument_id)
                if bar not in bars:
                    continue
                own = [candle for bucket, candle in bars.items() if bucket <= bar]
                if holds(rule, *measured(rule, own, self.closed_at[instrument_id])):
                    found.add((rule.name, symbol))
        return found


def rules_around(prices: dict[str, float]) -> list[Rule]:
    """Rules with levels that the random walks come by."""
    infy, gold = prices["NSE:INFY"], prices["MCX:GOLD26OCTFUT"]
    return [
        Rule("crosses up", "NSE:INFY", None, "price", "crosses_above", infy),
        Rule("crosses down", "NSE:INFY", None, "price", "crosses_below", infy, "5m"),
        Rule("gold crosses", "MCX:GOLD26OCTFUT", None, "price", "crosses_above", gold, "2m"),
        Rule("gold above", None, "future", "price", "above", gold, "1h"),
        Rule("below on a day", None, "equity", "price", "below", 10 * infy, "1d"),
        Rule("up for the day", None, "equity", "change_percent", "above", 0.0, "5m"),
        Rule("down for the day", None, "equity", "change_percent", "below", -0.2),
        Rule("volume", None, "equity", "volume_ratio", "above", 1.3),
        Rule("volume of two minutes", None, "equity", "volume_ratio", "above", 1.3, "2m"),
        Rule("average crosses", "NSE:INFY", None, "indicator", "crosses_above", infy, "1m", "SMA_5", "sma"),
        Rule("average below", "NSE:INFY", None, "indicator", "below", infy, "15m", "SMA_5", "sma"),
        Rule("channel", "NSE:INFY", None, "indicator", "crosses_below", infy + 0.5, "1m", "DC_5", "upper"),
    ]


def test_rules_hold_where_a_brute_force_over_the_ticks_says(contract: Contract) -> None:
    market = Market(contract)
    noon = at(TUESDAY, "12:00")
    prices = {
        symbol: next(t.ltp for t in market.ticks if t.instrument_id == instrument_id and t.time > noon)
        for symbol, instrument_id in market.ids.items()
    }
    rules = rules_around(prices)
    add_rules(contract, rules)
    edges = ["09:14", "09:15", "09:16", "10:15", "13:15", "15:15", "15:20", "15:30", "15:35", "15:40", "23:30", "23:35"]
    moments = [at(TUESDAY, clock) + offset for clock in edges for offset in (2 * SECOND - 1, 2 * SECOND)]
    moments += [at(TUESDAY, "09:17") + 7 * n * MINUTE + n * 7 * SECOND for n in range(52)]
    moments += [noon + n * MINUTE + 30 * SECOND for n in range(-20, 20)]
    rare = [rule for rule in rules if rule.name in ("average crosses", "channel")]
    closes = range(at(TUESDAY, "09:30") + 2 * SECOND, at(TUESDAY, "15:15"), MINUTE)
    moments += [now for now in closes if market.expected(rare, now)][:10]
    fired: set[str] = set()
    quiet: set[str] = set()
    for now in sorted(moments):
        market.advance(now)
        found, expected = firing(contract), market.expected(rules, now)
        assert found == expected, f"at {(now - at(TUESDAY, '00:00')) / MINUTE} minutes of the day"
        fired |= {name for name, _ in found}
        quiet |= {rule.name for rule in rules} - {name for name, _ in found}
    assert fired == quiet == {rule.name for rule in rules}, "each rule was seen to hold and not to hold"


def minutes(instrument_id: int, day: str, opens: str, prices: Sequence[float]) -> list[TickRow]:
    """One tick in the middle of each minute."""
    start = at(day, opens) + 30 * SECOND
    return [TickRow(instrument_id, start + n * MINUTE, price, 10) for n, price in enumerate(prices)]


def test_a_cross_alerts_once_from_the_close_of_its_bar_to_the_next(contract: Contract) -> None:
    ids = contract.instruments()
    ticks = minutes(ids["NSE:INFY"], TUESDAY, "10:00", [99, 100, 101, 102, 103, 99, 98])
    contract.ensure(ticks)
    names = {"crosses_above": "up", "crosses_below": "down"}
    add_rules(contract, [Rule(name, "NSE:INFY", None, "price", how, 100.0) for how, name in names.items()])
    shown: dict[str, list[int]] = {"up": [], "down": []}
    for now in range(at(TUESDAY, "10:00"), at(TUESDAY, "10:08"), 2 * SECOND):
        due = [tick for tick in ticks if now - 2 * SECOND < tick.time <= now]
        contract.stage([*due, TickRow(CLOCK, now, 1.0)])
        for name, _ in firing(contract):
            shown[name].append(now)
    for name, closes in (("up", "10:03"), ("down", "10:06")):
        since = at(TUESDAY, closes) + 2 * SECOND
        assert shown[name] == list(range(since, since + MINUTE, 2 * SECOND))


def test_the_bars_before_are_found_however_far_back_they_lie(contract: Contract) -> None:
    ids = contract.instruments()
    now = at(TUESDAY, "14:00")
    regular = minutes(ids["NSE:INFY"], TUESDAY, "13:30", [100.0] * 30)
    friday = minutes(ids["NSE:SMALLCO"], "2026-07-31", "10:00", [50.0] * 20)
    newest = TickRow(ids["NSE:SMALLCO"], now - 30 * SECOND, 60.0, 50)
    ticks = [*friday, *regular, newest, TickRow(CLOCK, now + 3 * SECOND, 1.0)]
    contract.ensure(ticks)
    contract.copy(ticks)
    volume = Rule("five times", None, "equity", "volume_ratio", "above", 4.9)
    add_rules(
        contract,
        [
            Rule("cross", None, "equity", "price", "crosses_above", 55.0),
            Rule("change", None, "equity", "change_percent", "above", 19.9),
            volume,
            volume._replace(name="more", level=5.1),
        ],
    )
    assert firing(contract) == {(name, "NSE:SMALLCO") for name in ("cross", "change", "five times")}


def test_an_alert_of_yesterday_does_not_come_back_in_the_morning(contract: Contract) -> None:
    ids = contract.instruments()
    evening = minutes(ids["NSE:SMALLCO"], MONDAY, "15:28", [50, 51])
    contract.ensure([*evening, TickRow(CLOCK, at(TUESDAY, "15:00"), 1.0)])
    add_rules(contract, [Rule(tf, "NSE:SMALLCO", None, "price", "above", 10.0, tf) for tf in ("1m", "1h", "1d")])
    every = {("1m", "NSE:SMALLCO"), ("1h", "NSE:SMALLCO"), ("1d", "NSE:SMALLCO")}
    contract.copy(evening)
    for day, clock, expected in (
        (MONDAY, "15:30:01", {("1m", "NSE:SMALLCO")}),
        (MONDAY, "15:30:02", every),
        (MONDAY, "15:34:59", every),
        (MONDAY, "15:35:00", set()),
        (MONDAY, "20:00:00", set()),
        (TUESDAY, "09:15:00", set()),
        (TUESDAY, "09:15:30", set()),
        (TUESDAY, "09:30:00", set()),
    ):
        contract.stage([TickRow(CLOCK, at(day, clock), 1.0)])
        assert firing(contract) == expected, f"{day} {clock}"


def rows(connection: psycopg.Connection, function: str) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        query = sql.SQL("select * from grafana.{}()").format(sql.Identifier(function))
        return cursor.execute(query).fetchall()


ALERTS = (
    "alert_feed_silent",
    "alert_ingest_lag",
    "alert_aggregate_stale",
    "alert_job_failing",
    "alert_journal_growth",
    "alert_token_expiry",
    "alert_user_rules",
)
REPORT = """
    insert into ledger.ingest_stats
    values (now(), 'test', 9, 9, 0, 0, 0, 0, 0, '{}', 0, 3, %s, 1.0, %s)
"""


@pytest.mark.parametrize("day", [TUESDAY, "2026-01-26"], ids=["trading", "holiday"])
def test_every_alert_speaks_in_sessions_only(contract: Contract, day: str) -> None:
    ids = contract.instruments()
    assert {function: rows(contract.connection, function) for function in ALERTS} == {f: [] for f in ALERTS}
    ticks = [TickRow(ids["NSE:INFY"], at(day, "10:00") + n * MINUTE, 100.0, 10) for n in range(5)]
    contract.ensure([TickRow(CLOCK, at(day, clock), 1.0) for clock in ("00:00", "23:59")])
    contract.connection.execute(REPORT, (10, [1.0]))
    token(contract, at(day, "06:00"))
    add_rules(contract, [Rule("any", None, "equity", "price", "above", 1.0)])
    contract.execute("select ledger.finish_job('prune', now(), 'broken')")
    spoke = {}
    for clock in ("08:59", "10:05:03", "23:36"):
        now = at(day, clock)
        contract.stage([*(tick for tick in ticks if tick.time < now), TickRow(CLOCK, now, 1.0)])
        spoke[clock] = {function for function in ALERTS if rows(contract.connection, function)}
    trades = day == TUESDAY
    early = {"alert_token_expiry"} if trades else set()  # an hour before the first session, in time for a login
    assert spoke == {"08:59": early, "10:05:03": set(ALERTS) if trades else set(), "23:36": set()}


def token(contract: Contract, expires: int) -> None:
    """A feed that is up, with an access token that ends then."""
    up = {"what": "up", "source": "kite", "connection": "kite-1", "at": expires, "instrument_ids": [1]}
    contract.execute("select ledger.record_connection(%s)", Jsonb(up))
    contract.execute("insert into ledger.access_tokens values ('kite', 'epoch', %s)", moment(expires))


def test_a_token_that_ends_before_the_days_trading_is_told_from_an_hour_before_it(contract: Contract) -> None:
    """The followed instruments trade from 09:00 (MCX) to 23:30 of this Tuesday."""
    contract.instruments()
    contract.ensure([TickRow(CLOCK, at(TUESDAY, clock), 1.0) for clock in ("00:00", "23:59")])
    token(contract, at(TUESDAY, "23:00"))
    contract.execute("insert into ledger.access_tokens values ('fyers', 'epoch', 'epoch')")  # not the feed that runs
    (closes,) = contract.execute(
        "select max(closes_at) from market.sessions where segment = 'MCX' and session_date = %s", TUESDAY
    )[0]
    short = [{"broker": "kite", "value": (moment(at(TUESDAY, "23:00")) - closes).total_seconds()}]
    told = {}
    for clock in ("07:59:59", "08:00:01", "23:29", "23:31"):
        contract.stage([TickRow(CLOCK, at(TUESDAY, clock), 1.0)])
        told[clock] = rows(contract.connection, "alert_token_expiry")
    assert told == {"07:59:59": [], "08:00:01": short, "23:29": short, "23:31": []}
    assert short[0]["value"] == -30 * 60
    contract.execute("delete from ledger.subscriptions where instrument_id = market.id('MCX:GOLD26OCTFUT')")
    assert rows(contract.connection, "alert_token_expiry") == []


def test_a_silent_feed_is_told_by_segment(contract: Contract) -> None:
    ids = contract.instruments()
    now = at(TUESDAY, "10:00") + 50 * SECOND
    ticks = [
        TickRow(ids["NSE:INFY"], now - 20 * SECOND, 100.0),
        TickRow(ids["MCX:GOLD26OCTFUT"], at(TUESDAY, "09:52:07"), 100.0),
        TickRow(ids["NSE:SMALLCO"], at(MONDAY, "15:00"), 100.0),
    ]
    contract.ensure(ticks)
    contract.copy([*ticks, TickRow(CLOCK, now, 1.0)])
    silent = {row["segment"]: row["value"] for row in rows(contract.connection, "alert_feed_silent")}
    # INFY's future has never ticked: NFO is silent since it opened
    assert silent == {"NSE_CAS": 0, "MCX": 7 * 60 + 50, "NSE": 45 * 60 + 50, "NFO": 45 * 60 + 50}


def test_lag_and_journal_are_those_of_the_last_minute(contract: Contract) -> None:
    contract.instruments()
    contract.ensure([TickRow(CLOCK, at(TUESDAY, "10:00"), 1.0)])
    contract.copy([TickRow(CLOCK, at(TUESDAY, "10:00"), 1.0)])
    old = REPORT.replace("now()", "now() - interval '2 minutes'")
    contract.connection.execute(old, (10**9, [10**6]))
    assert rows(contract.connection, "alert_ingest_lag") == rows(contract.connection, "alert_journal_growth") == []
    contract.connection.execute(REPORT, (700, [float(n) for n in range(1, 61)]))
    contract.connection.execute(REPORT, (500, [float(n) for n in range(61, 102)]))
    contract.connection.execute(REPORT, (600, None))
    assert rows(contract.connection, "alert_ingest_lag") == [{"source": "test", "value": 96.0}]
    assert rows(contract.connection, "alert_journal_growth") == [{"source": "test", "value": 700.0}]


def test_late_ticks_make_candles_stale_until_they_are_refreshed(contract: Contract) -> None:
    ids = contract.instruments()
    ticks = minutes(ids["NSE:INFY"], TUESDAY, "10:00", [100.0] * 60)
    contract.ensure(ticks)
    contract.copy(ticks)
    contract.refresh(ticks[0].time, ticks[-1].time + MINUTE)

    def behind() -> dict[str, float]:
        return {row["timeframe"]: row["value"] for row in rows(contract.connection, "alert_aggregate_stale")}

    assert set(behind()) == set(reference.STORED)
    assert set(behind().values()) == {0}
    late = ticks[10]._replace(time=ticks[10].time + SECOND)
    contract.stage([late])
    if contract.engine == "timescale":
        newest = ticks[-1].time
        assert behind()["1m"] == (bucket_start(newest, "1m") - late.time) / SECOND
        assert behind()["15m"] == (bucket_start(newest, "15m") - late.time) / SECOND
        contract.refresh_stale()
    assert set(behind().values()) == {0}


def test_failures_of_a_job_are_counted_until_it_succeeds(contract: Contract) -> None:
    contract.ensure([TickRow(CLOCK, at(TUESDAY, "10:00"), 1.0)])
    contract.copy([TickRow(CLOCK, at(TUESDAY, "10:00"), 1.0)])
    contract.instruments()
    contract.execute("update ledger.jobs set enabled = false where name = 'retain'")
    seen = []
    for error in ("a", "b", "c", None):
        contract.execute("select ledger.finish_job('prune', now(), %s)", error)
        contract.execute("select ledger.finish_job('retain', now(), %s)", error)
        failing = {row["job"]: row["value"] for row in rows(contract.connection, "alert_job_failing")}
        assert "retain" not in failing
        assert {job for job, failures in failing.items() if failures} <= {"prune"}
        seen.append(failing["prune"])
    assert seen == [1, 2, 3, 0]


GOOD = Rule("a rule", "NSE:INFY", None, "price", "above", 1.0)
RSI = GOOD._replace(measure="indicator", indicator="RSI_14", output="rsi")


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (GOOD._replace(name=" "), "name_is_not_empty"),
        (GOOD._replace(symbol=None), "symbol_or_kind"),
        (GOOD._replace(kind="equity"), "symbol_or_kind"),
        (GOOD._replace(symbol=None, kind="bond"), "kind_is_known"),
        (GOOD._replace(symbol="NSE:NOSUCH"), "symbol_fkey"),
        (GOOD._replace(measure="hope"), "measure_is_known"),
        (GOOD._replace(comparison="beyond"), "comparison_is_known"),
        (GOOD._replace(measure="indicator"), "indicator_is_named"),
        (RSI._replace(measure="price"), "indicator_is_named"),
        (RSI._replace(symbol=None, kind="equity"), "indicator_is_of_a_symbol"),
        (GOOD._replace(output="rsi"), "output_is_named"),
        (GOOD._replace(measure="volume_ratio", comparison="crosses_above"), "only_price_and_indicator_cross"),
        (GOOD._replace(level=float("nan")), "level_is_a_number"),
        (GOOD._replace(level=float("inf")), "level_is_a_number"),
        (GOOD._replace(level=-1.0), "level_is_positive"),
        (GOOD._replace(timeframe="30s"), "bars_of_a_minute_or_more"),
        (GOOD._replace(measure="change_percent", timeframe="1w"), "change_is_of_a_day"),
        (GOOD._replace(timeframe="7m"), "BH001"),
        (RSI._replace(indicator="NOSUCH_14"), "BH006"),
        (RSI._replace(indicator="RSI_0"), "BH007"),
        (RSI._replace(output="histogram"), "BH007"),
    ],
)
def test_an_impossible_rule_is_refused_by_name(shared_rules: Contract, rule: Rule, refused: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        add_rules(shared_rules, [rule])
    diag = caught.value.diag
    assert refused in (diag.sqlstate, (diag.constraint_name or "").removeprefix("alert_rules_"))


@pytest.fixture(scope="module")
def shared_rules(clusters: Any) -> Iterator[Contract]:  # noqa: ANN401
    cluster = clusters("postgres")
    made = Contract(cluster.create("replay"), "postgres")
    made.instruments()
    yield made
    made.connection.close()
    cluster.drop(made.url)


def test_rules_are_the_users_and_spelled_as_usual(contract: Contract) -> None:
    contract.instruments()
    contract.execute("set role bhav_user")
    add = (
        "insert into ledger.alert_rules (name, symbol, measure, indicator, timeframe, comparison, level)"
        " values ('mine', 'nse:infy', 'indicator', 'macd', '5min', 'above', 0)"
    )
    contract.connection.execute(add)
    found = contract.execute("select symbol, indicator, output, timeframe from ledger.alert_rules")
    assert found == [("NSE:INFY", "MACD_12_26_9", "macd", "5m")]
    with pytest.raises(errors.UniqueViolation):
        contract.connection.execute(add)
    contract.execute("update ledger.alert_rules set enabled = false")
    contract.execute("delete from ledger.alert_rules")
    contract.execute("set role bhav_read")
    with pytest.raises(errors.InsufficientPrivilege):
        contract.execute("delete from ledger.alert_rules")


def test_a_rule_that_is_off_or_of_a_gone_indicator_is_silent(contract: Contract) -> None:
    ids = contract.instruments()
    ticks = minutes(ids["NSE:INFY"], TUESDAY, "10:00", [float(price) for price in range(100, 130)])
    contract.ensure(ticks)
    contract.copy(ticks)
    idle = GOOD._replace(name="idle", symbol="NSE:SMALLCO")
    add_rules(contract, [GOOD, GOOD._replace(name="off"), idle, RSI._replace(name="rsi")])
    contract.stage([TickRow(CLOCK, at(TUESDAY, "10:30:02"), 1.0)])
    assert firing(contract) == {("a rule", "NSE:INFY"), ("off", "NSE:INFY"), ("rsi", "NSE:INFY")}
    contract.execute("update ledger.alert_rules set enabled = false where name = 'off'")
    contract.execute("delete from indicators.indicator_catalogue where name = 'RSI'")
    assert firing(contract) == {("a rule", "NSE:INFY")}
    contract.execute("update market.instruments set is_active = false where symbol = 'NSE:INFY'")
    assert firing(contract) == set()
