-- gaps.answer_backfill(request_id, attempt, times, opens, highs, lows, closes, volumes, open_interests) → what a
-- broker answered to a request is stored, and what was asked for is covered, with or without candles. Returns the
-- number of candles taken and of those left out, by reason; no row when the attempt is no longer the claim's:
-- another worker has it. Arrays: one element per candle, as the broker gave them; times are starts. What is wrong is
-- judged by gaps.judge_bars().
--
-- Minutes whose ticks are kept replace these (store.replace_minutes()); a minute of which the broker has no candle is
-- emptied, but for one in which we have seen trades: that stays as it is, and a gap, counted as 'no candle where we saw
-- trades'. Older candles go to store.history_*, and bars of longer timeframes are made of them.
-- A bar that a broken candle belongs to, without another in its place, is neither stored nor covered.
-- needs: aggregate_history, judge_bars, kept_since, settled_until, trading_time, whole_bars

create function gaps.answer_backfill(
    request_id bigint,
    attempt integer,
    times timestamptz[],
    opens double precision[],
    highs double precision[],
    lows double precision[],
    closes double precision[],
    volumes bigint[],
    open_interests bigint[]
)
returns table (candles integer, rejected jsonb)
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    r ledger.backfill_requests;
    its_segment text;
    its_width interval;
    source_width interval;
    broken tstzmultirange;
    wanted tstzmultirange;
    minutes tstzmultirange;
    older tstzmultirange;
    traded tstzmultirange;
    traded_minutes bigint;
    turnovers double precision[];
    kept constant timestamptz := gaps.kept_since('tick_data');
begin
    select q.* into r
    from ledger.backfill_requests as q
    where q.id = answer_backfill.request_id and q.attempts = answer_backfill.attempt and q.status = 'running'
    for update;
    if not found then
        return;
    end if;
    select i.segment into its_segment from market.instruments as i where i.id = r.instrument_id;
    select f.width into its_width from meta.timeframes as f where f.timeframe = r.timeframe;
    select f.width into source_width from meta.timeframes as f where f.timeframe = r.source_timeframe;

    with judged as materialized (
        select b.*
        from gaps.judge_bars(
            times, opens, highs, lows, closes, volumes, open_interests, r.source_timeframe, r.ranges,
            (
                select t.trading
                from gaps.trading_time(lower(r.ranges) - interval '31 days', upper(r.ranges) + interval '31 days') as t
                where t.segment = its_segment
            ),
            gaps.settled_until()
        ) as b
    ),

    bars as (
        select
            meta.bucket_start(its_width, j.bucket) as bucket,
            (array_agg(j.open order by j.bucket))[1] as open,
            max(j.high) as high,
            min(j.low) as low,
            (array_agg(j.close order by j.bucket desc))[1] as close,
            sum(j.volume)::bigint as volume,
            (array_agg(j.open_interest order by j.bucket desc) filter (where j.open_interest is not null))[1] as open_interest,
            sum((j.high + j.low + j.close) / 3 * j.volume) as turnover
        from judged as j
        where j.fault is null
        group by 1
    ),

    unusable as materialized (
        select
            coalesce(
                gaps.whole_bars(
                    gaps.whole_bars(
                        range_agg(tstzrange(j.bucket, j.bucket + source_width))
                        filter (where j.fault in ('price', 'inconsistent prices', 'volume', 'off the grid', 'unfinished')),
                        source_width
                    )
                    - coalesce(
                        range_agg(tstzrange(j.bucket, j.bucket + source_width)) filter (where j.fault is null), '{}'
                    ),
                    its_width
                ),
                '{}'
            ) as ranges
        from judged as j
    )

    select
        (
            select coalesce(jsonb_object_agg(f.fault, f.bars), '{}')
            from (select j.fault, count(*) as bars from judged as j where j.fault is not null group by j.fault) as f
        ),
        (select u.ranges from unusable as u),
        coalesce(array_agg(b.bucket order by b.bucket), '{}'),
        array_agg(b.open order by b.bucket),
        array_agg(b.high order by b.bucket),
        array_agg(b.low order by b.bucket),
        array_agg(b.close order by b.bucket),
        array_agg(b.volume order by b.bucket),
        array_agg(b.open_interest order by b.bucket),
        array_agg(b.turnover order by b.bucket)
    into rejected, broken, times, opens, highs, lows, closes, volumes, open_interests, turnovers
    from bars as b
    where not b.bucket <@ (select u.ranges from unusable as u);
    wanted := r.ranges - broken;

    perform pg_advisory_xact_lock(hashtext('bhav.repair'));
    if r.timeframe = '1m' then
        minutes := wanted * tstzmultirange(tstzrange(kept, null));
        older := wanted - minutes;
    else
        minutes := '{}';
        older := wanted;
    end if;
    if not isempty(minutes) then
        select coalesce(range_agg(tstzrange(t.minute, t.minute + interval '1 minute')), '{}'), count(*)
        into traded, traded_minutes
        from (
            select distinct date_bin('1 minute', d.time, timestamptz '2000-01-02 19:45:00+00') as minute
            from unnest(minutes) as m (part)
            inner join store.tick_data as d on d.time >= lower(m.part) and d.time < upper(m.part)
            where
                d.instrument_id = r.instrument_id
                and d.time >= lower(minutes)
                and d.time < upper(minutes)
                and d.volume > 0
                and d.source <> 'broker'
            except
            select unnest(times)
        ) as t;
        if traded_minutes > 0 then
            rejected := rejected || jsonb_build_object('no candle where we saw trades', traded_minutes);
        end if;
        wanted := wanted - traded;
        perform store.replace_minutes(
            r.instrument_id, minutes - traded, times, opens, highs, lows, closes, volumes, open_interests
        );
    end if;
    if not isempty(older) then
        call store.ensure_history(r.timeframe, lower(older), upper(older));
        execute format('delete from store.history_%s as h where h.instrument_id = $1 and h.bucket = any ($2)', r.timeframe)
        using r.instrument_id, times;
        execute format(
            'insert into store.history_%s (
                instrument_id, bucket, open, high, low, close, volume, open_interest, turnover
            )
            select $1, b.*
            from unnest($2, $3, $4, $5, $6, $7, $8, $9) as b (bucket, open, high, low, close, volume, open_interest, turnover)
            where tstzrange(b.bucket, b.bucket + $10) && $11',
            r.timeframe
        )
        using r.instrument_id, times, opens, highs, lows, closes, volumes, open_interests, turnovers, its_width, older;
    end if;

    if not isempty(wanted) then
        insert into ledger.coverage as k (instrument_id, timeframe, covered)
        values (r.instrument_id, r.timeframe, wanted)
        on conflict on constraint coverage_pkey do update set covered = k.covered + excluded.covered;
        perform pg_notify(
            'gap',
            jsonb_build_object(
                'instrument_id', r.instrument_id, 'since', lower(wanted), 'until', upper(wanted), 'state', 'filled'
            )::text
        );
    end if;
    if not isempty(older) then
        perform gaps.aggregate_history(r.instrument_id, r.timeframe, older);
    end if;

    update ledger.backfill_requests as q
    set
        status = 'done',
        finished_at = clock_timestamp(),
        fault = null,
        error = null,
        candles = cardinality(times),
        rejected = answer_backfill.rejected
    where q.id = r.id;
    candles := cardinality(times);
    return next;
end
$$;
comment on function gaps.answer_backfill is
'Stores what a broker answered to a request and marks what was asked for as covered.';
