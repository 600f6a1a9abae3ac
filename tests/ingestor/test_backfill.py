"""The worker that asks a broker for history: what it does about each failure, each wish, each stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ingestor import backfill, tokens
from ingestor import db as database
from ingestor.backfill import Worker
from ingestor.brokers.history import Ask, Bars, HistoryError
from tests.brokers.rest_server import BAD_GATEWAY, Reply, RestServer, now_and_then
from tests.ingestor.bhav import Bhav
from tests.ingestor.daemon import scalar, settings, stocks, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingestor.brokers.history import Fault
    from ingestor.config import Settings
    from tests.conftest import Cluster
    from tests.ingestor.bhav import Commands

SECRET = "the-access-token-77"
MINUTE = timedelta(minutes=1)
NONSENSE = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"x"',
    "{}",
    '{"instrument_id": null}',
    '{"instrument_id": "many", "timeframe": "1m", "since": "2026-11-20", "until": "2026-11-21"}',
    '{"instrument_id": 99999999999, "timeframe": "1m", "since": "2026-11-20", "until": "2026-11-21"}',
    '{"instrument_id": 987654, "timeframe": "1m", "since": "2026-11-20", "until": "2026-11-21"}',
    '{"instrument_id": 1, "timeframe": "1\\u0000m", "since": "2026-11-20", "until": "2026-11-21"}',
    '{"instrument_id": 1, "timeframe": "7 parsecs", "since": "2026-11-20", "until": "2026-11-21"}',
    '{"instrument_id": 1, "since": "2026-11-20", "until": "2026-11-21"}',
    '{"instrument_id": 1, "timeframe": "1m", "since": "yesteryear", "until": "2026-11-21"}',
    '{"instrument_id": 1, "timeframe": "1m", "since": "2026-11-21", "until": "2026-11-20"}',
    '{"instrument_id": 1, "timeframe": "1m", "until": "2026-11-20"}',
    "'; drop table ledger.backfill_requests; --",
    "x" * 7_900,
]


class Broker:
    """Plays a broker's history: raises what is in `troubles` first, then gives a candle for each minute."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self.tokens: list[str] = []
        self.troubles: list[Exception] = []
        self.price = 100.0

    def history(self, settings: Settings, ask: Ask) -> Bars:
        self.asked.append(ask)
        token = tokens.current(settings, "kite")
        self.tokens.append(token.value if token else "")
        if self.troubles:
            raise self.troubles.pop(0)
        times = [ask.since + n * MINUTE for n in range((ask.until - ask.since) // MINUTE)]
        prices = [self.price] * len(times)
        return Bars(times, prices, prices, prices, prices, [7] * len(times), [None] * len(times))


class Place:
    """A database that lacks an hour of one stock, of the last trading day that is over."""

    def __init__(self, url: str, home: Path) -> None:
        self.server_url = url
        self.url = make_conninfo(url, options="-c role=bhav_ingest")
        self.db = psycopg.connect(url, autocommit=True)
        self.settings = settings(home, broker="kite")
        self.instrument_id, other = stocks(self.db, 2)
        for id_ in (self.instrument_id, other):
            self.db.execute("insert into market.broker_instruments values ('kite', %s, %s)", (str(id_), id_))
        self.since = scalar(
            self.db,
            "select opens_at from market.sessions where segment = 'NSE' and kind = 'continuous'"
            " and session_date < current_date - 1 order by 1 desc limit 1",
        )
        self.until = self.since + timedelta(hours=1)
        self.login("good")

    def login(self, value: str) -> None:
        now = datetime.now(UTC)
        tokens.store(self.settings, "kite", tokens.Token(value, now, now + timedelta(hours=8)))

    def request(self) -> None:
        self.db.execute("select gaps.request_backfill(%s, %s, %s, '1m')", (self.instrument_id, self.since, self.until))

    def want(self, **changed: object) -> str:
        """What gaps.want() notifies."""
        asked = {
            "instrument_id": self.instrument_id,
            "timeframe": "1m",
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }
        return json.dumps(asked | changed)

    def notify(self, payload: str) -> None:
        self.db.execute("select pg_notify('want', %s)", (payload,))

    def row(self) -> tuple[Any, ...]:
        """Status, attempts, fault and error of the newest request."""
        row = self.db.execute(
            "select status, attempts, fault, error from ledger.backfill_requests order by id desc limit 1"
        ).fetchone()
        return row or ()

    def status(self) -> str:
        return str(self.row()[0]) if self.row() else ""

    def make_due(self) -> None:
        self.db.execute("update ledger.backfill_requests set due_at = now() where status = 'queued'")
        self.db.execute("update ledger.broker_calls set next_at = '-infinity'")
        self.db.execute("notify backfill")

    def ticks(self) -> int:
        return int(scalar(self.db, "select count(*) from store.tick_data where source = 'broker'"))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker()
    monkeypatch.setitem(backfill.HISTORIES, "kite", made.history)
    return made


@pytest.fixture
def url(clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """Of a database of one engine: what the worker does depends on none."""
    cluster = clusters("postgres")
    made = cluster.create("wall")
    yield made
    cluster.drop(made)


@pytest.fixture
def place(url: str, tmp_path: Path) -> Iterator[Place]:
    made = Place(url, tmp_path)
    yield made
    made.db.close()


@contextmanager
def working(place: Place, **options: Any) -> Iterator[Worker]:  # noqa: ANN401 - any option
    """A worker in a thread of its own; in the end it is stopped, and has to end."""
    stop = threading.Event()
    worker = Worker(place.url, place.settings, "kite", stop, **options)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(lambda: scalar(place.db, LISTENING) > 0)
        yield worker
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive(), "the worker did not end"


WORKERS = "from pg_stat_activity where application_name = 'bhav backfill' and datname = current_database()"
"""Connections of workers."""
LISTENING = f"select count(*) {WORKERS} and state = 'idle' and query not in ('', 'listen backfill')"
"""Connections of those that listen to both channels."""


def test_what_is_queued_is_asked_for_and_stored(place: Place, broker: Broker) -> None:
    place.request()
    with working(place):
        until(lambda: place.status() == "done")
    assert broker.asked == [Ask(str(place.instrument_id), "minute", place.since, place.until, open_interest=False)]
    assert place.ticks() == 60 * 4
    assert scalar(place.db, "select sum(volume) from candles_1m") == 60 * 7
    assert scalar(place.db, "select candles from ledger.backfill_requests") == 60


def test_what_is_queued_later_is_worked_off_without_waiting_for_the_next_look(
    place: Place, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "IDLE_SECONDS", 10_000)
    with working(place):
        place.request()
        until(lambda: place.status() == "done")
    assert len(broker.asked) == 1


@pytest.mark.parametrize(("fault", "attempts"), [("network", 1), ("answer", 1), ("limit", 0), ("token", 0)])
def test_a_failure_is_written_down_and_the_request_tried_again(
    place: Place, broker: Broker, fault: Fault, attempts: int
) -> None:
    broker.troubles = [HistoryError(fault, "it said no")]
    place.request()
    with working(place):
        until(lambda: place.row() == ("queued", attempts, fault, "it said no"))
        place.login("new")
        place.make_due()
        until(lambda: place.status() == "done")
    assert place.row() == ("done", attempts + 1, None, None)
    assert place.ticks() == 60 * 4
    assert len(broker.asked) == 2


def test_an_instrument_that_the_broker_does_not_know_is_not_asked_for_again(place: Place, broker: Broker) -> None:
    broker.troubles = [HistoryError("instrument", "invalid token")]
    place.request()
    with working(place):
        until(lambda: place.status() == "failed")
    assert place.row() == ("failed", 1, "instrument", "invalid token")


def test_an_error_of_our_own_is_a_failure_of_the_answer_and_shows_no_secret(place: Place, broker: Broker) -> None:
    broker.troubles = [ValueError(SECRET)]
    place.request()
    with working(place):
        until(lambda: place.status() == "queued" and place.row()[2])
        _, _, fault, error = place.row()
        place.make_due()
        until(lambda: place.status() == "done")
    assert fault == "answer"
    assert "ValueError" in error
    assert SECRET not in error


def test_an_answer_that_the_database_refuses_is_a_failure(place: Place, broker: Broker) -> None:
    broker.price = 1.7e308
    place.request()
    with working(place):
        until(lambda: place.status() == "queued" and place.row()[2])
        assert place.row()[2] == "answer"
        assert "out of range" in place.row()[3]
        broker.price = 100.0
        place.make_due()
        until(lambda: place.status() == "done")
    assert place.ticks() == 60 * 4


@pytest.mark.parametrize(("after", "least"), [(None, 5), (40.0, 40), (1.0, 5), (10.0**12, 86_000)])
def test_after_a_limit_nobody_asks_the_broker_for_a_while(
    place: Place, broker: Broker, after: float | None, least: int
) -> None:
    broker.troubles = [HistoryError("limit", "too many", after)]
    place.request()
    with working(place):
        until(lambda: place.row()[2] == "limit")
        failed_at = scalar(place.db, "select due_at - interval '1 minute' from ledger.backfill_requests")
        next_at = scalar(place.db, "select next_at from ledger.broker_calls where broker = 'kite'")
    assert next_at - failed_at > timedelta(seconds=least - 1)


def test_a_token_that_was_refused_is_not_tried_again_but_a_new_one_is(place: Place, broker: Broker) -> None:
    broker.troubles = [HistoryError("token", "expired")]
    place.request()
    with working(place):
        until(lambda: place.row()[2] == "token")
        for _ in range(20):
            place.make_due()
        place.notify(place.want(instrument_id=place.instrument_id + 1))
        until(lambda: scalar(place.db, "select count(*) from ledger.backfill_requests") == 2)
        assert broker.tokens == ["good"]
        place.login("new")
        place.make_due()
        until(lambda: scalar(place.db, "select count(*) from ledger.backfill_requests where status = 'done'") == 2)
    assert broker.tokens == ["good", "new", "new"]


def test_without_a_token_nothing_is_claimed_and_charts_are_heard(place: Place, broker: Broker) -> None:
    tokens.path(place.settings, "kite").unlink()
    place.request()
    with working(place):
        place.notify(place.want(instrument_id=place.instrument_id + 1))
        until(lambda: scalar(place.db, "select count(*) from ledger.backfill_requests") == 2)
        assert scalar(place.db, "select bool_and(status = 'queued' and attempts = 0) from ledger.backfill_requests")
        assert not broker.asked
        place.login("good")
        place.make_due()
        until(lambda: scalar(place.db, "select count(*) from ledger.backfill_requests where status = 'done'") == 2)


def test_a_stop_while_it_waits_for_its_turn_gives_the_request_back(place: Place, broker: Broker) -> None:
    place.request()
    place.db.execute("update ledger.broker_calls set next_at = now() + interval '25 seconds'")
    with working(place):
        until(lambda: place.status() == "running")
    assert place.row()[:3] == ("queued", 0, "limit")
    assert not broker.asked


def test_a_turn_that_is_far_off_is_not_waited_for(place: Place, broker: Broker) -> None:
    place.request()
    place.db.execute("update ledger.broker_calls set next_at = now() + interval '1 hour'")
    with working(place):
        until(lambda: place.row()[2] == "limit")
        assert place.row()[:2] == ("queued", 0)
        place.notify(place.want(instrument_id=place.instrument_id + 1))
        until(lambda: scalar(place.db, "select count(*) from ledger.backfill_requests") == 2)
    assert not broker.asked


def test_a_turn_that_was_missed_is_not_taken(place: Place, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that comes while the process stands still is followed by the next one's."""
    monkeypatch.setattr(backfill, "LATE_SECONDS", -1.0)
    place.request()
    turns = "select calls from ledger.broker_calls where broker = 'kite'"
    with working(place):
        until(lambda: scalar(place.db, turns) > 3)
        assert not broker.asked
        monkeypatch.setattr(backfill, "LATE_SECONDS", 0.1)
        until(lambda: place.status() == "done")


def test_wishes_that_make_no_sense_change_nothing(place: Place, broker: Broker) -> None:
    with working(place):
        for payload in NONSENSE:
            place.notify(payload)
        place.notify(place.want())
        until(lambda: place.status() == "done")
    assert scalar(place.db, "select array_agg(asked_by) from ledger.backfill_requests") == ["chart"]
    assert len(broker.asked) == 1


def test_a_flood_of_equal_wishes_is_one(place: Place, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    call = database.call

    def counted(connection: psycopg.Connection, name: str, *rest: Any) -> list[tuple[object, ...]]:  # noqa: ANN401
        calls[name] += 1
        return call(connection, name, *rest)

    monkeypatch.setattr(database, "call", counted)
    with working(place):
        for _ in range(500):
            place.notify(place.want())
        place.notify(place.want(instrument_id=place.instrument_id + 1))
        until(lambda: scalar(place.db, "select count(*) from ledger.backfill_requests where status = 'done'") == 2)
    assert calls["request_wanted"] == 2
    assert len(broker.asked) == 2


@pytest.mark.usefixtures("broker")
def test_opening_a_chart_fills_it(place: Place) -> None:
    with working(place):
        place.db.execute("begin read only; set local role bhav_read")
        assert scalar(place.db, f"select gaps.want({place.instrument_id}, '{place.since}', '{place.until}', '5m')")
        place.db.execute("commit")
        until(lambda: place.status() == "done")
        assert not scalar(place.db, f"select gaps.want({place.instrument_id}, '{place.since}', '{place.until}', '5m')")
    assert scalar(place.db, "select sum(volume) from candles_5m") == 60 * 7


@pytest.mark.usefixtures("broker")
def test_a_lost_connection_is_made_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "AWAY_SECONDS", 0.1)
    with working(place):
        for _ in range(3):
            place.db.execute(f"select pg_terminate_backend(pid) {WORKERS}")
            until(lambda: scalar(place.db, LISTENING) == 1)
        place.request()
        until(lambda: place.status() == "done")
    assert place.ticks() == 60 * 4


def test_what_is_stored_before_the_claim_is_not_asked_for(place: Place, broker: Broker) -> None:
    """The daemon has the journal stored then."""
    middle = place.since + timedelta(minutes=30)

    def store() -> None:
        place.db.execute(
            "insert into ledger.coverage values (%s, 'tick', tstzmultirange(tstzrange(%s, %s))) on conflict do nothing",
            (place.instrument_id, place.since, middle),
        )

    place.request()
    with working(place, before_claiming=store):
        until(lambda: place.status() == "done")
    assert [(ask.since, ask.until) for ask in broker.asked] == [(middle, place.until)]
    assert place.ticks() == 30 * 4


def test_an_answer_to_a_claim_that_another_has_now_changes_nothing(
    place: Place, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(settings: Settings, ask: Ask) -> Bars:
        if not broker.asked:
            broker.asked.append(ask)
            go_on.wait()
            broker.price = 1.0
        return broker.history(settings, ask)

    monkeypatch.setitem(backfill.HISTORIES, "kite", slow)
    place.request()
    with working(place, patience=timedelta(seconds=0.2)):
        until(lambda: broker.asked)
        try:
            with working(place, patience=timedelta(seconds=0.2)):
                until(lambda: place.status() == "done")
        finally:
            go_on.set()
        until(lambda: len(broker.asked) == 3)
    assert scalar(place.db, "select array_agg(distinct close) from candles_1m") == [100.0]
    assert place.row()[:2] == ("done", 2)


@pytest.fixture
def rest() -> Iterator[RestServer]:
    with RestServer() as server:
        yield server


@pytest.fixture
def bhav(
    commands: Commands, clusters: Callable[[str], Cluster], place: Place, rest: RestServer, tmp_path: Path
) -> Bhav:
    made = Bhav(commands, clusters("postgres"), tmp_path)
    made.environment |= {
        "DATABASE_URL": place.server_url,
        "BHAV_HOME": str(tmp_path),
        "BROKER": "kite",
        "KITE_API_URL": rest.url,
        "KITE_API_KEY": rest.api_key,
    }
    place.login(rest.access_token)
    return made


def minutes(_: str, __: str, since: datetime, until_: datetime, ___: bool) -> list[tuple[Any, ...]]:
    """A candle for each minute, the first with a low above its high."""
    bars = [(since + n * MINUTE, 100, 101, 99, 100, 7) for n in range((until_ - since) // MINUTE + 1)]
    return [(bars[0][0], 100, 99, 101, 100, 7), *bars[1:]]


def ranged(place: Place) -> tuple[str, ...]:
    return "--since", place.since.isoformat(), "--until", place.until.isoformat()


def test_the_command_fetches_what_is_missing_and_says_what_came_of_it(
    bhav: Bhav, place: Place, rest: RestServer
) -> None:
    rest.bars = minutes
    rest.fault = now_and_then(3, 0.2, [BAD_GATEWAY])
    place.db.execute("insert into ledger.watchlist (instrument_id) values (%s)", (place.instrument_id,))
    done = bhav("backfill", "--watchlist", "--instrument", "nse:test1", *ranged(place))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["118 candles stored", "left out, inconsistent prices: 2"]
    assert "history of kite" in done.stderr
    assert scalar(place.db, "select count(*) from candles_1m") == 118
    assert bhav.well("backfill", "--instrument", "NSE:TEST0", *ranged(place), "--again") == done.stdout.replace(
        "118", "59"
    ).replace("2", "1")
    place.db.execute("update ledger.coverage set covered = '{(,)}' where timeframe = '1m'")
    text = bhav.well("backfill", "--watchlist", "--instrument", "NSE:TEST1", *ranged(place))
    assert text == "nothing asked, nothing is missing: NSE:TEST0 and 1 more\n"


def test_the_command_says_what_nobody_can_answer_and_what_failed(bhav: Bhav, place: Place, rest: RestServer) -> None:
    def none(*_: object) -> list[tuple[Any, ...]]:
        raise LookupError

    rest.bars = none
    place.db.execute("delete from market.broker_instruments where instrument_id = %s", (place.instrument_id + 1,))
    names = ("--instrument", "NSE:TEST0", "--instrument", "NSE:TEST1")
    done = bhav("backfill", *names, *ranged(place))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "refused, kite does not list the instrument: NSE:TEST1",
        "0 candles stored",
        "failed, Kite answers 400: invalid token: NSE:TEST0",
    ]
    done = bhav("backfill", *names, "--since", "2015-01-01", "--until", "2016-01-01")
    assert done.returncode == 1
    refused = done.stdout.splitlines()
    assert len(refused) == 2
    assert "1m is kept since" in refused[0]
    assert len(rest.requests) == 1


def test_the_command_goes_on_where_it_was_interrupted(bhav: Bhav, place: Place, rest: RestServer) -> None:
    rest.bars = minutes
    rest.fault = lambda _: Reply("{}", delay=60.0)
    program = str(Path(sys.executable).with_name("bhav"))
    command = [program, "backfill", "--instrument", "NSE:TEST0", *ranged(place)]
    with subprocess.Popen(command, env=bhav.environment, cwd=bhav.folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: rest.requests)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "the daemon (bhav run) goes on with it" in out
    assert scalar(place.db, "select count(*) from ledger.backfill_requests where finished_at is null") == 1
    rest.fault = lambda _: None
    place.settings = settings(bhav.folder, kite_api_url=rest.url, kite_api_key=rest.api_key)
    with working(place):
        place.db.execute("update ledger.backfill_requests set claimed_at = '-infinity', due_at = now()")
        until(lambda: place.status() == "done")


def test_commands_that_make_no_sense(bhav: Bhav) -> None:
    one = ("--instrument", "NSE:TEST0")
    cases: list[tuple[tuple[str, ...], dict[str, str], str, str]] = [
        ((), {}, "backfill wants --instrument or --watchlist", "--watchlist"),
        (("--watchlist",), {}, "nothing on the watchlist", "bhav watch list"),
        (("--instrument", "NSE:NOPE"), {}, "unknown symbol", "NSE:INFY"),
        ((*one, "--timeframe", "7 parsecs"), {}, "parsecs", "one of 1s"),
        ((*one, "--until", "now-9d"), {}, "no range of time", "since comes first"),
        ((*one, "--until", "soon"), {}, "not a time: soon", "2026-11-20"),
        (one, {"BROKER": "simulate"}, "has no broker", "set BROKER"),
        (one, {"KITE_API_KEY": ""}, "KITE_API_KEY is not set", "kite.trade"),
        ((*one, "--broker", "fyers"), {"FYERS_APP_ID": "X"}, "no valid access token for fyers", "bhav login fyers"),
        (one, {"BHAV_HOME": "elsewhere"}, "no valid access token for kite", "bhav login kite"),
    ]
    for arguments, environment, sentence, hint in cases:
        found = bhav.error("backfill", *arguments, "--since", "now-3d", **environment)
        assert sentence in found[0]
        assert hint in found[1]


def test_ticks_that_wait_in_the_journal_come_first(bhav: Bhav, place: Place, rest: RestServer) -> None:
    rest.bars = minutes
    folder = bhav.folder / "journal" / str(scalar(place.db, "select value from meta.settings where name = 'id'"))
    folder.mkdir(parents=True)
    segment = folder / "000000000000001.segment"
    segment.touch()
    arguments = ("backfill", "--instrument", "NSE:TEST0", *ranged(place))
    os.utime(segment, (time.time() - 120,) * 2)
    sentence, hint = bhav.error(*arguments)
    assert "ticks wait in the journal" in sentence
    assert "bhav run" in hint
    os.utime(segment)
    bhav.well(*arguments)
