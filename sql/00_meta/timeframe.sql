-- meta.timeframe(name) → canonical name of a timeframe: '5min', '5' → '5m', '1H' → '1h'.
-- Raises BH001 for anything that is not in meta.timeframes or meta.timeframe_aliases: '5M', '60M' too, as M is a month.

create or replace function meta.timeframe(name text)
returns text
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    found_timeframe text;
begin
    select t.timeframe into found_timeframe
    from meta.timeframes as t
    where t.timeframe = timeframe.name or (t.timeframe = lower(timeframe.name) and timeframe.name not like '%M');
    if found_timeframe is null then
        select a.timeframe into found_timeframe
        from meta.timeframe_aliases as a
        where a.alias = lower(timeframe.name) and timeframe.name not like '%M';
    end if;
    if found_timeframe is null then
        raise exception using
            errcode = 'BH001',
            message = format('unknown timeframe: %s', coalesce('"' || name || '"', 'null')),
            hint = (
                select 'one of ' || string_agg(t.timeframe, ' ' order by t.ordinal)
                from meta.timeframes as t
            );
    end if;
    return found_timeframe;
end
$$;
comment on function meta.timeframe(text) is
'The canonical name of a timeframe; raises BH001 with the list of timeframes when it is unknown.';
