-- A batch of ticks is merged into minutes that are pending, and a job carries these to the stored timeframes: a tick
-- updates one row instead of seven. store.live becomes store.merged, its partitions likewise, and store.live_1m …
-- store.live_1d are views that put both together.

alter table store.live rename to merged;
comment on table store.merged is
'Candles of every timeframe made from ticks, without what is in store.pending. *_time: of the tick that a value came from.';

create table store.pending (
    instrument_id integer not null,
    bucket timestamptz not null,
    open double precision not null,
    high double precision not null,
    low double precision not null,
    close double precision not null,
    volume bigint not null,
    missed_volume bigint not null,
    open_interest bigint,
    turnover double precision not null,
    ticks bigint not null,
    open_time timestamptz not null,
    close_time timestamptz not null,
    open_interest_time timestamptz,
    primary key (instrument_id, bucket)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
create index on store.pending (bucket);
comment on table store.pending is '1m candles of the ticks that store.merged does not hold yet.';

do $do$
declare
    t record;
    p record;
begin
    for t in select timeframe, width from meta.timeframes where stored order by ordinal loop
        for p in
            select c.relname
            from pg_catalog.pg_class as c
            where
                c.relnamespace = 'store'::regnamespace
                and c.relname ~ pg_catalog.format('^live_%s(?!\d)', t.timeframe)
        loop
            execute pg_catalog.format(
                'alter table store.%I rename to %I', p.relname, pg_catalog.regexp_replace(p.relname, '^live', 'merged')
            );
        end loop;
        execute pg_catalog.format(
            'comment on table store.merged_%1$s is %2$L',
            t.timeframe,
            pg_catalog.format('Candles of %s made from ticks, without what is in store.pending.', t.timeframe)
        );
        execute pg_catalog.format(
            $sql$
            create view store.live_%1$s as
            select
                m.instrument_id, m.bucket, m.open, m.high, m.low, m.close, m.volume, m.missed_volume, m.open_interest,
                m.turnover, m.ticks, m.open_time, m.close_time, m.open_interest_time
            from store.merged_%1$s as m
            where
                m.bucket < coalesce(
                    (select date_bin(%2$L, min(p.bucket), timestamptz '2000-01-02 19:45:00+00') from store.pending as p),
                    'infinity'
                )
            union all
            select
                u.instrument_id,
                u.bucket,
                (array_agg(u.open order by u.open_time))[1],
                max(u.high),
                min(u.low),
                (array_agg(u.close order by u.close_time desc))[1],
                sum(u.volume)::bigint,
                sum(u.missed_volume)::bigint,
                (array_agg(u.open_interest order by u.open_interest_time desc) filter (where u.open_interest is not null))[1],
                sum(u.turnover),
                sum(u.ticks)::bigint,
                min(u.open_time),
                max(u.close_time),
                max(u.open_interest_time)
            from (
                select
                    m.instrument_id, m.bucket, m.open, m.high, m.low, m.close, m.volume, m.missed_volume, m.open_interest,
                    m.turnover, m.ticks, m.open_time, m.close_time, m.open_interest_time
                from store.merged_%1$s as m
                where
                    m.bucket >= (
                        select date_bin(%2$L, min(p.bucket), timestamptz '2000-01-02 19:45:00+00')
                        from store.pending as p
                    )
                union all
                select
                    p.instrument_id, date_bin(%2$L, p.bucket, timestamptz '2000-01-02 19:45:00+00'), p.open, p.high, p.low,
                    p.close, p.volume, p.missed_volume, p.open_interest, p.turnover, p.ticks, p.open_time, p.close_time,
                    p.open_interest_time
                from store.pending as p
            ) as u
            group by u.instrument_id, u.bucket
            $sql$,
            t.timeframe, t.width
        );
        execute pg_catalog.format(
            'comment on view store.live_%1$s is %2$L',
            t.timeframe,
            pg_catalog.format('Candles of %s made from ticks, equal at each commit to a group by over the ticks.', t.timeframe)
        );
    end loop;
end
$do$;
