-- grafana.indicator(symbol, timeframe, id, since, until) → the values of the indicator that an id such as MACD_12_26_9
-- names, a line per output, in order of time. Null while the indicator lacks bars before.
-- No rows where it has no value in the whole range, for an unknown symbol, timeframe or id, wrong parameters, or a
-- range that ends before it starts.
-- plpgsql for its exceptions, which PostgreSQL 16 does not start in a parallel plan.
-- needs: bar_time, timeframe

create function grafana.indicator(symbol text, timeframe text, id text, since timestamptz, until timestamptz)
returns table ("time" timestamptz, metric text, value double precision)  -- noqa: RF06
language plpgsql
stable
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select grafana.bar_time(l.bucket, l.timeframe), l.output, l.value
    from (
        select t.timeframe, v.bucket, v.output, v.value, count(v.value) over () as known
        from market.instruments as i
        cross join lateral grafana.timeframe(indicator.timeframe, since, until) as t (timeframe)
        cross join lateral indicators.indicator(i.id, t.timeframe, indicator.id, since, until) as v
        where i.symbol = indicator.symbol and t.timeframe is not null and since <= until
    ) as l
    where l.known > 0;
exception when sqlstate 'BH001' or sqlstate 'BH005' or sqlstate 'BH006' or sqlstate 'BH007' then
    return;
end
$$;
comment on function grafana.indicator(text, text, text, timestamptz, timestamptz) is
'Values of the indicator that an id names, a line per output; no rows where there is none.';
