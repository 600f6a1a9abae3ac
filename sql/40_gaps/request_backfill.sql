-- gaps.request_backfill(instrument_id, since, until, timeframe, again, asked_by) → what became of it, a row per piece:
--     queued    a row of ledger.backfill_requests, which the daemon will work off, or is there already (request_id)
--     nothing   nothing of the piece is missing, or traded; or it was asked for a while ago
--     refused   nobody can answer: see note
-- A range is cut by what is kept: where minutes are, they are asked for whatever the timeframe, as all others are
-- made of them; older ones at the stored timeframe that the candles are made of; what is older than that keeps is
-- refused, as it would be dropped again. A row asks for as many days as every broker gives in one call, and only for
-- what is missing: with again, for all trading time of the range. What was answered within the last day, or failed
-- within the last hour, and is still missing is not asked for again, but by asked_by 'user'. Raises BH001 for an
-- unknown timeframe, BH002 for an unknown instrument, BH005 when until lies before since.
-- needs: check_range, history_source, kept_since, missing, settled_until, stored_timeframe, trading_time, whole_bars

create function gaps.request_backfill(
    instrument_id integer,
    since timestamptz,
    until timestamptz default 'infinity',
    timeframe text default '1m',
    again boolean default false,
    asked_by text default 'user'
)
returns table (
    request_id bigint,
    piece_timeframe text,
    starts_at timestamptz,
    ends_at timestamptz,
    status text,
    note text
)
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    stored constant text := gaps.stored_timeframe(timeframe);
    settled constant timestamptz := gaps.settled_until();
    kept constant timestamptz := gaps.kept_since(stored);
    minutes_since constant timestamptz := greatest(kept, gaps.kept_since('1m'));
    its_segment text;
    piece record;
    hole tstzmultirange;
    asked tstzmultirange;
    queued tstzmultirange;
    is_queued boolean;
    days interval;
    part tstzmultirange;
    grown bigint;
begin
    perform gaps.check_range(since, until);
    select i.segment into its_segment from market.instruments as i where i.id = request_backfill.instrument_id;
    if not found then
        raise exception using
            errcode = 'BH002',
            message = format('unknown instrument: %s', coalesce(request_backfill.instrument_id::text, 'null')),
            hint = 'market.id(symbol) gives the id of a symbol';
    end if;
    if since >= settled then
        return query select null::bigint, stored, since, until, 'refused', format('nothing after %s is over yet', settled);
        return;
    end if;
    if not exists (
        select from market.broker_instruments as k
        inner join market.history_sources as h on h.broker = k.broker
        where k.instrument_id = request_backfill.instrument_id and k.valid_until = 'infinity'
    ) then
        return query select null::bigint, stored, since, until, 'refused', 'no broker lists the instrument';
        return;
    end if;
    if since < kept then
        return query
        select
            null::bigint, stored, since, least(until, kept), 'refused',
            format('%s is kept since %s: ask for a longer timeframe', stored, kept);
    end if;

    perform pg_advisory_xact_lock(hashtext('bhav.request_backfill'));
    for piece in
        select
            p.timeframe,
            greatest(p.since, request_backfill.since) as since,
            least(p.until, request_backfill.until, settled) as until
        from (
            values
            (stored, kept, minutes_since),
            ('1m', minutes_since, 'infinity'::timestamptz)
        ) as p (timeframe, since, until)
        where
            greatest(p.since, request_backfill.since) < least(p.until, request_backfill.until, settled)
    loop
        select make_interval(hours => 24 * (min(h.days) - 1)) into days
        from market.broker_instruments as k
        cross join gaps.history_source(k.broker, piece.timeframe, its_segment) as h
        where k.instrument_id = request_backfill.instrument_id and k.valid_until = 'infinity';
        if again then
            select t.trading into hole from gaps.trading_time(piece.since, piece.until) as t where t.segment = its_segment;
        else
            select m.missing into hole
            from gaps.missing(array[request_backfill.instrument_id], piece.since, piece.until, piece.timeframe) as m;
        end if;
        hole := gaps.whole_bars(hole, (select f.width from meta.timeframes as f where f.timeframe = piece.timeframe));
        if hole is null or isempty(hole) then
            return query
            select
                null::bigint, piece.timeframe, piece.since, piece.until, 'nothing',
                case
                    when exists (select from gaps.trading_time(piece.since, piece.until) as t where t.segment = its_segment)
                        then 'nothing is missing'
                    else 'there is no trading'
                end;
            continue;
        end if;

        select range_agg(r.ranges), range_agg(r.ranges) filter (where r.finished_at is null)
        into asked, queued
        from ledger.backfill_requests as r
        where
            r.instrument_id = request_backfill.instrument_id
            and r.timeframe = piece.timeframe
            and (
                r.finished_at is null and (r.again or not request_backfill.again)
                or request_backfill.asked_by <> 'user'
                and r.finished_at > clock_timestamp() - case
                    when r.status = 'failed' and r.fault is distinct from 'instrument' then interval '1 hour'
                    else interval '1 day'
                end
            );
        is_queued := coalesce(hole && queued, false);
        if is_queued then
            return query
            select r.id, r.timeframe, lower(r.ranges * hole), upper(r.ranges * hole), 'queued', 'asked for already'
            from ledger.backfill_requests as r
            where
                r.instrument_id = request_backfill.instrument_id
                and r.timeframe = piece.timeframe
                and r.finished_at is null
                and (r.again or not request_backfill.again)
                and r.ranges && hole;
        end if;
        hole := hole - coalesce(asked, '{}');
        if isempty(hole) and not is_queued then
            return query select null::bigint, piece.timeframe, piece.since, piece.until, 'nothing', 'asked for a while ago';
        end if;

        while not isempty(hole) loop
            part := hole * tstzmultirange(tstzrange(lower(hole), meta.bucket_start('1 day', lower(hole)) + days));
            hole := hole - part;
            update ledger.backfill_requests as r
            set ranges = r.ranges + part
            where
                r.status = 'queued'  -- still, after a wait for claim_backfill(): its broker was asked without this part
                and r.id = (
                    select w.id
                    from ledger.backfill_requests as w
                    where
                        w.instrument_id = request_backfill.instrument_id
                        and w.timeframe = piece.timeframe
                        and w.status = 'queued'
                        and w.again = request_backfill.again
                        and w.asked_by = request_backfill.asked_by
                        and upper(w.ranges + part) <= meta.bucket_start('1 day', lower(w.ranges + part)) + days
                    limit 1
                )
            returning r.id into grown;
            if grown is null then
                insert into ledger.backfill_requests as r (instrument_id, timeframe, ranges, asked_by, again)
                values (
                    request_backfill.instrument_id, piece.timeframe, part, request_backfill.asked_by, request_backfill.again
                )
                returning r.id into grown;
            end if;
            return query select grown, piece.timeframe, lower(part), upper(part), 'queued', null::text;
        end loop;
        notify backfill;
    end loop;
end
$$;
comment on function gaps.request_backfill(integer, timestamptz, timestamptz, text, boolean, text) is
'Queues what is missing of a range for the daemon to ask the broker, within what is kept; a row says what became of each piece.';
