-- store.insert_late_ticks() → rows inserted: ticks that arrived long after their second. Reads and empties the
-- session's temporary table staged_ticks, whose times are exchange times, not yet numbered.
-- A tick equal to a stored one of the same second in price, day volume, open interest, bid and ask is a duplicate and
-- is left out; one whose time is taken follows the last of its second by a microsecond. So storing the same late ticks
-- again changes nothing. Those of minutes that a broker's candle has replaced go to store.replaced_ticks. What is left
-- out is counted in ledger.tick_counts.
-- offset 0 keeps the planner at one index probe for each second.
-- needs: count_left_out

create or replace function store.insert_late_ticks()
returns bigint
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    inserted integer[];
begin
    perform store.divert_stragglers();
    with staged as (
        select
            l.*,
            date_trunc('second', l.time) as second
        from pg_temp.staged_ticks as l
        where l.time >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
    ),

    stored as (
        select
            t.*,
            s.second
        from (select distinct instrument_id, second from staged) as s
        cross join lateral (
            select *
            from store.tick_data as t
            where t.instrument_id = s.instrument_id and t.time >= s.second and t.time < s.second + interval '1 second'
            offset 0
        ) as t
    ),

    together as (
        select
            u.*,
            row_number() over (
                partition by
                    u.instrument_id, u.second, u.ltp, u.day_volume, u.open_interest,
                    u.bid_price, u.ask_price, u.bid_qty, u.ask_qty
                order by u.is_new, u.volume desc, u.missed_volume desc, u.time
            ) as repeat
        from (
            select *, true as is_new from staged
            union all
            select *, false as is_new from stored
        ) as u
    ),

    different as (
        select
            t.*,
            max(t.time) over (partition by t.instrument_id, t.second) as newest,
            row_number() over (partition by t.instrument_id, t.time order by t.is_new, t.day_volume, t.ltp) as claim
        from together as t
        where not t.is_new or t.repeat = 1
    ),

    placed as (
        select
            d.*,
            row_number() over (
                partition by d.instrument_id, d.second, d.claim > 1 order by d.time, d.day_volume, d.ltp
            ) as place
        from different as d
        where d.is_new
    ),

    inserted_ticks as (
        insert into store.tick_data (
            instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,
            bid_price, ask_price, bid_qty, ask_qty, source, received_at
        )
        select
            p.instrument_id,
            case when p.claim = 1 then p.time else p.newest + p.place * interval '1 microsecond' end,
            p.ltp, p.volume, p.missed_volume, p.day_volume, p.open_interest,
            p.bid_price, p.ask_price, p.bid_qty, p.ask_qty, p.source, p.received_at
        from placed as p
        returning instrument_id
    )

    select array_agg(i.instrument_id) into inserted
    from inserted_ticks as i;
    perform store.count_left_out(inserted);
    truncate pg_temp.staged_ticks;
    return coalesce(cardinality(inserted), 0);
end
$$;
comment on function store.insert_late_ticks() is
'Stores the late ticks of the temporary table staged_ticks: duplicates are left out; where the time is taken, the next free microsecond.';
