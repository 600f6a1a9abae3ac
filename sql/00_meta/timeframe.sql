-- meta.timeframe(name) → canonical name of a timeframe, as meta.find_timeframe() finds it. Raises BH001 when unknown.
-- needs: find_timeframe

create or replace function meta.timeframe(name text)
returns text
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    found_timeframe constant text := meta.find_timeframe(name);
begin
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
