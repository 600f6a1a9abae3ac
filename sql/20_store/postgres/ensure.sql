-- store.ensure(since, until): partitions of ticks, candles and history for the range exist afterwards.
-- Raises BH003 when the range reaches before the horizon of the ticks.
-- needs: make_partitions

create or replace procedure store.ensure(since timestamptz, until timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform store.check_horizon(since);
    perform store.make_partitions(p.parent, r.chunk, since, until)
    from meta.retention as r
    cross join
        unnest(
            case r.relation
                when 'tick_data' then array['tick_data']
                else array['merged_' || r.relation, 'history_' || r.relation]
            end
        ) as p (parent);
end
$$;
comment on procedure store.ensure is
'Storage for ticks and candles of the range exists afterwards.';
