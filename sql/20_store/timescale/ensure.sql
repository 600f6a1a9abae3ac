-- store.ensure(since, until): storage for the range exists; hypertables make their chunks themselves.
-- Raises BH003 when the range reaches before the horizon of the ticks.

create or replace procedure store.ensure(since timestamptz, until timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform store.check_horizon(since);
end
$$;
comment on procedure store.ensure is
'Storage for ticks and candles of the range exists afterwards.';
