-- grafana.indices() → the indices on the newest trading day: value, change from the close of the day before, low, high.
-- needs: board

create function grafana.indices()
returns table (
    symbol text,
    last double precision,
    change double precision,
    change_percent double precision,
    low double precision,
    high double precision
)
language sql
stable
parallel safe
begin atomic
    select
        b.symbol,
        b.last,
        b.change,
        b.change_percent,
        b.low,
        b.high
    from grafana.board('{index}') as b
    order by b.symbol;
end;
comment on function grafana.indices() is 'The indices on the newest trading day.';
