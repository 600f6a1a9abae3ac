-- store.replace_minutes(instrument_id, minutes, …): the broker's candles take the place of the ticks of these
-- minutes, as store.swap_ticks() does it, and the instrument's candles of every timeframe are made anew there.
-- Writers wait for a few milliseconds; the trigger merge_ticks stands back.

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
    call store.ensure(lower(minutes), upper(minutes));
    lock table store.tick_data in share row exclusive mode;
    perform set_config('bhav.merge_ticks', 'off', true);
    perform store.swap_ticks(
        instrument_id, minutes, buckets, opens, highs, lows, closes, volumes, open_interests
    );
    perform set_config('bhav.merge_ticks', 'on', true);
    perform store.rebuild_candles(lower(m.part), upper(m.part), replace_minutes.instrument_id)
    from unnest(minutes) as m (part);
end
$$;
comment on function store.replace_minutes is
'Puts the broker''s candles in the place of an instrument''s ticks of these minutes; candles of every timeframe follow.';
