"""A new version of the shipped calendar reaches databases that have an older one; the user's own rows stay."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ingestor.config import ROOT
from ingestor.migrate import Migration, migrate

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg


def sessions(db: psycopg.Connection, day: str) -> int:
    row = db.execute(
        "select count(*) from market.sessions where segment = 'NSE' and session_date = %s", (day,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_corrections_arrive_and_own_rows_stay(db: psycopg.Connection, url: str, tmp_path: Path) -> None:
    db.execute("insert into market.holidays (exchange_group, date, source) values ('NSE_BSE', '2026-11-18', 'mine')")
    assert sessions(db, "2026-11-17") == sessions(db, "2026-11-19") == 1
    assert sessions(db, "2026-11-24") == 0  # a shipped holiday
    tree = tmp_path / "sql"
    shutil.copytree(ROOT / "sql", tree)
    holidays = tree / "10_market" / "holidays.csv"
    lines = [line for line in holidays.read_text().splitlines() if "2026-11-24" not in line]
    holidays.write_text("\n".join([*lines, "NSE_BSE,2026-11-19,a later circular"]) + "\n")

    migrate(url, Migration(sql_dir=tree))

    assert sessions(db, "2026-11-24") == 1  # withdrawn
    assert sessions(db, "2026-11-19") == 0  # added
    assert sessions(db, "2026-11-18") == 0  # the user's
