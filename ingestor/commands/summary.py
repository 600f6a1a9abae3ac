"""What a run brought, and what to ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from rich.table import Table

from ingestor import db
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from rich.console import Console

    from ingestor.service import Service

QUERIES = (
    "select * from candles(market.id(:symbol), '5m');",
    "select * from candles(market.id(:symbol), '75min', '-infinity');",
    "select * from forming(market.id(:symbol));",
    "select * from latest('1m') order by turnover desc limit 10;",
    "select * from indicators_latest(market.id(:symbol), '{1m,5m}', '{RSI,MACD,SUPERTREND}');",
)
"""What to try first."""


def summarize(console: Console, url: str, service: Service) -> None:
    """Print the candles per timeframe, what was counted, and queries to paste. Raises BhavError after a signal."""
    if service.interrupted:
        raise BhavError("interrupted: only a part was stored", "run it again: nothing is stored twice")
    name = conninfo_to_dict(url)["dbname"]
    with db.connect(url, "summary") as connection:
        engine, clock, _ = db.call(connection, "version")[0]
        table = Table("timeframe", "candles", "forming", "instruments", title=f"{name}: {engine} engine")
        for (timeframe,) in db.call(connection, "stored_timeframes"):
            count = sql.SQL(
                "select count(*), count(*) filter (where not is_closed), count(distinct instrument_id) from {}",
            ).format(sql.Identifier("candles", f"candles_{timeframe}"))
            table.add_row(str(timeframe), *(f"{value:,}" for value in connection.execute(count).fetchone() or ()))
        busiest = db.call(connection, "busiest")
    console.print(table)
    assert service.intake is not None  # noqa: S101
    total = service.intake.total
    console.print(
        f"{total.received:,} ticks received: {total.written:,} stored, {total.late:,} late, "
        f"{total.duplicates:,} duplicates, {total.offsession:,} outside the session, "
        f"{total.rejected.total():,} rejected {dict(total.rejected) or ''}"
        f" ({service.intake.rate():,.0f} ticks/s)",
        soft_wrap=True,
        markup=False,
    )
    symbol = busiest[0][0] if busiest else "NSE:INFY"
    console.print(f"\nThe database is up ({clock} clock). Try: bhav psql -d {name}", soft_wrap=True)
    for query in QUERIES:
        console.print("  " + query.replace(":symbol", f"'{symbol}'"), soft_wrap=True, markup=False)
