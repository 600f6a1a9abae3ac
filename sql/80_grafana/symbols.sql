-- View symbols: the active instruments for dashboards to choose from, expired contracts left out: indices, equities,
-- futures, options; by symbol.

create view grafana.symbols as
select
    i.symbol,
    i.kind,
    i.exchange,
    i.segment,
    i.name
from market.instruments as i
where
    i.is_active
    and (i.expiry is null or i.expiry >= (select (meta.now() at time zone 'Asia/Kolkata')::date))
order by array_position('{index, equity, future, option}', i.kind), i.symbol;
comment on view grafana.symbols is
'Active instruments that have not expired, for dashboards to choose from: indices first, then equities, futures and options.';
