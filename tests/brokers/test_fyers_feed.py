"""The feed, through the real SDK, against a server that speaks its protocol and misbehaves."""

from __future__ import annotations

import struct
import threading
import time
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fyers_apiv3", reason="Fyers' SDK is not installed (requirements-fyers.lock)")

from ingestor.errors import BhavError
from ingestor.feeds import fyers_connection
from ingestor.feeds.fyers import NO_TOKEN, NOTHING_TO_FOLLOW, REFUSED, Fyers
from ingestor.model import Batch, Connected, Disconnected, Heard, LiveFeed, Rejected, Subscribed
from tests.brokers.fyers_socket import CUSTOM, SERVING, FyersServer, jwt, reply
from tests.ingestor.daemon import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ingestor.model import Event, Tick

SBIN, INFY, NIFTY, FUTURE = "NSE:SBIN-EQ", "NSE:INFY-EQ", "NSE:NIFTY50-INDEX", "NSE:NIFTY26NOVFUT"
IDS = {SBIN: 1, INFY: 2, NIFTY: 3, FUTURE: 4}
AT = 1_763_700_000
HOUR = 3_600


@pytest.fixture
def server() -> Iterator[FyersServer]:
    running = FyersServer()
    running.quotes(SBIN, "10100000003045", ltp=60_640, vol_traded_today=10, exch_feed_time=AT, OI=0)
    running.quotes(INFY, "10100000001594", ltp=150_000, vol_traded_today=20, exch_feed_time=AT, OI=0)
    running.quotes(NIFTY, "101000000026000", "Nifty 50", ltp=2_618_810, exch_feed_time=AT)
    running.quotes(FUTURE, "101126112435001", ltp=2_620_010, vol_traded_today=75, exch_feed_time=AT, OI=150)
    yield running
    running.close()


class Running:
    """A feed that runs on a thread, and what it emitted."""

    def __init__(self, feed: Fyers) -> None:
        self.feed = feed
        self.events: list[Event] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=feed.run, args=(self.events.append, self._stop))
        self._thread.start()

    def of(self, *kinds: type) -> list[Event]:
        return [event for event in list(self.events) if isinstance(event, kinds)]

    def connection(self) -> list[Connected | Subscribed | Disconnected]:
        return [event for event in list(self.events) if isinstance(event, (Connected, Subscribed, Disconnected))]

    def reasons(self) -> list[str]:
        return [event.reason for event in list(self.events) if isinstance(event, Disconnected)]

    def rejected(self) -> list[tuple[str, int]]:
        return [(event.reason, event.count) for event in list(self.events) if isinstance(event, Rejected)]

    def ticks(self, since: int = 0) -> list[Tick]:
        return [tick for event in self.events[since:] if isinstance(event, Batch) for tick in event.ticks]

    def carries(self, *keys: str) -> bool:
        """Say whether the last that was told of the connection is that it carries exactly these."""
        told = self.connection()
        ids = {IDS[key] for key in keys}
        return bool(told) and not isinstance(told[-1], Disconnected) and told[-1].instrument_ids == ids

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture
def start(server: FyersServer) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []
    before = set(threading.enumerate())

    def go(*keys: str, token: Callable[[], str | None] = lambda: jwt("good"), silence: float = 5.0) -> Running:
        feed = Fyers(
            "APP-100",
            token,
            socket_url=server.url,
            api_url=server.api,
            symbols_url=f"{server.api}/sym_details",
            silence=silence,
            backoff=(0.1, 1.0),
        )
        feed.follow({key: IDS[key] for key in keys})
        running.append(Running(feed))
        return running[-1]

    yield go
    for each in running:
        each.stop()
    until(lambda: not left_over(before), 10)


def left_over(before: set[threading.Thread]) -> set[threading.Thread]:
    """Threads that were not there before, but for the server's own."""
    new = set(threading.enumerate()) - before
    return {each for each in new if not any(name in each.name for name in ("conn_handler", "recv_events", SERVING))}


def trade(server: FyersServer, number: count[int], symbol: str = SBIN) -> int:
    """Let the server send a trade unlike any before; return its volume of the day."""
    volume = 1_000 + next(number)
    server.quote((symbol, {"vol_traded_today": volume, "ltp": volume * 10}))
    return volume


def volumes(ticks: list[Tick], symbol: str = SBIN) -> list[int | None]:
    return [tick.day_volume for tick in ticks if tick.instrument_id == IDS[symbol] and tick.day_volume != 10]


