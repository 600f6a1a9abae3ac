"""What the decoder reads is what the official SDK's parser reads, field by field."""

from __future__ import annotations

import base64
import struct
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiteconnect import KiteTicker

from ingestor.feeds.kite_frames import SURPLUS, TRUNCATED, UNKNOWN_INSTRUMENT, UNKNOWN_LENGTH, decode
from ingestor.model import Tick
from tests.brokers.kite_socket import SECONDS, frame, full, index, ltp, quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

SEGMENTS = {"nse": 1, "nfo": 2, "cds": 3, "bse": 4, "bfo": 5, "bcd": 6, "mcx": 7, "mcxsx": 8, "indices": 9, "nco": 12}
INTEREST = {"nfo", "cds", "bfo", "bcd", "mcx", "mcxsx", "nco"}
LENGTHS = (8, 28, 32, 44, 184)
INFY, NIFTY, FUTURE = 408065, 256265, 13720834


class Everyone(dict[int, int]):
    """Every token's instrument_id is the token."""

    def __missing__(self, token: int) -> int:
        return token

    def __contains__(self, _: object) -> bool:
        return True


def decoded(payload: bytes, known: Collection[int] | None = None) -> tuple[list[Tick], Counter[str]]:
    rejected: Counter[str] = Counter()
    ids = Everyone() if known is None else {token: token for token in known}
    return decode(payload, ids, rejected), rejected


def parsed(payload: bytes) -> list[Tick]:
    """What the SDK's parser makes of a message, as ticks."""
    return [tick_of(fields) for fields in KiteTicker("key", "token")._parse_binary(payload)]


def tick_of(fields: dict[str, Any]) -> Tick:
    """Its times are local and naive: `timestamp` turns them into instants by the same zone."""
    stamp = fields.get("exchange_timestamp")
    token = fields["instrument_token"]
    depth = fields.get("depth", {"buy": [{"price": 0}], "sell": [{"price": 0}]})
    bid, ask = depth["buy"][0], depth["sell"][0]
    has_interest = token & 0xFF not in {number for name, number in SEGMENTS.items() if name not in INTEREST}
    return Tick(
        instrument_id=token,
        time=int(stamp.timestamp()) * 1_000_000 if stamp else 0,
        ltp=fields["last_price"],
        day_volume=fields.get("volume_traded"),
        open_interest=fields.get("oi") if has_interest else None,
        bid_price=bid["price"] or None,
        ask_price=ask["price"] or None,
        bid_qty=bid["quantity"] if bid["price"] else None,
        ask_qty=ask["quantity"] if ask["price"] else None,
    )


