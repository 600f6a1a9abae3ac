"""The feed through the official SDK, against a server that speaks Kite's protocol and misbehaves."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from structlog.testing import capture_logs

from ingestor.errors import BhavError
from ingestor.feeds.kite import Kite
from ingestor.feeds.kite_connection import FAILURE, NO_TOKEN, NOTHING_TO_FOLLOW, REFUSED, TEXT
from ingestor.feeds.kite_frames import SURPLUS, TRUNCATED, UNKNOWN_INSTRUMENT, UNKNOWN_LENGTH
from ingestor.model import Batch, Connected, Disconnected, Heard, Rejected, Subscribed
from tests.brokers.kite_socket import SECONDS, KiteSocket, frame, full, index, quote
from tests.ingestor.daemon import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, MutableMapping

    from ingestor.model import Event

SILENCE = 0.6
"""Seconds; a dozen heartbeats of the server."""
BACKOFF = (0.05, 0.4)
ROOT = Path(__file__).resolve().parents[2]

Kind = TypeVar("Kind", bound="Event")
Logs = list["MutableMapping[str, Any]"]


def token(number: int) -> int:
    """An NFO contract's; its instrument_id is the number."""
    return number << 8 | 2


def keys(numbers: Iterable[int]) -> dict[str, int]:
    return {str(token(number)): number for number in numbers}


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    """What is logged meanwhile, failures inside the SDK included: no error, unless a test takes it."""
    with capture_logs() as captured:
        yield captured
    assert [entry for entry in captured if entry["log_level"] == "error"] == []


@pytest.fixture
def server() -> Iterator[KiteSocket]:
    server = KiteSocket()
    yield server
    server.stop()
    assert server.faults == []


class Watch:
    """What the feed emitted."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Kind], connection: str | None = None) -> list[Kind]:
        return [
            event
            for event in self.events.copy()
            if isinstance(event, kind) and connection in {None, getattr(event, "connection", None)}
        ]

    def volumes(self) -> list[tuple[int, int | None]]:
        """Return the numbered ticks: token and day volume."""
        return [(token(tick.instrument_id), tick.day_volume) for batch in self.of(Batch) for tick in batch.ticks]

    def rejected(self) -> Counter[str]:
        return sum((Counter({event.reason: event.count}) for event in self.of(Rejected)), Counter())

    def reasons(self) -> list[str]:
        return [event.reason for event in self.of(Disconnected)]


def feed(server: KiteSocket) -> Kite:
    return Kite("key", lambda: "good", server.url, silence=SILENCE, backoff=BACKOFF)


@contextmanager
def running(kite: Kite, watch: Watch | None = None) -> Iterator[Watch]:
    """Run a feed meanwhile. It must then end, in time, and leave nothing behind but the reactor's threads."""
    before = {*threading.enumerate()}
    watch, stop, raised = watch or Watch(), threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            kite.run(watch, stop)
        except BaseException as error:  # noqa: BLE001 - asserted below
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join(2)
        assert not thread.is_alive()
        assert raised == []
        left = {thread.name.partition("-twisted")[0] for thread in {*threading.enumerate()} - before}
        assert left <= {"reactor", "PoolThread"}, "the pool resolves names"


def is_served(server: KiteSocket) -> bool:
    """Whether a connection is open and has been sent ticks."""
    return bool(server.open and server.sent and server.sent[-1].session == server.open[-1].number)


def check_numbered_ticks(server: KiteSocket, watch: Watch) -> None:
    """Prove that nothing arrived twice, and all that the connections which are open were sent."""
    open_now = {session.number for session in server.open}
    due = [sent[1:] for sent in server.sent if sent.session in open_now]
    assert due
    until(lambda: {*due} <= {*watch.volumes()})
    assert max(Counter(watch.volumes()).values()) == 1
    assert {*watch.volumes()} <= {sent[1:] for sent in server.sent}


def test_it_is_connected_once_the_list_is_subscribed_in_full_mode(server: KiteSocket) -> None:
    kite = feed(server)
    assert (kite.source, kite.may_wait, kite.capacity, kite.progress()) == ("kite", False, 9_000, (0, 0))
    kite.follow(keys([1, 2]))
    started = time.time_ns() // 1_000
    with running(kite) as watch:
        until(lambda: watch.of(Connected))
        until(lambda: server.subscribed() == {token(1): "full", token(2): "full"})
        with server.trading():
            until(lambda: len(watch.of(Batch)) > 50)
        check_numbered_ticks(server, watch)
        until(lambda: len(watch.of(Heard)) > 1)
    assert isinstance(watch.events[0], Connected)
    (connected,) = watch.of(Connected)
    assert (connected.connection, connected.instrument_ids) == ("kite-1", frozenset({1, 2}))
    assert watch.of(Disconnected) == [Disconnected(watch.of(Disconnected)[0].at, "kite-1", "stopped")]
    for batch in watch.of(Batch):
        assert started < batch.received_at <= time.time_ns() // 1_000
        assert {tick.time for tick in batch.ticks} == {SECONDS * 1_000_000}


