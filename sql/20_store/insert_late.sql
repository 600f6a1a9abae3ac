-- store.insert_late_ticks() → rows inserted: ticks that arrived long after their second. Reads and empties the
-- session's temporary table staged_ticks, whose times are whole exchange times, not yet numbered.
-- A tick equal to a stored one of the same second in price, day volume, open interest, bid and ask is a duplicate and
-- is left out; others take the next free microsecond. So storing the same late ticks again changes nothing.

create or replace function store.insert_late_ticks()
returns bigint
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    inserted bigint;
begin
    with numbered as (
        select
            l.*,
            row_number() over same_payload as repeat
        from pg_temp.staged_ticks as l
        where l.time >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
        window same_payload as (
            partition by
                l.instrument_id, date_trunc('second', l.time), l.ltp, l.day_volume, l.open_interest,
                l.bid_price, l.ask_price, l.bid_qty, l.ask_qty
            order by l.volume desc, l.missed_volume desc
        )
    ),

    fresh as (
        select
            n.*,
            row_number() over (partition by n.instrument_id, date_trunc('second', n.time) order by n.time, n.day_volume, n.ltp) as place
        from numbered as n
        where
            n.repeat = 1
            and not exists (
                select from store.tick_data as t
                where
                    t.instrument_id = n.instrument_id
                    and t.time >= date_trunc('second', n.time)
                    and t.time < date_trunc('second', n.time) + interval '1 second'
                    and (t.ltp, t.day_volume, t.open_interest, t.bid_price, t.ask_price, t.bid_qty, t.ask_qty)
                    is not distinct from
                    (n.ltp, n.day_volume, n.open_interest, n.bid_price, n.ask_price, n.bid_qty, n.ask_qty)
            )
    ),

    placed as (
        select
            f.*,
            coalesce(
                (
                    select max(t.time)
                    from store.tick_data as t
                    where
                        t.instrument_id = f.instrument_id
                        and t.time >= date_trunc('second', f.time)
                        and t.time < date_trunc('second', f.time) + interval '1 second'
                ),
                date_trunc('second', f.time) - interval '1 microsecond'
            ) + f.place * interval '1 microsecond' as free_time
        from fresh as f
    )

    insert into store.tick_data (
        instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,
        bid_price, ask_price, bid_qty, ask_qty, source, received_at
    )
    select
        p.instrument_id, p.free_time, p.ltp, p.volume, p.missed_volume, p.day_volume, p.open_interest,
        p.bid_price, p.ask_price, p.bid_qty, p.ask_qty, p.source, p.received_at
    from placed as p;
    get diagnostics inserted = row_count;
    truncate pg_temp.staged_ticks;
    return inserted;
end
$$;
comment on function store.insert_late_ticks() is
'Stores the late ticks of the temporary table staged_ticks: duplicates are left out, others take the next free microsecond.';
