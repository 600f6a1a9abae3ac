-- gaps.align(instrument_id, base, others, since, until, method, tolerance) → bars of other timeframes beside those of
-- the base, finer or coarser: for each base bar of [since, until) (as candles() reads them) and each of others a row.
--
-- A bar is known at its end: the end of its time or, if that is earlier, of the last trading in it. A base bar that is
-- forming ends now, by the market clock. Distances count trading time only: from a day's close to the next day's
-- opening is nothing. A bar in which no segment's session trades is never taken, and as a base bar has only nulls.
--
-- method    forward   the newest bar that has ended when the base bar ends: nothing from later (no look-ahead)
--           backward  the first bar that ends when the base bar does, or later
--           nearest   the closer of these two; the earlier of two as close
--           linear    prices between these two in proportion to the distance; no volume and open interest
--           drop      as forward, only closed base bars at whose end a bar of each of others ends too
-- tolerance (1 second to 30 minutes): how far before (after) the one that should be there the bar may lie, else there
--           is none. The bar that should be there is the last (first) that the sessions give; so at 5m an hour bar of
--           55 minutes ago is as good as new, and in a hole no price is carried on for longer than this.
--
-- aligned_bucket  start of the bar taken, of linear the earlier; null, with all that follows, where there is none
-- age             trading time from its end to that of the base bar; below zero: it ends later
-- is_closed       the base bar and the bars taken have closed
--
-- Raises BH001 for an unknown timeframe, BH005 when until lies before since, BH010 for another method or tolerance.
-- needs: traded_before

create function gaps.align(
    instrument_id integer,
    base text,
    others text[],
    since timestamptz,
    until timestamptz default 'infinity',
    method text default 'forward',
    tolerance interval default '30 minutes'
)
returns table (
    bucket timestamptz,
    timeframe text,
    aligned_bucket timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint,
    open_interest bigint,
    age interval,
    is_closed boolean
)
language plpgsql
stable
parallel restricted
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    instant constant interval := '1 microsecond';
    t meta.timeframes;
    market_time timestamptz := meta.now();
    starts timestamptz[];
    closed boolean[];
    opens timestamptz[];
    closes timestamptz[];
    before interval[];
