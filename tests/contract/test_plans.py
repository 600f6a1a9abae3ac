"""What one instrument's candles cost: a range of its index, however many other instruments there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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
