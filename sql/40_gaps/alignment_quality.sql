-- gaps.alignment_quality(instrument_id, base, others, since, until, method, tolerance) → how complete the input of
-- align() with the same parameters is: a row per timeframe, the base first.
--
-- bars              there are, of the timeframe, that touch the range; expected_bars: that have trading in them by now.
--                   Fewer bars than expected with completeness 1: nothing was traded in them
-- completeness      share (0..1) of the settled trading minutes of these bars in which they hold what happened; null
--                   without such a minute. missing_minutes, longest_gap: of the others
-- aligned           base bars that have a bar of the timeframe beside them; of the base: of every other timeframe
-- unaligned         the other base bars
--
-- Raises as align() does.
-- needs: align, completeness

create function gaps.alignment_quality(
    instrument_id integer,
    base text,
    others text[],
    since timestamptz,
    until timestamptz default 'infinity',
    method text default 'forward',
    tolerance interval default '30 minutes'
)
returns table (
    timeframe text,
    bars bigint,
    expected_bars bigint,
    completeness double precision,
    missing_minutes bigint,
    longest_gap interval,
    aligned bigint,
    unaligned bigint
)
language sql
stable
parallel restricted
begin atomic
    with asked as materialized (
        select
            f.timeframe,
            f.width,
            min(o.nth) as nth,
            meta.bucket_start(
                f.width,
                meta.bucket_start(
                    (
                        select t.width
                        from meta.timeframes as t
                        where t.timeframe = meta.timeframe(alignment_quality.base)
                    ),
                    coalesce(alignment_quality.since, meta.bucket_start('1 day', meta.now()))
                )
            ) as since
        from unnest(alignment_quality.base || alignment_quality.others) with ordinality as o (name, nth)
        inner join meta.timeframes as f on f.timeframe = meta.timeframe(o.name)
        group by f.timeframe, f.width
    ),

    counted as (
        select
            a.*,
            b.bars,
            e.expected_bars,
            q.expected_minutes,
            q.missing_minutes,
            q.longest_gap
        from asked as a
        cross join
            lateral (
                select count(*) as bars
                from candles.candles(
                    alignment_quality.instrument_id, a.timeframe, a.since, alignment_quality.until
                )
            ) as b
        cross join
            lateral (
                select count(distinct s.bucket) as expected_bars
                from gaps.trading_time(a.since, least(alignment_quality.until, meta.now())) as t
                inner join market.instruments as i
                    on i.segment = t.segment and i.id = alignment_quality.instrument_id
                cross join unnest(t.trading) as r (traded)
                cross join generate_series(
                    meta.bucket_start(a.width, lower(r.traded)), upper(r.traded) - interval '1 microsecond', a.width
                ) as s (bucket)
            ) as e
        cross join lateral (
            select
                sum(c.expected_minutes) as expected_minutes,
                sum(c.missing_minutes)::bigint as missing_minutes,
                max(c.longest_gap) as longest_gap
            from gaps.completeness(
                array[alignment_quality.instrument_id], a.since, alignment_quality.until, a.timeframe
            ) as c
        ) as q
    ),

    rows as materialized (
        select
            r.bucket,
            r.timeframe,
            r.aligned_bucket
        from gaps.align(
            alignment_quality.instrument_id,
            alignment_quality.base,
            alignment_quality.others,
            alignment_quality.since,
            alignment_quality.until,
            alignment_quality.method,
            alignment_quality.tolerance
        ) as r
    ),

    aligned as (
        select
            r.timeframe,
            count(r.aligned_bucket) as aligned
        from rows as r
        group by r.timeframe
        union all
        select
            null as timeframe,
            count(*) as aligned
        from (
            select from rows as r
            group by r.bucket
            having bool_and(r.aligned_bucket is not null)
        ) as whole
    )

    select
        c.timeframe,
        c.bars,
        c.expected_bars,
        1 - c.missing_minutes::double precision / nullif(c.expected_minutes, 0)::double precision as completeness,
        coalesce(c.missing_minutes, 0) as missing_minutes,
        coalesce(c.longest_gap, '0') as longest_gap,
        coalesce(a.aligned, 0) as aligned,
        first_value(c.bars) over (order by c.nth) - coalesce(a.aligned, 0) as unaligned
    from counted as c
    left join aligned as a on coalesce(a.timeframe, meta.timeframe(alignment_quality.base)) = c.timeframe
    order by c.nth;
end;
comment on function gaps.alignment_quality(integer, text, text[], timestamptz, timestamptz, text, interval) is
'How complete the bars are that align() reads, and how many base bars it finds others for.';