def test_a_connection_is_heard_of_once_a_second_after_what_it_brought(server: KiteSocket) -> None:
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch, server.trading():
        until(lambda: len(watch.of(Heard)) > 2)
    for first, second in pairwise(watch.of(Heard)):
        assert second.at - first.at > 800_000
    at = 0
    for event in watch.events:
        if isinstance(event, Heard):
            at = event.at
        elif isinstance(event, Batch):
            assert event.received_at > at


def test_a_server_that_is_killed_and_restarted_is_found_again(server: KiteSocket) -> None:
    kite = feed(server)
    kite.follow(keys([1, 2, 3]))
    with running(kite) as watch:
        with server.trading():
            for _ in range(2):
                until(lambda: is_served(server))
                server.kill()
                until(lambda: "refused" in getattr(watch.events[-1], "reason", ""))
                server.start()
            until(lambda: is_served(server))
        check_numbered_ticks(server, watch)
    assert len(watch.of(Connected)) == 3
    assert {event.instrument_ids for event in watch.of(Connected)} == {frozenset({1, 2, 3})}


def test_a_frozen_server_is_given_up_as_of_its_last_message_and_found_again(server: KiteSocket) -> None:
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        with server.trading():
            until(lambda: len(watch.of(Batch)) > 20)
            server.freeze()
            until(lambda: watch.of(Disconnected))
            given_up_at = time.time_ns() // 1_000
            until(lambda: server.asked > 2)
            server.kill()
            server.start()
            until(lambda: len(watch.of(Connected)) == 2)
            until(lambda: is_served(server))
        check_numbered_ticks(server, watch)
    frozen = watch.of(Disconnected)[0]
    last = [batch.received_at for batch in watch.of(Batch) if batch.received_at < given_up_at][-1]
    assert last <= frozen.at < given_up_at - SILENCE / 2 * 1_000_000
    assert watch.reasons()[:2] == ["silent", "no answer"]


def test_a_refused_token_is_not_tried_again_and_a_new_one_is(server: KiteSocket) -> None:
    tokens: list[str | None] = [None]
    kite = Kite("key", lambda: tokens[-1], server.url, silence=SILENCE, backoff=BACKOFF)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: watch.reasons() == [NO_TOKEN])
        tokens.append("old")
        until(lambda: watch.reasons() == [NO_TOKEN, REFUSED])
        time.sleep(1.5)
        assert server.refused == ["old"]
        tokens.append("good")
        until(lambda: watch.of(Connected))
        server.tokens = {"tomorrow's"}
        server.kill()
        server.start()
        until(lambda: watch.reasons().count(REFUSED) == 2)
        tokens.append("tomorrow's")
        until(lambda: len(watch.of(Connected)) == 2)
    assert server.refused == ["old", "good"]


def test_of_a_changed_list_the_difference_alone_is_sent_and_the_others_go_on(server: KiteSocket) -> None:
    kite = feed(server)
    kite.follow(keys([1, 2, 3]))
    with running(kite) as watch:
        until(lambda: watch.of(Connected))
        with server.trading():
            until(lambda: watch.of(Batch))
            kite.follow(keys([2, 3, 4]))
            until(lambda: watch.of(Subscribed))
            until(lambda: (token(4), "full") in server.subscribed().items())
            asked = server.sent[-1].volume
            until(lambda: server.sent[-1].volume > asked + 20)
        until(
            lambda: {(sent.token, sent.volume) for sent in server.sent if sent.token != token(1)} <= {*watch.volumes()}
        )
        kite.follow({str(token(2)): 2, str(token(3)): 33, str(token(4)): 4})
        until(lambda: len(watch.of(Subscribed)) == 2)
        server.send(frame(full(token(3), 100, 1)))
        until(lambda: watch.of(Batch)[-1].ticks[-1].instrument_id == 33)
    assert [event.instrument_ids for event in watch.of(Subscribed)] == [{2, 3, 4}, {2, 33, 4}]
    (session,) = server.sessions
    assert session.messages[2:] == [
        {"a": "unsubscribe", "v": [token(1)]},
        {"a": "subscribe", "v": [token(4)]},
        {"a": "mode", "v": ["full", [token(4)]]},
    ]
    assert watch.rejected().keys() <= {UNKNOWN_INSTRUMENT}


