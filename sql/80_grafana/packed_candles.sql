-- grafana.packed_candles(symbol, timeframe, since, until) → bars of an instrument, numbered from 0: a chart over the
-- number has no nights. Otherwise as grafana.candles().
-- needs: candles

create function grafana.packed_candles(symbol text, timeframe text, since timestamptz, until timestamptz)
returns table (
    bar integer,
    "time" timestamptz,  -- noqa: RF06
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint
)
language sql
stable
parallel safe
begin atomic
    select
        (row_number() over (order by c.time))::integer - 1 as bar,
        c.time,
        c.open,
        c.high,
        c.low,
        c.close,
        c.volume
    from
        grafana.candles(
            packed_candles.symbol, packed_candles.timeframe, packed_candles.since, packed_candles.until
        ) as c
    order by c.time;
end;
comment on function grafana.packed_candles(text, text, timestamptz, timestamptz) is
'Candles of one instrument by their number, for a chart without nights.';
