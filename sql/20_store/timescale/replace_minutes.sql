-- store.replace_minutes(instrument_id, minutes, …): the broker's candles take the place of the ticks of these
-- minutes, as store.swap_ticks() does it. Above the watermark the aggregates show it at once; below, refresh_stale
-- brings them up to date within seconds. Ticks in the columnstore are decompressed for it, as many as there are.

create or replace function store.replace_minutes(
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
    if isempty(minutes) then
        return;
    end if;
    perform set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);
    perform store.swap_ticks(
        instrument_id, minutes, buckets, opens, highs, lows, closes, volumes, open_interests
    );
end
$$;
comment on function store.replace_minutes is
'Puts the broker''s candles in the place of an instrument''s ticks of these minutes; candles of every timeframe follow.';
