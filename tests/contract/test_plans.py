"""What one instrument's candles cost: a range of its index, however many other instruments there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestor import db
from tests.contract.contract import at
from tests.contract.reference import DAY, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.contract import Contract

OPENS = at("2026-08-03", "09:15")
QUERY = """
    explain (analyze, format json)
    select * from candles.candles_5m where instrument_id = 17 and bucket >= %s and bucket < %s
"""


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan:
        yield plan
    for child in plan.get("Plans", []):
        yield from scans(child)


def test_the_state_of_a_day_is_read_without_the_ticks_of_other_days(contract: Contract) -> None:
    contract.execute("call store.ensure(%s, %s)", moment(OPENS), moment(OPENS + 4 * DAY))
    contract.execute(
        """
        insert into store.tick_data (instrument_id, time, ltp, day_volume, source)
        select i, %s::timestamptz + d * interval '1 day' + s * interval '20 seconds', 100, s, 'test'
        from generate_series(1, 20) as i, generate_series(0, 4) as d, generate_series(1, 1000) as s
        """,
        moment(OPENS),
    )
    contract.execute("analyze")
    midnight = OPENS + 3 * DAY - 555 * 60 * 1_000_000
    parameters = {"since": moment(midnight), "until": moment(midnight + DAY)}
    state = contract.connection.execute(db.queries()["day_state"], parameters).fetchall()
    last = OPENS + 3 * DAY + 20_000 * 1_000_000
    assert sorted(row[:4] for row in state) == [(i, 1000, last, last) for i in range(1, 21)]
    explain = b"explain (analyze, format json) " + db.queries()["day_state"].encode()
    ((plan,),) = contract.connection.execute(explain, parameters).fetchall()
    read = sum(
        (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) + scan.get("Rows Removed by Index Recheck", 0))
        * scan["Actual Loops"]
        for scan in scans(plan[0]["Plan"])
    )
    assert 20_000 <= read < 21_000, "the day once, and of each instrument its end"


@pytest.mark.parametrize("refreshed", [False, True])
def test_five_days_of_one_instrument(contract: Contract, refreshed: bool) -> None:
    contract.execute("call store.ensure(%s, %s)", moment(OPENS), moment(OPENS + 4 * DAY))
    contract.execute(
        """
        insert into store.tick_data (instrument_id, time, ltp, volume, source)
        select i, %s::timestamptz + d * interval '1 day' + m * interval '2 minutes 30 seconds', 100 + i, 1, 'test'
        from generate_series(1, 60) as i, generate_series(0, 4) as d, generate_series(0, 149) as m
        """,
        moment(OPENS),
    )
    if refreshed:
        contract.refresh(OPENS, OPENS + 5 * DAY)
    contract.refresh_stale()
    contract.execute("analyze")
    for since, days in ((OPENS, 5), (OPENS + 4 * DAY, 1)):
        plan = contract.scalar(QUERY, moment(since), moment(OPENS + 5 * DAY))[0]["Plan"]
        assert plan["Actual Rows"] == days * 75
        read = 0
        for scan in scans(plan):
            if scan["Actual Loops"] == 0:
                continue
            size = contract.scalar("select reltuples from pg_class where relname = %s limit 1", scan["Relation Name"])
            if size > 2000:
                assert scan["Node Type"] != "Seq Scan", scan
                assert "instrument_id" in scan.get("Index Cond", scan.get("Recheck Cond", "")), scan
                assert scan.get("Rows Removed by Filter", 0) == 0, scan
                read += scan["Actual Rows"] * scan["Actual Loops"]
        # bars, or where nothing is materialized the ticks of which they are made
        assert days * 75 <= read <= days * (150 + 75 + 10), read
