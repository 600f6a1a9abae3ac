-- Storage on plain PostgreSQL: partitions that store.ensure() creates and store.retain() drops.
-- Every candle is a row of one table, partitioned by timeframe and then by time.

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
) partition by range (time);
comment on table store.tick_data is
'Ticks of the trading sessions. volume: traded since the previous tick; day_volume: the broker''s own counter.';

create table store.live (
    timeframe text not null,
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
    primary key (instrument_id, bucket, timeframe)
) partition by list (timeframe);
comment on table store.live is
'Candles of every timeframe, equal at each commit to a group by over the ticks. *_time: of the tick that a value came from.';

create table store.history (
    timeframe text not null,
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
    primary key (instrument_id, bucket, timeframe)
) partition by list (timeframe);
comment on table store.history is 'Candles of every timeframe that the broker gave, for times older than the ticks.';

do $do$
declare
    tf text;
begin
    for tf in select timeframe from meta.timeframes where stored order by ordinal loop
        execute format('create table store.live_%1$s partition of store.live for values in (%1$L) partition by range (bucket)', tf);
        execute format('create index on store.live_%s (bucket)', tf);
        execute format('comment on table store.live_%1$s is %2$L', tf, format('Candles of %s made from ticks.', tf));
        execute format('create table store.history_%1$s partition of store.history for values in (%1$L) partition by range (bucket)', tf);
        execute format('alter table store.history_%1$s alter column timeframe set default %1$L', tf);
        execute format('create index on store.history_%s (bucket)', tf);
        execute format('comment on table store.history_%1$s is %2$L', tf, format('Candles of %s that the broker gave: they win over live.', tf));
    end loop;
end
$do$;
