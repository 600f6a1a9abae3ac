-- gaps.judge_bars(times, …) → a broker's candles in order of time, each with what is wrong with it, or null. The arrays
-- are equally long and in any order.
--     bucket         start of the bar; brokers date candles of a day by midnight of India or Greenwich
--     wanted         the times asked for; a bar outside is a fault where it lies beyond them all, else left out
--     trading        when the instrument's segment trades: whole sessions, those to come too
--     settled_until  what was traded until then is known; a bar with trading after it is a fault: 'unfinished'
-- Faults: 'time', 'price' (missing, NaN, infinite, not above 0), 'inconsistent prices' (high and low do not hold
-- open and close), 'volume' (negative), 'off the grid', 'outside the range', 'outside the session', 'unfinished',
-- 'duplicate' (the last of equal times stands).

create function gaps.judge_bars(
    times timestamptz[],
    opens double precision[],
    highs double precision[],
    lows double precision[],
    closes double precision[],
    volumes bigint[],
    open_interests bigint[],
    timeframe text,
    wanted tstzmultirange,
    trading tstzmultirange,
    settled_until timestamptz
)
returns table (
    bucket timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint,
    open_interest bigint,
    fault text
)
language sql
stable
parallel safe
begin atomic
    with bars as (
        select
            u.*,
            t.width,
            case
                when t.width < interval '1 day' then u.time
                else meta.bucket_start(t.width, u.time + interval '12 hours')
            end as bucket
        from
            unnest(
                judge_bars.times, judge_bars.opens, judge_bars.highs, judge_bars.lows, judge_bars.closes,
                judge_bars.volumes, judge_bars.open_interests
            ) with ordinality as u (time, open, high, low, close, volume, open_interest, nth)
        inner join meta.timeframes as t on t.timeframe = judge_bars.timeframe
    ),

    judged as (
        select
            b.*,
            case
                when b.time is null or not isfinite(b.time) then 'time'
                when not (
                    coalesce(least(b.open, b.high, b.low, b.close), 0) > 0
                    and num_nulls(b.open, b.high, b.low, b.close) = 0
                    and greatest(b.open, b.high, b.low, b.close) < 'infinity'
                ) then 'price'
                when b.high < greatest(b.open, b.low, b.close) or b.low > least(b.open, b.close)
                    then 'inconsistent prices'
                when b.volume < 0 then 'volume'
                when meta.bucket_start(b.width, b.bucket) <> b.bucket then 'off the grid'
                when b.bucket + b.width <= lower(judge_bars.wanted) or b.bucket >= upper(judge_bars.wanted)
                    then 'outside the range'
                when not b.span && judge_bars.trading then 'outside the session'
                when upper(tstzmultirange(b.span) * judge_bars.trading) > judge_bars.settled_until then 'unfinished'
            end as fault
        from (
            select
                u.*,
                tstzrange(u.bucket, u.bucket + u.width) as span
            from bars as u
        ) as b
    )

    select
        j.bucket,
        j.open,
        j.high,
        j.low,
        j.close,
        coalesce(j.volume, 0) as volume,
        j.open_interest,
        case
            when j.fault is not null then j.fault
            when row_number() over (partition by j.bucket, j.fault is null order by j.nth desc) > 1 then 'duplicate'
        end as fault
    from judged as j
    where j.fault is not null or j.span && judge_bars.wanted
    order by j.bucket, j.nth;
end;
comment on function gaps.judge_bars is 'A broker''s candles in order of time, each with what is wrong with it.';
