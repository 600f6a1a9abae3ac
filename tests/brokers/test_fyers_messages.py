"""Ticks from what the SDK's own parser makes of the server's bytes."""

from __future__ import annotations

import json
import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fyers_apiv3", reason="Fyers' SDK is not installed (requirements-fyers.lock)")

from ingestor.feeds.fyers_happenings import Addresses, Failed, Happening, Received
from ingestor.feeds.fyers_messages import tick_of
from ingestor.feeds.fyers_socket import FyersSocket
from ingestor.model import Tick
from tests.brokers.fyers_socket import SCRIP, Instrument, frame, jwt

if TYPE_CHECKING:
    from pathlib import Path

SBIN, NIFTY, FUTURE = "NSE:SBIN-EQ", "NSE:NIFTY50-INDEX", "NSE:NIFTY26NOVFUT"
IDS = {SBIN: 1, NIFTY: 2, FUTURE: 3}
TOPICS = {
    "sf|nse_cm|3045": SBIN,
    "if|nse_cm|Nifty 50": NIFTY,
    "sf|nse_fo|12345": FUTURE,
    "dp|nse_cm|3045": SBIN,
}
AT = 1_763_700_000


class Parser:
    """The feed's socket, fed by hand."""

    def __init__(self) -> None:
        self.told: list[Happening] = []
        self.socket = FyersSocket(f"APP-100:{jwt('good')}", Addresses(), 5.0, self.told.append)
        self.socket.symbol_token.update(TOPICS)
        self.socket.ids = IDS
        self.socket._contracts = {FUTURE}

    def take(self, message: bytes | str) -> Received:
        """What a message brought."""
        self.told.clear()
        self.socket.ws_thread = threading.current_thread()
        self.socket._FyersDataSocket__response_msg(message)
        return next(each for each in self.told if isinstance(each, Received))


@pytest.fixture
def parser() -> Parser:
    return Parser()


def expected(message: dict[str, Any]) -> Tick:
    """The tick of a message as documented, spelled out."""
    at, ltp = int(message["exch_feed_time"]) * 1_000_000, float(message["ltp"])
    if message["type"] == "if":
        return Tick(IDS[message["symbol"]], at, ltp)
    assert message["bid_price"] > 0 < message["ask_price"]
    return Tick(
        IDS[message["symbol"]],
        at,
        ltp,
        day_volume=message["vol_traded_today"],
        open_interest=None,
        bid_price=message["bid_price"],
        ask_price=message["ask_price"],
        bid_qty=message["bid_size"],
        ask_qty=message["ask_size"],
    )


def test_every_recorded_frame_makes_the_ticks_that_the_sdk_decodes(shared: Path, parser: Parser) -> None:
    folder = shared / "data" / "fyers" / "hsm_synthetic"
    decoded = json.loads((folder / "expected_fyers_apiv3_3.2.0.json").read_text())
    ticks = 0
    for name, messages in decoded.items():
        recorded = (folder / f"{name}.bin").read_bytes()
        received = parser.take(recorded)
        depth = [message for message in messages if message["type"] == "dp"]
        wanted = [expected(message) for message in messages if message not in depth]
        if name.endswith("oi_field"):
            (interest,) = struct.unpack_from(">i", recorded, 13 + recorded[12] + 1 + 4 * SCRIP.index("OI"))
            wanted = [tick._replace(open_interest=interest) for tick in wanted]
        assert received.ticks == wanted, name
        assert received.rejected.total() == len(depth), name
        ticks += len(wanted)
    assert ticks > len(decoded) / 2


def test_documented_messages_are_taken_with_numbers_or_strings(shared: Path) -> None:
    samples = json.loads((shared / "data" / "fyers" / "message_samples_from_docs.json").read_text())
    for name in ("SymbolUpdate_sf", "Index_if"):
        message = samples[name]
        assert tick_of(IDS[message["symbol"]], message, {}, is_contract=False) == expected(message)


def sbin(**values: int) -> Instrument:
    quoted = {
        "ltp": 60_640, "vol_traded_today": 7, "exch_feed_time": AT, "bid_price": 60_635, "bid_size": 3,
        "ask_price": 60_645, "ask_size": 4, "OI": 0,
    }  # fmt: skip
    return Instrument("sf|nse_cm|3045", 1, quoted | values)


def future(**values: int) -> Instrument:
    quoted = {"ltp": 2_620_010, "vol_traded_today": 75, "exch_feed_time": AT, "OI": 150}
    return Instrument("sf|nse_fo|12345", 2, quoted | values)


def index(**values: int) -> Instrument:
    return Instrument("if|nse_cm|Nifty 50", 3, {"ltp": 2_618_810, "exch_feed_time": AT} | values)