def test_a_long_list_is_spread_and_instruments_keep_their_connection(server: KiteSocket) -> None:
    kite = feed(server)
    kite.follow(keys(range(1, 7_501)))
    with running(kite) as watch:
        until(lambda: {*server.subscribed().values()} == {"full"} and len(server.subscribed()) == 7_500)
        carried = {event.connection: event.instrument_ids for event in watch.of(Connected)}
        assert [len(carried[name]) for name in ("kite-1", "kite-2", "kite-3")] == [3_000, 3_000, 1_500]
        assert frozenset().union(*carried.values()) == {*range(1, 7_501)}

        sessions = [
            next(session for session in server.sessions if session.modes.keys() == {*map(token, carried[name])})
            for name in ("kite-1", "kite-2", "kite-3")
        ]

        new = frozenset(range(8_001, 8_101))
        kite.follow(keys(carried["kite-1"] | carried["kite-3"] | new))
        until(lambda: [event.instrument_ids for event in watch.of(Subscribed, "kite-2")] == [new])
        until(lambda: sessions[1].modes == {token(number): "full" for number in new})
        kite.follow(keys(carried["kite-3"]))
        until(lambda: server.open == [sessions[2]])
        assert server.subscribed() == {token(number): "full" for number in carried["kite-3"]}
        assert watch.reasons() == [NOTHING_TO_FOLLOW] * 2
        assert [event.connection for event in watch.of(Subscribed)] == ["kite-2"]
    assert [len(session.messages) for session in sessions] == [2, 5, 2]


def test_a_list_beyond_the_limit_is_refused() -> None:
    kite = Kite("key", lambda: None)
    kite.follow(keys(range(9_000)))
    with pytest.raises(BhavError, match="9,001"):
        kite.follow(keys(range(9_001)))


def test_a_key_that_is_no_token_is_logged_and_the_others_are_followed(server: KiteSocket, logs: Logs) -> None:
    kite = feed(server)
    kite.follow({"NSE:INFY": 1, str(token(2)): 2})
    assert [entry["keys"] for entry in logs] == [["NSE:INFY"]]
    logs.clear()
    with running(kite):
        until(lambda: server.subscribed() == {token(2): "full"})


def test_heartbeats_alone_keep_a_connection(server: KiteSocket) -> None:
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: len(watch.of(Heard)) == 3)
        assert watch.of(Disconnected) == []
    assert server.asked == 1


def test_a_server_that_closes_all_the_time_is_asked_less_often_and_followed_when_it_stops(server: KiteSocket) -> None:
    server.closes_after = 0.1
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: len(watch.of(Disconnected)) == 6)
        server.closes_after = None
        with server.trading():
            until(lambda: is_served(server))
        check_numbered_ticks(server, watch)
    changes = [event for event in watch.events if isinstance(event, (Connected, Disconnected))]
    assert [type(event) for event in changes[:12]] == [Connected, Disconnected] * 6
    pauses = [up.at - down.at for down, up in zip(changes[1::2], changes[2::2], strict=False)]
    assert pauses[4] > 2 * pauses[0]


def test_a_server_that_lets_in_and_says_nothing_is_left_and_tried_again(server: KiteSocket) -> None:
    server.heartbeat = 60
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: len(server.sessions) == 3)
        assert {*watch.reasons()} == {"silent"}
        server.heartbeat = 0.05
        until(lambda: watch.of(Heard))
    for up, down in zip(watch.of(Connected)[:2], watch.of(Disconnected)[:2], strict=True):
        assert down.at == up.at


def test_a_server_that_answers_nobody_is_tried_again_and_earlier_tries_are_void_when_it_does(
    server: KiteSocket,
) -> None:
    server.freeze()
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: server.asked == 3)
        assert watch.reasons() == ["no answer"]
        server.thaw()
        until(lambda: len(server.sessions) == 3)
        until(lambda: len(server.open) == 1)
        with server.trading():
            until(lambda: is_served(server))
        check_numbered_ticks(server, watch)
    assert len(watch.of(Connected)) == 1


def test_text_is_counted_complaints_are_logged_and_ticks_go_on(server: KiteSocket, logs: Logs) -> None:
    texts = ["null", "[1]", "no json", "{}", '{"type": "order"}', '{"type": "error", "data": "too many"}', ""]
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: watch.of(Connected))
        for text in texts:
            server.send(text)
        with server.trading():
            until(lambda: watch.of(Batch))
        check_numbered_ticks(server, watch)
        until(lambda: watch.rejected() == {TEXT: len(texts)})
    assert server.asked == 1
    assert [entry["complaint"] for entry in logs if "complaint" in entry] == ["too many"]


