-- View symbols: the followed instruments for dashboards to choose from: indices, equities, futures, options; by symbol.

create view grafana.symbols as
select
    i.symbol,
    i.kind,
    i.exchange,
    i.segment,
    i.name
from candles.followed as i
order by array_position('{index, equity, future, option}', i.kind), i.symbol;
comment on view grafana.symbols is
'Followed instruments, for dashboards to choose from: indices first, then equities, futures and options.';
