-- store.ensure(since, until): partitions of ticks, candles and history for the range exist afterwards.
-- Raises BH003 when the range reaches before the horizon of the ticks.
-- create + attach works beside open readers and writers; create … partition of would wait for them.

create or replace procedure store.ensure(since timestamptz, until timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    p record;
begin
    perform store.check_horizon(since);
    perform pg_advisory_xact_lock(hashtext('bhav.ensure'));
    for p in
        with parents as (
            select
                make_interval(secs => extract(epoch from r.chunk)::double precision) as chunk,  -- a day is 24 hours in every time zone
                unnest(
                    case r.relation
                        when 'tick_data' then array['tick_data']
                        else array['live_' || r.relation, 'history_' || r.relation]
                    end
                ) as parent
            from meta.retention as r
        ),

        wanted as (
            select
                w.parent,
                w.parent || to_char(starts.at at time zone 'Asia/Kolkata', '_YYYYMMDD') as name,
                starts.at as starts_at,
                starts.at + w.chunk as ends_at
            from parents as w
            cross join lateral generate_series(
                date_bin(w.chunk, since, timestamptz '2000-01-02 19:45:00+00'), until, w.chunk
            ) as starts (at)
        )

        select * from wanted as w
        where to_regclass(format('store.%I', w.name)) is null
    loop
        execute format(
            'create table store.%1$I (like store.%2$I including defaults including constraints) with (%3$s)',
            p.name, p.parent,
            case
                when p.parent like 'live%' then 'fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02'
                else 'autovacuum_vacuum_insert_scale_factor = 0.5'
            end
        );
        execute format(
            'alter table store.%I attach partition store.%I for values from (%L) to (%L)',
            p.parent, p.name, p.starts_at, p.ends_at
        );
    end loop;
end
$$;
comment on procedure store.ensure is
'Storage for ticks and candles of the range exists afterwards.';