def test_what_is_followed_is_subscribed_and_every_update_arrives_once(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    running = start(*IDS)
    until(lambda: running.carries(*IDS))
    until(lambda: len(running.ticks()) == len(IDS))
    kinds = [type(event) for event in running.events]
    assert kinds.index(Connected) < kinds.index(Batch)
    number = count()
    sent = [trade(server, number) for _ in range(50)]
    server.quote((FUTURE, {"OI": 2**31 + 5, "vol_traded_today": 3_000_000_000}), (NIFTY, {"ltp": 2_600_000}))
    until(lambda: len(running.ticks()) == len(IDS) + len(sent) + 2)
    assert volumes(running.ticks()) == sent
    future, index = running.ticks()[-2:]
    assert (future.day_volume, future.open_interest) == (3_000_000_000, 2**31 + 5)
    assert (index.instrument_id, index.ltp, index.day_volume, index.open_interest) == (3, 26_000.0, None, None)
    assert isinstance(running.feed, LiveFeed)


def test_a_server_that_is_killed_and_comes_back_is_subscribed_to_again_and_no_tick_is_lost_or_doubled(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    running = start(SBIN, INFY)
    until(lambda: running.carries(SBIN, INFY))
    server.kill()
    until(lambda: isinstance(running.connection()[-1], Disconnected))
    until(lambda: any("refused" in reason for reason in running.reasons()))
    since = len(running.events)
    server.start()
    until(lambda: running.carries(SBIN, INFY))
    until(lambda: server.carries(SBIN, INFY))
    number = count()
    sent = [trade(server, number) for _ in range(20)]
    until(lambda: volumes(running.ticks(since))[-1:] == sent[-1:])
    assert volumes(running.ticks(since)) == sent


def test_a_frozen_server_is_given_up_and_what_it_says_later_is_not_heard(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    running = start(SBIN, silence=1.0)
    until(lambda: running.carries(SBIN))
    with server.frozen():
        frozen_at = time.time_ns() // 1_000
        until(lambda: isinstance(running.connection()[-1], Disconnected))
        lost = running.connection()[-1]
    assert isinstance(lost, Disconnected)
    assert lost.reason == "silent"
    assert lost.at <= frozen_at + 100_000
    until(lambda: running.carries(SBIN))
    until(lambda: len(server.subscribed) == 1 and server.carries(SBIN))
    since = len(running.events)
    sent = [trade(server, count())]
    until(lambda: volumes(running.ticks(since)) == sent)


def test_a_quiet_server_that_answers_pings_is_not_given_up(start: Callable[..., Running]) -> None:
    running = start(SBIN, silence=0.6)
    until(lambda: running.carries(SBIN))
    until(lambda: len(running.of(Heard)) >= 3)
    assert [type(event) for event in running.connection()] == [Connected]
    times = [event.at for event in running.events if isinstance(event, Heard)]
    assert times == sorted(set(times))


def test_a_slow_handshake_still_ends_in_a_subscription(server: FyersServer, start: Callable[..., Running]) -> None:
    server.handshake_seconds = 2.5
    running = start(SBIN)
    until(lambda: running.carries(SBIN))
    assert [type(event) for event in running.connection()] == [Connected]
    assert server.authentications == ["good"]


@pytest.mark.parametrize(
    "spoiled", [jwt("bad"), jwt("good", expires_in=-HOUR), "no token at all"], ids=["refused", "expired", "garbage"]
)
def test_a_refused_token_is_not_tried_again_and_a_new_one_is(
    server: FyersServer, start: Callable[..., Running], spoiled: str
) -> None:
    token: list[str | None] = [None]
    running = start(SBIN, token=lambda: token[0])
    until(lambda: running.reasons() == [NO_TOKEN])
    token[0] = spoiled
    until(lambda: running.reasons() == [NO_TOKEN, REFUSED])
    time.sleep(1.1)
    assert server.authentications in ([], ["bad"])
    token[0] = jwt("good")
    until(lambda: running.carries(SBIN))
    assert running.reasons() == [NO_TOKEN, REFUSED]


def test_a_token_that_is_revoked_while_connected_is_noticed_at_the_next_connection(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    token = [jwt("good")]
    running = start(SBIN, token=lambda: token[0])
    until(lambda: running.carries(SBIN))
    server.tokens = {"renewed"}
    server.drop()
    until(lambda: running.reasons()[-1:] == [REFUSED])
    token[0] = jwt("renewed")
    until(lambda: running.carries(SBIN))
    assert server.authentications == ["good", "good", "renewed"]


def test_a_token_that_the_http_endpoint_refuses_is_refused(server: FyersServer, start: Callable[..., Running]) -> None:
    server.http_status = HTTPStatus.UNAUTHORIZED
    token = [jwt("good")]
    running = start(SBIN, token=lambda: token[0])
    until(lambda: running.reasons() == [REFUSED])
    server.http_status = HTTPStatus.OK
    token[0] = jwt("good", expires_in=2 * HOUR)
    until(lambda: running.carries(SBIN))


def test_an_http_failure_is_told_and_tried_again(server: FyersServer, start: Callable[..., Running]) -> None:
    server.http_status = HTTPStatus.BAD_GATEWAY
    running = start(SBIN)
    until(lambda: running.reasons() == ["HTTPError: HTTP 502"])
    server.http_status = HTTPStatus.OK
    until(lambda: running.carries(SBIN))


def test_a_refused_handshake_is_told_in_short(server: FyersServer, start: Callable[..., Running]) -> None:
    server.refuses_handshakes = True
    running = start(SBIN)
    until(lambda: running.reasons() == ["Handshake status 403 Forbidden"])
    server.refuses_handshakes = False
    until(lambda: running.carries(SBIN))


def test_only_the_difference_of_a_list_is_sent_and_what_stays_keeps_ticking(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    running = start(SBIN, INFY)
    until(lambda: running.carries(SBIN, INFY))
    number, sent, changed = count(), [], threading.Event()

    def ticking() -> None:
        while not changed.wait(0.02):
            sent.append(trade(server, number))

    ticker = threading.Thread(target=ticking)
    ticker.start()
    running.feed.follow({SBIN: 1, FUTURE: 4})
    until(lambda: running.carries(SBIN, FUTURE))
    running.feed.follow({SBIN: 1, FUTURE: 4, INFY: 2, NIFTY: 3})
    until(lambda: running.carries(SBIN, FUTURE, INFY, NIFTY))
    running.feed.follow({SBIN: 1})
    until(lambda: running.carries(SBIN))
    changed.set()
    ticker.join()
    until(lambda: volumes(running.ticks())[-1:] == sent[-1:])
    assert volumes(running.ticks()) == sent
    assert server.carries(SBIN)
    assert isinstance(running.connection()[0], Connected)
    assert all(isinstance(event, Subscribed) for event in running.connection()[1:])
    snapshots = [tick for tick in running.ticks() if tick.instrument_id == IDS[SBIN] and tick.day_volume == 10]
    assert len(snapshots) == 1, "it was subscribed to once"


def test_an_empty_list_hangs_up_and_a_new_one_connects(server: FyersServer, start: Callable[..., Running]) -> None:
    running = start()
    until(lambda: running.reasons() == [NOTHING_TO_FOLLOW])
    assert server.authentications == []
    running.feed.follow({SBIN: 1})
    until(lambda: running.carries(SBIN))
    running.feed.follow({})
    until(lambda: running.reasons() == [NOTHING_TO_FOLLOW] * 2)
    until(lambda: not server.subscribed)


def test_an_instrument_that_gets_another_id_goes_on_under_it(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    running = start(SBIN)
    until(lambda: running.carries(SBIN))
    running.feed.follow({SBIN: 77})
    until(lambda: isinstance(running.connection()[-1], Subscribed))
    server.quote((SBIN, {"ltp": 1}))
    until(lambda: running.ticks()[-1].instrument_id == 77)
    assert isinstance(running.connection()[0], Connected)


def test_symbols_that_fyers_refuses_are_counted_and_do_not_stop_the_others(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    running = start(SBIN)
    running.feed.follow({SBIN: 1, "NSE:GONE-EQ": 8, "NSE:WRONG": 9})
    until(lambda: running.carries(SBIN))
    until(running.rejected)
    assert running.rejected() == [("symbol refused by fyers", 2)]
    running.feed.follow({"NSE:GONE-EQ": 8, "NSE:WRONG": 9})
    until(lambda: "fyers knows none of the symbols" in running.reasons())
    running.feed.follow({SBIN: 1, INFY: 2})
    until(lambda: running.carries(SBIN, INFY))
    assert server.carries(SBIN, INFY)


def test_beyond_the_limit_of_the_plan_only_what_comes_is_told_as_carried(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    server.limit = 2
    running = start(SBIN, INFY, NIFTY)
    until(lambda: running.carries(SBIN, INFY))
    assert running.rejected() == [("fyers 51001: symbol limit of the plan", 1)]
    number = count()
    sent = [trade(server, number) for _ in range(3)]
    until(lambda: volumes(running.ticks()) == sent)
    assert running.reasons() == []


def test_a_plan_that_carries_nothing_is_the_reason_to_be_down(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    server.limit = 0
    running = start(SBIN, silence=1.0)
    until(lambda: running.reasons() == ["fyers 51001: symbol limit of the plan"])


def test_a_server_that_never_agrees_to_the_subscription_is_told_and_tried_again(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    server.agrees = False
    running = start(SBIN, silence=1.0)
    until(lambda: running.reasons() == ["no answer"])
    server.agrees = True
    until(lambda: running.carries(SBIN))


def test_a_server_that_closes_every_second_is_gone_back_to_every_time(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    server.closes_after = 1.0
    running = start(SBIN)
    until(lambda: len(running.of(Connected)) >= 3)
    told = [type(event) for event in running.connection()]
    assert told[:5] == [Connected, Disconnected] * 2 + [Connected]
    assert len(running.ticks()) == len(running.of(Connected)), "each connection brings the snapshot, and nothing more"


def test_a_broken_message_is_told_and_a_new_connection_brings_what_was_lost(
    server: FyersServer, start: Callable[..., Running]
) -> None:
    running = start(SBIN)
    until(lambda: running.carries(SBIN))
    since = len(running.events)
    server.send(b"\x00\x20\x06\x00\x00\x00\x01\x00\x01S\x01")
    until(running.reasons)
    until(lambda: running.carries(SBIN))
    until(lambda: running.ticks(since))


def test_text_and_a_notice_of_the_server_change_nothing(server: FyersServer, start: Callable[..., Running]) -> None:
    running = start(SBIN)
    until(lambda: running.carries(SBIN))
    server.send(reply(CUSTOM, struct.pack(">i", 7), b"good morning", b"\0"))
    server.send("text")
    until(lambda: running.rejected() == [("text message", 1)])
    assert [type(event) for event in running.connection()] == [Connected]


def test_more_than_one_message_of_symbols_is_subscribed(
    server: FyersServer, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fyers_connection, "CHUNK", 1)
    running = start(SBIN, INFY, NIFTY)
    until(lambda: running.carries(SBIN, INFY, NIFTY))
    running.feed.follow({NIFTY: 3})
    until(lambda: running.carries(NIFTY))
    assert server.carries(NIFTY)


def test_more_instruments_than_fyers_carries_are_an_error(start: Callable[..., Running]) -> None:
    running = start()
    with pytest.raises(BhavError, match="5,000"):
        running.feed.follow({f"NSE:{number}-EQ": number for number in range(5_001)})


def test_a_token_that_cannot_be_read_is_told_and_does_not_end_the_feed(start: Callable[..., Running]) -> None:
    faults = [OSError("disk")]

    def token() -> str:
        if faults:
            raise faults.pop()
        return jwt("good")

    running = start(SBIN, token=token)
    until(lambda: running.carries(SBIN))
    assert running.reasons() == ["failure of the feed: disk"]


def test_every_failure_of_a_connection_is_told(start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    step = fyers_connection.FyersConnection._step

    def fail(self: fyers_connection.FyersConnection) -> None:
        if self.up_at is not None:
            raise ValueError("odd")
        step(self)

    monkeypatch.setattr(fyers_connection.FyersConnection, "_step", fail)
    running = start(SBIN)
    until(lambda: len(running.reasons()) >= 3)
    kinds = [type(event) for event in running.of(Connected, Disconnected)[:6]]
    assert kinds == [Connected, Disconnected] * 3
    assert set(running.reasons()) == {"failure of the connection: odd"}


def test_nothing_is_written_to_the_working_directory(
    start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    running = start(SBIN, INFY)
    until(lambda: running.carries(SBIN, INFY))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("handshake_seconds", [0.0, 3.0], ids=["connected", "connecting"])
def test_a_stop_ends_the_feed_while_connected_or_connecting(
    server: FyersServer, start: Callable[..., Running], handshake_seconds: float
) -> None:
    server.handshake_seconds = handshake_seconds
    running = start(SBIN)
    until(lambda: server.authentications or handshake_seconds)
    running.stop()
    heard = len(running.events)
    server.quote((SBIN, {"ltp": 5}))
    time.sleep(0.2)
    assert len(running.events) == heard
