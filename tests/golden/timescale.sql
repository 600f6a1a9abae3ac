CREATE SCHEMA candles;

CREATE SCHEMA ledger;

CREATE SCHEMA market;

CREATE SCHEMA meta;

CREATE SCHEMA store;

CREATE FUNCTION candles.announce_closed() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    upto timestamptz := meta.now() - interval '2 seconds';
    since timestamptz := (select greatest(c.announced_until, upto - interval '1 day') from ledger.candle_clock as c);
    sent integer := 0;
begin
    if upto is null then
        return 0;
    end if;
    if since is null then
        insert into ledger.candle_clock (announced_until) values (upto);
        return 0;
    end if;
    with bars as (
        select
            t.timeframe,
            b.bucket,
            s.segment,
            least(b.bucket + t.width, max(s.closes_at)) as closes_at
        from market.sessions as s
        cross join meta.timeframes as t
        cross join lateral generate_series(
            meta.bucket_start(t.width, greatest(s.opens_at, since - t.width)),
            least(s.closes_at, upto) - interval '1 microsecond',
            t.width
        ) as b (bucket)
        where
            t.stored
            and s.opens_at < upto + interval '1 day'  -- a later session of the day keeps its bar open
            and s.closes_at > since - interval '1 day'
            and exists (select from market.instruments as i where i.segment = s.segment and i.is_active)
        group by t.timeframe, b.bucket, t.width, s.segment
    ),

    closed as (
        select
            b.timeframe,
            b.bucket,
            b.closes_at,
            jsonb_agg(b.segment order by b.segment) as segments
        from bars as b
        where b.closes_at > since and b.closes_at <= upto
        group by b.timeframe, b.bucket, b.closes_at
        order by b.closes_at
    )

    select count(pg_notify(
        'candle_closed',
        jsonb_build_object('timeframe', c.timeframe, 'bucket', c.bucket, 'segments', c.segments)::text
    ))
    into sent
    from closed as c;
    update ledger.candle_clock set announced_until = upto;
    return sent;
end
$$;

COMMENT ON FUNCTION candles.announce_closed() IS 'Sends NOTIFY candle_closed for every timeframe and bucket that closed since the last call.';

CREATE FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone) RETURNS TABLE(bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, missed_volume bigint, open_interest bigint, turnover double precision, ticks bigint, is_closed boolean, session_date date)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
#variable_conflict use_column
declare
    t meta.timeframes;
    low timestamptz;
    high timestamptz;
    market_time timestamptz := meta.now();
begin
    select f.* into t
    from meta.timeframes as f
    where f.timeframe = meta.timeframe(candles.timeframe);
    low := meta.bucket_start(t.width, coalesce(since, meta.bucket_start('1 day', market_time)));
    high := case
        when isfinite(until) then meta.bucket_end(t.width, meta.bucket_start(t.width, until - interval '1 microsecond'))
        else until
    end;
    if until < since then
        raise exception using
            errcode = 'BH005',
            message = format('the range ends (%s) before it starts (%s)', until, since),
            hint = 'candles(instrument_id, timeframe, since, until): since comes first';
    end if;

    if t.stored then
        return query execute format(
            'select
                c.bucket, c.open, c.high, c.low, c.close, c.volume, c.missed_volume, c.open_interest, c.turnover, c.ticks,
                c.is_closed, c.session_date
            from candles.candles_%s as c
            where c.instrument_id = $1 and c.bucket >= $2 and c.bucket < $3
            order by c.bucket',
            t.timeframe
        )
        using instrument_id, low, until;
    elsif t.base is not null then
        return query execute format(
            'select
                b.*,
                meta.bucket_end($4, b.bucket) + interval ''2 seconds'' <= $5
                or coalesce(
                    (select i.segment from market.instruments as i where i.id = $1)
                    = any ((select candles.ended_segments($4))::text[]),
                    false
                ),
                (b.bucket at time zone ''Asia/Kolkata'')::date
            from (
                select
                    meta.bucket_start($4, c.bucket) as bucket,
                    (array_agg(c.open order by c.bucket))[1],
                    max(c.high),
                    min(c.low),
                    (array_agg(c.close order by c.bucket desc))[1],
                    sum(c.volume)::bigint,
                    sum(c.missed_volume)::bigint,
                    (array_agg(c.open_interest order by c.bucket desc) filter (where c.open_interest is not null))[1],
                    sum(c.turnover),
                    sum(c.ticks)::bigint
                from candles.candles_%s as c
                where c.instrument_id = $1 and c.bucket >= $2 and c.bucket < $3
                group by 1
            ) as b
            order by b.bucket',
            t.base
        )
        using instrument_id, low, high, t.width, market_time;
    else
        return query
        select
            b.*,
            b.bucket + t.width + interval '2 seconds' <= market_time,
            (b.bucket at time zone 'Asia/Kolkata')::date
        from (
            select
                date_bin(t.width, d.time, timestamptz '2000-01-02 19:45:00+00') as bucket,
                (array_agg(d.ltp order by d.time))[1],
                max(d.ltp),
                min(d.ltp),
                (array_agg(d.ltp order by d.time desc))[1],
                sum(d.volume)::bigint,
                sum(d.missed_volume)::bigint,
                (array_agg(d.open_interest order by d.time desc) filter (where d.open_interest is not null))[1],
                sum(d.ltp * d.volume),
                count(*)
            from store.tick_data as d
            where d.instrument_id = candles.instrument_id and d.time >= low and d.time < high
            group by 1
        ) as b
        order by b.bucket;
    end if;
end
$_$;

COMMENT ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone) IS 'Candles of one instrument at any listed timeframe, in order of time; the forming bar has is_closed = false.';

