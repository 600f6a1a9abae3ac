"""The sync of a broker's list: against a model that walks through the lists row by row, and each rule by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from ingestor import instruments
from ingestor.brokers.listing import Listing
from ingestor.commands.instruments import app
from ingestor.errors import BhavError
from tests.brokers.rest_server import RestServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import psycopg

    from ingestor.instruments import Synced

DAY = date(2026, 11, 16)
NEAR, FAR = date(2026, 11, 24), date(2026, 12, 29)


def stock(symbol: str, key: str, exchange: str = "NSE") -> Listing:
    return Listing(key, exchange, symbol, f"{symbol} Limited", "equity")


def future(
    symbol: str, key: str, name: str = "ABC", expiry: date = NEAR, *, underlying: str | None = "NSE:ABC"
) -> Listing:
    return Listing(key, "NFO", symbol, name, "future", underlying, expiry, lot_size=50)


def option(symbol: str, key: str, strike: float = 100.0, expiry: date = NEAR) -> Listing:
    return Listing(key, "NFO", symbol, "ABC", "option", "NSE:ABC", expiry, strike, "CE", 50)


def forget(db: psycopg.Connection) -> None:
    """Begin anew, with a market clock that has not started."""
    db.execute("truncate market.instruments cascade")
    db.execute("delete from store.tick_data")
    if one(db, "select to_regclass('store.merged')"):
        db.execute("delete from store.merged")
        db.execute("delete from store.pending")


def turn_to(db: psycopg.Connection, day: date) -> None:
    """Let the market clock be at ten on this day."""
    db.execute("call store.ensure(%s, %s)", (day, day + timedelta(days=1)))
    db.execute(
        "insert into store.tick_data (instrument_id, time, ltp, source)"
        " values (0, (%s + time '10:00') at time zone 'Asia/Kolkata', 1, 'test') on conflict do nothing",
        (day,),
    )


def sync(db: psycopg.Connection, *rows: Listing, broker: str = "kite", force: bool = False) -> Synced:
    return instruments.sync(db, broker, rows, force=force)


def one(db: psycopg.Connection, query: LiteralString, *parameters: object) -> Any:  # noqa: ANN401
    (row,) = db.execute(query, parameters).fetchall()
    return row if len(row) > 1 else row[0]


def keys(db: psycopg.Connection) -> set[tuple[str, str, str, date | str, date | str]]:
    """(broker, key, symbol, from, until)."""
    rows = db.execute(
        "select b.broker, b.broker_key, i.symbol, b.valid_from::text, b.valid_until::text"
        " from market.broker_instruments as b inner join market.instruments as i on i.id = b.instrument_id",
    )
    return {(row[0], row[1], row[2], row[3], row[4]) for row in rows}


def segments(db: psycopg.Connection) -> dict[str, str]:
    return dict(db.execute("select symbol, segment from market.instruments").fetchall())


def active(db: psycopg.Connection) -> set[str]:
    return {row[0] for row in db.execute("select symbol from market.instruments where is_active")}


@pytest.fixture(autouse=True)
def _clock(db: psycopg.Connection) -> None:
    turn_to(db, DAY)


class Known(NamedTuple):
    """What the model holds of an instrument."""

    row: Listing
    underlying: str | None


class RefusedError(Exception):
    """The list is cut short."""


def symbol_of(row: Listing) -> str:
    return f"{row.exchange}:{row.tradingsymbol.upper()}"


def contract_of(row: Listing) -> tuple[object, ...] | None:
    return (row.exchange, row.name, row.expiry, row.kind, row.strike, row.option_type) if row.expiry else None


class Model:
    """The rules, a row at a time; instruments by their first symbol."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.means: dict[tuple[str, str], tuple[str, date]] = {}
        """(broker, key) → symbol and the day since when, while it is listed."""
        self.days: dict[date, dict[tuple[str, str], str]] = {}
        """What every key meant on a day."""

    def sync(self, broker: str, day: date, listed: Iterable[Listing], *, force: bool) -> None:
        rows = self.distinct(listed)
        found = self.resolve(rows)
        exchanges = {row.exchange for row, _ in found}
        mine = {key: symbol for (of, key), (symbol, _) in self.means.items() if of == broker}
        now = {row.broker_key: symbol for row, symbol in found}
        if not force:
            for exchange in exchanges:
                there = {s for s in mine.values() if self.is_of(s, exchange) and not self.has_expired(s, day)}
                if 2 * len(there & set(now.values())) < len(there):
                    raise RefusedError(exchange)

        before = dict(self.known)
        names = set(before) | {symbol for _, symbol in found}
        first = {symbol for row, symbol in found if row.underlying is None} | set(before)
        for row, symbol in found:
            reachable = names if symbol in before else first
            old = before[symbol].underlying if symbol in before else None
            self.known[symbol] = Known(row, row.underlying if row.underlying in reachable else old)

        today = self.days.setdefault(day, {})
        today.clear()
        left = {}
        for key, symbol in mine.items():
            if now.get(key) != symbol and (key in now or self.is_of(symbol, exchanges)):
                _, since = self.means.pop((broker, key))
                if since == day:
                    left[broker, key] = symbol
        for key, symbol in now.items():
            self.means.setdefault((broker, key), (symbol, day))
        self.left = (self.left if self.left_on == day else {}) | left
        self.left_on = day
        today.update(self.left)
        today.update({key: symbol for key, (symbol, _) in self.means.items()})

    left: dict[tuple[str, str], str]
    left_on: date | None = None
    """Keys that began and vanished on one day still mean something until its end."""

    @staticmethod
    def distinct(listed: Iterable[Listing]) -> list[Listing]:
        rows = sorted(listed, key=lambda r: (r.broker_key, symbol_of(r), str(r.expiry), r.strike or 0, r.lot_size))
        for identity in (lambda row: row.broker_key, contract_of, symbol_of):
            kept: dict[object, Listing] = {}
            for row in rows:
                kept.setdefault(identity(row) or symbol_of(row), row)
            rows = list(kept.values())
        return rows

    def resolve(self, rows: Sequence[Listing]) -> list[tuple[Listing, str]]:
        """Find the instrument of each row; those that clash are left out."""
        contracts: dict[object, list[str]] = {}
        for symbol, known in self.known.items():
            contracts.setdefault(contract_of(known.row), []).append(symbol)
        taken: dict[Listing, str] = {}
        for row in rows:
            same = contracts.get(contract_of(row), []) if row.expiry else []
            if same:
                taken[row] = symbol_of(row) if symbol_of(row) in same else same[0]
        claimed = set(taken.values())
        for row in rows:
            if row not in taken and not (symbol_of(row) in self.known and symbol_of(row) in claimed):
                taken[row] = symbol_of(row)
        return list(taken.items())

    def is_of(self, symbol: str, exchanges: str | set[str]) -> bool:
        return symbol.partition(":")[0] in ({exchanges} if isinstance(exchanges, str) else exchanges)

    def has_expired(self, symbol: str, day: date) -> bool:
        expiry = self.known[symbol].row.expiry
        return expiry is not None and expiry < day

    def active(self) -> set[str]:
        return {symbol for symbol, _ in self.means.values()}

    def segment(self, symbol: str) -> str:
        row = self.known[symbol].row
        auctioned = {
            known.underlying
            for other, known in self.known.items()
            if known.row.kind == "future" and other.startswith("NFO:") and other in self.active()
        }
        return "NSE_CAS" if row.kind == "equity" and row.exchange == "NSE" and symbol in auctioned else row.exchange


