-- indicators.advance() → instruments × timeframes whose live indicators changed. Called every second: brings what is
-- watched to the bars that closed since the last call, adds what has become watched (for two seconds at most; the rest
-- comes with the next calls), drops what no one watches any more. Without a subscription it does nothing. Waits for
-- another advance(), verify() or set_anchors() to end.
-- needs: advance_state, announce, refresh_values, seed_state, watched

create function indicators.advance()
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    upto timestamptz := meta.now() - interval '2 seconds';
    stop_at timestamptz := clock_timestamp() + interval '2 seconds';
    t record;
    instrument integer;
    changed integer[];
    total integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.indicators'));
    delete from ledger.indicator_subscriptions where expires_at <= now();
    delete from ledger.indicator_state as s
    where not exists (  -- watched would count all clients first
        select from ledger.indicator_subscriptions as w
        where w.timeframe = s.timeframe and w.instrument_id = s.instrument_id and w.id = any(indicators.state_ids())
    );
    delete from ledger.indicator_values as v
    where not exists (
        select from indicators.watched as w
        where w.timeframe = v.timeframe and w.instrument_id = v.instrument_id and w.id = v.id
    );
    delete from ledger.indicator_clock as c
    where not exists (select from ledger.indicator_subscriptions as s where s.timeframe = c.timeframe);
    if upto is null then
        return 0;
    end if;
    insert into ledger.indicator_clock (timeframe, advanced_until)
    select distinct s.timeframe, upto from ledger.indicator_subscriptions as s
    on conflict do nothing;

    for t in
        with closed as materialized (
            select b.timeframe, b.closes_at
            from candles.closings((select min(k.advanced_until) from ledger.indicator_clock as k), upto) as b
        )

        select
            f.timeframe,
            f.stored,
            k.advanced_until,
            exists (select from closed as b where b.timeframe = k.timeframe and b.closes_at > k.advanced_until) as has_closed
        from ledger.indicator_clock as k
        inner join meta.timeframes as f on f.timeframe = k.timeframe
        order by f.ordinal
    loop
        changed := '{}';
        if t.has_closed and t.stored then
            changed := indicators.advance_state(t.timeframe, t.advanced_until);
        end if;
        for instrument in
            select distinct w.instrument_id
            from indicators.watched as w
            where
                w.timeframe = t.timeframe
                and w.in_state
                and not exists (
                    select from ledger.indicator_state as s
                    where s.timeframe = w.timeframe and s.instrument_id = w.instrument_id
                )
        loop
            exit when clock_timestamp() > stop_at;
            perform indicators.seed_state(instrument, t.timeframe);
            changed := changed || instrument;
        end loop;
        changed := changed || indicators.refresh_values(
            t.timeframe,
            array(
                select distinct w.instrument_id
                from indicators.watched as w
                left join ledger.indicator_values as v using (timeframe, instrument_id, id)
                where w.timeframe = t.timeframe and not w.in_state and (t.has_closed or v is null)
            )
        );
        update ledger.indicator_clock as k set advanced_until = upto where k.timeframe = t.timeframe;
        changed := array(select distinct c.instrument_id from unnest(changed) as c (instrument_id));
        perform indicators.announce(t.timeframe, changed);
        total := total + cardinality(changed);
    end loop;
    return total;
end
$$;
comment on function indicators.advance() is
'Brings watched indicators to the bars that have closed; what no one watches is dropped.';