CREATE FUNCTION meta.bucket_start(width interval, at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (NOT isfinite(at)) THEN at WHEN (width < '1 day'::interval) THEN date_bin(width, at, (date_bin('1 day'::interval, at, '2000-01-02 19:45:00+00'::timestamp with time zone) + '08:00:00'::interval)) WHEN (width < '28 days'::interval) THEN date_bin(width, at, '2000-01-02 19:45:00+00'::timestamp with time zone) ELSE ((date_trunc('month'::text, ((at AT TIME ZONE 'Asia/Kolkata'::text) - '01:15:00'::interval)) + '01:15:00'::interval) AT TIME ZONE 'Asia/Kolkata'::text) END;

COMMENT ON FUNCTION meta.bucket_start(width interval, at timestamp with time zone) IS 'Start of the bar of a width that holds an instant: intraday from 09:15 IST, days from 01:15 IST, weeks from Monday.';

CREATE FUNCTION meta.bucket_end(width interval, bucket timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (width < '28 days'::interval) THEN (bucket + width) ELSE meta.bucket_start(width, (bucket + '768:00:00'::interval)) END;

COMMENT ON FUNCTION meta.bucket_end(width interval, bucket timestamp with time zone) IS 'End of the bar of a width that starts at bucket.';

CREATE FUNCTION meta.now() RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if (select s.value from meta.settings as s where s.name = 'clock') = 'replay' then
        return store.newest_tick();
    end if;
    return now();
end
$$;

COMMENT ON FUNCTION meta.now() IS 'The market clock: the wall clock or, in a replay database, the time of the newest tick (null before the first).';

CREATE TABLE market.sessions (
    segment text NOT NULL,
    session_date date NOT NULL,
    opens_at timestamp with time zone NOT NULL,
    closes_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    source text DEFAULT 'user'::text NOT NULL,
    CONSTRAINT sessions_check CHECK ((closes_at > opens_at))
);

COMMENT ON TABLE market.sessions IS 'When a segment trades. Built from the calendar tables; a (segment, date) with rows of source ''user'' is left to the user.';

CREATE FUNCTION candles.ended_segments(width interval) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH clock AS MATERIALIZED (
          SELECT (meta.now() - '00:00:02'::interval) AS now
         ), bar AS (
          SELECT c.now,
             meta.bucket_start(ended_segments.width, c.now) AS starts_at,
             meta.bucket_end(ended_segments.width, meta.bucket_start(ended_segments.width, c.now)) AS ends_at
            FROM clock c
         )
  SELECT array_agg(ended.segment) AS array_agg
    FROM ( SELECT s.segment
            FROM (bar b
              JOIN market.sessions s ON (((s.opens_at < b.ends_at) AND (s.closes_at > b.starts_at))))
           WHERE ((s.session_date >= ((b.starts_at AT TIME ZONE 'Asia/Kolkata'::text))::date) AND (s.session_date <= ((b.ends_at AT TIME ZONE 'Asia/Kolkata'::text))::date))
           GROUP BY s.segment, b.now
          HAVING (max(s.closes_at) <= b.now)) ended;
END;

COMMENT ON FUNCTION candles.ended_segments(width interval) IS 'Segments whose trading within the current bar of a width is over: their newest bar has closed.';

CREATE FUNCTION meta.timeframe(name text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    found_timeframe text;
begin
    select t.timeframe into found_timeframe
    from meta.timeframes as t
    where t.timeframe = timeframe.name;
    if found_timeframe is null then
        select a.timeframe into found_timeframe
        from meta.timeframe_aliases as a
        where a.alias = lower(timeframe.name);
    end if;
    if found_timeframe is null then
        raise exception using
            errcode = 'BH001',
            message = format('unknown timeframe: %s', coalesce('"' || name || '"', 'null')),
            hint = (
                select 'one of ' || string_agg(t.timeframe, ' ' order by t.ordinal)
                from meta.timeframes as t
            );
    end if;
    return found_timeframe;
end
$$;

COMMENT ON FUNCTION meta.timeframe(name text) IS 'The canonical name of a timeframe; raises BH001 with the list of timeframes when it is unknown.';

CREATE TABLE meta.timeframes (
    timeframe text NOT NULL,
    width interval NOT NULL,
    base text,
    stored boolean NOT NULL,
    ordinal smallint NOT NULL
);

COMMENT ON TABLE meta.timeframes IS 'Timeframes that candles() serves. base: the stored timeframe it is made from; null: made from ticks. ordinal: by width. A day is 24 hours: time zones with daylight saving time read the same bars.';

CREATE FUNCTION candles.forming(instrument_id integer, timeframes text[] DEFAULT NULL::text[]) RETURNS TABLE(timeframe text, bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, missed_volume bigint, open_interest bigint, turnover double precision, ticks bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT t.timeframe,
     c.bucket,
     c.open,
     c.high,
     c.low,
     c.close,
     c.volume,
     c.missed_volume,
     c.open_interest,
     c.turnover,
     c.ticks
    FROM (meta.timeframes t
      CROSS JOIN LATERAL candles.candles(forming.instrument_id, t.timeframe, ( SELECT meta.now() AS now)) c(bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, is_closed, session_date))
   WHERE ((NOT c.is_closed) AND
         CASE
             WHEN (forming.timeframes IS NULL) THEN t.stored
             ELSE (t.timeframe IN ( SELECT meta.timeframe(asked.name) AS timeframe
                FROM unnest(forming.timeframes) asked(name)))
         END)
   ORDER BY t.ordinal;
END;

COMMENT ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) IS 'The bars that are forming now: one for each timeframe.';

CREATE FUNCTION candles.latest(timeframe text, instrument_ids integer[] DEFAULT NULL::integer[]) RETURNS TABLE(instrument_id integer, bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, missed_volume bigint, open_interest bigint, turnover double precision, ticks bigint, is_closed boolean, session_date date)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
#variable_conflict use_column
declare
    t meta.timeframes;
begin
    select f.* into t
    from meta.timeframes as f
    where f.timeframe = meta.timeframe(latest.timeframe);
    if not t.stored then
        raise exception using
            errcode = 'BH001',
            message = format('latest() serves stored timeframes, not "%s"', t.timeframe),
            hint = 'one of 1m 5m 15m 30m 1h 4h 1d; or candles(instrument_id, timeframe, since)';
    end if;

    return query execute format(
        'with asked as materialized (
            select i.id from market.instruments as i where $1 is null or i.id = any ($1)
        ),

        recent as materialized (
            select distinct on (c.instrument_id) c.*
            from candles.candles_%1$s as c
            where c.bucket >= $2 and ($1 is null or c.instrument_id = any ($1))
            order by c.instrument_id, c.bucket desc
        ),

        older as (
            select c.*
            from asked as a
            cross join lateral (
                select max(d.bucket) as bucket from candles.candles_1d as d where d.instrument_id = a.id
            ) as newest_day
            cross join lateral (
                select c.*
                from candles.candles_%1$s as c
                where c.instrument_id = a.id and c.bucket >= newest_day.bucket and c.bucket < newest_day.bucket + interval ''1 day''
                order by c.bucket desc
                limit 1
            ) as c
            where not exists (select from recent as r where r.instrument_id = a.id)
        )

        select * from recent
        union all
        select * from older',
        t.timeframe
    )
    using instrument_ids, meta.bucket_start(t.width, meta.now()) - t.width;
end
$_$;

COMMENT ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) IS 'The newest bar of each instrument at a stored timeframe, forming or closed.';

CREATE TABLE ledger.jobs (
    name text NOT NULL,
    command text NOT NULL,
    every interval NOT NULL,
    timeout interval NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    due_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    last_started_at timestamp with time zone,
    last_finished_at timestamp with time zone,
    CONSTRAINT jobs_every_check CHECK ((every > '00:00:00'::interval)),
    CONSTRAINT jobs_timeout_check CHECK ((timeout > '00:00:00'::interval))
);

COMMENT ON TABLE ledger.jobs IS 'What the daemon calls on a schedule (wall clock). every and enabled are yours to edit; command and timeout come with the code.';

CREATE FUNCTION ledger.claim_jobs() RETURNS TABLE(name text, command text, timeout interval)
    LANGUAGE sql
    BEGIN ATOMIC
 WITH due AS (
          SELECT j_1.name
            FROM ledger.jobs j_1
           WHERE (j_1.enabled AND (j_1.due_at <= clock_timestamp()) AND ((j_1.claimed_at IS NULL) OR (j_1.claimed_at < ((clock_timestamp() - j_1.timeout) - '00:01:00'::interval))))
           ORDER BY j_1.due_at
          FOR UPDATE OF j_1 SKIP LOCKED
         )
  UPDATE ledger.jobs j SET claimed_at = clock_timestamp()
    FROM due
   WHERE (j.name = due.name)
   RETURNING j.name,
     j.command,
     j.timeout;
END;

COMMENT ON FUNCTION ledger.claim_jobs() IS 'Claims the jobs that are due: name, SQL command, timeout.';

CREATE TABLE ledger.job_runs (
    name text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    error text
);

COMMENT ON TABLE ledger.job_runs IS 'How jobs ended: error is null when a run succeeded. Of jobs that run more often than each minute, failures only.';

CREATE FUNCTION ledger.finish_job(name text, started_at timestamp with time zone, error text DEFAULT NULL::text) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO ledger.job_runs (name, started_at, finished_at, error)  SELECT j.name,
             finish_job.started_at AS started_at,
             clock_timestamp() AS finished_at,
             finish_job.error AS error
            FROM ledger.jobs j
           WHERE ((j.name = finish_job.name) AND ((finish_job.error IS NOT NULL) OR (j.every >= '00:01:00'::interval)));
 UPDATE ledger.jobs j SET claimed_at = NULL::timestamp with time zone, last_started_at = finish_job.started_at, last_finished_at = clock_timestamp(), failures =
         CASE
             WHEN (finish_job.error IS NULL) THEN 0
             ELSE (j.failures + 1)
         END, due_at =
         CASE
             WHEN (finish_job.error IS NULL) THEN (finish_job.started_at + j.every)
             ELSE (clock_timestamp() + LEAST(j.every, ('00:00:01'::interval * power((2)::double precision, (LEAST(j.failures, 12))::double precision))))
         END
   WHERE (j.name = finish_job.name);
END;

COMMENT ON FUNCTION ledger.finish_job(name text, started_at timestamp with time zone, error text) IS 'Records how a claimed job ended (error null: well) and schedules its next run.';

CREATE PROCEDURE ledger.prune()
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    delete from ledger.job_runs where started_at < now() - interval '90 days';
    delete from ledger.ingest_stats where at < now() - interval '90 days';
end
$$;

COMMENT ON PROCEDURE ledger.prune() IS 'Deletes job runs and ingest statistics older than 90 days.';

CREATE PROCEDURE market.build_sessions(IN since date, IN until date)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    with eras as (
        select
            h.segment,
            h.exchange_group,
            h.valid_from,
            coalesce(lead(h.valid_from) over (partition by h.segment order by h.valid_from), 'infinity') as valid_until
        from market.trading_hours as h
        group by h.segment, h.exchange_group, h.valid_from
    ),

    known_years as (
        select
            h.exchange_group,
            date_trunc('year', h.date::timestamp) as year
        from market.holidays as h
        group by h.exchange_group, date_trunc('year', h.date::timestamp)
    ),

    days as (
        select
            e.segment,
            e.exchange_group,
            e.valid_from,
            d.day::date as session_date,
            k.year is not null as is_known,
            coalesce(k.exchange_group, 'NSE_BSE') as holidays_of
        from generate_series(since::timestamp, until - interval '1 day', interval '1 day') as d (day)
        inner join eras as e on d.day >= e.valid_from and d.day < e.valid_until
        left join known_years as k on e.exchange_group = k.exchange_group and date_trunc('year', d.day) = k.year
        where
            not exists (
                select from market.sessions as u
                where u.segment = e.segment and u.session_date = d.day::date and u.source = 'user'
            )
    ),

    regular as (
        select
            d.segment,
            d.session_date,
            h.opens,
            h.closes,
            h.kind,
            case when d.is_known then 'calendar' else 'provisional' end as source
        from days as d
        inner join market.trading_hours as h on d.segment = h.segment and d.valid_from = h.valid_from
        where
            extract(isodow from d.session_date) < 6
            and not exists (
                select from market.holidays as c
                where c.exchange_group = d.holidays_of and c.date = d.session_date
            )
            and not exists (
                select from market.special_sessions as s
                where s.exchange_group = d.exchange_group and s.date = d.session_date
            )
    ),

    special as (
        select
            d.segment,
            d.session_date,
            s.opens,
            s.closes,
            'continuous' as kind,
            'calendar' as source
        from days as d
        inner join market.special_sessions as s on d.exchange_group = s.exchange_group and d.session_date = s.date
    ),

    wanted as (
        select
            w.segment,
            w.session_date,
            (w.session_date + w.opens) at time zone 'Asia/Kolkata' as opens_at,
            (w.session_date + w.closes) at time zone 'Asia/Kolkata' as closes_at,
            w.kind,
            w.source
        from (select * from regular union all select * from special) as w
    ),

    withdrawn as (
        delete from market.sessions as s
        where
            s.session_date >= since
            and s.session_date < until
            and not exists (
                select from market.sessions as u
                where u.segment = s.segment and u.session_date = s.session_date and u.source = 'user'
            )
            and not exists (
                select from wanted as w
                where w.segment = s.segment and w.opens_at = s.opens_at
            )
    )

    insert into market.sessions as s (segment, session_date, opens_at, closes_at, kind, source)
    select w.segment, w.session_date, w.opens_at, w.closes_at, w.kind, w.source
    from wanted as w
    except
    select o.segment, o.session_date, o.opens_at, o.closes_at, o.kind, o.source
    from market.sessions as o
    on conflict (segment, opens_at) do update
    set
        session_date = excluded.session_date,
        closes_at = excluded.closes_at,
        kind = excluded.kind,
        source = excluded.source
    where s.source <> 'user';
end;
$$;

COMMENT ON PROCEDURE market.build_sessions(IN since date, IN until date) IS 'Makes the sessions of [since, until) from hours, holidays and special sessions; a day with a user row stays as is.';

CREATE FUNCTION market.id(symbol text) RETURNS integer
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    found_id integer;
begin
    select i.id into found_id
    from market.instruments as i
    where i.symbol = upper(id.symbol);
    if found_id is null then
        raise exception using
            errcode = 'BH002',
            message = format('unknown symbol: %s', coalesce('"' || symbol || '"', 'null')),
            hint = coalesce(
                (
                    select 'similar: ' || string_agg(near.symbol, ', ')
                    from (
                        select i.symbol
                        from market.instruments as i
                        where i.tradingsymbol like upper(split_part(id.symbol, ':', -1)) || '%'
                        order by length(i.symbol), i.symbol
                        limit 5
                    ) as near
                ),
                'symbols are written EXCHANGE:TRADINGSYMBOL, as in NSE:INFY'
            );
    end if;
    return found_id;
end
$$;

COMMENT ON FUNCTION market.id(symbol text) IS 'The instrument_id of a symbol such as NSE:INFY; raises BH002 when unknown.';

CREATE FUNCTION market.register_instruments(definitions jsonb) RETURNS TABLE(symbol text, id integer)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    -- underlyings first: those that have none of their own
    insert into market.instruments as i (symbol, exchange, segment, tradingsymbol, name, kind, lot_size, tick_size)
    select d.symbol, d.exchange, d.segment, d.tradingsymbol, d.name, d.kind, coalesce(d.lot_size, 1), coalesce(d.tick_size, 0.05)
    from jsonb_to_recordset(definitions) as d (
        symbol text, exchange text, segment text, tradingsymbol text, name text, kind text, underlying text,
        lot_size integer, tick_size double precision
    )
    where d.underlying is null and d.kind in ('index', 'equity')
    on conflict on constraint instruments_symbol_key do update
    set name = coalesce(excluded.name, i.name), segment = excluded.segment, lot_size = excluded.lot_size, tick_size = excluded.tick_size;

    insert into market.instruments as i (
        symbol, exchange, segment, tradingsymbol, name, kind, underlying_id, expiry, strike, option_type, lot_size, tick_size
    )
    select
        d.symbol, d.exchange, d.segment, d.tradingsymbol, d.name, d.kind, u.id, d.expiry, d.strike, d.option_type,
        coalesce(d.lot_size, 1), coalesce(d.tick_size, 0.05)
    from jsonb_to_recordset(definitions) as d (
        symbol text, exchange text, segment text, tradingsymbol text, name text, kind text, underlying text,
        expiry date, strike double precision, option_type text, lot_size integer, tick_size double precision
    )
    left join market.instruments as u on u.symbol = d.underlying
    where d.underlying is not null or d.kind not in ('index', 'equity')
    on conflict on constraint instruments_symbol_key do update
    set
        name = coalesce(excluded.name, i.name),
        segment = excluded.segment,
        underlying_id = excluded.underlying_id,
        expiry = excluded.expiry,
        strike = excluded.strike,
        option_type = excluded.option_type,
        lot_size = excluded.lot_size,
        tick_size = excluded.tick_size;

    return query
    select i.symbol, i.id
    from jsonb_to_recordset(definitions) as d (symbol text)
    inner join market.instruments as i on i.symbol = d.symbol;
end
$$;

COMMENT ON FUNCTION market.register_instruments(definitions jsonb) IS 'Inserts or updates instruments from a JSON array, by symbol, and returns their ids.';

CREATE PROCEDURE store.catch_up()
    LANGUAGE plpgsql
    AS $$
declare
    since timestamptz;
begin
    if (select s.value from meta.settings as s where s.name = 'clock') <> 'replay' then
        return;
    end if;
    select greatest(pg_catalog.min(store.watermark(t.timeframe)), (select pg_catalog.min(d.time) from store.tick_data as d))
    into since
    from meta.timeframes as t
    where t.stored;
    since := greatest(since, (select h.horizon from meta.horizon as h where h.relation = 'tick_data'));
    if since < meta.now() then
        call store.refresh(since, meta.now());
    end if;
end
$$;

COMMENT ON PROCEDURE store.catch_up() IS 'In a replay database: materializes the aggregates up to the market clock.';

CREATE FUNCTION store.check_horizon(since timestamp with time zone) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    horizon timestamptz;
begin
    select h.horizon into horizon
    from meta.horizon as h
    where h.relation = 'tick_data';
    if since < horizon then
        raise exception using
            errcode = 'BH003',
            message = format('%s lies before the horizon: ticks before %s have been dropped', since, horizon),
            hint = 'candles there are kept as they are; broker candles for that time belong in store.history_*';
    end if;
end
$$;

COMMENT ON FUNCTION store.check_horizon(since timestamp with time zone) IS 'Raises BH003 when ticks at that instant have been dropped.';

CREATE PROCEDURE store.ensure(IN since timestamp with time zone, IN until timestamp with time zone)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform store.check_horizon(since);
end
$$;

COMMENT ON PROCEDURE store.ensure(IN since timestamp with time zone, IN until timestamp with time zone) IS 'Storage for ticks and candles of the range exists afterwards.';

CREATE FUNCTION store.insert_late_ticks() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    inserted bigint;
begin
    with staged as (
        select
            l.*,
            date_trunc('second', l.time) as second
        from pg_temp.staged_ticks as l
        where l.time >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
    ),

    stored as (
        select
            t.*,
            s.second
        from (select distinct instrument_id, second from staged) as s
        cross join lateral (
            select *
            from store.tick_data as t
            where t.instrument_id = s.instrument_id and t.time >= s.second and t.time < s.second + interval '1 second'
            offset 0
        ) as t
    ),

    together as (
        select
            u.*,
            row_number() over (
                partition by
                    u.instrument_id, u.second, u.ltp, u.day_volume, u.open_interest,
                    u.bid_price, u.ask_price, u.bid_qty, u.ask_qty
                order by u.is_new, u.volume desc, u.missed_volume desc, u.time
            ) as repeat
        from (
            select *, true as is_new from staged
            union all
            select *, false as is_new from stored
        ) as u
    ),

    different as (
        select
            t.*,
            max(t.time) over (partition by t.instrument_id, t.second) as newest,
            row_number() over (partition by t.instrument_id, t.time order by t.is_new, t.day_volume, t.ltp) as claim
        from together as t
        where not t.is_new or t.repeat = 1
    ),

    placed as (
        select
            d.*,
            row_number() over (
                partition by d.instrument_id, d.second, d.claim > 1 order by d.time, d.day_volume, d.ltp
            ) as place
        from different as d
        where d.is_new
    )

    insert into store.tick_data (
        instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,
        bid_price, ask_price, bid_qty, ask_qty, source, received_at
    )
    select
        p.instrument_id,
        case when p.claim = 1 then p.time else p.newest + p.place * interval '1 microsecond' end,
        p.ltp, p.volume, p.missed_volume, p.day_volume, p.open_interest,
        p.bid_price, p.ask_price, p.bid_qty, p.ask_qty, p.source, p.received_at
    from placed as p;
    get diagnostics inserted = row_count;
    truncate pg_temp.staged_ticks;
    return inserted;
end
$$;

COMMENT ON FUNCTION store.insert_late_ticks() IS 'Stores the late ticks of the temporary table staged_ticks: duplicates are left out; where the time is taken, the next free microsecond.';

CREATE FUNCTION store.insert_staged_ticks() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    inserted bigint;
begin
    insert into store.tick_data
    select t.*
    from pg_temp.staged_ticks as t
    where t.time >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
    on conflict do nothing;
    get diagnostics inserted = row_count;
    truncate pg_temp.staged_ticks;
    return inserted;
end
$$;

COMMENT ON FUNCTION store.insert_staged_ticks() IS 'Stores the ticks of the temporary table staged_ticks, leaving out those that are there already or before the horizon.';

CREATE TABLE store.tick_data (
    instrument_id integer NOT NULL,
    "time" timestamp with time zone NOT NULL,
    ltp double precision NOT NULL,
    volume bigint DEFAULT 0 NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    day_volume bigint,
    open_interest bigint,
    bid_price double precision,
    ask_price double precision,
    bid_qty bigint,
    ask_qty bigint,
    source text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE store.tick_data IS 'Ticks of the trading sessions. volume: traded since the previous tick; day_volume: the broker''s own counter.';

CREATE FUNCTION store.newest_tick() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT max(t."time") AS max
    FROM store.tick_data t;
END;

COMMENT ON FUNCTION store.newest_tick() IS 'Time of the newest tick; null while there is none.';

CREATE PROCEDURE store.refresh(IN since timestamp with time zone, IN until timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
declare
    t record;
    starts_at timestamptz;
    ends_at timestamptz;
begin
    perform store.check_horizon(since);
    perform pg_catalog.pg_advisory_lock(pg_catalog.hashtext('bhav.maintenance'));
    for t in
        select
            f.timeframe,
            f.width,
            h.horizon
        from meta.timeframes as f
        inner join meta.horizon as h on h.relation = coalesce(f.base, 'tick_data')
        where f.stored
        order by f.ordinal
    loop
        starts_at := meta.bucket_start(t.width, since);
        if starts_at < t.horizon then
            starts_at := meta.bucket_start(t.width, t.horizon - interval '1 microsecond') + t.width;
        end if;
        ends_at := least(
            meta.bucket_start(t.width, until - interval '1 microsecond') + t.width,
            greatest(store.watermark(t.timeframe), meta.bucket_start(t.width, meta.now()))
        );
        if starts_at < ends_at then
            call public.refresh_continuous_aggregate(pg_catalog.format('store.live_%s', t.timeframe)::regclass, starts_at, ends_at);
        end if;
    end loop;
    perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtext('bhav.maintenance'));
end
$$;

COMMENT ON PROCEDURE store.refresh(IN since timestamp with time zone, IN until timestamp with time zone) IS 'Afterwards live candles in the range reflect every tick; raises BH003 before the horizon.';

CREATE PROCEDURE store.refresh_stale()
    LANGUAGE plpgsql
    AS $$
declare
    r tstzrange;
begin
    foreach r in array array(select pg_catalog.unnest(store.stale_ranges())) loop
        call store.refresh(lower(r), upper(r));
    end loop;
end
$$;

COMMENT ON PROCEDURE store.refresh_stale() IS 'Brings the aggregates up to date where ticks were written below a watermark.';

CREATE PROCEDURE store.retain()
    LANGUAGE plpgsql
    AS $$
declare
    d record;
    oldest timestamptz;
begin
    call store.refresh_stale();
    for d in
        with cutoffs as (
            select
                r.relation,
                meta.now() - r.keep as cutoff,
                case r.relation when 'tick_data' then 'tick_data' else 'live_' || r.relation end as parent
            from meta.retention as r
            where r.keep is not null and meta.now() is not null
        )

        select
            k.relation,
            k.parent,
            k.cutoff,
            h.horizon,
            (
                select pg_catalog.max(c.range_end)
                from timescaledb_information.chunks as c
                where
                    (c.hypertable_schema, c.hypertable_name) = (
                        select
                            a.materialization_hypertable_schema,
                            a.materialization_hypertable_name
                        from timescaledb_information.continuous_aggregates as a
                        where a.view_schema = 'store' and a.view_name = k.parent
                        union all
                        select
                            'store',
                            k.parent
                        where k.parent = 'tick_data'
                    )
                    and c.range_end <= k.cutoff
            ) as new_horizon
        from cutoffs as k
        inner join meta.horizon as h on h.relation = k.relation
        left join meta.timeframes as t on t.timeframe = k.relation
        order by t.ordinal nulls first
    loop
        if d.new_horizon > d.horizon then
            if d.relation = 'tick_data' then
                oldest := (select pg_catalog.min(t.time) from store.tick_data as t);
                call store.refresh(greatest(d.horizon, oldest), d.new_horizon);
            end if;
            perform pg_catalog.pg_advisory_lock(pg_catalog.hashtext('bhav.maintenance'));
            update meta.horizon as h set horizon = d.new_horizon where h.relation = d.relation;
            commit;
            perform pg_catalog.set_config('timescaledb.skip_cagg_invalidation', 'on', true);
            perform public.drop_chunks(pg_catalog.format('store.%I', d.parent)::regclass, older_than => d.new_horizon);
            commit;
            perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtext('bhav.maintenance'));
        end if;
        if d.relation <> 'tick_data' then
            perform public.drop_chunks(pg_catalog.format('store.history_%s', d.relation)::regclass, older_than => d.cutoff);
            commit;
        end if;
    end loop;
    delete from store.offsession_ticks
    where received_at < now() - (select r.keep from meta.retention as r where r.relation = 'tick_data');
end
$$;

COMMENT ON PROCEDURE store.retain() IS 'Drops what meta.retention no longer keeps and records the horizon. The only thing that drops market data.';

CREATE FUNCTION store.stale_ranges() RETURNS tstzmultirange
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    return (
        with ticks as (
            -- a refresh leaves in the logs what no chunk holds
            select
                h.horizon,
                (select min(t.time) from store.tick_data as t) as first_tick,
                (
                    select range_agg(tstzrange(c.range_start, c.range_end))
                    from timescaledb_information.chunks as c
                    where c.hypertable_schema = 'store' and c.hypertable_name = 'tick_data'
                ) as chunks
            from meta.horizon as h
            where h.relation = 'tick_data'
        ),

        aggregates as (
            select
                f.width,
                a.mat_hypertable_id,
                a.raw_hypertable_id,
                base.horizon as base_horizon,
                greatest(ticks.horizon, ticks.first_tick) as starts_at,
                -- a tick above the watermark of 1m may lie within a day that is materialized
                max(store.watermark(f.timeframe)) over (order by f.ordinal desc) as watermark
            from meta.timeframes as f
            inner join _timescaledb_catalog.continuous_agg as a
                on a.user_view_schema = 'store' and a.user_view_name = 'live_' || f.timeframe
            inner join meta.horizon as base on base.relation = coalesce(f.base, 'tick_data')
            cross join ticks
            where f.stored
        ),

        bounds as (
            select
                a.mat_hypertable_id,
                a.raw_hypertable_id,
                greatest(
                    meta.bucket_start(a.width, a.starts_at),
                    meta.bucket_start(a.width, a.base_horizon - interval '1 microsecond') + a.width
                ) as starts_at,
                a.watermark
            from aggregates as a
            where isfinite(a.watermark) and isfinite(a.starts_at)
        ),

        logged as (
            select
                b.starts_at,
                b.watermark,
                greatest(l.lowest_modified_value, extract(epoch from b.starts_at) * 1000000) as lowest,
                least(l.greatest_modified_value + 1.0, extract(epoch from b.watermark) * 1000000) as past
            from bounds as b
            cross join lateral (
                select
                    m.lowest_modified_value,
                    m.greatest_modified_value
                from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as m
                where m.materialization_id = b.mat_hypertable_id
                union all
                select
                    h.lowest_modified_value,
                    h.greatest_modified_value
                from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as h
                where h.hypertable_id = b.raw_hypertable_id
            ) as l
        )

        select
            range_agg(
                tstzrange(
                    to_timestamp(0) + l.lowest::bigint * interval '1 microsecond',
                    to_timestamp(0) + l.past::bigint * interval '1 microsecond'
                )
            )
            * (select t.chunks * tstzmultirange(tstzrange(greatest(t.horizon, t.first_tick), null)) from ticks as t)
        from logged as l
        where l.lowest < l.past
    );
end
$$;

COMMENT ON FUNCTION store.stale_ranges() IS 'Ranges below a watermark where the aggregates are out of date until store.refresh_stale() has run.';

CREATE FUNCTION store.watermark(timeframe text) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    return (
        select case
            when w.watermark > 0 then to_timestamp(0) + w.watermark * interval '1 microsecond'
            else '-infinity'
        end
        from _timescaledb_catalog.continuous_agg as a
        inner join _timescaledb_catalog.continuous_aggs_watermark as w on w.mat_hypertable_id = a.mat_hypertable_id
        where a.user_view_schema = 'store' and a.user_view_name = 'live_' || watermark.timeframe
    );
end
$$;

COMMENT ON FUNCTION store.watermark(timeframe text) IS 'Up to where the continuous aggregate of a timeframe is materialized; -infinity while it is not at all.';

CREATE VIEW store.live_1m AS
 SELECT _materialized_hypertable_N.instrument_id,
    _materialized_hypertable_N.bucket,
    _materialized_hypertable_N.open,
    _materialized_hypertable_N.high,
    _materialized_hypertable_N.low,
    _materialized_hypertable_N.close,
    _materialized_hypertable_N.volume,
    _materialized_hypertable_N.missed_volume,
    _materialized_hypertable_N.open_interest,
    _materialized_hypertable_N.turnover,
    _materialized_hypertable_N.ticks
   FROM _timescaledb_internal._materialized_hypertable_N
  WHERE (_materialized_hypertable_N.bucket < COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
UNION ALL
 SELECT tick_data.instrument_id,
    public.time_bucket('00:01:00'::interval, tick_data."time", origin => '2000-01-02 19:45:00+00'::timestamp with time zone) AS bucket,
    public.first(tick_data.ltp, tick_data."time") AS open,
    max(tick_data.ltp) AS high,
    min(tick_data.ltp) AS low,
    public.last(tick_data.ltp, tick_data."time") AS close,
    (sum(tick_data.volume))::bigint AS volume,
    (sum(tick_data.missed_volume))::bigint AS missed_volume,
    public.last(tick_data.open_interest, tick_data."time") FILTER (WHERE (tick_data.open_interest IS NOT NULL)) AS open_interest,
    sum((tick_data.ltp * (tick_data.volume)::double precision)) AS turnover,
    count(*) AS ticks
   FROM store.tick_data
  WHERE (tick_data."time" >= COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
  GROUP BY tick_data.instrument_id, (public.time_bucket('00:01:00'::interval, tick_data."time", origin => '2000-01-02 19:45:00+00'::timestamp with time zone));

COMMENT ON VIEW store.live_1m IS 'Candles of 1m made from ticks.';

CREATE VIEW store.live_5m AS
 SELECT _materialized_hypertable_N.instrument_id,
    _materialized_hypertable_N.bucket,
    _materialized_hypertable_N.open,
    _materialized_hypertable_N.high,
    _materialized_hypertable_N.low,
    _materialized_hypertable_N.close,
    _materialized_hypertable_N.volume,
    _materialized_hypertable_N.missed_volume,
    _materialized_hypertable_N.open_interest,
    _materialized_hypertable_N.turnover,
    _materialized_hypertable_N.ticks
   FROM _timescaledb_internal._materialized_hypertable_N
  WHERE (_materialized_hypertable_N.bucket < COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
UNION ALL
 SELECT live_1m.instrument_id,
    public.time_bucket('00:05:00'::interval, live_1m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone) AS bucket,
    public.first(live_1m.open, live_1m.bucket) AS open,
    max(live_1m.high) AS high,
    min(live_1m.low) AS low,
    public.last(live_1m.close, live_1m.bucket) AS close,
    (sum(live_1m.volume))::bigint AS volume,
    (sum(live_1m.missed_volume))::bigint AS missed_volume,
    public.last(live_1m.open_interest, live_1m.bucket) FILTER (WHERE (live_1m.open_interest IS NOT NULL)) AS open_interest,
    sum(live_1m.turnover) AS turnover,
    (sum(live_1m.ticks))::bigint AS ticks
   FROM store.live_1m
  WHERE (live_1m.bucket >= COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
  GROUP BY live_1m.instrument_id, (public.time_bucket('00:05:00'::interval, live_1m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone));

COMMENT ON VIEW store.live_5m IS 'Candles of 5m made from ticks.';

CREATE VIEW store.live_15m AS
 SELECT _materialized_hypertable_N.instrument_id,
    _materialized_hypertable_N.bucket,
    _materialized_hypertable_N.open,
    _materialized_hypertable_N.high,
    _materialized_hypertable_N.low,
    _materialized_hypertable_N.close,
    _materialized_hypertable_N.volume,
    _materialized_hypertable_N.missed_volume,
    _materialized_hypertable_N.open_interest,
    _materialized_hypertable_N.turnover,
    _materialized_hypertable_N.ticks
   FROM _timescaledb_internal._materialized_hypertable_N
  WHERE (_materialized_hypertable_N.bucket < COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
UNION ALL
 SELECT live_5m.instrument_id,
    public.time_bucket('00:15:00'::interval, live_5m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone) AS bucket,
    public.first(live_5m.open, live_5m.bucket) AS open,
    max(live_5m.high) AS high,
    min(live_5m.low) AS low,
    public.last(live_5m.close, live_5m.bucket) AS close,
    (sum(live_5m.volume))::bigint AS volume,
    (sum(live_5m.missed_volume))::bigint AS missed_volume,
    public.last(live_5m.open_interest, live_5m.bucket) FILTER (WHERE (live_5m.open_interest IS NOT NULL)) AS open_interest,
    sum(live_5m.turnover) AS turnover,
    (sum(live_5m.ticks))::bigint AS ticks
   FROM store.live_5m
  WHERE (live_5m.bucket >= COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
  GROUP BY live_5m.instrument_id, (public.time_bucket('00:15:00'::interval, live_5m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone));

COMMENT ON VIEW store.live_15m IS 'Candles of 15m made from ticks.';

CREATE VIEW store.live_30m AS
 SELECT _materialized_hypertable_N.instrument_id,
    _materialized_hypertable_N.bucket,
    _materialized_hypertable_N.open,
    _materialized_hypertable_N.high,
    _materialized_hypertable_N.low,
    _materialized_hypertable_N.close,
    _materialized_hypertable_N.volume,
    _materialized_hypertable_N.missed_volume,
    _materialized_hypertable_N.open_interest,
    _materialized_hypertable_N.turnover,
    _materialized_hypertable_N.ticks
   FROM _timescaledb_internal._materialized_hypertable_N
  WHERE (_materialized_hypertable_N.bucket < COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
UNION ALL
 SELECT live_15m.instrument_id,
    public.time_bucket('00:30:00'::interval, live_15m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone) AS bucket,
    public.first(live_15m.open, live_15m.bucket) AS open,
    max(live_15m.high) AS high,
    min(live_15m.low) AS low,
    public.last(live_15m.close, live_15m.bucket) AS close,
    (sum(live_15m.volume))::bigint AS volume,
    (sum(live_15m.missed_volume))::bigint AS missed_volume,
    public.last(live_15m.open_interest, live_15m.bucket) FILTER (WHERE (live_15m.open_interest IS NOT NULL)) AS open_interest,
    sum(live_15m.turnover) AS turnover,
    (sum(live_15m.ticks))::bigint AS ticks
   FROM store.live_15m
  WHERE (live_15m.bucket >= COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
  GROUP BY live_15m.instrument_id, (public.time_bucket('00:30:00'::interval, live_15m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone));

COMMENT ON VIEW store.live_30m IS 'Candles of 30m made from ticks.';

CREATE VIEW store.live_1h AS
 SELECT _materialized_hypertable_N.instrument_id,
    _materialized_hypertable_N.bucket,
    _materialized_hypertable_N.open,
    _materialized_hypertable_N.high,
    _materialized_hypertable_N.low,
    _materialized_hypertable_N.close,
    _materialized_hypertable_N.volume,
    _materialized_hypertable_N.missed_volume,
    _materialized_hypertable_N.open_interest,
    _materialized_hypertable_N.turnover,
    _materialized_hypertable_N.ticks
   FROM _timescaledb_internal._materialized_hypertable_N
  WHERE (_materialized_hypertable_N.bucket < COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
UNION ALL
 SELECT live_30m.instrument_id,
    public.time_bucket('01:00:00'::interval, live_30m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone) AS bucket,
    public.first(live_30m.open, live_30m.bucket) AS open,
    max(live_30m.high) AS high,
    min(live_30m.low) AS low,
    public.last(live_30m.close, live_30m.bucket) AS close,
    (sum(live_30m.volume))::bigint AS volume,
    (sum(live_30m.missed_volume))::bigint AS missed_volume,
    public.last(live_30m.open_interest, live_30m.bucket) FILTER (WHERE (live_30m.open_interest IS NOT NULL)) AS open_interest,
    sum(live_30m.turnover) AS turnover,
    (sum(live_30m.ticks))::bigint AS ticks
   FROM store.live_30m
  WHERE (live_30m.bucket >= COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
  GROUP BY live_30m.instrument_id, (public.time_bucket('01:00:00'::interval, live_30m.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone));

COMMENT ON VIEW store.live_1h IS 'Candles of 1h made from ticks.';

CREATE TABLE market.instruments (
    id integer NOT NULL,
    symbol text NOT NULL,
    exchange text NOT NULL,
    segment text NOT NULL,
    tradingsymbol text NOT NULL,
    name text,
    kind text NOT NULL,
    underlying_id integer,
    expiry date,
    strike double precision,
    option_type text,
    lot_size integer DEFAULT 1 NOT NULL,
    tick_size double precision DEFAULT 0.05 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    CONSTRAINT instruments_check CHECK ((symbol = ((exchange || ':'::text) || tradingsymbol))),
    CONSTRAINT instruments_check1 CHECK (((kind = 'option'::text) = ((strike IS NOT NULL) AND (option_type IS NOT NULL)))),
    CONSTRAINT instruments_check2 CHECK (((kind = ANY (ARRAY['future'::text, 'option'::text])) = (expiry IS NOT NULL))),
    CONSTRAINT instruments_kind_check CHECK ((kind = ANY (ARRAY['index'::text, 'equity'::text, 'future'::text, 'option'::text]))),
    CONSTRAINT instruments_lot_size_check CHECK ((lot_size > 0)),
    CONSTRAINT instruments_option_type_check CHECK ((option_type = ANY (ARRAY['CE'::text, 'PE'::text]))),
    CONSTRAINT instruments_tick_size_check CHECK ((tick_size > (0)::double precision))
);

COMMENT ON TABLE market.instruments IS 'Instruments with an identity of our own: stable, broker-neutral, never deleted. segment: whose trading hours apply (market.sessions). strike in rupees, lot_size in units.';

CREATE TABLE store.history_15m (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE store.history_15m IS 'Candles of 15m that the broker gave: they win over live.';

CREATE VIEW candles.candles_15m AS
 SELECT instrument_id,
    bucket,
    open,
    high,
    low,
    close,
    volume,
    missed_volume,
    open_interest,
    turnover,
    ticks,
    ((((bucket + '00:15:00'::interval) + '00:00:02'::interval) <= ( SELECT meta.now() AS now)) OR COALESCE((( SELECT i.segment
           FROM market.instruments i
          WHERE (i.id = c.instrument_id)) = ANY (( SELECT candles.ended_segments('00:15:00'::interval) AS ended_segments)::text[])), false)) AS is_closed,
    ((bucket AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date
   FROM ( SELECT DISTINCT ON (u.instrument_id, u.bucket) u.instrument_id,
            u.bucket,
            u.open,
            u.high,
            u.low,
            u.close,
            u.volume,
            u.missed_volume,
            u.open_interest,
            u.turnover,
            u.ticks,
            u.priority
           FROM ( SELECT history_15m.instrument_id,
                    history_15m.bucket,
                    history_15m.open,
                    history_15m.high,
                    history_15m.low,
                    history_15m.close,
                    history_15m.volume,
                    history_15m.missed_volume,
                    history_15m.open_interest,
                    history_15m.turnover,
                    history_15m.ticks,
                    0 AS priority
                   FROM store.history_15m
                UNION ALL
                 SELECT live_15m.instrument_id,
                    live_15m.bucket,
                    live_15m.open,
                    live_15m.high,
                    live_15m.low,
                    live_15m.close,
                    live_15m.volume,
                    live_15m.missed_volume,
                    live_15m.open_interest,
                    live_15m.turnover,
                    live_15m.ticks,
                    1 AS priority
                   FROM store.live_15m) u
          ORDER BY u.instrument_id, u.bucket, u.priority) c;

COMMENT ON VIEW candles.candles_15m IS 'Candles of 15m: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.';

CREATE TABLE store.history_1d (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE store.history_1d IS 'Candles of 1d that the broker gave: they win over live.';

CREATE VIEW store.live_1d AS
 SELECT _materialized_hypertable_N.instrument_id,
    _materialized_hypertable_N.bucket,
    _materialized_hypertable_N.open,
    _materialized_hypertable_N.high,
    _materialized_hypertable_N.low,
    _materialized_hypertable_N.close,
    _materialized_hypertable_N.volume,
    _materialized_hypertable_N.missed_volume,
    _materialized_hypertable_N.open_interest,
    _materialized_hypertable_N.turnover,
    _materialized_hypertable_N.ticks
   FROM _timescaledb_internal._materialized_hypertable_N
  WHERE (_materialized_hypertable_N.bucket < COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
UNION ALL
 SELECT live_1h.instrument_id,
    public.time_bucket('24:00:00'::interval, live_1h.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone) AS bucket,
    public.first(live_1h.open, live_1h.bucket) AS open,
    max(live_1h.high) AS high,
    min(live_1h.low) AS low,
    public.last(live_1h.close, live_1h.bucket) AS close,
    (sum(live_1h.volume))::bigint AS volume,
    (sum(live_1h.missed_volume))::bigint AS missed_volume,
    public.last(live_1h.open_interest, live_1h.bucket) FILTER (WHERE (live_1h.open_interest IS NOT NULL)) AS open_interest,
    sum(live_1h.turnover) AS turnover,
    (sum(live_1h.ticks))::bigint AS ticks
   FROM store.live_1h
  WHERE (live_1h.bucket >= COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
  GROUP BY live_1h.instrument_id, (public.time_bucket('24:00:00'::interval, live_1h.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone));

COMMENT ON VIEW store.live_1d IS 'Candles of 1d made from ticks.';

CREATE VIEW candles.candles_1d AS
 SELECT instrument_id,
    bucket,
    open,
    high,
    low,
    close,
    volume,
    missed_volume,
    open_interest,
    turnover,
    ticks,
    ((((bucket + '24:00:00'::interval) + '00:00:02'::interval) <= ( SELECT meta.now() AS now)) OR COALESCE((( SELECT i.segment
           FROM market.instruments i
          WHERE (i.id = c.instrument_id)) = ANY (( SELECT candles.ended_segments('24:00:00'::interval) AS ended_segments)::text[])), false)) AS is_closed,
    ((bucket AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date
   FROM ( SELECT DISTINCT ON (u.instrument_id, u.bucket) u.instrument_id,
            u.bucket,
            u.open,
            u.high,
            u.low,
            u.close,
            u.volume,
            u.missed_volume,
            u.open_interest,
            u.turnover,
            u.ticks,
            u.priority
           FROM ( SELECT history_1d.instrument_id,
                    history_1d.bucket,
                    history_1d.open,
                    history_1d.high,
                    history_1d.low,
                    history_1d.close,
                    history_1d.volume,
                    history_1d.missed_volume,
                    history_1d.open_interest,
                    history_1d.turnover,
                    history_1d.ticks,
                    0 AS priority
                   FROM store.history_1d
                UNION ALL
                 SELECT live_1d.instrument_id,
                    live_1d.bucket,
                    live_1d.open,
                    live_1d.high,
                    live_1d.low,
                    live_1d.close,
                    live_1d.volume,
                    live_1d.missed_volume,
                    live_1d.open_interest,
                    live_1d.turnover,
                    live_1d.ticks,
                    1 AS priority
                   FROM store.live_1d) u
          ORDER BY u.instrument_id, u.bucket, u.priority) c;

COMMENT ON VIEW candles.candles_1d IS 'Candles of 1d: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.';

CREATE TABLE store.history_1h (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE store.history_1h IS 'Candles of 1h that the broker gave: they win over live.';

CREATE VIEW candles.candles_1h AS
 SELECT instrument_id,
    bucket,
    open,
    high,
    low,
    close,
    volume,
    missed_volume,
    open_interest,
    turnover,
    ticks,
    ((((bucket + '01:00:00'::interval) + '00:00:02'::interval) <= ( SELECT meta.now() AS now)) OR COALESCE((( SELECT i.segment
           FROM market.instruments i
          WHERE (i.id = c.instrument_id)) = ANY (( SELECT candles.ended_segments('01:00:00'::interval) AS ended_segments)::text[])), false)) AS is_closed,
    ((bucket AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date
   FROM ( SELECT DISTINCT ON (u.instrument_id, u.bucket) u.instrument_id,
            u.bucket,
            u.open,
            u.high,
            u.low,
            u.close,
            u.volume,
            u.missed_volume,
            u.open_interest,
            u.turnover,
            u.ticks,
            u.priority
           FROM ( SELECT history_1h.instrument_id,
                    history_1h.bucket,
                    history_1h.open,
                    history_1h.high,
                    history_1h.low,
                    history_1h.close,
                    history_1h.volume,
                    history_1h.missed_volume,
                    history_1h.open_interest,
                    history_1h.turnover,
                    history_1h.ticks,
                    0 AS priority
                   FROM store.history_1h
                UNION ALL
                 SELECT live_1h.instrument_id,
                    live_1h.bucket,
                    live_1h.open,
                    live_1h.high,
                    live_1h.low,
                    live_1h.close,
                    live_1h.volume,
                    live_1h.missed_volume,
                    live_1h.open_interest,
                    live_1h.turnover,
                    live_1h.ticks,
                    1 AS priority
                   FROM store.live_1h) u
          ORDER BY u.instrument_id, u.bucket, u.priority) c;

COMMENT ON VIEW candles.candles_1h IS 'Candles of 1h: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.';

CREATE TABLE store.history_1m (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE store.history_1m IS 'Candles of 1m that the broker gave: they win over live.';

CREATE VIEW candles.candles_1m AS
 SELECT instrument_id,
    bucket,
    open,
    high,
    low,
    close,
    volume,
    missed_volume,
    open_interest,
    turnover,
    ticks,
    ((((bucket + '00:01:00'::interval) + '00:00:02'::interval) <= ( SELECT meta.now() AS now)) OR COALESCE((( SELECT i.segment
           FROM market.instruments i
          WHERE (i.id = c.instrument_id)) = ANY (( SELECT candles.ended_segments('00:01:00'::interval) AS ended_segments)::text[])), false)) AS is_closed,
    ((bucket AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date
   FROM ( SELECT DISTINCT ON (u.instrument_id, u.bucket) u.instrument_id,
            u.bucket,
            u.open,
            u.high,
            u.low,
            u.close,
            u.volume,
            u.missed_volume,
            u.open_interest,
            u.turnover,
            u.ticks,
            u.priority
           FROM ( SELECT history_1m.instrument_id,
                    history_1m.bucket,
                    history_1m.open,
                    history_1m.high,
                    history_1m.low,
                    history_1m.close,
                    history_1m.volume,
                    history_1m.missed_volume,
                    history_1m.open_interest,
                    history_1m.turnover,
                    history_1m.ticks,
                    0 AS priority
                   FROM store.history_1m
                UNION ALL
                 SELECT live_1m.instrument_id,
                    live_1m.bucket,
                    live_1m.open,
                    live_1m.high,
                    live_1m.low,
                    live_1m.close,
                    live_1m.volume,
                    live_1m.missed_volume,
                    live_1m.open_interest,
                    live_1m.turnover,
                    live_1m.ticks,
                    1 AS priority
                   FROM store.live_1m) u
          ORDER BY u.instrument_id, u.bucket, u.priority) c;

COMMENT ON VIEW candles.candles_1m IS 'Candles of 1m: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.';

CREATE TABLE store.history_30m (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE store.history_30m IS 'Candles of 30m that the broker gave: they win over live.';

CREATE VIEW candles.candles_30m AS
 SELECT instrument_id,
    bucket,
    open,
    high,
    low,
    close,
    volume,
    missed_volume,
    open_interest,
    turnover,
    ticks,
    ((((bucket + '00:30:00'::interval) + '00:00:02'::interval) <= ( SELECT meta.now() AS now)) OR COALESCE((( SELECT i.segment
           FROM market.instruments i
          WHERE (i.id = c.instrument_id)) = ANY (( SELECT candles.ended_segments('00:30:00'::interval) AS ended_segments)::text[])), false)) AS is_closed,
    ((bucket AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date
   FROM ( SELECT DISTINCT ON (u.instrument_id, u.bucket) u.instrument_id,
            u.bucket,
            u.open,
            u.high,
            u.low,
            u.close,
            u.volume,
            u.missed_volume,
            u.open_interest,
            u.turnover,
            u.ticks,
            u.priority
           FROM ( SELECT history_30m.instrument_id,
                    history_30m.bucket,
                    history_30m.open,
                    history_30m.high,
                    history_30m.low,
                    history_30m.close,
                    history_30m.volume,
                    history_30m.missed_volume,
                    history_30m.open_interest,
                    history_30m.turnover,
                    history_30m.ticks,
                    0 AS priority
                   FROM store.history_30m
                UNION ALL
                 SELECT live_30m.instrument_id,
                    live_30m.bucket,
                    live_30m.open,
                    live_30m.high,
                    live_30m.low,
                    live_30m.close,
                    live_30m.volume,
                    live_30m.missed_volume,
                    live_30m.open_interest,
                    live_30m.turnover,
                    live_30m.ticks,
                    1 AS priority
                   FROM store.live_30m) u
          ORDER BY u.instrument_id, u.bucket, u.priority) c;

COMMENT ON VIEW candles.candles_30m IS 'Candles of 30m: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.';

CREATE TABLE store.history_4h (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE store.history_4h IS 'Candles of 4h that the broker gave: they win over live.';

CREATE VIEW store.live_4h AS
 SELECT _materialized_hypertable_N.instrument_id,
    _materialized_hypertable_N.bucket,
    _materialized_hypertable_N.open,
    _materialized_hypertable_N.high,
    _materialized_hypertable_N.low,
    _materialized_hypertable_N.close,
    _materialized_hypertable_N.volume,
    _materialized_hypertable_N.missed_volume,
    _materialized_hypertable_N.open_interest,
    _materialized_hypertable_N.turnover,
    _materialized_hypertable_N.ticks
   FROM _timescaledb_internal._materialized_hypertable_N
  WHERE (_materialized_hypertable_N.bucket < COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
UNION ALL
 SELECT live_1h.instrument_id,
    public.time_bucket('04:00:00'::interval, live_1h.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone) AS bucket,
    public.first(live_1h.open, live_1h.bucket) AS open,
    max(live_1h.high) AS high,
    min(live_1h.low) AS low,
    public.last(live_1h.close, live_1h.bucket) AS close,
    (sum(live_1h.volume))::bigint AS volume,
    (sum(live_1h.missed_volume))::bigint AS missed_volume,
    public.last(live_1h.open_interest, live_1h.bucket) FILTER (WHERE (live_1h.open_interest IS NOT NULL)) AS open_interest,
    sum(live_1h.turnover) AS turnover,
    (sum(live_1h.ticks))::bigint AS ticks
   FROM store.live_1h
  WHERE (live_1h.bucket >= COALESCE(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(N)), '-infinity'::timestamp with time zone))
  GROUP BY live_1h.instrument_id, (public.time_bucket('04:00:00'::interval, live_1h.bucket, origin => '2000-01-02 19:45:00+00'::timestamp with time zone));

COMMENT ON VIEW store.live_4h IS 'Candles of 4h made from ticks.';

CREATE VIEW candles.candles_4h AS
 SELECT instrument_id,
    bucket,
    open,
    high,
    low,
    close,
    volume,
    missed_volume,
    open_interest,
    turnover,
    ticks,
    ((((bucket + '04:00:00'::interval) + '00:00:02'::interval) <= ( SELECT meta.now() AS now)) OR COALESCE((( SELECT i.segment
           FROM market.instruments i
          WHERE (i.id = c.instrument_id)) = ANY (( SELECT candles.ended_segments('04:00:00'::interval) AS ended_segments)::text[])), false)) AS is_closed,
    ((bucket AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date
   FROM ( SELECT DISTINCT ON (u.instrument_id, u.bucket) u.instrument_id,
            u.bucket,
            u.open,
            u.high,
            u.low,
            u.close,
            u.volume,
            u.missed_volume,
            u.open_interest,
            u.turnover,
            u.ticks,
            u.priority
           FROM ( SELECT history_4h.instrument_id,
                    history_4h.bucket,
                    history_4h.open,
                    history_4h.high,
                    history_4h.low,
                    history_4h.close,
                    history_4h.volume,
                    history_4h.missed_volume,
                    history_4h.open_interest,
                    history_4h.turnover,
                    history_4h.ticks,
                    0 AS priority
                   FROM store.history_4h
                UNION ALL
                 SELECT live_4h.instrument_id,
                    live_4h.bucket,
                    live_4h.open,
                    live_4h.high,
                    live_4h.low,
                    live_4h.close,
                    live_4h.volume,
                    live_4h.missed_volume,
                    live_4h.open_interest,
                    live_4h.turnover,
                    live_4h.ticks,
                    1 AS priority
                   FROM store.live_4h) u
          ORDER BY u.instrument_id, u.bucket, u.priority) c;

COMMENT ON VIEW candles.candles_4h IS 'Candles of 4h: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.';

CREATE TABLE store.history_5m (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint DEFAULT 0 NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE store.history_5m IS 'Candles of 5m that the broker gave: they win over live.';

CREATE VIEW candles.candles_5m AS
 SELECT instrument_id,
    bucket,
    open,
    high,
    low,
    close,
    volume,
    missed_volume,
    open_interest,
    turnover,
    ticks,
    ((((bucket + '00:05:00'::interval) + '00:00:02'::interval) <= ( SELECT meta.now() AS now)) OR COALESCE((( SELECT i.segment
           FROM market.instruments i
          WHERE (i.id = c.instrument_id)) = ANY (( SELECT candles.ended_segments('00:05:00'::interval) AS ended_segments)::text[])), false)) AS is_closed,
    ((bucket AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date
   FROM ( SELECT DISTINCT ON (u.instrument_id, u.bucket) u.instrument_id,
            u.bucket,
            u.open,
            u.high,
            u.low,
            u.close,
            u.volume,
            u.missed_volume,
            u.open_interest,
            u.turnover,
            u.ticks,
            u.priority
           FROM ( SELECT history_5m.instrument_id,
                    history_5m.bucket,
                    history_5m.open,
                    history_5m.high,
                    history_5m.low,
                    history_5m.close,
                    history_5m.volume,
                    history_5m.missed_volume,
                    history_5m.open_interest,
                    history_5m.turnover,
                    history_5m.ticks,
                    0 AS priority
                   FROM store.history_5m
                UNION ALL
                 SELECT live_5m.instrument_id,
                    live_5m.bucket,
                    live_5m.open,
                    live_5m.high,
                    live_5m.low,
                    live_5m.close,
                    live_5m.volume,
                    live_5m.missed_volume,
                    live_5m.open_interest,
                    live_5m.turnover,
                    live_5m.ticks,
                    1 AS priority
                   FROM store.live_5m) u
          ORDER BY u.instrument_id, u.bucket, u.priority) c;

COMMENT ON VIEW candles.candles_5m IS 'Candles of 5m: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.';

CREATE TABLE ledger.candle_clock (
    announced_until timestamp with time zone NOT NULL
);

COMMENT ON TABLE ledger.candle_clock IS 'One row: bars that closed up to this market time have been announced on candle_closed.';

CREATE TABLE ledger.ingest_stats (
    at timestamp with time zone NOT NULL,
    source text NOT NULL,
    received bigint NOT NULL,
    written bigint NOT NULL,
    late bigint NOT NULL,
    duplicates bigint NOT NULL,
    offsession bigint NOT NULL,
    volume_falls bigint NOT NULL,
    dropped bigint NOT NULL,
    rejected jsonb NOT NULL,
    queue_depth integer NOT NULL,
    journal_segments integer NOT NULL,
    journal_bytes bigint NOT NULL,
    lag_ms double precision
);

COMMENT ON TABLE ledger.ingest_stats IS 'A row per committed journal segment that counted anything. written: ticks numbered for tick_data; late: of those, handed to the database to number; rejected: count by reason; dropped: lost to a full queue; lag_ms: from receipt of the segment''s oldest batch to its journalling.';

CREATE TABLE ledger.journals (
    journal uuid NOT NULL,
    segment bigint NOT NULL,
    committed_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE ledger.journals IS 'The last segment of each ingest journal that was committed, written in the segment''s own transaction: each is stored exactly once.';

CREATE TABLE market.broker_instruments (
    broker text NOT NULL,
    broker_key text NOT NULL,
    instrument_id integer NOT NULL,
    valid_from date DEFAULT '-infinity'::date NOT NULL,
    valid_until date DEFAULT 'infinity'::date NOT NULL,
    CONSTRAINT broker_instruments_check CHECK ((valid_until > valid_from))
);

COMMENT ON TABLE market.broker_instruments IS 'Which instrument a broker''s key means, from valid_from (inclusive) to valid_until (exclusive): brokers use keys again after expiry.';

CREATE TABLE market.holidays (
    exchange_group text NOT NULL,
    date date NOT NULL,
    source text NOT NULL,
    is_shipped boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE market.holidays IS 'Weekdays without trading. is_shipped: with the project; your own rows stay and win.';

ALTER TABLE market.instruments ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME market.instruments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE market.special_sessions (
    exchange_group text NOT NULL,
    date date NOT NULL,
    opens time without time zone NOT NULL,
    closes time without time zone NOT NULL,
    kind text NOT NULL,
    evidence text NOT NULL,
    is_shipped boolean DEFAULT false NOT NULL,
    CONSTRAINT special_sessions_check CHECK ((closes > opens))
);

COMMENT ON TABLE market.special_sessions IS 'Hours (IST) that replace the regular ones on a date: Muhurat, drills, Saturdays. is_shipped: with the project; your own rows stay and win.';

CREATE TABLE market.trading_hours (
    segment text NOT NULL,
    exchange_group text NOT NULL,
    valid_from date NOT NULL,
    opens time without time zone NOT NULL,
    closes time without time zone NOT NULL,
    kind text NOT NULL,
    is_shipped boolean DEFAULT false NOT NULL,
    CONSTRAINT trading_hours_check CHECK ((closes > opens)),
    CONSTRAINT trading_hours_kind_check CHECK ((kind = ANY (ARRAY['continuous'::text, 'closing_auction'::text])))
);

COMMENT ON TABLE market.trading_hours IS 'Regular hours (IST) of a segment from a date on; rows with the same valid_from are the parts of a day. is_shipped: with the project; your own rows stay and win.';

CREATE TABLE meta.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE meta.code (
    digest text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE meta.code IS 'One row: the checksum of the sql/ tree that the code schemas were built from.';

CREATE TABLE meta.horizon (
    relation text NOT NULL,
    horizon timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
);

COMMENT ON TABLE meta.horizon IS 'Before this instant store.retain() has dropped, or is about to drop, the relation: nothing may be recomputed from it there.';

CREATE TABLE meta.retention (
    relation text NOT NULL,
    keep interval,
    chunk interval NOT NULL,
    columnstore_after interval,
    CONSTRAINT retention_keep_check CHECK ((keep >= '4 days'::interval))
);

COMMENT ON TABLE meta.retention IS 'How long store.retain() keeps what; null: for ever. Editable. At least 4 days: nearer, a refresh policy could reach what was dropped. chunk: the width of a partition.';

CREATE TABLE meta.revisions (
    revision text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE meta.revisions IS 'The checksum of every applied revision: a released revision never changes.';

CREATE TABLE meta.settings (
    name text NOT NULL,
    value text NOT NULL
);

COMMENT ON TABLE meta.settings IS 'What is true of this database: engine (timescale or postgres), clock (wall or replay), id. Set when it is created.';

CREATE TABLE meta.timeframe_aliases (
    alias text NOT NULL,
    timeframe text NOT NULL
);

COMMENT ON TABLE meta.timeframe_aliases IS 'Other spellings that people type, in lower case.';

CREATE TABLE store.offsession_ticks (
    instrument_id integer NOT NULL,
    "time" timestamp with time zone NOT NULL,
    ltp double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint NOT NULL,
    day_volume bigint,
    open_interest bigint,
    bid_price double precision,
    ask_price double precision,
    bid_qty bigint,
    ask_qty bigint,
    source text NOT NULL,
    received_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE store.offsession_ticks IS 'Ticks outside the trading session (pre-open, after the close, re-stamped): kept as received, never part of a candle.';

ALTER TABLE ONLY ledger.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (name);

ALTER TABLE ONLY ledger.journals
    ADD CONSTRAINT journals_pkey PRIMARY KEY (journal);

ALTER TABLE ONLY market.broker_instruments
    ADD CONSTRAINT broker_instruments_pkey PRIMARY KEY (broker, broker_key, valid_from);

ALTER TABLE ONLY market.holidays
    ADD CONSTRAINT holidays_pkey PRIMARY KEY (exchange_group, date);

ALTER TABLE ONLY market.instruments
    ADD CONSTRAINT instruments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY market.instruments
    ADD CONSTRAINT instruments_symbol_key UNIQUE (symbol);

ALTER TABLE ONLY market.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (segment, opens_at);

ALTER TABLE ONLY market.special_sessions
    ADD CONSTRAINT special_sessions_pkey PRIMARY KEY (exchange_group, date, opens);

ALTER TABLE ONLY market.trading_hours
    ADD CONSTRAINT trading_hours_pkey PRIMARY KEY (segment, valid_from, opens);

ALTER TABLE ONLY meta.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY meta.horizon
    ADD CONSTRAINT horizon_pkey PRIMARY KEY (relation);

ALTER TABLE ONLY meta.retention
    ADD CONSTRAINT retention_pkey PRIMARY KEY (relation);

ALTER TABLE ONLY meta.revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (revision);

ALTER TABLE ONLY meta.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY meta.timeframe_aliases
    ADD CONSTRAINT timeframe_aliases_pkey PRIMARY KEY (alias);

ALTER TABLE ONLY meta.timeframes
    ADD CONSTRAINT timeframes_ordinal_key UNIQUE (ordinal);

ALTER TABLE ONLY meta.timeframes
    ADD CONSTRAINT timeframes_pkey PRIMARY KEY (timeframe);

ALTER TABLE ONLY store.history_15m
    ADD CONSTRAINT history_15m_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.history_1d
    ADD CONSTRAINT history_1d_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.history_1h
    ADD CONSTRAINT history_1h_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.history_1m
    ADD CONSTRAINT history_1m_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.history_30m
    ADD CONSTRAINT history_30m_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.history_4h
    ADD CONSTRAINT history_4h_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.history_5m
    ADD CONSTRAINT history_5m_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.tick_data
    ADD CONSTRAINT tick_data_pkey PRIMARY KEY (instrument_id, "time");

CREATE UNIQUE INDEX candle_clock_one_row ON ledger.candle_clock USING btree ((true));

CREATE INDEX ingest_stats_at ON ledger.ingest_stats USING btree (at);

CREATE INDEX job_runs_started ON ledger.job_runs USING btree (started_at);

CREATE INDEX broker_instruments_instrument ON market.broker_instruments USING btree (instrument_id);

CREATE INDEX instruments_underlying ON market.instruments USING btree (underlying_id, expiry, strike);

CREATE INDEX sessions_date ON market.sessions USING btree (session_date, segment);

CREATE UNIQUE INDEX code_one_row ON meta.code USING btree ((true));

CREATE INDEX history_15m_bucket_idx ON store.history_15m USING btree (bucket);

CREATE INDEX history_1d_bucket_idx ON store.history_1d USING btree (bucket);

CREATE INDEX history_1h_bucket_idx ON store.history_1h USING btree (bucket);

CREATE INDEX history_1m_bucket_idx ON store.history_1m USING btree (bucket);

CREATE INDEX history_30m_bucket_idx ON store.history_30m USING btree (bucket);

CREATE INDEX history_4h_bucket_idx ON store.history_4h USING btree (bucket);

CREATE INDEX history_5m_bucket_idx ON store.history_5m USING btree (bucket);

CREATE INDEX offsession_ticks_received ON store.offsession_ticks USING btree (received_at);

CREATE INDEX tick_data_time ON store.tick_data USING btree ("time");

ALTER TABLE ONLY ledger.job_runs
    ADD CONSTRAINT job_runs_name_fkey FOREIGN KEY (name) REFERENCES ledger.jobs(name) ON DELETE CASCADE;

ALTER TABLE ONLY market.broker_instruments
    ADD CONSTRAINT broker_instruments_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY market.instruments
    ADD CONSTRAINT instruments_underlying_id_fkey FOREIGN KEY (underlying_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY meta.horizon
    ADD CONSTRAINT horizon_relation_fkey FOREIGN KEY (relation) REFERENCES meta.retention(relation);

ALTER TABLE ONLY meta.timeframe_aliases
    ADD CONSTRAINT timeframe_aliases_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY meta.timeframes
    ADD CONSTRAINT timeframes_base_fkey FOREIGN KEY (base) REFERENCES meta.timeframes(timeframe);

GRANT USAGE ON SCHEMA candles TO bhav_ingest;
GRANT USAGE ON SCHEMA candles TO bhav_read;
GRANT USAGE ON SCHEMA candles TO bhav_user;

GRANT USAGE ON SCHEMA ledger TO bhav_ingest;
GRANT USAGE ON SCHEMA ledger TO bhav_read;
GRANT USAGE ON SCHEMA ledger TO bhav_user;

GRANT USAGE ON SCHEMA market TO bhav_ingest;
GRANT USAGE ON SCHEMA market TO bhav_read;
GRANT USAGE ON SCHEMA market TO bhav_user;

GRANT USAGE ON SCHEMA meta TO bhav_ingest;
GRANT USAGE ON SCHEMA meta TO bhav_read;
GRANT USAGE ON SCHEMA meta TO bhav_user;

GRANT USAGE ON SCHEMA store TO bhav_ingest;
GRANT USAGE ON SCHEMA store TO bhav_read;
GRANT USAGE ON SCHEMA store TO bhav_user;

REVOKE ALL ON FUNCTION candles.announce_closed() FROM PUBLIC;
GRANT ALL ON FUNCTION candles.announce_closed() TO bhav_ingest;

REVOKE ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION meta.bucket_start(width interval, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION meta.bucket_start(width interval, at timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION meta.bucket_start(width interval, at timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION meta.bucket_start(width interval, at timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION meta.bucket_end(width interval, bucket timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION meta.bucket_end(width interval, bucket timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION meta.bucket_end(width interval, bucket timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION meta.bucket_end(width interval, bucket timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION meta.now() FROM PUBLIC;
GRANT ALL ON FUNCTION meta.now() TO bhav_ingest;
GRANT ALL ON FUNCTION meta.now() TO bhav_read;
GRANT ALL ON FUNCTION meta.now() TO bhav_user;

GRANT SELECT ON TABLE market.sessions TO bhav_ingest;
GRANT SELECT ON TABLE market.sessions TO bhav_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE market.sessions TO bhav_user;

REVOKE ALL ON FUNCTION candles.ended_segments(width interval) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.ended_segments(width interval) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.ended_segments(width interval) TO bhav_read;
GRANT ALL ON FUNCTION candles.ended_segments(width interval) TO bhav_user;

REVOKE ALL ON FUNCTION meta.timeframe(name text) FROM PUBLIC;
GRANT ALL ON FUNCTION meta.timeframe(name text) TO bhav_ingest;
GRANT ALL ON FUNCTION meta.timeframe(name text) TO bhav_read;
GRANT ALL ON FUNCTION meta.timeframe(name text) TO bhav_user;

GRANT SELECT ON TABLE meta.timeframes TO bhav_ingest;
GRANT SELECT ON TABLE meta.timeframes TO bhav_read;
GRANT SELECT ON TABLE meta.timeframes TO bhav_user;

REVOKE ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) TO bhav_read;
GRANT ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) TO bhav_user;

REVOKE ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) TO bhav_read;
GRANT ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) TO bhav_user;

GRANT SELECT ON TABLE ledger.jobs TO bhav_read;
GRANT SELECT ON TABLE ledger.jobs TO bhav_user;
GRANT SELECT,UPDATE ON TABLE ledger.jobs TO bhav_ingest;

GRANT UPDATE(every) ON TABLE ledger.jobs TO bhav_user;

GRANT UPDATE(enabled) ON TABLE ledger.jobs TO bhav_user;

REVOKE ALL ON FUNCTION ledger.claim_jobs() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.claim_jobs() TO bhav_ingest;

GRANT SELECT ON TABLE ledger.job_runs TO bhav_read;
GRANT SELECT ON TABLE ledger.job_runs TO bhav_user;
GRANT SELECT,INSERT ON TABLE ledger.job_runs TO bhav_ingest;

REVOKE ALL ON FUNCTION ledger.finish_job(name text, started_at timestamp with time zone, error text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.finish_job(name text, started_at timestamp with time zone, error text) TO bhav_ingest;

REVOKE ALL ON PROCEDURE ledger.prune() FROM PUBLIC;

REVOKE ALL ON PROCEDURE market.build_sessions(IN since date, IN until date) FROM PUBLIC;

REVOKE ALL ON FUNCTION market.id(symbol text) FROM PUBLIC;
GRANT ALL ON FUNCTION market.id(symbol text) TO bhav_ingest;
GRANT ALL ON FUNCTION market.id(symbol text) TO bhav_read;
GRANT ALL ON FUNCTION market.id(symbol text) TO bhav_user;

REVOKE ALL ON FUNCTION market.register_instruments(definitions jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION market.register_instruments(definitions jsonb) TO bhav_ingest;

REVOKE ALL ON PROCEDURE store.catch_up() FROM PUBLIC;

REVOKE ALL ON FUNCTION store.check_horizon(since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION store.check_horizon(since timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION store.check_horizon(since timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION store.check_horizon(since timestamp with time zone) TO bhav_user;

REVOKE ALL ON PROCEDURE store.ensure(IN since timestamp with time zone, IN until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION store.insert_late_ticks() FROM PUBLIC;
GRANT ALL ON FUNCTION store.insert_late_ticks() TO bhav_ingest;

REVOKE ALL ON FUNCTION store.insert_staged_ticks() FROM PUBLIC;
GRANT ALL ON FUNCTION store.insert_staged_ticks() TO bhav_ingest;

GRANT SELECT ON TABLE store.tick_data TO bhav_read;
GRANT SELECT ON TABLE store.tick_data TO bhav_user;
GRANT SELECT,INSERT ON TABLE store.tick_data TO bhav_ingest;

REVOKE ALL ON FUNCTION store.newest_tick() FROM PUBLIC;
GRANT ALL ON FUNCTION store.newest_tick() TO bhav_ingest;
GRANT ALL ON FUNCTION store.newest_tick() TO bhav_read;
GRANT ALL ON FUNCTION store.newest_tick() TO bhav_user;

REVOKE ALL ON PROCEDURE store.refresh(IN since timestamp with time zone, IN until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON PROCEDURE store.refresh_stale() FROM PUBLIC;

REVOKE ALL ON PROCEDURE store.retain() FROM PUBLIC;

REVOKE ALL ON FUNCTION store.stale_ranges() FROM PUBLIC;
GRANT ALL ON FUNCTION store.stale_ranges() TO bhav_ingest;
GRANT ALL ON FUNCTION store.stale_ranges() TO bhav_read;
GRANT ALL ON FUNCTION store.stale_ranges() TO bhav_user;

REVOKE ALL ON FUNCTION store.watermark(timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION store.watermark(timeframe text) TO bhav_ingest;
GRANT ALL ON FUNCTION store.watermark(timeframe text) TO bhav_read;
GRANT ALL ON FUNCTION store.watermark(timeframe text) TO bhav_user;

GRANT SELECT ON TABLE store.live_1m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_1m TO bhav_read;
GRANT SELECT ON TABLE store.live_1m TO bhav_user;

GRANT SELECT ON TABLE store.live_5m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_5m TO bhav_read;
GRANT SELECT ON TABLE store.live_5m TO bhav_user;

GRANT SELECT ON TABLE store.live_15m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_15m TO bhav_read;
GRANT SELECT ON TABLE store.live_15m TO bhav_user;

GRANT SELECT ON TABLE store.live_30m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_30m TO bhav_read;
GRANT SELECT ON TABLE store.live_30m TO bhav_user;

GRANT SELECT ON TABLE store.live_1h TO bhav_ingest;
GRANT SELECT ON TABLE store.live_1h TO bhav_read;
GRANT SELECT ON TABLE store.live_1h TO bhav_user;

GRANT SELECT ON TABLE market.instruments TO bhav_read;
GRANT SELECT ON TABLE market.instruments TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE market.instruments TO bhav_ingest;

GRANT SELECT ON TABLE store.history_15m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_15m TO bhav_read;
GRANT SELECT ON TABLE store.history_15m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_15m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_15m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_15m TO bhav_user;

GRANT SELECT ON TABLE store.history_1d TO bhav_ingest;
GRANT SELECT ON TABLE store.history_1d TO bhav_read;
GRANT SELECT ON TABLE store.history_1d TO bhav_user;

GRANT SELECT ON TABLE store.live_1d TO bhav_ingest;
GRANT SELECT ON TABLE store.live_1d TO bhav_read;
GRANT SELECT ON TABLE store.live_1d TO bhav_user;

GRANT SELECT ON TABLE candles.candles_1d TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_1d TO bhav_read;
GRANT SELECT ON TABLE candles.candles_1d TO bhav_user;

GRANT SELECT ON TABLE store.history_1h TO bhav_ingest;
GRANT SELECT ON TABLE store.history_1h TO bhav_read;
GRANT SELECT ON TABLE store.history_1h TO bhav_user;

GRANT SELECT ON TABLE candles.candles_1h TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_1h TO bhav_read;
GRANT SELECT ON TABLE candles.candles_1h TO bhav_user;

GRANT SELECT ON TABLE store.history_1m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_1m TO bhav_read;
GRANT SELECT ON TABLE store.history_1m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_1m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_1m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_1m TO bhav_user;

GRANT SELECT ON TABLE store.history_30m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_30m TO bhav_read;
GRANT SELECT ON TABLE store.history_30m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_30m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_30m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_30m TO bhav_user;

GRANT SELECT ON TABLE store.history_4h TO bhav_ingest;
GRANT SELECT ON TABLE store.history_4h TO bhav_read;
GRANT SELECT ON TABLE store.history_4h TO bhav_user;

GRANT SELECT ON TABLE store.live_4h TO bhav_ingest;
GRANT SELECT ON TABLE store.live_4h TO bhav_read;
GRANT SELECT ON TABLE store.live_4h TO bhav_user;

GRANT SELECT ON TABLE candles.candles_4h TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_4h TO bhav_read;
GRANT SELECT ON TABLE candles.candles_4h TO bhav_user;

GRANT SELECT ON TABLE store.history_5m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_5m TO bhav_read;
GRANT SELECT ON TABLE store.history_5m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_5m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_5m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_5m TO bhav_user;

GRANT SELECT ON TABLE ledger.candle_clock TO bhav_ingest;
GRANT SELECT ON TABLE ledger.candle_clock TO bhav_read;
GRANT SELECT ON TABLE ledger.candle_clock TO bhav_user;

GRANT SELECT ON TABLE ledger.ingest_stats TO bhav_read;
GRANT SELECT ON TABLE ledger.ingest_stats TO bhav_user;
GRANT SELECT,INSERT ON TABLE ledger.ingest_stats TO bhav_ingest;

GRANT SELECT ON TABLE ledger.journals TO bhav_read;
GRANT SELECT ON TABLE ledger.journals TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE ledger.journals TO bhav_ingest;

GRANT SELECT ON TABLE market.broker_instruments TO bhav_ingest;
GRANT SELECT ON TABLE market.broker_instruments TO bhav_read;
GRANT SELECT ON TABLE market.broker_instruments TO bhav_user;

GRANT SELECT ON TABLE market.holidays TO bhav_ingest;
GRANT SELECT ON TABLE market.holidays TO bhav_read;
GRANT SELECT,INSERT,DELETE ON TABLE market.holidays TO bhav_user;

GRANT SELECT ON TABLE market.special_sessions TO bhav_ingest;
GRANT SELECT ON TABLE market.special_sessions TO bhav_read;
GRANT SELECT,INSERT,DELETE ON TABLE market.special_sessions TO bhav_user;

GRANT SELECT ON TABLE market.trading_hours TO bhav_ingest;
GRANT SELECT ON TABLE market.trading_hours TO bhav_read;
GRANT SELECT ON TABLE market.trading_hours TO bhav_user;

GRANT SELECT ON TABLE meta.alembic_version TO bhav_ingest;
GRANT SELECT ON TABLE meta.alembic_version TO bhav_read;
GRANT SELECT ON TABLE meta.alembic_version TO bhav_user;

GRANT SELECT ON TABLE meta.code TO bhav_ingest;
GRANT SELECT ON TABLE meta.code TO bhav_read;
GRANT SELECT ON TABLE meta.code TO bhav_user;

GRANT SELECT ON TABLE meta.horizon TO bhav_ingest;
GRANT SELECT ON TABLE meta.horizon TO bhav_read;
GRANT SELECT ON TABLE meta.horizon TO bhav_user;

GRANT SELECT ON TABLE meta.retention TO bhav_ingest;
GRANT SELECT ON TABLE meta.retention TO bhav_read;
GRANT SELECT ON TABLE meta.retention TO bhav_user;

GRANT UPDATE(keep) ON TABLE meta.retention TO bhav_user;

GRANT SELECT ON TABLE meta.revisions TO bhav_ingest;
GRANT SELECT ON TABLE meta.revisions TO bhav_read;
GRANT SELECT ON TABLE meta.revisions TO bhav_user;

GRANT SELECT ON TABLE meta.settings TO bhav_ingest;
GRANT SELECT ON TABLE meta.settings TO bhav_read;
GRANT SELECT ON TABLE meta.settings TO bhav_user;

GRANT SELECT ON TABLE meta.timeframe_aliases TO bhav_ingest;
GRANT SELECT ON TABLE meta.timeframe_aliases TO bhav_read;
GRANT SELECT ON TABLE meta.timeframe_aliases TO bhav_user;

GRANT SELECT ON TABLE store.offsession_ticks TO bhav_read;
GRANT SELECT ON TABLE store.offsession_ticks TO bhav_user;
GRANT SELECT,INSERT ON TABLE store.offsession_ticks TO bhav_ingest;

-- Settings
-- bhav_read: default_transaction_read_only=on
-- bhav_read: statement_timeout=30s
-- database: TimeZone=Asia/Kolkata
-- database: jit=off
-- database: search_path=candles, ledger, market, meta, store, public
-- database: work_mem=32MB

-- TimescaleDB
-- history_15m: chunks of 30 days
-- history_1d: chunks of 1800 days
-- history_1h: chunks of 60 days
-- history_1m: chunks of 5 days
-- history_30m: chunks of 60 days
-- history_4h: chunks of 180 days
-- history_5m: chunks of 15 days
-- live_15m: chunks of 30 days
-- live_15m: columnstore of instrument_id by bucket
-- live_15m: policy_compression every 12:00:00 {"compress_after": "30 days"}
-- live_15m: policy_refresh_continuous_aggregate every 00:02:00 {"end_offset": "00:00:01", "start_offset": "02:00:00"}
-- live_1d: chunks of 1800 days
-- live_1d: policy_refresh_continuous_aggregate every 00:10:00 {"end_offset": "00:00:01", "start_offset": "3 days"}
-- live_1h: chunks of 60 days
-- live_1h: columnstore of instrument_id by bucket
-- live_1h: policy_compression every 12:00:00 {"compress_after": "60 days"}
-- live_1h: policy_refresh_continuous_aggregate every 00:05:00 {"end_offset": "00:00:01", "start_offset": "06:00:00"}
-- live_1m: chunks of 5 days
-- live_1m: columnstore of instrument_id by bucket
-- live_1m: policy_compression every 12:00:00 {"compress_after": "3 days"}
-- live_1m: policy_refresh_continuous_aggregate every 00:00:10 {"end_offset": "00:00:01", "start_offset": "00:30:00"}
-- live_30m: chunks of 60 days
-- live_30m: columnstore of instrument_id by bucket
-- live_30m: policy_compression every 12:00:00 {"compress_after": "60 days"}
-- live_30m: policy_refresh_continuous_aggregate every 00:05:00 {"end_offset": "00:00:01", "start_offset": "03:00:00"}
-- live_4h: chunks of 180 days
-- live_4h: columnstore of instrument_id by bucket
-- live_4h: policy_compression every 12:00:00 {"compress_after": "180 days"}
-- live_4h: policy_refresh_continuous_aggregate every 00:10:00 {"end_offset": "00:00:01", "start_offset": "1 day"}
-- live_5m: chunks of 15 days
-- live_5m: columnstore of instrument_id by bucket
-- live_5m: policy_compression every 12:00:00 {"compress_after": "15 days"}
-- live_5m: policy_refresh_continuous_aggregate every 00:01:00 {"end_offset": "00:00:01", "start_offset": "01:00:00"}
-- tick_data: chunks of 1 day
-- tick_data: columnstore of instrument_id by "time"
-- tick_data: policy_compression every 12:00:00 {"compress_after": "1 day"}