POOL = [
    stock("ABC", "1"),
    stock("XYZ", "2"),
    stock("ABC", "3", "BSE"),
    Listing("4", "NSE", "IDX", "IDX", "index"),
    future("ABC26NOVFUT", "5"),
    future("ABC26NOVFUT", "5", expiry=NEAR + timedelta(days=1)),
    future("ABC261124FUT", "6"),
    future("ABC26DECFUT", "7", expiry=FAR),
    future("XYZ26NOVFUT", "8", "XYZ", underlying="NSE:XYZ"),
    future("XYZ26DECFUT", "9", "XYZ", FAR, underlying=None),
    future("QQQ26DECFUT", "10", "QQQ", FAR, underlying="NSE:QQQ"),
    option("ABC26NOV100CE", "11"),
    option("ABC261124100CE", "12"),
    option("ABC26NOV110CE", "13", 110.0),
    option("ABC26NOV110CE", "14", 110.0, DAY + timedelta(days=2)),
    option("ABC26NOV100CE", "15", 101.0),
]
KEYS = [str(number) for number in range(1, 16)]


@st.composite
def lists(draw: st.DrawFn) -> list[tuple[str, int, list[Listing], bool]]:
    """Syncs of two brokers on some days: rows come and go, keys move, contracts are spelled in two ways."""
    syncs = []
    for _ in range(draw(st.integers(2, 7))):
        rows = [
            row._replace(
                broker_key=draw(st.sampled_from(KEYS)) if draw(st.integers(0, 4)) == 0 else row.broker_key,
                lot_size=draw(st.sampled_from([50, 50, 65])),
            )
            for row in POOL
            if draw(st.integers(0, 3))
        ]
        if rows:
            days = draw(st.sampled_from([0, 1, 1, 3]))
            syncs.append((draw(st.sampled_from(["kite", "kite", "fyers"])), days, rows, draw(st.booleans())))
    return syncs


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists())
def test_any_sequence_of_lists_leaves_what_the_rules_say(
    db: psycopg.Connection, syncs: list[tuple[str, int, list[Listing], bool]]
) -> None:
    forget(db)
    model, day = Model(), DAY
    ids: dict[str, int] = {}
    for broker, days, rows, force in syncs:
        day += timedelta(days=days)
        turn_to(db, day)
        try:
            model.sync(broker, day, rows, force=force)
        except RefusedError:
            with pytest.raises(BhavError, match="holds"):
                sync(db, *rows, broker=broker, force=force)
        else:
            sync(db, *rows, broker=broker, force=force)

        stored = {
            row[0]: row[1:]
            for row in db.execute(
                "select i.symbol, i.id, i.segment, i.name, i.expiry, i.strike, i.lot_size, u.symbol, i.is_active"
                " from market.instruments as i left join market.instruments as u on u.id = i.underlying_id",
            )
        }
        assert {symbol: row[1:] for symbol, row in stored.items()} == {
            symbol: (
                model.segment(symbol), known.row.name, known.row.expiry, known.row.strike, known.row.lot_size,
                known.underlying, symbol in model.active(),
            )
            for symbol, known in model.known.items()
        }  # fmt: skip
        assert {symbol: row[0] for symbol, row in stored.items() if symbol in ids} == ids
        ids = {symbol: row[0] for symbol, row in stored.items()}

        for past, meant in model.days.items():
            means = db.execute(
                "select broker, broker_key, symbol from market.broker_instruments as b"
                " inner join market.instruments as i on i.id = b.instrument_id"
                " where valid_from <= %(day)s and valid_until > %(day)s",
                {"day": past},
            ).fetchall()
            assert sorted(means) == sorted((*key, symbol) for key, symbol in meant.items())
    assert one(
        db,
        "select count(*) from market.broker_instruments as a"
        " inner join market.broker_instruments as b using (broker, broker_key)"
        " where a.ctid <> b.ctid and daterange(a.valid_from, a.valid_until) && daterange(b.valid_from, b.valid_until)",
    ) == 0  # fmt: skip


