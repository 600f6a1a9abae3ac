-- grafana.depth(symbol) → one row: best bid and offer of the instrument's newest tick, in rupees and units.

create function grafana.depth(symbol text)
returns table (
    bid_qty bigint,
    bid_price double precision,
    ask_price double precision,
    ask_qty bigint,
    spread double precision,
    "time" timestamptz  -- noqa: RF06
)
language sql
stable
parallel safe
begin atomic
    select
        d.bid_qty,
        d.bid_price,
        d.ask_price,
        d.ask_qty,
        d.ask_price - d.bid_price as spread,
        d.time
    from store.tick_data as d
    where
        d.instrument_id = (
            select i.id
            from market.instruments as i
            where i.symbol = depth.symbol
        )
    order by d.time desc
    limit 1;
end;
comment on function grafana.depth(text) is 'Best bid and offer of an instrument''s newest tick.';
