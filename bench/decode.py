"""How fast Kite's frames are decoded, beside the official SDK's own parser.

    python bench/decode.py

What each line means: README.md beside this file.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from kiteconnect import KiteTicker
from rich.console import Console

from bench.harness.repeat import in_turns
from bench.harness.report import Line, table
from ingestor.feeds.kite_frames import decode
from tests.brokers.kite_socket import frame, full, index

if TYPE_CHECKING:
    from collections.abc import Callable

PACKETS = 4_000
"""Decoded in each repetition."""
TIMES = 15


def main() -> None:
    parser = KiteTicker("key", "token")
    instruments = range(1, 201)
    levels = [(75 * level, 2_483_995) for level in range(1, 6)]
    kinds = {
        "full": [
            full(number << 8 | 2, 2_484_000, 10**6, interest=10**6, bids=levels, asks=levels) for number in instruments
        ],
        "index": [index(number << 8 | 9, 2_484_000) for number in instruments],
    }
    ids = {
        int.from_bytes(packet[:4], "big"): number for packets in kinds.values() for number, packet in enumerate(packets)
    }
    lines = []
    for kind, packets in kinds.items():
        for size in (1, 200):
            payload = frame(*packets[:size])
            rejected: Counter[str] = Counter()
            if len(decode(payload, ids, rejected)) != len(parser._parse_binary(payload)) or rejected:  # noqa: SLF001
                raise SystemExit("both do not read the same packets")
            ours, theirs = in_turns(
                TIMES,
                partial(repeat, PACKETS // size, partial(decode, payload, ids, rejected)),
                partial(repeat, PACKETS // size, partial(parser._parse_binary, payload)),  # noqa: SLF001
            )
            lines.append(
                Line(
                    f"{kind}, {size} in a frame",
                    f"{PACKETS / ours.p50:,.0f} packets/s",
                    theirs.p50 / ours.p50,
                    f"kiteconnect's parser, {PACKETS / theirs.p50:,.0f} packets/s",
                )
            )
    Console().print(table("Kite frames", lines))


def repeat(times: int, action: Callable[[], object]) -> None:
    for _ in range(times):
        action()


if __name__ == "__main__":
    main()