begin
    if method is null or method not in ('forward', 'backward', 'nearest', 'linear', 'drop') then
        raise exception using
            errcode = 'BH010',
            message = format('unknown method: %s', coalesce('"' || method || '"', 'null')),
            hint = 'one of forward backward nearest linear drop';
    end if;
    if tolerance is null or tolerance < interval '1 second' or tolerance > interval '30 minutes' then
        raise exception using
            errcode = 'BH010',
            message = format('tolerance cannot be %s', coalesce(tolerance::text, 'null')),
            hint = 'tolerance is from 1 second to 30 minutes';
    end if;

    select f.* into t from meta.timeframes as f where f.timeframe = meta.timeframe(align.base);
    select array_agg(c.bucket order by c.bucket), array_agg(c.is_closed order by c.bucket)
    into starts, closed
    from candles.candles(instrument_id, t.timeframe, since, until) as c;

    select
        array_agg(s.opens_at order by s.opens_at),
        array_agg(s.closes_at order by s.opens_at),
        array_agg(s.before order by s.opens_at)
    into opens, closes, before
    from (
        select
            lower(r.traded) as opens_at,
            upper(r.traded) as closes_at,
            sum(upper(r.traded) - lower(r.traded)) over (order by r.traded) - (upper(r.traded) - lower(r.traded)) as before
        from (
            select unnest(range_agg(tstzrange(s.opens_at, s.closes_at))) as traded
            from market.sessions as s
            where
                s.segment = (select i.segment from market.instruments as i where i.id = instrument_id)
                and s.opens_at > starts[1] - interval '62 days'  -- a month's bar and the trading before it
                and s.opens_at < starts[cardinality(starts)] + interval '93 days'
        ) as r
    ) as s;

    return query
    with asked as materialized (
        select f.timeframe, f.width, min(o.nth) as nth
        from unnest(others) with ordinality as o (name, nth)
        inner join meta.timeframes as f on f.timeframe = meta.timeframe(o.name)
        group by f.timeframe
    ),

    -- offset 0: what it holds is computed once, not wherever an inlined function names it
    base_bars as materialized (
        select
            b.bucket,
            b.is_closed,
            e.ends_at,
            nullif(
                gaps.traded_before(e.ends_at, opens, closes, before), gaps.traded_before(b.bucket, opens, closes, before)
            ) as ends
        from unnest(starts, closed) as b (bucket, is_closed)
        cross join lateral (select least(meta.bucket_end(t.width, b.bucket), market_time) as ends_at offset 0) as e
    ),

    -- the other timeframe's bar that holds the base bar's last instant: where bars of it should end
    slots as materialized (
        select
            b.*,
            a.*,
            gaps.traded_before(s.starts_at, opens, closes, before) as slot_starts,
            gaps.traded_before(e.ends_at, opens, closes, before) as slot_ends
        from base_bars as b
        cross join asked as a
        cross join lateral (select meta.bucket_start(a.width, b.ends_at - instant) as starts_at offset 0) as s
        cross join lateral (select meta.bucket_end(a.width, s.starts_at) as ends_at offset 0) as e
    ),

    wanted as (
        select
            s.timeframe,
            s.width,
            min(s.slot_starts) - tolerance - instant as since,
            max(s.slot_ends) + tolerance as until,
            max(s.ends_at) as last_end
        from slots as s
        group by s.timeframe, s.width
    ),

    bars as materialized (
        select w.timeframe, c.*, e.ends
        from wanted as w
        cross join lateral (
            select greatest(width_bucket(w.since, before), 1) as first, width_bucket(w.until, before) as last
        ) as n
        cross join lateral candles.candles(
            instrument_id,
            w.timeframe,
            opens[n.first] + greatest(w.since - before[n.first], '0'),
            case when method in ('forward', 'drop') then w.last_end else opens[n.last] + (w.until - before[n.last]) end
        ) as c
        cross join lateral (select meta.bucket_end(w.width, c.bucket) as ends_at offset 0) as b
        cross join lateral (select gaps.traded_before(b.ends_at, opens, closes, before) as ends offset 0) as e
        where e.ends > gaps.traded_before(c.bucket, opens, closes, before)
    ),

    merged as (
        select
            s.timeframe,
            s.nth,
            s.bucket,
            s.is_closed,
            s.ends,
            case when s.slot_ends = s.ends then s.ends when s.slot_ends > s.ends then s.slot_starts end as earlier_due,
            case when s.slot_starts = s.ends then s.ends when s.slot_starts < s.ends then s.slot_ends end as later_due,
            null::interval as bar_ends
        from slots as s
        union all
        select b.timeframe, null, null, null, b.ends, null, null, b.ends
        from bars as b
    ),

    around as (
        select
            m.*,
            max(m.bar_ends) over (partition by m.timeframe order by m.ends) as earlier_end,
            min(m.bar_ends) over (partition by m.timeframe order by m.ends desc) as later_end
        from merged as m
    ),

    near as (
        select
            a.*,
            case when a.earlier_due - a.earlier_end <= tolerance then a.earlier_end end as earlier,
            case when a.later_end - a.later_due <= tolerance then a.later_end end as later
        from around as a
        where a.bucket is not null
    ),

    taken as (
        select
            n.*,
            case method
                when 'backward' then n.later
                when 'nearest'
                    then case when n.earlier is null or n.later - n.ends < n.ends - n.earlier then n.later else n.earlier end
                when 'linear' then case when n.later is not null then n.earlier end
                else n.earlier
            end as taken,
            bool_and(n.is_closed and coalesce(n.earlier = n.ends, false)) over (partition by n.bucket) as is_common
        from near as n
    )

    select
        k.bucket,
        k.timeframe,
        b.bucket,
        b.open + coalesce(p.share * (l.open - b.open), 0),
        b.high + coalesce(p.share * (l.high - b.high), 0),
        b.low + coalesce(p.share * (l.low - b.low), 0),
        b.close + coalesce(p.share * (l.close - b.close), 0),
        case when method <> 'linear' then b.volume end,
        case when method <> 'linear' then b.open_interest end,
        case when b.bucket is not null then k.ends - b.ends end,
        k.is_closed and b.is_closed is not false and l.is_closed is not false
    from taken as k
    cross join lateral (
        select extract(epoch from k.ends - k.taken)::double precision
            / nullif(extract(epoch from k.later - k.taken)::double precision, 0) as share
    ) as p
    left join bars as b on b.timeframe = k.timeframe and b.ends = k.taken
    left join bars as l on l.timeframe = b.timeframe and l.ends = k.later and method = 'linear'
    where k.is_common or method <> 'drop'
    order by k.bucket, k.nth;
end
$$;
comment on function gaps.align(integer, text, text[], timestamptz, timestamptz, text, interval) is
'Bars of several timeframes on the clock of one: forward, backward, nearest, linear or drop, within a tolerance.';
