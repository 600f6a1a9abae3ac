-- indicators.indicator(instrument_id, timeframe, id, since, until, forming) → the values of the indicator that an id
-- such as MACD_12_26_9 names, a row per bar and output. since is floored to its bar, until is exclusive; by default the
-- current trading day. Any timeframe that candles() serves; forming = false leaves out the bar that has not closed.
-- candles_back: 0 at the newest bar of the range. Null while the indicator lacks bars before; bars before the anchor of
-- an indicator that runs from it have no row.
-- Raises BH001 unknown timeframe, BH005 reversed range, BH006 unknown indicator, BH007 wrong parameters.
-- needs: compute, parse, prepare, read_bars

create function indicators.indicator(
    instrument_id integer,
    timeframe text,
    id text,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, candles_back integer, output text, value double precision)
language sql
stable
parallel safe
rows 1000
begin atomic
    select
        v.bucket,
        (b.from_here - v.nth)::integer,
        o.output,
        v.value
    from indicators.parse(indicator.id) as i
    cross join lateral indicators.prepare(i.name, i.parameters) as p
    cross join
        lateral (
            select
                r.*,
                sum(cardinality(r.bucket)) over (order by r.bucket desc) as from_here
            from indicators.read_bars(
                indicator.instrument_id, indicator.timeframe, indicator.since, indicator.until, indicator.forming,
                p.columns, p.bars, p.sessions
            ) as r
        ) as b
    cross join
        lateral indicators.compute(
            p.query, b.open, b.high, b.low, b.close, b.volume, b.session_date
        ) with ordinality as o (output, series, nth)
    cross join lateral unnest(b.bucket, o.series) with ordinality as v (bucket, value, nth)
    where v.bucket >= b.asked_from
    order by v.bucket, o.nth;
end;
comment on function indicators.indicator(integer, text, text, timestamptz, timestamptz, boolean) is
'Values of the indicator that an id such as MACD_12_26_9 names: a row per bar and output.';
