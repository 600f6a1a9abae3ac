-- market.sync_listings(broker, forced) → counts: brings instruments and the broker's keys to its list of today.
--
-- in      the session's temporary table staged_listings (statement stage_listings of the daemon), a row per instrument
--         of the list; the function changes it
-- out     market.instruments and market.broker_instruments; NOTIFY watchlist, as new contracts belong to chains
-- units   strike and tick_size in rupees; today is the IST date of the market clock
-- raises  BH009 where an exchange's list holds less than half of its instruments, unless forced
-- golden  tests/brokers/test_instrument_sync.py
--
-- A contract is known by (exchange, name, expiry, kind, strike, option_type), else by its symbol; everything else by
-- its symbol. So the spelling of another broker makes no second contract: the first symbol stays. Nothing is deleted,
-- and rows that are right are not rewritten. An underlying that is known once is not forgotten.
--
-- invalid: rows that no instrument can be. duplicates: of rows with one key, contract or symbol the one with the least
-- key (then symbol) counts. clashes: new contracts whose symbol belongs to another that is listed under another name.
-- orphans: contracts whose underlying, named in the list, is no instrument.
--
-- An exchange that the list leaves out keeps what it has. A key that vanished, or means another instrument, ends today,
-- or tomorrow if it began today; valid_until is exclusive. Its instrument is inactive unless some key still means it.
--
-- The segment is the exchange; stocks of NSE with an active future close by auction and are of NSE_CAS.

