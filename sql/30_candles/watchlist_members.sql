-- candles.watchlist_members(broker) → what each entry of the watchlist comes to today, by the market clock.
-- place: importance, 1 is the first; an instrument that several entries want is there once for each.
--
-- An entry is its instrument, and if it is a chain also the options on it, of the next `expiries` from today on: those
-- with a strike in the range of the underlying's newest day bar, and the `strikes` nearest on each side of it; a strike
-- at the low or the high is the first of its side. So while a bar grows the list only grows, and it is the same after a
-- restart. Without a bar there are no options.
--
-- The entry's own instrument is always there; broker_key is null if the broker does not list it, or it has expired.
-- Options that the broker does not list take no place among strikes or expiries.
--
-- Order: instruments, underlyings of chains (each by added_at), options by strikes from the range.
-- needs: latest

create function candles.watchlist_members(broker text)
returns table (entry_id integer, what text, instrument_id integer, broker_key text, place bigint)
language sql
stable
parallel safe
begin atomic
    with clock as materialized (
        select (coalesce(meta.now(), now()) at time zone 'Asia/Kolkata')::date as today
    ),

    ranges as (
        select
            w.instrument_id,
            w.strikes,
            w.expiries,
            w.added_at,
            b.low,
            b.high
        from ledger.watchlist as w
        inner join
            candles.latest('1d', array(
                select c.instrument_id
                from ledger.watchlist as c
                where c.what = 'chain'
            )) as b
            on b.instrument_id = w.instrument_id
        where w.what = 'chain'
    ),

    options as (
        select
            r.*,
            i.id,
            i.expiry,
            i.strike,
            k.broker_key,
            dense_rank() over (partition by r.instrument_id order by i.expiry) as nth_expiry
        from ranges as r
        inner join market.instruments as i on i.underlying_id = r.instrument_id and i.kind = 'option'
        inner join market.broker_instruments as k on k.instrument_id = i.id
        cross join clock as c
        where i.expiry >= c.today and k.broker = watchlist_members.broker and k.valid_until = 'infinity'
    ),

    ladder as (
        select
            o.*,
            case when o.strike <= o.low then dense_rank() over down end as below,
            case when o.strike >= o.high then dense_rank() over up end as above
        from options as o
        where o.nth_expiry <= o.expiries
        window
            down as (partition by o.instrument_id, o.expiry, o.strike <= o.low order by o.strike desc),
            up as (partition by o.instrument_id, o.expiry, o.strike >= o.high order by o.strike)
    ),

    members as (
        select
            w.instrument_id as entry_id,
            w.what,
            w.instrument_id,
            k.broker_key,
            case w.what when 'instrument' then 1 else 2 end as class,
            0 as steps,
            w.added_at,
            null::date as expiry,
            null::double precision as strike
        from ledger.watchlist as w
        inner join market.instruments as i on i.id = w.instrument_id
        cross join clock as c
        left join market.broker_instruments as k
            on
                k.instrument_id = w.instrument_id
                and k.broker = watchlist_members.broker
                and k.valid_until = 'infinity'
                and (i.expiry is null or i.expiry >= c.today)
        union all
        select
            l.instrument_id as entry_id,
            'chain' as what,
            l.id as instrument_id,
            l.broker_key,
            3 as class,
            coalesce(least(l.below, l.above), 0) as steps,
            l.added_at,
            l.expiry,
            l.strike
        from ladder as l
        where coalesce(least(l.below, l.above), 0) <= l.strikes
    )

    select
        m.entry_id,
        m.what,
        m.instrument_id,
        m.broker_key,
        row_number() over (
            order by m.class, m.steps, m.added_at, m.entry_id, m.expiry, m.strike, m.instrument_id, m.broker_key
        ) as place
    from members as m;
end;
comment on function candles.watchlist_members(text) is
'What each entry of the watchlist comes to today for a broker, in order of importance.';
