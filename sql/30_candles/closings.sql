-- candles.closings(since, until) → the bars whose time or trading ran out after since and not after until, of every
-- timeframe from a minute on, in order of their close; a row where segments close a bar together. There need not be a
-- candle. Reads the trading sessions; segments without a followed instrument are left out.
-- needs: followed

create function candles.closings(since timestamptz, until timestamptz)
returns table (timeframe text, bucket timestamptz, closes_at timestamptz, segments text[])
language sql
stable
parallel safe
begin atomic
    with bars as (
        select
            t.timeframe,
            b.bucket,
            s.segment,
            least(meta.bucket_end(t.width, b.bucket), max(s.closes_at)) as closes_at
        from market.sessions as s
        cross join meta.timeframes as t
        cross join
            lateral generate_series(
                meta.bucket_start(t.width, greatest(s.opens_at, closings.since - t.width)),
                least(s.closes_at, closings.until) - interval '1 microsecond',
                t.width
            ) as b (bucket)
        where
            (t.stored or t.base is not null)
            and s.opens_at > closings.since - interval '2 days'
            and s.opens_at < closings.until + interval '31 days'
            and s.opens_at < closings.until + greatest(t.width, interval '1 day')  -- a later session keeps a bar open
            and s.segment in (
                select i.segment
                from candles.followed as i
            )
        group by t.timeframe, b.bucket, t.width, s.segment
    )

    select
        b.timeframe,
        b.bucket,
        b.closes_at,
        array_agg(b.segment order by b.segment) as segments
    from bars as b
    where b.closes_at > closings.since and b.closes_at <= closings.until
    group by b.timeframe, b.bucket, b.closes_at
    order by b.closes_at;
end;
comment on function candles.closings(timestamptz, timestamptz) is
'The bars that closed in a range of time, by timeframe, from the trading sessions.';
