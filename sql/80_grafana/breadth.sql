-- grafana.breadth() → how many equities stand above, below and at their close of the day before. No row when none has
-- one.
-- needs: board

create function grafana.breadth()
returns table (advances bigint, declines bigint, unchanged bigint)
language sql
stable
parallel safe
begin atomic
    select
        count(*) filter (where b.change > 0) as advances,
        count(*) filter (where b.change < 0) as declines,
        count(*) filter (where b.change = 0) as unchanged
    from grafana.board() as b
    where b.kind = 'equity'
    having count(b.change) > 0;
end;
comment on function grafana.breadth() is 'How many equities stand above, below and at their close of the day before.';
