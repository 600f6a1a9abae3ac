-- gaps.completeness(instrument_ids, since, until, timeframe) → per instrument and trading day, how much of the trading
-- time in [since, until) that has settled its candles of a timeframe lack: what data_quality and alignment_quality
-- report. No row for a day without trading yet. Raises BH001 for an unknown timeframe.
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
    longest_gap interval
)
language sql
stable
parallel safe
begin atomic
    with days as (
        select
            t.segment,
            (lower(r.traded) at time zone 'Asia/Kolkata')::date as session_date,
            sum(upper(r.traded) - lower(r.traded)) as expected
        from
            gaps.trading_time(
                completeness.since, least(completeness.until, coalesce((select gaps.settled_until()), '-infinity'))
            ) as t
        cross join unnest(t.trading) as r (traded)
        group by 1, 2
    ),

    holes as (
        select
            m.instrument_id,
            (lower(g.hole) at time zone 'Asia/Kolkata')::date as session_date,
            sum(upper(g.hole) - lower(g.hole)) as missing,
            max(upper(g.hole) - lower(g.hole)) as longest
        from
            gaps.missing(
                completeness.instrument_ids, completeness.since, completeness.until, completeness.timeframe
            ) as m
        cross join unnest(m.missing) as g (hole)
        group by 1, 2
    )

    select
        i.id as instrument_id,
        d.session_date,
        round(extract(epoch from d.expected) / 60)::bigint as expected_minutes,
        round(extract(epoch from coalesce(h.missing, '0')) / 60)::bigint as missing_minutes,
        coalesce(h.longest, '0') as longest_gap
    from market.instruments as i
    inner join days as d on d.segment = i.segment
    left join holes as h on h.instrument_id = i.id and h.session_date = d.session_date
    where i.id = any(completeness.instrument_ids);
end;
comment on function gaps.completeness(integer[], timestamptz, timestamptz, text) is
'How much of each day''s trading time the candles of instruments lack.';