def test_the_same_list_again_rewrites_no_row(db: psycopg.Connection) -> None:
    rows = (stock("ABC", "1"), future("ABC26NOVFUT", "2"), option("ABC26NOV100CE", "3"))
    assert sync(db, *rows).inserted == 3
    places = "select array_agg(i.xmin::text || i.ctid::text || i order by i.id) from market.instruments as i"
    mappings = "select array_agg(b.xmin::text || b.ctid::text || b order by b) from market.broker_instruments as b"
    before = one(db, places), one(db, mappings)
    again = sync(db, *rows)
    assert again == again._replace(
        listed=3, inserted=0, updated=0, deactivated=0, keys_begun=0, keys_moved=0, keys_gone=0
    )
    turn_to(db, DAY + timedelta(days=1))
    sync(db, *reversed(rows))
    assert (one(db, places), one(db, mappings)) == before


def test_another_brokers_spelling_is_the_same_contract(db: psycopg.Connection) -> None:
    sync(db, stock("ABC", "1"), option("ABC26NOV100CE", "2"))
    synced = sync(db, stock("abc", "NSE:ABC-EQ"), option("ABC2611241CE", "NSE:X"), broker="fyers")
    assert (synced.inserted, synced.keys_begun) == (0, 2)
    assert {(broker, symbol) for broker, _, symbol, _, _ in keys(db)} == {
        (broker, symbol) for broker in ("kite", "fyers") for symbol in ("NSE:ABC", "NFO:ABC26NOV100CE")
    }


