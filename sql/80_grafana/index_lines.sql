-- grafana.index_lines(since, until) → closes of the followed indices, a line each, in order of time: of the
-- timeframe that grafana.timeframe('auto') has for the range, but no finer than 5m.
-- needs: bar_time, bars, timeframe

create function grafana.index_lines(since timestamptz, until timestamptz)
returns table ("time" timestamptz, metric text, value double precision)  -- noqa: RF06
language sql
stable
parallel safe
begin atomic
    select
        grafana.bar_time(b.bucket, t.timeframe) as time,
        i.symbol as metric,
        b.close as value
    from grafana.timeframe('auto', index_lines.since, index_lines.until) as a (timeframe)
    cross join lateral (select coalesce(nullif(a.timeframe, '1m'), '5m') as timeframe) as t
    cross join
        lateral grafana.bars(
            t.timeframe,
            index_lines.since,
            index_lines.until,
            array(
                select x.id
                from candles.followed as x
                where x.kind = 'index'
            )
        ) as b
    inner join market.instruments as i on b.instrument_id = i.id
    order by b.bucket, i.symbol;
end;
comment on function grafana.index_lines(timestamptz, timestamptz) is 'Closes of the indices, a line each.';
