-- Storage on TimescaleDB: one hypertable of ticks, seven real-time continuous aggregates built on each other.
-- All buckets share one origin, Monday 2000-01-03 01:15 IST, so that 1h bars start 09:15 and a day holds its session.

create table store.tick_data (
    instrument_id integer not null,
    time timestamptz not null,
    ltp double precision not null,
    volume bigint not null default 0,
    missed_volume bigint not null default 0,
    day_volume bigint,
    open_interest bigint,
    bid_price double precision,
    ask_price double precision,
    bid_qty bigint,
    ask_qty bigint,
    source text not null,
    received_at timestamptz not null default now(),
    primary key (instrument_id, time)
);
comment on table store.tick_data is
'Ticks of the trading sessions. volume: traded since the previous tick; day_volume: the broker''s own counter.';
select public.create_hypertable(
    'store.tick_data',
    public.by_range(
        'time',
        (
            select chunk from meta.retention
            where relation = 'tick_data'
        )
    ),
    create_default_indexes => false
);
-- without a time-leading index a refresh scans all of (instrument_id, time)
create index tick_data_time on store.tick_data (time);
alter table store.tick_data set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'instrument_id',
    timescaledb.orderby = 'time'
);

create materialized view store.live_1m
with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.chunk_interval = '5 days') as
select
    instrument_id,
    public.time_bucket(interval '1 minute', time, origin => timestamptz '2000-01-02 19:45:00+00') as bucket,
    public.first(ltp, time) as open,
    max(ltp) as high,
    min(ltp) as low,
    public.last(ltp, time) as close,
    sum(volume)::bigint as volume,
    sum(missed_volume)::bigint as missed_volume,
    public.last(open_interest, time) filter (where open_interest is not null) as open_interest,
    sum(ltp * volume) as turnover,
    count(*) as ticks
from store.tick_data
group by 1, 2
with no data;

do $do$
declare
    t record;
begin
    for t in
        select
            tf.timeframe,
            tf.width,
            tf.base,
            r.chunk
        from meta.timeframes as tf
        inner join meta.retention as r on r.relation = tf.timeframe
        where tf.stored and tf.base is not null
        order by tf.ordinal
    loop
        execute format(
            $sql$
            create materialized view store.live_%1$s
            with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.chunk_interval = %4$L) as
            select
                instrument_id,
                public.time_bucket(interval %2$L, bucket, origin => timestamptz '2000-01-02 19:45:00+00') as bucket,
                public.first(open, bucket) as open,
                max(high) as high,
                min(low) as low,
                public.last(close, bucket) as close,
                sum(volume)::bigint as volume,
                sum(missed_volume)::bigint as missed_volume,
                public.last(open_interest, bucket) filter (where open_interest is not null) as open_interest,
                sum(turnover) as turnover,
                sum(ticks)::bigint as ticks
            from store.live_%3$s
            group by 1, public.time_bucket(interval %2$L, bucket, origin => timestamptz '2000-01-02 19:45:00+00')
            with no data
            $sql$,
            t.timeframe, t.width, t.base, t.chunk
        );
    end loop;
end
$do$;

do $do$
declare
    t record;
begin
    for t in
        select
            tf.timeframe,
            r.chunk
        from meta.timeframes as tf
        inner join meta.retention as r on r.relation = tf.timeframe
        where tf.stored
        order by tf.ordinal
    loop
        execute format(
            $sql$
            create table store.history_%1$s (
                instrument_id integer not null,
                bucket timestamptz not null,
                open double precision not null,
                high double precision not null,
                low double precision not null,
                close double precision not null,
                volume bigint not null,
                missed_volume bigint not null default 0,
                open_interest bigint,
                turnover double precision not null,
                ticks bigint not null default 0,
                primary key (instrument_id, bucket)
            )
            $sql$,
            t.timeframe
        );
        perform public.create_hypertable(
            format('store.history_%s', t.timeframe)::regclass,
            public.by_range('bucket', t.chunk),
            create_default_indexes => false
        );
        execute format('create index on store.history_%s (bucket)', t.timeframe);
        execute format('comment on table store.history_%1$s is %2$L', t.timeframe, format('Candles of %s that the broker gave: they win over live.', t.timeframe));
        execute format('comment on view store.live_%1$s is %2$L', t.timeframe, format('Candles of %s made from ticks.', t.timeframe));
    end loop;
end
$do$;

-- In a replay database the policies, which know only the wall clock, would close bars that are still forming: there
-- the job store.catch_up() does their work on the market clock.
-- start_offset stays far below what meta.retention keeps of the source: a refresh that reached what was dropped
-- would delete every instrument's candles there
select
    public.add_continuous_aggregate_policy(
        format('store.live_%s', p.timeframe)::regclass,
        start_offset => p.start_offset,
        end_offset => interval '1 second',
        schedule_interval => p.every
    )
from (
    values
    ('1m', interval '30 minutes', interval '10 seconds'),
    ('5m', interval '1 hour', interval '1 minute'),
    ('15m', interval '2 hours', interval '2 minutes'),
    ('30m', interval '3 hours', interval '5 minutes'),
    ('1h', interval '6 hours', interval '5 minutes'),
    ('4h', interval '1 day', interval '10 minutes'),
    ('1d', interval '3 days', interval '10 minutes')
) as p (timeframe, start_offset, every)
where current_setting('bhav.clock') = 'wall';

do $do$
declare
    r record;
begin
    for r in
        select
            relation,
            columnstore_after
        from meta.retention
        where columnstore_after is not null
    loop
        if r.relation <> 'tick_data' then
            execute format(
                'alter materialized view store.live_%s set (timescaledb.enable_columnstore, timescaledb.segmentby = ''instrument_id'', timescaledb.orderby = ''bucket'')',
                r.relation
            );
        end if;
        if current_setting('bhav.clock') = 'wall' then
            perform public.add_compression_policy(
                case r.relation when 'tick_data' then 'store.tick_data' else 'store.live_' || r.relation end::regclass,
                compress_after => r.columnstore_after
            );
        end if;
    end loop;
end
$do$;
