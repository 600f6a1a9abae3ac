-- grafana.movers(direction, limit) → the equities that have gained ('up') or lost ('down') most since the close of the
-- day before.
-- needs: board

create function grafana.movers(direction text, "limit" integer default 10)
returns table (
    symbol text,
    last double precision,
    change double precision,
    change_percent double precision,
    volume bigint
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
        b.volume
    from grafana.board() as b
    cross join (values ('up', 1), ('down', -1)) as d (direction, sign)
    where b.kind = 'equity' and d.direction = movers.direction and sign(b.change_percent) = d.sign
    order by abs(b.change_percent) desc, b.symbol asc
    limit greatest(movers."limit", 0);
end;
comment on function grafana.movers(text, integer) is
'The equities that have gained (up) or lost (down) most since the close of the day before.';
