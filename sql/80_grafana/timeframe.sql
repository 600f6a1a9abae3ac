-- grafana.timeframe(timeframe, since, until) → the timeframe that a dashboard asks for: a listed name or an alias; for
-- 'auto' the one whose bars a chart of that range can show. Null when unknown: a panel shows no data, not an error.
-- Reads meta.timeframes, meta.timeframe_aliases.

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
        where a.alias = lower(timeframe.timeframe)
    ),
    case
        when timeframe.timeframe is distinct from 'auto' then null
        when timeframe.until <= timeframe.since + interval '1 day' then '1m'
        when timeframe.until <= timeframe.since + interval '5 days' then '5m'
        when timeframe.until <= timeframe.since + interval '15 days' then '15m'
        when timeframe.until <= timeframe.since + interval '30 days' then '30m'
        when timeframe.until <= timeframe.since + interval '95 days' then '1h'
        when timeframe.until <= timeframe.since + interval '370 days' then '4h'
        else '1d'
    end
);
comment on function grafana.timeframe(text, timestamptz, timestamptz) is
'The timeframe that a dashboard asks for, by name, alias or ''auto''; null when unknown.';