def test_a_key_that_is_used_again_means_one_thing_at_a_time(db: psycopg.Connection) -> None:
    sync(db, stock("ABC", "1"), future("ABC26NOVFUT", "2"))
    turn_to(db, later := NEAR + timedelta(days=1))
    synced = sync(db, stock("ABC", "1"), future("ABC26DECFUT", "2", expiry=FAR))
    assert (synced.keys_moved, synced.keys_gone, synced.deactivated) == (1, 0, 1)
    assert keys(db) == {
        ("kite", "1", "NSE:ABC", str(DAY), "infinity"),
        ("kite", "2", "NFO:ABC26NOVFUT", str(DAY), str(later)),
        ("kite", "2", "NFO:ABC26DECFUT", str(later), "infinity"),
    }
    assert active(db) == {"NSE:ABC", "NFO:ABC26DECFUT"}


def test_what_one_broker_drops_stays_active_while_another_lists_it(db: psycopg.Connection) -> None:
    both = (stock("ABC", "1"), stock("XYZ", "2"))
    sync(db, *both)
    sync(db, *both, broker="fyers")
    assert sync(db, both[0]).deactivated == 0
    assert sync(db, both[0], broker="fyers").deactivated == 1
    assert active(db) == {"NSE:ABC"}
    turn_to(db, DAY + timedelta(days=1))
    assert sync(db, *both).updated == 1
    assert active(db) == {"NSE:ABC", "NSE:XYZ"}


def test_an_exchange_that_the_list_leaves_out_stays_as_it_is(db: psycopg.Connection) -> None:
    sync(db, stock("ABC", "1"), stock("ABC", "2", "BSE"), future("ABC26NOVFUT", "3"))
    turn_to(db, DAY + timedelta(days=1))
    before = keys(db)
    assert sync(db, stock("ABC", "1")).keys_gone == 0
    assert keys(db) == before
    assert active(db) == {"NSE:ABC", "BSE:ABC", "NFO:ABC26NOVFUT"}


def test_a_list_cut_short_is_refused_unless_forced(db: psycopg.Connection) -> None:
    rows = [stock(f"S{number}", str(number)) for number in range(9)]
    sync(db, *rows)
    before = keys(db)
    with pytest.raises(BhavError, match="the list of kite holds 4 of the 9 instruments of NSE"):
        sync(db, *rows[:4], stock("NEW", "99"))
    with pytest.raises(BhavError, match="empty"):
        sync(db)
    assert keys(db) == before
    assert sync(db, *rows[:5]).keys_gone == 4
    assert sync(db, rows[0], force=True).keys_gone == 4
    assert active(db) == {"NSE:S0"}


