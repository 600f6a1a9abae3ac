-- gaps.completeness(instrument_ids, since, until, timeframe) → per instrument and trading day, how much of the trading
-- time in [since, until) that has settled its candles of a timeframe lack: what data_quality and alignment_quality
-- report. carried: how much of that time feed connections carried the instrument. No row for a day without trading
-- yet. Raises BH001 for an unknown timeframe. India keeps one offset: to look its time zone up for each gap costs more
-- than to add the gap.
-- needs: missing, settled_until, trading_time

create function gaps.completeness(
    instrument_ids integer[],
    since timestamptz,
    until timestamptz default 'infinity',
    timeframe text default '1m'
)
returns table (
    instrument_id integer,
    session_date date,
    expected_minutes bigint,
    missing_minutes bigint,
    longest_gap interval,
    carried interval
)
language sql
stable
parallel safe
begin atomic
    with days as (
        select
            t.segment,
            (lower(r.traded) at time zone interval '05:30')::date as session_date,
            sum(upper(r.traded) - lower(r.traded)) as expected
        from
            gaps.trading_time(
                completeness.since, least(completeness.until, coalesce((select gaps.settled_until()), '-infinity'))
            ) as t
        cross join unnest(t.trading) as r (traded)
        group by 1, 2
    ),

    known as materialized (
        select m.*
        from
            gaps.missing(
                completeness.instrument_ids, completeness.since, completeness.until, completeness.timeframe
            ) as m
    ),

    holes as (
        select
            k.instrument_id,
            (lower(g.hole) at time zone interval '05:30')::date as session_date,
            sum(upper(g.hole) - lower(g.hole)) as missing,
            max(upper(g.hole) - lower(g.hole)) as longest
        from known as k
        cross join unnest(k.missing) as g (hole)
        group by 1, 2
    ),

    downs as (
        select
            k.instrument_id,
            (lower(o.outage) at time zone interval '05:30')::date as session_date,
            sum(upper(o.outage) - lower(o.outage)) as lasted
        from known as k
        cross join unnest(k.down) as o (outage)
        group by 1, 2
    )

    select
        i.id as instrument_id,
        d.session_date,
        floor(date_part('epoch', d.expected) / 60 + 0.5)::bigint as expected_minutes,
        floor(date_part('epoch', coalesce(h.missing, '0')) / 60 + 0.5)::bigint as missing_minutes,
        coalesce(h.longest, '0') as longest_gap,
        d.expected - coalesce(o.lasted, '0') as carried
    from market.instruments as i
    inner join days as d on d.segment = i.segment
    left join holes as h on h.instrument_id = i.id and h.session_date = d.session_date
    left join downs as o on o.instrument_id = i.id and o.session_date = d.session_date
    where i.id = any(completeness.instrument_ids);
end;
comment on function gaps.completeness(integer[], timestamptz, timestamptz, text) is
'How much of each day''s trading time the candles of instruments lack.';
