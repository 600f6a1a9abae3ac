-- indicators.verify() → instruments × timeframes whose live indicators were corrected. Called every minute: holds the
-- live state against the newest closed bars, of which one may have been corrected or come late, and computes anew what
-- was computed longest ago: 50 states and 50 other values, in turn, so that corrections of older bars are found too.
-- Waits for an advance() or set_anchors() to end.
-- needs: advance_state, announce, refresh_values, seed_state

create function indicators.verify()
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    k record;
    total integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.indicators'));
    for k in
        select c.timeframe, c.advanced_until
        from ledger.indicator_clock as c
        where exists (select from ledger.indicator_state as s where s.timeframe = c.timeframe)
    loop
        perform indicators.advance_state(k.timeframe, k.advanced_until);
    end loop;
    for k in
        select o.timeframe, array_agg(o.instrument_id) as instrument_ids
        from (
            select s.timeframe, s.instrument_id from ledger.indicator_state as s order by s.verified_at limit 50
        ) as o
        where indicators.seed_state(o.instrument_id, o.timeframe)
        group by o.timeframe
    loop
        perform indicators.announce(k.timeframe, k.instrument_ids);
        total := total + cardinality(k.instrument_ids);
    end loop;
    for k in
        select o.timeframe, indicators.refresh_values(o.timeframe, array_agg(o.instrument_id)) as instrument_ids
        from (
            select v.timeframe, v.instrument_id from ledger.indicator_values as v order by v.verified_at limit 50
        ) as o
        group by o.timeframe
    loop
        perform indicators.announce(k.timeframe, k.instrument_ids);
        total := total + cardinality(k.instrument_ids);
    end loop;
    return total;
end
$$;
comment on function indicators.verify() is
'Holds live indicators against the newest bars, and computes the longest unverified anew.';
