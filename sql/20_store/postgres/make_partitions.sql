-- store.make_partitions(parent, chunk, since, until): partitions of a relation of schema store, each a chunk wide,
-- exist for the range afterwards. create + attach works beside open readers and writers; create … partition of would
-- wait for them. Raises BH005 for a range without an end.

create or replace function store.make_partitions(parent text, chunk interval, since timestamptz, until timestamptz)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    width constant interval := make_interval(secs => extract(epoch from chunk)::double precision);  -- a day is 24 hours in every time zone
    p record;
begin
    if not (isfinite(since) and isfinite(until)) then
        raise exception using
            errcode = 'BH005',
            message = format('storage is not made without end: from %s to %s', since, until),
            hint = 'store.ensure(meta.now(), meta.now() + interval ''7 days'')';
    end if;
    perform pg_advisory_xact_lock(hashtext('bhav.ensure'));
    for p in
        select
            parent || to_char(s.starts_at at time zone 'Asia/Kolkata', '_YYYYMMDD') as name,
            s.starts_at
        from generate_series(
            date_bin(width, since, timestamptz '2000-01-02 19:45:00+00'), until, width
        ) as s (starts_at)
    loop
        continue when to_regclass(format('store.%I', p.name)) is not null;
        execute format(
            'create table store.%1$I (like store.%2$I including defaults including constraints) with (%3$s)',
            p.name, parent,
            case
                when parent like 'merged%' then 'fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02'
                else 'autovacuum_vacuum_insert_scale_factor = 0.5'
            end
        );
        execute format(
            'alter table store.%I attach partition store.%I for values from (%L) to (%L)',
            parent, p.name, p.starts_at, p.starts_at + width
        );
    end loop;
end
$$;
comment on function store.make_partitions(text, interval, timestamptz, timestamptz) is
'Partitions of a relation for the range exist afterwards.';
