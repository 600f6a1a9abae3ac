-- candles.closes_at(instrument_id, bucket, until) → timestamptz: when a bar [bucket, until) closes: the earlier of its end
-- and the end of its instrument's trading session. Reads market.sessions; no session is longer than a day.

create function candles.closes_at(instrument_id integer, bucket timestamptz, until timestamptz)
returns timestamptz
language sql
stable
parallel safe
begin atomic
    select least(closes_at.until, max(s.closes_at))
    from market.instruments as i
    inner join market.sessions as s on s.segment = i.segment
    where
        i.id = closes_at.instrument_id
        and s.opens_at > closes_at.bucket - interval '1 day'
        and s.opens_at < closes_at.until
        and s.closes_at > closes_at.bucket;
end;
comment on function candles.closes_at(integer, timestamptz, timestamptz) is
'When a bar closes: the earlier of its end and the end of the trading session of its instrument.';
