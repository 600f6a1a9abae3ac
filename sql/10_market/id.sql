-- market.id(symbol) → instrument_id of 'NSE:INFY', 'NSE:NIFTY 50', 'NFO:NIFTY26NOVFUT'.
-- Raises BH002 with the nearest symbols when there is no such instrument.

create or replace function market.id(symbol text)
returns integer
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    found_id integer;
begin
    select i.id into found_id
    from market.instruments as i
    where i.symbol = upper(id.symbol);
    if found_id is null then
        raise exception using
            errcode = 'BH002',
            message = format('unknown symbol: %s', coalesce('"' || symbol || '"', 'null')),
            hint = coalesce(
                (
                    select 'similar: ' || string_agg(near.symbol, ', ')
                    from (
                        select i.symbol
                        from market.instruments as i
                        where i.tradingsymbol like upper(split_part(id.symbol, ':', -1)) || '%'
                        order by length(i.symbol), i.symbol
                        limit 5
                    ) as near
                ),
                'symbols are written EXCHANGE:TRADINGSYMBOL, as in NSE:INFY'
            );
    end if;
    return found_id;
end
$$;
comment on function market.id(text) is 'The instrument_id of a symbol such as NSE:INFY; raises BH002 when unknown.';
