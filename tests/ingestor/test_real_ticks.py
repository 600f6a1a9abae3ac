"""Real one-second ticks of 2021, with all their dirt, through the whole daemon."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from ingestor import sources
from ingestor.service import Service
from tests.ingestor.daemon import assert_candles, identities, scalar, segments, settings

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

STOCKS = ("HDFCBANK", "INFY", "RELIANCE", "SBIN", "TCS")


@dataclass
class Counted:
    """What one file holds, by the csv module alone. A row is (text of the time, price, counter)."""

    symbol: str
    rows: int = 0
    without_time: int = 0
    outside: int = 0
    inside: dict[str, Counter[tuple[str, float, int]]] = field(default_factory=dict)
    """Rows of a session, how often each, by date."""

    @classmethod
    @cache
    def read(cls, path: Path) -> Counted:
        made = cls(next(stock for stock in STOCKS if f"_{stock}_" in path.name))
        with gzip.open(path, "rt") as lines:
            for row in csv.DictReader(lines):
                made.rows += 1
                day, clock = row["timestamp"].split(" ")
                if day == "1970-01-01":
                    made.without_time += 1
                elif datetime.fromisoformat(day).weekday() >= 5 or not "09:15:00" <= clock < "15:30:00":
                    made.outside += 1
                else:
                    tick = row["timestamp"], float(row["ltp"]), int(row["volume"])
                    made.inside.setdefault(day, Counter())[tick] += 1
        return made

    def in_session(self) -> int:
        return sum(ticks.total() for ticks in self.inside.values())


def test_every_stock_file(url: str, engine: str, db: psycopg.Connection, shared: Path, tmp_path: Path) -> None:
    files = [
        path
        for path in sorted((shared / "data" / "ticks_1s" / "aliceblue_2021").glob("*.csv.gz"))
        if any(f"_{stock}_" in path.name for stock in STOCKS)
    ]
    assert len(files) == 20
    db.execute("update ledger.jobs set enabled = false where name = 'retain'")  # the files lie weeks apart
    service = Service(
        url,
        settings(tmp_path, tick_buffer_size=20_000, flush_interval_seconds=0.25),
        lambda connection: sources.replay(connection, files),
    )
    service.run()

    counted = {path: Counted.read(path) for path in files}
    distinct: dict[tuple[str, str], set[tuple[str, float, int]]] = {}
    for each in counted.values():
        for day, ticks in each.inside.items():
            distinct.setdefault((each.symbol, day), set()).update(ticks)

    # every row is accounted for
    assert service.intake is not None
    total = service.intake.total
    assert total.received == sum(each.rows for each in counted.values())
    assert total.rejected == {"no time": sum(each.without_time for each in counted.values())}
    assert total.offsession == sum(each.outside for each in counted.values())
    assert total.written + total.late + total.duplicates == sum(each.in_session() for each in counted.values())
    stored = scalar(db, "select count(*) from store.tick_data")
    assert stored == sum(map(len, distinct.values()))
    assert scalar(db, "select count(*) from store.offsession_ticks") == total.offsession
    assert max(identities(db).values()) == 1
    assert segments(tmp_path) == []

    # and every traded share, once: the counter's highest value at the end of each session
    found = {
        (symbol, str(day)): (ticks, volume, missed)
        for symbol, day, ticks, volume, missed in db.execute(
            """
            select i.tradingsymbol, (t.time at time zone 'Asia/Kolkata')::date, count(*),
                sum(t.volume)::bigint, sum(t.missed_volume)::bigint
            from store.tick_data as t
            inner join market.instruments as i on i.id = t.instrument_id
            group by 1, 2
            """,
        )
    }
    assert found.keys() == distinct.keys()
    for key, unlike_ticks in distinct.items():
        count, volume, missed = found[key]
        assert count == len(unlike_ticks), key
        assert volume + missed == max(counter for _, _, counter in unlike_ticks), key
    assert_candles(url, engine)

    report = [
        f"{engine}: {total.as_dict()}, stored {stored}",
        "file | rows | 1970 | off-session | in session | distinct",
    ]
    for path, each in counted.items():
        unlike = sum(map(len, each.inside.values()))
        report.append(
            f"{path.name} | {each.rows} | {each.without_time} | {each.outside} | {each.in_session()} | {unlike}",
        )
    report.append("symbol | date | ticks stored | volume | missed | counter at the end")
    for key, unlike_ticks in sorted(distinct.items()):
        report.append(" | ".join(map(str, (*key, *found[key], max(tick[2] for tick in unlike_ticks)))))
    print("", *report, sep="\n")  # noqa: T201 - shown by pytest -s