@pytest.fixture(params=["Asia/Kolkata", "UTC", "America/New_York"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_zone")
def test_recorded_frames_are_read_as_the_sdk_reads_them_in_any_time_zone(shared: Path) -> None:
    wire = shared / "data" / "wire"
    frames = [path.read_bytes() for pattern in ("*.bin", "*.packet") for path in sorted(wire.glob(pattern))]
    frames += [
        frame(base64.b64decode(path.read_text())) for path in sorted((wire / "kiteconnect-mocks").glob("*.packet"))
    ]
    assert {len(payload) for payload in frames} > {1, 12, 32, 36, 48, 188}
    for payload in frames:
        ticks, rejected = decoded(payload)
        assert ticks == parsed(payload)
        assert not rejected


@st.composite
def packets(draw: st.DrawFn) -> bytes:
    """A packet of any kind and segment with any numbers in it, books with empty sides among them."""
    length = draw(st.sampled_from(LENGTHS))
    token = draw(st.integers(0, 2**24 - 1)) << 8 | draw(st.sampled_from([*SEGMENTS.values()]))
    word = st.integers(0, 2**32 - 1) | st.just(0)
    words = draw(st.lists(word, min_size=length // 4 - 1, max_size=length // 4 - 1))
    return struct.pack(f">{length // 4}I", token, *words)


@given(st.lists(packets(), max_size=8))
def test_frames_of_any_packets_are_read_as_the_sdk_reads_them(bodies: list[bytes]) -> None:
    payload = frame(*bodies)
    ticks, rejected = decoded(payload)
    assert ticks == parsed(payload)
    assert not rejected


@given(st.lists(packets(), min_size=1, max_size=5), st.data())
def test_of_a_truncated_frame_the_whole_packets_are_kept_and_the_rest_is_counted(
    bodies: list[bytes], data: st.DataObject
) -> None:
    whole = frame(*bodies)
    payload = whole[: data.draw(st.integers(2, len(whole) - 1))]
    ends = [len(frame(*bodies[:count])) for count in range(len(bodies) + 1)]
    kept = max(count for count, end in enumerate(ends) if end <= len(payload))
    ticks, rejected = decoded(payload)
    assert ticks == parsed(frame(*bodies[:kept]))
    assert rejected == {TRUNCATED: 1}


@given(st.lists(packets(), max_size=5), st.integers(0, 65_535))
def test_a_count_that_lies_loses_no_packet_that_it_covers_and_is_noticed(bodies: list[bytes], count: int) -> None:
    ticks, rejected = decoded(struct.pack(">H", count) + frame(*bodies)[2:])
    assert ticks == parsed(frame(*bodies[:count]))
    assert rejected == ({} if count == len(bodies) else {TRUNCATED if count > len(bodies) else SURPLUS: 1})


@given(
    st.lists(packets(), max_size=3),
    st.binary(max_size=300).filter(lambda body: len(body) not in LENGTHS),
    st.lists(packets(), max_size=3),
)
def test_a_packet_of_unknown_length_is_counted_and_its_neighbours_kept(
    before: list[bytes], unknown: bytes, after: list[bytes]
) -> None:
    ticks, rejected = decoded(frame(*before, unknown, *after))
    assert ticks == parsed(frame(*before, *after))
    assert rejected == {UNKNOWN_LENGTH: 1}


@given(st.binary(max_size=600))
def test_no_bytes_raise(payload: bytes) -> None:
    decoded(payload)


def test_packets_of_instruments_that_are_not_followed_are_counted_and_their_neighbours_kept() -> None:
    others = [full(INFY, 1, 2), quote(INFY, 1, 2), ltp(INFY, 1), index(INFY, 1)]
    ticks, rejected = decoded(frame(*others, full(FUTURE, 100, 7)), known=[FUTURE])
    assert ticks == parsed(frame(full(FUTURE, 100, 7)))
    assert rejected == {UNKNOWN_INSTRUMENT: 4}


def test_the_instrument_is_the_one_that_the_token_stands_for() -> None:
    ticks = decode(frame(full(INFY, 100, 1), index(NIFTY, 100)), {INFY: 5, NIFTY: 6}, Counter())
    assert [tick.instrument_id for tick in ticks] == [5, 6]


@pytest.mark.parametrize("heartbeat", [b"", b"\x00", b"\x01", b"\xff"])
def test_a_heartbeat_is_nothing(heartbeat: bytes) -> None:
    assert decoded(heartbeat) == ([], {})


def test_an_index_has_neither_volume_nor_interest_nor_a_book() -> None:
    ((tick,), _) = decoded(frame(index(NIFTY, 2_483_505)))
    assert tick == Tick(NIFTY, SECONDS * 1_000_000, 24_835.05)


def test_interest_is_there_where_the_segment_has_it() -> None:
    for name, segment in SEGMENTS.items():
        ((tick,), _) = decoded(frame(full(1 << 8 | segment, 100, 5, interest=70)))
        assert tick.open_interest == (70 if name in INTEREST else None)


def test_an_empty_side_of_the_book_is_null() -> None:
    bid, ask = [(75, 2_483_995)], [(100, 2_484_010)]
    ticks, _ = decoded(
        frame(full(FUTURE, 1, 1, bids=bid), full(FUTURE, 1, 1, asks=ask), full(FUTURE, 1, 1, bids=bid, asks=ask))
    )
    assert [tick[5:] for tick in ticks] == [
        (24_839.95, None, 75, None),
        (None, 24_840.1, None, 100),
        (24_839.95, 24_840.1, 75, 100),
    ]


def test_what_has_no_time_keeps_time_zero_and_its_other_fields() -> None:
    ticks, rejected = decoded(frame(full(FUTURE, 0, 0, seconds=0), quote(INFY, 157_315, 9)))
    assert ticks == [Tick(FUTURE, 0, 0.0, 0, 0), Tick(INFY, 0, 1573.15, 9)]
    assert not rejected
