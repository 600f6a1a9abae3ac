-- gaps.claim_backfill(broker, patience) → the next call to a broker, or no row: what to ask it for, and the attempt
-- that the answer has to name. Charts come first, then the scan, then what users asked for. A claim older than
-- patience is dead: its worker is gone. What is covered meanwhile, no longer kept or not over yet, is not asked for:
-- a request of nothing else is done.
--     since, until      what to ask for; candles of a day begin at midnight of India there
--     open_interest     whether the instrument has any
-- needs: history_source, kept_since, missing, settled_until, whole_bars

create function gaps.claim_backfill(broker text, patience interval default '2 minutes')
returns table (
    request_id bigint,
    attempt integer,
    symbol text,
    broker_key text,
    broker_timeframe text,
    since timestamptz,
    until timestamptz,
    open_interest boolean
)
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    r record;
    source record;
    left_over tstzmultirange;
begin
    loop
        select q.*, i.symbol, i.segment, i.kind, k.broker_key
        into r
        from ledger.backfill_requests as q
        inner join market.instruments as i on i.id = q.instrument_id
        inner join market.broker_instruments as k on k.instrument_id = q.instrument_id
        where
            q.finished_at is null
            and q.due_at <= clock_timestamp()
            and (q.status = 'queued' or q.claimed_at < clock_timestamp() - patience)
            and k.broker = claim_backfill.broker
            and k.valid_until = 'infinity'
        order by array_position(array['chart', 'scan', 'user'], q.asked_by), q.due_at, q.id
        limit 1
        for update of q skip locked;
        if not found then
            return;
        end if;

        left_over := r.ranges * tstzmultirange(tstzrange(gaps.kept_since(r.timeframe), gaps.settled_until()));
        if not r.again then
            left_over := left_over * (
                select coalesce(gaps.whole_bars(m.missing, f.width), '{}')
                from gaps.missing(array[r.instrument_id], lower(r.ranges), upper(r.ranges), r.timeframe) as m
                cross join meta.timeframes as f
                where f.timeframe = r.timeframe
            );
        end if;
        if isempty(left_over) or r.attempts >= 8 then
            update ledger.backfill_requests as q
            set
                status = case when isempty(left_over) then 'done' else 'failed' end,
                finished_at = clock_timestamp(),
                candles = case when isempty(left_over) then 0 end,
                error = case when isempty(left_over) then q.error else coalesce(q.error, 'its worker ended each time') end
            where q.id = r.id;
            continue;
        end if;

        select h.* into source from gaps.history_source(claim_backfill.broker, r.timeframe, r.segment) as h;
        update ledger.backfill_requests as q
        set
            status = 'running',
            ranges = left_over,
            attempts = q.attempts + 1,
            claimed_at = clock_timestamp(),
            broker = claim_backfill.broker,
            source_timeframe = source.source_timeframe
        where q.id = r.id;

        return query
        select
            r.id,
            r.attempts + 1,
            r.symbol,
            r.broker_key,
            source.broker_timeframe,
            meta.bucket_start(f.width, lower(left_over)) - case f.timeframe when '1d' then interval '75 minutes' else interval '0' end,
            upper(left_over),
            r.kind in ('future', 'option')
        from meta.timeframes as f
        where f.timeframe = source.source_timeframe;
        return;
    end loop;
end
$$;
comment on function gaps.claim_backfill(text, interval) is
'Claims the next request that a broker can answer: what to ask it for.';
