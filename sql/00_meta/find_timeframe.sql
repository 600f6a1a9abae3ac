-- meta.find_timeframe(name) → canonical name of a timeframe: '5min', '5' → '5m', '1H' → '1h'. Null for anything that
-- is not in meta.timeframes or meta.timeframe_aliases: for '5M' and '60M' too, as M is a month.

create or replace function meta.find_timeframe(name text)
returns text
language sql
stable
parallel safe
return coalesce(
    (
        select t.timeframe
        from meta.timeframes as t
        where
            t.timeframe = find_timeframe.name
            or (t.timeframe = lower(find_timeframe.name) and find_timeframe.name not like '%M')
    ),
    (
        select a.timeframe
        from meta.timeframe_aliases as a
        where a.alias = lower(find_timeframe.name) and find_timeframe.name not like '%M'
    )
);
comment on function meta.find_timeframe(text) is 'The canonical name of a timeframe; null when it is unknown.';
