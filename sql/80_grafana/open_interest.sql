-- grafana.open_interest(symbol, timeframe, since, until) → open interest at the end of each bar and its change from the
-- bar before in the range, in order of time. Bars without open interest are left out.
-- No rows for an unknown symbol or timeframe ('auto': by the range) or a range that ends before it starts.
-- needs: bar_time, timeframe

create function grafana.open_interest(symbol text, timeframe text, since timestamptz, until timestamptz)
returns table ("time" timestamptz, open_interest bigint, change bigint)  -- noqa: RF06
language sql
stable
parallel safe
begin atomic
    select
        grafana.bar_time(c.bucket, t.timeframe) as time,
        c.open_interest,
        c.open_interest - lag(c.open_interest) over (order by c.bucket) as change
    from market.instruments as i
    cross join
        lateral grafana.timeframe(
            open_interest.timeframe, open_interest.since, open_interest.until
        ) as t (timeframe)
    cross join
        lateral candles.candles(i.id, t.timeframe, open_interest.since, open_interest.until, fill => false) as c
    where
        i.symbol = open_interest.symbol
        and t.timeframe is not null
        and open_interest.since <= open_interest.until
        and c.open_interest is not null
    order by c.bucket;
end;
comment on function grafana.open_interest(text, text, timestamptz, timestamptz) is
'Open interest of an instrument at the end of each bar, and its change.';
