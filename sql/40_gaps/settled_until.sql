-- gaps.settled_until() → the end of the newest minute that is over for certain: it ended half a minute ago by the
-- market clock, so its ticks have been stored and the broker has its candle. Null in a replay database without
-- ticks.

create function gaps.settled_until()
returns timestamptz
language sql
stable
parallel safe
return date_bin('1 minute', meta.now() - interval '30 seconds', timestamptz '2000-01-02 19:45:00+00');
comment on function gaps.settled_until() is
'The end of the newest minute that can be a gap: minutes have half a minute to settle.';
