-- store.swap_ticks(instrument_id, minutes, buckets, opens, highs, lows, closes, volumes, open_interests): the live
-- ticks of these minutes go to store.replaced_ticks, and each candle that starts in them becomes four ticks of
-- source 'broker': open at its start, high, low, and close a microsecond before its end, with volume and open
-- interest. A minute without a candle is empty then. What an earlier call put there is replaced. Does not keep the
-- candles up to date: store.replace_minutes() does.

create or replace function store.swap_ticks(
    instrument_id integer,
    minutes tstzmultirange,
    buckets timestamptz[],
    opens double precision[],
    highs double precision[],
    lows double precision[],
    closes double precision[],
    volumes bigint[],
    open_interests bigint[]
)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    with replaced as (
        delete from store.tick_data as t
        using unnest(minutes) as m (part)
        where
            t.instrument_id = swap_ticks.instrument_id
            and t.time >= lower(minutes)
            and t.time < upper(minutes)
            and t.time >= lower(m.part)
            and t.time < upper(m.part)
        returning t.*
    )

    insert into store.replaced_ticks
    select r.* from replaced as r
    where r.source <> 'broker';

    insert into store.tick_data (instrument_id, time, ltp, volume, open_interest, source)
    select
        swap_ticks.instrument_id,
        t.time,
        t.price,
        t.volume,
        t.open_interest,
        'broker'
    from unnest(buckets, opens, highs, lows, closes, volumes, open_interests)
        as b (bucket, open, high, low, close, volume, open_interest)
    cross join
        lateral (
            values
            (b.bucket, b.open, 0, null::bigint),
            (b.bucket + interval '1 microsecond', b.high, 0, null),
            (b.bucket + interval '2 microseconds', b.low, 0, null),
            (b.bucket + interval '59.999999 seconds', b.close, b.volume, b.open_interest)
        ) as t (time, price, volume, open_interest)
    where b.bucket <@ minutes;
end
$$;
comment on function store.swap_ticks is
'Moves an instrument''s ticks of these minutes away and puts four ticks of each broker candle in their place.';
