-- store.ensure_history(timeframe, since, until): partitions of the broker's candles of a timeframe for the range exist
-- afterwards.
-- needs: make_partitions

create or replace procedure store.ensure_history(timeframe text, since timestamptz, until timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform store.make_partitions('history_' || r.relation, r.chunk, since, until)
    from meta.retention as r
    where r.relation = ensure_history.timeframe;
end
$$;
comment on procedure store.ensure_history is
'Storage for the broker''s candles of a timeframe and range exists afterwards.';
