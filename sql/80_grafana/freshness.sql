-- grafana.freshness() → one row: the newest tick and its age in seconds by the market clock, how many followed
-- instruments have a bar in the current or the previous minute, and how many of the others trade now by their segment's
-- calendar. No row before the first tick.
-- needs: bars

create function grafana.freshness()
returns table (newest_tick timestamptz, seconds double precision, ticking bigint, silent bigint)
language sql
stable
parallel safe
begin atomic
    with clock as materialized (
        select
            meta.now() as now,
            store.newest_tick() as newest_tick
    ),

    trading as materialized (
        select s.segment
        from clock as c
        inner join market.sessions as s on c.now >= s.opens_at and c.now < s.closes_at
        where s.session_date = (c.now at time zone 'Asia/Kolkata')::date
    ),

    ticking as materialized (
        select distinct b.instrument_id
        from clock as c
        cross join lateral grafana.bars('1m', c.now - interval '1 minute') as b
    )

    select
        c.newest_tick,
        extract(epoch from c.now - c.newest_tick) as seconds,
        n.ticking,
        n.silent
    from clock as c
    cross join
        lateral (
            select
                count(t.instrument_id) as ticking,
                count(*) filter (
                    where t.instrument_id is null
                    and i.segment in (select g.segment from trading as g)  -- noqa: LT14
                ) as silent
            from candles.followed as i
            left join ticking as t on i.id = t.instrument_id
        ) as n
    where c.newest_tick is not null;
end;
comment on function grafana.freshness() is
'Age of the newest tick, how many instruments tick, and how many are silent that should.';
