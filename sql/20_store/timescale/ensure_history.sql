-- store.ensure_history(timeframe, since, until): nothing to do; hypertables make their chunks themselves.

create or replace procedure store.ensure_history(timeframe text, since timestamptz, until timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
end
$$;
comment on procedure store.ensure_history is
'Storage for the broker''s candles of a timeframe and range exists afterwards.';
