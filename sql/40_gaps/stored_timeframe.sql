-- gaps.stored_timeframe(timeframe) → the stored timeframe that candles of a timeframe are made of: itself, its base,
-- or 1m for seconds. Takes aliases; raises BH001 for an unknown one.

create function gaps.stored_timeframe(timeframe text)
returns text
language sql
stable
parallel safe
begin atomic
    select case when t.stored then t.timeframe else coalesce(t.base, '1m') end
    from meta.timeframes as t
    where t.timeframe = (select meta.timeframe(stored_timeframe.timeframe));
end;
comment on function gaps.stored_timeframe(text) is 'The stored timeframe that a timeframe is made of.';
