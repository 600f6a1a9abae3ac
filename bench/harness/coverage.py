"""Followed instruments that a feed did not always carry, and what a broker answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

FOLLOW = """
insert into ledger.subscriptions (instrument_id)
select id
from market.instruments
on conflict do nothing
"""
COVER = """
with days as (
    select i.id, s.session_date, min(s.opens_at) as opens_at, max(s.closes_at) as closes_at
    from market.instruments as i
    inner join market.sessions as s on s.segment = i.segment
    where s.session_date between current_date - 10 and current_date + 1
    group by i.id, s.session_date
),

outages as (
    select
        d.id, n.nth, d.opens_at + random() * (d.closes_at - d.opens_at) as since,
        random() * interval '10 minutes' as lasts
    from days as d
    cross join generate_series(1, 3) as n (nth)
),

lost as (
    select
        o.id,
        range_agg(tstzrange(o.since, o.since + o.lasts)) as ranges,
        range_agg(
            tstzrange(date_trunc('minute', o.since), date_trunc('minute', o.since + o.lasts) + interval '1 minute')
        ) filter (where o.nth = 1) as answered
    from outages as o
    group by o.id
),

carried as (
    select d.id, range_agg(tstzrange(d.opens_at - interval '5 minutes', d.closes_at)) as ranges
    from days as d
    group by d.id
)

insert into ledger.coverage (instrument_id, timeframe, covered)
select c.id, 'tick', c.ranges - l.ranges from carried as c inner join lost as l on l.id = c.id
union all
select l.id, '1m', l.answered from lost as l
"""
"""Three outages a day of each instrument, one of which a broker's answer filled."""


def cover(connection: psycopg.Connection) -> None:
    """Follow every instrument, and let its connections have been down now and then in the last ten days."""
    connection.execute(FOLLOW)
    connection.execute(COVER)
