-- market.register_instruments(definitions) → (symbol, id): inserts or updates instruments by symbol, and follows them.
-- In: a JSON array of {symbol, exchange, segment, tradingsymbol, name, kind, underlying, expiry, strike, option_type,
-- lot_size, tick_size}; underlying is a symbol, of an instrument that exists or stands in the array.

create or replace function market.register_instruments(definitions jsonb)
returns table (symbol text, id integer)
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into market.instruments as i (
        symbol, exchange, segment, tradingsymbol, name, kind, expiry, strike, option_type, lot_size, tick_size
    )
    select
        d.symbol, d.exchange, d.segment, d.tradingsymbol, d.name, d.kind, d.expiry, d.strike, d.option_type,
        coalesce(d.lot_size, 1), coalesce(d.tick_size, 0.05)
    from jsonb_to_recordset(definitions) as d (
        symbol text, exchange text, segment text, tradingsymbol text, name text, kind text,
        expiry date, strike double precision, option_type text, lot_size integer, tick_size double precision
    )
    on conflict on constraint instruments_symbol_key do update
    set
        name = coalesce(excluded.name, i.name),
        segment = excluded.segment,
        expiry = excluded.expiry,
        strike = excluded.strike,
        option_type = excluded.option_type,
        lot_size = excluded.lot_size,
        tick_size = excluded.tick_size;

    update market.instruments as i
    set underlying_id = u.id
    from jsonb_to_recordset(definitions) as d (symbol text, underlying text)
    inner join market.instruments as u on u.symbol = d.underlying
    where i.symbol = d.symbol and i.underlying_id is distinct from u.id;

    insert into ledger.subscriptions (instrument_id)
    select i.id
    from jsonb_to_recordset(definitions) as d (symbol text)
    inner join market.instruments as i on i.symbol = d.symbol
    on conflict do nothing;

    return query
    select i.symbol, i.id
    from jsonb_to_recordset(definitions) as d (symbol text)
    inner join market.instruments as i on i.symbol = d.symbol;
end
$$;
comment on function market.register_instruments(jsonb) is
'Inserts or updates instruments from a JSON array, by symbol, follows them, and returns their ids.';
