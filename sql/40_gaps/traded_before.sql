-- gaps.traded_before(at, opens, closes, before) → how much trading there was before an instant, counted from the first
-- of the sessions: opens and closes in order of time, before = the trading before each. 0 before the first.

create function gaps.traded_before(at timestamptz, opens timestamptz[], closes timestamptz[], before interval[])
returns interval
language sql
immutable
parallel safe
return coalesce(
    before[width_bucket(at, opens)] + (least(at, closes[width_bucket(at, opens)]) - opens[width_bucket(at, opens)]),
    interval '0'
);
comment on function gaps.traded_before(timestamptz, timestamptz[], timestamptz[], interval[]) is
'How much trading there was before an instant, from the first of the given sessions on.';
