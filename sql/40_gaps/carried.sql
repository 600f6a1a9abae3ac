-- gaps.carried(instrument_ids) → per instrument, when feed connections brought its ticks: those that have ended, and
-- those that are up but for the last two seconds, as a tick may be so long on its way. unsure: minutes of which more
-- than that is not known. An instrument that none ever carried has no row.

create function gaps.carried(instrument_ids integer[])
returns table (instrument_id integer, carried tstzmultirange, unsure tstzmultirange)
language sql
stable
parallel safe
begin atomic
    select
        coalesce(k.instrument_id, l.instrument_id) as instrument_id,
        coalesce(k.covered, '{}') + coalesce(l.ranges, '{}') as carried,
        coalesce(k.unsure, '{}') as unsure
    from (
        select
            e.instrument_id,
            e.covered,
            e.unsure
        from ledger.coverage as e
        where e.timeframe = 'tick' and e.instrument_id = any(carried.instrument_ids)
    ) as k
    full join (
        select
            u.instrument_id,
            range_agg(tstzrange(c.up_at, c.heard_until - interval '2 seconds')) as ranges
        from ledger.feed_connections as c
        cross join unnest(c.instrument_ids) as u (instrument_id)
        where
            c.ended_at is null
            and c.heard_until - interval '2 seconds' > c.up_at
            and u.instrument_id = any(carried.instrument_ids)
        group by u.instrument_id
    ) as l on l.instrument_id = k.instrument_id;
end;
comment on function gaps.carried(integer[]) is 'When feed connections brought the ticks of each instrument.';
