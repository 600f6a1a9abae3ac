-- gaps.quality(since, until, instrument_ids) → data_quality of the trading days [since, until) (IST dates) and of
-- the given instruments alone; default: from the first day of which all ticks are kept, and of those that are
-- followed. Its cost grows with both, while a where on data_quality only filters. A row per instrument and day that
-- has traded.
--
-- completeness      share (0..1) of the trading minutes so far whose 1m candles hold what happened
-- expected_minutes  trading minutes so far that have settled; missing_minutes: of them; longest_gap: of one hole
-- repaired_minutes  for which a broker answered in candles of 1m
-- feed_uptime       share (0..1) of the trading time so far in which a connection carried the instrument
-- late … rejected   counts of ticks received on that date: ledger.tick_counts
-- needs: completeness, kept_since, settled_until, trading_time

create function gaps.quality(
    since date default null,
    until date default 'infinity',
    instrument_ids integer[] default null
)
returns table (
    instrument_id integer,
    symbol text,
    session_date date,
    completeness double precision,
    expected_minutes bigint,
    missing_minutes bigint,
    longest_gap interval,
    repaired_minutes bigint,
    feed_uptime double precision,
    late bigint,
    duplicates bigint,
    volume_falls bigint,
    offsession bigint,
    rejected bigint
)
language sql
stable
parallel safe
begin atomic
    with asked as materialized (
        select
            coalesce(quality.since::timestamp at time zone 'Asia/Kolkata', gaps.kept_since('tick_data')) as since,
            least(
                quality.until::timestamp at time zone 'Asia/Kolkata', coalesce(gaps.settled_until(), '-infinity')
            ) as until,
            coalesce(
                quality.instrument_ids,
                array(
                    select f.id
                    from candles.followed as f
                )
            ) as ids
    ),

    trading as materialized (
        select t.*
        from gaps.trading_time((select a.since from asked as a), (select a.until from asked as a)) as t
    ),

    repaired as (
        select
            k.instrument_id,
            (lower(r.seen) at time zone interval '05:30')::date as session_date,
            sum(upper(r.seen) - lower(r.seen)) as lasted
        from ledger.coverage as k
        inner join market.instruments as i on i.id = k.instrument_id
        inner join trading as t on t.segment = i.segment
        cross join unnest(k.covered * t.trading) as r (seen)
        where k.timeframe = '1m' and k.instrument_id = any((select a.ids from asked as a)::integer[])
        group by 1, 2
    )

    select
        c.instrument_id,
        i.symbol,
        c.session_date,
        1 - c.missing_minutes::double precision / c.expected_minutes as completeness,
        c.expected_minutes,
        c.missing_minutes,
        c.longest_gap,
        round(extract(epoch from coalesce(b.lasted, '0')) / 60)::bigint as repaired_minutes,
        (extract(epoch from c.carried) / 60 / c.expected_minutes)::double precision as feed_uptime,
        coalesce(n.late, 0) as late,
        coalesce(n.duplicates, 0) as duplicates,
        coalesce(n.volume_falls, 0) as volume_falls,
        coalesce(n.offsession, 0) as offsession,
        (
            select coalesce(sum(r.count::bigint), 0)::bigint
            from jsonb_each_text(n.rejected) as r (reason, count)
        ) as rejected
    from asked as a
    cross join lateral gaps.completeness(a.ids, a.since, a.until) as c
    inner join market.instruments as i on i.id = c.instrument_id
    left join repaired as b on b.instrument_id = c.instrument_id and b.session_date = c.session_date
    left join ledger.tick_counts as n on n.instrument_id = c.instrument_id and n.session_date = c.session_date
    where c.expected_minutes > 0;
end;
comment on function gaps.quality(date, date, integer[]) is
'Completeness, gaps, repairs, feed uptime and tick counts of each instrument and trading day.';