SBIN_TICK = Tick(1, AT * 1_000_000, 606.4, 7, None, 606.35, 606.45, 3, 4)


@pytest.mark.parametrize("traded", [2**31 - 1, 2**31 + 1, 3_000_000_000, 2**32 - 1])
def test_volume_and_open_interest_beyond_two_billion_are_counts(parser: Parser, traded: int) -> None:
    (tick,) = parser.take(frame([future(vol_traded_today=traded, OI=traded).snapshot()])).ticks
    assert (tick.day_volume, tick.open_interest) == (traded, traded)


def test_a_stock_and_an_index_have_no_open_interest_and_an_index_no_volume_and_no_book(parser: Parser) -> None:
    assert parser.take(frame([sbin(OI=12).snapshot(), index().snapshot()])).ticks == [
        SBIN_TICK,
        Tick(2, AT * 1_000_000, 26_188.1),
    ]


def test_an_update_of_the_open_interest_alone_is_a_tick(parser: Parser) -> None:
    contract = future()
    (before,) = parser.take(frame([contract.snapshot()])).ticks
    (after,) = parser.take(frame([contract.update({"OI": 225})])).ticks
    assert (before.open_interest, after) == (150, before._replace(open_interest=225))


def test_an_empty_side_of_the_book_has_neither_price_nor_quantity(parser: Parser) -> None:
    (tick,) = parser.take(frame([sbin(ask_price=0, ask_size=0).snapshot()])).ticks
    assert tick == SBIN_TICK._replace(ask_price=None, ask_qty=None)


def test_an_update_that_changes_nothing_makes_no_tick_and_a_lite_one_changes_the_price_alone(parser: Parser) -> None:
    instrument = sbin()
    parser.take(frame([instrument.snapshot()]))
    assert parser.take(frame([instrument.update({"ltp": 60_640})])).ticks == []
    lite = bytes([76]) + struct.pack("=H", instrument.number) + struct.pack(">i", 60_700)
    assert parser.take(frame([lite])).ticks == [SBIN_TICK._replace(ltp=607.0)]


def test_an_unknown_topic_is_counted_and_leaves_the_rest_of_its_message(parser: Parser) -> None:
    stranger = Instrument("sf|nse_cm|99", 9, sbin().values)
    received = parser.take(frame([stranger.snapshot(), sbin().snapshot(), stranger.update({"ltp": 1})]))
    assert received.ticks == [SBIN_TICK]
    assert received.rejected == {"unknown instrument": 2}


def test_an_update_without_a_price_is_counted_and_leaves_the_rest_of_its_message(parser: Parser) -> None:
    nothing = Instrument("sf|nse_fo|12345", 2, {})
    received = parser.take(frame([nothing.snapshot(), sbin().snapshot()]))
    assert (received.ticks, received.rejected) == ([SBIN_TICK], {"undecodable update": 1})


def test_without_exchange_time_the_time_is_zero_and_that_of_the_last_trade_is_not_taken(parser: Parser) -> None:
    values = sbin(last_traded_time=AT).values
    del values["exch_feed_time"]
    (tick,) = parser.take(frame([Instrument("sf|nse_cm|3045", 1, values).snapshot()])).ticks
    assert tick == SBIN_TICK._replace(time=0)


def test_a_message_cut_short_ends_the_connection_and_keeps_the_ticks_before_the_cut(parser: Parser) -> None:
    cut = future()
    numbers = len(cut.numbers(cut.values))
    whole = frame([sbin().snapshot(), cut.snapshot()])
    first = whole.index(cut.topic.encode()) + len(cut.topic)
    for length in range(first, first + numbers):
        received = parser.take(whole[:length])
        assert received.ticks == [SBIN_TICK], length
        assert parser.told[0] is received, length
        assert isinstance(parser.told[1], Failed), length


def test_text_is_counted(parser: Parser) -> None:
    assert parser.take("hello").rejected == {"text message": 1}


def test_a_number_of_a_dropped_topic_may_be_given_to_another_instrument(parser: Parser) -> None:
    parser.take(frame([sbin().snapshot()]))
    parser.socket._forget({"sf|nse_cm|3045"})
    level = Instrument("if|nse_cm|Nifty 50", 1, index().values)
    parser.take(frame([level.snapshot()]))
    assert parser.take(frame([level.update({"ltp": 2_618_900})])).ticks == [Tick(2, AT * 1_000_000, 26_189.0)]


def test_nothing_is_written_and_nothing_is_logged_by_the_sdk(
    parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    Parser().take(frame([sbin().snapshot()])[:20])
    parser.take(frame([sbin().snapshot()]))
    assert list(tmp_path.iterdir()) == []
    assert caplog.records == []
