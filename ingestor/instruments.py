"""Brings the instruments, and a broker's keys for them, to the broker's list of today."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg.rows import class_row

from ingestor import db
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingestor.brokers.listing import Listing

COPY = """
copy pg_temp.staged_listings (
    broker_key, exchange, tradingsymbol, name, kind, underlying, expiry, strike, option_type, lot_size, tick_size
) from stdin
"""
SHORT_LIST = "BH009"


class Synced(NamedTuple):
    """What market.sync_listings() did; its header says what each count means."""

    listed: int
    invalid: int
    duplicates: int
    clashes: int
    inserted: int
    updated: int
    deactivated: int
    orphans: int
    keys_begun: int
    keys_moved: int
    keys_gone: int


def sync(
    connection: psycopg.Connection,
    broker: str,
    listings: Sequence[Listing],
    *,
    force: bool = False,
    report: Callable[[int], object] = lambda _: None,
) -> Synced:
    """Take a broker's list into the database, all or nothing; `report` is told how many rows were sent.

    Raises BhavError when the list is empty or, unless forced, much shorter than the one before.
    """
    if not listings:
        raise BhavError(f"the list of {broker} is empty", "nothing was changed; try again later")
    try:
        with connection.transaction(), connection.cursor(row_factory=class_row(Synced)) as cursor:
            cursor.execute(db.queries()["stage_listings"])
            with cursor.copy(COPY) as copy:
                for number, row in enumerate(listings, 1):
                    copy.write_row(row)
                    if number % 1_000 == 0:
                        report(number)
            report(len(listings))
            cursor.execute(db.queries()["sync_listings"], {"broker": broker, "forced": force})
            (done,) = cursor
    except psycopg.DatabaseError as error:
        if error.sqlstate != SHORT_LIST:
            raise
        raise BhavError(
            str(error.diag.message_primary), "it looks cut short and nothing was changed; --force takes it as it is"
        ) from error
    return done
