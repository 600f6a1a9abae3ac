-- grafana.timeframe(timeframe, since, until) → the timeframe that a dashboard asks for: a listed name or an alias; for
-- 'auto' the finest whose bars a chart of that range can show and that is still kept at its beginning. Null when
-- unknown: a panel shows no data, not an error.
-- Grafana asks the clock for each end of a range: 'now-30d' to 'now' may be a little longer, so a minute is forgiven.
-- Reads meta.timeframes, meta.timeframe_aliases, meta.retention, meta.horizon.

create function grafana.timeframe(timeframe text, since timestamptz, until timestamptz)
returns text
language sql
stable
parallel safe
return coalesce(
    (
        select t.timeframe
        from meta.timeframes as t
        where
            t.timeframe = timeframe.timeframe
            or (t.timeframe = lower(timeframe.timeframe) and timeframe.timeframe not like '%M')
    ),
    (
        select a.timeframe
        from meta.timeframe_aliases as a
        where a.alias = lower(timeframe.timeframe) and timeframe.timeframe not like '%M'
    ),
    (
        select a.timeframe
        from (
            values
            ('1m', interval '1 day'),
            ('5m', '5 days'),
            ('15m', '15 days'),
            ('30m', '30 days'),
            ('1h', '95 days'),
            ('4h', '370 days')
        ) as a (timeframe, longest)
        where
            timeframe.timeframe = 'auto'
            and timeframe.until <= timeframe.since + a.longest + interval '1 minute'
            and timeframe.since >= gaps.kept_since(a.timeframe)
        order by a.longest
        limit 1
    ),
    case when timeframe.timeframe = 'auto' then '1d' end
);
comment on function grafana.timeframe(text, timestamptz, timestamptz) is
'The timeframe that a dashboard asks for, by name, alias or ''auto''; null when unknown.';