def test_what_cannot_be_decoded_is_counted_and_what_is_beside_it_kept(server: KiteSocket) -> None:
    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: watch.of(Connected))
        good = [full(token(1), 10_000, volume) for volume in range(1, 6)]
        server.send(frame(good[0], good[1])[:-1])
        server.send(frame(good[1], bytes(50), good[2]))
        server.send(frame(full(token(9), 1, 1), good[3], index(token(8), 1)))
        server.send(frame(good[4]) + b"\x00")
        server.send(frame())
        until(lambda: len(watch.volumes()) == 5)
        expected = {TRUNCATED: 1, UNKNOWN_LENGTH: 1, UNKNOWN_INSTRUMENT: 2, SURPLUS: 1}
        until(lambda: watch.rejected() == expected)
    assert watch.volumes() == [(token(1), volume) for volume in range(1, 6)]
    assert server.asked == 1


def test_packets_before_full_mode_have_no_time(server: KiteSocket) -> None:
    server.greets_in_quote_mode = True
    kite = feed(server)
    kite.follow(keys([1, 2]))
    with running(kite) as watch:
        until(lambda: watch.of(Batch))
        server.send(frame(full(token(1), 10_000, 5), quote(token(2), 10_000, 6)))
        until(lambda: len(watch.of(Batch)) == 2)
    ticks = [tick for batch in watch.of(Batch) for tick in batch.ticks]
    assert sorted((tick.instrument_id, tick.time, tick.day_volume) for tick in ticks) == [
        (1, 0, 0),
        (1, SECONDS * 1_000_000, 5),
        (2, 0, 0),
        (2, 0, 6),
    ]


def test_a_failing_receiver_loses_its_batch_alone_and_that_is_counted(server: KiteSocket, logs: Logs) -> None:
    class Choosy(Watch):
        def __call__(self, event: Event) -> None:
            if isinstance(event, Batch) and event.ticks[0].day_volume == 2:
                raise ValueError("not two")
            super().__call__(event)

    kite = feed(server)
    kite.follow(keys([1]))
    with running(kite, Choosy()) as watch:
        until(lambda: watch.of(Connected))
        for volume in (1, 2, 3):
            server.send(frame(full(token(1), 10_000, volume)))
        until(lambda: watch.volumes() == [(token(1), 1), (token(1), 3)])
        until(lambda: watch.rejected() == {FAILURE: 1})
    assert server.asked == 1
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["callback failed"]
    logs.clear()


def test_a_token_that_cannot_be_read_is_a_reason_and_read_again(server: KiteSocket, logs: Logs) -> None:
    is_readable = threading.Event()

    def read() -> str:
        if not is_readable.is_set():
            raise OSError("disk on fire")
        return "good"

    kite = Kite("key", read, server.url, silence=SILENCE, backoff=BACKOFF)
    kite.follow(keys([1]))
    with running(kite) as watch:
        until(lambda: watch.reasons() == [f"{FAILURE}: disk on fire"])
        is_readable.set()
        until(lambda: watch.of(Connected))
    assert {entry["event"] for entry in logs if entry["log_level"] == "error"} == {"connection to Kite failed"}
    logs.clear()


def test_without_a_list_nobody_is_asked_and_with_the_next_one_it_goes_on(server: KiteSocket) -> None:
    kite = feed(server)
    with running(kite) as watch:
        time.sleep(0.3)
        assert (server.asked, watch.events) == (0, [])
        kite.follow(keys([1]))
        until(lambda: len(watch.of(Connected)) == 1)
        kite.follow({})
        until(lambda: watch.reasons() == [NOTHING_TO_FOLLOW])
        until(lambda: server.open == [])
        kite.follow(keys([2]))
        until(lambda: server.subscribed() == {token(2): "full"})


@pytest.mark.parametrize("state", ["frozen", "refused", "killed"])
def test_it_can_be_stopped_whatever_the_server_does_and_run_again(server: KiteSocket, state: str) -> None:
    kite = feed(server)
    kite.follow(keys([1]))
    server.tokens = set() if state == "refused" else {"good"}
    if state == "frozen":
        server.freeze()
    if state == "killed":
        server.kill()
    with running(kite) as watch:
        until(lambda: server.asked or watch.of(Disconnected))
    if state != "refused":
        server.kill()
        server.start()
    server.tokens = {"good"}
    with running(kite) as watch:
        until(lambda: watch.of(Connected))


def test_a_process_with_a_feed_ends_when_it_is_done_and_its_libraries_say_nothing(server: KiteSocket) -> None:
    program = f"""
import threading
from ingestor.feeds.kite import Kite
stop = threading.Event()
def emit(event):
    print(event)
    if "closed" in str(event) or "dropped" in str(event):
        stop.set()
kite = Kite("key", lambda: "good", {server.url.replace("127.0.0.1", "localhost")!r})
kite.follow({keys([1])!r})
kite.run(emit, stop)
"""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: server.subscribed() or process.poll() is not None)
        server.kill()
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert "Connected(" in output
    assert (process.returncode, errors) == (0, "")
