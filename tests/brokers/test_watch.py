"""The watchlist: what it comes to against a plain model, who is told, who may edit it, and the commands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from psycopg import errors
from typer.testing import CliRunner

from ingestor import db as database
from ingestor import instruments
from ingestor.brokers.listing import Listing
from ingestor.commands import watch
from ingestor.errors import BhavError
from ingestor.feeds.universe import OPTION_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import psycopg

    Bhav = Callable[..., str]

DAY = date(2026, 11, 16)
YESTERDAY = datetime(2026, 11, 14, 19, 45, tzinfo=UTC)
"""Start of the day bar of the 15th."""
EXPIRIES = [DAY - timedelta(days=6), DAY, DAY + timedelta(days=8), DAY + timedelta(days=15)]
STOCKS = ("ABC", "XYZ")
STRIKES = range(95, 106)


class Entry(NamedTuple):
    symbol: str
    what: str = "instrument"
    strikes: int | None = None
    expiries: int | None = None


class Bar(NamedTuple):
    low: float
    high: float


def option(name: str, expiry: date, strike: float, kind: Literal["CE", "PE"]) -> Listing:
    symbol = f"{name}{expiry:%y%m%d}{strike:g}{kind}"
    return Listing(f"NFO:{symbol}", "NFO", symbol, name, "option", f"NSE:{name}", expiry, strike, kind)


BOARD = [
    *(Listing(f"NSE:{name}", "NSE", name, name, "equity") for name in STOCKS),
    *(
        option(name, expiry, float(strike), kind)
        for name in STOCKS
        for expiry in EXPIRIES
        for strike in STRIKES
        for kind in OPTION_TYPES
    ),
]


@pytest.fixture(autouse=True)
def _market(db: psycopg.Connection) -> None:
    """The market clock is at ten; both brokers list the board."""
    db.execute("call store.ensure(%s, %s)", (YESTERDAY, DAY + timedelta(days=1)))
    db.execute(
        "insert into store.tick_data (instrument_id, time, ltp, source)"
        " values (0, '2026-11-16 10:00 Asia/Kolkata', 1, 'test')",
    )
    for broker in ("kite", "fyers"):
        instruments.sync(db, broker, BOARD)


def follow(db: psycopg.Connection, *entries: Entry) -> None:
    """Replace the watchlist, in this order of adding."""
    db.execute("delete from ledger.watchlist")
    for minute, entry in enumerate(entries):
        db.execute(
            "insert into ledger.watchlist (instrument_id, what, strikes, expiries, added_at)"
            " values (market.id(%s), %s, %s, %s, timestamptz '2026-11-01 10:00Z' + %s * interval '1 minute')",
            (*entry, minute),
        )


def set_bars(db: psycopg.Connection, bars: dict[str, Bar]) -> None:
    db.execute("delete from store.history_1d")
    for symbol, (low, high) in bars.items():
        db.execute(
            "insert into store.history_1d"
            " (instrument_id, bucket, open, high, low, close, volume, missed_volume, turnover, ticks)"
            " values (market.id(%s), %s, %s, %s, %s, %s, 1, 0, 1, 1)",
            (symbol, YESTERDAY, low, high, low, high),
        )


def subscription(db: psycopg.Connection, broker: str = "kite") -> list[str]:
    """Return the keys, which are the symbols, in order."""
    rows = db.execute("select broker_key, instrument_id from candles.subscription(%s)", (broker,)).fetchall()
    ids = dict(cast("list[tuple[str, int]]", database.call(db, "instrument_ids")))
    assert all(ids[key] == instrument_id for key, instrument_id in rows)
    return [key for key, _ in rows]


def expected(entries: Sequence[Entry], bars: dict[str, Bar], listed: Sequence[Listing]) -> list[str]:
    """What the entries come to, by walking up and down each board."""
    found: list[tuple[object, ...]] = []
    keys = {row.broker_key for row in listed if row.expiry is None or row.expiry >= DAY}
    for at, entry in enumerate(entries):
        if entry.symbol in keys:
            found.append((2 if entry.what == "chain" else 1, 0, at, DAY, 0.0, entry.symbol))
        if entry.what == "instrument" or entry.symbol not in bars:
            continue
        low, high = bars[entry.symbol]
        options = [row for row in listed if row.underlying == entry.symbol and row.expiry and row.expiry >= DAY]
        for expiry in sorted({row.expiry for row in options if row.expiry})[: entry.expiries]:
            board = [row for row in options if row.expiry == expiry]
            strikes = sorted({row.strike for row in board if row.strike})
            down = [strike for strike in reversed(strikes) if strike <= low][: entry.strikes]
            up = [strike for strike in strikes if strike >= high][: entry.strikes]
            within = [strike for strike in strikes if low < strike < high]
            steps = dict.fromkeys(within, 0)
            for side in (down, up):
                for step, strike in enumerate(side, 1):
                    steps[strike] = min(step, steps.get(strike, step))
            found += [
                (3, steps[row.strike], at, expiry, row.strike, row.broker_key) for row in board if row.strike in steps
            ]
    return list(dict.fromkeys(str(row[-1]) for row in sorted(found)))


symbols = st.sampled_from([f"NSE:{name}" for name in STOCKS])
entries_of_watchlist = st.lists(
    st.one_of(
        symbols.map(Entry),
        st.sampled_from(BOARD[2:]).map(lambda row: Entry(row.broker_key)),
        st.tuples(symbols, st.just("chain"), st.integers(1, 12), st.integers(1, 4)).map(lambda entry: Entry(*entry)),
    ),
    max_size=5,
    unique_by=lambda entry: entry[:2],
)
prices = st.integers(185, 215).map(lambda half: half / 2)
ranges = st.tuples(prices, prices).map(lambda pair: Bar(*sorted(pair)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries_of_watchlist,
    st.dictionaries(symbols, ranges),
    st.sets(st.sampled_from(BOARD[2:]), max_size=60),
)
def test_a_watchlist_comes_to_what_walking_the_board_finds(
    db: psycopg.Connection, entries: list[Entry], bars: dict[str, Bar], missing: set[Listing]
) -> None:
    listed = [row for row in BOARD if row not in missing]
    instruments.sync(db, "kite", listed, force=True)
    follow(db, *entries)
    set_bars(db, bars)
    # options of one strike and expiry stand in the order of their ids, which is that of the board
    assert subscription(db) == expected(entries, bars, listed)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ranges, ranges, st.integers(1, 12))
def test_while_a_bar_grows_the_list_only_grows(db: psycopg.Connection, bar: Bar, other: Bar, strikes: int) -> None:
    grown = Bar(min(bar.low, other.low), max(bar.high, other.high))
    assume(grown != bar)
    follow(db, Entry("NSE:ABC", "chain", strikes, 2))
    set_bars(db, {"NSE:ABC": bar})
    before = subscription(db)
    set_bars(db, {"NSE:ABC": grown})
    assert set(before) <= set(subscription(db))


def test_ticks_move_the_chain_along(db: psycopg.Connection) -> None:
    follow(db, Entry("NSE:ABC", "chain", 1, 1))
    assert subscription(db) == ["NSE:ABC"]
    for minute, price, strikes in ((1, 100.0, [100]), (2, 101.5, [100, 101, 102]), (3, 101.0, [100, 101, 102])):
        db.execute(
            "insert into store.tick_data (instrument_id, time, ltp, source)"
            " values (market.id('NSE:ABC'), %s::timestamptz, %s, 'test')",
            (f"2026-11-16 10:0{minute} Asia/Kolkata", price),
        )
        keys = {f"NFO:ABC261116{strike}{kind}" for strike in strikes for kind in ("CE", "PE")}
        assert set(subscription(db)) == {"NSE:ABC", *keys}


def test_each_broker_has_its_own_keys(db: psycopg.Connection) -> None:
    follow(db, Entry("NSE:XYZ"), Entry("NSE:ABC"))
    instruments.sync(db, "fyers", [row for row in BOARD if row.broker_key != "NSE:XYZ"])
    assert subscription(db) == ["NSE:XYZ", "NSE:ABC"]
    assert subscription(db, "fyers") == ["NSE:ABC"]
    assert subscription(db, "nobody") == []


def test_subscribing_makes_the_ledger_equal_and_leaves_right_rows_alone(db: psycopg.Connection) -> None:
    ledger = "select array_agg((s.instrument_id, s.xmin::text) order by s.instrument_id) from ledger.subscriptions as s"
    follow(db, Entry("NSE:ABC", "chain", 2, 1), Entry("NSE:XYZ"))
    set_bars(db, {"NSE:ABC": Bar(100.0, 100.0)})
    for _ in range(2):
        returned = cast("list[tuple[str, int]]", database.call(db, "subscribe", {"broker": "kite"}))
        assert [key for key, _ in returned] == subscription(db)
        assert len(returned) == 2 + 3 * 2
        stored = db.execute("select instrument_id from ledger.subscriptions").fetchall()
        assert sorted(row[0] for row in stored) == sorted(row[1] for row in returned)
    before = db.execute(ledger).fetchall()
    database.call(db, "subscribe", {"broker": "kite"})
    assert db.execute(ledger).fetchall() == before
    follow(db)
    assert database.call(db, "subscribe", {"broker": "kite"}) == []
    assert db.execute("select from ledger.subscriptions").fetchall() == []


def test_every_change_of_the_watchlist_is_told(db: psycopg.Connection) -> None:
    db.execute("listen watchlist")
    for statement in (
        "insert into ledger.watchlist values (market.id('NSE:ABC'), 'chain', 1, 1)",
        "update ledger.watchlist set strikes = 2",
        "delete from ledger.watchlist",
        "truncate ledger.watchlist",
    ):
        db.execute(statement)
        assert [(told.channel, told.payload) for told in db.notifies(timeout=5, stop_after=1)] == [("watchlist", "")]
    assert list(db.notifies(timeout=0)) == []


def test_a_user_edits_the_watchlist_and_only_the_daemon_subscribes(db: psycopg.Connection) -> None:
    db.execute("set role bhav_user")
    follow(db, Entry("NSE:ABC"))
    db.execute("update ledger.watchlist set added_at = now()")
    assert subscription(db) == ["NSE:ABC"]
    for role in ("bhav_user", "bhav_read"):
        db.execute(f"set role {role}")
        with pytest.raises(errors.InsufficientPrivilege):
            database.call(db, "subscribe", {"broker": "kite"})
    with pytest.raises(errors.InsufficientPrivilege):
        db.execute("delete from ledger.watchlist")
    db.execute("set role bhav_ingest")
    assert len(database.call(db, "subscribe", {"broker": "kite"})) == 1


@pytest.fixture
def bhav(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bhav:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> str:
        settings = {"DATABASE_URL": url, "BHAV_HOME": str(tmp_path), "BROKER": "kite"} | environment
        done = CliRunner().invoke(watch.app, arguments, env=settings)
        if done.exception:
            raise done.exception
        return done.output

    return run


def test_the_commands_edit_and_show_the_list(db: psycopg.Connection, bhav: Bhav) -> None:
    set_bars(db, {"NSE:ABC": Bar(100.0, 100.5)})
    bhav("add", "NSE:XYZ", "nfo:abc261124100ce")
    bhav("add", "NSE:ABC", "--chain", "--strikes", "3", "--expiries", "1")
    bhav("add", "NSE:ABC", "--chain", "--strikes", "2", "--expiries", "2")
    bhav("add", "NFO:ABC261110100PE")
    lines = [" ".join(line.split()) for line in bhav("list").splitlines()]
    assert lines == [
        "NSE:XYZ instrument 1",
        "NFO:ABC261124100CE instrument 1",
        "NFO:ABC261110100PE instrument 0 not listed by kite",
        "NSE:ABC chain, ±2 strikes, 2 expiries 17",
        "total: 18 of the 9,000 that kite allows",
    ]
    assert "of the 5,000 that fyers allows" in bhav("list", "fyers")
    bhav("remove", "NSE:ABC", "--chain")
    bhav("remove", "NSE:XYZ", "NFO:ABC261124100CE", "NFO:ABC261110100PE")
    assert bhav("list") == "total: 0 of the 9,000 that kite allows\n"


def test_a_wrong_symbol_changes_nothing_and_names_similar_ones(db: psycopg.Connection, bhav: Bhav) -> None:
    with pytest.raises(BhavError, match='unknown symbol: "NSE:AB"') as caught:
        bhav("add", "NSE:XYZ", "NSE:AB")
    assert "NSE:ABC" in caught.value.hint
    assert "bhav instruments sync" in caught.value.hint
    with pytest.raises(BhavError, match="the chain of NSE:XYZ is not on the watchlist"):
        bhav("remove", "NSE:XYZ", "--chain")
    with pytest.raises(BhavError, match="the simulated market has no broker"):
        bhav("list", BROKER="simulate")
    assert db.execute("select from ledger.watchlist").fetchall() == []
