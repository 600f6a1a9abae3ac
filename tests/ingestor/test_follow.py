"""The feed is kept on what the watchlist comes to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from ingestor.follow import Follower
from ingestor.tokens import Token
from tests.ingestor.daemon import stocks, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import psycopg

    from ingestor.model import Event

LOGIN = datetime(2026, 8, 3, 3, 0, tzinfo=UTC)


class Feed:
    """A live feed of the broker Kite that remembers the lists it was given."""

    source = "kite"
    may_wait = False
    capacity = 3

    def __init__(self) -> None:
        self.lists: list[dict[str, int]] = []

    def follow(self, keys: Mapping[str, int]) -> None:
        self.lists.append(dict(keys))

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None: ...

    def progress(self) -> tuple[float, float]:
        return 0.0, 0.0


@contextmanager
def following(url: str, feed: Feed, token: Token | None = None) -> Iterator[list[int]]:
    """A follower that runs meanwhile; how often it was told that instruments may have changed."""
    stop, learned = threading.Event(), list[int]()
    follower = Follower(url, feed, lambda: token, stop, lambda: learned.append(1))
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        yield learned
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def ids(db: psycopg.Connection) -> list[int]:
    """Five stocks with keys, of which the first two are on the watchlist."""
    made = stocks(db, 5)
    db.execute("insert into market.broker_instruments select 'kite', 'key ' || id, id from market.instruments")
    watch(db, *made[:2])
    return made


def watch(db: psycopg.Connection, *ids: int) -> None:
    for id_ in ids:
        db.execute("insert into ledger.watchlist (instrument_id) values (%s)", (id_,))


def keys(ids: list[int]) -> dict[str, int]:
    return {f"key {id_}": id_ for id_ in ids}


def test_a_change_is_followed_at_once(url: str, db: psycopg.Connection, ids: list[int]) -> None:
    feed = Feed()
    with following(url, feed) as learned:
        until(lambda: feed.lists == [keys(ids[:2])])
        watch(db, ids[2])
        until(lambda: feed.lists[-1] == keys(ids[:3]), 5)
        db.execute("delete from ledger.watchlist where instrument_id = %s", (ids[0],))
        until(lambda: feed.lists[-1] == keys(ids[1:3]), 5)
        db.execute("update market.sessions set kind = kind where session_date = '2026-08-03'")
        until(lambda: len(learned) == 3, 5)
    assert {id_ for (id_,) in db.execute("select instrument_id from ledger.subscriptions")} == set(ids[1:3])


def test_what_the_broker_does_not_carry_is_left_out_from_the_end_and_visible(
    url: str, db: psycopg.Connection, ids: list[int]
) -> None:
    feed = Feed()
    watch(db, *ids[2:])
    with capture_logs() as logs, following(url, feed):
        until(lambda: feed.lists)
    assert feed.lists[0] == keys(ids[:3])
    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (told["limit"], told["left_out"]) == (3, 2)
    db.execute("insert into ledger.feed_status values ('kite', 'kite-1', 'up', now(), null, 3)")
    assert db.execute("select wanted, carried, left_out from grafana.subscriptions()").fetchall() == [(5, 3, 2)]


@pytest.mark.parametrize(
    "fault",
    [
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bhav follow'",
        "alter function candles.subscribe(text) rename to being_replaced",
    ],
    ids=["away", "without its code"],
)
def test_it_goes_on_after_the_database_did_not_answer(
    url: str, db: psycopg.Connection, ids: list[int], fault: str
) -> None:
    feed = Feed()
    with capture_logs() as logs, following(url, feed):
        until(lambda: feed.lists)
        db.execute(fault)
        watch(db, ids[2])
        until(lambda: [entry for entry in logs if entry["log_level"] == "warning"])
        if "rename" in fault:
            db.execute("alter function candles.being_replaced(text) rename to subscribe")
        until(lambda: feed.lists[-1] == keys(ids[:3]), 20)


def test_the_database_knows_how_long_the_token_lasts_and_not_the_token(
    url: str, db: psycopg.Connection, ids: list[int]
) -> None:
    feed = Feed()
    with following(url, feed, Token("secret", LOGIN, LOGIN + timedelta(days=1))):
        until(lambda: feed.lists)
        until(lambda: db.execute("select * from ledger.access_tokens").fetchall())
    assert db.execute("select * from ledger.access_tokens").fetchall() == [("kite", LOGIN, LOGIN + timedelta(days=1))]
    assert ids