create or replace function market.sync_listings(broker text, forced boolean default false)
returns table (
    listed integer,
    invalid integer,
    duplicates integer,
    clashes integer,
    inserted integer,
    updated integer,
    deactivated integer,
    orphans integer,
    keys_begun integer,
    keys_moved integer,
    keys_gone integer
)
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    today date;
    short record;
    same text;
    ended integer[];
    count integer;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.listings'));
    -- a clock that was put back must not make ranges overlap
    select greatest((coalesce(meta.now(), now()) at time zone 'Asia/Kolkata')::date, max(b.valid_from))
    into today
    from market.broker_instruments as b
    where b.broker = sync_listings.broker;

    delete from pg_temp.staged_listings as l
    where not coalesce(
        l.broker_key <> ''
        and l.exchange <> ''
        and l.tradingsymbol <> ''
        and l.kind in ('index', 'equity', 'future', 'option')
        and (l.kind in ('future', 'option')) = (l.expiry is not null)
        and (l.kind = 'option') = (l.strike is not null and l.option_type is not null)
        and coalesce(l.option_type, 'CE') in ('CE', 'PE')
        and coalesce(l.strike, 0) between 0 and 1e12
        and l.lot_size > 0
        and l.tick_size > 0,
        false
    );
    get diagnostics invalid = row_count;

    analyze pg_temp.staged_listings;

    duplicates := 0;
    foreach same in array array[
        'o.broker_key = l.broker_key',
        'row(o.exchange, o.name, o.expiry, o.kind, o.strike, o.option_type)::text
            = row(l.exchange, l.name, l.expiry, l.kind, l.strike, l.option_type)::text
        and o.expiry is not null',
        'o.symbol = l.symbol'
    ] loop
        execute format(
            'delete from pg_temp.staged_listings as l
            using pg_temp.staged_listings as o
            where
                %s
                and (o.broker_key collate "C", o.symbol collate "C", o, o.ctid)
                < (l.broker_key collate "C", l.symbol collate "C", l, l.ctid)',
            same
        );
        get diagnostics count = row_count;
        duplicates := duplicates + count;
    end loop;

    -- as one text: without statistics the planner would take a few of the columns for the whole key
    update pg_temp.staged_listings as l
    set instrument_id = m.id
    from (
        select distinct on (s.broker_key) s.broker_key, i.id
        from pg_temp.staged_listings as s
        inner join market.instruments as i
            on
                row(i.exchange, i.name, i.expiry, i.kind, i.strike, i.option_type)::text
                = row(s.exchange, s.name, s.expiry, s.kind, s.strike, s.option_type)::text
        where
            s.expiry is not null
            and i.name is not null
            and i.expiry >= (select min(e.expiry) from pg_temp.staged_listings as e)
        order by s.broker_key, (i.symbol = s.symbol) desc, i.id
    ) as m
    where l.broker_key = m.broker_key;

    update pg_temp.staged_listings as l
    set instrument_id = i.id
    from market.instruments as i
    where
        l.instrument_id is null
        and i.symbol = l.symbol
        and not exists (select from pg_temp.staged_listings as s where s.instrument_id = i.id);

    delete from pg_temp.staged_listings as l
    using market.instruments as i
    where l.instrument_id is null and i.symbol = l.symbol;
    get diagnostics clashes = row_count;
    select count(*) into listed from pg_temp.staged_listings;

    if not forced then
        select i.exchange, count(*) as known, count(l.instrument_id) as kept
        into short
        from market.broker_instruments as b
        inner join market.instruments as i on i.id = b.instrument_id
        left join pg_temp.staged_listings as l on l.instrument_id = i.id
        where
            b.broker = sync_listings.broker
            and b.valid_until = 'infinity'
            and (i.expiry is null or i.expiry >= today)
            and i.exchange in (select s.exchange from pg_temp.staged_listings as s)
        group by i.exchange
        having count(l.instrument_id) < count(*) / 2.0
        order by i.exchange
        limit 1;
        if found then
            raise exception using
                errcode = 'BH009',
                message = format(
                    'the list of %s holds %s of the %s instruments of %s', broker, short.kept, short.known, short.exchange
                ),
                hint = 'it looks cut short: nothing was changed; forced takes it as it is';
        end if;
    end if;

    -- underlyings first: those that have none of their own
    insert into market.instruments as i (
        symbol, exchange, segment, tradingsymbol, name, kind, expiry, strike, option_type, lot_size, tick_size
    )
    select
        l.symbol, l.exchange, l.exchange, upper(l.tradingsymbol), l.name, l.kind, l.expiry, l.strike, l.option_type,
        l.lot_size, l.tick_size
    from pg_temp.staged_listings as l
    where l.instrument_id is null and l.underlying is null;
    get diagnostics inserted = row_count;

    insert into market.instruments as i (
        symbol, exchange, segment, tradingsymbol, name, kind, underlying_id, expiry, strike, option_type, lot_size, tick_size
    )
    select
        l.symbol, l.exchange, l.exchange, upper(l.tradingsymbol), l.name, l.kind, u.id, l.expiry, l.strike, l.option_type,
        l.lot_size, l.tick_size
    from pg_temp.staged_listings as l
    left join market.instruments as u on u.symbol = upper(l.underlying)
    where l.instrument_id is null and l.underlying is not null;
    get diagnostics count = row_count;
    inserted := inserted + count;

    update market.instruments as i
    set
        name = l.name,
        kind = l.kind,
        underlying_id = coalesce(u.id, i.underlying_id),
        expiry = l.expiry,
        strike = l.strike,
        option_type = l.option_type,
        lot_size = l.lot_size,
        tick_size = l.tick_size,
        is_active = true
    from pg_temp.staged_listings as l
    left join market.instruments as u on u.symbol = upper(l.underlying)
    where
        i.id = l.instrument_id
        and (
            i.name, i.kind, i.underlying_id, i.expiry, i.strike, i.option_type, i.lot_size, i.tick_size, i.is_active
        ) is distinct from (
            l.name, l.kind, coalesce(u.id, i.underlying_id), l.expiry, l.strike, l.option_type, l.lot_size, l.tick_size, true
        );
    get diagnostics updated = row_count;

    update pg_temp.staged_listings as l
    set instrument_id = i.id
    from market.instruments as i
    where l.instrument_id is null and i.symbol = l.symbol;

    select count(*)
    into orphans
    from pg_temp.staged_listings as l
    inner join market.instruments as i on i.id = l.instrument_id
    where l.underlying is not null and i.underlying_id is null;

    with changed as (
        update market.broker_instruments as b
        set valid_until = greatest(today, b.valid_from + 1)
        from market.instruments as i
        where
            b.broker = sync_listings.broker
            and b.valid_until = 'infinity'
            and i.id = b.instrument_id
            and not exists (
                select from pg_temp.staged_listings as l
                where l.broker_key = b.broker_key and l.instrument_id = b.instrument_id
            )
            and (
                i.exchange in (select l.exchange from pg_temp.staged_listings as l)
                or b.broker_key in (select l.broker_key from pg_temp.staged_listings as l)
            )
        returning b.broker_key, b.instrument_id
    )

    select array_agg(c.instrument_id), count(l.broker_key), count(*) - count(l.broker_key)
    into ended, keys_moved, keys_gone
    from changed as c
    left join pg_temp.staged_listings as l on l.broker_key = c.broker_key;

    insert into market.broker_instruments as b (broker, broker_key, instrument_id, valid_from)
    select sync_listings.broker, l.broker_key, l.instrument_id, today
    from pg_temp.staged_listings as l
    where not exists (
        select from market.broker_instruments as o
        where o.broker = sync_listings.broker and o.broker_key = l.broker_key and o.valid_until = 'infinity'
    )
    on conflict on constraint broker_instruments_pkey do update
    set instrument_id = excluded.instrument_id, valid_until = excluded.valid_until;
    get diagnostics keys_begun = row_count;

    update market.instruments as i
    set is_active = false
    where
        i.id = any (ended)
        and i.is_active
        and not exists (
            select from market.broker_instruments as b
            where b.instrument_id = i.id and b.valid_until = 'infinity'
        );
    get diagnostics deactivated = row_count;

    update market.instruments as i
    set segment = w.segment
    from (
        select
            o.id,
            case
                when o.exchange = 'NSE' and o.kind = 'equity' and f.id is not null then 'NSE_CAS'
                else o.exchange
            end as segment
        from market.instruments as o
        left join (
            select distinct n.underlying_id as id
            from market.instruments as n
            where n.exchange = 'NFO' and n.kind = 'future' and n.is_active
        ) as f on f.id = o.id
    ) as w
    where i.id = w.id and i.segment <> w.segment;

    perform pg_notify('watchlist', '');
    return next;
end
$$;
comment on function market.sync_listings(text, boolean) is
'Brings market.instruments and a broker''s keys to the list in the temporary table staged_listings; returns what changed.';