def test_expired_contracts_may_be_missing(db: psycopg.Connection) -> None:
    sync(db, *[option(f"ABC26NOV{strike}CE", str(strike), strike) for strike in range(100, 110)])
    turn_to(db, NEAR)
    with pytest.raises(BhavError):
        sync(db, option("ABC26DEC100CE", "1", expiry=FAR))
    turn_to(db, NEAR + timedelta(days=1))
    assert sync(db, option("ABC26DEC100CE", "1", expiry=FAR)).keys_gone == 10


def test_stocks_with_an_active_future_close_by_auction(db: psycopg.Connection) -> None:
    cash = (stock("ABC", "1"), stock("XYZ", "2"), stock("ABC", "3", "BSE"))
    index = Listing("4", "NSE", "IDX", "IDX", "index")
    november = future("ABC26NOVFUT", "5"), future("IDX26NOVFUT", "6", "IDX", underlying="NSE:IDX")
    sync(db, *cash, index, *november, option("ABC26NOV100CE", "7"))
    assert segments(db) == {
        "NSE:ABC": "NSE_CAS", "NSE:XYZ": "NSE", "BSE:ABC": "BSE", "NSE:IDX": "NSE",
        "NFO:ABC26NOVFUT": "NFO", "NFO:IDX26NOVFUT": "NFO", "NFO:ABC26NOV100CE": "NFO",
    }  # fmt: skip
    sync(db, november[1], option("ABC26NOV100CE", "7"))
    assert segments(db)["NSE:ABC"] == "NSE"
    sync(db, *november)
    assert segments(db)["NSE:ABC"] == "NSE_CAS"


def test_an_underlying_is_found_in_the_list_or_known_before(db: psycopg.Connection) -> None:
    contracts = future("ABC26NOVFUT", "1"), option("ABC26NOV100CE", "2")
    assert sync(db, *contracts).orphans == 2
    assert sync(db, stock("ABC", "3")).orphans == 0
    assert sync(db, *contracts).updated == 2
    sync(db, *(row._replace(underlying=None) for row in contracts))
    query = (
        "select count(*) from market.instruments as i inner join market.instruments as u on u.id = i.underlying_id"
        " where u.symbol = 'NSE:ABC'"
    )
    assert one(db, query) == 2


def test_rows_that_no_instrument_can_be_are_counted_and_the_rest_kept(db: psycopg.Connection) -> None:
    good = stock("ABC", "1"), future("ABC26NOVFUT", "2")
    bad = (
        stock("ZERO", "3")._replace(tick_size=0.0),
        stock("LOT", "4")._replace(lot_size=0),
        stock("", "5"),
        stock("NOKEY", ""),
        future("NODATE", "6")._replace(expiry=None),
        option("NOSTRIKE", "7")._replace(strike=None),
        option("NAN", "8", float("nan")),
        stock("DATED", "9")._replace(expiry=NEAR),
    )
    synced = sync(db, *bad, *good)
    assert (synced.invalid, synced.listed) == (len(bad), 2)
    assert active(db) == {"NSE:ABC", "NFO:ABC26NOVFUT"}


def test_of_duplicates_the_least_key_counts_in_any_order(db: psycopg.Connection) -> None:
    rows = stock("ABC", "2"), stock("ABC", "1"), stock("XYZ", "1"), future("A", "4"), future("B", "3")
    assert sync(db, *rows).duplicates == 3
    assert {(key, symbol) for _, key, symbol, _, _ in keys(db)} == {("1", "NSE:ABC"), ("3", "NFO:B")}
    assert sync(db, *reversed(rows)).keys_begun == 0


def test_the_daemon_may_sync_and_a_user_may_not(db: psycopg.Connection) -> None:
    db.execute("set role bhav_ingest")
    assert sync(db, stock("ABC", "1"), future("ABC26NOVFUT", "2")).keys_begun == 2
    assert sync(db, future("ABC26DECFUT", "2", expiry=FAR), force=True).keys_moved == 1
    db.execute("set role bhav_user")
    with pytest.raises(errors.InsufficientPrivilege):
        sync(db, stock("ABC", "1"))


