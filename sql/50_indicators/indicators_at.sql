-- indicators.indicators_at(instrument_id, timeframes, ids, candles_back, forming) → the values of many indicators at
-- many timeframes, at the bar that lies so many before the newest (0: the newest) of each timeframe. The bars of a
-- timeframe are read once: from the anchor if any runs from it, and once more only where that is too near for the
-- others, which look back a number of bars.
-- Without such a bar there is no row; null while an indicator lacks bars before. forming = false counts from the newest
-- closed bar.
-- Raises BH001 unknown timeframe, BH006 unknown indicator, BH007 wrong parameters or candles_back below 0.
-- needs: anchor, compute, parse, prepare, read_bars

create function indicators.indicators_at(
    instrument_id integer,
    timeframes text[],
    ids text[],
    candles_back integer,
    forming boolean default true
)
returns table (timeframe text, id text, output text, bucket timestamptz, value double precision)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    longest_session interval := '15 hours';
begin
    if candles_back < 0 then
        raise exception using
            errcode = 'BH007',
            message = format('candles_back cannot be %s', candles_back),
            hint = 'candles_back counts from 0, the newest bar';
    end if;
    return query
    with asked as materialized (
        select a.nth, i.id, p.*
        from unnest(ids) with ordinality as a (id, nth)
        cross join lateral indicators.parse(a.id) as i
        cross join lateral indicators.prepare(i.name, i.parameters) as p
    ),

    needed as (
        select
            t.nth,
            f.timeframe,
            n.anchored,
            n.columns,
            n.sessions,
            greatest(
                n.bars,
                ceil((n.sessions + 1) * extract(epoch from longest_session) / extract(epoch from f.width))::integer
            ) + candles_back + 1 as bars
        from (
            select
                bool_or(a.bars is null) as anchored,
                max(a.bars) as bars,
                max(a.sessions) as sessions,
                array_agg(distinct c.name) as columns
            from asked as a
            left join lateral unnest(a.columns) as c (name) on true
        ) as n
        cross join unnest(timeframes) with ordinality as t (timeframe, nth)
        inner join meta.timeframes as f on f.timeframe = meta.timeframe(t.timeframe)
    ),

    anchored as materialized (
        select
            n.nth,
            n.timeframe,
            true as from_anchor,
            n.bars,
            cardinality(b.bucket) >= n.bars or indicators.anchor(n.timeframe, meta.now()) = '-infinity' as is_enough,
            b.*
        from needed as n
        cross join lateral indicators.read_bars(
            instrument_id, n.timeframe, meta.now(), 'infinity', forming, n.columns, null, null
        ) as b
        where n.anchored
    ),

    windowed as materialized (
        select n.nth, n.timeframe, false as from_anchor, n.bars, true as is_enough, b.*
        from needed as n
        cross join lateral indicators.read_bars(
            instrument_id, n.timeframe, meta.now(), 'infinity', forming, n.columns, n.bars, n.sessions
        ) as b
        where n.bars is not null and not exists (select from anchored as a where a.nth = n.nth and a.is_enough)
    ),

    bars as (
        select r.*, cardinality(r.bucket) - candles_back as newest
        from (
            select * from anchored
            union all
            select * from windowed
        ) as r
    )

    select b.timeframe, a.id, o.output, b.bucket[b.newest], o.series[cardinality(o.series)]
    from bars as b
    inner join asked as a on (a.bars is null) = b.from_anchor or (b.from_anchor and b.is_enough)
    cross join lateral (
        select
            case
                when a.bars is null or not b.from_anchor and a.sessions is not null then 1
                else greatest(b.newest - case when a.sessions is null then a.bars else b.bars end, 1)
            end as oldest
    ) as r
    cross join lateral indicators.compute(
        a.query,
        b.open[r.oldest:b.newest],
        b.high[r.oldest:b.newest],
        b.low[r.oldest:b.newest],
        b.close[r.oldest:b.newest],
        b.volume[r.oldest:b.newest],
        b.session_date[r.oldest:b.newest]
    ) with ordinality as o (output, series, nth)
    where b.newest > 0
    order by b.nth, a.nth, o.nth;
end
$$;
comment on function indicators.indicators_at(integer, text[], text[], integer, boolean) is
'Values of many indicators at many timeframes, so many bars before the newest.';
