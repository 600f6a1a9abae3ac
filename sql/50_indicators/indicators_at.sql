-- indicators.indicators_at(instrument_id, timeframes, ids, candles_back, forming) → the values of many indicators at
-- many timeframes, at the bar that lies so many before the newest (0: the newest) of each timeframe. The bars of a
-- timeframe are read once. Without such a bar there is no row; null while an indicator lacks bars before.
-- forming = false counts from the newest closed bar.
-- Raises BH001 unknown timeframe, BH006 unknown indicator, BH007 wrong parameters or candles_back below 0.
-- needs: compute, parse, prepare, read_bars

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
    deepest integer;
    sessions integer;
    is_anchored boolean;
begin
    if candles_back < 0 then
        raise exception using
            errcode = 'BH007',
            message = format('candles_back cannot be %s', candles_back),
            hint = 'candles_back counts from 0, the newest bar';
    end if;
    select max(p.bars), max(p.sessions), bool_or(p.bars is null)
    into deepest, sessions, is_anchored
    from unnest(ids) as asked (id)
    cross join lateral indicators.parse(asked.id) as i
    cross join lateral indicators.prepare(i.name, i.parameters) as p;

    return query
    with asked as materialized (
        select a.nth, i.id, p.kernel, p.outputs, case when p.sessions is null then p.bars end as bars
        from unnest(ids) with ordinality as a (id, nth)
        cross join lateral indicators.parse(a.id) as i
        cross join lateral indicators.prepare(i.name, i.parameters) as p
    ),

    bars as materialized (
        select a.nth, f.timeframe, b.*, cardinality(b.bucket) - candles_back as newest
        from unnest(timeframes) with ordinality as a (timeframe, nth)
        inner join meta.timeframes as f on f.timeframe = meta.timeframe(a.timeframe)
        cross join lateral indicators.read_bars(
            instrument_id,
            f.timeframe,
            meta.now(),
            'infinity',
            forming,
            case
                when is_anchored then null
                else greatest(
                    deepest,
                    ceil((sessions + 1) * extract(epoch from longest_session) / extract(epoch from f.width))::integer
                ) + candles_back + 1
            end,
            sessions
        ) as b
    )

    select b.timeframe, a.id, o.output, b.bucket[b.newest], o.series[cardinality(o.series)]
    from bars as b
    cross join asked as a
    cross join lateral (select greatest(b.newest - coalesce(a.bars, b.newest), 1) as oldest) as r
    cross join lateral indicators.compute(
        a.kernel,
        a.outputs,
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