def test_a_sync_is_told_to_who_follows_the_watchlist(db: psycopg.Connection) -> None:
    db.execute("listen watchlist")
    sync(db, stock("ABC", "1"))
    assert [notification.channel for notification in db.notifies(timeout=5, stop_after=1)] == ["watchlist"]


def test_registered_instruments_are_followed(db: psycopg.Connection) -> None:
    rows = [
        {"symbol": f"NSE:{name}", "exchange": "NSE", "segment": "NSE", "tradingsymbol": name, "kind": "equity"}
        for name in ("ABC", "XYZ")
    ]
    for _ in range(2):
        ids = {row[0] for row in db.execute("select id from market.register_instruments(%s)", (Jsonb(rows),))}
        assert {row[0] for row in db.execute("select instrument_id from ledger.subscriptions")} == ids
    assert len(ids) == 2


def test_an_underlying_may_be_a_derivative_of_the_same_call_and_is_not_forgotten(db: psycopg.Connection) -> None:
    contract = {"exchange": "MCX", "segment": "MCX", "expiry": str(NEAR)}
    gold = contract | {"symbol": "MCX:GOLDFUT", "tradingsymbol": "GOLDFUT", "kind": "future"}
    call = contract | {"symbol": "MCX:GOLDCE", "tradingsymbol": "GOLDCE", "kind": "option", "strike": 1.0}
    call |= {"option_type": "CE", "underlying": "MCX:GOLDFUT"}
    for rows in ([call, gold], [call | {"underlying": "MCX:UNKNOWN"}]):
        db.execute("select market.register_instruments(%s)", (Jsonb(rows),))
        assert db.execute(
            """
            select o.symbol, u.symbol
            from market.instruments as o
            left join market.instruments as u on u.id = o.underlying_id
            order by o.symbol
            """
        ).fetchall() == [("MCX:GOLDCE", "MCX:GOLDFUT"), ("MCX:GOLDFUT", None)]


COLUMNS = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,"
    "instrument_type,segment,exchange"
)
DUMP = (
    COLUMNS,
    "1,0,ABC,ABC LIMITED,0,,0,0.05,1,EQ,NSE,NSE",
    "2,0,ABC,ABC LIMITED,0,,0,0.05,1,EQ,BSE,BSE",
    "3,0,ABC26NOVFUT,ABC,0,2026-11-24,0,0.1,75,FUT,NFO-FUT,NFO",
    "4,0,XYZ,XYZ,0,,0,0.05,1,EQ,NSE,NSE",
    "5,0,UVW,UVW,0,,0,0.05,1,EQ,NSE,NSE",
)


def test_the_command_takes_the_list_and_says_what_it_did(
    create_database: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {"DATABASE_URL": create_database("wall"), "BHAV_HOME": str(tmp_path), "KITE_API_KEY": "key"}

    def run(server: RestServer, rows: Sequence[str], *arguments: str) -> list[str]:
        server.files["/instruments"] = "\n".join([*rows, ""])
        done = CliRunner().invoke(app, ["sync", "kite", *arguments], env=settings | {"KITE_API_URL": server.url})
        if done.exception:
            raise done.exception
        return done.stdout.splitlines()

    with RestServer() as server:
        assert run(server, DUMP) == [
            "5 listed: 5 new, 0 changed",
            "0 that no broker lists any more",
            "keys: 5 begun, 0 moved, 0 gone",
        ]
        lines = run(server, [*DUMP, DUMP[1].replace("1,", "6,", 1)])
        assert lines[0] == "5 listed: 0 new, 0 changed"
        assert lines[-1].startswith("left out, ")
        with pytest.raises(BhavError, match="holds 1 of the 3 instruments of NSE"):
            run(server, DUMP[:4])
        assert run(server, DUMP[:4], "--force")[1] == "2 that no broker lists any more"
