CREATE SCHEMA candles;

CREATE SCHEMA gaps;

CREATE SCHEMA grafana;

CREATE SCHEMA indicators;

CREATE SCHEMA kernels;

CREATE SCHEMA ledger;

CREATE SCHEMA market;

CREATE SCHEMA meta;

CREATE SCHEMA store;

CREATE DOMAIN kernels.series AS double precision[];

COMMENT ON DOMAIN kernels.series IS 'Values of bars in order of time.';

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
    select count(pg_notify(
        'candle_closed',
        jsonb_build_object('timeframe', c.timeframe, 'bucket', c.bucket, 'segments', c.segments)::text
    ))
    into sent
    from candles.closings(since, upto) as c
    inner join meta.timeframes as t on t.timeframe = c.timeframe and t.stored;
    update ledger.candle_clock set announced_until = upto;
    return sent;
end
$$;

COMMENT ON FUNCTION candles.announce_closed() IS 'Sends NOTIFY candle_closed for every timeframe and bucket that closed since the last call.';

CREATE FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, fill boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, missed_volume bigint, open_interest bigint, turnover double precision, ticks bigint, is_closed boolean, session_date date)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
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

    if fill then
        perform gaps.want(instrument_id, low, high, t.timeframe);
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

COMMENT ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, fill boolean) IS 'Candles of one instrument at any listed timeframe, in order of time; the forming bar has is_closed = false. What is missing is asked for, unless fill is false.';

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

CREATE TABLE ledger.subscriptions (
    instrument_id integer NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE ledger.subscriptions IS 'The instruments that are followed now, written by the feed: of a broker what the watchlist comes to, else the whole simulated or recorded market.';

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

CREATE VIEW candles.followed AS
 SELECT i.id,
    i.symbol,
    i.exchange,
    i.segment,
    i.tradingsymbol,
    i.name,
    i.kind,
    i.underlying_id,
    i.expiry,
    i.strike,
    i.option_type,
    i.lot_size,
    i.tick_size
   FROM (ledger.subscriptions s
     JOIN market.instruments i ON ((s.instrument_id = i.id)))
  WHERE (i.is_active AND ((i.expiry IS NULL) OR (i.expiry >= ( SELECT ((meta.now() AT TIME ZONE 'Asia/Kolkata'::text))::date AS timezone))));

COMMENT ON VIEW candles.followed IS 'The instruments that are followed now: subscribed, listed, not expired.';

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

CREATE TABLE meta.timeframes (
    timeframe text NOT NULL,
    width interval NOT NULL,
    base text,
    stored boolean NOT NULL,
    ordinal smallint NOT NULL
);

COMMENT ON TABLE meta.timeframes IS 'Timeframes that candles() serves. base: the stored timeframe it is made from; null: made from ticks. ordinal: by width. A day is 24 hours: time zones with daylight saving time read the same bars.';

CREATE FUNCTION candles.closings(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(timeframe text, bucket timestamp with time zone, closes_at timestamp with time zone, segments text[])
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH bars AS (
          SELECT t.timeframe,
             b_1.bucket,
             s.segment,
             LEAST(meta.bucket_end(t.width, b_1.bucket), max(s.closes_at)) AS closes_at
            FROM ((market.sessions s
              CROSS JOIN meta.timeframes t)
              CROSS JOIN LATERAL generate_series(meta.bucket_start(t.width, GREATEST(s.opens_at, (closings.since - t.width))), (LEAST(s.closes_at, closings.until) - '00:00:00.000001'::interval), t.width) b_1(bucket))
           WHERE ((t.stored OR (t.base IS NOT NULL)) AND (s.opens_at > (closings.since - '2 days'::interval)) AND (s.opens_at < (closings.until + '31 days'::interval)) AND (s.opens_at < (closings.until + GREATEST(t.width, '1 day'::interval))) AND (s.segment IN ( SELECT i.segment
                    FROM candles.followed i)))
           GROUP BY t.timeframe, b_1.bucket, t.width, s.segment
         )
  SELECT b.timeframe,
     b.bucket,
     b.closes_at,
     array_agg(b.segment ORDER BY b.segment) AS segments
    FROM bars b
   WHERE ((b.closes_at > closings.since) AND (b.closes_at <= closings.until))
   GROUP BY b.timeframe, b.bucket, b.closes_at
   ORDER BY b.closes_at;
END;

COMMENT ON FUNCTION candles.closings(since timestamp with time zone, until timestamp with time zone) IS 'The bars that closed in a range of time, by timeframe, from the trading sessions.';

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
         ), days AS MATERIALIZED (
          SELECT b.now,
             b.starts_at,
             b.ends_at,
             s.segment,
             s.opens_at,
             s.closes_at
            FROM (bar b
              JOIN market.sessions s ON (((s.session_date >= ((b.starts_at AT TIME ZONE 'Asia/Kolkata'::text))::date) AND (s.session_date <= ((b.ends_at AT TIME ZONE 'Asia/Kolkata'::text))::date))))
         )
  SELECT array_agg(ended.segment) AS array_agg
    FROM ( SELECT d.segment
            FROM days d
           WHERE ((d.opens_at < d.ends_at) AND (d.closes_at > d.starts_at))
           GROUP BY d.segment, d.now
          HAVING (max(d.closes_at) <= d.now)) ended;
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
    where t.timeframe = timeframe.name or (t.timeframe = lower(timeframe.name) and timeframe.name not like '%M');
    if found_timeframe is null then
        select a.timeframe into found_timeframe
        from meta.timeframe_aliases as a
        where a.alias = lower(timeframe.name) and timeframe.name not like '%M';
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
      CROSS JOIN LATERAL candles.candles(forming.instrument_id, t.timeframe, ( SELECT meta.now() AS now), 'infinity'::timestamp with time zone, false) c(bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, is_closed, session_date))
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
        'with recent as materialized (
            select distinct on (c.instrument_id) c.*
            from candles.candles_%1$s as c
            where c.bucket >= $2 and ($1 is null or c.instrument_id = any ($1))
            order by c.instrument_id, c.bucket desc
        )

        select * from recent
        union all
        select o.*
        from candles.latest_before(
            %1$L,
            array(
                select f.id from candles.followed as f where $1 is null
                union all
                select * from unnest($1)
                except
                select r.instrument_id from recent as r
            ),
            $2,
            $1 is not null
        ) as o',
        t.timeframe
    )
    using instrument_ids, meta.bucket_start(t.width, least(meta.now(), store.newest_tick())) - t.width;
end
$_$;

COMMENT ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) IS 'The newest bar of each instrument at a stored timeframe, forming or closed.';

CREATE FUNCTION candles.latest_before(timeframe text, instrument_ids integer[], before timestamp with time zone, long_before boolean) RETURNS TABLE(instrument_id integer, bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, missed_volume bigint, open_interest bigint, turnover double precision, ticks bigint, is_closed boolean, session_date date)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
begin
    if cardinality(instrument_ids) = 0 then
        return;
    end if;
    return query execute format(
        'with newest_days as materialized (
            select
                d.instrument_id,
                max(d.bucket) as bucket
            from candles.candles_1d as d
            where d.instrument_id = any ($1) and d.bucket >= $2 - interval ''10 days''
            group by d.instrument_id
        ),

        found as materialized (
            select c.*
            from newest_days as n
            cross join lateral (
                select c.*
                from candles.candles_%1$s as c
                where c.instrument_id = n.instrument_id and c.bucket >= n.bucket and c.bucket < $2
                order by c.bucket desc
                limit 1
            ) as c
        )

        select * from found
        union all
        select c.*
        from unnest($1) as a (id)
        cross join lateral (
            select c.*
            from candles.candles_%1$s as c
            where c.instrument_id = a.id and c.bucket < $2 and ($3 or c.bucket >= $2 - interval ''10 days'')
            order by c.bucket desc
            limit 1
        ) as c
        where
            not exists (select from found as f where f.instrument_id = a.id)
            and ($3 or exists (select from newest_days as n where n.instrument_id = a.id))',
        timeframe
    )
    using instrument_ids, before, long_before;
end
$_$;

COMMENT ON FUNCTION candles.latest_before(timeframe text, instrument_ids integer[], before timestamp with time zone, long_before boolean) IS 'The newest bar before an instant of each of these instruments at a stored timeframe.';

CREATE FUNCTION candles.subscribe(broker text) RETURNS TABLE(broker_key text, instrument_id integer)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    keys text[];
    ids integer[];
begin
    select array_agg(s.broker_key order by s.nth), array_agg(s.instrument_id order by s.nth)
    into keys, ids
    from candles.subscription(subscribe.broker) with ordinality as s (broker_key, instrument_id, nth);

    delete from ledger.subscriptions as l
    where not exists (select from unnest(ids) as wanted (id) where wanted.id = l.instrument_id);

    insert into ledger.subscriptions (instrument_id)
    select unnest(ids)
    on conflict do nothing;

    return query
    select u.broker_key, u.instrument_id
    from unnest(keys, ids) with ordinality as u (broker_key, instrument_id, nth)
    order by u.nth;
end
$$;

COMMENT ON FUNCTION candles.subscribe(broker text) IS 'Makes ledger.subscriptions what the watchlist comes to for a broker, and returns it with the broker''s keys.';

CREATE TABLE ledger.watchlist (
    instrument_id integer NOT NULL,
    what text DEFAULT 'instrument'::text NOT NULL,
    strikes integer,
    expiries integer,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT watchlist_chain_has_a_size CHECK (((what = 'chain'::text) = (num_nonnulls(strikes, expiries) = 2))),
    CONSTRAINT watchlist_expiries_are_few CHECK (((expiries >= 1) AND (expiries <= 50))),
    CONSTRAINT watchlist_nothing_else_has CHECK (((what = 'chain'::text) OR (num_nulls(strikes, expiries) = 2))),
    CONSTRAINT watchlist_strikes_are_few CHECK (((strikes >= 1) AND (strikes <= 500))),
    CONSTRAINT watchlist_what_is_known CHECK ((what = ANY (ARRAY['instrument'::text, 'chain'::text])))
);

COMMENT ON TABLE ledger.watchlist IS 'What the user wants to follow from a broker. what: the instrument itself, or the chain of options written on it (with itself): this many strikes on each side of the money, of the next expiries.';

CREATE TABLE market.broker_instruments (
    broker text NOT NULL,
    broker_key text NOT NULL,
    instrument_id integer NOT NULL,
    valid_from date DEFAULT '-infinity'::date NOT NULL,
    valid_until date DEFAULT 'infinity'::date NOT NULL,
    CONSTRAINT broker_instruments_check CHECK ((valid_until > valid_from))
);

COMMENT ON TABLE market.broker_instruments IS 'Which instrument a broker''s key means, from valid_from (inclusive) to valid_until (exclusive): brokers use keys again after expiry.';

CREATE FUNCTION candles.watchlist_members(broker text) RETURNS TABLE(entry_id integer, what text, instrument_id integer, broker_key text, place bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH clock AS MATERIALIZED (
          SELECT ((COALESCE(meta.now(), now()) AT TIME ZONE 'Asia/Kolkata'::text))::date AS today
         ), ranges AS (
          SELECT w.instrument_id,
             w.strikes,
             w.expiries,
             w.added_at,
             b.low,
             b.high
            FROM (ledger.watchlist w
              JOIN candles.latest('1d'::text, ARRAY( SELECT c.instrument_id
                    FROM ledger.watchlist c
                   WHERE (c.what = 'chain'::text))) b(instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, is_closed, session_date) ON ((b.instrument_id = w.instrument_id)))
           WHERE (w.what = 'chain'::text)
         ), options AS (
          SELECT r.instrument_id,
             r.strikes,
             r.expiries,
             r.added_at,
             r.low,
             r.high,
             i.id,
             i.expiry,
             i.strike,
             k.broker_key,
             dense_rank() OVER (PARTITION BY r.instrument_id ORDER BY i.expiry) AS nth_expiry
            FROM (((ranges r
              JOIN market.instruments i ON (((i.underlying_id = r.instrument_id) AND (i.kind = 'option'::text))))
              JOIN market.broker_instruments k ON ((k.instrument_id = i.id)))
              CROSS JOIN clock c)
           WHERE ((i.expiry >= c.today) AND (k.broker = watchlist_members.broker) AND (k.valid_until = 'infinity'::date))
         ), ladder AS (
          SELECT o.instrument_id,
             o.strikes,
             o.expiries,
             o.added_at,
             o.low,
             o.high,
             o.id,
             o.expiry,
             o.strike,
             o.broker_key,
             o.nth_expiry,
                 CASE
                     WHEN (o.strike <= o.low) THEN dense_rank() OVER down
                     ELSE NULL::bigint
                 END AS below,
                 CASE
                     WHEN (o.strike >= o.high) THEN dense_rank() OVER up
                     ELSE NULL::bigint
                 END AS above
            FROM options o
           WHERE (o.nth_expiry <= o.expiries)
           WINDOW down AS (PARTITION BY o.instrument_id, o.expiry, (o.strike <= o.low) ORDER BY o.strike DESC), up AS (PARTITION BY o.instrument_id, o.expiry, (o.strike >= o.high) ORDER BY o.strike)
         ), members AS (
          SELECT w.instrument_id AS entry_id,
             w.what,
             w.instrument_id,
             k.broker_key,
                 CASE w.what
                     WHEN 'instrument'::text THEN 1
                     ELSE 2
                 END AS class,
             0 AS steps,
             w.added_at,
             NULL::date AS expiry,
             NULL::double precision AS strike
            FROM (((ledger.watchlist w
              JOIN market.instruments i ON ((i.id = w.instrument_id)))
              CROSS JOIN clock c)
              LEFT JOIN market.broker_instruments k ON (((k.instrument_id = w.instrument_id) AND (k.broker = watchlist_members.broker) AND (k.valid_until = 'infinity'::date) AND ((i.expiry IS NULL) OR (i.expiry >= c.today)))))
         UNION ALL
          SELECT l.instrument_id AS entry_id,
             'chain'::text AS what,
             l.id AS instrument_id,
             l.broker_key,
             3 AS class,
             COALESCE(LEAST(l.below, l.above), (0)::bigint) AS steps,
             l.added_at,
             l.expiry,
             l.strike
            FROM ladder l
           WHERE (COALESCE(LEAST(l.below, l.above), (0)::bigint) <= l.strikes)
         )
  SELECT m.entry_id,
     m.what,
     m.instrument_id,
     m.broker_key,
     row_number() OVER (ORDER BY m.class, m.steps, m.added_at, m.entry_id, m.expiry, m.strike, m.instrument_id, m.broker_key) AS place
    FROM members m;
END;

COMMENT ON FUNCTION candles.watchlist_members(broker text) IS 'What each entry of the watchlist comes to today for a broker, in order of importance.';

CREATE FUNCTION candles.subscription(broker text) RETURNS TABLE(broker_key text, instrument_id integer)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT max(w.broker_key) AS broker_key,
     w.instrument_id
    FROM candles.watchlist_members(subscription.broker) w(entry_id, what, instrument_id, broker_key, place)
   WHERE (w.broker_key IS NOT NULL)
   GROUP BY w.instrument_id
   ORDER BY (min(w.place));
END;

COMMENT ON FUNCTION candles.subscription(broker text) IS 'The instruments of the watchlist that a broker has today, with its keys, the most important first.';

CREATE FUNCTION gaps.aggregate_history(instrument_id integer, timeframe text, ranges tstzmultirange) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
    t record;
    days constant tstzmultirange := gaps.whole_bars(ranges, '24 hours');
    missing tstzmultirange;
    whole tstzmultirange;
begin
    select m.missing into missing
    from gaps.missing(array[aggregate_history.instrument_id], lower(days), upper(days), timeframe) as m;
    for t in
        select
            f.timeframe,
            f.width
        from meta.timeframes as f
        inner join meta.timeframes as s on s.timeframe = aggregate_history.timeframe and f.ordinal > s.ordinal
        where f.stored
        order by f.ordinal
    loop
        whole := gaps.whole_bars(ranges, t.width) - coalesce(gaps.whole_bars(missing, t.width), '{}');
        continue when isempty(whole);
        call store.ensure_history(t.timeframe, lower(whole), upper(whole));
        execute format(
            'delete from store.history_%s as h
            using unnest($2) as w (part)
            where h.instrument_id = $1 and h.bucket >= lower(w.part) and h.bucket < upper(w.part)',
            t.timeframe
        )
        using instrument_id, whole;
        execute format(
            'insert into store.history_%s (
                instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks
            )
            select
                $1,
                meta.bucket_start($3, c.bucket),
                (array_agg(c.open order by c.bucket))[1],
                max(c.high),
                min(c.low),
                (array_agg(c.close order by c.bucket desc))[1],
                sum(c.volume)::bigint,
                sum(c.missed_volume)::bigint,
                (array_agg(c.open_interest order by c.bucket desc) filter (where c.open_interest is not null))[1],
                sum(c.turnover),
                sum(c.ticks)::bigint
            from unnest($2) as w (part)
            cross join lateral (
                select * from candles.candles_%s as o
                where o.instrument_id = $1 and o.bucket >= lower(w.part) and o.bucket < upper(w.part)
            ) as c
            group by 2',
            t.timeframe, timeframe
        )
        using instrument_id, whole, t.width;
    end loop;
end
$_$;

COMMENT ON FUNCTION gaps.aggregate_history(instrument_id integer, timeframe text, ranges tstzmultirange) IS 'Makes the bars of longer timeframes in history of the candles of a timeframe, where nothing is missing.';

CREATE FUNCTION gaps.align(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, method text DEFAULT 'forward'::text, tolerance interval DEFAULT '00:30:00'::interval) RETURNS TABLE(bucket timestamp with time zone, timeframe text, aligned_bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, open_interest bigint, age interval, is_closed boolean)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
    instant constant interval := '1 microsecond';
    t meta.timeframes;
    market_time timestamptz := meta.now();
    starts timestamptz[];
    closed boolean[];
    opens timestamptz[];
    closes timestamptz[];
    before interval[];
begin
    if method is null or method not in ('forward', 'backward', 'nearest', 'linear', 'drop') then
        raise exception using
            errcode = 'BH010',
            message = format('unknown method: %s', coalesce('"' || method || '"', 'null')),
            hint = 'one of forward backward nearest linear drop';
    end if;
    if tolerance is null or tolerance < interval '1 second' or tolerance > interval '30 minutes' then
        raise exception using
            errcode = 'BH010',
            message = format('tolerance cannot be %s', coalesce(tolerance::text, 'null')),
            hint = 'tolerance is from 1 second to 30 minutes';
    end if;

    select f.* into t from meta.timeframes as f where f.timeframe = meta.timeframe(align.base);
    select array_agg(c.bucket order by c.bucket), array_agg(c.is_closed order by c.bucket)
    into starts, closed
    from candles.candles(instrument_id, t.timeframe, since, until) as c;

    select
        array_agg(s.opens_at order by s.opens_at),
        array_agg(s.closes_at order by s.opens_at),
        array_agg(s.before order by s.opens_at)
    into opens, closes, before
    from (
        select
            lower(r.traded) as opens_at,
            upper(r.traded) as closes_at,
            sum(upper(r.traded) - lower(r.traded)) over (order by r.traded) - (upper(r.traded) - lower(r.traded)) as before
        from (
            select unnest(range_agg(tstzrange(s.opens_at, s.closes_at))) as traded
            from market.sessions as s
            where
                s.segment = (select i.segment from market.instruments as i where i.id = instrument_id)
                and s.opens_at > starts[1] - interval '62 days'  -- a month's bar and the trading before it
                and s.opens_at < starts[cardinality(starts)] + interval '93 days'
        ) as r
    ) as s;

    return query
    with asked as materialized (
        select f.timeframe, f.width, min(o.nth) as nth
        from unnest(others) with ordinality as o (name, nth)
        inner join meta.timeframes as f on f.timeframe = meta.timeframe(o.name)
        group by f.timeframe
    ),

    -- offset 0: what it holds is computed once, not wherever an inlined function names it
    base_bars as materialized (
        select
            b.bucket,
            b.is_closed,
            e.ends_at,
            nullif(
                gaps.traded_before(e.ends_at, opens, closes, before), gaps.traded_before(b.bucket, opens, closes, before)
            ) as ends
        from unnest(starts, closed) as b (bucket, is_closed)
        cross join lateral (select least(meta.bucket_end(t.width, b.bucket), market_time) as ends_at offset 0) as e
    ),

    -- the other timeframe's bar that holds the base bar's last instant: where bars of it should end
    slots as materialized (
        select
            b.*,
            a.*,
            gaps.traded_before(s.starts_at, opens, closes, before) as slot_starts,
            gaps.traded_before(e.ends_at, opens, closes, before) as slot_ends
        from base_bars as b
        cross join asked as a
        cross join lateral (select meta.bucket_start(a.width, b.ends_at - instant) as starts_at offset 0) as s
        cross join lateral (select meta.bucket_end(a.width, s.starts_at) as ends_at offset 0) as e
    ),

    wanted as (
        select
            s.timeframe,
            s.width,
            min(s.slot_starts) - tolerance - instant as since,
            max(s.slot_ends) + tolerance as until,
            max(s.ends_at) as last_end
        from slots as s
        group by s.timeframe, s.width
    ),

    bars as materialized (
        select w.timeframe, c.*, e.ends
        from wanted as w
        cross join lateral (
            select greatest(width_bucket(w.since, before), 1) as first, width_bucket(w.until, before) as last
        ) as n
        cross join lateral candles.candles(
            instrument_id,
            w.timeframe,
            opens[n.first] + greatest(w.since - before[n.first], '0'),
            case when method in ('forward', 'drop') then w.last_end else opens[n.last] + (w.until - before[n.last]) end
        ) as c
        cross join lateral (select meta.bucket_end(w.width, c.bucket) as ends_at offset 0) as b
        cross join lateral (select gaps.traded_before(b.ends_at, opens, closes, before) as ends offset 0) as e
        where e.ends > gaps.traded_before(c.bucket, opens, closes, before)
    ),

    merged as (
        select
            s.timeframe,
            s.nth,
            s.bucket,
            s.is_closed,
            s.ends,
            case when s.slot_ends = s.ends then s.ends when s.slot_ends > s.ends then s.slot_starts end as earlier_due,
            case when s.slot_starts = s.ends then s.ends when s.slot_starts < s.ends then s.slot_ends end as later_due,
            null::interval as bar_ends
        from slots as s
        union all
        select b.timeframe, null, null, null, b.ends, null, null, b.ends
        from bars as b
    ),

    around as (
        select
            m.*,
            max(m.bar_ends) over (partition by m.timeframe order by m.ends) as earlier_end,
            min(m.bar_ends) over (partition by m.timeframe order by m.ends desc) as later_end
        from merged as m
    ),

    near as (
        select
            a.*,
            case when a.earlier_due - a.earlier_end <= tolerance then a.earlier_end end as earlier,
            case when a.later_end - a.later_due <= tolerance then a.later_end end as later
        from around as a
        where a.bucket is not null
    ),

    taken as (
        select
            n.*,
            case method
                when 'backward' then n.later
                when 'nearest'
                    then case when n.earlier is null or n.later - n.ends < n.ends - n.earlier then n.later else n.earlier end
                when 'linear' then case when n.later is not null then n.earlier end
                else n.earlier
            end as taken,
            bool_and(n.is_closed and coalesce(n.earlier = n.ends, false)) over (partition by n.bucket) as is_common
        from near as n
    )

    select
        k.bucket,
        k.timeframe,
        b.bucket,
        b.open + coalesce(p.share * (l.open - b.open), 0),
        b.high + coalesce(p.share * (l.high - b.high), 0),
        b.low + coalesce(p.share * (l.low - b.low), 0),
        b.close + coalesce(p.share * (l.close - b.close), 0),
        case when method <> 'linear' then b.volume end,
        case when method <> 'linear' then b.open_interest end,
        case when b.bucket is not null then k.ends - b.ends end,
        k.is_closed and b.is_closed is not false and l.is_closed is not false
    from taken as k
    cross join lateral (
        select extract(epoch from k.ends - k.taken)::double precision
            / nullif(extract(epoch from k.later - k.taken)::double precision, 0) as share
    ) as p
    left join bars as b on b.timeframe = k.timeframe and b.ends = k.taken
    left join bars as l on l.timeframe = b.timeframe and l.ends = k.later and method = 'linear'
    where k.is_common or method <> 'drop'
    order by k.bucket, k.nth;
end
$$;

COMMENT ON FUNCTION gaps.align(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) IS 'Bars of several timeframes on the clock of one: forward, backward, nearest, linear or drop, within a tolerance.';

CREATE TABLE ledger.coverage (
    instrument_id integer NOT NULL,
    timeframe text NOT NULL,
    covered tstzmultirange DEFAULT '{}'::tstzmultirange NOT NULL,
    unsure tstzmultirange DEFAULT '{}'::tstzmultirange NOT NULL
);

COMMENT ON TABLE ledger.coverage IS 'For which times we have what happened. timeframe tick: what feed connections brought that have ended (of those that are up, ledger.feed_connections tells); a stored timeframe: what a broker answered at it, with or without candles. unsure, of tick alone: minutes that hold a tick whose missed_volume accrued unseen.';

CREATE TABLE ledger.feed_connections (
    id bigint NOT NULL,
    source text NOT NULL,
    connection text NOT NULL,
    instrument_ids integer[] NOT NULL,
    up_at timestamp with time zone NOT NULL,
    heard_until timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    reason text,
    CONSTRAINT feed_connections_check CHECK ((heard_until >= up_at)),
    CONSTRAINT feed_connections_check1 CHECK ((ended_at >= heard_until))
);

COMMENT ON TABLE ledger.feed_connections IS 'A row for each time that a connection was up with one list of instruments (market time). What arrived in [up_at, heard_until) is stored: the row is written after its ticks. ended_at is null while it is up; reason: why it ended.';

CREATE FUNCTION gaps.carried(instrument_ids integer[]) RETURNS TABLE(instrument_id integer, carried tstzmultirange, unsure tstzmultirange)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT COALESCE(k.instrument_id, l.instrument_id) AS instrument_id,
     (COALESCE(k.covered, '{}'::tstzmultirange) + COALESCE(l.ranges, '{}'::tstzmultirange)) AS carried,
     COALESCE(k.unsure, '{}'::tstzmultirange) AS unsure
    FROM (( SELECT e.instrument_id,
             e.covered,
             e.unsure
            FROM ledger.coverage e
           WHERE ((e.timeframe = 'tick'::text) AND (e.instrument_id = ANY (carried.instrument_ids)))) k
      FULL JOIN ( SELECT u.instrument_id,
             range_agg(tstzrange(c.up_at, (c.heard_until - '00:00:02'::interval))) AS ranges
            FROM (ledger.feed_connections c
              CROSS JOIN LATERAL unnest(c.instrument_ids) u(instrument_id))
           WHERE ((c.ended_at IS NULL) AND ((c.heard_until - '00:00:02'::interval) > c.up_at) AND (u.instrument_id = ANY (carried.instrument_ids)))
           GROUP BY u.instrument_id) l ON ((l.instrument_id = k.instrument_id)));
END;

COMMENT ON FUNCTION gaps.carried(instrument_ids integer[]) IS 'When feed connections brought the ticks of each instrument.';

CREATE FUNCTION gaps.settled_until() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN date_bin('00:01:00'::interval, (meta.now() - '00:00:30'::interval), '2000-01-02 19:45:00+00'::timestamp with time zone);

COMMENT ON FUNCTION gaps.settled_until() IS 'The end of the newest minute that can be a gap: minutes have half a minute to settle.';

CREATE FUNCTION gaps.stored_timeframe(timeframe text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN t.stored THEN t.timeframe
             ELSE COALESCE(t.base, '1m'::text)
         END AS "coalesce"
    FROM meta.timeframes t
   WHERE (t.timeframe = ( SELECT meta.timeframe(stored_timeframe.timeframe) AS timeframe));
END;

COMMENT ON FUNCTION gaps.stored_timeframe(timeframe text) IS 'The stored timeframe that a timeframe is made of.';

CREATE FUNCTION gaps.trading_time(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(segment text, trading tstzmultirange)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT s.segment,
     range_agg(tstzrange(GREATEST(s.opens_at, trading_time.since), LEAST(s.closes_at, trading_time.until))) AS trading
    FROM market.sessions s
   WHERE ((s.session_date >= ((trading_time.since AT TIME ZONE 'Asia/Kolkata'::text))::date) AND (s.session_date <= ((trading_time.until AT TIME ZONE 'Asia/Kolkata'::text))::date) AND (trading_time.since < trading_time.until) AND (s.opens_at < trading_time.until) AND (s.closes_at > trading_time.since))
   GROUP BY s.segment;
END;

COMMENT ON FUNCTION gaps.trading_time(since timestamp with time zone, until timestamp with time zone) IS 'When each segment trades within a range.';

CREATE FUNCTION gaps.whole_bars(ranges tstzmultirange, width interval) RETURNS tstzmultirange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT range_agg(tstzrange(meta.bucket_start(whole_bars.width, lower(r.part)), meta.bucket_end(whole_bars.width, meta.bucket_start(whole_bars.width, (upper(r.part) - '00:00:00.000001'::interval))))) AS range_agg
    FROM unnest(whole_bars.ranges) r(part);
END;

COMMENT ON FUNCTION gaps.whole_bars(ranges tstzmultirange, width interval) IS 'The bars of a width that ranges touch.';

CREATE FUNCTION gaps.missing(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, timeframe text DEFAULT '1m'::text) RETURNS TABLE(instrument_id integer, missing tstzmultirange, down tstzmultirange)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT gaps.stored_timeframe(missing.timeframe) AS timeframe
         ), trading AS MATERIALIZED (
          SELECT t.segment,
             t.trading,
             (gaps.whole_bars(t.trading, '00:01:00'::interval) - t.trading) AS beside
            FROM gaps.trading_time(missing.since, LEAST(missing.until, COALESCE(( SELECT gaps.settled_until() AS settled_until), '-infinity'::timestamp with time zone))) t(segment, trading)
         ), answered AS (
          SELECT k.instrument_id,
             range_agg(k.covered) AS answered
            FROM ledger.coverage k
           WHERE ((k.instrument_id = ANY (missing.instrument_ids)) AND (k.timeframe IN ( SELECT t.timeframe
                    FROM meta.timeframes t
                   WHERE (t.stored AND (t.ordinal <= ( SELECT f.ordinal
                            FROM meta.timeframes f
                           WHERE (f.timeframe = ( SELECT a.timeframe
                                    FROM asked a))))))))
           GROUP BY k.instrument_id
         ), bare AS MATERIALIZED (
          SELECT i.id,
             t.beside,
             (t.trading - COALESCE(c.carried, '{}'::tstzmultirange)) AS down,
             (t.trading * COALESCE(c.unsure, '{}'::tstzmultirange)) AS unsure,
             COALESCE(n.answered, '{}'::tstzmultirange) AS answered
            FROM (((market.instruments i
              LEFT JOIN trading t ON ((t.segment = i.segment)))
              LEFT JOIN gaps.carried(missing.instrument_ids) c(instrument_id, carried, unsure) ON ((c.instrument_id = i.id)))
              LEFT JOIN answered n ON ((n.instrument_id = i.id)))
           WHERE ((i.id = ANY (missing.instrument_ids)) AND (( SELECT a.timeframe
                    FROM asked a) IS NOT NULL))
         )
  SELECT b.id AS instrument_id,
     COALESCE((w.minutes - b.beside), '{}'::tstzmultirange) AS missing,
     COALESCE(b.down, '{}'::tstzmultirange) AS down
    FROM (bare b
      CROSS JOIN LATERAL ( SELECT range_agg(tstzrange(date_bin('00:01:00'::interval, lower(r.part), '2000-01-02 19:45:00+00'::timestamp with time zone), date_bin('00:01:00'::interval, (upper(r.part) + '00:00:59.999999'::interval), '2000-01-02 19:45:00+00'::timestamp with time zone))) AS minutes
            FROM ( SELECT unnest(((b.down + b.unsure) - b.answered)) AS part) r) w);
END;

COMMENT ON FUNCTION gaps.missing(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) IS 'Which trading time of a range the candles of each instrument lack, in whole minutes.';

CREATE FUNCTION gaps.completeness(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, timeframe text DEFAULT '1m'::text) RETURNS TABLE(instrument_id integer, session_date date, expected_minutes bigint, missing_minutes bigint, longest_gap interval, carried interval)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH days AS (
          SELECT t.segment,
             ((lower(r.traded) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
             sum((upper(r.traded) - lower(r.traded))) AS expected
            FROM (gaps.trading_time(completeness.since, LEAST(completeness.until, COALESCE(( SELECT gaps.settled_until() AS settled_until), '-infinity'::timestamp with time zone))) t(segment, trading)
              CROSS JOIN LATERAL unnest(t.trading) r(traded))
           GROUP BY t.segment, (((lower(r.traded) AT TIME ZONE '05:30:00'::interval))::date)
         ), known AS MATERIALIZED (
          SELECT m.instrument_id,
             m.missing,
             m.down
            FROM gaps.missing(completeness.instrument_ids, completeness.since, completeness.until, completeness.timeframe) m(instrument_id, missing, down)
         ), holes AS (
          SELECT k.instrument_id,
             ((lower(g.hole) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
             sum((upper(g.hole) - lower(g.hole))) AS missing,
             max((upper(g.hole) - lower(g.hole))) AS longest
            FROM (known k
              CROSS JOIN LATERAL unnest(k.missing) g(hole))
           GROUP BY k.instrument_id, (((lower(g.hole) AT TIME ZONE '05:30:00'::interval))::date)
         ), downs AS (
          SELECT k.instrument_id,
             ((lower(o_1.outage) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
             sum((upper(o_1.outage) - lower(o_1.outage))) AS lasted
            FROM (known k
              CROSS JOIN LATERAL unnest(k.down) o_1(outage))
           GROUP BY k.instrument_id, (((lower(o_1.outage) AT TIME ZONE '05:30:00'::interval))::date)
         )
  SELECT i.id AS instrument_id,
     d.session_date,
     (floor(((date_part('epoch'::text, d.expected) / (60)::double precision) + (0.5)::double precision)))::bigint AS expected_minutes,
     (floor(((date_part('epoch'::text, COALESCE(h.missing, '00:00:00'::interval)) / (60)::double precision) + (0.5)::double precision)))::bigint AS missing_minutes,
     COALESCE(h.longest, '00:00:00'::interval) AS longest_gap,
     (d.expected - COALESCE(o.lasted, '00:00:00'::interval)) AS carried
    FROM (((market.instruments i
      JOIN days d ON ((d.segment = i.segment)))
      LEFT JOIN holes h ON (((h.instrument_id = i.id) AND (h.session_date = d.session_date))))
      LEFT JOIN downs o ON (((o.instrument_id = i.id) AND (o.session_date = d.session_date))))
   WHERE (i.id = ANY (completeness.instrument_ids));
END;

COMMENT ON FUNCTION gaps.completeness(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) IS 'How much of each day''s trading time the candles of instruments lack.';

CREATE FUNCTION gaps.alignment_quality(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, method text DEFAULT 'forward'::text, tolerance interval DEFAULT '00:30:00'::interval) RETURNS TABLE(timeframe text, bars bigint, expected_bars bigint, completeness double precision, missing_minutes bigint, longest_gap interval, aligned bigint, unaligned bigint)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT f.timeframe,
             f.width,
             min(o.nth) AS nth,
             meta.bucket_start(f.width, meta.bucket_start(( SELECT t.width
                    FROM meta.timeframes t
                   WHERE (t.timeframe = meta.timeframe(alignment_quality.base))), COALESCE(alignment_quality.since, meta.bucket_start('1 day'::interval, meta.now())))) AS since
            FROM (unnest((alignment_quality.base || alignment_quality.others)) WITH ORDINALITY o(name, nth)
              JOIN meta.timeframes f ON ((f.timeframe = meta.timeframe(o.name))))
           GROUP BY f.timeframe, f.width
         ), counted AS (
          SELECT a_1.timeframe,
             a_1.width,
             a_1.nth,
             a_1.since,
             b.bars,
             e.expected_bars,
             q.expected_minutes,
             q.missing_minutes,
             q.longest_gap
            FROM (((asked a_1
              CROSS JOIN LATERAL ( SELECT count(*) AS bars
                    FROM candles.candles(alignment_quality.instrument_id, a_1.timeframe, a_1.since, alignment_quality.until) candles(bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, is_closed, session_date)) b)
              CROSS JOIN LATERAL ( SELECT count(DISTINCT s.bucket) AS expected_bars
                    FROM (((gaps.trading_time(a_1.since, LEAST(alignment_quality.until, meta.now())) t(segment, trading)
                      JOIN market.instruments i ON (((i.segment = t.segment) AND (i.id = alignment_quality.instrument_id))))
                      CROSS JOIN LATERAL unnest(t.trading) r(traded))
                      CROSS JOIN LATERAL generate_series(meta.bucket_start(a_1.width, lower(r.traded)), (upper(r.traded) - '00:00:00.000001'::interval), a_1.width) s(bucket))) e)
              CROSS JOIN LATERAL ( SELECT sum(c_1.expected_minutes) AS expected_minutes,
                     (sum(c_1.missing_minutes))::bigint AS missing_minutes,
                     max(c_1.longest_gap) AS longest_gap
                    FROM gaps.completeness(ARRAY[alignment_quality.instrument_id], a_1.since, alignment_quality.until, a_1.timeframe) c_1(instrument_id, session_date, expected_minutes, missing_minutes, longest_gap, carried)) q)
         ), rows AS MATERIALIZED (
          SELECT r.bucket,
             r.timeframe,
             r.aligned_bucket
            FROM gaps.align(alignment_quality.instrument_id, alignment_quality.base, alignment_quality.others, alignment_quality.since, alignment_quality.until, alignment_quality.method, alignment_quality.tolerance) r(bucket, timeframe, aligned_bucket, open, high, low, close, volume, open_interest, age, is_closed)
         ), aligned AS (
          SELECT r.timeframe,
             count(r.aligned_bucket) AS aligned
            FROM rows r
           GROUP BY r.timeframe
         UNION ALL
          SELECT NULL::text AS timeframe,
             count(*) AS aligned
            FROM ( SELECT
                    FROM rows r
                   GROUP BY r.bucket
                  HAVING bool_and((r.aligned_bucket IS NOT NULL))) whole
         )
  SELECT c.timeframe,
     c.bars,
     c.expected_bars,
     ((1)::double precision - ((c.missing_minutes)::double precision / (NULLIF(c.expected_minutes, (0)::numeric))::double precision)) AS completeness,
     COALESCE(c.missing_minutes, (0)::bigint) AS missing_minutes,
     COALESCE(c.longest_gap, '00:00:00'::interval) AS longest_gap,
     COALESCE(a.aligned, (0)::bigint) AS aligned,
     (first_value(c.bars) OVER (ORDER BY c.nth) - COALESCE(a.aligned, (0)::bigint)) AS unaligned
    FROM (counted c
      LEFT JOIN aligned a ON ((COALESCE(a.timeframe, meta.timeframe(alignment_quality.base)) = c.timeframe)))
   ORDER BY c.nth;
END;

COMMENT ON FUNCTION gaps.alignment_quality(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) IS 'How complete the bars are that align() reads, and how many base bars it finds others for.';

CREATE FUNCTION gaps.answer_backfill(request_id bigint, attempt integer, times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) RETURNS TABLE(candles integer, rejected jsonb)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
$_$;

COMMENT ON FUNCTION gaps.answer_backfill(request_id bigint, attempt integer, times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) IS 'Stores what a broker answered to a request and marks what was asked for as covered.';

CREATE FUNCTION gaps.check_range(since timestamp with time zone, until timestamp with time zone) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if (since <= until) is not true then
        raise exception using
            errcode = 'BH005',
            message = format('no range of time: from %s to %s', coalesce(since::text, 'null'), coalesce(until::text, 'null')),
            hint = 'since comes first, until is exclusive';
    end if;
end
$$;

COMMENT ON FUNCTION gaps.check_range(since timestamp with time zone, until timestamp with time zone) IS 'Raises BH005 unless since and until are a range.';

CREATE FUNCTION gaps.claim_backfill(broker text, patience interval DEFAULT '00:02:00'::interval) RETURNS TABLE(request_id bigint, attempt integer, symbol text, broker_key text, broker_timeframe text, since timestamp with time zone, until timestamp with time zone, open_interest boolean)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION gaps.claim_backfill(broker text, patience interval) IS 'Claims the next request that a broker can answer: what to ask it for.';

CREATE TABLE ledger.backfill_requests (
    id bigint NOT NULL,
    instrument_id integer NOT NULL,
    timeframe text NOT NULL,
    ranges tstzmultirange NOT NULL,
    asked_by text NOT NULL,
    again boolean DEFAULT false NOT NULL,
    broker text,
    source_timeframe text,
    status text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_at timestamp with time zone,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    fault text,
    error text,
    candles integer,
    rejected jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT backfill_asked_by_is_known CHECK ((asked_by = ANY (ARRAY['scan'::text, 'chart'::text, 'user'::text]))),
    CONSTRAINT backfill_end_has_a_time CHECK (((status = ANY (ARRAY['done'::text, 'failed'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT backfill_fault_is_known CHECK ((fault = ANY (ARRAY['token'::text, 'limit'::text, 'instrument'::text, 'network'::text, 'answer'::text]))),
    CONSTRAINT backfill_requests_ranges_check CHECK ((NOT isempty(ranges))),
    CONSTRAINT backfill_status_is_known CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

COMMENT ON TABLE ledger.backfill_requests IS 'What brokers are asked for; one call answers a row. ranges: the times wanted; asked_by: scan (the job that looks for gaps), chart (somebody looked at a hole) or user; again: also what is covered; broker, source_timeframe: who was asked last, for candles of which timeframe; attempts: calls that began; fault: class of the last failure; candles: stored; rejected: bars of the answer by reason. Wall clock.';

CREATE FUNCTION gaps.fail_backfill(request_id bigint, attempt integer, fault text, error text) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 UPDATE ledger.backfill_requests r SET status =
         CASE
             WHEN s.is_over THEN 'failed'::text
             ELSE 'queued'::text
         END, finished_at =
         CASE
             WHEN s.is_over THEN clock_timestamp()
             ELSE NULL::timestamp with time zone
         END, attempts = (r.attempts - (s.is_free)::integer), due_at = (clock_timestamp() +
         CASE
             WHEN s.is_free THEN '00:01:00'::interval
             ELSE LEAST(('00:00:05'::interval * power((2)::double precision, ((r.attempts - 1))::double precision)), '01:00:00'::interval)
         END), fault = fail_backfill.fault, error = fail_backfill.error
    FROM ( SELECT (fail_backfill.fault = ANY (ARRAY['token'::text, 'limit'::text])) AS is_free,
             ((fail_backfill.fault = 'instrument'::text) OR ((fail_backfill.fault <> ALL (ARRAY['token'::text, 'limit'::text])) AND (fail_backfill.attempt >= 8))) AS is_over) s
   WHERE ((r.id = fail_backfill.request_id) AND (r.attempts = fail_backfill.attempt) AND (r.status = 'running'::text));
END;

COMMENT ON FUNCTION gaps.fail_backfill(request_id bigint, attempt integer, fault text, error text) IS 'Puts a request back into the queue, to be tried again later, or ends it.';

CREATE FUNCTION gaps.gaps(instrument_id integer, since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, timeframe text DEFAULT '1m'::text) RETURNS TABLE(starts_at timestamp with time zone, ends_at timestamp with time zone, minutes bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    stored constant text := gaps.stored_timeframe(timeframe);
begin
    perform gaps.check_range(since, until);
    return query
    select
        lower(g.gap),
        upper(g.gap),
        (extract(epoch from upper(g.gap) - lower(g.gap)) / 60)::bigint
    from gaps.missing(array[gaps.instrument_id], since, until, stored) as m
    cross join unnest(m.missing) as g (gap)
    order by lower(g.gap);
end
$$;

COMMENT ON FUNCTION gaps.gaps(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) IS 'The gaps of an instrument: trading time of which nothing is known, in whole minutes.';

CREATE TABLE market.history_sources (
    broker text NOT NULL,
    timeframe text NOT NULL,
    broker_timeframe text NOT NULL,
    days integer NOT NULL,
    CONSTRAINT history_sources_days_check CHECK ((days > 0))
);

COMMENT ON TABLE market.history_sources IS 'Candles that a broker serves: what it calls a timeframe, and how many days one call may span.';

CREATE FUNCTION gaps.history_source(broker text, timeframe text, segment text) RETURNS TABLE(source_timeframe text, broker_timeframe text, days integer)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT h.timeframe AS source_timeframe,
     h.broker_timeframe,
     h.days
    FROM ((market.history_sources h
      JOIN meta.timeframes f ON ((f.timeframe = h.timeframe)))
      JOIN meta.timeframes t ON ((t.timeframe = history_source.timeframe)))
   WHERE ((h.broker = history_source.broker) AND (f.ordinal <= t.ordinal) AND ((f.timeframe = '1d'::text) OR (NOT (EXISTS ( SELECT
            FROM ( SELECT s.opens_at
                    FROM market.sessions s
                   WHERE ((s.segment = history_source.segment) AND (s.kind = 'continuous'::text))
                   ORDER BY s.opens_at DESC
                  LIMIT 1) newest
           WHERE (meta.bucket_start(f.width, newest.opens_at) <> newest.opens_at))))))
   ORDER BY f.ordinal DESC
  LIMIT 1;
END;

COMMENT ON FUNCTION gaps.history_source(broker text, timeframe text, segment text) IS 'The candles to ask a broker for to get those of a stored timeframe.';

CREATE TABLE ledger.broker_calls (
    broker text NOT NULL,
    call_every interval NOT NULL,
    calls_a_day integer NOT NULL,
    next_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    day date DEFAULT '-infinity'::date NOT NULL,
    calls integer DEFAULT 0 NOT NULL,
    CONSTRAINT broker_calls_call_every_check CHECK ((call_every > '00:00:00'::interval)),
    CONSTRAINT broker_calls_calls_a_day_check CHECK ((calls_a_day > 0))
);

COMMENT ON TABLE ledger.broker_calls IS 'The account of requests for history: whoever calls a broker reserves an instant here first, so that neither several workers nor a restart exceed its limits. next_at: the first instant that is free; calls: on day (IST). Wall clock.';

CREATE FUNCTION gaps.hold_calls(broker text, until timestamp with time zone) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 UPDATE ledger.broker_calls c SET next_at = GREATEST(c.next_at, hold_calls.until)
   WHERE (c.broker = hold_calls.broker);
END;

COMMENT ON FUNCTION gaps.hold_calls(broker text, until timestamp with time zone) IS 'Nobody calls a broker before an instant.';

CREATE FUNCTION gaps.judge_bars(times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[], timeframe text, wanted tstzmultirange, trading tstzmultirange, settled_until timestamp with time zone) RETURNS TABLE(bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, open_interest bigint, fault text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH bars AS (
          SELECT u."time",
             u.open,
             u.high,
             u.low,
             u.close,
             u.volume,
             u.open_interest,
             u.nth,
             t.width,
                 CASE
                     WHEN (t.width < '1 day'::interval) THEN u."time"
                     ELSE meta.bucket_start(t.width, (u."time" + '12:00:00'::interval))
                 END AS bucket
            FROM (UNNEST(judge_bars.times, judge_bars.opens, judge_bars.highs, judge_bars.lows, judge_bars.closes, judge_bars.volumes, judge_bars.open_interests) WITH ORDINALITY u("time", open, high, low, close, volume, open_interest, nth)
              JOIN meta.timeframes t ON ((t.timeframe = judge_bars.timeframe)))
         ), judged AS (
          SELECT b."time",
             b.open,
             b.high,
             b.low,
             b.close,
             b.volume,
             b.open_interest,
             b.nth,
             b.width,
             b.bucket,
             b.span,
                 CASE
                     WHEN ((b."time" IS NULL) OR (NOT isfinite(b."time"))) THEN 'time'::text
                     WHEN (NOT ((COALESCE(LEAST(b.open, b.high, b.low, b.close), (0)::double precision) > (0)::double precision) AND (num_nulls(b.open, b.high, b.low, b.close) = 0) AND (GREATEST(b.open, b.high, b.low, b.close) < 'Infinity'::double precision))) THEN 'price'::text
                     WHEN ((b.high < GREATEST(b.open, b.low, b.close)) OR (b.low > LEAST(b.open, b.close))) THEN 'inconsistent prices'::text
                     WHEN (b.volume < 0) THEN 'volume'::text
                     WHEN (meta.bucket_start(b.width, b.bucket) <> b.bucket) THEN 'off the grid'::text
                     WHEN (((b.bucket + b.width) <= lower(judge_bars.wanted)) OR (b.bucket >= upper(judge_bars.wanted))) THEN 'outside the range'::text
                     WHEN (NOT (b.span && judge_bars.trading)) THEN 'outside the session'::text
                     WHEN (upper((tstzmultirange(b.span) * judge_bars.trading)) > judge_bars.settled_until) THEN 'unfinished'::text
                     ELSE NULL::text
                 END AS fault
            FROM ( SELECT u."time",
                     u.open,
                     u.high,
                     u.low,
                     u.close,
                     u.volume,
                     u.open_interest,
                     u.nth,
                     u.width,
                     u.bucket,
                     tstzrange(u.bucket, (u.bucket + u.width)) AS span
                    FROM bars u) b
         )
  SELECT j.bucket,
     j.open,
     j.high,
     j.low,
     j.close,
     COALESCE(j.volume, (0)::bigint) AS volume,
     j.open_interest,
         CASE
             WHEN (j.fault IS NOT NULL) THEN j.fault
             WHEN (row_number() OVER (PARTITION BY j.bucket, (j.fault IS NULL) ORDER BY j.nth DESC) > 1) THEN 'duplicate'::text
             ELSE NULL::text
         END AS fault
    FROM judged j
   WHERE ((j.fault IS NOT NULL) OR (j.span && judge_bars.wanted))
   ORDER BY j.bucket, j.nth;
END;

COMMENT ON FUNCTION gaps.judge_bars(times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[], timeframe text, wanted tstzmultirange, trading tstzmultirange, settled_until timestamp with time zone) IS 'A broker''s candles in order of time, each with what is wrong with it.';

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

CREATE FUNCTION gaps.kept_since(relation text) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (r.keep IS NULL) THEN h.horizon
             ELSE (meta.bucket_start('1 day'::interval, (GREATEST(h.horizon, (meta.now() - r.keep)) - '00:00:00.000001'::interval)) + '24:00:00'::interval)
         END AS "case"
    FROM (meta.retention r
      JOIN meta.horizon h ON ((h.relation = r.relation)))
   WHERE (r.relation = kept_since.relation);
END;

COMMENT ON FUNCTION gaps.kept_since(relation text) IS 'The first trading day of which a relation keeps everything: nothing older is asked of a broker.';

CREATE TABLE ledger.tick_counts (
    instrument_id integer NOT NULL,
    session_date date NOT NULL,
    late bigint DEFAULT 0 NOT NULL,
    duplicates bigint DEFAULT 0 NOT NULL,
    volume_falls bigint DEFAULT 0 NOT NULL,
    offsession bigint DEFAULT 0 NOT NULL,
    rejected jsonb DEFAULT '{}'::jsonb NOT NULL
);

COMMENT ON TABLE ledger.tick_counts IS 'Per instrument and IST date of receipt: ticks that came late, twice, with a fallen counter, outside the session, or were rejected (count by reason).';

CREATE FUNCTION gaps.quality(since date DEFAULT NULL::date, until date DEFAULT 'infinity'::date, instrument_ids integer[] DEFAULT NULL::integer[]) RETURNS TABLE(instrument_id integer, symbol text, session_date date, completeness double precision, expected_minutes bigint, missing_minutes bigint, longest_gap interval, repaired_minutes bigint, feed_uptime double precision, late bigint, duplicates bigint, volume_falls bigint, offsession bigint, rejected bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT COALESCE(((quality.since)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text), gaps.kept_since('tick_data'::text)) AS since,
             LEAST(((quality.until)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text), COALESCE(gaps.settled_until(), '-infinity'::timestamp with time zone)) AS until,
             COALESCE(quality.instrument_ids, ARRAY( SELECT f.id
                    FROM candles.followed f)) AS ids
         ), trading AS MATERIALIZED (
          SELECT t.segment,
             t.trading
            FROM gaps.trading_time(( SELECT a_1.since
                    FROM asked a_1), ( SELECT a_1.until
                    FROM asked a_1)) t(segment, trading)
         ), repaired AS (
          SELECT k.instrument_id,
             ((lower(r.seen) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
             sum((upper(r.seen) - lower(r.seen))) AS lasted
            FROM (((ledger.coverage k
              JOIN market.instruments i_1 ON ((i_1.id = k.instrument_id)))
              JOIN trading t ON ((t.segment = i_1.segment)))
              CROSS JOIN LATERAL unnest((k.covered * t.trading)) r(seen))
           WHERE ((k.timeframe = '1m'::text) AND (k.instrument_id = ANY (( SELECT a_1.ids
                    FROM asked a_1)::integer[])))
           GROUP BY k.instrument_id, (((lower(r.seen) AT TIME ZONE '05:30:00'::interval))::date)
         )
  SELECT c.instrument_id,
     i.symbol,
     c.session_date,
     ((1)::double precision - ((c.missing_minutes)::double precision / (c.expected_minutes)::double precision)) AS completeness,
     c.expected_minutes,
     c.missing_minutes,
     c.longest_gap,
     (round((EXTRACT(epoch FROM COALESCE(b.lasted, '00:00:00'::interval)) / (60)::numeric)))::bigint AS repaired_minutes,
     (((EXTRACT(epoch FROM c.carried) / (60)::numeric) / (c.expected_minutes)::numeric))::double precision AS feed_uptime,
     COALESCE(n.late, (0)::bigint) AS late,
     COALESCE(n.duplicates, (0)::bigint) AS duplicates,
     COALESCE(n.volume_falls, (0)::bigint) AS volume_falls,
     COALESCE(n.offsession, (0)::bigint) AS offsession,
     ( SELECT (COALESCE(sum((r.count)::bigint), (0)::numeric))::bigint AS "coalesce"
            FROM jsonb_each_text(n.rejected) r(reason, count)) AS rejected
    FROM ((((asked a
      CROSS JOIN LATERAL gaps.completeness(a.ids, a.since, a.until) c(instrument_id, session_date, expected_minutes, missing_minutes, longest_gap, carried))
      JOIN market.instruments i ON ((i.id = c.instrument_id)))
      LEFT JOIN repaired b ON (((b.instrument_id = c.instrument_id) AND (b.session_date = c.session_date))))
      LEFT JOIN ledger.tick_counts n ON (((n.instrument_id = c.instrument_id) AND (n.session_date = c.session_date))))
   WHERE (c.expected_minutes > 0);
END;

COMMENT ON FUNCTION gaps.quality(since date, until date, instrument_ids integer[]) IS 'Completeness, gaps, repairs, feed uptime and tick counts of each instrument and trading day.';

CREATE FUNCTION gaps.request_backfill(instrument_id integer, since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, timeframe text DEFAULT '1m'::text, again boolean DEFAULT false, asked_by text DEFAULT 'user'::text) RETURNS TABLE(request_id bigint, piece_timeframe text, starts_at timestamp with time zone, ends_at timestamp with time zone, status text, note text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

COMMENT ON FUNCTION gaps.request_backfill(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text, again boolean, asked_by text) IS 'Queues what is missing of a range for the daemon to ask the broker, within what is kept; a row says what became of each piece.';

CREATE FUNCTION gaps.reserve_call(broker text) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    account ledger.broker_calls;
    slot timestamptz;
begin
    select c.* into account from ledger.broker_calls as c where c.broker = reserve_call.broker for update;
    if not found then
        return null;
    end if;
    slot := greatest(account.next_at, clock_timestamp());
    if account.day = (slot at time zone 'Asia/Kolkata')::date and account.calls >= account.calls_a_day then
        slot := ((account.day + 1)::timestamp at time zone 'Asia/Kolkata');
    end if;
    update ledger.broker_calls as c
    set
        next_at = slot + c.call_every,
        day = (slot at time zone 'Asia/Kolkata')::date,
        calls = case when c.day = (slot at time zone 'Asia/Kolkata')::date then c.calls + 1 else 1 end
    where c.broker = reserve_call.broker;
    return slot;
end
$$;

COMMENT ON FUNCTION gaps.reserve_call(broker text) IS 'Reserves an instant for one request to a broker, within its limits over all workers and restarts.';

CREATE FUNCTION gaps.scan() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    calls integer;
begin
    if (select s.value from meta.settings as s where s.name = 'clock') = 'replay' then
        return 0;
    end if;

    perform pg_advisory_xact_lock(hashtext('bhav.request_backfill'));  -- before rows, as request_backfill() does
    update ledger.backfill_requests as r
    set status = 'failed', finished_at = clock_timestamp(), fault = 'instrument', error = 'no broker lists the instrument'
    where
        r.status = 'queued'
        and not exists (
            select from market.broker_instruments as k
            where k.instrument_id = r.instrument_id and k.valid_until = 'infinity'
        );

    with holes as materialized (
        select
            f.id,
            lower(g.hole) as since,
            upper(g.hole) as until
        from candles.followed as f
        inner join ledger.subscriptions as s on s.instrument_id = f.id
        inner join
            gaps.missing(
                array(select l.id from candles.followed as l),
                (select gaps.kept_since('tick_data'))
            ) as m
            on m.instrument_id = f.id
        left join (
            select r.instrument_id, range_agg(r.ranges) as ranges
            from ledger.backfill_requests as r
            where r.timeframe = '1m' and r.finished_at is null
            group by r.instrument_id
        ) as asked
            on asked.instrument_id = f.id
        cross join unnest(m.missing - coalesce(asked.ranges, '{}')) as g (hole)
        where
            upper(g.hole) > meta.bucket_start('1 day', s.since)
            and upper(g.hole) < (select gaps.settled_until())
            and exists (
                select from market.broker_instruments as k
                where k.instrument_id = f.id and k.valid_until = 'infinity'
            )
    ),

    queued as materialized (
        select
            q.request_id,
            h.id,
            q.starts_at,
            q.ends_at
        from (
            select
                o.id,
                min(o.since) as since,
                max(o.until) as until
            from holes as o
            group by o.id
        ) as h
        cross join lateral gaps.request_backfill(h.id, h.since, h.until, '1m', false, 'scan') as q
        where q.status = 'queued' and q.note is null
    ),

    told as (
        select
            count(
                pg_notify(
                    'gap',
                    jsonb_build_object('instrument_id', h.id, 'since', h.since, 'until', h.until, 'state', 'found')::text
                )
            )
        from holes as h
        where exists (
            select from queued as q
            where q.id = h.id and q.starts_at <= h.since and q.ends_at >= h.until
        )
    )

    select count(distinct q.request_id)
    into calls
    from queued as q
    cross join told;
    return calls;
end
$$;

COMMENT ON FUNCTION gaps.scan() IS 'Queues calls to brokers for the gaps of followed instruments that have come to an end.';

CREATE FUNCTION gaps.traded_before(at timestamp with time zone, opens timestamp with time zone[], closes timestamp with time zone[], before interval[]) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(((before)[width_bucket(at, opens)] + (LEAST(at, (closes)[width_bucket(at, opens)]) - (opens)[width_bucket(at, opens)])), '00:00:00'::interval);

COMMENT ON FUNCTION gaps.traded_before(at timestamp with time zone, opens timestamp with time zone[], closes timestamp with time zone[], before interval[]) IS 'How much trading there was before an instant, from the first of the given sessions on.';

CREATE FUNCTION gaps.want(instrument_id integer, since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, timeframe text DEFAULT '1m'::text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    hole tstzmultirange;
begin
    if (select s.value from meta.settings as s where s.name = 'clock') = 'replay' or pg_is_in_recovery() then
        return false;
    end if;
    select m.missing into hole
    from gaps.missing(
        array[want.instrument_id], greatest(since, gaps.kept_since(gaps.stored_timeframe(timeframe))), until, timeframe
    ) as m;
    if hole is null or isempty(hole) then
        return false;
    end if;
    perform pg_notify(
        'want',
        jsonb_build_object(
            'instrument_id', want.instrument_id, 'timeframe', timeframe, 'since', lower(hole), 'until', upper(hole)
        )::text
    );
    return true;
end
$$;

COMMENT ON FUNCTION gaps.want(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) IS 'Tells the daemon when candles of a range lack something; true if they do. Works in a read-only transaction.';

CREATE TABLE store.merged (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY LIST (timeframe);

COMMENT ON TABLE store.merged IS 'Candles of every timeframe made from ticks, without what is in store.pending. *_time: of the tick that a value came from.';

CREATE TABLE store.merged_1m (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.merged_1m IS 'Candles of 1m made from ticks, without what is in store.pending.';

CREATE TABLE store.pending (
    instrument_id integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume bigint NOT NULL,
    missed_volume bigint NOT NULL,
    open_interest bigint,
    turnover double precision NOT NULL,
    ticks bigint NOT NULL,
    open_time timestamp with time zone NOT NULL,
    close_time timestamp with time zone NOT NULL,
    open_interest_time timestamp with time zone
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

COMMENT ON TABLE store.pending IS '1m candles of the ticks that store.merged does not hold yet.';

CREATE FUNCTION store.newest_tick() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT GREATEST(( SELECT max(p.close_time) AS max
            FROM store.pending p), ( SELECT max(m.close_time) AS max
            FROM store.merged_1m m
           WHERE (m.bucket = ( SELECT max(b.bucket) AS max
                    FROM store.merged_1m b)))) AS "greatest";
END;

COMMENT ON FUNCTION store.newest_tick() IS 'Time of the newest tick; null while there is none.';

CREATE FUNCTION store.freshness() RETURNS TABLE(timeframe text, until timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT t.timeframe,
     store.newest_tick() AS until
    FROM meta.timeframes t
   WHERE t.stored
   ORDER BY t.ordinal;
END;

COMMENT ON FUNCTION store.freshness() IS 'Per timeframe: up to where candles reflect every tick.';

CREATE FUNCTION store.oldest(relation text) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    merged timestamptz;
begin
    if relation = 'tick_data' then
        return least(
            (
                select min(m.open_time)
                from store.merged_1m as m
                where m.bucket = (
                    select min(b.bucket)
                    from store.merged_1m as b
                    where b.bucket >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
                )
            ),
            (select min(p.open_time) from store.pending as p)
        );
    end if;
    execute format('select min(m.bucket) from store.merged_%s as m', relation) into merged;
    return least(
        merged,
        meta.bucket_start(
            (select t.width from meta.timeframes as t where t.timeframe = oldest.relation),
            (select min(p.bucket) from store.pending as p)
        )
    );
end
$$;

COMMENT ON FUNCTION store.oldest(relation text) IS 'Time of the oldest row of a relation of meta.retention; null without rows.';

CREATE FUNCTION grafana.aggregate_freshness() RETURNS TABLE(timeframe text, until timestamp with time zone, behind_seconds double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH newest AS MATERIALIZED (
          SELECT store.newest_tick() AS "time"
         )
  SELECT f.timeframe,
     f.until,
     (GREATEST(EXTRACT(epoch FROM (meta.bucket_start(t.width, n."time") - COALESCE(f.until, ( SELECT store.oldest('tick_data'::text) AS oldest)))), (0)::numeric))::double precision AS behind_seconds
    FROM ((newest n
      CROSS JOIN store.freshness() f(timeframe, until))
      JOIN meta.timeframes t ON ((t.timeframe = f.timeframe)))
   WHERE (n."time" IS NOT NULL)
   ORDER BY t.ordinal;
END;

COMMENT ON FUNCTION grafana.aggregate_freshness() IS 'Per timeframe: up to where candles are stored and reflect every tick, and how far behind the ticks that is.';

CREATE FUNCTION grafana.trading(grace interval DEFAULT '00:00:00'::interval) RETURNS TABLE(segment text, opens_at timestamp with time zone, closes_at timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT s.segment,
     s.opens_at,
     s.closes_at
    FROM market.sessions s
   WHERE ((s.opens_at <= ( SELECT meta.now() AS now)) AND (s.opens_at > ((( SELECT meta.now() AS now) - trading.grace) - '1 day'::interval)) AND (s.closes_at > (( SELECT meta.now() AS now) - trading.grace)) AND (s.segment IN ( SELECT i.segment
            FROM candles.followed i)));
END;

COMMENT ON FUNCTION grafana.trading(grace interval) IS 'The trading sessions that hold the market clock, of segments with a followed instrument.';

CREATE FUNCTION grafana.alert_aggregate_stale() RETURNS TABLE(timeframe text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT f.timeframe,
     f.behind_seconds AS value
    FROM grafana.aggregate_freshness() f(timeframe, until, behind_seconds)
   WHERE (EXISTS ( SELECT
            FROM grafana.trading() trading(segment, opens_at, closes_at)));
END;

COMMENT ON FUNCTION grafana.alert_aggregate_stale() IS 'By how many seconds the stored candles are behind the ticks.';

CREATE FUNCTION grafana.alert_feed_silent() RETURNS TABLE(segment text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH newest AS MATERIALIZED (
          SELECT i.segment,
             (max(l.bucket) + '00:01:00'::interval) AS until
            FROM (candles.latest('1m'::text) l(instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, is_closed, session_date)
              JOIN market.instruments i ON ((i.id = l.instrument_id)))
           GROUP BY i.segment
         )
  SELECT t.segment,
     (GREATEST(EXTRACT(epoch FROM (( SELECT meta.now() AS now) - GREATEST(t.opens_at, n.until))), (0)::numeric))::double precision AS value
    FROM (grafana.trading() t(segment, opens_at, closes_at)
      LEFT JOIN newest n ON ((n.segment = t.segment)))
   ORDER BY t.segment;
END;

COMMENT ON FUNCTION grafana.alert_feed_silent() IS 'For how many seconds the feed of each segment that trades has been silent.';

CREATE TABLE meta.settings (
    name text NOT NULL,
    value text NOT NULL
);

COMMENT ON TABLE meta.settings IS 'What is true of this database: engine (timescale or postgres), clock (wall or replay), id. Set when it is created.';

CREATE FUNCTION grafana.alert_gap_open() RETURNS TABLE(symbol text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT f.symbol,
     (max(EXTRACT(epoch FROM ((meta.now() - lower(g.hole)) - '00:01:30'::interval))))::double precision AS value
    FROM (((gaps.missing(ARRAY( SELECT l.id
            FROM candles.followed l
           WHERE ((EXISTS ( SELECT
                    FROM grafana.trading('01:00:00'::interval) trading(segment, opens_at, closes_at))) AND (NOT (EXISTS ( SELECT
                    FROM meta.settings s_1
                   WHERE ((s_1.name = 'clock'::text) AND (s_1.value = 'replay'::text))))))), ( SELECT gaps.kept_since('tick_data'::text) AS kept_since)) m(instrument_id, missing, down)
      JOIN candles.followed f ON ((f.id = m.instrument_id)))
      JOIN ledger.subscriptions s ON ((s.instrument_id = f.id)))
      CROSS JOIN LATERAL unnest(m.missing) g(hole))
   WHERE (upper(g.hole) > meta.bucket_start('1 day'::interval, s.since))
   GROUP BY f.symbol
   ORDER BY ((max(EXTRACT(epoch FROM ((meta.now() - lower(g.hole)) - '00:01:30'::interval))))::double precision) DESC, f.symbol
  LIMIT 20;
END;

COMMENT ON FUNCTION grafana.alert_gap_open() IS 'For how many seconds the oldest gap of each followed instrument has waited to be filled.';

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
    lag_ms double precision,
    commit_ms double precision[]
);

COMMENT ON TABLE ledger.ingest_stats IS 'A row per committed journal segment that counted anything. written: ticks numbered for tick_data; late: of those, handed to the database to number; rejected: count by reason; dropped: lost to a full queue; lag_ms: from receipt of the segment''s oldest batch to its journalling; commit_ms: of each segment committed since the row before, from receipt of its oldest batch to the end of its commit.';

CREATE FUNCTION grafana.alert_ingest_lag() RETURNS TABLE(source text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT s.source,
     percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY c.ms) AS value
    FROM (ledger.ingest_stats s
      CROSS JOIN LATERAL unnest(s.commit_ms) c(ms))
   WHERE ((s.at > (now() - '00:01:00'::interval)) AND (EXISTS ( SELECT
            FROM grafana.trading() trading(segment, opens_at, closes_at))))
   GROUP BY s.source
   ORDER BY s.source;
END;

COMMENT ON FUNCTION grafana.alert_ingest_lag() IS 'Milliseconds from the receipt of ticks to their commit in the last minute.';

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

CREATE FUNCTION grafana.alert_job_failing() RETURNS TABLE(job text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT j.name AS job,
     (j.failures)::double precision AS value
    FROM ledger.jobs j
   WHERE (j.enabled AND (EXISTS ( SELECT
            FROM grafana.trading() trading(segment, opens_at, closes_at))))
   ORDER BY j.name;
END;

COMMENT ON FUNCTION grafana.alert_job_failing() IS 'How many times in a row each scheduled job has failed.';

CREATE FUNCTION grafana.alert_journal_growth() RETURNS TABLE(source text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT s.source,
     (max(s.journal_bytes))::double precision AS value
    FROM ledger.ingest_stats s
   WHERE ((s.at > (now() - '00:01:00'::interval)) AND (EXISTS ( SELECT
            FROM grafana.trading() trading(segment, opens_at, closes_at))))
   GROUP BY s.source
   ORDER BY s.source;
END;

COMMENT ON FUNCTION grafana.alert_journal_growth() IS 'Bytes of ticks that wait in the daemon''s journal for the database.';

CREATE TABLE ledger.access_tokens (
    broker text NOT NULL,
    login_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE ledger.access_tokens IS 'When the access token that the daemon uses was made and when it ends (wall clock); the token itself is in a file of the daemon.';

CREATE TABLE ledger.feed_status (
    source text NOT NULL,
    connection text NOT NULL,
    state text NOT NULL,
    since timestamp with time zone NOT NULL,
    reason text,
    instruments integer DEFAULT 0 NOT NULL,
    heard_at timestamp with time zone,
    reconnects integer DEFAULT 0 NOT NULL,
    reported_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT feed_status_state_check CHECK ((state = ANY (ARRAY['up'::text, 'down'::text])))
);

COMMENT ON TABLE ledger.feed_status IS 'The connections of the feed that runs, or ran last. since: market time of the last change of state; reason: why it is down; instruments: subscribed; heard_at: the last message, market time; reconnects: how often it came up again since the daemon started; reported_at: wall clock.';

CREATE FUNCTION grafana.alert_token_expiry() RETURNS TABLE(broker text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH clock AS MATERIALIZED (
          SELECT meta.now() AS now
         ), today AS (
          SELECT min(s.opens_at) AS opens_at,
             max(s.closes_at) AS closes_at
            FROM (clock c_1
              JOIN market.sessions s ON ((s.session_date = ((c_1.now AT TIME ZONE 'Asia/Kolkata'::text))::date)))
           WHERE (s.segment IN ( SELECT i.segment
                    FROM candles.followed i))
         )
  SELECT t.broker,
     (EXTRACT(epoch FROM (t.expires_at - d.closes_at)))::double precision AS value
    FROM ((clock c
      JOIN today d ON (((c.now >= (d.opens_at - '01:00:00'::interval)) AND (c.now < d.closes_at))))
      CROSS JOIN ledger.access_tokens t)
   WHERE (t.broker IN ( SELECT s.source
            FROM ledger.feed_status s));
END;

COMMENT ON FUNCTION grafana.alert_token_expiry() IS 'By how many seconds the access token outlives the day''s trading; negative: log in again.';

CREATE FUNCTION grafana.rule_values(timeframe text, instrument_ids integer[], bucket timestamp with time zone, bars integer) RETURNS TABLE(instrument_id integer, price double precision, price_before double precision, volume_ratio double precision)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
#variable_conflict use_column
declare
    t meta.timeframes := (select f from meta.timeframes as f where f.timeframe = rule_values.timeframe);
    until timestamptz := meta.bucket_end(t.width, rule_values.bucket);
    since timestamptz;
    folded text;
    found record;
    lacking integer[];
begin
    select least(
        rule_values.bucket - (bars - 1) * t.width,
        min(meta.bucket_start(t.width, n.ends_at - interval '1 microsecond') - (bars - 1 - n.later) * t.width)
    ) into since
    from (
        select s.ends_at, s.held, sum(s.held) over (partition by s.segment order by s.ends_at desc) - s.held as later
        from (
            select
                d.segment,
                e.ends_at,
                ceil(
                    extract(epoch from e.ends_at - meta.bucket_start(t.width, d.opens_at)) / extract(epoch from t.width)
                ) as held
            -- a trading day holds one bar at least, and few are shorter than six hours
            from grafana.trading_days(2 + ceil(bars * least(extract(epoch from t.width) / 21600, 1))::integer) as d
            cross join lateral (select least(d.closes_at, until) as ends_at) as e
            where d.opens_at < until and d.segment in (
                select i.segment from market.instruments as i where i.id = any (instrument_ids)
            )
        ) as s
    ) as n
    where n.later < bars and n.later + n.held >= bars;

    folded := case
        when t.stored then 'select c.instrument_id, c.bucket, c.close, c.volume'
        else 'select
            c.instrument_id,
            meta.bucket_start($5, c.bucket) as bucket,
            (array_agg(c.close order by c.bucket desc))[1] as close,
            sum(c.volume)::bigint as volume'
    end || format(
        ' from candles.candles_%s as c where c.bucket >= $1 and c.bucket < $2 and c.instrument_id = any ((select $3)::integer[])',
        case when t.stored then t.timeframe else t.base end
    ) || case when t.stored then '' else ' group by 1, 2' end;
    loop
        lacking := '{}';
        for found in execute
            'select
                b.instrument_id,
                array_agg(b.close order by b.bucket desc) as closes,
                array_agg(b.volume order by b.bucket desc) as volumes
            from (' || folded || ') as b
            group by b.instrument_id
            having max(b.bucket) = $4'
            using since, until, instrument_ids, rule_values.bucket, t.width
        loop
            if cardinality(found.closes) < bars and since > '-infinity' then
                lacking := lacking || found.instrument_id;
            else
                instrument_id := found.instrument_id;
                price := found.closes[1];
                price_before := found.closes[2];
                volume_ratio := case when cardinality(found.volumes) > 20 then
                    found.volumes[1] / nullif((select avg(v)::double precision from unnest(found.volumes[2:21]) as v), 0)
                end;
                return next;
            end if;
        end loop;
        exit when lacking = '{}';
        instrument_ids := lacking;
        since := case
            when until - since < interval '60 days' then meta.bucket_start(t.width, until - 4 * (until - since))
            else '-infinity'
        end;
    end loop;
end
$_$;

COMMENT ON FUNCTION grafana.rule_values(timeframe text, instrument_ids integer[], bucket timestamp with time zone, bars integer) IS 'What alert rules judge at a bar of many instruments: its close, the close before, and its volume against the usual.';

CREATE FUNCTION indicators.indicators_at(instrument_id integer, timeframes text[], ids text[], candles_back integer, forming boolean DEFAULT true) RETURNS TABLE(timeframe text, id text, output text, bucket timestamp with time zone, value double precision)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
    longest_session interval := '15 hours';
begin
    if candles_back < 0 then
        raise exception using
            errcode = 'BH007',
            message = format('candles_back cannot be %s', candles_back),
            hint = 'candles_back counts from 0, the newest bar';
    end if;
    return query
    with asked as materialized (
        select a.nth, i.id, p.*
        from unnest(ids) with ordinality as a (id, nth)
        cross join lateral indicators.parse(a.id) as i
        cross join lateral indicators.prepare(i.name, i.parameters) as p
    ),

    needed as (
        select
            t.nth,
            f.timeframe,
            n.anchored,
            n.columns,
            n.sessions,
            greatest(
                n.bars,
                ceil((n.sessions + 1) * extract(epoch from longest_session) / extract(epoch from f.width))::integer
            ) + candles_back + 1 as bars
        from (
            select
                bool_or(a.bars is null) as anchored,
                max(a.bars) as bars,
                max(a.sessions) as sessions,
                array_agg(distinct c.name) as columns
            from asked as a
            left join lateral unnest(a.columns) as c (name) on true
        ) as n
        cross join unnest(timeframes) with ordinality as t (timeframe, nth)
        inner join meta.timeframes as f on f.timeframe = meta.timeframe(t.timeframe)
    ),

    anchored as materialized (
        select
            n.nth,
            n.timeframe,
            true as from_anchor,
            n.bars,
            cardinality(b.bucket) >= n.bars or indicators.anchor(n.timeframe, meta.now()) = '-infinity' as is_enough,
            b.*
        from needed as n
        cross join lateral indicators.read_bars(
            instrument_id, n.timeframe, meta.now(), 'infinity', forming, n.columns, null, null
        ) as b
        where n.anchored
    ),

    windowed as materialized (
        select n.nth, n.timeframe, false as from_anchor, n.bars, true as is_enough, b.*
        from needed as n
        cross join lateral indicators.read_bars(
            instrument_id, n.timeframe, meta.now(), 'infinity', forming, n.columns, n.bars, n.sessions
        ) as b
        where n.bars is not null and not exists (select from anchored as a where a.nth = n.nth and a.is_enough)
    ),

    bars as (
        select r.*, cardinality(r.bucket) - candles_back as newest
        from (
            select * from anchored
            union all
            select * from windowed
        ) as r
    )

    select b.timeframe, a.id, o.output, b.bucket[b.newest], o.series[cardinality(o.series)]
    from bars as b
    inner join asked as a on (a.bars is null) = b.from_anchor or (b.from_anchor and b.is_enough)
    cross join lateral (
        select
            case
                when a.bars is null or not b.from_anchor and a.sessions is not null then 1
                else greatest(b.newest - case when a.sessions is null then a.bars else b.bars end, 1)
            end as oldest
    ) as r
    cross join lateral indicators.compute(
        a.query,
        b.open[r.oldest:b.newest],
        b.high[r.oldest:b.newest],
        b.low[r.oldest:b.newest],
        b.close[r.oldest:b.newest],
        b.volume[r.oldest:b.newest],
        b.session_date[r.oldest:b.newest]
    ) with ordinality as o (output, series, nth)
    where b.newest > 0
    order by b.nth, a.nth, o.nth;
end
$$;

COMMENT ON FUNCTION indicators.indicators_at(instrument_id integer, timeframes text[], ids text[], candles_back integer, forming boolean) IS 'Values of many indicators at many timeframes, so many bars before the newest.';

CREATE FUNCTION indicators.indicators_latest(instrument_id integer, timeframes text[], ids text[], forming boolean DEFAULT true) RETURNS TABLE(timeframe text, id text, output text, bucket timestamp with time zone, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT i.timeframe,
     i.id,
     i.output,
     i.bucket,
     i.value
    FROM indicators.indicators_at(indicators_latest.instrument_id, indicators_latest.timeframes, indicators_latest.ids, 0, indicators_latest.forming) i(timeframe, id, output, bucket, value);
END;

COMMENT ON FUNCTION indicators.indicators_latest(instrument_id integer, timeframes text[], ids text[], forming boolean) IS 'Values of many indicators at the newest bar of many timeframes.';

CREATE TABLE indicators.indicator_catalogue (
    name text NOT NULL,
    title text NOT NULL,
    family text NOT NULL,
    outputs text[] NOT NULL,
    parameters jsonb NOT NULL,
    rule text,
    kernel text NOT NULL,
    lookback text NOT NULL,
    warm_up text,
    sessions integer,
    convention text NOT NULL,
    oracles text[] NOT NULL,
    tolerance double precision DEFAULT 0.000000001 NOT NULL,
    CONSTRAINT indicator_catalogue_family_check CHECK ((family = ANY (ARRAY['average'::text, 'momentum'::text, 'trend'::text, 'volatility'::text, 'volume'::text, 'level'::text, 'pattern'::text]))),
    CONSTRAINT indicator_catalogue_name_check CHECK ((name = upper(name))),
    CONSTRAINT indicator_catalogue_sessions_check CHECK ((sessions = ANY (ARRAY[0, 1])))
);

COMMENT ON TABLE indicators.indicator_catalogue IS 'Every indicator: name, outputs, parameters with defaults and ranges, warm-up in bars, convention, oracles and tolerance.';

CREATE TABLE ledger.alert_rules (
    id integer NOT NULL,
    name text NOT NULL,
    symbol text,
    kind text,
    measure text NOT NULL,
    indicator text,
    output text,
    timeframe text DEFAULT '1m'::text NOT NULL,
    comparison text NOT NULL,
    level double precision NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    CONSTRAINT alert_rules_bars_of_a_minute_or_more CHECK ((timeframe <> ALL (ARRAY['1s'::text, '5s'::text, '15s'::text, '30s'::text]))),
    CONSTRAINT alert_rules_change_is_of_a_day CHECK (((measure <> 'change_percent'::text) OR (timeframe <> ALL (ARRAY['1w'::text, '1M'::text])))),
    CONSTRAINT alert_rules_comparison_is_known CHECK ((comparison = ANY (ARRAY['above'::text, 'below'::text, 'crosses_above'::text, 'crosses_below'::text]))),
    CONSTRAINT alert_rules_indicator_is_named CHECK (((measure = 'indicator'::text) = (indicator IS NOT NULL))),
    CONSTRAINT alert_rules_indicator_is_of_a_symbol CHECK (((measure <> 'indicator'::text) OR (symbol IS NOT NULL))),
    CONSTRAINT alert_rules_kind_is_known CHECK ((kind = ANY (ARRAY['index'::text, 'equity'::text, 'future'::text, 'option'::text]))),
    CONSTRAINT alert_rules_level_is_a_number CHECK (((level > '-Infinity'::double precision) AND (level < 'Infinity'::double precision))),
    CONSTRAINT alert_rules_level_is_positive CHECK (((level > (0)::double precision) OR (measure = ANY (ARRAY['change_percent'::text, 'indicator'::text])))),
    CONSTRAINT alert_rules_measure_is_known CHECK ((measure = ANY (ARRAY['price'::text, 'change_percent'::text, 'volume_ratio'::text, 'indicator'::text]))),
    CONSTRAINT alert_rules_name_is_not_empty CHECK ((TRIM(BOTH FROM name) <> ''::text)),
    CONSTRAINT alert_rules_only_price_and_indicator_cross CHECK (((measure = ANY (ARRAY['price'::text, 'indicator'::text])) OR (comparison = ANY (ARRAY['above'::text, 'below'::text])))),
    CONSTRAINT alert_rules_output_is_named CHECK (((indicator IS NULL) = (output IS NULL))),
    CONSTRAINT alert_rules_symbol_or_kind CHECK ((num_nonnulls(symbol, kind) = 1))
);

COMMENT ON TABLE ledger.alert_rules IS 'The user''s alert rules, judged when a bar of timeframe closes: of one symbol, or of every active instrument of a kind. measure: price (close in rupees), change_percent (of the close against the close of the day before), volume_ratio (volume against the mean of the 20 bars before), indicator (an output of it, by default the first; of one symbol only). crosses_above: above level now and not at the bar before.';

CREATE FUNCTION grafana.alert_user_rules() RETURNS TABLE(rule text, symbol text, timeframe text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH trading AS MATERIALIZED (
          SELECT t.segment,
             t.opens_at,
             t.closes_at,
             ( SELECT (meta.now() - '00:00:02'::interval)) AS now
            FROM grafana.trading('00:05:00'::interval) t(segment, opens_at, closes_at)
         ), closed AS MATERIALIZED (
          SELECT DISTINCT ON (f.timeframe, t.segment) f.timeframe,
             t.segment,
             b.bucket,
             meta.bucket_start('1 day'::interval, t.opens_at) AS day
            FROM ((((trading t
              JOIN meta.timeframes f ON ((f.timeframe IN ( SELECT r_1.timeframe
                    FROM ledger.alert_rules r_1
                   WHERE r_1.enabled))))
              CROSS JOIN LATERAL ( SELECT meta.bucket_start(f.width, LEAST(t.now, (t.closes_at - '00:00:00.000001'::interval))) AS bucket) newest)
              CROSS JOIN LATERAL ( VALUES (newest.bucket), (meta.bucket_start(f.width, (newest.bucket - '00:00:00.000001'::interval)))) b(bucket))
              CROSS JOIN LATERAL ( SELECT LEAST(meta.bucket_end(f.width, b.bucket), s.closes_at) AS closes_at
                    FROM market.sessions s
                   WHERE ((s.segment = t.segment) AND (s.opens_at < meta.bucket_end(f.width, b.bucket)))
                   ORDER BY s.opens_at DESC
                  LIMIT 1) c_1)
           WHERE ((c_1.closes_at > t.opens_at) AND (c_1.closes_at <= t.now))
           ORDER BY f.timeframe, t.segment, b.bucket DESC
         ), judged AS MATERIALIZED (
          SELECT r_1.measure,
             r_1.timeframe,
             r_1.indicator,
             (r_1.comparison ~~ 'crosses%'::text) AS crosses,
             i_1.id,
             c_1.bucket,
             c_1.day
            FROM ((ledger.alert_rules r_1
              JOIN candles.followed i_1 ON (((i_1.symbol = r_1.symbol) OR (i_1.kind = r_1.kind))))
              JOIN closed c_1 ON (((c_1.timeframe = r_1.timeframe) AND (c_1.segment = i_1.segment))))
           WHERE r_1.enabled
         ), asked AS (
          SELECT j.timeframe,
             j.bucket,
             j.id,
                 CASE
                     WHEN (j.measure = 'volume_ratio'::text) THEN 21
                     WHEN j.crosses THEN 2
                     ELSE 1
                 END AS bars
            FROM judged j
           WHERE (j.indicator IS NULL)
         UNION ALL
          SELECT '1d'::text AS timeframe,
             j.day AS bucket,
             j.id,
             2 AS bars
            FROM judged j
           WHERE (j.measure = 'change_percent'::text)
         ), bars AS (
          SELECT a.timeframe,
             a.bucket,
             v.instrument_id,
             v.price,
             v.price_before,
             v.volume_ratio,
             max(v.price_before) FILTER (WHERE (a.timeframe = '1d'::text)) OVER (PARTITION BY v.instrument_id) AS previous_close
            FROM (( SELECT k.timeframe,
                     k.bucket,
                     array_agg(DISTINCT k.id) AS ids,
                     max(k.bars) AS bars
                    FROM asked k
                   GROUP BY k.timeframe, k.bucket) a
              CROSS JOIN LATERAL grafana.rule_values(a.timeframe, a.ids, a.bucket, a.bars) v(instrument_id, price, price_before, volume_ratio))
         ), outputs AS (
          SELECT a.id AS instrument_id,
             v.timeframe,
             v.id,
             v.output,
             v.bucket,
             v.value,
             b.value AS value_before
            FROM ((( SELECT j.id,
                     j.timeframe,
                     array_agg(DISTINCT j.indicator) AS ids,
                     array_agg(DISTINCT j.indicator) FILTER (WHERE j.crosses) AS crossing
                    FROM judged j
                   WHERE (split_part(j.indicator, '_'::text, 1) IN ( SELECT k.name
                            FROM indicators.indicator_catalogue k))
                   GROUP BY j.id, j.timeframe) a
              CROSS JOIN LATERAL indicators.indicators_latest(a.id, ARRAY[a.timeframe], a.ids, false) v(timeframe, id, output, bucket, value))
              LEFT JOIN LATERAL indicators.indicators_at(a.id, ARRAY[a.timeframe], a.crossing, 1, false) b(timeframe, id, output, bucket, value) ON (((v.id = b.id) AND (v.output = b.output))))
         ), measured AS (
          SELECT b.instrument_id,
             b.timeframe,
             b.bucket,
             m_1.measure,
             NULL::text AS indicator,
             NULL::text AS output,
             m_1.value,
             m_1.value_before
            FROM (bars b
              CROSS JOIN LATERAL ( VALUES ('price'::text,b.price,b.price_before), ('change_percent'::text,((100)::double precision * ((b.price / NULLIF(b.previous_close, (0)::double precision)) - (1)::double precision)),NULL::double precision), ('volume_ratio'::text,b.volume_ratio,NULL::double precision)) m_1(measure, value, value_before))
         UNION ALL
          SELECT o.instrument_id,
             o.timeframe,
             o.bucket,
             'indicator'::text AS measure,
             o.id AS indicator,
             o.output,
             o.value,
             o.value_before
            FROM outputs o
         )
  SELECT r.name AS rule,
     i.symbol,
     r.timeframe,
     (1)::double precision AS value
    FROM (((measured m
      JOIN market.instruments i ON ((m.instrument_id = i.id)))
      JOIN closed c ON (((m.timeframe = c.timeframe) AND (m.bucket = c.bucket) AND (i.segment = c.segment))))
      JOIN ledger.alert_rules r ON (((m.timeframe = r.timeframe) AND (m.measure = r.measure) AND ((r.indicator IS NULL) OR ((m.indicator = r.indicator) AND (m.output = r.output))) AND ((i.symbol = r.symbol) OR (i.kind = r.kind)))))
   WHERE (r.enabled AND
         CASE r.comparison
             WHEN 'above'::text THEN (m.value > r.level)
             WHEN 'below'::text THEN (m.value < r.level)
             WHEN 'crosses_above'::text THEN ((m.value > r.level) AND (m.value_before <= r.level))
             ELSE ((m.value < r.level) AND (m.value_before >= r.level))
         END)
   ORDER BY r.name, i.symbol;
END;

COMMENT ON FUNCTION grafana.alert_user_rules() IS 'The user''s alert rules that hold at the newest closed bar, a row per rule and symbol.';

CREATE FUNCTION grafana.step(since timestamp with time zone, until timestamp with time zone) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (isfinite(since) AND isfinite(until)) THEN make_interval(secs => (GREATEST(ceil((EXTRACT(epoch FROM (until - since)) / (200)::numeric)), (15)::numeric))::double precision) ELSE NULL::interval END;

COMMENT ON FUNCTION grafana.step(since timestamp with time zone, until timestamp with time zone) IS 'Width of the steps in which a range of ingest statistics is summed: about 200 of them.';

CREATE FUNCTION grafana.backfill_progress(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, metric text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT date_bin(grafana.step(backfill_progress.since, backfill_progress.until), r.finished_at, '2000-01-01 00:00:00+00'::timestamp with time zone) AS "time",
     r.status AS metric,
     (count(*))::double precision AS value
    FROM ledger.backfill_requests r
   WHERE ((r.finished_at >= backfill_progress.since) AND (r.finished_at < backfill_progress.until))
   GROUP BY (date_bin(grafana.step(backfill_progress.since, backfill_progress.until), r.finished_at, '2000-01-01 00:00:00+00'::timestamp with time zone)), r.status
   ORDER BY (date_bin(grafana.step(backfill_progress.since, backfill_progress.until), r.finished_at, '2000-01-01 00:00:00+00'::timestamp with time zone)), r.status;
END;

COMMENT ON FUNCTION grafana.backfill_progress(since timestamp with time zone, until timestamp with time zone) IS 'Requests to brokers that were done or failed, over time.';

CREATE FUNCTION grafana.backfill_queue(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(broker text, fault text, waiting bigint, running bigint, done bigint, failed bigint, oldest timestamp with time zone, eta_seconds double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH counted AS (
          SELECT r.broker,
             r.fault,
             count(*) FILTER (WHERE (r.status = 'queued'::text)) AS waiting,
             count(*) FILTER (WHERE (r.status = 'running'::text)) AS running,
             count(*) FILTER (WHERE (r.status = 'done'::text)) AS done,
             count(*) FILTER (WHERE (r.status = 'failed'::text)) AS failed,
             count(*) FILTER (WHERE (r.finished_at IS NULL)) AS calls,
             min(r.requested_at) FILTER (WHERE (r.finished_at IS NULL)) AS oldest,
             max(r.due_at) FILTER (WHERE (r.finished_at IS NULL)) AS last_due
            FROM ledger.backfill_requests r
           WHERE (((r.finished_at IS NULL) AND (r.requested_at < backfill_queue.until)) OR ((r.finished_at >= backfill_queue.since) AND (r.finished_at < backfill_queue.until)))
           GROUP BY r.broker, r.fault
         )
  SELECT c.broker,
     c.fault,
     c.waiting,
     c.running,
     c.done,
     c.failed,
     c.oldest,
         CASE
             WHEN (c.calls > 0) THEN (EXTRACT(epoch FROM (GREATEST((((c.calls)::double precision * a.call_every) + GREATEST(a.next_at, now())), c.last_due) - now())))::double precision
             ELSE NULL::double precision
         END AS eta_seconds
    FROM (counted c
      CROSS JOIN LATERAL ( SELECT max(b.call_every) AS call_every,
             max(b.next_at) AS next_at
            FROM ledger.broker_calls b
           WHERE (b.broker = COALESCE(c.broker, b.broker))) a)
   WHERE (backfill_queue.since < backfill_queue.until)
   ORDER BY c.broker NULLS FIRST, c.fault NULLS FIRST;
END;

COMMENT ON FUNCTION grafana.backfill_queue(since timestamp with time zone, until timestamp with time zone) IS 'What waits for brokers, runs, is done and failed, by broker and fault, and how long the rest takes.';

CREATE FUNCTION grafana.backfill_requests(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(requested_at timestamp with time zone, symbol text, timeframe text, starts_at timestamp with time zone, ends_at timestamp with time zone, asked_by text, broker text, status text, attempts integer, candles integer, rejected text, error text, finished_at timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.requested_at,
     i.symbol,
     r.timeframe,
     lower(r.ranges) AS starts_at,
     upper(r.ranges) AS ends_at,
     r.asked_by,
     r.broker,
     r.status,
     r.attempts,
     r.candles,
     ( SELECT string_agg(((b.reason || ' '::text) || b.bars), ', '::text ORDER BY b.reason) AS string_agg
            FROM jsonb_each_text(r.rejected) b(reason, bars)) AS rejected,
     r.error,
     r.finished_at
    FROM (( SELECT q.id,
             q.instrument_id,
             q.timeframe,
             q.ranges,
             q.asked_by,
             q.again,
             q.broker,
             q.source_timeframe,
             q.status,
             q.attempts,
             q.due_at,
             q.claimed_at,
             q.requested_at,
             q.finished_at,
             q.fault,
             q.error,
             q.candles,
             q.rejected
            FROM ledger.backfill_requests q
           WHERE ((q.requested_at >= backfill_requests.since) AND (q.requested_at < backfill_requests.until))
           ORDER BY q.id DESC
          LIMIT 200) r
      JOIN market.instruments i ON ((i.id = r.instrument_id)))
   ORDER BY r.id DESC;
END;

COMMENT ON FUNCTION grafana.backfill_requests(since timestamp with time zone, until timestamp with time zone) IS 'The newest requests to brokers: what was asked for, by whom, and what became of it.';

CREATE FUNCTION grafana.bar_time(bucket timestamp with time zone, timeframe text) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (timeframe = ANY (ARRAY['1d'::text, '1w'::text, '1M'::text])) THEN (bucket - '01:15:00'::interval) ELSE bucket END;

COMMENT ON FUNCTION grafana.bar_time(bucket timestamp with time zone, timeframe text) IS 'Where a chart draws a bar: of a day or more at 00:00 IST, any other at its start.';

CREATE FUNCTION grafana.bars(timeframe text, since timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, instrument_ids integer[] DEFAULT NULL::integer[]) RETURNS TABLE(instrument_id integer, bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, missed_volume bigint, open_interest bigint, turnover double precision)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
    bar interval := (select t.width from meta.timeframes as t where t.timeframe = bars.timeframe and t.stored);
begin
    if bar is null then
        return;
    end if;
    return query execute format(
        'select
            c.instrument_id, c.bucket, c.open, c.high, c.low, c.close, c.volume, c.missed_volume, c.open_interest,
            c.turnover
        from candles.candles_%s as c
        where c.bucket >= $1 and c.bucket < $2 and ($3 is null or c.instrument_id = any ($3))',
        timeframe
    )
    using meta.bucket_start(bar, since), until, instrument_ids;
end
$_$;

COMMENT ON FUNCTION grafana.bars(timeframe text, since timestamp with time zone, until timestamp with time zone, instrument_ids integer[]) IS 'Bars of many instruments at a stored timeframe in a range.';

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

CREATE FUNCTION grafana.trading_days(days integer) RETURNS TABLE(segment text, nth integer, bucket timestamp with time zone, opens_at timestamp with time zone, closes_at timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT h.segment,
     ((row_number() OVER (PARTITION BY h.segment ORDER BY s.session_date DESC))::integer - 1) AS nth,
     meta.bucket_start('1 day'::interval, s.opens_at) AS bucket,
     s.opens_at,
     s.closes_at
    FROM (( SELECT DISTINCT h_1.segment
            FROM market.trading_hours h_1) h
      CROSS JOIN LATERAL ( SELECT n.session_date,
             min(n.opens_at) AS opens_at,
             max(n.closes_at) AS closes_at
            FROM ( SELECT s_1.session_date,
                     s_1.opens_at,
                     s_1.closes_at
                    FROM market.sessions s_1
                   WHERE ((s_1.segment = h.segment) AND (s_1.opens_at <= ( SELECT meta.now() AS now)))
                   ORDER BY s_1.opens_at DESC
                  LIMIT (3 * trading_days.days)) n
           GROUP BY n.session_date
           ORDER BY n.session_date DESC
          LIMIT trading_days.days) s);
END;

COMMENT ON FUNCTION grafana.trading_days(days integer) IS 'The newest trading days of each segment by the market clock.';

CREATE FUNCTION grafana.day_bars(days integer, instrument_ids integer[] DEFAULT NULL::integer[]) RETURNS TABLE(symbol text, kind text, nth integer, bucket timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, traded_volume bigint, open_interest bigint, turnover double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH days AS MATERIALIZED (
          SELECT i.id,
             i.symbol,
             i.kind,
             d_1.nth,
             d_1.bucket
            FROM (grafana.trading_days(day_bars.days) d_1(segment, nth, bucket, opens_at, closes_at)
              JOIN candles.followed i ON ((d_1.segment = i.segment)))
           WHERE ((day_bars.instrument_ids IS NULL) OR (i.id = ANY (day_bars.instrument_ids)))
         )
  SELECT d.symbol,
     d.kind,
     d.nth,
     b.bucket,
     b.open,
     b.high,
     b.low,
     b.close,
     (b.volume + b.missed_volume) AS volume,
     b.volume AS traded_volume,
     b.open_interest,
     b.turnover
    FROM (grafana.bars('1d'::text, ( SELECT min(o.bucket) AS min
            FROM days o), 'infinity'::timestamp with time zone, day_bars.instrument_ids) b(instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover)
      JOIN days d ON (((b.instrument_id = d.id) AND (b.bucket = d.bucket))));
END;

COMMENT ON FUNCTION grafana.day_bars(days integer, instrument_ids integer[]) IS 'Day candles of instruments on the newest trading days of their segment.';

CREATE FUNCTION grafana.board(kinds text[] DEFAULT NULL::text[], symbols text[] DEFAULT NULL::text[]) RETURNS TABLE(symbol text, kind text, last double precision, change double precision, change_percent double precision, open double precision, high double precision, low double precision, previous_close double precision, volume bigint, turnover double precision, newest timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH bars AS (
          SELECT b_1.symbol,
             b_1.kind,
             b_1.nth,
             b_1.bucket,
             b_1.open,
             b_1.high,
             b_1.low,
             b_1.close,
             b_1.volume,
             b_1.traded_volume,
             b_1.open_interest,
             b_1.turnover,
             lead(b_1.close) OVER (PARTITION BY b_1.symbol ORDER BY b_1.nth) AS previous_close
            FROM grafana.day_bars(2,
                 CASE
                     WHEN ((board.kinds IS NOT NULL) OR (board.symbols IS NOT NULL)) THEN ARRAY( SELECT i.id
                        FROM candles.followed i
                       WHERE (((board.kinds IS NULL) OR (i.kind = ANY (board.kinds))) AND ((board.symbols IS NULL) OR (i.symbol = ANY (board.symbols)))))
                     ELSE NULL::integer[]
                 END) b_1(symbol, kind, nth, bucket, open, high, low, close, volume, traded_volume, open_interest, turnover)
         )
  SELECT b.symbol,
     b.kind,
     b.close AS last,
     (b.close - b.previous_close) AS change,
     ((100)::double precision * ((b.close / NULLIF(b.previous_close, (0)::double precision)) - (1)::double precision)) AS change_percent,
     b.open,
     b.high,
     b.low,
     b.previous_close,
     b.volume,
     b.turnover,
     b.bucket AS newest
    FROM bars b
   WHERE (b.nth = 0);
END;

COMMENT ON FUNCTION grafana.board(kinds text[], symbols text[]) IS 'The newest trading day of the followed instruments, against the close of the day before.';

CREATE FUNCTION grafana.breadth() RETURNS TABLE(advances bigint, declines bigint, unchanged bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT count(*) FILTER (WHERE (b.change > (0)::double precision)) AS advances,
     count(*) FILTER (WHERE (b.change < (0)::double precision)) AS declines,
     count(*) FILTER (WHERE (b.change = (0)::double precision)) AS unchanged
    FROM grafana.board() b(symbol, kind, last, change, change_percent, open, high, low, previous_close, volume, turnover, newest)
   WHERE (b.kind = 'equity'::text)
  HAVING (count(b.change) > 0);
END;

COMMENT ON FUNCTION grafana.breadth() IS 'How many equities stand above, below and at their close of the day before.';

CREATE TABLE meta.timeframe_aliases (
    alias text NOT NULL,
    timeframe text NOT NULL
);

COMMENT ON TABLE meta.timeframe_aliases IS 'Other spellings that people type, in lower case.';

CREATE FUNCTION grafana.timeframe(timeframe text, since timestamp with time zone, until timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((SELECT t.timeframe FROM meta.timeframes t WHERE ((t.timeframe = timeframe.timeframe) OR ((t.timeframe = lower(timeframe.timeframe)) AND (timeframe.timeframe !~~ '%M'::text)))), (SELECT a.timeframe FROM meta.timeframe_aliases a WHERE ((a.alias = lower(timeframe.timeframe)) AND (timeframe.timeframe !~~ '%M'::text))), (SELECT a.timeframe FROM (VALUES ('1m'::text,'1 day'::interval), ('5m'::text,'5 days'::interval), ('15m'::text,'15 days'::interval), ('30m'::text,'30 days'::interval), ('1h'::text,'95 days'::interval), ('4h'::text,'370 days'::interval)) a(timeframe, longest) WHERE ((timeframe.timeframe = 'auto'::text) AND (timeframe.until <= ((timeframe.since + a.longest) + '00:01:00'::interval)) AND (timeframe.since >= gaps.kept_since(a.timeframe))) ORDER BY a.longest LIMIT 1), CASE WHEN (timeframe = 'auto'::text) THEN '1d'::text ELSE NULL::text END);

COMMENT ON FUNCTION grafana.timeframe(timeframe text, since timestamp with time zone, until timestamp with time zone) IS 'The timeframe that a dashboard asks for, by name, alias or ''auto''; null when unknown.';

CREATE FUNCTION indicators.prepare(name text, parameters double precision[], OUT query text, OUT outputs text[], OUT columns text[], OUT bars integer, OUT sessions integer) RETURNS record
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
    c record;
    p record;
    fault text;
    needs text;
    keeps boolean;
begin
    select
        f.*,
        format(
            'select o.output, o.series
            from (select %s) as b
            cross join lateral %s as k (%s)
            cross join lateral (values %s) as o (output, series)',
            t.list, f.kernel, g.list, g.rows
        ) as query,
        t.columns
    into c
    from indicators.indicator_catalogue as f
    cross join lateral (
        select string_agg(format('$%s as %s', n.nth, n.name), ', ') as list, coalesce(array_agg(n.name), '{}') as columns
        from unnest('{open,high,low,close,volume,session_date}'::text[]) with ordinality as n (name, nth)
        where f.kernel ~ format('\y%s\y', n.name)
    ) as t
    cross join lateral (
        select
            string_agg(format('%I', o.name), ', ' order by o.nth) as list,
            string_agg(format('(%L, k.%I)', o.name, o.name), ', ' order by o.nth) as rows
        from unnest(f.outputs) with ordinality as o (name, nth)
    ) as g
    where f.name = prepare.name;
    if c.name is null then
        raise exception using
            errcode = 'BH006',
            message = format('unknown indicator: %s', coalesce(quote_literal(prepare.name), 'null')),
            hint = 'one of ' || (select string_agg(f.name, ' ' order by f.name) from indicators.indicator_catalogue as f);
    end if;
    query := c.query;
    needs := format('select (%s)::integer, %s', coalesce(c.warm_up, 'null'), coalesce(c.rule, 'true'));
    if cardinality(parameters) is distinct from jsonb_array_length(c.parameters) then
        fault := format('%s has %s parameters, not %s', name, jsonb_array_length(c.parameters), coalesce(cardinality(parameters)::text, 'null'));
    end if;
    for p in
        select e.value ->> 'name' as name, e.value ->> 'type' as type, parameters[e.nth] as value,
            (e.value ->> 'min')::double precision as min, (e.value ->> 'max')::double precision as max
        from jsonb_array_elements(c.parameters) with ordinality as e (value, nth)
    loop
        if p.value is null or not p.value between p.min and p.max or (p.type = 'integer' and p.value <> trunc(p.value)) then
            fault := coalesce(fault, format('%s of %s cannot be %s', p.name, c.name, coalesce(p.value::text, 'null')));
        end if;
        query := replace(query, '{' || p.name || '}', p.value::text);
        needs := replace(needs, '{' || p.name || '}', p.value::text);
    end loop;
    if fault is null then
        execute needs into bars, keeps;
        if not keeps then
            fault := format('%s wants %s', c.name, translate(c.rule, '{}', ''));
        end if;
    end if;
    if fault is not null then
        raise exception using
            errcode = 'BH007',
            message = fault,
            hint = indicators.example(name);
    end if;
    outputs := c.outputs;
    columns := c.columns;
    sessions := c.sessions;
end
$_$;

COMMENT ON FUNCTION indicators.prepare(name text, parameters double precision[], OUT query text, OUT outputs text[], OUT columns text[], OUT bars integer, OUT sessions integer) IS 'Checks the parameters of an indicator and says what computing it takes.';

CREATE FUNCTION indicators.read_bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, columns text[], bars integer, sessions integer) RETURNS TABLE(asked_from timestamp with time zone, bucket timestamp with time zone[], open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[])
    LANGUAGE plpgsql STABLE ROWS 1 PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
#variable_conflict use_variable
declare
    t meta.timeframes;
    wanted integer := case when bars is not null then greatest(bars, sessions) end;
    wanted_before timestamptz;
    read_from timestamptz;
    before integer;
    starts integer[] := '{1}';
begin
    select f.* into t from meta.timeframes as f where f.timeframe = meta.timeframe(read_bars.timeframe);
    asked_from := meta.bucket_start(t.width, coalesce(since, meta.bucket_start('1 day', meta.now())));
    if until < since then
        raise exception using
            errcode = 'BH005',
            message = format('the range ends (%s) before it starts (%s)', until, since),
            hint = 'since comes before until, as in candles(instrument_id, timeframe, since, until)';
    end if;
    wanted_before := case when sessions is null then asked_from else meta.bucket_start('1 day', asked_from) end;
    if wanted is null then
        read_from := greatest(indicators.anchor(t.timeframe, asked_from), '-infinity');
    elsif wanted = 0 then
        read_from := wanted_before;
    elsif wanted * t.width > interval '1 year' then
        read_from := '-infinity';  -- finding the start takes as long as reading all, and often there is no more
    else
        read_from := meta.bucket_start(  -- a day may have two sessions
            '1 day', coalesce(indicators.reading_start(instrument_id, t.width, wanted_before, wanted), '-infinity')
        );
    end if;
    loop
        execute format(
            'select
                coalesce(array_agg(c.bucket), ''{}''),
                %s,
                count(*) filter (where c.bucket < $4)
            from %s as c
            where %s',
            (
                select string_agg(
                    case when k.name = any (columns) then format('coalesce(array_agg(%s), ''{}'')', k.value) else 'null' end,
                    ', '
                    order by k.nth
                )
                from (
                    values
                    (1, 'open', 'c.open'),
                    (2, 'high', 'c.high'),
                    (3, 'low', 'c.low'),
                    (4, 'close', 'c.close'),
                    (5, 'volume', 'c.volume::double precision'),
                    (6, 'session_date', 'c.session_date')
                ) as k (nth, name, value)
            ),
            case
                when t.stored then format(  -- candles() would compute every column
                    '(
                        select v.* from candles.candles_%s as v
                        where v.instrument_id = $1 and v.bucket >= $2 and v.bucket < $3
                        order by v.bucket
                    )',
                    t.timeframe
                )
                else format('candles.candles($1, %L, $2, $3, false)', t.timeframe)
            end,
            case when forming then 'true' else 'c.is_closed' end
        )
        into bucket, open, high, low, close, volume, session_date, before
        using instrument_id, read_from, until, wanted_before;
        exit when before >= wanted or wanted is null or read_from = '-infinity';
        read_from := '-infinity';  -- it does not trade in every bar, or has not been there for so long
    end loop;
    if before > bars and sessions is null then
        starts := array[before - bars + 1];
    elsif wanted is null and not t.stored and t.base is null then
        starts := array(
            select min(u.nth)
            from unnest(bucket) with ordinality as u (at, nth)
            group by meta.bucket_start('1 day', u.at)
        );
    end if;
    return query
    select
        asked_from,
        bucket[r.first:r.last],
        open[r.first:r.last],
        high[r.first:r.last],
        low[r.first:r.last],
        close[r.first:r.last],
        volume[r.first:r.last],
        session_date[r.first:r.last]
    from (
        select s.first, lead(s.first, 1, cardinality(bucket) + 1) over (order by s.first) - 1 as last
        from unnest(starts) as s (first)
    ) as r
    order by r.first;
end
$_$;

COMMENT ON FUNCTION indicators.read_bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, columns text[], bars integer, sessions integer) IS 'Bars of a range with those before it that an indicator needs, as arrays.';

CREATE FUNCTION indicators.bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, indicator text, VARIADIC parameters double precision[]) RETURNS TABLE(asked_from timestamp with time zone, bucket timestamp with time zone[], open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[])
    LANGUAGE sql STABLE ROWS 1 PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.asked_from,
     r.bucket,
     r.open,
     r.high,
     r.low,
     r.close,
     r.volume,
     r.session_date
    FROM (indicators.prepare(bars.indicator, bars.parameters) p(query, outputs, columns, bars, sessions)
      CROSS JOIN LATERAL indicators.read_bars(bars.instrument_id, bars.timeframe, bars.since, bars.until, bars.forming, p.columns, p.bars, p.sessions) r(asked_from, bucket, open, high, low, close, volume, session_date));
END;

COMMENT ON FUNCTION indicators.bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, indicator text, VARIADIC parameters double precision[]) IS 'The bars that an indicator needs for a range, as arrays.';

CREATE FUNCTION kernels.bbands(x double precision[], length integer, multiplier double precision, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[], OUT bandwidth double precision[], OUT percent_b double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    deviation double precision[] := kernels.stddev(x, length);
    m double precision;
    d double precision;
begin
    middle := kernels.sma(x, length);
    upper := middle;
    lower := middle;
    bandwidth := middle;
    percent_b := middle;
    for i in length..cardinality(x) loop
        m := middle[i];
        d := multiplier * deviation[i];
        upper[i] := m + d;
        lower[i] := m - d;
        bandwidth[i] := 200 * d / nullif(m, 0);
        percent_b[i] := 0.5 + (x[i] - m) / nullif(2 * d, 0);
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.bbands(x double precision[], length integer, multiplier double precision, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[], OUT bandwidth double precision[], OUT percent_b double precision[]) IS 'Bollinger bands of a series, their width and where the series stands between them.';

CREATE FUNCTION indicators.bbands(instrument_id integer, timeframe text, length integer DEFAULT 20, multiplier double precision DEFAULT 2, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, upper double precision, middle double precision, lower double precision, bandwidth double precision, percent_b double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.upper,
     v.middle,
     v.lower,
     v.bandwidth,
     v.percent_b
    FROM ((indicators.bars(bbands.instrument_id, bbands.timeframe, bbands.since, bbands.until, bbands.forming, 'BBANDS'::text, VARIADIC ARRAY[(bbands.length)::double precision, bbands.multiplier]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.bbands(b.close, bbands.length, bbands.multiplier) k(upper, middle, lower, bandwidth, percent_b))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.upper, k.middle, k.lower, k.bandwidth, k.percent_b) v(bucket, upper, middle, lower, bandwidth, percent_b))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.bbands(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Bollinger bands, their width and where the close stands between them.';

CREATE FUNCTION kernels.ema(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x);
    last integer := cardinality(x);
    s double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    if first + length - 1 > last then
        return r;
    end if;
    for i in first..first + length - 1 loop
        s := s + (x[i] - s) / (i - first + 1);  -- the mean so far: that of equal values is exact
    end loop;
    r[first + length - 1] := s;
    for i in first + length..last loop
        s := s + a * (x[i] - s) + 1e-290 - 1e-290;  -- nearer to 0 than 1e-306 is 0: no product underflows
        r[i] := s;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.ema(x double precision[], length integer) IS 'Exponential moving average of a series, seeded with a simple one.';

CREATE FUNCTION indicators.ema(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, ema double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.ema
    FROM (indicators.bars(ema.instrument_id, ema.timeframe, ema.since, ema.until, ema.forming, 'EMA'::text, VARIADIC ARRAY[(ema.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.ema(b.close, ema.length)) v(bucket, ema))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.ema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Exponential moving average.';

CREATE FUNCTION kernels.supertrend(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, OUT supertrend double precision[], OUT direction double precision[], OUT upper double precision[], OUT lower double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    n double precision := length;
    atr double precision := 0;
    middle double precision;
    above double precision;
    below double precision;
    d double precision;
begin
    supertrend := array_fill(null::double precision, array[last]);
    direction := supertrend;
    upper := supertrend;
    lower := supertrend;
    for i in first..least(first + length - 1, last) loop
        atr := atr + (greatest(high[i], close[i - 1]) - least(low[i], close[i - 1]) - atr) / (i - first + 1);
    end loop;
    for i in first + length - 1..last loop
        middle := (high[i] + low[i]) / 2;
        above := least(case when close[i - 1] <= above then above end, middle + multiplier * atr);
        below := greatest(case when close[i - 1] >= below then below end, middle - multiplier * atr);
        d := case
            when d = -1 and close[i] > above then 1
            when d = 1 and close[i] < below then -1
            else coalesce(d, -1)
        end;
        supertrend[i] := case when d = 1 then below else above end;
        direction[i] := d;
        upper[i] := above;
        lower[i] := below;
        atr := atr + (greatest(high[i + 1], close[i]) - least(low[i + 1], close[i]) - atr) / n + 1e-290 - 1e-290;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.supertrend(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, OUT supertrend double precision[], OUT direction double precision[], OUT upper double precision[], OUT lower double precision[]) IS 'Supertrend of bars, its direction and final bands.';

CREATE FUNCTION indicators.supertrend(instrument_id integer, timeframe text, length integer DEFAULT 10, multiplier double precision DEFAULT 3, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, supertrend double precision, direction double precision, upper double precision, lower double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.supertrend,
     v.direction,
     v.upper,
     v.lower
    FROM ((indicators.bars(supertrend.instrument_id, supertrend.timeframe, supertrend.since, supertrend.until, supertrend.forming, 'SUPERTREND'::text, VARIADIC ARRAY[(supertrend.length)::double precision, supertrend.multiplier]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.supertrend(b.high, b.low, b.close, supertrend.length, supertrend.multiplier) k(supertrend, direction, upper, lower))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.supertrend, k.direction, k.upper, k.lower) v(bucket, supertrend, direction, upper, lower))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.supertrend(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Supertrend, its direction and final bands.';

CREATE FUNCTION kernels.vwap(high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close, volume);
    last integer := cardinality(close);
    money double precision := 0;
    volumes double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    if cardinality(session_date) is distinct from last or array_position(session_date, null) is not null then
        raise exception using
            errcode = 'BH008',
            message = 'a bar without a session_date',
            hint = 'give the trading day of each bar';
    end if;
    for i in first..last loop
        if session_date[i] <> session_date[i - 1] then
            money := 0;
            volumes := 0;
        end if;
        money := money + (high[i] + low[i] + close[i]) / 3 * volume[i];
        volumes := volumes + volume[i];
        r[i] := money / nullif(volumes, 0);
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.vwap(high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) IS 'Volume weighted average price of bars, from the first of each session.';

CREATE FUNCTION indicators.vwap(instrument_id integer, timeframe text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, vwap double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.vwap
    FROM (indicators.bars(vwap.instrument_id, vwap.timeframe, vwap.since, vwap.until, vwap.forming, 'VWAP'::text, VARIADIC '{}'::double precision[]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.vwap(b.high, b.low, b.close, b.volume, b.session_date)) v(bucket, vwap))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.vwap(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Volume weighted average price of the trading day.';

CREATE FUNCTION grafana.candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone, overlays text[] DEFAULT '{}'::text[], fill boolean DEFAULT false) RETURNS TABLE("time" timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint, ema_20 double precision, ema_50 double precision, vwap double precision, bb_upper double precision, bb_middle double precision, bb_lower double precision, supertrend double precision)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT i.id,
             t.timeframe
            FROM (market.instruments i
              CROSS JOIN LATERAL grafana.timeframe(candles.timeframe, candles.since, candles.until) t(timeframe))
           WHERE ((i.symbol = candles.symbol) AND (t.timeframe IS NOT NULL) AND (candles.since <= candles.until))
         )
  SELECT grafana.bar_time(c.bucket, a.timeframe) AS "time",
     c.open,
     c.high,
     c.low,
     c.close,
     c.volume,
     e20.ema AS ema_20,
     e50.ema AS ema_50,
     v.vwap,
     b.upper AS bb_upper,
     b.middle AS bb_middle,
     b.lower AS bb_lower,
     s.supertrend
    FROM ((((((asked a
      CROSS JOIN LATERAL candles.candles(a.id, a.timeframe, candles.since, candles.until, candles.fill) c(bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, is_closed, session_date))
      LEFT JOIN ( SELECT o.bucket,
             o.ema
            FROM (asked
              CROSS JOIN LATERAL indicators.ema(asked.id, asked.timeframe, 20, candles.since, candles.until) o(bucket, ema))
           WHERE ('ema_20'::text = ANY (candles.overlays))) e20 ON ((e20.bucket = c.bucket)))
      LEFT JOIN ( SELECT o.bucket,
             o.ema
            FROM (asked
              CROSS JOIN LATERAL indicators.ema(asked.id, asked.timeframe, 50, candles.since, candles.until) o(bucket, ema))
           WHERE ('ema_50'::text = ANY (candles.overlays))) e50 ON ((e50.bucket = c.bucket)))
      LEFT JOIN ( SELECT o.bucket,
             o.vwap
            FROM (asked
              CROSS JOIN LATERAL indicators.vwap(asked.id, asked.timeframe, candles.since, candles.until) o(bucket, vwap))
           WHERE ('vwap'::text = ANY (candles.overlays))) v ON ((v.bucket = c.bucket)))
      LEFT JOIN ( SELECT o.bucket,
             o.upper,
             o.middle,
             o.lower,
             o.bandwidth,
             o.percent_b
            FROM (asked
              CROSS JOIN LATERAL indicators.bbands(asked.id, asked.timeframe, 20, (2)::double precision, candles.since, candles.until) o(bucket, upper, middle, lower, bandwidth, percent_b))
           WHERE ('bollinger'::text = ANY (candles.overlays))) b ON ((b.bucket = c.bucket)))
      LEFT JOIN ( SELECT o.bucket,
             o.supertrend,
             o.direction,
             o.upper,
             o.lower
            FROM (asked
              CROSS JOIN LATERAL indicators.supertrend(asked.id, asked.timeframe, 10, (3)::double precision, candles.since, candles.until) o(bucket, supertrend, direction, upper, lower))
           WHERE ('supertrend'::text = ANY (candles.overlays))) s ON ((s.bucket = c.bucket)))
   ORDER BY c.bucket;
END;

COMMENT ON FUNCTION grafana.candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone, overlays text[], fill boolean) IS 'Candles of one instrument for a chart, with the overlays that are named: ema_20, ema_50, vwap, bollinger, supertrend.';

CREATE FUNCTION grafana.completeness(since timestamp with time zone, until timestamp with time zone, "limit" integer DEFAULT 20) RETURNS TABLE(symbol text, day text, completeness double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH followed AS MATERIALIZED (
          SELECT array_agg(f.id) AS ids
            FROM candles.followed f
         ), quality AS MATERIALIZED (
          SELECT c.instrument_id,
             c.session_date,
             c.expected_minutes,
             c.missing_minutes
            FROM (followed f
              CROSS JOIN LATERAL gaps.completeness(f.ids, ((((completeness.since AT TIME ZONE 'Asia/Kolkata'::text))::date)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text), ((((((completeness.until - '00:00:00.000001'::interval) AT TIME ZONE 'Asia/Kolkata'::text))::date + 1))::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text)) c(instrument_id, session_date, expected_minutes, missing_minutes, longest_gap, carried))
           WHERE ((completeness.since < completeness.until) AND (c.expected_minutes > 0))
         ), days AS (
          SELECT DISTINCT q_1.session_date
            FROM quality q_1
           ORDER BY q_1.session_date DESC
          LIMIT 7
         ), worst AS (
          SELECT i.id,
             i.symbol,
             l.missing
            FROM (( SELECT q_1.instrument_id,
                     (sum(q_1.missing_minutes) / sum(q_1.expected_minutes)) AS missing
                    FROM quality q_1
                   GROUP BY q_1.instrument_id) l
              JOIN market.instruments i ON ((i.id = l.instrument_id)))
           ORDER BY l.missing DESC, i.symbol
          LIMIT GREATEST(completeness."limit", 0)
         )
  SELECT w.symbol,
     to_char((d.session_date)::timestamp with time zone, 'DD Mon'::text) AS day,
     ((100)::double precision * ((1)::double precision - ((q.missing_minutes)::double precision / (q.expected_minutes)::double precision))) AS completeness
    FROM ((worst w
      CROSS JOIN days d)
      LEFT JOIN quality q ON (((q.instrument_id = w.id) AND (q.session_date = d.session_date))))
   ORDER BY w.missing DESC, w.symbol, d.session_date;
END;

COMMENT ON FUNCTION grafana.completeness(since timestamp with time zone, until timestamp with time zone, "limit" integer) IS 'The least complete of the followed instruments, day by day.';

CREATE FUNCTION grafana.connection_history(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(connection text, up_at timestamp with time zone, ended_at timestamp with time zone, seconds double precision, down_seconds double precision, instruments integer, reason text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT regexp_replace(((c.source || ' '::text) || c.connection), '^(\w+) \1'::text, '\1'::text) AS connection,
     c.up_at,
     c.ended_at,
     (EXTRACT(epoch FROM (c.heard_until - c.up_at)))::double precision AS seconds,
     (EXTRACT(epoch FROM (c.up_at - lag(c.ended_at) OVER (PARTITION BY c.source, c.connection ORDER BY c.id))))::double precision AS down_seconds,
     cardinality(c.instrument_ids) AS instruments,
     c.reason
    FROM ledger.feed_connections c
   WHERE ((c.heard_until >= connection_history.since) AND (c.up_at < connection_history.until))
   ORDER BY c.id DESC
  LIMIT 500;
END;

COMMENT ON FUNCTION grafana.connection_history(since timestamp with time zone, until timestamp with time zone) IS 'When connections were up, with how many instruments, why they ended and how long they had been down before.';

CREATE FUNCTION grafana.connections() RETURNS TABLE(connection text, state text, since timestamp with time zone, seconds double precision, instruments integer, reconnects integer, reason text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT regexp_replace(((s.source || ' '::text) || s.connection), '^(\w+) \1'::text, '\1'::text) AS connection,
     s.state,
     s.since,
     (EXTRACT(epoch FROM GREATEST((( SELECT meta.now() AS now) - s.heard_at), '00:00:00'::interval)))::double precision AS seconds,
     s.instruments,
     s.reconnects,
     s.reason
    FROM ledger.feed_status s
   ORDER BY s.source, s.connection;
END;

COMMENT ON FUNCTION grafana.connections() IS 'The connections of the feed: up or down, since when and why, when last heard.';

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
)
PARTITION BY RANGE ("time");

COMMENT ON TABLE store.tick_data IS 'Ticks of the trading sessions. volume: traded since the previous tick; day_volume: the broker''s own counter.';

CREATE FUNCTION grafana.depth(symbol text) RETURNS TABLE(bid_qty bigint, bid_price double precision, ask_price double precision, ask_qty bigint, spread double precision, "time" timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT d.bid_qty,
     d.bid_price,
     d.ask_price,
     d.ask_qty,
     (d.ask_price - d.bid_price) AS spread,
     d."time"
    FROM store.tick_data d
   WHERE (d.instrument_id = ( SELECT i.id
            FROM market.instruments i
           WHERE (i.symbol = depth.symbol)))
   ORDER BY d."time" DESC
  LIMIT 1;
END;

COMMENT ON FUNCTION grafana.depth(symbol text) IS 'Best bid and offer of an instrument''s newest tick.';

CREATE FUNCTION grafana.feed_state() RETURNS TABLE(source text, newest timestamp with time zone, seconds double precision, received bigint, journal_segments integer, journal_bytes bigint, state text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH reports AS (
          SELECT s.at,
             s.source,
             s.received,
             s.written,
             s.late,
             s.duplicates,
             s.offsession,
             s.volume_falls,
             s.dropped,
             s.rejected,
             s.queue_depth,
             s.journal_segments,
             s.journal_bytes,
             s.lag_ms,
             s.commit_ms,
             row_number() OVER (PARTITION BY s.source ORDER BY s.at DESC) AS nth,
             (sum(s.received) OVER (PARTITION BY s.source, (((s.at AT TIME ZONE 'Asia/Kolkata'::text))::date)))::bigint AS received_that_day
            FROM ledger.ingest_stats s
           WHERE (s.at > (( SELECT max(n.at) AS max
                    FROM ledger.ingest_stats n) - '1 day'::interval))
         )
  SELECT r.source,
     r.at AS newest,
     (EXTRACT(epoch FROM (now() - r.at)))::double precision AS seconds,
     r.received_that_day AS received,
     r.journal_segments,
     r.journal_bytes,
         CASE
             WHEN (NOT (EXISTS ( SELECT
                FROM grafana.trading() trading(segment, opens_at, closes_at)))) THEN 'closed'::text
             WHEN (r.at > (now() - '00:00:30'::interval)) THEN 'live'::text
             ELSE 'silent'::text
         END AS state
    FROM reports r
   WHERE (r.nth = 1)
   ORDER BY r.source;
END;

COMMENT ON FUNCTION grafana.feed_state() IS 'Each feed''s newest report, and whether it is live.';

CREATE FUNCTION grafana.freshness() RETURNS TABLE(newest_tick timestamp with time zone, seconds double precision, ticking bigint, silent bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH clock AS MATERIALIZED (
          SELECT meta.now() AS now,
             store.newest_tick() AS newest_tick
         ), trading AS MATERIALIZED (
          SELECT s.segment
            FROM (clock c_1
              JOIN market.sessions s ON (((c_1.now >= s.opens_at) AND (c_1.now < s.closes_at))))
           WHERE (s.session_date = ((c_1.now AT TIME ZONE 'Asia/Kolkata'::text))::date)
         ), ticking AS MATERIALIZED (
          SELECT DISTINCT b.instrument_id
            FROM (clock c_1
              CROSS JOIN LATERAL grafana.bars('1m'::text, (c_1.now - '00:01:00'::interval)) b(instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover))
         )
  SELECT c.newest_tick,
     EXTRACT(epoch FROM (c.now - c.newest_tick)) AS seconds,
     n.ticking,
     n.silent
    FROM (clock c
      CROSS JOIN LATERAL ( SELECT count(t.instrument_id) AS ticking,
             count(*) FILTER (WHERE ((t.instrument_id IS NULL) AND (i.segment IN ( SELECT g.segment
                    FROM trading g)))) AS silent
            FROM (candles.followed i
              LEFT JOIN ticking t ON ((i.id = t.instrument_id)))) n)
   WHERE (c.newest_tick IS NOT NULL);
END;

COMMENT ON FUNCTION grafana.freshness() IS 'Age of the newest tick, how many instruments tick, and how many are silent that should.';

CREATE FUNCTION grafana.gap_annotations(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, timeend timestamp with time zone, text text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT i.id,
             i.segment,
             f.timeframe,
             f.width,
             s_1.timeframe AS stored,
             s_1.ordinal,
             GREATEST(gap_annotations.since, gaps.kept_since(s_1.timeframe)) AS since
            FROM (((market.instruments i
              CROSS JOIN LATERAL grafana.timeframe(gap_annotations.timeframe, gap_annotations.since, gap_annotations.until) t(timeframe))
              JOIN meta.timeframes f ON ((f.timeframe = t.timeframe)))
              JOIN meta.timeframes s_1 ON ((s_1.timeframe = gaps.stored_timeframe(f.timeframe))))
           WHERE (i.symbol = gap_annotations.symbol)
         ), holes AS MATERIALIZED (
          SELECT a.id,
             a.segment,
             a.timeframe,
             a.width,
             a.stored,
             a.ordinal,
             a.since,
             m.missing,
             gaps.whole_bars(m.missing, a.width) AS bars,
             gaps.want(a.id, meta.bucket_start(a.width, a.since), gap_annotations.until, a.timeframe) AS is_wanted
            FROM (asked a
              CROSS JOIN LATERAL gaps.missing(ARRAY[a.id], a.since, gap_annotations.until, a.timeframe) m(instrument_id, missing, down))
           WHERE ((a.since < gap_annotations.until) AND (NOT isempty(m.missing)))
         ), shown AS (
          SELECT h.id,
             h.segment,
             h.timeframe,
             h.width,
             h.stored,
             h.ordinal,
             h.since,
             h.missing,
             h.bars,
             h.is_wanted,
             p.part,
             (h.bars * tstzmultirange(p.part)) AS part_bars,
             (h.missing * tstzmultirange(p.part)) AS part_missing
            FROM (holes h
              CROSS JOIN LATERAL unnest((h.bars + (tstzmultirange(tstzrange(lower(h.bars), upper(h.bars))) - COALESCE(( SELECT t.trading
                    FROM gaps.trading_time(lower(h.bars), upper(h.bars)) t(segment, trading)
                   WHERE (t.segment = h.segment)), '{}'::tstzmultirange)))) p(part))
           WHERE (p.part && h.bars)
         )
  SELECT grafana.bar_time(lower(s.part_bars), s.timeframe) AS "time",
     grafana.bar_time(upper(s.part_bars), s.timeframe) AS timeend,
     concat(( SELECT round((sum(EXTRACT(epoch FROM (upper(g.gap) - lower(g.gap)))) / (60)::numeric)) AS round
            FROM unnest(s.part_missing) g(gap)), ' min missing', COALESCE(
         CASE q.status
             WHEN 'queued'::text THEN ': waits for the broker'::text
             WHEN 'running'::text THEN ': being filled'::text
             WHEN 'failed'::text THEN (': not filled, '::text || COALESCE(q.error, q.fault))
             WHEN 'done'::text THEN ': the broker''s answer left it open'::text
             ELSE NULL::text
         END,
         CASE
             WHEN s.is_wanted THEN ': asked for'::text
             ELSE NULL::text
         END)) AS text
    FROM (shown s
      LEFT JOIN LATERAL ( SELECT r.status,
             r.error,
             r.fault
            FROM (ledger.backfill_requests r
              JOIN meta.timeframes f ON ((f.timeframe = r.timeframe)))
           WHERE ((r.instrument_id = s.id) AND (f.ordinal <= s.ordinal) AND (r.ranges && s.part_missing))
           ORDER BY r.id DESC
          LIMIT 1) q ON (true))
   ORDER BY (lower(s.part_bars));
END;

COMMENT ON FUNCTION grafana.gap_annotations(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) IS 'Where a chart lacks something and what becomes of it, as annotations; asks for what is missing.';

CREATE FUNCTION grafana.gap_table(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(symbol text, instruments bigint, starts_at timestamp with time zone, ends_at timestamp with time zone, minutes bigint, status text, error text, requested_at timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH holes AS (
          SELECT m.instrument_id,
             g.hole,
             dense_rank() OVER (ORDER BY (lower(g.hole)) DESC, (upper(g.hole)) DESC) AS nth
            FROM (gaps.missing(ARRAY( SELECT f.id
                    FROM candles.followed f), GREATEST(( SELECT gaps.kept_since('tick_data'::text) AS kept_since), (gap_table.since - '1 day'::interval)), (gap_table.until + '1 day'::interval)) m(instrument_id, missing, down)
              CROSS JOIN LATERAL unnest(m.missing) g(hole))
           WHERE ((upper(g.hole) > gap_table.since) AND (lower(g.hole) < gap_table.until) AND (gap_table.since < gap_table.until))
         )
  SELECT min(i.symbol) AS symbol,
     count(*) AS instruments,
     lower(h.hole) AS starts_at,
     upper(h.hole) AS ends_at,
     ((EXTRACT(epoch FROM (upper(h.hole) - lower(h.hole))) / (60)::numeric))::bigint AS minutes,
     s.status,
     q.error,
     min(q.requested_at) AS requested_at
    FROM (((holes h
      JOIN market.instruments i ON ((i.id = h.instrument_id)))
      LEFT JOIN LATERAL ( SELECT r.status,
             r.error,
             r.requested_at
            FROM ledger.backfill_requests r
           WHERE ((r.instrument_id = h.instrument_id) AND (r.timeframe = '1m'::text) AND (r.ranges && h.hole))
           ORDER BY r.id DESC
          LIMIT 1) q ON (true))
      CROSS JOIN LATERAL ( SELECT COALESCE(
                 CASE q.status
                     WHEN 'done'::text THEN 'unanswered'::text
                     ELSE q.status
                 END, 'open'::text) AS status) s)
   WHERE (h.nth <= 200)
   GROUP BY h.hole, s.status, q.error
   ORDER BY (lower(h.hole)) DESC, (upper(h.hole)) DESC, (min(i.symbol))
  LIMIT 200;
END;

COMMENT ON FUNCTION grafana.gap_table(since timestamp with time zone, until timestamp with time zone) IS 'The newest gaps of followed instruments, and what became of them.';

CREATE FUNCTION grafana.heat("limit" integer DEFAULT 50) RETURNS TABLE(symbol text, change_5m double precision, change_15m double precision, change_1h double precision, change_day double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH days AS MATERIALIZED (
          SELECT d.segment,
             LEAST(( SELECT meta.now() AS now), d.closes_at) AS at
            FROM grafana.trading_days(1) d(segment, nth, bucket, opens_at, closes_at)
         ), top AS MATERIALIZED (
          SELECT b_1.symbol,
             b_1.last,
             b_1.change_percent,
             b_1.turnover,
             i.id,
             d.at
            FROM ((grafana.board() b_1(symbol, kind, last, change, change_percent, open, high, low, previous_close, volume, turnover, newest)
              JOIN market.instruments i ON ((b_1.symbol = i.symbol)))
              JOIN days d ON ((i.segment = d.segment)))
           WHERE (b_1.kind = 'equity'::text)
           ORDER BY b_1.turnover DESC, b_1.symbol
          LIMIT GREATEST(heat."limit", 0)
         ), before AS (
          SELECT t_1.id,
             array_agg(b_1.close ORDER BY b_1.bucket DESC) FILTER (WHERE (w.width = '00:05:00'::interval)) AS of_5m,
             array_agg(b_1.close ORDER BY b_1.bucket DESC) FILTER (WHERE (w.width = '00:15:00'::interval)) AS of_15m,
             array_agg(b_1.close ORDER BY b_1.bucket DESC) FILTER (WHERE (w.width = '01:00:00'::interval)) AS of_1h
            FROM ((grafana.bars('1m'::text, ( SELECT (min(n.at) - '01:11:00'::interval)
                    FROM top n), ( SELECT (max(n.at) - '00:05:00'::interval)
                    FROM top n), ARRAY( SELECT n.id
                    FROM top n)) b_1(instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover)
              JOIN top t_1 ON ((t_1.id = b_1.instrument_id)))
              JOIN ( VALUES ('00:05:00'::interval), ('00:15:00'::interval), ('01:00:00'::interval)) w(width) ON (((b_1.bucket > ((t_1.at - w.width) - '00:11:00'::interval)) AND (b_1.bucket <= ((t_1.at - w.width) - '00:01:00'::interval)))))
           GROUP BY t_1.id
         )
  SELECT t.symbol,
     ((100)::double precision * ((t.last / b.of_5m[1]) - (1)::double precision)) AS change_5m,
     ((100)::double precision * ((t.last / b.of_15m[1]) - (1)::double precision)) AS change_15m,
     ((100)::double precision * ((t.last / b.of_1h[1]) - (1)::double precision)) AS change_1h,
     t.change_percent AS change_day
    FROM (top t
      LEFT JOIN before b ON ((b.id = t.id)))
   ORDER BY t.turnover DESC, t.symbol;
END;

COMMENT ON FUNCTION grafana.heat("limit" integer) IS 'By how many percent the most traded equities have changed: over 5 minutes, 15 minutes, an hour and the day.';

CREATE FUNCTION grafana.index_lines(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, metric text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT grafana.bar_time(b.bucket, t.timeframe) AS "time",
     i.symbol AS metric,
     b.close AS value
    FROM (((grafana.timeframe('auto'::text, index_lines.since, index_lines.until) a(timeframe)
      CROSS JOIN LATERAL ( SELECT COALESCE(NULLIF(a.timeframe, '1m'::text), '5m'::text) AS timeframe) t)
      CROSS JOIN LATERAL grafana.bars(t.timeframe, index_lines.since, index_lines.until, ARRAY( SELECT x.id
            FROM candles.followed x
           WHERE (x.kind = 'index'::text))) b(instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover))
      JOIN market.instruments i ON ((b.instrument_id = i.id)))
   ORDER BY b.bucket, i.symbol;
END;

COMMENT ON FUNCTION grafana.index_lines(since timestamp with time zone, until timestamp with time zone) IS 'Closes of the indices, a line each.';

CREATE FUNCTION grafana.indicator(symbol text, timeframe text, id text, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, metric text, value double precision)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    return query
    select grafana.bar_time(l.bucket, l.timeframe), l.output, l.value
    from (
        select t.timeframe, v.bucket, v.output, v.value, count(v.value) over () as known
        from market.instruments as i
        cross join lateral grafana.timeframe(indicator.timeframe, since, until) as t (timeframe)
        cross join lateral indicators.indicator(i.id, t.timeframe, indicator.id, since, until) as v
        where i.symbol = indicator.symbol and t.timeframe is not null and since <= until
    ) as l
    where l.known > 0;
exception when sqlstate 'BH001' or sqlstate 'BH005' or sqlstate 'BH006' or sqlstate 'BH007' then
    return;
end
$$;

COMMENT ON FUNCTION grafana.indicator(symbol text, timeframe text, id text, since timestamp with time zone, until timestamp with time zone) IS 'Values of the indicator that an id names, a line per output; no rows where there is none.';

CREATE FUNCTION grafana.indicator_matrix(symbol text, timeframes text[] DEFAULT '{1m,5m,15m,1h,1d}'::text[]) RETURNS TABLE(indicator text, "1m" double precision, "5m" double precision, "15m" double precision, "1h" double precision, "1d" double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT i.id,
             ARRAY( SELECT DISTINCT t.timeframe
                    FROM (unnest(indicator_matrix.timeframes) a(name)
                      CROSS JOIN LATERAL grafana.timeframe(a.name, NULL::timestamp with time zone, NULL::timestamp with time zone) t(timeframe))
                   WHERE (t.timeframe = ANY (ARRAY['1m'::text, '5m'::text, '15m'::text, '1h'::text, '1d'::text]))) AS timeframes
            FROM market.instruments i
           WHERE (i.symbol = indicator_matrix.symbol)
         ), latest AS MATERIALIZED (
          SELECT v_1.timeframe,
             v_1.id,
             v_1.output,
             v_1.value,
             max(v_1.value) FILTER (WHERE (v_1.id = 'SMA_1'::text)) OVER (PARTITION BY v_1.timeframe) AS close
            FROM (asked a
              CROSS JOIN LATERAL indicators.indicators_latest(a.id, a.timeframes, '{RSI_14,MACD_12_26_9,ADX_14,SUPERTREND_10_3,EMA_20,EMA_50,BBANDS_20_2,STOCH_14_3_3,SMA_1}'::text[]) v_1(timeframe, id, output, bucket, value))
         )
  SELECT r.indicator,
     max(v.value) FILTER (WHERE (l.timeframe = '1m'::text)) AS "1m",
     max(v.value) FILTER (WHERE (l.timeframe = '5m'::text)) AS "5m",
     max(v.value) FILTER (WHERE (l.timeframe = '15m'::text)) AS "15m",
     max(v.value) FILTER (WHERE (l.timeframe = '1h'::text)) AS "1h",
     max(v.value) FILTER (WHERE (l.timeframe = '1d'::text)) AS "1d"
    FROM ((latest l
      JOIN ( VALUES (1,'RSI_14'::text,'rsi'::text,'RSI_14'::text), (2,'MACD_12_26_9'::text,'histogram'::text,'MACD_12_26_9 histogram'::text), (3,'ADX_14'::text,'adx'::text,'ADX_14'::text), (4,'SUPERTREND_10_3'::text,'direction'::text,'SUPERTREND_10_3 direction'::text), (5,'EMA_20'::text,'ema'::text,'close - EMA_20 in %'::text), (6,'EMA_50'::text,'ema'::text,'close - EMA_50 in %'::text), (7,'BBANDS_20_2'::text,'percent_b'::text,'BBANDS_20_2 percent_b'::text), (8,'STOCH_14_3_3'::text,'k'::text,'STOCH_14_3_3 k'::text)) r(nth, id, output, indicator) ON (((l.id = r.id) AND (l.output = r.output))))
      CROSS JOIN LATERAL ( SELECT
                 CASE
                     WHEN (r.output = 'ema'::text) THEN ((100)::double precision * ((l.close / l.value) - (1)::double precision))
                     ELSE l.value
                 END AS value) v)
   GROUP BY r.nth, r.indicator
   ORDER BY r.nth;
END;

COMMENT ON FUNCTION grafana.indicator_matrix(symbol text, timeframes text[]) IS 'Indicators of an instrument at the newest bar, a column for each timeframe.';

CREATE FUNCTION grafana.indices() RETURNS TABLE(symbol text, last double precision, change double precision, change_percent double precision, low double precision, high double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT b.symbol,
     b.last,
     b.change,
     b.change_percent,
     b.low,
     b.high
    FROM grafana.board('{index}'::text[]) b(symbol, kind, last, change, change_percent, open, high, low, previous_close, volume, turnover, newest)
   ORDER BY b.symbol;
END;

COMMENT ON FUNCTION grafana.indices() IS 'The indices on the newest trading day.';

CREATE FUNCTION grafana.ingest_rate(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, written double precision, received double precision, duplicates double precision, late double precision, offsession double precision, dropped double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH asked AS (
          SELECT grafana.step(ingest_rate.since, ingest_rate.until) AS step,
             date_bin(grafana.step(ingest_rate.since, ingest_rate.until), ingest_rate.since, '2000-01-01 00:00:00+00'::timestamp with time zone) AS starts_at,
             LEAST(ingest_rate.until, now()) AS ends_at
         ), counted AS (
          SELECT date_bin(a_1.step, s.at, a_1.starts_at) AS "time",
             sum(s.written) AS written,
             sum(s.received) AS received,
             sum(s.duplicates) AS duplicates,
             sum(s.late) AS late,
             sum(s.offsession) AS offsession,
             sum(s.dropped) AS dropped
            FROM (asked a_1
              JOIN ledger.ingest_stats s ON (((s.at >= a_1.starts_at) AND (s.at < a_1.ends_at))))
           GROUP BY (date_bin(a_1.step, s.at, a_1.starts_at))
         )
  SELECT g."time",
     (COALESCE(c.written, (0)::numeric) / EXTRACT(epoch FROM a.step)) AS written,
     (COALESCE(c.received, (0)::numeric) / EXTRACT(epoch FROM a.step)) AS received,
     (COALESCE(c.duplicates, (0)::numeric) / EXTRACT(epoch FROM a.step)) AS duplicates,
     (COALESCE(c.late, (0)::numeric) / EXTRACT(epoch FROM a.step)) AS late,
     (COALESCE(c.offsession, (0)::numeric) / EXTRACT(epoch FROM a.step)) AS offsession,
     (COALESCE(c.dropped, (0)::numeric) / EXTRACT(epoch FROM a.step)) AS dropped
    FROM ((asked a
      CROSS JOIN LATERAL generate_series(a.starts_at, (a.ends_at - a.step), a.step) g("time"))
      LEFT JOIN counted c ON ((c."time" = g."time")))
   WHERE (EXISTS ( SELECT
            FROM counted))
   ORDER BY g."time";
END;

COMMENT ON FUNCTION grafana.ingest_rate(since timestamp with time zone, until timestamp with time zone) IS 'Ticks per second that the daemon received, wrote, and set aside.';

CREATE TABLE ledger.job_runs (
    name text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    error text
);

COMMENT ON TABLE ledger.job_runs IS 'How jobs ended: error is null when a run succeeded. Of jobs that run more often than each minute, failures only.';

CREATE FUNCTION grafana.job_failures(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, name text, error text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.finished_at AS "time",
     r.name,
     r.error
    FROM ledger.job_runs r
   WHERE ((r.error IS NOT NULL) AND (r.started_at < job_failures.until) AND (r.started_at >= (job_failures.since - '1 day'::interval)) AND (r.finished_at >= job_failures.since) AND (r.finished_at < job_failures.until))
   ORDER BY r.finished_at, r.name;
END;

COMMENT ON FUNCTION grafana.job_failures(since timestamp with time zone, until timestamp with time zone) IS 'Runs of scheduled jobs that failed.';

CREATE FUNCTION grafana.job_status() RETURNS TABLE(name text, enabled boolean, every text, last_started_at timestamp with time zone, last_finished_at timestamp with time zone, seconds double precision, failures integer, state text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT j.name,
     j.enabled,
     (j.every)::text AS every,
     j.last_started_at,
     j.last_finished_at,
     (EXTRACT(epoch FROM (j.last_finished_at - j.last_started_at)))::double precision AS seconds,
     j.failures,
         CASE
             WHEN (NOT j.enabled) THEN 'disabled'::text
             WHEN (j.failures > 0) THEN 'failing'::text
             WHEN (j.claimed_at IS NOT NULL) THEN 'running'::text
             WHEN (j.due_at < (now() - GREATEST(j.every, '00:01:00'::interval))) THEN 'overdue'::text
             ELSE 'ok'::text
         END AS state
    FROM ledger.jobs j
   ORDER BY j.name;
END;

COMMENT ON FUNCTION grafana.job_status() IS 'The scheduled jobs, how their newest run went and what they are doing.';

CREATE FUNCTION grafana.latency(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, p50 double precision, p95 double precision, p99 double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH steps AS (
          SELECT date_bin(a.step, s.at, '2000-01-01 00:00:00+00'::timestamp with time zone) AS starts_at,
             a.step
            FROM (( SELECT grafana.step(latency.since, latency.until) AS step) a
              JOIN ledger.ingest_stats s ON (((s.at >= latency.since) AND (s.at < latency.until))))
           GROUP BY (date_bin(a.step, s.at, '2000-01-01 00:00:00+00'::timestamp with time zone)), a.step
         )
  SELECT t.starts_at AS "time",
     p.percentiles[1] AS p50,
     p.percentiles[2] AS p95,
     p.percentiles[3] AS p99
    FROM (steps t
      CROSS JOIN LATERAL ( SELECT percentile_cont('{0.5,0.95,0.99}'::double precision[]) WITHIN GROUP (ORDER BY c.ms) AS percentiles
            FROM (ledger.ingest_stats s
              CROSS JOIN LATERAL unnest(s.commit_ms) c(ms))
           WHERE ((s.at >= GREATEST(t.starts_at, latency.since)) AND (s.at < LEAST((t.starts_at + t.step), latency.until)))
          HAVING (count(*) > 0)) p)
   ORDER BY t.starts_at;
END;

COMMENT ON FUNCTION grafana.latency(since timestamp with time zone, until timestamp with time zone) IS 'Percentiles of the milliseconds from the receipt of ticks to their commit.';

CREATE FUNCTION kernels.pivots(high double precision[], low double precision[], close double precision[], session_date date[], OUT pivot double precision[], OUT r1 double precision[], OUT r2 double precision[], OUT r3 double precision[], OUT s1 double precision[], OUT s2 double precision[], OUT s3 double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    h double precision;  -- of the session so far
    l double precision;
    p double precision;  -- of the session before
    above_1 double precision;
    above_2 double precision;
    above_3 double precision;
    below_1 double precision;
    below_2 double precision;
    below_3 double precision;
begin
    if cardinality(session_date) is distinct from last or array_position(session_date, null) is not null then
        raise exception using
            errcode = 'BH008',
            message = 'a bar without a session_date',
            hint = 'give the trading day of each bar';
    end if;
    pivot := array_fill(null::double precision, array[last]);
    r1 := pivot;
    r2 := pivot;
    r3 := pivot;
    s1 := pivot;
    s2 := pivot;
    s3 := pivot;
    for i in first..last loop
        if session_date[i] <> session_date[i - 1] then
            p := (h + l + close[i - 1]) / 3;
            above_1 := 2 * p - l;
            above_2 := p + (h - l);
            above_3 := h + 2 * (p - l);
            below_1 := 2 * p - h;
            below_2 := p - (h - l);
            below_3 := l - 2 * (h - p);
            h := high[i];
            l := low[i];
        end if;
        h := greatest(h, high[i]);
        l := least(l, low[i]);
        pivot[i] := p;
        r1[i] := above_1;
        r2[i] := above_2;
        r3[i] := above_3;
        s1[i] := below_1;
        s2[i] := below_2;
        s3[i] := below_3;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.pivots(high double precision[], low double precision[], close double precision[], session_date date[], OUT pivot double precision[], OUT r1 double precision[], OUT r2 double precision[], OUT r3 double precision[], OUT s1 double precision[], OUT s2 double precision[], OUT s3 double precision[]) IS 'Floor pivots of bars, from the session before.';

CREATE FUNCTION grafana.levels(symbol text) RETURNS TABLE(level text, price double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH days AS MATERIALIZED (
          SELECT b.symbol,
             b.kind,
             b.nth,
             b.bucket,
             b.open,
             b.high,
             b.low,
             b.close,
             b.volume,
             b.traded_volume,
             b.open_interest,
             b.turnover
            FROM grafana.day_bars(2, ARRAY( SELECT i.id
                    FROM market.instruments i
                   WHERE (i.symbol = levels.symbol))) b(symbol, kind, nth, bucket, open, high, low, close, volume, traded_volume, open_interest, turnover)
         ), levels AS (
          SELECT l_1.level,
             l_1.price
            FROM (days d
              CROSS JOIN LATERAL ( VALUES ('open'::text,d.open), ('high'::text,d.high), ('low'::text,d.low), ('last'::text,d.close)) l_1(level, price))
           WHERE (d.nth = 0)
         UNION ALL
          SELECT l_1.level,
             l_1.price
            FROM (days d
              CROSS JOIN LATERAL ( VALUES ('yesterday''s high'::text,d.high), ('yesterday''s low'::text,d.low), ('yesterday''s close'::text,d.close)) l_1(level, price))
           WHERE (d.nth = 1)
         UNION ALL
          SELECT l_1.level,
             l_1.price
            FROM ((days d
              CROSS JOIN LATERAL kernels.pivots(ARRAY[d.high, d.high], ARRAY[d.low, d.low], ARRAY[d.close, d.close], ARRAY['1970-01-01'::date, '1970-01-02'::date]) p(pivot, r1, r2, r3, s1, s2, s3))
              CROSS JOIN LATERAL ( VALUES ('pivot'::text,p.pivot[2]), ('r1'::text,p.r1[2]), ('r2'::text,p.r2[2]), ('r3'::text,p.r3[2]), ('s1'::text,p.s1[2]), ('s2'::text,p.s2[2]), ('s3'::text,p.s3[2])) l_1(level, price))
           WHERE (d.nth = 1)
         )
  SELECT l.level,
     l.price
    FROM levels l
   ORDER BY l.price DESC, l.level;
END;

COMMENT ON FUNCTION grafana.levels(symbol text) IS 'Prices to watch: of the newest trading day, of the day before, and its floor pivots.';

CREATE FUNCTION grafana.movers(direction text, "limit" integer DEFAULT 10) RETURNS TABLE(symbol text, last double precision, change double precision, change_percent double precision, volume bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT b.symbol,
     b.last,
     b.change,
     b.change_percent,
     b.volume
    FROM (grafana.board() b(symbol, kind, last, change, change_percent, open, high, low, previous_close, volume, turnover, newest)
      CROSS JOIN ( VALUES ('up'::text,1), ('down'::text,'-1'::integer)) d(direction, sign))
   WHERE ((b.kind = 'equity'::text) AND (d.direction = movers.direction) AND (sign(b.change_percent) = (d.sign)::double precision))
   ORDER BY (abs(b.change_percent)) DESC, b.symbol
  LIMIT GREATEST(movers."limit", 0);
END;

COMMENT ON FUNCTION grafana.movers(direction text, "limit" integer) IS 'The equities that have gained (up) or lost (down) most since the close of the day before.';

CREATE FUNCTION grafana.open_interest(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, open_interest bigint, change bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT grafana.bar_time(c.bucket, t.timeframe) AS "time",
     c.open_interest,
     (c.open_interest - lag(c.open_interest) OVER (ORDER BY c.bucket)) AS change
    FROM ((market.instruments i
      CROSS JOIN LATERAL grafana.timeframe(open_interest.timeframe, open_interest.since, open_interest.until) t(timeframe))
      CROSS JOIN LATERAL candles.candles(i.id, t.timeframe, open_interest.since, open_interest.until, fill => false) c(bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, is_closed, session_date))
   WHERE ((i.symbol = open_interest.symbol) AND (t.timeframe IS NOT NULL) AND (open_interest.since <= open_interest.until) AND (c.open_interest IS NOT NULL))
   ORDER BY c.bucket;
END;

COMMENT ON FUNCTION grafana.open_interest(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) IS 'Open interest of an instrument at the end of each bar, and its change.';

CREATE FUNCTION grafana.packed_candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(bar integer, "time" timestamp with time zone, open double precision, high double precision, low double precision, close double precision, volume bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ((row_number() OVER (ORDER BY c."time"))::integer - 1) AS bar,
     c."time",
     c.open,
     c.high,
     c.low,
     c.close,
     c.volume
    FROM grafana.candles(packed_candles.symbol, packed_candles.timeframe, packed_candles.since, packed_candles.until) c("time", open, high, low, close, volume, ema_20, ema_50, vwap, bb_upper, bb_middle, bb_lower, supertrend)
   ORDER BY c."time";
END;

COMMENT ON FUNCTION grafana.packed_candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) IS 'Candles of one instrument by their number, for a chart without nights.';

CREATE FUNCTION grafana.quality_days(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, missing_minutes bigint, repaired_minutes bigint, completeness double precision, feed_uptime double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT array_agg(f.id) AS ids,
             ((((quality_days.since AT TIME ZONE 'Asia/Kolkata'::text))::date)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text) AS since,
             LEAST(((((((quality_days.until - '00:00:00.000001'::interval) AT TIME ZONE 'Asia/Kolkata'::text))::date + 1))::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text), COALESCE(gaps.settled_until(), '-infinity'::timestamp with time zone)) AS until
            FROM candles.followed f
          HAVING (quality_days.since < quality_days.until)
         ), trading AS MATERIALIZED (
          SELECT t.segment,
             t.trading,
             n.instruments
            FROM (gaps.trading_time(( SELECT a.since
                    FROM asked a), ( SELECT a.until
                    FROM asked a)) t(segment, trading)
              JOIN ( SELECT f.segment,
                     count(*) AS instruments
                    FROM candles.followed f
                   GROUP BY f.segment) n ON ((n.segment = t.segment)))
         ), days AS (
          SELECT t.segment,
             ((lower(r_1.traded) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
             t.instruments,
             sum((upper(r_1.traded) - lower(r_1.traded))) AS lasted,
             (round((EXTRACT(epoch FROM sum((upper(r_1.traded) - lower(r_1.traded)))) / (60)::numeric)))::bigint AS minutes
            FROM (trading t
              CROSS JOIN LATERAL unnest(t.trading) r_1(traded))
           GROUP BY t.segment, (((lower(r_1.traded) AT TIME ZONE '05:30:00'::interval))::date), t.instruments
          HAVING (sum((upper(r_1.traded) - lower(r_1.traded))) >= '00:00:30'::interval)
         ), known AS MATERIALIZED (
          SELECT i.segment,
             m_1.instrument_id,
             m_1.missing,
             m_1.down
            FROM ((asked a
              CROSS JOIN LATERAL gaps.missing(a.ids, a.since, a.until) m_1(instrument_id, missing, down))
              JOIN market.instruments i ON ((i.id = m_1.instrument_id)))
         ), missing AS (
          SELECT h.segment,
             h.session_date,
             (sum(floor(((date_part('epoch'::text, h.lasted) / (60)::double precision) + (0.5)::double precision))))::bigint AS minutes
            FROM ( SELECT k.segment,
                     k.instrument_id,
                     ((lower(g.hole) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
                     sum((upper(g.hole) - lower(g.hole))) AS lasted
                    FROM (known k
                      CROSS JOIN LATERAL unnest(k.missing) g(hole))
                   GROUP BY k.segment, k.instrument_id, (((lower(g.hole) AT TIME ZONE '05:30:00'::interval))::date)) h
           GROUP BY h.segment, h.session_date
         ), down AS (
          SELECT k.segment,
             ((lower(o_1.outage) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
             sum((upper(o_1.outage) - lower(o_1.outage))) AS lasted
            FROM (known k
              CROSS JOIN LATERAL unnest(k.down) o_1(outage))
           GROUP BY k.segment, (((lower(o_1.outage) AT TIME ZONE '05:30:00'::interval))::date)
         ), repaired AS (
          SELECT h.segment,
             h.session_date,
             (sum(floor(((date_part('epoch'::text, h.lasted) / (60)::double precision) + (0.5)::double precision))))::bigint AS minutes
            FROM ( SELECT t.segment,
                     k.instrument_id,
                     ((lower(r_1.seen) AT TIME ZONE '05:30:00'::interval))::date AS session_date,
                     sum((upper(r_1.seen) - lower(r_1.seen))) AS lasted
                    FROM (((candles.followed f
                      JOIN trading t ON ((t.segment = f.segment)))
                      JOIN ledger.coverage k ON (((k.instrument_id = f.id) AND (k.timeframe = '1m'::text))))
                      CROSS JOIN LATERAL unnest((k.covered * t.trading)) r_1(seen))
                   GROUP BY t.segment, k.instrument_id, (((lower(r_1.seen) AT TIME ZONE '05:30:00'::interval))::date)) h
           GROUP BY h.segment, h.session_date
         )
  SELECT ((d.session_date)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text) AS "time",
     (COALESCE(sum(m.minutes), (0)::numeric))::bigint AS missing_minutes,
     (COALESCE(sum(r.minutes), (0)::numeric))::bigint AS repaired_minutes,
     ((100)::double precision * (((1)::numeric - (COALESCE(sum(m.minutes), (0)::numeric) / sum((d.instruments * d.minutes)))))::double precision) AS completeness,
     (((((100)::numeric * EXTRACT(epoch FROM sum((((d.instruments)::double precision * d.lasted) - COALESCE(o.lasted, '00:00:00'::interval))))) / (60)::numeric) / sum((d.instruments * d.minutes))))::double precision AS feed_uptime
    FROM (((days d
      LEFT JOIN missing m ON (((m.segment = d.segment) AND (m.session_date = d.session_date))))
      LEFT JOIN down o ON (((o.segment = d.segment) AND (o.session_date = d.session_date))))
      LEFT JOIN repaired r ON (((r.segment = d.segment) AND (r.session_date = d.session_date))))
   GROUP BY d.session_date
   ORDER BY d.session_date;
END;

COMMENT ON FUNCTION grafana.quality_days(since timestamp with time zone, until timestamp with time zone) IS 'Missing and filled minutes, completeness and feed uptime of all followed instruments by trading day.';

CREATE FUNCTION grafana.quote(symbol text) RETURNS TABLE(last double precision, change double precision, change_percent double precision, open double precision, high double precision, low double precision, previous_close double precision, volume bigint, vwap double precision, open_interest bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH bars AS (
          SELECT b_1.symbol,
             b_1.kind,
             b_1.nth,
             b_1.bucket,
             b_1.open,
             b_1.high,
             b_1.low,
             b_1.close,
             b_1.volume,
             b_1.traded_volume,
             b_1.open_interest,
             b_1.turnover,
             lead(b_1.close) OVER (ORDER BY b_1.nth) AS previous_close
            FROM grafana.day_bars(2, ARRAY( SELECT i.id
                    FROM market.instruments i
                   WHERE (i.symbol = quote.symbol))) b_1(symbol, kind, nth, bucket, open, high, low, close, volume, traded_volume, open_interest, turnover)
         )
  SELECT b.close AS last,
     (b.close - b.previous_close) AS change,
     ((100)::double precision * ((b.close / NULLIF(b.previous_close, (0)::double precision)) - (1)::double precision)) AS change_percent,
     b.open,
     b.high,
     b.low,
     b.previous_close,
     b.volume,
     (b.turnover / (NULLIF(b.traded_volume, 0))::double precision) AS vwap,
     b.open_interest
    FROM bars b
   WHERE (b.nth = 0);
END;

COMMENT ON FUNCTION grafana.quote(symbol text) IS 'The newest trading day of an instrument, against the close of the day before.';

CREATE FUNCTION grafana.rejected(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, metric text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT date_bin(grafana.step(rejected.since, rejected.until), s.at, '2000-01-01 00:00:00+00'::timestamp with time zone) AS "time",
     r.reason AS metric,
     sum((r.count)::double precision) AS value
    FROM (ledger.ingest_stats s
      CROSS JOIN LATERAL jsonb_each_text(s.rejected) r(reason, count))
   WHERE ((s.at >= rejected.since) AND (s.at < rejected.until))
   GROUP BY (date_bin(grafana.step(rejected.since, rejected.until), s.at, '2000-01-01 00:00:00+00'::timestamp with time zone)), r.reason
   ORDER BY (date_bin(grafana.step(rejected.since, rejected.until), s.at, '2000-01-01 00:00:00+00'::timestamp with time zone)), r.reason;
END;

COMMENT ON FUNCTION grafana.rejected(since timestamp with time zone, until timestamp with time zone) IS 'Ticks that were refused, by reason.';

CREATE FUNCTION grafana.retention() RETURNS TABLE(relation text, keep text, oldest timestamp with time zone, horizon timestamp with time zone)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.relation,
     (r.keep)::text AS keep,
     grafana.bar_time(store.oldest(r.relation), r.relation) AS oldest,
     NULLIF(h.horizon, '-infinity'::timestamp with time zone) AS horizon
    FROM ((meta.retention r
      JOIN meta.horizon h ON ((h.relation = r.relation)))
      LEFT JOIN meta.timeframes t ON ((t.timeframe = r.relation)))
   ORDER BY t.ordinal NULLS FIRST;
END;

COMMENT ON FUNCTION grafana.retention() IS 'How long ticks and candles are kept, and how old the oldest is.';

CREATE FUNCTION grafana.subscriptions() RETURNS TABLE(wanted bigint, carried bigint, left_out bigint, token_seconds double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT w.wanted,
     c.carried,
     GREATEST((w.wanted - c.carried), (0)::bigint) AS left_out,
     ( SELECT (EXTRACT(epoch FROM (t.expires_at - now())))::double precision AS "extract"
            FROM ledger.access_tokens t
           WHERE (t.broker = c.source)) AS token_seconds
    FROM (( SELECT max(s.source) AS source,
             sum(s.instruments) AS carried
            FROM ledger.feed_status s
          HAVING (count(*) > 0)) c
      CROSS JOIN ( SELECT count(*) AS wanted
            FROM ledger.subscriptions) w);
END;

COMMENT ON FUNCTION grafana.subscriptions() IS 'How many instruments are wanted, carried and left out; how long the access token is valid yet.';

CREATE FUNCTION store.sizes() RETURNS TABLE(relation text, rows bigint, bytes bigint, raw_bytes bigint, compressed_bytes bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT regexp_replace((c.relname)::text, '^merged'::text, 'live'::text) AS relation,
     (NULLIF(sum(GREATEST(p.reltuples, (0)::real)) FILTER (WHERE (p.relkind = 'r'::"char")), (0)::double precision))::bigint AS rows,
     (sum(pg_total_relation_size((p.oid)::regclass)))::bigint AS bytes,
     NULL::bigint AS raw_bytes,
     NULL::bigint AS compressed_bytes
    FROM ((pg_class c
      LEFT JOIN LATERAL pg_partition_tree((c.oid)::regclass) t(relid, parentrelid, isleaf, level) ON (true))
      JOIN pg_class p ON ((p.oid = (COALESCE(t.relid, (c.oid)::regclass))::oid)))
   WHERE ((c.relnamespace = ('store'::regnamespace)::oid) AND ((c.relname = ANY (ARRAY['tick_data'::name, 'offsession_ticks'::name, 'replaced_ticks'::name])) OR (c.relname IN ( SELECT (k.kind || f.timeframe)
            FROM (meta.timeframes f
              CROSS JOIN ( VALUES ('merged_'::text), ('history_'::text)) k(kind))
           WHERE f.stored))))
   GROUP BY c.relname;
END;

COMMENT ON FUNCTION store.sizes() IS 'Size of each relation of ticks and candles.';

CREATE FUNCTION grafana.table_sizes() RETURNS TABLE(relation text, rows bigint, bytes bigint, compressed_bytes bigint, ratio double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT s.relation,
     s.rows,
     s.bytes,
     s.compressed_bytes,
     ((s.raw_bytes)::double precision / (NULLIF(s.compressed_bytes, 0))::double precision) AS ratio
    FROM store.sizes() s(relation, rows, bytes, raw_bytes, compressed_bytes)
   ORDER BY s.bytes DESC, s.relation;
END;

COMMENT ON FUNCTION grafana.table_sizes() IS 'Size of each relation of ticks and candles, and how well it compresses.';

CREATE FUNCTION grafana.tick_counts(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(symbol text, day timestamp with time zone, late bigint, duplicates bigint, volume_falls bigint, offsession bigint, rejected bigint, reasons text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT i.symbol,
     ((c.session_date)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text) AS day,
     c.late,
     c.duplicates,
     c.volume_falls,
     c.offsession,
     r.ticks AS rejected,
     r.reasons
    FROM ((ledger.tick_counts c
      JOIN market.instruments i ON ((i.id = c.instrument_id)))
      CROSS JOIN LATERAL ( SELECT (COALESCE(sum((e.ticks)::bigint), (0)::numeric))::bigint AS ticks,
             string_agg(((e.reason || ' '::text) || e.ticks), ', '::text ORDER BY e.reason) AS reasons
            FROM jsonb_each_text(c.rejected) e(reason, ticks)) r)
   WHERE ((c.session_date >= ((tick_counts.since AT TIME ZONE 'Asia/Kolkata'::text))::date) AND (((c.session_date)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text) < tick_counts.until) AND (tick_counts.since < tick_counts.until))
   ORDER BY ((((c.late + c.duplicates) + c.volume_falls) + c.offsession) + r.ticks) DESC, c.session_date DESC, i.symbol
  LIMIT 200;
END;

COMMENT ON FUNCTION grafana.tick_counts(since timestamp with time zone, until timestamp with time zone) IS 'Per instrument and day: ticks that came late, twice, with a fallen counter, outside the session, or were rejected.';

CREATE FUNCTION grafana.tick_counts_by_day(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE("time" timestamp with time zone, metric text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ((c.session_date)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text) AS "time",
     w.metric,
     (sum(w.ticks))::double precision AS value
    FROM (ledger.tick_counts c
      CROSS JOIN LATERAL ( VALUES ('late'::text,c.late), ('duplicates'::text,c.duplicates), ('fallen counters'::text,c.volume_falls), ('outside the session'::text,c.offsession), ('rejected'::text,( SELECT sum((r.ticks)::bigint) AS sum
                    FROM jsonb_each_text(c.rejected) r(reason, ticks)))) w(metric, ticks))
   WHERE ((w.ticks > (0)::numeric) AND (c.session_date >= ((tick_counts_by_day.since AT TIME ZONE 'Asia/Kolkata'::text))::date) AND (((c.session_date)::timestamp without time zone AT TIME ZONE 'Asia/Kolkata'::text) < tick_counts_by_day.until) AND (tick_counts_by_day.since < tick_counts_by_day.until))
   GROUP BY c.session_date, w.metric
   ORDER BY c.session_date, w.metric;
END;

COMMENT ON FUNCTION grafana.tick_counts_by_day(since timestamp with time zone, until timestamp with time zone) IS 'Per day: ticks of all instruments that were no plain rows, by what was wrong.';

CREATE FUNCTION grafana.volatility("limit" integer DEFAULT 10) RETURNS TABLE(symbol text, day_range_percent double precision, usual_range_percent double precision, ratio double precision)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
begin
    return query execute
        'with listed as materialized (
            select i.id, i.symbol, d.newest, d.buckets
            from candles.followed as i
            inner join (
                select t.segment, max(t.bucket) as newest, array_agg(t.bucket) as buckets
                from grafana.trading_days(15) as t
                group by t.segment
            ) as d on d.segment = i.segment
            where i.kind <> ''option''
        ),

        ranges as (
            select
                any_value(l.symbol) as symbol,
                max(100 * (c.high - c.low) / c.open) filter (where c.bucket = l.newest) as of_day,
                avg(100 * (c.high - c.low) / c.open) filter (where c.bucket < l.newest) as usual
            from candles.candles_1d as c
            inner join listed as l on l.id = c.instrument_id
            where c.bucket >= $1 and c.bucket = any (l.buckets) and c.open > 0
            group by l.id
        )

        select r.symbol, r.of_day, r.usual, r.of_day / r.usual
        from ranges as r
        where r.of_day is not null and r.usual > 0
        order by r.of_day / r.usual desc, r.symbol
        limit $2'
    using
        (
            select min(d.bucket)
            from grafana.trading_days(15) as d
            where d.segment in (select i.segment from candles.followed as i)
        ),
        greatest("limit", 0);
end
$_$;

COMMENT ON FUNCTION grafana.volatility("limit" integer) IS 'How far instruments have moved on the newest trading day, against what is usual.';

CREATE FUNCTION grafana.volume_spikes(timeframe text, "limit" integer DEFAULT 10) RETURNS TABLE(symbol text, "time" timestamp with time zone, volume bigint, usual_volume double precision, ratio double precision)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
#variable_conflict use_column
declare
    t meta.timeframes;
    since timestamptz;
begin
    select f.* into t
    from meta.timeframes as f
    where f.timeframe = grafana.timeframe(volume_spikes.timeframe, null, null) and f.stored;
    if not found then
        return;
    end if;
    select min(n.bucket) into since
    from (
        select b.bucket, row_number() over (partition by d.segment order by b.bucket desc) as nth
        -- a trading day holds one bar at least, and few are shorter than an hour
        from grafana.trading_days(2 + ceil(25 * least(extract(epoch from t.width) / 3600, 1))::integer) as d
        cross join lateral generate_series(
            meta.bucket_start(t.width, d.opens_at),
            least(d.closes_at, meta.now()) - interval '1 microsecond',
            t.width
        ) as b (bucket)
        where d.segment in (select i.segment from candles.followed as i)
    ) as n
    where n.nth <= 25;  -- the forming one as well

    return query execute format(
        'with bars as (
            select
                c.instrument_id,
                max(c.bucket) as bucket,
                array_agg(c.volume order by c.bucket) as volumes,
                count(*)::integer as held
            from candles.candles_%1$s as c
            where
                c.bucket >= $1
                and (
                    c.bucket < $2
                    or c.instrument_id = any (array(
                        select i.id
                        from candles.followed as i
                        where i.segment = any ((select candles.ended_segments($3))::text[])
                    ))
                )
            group by c.instrument_id
            having count(*) > 20
        ),

        compared as (
            select
                i.symbol,
                b.bucket,
                b.volumes[b.held] as volume,
                (
                    select avg(v.volume)::double precision
                    from unnest(b.volumes[b.held - 20:b.held - 1]) as v (volume)
                ) as usual_volume,
                max(b.bucket) over (partition by i.segment) as segment_bucket
            from bars as b
            inner join candles.followed as i on i.id = b.instrument_id
        )

        select c.symbol, grafana.bar_time(c.bucket, %1$L), c.volume, c.usual_volume, c.volume / c.usual_volume
        from compared as c
        where c.bucket = c.segment_bucket and c.usual_volume > 0
        order by c.volume / c.usual_volume desc, c.symbol
        limit $4',
        t.timeframe
    )
    using since, meta.bucket_start(t.width, meta.now() - interval '2 seconds'), t.width, greatest("limit", 0);
end
$_$;

COMMENT ON FUNCTION grafana.volume_spikes(timeframe text, "limit" integer) IS 'Instruments whose newest closed bar has the greatest volume against the 20 before it.';

CREATE FUNCTION kernels.ad(high double precision[], low double precision[], close double precision[], volume double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close, volume);
    last integer := cardinality(close);
    s double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first..last loop
        if high[i] > low[i] then
            s := s + ((close[i] - low[i]) - (high[i] - close[i])) / (high[i] - low[i]) * volume[i];
        end if;
        r[i] := s;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.ad(high double precision[], low double precision[], close double precision[], volume double precision[]) IS 'Accumulation/distribution line of bars.';

CREATE FUNCTION indicators.ad(instrument_id integer, timeframe text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, ad double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.ad
    FROM (indicators.bars(ad.instrument_id, ad.timeframe, ad.since, ad.until, ad.forming, 'AD'::text, VARIADIC '{}'::double precision[]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.ad(b.high, b.low, b.close, b.volume)) v(bucket, ad))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.ad(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Accumulation/distribution line.';

CREATE FUNCTION indicators.advance() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    upto timestamptz := meta.now() - interval '2 seconds';
    stop_at timestamptz := clock_timestamp() + interval '2 seconds';
    t record;
    instrument integer;
    changed integer[];
    total integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.indicators'));
    delete from ledger.indicator_subscriptions where expires_at <= now();
    delete from ledger.indicator_state as s
    where not exists (  -- watched would count all clients first
        select from ledger.indicator_subscriptions as w
        where w.timeframe = s.timeframe and w.instrument_id = s.instrument_id and w.id = any(indicators.state_ids())
    );
    delete from ledger.indicator_values as v
    where not exists (
        select from indicators.watched as w
        where w.timeframe = v.timeframe and w.instrument_id = v.instrument_id and w.id = v.id
    );
    delete from ledger.indicator_clock as c
    where not exists (select from ledger.indicator_subscriptions as s where s.timeframe = c.timeframe);
    if upto is null then
        return 0;
    end if;
    insert into ledger.indicator_clock (timeframe, advanced_until)
    select distinct s.timeframe, upto from ledger.indicator_subscriptions as s
    on conflict do nothing;

    for t in
        with closed as materialized (
            select b.timeframe, b.closes_at
            from candles.closings((select min(k.advanced_until) from ledger.indicator_clock as k), upto) as b
        )

        select
            f.timeframe,
            f.stored,
            k.advanced_until,
            exists (select from closed as b where b.timeframe = k.timeframe and b.closes_at > k.advanced_until) as has_closed
        from ledger.indicator_clock as k
        inner join meta.timeframes as f on f.timeframe = k.timeframe
        order by f.ordinal
    loop
        changed := '{}';
        if t.has_closed and t.stored then
            changed := indicators.advance_state(t.timeframe, t.advanced_until);
        end if;
        for instrument in
            select distinct w.instrument_id
            from indicators.watched as w
            where
                w.timeframe = t.timeframe
                and w.in_state
                and not exists (
                    select from ledger.indicator_state as s
                    where s.timeframe = w.timeframe and s.instrument_id = w.instrument_id
                )
        loop
            exit when clock_timestamp() > stop_at;
            perform indicators.seed_state(instrument, t.timeframe);
            changed := changed || instrument;
        end loop;
        changed := changed || indicators.refresh_values(
            t.timeframe,
            array(
                select distinct w.instrument_id
                from indicators.watched as w
                left join ledger.indicator_values as v using (timeframe, instrument_id, id)
                where w.timeframe = t.timeframe and not w.in_state and (t.has_closed or v is null)
            )
        );
        update ledger.indicator_clock as k set advanced_until = upto where k.timeframe = t.timeframe;
        changed := array(select distinct c.instrument_id from unnest(changed) as c (instrument_id));
        perform indicators.announce(t.timeframe, changed);
        total := total + cardinality(changed);
    end loop;
    return total;
end
$$;

COMMENT ON FUNCTION indicators.advance() IS 'Brings watched indicators to the bars that have closed; what no one watches is dropped.';

CREATE FUNCTION indicators.advance_state(timeframe text, since timestamp with time zone) RETURNS integer[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
    width interval := (select t.width from meta.timeframes as t where t.timeframe = advance_state.timeframe);
    read_from timestamptz := meta.bucket_start(width, since) - 5 * width;
    moved integer[] := '{}';
    stepped integer[];
    is_behind boolean := true;
begin
    while is_behind loop
        execute format(
            $sql$
            with closed as materialized (
                select
                    c.instrument_id,
                    array_agg(c.bucket order by c.bucket) as buckets,
                    array_agg(c.high order by c.bucket) as highs,
                    array_agg(c.low order by c.bucket) as lows,
                    array_agg(c.close order by c.bucket) as closes
                from candles.candles_%s as c
                where
                    c.bucket >= $2
                    and c.is_closed
                    and c.instrument_id = any (
                        array(select s.instrument_id from ledger.indicator_state as s where s.timeframe = $1)
                    )
                group by c.instrument_id
            ),

            compared as materialized (
                select
                    s.*,
                    c.buckets as read_buckets,
                    c.highs as read_highs,
                    c.lows as read_lows,
                    c.closes as read_closes,
                    coalesce(array_position(c.buckets, s.bucket), 0) as known,
                    (select count(*) from unnest(s.buckets) as b (bucket) where b.bucket >= $2)::integer as kept
                from ledger.indicator_state as s
                left join closed as c using (instrument_id)
                where s.timeframe = $1
            ),

            judged as materialized (
                select
                    c.*,
                    c.known + 1 as next,
                    c.bars >= 35
                    and c.supertrend_direction is not null
                    and (c.known = c.kept or (c.known > c.kept and c.kept = 20))
                    and (
                        c.kept = 0
                        or (
                            c.read_buckets[c.known - c.kept + 1:c.known] = c.buckets[21 - c.kept:]
                            and c.read_highs[c.known - c.kept + 1:c.known] = c.highs[21 - c.kept:]
                            and c.read_lows[c.known - c.kept + 1:c.known] = c.lows[21 - c.kept:]
                            and c.read_closes[c.known - c.kept + 1:c.known] = c.closes[21 - c.kept:]
                        )
                    ) as is_true
                from compared as c
            ),

            removed as (
                delete from ledger.indicator_state as s
                using judged as j
                where s.timeframe = $1 and s.instrument_id = j.instrument_id and not j.is_true
            ),

            bars as materialized (
                select
                    j.*,
                    j.read_highs[j.next] as high,
                    j.read_lows[j.next] as low,
                    j.read_closes[j.next] as close,
                    j.closes[20] as before,
                    j.read_closes[j.next] - j.closes[20] as change,
                    greatest(j.read_highs[j.next], j.closes[20]) - least(j.read_lows[j.next], j.closes[20]) as extent
                from judged as j
                where j.is_true and j.next <= cardinality(j.read_buckets)
            ),

            smoothed as materialized (
                select
                    b.*,
                    b.ema_12 + 2::double precision / 13 * (b.close - b.ema_12) as next_ema_12,
                    b.ema_26 + 2::double precision / 27 * (b.close - b.ema_26) as next_ema_26,
                    b.rsi_gains + (greatest(b.change, 0) - b.rsi_gains) / 14 as next_gains,
                    b.rsi_losses + (greatest(-b.change, 0) - b.rsi_losses) / 14 as next_losses,
                    b.supertrend_atr + (b.extent - b.supertrend_atr) / 10 as next_supertrend_atr
                from bars as b
            ),

            banded as materialized (
                select
                    s.*,
                    case
                        when (s.high + s.low) / 2 + 3 * s.next_supertrend_atr < s.supertrend_upper
                            or s.before > s.supertrend_upper
                            then (s.high + s.low) / 2 + 3 * s.next_supertrend_atr
                        else s.supertrend_upper
                    end as next_upper,
                    case
                        when (s.high + s.low) / 2 - 3 * s.next_supertrend_atr > s.supertrend_lower
                            or s.before < s.supertrend_lower
                            then (s.high + s.low) / 2 - 3 * s.next_supertrend_atr
                        else s.supertrend_lower
                    end as next_lower
                from smoothed as s
            ),

            advanced as (
                update ledger.indicator_state as s set
                    bars = b.bars + 1,
                    bucket = b.read_buckets[b.next],
                    buckets = b.buckets[2:] || b.read_buckets[b.next],
                    highs = b.highs[2:] || b.high,
                    lows = b.lows[2:] || b.low,
                    closes = b.closes[2:] || b.close,
                    ema_9 = b.ema_9 + 2::double precision / 10 * (b.close - b.ema_9),
                    ema_12 = b.next_ema_12,
                    ema_21 = b.ema_21 + 2::double precision / 22 * (b.close - b.ema_21),
                    ema_26 = b.next_ema_26,
                    macd_signal = b.macd_signal
                        + 2::double precision / 10 * (b.next_ema_12 - b.next_ema_26 - b.macd_signal),
                    rsi_gains = case when b.next_gains < 1e-290 then 0 else b.next_gains end,
                    rsi_losses = case when b.next_losses < 1e-290 then 0 else b.next_losses end,
                    atr = b.atr + (b.extent - b.atr) / 14,
                    supertrend_atr = b.next_supertrend_atr,
                    supertrend_upper = b.next_upper,
                    supertrend_lower = b.next_lower,
                    supertrend_direction = case
                        when b.supertrend_direction < 0 then case when b.close > b.next_upper then 1 else -1 end
                        else case when b.close < b.next_lower then -1 else 1 end
                    end
                from banded as b
                where s.timeframe = $1 and s.instrument_id = b.instrument_id
                returning s.instrument_id, b.next < cardinality(b.read_buckets) as is_behind
            )

            select coalesce(array_agg(a.instrument_id), '{}'), coalesce(bool_or(a.is_behind), false)
            from advanced as a
            $sql$,
            advance_state.timeframe
        )
        into stepped, is_behind
        using advance_state.timeframe, read_from;
        moved := moved || stepped;
    end loop;
    return array(select distinct u.instrument_id from unnest(moved) as u (instrument_id));
end
$_$;

COMMENT ON FUNCTION indicators.advance_state(timeframe text, since timestamp with time zone) IS 'Brings the live state of a timeframe to the newest closed bars, one statement per bar; removes what no longer fits them.';

CREATE FUNCTION kernels.adx(high double precision[], low double precision[], close double precision[], length integer, OUT adx double precision[], OUT plus_di double precision[], OUT minus_di double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    n double precision := length;
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    kept double precision := 1;
    rise double precision;
    fall double precision;
    rises double precision := 0;
    falls double precision := 0;
    ranges double precision := 0;
    dx double precision;
    s double precision := 0;
begin
    adx := array_fill(null::double precision, array[last]);
    plus_di := adx;
    minus_di := adx;
    for i in first + 1..last loop
        if i = first + length then
            kept := 1 - 1 / n;
        end if;
        rise := high[i] - high[i - 1];
        fall := low[i - 1] - low[i];
        rises := rises * kept + case when rise > greatest(fall, 0) then rise else 0 end + 1e-290 - 1e-290;  -- as in ema
        falls := falls * kept + case when fall > greatest(rise, 0) then fall else 0 end + 1e-290 - 1e-290;
        ranges := ranges * kept + (greatest(high[i], close[i - 1]) - least(low[i], close[i - 1])) + 1e-290 - 1e-290;
        continue when i < first + length;
        if rises + falls > 1e-12 * abs(close[i]) + 1e-290 then
            plus_di[i] := 100 * rises / ranges;
            minus_di[i] := 100 * falls / ranges;
            dx := 100 * abs(rises - falls) / (rises + falls);
        else
            dx := null;
        end if;
        s := s * case when i < first + 2 * length then 1 else kept end + coalesce(dx, 0) / n + 1e-290 - 1e-290;
        adx[i] := case when dx is not null then s end;
    end loop;
    for i in first + length..least(first + 2 * length - 2, last) loop
        adx[i] := null;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.adx(high double precision[], low double precision[], close double precision[], length integer, OUT adx double precision[], OUT plus_di double precision[], OUT minus_di double precision[]) IS 'Average directional index of bars, and the directional indicators.';

CREATE FUNCTION indicators.adx(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, adx double precision, plus_di double precision, minus_di double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.adx,
     v.plus_di,
     v.minus_di
    FROM ((indicators.bars(adx.instrument_id, adx.timeframe, adx.since, adx.until, adx.forming, 'ADX'::text, VARIADIC ARRAY[(adx.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.adx(b.high, b.low, b.close, adx.length) k(adx, plus_di, minus_di))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.adx, k.plus_di, k.minus_di) v(bucket, adx, plus_di, minus_di))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.adx(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Average directional index and the directional indicators.';

CREATE TABLE ledger.indicator_anchors (
    timeframe text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    set_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE ledger.indicator_anchors IS 'The instant from which path-dependent indicators of a timeframe run. indicators.set_anchors() moves one on before its bars are dropped.';

CREATE FUNCTION indicators.anchor(timeframe text, since timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN (t.stored OR (t.base IS NOT NULL)) THEN COALESCE(a.starts_at, '-infinity'::timestamp with time zone) ELSE meta.bucket_start('1 day'::interval, anchor.since) END AS bucket_start FROM (meta.timeframes t LEFT JOIN ledger.indicator_anchors a ON ((a.timeframe = CASE WHEN t.stored THEN t.timeframe ELSE t.base END))) WHERE (t.timeframe = anchor.timeframe));

COMMENT ON FUNCTION indicators.anchor(timeframe text, since timestamp with time zone) IS 'The instant from which path-dependent indicators of a timeframe run.';

CREATE FUNCTION indicators.announce(timeframe text, instrument_ids integer[]) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT count(pg_notify('indicator'::text, p.payload)) AS count
    FROM ( SELECT (jsonb_build_object('timeframe', announce.timeframe, 'instrument_ids', jsonb_agg(u.instrument_id ORDER BY u.instrument_id)))::text AS payload
            FROM unnest(announce.instrument_ids) WITH ORDINALITY u(instrument_id, nth)
           GROUP BY ((u.nth - 1) / 500)) p;
END;

COMMENT ON FUNCTION indicators.announce(timeframe text, instrument_ids integer[]) IS 'Sends NOTIFY indicator for the instruments whose live indicators changed at a timeframe.';

CREATE FUNCTION kernels.ao(high double precision[], low double precision[], fast_length integer, slow_length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low);
    last integer := cardinality(high);
    difference double precision;
    middle double precision[] := array_fill(null::double precision, array[last]);
    fast double precision[];
    r double precision[];
begin
    for i in first..last loop
        middle[i] := (high[i] + low[i]) / 2;
    end loop;
    fast := kernels.sma(middle, fast_length);
    r := kernels.sma(middle, slow_length);
    for i in first + slow_length - 1..last loop
        difference := fast[i] - r[i];
        r[i] := case when abs(difference) <= 1e-12 * abs(middle[i]) then 0 else difference end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.ao(high double precision[], low double precision[], fast_length integer, slow_length integer) IS 'Awesome oscillator of bars.';

CREATE FUNCTION indicators.ao(instrument_id integer, timeframe text, fast_length integer DEFAULT 5, slow_length integer DEFAULT 34, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, ao double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.ao
    FROM (indicators.bars(ao.instrument_id, ao.timeframe, ao.since, ao.until, ao.forming, 'AO'::text, VARIADIC ARRAY[(ao.fast_length)::double precision, (ao.slow_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.ao(b.high, b.low, ao.fast_length, ao.slow_length)) v(bucket, ao))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.ao(instrument_id integer, timeframe text, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Awesome oscillator.';

CREATE FUNCTION kernels.aroon(high double precision[], low double precision[], length integer, OUT up double precision[], OUT down double precision[], OUT oscillator double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low);
    last integer := cardinality(high);
    highs integer[] := array_fill(0, array[last]);  -- bars of the window with no higher high since, falling
    lows integer[] := highs;
    highs_from integer := 1;
    highs_to integer := 0;
    lows_from integer := 1;
    lows_to integer := 0;
begin
    up := array_fill(null::double precision, array[last]);
    down := up;
    oscillator := up;
    for i in first..last loop
        if highs[highs_from] < i - length then
            highs_from := highs_from + 1;
        end if;
        while highs_to >= highs_from and high[highs[highs_to]] <= high[i] loop
            highs_to := highs_to - 1;
        end loop;
        highs_to := highs_to + 1;
        highs[highs_to] := i;
        if lows[lows_from] < i - length then
            lows_from := lows_from + 1;
        end if;
        while lows_to >= lows_from and low[lows[lows_to]] >= low[i] loop
            lows_to := lows_to - 1;
        end loop;
        lows_to := lows_to + 1;
        lows[lows_to] := i;
        if i >= first + length then
            up[i] := 100::double precision * (highs[highs_from] - i + length) / length;
            down[i] := 100::double precision * (lows[lows_from] - i + length) / length;
            oscillator[i] := up[i] - down[i];
        end if;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.aroon(high double precision[], low double precision[], length integer, OUT up double precision[], OUT down double precision[], OUT oscillator double precision[]) IS 'Aroon of bars: how lately the highest high and the lowest low came.';

CREATE FUNCTION indicators.aroon(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, up double precision, down double precision, oscillator double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.up,
     v.down,
     v.oscillator
    FROM ((indicators.bars(aroon.instrument_id, aroon.timeframe, aroon.since, aroon.until, aroon.forming, 'AROON'::text, VARIADIC ARRAY[(aroon.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.aroon(b.high, b.low, aroon.length) k(up, down, oscillator))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.up, k.down, k.oscillator) v(bucket, up, down, oscillator))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.aroon(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Aroon up, down and oscillator.';

CREATE FUNCTION kernels.atr(high double precision[], low double precision[], close double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    return kernels.wilder(kernels.true_range(high, low, close), length);
end
$$;

COMMENT ON FUNCTION kernels.atr(high double precision[], low double precision[], close double precision[], length integer) IS 'Average true range of bars.';

CREATE FUNCTION indicators.atr(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, atr double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.atr
    FROM (indicators.bars(atr.instrument_id, atr.timeframe, atr.since, atr.until, atr.forming, 'ATR'::text, VARIADIC ARRAY[(atr.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.atr(b.high, b.low, b.close, atr.length)) v(bucket, atr))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.atr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Average true range.';

CREATE FUNCTION indicators.candlestick_patterns(instrument_id integer, timeframe text, patterns text[] DEFAULT NULL::text[], since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, pattern text, value double precision)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
    known text[] := array(
        select c.name
        from indicators.indicator_catalogue as c
        where c.family = 'pattern'
        order by c.name
    );
    ids text[] := coalesce(patterns, known);
    unknown text := (
        select min(i.name)
        from unnest(ids) as a (id)
        cross join lateral indicators.parse(a.id) as i
        where i.name <> all (known)
    );
begin
    if unknown is not null then
        raise exception using
            errcode = 'BH006',
            message = format('no candlestick pattern: %L', unknown),
            hint = 'one of ' || array_to_string(known, ' ');
    end if;

    return query
    with asked as materialized (
        select distinct i.id, p.query, p.bars
        from unnest(ids) as a (id)
        cross join lateral indicators.parse(a.id) as i
        cross join lateral indicators.prepare(i.name, i.parameters) as p
    ),

    bars as materialized (
        select b.*
        from (
            select max(a.bars) as bars
            from asked as a
        ) as deepest
        cross join lateral indicators.read_bars(
            instrument_id, timeframe, since, until, forming, '{open,high,low,close}', deepest.bars, null
        ) as b
    )

    select v.bucket, a.id, v.value
    from bars as b
    cross join asked as a
    cross join lateral indicators.compute(
        a.query, b.open, b.high, b.low, b.close, b.volume, b.session_date
    ) as o
    cross join lateral unnest(b.bucket, o.series) as v (bucket, value)
    where v.value <> 0 and v.bucket >= b.asked_from
    order by v.bucket, a.id;
end
$$;

COMMENT ON FUNCTION indicators.candlestick_patterns(instrument_id integer, timeframe text, patterns text[], since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Candlestick patterns found in the bars of a range, named and valued as in TA-Lib.';

CREATE FUNCTION kernels.cci(high double precision[], low double precision[], close double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    typical double precision[] := array_fill(null::double precision, array[last]);
    means double precision[];
    mean double precision;
    deviation double precision;
    rest integer := length % 4;  -- values that four at a time leave over
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first..last loop
        typical[i] := (high[i] + low[i] + close[i]) / 3;
    end loop;
    means := kernels.sma(typical, length);
    for i in first + length - 1..last loop
        mean := means[i];
        deviation := 0;
        for j in i - length + 1..i - length + rest loop
            deviation := deviation + abs(typical[j] - mean);
        end loop;
        for j in i - length + rest + 1..i by 4 loop
            deviation := deviation + abs(typical[j] - mean) + abs(typical[j + 1] - mean)
                + abs(typical[j + 2] - mean) + abs(typical[j + 3] - mean);
        end loop;
        deviation := deviation / length;
        r[i] := case when deviation <= 1e-12 * abs(mean) then 0 else (typical[i] - mean) / (0.015 * deviation) end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cci(high double precision[], low double precision[], close double precision[], length integer) IS 'Commodity channel index of bars.';

CREATE FUNCTION indicators.cci(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, cci double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.cci
    FROM (indicators.bars(cci.instrument_id, cci.timeframe, cci.since, cci.until, cci.forming, 'CCI'::text, VARIADIC ARRAY[(cci.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.cci(b.high, b.low, b.close, cci.length)) v(bucket, cci))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.cci(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Commodity channel index.';

CREATE FUNCTION kernels.chop(high double precision[], low double precision[], close double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    upper double precision[] := kernels.highest(high, length);
    lower double precision[] := kernels.lowest(low, length);
    r double precision[] := kernels.rolling_sum(kernels.true_range(high, low, close), length);
    scale double precision := 100 / ln(length::double precision);
begin
    for i in length + 1..cardinality(close) loop
        r[i] := scale * ln(r[i] / nullif(upper[i] - lower[i], 0));
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.chop(high double precision[], low double precision[], close double precision[], length integer) IS 'Choppiness index of bars.';

CREATE FUNCTION indicators.chop(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, chop double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.chop
    FROM (indicators.bars(chop.instrument_id, chop.timeframe, chop.since, chop.until, chop.forming, 'CHOP'::text, VARIADIC ARRAY[(chop.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.chop(b.high, b.low, b.close, chop.length)) v(bucket, chop))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.chop(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Choppiness index.';

CREATE FUNCTION kernels.cmf(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close, volume);
    last integer := cardinality(close);
    flow double precision[] := array_fill(null::double precision, array[last]);
    volumes double precision[] := kernels.rolling_sum(volume, length);
    r double precision[];
begin
    for i in first..last loop
        flow[i] := case
            when high[i] > low[i]
                then ((close[i] - low[i]) - (high[i] - close[i])) / (high[i] - low[i]) * volume[i]
            else 0
        end;
    end loop;
    r := kernels.rolling_sum(flow, length);
    for i in first + length - 1..last loop
        r[i] := r[i] / nullif(volumes[i], 0);
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cmf(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) IS 'Chaikin money flow of bars.';

CREATE FUNCTION indicators.cmf(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, cmf double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.cmf
    FROM (indicators.bars(cmf.instrument_id, cmf.timeframe, cmf.since, cmf.until, cmf.forming, 'CMF'::text, VARIADIC ARRAY[(cmf.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.cmf(b.high, b.low, b.close, b.volume, cmf.length)) v(bucket, cmf))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.cmf(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Chaikin money flow.';

CREATE FUNCTION indicators.compute(query text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) RETURNS TABLE(output text, series double precision[])
    LANGUAGE plpgsql STABLE ROWS 3 PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    return query execute query using open, high, low, close, volume, session_date;
end
$$;

COMMENT ON FUNCTION indicators.compute(query text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) IS 'The outputs of an indicator over arrays of bars.';

CREATE FUNCTION kernels.dc(high double precision[], low double precision[], length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    upper := kernels.highest(high, length);
    lower := kernels.lowest(low, length);
    middle := array_fill(null::double precision, array[cardinality(high)]);
    for i in kernels.start(upper, lower)..cardinality(high) loop
        middle[i] := (upper[i] + lower[i]) / 2;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.dc(high double precision[], low double precision[], length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) IS 'Donchian channels of bars.';

CREATE FUNCTION indicators.dc(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, upper double precision, middle double precision, lower double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.upper,
     v.middle,
     v.lower
    FROM ((indicators.bars(dc.instrument_id, dc.timeframe, dc.since, dc.until, dc.forming, 'DC'::text, VARIADIC ARRAY[(dc.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.dc(b.high, b.low, dc.length) k(upper, middle, lower))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.upper, k.middle, k.lower) v(bucket, upper, middle, lower))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.dc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Donchian channels.';

CREATE FUNCTION kernels.dema(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x) + 2 * (length - 1);
    head double precision[] := kernels.ema(x[:first], length);  -- seeds the averages
    once double precision := head[first];
    twice double precision := (kernels.ema(head, length))[first];
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := 2 * once - twice;
        once := once + a * (x[i + 1] - once) + 1e-290 - 1e-290;  -- as in ema
        twice := twice + a * (once - twice) + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.dema(x double precision[], length integer) IS 'Double exponential moving average of a series.';

CREATE FUNCTION indicators.dema(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, dema double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.dema
    FROM (indicators.bars(dema.instrument_id, dema.timeframe, dema.since, dema.until, dema.forming, 'DEMA'::text, VARIADIC ARRAY[(dema.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.dema(b.close, dema.length)) v(bucket, dema))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.dema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Double exponential moving average.';

CREATE FUNCTION indicators.parse(INOUT id text, OUT name text, OUT parameters double precision[]) RETURNS record
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
    asked text := id;
    words text[] := string_to_array(upper(trim(asked)), '_');
    defaults double precision[];
    -- checked rather than caught: an exception block cannot run in parallel on PostgreSQL 16
    form text := '^[^_]*(_-?\d{1,15}(\.\d{1,15})?(E[+-]?\d{1,2})?)*$';
begin
    select
        c.name,
        array(select (p.value ->> 'default')::double precision from jsonb_array_elements(c.parameters) as p)
    into name, defaults
    from indicators.indicator_catalogue as c
    where c.name = words[1];
    if name is null then
        raise exception using
            errcode = 'BH006',
            message = format('unknown indicator: %s', coalesce(quote_literal(asked), 'null')),
            hint = 'one of ' || (select string_agg(c.name, ' ' order by c.name) from indicators.indicator_catalogue as c);
    end if;
    if upper(trim(asked)) !~ form or cardinality(words) - 1 > cardinality(defaults) then
        raise exception using
            errcode = 'BH007',
            message = format('wrong parameters in %L', asked),
            hint = indicators.example(name);
    end if;
    parameters := words[2:]::double precision[];
    parameters := parameters || defaults[cardinality(parameters) + 1:];
    id := array_to_string(name || parameters::text[], '_');
end
$_$;

COMMENT ON FUNCTION indicators.parse(INOUT id text, OUT name text, OUT parameters double precision[]) IS 'The indicator and the parameters that an id such as RSI_14 names, defaults filled in.';

CREATE FUNCTION indicators.evaluate(id text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[] DEFAULT NULL::date[]) RETURNS TABLE(output text, series double precision[])
    LANGUAGE sql STABLE ROWS 3 PARALLEL SAFE
    BEGIN ATOMIC
 SELECT o.output,
     o.series
    FROM ((indicators.parse(evaluate.id) i(id, name, parameters)
      CROSS JOIN LATERAL indicators.prepare(i.name, i.parameters) p(query, outputs, columns, bars, sessions))
      CROSS JOIN LATERAL indicators.compute(p.query, evaluate.open, evaluate.high, evaluate.low, evaluate.close, evaluate.volume, evaluate.session_date) o(output, series));
END;

COMMENT ON FUNCTION indicators.evaluate(id text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) IS 'The outputs of an indicator over arrays of bars.';

CREATE FUNCTION indicators.example(name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ((('write '::text || concat_ws('_'::text, c.name, string_agg((p.value ->> 'default'::text), '_'::text ORDER BY p.nth))) || COALESCE((': '::text || string_agg(format('%s %s..%s'::text, (p.value ->> 'name'::text), (p.value ->> 'min'::text), (p.value ->> 'max'::text)), ', '::text ORDER BY p.nth)), ', it has no parameters'::text)) || COALESCE((', '::text || translate(c.rule, '{}'::text, ''::text)), ''::text))
    FROM (indicators.indicator_catalogue c
      LEFT JOIN LATERAL jsonb_array_elements(c.parameters) WITH ORDINALITY p(value, nth) ON (true))
   WHERE (c.name = example.name)
   GROUP BY c.name, c.rule;
END;

COMMENT ON FUNCTION indicators.example(name text) IS 'How an indicator is written, with the ranges of its parameters.';

CREATE FUNCTION kernels.fisher(high double precision[], low double precision[], length integer, OUT fisher double precision[], OUT trigger double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low);
    last integer := cardinality(high);
    middle double precision[] := array_fill(null::double precision, array[last]);
    highs double precision[];
    lows double precision[];
    extent double precision;
    v double precision := 0;
    f double precision := 0;
begin
    fisher := middle;
    trigger := middle;
    for i in first..last loop
        middle[i] := (high[i] + low[i]) / 2;
    end loop;
    highs := kernels.highest(middle, length);
    lows := kernels.lowest(middle, length);
    for i in first + length - 1..last loop
        extent := highs[i] - lows[i];
        if extent <= 1e-12 * abs(highs[i]) then
            v := 0;
            f := 0;
        else
            v := 0.66 * ((middle[i] - lows[i]) / extent - 0.5) + 0.67 * v;
            v := case when v > 0.99 then 0.999 when v < -0.99 then -0.999 else v end;
            f := 0.5 * ln((1 + v) / (1 - v)) + 0.5 * f;
            fisher[i] := f;
        end if;
        trigger[i] := fisher[i - 1];
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.fisher(high double precision[], low double precision[], length integer, OUT fisher double precision[], OUT trigger double precision[]) IS 'Fisher transform of the middles of bars and its trigger.';

CREATE FUNCTION indicators.fisher(instrument_id integer, timeframe text, length integer DEFAULT 9, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, fisher double precision, trigger double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.fisher,
     v.trigger
    FROM ((indicators.bars(fisher.instrument_id, fisher.timeframe, fisher.since, fisher.until, fisher.forming, 'FISHER'::text, VARIADIC ARRAY[(fisher.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.fisher(b.high, b.low, fisher.length) k(fisher, trigger))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.fisher, k.trigger) v(bucket, fisher, trigger))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.fisher(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Fisher transform and its trigger, the value of the bar before.';

CREATE FUNCTION kernels.hma(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    half double precision[] := kernels.wma(x, length / 2);
    whole double precision[] := kernels.wma(x, length);
begin
    for i in length..cardinality(x) loop
        whole[i] := 2 * half[i] - whole[i];
    end loop;
    return kernels.wma(whole, floor(sqrt(length))::integer);
end
$$;

COMMENT ON FUNCTION kernels.hma(x double precision[], length integer) IS 'Hull moving average of a series.';

CREATE FUNCTION indicators.hma(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, hma double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.hma
    FROM (indicators.bars(hma.instrument_id, hma.timeframe, hma.since, hma.until, hma.forming, 'HMA'::text, VARIADIC ARRAY[(hma.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.hma(b.close, hma.length)) v(bucket, hma))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.hma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Hull moving average.';

CREATE FUNCTION kernels.ichimoku(high double precision[], low double precision[], conversion_length integer, base_length integer, span_length integer, OUT conversion double precision[], OUT base double precision[], OUT span_a double precision[], OUT span_b double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    last integer := cardinality(high);
    ahead integer;
    conversion_lows double precision[] := kernels.lowest(low, conversion_length);
    base_lows double precision[] := kernels.lowest(low, base_length);
    span_lows double precision[] := kernels.lowest(low, span_length);
    span_highs double precision[] := kernels.highest(high, span_length);
begin
    conversion := kernels.highest(high, conversion_length);
    base := kernels.highest(high, base_length);
    span_a := array_fill(null::double precision, array[last]);
    span_b := span_a;
    for i in kernels.start(high, low)..last loop
        conversion[i] := (conversion[i] + conversion_lows[i]) / 2;
        base[i] := (base[i] + base_lows[i]) / 2;
        ahead := i + base_length - 1;
        if ahead <= last then
            span_a[ahead] := (conversion[i] + base[i]) / 2;
            span_b[ahead] := (span_highs[i] + span_lows[i]) / 2;
        end if;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.ichimoku(high double precision[], low double precision[], conversion_length integer, base_length integer, span_length integer, OUT conversion double precision[], OUT base double precision[], OUT span_a double precision[], OUT span_b double precision[]) IS 'Ichimoku''s conversion and base lines and leading spans of bars.';

CREATE FUNCTION indicators.ichimoku(instrument_id integer, timeframe text, conversion_length integer DEFAULT 9, base_length integer DEFAULT 26, span_length integer DEFAULT 52, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, conversion double precision, base double precision, span_a double precision, span_b double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.conversion,
     v.base,
     v.span_a,
     v.span_b
    FROM ((indicators.bars(ichimoku.instrument_id, ichimoku.timeframe, ichimoku.since, ichimoku.until, ichimoku.forming, 'ICHIMOKU'::text, VARIADIC ARRAY[(ichimoku.conversion_length)::double precision, (ichimoku.base_length)::double precision, (ichimoku.span_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.ichimoku(b.high, b.low, ichimoku.conversion_length, ichimoku.base_length, ichimoku.span_length) k(conversion, base, span_a, span_b))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.conversion, k.base, k.span_a, k.span_b) v(bucket, conversion, base, span_a, span_b))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.ichimoku(instrument_id integer, timeframe text, conversion_length integer, base_length integer, span_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Conversion and base lines and leading spans of Ichimoku.';

CREATE FUNCTION indicators.indicator(instrument_id integer, timeframe text, id text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, candles_back integer, output text, value double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     ((b.from_here - v.nth))::integer AS int4,
     o.output,
     v.value
    FROM ((((indicators.parse(indicator.id) i(id, name, parameters)
      CROSS JOIN LATERAL indicators.prepare(i.name, i.parameters) p(query, outputs, columns, bars, sessions))
      CROSS JOIN LATERAL ( SELECT r.asked_from,
             r.bucket,
             r.open,
             r.high,
             r.low,
             r.close,
             r.volume,
             r.session_date,
             sum(cardinality(r.bucket)) OVER (ORDER BY r.bucket DESC) AS from_here
            FROM indicators.read_bars(indicator.instrument_id, indicator.timeframe, indicator.since, indicator.until, indicator.forming, p.columns, p.bars, p.sessions) r(asked_from, bucket, open, high, low, close, volume, session_date)) b)
      CROSS JOIN LATERAL indicators.compute(p.query, b.open, b.high, b.low, b.close, b.volume, b.session_date) WITH ORDINALITY o(output, series, nth))
      CROSS JOIN LATERAL UNNEST(b.bucket, o.series) WITH ORDINALITY v(bucket, value, nth))
   WHERE (v.bucket >= b.asked_from)
   ORDER BY v.bucket, o.nth;
END;

COMMENT ON FUNCTION indicators.indicator(instrument_id integer, timeframe text, id text, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Values of the indicator that an id such as MACD_12_26_9 names: a row per bar and output.';

CREATE FUNCTION kernels.kama(x double precision[], length integer, fast_length integer, slow_length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    slow double precision := 2::double precision / (slow_length + 1);
    span double precision := 2::double precision / (fast_length + 1) - slow;
    way double precision[] := array_fill(null::double precision, array[last]);
    factor double precision;
    s double precision;
    r double precision[];
begin
    for i in first + 1..last loop
        way[i] := abs(x[i] - x[i - 1]);
    end loop;
    r := kernels.rolling_sum(way, length);
    s := x[first + length - 1];
    for i in first + length..last loop
        factor := slow + case when r[i] = 0 then 1 else abs(x[i] - x[i - length]) / r[i] end * span;
        s := s + factor * factor * (x[i] - s) + 1e-290 - 1e-290;  -- as in ema
        r[i] := s;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.kama(x double precision[], length integer, fast_length integer, slow_length integer) IS 'Kaufman''s adaptive moving average of a series.';

CREATE FUNCTION indicators.kama(instrument_id integer, timeframe text, length integer DEFAULT 10, fast_length integer DEFAULT 2, slow_length integer DEFAULT 30, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, kama double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.kama
    FROM (indicators.bars(kama.instrument_id, kama.timeframe, kama.since, kama.until, kama.forming, 'KAMA'::text, VARIADIC ARRAY[(kama.length)::double precision, (kama.fast_length)::double precision, (kama.slow_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.kama(b.close, kama.length, kama.fast_length, kama.slow_length)) v(bucket, kama))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.kama(instrument_id integer, timeframe text, length integer, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Kaufman''s adaptive moving average.';

CREATE FUNCTION kernels.kc(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, atr_length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    range double precision[] := kernels.atr(high, low, close, atr_length);
begin
    middle := kernels.ema(close, length);
    upper := array_fill(null::double precision, array[cardinality(close)]);
    lower := upper;
    for i in kernels.start(middle, range)..cardinality(close) loop
        upper[i] := middle[i] + multiplier * range[i];
        lower[i] := middle[i] - multiplier * range[i];
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.kc(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, atr_length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) IS 'Keltner channels of bars.';

CREATE FUNCTION indicators.kc(instrument_id integer, timeframe text, length integer DEFAULT 20, multiplier double precision DEFAULT 2, atr_length integer DEFAULT 10, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, upper double precision, middle double precision, lower double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.upper,
     v.middle,
     v.lower
    FROM ((indicators.bars(kc.instrument_id, kc.timeframe, kc.since, kc.until, kc.forming, 'KC'::text, VARIADIC ARRAY[(kc.length)::double precision, kc.multiplier, (kc.atr_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.kc(b.high, b.low, b.close, kc.length, kc.multiplier, kc.atr_length) k(upper, middle, lower))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.upper, k.middle, k.lower) v(bucket, upper, middle, lower))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.kc(instrument_id integer, timeframe text, length integer, multiplier double precision, atr_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Keltner channels.';

CREATE FUNCTION kernels.linreg(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    mean double precision[] := kernels.sma(x, length);
    r double precision[] := kernels.wma(x, length);
begin
    for i in length..cardinality(x) loop
        r[i] := 3 * r[i] - 2 * mean[i];
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.linreg(x double precision[], length integer) IS 'End point of the least squares line through the newest values of a series.';

CREATE FUNCTION indicators.linreg(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, linreg double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.linreg
    FROM (indicators.bars(linreg.instrument_id, linreg.timeframe, linreg.since, linreg.until, linreg.forming, 'LINREG'::text, VARIADIC ARRAY[(linreg.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.linreg(b.close, linreg.length)) v(bucket, linreg))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.linreg(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'End point of the least squares line through the newest closes.';

CREATE FUNCTION kernels.macd(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT macd double precision[], OUT signal double precision[], OUT histogram double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    fast_factor double precision := 2::double precision / (fast_length + 1);
    slow_factor double precision := 2::double precision / (slow_length + 1);
    signal_factor double precision := 2::double precision / (signal_length + 1);
    last integer := cardinality(x);
    first integer := kernels.start(x) + slow_length - 1;
    signal_first integer := first + signal_length - 1;
    fast double precision := (kernels.ema(x[:first], fast_length))[first];
    slow double precision := (kernels.ema(x[:first], slow_length))[first];
    m double precision;
    s double precision := 0;
begin
    macd := array_fill(null::double precision, array[last]);
    signal := macd;
    histogram := macd;
    for i in first..last loop
        m := fast - slow;
        s := s + case when i > signal_first then signal_factor * (m - s) else (m - s) / (i - first + 1) end
            + 1e-290 - 1e-290;  -- as in ema
        macd[i] := m;
        signal[i] := s;
        histogram[i] := m - s;
        fast := fast + fast_factor * (x[i + 1] - fast) + 1e-290 - 1e-290;
        slow := slow + slow_factor * (x[i + 1] - slow) + 1e-290 - 1e-290;
    end loop;
    for i in first..least(signal_first - 1, last) loop
        signal[i] := null;
        histogram[i] := null;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.macd(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT macd double precision[], OUT signal double precision[], OUT histogram double precision[]) IS 'Moving average convergence/divergence of a series, its signal and their difference.';

CREATE FUNCTION indicators.macd(instrument_id integer, timeframe text, fast_length integer DEFAULT 12, slow_length integer DEFAULT 26, signal_length integer DEFAULT 9, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, macd double precision, signal double precision, histogram double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.macd,
     v.signal,
     v.histogram
    FROM ((indicators.bars(macd.instrument_id, macd.timeframe, macd.since, macd.until, macd.forming, 'MACD'::text, VARIADIC ARRAY[(macd.fast_length)::double precision, (macd.slow_length)::double precision, (macd.signal_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.macd(b.close, macd.fast_length, macd.slow_length, macd.signal_length) k(macd, signal, histogram))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.macd, k.signal, k.histogram) v(bucket, macd, signal, histogram))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.macd(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Moving average convergence/divergence, its signal line and histogram.';

CREATE FUNCTION kernels.mama(x double precision[], fast_limit double precision, slow_limit double precision, OUT mama double precision[], OUT fama double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    a constant double precision := 0.0962;  -- weights of the Hilbert transform
    b constant double precision := 0.5769;
    first integer := kernels.start(x);
    last integer := cardinality(x);
    smooth double precision[] := array_fill(x[first], array[last]);
    detrended double precision[] := array_fill(0::double precision, array[last]);
    quadrature double precision[] := detrended;
    gain double precision;
    period double precision := 0;
    i2 double precision := 0;
    i2_before double precision := 0;
    q2 double precision := 0;
    q2_before double precision := 0;
    re double precision := 0;
    im double precision := 0;
    nothing double precision;
    cycle double precision;
    phase double precision;
    phase_before double precision := 0;
    factor double precision;
    s double precision := x[first];
    f double precision := x[first];
begin
    mama := array_fill(null::double precision, array[last]);
    fama := mama;
    for i in first + 12..last loop
        smooth[i] := (4 * x[i] + 3 * x[i - 1] + 2 * x[i - 2] + x[i - 3]) / 10;
        gain := 0.075 * period + 0.54;
        detrended[i] := gain * (a * (smooth[i] - smooth[i - 6]) + b * (smooth[i - 2] - smooth[i - 4]));
        quadrature[i] := gain * (a * (detrended[i] - detrended[i - 6]) + b * (detrended[i - 2] - detrended[i - 4]));
        i2 := 0.8 * i2_before + 0.2 * (
            detrended[i - 3]
            - gain * (a * (quadrature[i] - quadrature[i - 6]) + b * (quadrature[i - 2] - quadrature[i - 4]))
        );
        q2 := 0.8 * q2_before + 0.2 * (
            quadrature[i]
            + gain * (a * (detrended[i - 3] - detrended[i - 9]) + b * (detrended[i - 5] - detrended[i - 7]))
        );
        nothing := 1e-12 * abs(x[i]);
        if least(abs(i2), abs(q2)) <= nothing then
            i2 := case when abs(i2) > nothing then i2 else 0 end;
            q2 := case when abs(q2) > nothing then q2 else 0 end;
        end if;
        phase := case when abs(detrended[i - 3]) <= nothing then 0 else atand(quadrature[i] / detrended[i - 3]) end;
        factor := greatest(fast_limit / greatest(phase_before - phase, 1), slow_limit);
        phase_before := phase;
        s := s + factor * (x[i] - s) + 1e-290 - 1e-290;  -- as in ema
        f := f + factor / 2 * (s - f) + 1e-290 - 1e-290;
        mama[i] := s;
        fama[i] := f;
        re := 0.8 * re + 0.2 * (i2 * i2_before + q2 * q2_before);
        im := 0.8 * im + 0.2 * (i2 * q2_before - q2 * i2_before);
        i2_before := i2;
        q2_before := q2;
        if greatest(abs(re), abs(im)) <= nothing * nothing then
            re := 0;
            im := 0;
            cycle := 0;  -- kept to 6..50 below
        elsif least(abs(re), abs(im)) > 1e-12 * greatest(abs(re), abs(im)) then
            cycle := case when im * sign(re) > 0 then 360 / greatest(atan2d(abs(im), abs(re)), 1) else 0 end;
        else
            cycle := period;
        end if;
        period := 0.8 * period + 0.2 * least(greatest(least(cycle, 1.5 * period), 0.67 * period, 6), 50);
    end loop;
    for i in first + 12..least(first + 31, last) loop
        mama[i] := null;
        fama[i] := null;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.mama(x double precision[], fast_limit double precision, slow_limit double precision, OUT mama double precision[], OUT fama double precision[]) IS 'MESA adaptive moving average of a series and the one that follows it.';

CREATE FUNCTION indicators.mama(instrument_id integer, timeframe text, fast_limit double precision DEFAULT 0.5, slow_limit double precision DEFAULT 0.05, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, mama double precision, fama double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.mama,
     v.fama
    FROM ((indicators.bars(mama.instrument_id, mama.timeframe, mama.since, mama.until, mama.forming, 'MAMA'::text, VARIADIC ARRAY[mama.fast_limit, mama.slow_limit]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.mama(b.close, mama.fast_limit, mama.slow_limit) k(mama, fama))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.mama, k.fama) v(bucket, mama, fama))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.mama(instrument_id integer, timeframe text, fast_limit double precision, slow_limit double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'MESA adaptive moving average and its following one.';

CREATE FUNCTION kernels.mfi(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close, volume);
    last integer := cardinality(close);
    before double precision := (high[first] + low[first] + close[first]) / 3;
    typical double precision;
    rounding double precision;
    rises double precision[] := array_fill(null::double precision, array[last]);
    falls double precision[] := rises;
    r double precision[];
begin
    for i in first + 1..last loop
        typical := (high[i] + low[i] + close[i]) / 3;
        rounding := 1e-14 * (abs(typical) + abs(before));
        rises[i] := case when typical - before > rounding then typical * volume[i] else 0 end;
        falls[i] := case when before - typical > rounding then typical * volume[i] else 0 end;
        before := typical;
    end loop;
    r := kernels.rolling_sum(rises, length);
    falls := kernels.rolling_sum(falls, length);
    for i in first + length..last loop
        r[i] := case when r[i] = 0 then 0 else 100 * r[i] / (r[i] + falls[i]) end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.mfi(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) IS 'Money flow index of bars.';

CREATE FUNCTION indicators.mfi(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, mfi double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.mfi
    FROM (indicators.bars(mfi.instrument_id, mfi.timeframe, mfi.since, mfi.until, mfi.forming, 'MFI'::text, VARIADIC ARRAY[(mfi.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.mfi(b.high, b.low, b.close, b.volume, mfi.length)) v(bucket, mfi))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.mfi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Money flow index.';

CREATE FUNCTION kernels.mom(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x) + length;
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := x[i] - x[i - length];
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.mom(x double precision[], length integer) IS 'Change of a series over so many values.';

CREATE FUNCTION indicators.mom(instrument_id integer, timeframe text, length integer DEFAULT 10, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, mom double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.mom
    FROM (indicators.bars(mom.instrument_id, mom.timeframe, mom.since, mom.until, mom.forming, 'MOM'::text, VARIADIC ARRAY[(mom.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.mom(b.close, mom.length)) v(bucket, mom))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.mom(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Momentum: change of the close over so many bars.';

CREATE FUNCTION kernels.natr(high double precision[], low double precision[], close double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    r double precision[] := kernels.atr(high, low, close, length);
begin
    for i in length + 1..cardinality(close) loop
        r[i] := 100 * r[i] / nullif(close[i], 0);
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.natr(high double precision[], low double precision[], close double precision[], length integer) IS 'Average true range of bars as a percentage of the close.';

CREATE FUNCTION indicators.natr(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, natr double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.natr
    FROM (indicators.bars(natr.instrument_id, natr.timeframe, natr.since, natr.until, natr.forming, 'NATR'::text, VARIADIC ARRAY[(natr.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.natr(b.high, b.low, b.close, natr.length)) v(bucket, natr))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.natr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Normalized average true range.';

CREATE FUNCTION kernels.obv(close double precision[], volume double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(close, volume);
    last integer := cardinality(close);
    s double precision := volume[first];
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    if first <= last then
        r[first] := s;
    end if;
    for i in first + 1..last loop
        s := s + sign(close[i] - close[i - 1]) * volume[i];
        r[i] := s;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.obv(close double precision[], volume double precision[]) IS 'On-balance volume of bars.';

CREATE FUNCTION indicators.obv(instrument_id integer, timeframe text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, obv double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.obv
    FROM (indicators.bars(obv.instrument_id, obv.timeframe, obv.since, obv.until, obv.forming, 'OBV'::text, VARIADIC '{}'::double precision[]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.obv(b.close, b.volume)) v(bucket, obv))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.obv(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'On-balance volume.';

CREATE FUNCTION indicators.pivots(instrument_id integer, timeframe text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, pivot double precision, r1 double precision, r2 double precision, r3 double precision, s1 double precision, s2 double precision, s3 double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.pivot,
     v.r1,
     v.r2,
     v.r3,
     v.s1,
     v.s2,
     v.s3
    FROM ((indicators.bars(pivots.instrument_id, pivots.timeframe, pivots.since, pivots.until, pivots.forming, 'PIVOTS'::text, VARIADIC '{}'::double precision[]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.pivots(b.high, b.low, b.close, b.session_date) k(pivot, r1, r2, r3, s1, s2, s3))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.pivot, k.r1, k.r2, k.r3, k.s1, k.s2, k.s3) v(bucket, pivot, r1, r2, r3, s1, s2, s3))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.pivots(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Floor pivots of the trading day before.';

CREATE FUNCTION kernels.ppo(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT ppo double precision[], OUT signal double precision[], OUT histogram double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    fast_factor double precision := 2::double precision / (fast_length + 1);
    slow_factor double precision := 2::double precision / (slow_length + 1);
    signal_factor double precision := 2::double precision / (signal_length + 1);
    last integer := cardinality(x);
    first integer := kernels.start(x) + slow_length - 1;
    signal_first integer := first + signal_length - 1;
    fast double precision := (kernels.ema(x[:first], fast_length))[first];
    slow double precision := (kernels.ema(x[:first], slow_length))[first];
    p double precision;
    s double precision := 0;
begin
    ppo := array_fill(null::double precision, array[last]);
    signal := ppo;
    histogram := ppo;
    for i in first..last loop
        p := case when slow = 0 or abs(fast - slow) <= 1e-12 * abs(slow) then 0 else 100 * ((fast - slow) / slow) end;
        s := s + case when i > signal_first then signal_factor * (p - s) else (p - s) / (i - first + 1) end
            + 1e-290 - 1e-290;  -- as in ema
        ppo[i] := p;
        signal[i] := s;
        histogram[i] := p - s;
        fast := fast + fast_factor * (x[i + 1] - fast) + 1e-290 - 1e-290;
        slow := slow + slow_factor * (x[i + 1] - slow) + 1e-290 - 1e-290;
    end loop;
    for i in first..least(signal_first - 1, last) loop
        signal[i] := null;
        histogram[i] := null;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.ppo(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT ppo double precision[], OUT signal double precision[], OUT histogram double precision[]) IS 'Percentage price oscillator of a series, its signal and their difference.';

CREATE FUNCTION indicators.ppo(instrument_id integer, timeframe text, fast_length integer DEFAULT 12, slow_length integer DEFAULT 26, signal_length integer DEFAULT 9, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, ppo double precision, signal double precision, histogram double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.ppo,
     v.signal,
     v.histogram
    FROM ((indicators.bars(ppo.instrument_id, ppo.timeframe, ppo.since, ppo.until, ppo.forming, 'PPO'::text, VARIADIC ARRAY[(ppo.fast_length)::double precision, (ppo.slow_length)::double precision, (ppo.signal_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.ppo(b.close, ppo.fast_length, ppo.slow_length, ppo.signal_length) k(ppo, signal, histogram))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.ppo, k.signal, k.histogram) v(bucket, ppo, signal, histogram))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.ppo(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Percentage price oscillator, its signal line and histogram.';

CREATE FUNCTION kernels.psar(high double precision[], low double precision[], acceleration double precision, maximum double precision) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    second integer := kernels.start(high, low) + 1;
    last integer := cardinality(high);
    before integer := second;
    rising boolean := low[second - 1] - low[second] <= greatest(high[second] - high[second - 1], 0);
    s double precision := case when rising then low[second - 1] else high[second - 1] end;
    extreme double precision := case when rising then high[second] else low[second] end;
    step double precision := acceleration;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in second..last loop
        if (case when rising then low[i] <= s else high[i] >= s end) then
            rising := not rising;
            s := case
                when rising then least(extreme, low[before], low[i])
                else greatest(extreme, high[before], high[i])
            end;
            extreme := case when rising then high[i] else low[i] end;
            step := acceleration;
        elsif (case when rising then high[i] > extreme else low[i] < extreme end) then
            extreme := case when rising then high[i] else low[i] end;
            step := least(step + acceleration, maximum);
        end if;
        r[i] := s;
        s := s + step * (extreme - s);
        s := case when rising then least(s, low[before], low[i]) else greatest(s, high[before], high[i]) end;
        before := i;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.psar(high double precision[], low double precision[], acceleration double precision, maximum double precision) IS 'Parabolic stop and reverse of bars.';

CREATE FUNCTION indicators.psar(instrument_id integer, timeframe text, acceleration double precision DEFAULT 0.02, maximum double precision DEFAULT 0.2, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, psar double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.psar
    FROM (indicators.bars(psar.instrument_id, psar.timeframe, psar.since, psar.until, psar.forming, 'PSAR'::text, VARIADIC ARRAY[psar.acceleration, psar.maximum]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.psar(b.high, b.low, psar.acceleration, psar.maximum)) v(bucket, psar))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.psar(instrument_id integer, timeframe text, acceleration double precision, maximum double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Parabolic stop and reverse.';

CREATE FUNCTION indicators.reading_start(instrument_id integer, width interval, since timestamp with time zone, bars integer) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 WITH latest AS (
          SELECT s.opens_at,
             date_part('epoch'::text, (LEAST(s.closes_at, reading_start.since) - s.opens_at)) AS seconds
            FROM market.sessions s
           WHERE ((s.segment = ( SELECT i.segment
                    FROM market.instruments i
                   WHERE (i.id = reading_start.instrument_id))) AND (s.opens_at < reading_start.since) AND (s.kind <> 'closing_auction'::text))
           ORDER BY s.opens_at DESC
          LIMIT ((2)::double precision + ceil((((reading_start.bars)::double precision * date_part('epoch'::text, reading_start.width)) / (
                 CASE
                     WHEN (reading_start.width >= '1 day'::interval) THEN 86400
                     ELSE 3600
                 END)::double precision)))
         ), counted AS (
          SELECT l.opens_at,
             sum(
                 CASE
                     WHEN (reading_start.width >= '1 day'::interval) THEN ((86400)::double precision / date_part('epoch'::text, reading_start.width))
                     ELSE ceil((l.seconds / date_part('epoch'::text, reading_start.width)))
                 END) OVER (ORDER BY l.opens_at DESC) AS bars
            FROM latest l
         )
  SELECT c.opens_at
    FROM counted c
   WHERE (c.bars >= (reading_start.bars)::double precision)
   ORDER BY c.opens_at DESC
  LIMIT 1;
END;

COMMENT ON FUNCTION indicators.reading_start(instrument_id integer, width interval, since timestamp with time zone, bars integer) IS 'The opening of the trading session from which so many bars lie before an instant.';

CREATE FUNCTION indicators.state_ids() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{EMA_9,EMA_12,EMA_21,EMA_26,MACD_12_26_9,RSI_14,ATR_14,SUPERTREND_10_3,BBANDS_20_2,DC_20}'::text[];

COMMENT ON FUNCTION indicators.state_ids() IS 'The indicators of strategies: those that are advanced bar by bar in ledger.indicator_state.';

CREATE TABLE ledger.indicator_subscriptions (
    instrument_id integer NOT NULL,
    timeframe text NOT NULL,
    id text NOT NULL,
    client text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE ledger.indicator_subscriptions IS 'Which indicators clients watch: they are kept live until the last of them leaves or expires (wall clock).';

CREATE VIEW indicators.watched AS
 SELECT s.timeframe,
    s.instrument_id,
    s.id,
    (t.stored AND (s.id = ANY (indicators.state_ids()))) AS in_state,
    count(*) AS clients,
    max(s.expires_at) AS expires_at
   FROM (ledger.indicator_subscriptions s
     JOIN meta.timeframes t ON ((t.timeframe = s.timeframe)))
  WHERE ((s.expires_at > now()) AND (split_part(s.id, '_'::text, 1) IN ( SELECT c.name
           FROM indicators.indicator_catalogue c)))
  GROUP BY s.timeframe, s.instrument_id, s.id, t.stored;

COMMENT ON VIEW indicators.watched IS 'Indicators that are kept live, with the number of clients that watch them.';

CREATE TABLE ledger.indicator_values (
    timeframe text NOT NULL,
    instrument_id integer NOT NULL,
    id text NOT NULL,
    bucket timestamp with time zone NOT NULL,
    outputs text[] NOT NULL,
    results double precision[] NOT NULL,
    verified_at timestamp with time zone NOT NULL
)
WITH (fillfactor='45');

COMMENT ON TABLE ledger.indicator_values IS 'Other watched indicators as of the newest closed bar, computed once for it. Without results: there is no bar. verified_at: when it was last computed (wall clock).';

CREATE FUNCTION indicators.refresh_values(timeframe text, instrument_ids integer[]) RETURNS integer[]
    LANGUAGE sql
    BEGIN ATOMIC
 WITH asked AS MATERIALIZED (
          SELECT w.instrument_id,
             array_agg(w.id) AS ids
            FROM indicators.watched w
           WHERE ((w.timeframe = refresh_values.timeframe) AND (w.instrument_id = ANY (refresh_values.instrument_ids)) AND (NOT w.in_state))
           GROUP BY w.instrument_id
         ), latest AS MATERIALIZED (
          SELECT a.instrument_id,
             l.id,
             l.bucket,
             array_agg(l.output ORDER BY l.nth) AS outputs,
             array_agg(l.value ORDER BY l.nth) AS results
            FROM (asked a
              CROSS JOIN LATERAL indicators.indicators_latest(a.instrument_id, ARRAY[refresh_values.timeframe], a.ids, false) WITH ORDINALITY l(timeframe, id, output, bucket, value, nth))
           GROUP BY a.instrument_id, l.id, l.bucket
         ), computed AS MATERIALIZED (
          SELECT a.instrument_id,
             i.id,
             COALESCE(l.bucket, '-infinity'::timestamp with time zone) AS bucket,
             COALESCE(l.outputs, '{}'::text[]) AS outputs,
             COALESCE(l.results, '{}'::double precision[]) AS results
            FROM ((asked a
              CROSS JOIN LATERAL unnest(a.ids) i(id))
              LEFT JOIN latest l ON (((l.instrument_id = a.instrument_id) AND (l.id = i.id))))
         ), written AS (
          INSERT INTO ledger.indicator_values AS v_1 (timeframe, instrument_id, id, bucket, outputs, results, verified_at)  SELECT refresh_values.timeframe AS timeframe,
                     c_1.instrument_id,
                     c_1.id,
                     c_1.bucket,
                     c_1.outputs,
                     c_1.results,
                     clock_timestamp() AS verified_at
                    FROM computed c_1 ON CONFLICT(timeframe, instrument_id, id) DO UPDATE SET bucket = excluded.bucket, outputs = excluded.outputs, results = excluded.results, verified_at = excluded.verified_at
         )
  SELECT COALESCE(array_agg(DISTINCT c.instrument_id), '{}'::integer[]) AS "coalesce"
    FROM (computed c
      LEFT JOIN ledger.indicator_values v ON (((v.timeframe = refresh_values.timeframe) AND (v.instrument_id = c.instrument_id) AND (v.id = c.id))))
   WHERE ((v.bucket IS DISTINCT FROM c.bucket) OR (v.results IS DISTINCT FROM c.results));
END;

COMMENT ON FUNCTION indicators.refresh_values(timeframe text, instrument_ids integer[]) IS 'Computes watched indicators that have no incremental state, as of the newest closed bar.';

CREATE FUNCTION kernels.roc(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x) + length;
    before double precision;
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        before := x[i - length];
        r[i] := case when before = 0 then 0 else 100 * ((x[i] - before) / before) end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.roc(x double precision[], length integer) IS 'Change of a series over so many values, in percent.';

CREATE FUNCTION indicators.roc(instrument_id integer, timeframe text, length integer DEFAULT 10, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, roc double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.roc
    FROM (indicators.bars(roc.instrument_id, roc.timeframe, roc.since, roc.until, roc.forming, 'ROC'::text, VARIADIC ARRAY[(roc.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.roc(b.close, roc.length)) v(bucket, roc))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.roc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Rate of change of the close, in percent.';

CREATE FUNCTION kernels.rsi(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    n double precision := length;
    first integer := kernels.start(x);
    last integer := cardinality(x);
    change double precision;
    gains double precision := 0;
    losses double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 1..least(first + length, last) loop
        change := x[i] - x[i - 1];
        gains := gains + greatest(change, 0) / n;
        losses := losses + greatest(-change, 0) / n;
    end loop;
    for i in first + length..last loop
        r[i] := case when gains + losses > 1e-12 * abs(x[i]) + 1e-290 then 100 * (gains / (gains + losses)) end;
        change := x[i + 1] - x[i];
        gains := gains + (greatest(change, 0) - gains) / n + 1e-290 - 1e-290;  -- no underflow, as in ema
        losses := losses + (greatest(-change, 0) - losses) / n + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.rsi(x double precision[], length integer) IS 'Relative strength index of a series.';

CREATE FUNCTION indicators.rsi(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, rsi double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.rsi
    FROM (indicators.bars(rsi.instrument_id, rsi.timeframe, rsi.since, rsi.until, rsi.forming, 'RSI'::text, VARIADIC ARRAY[(rsi.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.rsi(b.close, rsi.length)) v(bucket, rsi))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.rsi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Relative strength index.';

CREATE FUNCTION indicators.seed_state(instrument_id integer, timeframe text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    b record;
    n integer;
    last integer;
    extents double precision[];
    gains double precision[];
    losses double precision[];
    trend record;
    known ledger.indicator_state;
    next ledger.indicator_state;
begin
    select
        w.*,
        a.bucket as anchored_bucket,
        a.high as anchored_high,
        a.low as anchored_low,
        a.close as anchored_close
    into b  -- in one statement, as the next one may see more bars
    from indicators.read_bars(
        seed_state.instrument_id,
        seed_state.timeframe,
        meta.now(),
        'infinity',
        false,
        columns => '{high,low,close}',
        bars => 784,
        sessions => null
    ) as w
    cross join indicators.read_bars(
        seed_state.instrument_id,
        seed_state.timeframe,
        meta.now(),
        'infinity',
        false,
        columns => '{high,low,close}',
        bars => null,
        sessions => null
    ) as a;
    delete from ledger.indicator_state as s
    where s.timeframe = seed_state.timeframe and s.instrument_id = seed_state.instrument_id
    returning s.* into known;
    n := cardinality(b.bucket);
    last := cardinality(b.anchored_bucket);
    extents := kernels.true_range(b.anchored_high, b.anchored_low, b.anchored_close);
    if last > 0 then
        extents[1] := b.anchored_high[1] - b.anchored_low[1];
    end if;
    select
        array_agg(greatest(x.now - x.before, 0) order by x.nth),
        array_agg(greatest(x.before - x.now, 0) order by x.nth)
    into gains, losses
    from (
        select u.nth, u.value as now, lag(u.value) over (order by u.nth) as before from unnest(b.close) with ordinality as u (value, nth)
    ) as x
    where x.before is not null;
    trend := kernels.supertrend(b.anchored_high, b.anchored_low, b.anchored_close, 10, 3);

    next.timeframe := seed_state.timeframe;
    next.instrument_id := seed_state.instrument_id;
    next.bars := n;
    next.bucket := coalesce(b.bucket[n], '-infinity');
    next.buckets := b.bucket[n - 19:];
    next.highs := b.high[n - 19:];
    next.lows := b.low[n - 19:];
    next.closes := b.close[n - 19:];
    next.ema_9 := (kernels.ema(b.close, 9))[n];
    next.ema_12 := (kernels.ema(b.close, 12))[n];
    next.ema_21 := (kernels.ema(b.close, 21))[n];
    next.ema_26 := (kernels.ema(b.close, 26))[n];
    next.macd_signal := ((kernels.macd(b.close, 12, 26, 9)).signal)[n];
    next.rsi_gains := (kernels.wilder(coalesce(gains, '{}'), 14))[n - 1];
    next.rsi_losses := (kernels.wilder(coalesce(losses, '{}'), 14))[n - 1];
    next.atr := (kernels.atr(b.high, b.low, b.close, 14))[n];
    next.supertrend_atr := (kernels.wilder(extents, 10))[last];
    next.supertrend_upper := trend.upper[last];
    next.supertrend_lower := trend.lower[last];
    next.supertrend_direction := trend.direction[last];
    next.verified_at := clock_timestamp();
    insert into ledger.indicator_state select (next).*;
    return
        (known.buckets, known.highs, known.lows, known.closes, known.supertrend_direction)
        is distinct from (next.buckets, next.highs, next.lows, next.closes, next.supertrend_direction)
        or abs(known.ema_26 - next.ema_26) > 1e-9 * abs(next.ema_26)
        or abs(known.atr - next.atr) > 1e-9 * abs(next.atr)
        or abs(known.rsi_gains - next.rsi_gains) > 1e-9 * abs(next.rsi_gains);
end
$$;

COMMENT ON FUNCTION indicators.seed_state(instrument_id integer, timeframe text) IS 'Computes the live state of an instrument and timeframe anew by the kernels.';

CREATE FUNCTION indicators.session_client() RETURNS text
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN format('session %s'::text, pg_backend_pid());

COMMENT ON FUNCTION indicators.session_client() IS 'The name under which this database session subscribes.';

CREATE FUNCTION indicators.set_anchors() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    clock timestamptz := meta.now();
    moved text[];
begin
    if clock is null then
        return 0;
    end if;
    perform pg_advisory_xact_lock(hashtext('bhav.indicators'));
    with set_now as (
        insert into ledger.indicator_anchors as a (timeframe, starts_at)
        select
            t.timeframe,
            case when r.keep is null then '-infinity' else meta.bucket_start('1 day', clock - r.keep + interval '2 days') end
        from meta.timeframes as t
        inner join meta.retention as r on r.relation = t.timeframe
        on conflict (timeframe) do update
            set starts_at = meta.bucket_start(
                '1 day', clock - (select r.keep from meta.retention as r where r.relation = a.timeframe) / 2
            ),
            set_at = now()
            where a.starts_at < clock - (
                select r.keep from meta.retention as r where r.relation = a.timeframe
            ) + interval '1 day'
        returning a.timeframe
    )

    select coalesce(array_agg(s.timeframe), '{}') into moved from set_now as s;
    delete from ledger.indicator_state as s where s.timeframe = any (moved);
    return cardinality(moved);
end
$$;

COMMENT ON FUNCTION indicators.set_anchors() IS 'Sets the anchors of path-dependent indicators, and moves those whose bars are about to be dropped.';

CREATE FUNCTION kernels.sma(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    return kernels.rolling_sum(x, length, length);
end
$$;

COMMENT ON FUNCTION kernels.sma(x double precision[], length integer) IS 'Simple moving average of a series.';

CREATE FUNCTION indicators.sma(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, sma double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.sma
    FROM (indicators.bars(sma.instrument_id, sma.timeframe, sma.since, sma.until, sma.forming, 'SMA'::text, VARIADIC ARRAY[(sma.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.sma(b.close, sma.length)) v(bucket, sma))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.sma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Simple moving average.';

CREATE FUNCTION kernels.stddev(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    n integer;  -- values of the block that m, their mean, and q, their squared deviations from it, hold
    m double precision;
    q double precision;
    d double precision;
    means double precision[] := array_fill(null::double precision, array[last]);
    squares double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        m := 0;
        q := 0;
        means[block] := x[block];  -- a whole block needs nothing of the one before
        squares[block] := 0;
        for i in block..least(block + length - 1, last) loop
            n := i - block + 1;
            d := x[i] - m;
            m := m + d / n;
            q := q + d * (x[i] - m);
            d := m - means[i - length + 1];
            r[i] := sqrt((squares[i - length + 1] + q + d * d * n * (length - n) / length) / length);
        end loop;
        m := 0;
        q := 0;
        n := 0;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            n := n + 1;
            d := x[i] - m;
            m := m + d / n;
            q := q + d * (x[i] - m);
            means[i] := m;
            squares[i] := q;
        end loop;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.stddev(x double precision[], length integer) IS 'Population standard deviation of the newest values of a series.';

CREATE FUNCTION indicators.stddev(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, stddev double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.stddev
    FROM (indicators.bars(stddev.instrument_id, stddev.timeframe, stddev.since, stddev.until, stddev.forming, 'STDDEV'::text, VARIADIC ARRAY[(stddev.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.stddev(b.close, stddev.length)) v(bucket, stddev))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.stddev(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Standard deviation.';

CREATE FUNCTION kernels.stoch(high double precision[], low double precision[], close double precision[], length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close) + length - 1;
    highs double precision[] := kernels.highest(high, length);
    lows double precision[] := kernels.lowest(low, length);
    extent double precision;
    raw double precision[] := array_fill(null::double precision, array[cardinality(close)]);
begin
    for i in first..cardinality(close) loop
        extent := highs[i] - lows[i];
        raw[i] := case when extent <= 1e-12 * abs(highs[i]) then 0 else 100 * ((close[i] - lows[i]) / extent) end;
    end loop;
    k := kernels.sma(raw, smooth_k);
    d := kernels.sma(k, smooth_d);
end
$$;

COMMENT ON FUNCTION kernels.stoch(high double precision[], low double precision[], close double precision[], length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) IS 'Stochastic oscillator of bars: smoothed %K and its average %D.';

CREATE FUNCTION indicators.stoch(instrument_id integer, timeframe text, length integer DEFAULT 14, smooth_k integer DEFAULT 3, smooth_d integer DEFAULT 3, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, k double precision, d double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.k,
     v.d
    FROM ((indicators.bars(stoch.instrument_id, stoch.timeframe, stoch.since, stoch.until, stoch.forming, 'STOCH'::text, VARIADIC ARRAY[(stoch.length)::double precision, (stoch.smooth_k)::double precision, (stoch.smooth_d)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.stoch(b.high, b.low, b.close, stoch.length, stoch.smooth_k, stoch.smooth_d) k(k, d))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.k, k.d) v(bucket, k, d))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.stoch(instrument_id integer, timeframe text, length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Stochastic oscillator: smoothed %K and its average %D.';

CREATE FUNCTION kernels.stochrsi(x double precision[], rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    rsi double precision[] := kernels.rsi(x, rsi_length);
begin
    for i in kernels.start(x) + rsi_length..cardinality(x) loop
        rsi[i] := case when rsi[i] > 1e-10 then rsi[i] else 0 end;
    end loop;
    select s.k, s.d into k, d from kernels.stoch(rsi, rsi, rsi, stoch_length, smooth_k, smooth_d) as s;
end
$$;

COMMENT ON FUNCTION kernels.stochrsi(x double precision[], rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) IS 'Stochastic oscillator of the relative strength index of a series.';

CREATE FUNCTION indicators.stochrsi(instrument_id integer, timeframe text, rsi_length integer DEFAULT 14, stoch_length integer DEFAULT 14, smooth_k integer DEFAULT 3, smooth_d integer DEFAULT 3, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, k double precision, d double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.k,
     v.d
    FROM ((indicators.bars(stochrsi.instrument_id, stochrsi.timeframe, stochrsi.since, stochrsi.until, stochrsi.forming, 'STOCHRSI'::text, VARIADIC ARRAY[(stochrsi.rsi_length)::double precision, (stochrsi.stoch_length)::double precision, (stochrsi.smooth_k)::double precision, (stochrsi.smooth_d)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.stochrsi(b.close, stochrsi.rsi_length, stochrsi.stoch_length, stochrsi.smooth_k, stochrsi.smooth_d) k(k, d))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.k, k.d) v(bucket, k, d))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.stochrsi(instrument_id integer, timeframe text, rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Stochastic oscillator of the relative strength index: smoothed %K and its average %D.';

CREATE FUNCTION indicators.subscribe(instrument_id integer, timeframe text, id text, client text DEFAULT NULL::text, lasts interval DEFAULT '00:05:00'::interval) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    full_id text;
begin
    if not exists (select from market.instruments as i where i.id = subscribe.instrument_id) then
        raise exception using
            errcode = 'BH002',
            message = format('no instrument %s', subscribe.instrument_id),
            hint = 'market.id(symbol) gives the id of a symbol';
    end if;
    insert into ledger.indicator_subscriptions as s (timeframe, instrument_id, id, client, expires_at)
    values (
        subscribe.timeframe,
        subscribe.instrument_id,
        subscribe.id,
        coalesce(subscribe.client, indicators.session_client()),
        coalesce(now() + lasts, 'infinity')
    )
    on conflict on constraint indicator_subscriptions_pkey do update set expires_at = excluded.expires_at
    returning s.id into full_id;
    return full_id;
end
$$;

COMMENT ON FUNCTION indicators.subscribe(instrument_id integer, timeframe text, id text, client text, lasts interval) IS 'Keeps an indicator of an instrument and timeframe live until the subscription ends or expires.';

CREATE FUNCTION kernels.t3(x double precision[], length integer, volume_factor double precision) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    a double precision := 2::double precision / (length + 1);
    v double precision := volume_factor;
    weight_3 double precision := (1 + v) * (1 + v) * (1 + v);
    weight_4 double precision := -3 * v * (1 + v) * (1 + v);
    weight_5 double precision := 3 * v * v * (1 + v);
    weight_6 double precision := -v * v * v;
    first integer := kernels.start(x) + 6 * (length - 1);
    head_1 double precision[] := kernels.ema(x[:first], length);  -- seed the averages
    head_2 double precision[] := kernels.ema(head_1, length);
    head_3 double precision[] := kernels.ema(head_2, length);
    head_4 double precision[] := kernels.ema(head_3, length);
    head_5 double precision[] := kernels.ema(head_4, length);
    head_6 double precision[] := kernels.ema(head_5, length);
    s1 double precision := head_1[first];
    s2 double precision := head_2[first];
    s3 double precision := head_3[first];
    s4 double precision := head_4[first];
    s5 double precision := head_5[first];
    s6 double precision := head_6[first];
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := weight_3 * s3 + weight_4 * s4 + weight_5 * s5 + weight_6 * s6;
        s1 := s1 + a * (x[i + 1] - s1) + 1e-290 - 1e-290;  -- as in ema
        s2 := s2 + a * (s1 - s2) + 1e-290 - 1e-290;
        s3 := s3 + a * (s2 - s3) + 1e-290 - 1e-290;
        s4 := s4 + a * (s3 - s4) + 1e-290 - 1e-290;
        s5 := s5 + a * (s4 - s5) + 1e-290 - 1e-290;
        s6 := s6 + a * (s5 - s6) + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.t3(x double precision[], length integer, volume_factor double precision) IS 'Tillson''s T3 moving average of a series.';

CREATE FUNCTION indicators.t3(instrument_id integer, timeframe text, length integer DEFAULT 5, volume_factor double precision DEFAULT 0.7, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, t3 double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.t3
    FROM (indicators.bars(t3.instrument_id, t3.timeframe, t3.since, t3.until, t3.forming, 'T3'::text, VARIADIC ARRAY[(t3.length)::double precision, t3.volume_factor]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.t3(b.close, t3.length, t3.volume_factor)) v(bucket, t3))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.t3(instrument_id integer, timeframe text, length integer, volume_factor double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Tillson''s T3 moving average.';

CREATE FUNCTION kernels.tema(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x) + 3 * (length - 1);
    head_1 double precision[] := kernels.ema(x[:first], length);  -- seed the averages
    head_2 double precision[] := kernels.ema(head_1, length);
    once double precision := head_1[first];
    twice double precision := head_2[first];
    thrice double precision := (kernels.ema(head_2, length))[first];
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := 3 * once - 3 * twice + thrice;
        once := once + a * (x[i + 1] - once) + 1e-290 - 1e-290;  -- as in ema
        twice := twice + a * (once - twice) + 1e-290 - 1e-290;
        thrice := thrice + a * (twice - thrice) + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.tema(x double precision[], length integer) IS 'Triple exponential moving average of a series.';

CREATE FUNCTION indicators.tema(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, tema double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.tema
    FROM (indicators.bars(tema.instrument_id, tema.timeframe, tema.since, tema.until, tema.forming, 'TEMA'::text, VARIADIC ARRAY[(tema.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.tema(b.close, tema.length)) v(bucket, tema))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.tema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Triple exponential moving average.';

CREATE FUNCTION kernels.trix(x double precision[], length integer, signal_length integer, OUT trix double precision[], OUT signal double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x) + 3 * (length - 1);
    head_1 double precision[] := kernels.ema(x[:first], length);  -- seed the averages
    head_2 double precision[] := kernels.ema(head_1, length);
    once double precision := head_1[first];
    twice double precision := head_2[first];
    thrice double precision := (kernels.ema(head_2, length))[first];
    before double precision;
begin
    trix := array_fill(null::double precision, array[cardinality(x)]);
    for i in first + 1..cardinality(x) loop
        before := thrice;
        once := once + a * (x[i] - once) + 1e-290 - 1e-290;  -- as in ema
        twice := twice + a * (once - twice) + 1e-290 - 1e-290;
        thrice := thrice + a * (twice - thrice) + 1e-290 - 1e-290;
        trix[i] := case when abs(before) < 1e-290 then 0 else 100 * ((thrice - before) / before) end;
    end loop;
    signal := kernels.sma(trix, signal_length);
end
$$;

COMMENT ON FUNCTION kernels.trix(x double precision[], length integer, signal_length integer, OUT trix double precision[], OUT signal double precision[]) IS 'Change of the threefold exponential average of a series, in percent, and its signal.';

CREATE FUNCTION indicators.trix(instrument_id integer, timeframe text, length integer DEFAULT 18, signal_length integer DEFAULT 9, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, trix double precision, signal double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.trix,
     v.signal
    FROM ((indicators.bars(trix.instrument_id, trix.timeframe, trix.since, trix.until, trix.forming, 'TRIX'::text, VARIADIC ARRAY[(trix.length)::double precision, (trix.signal_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.trix(b.close, trix.length, trix.signal_length) k(trix, signal))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.trix, k.signal) v(bucket, trix, signal))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.trix(instrument_id integer, timeframe text, length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Change of the threefold exponential average, in percent, and its signal line.';

CREATE FUNCTION kernels.tsi(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT tsi double precision[], OUT signal double precision[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    slow_factor double precision := 2::double precision / (slow_length + 1);
    fast_factor double precision := 2::double precision / (fast_length + 1);
    signal_factor double precision := 2::double precision / (signal_length + 1);
    last integer := cardinality(x);
    first integer := kernels.start(x) + slow_length + fast_length - 1;
    signal_first integer := first + signal_length - 1;
    changes double precision[] := kernels.mom(x[:first], 1);  -- seed the averages
    extents double precision[] := changes;
    change double precision;
    slow_change double precision;
    fast_change double precision;
    slow_extent double precision;
    fast_extent double precision;
    moves boolean;
    t double precision;
    s double precision := 0;
begin
    tsi := array_fill(null::double precision, array[last]);
    signal := tsi;
    if first > last then
        return;
    end if;
    for i in 2..first loop
        extents[i] := abs(changes[i]);
    end loop;
    changes := kernels.ema(changes, slow_length);
    extents := kernels.ema(extents, slow_length);
    slow_change := changes[first];
    slow_extent := extents[first];
    fast_change := (kernels.ema(changes, fast_length))[first];
    fast_extent := (kernels.ema(extents, fast_length))[first];
    for i in first..last loop
        moves := fast_extent > 1e-12 * abs(x[i]) + 1e-290;
        t := case when moves then 100 * (fast_change / fast_extent) else 0 end;
        s := s + case when i > signal_first then signal_factor * (t - s) else (t - s) / (i - first + 1) end
            + 1e-290 - 1e-290;  -- as in ema
        if moves then
            tsi[i] := t;
            signal[i] := s;
        end if;
        change := x[i + 1] - x[i];
        slow_change := slow_change + slow_factor * (change - slow_change) + 1e-290 - 1e-290;
        fast_change := fast_change + fast_factor * (slow_change - fast_change) + 1e-290 - 1e-290;
        slow_extent := slow_extent + slow_factor * (abs(change) - slow_extent) + 1e-290 - 1e-290;
        fast_extent := fast_extent + fast_factor * (slow_extent - fast_extent) + 1e-290 - 1e-290;
    end loop;
    for i in first..least(signal_first - 1, last) loop
        signal[i] := null;
    end loop;
end
$$;

COMMENT ON FUNCTION kernels.tsi(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT tsi double precision[], OUT signal double precision[]) IS 'True strength index of a series and its signal.';

CREATE FUNCTION indicators.tsi(instrument_id integer, timeframe text, fast_length integer DEFAULT 13, slow_length integer DEFAULT 25, signal_length integer DEFAULT 13, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, tsi double precision, signal double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.tsi,
     v.signal
    FROM ((indicators.bars(tsi.instrument_id, tsi.timeframe, tsi.since, tsi.until, tsi.forming, 'TSI'::text, VARIADIC ARRAY[(tsi.fast_length)::double precision, (tsi.slow_length)::double precision, (tsi.signal_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.tsi(b.close, tsi.fast_length, tsi.slow_length, tsi.signal_length) k(tsi, signal))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.tsi, k.signal) v(bucket, tsi, signal))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.tsi(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'True strength index and its signal line.';

CREATE FUNCTION kernels.ultosc(high double precision[], low double precision[], close double precision[], short_length integer, middle_length integer, long_length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    extents double precision[] := kernels.true_range(high, low, close);
    short_extents double precision[] := kernels.rolling_sum(extents, short_length);
    middle_extents double precision[] := kernels.rolling_sum(extents, middle_length);
    long_extents double precision[] := kernels.rolling_sum(extents, long_length);
    rises double precision[] := array_fill(null::double precision, array[last]);
    short_rises double precision[];
    middle_rises double precision[];
    long_rises double precision[];
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 1..last loop
        rises[i] := close[i] - least(low[i], close[i - 1]);
    end loop;
    short_rises := kernels.rolling_sum(rises, short_length);
    middle_rises := kernels.rolling_sum(rises, middle_length);
    long_rises := kernels.rolling_sum(rises, long_length);
    for i in first + long_length..last loop
        r[i] := 100 * (
            4 * coalesce(short_rises[i] / nullif(short_extents[i], 0), 0)
            + 2 * coalesce(middle_rises[i] / nullif(middle_extents[i], 0), 0)
            + coalesce(long_rises[i] / nullif(long_extents[i], 0), 0)
        ) / 7;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.ultosc(high double precision[], low double precision[], close double precision[], short_length integer, middle_length integer, long_length integer) IS 'Ultimate oscillator of bars.';

CREATE FUNCTION indicators.ultosc(instrument_id integer, timeframe text, short_length integer DEFAULT 7, middle_length integer DEFAULT 14, long_length integer DEFAULT 28, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, ultosc double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.ultosc
    FROM ((indicators.bars(ultosc.instrument_id, ultosc.timeframe, ultosc.since, ultosc.until, ultosc.forming, 'ULTOSC'::text, VARIADIC ARRAY[(ultosc.short_length)::double precision, (ultosc.middle_length)::double precision, (ultosc.long_length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL kernels.ultosc(b.high, b.low, b.close, ultosc.short_length, ultosc.middle_length, ultosc.long_length) k(ultosc))
      CROSS JOIN LATERAL UNNEST(b.bucket, k.ultosc) v(bucket, ultosc))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.ultosc(instrument_id integer, timeframe text, short_length integer, middle_length integer, long_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Ultimate oscillator.';

CREATE FUNCTION indicators.unsubscribe(instrument_id integer DEFAULT NULL::integer, timeframe text DEFAULT NULL::text, id text DEFAULT NULL::text, client text DEFAULT NULL::text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    ended integer;
begin
    delete from ledger.indicator_subscriptions as s
    where
        s.client = coalesce(unsubscribe.client, indicators.session_client())
        and (unsubscribe.instrument_id is null or s.instrument_id = unsubscribe.instrument_id)
        and (unsubscribe.timeframe is null or s.timeframe = meta.timeframe(unsubscribe.timeframe))
        and (unsubscribe.id is null or s.id = (select p.id from indicators.parse(unsubscribe.id) as p));
    get diagnostics ended = row_count;
    return ended;
end
$$;

COMMENT ON FUNCTION indicators.unsubscribe(instrument_id integer, timeframe text, id text, client text) IS 'Ends subscriptions of a client, by default of this session.';

CREATE FUNCTION indicators.verify() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    k record;
    total integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.indicators'));
    for k in
        select c.timeframe, c.advanced_until
        from ledger.indicator_clock as c
        where exists (select from ledger.indicator_state as s where s.timeframe = c.timeframe)
    loop
        perform indicators.advance_state(k.timeframe, k.advanced_until);
    end loop;
    for k in
        select o.timeframe, array_agg(o.instrument_id) as instrument_ids
        from (
            select s.timeframe, s.instrument_id from ledger.indicator_state as s order by s.verified_at limit 50
        ) as o
        where indicators.seed_state(o.instrument_id, o.timeframe)
        group by o.timeframe
    loop
        perform indicators.announce(k.timeframe, k.instrument_ids);
        total := total + cardinality(k.instrument_ids);
    end loop;
    for k in
        select o.timeframe, indicators.refresh_values(o.timeframe, array_agg(o.instrument_id)) as instrument_ids
        from (
            select v.timeframe, v.instrument_id from ledger.indicator_values as v order by v.verified_at limit 50
        ) as o
        group by o.timeframe
    loop
        perform indicators.announce(k.timeframe, k.instrument_ids);
        total := total + cardinality(k.instrument_ids);
    end loop;
    return total;
end
$$;

COMMENT ON FUNCTION indicators.verify() IS 'Holds live indicators against the newest bars, and computes the longest unverified anew.';

CREATE FUNCTION kernels.vwma(x double precision[], volume double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x, volume);
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
    volumes double precision[] := kernels.rolling_sum(volume, length);
begin
    for i in first..cardinality(x) loop
        r[i] := x[i] * volume[i];
    end loop;
    r := kernels.rolling_sum(r, length);
    for i in first + length - 1..cardinality(x) loop
        r[i] := r[i] / nullif(volumes[i], 0);
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.vwma(x double precision[], volume double precision[], length integer) IS 'Moving average of a series weighted by volume.';

CREATE FUNCTION indicators.vwma(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, vwma double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.vwma
    FROM (indicators.bars(vwma.instrument_id, vwma.timeframe, vwma.since, vwma.until, vwma.forming, 'VWMA'::text, VARIADIC ARRAY[(vwma.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.vwma(b.close, b.volume, vwma.length)) v(bucket, vwma))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.vwma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Volume weighted moving average.';

CREATE FUNCTION kernels.willr(high double precision[], low double precision[], close double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close) + length - 1;
    highs double precision[] := kernels.highest(high, length);
    lows double precision[] := kernels.lowest(low, length);
    extent double precision;
    r double precision[] := array_fill(null::double precision, array[cardinality(close)]);
begin
    for i in first..cardinality(close) loop
        extent := highs[i] - lows[i];
        r[i] := case when extent = 0 then 0 else 100 * ((close[i] - highs[i]) / extent) end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.willr(high double precision[], low double precision[], close double precision[], length integer) IS 'Williams %R of bars.';

CREATE FUNCTION indicators.willr(instrument_id integer, timeframe text, length integer DEFAULT 14, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, willr double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.willr
    FROM (indicators.bars(willr.instrument_id, willr.timeframe, willr.since, willr.until, willr.forming, 'WILLR'::text, VARIADIC ARRAY[(willr.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.willr(b.high, b.low, b.close, willr.length)) v(bucket, willr))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.willr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Williams %R.';

CREATE FUNCTION kernels.wma(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    weights double precision := length * (length + 1) / 2;
    s double precision;  -- sum of the block so far
    w double precision;  -- the same, its oldest value weighing 1
    block_ends double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        s := 0;
        w := 0;
        block_ends[block] := 0;  -- a whole block needs nothing of the one before
        for i in block..least(block + length - 1, last) loop
            s := s + x[i];
            w := w + (i - block + 1) * x[i];
            r[i] := (block_ends[i - length + 1] + w + (block + length - 1 - i) * s) / weights;
        end loop;
        s := 0;
        w := 0;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            s := s + x[i];
            w := w + s;
            block_ends[i] := w;
        end loop;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.wma(x double precision[], length integer) IS 'Linearly weighted moving average of a series.';

CREATE FUNCTION indicators.wma(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, wma double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.wma
    FROM (indicators.bars(wma.instrument_id, wma.timeframe, wma.since, wma.until, wma.forming, 'WMA'::text, VARIADIC ARRAY[(wma.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.wma(b.close, wma.length)) v(bucket, wma))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.wma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Weighted moving average.';

CREATE FUNCTION kernels.zlema(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x);
    lag integer := (length - 1) / 2;
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first + lag..cardinality(x) loop
        r[i] := 2 * x[i] - x[i - lag];
    end loop;
    return kernels.ema(r, length);
end
$$;

COMMENT ON FUNCTION kernels.zlema(x double precision[], length integer) IS 'Zero lag exponential moving average of a series.';

CREATE FUNCTION indicators.zlema(instrument_id integer, timeframe text, length integer DEFAULT 20, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, forming boolean DEFAULT true) RETURNS TABLE(bucket timestamp with time zone, zlema double precision)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT v.bucket,
     v.zlema
    FROM (indicators.bars(zlema.instrument_id, zlema.timeframe, zlema.since, zlema.until, zlema.forming, 'ZLEMA'::text, VARIADIC ARRAY[(zlema.length)::double precision]) b(asked_from, bucket, open, high, low, close, volume, session_date)
      CROSS JOIN LATERAL UNNEST(b.bucket, kernels.zlema(b.close, zlema.length)) v(bucket, zlema))
   WHERE (v.bucket >= b.asked_from);
END;

COMMENT ON FUNCTION indicators.zlema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) IS 'Zero lag exponential moving average.';

CREATE FUNCTION kernels.candle_average(x double precision[], y double precision[], i integer, length integer) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((((((CASE WHEN (length = 10) THEN ((((abs(((x)[(i - 10)] - (y)[(i - 10)])) + abs(((x)[(i - 9)] - (y)[(i - 9)]))) + abs(((x)[(i - 8)] - (y)[(i - 8)]))) + abs(((x)[(i - 7)] - (y)[(i - 7)]))) + abs(((x)[(i - 6)] - (y)[(i - 6)]))) ELSE (0)::double precision END + abs(((x)[(i - 5)] - (y)[(i - 5)]))) + abs(((x)[(i - 4)] - (y)[(i - 4)]))) + abs(((x)[(i - 3)] - (y)[(i - 3)]))) + abs(((x)[(i - 2)] - (y)[(i - 2)]))) + abs(((x)[(i - 1)] - (y)[(i - 1)]))) / (length)::double precision);

COMMENT ON FUNCTION kernels.candle_average(x double precision[], y double precision[], i integer, length integer) IS 'Mean distance of two series over the 5 or 10 bars before one.';

CREATE FUNCTION kernels.candle_limit(open double precision[], high double precision[], low double precision[], close double precision[], i integer, setting text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (setting = ANY (ARRAY['BodyLong'::text, 'BodyShort'::text])) THEN kernels.candle_average(close, open, i, 10) WHEN (setting = ANY (ARRAY['BodyDoji'::text, 'ShadowVeryShort'::text])) THEN ((0.1)::double precision * kernels.candle_average(high, low, i, 10)) WHEN (setting = 'ShadowLong'::text) THEN abs(((close)[i] - (open)[i])) WHEN (setting = 'Near'::text) THEN ((0.2)::double precision * kernels.candle_average(high, low, i, 5)) WHEN (setting = 'Far'::text) THEN ((0.6)::double precision * kernels.candle_average(high, low, i, 5)) ELSE NULL::double precision END;

COMMENT ON FUNCTION kernels.candle_limit(open double precision[], high double precision[], low double precision[], close double precision[], i integer, setting text) IS 'What a candlestick is measured by: a part of the mean body or range of the bars before, or its own body.';

CREATE FUNCTION kernels.cdl3blackcrows(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 13..last loop
        r[i] := case
            when
                close[i - 3] >= open[i - 3]
                and close[i - 2] < open[i - 2]
                and close[i - 1] < open[i - 1]
                and close[i] < open[i]
                and close[i - 2] < high[i - 3]
                and close[i - 1] < close[i - 2]
                and close[i] < close[i - 1]
                and open[i - 1] < open[i - 2]
                and open[i - 1] > close[i - 2]
                and open[i] < open[i - 1]
                and open[i] > close[i - 1]
                and least(open[i - 2], close[i - 2]) - low[i - 2]
                    < kernels.candle_limit(open, high, low, close, i - 2, 'ShadowVeryShort')
                and least(open[i - 1], close[i - 1]) - low[i - 1]
                    < kernels.candle_limit(open, high, low, close, i - 1, 'ShadowVeryShort')
                and least(open[i], close[i]) - low[i]
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdl3blackcrows(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Three black crows of bars.';

CREATE FUNCTION kernels.cdl3inside(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 12..last loop
        r[i] := case
            when
                greatest(open[i - 1], close[i - 1]) < greatest(open[i - 2], close[i - 2])
                and least(open[i - 1], close[i - 1]) > least(open[i - 2], close[i - 2])
                and case
                    when close[i - 2] >= open[i - 2] then close[i] < open[i] and close[i] < open[i - 2]
                    else close[i] >= open[i] and close[i] > open[i - 2]
                end
                and abs(close[i - 2] - open[i - 2]) > kernels.candle_limit(open, high, low, close, i - 2, 'BodyLong')
                and abs(close[i - 1] - open[i - 1])
                    <= kernels.candle_limit(open, high, low, close, i - 1, 'BodyShort')
                then case when close[i - 2] >= open[i - 2] then -100 else 100 end
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdl3inside(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Three inside up and down of bars.';

CREATE FUNCTION kernels.cdl3outside(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 3..last loop
        r[i] := case
            when
                close[i - 2] < open[i - 2]
                and open[i - 1] < close[i - 2]
                and close[i - 1] > open[i - 2]
                and close[i] > close[i - 1]
                then 100
            when
                close[i - 2] >= open[i - 2]
                and open[i - 1] > close[i - 2]
                and close[i - 1] < open[i - 2]
                and close[i] < close[i - 1]
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdl3outside(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Three outside up and down of bars.';

CREATE FUNCTION kernels.cdl3whitesoldiers(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 12..last loop
        r[i] := case
            when
                close[i - 2] >= open[i - 2]
                and close[i - 1] >= open[i - 1]
                and close[i] >= open[i]
                and close[i - 1] > close[i - 2]
                and close[i] > close[i - 1]
                and open[i - 1] > open[i - 2]
                and open[i] > open[i - 1]
                and high[i - 2] - greatest(open[i - 2], close[i - 2])
                    < kernels.candle_limit(open, high, low, close, i - 2, 'ShadowVeryShort')
                and high[i - 1] - greatest(open[i - 1], close[i - 1])
                    < kernels.candle_limit(open, high, low, close, i - 1, 'ShadowVeryShort')
                and high[i] - greatest(open[i], close[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and open[i - 1] <= close[i - 2] + kernels.candle_limit(open, high, low, close, i - 2, 'Near')
                and open[i] <= close[i - 1] + kernels.candle_limit(open, high, low, close, i - 1, 'Near')
                and abs(close[i - 1] - open[i - 1]) > abs(close[i - 2] - open[i - 2])
                    - kernels.candle_limit(open, high, low, close, i - 2, 'Far')
                and abs(close[i] - open[i]) > abs(close[i - 1] - open[i - 1])
                    - kernels.candle_limit(open, high, low, close, i - 1, 'Far')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdl3whitesoldiers(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Three white soldiers of bars.';

CREATE FUNCTION kernels.cdldarkcloudcover(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                close[i - 1] >= open[i - 1]
                and close[i] < open[i]
                and open[i] > high[i - 1]
                and close[i] > open[i - 1]
                and close[i] < close[i - 1] - penetration * abs(close[i - 1] - open[i - 1])
                and abs(close[i - 1] - open[i - 1]) > kernels.candle_limit(open, high, low, close, i - 1, 'BodyLong')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdldarkcloudcover(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) IS 'Dark cloud cover of bars.';

CREATE FUNCTION kernels.cdldoji(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 10..last loop
        r[i] := case
            when
                abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyDoji')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdldoji(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Doji of bars.';

CREATE FUNCTION kernels.cdldragonflydoji(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 10..last loop
        r[i] := case
            when
                abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyDoji')
                and high[i] - greatest(open[i], close[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and least(open[i], close[i]) - low[i]
                    > kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdldragonflydoji(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Dragonfly doji of bars.';

CREATE FUNCTION kernels.cdlengulfing(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 2..last loop
        r[i] := case
            when open[i] = close[i - 1] and close[i] = open[i - 1]
                then 0
            when close[i - 1] < open[i - 1] and open[i] <= close[i - 1] and close[i] >= open[i - 1]
                then case when open[i] < close[i - 1] and close[i] > open[i - 1] then 100 else 80 end
            when close[i - 1] >= open[i - 1] and open[i] >= close[i - 1] and close[i] <= open[i - 1]
                then case when open[i] > close[i - 1] and close[i] < open[i - 1] then -100 else -80 end
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlengulfing(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Engulfing of bars.';

CREATE FUNCTION kernels.cdleveningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 12..last loop
        r[i] := case
            when
                close[i - 2] >= open[i - 2]
                and least(open[i - 1], close[i - 1]) > greatest(open[i - 2], close[i - 2])
                and close[i] < open[i]
                and close[i] < close[i - 2] - penetration * abs(close[i - 2] - open[i - 2])
                and abs(close[i - 2] - open[i - 2]) > kernels.candle_limit(open, high, low, close, i - 2, 'BodyLong')
                and abs(close[i - 1] - open[i - 1])
                    <= kernels.candle_limit(open, high, low, close, i - 1, 'BodyShort')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdleveningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) IS 'Evening star of bars.';

CREATE FUNCTION kernels.cdlgravestonedoji(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 10..last loop
        r[i] := case
            when
                abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyDoji')
                and least(open[i], close[i]) - low[i]
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and high[i] - greatest(open[i], close[i])
                    > kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlgravestonedoji(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Gravestone doji of bars.';

CREATE FUNCTION kernels.cdlhammer(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                least(open[i], close[i]) - low[i] > kernels.candle_limit(open, high, low, close, i, 'ShadowLong')
                and abs(close[i] - open[i]) < kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                and high[i] - greatest(open[i], close[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and least(open[i], close[i]) <= low[i - 1]
                    + kernels.candle_limit(open, high, low, close, i - 1, 'Near')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlhammer(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Hammer of bars.';

CREATE FUNCTION kernels.cdlhangingman(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                least(open[i], close[i]) - low[i] > kernels.candle_limit(open, high, low, close, i, 'ShadowLong')
                and abs(close[i] - open[i]) < kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                and high[i] - greatest(open[i], close[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and least(open[i], close[i]) >= high[i - 1]
                    - kernels.candle_limit(open, high, low, close, i - 1, 'Near')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlhangingman(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Hanging man of bars.';

CREATE FUNCTION kernels.cdlharami(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                greatest(open[i], close[i]) <= greatest(open[i - 1], close[i - 1])
                and least(open[i], close[i]) >= least(open[i - 1], close[i - 1])
                and abs(close[i - 1] - open[i - 1]) > kernels.candle_limit(open, high, low, close, i - 1, 'BodyLong')
                and abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then
                    case when close[i - 1] >= open[i - 1] then -1 else 1 end
                    * case
                        when
                            greatest(open[i], close[i]) < greatest(open[i - 1], close[i - 1])
                            and least(open[i], close[i]) > least(open[i - 1], close[i - 1])
                            then 100
                        else 80
                    end
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlharami(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Harami of bars.';

CREATE FUNCTION kernels.cdlharamicross(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                greatest(open[i], close[i]) <= greatest(open[i - 1], close[i - 1])
                and least(open[i], close[i]) >= least(open[i - 1], close[i - 1])
                and abs(close[i - 1] - open[i - 1]) > kernels.candle_limit(open, high, low, close, i - 1, 'BodyLong')
                and abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyDoji')
                then
                    case when close[i - 1] >= open[i - 1] then -1 else 1 end
                    * case
                        when
                            greatest(open[i], close[i]) < greatest(open[i - 1], close[i - 1])
                            and least(open[i], close[i]) > least(open[i - 1], close[i - 1])
                            then 100
                        else 80
                    end
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlharamicross(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Harami cross of bars.';

CREATE FUNCTION kernels.cdlinvertedhammer(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                greatest(open[i], close[i]) < least(open[i - 1], close[i - 1])
                and high[i] - greatest(open[i], close[i])
                    > kernels.candle_limit(open, high, low, close, i, 'ShadowLong')
                and abs(close[i] - open[i]) < kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                and least(open[i], close[i]) - low[i]
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlinvertedhammer(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Inverted hammer of bars.';

CREATE FUNCTION kernels.cdlmarubozu(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 10..last loop
        r[i] := case
            when
                greatest(high[i] - greatest(open[i], close[i]), least(open[i], close[i]) - low[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyLong')
                then case when close[i] >= open[i] then 100 else -100 end
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlmarubozu(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Marubozu of bars.';

CREATE FUNCTION kernels.cdlmorningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 12..last loop
        r[i] := case
            when
                close[i - 2] < open[i - 2]
                and greatest(open[i - 1], close[i - 1]) < least(open[i - 2], close[i - 2])
                and close[i] >= open[i]
                and close[i] > close[i - 2] + penetration * abs(close[i - 2] - open[i - 2])
                and abs(close[i - 2] - open[i - 2]) > kernels.candle_limit(open, high, low, close, i - 2, 'BodyLong')
                and abs(close[i - 1] - open[i - 1])
                    <= kernels.candle_limit(open, high, low, close, i - 1, 'BodyShort')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlmorningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) IS 'Morning star of bars.';

CREATE FUNCTION kernels.cdlpiercing(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                close[i - 1] < open[i - 1]
                and open[i] < low[i - 1]
                and close[i] < open[i - 1]
                and close[i] > close[i - 1] + 0.5 * abs(close[i - 1] - open[i - 1])
                and close[i] >= open[i]
                and abs(close[i - 1] - open[i - 1]) > kernels.candle_limit(open, high, low, close, i - 1, 'BodyLong')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyLong')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlpiercing(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Piercing line of bars.';

CREATE FUNCTION kernels.cdlshootingstar(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                least(open[i], close[i]) > greatest(open[i - 1], close[i - 1])
                and high[i] - greatest(open[i], close[i])
                    > kernels.candle_limit(open, high, low, close, i, 'ShadowLong')
                and abs(close[i] - open[i]) < kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                and least(open[i], close[i]) - low[i]
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlshootingstar(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Shooting star of bars.';

CREATE FUNCTION kernels.cdlspinningtop(open double precision[], high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 10..last loop
        r[i] := case
            when
                high[i] - greatest(open[i], close[i]) > abs(close[i] - open[i])
                and least(open[i], close[i]) - low[i] > abs(close[i] - open[i])
                and abs(close[i] - open[i]) < kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then case when close[i] >= open[i] then 100 else -100 end
            else 0
        end;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.cdlspinningtop(open double precision[], high double precision[], low double precision[], close double precision[]) IS 'Spinning top of bars.';

CREATE FUNCTION kernels.highest(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    s double precision;
    block_ends double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        s := null;
        for i in block..least(block + length - 1, last) loop
            s := greatest(s, x[i]);
            r[i] := greatest(block_ends[i - length + 1], s);
        end loop;
        s := null;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            s := greatest(s, x[i]);
            block_ends[i] := s;
        end loop;
    end loop;
    for i in first..least(first + length - 2, last) loop
        r[i] := null;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.highest(x double precision[], length integer) IS 'Greatest of the newest values of a series.';

CREATE FUNCTION kernels.lowest(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    s double precision;
    block_ends double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        s := null;
        for i in block..least(block + length - 1, last) loop
            s := least(s, x[i]);
            r[i] := least(block_ends[i - length + 1], s);
        end loop;
        s := null;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            s := least(s, x[i]);
            block_ends[i] := s;
        end loop;
    end loop;
    for i in first..least(first + length - 2, last) loop
        r[i] := null;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.lowest(x double precision[], length integer) IS 'Least of the newest values of a series.';

CREATE FUNCTION kernels.rolling_sum(x double precision[], length integer, divisor double precision DEFAULT 1) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    s double precision;
    block_ends double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        s := 0;
        block_ends[block] := 0;  -- a whole block needs nothing of the one before
        for i in block..least(block + length - 1, last) loop
            s := s + x[i];
            r[i] := (block_ends[i - length + 1] + s) / divisor;
        end loop;
        s := 0;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            s := s + x[i];
            block_ends[i] := s;
        end loop;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.rolling_sum(x double precision[], length integer, divisor double precision) IS 'Sum of the newest values of a series, without cancellation.';

CREATE FUNCTION kernels.start(VARIADIC series kernels.series[]) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    length integer := cardinality(series[1]);
    x double precision[];
    first integer;
    latest integer := 1;
    fault text;
begin
    for nth in 1..cardinality(series) loop
        x := series[nth];
        if x is null then
            fault := 'a series is null';
        elsif cardinality(x) <> length then
            fault := format('series of different lengths: %s and %s', length, cardinality(x));
        elsif array_ndims(x) > 1 or array_lower(x, 1) <> 1 then
            fault := 'a series counts from 1, in one dimension';
        end if;
        exit when fault is not null;
        first := 1;
        while first <= length and x[first] is null loop
            first := first + 1;
        end loop;
        if array_position(x, null, first) is not null then
            fault := format('no value at position %s, between others', array_position(x, null, first));
        elsif 'infinity' <= any (x) or '-infinity' = any (x) then  -- NaN sorts after infinity
            fault := 'NaN or infinity in a series';
        end if;
        latest := greatest(latest, first);
    end loop;
    if fault is not null then
        raise exception using
            errcode = 'BH008',
            message = fault,
            hint = 'leave out bars without a price; only the beginning of a series may be null';
    end if;
    return latest;
end
$$;

COMMENT ON FUNCTION kernels.start(VARIADIC series kernels.series[]) IS 'The position from which series have values; raises BH008 for what is no series.';

CREATE FUNCTION kernels.true_range(high double precision[], low double precision[], close double precision[]) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    first integer := kernels.start(high, low, close);
    r double precision[] := array_fill(null::double precision, array[cardinality(close)]);
begin
    for i in first + 1..cardinality(close) loop
        r[i] := greatest(high[i], close[i - 1]) - least(low[i], close[i - 1]);
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.true_range(high double precision[], low double precision[], close double precision[]) IS 'True range of bars.';

CREATE FUNCTION kernels.wilder(x double precision[], length integer) RETURNS double precision[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    n double precision := length;
    first integer := kernels.start(x);
    last integer := cardinality(x);
    s double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    if first + length - 1 > last then
        return r;
    end if;
    for i in first..first + length - 1 loop
        s := s + (x[i] - s) / (i - first + 1);  -- the mean so far: that of equal values is exact
    end loop;
    r[first + length - 1] := s;
    for i in first + length..last loop
        s := s + (x[i] - s) / n + 1e-290 - 1e-290;  -- no underflow, as in ema
        r[i] := s;
    end loop;
    return r;
end
$$;

COMMENT ON FUNCTION kernels.wilder(x double precision[], length integer) IS 'Wilder''s smoothing of a series, seeded with a simple average.';

CREATE FUNCTION ledger.check_alert_rule() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    i record;
    outputs text[];
begin
    new.symbol := upper(new.symbol);
    new.timeframe := meta.timeframe(new.timeframe);
    if new.indicator is not null then
        select p.* into i from indicators.parse(new.indicator) as p;
        select p.outputs into outputs from indicators.prepare(i.name, i.parameters) as p;
        new.indicator := i.id;
        new.output := coalesce(lower(new.output), outputs[1]);
        if new.output <> all (outputs) then
            raise exception using
                errcode = 'BH007',
                message = format('%s has no output "%s"', i.id, new.output),
                hint = 'one of ' || array_to_string(outputs, ' ');
        end if;
    end if;
    return new;
end
$$;

COMMENT ON FUNCTION ledger.check_alert_rule() IS 'Refuses an alert rule with an unknown timeframe, indicator or output, and spells them as usual.';

CREATE FUNCTION ledger.check_subscription() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    t meta.timeframes;
    i record;
begin
    select f.* into t from meta.timeframes as f where f.timeframe = meta.timeframe(new.timeframe);
    if not t.stored and t.base is null then
        raise exception using
            errcode = 'BH001',
            message = format('indicators are not kept live at %s', t.timeframe),
            hint = 'subscribe to a timeframe from 1m on; indicator() computes any';
    end if;
    select p.* into i from indicators.parse(new.id) as p;
    perform indicators.prepare(i.name, i.parameters);
    new.timeframe := t.timeframe;
    new.id := i.id;
    return new;
end
$$;

COMMENT ON FUNCTION ledger.check_subscription() IS 'Refuses a subscription that could never be computed, and spells timeframe and id as usual.';

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
    delete from ledger.backfill_requests where finished_at < now() - interval '90 days';
    delete from ledger.tick_counts where session_date < current_date - 90;
    delete from ledger.feed_connections where ended_at < now() - interval '90 days';
end
$$;

COMMENT ON PROCEDURE ledger.prune() IS 'Deletes job runs, ingest statistics, tick counts, ended requests and connections older than 90 days.';

CREATE FUNCTION ledger.record_connection(event jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    what constant text := event ->> 'what';
    its_source constant text := event ->> 'source';
    its_name constant text := event ->> 'connection';
    its_time constant timestamptz := 'epoch'::timestamptz + (event ->> 'at')::double precision * interval '1 microsecond';
    its_reason constant text := event ->> 'reason';
    its_ids constant integer[] := array(select i::integer from jsonb_array_elements_text(event -> 'instrument_ids') as i);
begin
    if what = 'missed' then
        insert into ledger.coverage as k (instrument_id, timeframe, unsure)
        select
            i.id,
            'tick',
            range_agg(tstzrange(m.starts_at, m.starts_at + interval '1 minute'))
        from (
            select
                (pair ->> 0)::integer as instrument_id,
                'epoch'::timestamptz + (pair ->> 1)::double precision * interval '1 microsecond' as starts_at
            from jsonb_array_elements(event -> 'minutes') as pair
        ) as m
        inner join market.instruments as i on i.id = m.instrument_id
        group by i.id
        order by i.id
        on conflict on constraint coverage_pkey do update set unsure = k.unsure + excluded.unsure;
        return;
    end if;

    with changed as (
        update ledger.feed_connections as c
        set
            heard_until = greatest(c.heard_until, case when what in ('list', 'heard', 'down') then its_time end),
            ended_at = case
                when what <> 'heard' then greatest(c.heard_until, case when what in ('list', 'down') then its_time end)
            end,
            reason = case what
                when 'start' then 'the daemon ended'
                when 'stop' then 'stopped'
                when 'up' then 'ticks were dropped'  -- else a down comes before it
                when 'list' then 'other instruments'
                when 'down' then its_reason
            end
        where
            c.ended_at is null
            and (what = 'start' or c.source = its_source and (what = 'stop' or c.connection = its_name))
        returning c.instrument_ids, c.up_at, c.heard_until, c.ended_at
    )

    insert into ledger.coverage as k (instrument_id, timeframe, covered)
    select
        i.id,
        'tick',
        range_agg(tstzrange(c.up_at, c.seen_until))
    from (
        select
            d.*,
            d.heard_until - case what when 'list' then interval '0' else interval '2 seconds' end as seen_until
        from changed as d
    ) as c
    cross join unnest(c.instrument_ids) as u (instrument_id)
    inner join market.instruments as i on i.id = u.instrument_id
    where c.ended_at is not null and c.seen_until > c.up_at
    group by i.id
    order by i.id
    on conflict on constraint coverage_pkey do update set covered = k.covered + excluded.covered;

    if what = 'start' then
        delete from ledger.feed_status;
    elsif what = 'stop' then
        update ledger.feed_status as s
        set state = 'down', since = coalesce(s.heard_at, s.since), reason = 'stopped', instruments = 0, reported_at = now()
        where s.source = its_source and s.state = 'up';
    elsif what = 'heard' then
        update ledger.feed_status as s
        set heard_at = its_time, reported_at = now()
        where s.source = its_source and s.connection = its_name;
    elsif what = 'down' then
        insert into ledger.feed_status as s (source, connection, state, since, reason)
        values (its_source, its_name, 'down', its_time, its_reason)
        on conflict on constraint feed_status_pkey do update
        set
            state = 'down',
            since = case s.state when 'up' then excluded.since else s.since end,
            reason = excluded.reason,
            instruments = 0,
            heard_at = case s.state when 'up' then greatest(s.heard_at, excluded.since) else s.heard_at end,
            reported_at = now();
    else
        insert into ledger.feed_connections (source, connection, instrument_ids, up_at, heard_until)
        values (its_source, its_name, its_ids, its_time, its_time);

        insert into ledger.feed_status as s (source, connection, state, since, instruments, heard_at)
        values (its_source, its_name, 'up', its_time, cardinality(its_ids), its_time)
        on conflict on constraint feed_status_pkey do update
        set
            state = 'up',
            since = case s.state when 'up' then s.since else excluded.since end,
            reason = null,
            instruments = excluded.instruments,
            heard_at = greatest(s.heard_at, excluded.heard_at),
            reconnects = s.reconnects + (what = 'up' and s.heard_at is not null)::integer,
            reported_at = now();
    end if;
end
$$;

COMMENT ON FUNCTION ledger.record_connection(event jsonb) IS 'Records that a feed''s connection came up, lives, carries other instruments or went down.';

CREATE FUNCTION ledger.record_counts(counts jsonb) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO ledger.tick_counts AS t (instrument_id, session_date, late, duplicates, volume_falls, offsession, rejected)  SELECT i.id,
             ((now() AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date,
             COALESCE(((e.value ->> 'late'::text))::bigint, (0)::bigint) AS late,
             COALESCE(((e.value ->> 'duplicates'::text))::bigint, (0)::bigint) AS duplicates,
             COALESCE(((e.value ->> 'volume_falls'::text))::bigint, (0)::bigint) AS volume_falls,
             COALESCE(((e.value ->> 'offsession'::text))::bigint, (0)::bigint) AS offsession,
             COALESCE((e.value -> 'rejected'::text), '{}'::jsonb) AS rejected
            FROM (jsonb_each(record_counts.counts) e(key, value)
              JOIN market.instruments i ON ((i.id = (e.key)::bigint))) ON CONFLICT(instrument_id, session_date) DO UPDATE SET late = (t.late + excluded.late), duplicates = (t.duplicates + excluded.duplicates), volume_falls = (t.volume_falls + excluded.volume_falls), offsession = (t.offsession + excluded.offsession), rejected = ( SELECT COALESCE(jsonb_object_agg(s.reason, s.ticks), '{}'::jsonb) AS "coalesce"
            FROM ( SELECT r.key AS reason,
                     sum((r.value)::bigint) AS ticks
                    FROM ( SELECT jsonb_each_text.key,
                             jsonb_each_text.value
                            FROM jsonb_each_text(t.rejected) jsonb_each_text(key, value)
                         UNION ALL
                          SELECT jsonb_each_text.key,
                             jsonb_each_text.value
                            FROM jsonb_each_text(excluded.rejected) jsonb_each_text(key, value)) r
                   GROUP BY r.key) s);
END;

COMMENT ON FUNCTION ledger.record_counts(counts jsonb) IS 'Adds to the counts per instrument of ticks that came late, twice, with a fallen counter, outside the session, or were rejected.';

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

CREATE FUNCTION market.notify_sessions() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform pg_notify('sessions', '');
    return null;
end
$$;

COMMENT ON FUNCTION market.notify_sessions() IS 'Sends NOTIFY sessions.';

CREATE FUNCTION market.notify_watchlist() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform pg_notify('watchlist', '');
    return null;
end
$$;

COMMENT ON FUNCTION market.notify_watchlist() IS 'Sends NOTIFY watchlist.';

CREATE FUNCTION market.register_instruments(definitions jsonb) RETURNS TABLE(symbol text, id integer)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    insert into market.instruments as i (
        symbol, exchange, segment, tradingsymbol, name, kind, expiry, strike, option_type, lot_size, tick_size
    )
    select
        d.symbol, d.exchange, d.segment, d.tradingsymbol, d.name, d.kind, d.expiry, d.strike, d.option_type,
        coalesce(d.lot_size, 1), coalesce(d.tick_size, 0.05)
    from jsonb_to_recordset(definitions) as d (
        symbol text, exchange text, segment text, tradingsymbol text, name text, kind text,
        expiry date, strike double precision, option_type text, lot_size integer, tick_size double precision
    )
    on conflict on constraint instruments_symbol_key do update
    set
        name = coalesce(excluded.name, i.name),
        segment = excluded.segment,
        expiry = excluded.expiry,
        strike = excluded.strike,
        option_type = excluded.option_type,
        lot_size = excluded.lot_size,
        tick_size = excluded.tick_size;

    update market.instruments as i
    set underlying_id = u.id
    from jsonb_to_recordset(definitions) as d (symbol text, underlying text)
    inner join market.instruments as u on u.symbol = d.underlying
    where i.symbol = d.symbol and i.underlying_id is distinct from u.id;

    insert into ledger.subscriptions (instrument_id)
    select i.id
    from jsonb_to_recordset(definitions) as d (symbol text)
    inner join market.instruments as i on i.symbol = d.symbol
    on conflict do nothing;

    return query
    select i.symbol, i.id
    from jsonb_to_recordset(definitions) as d (symbol text)
    inner join market.instruments as i on i.symbol = d.symbol;
end
$$;

COMMENT ON FUNCTION market.register_instruments(definitions jsonb) IS 'Inserts or updates instruments from a JSON array, by symbol, follows them, and returns their ids.';

CREATE FUNCTION market.sync_listings(broker text, forced boolean DEFAULT false) RETURNS TABLE(listed integer, invalid integer, duplicates integer, clashes integer, inserted integer, updated integer, deactivated integer, orphans integer, keys_begun integer, keys_moved integer, keys_gone integer)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    today date;
    short record;
    same text;
    ended integer[];
    count integer;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.listings'));
    -- a clock that was put back must not make ranges overlap
    select greatest((coalesce(meta.now(), now()) at time zone 'Asia/Kolkata')::date, max(b.valid_from))
    into today
    from market.broker_instruments as b
    where b.broker = sync_listings.broker;

    delete from pg_temp.staged_listings as l
    where not coalesce(
        l.broker_key <> ''
        and l.exchange <> ''
        and l.tradingsymbol <> ''
        and l.kind in ('index', 'equity', 'future', 'option')
        and (l.kind in ('future', 'option')) = (l.expiry is not null)
        and (l.kind = 'option') = (l.strike is not null and l.option_type is not null)
        and coalesce(l.option_type, 'CE') in ('CE', 'PE')
        and coalesce(l.strike, 0) between 0 and 1e12
        and l.lot_size > 0
        and l.tick_size > 0,
        false
    );
    get diagnostics invalid = row_count;

    analyze pg_temp.staged_listings;

    duplicates := 0;
    foreach same in array array[
        'o.broker_key = l.broker_key',
        'row(o.exchange, o.name, o.expiry, o.kind, o.strike, o.option_type)::text
            = row(l.exchange, l.name, l.expiry, l.kind, l.strike, l.option_type)::text
        and o.expiry is not null',
        'o.symbol = l.symbol'
    ] loop
        execute format(
            'delete from pg_temp.staged_listings as l
            using pg_temp.staged_listings as o
            where
                %s
                and (o.broker_key collate "C", o.symbol collate "C", o, o.ctid)
                < (l.broker_key collate "C", l.symbol collate "C", l, l.ctid)',
            same
        );
        get diagnostics count = row_count;
        duplicates := duplicates + count;
    end loop;

    -- as one text: without statistics the planner would take a few of the columns for the whole key
    update pg_temp.staged_listings as l
    set instrument_id = m.id
    from (
        select distinct on (s.broker_key) s.broker_key, i.id
        from pg_temp.staged_listings as s
        inner join market.instruments as i
            on
                row(i.exchange, i.name, i.expiry, i.kind, i.strike, i.option_type)::text
                = row(s.exchange, s.name, s.expiry, s.kind, s.strike, s.option_type)::text
        where
            s.expiry is not null
            and i.name is not null
            and i.expiry >= (select min(e.expiry) from pg_temp.staged_listings as e)
        order by s.broker_key, (i.symbol = s.symbol) desc, i.id
    ) as m
    where l.broker_key = m.broker_key;

    update pg_temp.staged_listings as l
    set instrument_id = i.id
    from market.instruments as i
    where
        l.instrument_id is null
        and i.symbol = l.symbol
        and not exists (select from pg_temp.staged_listings as s where s.instrument_id = i.id);

    delete from pg_temp.staged_listings as l
    using market.instruments as i
    where l.instrument_id is null and i.symbol = l.symbol;
    get diagnostics clashes = row_count;
    select count(*) into listed from pg_temp.staged_listings;

    if not forced then
        select i.exchange, count(*) as known, count(l.instrument_id) as kept
        into short
        from market.broker_instruments as b
        inner join market.instruments as i on i.id = b.instrument_id
        left join pg_temp.staged_listings as l on l.instrument_id = i.id
        where
            b.broker = sync_listings.broker
            and b.valid_until = 'infinity'
            and (i.expiry is null or i.expiry >= today)
            and i.exchange in (select s.exchange from pg_temp.staged_listings as s)
        group by i.exchange
        having count(l.instrument_id) < count(*) / 2.0
        order by i.exchange
        limit 1;
        if found then
            raise exception using
                errcode = 'BH009',
                message = format(
                    'the list of %s holds %s of the %s instruments of %s', broker, short.kept, short.known, short.exchange
                ),
                hint = 'it looks cut short: nothing was changed; forced takes it as it is';
        end if;
    end if;

    -- underlyings first: those that have none of their own
    insert into market.instruments as i (
        symbol, exchange, segment, tradingsymbol, name, kind, expiry, strike, option_type, lot_size, tick_size
    )
    select
        l.symbol, l.exchange, l.exchange, upper(l.tradingsymbol), l.name, l.kind, l.expiry, l.strike, l.option_type,
        l.lot_size, l.tick_size
    from pg_temp.staged_listings as l
    where l.instrument_id is null and l.underlying is null;
    get diagnostics inserted = row_count;

    insert into market.instruments as i (
        symbol, exchange, segment, tradingsymbol, name, kind, underlying_id, expiry, strike, option_type, lot_size, tick_size
    )
    select
        l.symbol, l.exchange, l.exchange, upper(l.tradingsymbol), l.name, l.kind, u.id, l.expiry, l.strike, l.option_type,
        l.lot_size, l.tick_size
    from pg_temp.staged_listings as l
    left join market.instruments as u on u.symbol = upper(l.underlying)
    where l.instrument_id is null and l.underlying is not null;
    get diagnostics count = row_count;
    inserted := inserted + count;

    update market.instruments as i
    set
        name = l.name,
        kind = l.kind,
        underlying_id = coalesce(u.id, i.underlying_id),
        expiry = l.expiry,
        strike = l.strike,
        option_type = l.option_type,
        lot_size = l.lot_size,
        tick_size = l.tick_size,
        is_active = true
    from pg_temp.staged_listings as l
    left join market.instruments as u on u.symbol = upper(l.underlying)
    where
        i.id = l.instrument_id
        and (
            i.name, i.kind, i.underlying_id, i.expiry, i.strike, i.option_type, i.lot_size, i.tick_size, i.is_active
        ) is distinct from (
            l.name, l.kind, coalesce(u.id, i.underlying_id), l.expiry, l.strike, l.option_type, l.lot_size, l.tick_size, true
        );
    get diagnostics updated = row_count;

    update pg_temp.staged_listings as l
    set instrument_id = i.id
    from market.instruments as i
    where l.instrument_id is null and i.symbol = l.symbol;

    select count(*)
    into orphans
    from pg_temp.staged_listings as l
    inner join market.instruments as i on i.id = l.instrument_id
    where l.underlying is not null and i.underlying_id is null;

    with changed as (
        update market.broker_instruments as b
        set valid_until = greatest(today, b.valid_from + 1)
        from market.instruments as i
        where
            b.broker = sync_listings.broker
            and b.valid_until = 'infinity'
            and i.id = b.instrument_id
            and not exists (
                select from pg_temp.staged_listings as l
                where l.broker_key = b.broker_key and l.instrument_id = b.instrument_id
            )
            and (
                i.exchange in (select l.exchange from pg_temp.staged_listings as l)
                or b.broker_key in (select l.broker_key from pg_temp.staged_listings as l)
            )
        returning b.broker_key, b.instrument_id
    )

    select array_agg(c.instrument_id), count(l.broker_key), count(*) - count(l.broker_key)
    into ended, keys_moved, keys_gone
    from changed as c
    left join pg_temp.staged_listings as l on l.broker_key = c.broker_key;

    insert into market.broker_instruments as b (broker, broker_key, instrument_id, valid_from)
    select sync_listings.broker, l.broker_key, l.instrument_id, today
    from pg_temp.staged_listings as l
    where not exists (
        select from market.broker_instruments as o
        where o.broker = sync_listings.broker and o.broker_key = l.broker_key and o.valid_until = 'infinity'
    )
    on conflict on constraint broker_instruments_pkey do update
    set instrument_id = excluded.instrument_id, valid_until = excluded.valid_until;
    get diagnostics keys_begun = row_count;

    update market.instruments as i
    set is_active = false
    where
        i.id = any (ended)
        and i.is_active
        and not exists (
            select from market.broker_instruments as b
            where b.instrument_id = i.id and b.valid_until = 'infinity'
        );
    get diagnostics deactivated = row_count;

    update market.instruments as i
    set segment = w.segment
    from (
        select
            o.id,
            case
                when o.exchange = 'NSE' and o.kind = 'equity' and f.id is not null then 'NSE_CAS'
                else o.exchange
            end as segment
        from market.instruments as o
        left join (
            select distinct n.underlying_id as id
            from market.instruments as n
            where n.exchange = 'NFO' and n.kind = 'future' and n.is_active
        ) as f on f.id = o.id
    ) as w
    where i.id = w.id and i.segment <> w.segment;

    perform pg_notify('watchlist', '');
    return next;
end
$$;

COMMENT ON FUNCTION market.sync_listings(broker text, forced boolean) IS 'Brings market.instruments and a broker''s keys to the list in the temporary table staged_listings; returns what changed.';

CREATE PROCEDURE store.carry_pending()
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform pg_advisory_xact_lock(hashtext('bhav.merged'));
    with minutes as materialized (
        delete from store.pending as p
        where (p.instrument_id, p.bucket) in (
            select f.instrument_id, f.bucket
            from store.pending as f
            for update skip locked
        )
        returning p.*
    ),

    bars as (
        select
            t.timeframe,
            f.*
        from meta.timeframes as t
        inner join meta.horizon as h on h.relation = t.timeframe
        cross join lateral (
            select
                m.instrument_id,
                date_bin(t.width, m.bucket, timestamptz '2000-01-02 19:45:00+00') as bucket,
                (array_agg(m.open order by m.bucket))[1] as open,
                max(m.high) as high,
                min(m.low) as low,
                (array_agg(m.close order by m.bucket desc))[1] as close,
                sum(m.volume)::bigint as volume,
                sum(m.missed_volume)::bigint as missed_volume,
                (array_agg(m.open_interest order by m.bucket desc) filter (where m.open_interest is not null))[1]
                    as open_interest,
                sum(m.turnover) as turnover,
                sum(m.ticks)::bigint as ticks,
                min(m.open_time) as open_time,
                max(m.close_time) as close_time,
                max(m.open_interest_time) as open_interest_time
            from minutes as m
            group by 1, 2
        ) as f
        where t.stored and f.bucket >= h.horizon
    )

    insert into store.merged as l (
        timeframe, instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks,
        open_time, close_time, open_interest_time
    )
    select
        b.timeframe, b.instrument_id, b.bucket, b.open, b.high, b.low, b.close, b.volume, b.missed_volume,
        b.open_interest, b.turnover, b.ticks, b.open_time, b.close_time, b.open_interest_time
    from bars as b
    on conflict (instrument_id, bucket, timeframe) do update
    set
        open = case when excluded.open_time < l.open_time then excluded.open else l.open end,
        high = greatest(l.high, excluded.high),
        low = least(l.low, excluded.low),
        close = case when excluded.close_time > l.close_time then excluded.close else l.close end,
        volume = l.volume + excluded.volume,
        missed_volume = l.missed_volume + excluded.missed_volume,
        open_interest = case
            when l.open_interest_time is null or excluded.open_interest_time > l.open_interest_time
                then excluded.open_interest
            else l.open_interest
        end,
        turnover = l.turnover + excluded.turnover,
        ticks = l.ticks + excluded.ticks,
        open_time = least(l.open_time, excluded.open_time),
        close_time = greatest(l.close_time, excluded.close_time),
        open_interest_time = greatest(l.open_interest_time, excluded.open_interest_time);
end
$$;

COMMENT ON PROCEDURE store.carry_pending() IS 'Merges the minutes of store.pending into the candles of every stored timeframe, and empties it.';

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

CREATE FUNCTION store.count_left_out(inserted integer[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform ledger.record_counts(jsonb_object_agg(
        l.instrument_id,
        jsonb_build_object('duplicates', l.staged - l.inserted - l.expired)
        || case when l.expired > 0 then jsonb_build_object('rejected', jsonb_build_object('before the horizon', l.expired)) else '{}' end
    ))
    from (
        select
            s.instrument_id,
            s.staged,
            s.expired,
            coalesce(i.inserted, 0) as inserted
        from (
            select
                t.instrument_id,
                count(*) as staged,
                count(*) filter (
                    where t.time < (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
                ) as expired
            from pg_temp.staged_ticks as t
            group by t.instrument_id
        ) as s
        left join (
            select
                u.instrument_id,
                count(*) as inserted
            from unnest(count_left_out.inserted) as u (instrument_id)
            group by u.instrument_id
        ) as i on i.instrument_id = s.instrument_id
    ) as l
    where l.staged > l.inserted;
end
$$;

COMMENT ON FUNCTION store.count_left_out(inserted integer[]) IS 'Counts per instrument the staged ticks that were not inserted: duplicates, and those before the horizon.';

CREATE FUNCTION store.divert_stragglers() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    with diverted as (
        delete from pg_temp.staged_ticks as s
        using ledger.coverage as c
        where c.instrument_id = s.instrument_id and c.timeframe = '1m' and s.time <@ c.covered
        returning s.*
    )

    insert into store.replaced_ticks
    select * from diverted;
end
$$;

COMMENT ON FUNCTION store.divert_stragglers() IS 'Moves staged ticks of minutes for which a broker''s candle stands to store.replaced_ticks.';

CREATE PROCEDURE store.ensure(IN since timestamp with time zone, IN until timestamp with time zone)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform store.check_horizon(since);
    perform store.make_partitions(p.parent, r.chunk, since, until)
    from meta.retention as r
    cross join
        unnest(
            case r.relation
                when 'tick_data' then array['tick_data']
                else array['merged_' || r.relation, 'history_' || r.relation]
            end
        ) as p (parent);
end
$$;

COMMENT ON PROCEDURE store.ensure(IN since timestamp with time zone, IN until timestamp with time zone) IS 'Storage for ticks and candles of the range exists afterwards.';

CREATE PROCEDURE store.ensure_history(IN timeframe text, IN since timestamp with time zone, IN until timestamp with time zone)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform store.make_partitions('history_' || r.relation, r.chunk, since, until)
    from meta.retention as r
    where r.relation = ensure_history.timeframe;
end
$$;

COMMENT ON PROCEDURE store.ensure_history(IN timeframe text, IN since timestamp with time zone, IN until timestamp with time zone) IS 'Storage for the broker''s candles of a timeframe and range exists afterwards.';

CREATE FUNCTION store.insert_late_ticks() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    inserted integer[];
begin
    perform store.divert_stragglers();
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
    ),

    inserted_ticks as (
        insert into store.tick_data (
            instrument_id, time, ltp, volume, missed_volume, day_volume, open_interest,
            bid_price, ask_price, bid_qty, ask_qty, source, received_at
        )
        select
            p.instrument_id,
            case when p.claim = 1 then p.time else p.newest + p.place * interval '1 microsecond' end,
            p.ltp, p.volume, p.missed_volume, p.day_volume, p.open_interest,
            p.bid_price, p.ask_price, p.bid_qty, p.ask_qty, p.source, p.received_at
        from placed as p
        returning instrument_id
    )

    select array_agg(i.instrument_id) into inserted
    from inserted_ticks as i;
    perform store.count_left_out(inserted);
    truncate pg_temp.staged_ticks;
    return coalesce(cardinality(inserted), 0);
end
$$;

COMMENT ON FUNCTION store.insert_late_ticks() IS 'Stores the late ticks of the temporary table staged_ticks: duplicates are left out; where the time is taken, the next free microsecond.';

CREATE FUNCTION store.insert_staged_ticks() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    inserted integer[];
begin
    perform store.divert_stragglers();
    with stored as (
        insert into store.tick_data
        select t.*
        from pg_temp.staged_ticks as t
        where t.time >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
        on conflict do nothing
        returning instrument_id
    )

    select array_agg(s.instrument_id) into inserted
    from stored as s;
    perform store.count_left_out(inserted);
    truncate pg_temp.staged_ticks;
    return coalesce(cardinality(inserted), 0);
end
$$;

COMMENT ON FUNCTION store.insert_staged_ticks() IS 'Stores the ticks of the temporary table staged_ticks, leaving out those that are there already or before the horizon.';

CREATE FUNCTION store.make_partitions(parent text, chunk interval, since timestamp with time zone, until timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
    width constant interval := make_interval(secs => extract(epoch from chunk)::double precision);  -- a day is 24 hours in every time zone
    p record;
begin
    if not (isfinite(since) and isfinite(until)) then
        raise exception using
            errcode = 'BH005',
            message = format('storage is not made without end: from %s to %s', since, until),
            hint = 'store.ensure(meta.now(), meta.now() + interval ''7 days'')';
    end if;
    perform pg_advisory_xact_lock(hashtext('bhav.ensure'));
    for p in
        select
            parent || to_char(s.starts_at at time zone 'Asia/Kolkata', '_YYYYMMDD') as name,
            s.starts_at
        from generate_series(
            date_bin(width, since, timestamptz '2000-01-02 19:45:00+00'), until, width
        ) as s (starts_at)
    loop
        continue when to_regclass(format('store.%I', p.name)) is not null;
        execute format(
            'create table store.%1$I (like store.%2$I including defaults including constraints) with (%3$s)',
            p.name, parent,
            case
                when parent like 'merged%' then 'fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02'
                else 'autovacuum_vacuum_insert_scale_factor = 0.5'
            end
        );
        execute format(
            'alter table store.%I attach partition store.%I for values from (%L) to (%L)',
            parent, p.name, p.starts_at, p.starts_at + width
        );
    end loop;
end
$_$;

COMMENT ON FUNCTION store.make_partitions(parent text, chunk interval, since timestamp with time zone, until timestamp with time zone) IS 'Partitions of a relation for the range exist afterwards.';

CREATE FUNCTION store.merge_ticks() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    with minutes as (
        select
            n.instrument_id,
            date_bin('1 minute', n.time, timestamptz '2000-01-02 19:45:00+00') as bucket,
            min(array[date_part('epoch', n.time), n.ltp]) as open,
            max(n.ltp) as high,
            min(n.ltp) as low,
            max(array[date_part('epoch', n.time), n.ltp]) as close,
            sum(n.volume)::bigint as volume,
            sum(n.missed_volume)::bigint as missed_volume,
            max(array[date_part('epoch', n.time), n.open_interest::double precision])
                filter (where n.open_interest is not null) as open_interest,
            sum(n.ltp * n.volume) as turnover,
            count(*) as ticks,
            min(n.time) as open_time,
            max(n.time) as close_time,
            max(n.time) filter (where n.open_interest is not null) as open_interest_time
        from new_ticks as n
        group by 1, 2
    )

    insert into store.pending as l (
        instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, open_time,
        close_time, open_interest_time
    )
    select
        m.instrument_id, m.bucket, m.open[2], m.high, m.low, m.close[2], m.volume, m.missed_volume,
        m.open_interest[2]::bigint, m.turnover, m.ticks, m.open_time, m.close_time, m.open_interest_time
    from minutes as m
    order by m.instrument_id, m.bucket
    on conflict (instrument_id, bucket) do update
    set
        open = case when excluded.open_time < l.open_time then excluded.open else l.open end,
        high = greatest(l.high, excluded.high),
        low = least(l.low, excluded.low),
        close = case when excluded.close_time > l.close_time then excluded.close else l.close end,
        volume = l.volume + excluded.volume,
        missed_volume = l.missed_volume + excluded.missed_volume,
        open_interest = case
            when l.open_interest_time is null or excluded.open_interest_time > l.open_interest_time
                then excluded.open_interest
            else l.open_interest
        end,
        turnover = l.turnover + excluded.turnover,
        ticks = l.ticks + excluded.ticks,
        open_time = least(l.open_time, excluded.open_time),
        close_time = greatest(l.close_time, excluded.close_time),
        open_interest_time = greatest(l.open_interest_time, excluded.open_interest_time);
    return null;
end
$$;

COMMENT ON FUNCTION store.merge_ticks() IS 'Merges an inserted batch of ticks into the minutes of store.pending.';

CREATE FUNCTION store.rebuild_candles(since timestamp with time zone, until timestamp with time zone, instrument_id integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
    t record;
    starts_at timestamptz;
    ends_at timestamptz;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.merged'));
    perform set_config('plan_cache_mode', 'force_custom_plan', true);
    delete from store.pending as m
    where
        m.bucket >= meta.bucket_start('1 minute', since)
        and m.bucket < until
        and (rebuild_candles.instrument_id is null or m.instrument_id = rebuild_candles.instrument_id);
    for t in
        select
            f.timeframe,
            f.width,
            f.base,
            greatest(source.horizon, own.horizon) as horizon
        from meta.timeframes as f
        inner join meta.horizon as source on source.relation = coalesce(f.base, 'tick_data')
        inner join meta.horizon as own on own.relation = f.timeframe
        where f.stored
        order by f.ordinal
    loop
        starts_at := meta.bucket_start(t.width, since);
        if starts_at < t.horizon then
            starts_at := meta.bucket_start(t.width, t.horizon - interval '1 microsecond') + t.width;
        end if;
        ends_at := meta.bucket_start(t.width, until - interval '1 microsecond') + t.width;
        delete from store.merged as l
        where
            l.timeframe = t.timeframe
            and l.bucket >= starts_at
            and l.bucket < ends_at
            and (rebuild_candles.instrument_id is null or l.instrument_id = rebuild_candles.instrument_id);
        if t.base is null then
            insert into store.merged (
                timeframe, instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover,
                ticks, open_time, close_time, open_interest_time
            )
            select
                t.timeframe,
                d.instrument_id,
                date_bin(t.width, d.time, timestamptz '2000-01-02 19:45:00+00'),
                (array_agg(d.ltp order by d.time))[1],
                max(d.ltp),
                min(d.ltp),
                (array_agg(d.ltp order by d.time desc))[1],
                sum(d.volume)::bigint,
                sum(d.missed_volume)::bigint,
                (array_agg(d.open_interest order by d.time desc) filter (where d.open_interest is not null))[1],
                sum(d.ltp * d.volume),
                count(*),
                min(d.time),
                max(d.time),
                max(d.time) filter (where d.open_interest is not null)
            from store.tick_data as d
            where
                d.time >= starts_at
                and d.time < ends_at
                and (rebuild_candles.instrument_id is null or d.instrument_id = rebuild_candles.instrument_id)
            group by 2, 3;
        else
            insert into store.merged (
                timeframe, instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover,
                ticks, open_time, close_time, open_interest_time
            )
            select
                t.timeframe,
                b.instrument_id,
                date_bin(t.width, b.bucket, timestamptz '2000-01-02 19:45:00+00'),
                (array_agg(b.open order by b.bucket))[1],
                max(b.high),
                min(b.low),
                (array_agg(b.close order by b.bucket desc))[1],
                sum(b.volume)::bigint,
                sum(b.missed_volume)::bigint,
                (array_agg(b.open_interest order by b.bucket desc) filter (where b.open_interest is not null))[1],
                sum(b.turnover),
                sum(b.ticks)::bigint,
                min(b.open_time),
                max(b.close_time),
                max(b.open_interest_time)
            from store.merged as b
            where
                b.timeframe = t.base
                and b.bucket >= starts_at
                and b.bucket < ends_at
                and (rebuild_candles.instrument_id is null or b.instrument_id = rebuild_candles.instrument_id)
            group by 2, 3;
        end if;
    end loop;
end
$$;

COMMENT ON FUNCTION store.rebuild_candles(since timestamp with time zone, until timestamp with time zone, instrument_id integer) IS 'Makes live candles of a range anew from the ticks, of one instrument or of all.';

CREATE PROCEDURE store.refresh(IN since timestamp with time zone, IN until timestamp with time zone)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    perform store.check_horizon(since);
    lock table store.tick_data in share row exclusive mode;
    perform store.rebuild_candles(since, until);
end
$$;

COMMENT ON PROCEDURE store.refresh(IN since timestamp with time zone, IN until timestamp with time zone) IS 'Afterwards live candles in the range reflect every tick; raises BH003 before the horizon.';

CREATE FUNCTION store.replace_minutes(instrument_id integer, minutes tstzmultirange, buckets timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    if isempty(minutes) then
        return;
    end if;
    call store.ensure(lower(minutes), upper(minutes));
    lock table store.tick_data in share row exclusive mode;
    perform set_config('bhav.merge_ticks', 'off', true);
    perform store.swap_ticks(
        instrument_id, minutes, buckets, opens, highs, lows, closes, volumes, open_interests
    );
    perform set_config('bhav.merge_ticks', 'on', true);
    perform store.rebuild_candles(lower(m.part), upper(m.part), replace_minutes.instrument_id)
    from unnest(minutes) as m (part);
end
$$;

COMMENT ON FUNCTION store.replace_minutes(instrument_id integer, minutes tstzmultirange, buckets timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) IS 'Puts the broker''s candles in the place of an instrument''s ticks of these minutes; candles of every timeframe follow.';

CREATE PROCEDURE store.retain()
    LANGUAGE plpgsql
    AS $_$
declare
    p record;
    in_use text[] := '{}';
begin
    call store.carry_pending();
    commit;
    for p in
        with cutoffs as (
            select
                r.relation,
                meta.now() - r.keep as cutoff,
                unnest(
                    case r.relation
                        when 'tick_data' then array['tick_data']
                        else array['merged_' || r.relation, 'history_' || r.relation]
                    end
                ) as parent
            from meta.retention as r
            where r.keep is not null and meta.now() is not null
        )

        select
            k.relation,
            k.parent,
            c.relname as name,
            (regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid), $re$TO \('([^']+)'\)$re$))[1]::timestamptz as ends_at
        from cutoffs as k
        inner join pg_catalog.pg_inherits as i on i.inhparent = pg_catalog.format('store.%I', k.parent)::regclass
        inner join pg_catalog.pg_class as c on c.oid = i.inhrelid
        where (regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid), $re$TO \('([^']+)'\)$re$))[1]::timestamptz <= k.cutoff
        order by ends_at
    loop
        continue when p.parent = any (in_use);
        update meta.horizon as h
        set horizon = greatest(h.horizon, p.ends_at)
        where h.relation = p.relation;
        commit;
        perform pg_catalog.set_config('lock_timeout', '100ms', true);
        begin
            execute pg_catalog.format('drop table store.%I', p.name);
        exception
            when lock_not_available then
                raise notice '% is in use and stays until the next run', p.name;
                in_use := in_use || p.parent;
        end;
        commit;
    end loop;
    delete from store.offsession_ticks
    where received_at < now() - (select r.keep from meta.retention as r where r.relation = 'tick_data');
    delete from store.replaced_ticks
    where time < (select h.horizon from meta.horizon as h where h.relation = 'tick_data');
end
$_$;

COMMENT ON PROCEDURE store.retain() IS 'Drops what meta.retention no longer keeps and records the horizon. The only thing that drops market data.';

CREATE FUNCTION store.swap_ticks(instrument_id integer, minutes tstzmultirange, buckets timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    with replaced as (
        delete from store.tick_data as t
        using unnest(minutes) as m (part)
        where
            t.instrument_id = swap_ticks.instrument_id
            and t.time >= lower(minutes)
            and t.time < upper(minutes)
            and t.time >= lower(m.part)
            and t.time < upper(m.part)
        returning t.*
    )

    insert into store.replaced_ticks
    select r.* from replaced as r
    where r.source <> 'broker';

    insert into store.tick_data (instrument_id, time, ltp, volume, open_interest, source)
    select
        swap_ticks.instrument_id,
        t.time,
        t.price,
        t.volume,
        t.open_interest,
        'broker'
    from unnest(buckets, opens, highs, lows, closes, volumes, open_interests)
        as b (bucket, open, high, low, close, volume, open_interest)
    cross join
        lateral (
            values
            (b.bucket, b.open, 0, null::bigint),
            (b.bucket + interval '1 microsecond', b.high, 0, null),
            (b.bucket + interval '2 microseconds', b.low, 0, null),
            (b.bucket + interval '59.999999 seconds', b.close, b.volume, b.open_interest)
        ) as t (time, price, volume, open_interest)
    where b.bucket <@ minutes;
end
$$;

COMMENT ON FUNCTION store.swap_ticks(instrument_id integer, minutes tstzmultirange, buckets timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) IS 'Moves an instrument''s ticks of these minutes away and puts four ticks of each broker candle in their place.';

CREATE TABLE store.history (
    timeframe text NOT NULL,
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
)
PARTITION BY LIST (timeframe);

COMMENT ON TABLE store.history IS 'Candles of every timeframe that the broker gave, for times older than the ticks.';

CREATE TABLE store.history_15m (
    timeframe text DEFAULT '15m'::text CONSTRAINT history_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT history_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT history_bucket_not_null NOT NULL,
    open double precision CONSTRAINT history_open_not_null NOT NULL,
    high double precision CONSTRAINT history_high_not_null NOT NULL,
    low double precision CONSTRAINT history_low_not_null NOT NULL,
    close double precision CONSTRAINT history_close_not_null NOT NULL,
    volume bigint CONSTRAINT history_volume_not_null NOT NULL,
    missed_volume bigint DEFAULT 0 CONSTRAINT history_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT history_turnover_not_null NOT NULL,
    ticks bigint DEFAULT 0 CONSTRAINT history_ticks_not_null NOT NULL
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.history_15m IS 'Candles of 15m that the broker gave: they win over live.';

CREATE TABLE store.merged_15m (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.merged_15m IS 'Candles of 15m made from ticks, without what is in store.pending.';

CREATE VIEW store.live_15m AS
 SELECT m.instrument_id,
    m.bucket,
    m.open,
    m.high,
    m.low,
    m.close,
    m.volume,
    m.missed_volume,
    m.open_interest,
    m.turnover,
    m.ticks,
    m.open_time,
    m.close_time,
    m.open_interest_time
   FROM store.merged_15m m
  WHERE (m.bucket < COALESCE(( SELECT date_bin('00:15:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
           FROM store.pending p), 'infinity'::timestamp with time zone))
UNION ALL
 SELECT u.instrument_id,
    u.bucket,
    (array_agg(u.open ORDER BY u.open_time))[1] AS open,
    max(u.high) AS high,
    min(u.low) AS low,
    (array_agg(u.close ORDER BY u.close_time DESC))[1] AS close,
    (sum(u.volume))::bigint AS volume,
    (sum(u.missed_volume))::bigint AS missed_volume,
    (array_agg(u.open_interest ORDER BY u.open_interest_time DESC) FILTER (WHERE (u.open_interest IS NOT NULL)))[1] AS open_interest,
    sum(u.turnover) AS turnover,
    (sum(u.ticks))::bigint AS ticks,
    min(u.open_time) AS open_time,
    max(u.close_time) AS close_time,
    max(u.open_interest_time) AS open_interest_time
   FROM ( SELECT m.instrument_id,
            m.bucket,
            m.open,
            m.high,
            m.low,
            m.close,
            m.volume,
            m.missed_volume,
            m.open_interest,
            m.turnover,
            m.ticks,
            m.open_time,
            m.close_time,
            m.open_interest_time
           FROM store.merged_15m m
          WHERE (m.bucket >= ( SELECT date_bin('00:15:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
                   FROM store.pending p))
        UNION ALL
         SELECT p.instrument_id,
            date_bin('00:15:00'::interval, p.bucket, '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin,
            p.open,
            p.high,
            p.low,
            p.close,
            p.volume,
            p.missed_volume,
            p.open_interest,
            p.turnover,
            p.ticks,
            p.open_time,
            p.close_time,
            p.open_interest_time
           FROM store.pending p) u
  GROUP BY u.instrument_id, u.bucket;

COMMENT ON VIEW store.live_15m IS 'Candles of 15m made from ticks, equal at each commit to a group by over the ticks.';

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
    timeframe text DEFAULT '1d'::text CONSTRAINT history_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT history_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT history_bucket_not_null NOT NULL,
    open double precision CONSTRAINT history_open_not_null NOT NULL,
    high double precision CONSTRAINT history_high_not_null NOT NULL,
    low double precision CONSTRAINT history_low_not_null NOT NULL,
    close double precision CONSTRAINT history_close_not_null NOT NULL,
    volume bigint CONSTRAINT history_volume_not_null NOT NULL,
    missed_volume bigint DEFAULT 0 CONSTRAINT history_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT history_turnover_not_null NOT NULL,
    ticks bigint DEFAULT 0 CONSTRAINT history_ticks_not_null NOT NULL
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.history_1d IS 'Candles of 1d that the broker gave: they win over live.';

CREATE TABLE store.merged_1d (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.merged_1d IS 'Candles of 1d made from ticks, without what is in store.pending.';

CREATE VIEW store.live_1d AS
 SELECT m.instrument_id,
    m.bucket,
    m.open,
    m.high,
    m.low,
    m.close,
    m.volume,
    m.missed_volume,
    m.open_interest,
    m.turnover,
    m.ticks,
    m.open_time,
    m.close_time,
    m.open_interest_time
   FROM store.merged_1d m
  WHERE (m.bucket < COALESCE(( SELECT date_bin('24:00:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
           FROM store.pending p), 'infinity'::timestamp with time zone))
UNION ALL
 SELECT u.instrument_id,
    u.bucket,
    (array_agg(u.open ORDER BY u.open_time))[1] AS open,
    max(u.high) AS high,
    min(u.low) AS low,
    (array_agg(u.close ORDER BY u.close_time DESC))[1] AS close,
    (sum(u.volume))::bigint AS volume,
    (sum(u.missed_volume))::bigint AS missed_volume,
    (array_agg(u.open_interest ORDER BY u.open_interest_time DESC) FILTER (WHERE (u.open_interest IS NOT NULL)))[1] AS open_interest,
    sum(u.turnover) AS turnover,
    (sum(u.ticks))::bigint AS ticks,
    min(u.open_time) AS open_time,
    max(u.close_time) AS close_time,
    max(u.open_interest_time) AS open_interest_time
   FROM ( SELECT m.instrument_id,
            m.bucket,
            m.open,
            m.high,
            m.low,
            m.close,
            m.volume,
            m.missed_volume,
            m.open_interest,
            m.turnover,
            m.ticks,
            m.open_time,
            m.close_time,
            m.open_interest_time
           FROM store.merged_1d m
          WHERE (m.bucket >= ( SELECT date_bin('24:00:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
                   FROM store.pending p))
        UNION ALL
         SELECT p.instrument_id,
            date_bin('24:00:00'::interval, p.bucket, '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin,
            p.open,
            p.high,
            p.low,
            p.close,
            p.volume,
            p.missed_volume,
            p.open_interest,
            p.turnover,
            p.ticks,
            p.open_time,
            p.close_time,
            p.open_interest_time
           FROM store.pending p) u
  GROUP BY u.instrument_id, u.bucket;

COMMENT ON VIEW store.live_1d IS 'Candles of 1d made from ticks, equal at each commit to a group by over the ticks.';

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
    timeframe text DEFAULT '1h'::text CONSTRAINT history_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT history_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT history_bucket_not_null NOT NULL,
    open double precision CONSTRAINT history_open_not_null NOT NULL,
    high double precision CONSTRAINT history_high_not_null NOT NULL,
    low double precision CONSTRAINT history_low_not_null NOT NULL,
    close double precision CONSTRAINT history_close_not_null NOT NULL,
    volume bigint CONSTRAINT history_volume_not_null NOT NULL,
    missed_volume bigint DEFAULT 0 CONSTRAINT history_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT history_turnover_not_null NOT NULL,
    ticks bigint DEFAULT 0 CONSTRAINT history_ticks_not_null NOT NULL
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.history_1h IS 'Candles of 1h that the broker gave: they win over live.';

CREATE TABLE store.merged_1h (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.merged_1h IS 'Candles of 1h made from ticks, without what is in store.pending.';

CREATE VIEW store.live_1h AS
 SELECT m.instrument_id,
    m.bucket,
    m.open,
    m.high,
    m.low,
    m.close,
    m.volume,
    m.missed_volume,
    m.open_interest,
    m.turnover,
    m.ticks,
    m.open_time,
    m.close_time,
    m.open_interest_time
   FROM store.merged_1h m
  WHERE (m.bucket < COALESCE(( SELECT date_bin('01:00:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
           FROM store.pending p), 'infinity'::timestamp with time zone))
UNION ALL
 SELECT u.instrument_id,
    u.bucket,
    (array_agg(u.open ORDER BY u.open_time))[1] AS open,
    max(u.high) AS high,
    min(u.low) AS low,
    (array_agg(u.close ORDER BY u.close_time DESC))[1] AS close,
    (sum(u.volume))::bigint AS volume,
    (sum(u.missed_volume))::bigint AS missed_volume,
    (array_agg(u.open_interest ORDER BY u.open_interest_time DESC) FILTER (WHERE (u.open_interest IS NOT NULL)))[1] AS open_interest,
    sum(u.turnover) AS turnover,
    (sum(u.ticks))::bigint AS ticks,
    min(u.open_time) AS open_time,
    max(u.close_time) AS close_time,
    max(u.open_interest_time) AS open_interest_time
   FROM ( SELECT m.instrument_id,
            m.bucket,
            m.open,
            m.high,
            m.low,
            m.close,
            m.volume,
            m.missed_volume,
            m.open_interest,
            m.turnover,
            m.ticks,
            m.open_time,
            m.close_time,
            m.open_interest_time
           FROM store.merged_1h m
          WHERE (m.bucket >= ( SELECT date_bin('01:00:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
                   FROM store.pending p))
        UNION ALL
         SELECT p.instrument_id,
            date_bin('01:00:00'::interval, p.bucket, '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin,
            p.open,
            p.high,
            p.low,
            p.close,
            p.volume,
            p.missed_volume,
            p.open_interest,
            p.turnover,
            p.ticks,
            p.open_time,
            p.close_time,
            p.open_interest_time
           FROM store.pending p) u
  GROUP BY u.instrument_id, u.bucket;

COMMENT ON VIEW store.live_1h IS 'Candles of 1h made from ticks, equal at each commit to a group by over the ticks.';

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
    timeframe text DEFAULT '1m'::text CONSTRAINT history_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT history_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT history_bucket_not_null NOT NULL,
    open double precision CONSTRAINT history_open_not_null NOT NULL,
    high double precision CONSTRAINT history_high_not_null NOT NULL,
    low double precision CONSTRAINT history_low_not_null NOT NULL,
    close double precision CONSTRAINT history_close_not_null NOT NULL,
    volume bigint CONSTRAINT history_volume_not_null NOT NULL,
    missed_volume bigint DEFAULT 0 CONSTRAINT history_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT history_turnover_not_null NOT NULL,
    ticks bigint DEFAULT 0 CONSTRAINT history_ticks_not_null NOT NULL
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.history_1m IS 'Candles of 1m that the broker gave: they win over live.';

CREATE VIEW store.live_1m AS
 SELECT m.instrument_id,
    m.bucket,
    m.open,
    m.high,
    m.low,
    m.close,
    m.volume,
    m.missed_volume,
    m.open_interest,
    m.turnover,
    m.ticks,
    m.open_time,
    m.close_time,
    m.open_interest_time
   FROM store.merged_1m m
  WHERE (m.bucket < COALESCE(( SELECT date_bin('00:01:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
           FROM store.pending p), 'infinity'::timestamp with time zone))
UNION ALL
 SELECT u.instrument_id,
    u.bucket,
    (array_agg(u.open ORDER BY u.open_time))[1] AS open,
    max(u.high) AS high,
    min(u.low) AS low,
    (array_agg(u.close ORDER BY u.close_time DESC))[1] AS close,
    (sum(u.volume))::bigint AS volume,
    (sum(u.missed_volume))::bigint AS missed_volume,
    (array_agg(u.open_interest ORDER BY u.open_interest_time DESC) FILTER (WHERE (u.open_interest IS NOT NULL)))[1] AS open_interest,
    sum(u.turnover) AS turnover,
    (sum(u.ticks))::bigint AS ticks,
    min(u.open_time) AS open_time,
    max(u.close_time) AS close_time,
    max(u.open_interest_time) AS open_interest_time
   FROM ( SELECT m.instrument_id,
            m.bucket,
            m.open,
            m.high,
            m.low,
            m.close,
            m.volume,
            m.missed_volume,
            m.open_interest,
            m.turnover,
            m.ticks,
            m.open_time,
            m.close_time,
            m.open_interest_time
           FROM store.merged_1m m
          WHERE (m.bucket >= ( SELECT date_bin('00:01:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
                   FROM store.pending p))
        UNION ALL
         SELECT p.instrument_id,
            date_bin('00:01:00'::interval, p.bucket, '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin,
            p.open,
            p.high,
            p.low,
            p.close,
            p.volume,
            p.missed_volume,
            p.open_interest,
            p.turnover,
            p.ticks,
            p.open_time,
            p.close_time,
            p.open_interest_time
           FROM store.pending p) u
  GROUP BY u.instrument_id, u.bucket;

COMMENT ON VIEW store.live_1m IS 'Candles of 1m made from ticks, equal at each commit to a group by over the ticks.';

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
    timeframe text DEFAULT '30m'::text CONSTRAINT history_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT history_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT history_bucket_not_null NOT NULL,
    open double precision CONSTRAINT history_open_not_null NOT NULL,
    high double precision CONSTRAINT history_high_not_null NOT NULL,
    low double precision CONSTRAINT history_low_not_null NOT NULL,
    close double precision CONSTRAINT history_close_not_null NOT NULL,
    volume bigint CONSTRAINT history_volume_not_null NOT NULL,
    missed_volume bigint DEFAULT 0 CONSTRAINT history_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT history_turnover_not_null NOT NULL,
    ticks bigint DEFAULT 0 CONSTRAINT history_ticks_not_null NOT NULL
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.history_30m IS 'Candles of 30m that the broker gave: they win over live.';

CREATE TABLE store.merged_30m (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.merged_30m IS 'Candles of 30m made from ticks, without what is in store.pending.';

CREATE VIEW store.live_30m AS
 SELECT m.instrument_id,
    m.bucket,
    m.open,
    m.high,
    m.low,
    m.close,
    m.volume,
    m.missed_volume,
    m.open_interest,
    m.turnover,
    m.ticks,
    m.open_time,
    m.close_time,
    m.open_interest_time
   FROM store.merged_30m m
  WHERE (m.bucket < COALESCE(( SELECT date_bin('00:30:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
           FROM store.pending p), 'infinity'::timestamp with time zone))
UNION ALL
 SELECT u.instrument_id,
    u.bucket,
    (array_agg(u.open ORDER BY u.open_time))[1] AS open,
    max(u.high) AS high,
    min(u.low) AS low,
    (array_agg(u.close ORDER BY u.close_time DESC))[1] AS close,
    (sum(u.volume))::bigint AS volume,
    (sum(u.missed_volume))::bigint AS missed_volume,
    (array_agg(u.open_interest ORDER BY u.open_interest_time DESC) FILTER (WHERE (u.open_interest IS NOT NULL)))[1] AS open_interest,
    sum(u.turnover) AS turnover,
    (sum(u.ticks))::bigint AS ticks,
    min(u.open_time) AS open_time,
    max(u.close_time) AS close_time,
    max(u.open_interest_time) AS open_interest_time
   FROM ( SELECT m.instrument_id,
            m.bucket,
            m.open,
            m.high,
            m.low,
            m.close,
            m.volume,
            m.missed_volume,
            m.open_interest,
            m.turnover,
            m.ticks,
            m.open_time,
            m.close_time,
            m.open_interest_time
           FROM store.merged_30m m
          WHERE (m.bucket >= ( SELECT date_bin('00:30:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
                   FROM store.pending p))
        UNION ALL
         SELECT p.instrument_id,
            date_bin('00:30:00'::interval, p.bucket, '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin,
            p.open,
            p.high,
            p.low,
            p.close,
            p.volume,
            p.missed_volume,
            p.open_interest,
            p.turnover,
            p.ticks,
            p.open_time,
            p.close_time,
            p.open_interest_time
           FROM store.pending p) u
  GROUP BY u.instrument_id, u.bucket;

COMMENT ON VIEW store.live_30m IS 'Candles of 30m made from ticks, equal at each commit to a group by over the ticks.';

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
    timeframe text DEFAULT '4h'::text CONSTRAINT history_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT history_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT history_bucket_not_null NOT NULL,
    open double precision CONSTRAINT history_open_not_null NOT NULL,
    high double precision CONSTRAINT history_high_not_null NOT NULL,
    low double precision CONSTRAINT history_low_not_null NOT NULL,
    close double precision CONSTRAINT history_close_not_null NOT NULL,
    volume bigint CONSTRAINT history_volume_not_null NOT NULL,
    missed_volume bigint DEFAULT 0 CONSTRAINT history_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT history_turnover_not_null NOT NULL,
    ticks bigint DEFAULT 0 CONSTRAINT history_ticks_not_null NOT NULL
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.history_4h IS 'Candles of 4h that the broker gave: they win over live.';

CREATE TABLE store.merged_4h (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.merged_4h IS 'Candles of 4h made from ticks, without what is in store.pending.';

CREATE VIEW store.live_4h AS
 SELECT m.instrument_id,
    m.bucket,
    m.open,
    m.high,
    m.low,
    m.close,
    m.volume,
    m.missed_volume,
    m.open_interest,
    m.turnover,
    m.ticks,
    m.open_time,
    m.close_time,
    m.open_interest_time
   FROM store.merged_4h m
  WHERE (m.bucket < COALESCE(( SELECT date_bin('04:00:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
           FROM store.pending p), 'infinity'::timestamp with time zone))
UNION ALL
 SELECT u.instrument_id,
    u.bucket,
    (array_agg(u.open ORDER BY u.open_time))[1] AS open,
    max(u.high) AS high,
    min(u.low) AS low,
    (array_agg(u.close ORDER BY u.close_time DESC))[1] AS close,
    (sum(u.volume))::bigint AS volume,
    (sum(u.missed_volume))::bigint AS missed_volume,
    (array_agg(u.open_interest ORDER BY u.open_interest_time DESC) FILTER (WHERE (u.open_interest IS NOT NULL)))[1] AS open_interest,
    sum(u.turnover) AS turnover,
    (sum(u.ticks))::bigint AS ticks,
    min(u.open_time) AS open_time,
    max(u.close_time) AS close_time,
    max(u.open_interest_time) AS open_interest_time
   FROM ( SELECT m.instrument_id,
            m.bucket,
            m.open,
            m.high,
            m.low,
            m.close,
            m.volume,
            m.missed_volume,
            m.open_interest,
            m.turnover,
            m.ticks,
            m.open_time,
            m.close_time,
            m.open_interest_time
           FROM store.merged_4h m
          WHERE (m.bucket >= ( SELECT date_bin('04:00:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
                   FROM store.pending p))
        UNION ALL
         SELECT p.instrument_id,
            date_bin('04:00:00'::interval, p.bucket, '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin,
            p.open,
            p.high,
            p.low,
            p.close,
            p.volume,
            p.missed_volume,
            p.open_interest,
            p.turnover,
            p.ticks,
            p.open_time,
            p.close_time,
            p.open_interest_time
           FROM store.pending p) u
  GROUP BY u.instrument_id, u.bucket;

COMMENT ON VIEW store.live_4h IS 'Candles of 4h made from ticks, equal at each commit to a group by over the ticks.';

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
    timeframe text DEFAULT '5m'::text CONSTRAINT history_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT history_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT history_bucket_not_null NOT NULL,
    open double precision CONSTRAINT history_open_not_null NOT NULL,
    high double precision CONSTRAINT history_high_not_null NOT NULL,
    low double precision CONSTRAINT history_low_not_null NOT NULL,
    close double precision CONSTRAINT history_close_not_null NOT NULL,
    volume bigint CONSTRAINT history_volume_not_null NOT NULL,
    missed_volume bigint DEFAULT 0 CONSTRAINT history_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT history_turnover_not_null NOT NULL,
    ticks bigint DEFAULT 0 CONSTRAINT history_ticks_not_null NOT NULL
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.history_5m IS 'Candles of 5m that the broker gave: they win over live.';

CREATE TABLE store.merged_5m (
    timeframe text CONSTRAINT live_timeframe_not_null NOT NULL,
    instrument_id integer CONSTRAINT live_instrument_id_not_null NOT NULL,
    bucket timestamp with time zone CONSTRAINT live_bucket_not_null NOT NULL,
    open double precision CONSTRAINT live_open_not_null NOT NULL,
    high double precision CONSTRAINT live_high_not_null NOT NULL,
    low double precision CONSTRAINT live_low_not_null NOT NULL,
    close double precision CONSTRAINT live_close_not_null NOT NULL,
    volume bigint CONSTRAINT live_volume_not_null NOT NULL,
    missed_volume bigint CONSTRAINT live_missed_volume_not_null NOT NULL,
    open_interest bigint,
    turnover double precision CONSTRAINT live_turnover_not_null NOT NULL,
    ticks bigint CONSTRAINT live_ticks_not_null NOT NULL,
    open_time timestamp with time zone CONSTRAINT live_open_time_not_null NOT NULL,
    close_time timestamp with time zone CONSTRAINT live_close_time_not_null NOT NULL,
    open_interest_time timestamp with time zone
)
PARTITION BY RANGE (bucket);

COMMENT ON TABLE store.merged_5m IS 'Candles of 5m made from ticks, without what is in store.pending.';

CREATE VIEW store.live_5m AS
 SELECT m.instrument_id,
    m.bucket,
    m.open,
    m.high,
    m.low,
    m.close,
    m.volume,
    m.missed_volume,
    m.open_interest,
    m.turnover,
    m.ticks,
    m.open_time,
    m.close_time,
    m.open_interest_time
   FROM store.merged_5m m
  WHERE (m.bucket < COALESCE(( SELECT date_bin('00:05:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
           FROM store.pending p), 'infinity'::timestamp with time zone))
UNION ALL
 SELECT u.instrument_id,
    u.bucket,
    (array_agg(u.open ORDER BY u.open_time))[1] AS open,
    max(u.high) AS high,
    min(u.low) AS low,
    (array_agg(u.close ORDER BY u.close_time DESC))[1] AS close,
    (sum(u.volume))::bigint AS volume,
    (sum(u.missed_volume))::bigint AS missed_volume,
    (array_agg(u.open_interest ORDER BY u.open_interest_time DESC) FILTER (WHERE (u.open_interest IS NOT NULL)))[1] AS open_interest,
    sum(u.turnover) AS turnover,
    (sum(u.ticks))::bigint AS ticks,
    min(u.open_time) AS open_time,
    max(u.close_time) AS close_time,
    max(u.open_interest_time) AS open_interest_time
   FROM ( SELECT m.instrument_id,
            m.bucket,
            m.open,
            m.high,
            m.low,
            m.close,
            m.volume,
            m.missed_volume,
            m.open_interest,
            m.turnover,
            m.ticks,
            m.open_time,
            m.close_time,
            m.open_interest_time
           FROM store.merged_5m m
          WHERE (m.bucket >= ( SELECT date_bin('00:05:00'::interval, min(p.bucket), '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin
                   FROM store.pending p))
        UNION ALL
         SELECT p.instrument_id,
            date_bin('00:05:00'::interval, p.bucket, '2000-01-02 19:45:00+00'::timestamp with time zone) AS date_bin,
            p.open,
            p.high,
            p.low,
            p.close,
            p.volume,
            p.missed_volume,
            p.open_interest,
            p.turnover,
            p.ticks,
            p.open_time,
            p.close_time,
            p.open_interest_time
           FROM store.pending p) u
  GROUP BY u.instrument_id, u.bucket;

COMMENT ON VIEW store.live_5m IS 'Candles of 5m made from ticks, equal at each commit to a group by over the ticks.';

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

CREATE VIEW gaps.data_quality AS
 SELECT instrument_id,
    symbol,
    session_date,
    completeness,
    expected_minutes,
    missing_minutes,
    longest_gap,
    repaired_minutes,
    feed_uptime,
    late,
    duplicates,
    volume_falls,
    offsession,
    rejected
   FROM gaps.quality() q(instrument_id, symbol, session_date, completeness, expected_minutes, missing_minutes, longest_gap, repaired_minutes, feed_uptime, late, duplicates, volume_falls, offsession, rejected);

COMMENT ON VIEW gaps.data_quality IS 'Per followed instrument and trading day: completeness, gaps, repairs, feed uptime and what happened to ticks.';

CREATE VIEW gaps.watchlist_gaps AS
 SELECT f.id AS instrument_id,
    f.symbol,
    lower(g.hole) AS starts_at,
    upper(g.hole) AS ends_at,
    ((EXTRACT(epoch FROM (upper(g.hole) - lower(g.hole))) / (60)::numeric))::bigint AS minutes,
    ((lower(g.hole) AT TIME ZONE 'Asia/Kolkata'::text))::date AS session_date,
    COALESCE(
        CASE q.status
            WHEN 'done'::text THEN 'unanswered'::text
            ELSE q.status
        END, 'open'::text) AS status,
    q.error,
    q.requested_at
   FROM (((gaps.missing(ARRAY( SELECT l.id
           FROM candles.followed l), ( SELECT gaps.kept_since('tick_data'::text) AS kept_since)) m(instrument_id, missing, down)
     JOIN candles.followed f ON ((f.id = m.instrument_id)))
     CROSS JOIN LATERAL unnest(m.missing) g(hole))
     LEFT JOIN LATERAL ( SELECT r.status,
            r.error,
            r.requested_at
           FROM ledger.backfill_requests r
          WHERE ((r.instrument_id = f.id) AND (r.timeframe = '1m'::text) AND (r.ranges && g.hole))
          ORDER BY r.id DESC
         LIMIT 1) q ON (true));

COMMENT ON VIEW gaps.watchlist_gaps IS 'The gaps of all followed instruments as far back as ticks are kept, and what became of them.';

CREATE VIEW grafana.symbols AS
 SELECT symbol,
    kind,
    exchange,
    segment,
    name
   FROM candles.followed i
  ORDER BY (array_position('{index,equity,future,option}'::text[], kind)), symbol;

COMMENT ON VIEW grafana.symbols IS 'Followed instruments, for dashboards to choose from: indices first, then equities, futures and options.';

CREATE TABLE ledger.indicator_state (
    timeframe text NOT NULL,
    instrument_id integer NOT NULL,
    bars integer NOT NULL,
    bucket timestamp with time zone NOT NULL,
    buckets timestamp with time zone[] NOT NULL,
    highs double precision[] NOT NULL,
    lows double precision[] NOT NULL,
    closes double precision[] NOT NULL,
    ema_9 double precision,
    ema_12 double precision,
    ema_21 double precision,
    ema_26 double precision,
    macd_signal double precision,
    rsi_gains double precision,
    rsi_losses double precision,
    atr double precision,
    supertrend_atr double precision,
    supertrend_upper double precision,
    supertrend_lower double precision,
    supertrend_direction double precision,
    verified_at timestamp with time zone NOT NULL
)
WITH (fillfactor='45');

COMMENT ON TABLE ledger.indicator_state IS 'The indicators of strategies as of the newest closed bar (bucket), advanced bar by bar: EMA_9, EMA_12, EMA_21, EMA_26, MACD_12_26_9, RSI_14, ATR_14, SUPERTREND_10_3, and of the newest 20 bars (oldest first) BBANDS_20_2 and DC_20. bars: how many went in. verified_at: when it was last computed anew (wall clock).';

CREATE VIEW indicators.indicators_live AS
 SELECT s.timeframe,
    s.instrument_id,
    v.id,
    v.output,
    s.bucket,
    v.value
   FROM (((ledger.indicator_state s
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (count(*) = 20) THEN (s.closes[20] + avg((c.value - s.closes[20])))
                    ELSE NULL::double precision
                END AS middle,
                CASE
                    WHEN (count(*) = 20) THEN ((2)::double precision * stddev_pop((c.value - s.closes[20])))
                    ELSE NULL::double precision
                END AS deviation
           FROM unnest(s.closes) c(value)) b)
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (count(*) = 20) THEN max(r.high)
                    ELSE NULL::double precision
                END AS upper,
                CASE
                    WHEN (count(*) = 20) THEN min(r.low)
                    ELSE NULL::double precision
                END AS lower
           FROM UNNEST(s.highs, s.lows) r(high, low)) d)
     CROSS JOIN LATERAL ( VALUES ('EMA_9'::text,'ema'::text,s.ema_9), ('EMA_12'::text,'ema'::text,s.ema_12), ('EMA_21'::text,'ema'::text,s.ema_21), ('EMA_26'::text,'ema'::text,s.ema_26), ('MACD_12_26_9'::text,'macd'::text,(s.ema_12 - s.ema_26)), ('MACD_12_26_9'::text,'signal'::text,s.macd_signal), ('MACD_12_26_9'::text,'histogram'::text,((s.ema_12 - s.ema_26) - s.macd_signal)), ('RSI_14'::text,'rsi'::text,
                CASE
                    WHEN ((s.rsi_gains + s.rsi_losses) > ((0.000000000001)::double precision * s.closes[cardinality(s.closes)])) THEN ((100)::double precision * (s.rsi_gains / (s.rsi_gains + s.rsi_losses)))
                    ELSE NULL::double precision
                END), ('ATR_14'::text,'atr'::text,s.atr), ('SUPERTREND_10_3'::text,'supertrend'::text,
                CASE
                    WHEN (s.supertrend_direction > (0)::double precision) THEN s.supertrend_lower
                    ELSE s.supertrend_upper
                END), ('SUPERTREND_10_3'::text,'direction'::text,s.supertrend_direction), ('SUPERTREND_10_3'::text,'upper'::text,s.supertrend_upper), ('SUPERTREND_10_3'::text,'lower'::text,s.supertrend_lower), ('BBANDS_20_2'::text,'upper'::text,(b.middle + b.deviation)), ('BBANDS_20_2'::text,'middle'::text,b.middle), ('BBANDS_20_2'::text,'lower'::text,(b.middle - b.deviation)), ('BBANDS_20_2'::text,'bandwidth'::text,((((100 * 2))::double precision * b.deviation) / b.middle)), ('BBANDS_20_2'::text,'percent_b'::text,(((s.closes[20] - b.middle) + b.deviation) / NULLIF(((2)::double precision * b.deviation), (0)::double precision))), ('DC_20'::text,'upper'::text,d.upper), ('DC_20'::text,'middle'::text,((d.upper + d.lower) / (2)::double precision)), ('DC_20'::text,'lower'::text,d.lower)) v(id, output, value))
  WHERE (s.bars > 0)
UNION ALL
 SELECT c.timeframe,
    c.instrument_id,
    c.id,
    v.output,
    c.bucket,
    v.value
   FROM (ledger.indicator_values c
     CROSS JOIN LATERAL UNNEST(c.outputs, c.results) v(output, value));

COMMENT ON VIEW indicators.indicators_live IS 'Watched indicators as of the newest closed bar, kept current by the daemon.';

ALTER TABLE ledger.alert_rules ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ledger.alert_rules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ledger.backfill_requests ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ledger.backfill_requests_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ledger.candle_clock (
    announced_until timestamp with time zone NOT NULL
);

COMMENT ON TABLE ledger.candle_clock IS 'One row: bars that closed up to this market time have been announced on candle_closed.';

ALTER TABLE ledger.feed_connections ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ledger.feed_connections_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ledger.indicator_clock (
    timeframe text NOT NULL,
    advanced_until timestamp with time zone NOT NULL
);

COMMENT ON TABLE ledger.indicator_clock IS 'Watched indicators of a timeframe have been brought to the bars that closed up to this market time.';

CREATE TABLE ledger.journals (
    journal uuid NOT NULL,
    segment bigint NOT NULL,
    committed_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE ledger.journals IS 'The last segment of each ingest journal that was committed, written in the segment''s own transaction: each is stored exactly once.';

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

CREATE TABLE meta.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE meta.code (
    digest text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE meta.code IS 'One row: the checksum of the sql/ tree that the code schemas were built from.';

CREATE TABLE meta.revisions (
    revision text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE meta.revisions IS 'The checksum of every applied revision: a released revision never changes.';

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

CREATE TABLE store.replaced_ticks (
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

COMMENT ON TABLE store.replaced_ticks IS 'Live ticks of minutes for which the broker''s candle stands now: kept as they were, never part of a candle.';

ALTER TABLE ONLY store.history ATTACH PARTITION store.history_15m FOR VALUES IN ('15m');

ALTER TABLE ONLY store.history ATTACH PARTITION store.history_1d FOR VALUES IN ('1d');

ALTER TABLE ONLY store.history ATTACH PARTITION store.history_1h FOR VALUES IN ('1h');

ALTER TABLE ONLY store.history ATTACH PARTITION store.history_1m FOR VALUES IN ('1m');

ALTER TABLE ONLY store.history ATTACH PARTITION store.history_30m FOR VALUES IN ('30m');

ALTER TABLE ONLY store.history ATTACH PARTITION store.history_4h FOR VALUES IN ('4h');

ALTER TABLE ONLY store.history ATTACH PARTITION store.history_5m FOR VALUES IN ('5m');

ALTER TABLE ONLY store.merged ATTACH PARTITION store.merged_15m FOR VALUES IN ('15m');

ALTER TABLE ONLY store.merged ATTACH PARTITION store.merged_1d FOR VALUES IN ('1d');

ALTER TABLE ONLY store.merged ATTACH PARTITION store.merged_1h FOR VALUES IN ('1h');

ALTER TABLE ONLY store.merged ATTACH PARTITION store.merged_1m FOR VALUES IN ('1m');

ALTER TABLE ONLY store.merged ATTACH PARTITION store.merged_30m FOR VALUES IN ('30m');

ALTER TABLE ONLY store.merged ATTACH PARTITION store.merged_4h FOR VALUES IN ('4h');

ALTER TABLE ONLY store.merged ATTACH PARTITION store.merged_5m FOR VALUES IN ('5m');

ALTER TABLE ONLY indicators.indicator_catalogue
    ADD CONSTRAINT indicator_catalogue_pkey PRIMARY KEY (name);

ALTER TABLE ONLY ledger.access_tokens
    ADD CONSTRAINT access_tokens_pkey PRIMARY KEY (broker);

ALTER TABLE ONLY ledger.alert_rules
    ADD CONSTRAINT alert_rules_name_key UNIQUE (name);

ALTER TABLE ONLY ledger.alert_rules
    ADD CONSTRAINT alert_rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.backfill_requests
    ADD CONSTRAINT backfill_requests_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.broker_calls
    ADD CONSTRAINT broker_calls_pkey PRIMARY KEY (broker);

ALTER TABLE ONLY ledger.coverage
    ADD CONSTRAINT coverage_pkey PRIMARY KEY (instrument_id, timeframe);

ALTER TABLE ONLY ledger.feed_connections
    ADD CONSTRAINT feed_connections_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.feed_status
    ADD CONSTRAINT feed_status_pkey PRIMARY KEY (source, connection);

ALTER TABLE ONLY ledger.indicator_anchors
    ADD CONSTRAINT indicator_anchors_pkey PRIMARY KEY (timeframe);

ALTER TABLE ONLY ledger.indicator_clock
    ADD CONSTRAINT indicator_clock_pkey PRIMARY KEY (timeframe);

ALTER TABLE ONLY ledger.indicator_state
    ADD CONSTRAINT indicator_state_pkey PRIMARY KEY (timeframe, instrument_id);

ALTER TABLE ONLY ledger.indicator_subscriptions
    ADD CONSTRAINT indicator_subscriptions_pkey PRIMARY KEY (timeframe, instrument_id, id, client);

ALTER TABLE ONLY ledger.indicator_values
    ADD CONSTRAINT indicator_values_pkey PRIMARY KEY (timeframe, instrument_id, id);

ALTER TABLE ONLY ledger.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (name);

ALTER TABLE ONLY ledger.journals
    ADD CONSTRAINT journals_pkey PRIMARY KEY (journal);

ALTER TABLE ONLY ledger.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (instrument_id);

ALTER TABLE ONLY ledger.tick_counts
    ADD CONSTRAINT tick_counts_pkey PRIMARY KEY (instrument_id, session_date);

ALTER TABLE ONLY ledger.watchlist
    ADD CONSTRAINT watchlist_pkey PRIMARY KEY (instrument_id, what);

ALTER TABLE ONLY market.broker_instruments
    ADD CONSTRAINT broker_instruments_pkey PRIMARY KEY (broker, broker_key, valid_from);

ALTER TABLE ONLY market.history_sources
    ADD CONSTRAINT history_sources_pkey PRIMARY KEY (broker, timeframe);

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

ALTER TABLE ONLY store.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.history_15m
    ADD CONSTRAINT history_15m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.history_1d
    ADD CONSTRAINT history_1d_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.history_1h
    ADD CONSTRAINT history_1h_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.history_1m
    ADD CONSTRAINT history_1m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.history_30m
    ADD CONSTRAINT history_30m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.history_4h
    ADD CONSTRAINT history_4h_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.history_5m
    ADD CONSTRAINT history_5m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged
    ADD CONSTRAINT live_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged_15m
    ADD CONSTRAINT merged_15m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged_1d
    ADD CONSTRAINT merged_1d_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged_1h
    ADD CONSTRAINT merged_1h_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged_1m
    ADD CONSTRAINT merged_1m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged_30m
    ADD CONSTRAINT merged_30m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged_4h
    ADD CONSTRAINT merged_4h_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.merged_5m
    ADD CONSTRAINT merged_5m_pkey PRIMARY KEY (instrument_id, bucket, timeframe);

ALTER TABLE ONLY store.pending
    ADD CONSTRAINT pending_pkey PRIMARY KEY (instrument_id, bucket);

ALTER TABLE ONLY store.tick_data
    ADD CONSTRAINT tick_data_pkey PRIMARY KEY (instrument_id, "time");

CREATE INDEX backfill_requests_due ON ledger.backfill_requests USING btree (due_at) WHERE (finished_at IS NULL);

CREATE INDEX backfill_requests_ended ON ledger.backfill_requests USING btree (finished_at);

CREATE INDEX backfill_requests_finished ON ledger.backfill_requests USING btree (instrument_id, finished_at);

CREATE INDEX backfill_requests_open ON ledger.backfill_requests USING btree (instrument_id, timeframe) WHERE (finished_at IS NULL);

CREATE UNIQUE INDEX candle_clock_one_row ON ledger.candle_clock USING btree ((true));

CREATE INDEX coverage_until ON ledger.coverage USING btree (upper(covered)) WHERE (timeframe = '1m'::text);

CREATE INDEX feed_connections_heard ON ledger.feed_connections USING btree (heard_until);

CREATE UNIQUE INDEX feed_connections_up ON ledger.feed_connections USING btree (source, connection) WHERE (ended_at IS NULL);

CREATE INDEX ingest_stats_at ON ledger.ingest_stats USING btree (at);

CREATE INDEX job_runs_started ON ledger.job_runs USING btree (started_at);

CREATE INDEX broker_instruments_instrument ON market.broker_instruments USING btree (instrument_id);

CREATE INDEX instruments_underlying ON market.instruments USING btree (underlying_id, expiry, strike);

CREATE INDEX sessions_date ON market.sessions USING btree (session_date, segment);

CREATE UNIQUE INDEX code_one_row ON meta.code USING btree ((true));

CREATE INDEX history_15m_bucket_idx ON ONLY store.history_15m USING btree (bucket);

CREATE INDEX history_1d_bucket_idx ON ONLY store.history_1d USING btree (bucket);

CREATE INDEX history_1h_bucket_idx ON ONLY store.history_1h USING btree (bucket);

CREATE INDEX history_1m_bucket_idx ON ONLY store.history_1m USING btree (bucket);

CREATE INDEX history_30m_bucket_idx ON ONLY store.history_30m USING btree (bucket);

CREATE INDEX history_4h_bucket_idx ON ONLY store.history_4h USING btree (bucket);

CREATE INDEX history_5m_bucket_idx ON ONLY store.history_5m USING btree (bucket);

CREATE INDEX merged_15m_bucket_idx ON ONLY store.merged_15m USING btree (bucket);

CREATE INDEX merged_1d_bucket_idx ON ONLY store.merged_1d USING btree (bucket);

CREATE INDEX merged_1h_bucket_idx ON ONLY store.merged_1h USING btree (bucket);

CREATE INDEX merged_1m_bucket_idx ON ONLY store.merged_1m USING btree (bucket);

CREATE INDEX merged_30m_bucket_idx ON ONLY store.merged_30m USING btree (bucket);

CREATE INDEX merged_4h_bucket_idx ON ONLY store.merged_4h USING btree (bucket);

CREATE INDEX merged_5m_bucket_idx ON ONLY store.merged_5m USING btree (bucket);

CREATE INDEX offsession_ticks_received ON store.offsession_ticks USING btree (received_at);

CREATE INDEX pending_bucket_idx ON store.pending USING btree (bucket);

CREATE INDEX replaced_ticks_time ON store.replaced_ticks USING btree (instrument_id, "time");

ALTER INDEX store.history_pkey ATTACH PARTITION store.history_15m_pkey;

ALTER INDEX store.history_pkey ATTACH PARTITION store.history_1d_pkey;

ALTER INDEX store.history_pkey ATTACH PARTITION store.history_1h_pkey;

ALTER INDEX store.history_pkey ATTACH PARTITION store.history_1m_pkey;

ALTER INDEX store.history_pkey ATTACH PARTITION store.history_30m_pkey;

ALTER INDEX store.history_pkey ATTACH PARTITION store.history_4h_pkey;

ALTER INDEX store.history_pkey ATTACH PARTITION store.history_5m_pkey;

ALTER INDEX store.live_pkey ATTACH PARTITION store.merged_15m_pkey;

ALTER INDEX store.live_pkey ATTACH PARTITION store.merged_1d_pkey;

ALTER INDEX store.live_pkey ATTACH PARTITION store.merged_1h_pkey;

ALTER INDEX store.live_pkey ATTACH PARTITION store.merged_1m_pkey;

ALTER INDEX store.live_pkey ATTACH PARTITION store.merged_30m_pkey;

ALTER INDEX store.live_pkey ATTACH PARTITION store.merged_4h_pkey;

ALTER INDEX store.live_pkey ATTACH PARTITION store.merged_5m_pkey;

CREATE TRIGGER check_alert_rule BEFORE INSERT OR UPDATE ON ledger.alert_rules FOR EACH ROW EXECUTE FUNCTION ledger.check_alert_rule();

COMMENT ON TRIGGER check_alert_rule ON ledger.alert_rules IS 'Refuses a rule that could never be judged, and spells the others as usual.';

CREATE TRIGGER check_subscription BEFORE INSERT OR UPDATE OF timeframe, id ON ledger.indicator_subscriptions FOR EACH ROW EXECUTE FUNCTION ledger.check_subscription();

COMMENT ON TRIGGER check_subscription ON ledger.indicator_subscriptions IS 'Refuses what could never be computed, and spells the others as usual.';

CREATE TRIGGER notify_watchlist AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON ledger.watchlist FOR EACH STATEMENT EXECUTE FUNCTION market.notify_watchlist();

COMMENT ON TRIGGER notify_watchlist ON ledger.watchlist IS 'Tells the daemon that the watchlist has changed.';

CREATE TRIGGER notify_sessions AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON market.sessions FOR EACH STATEMENT EXECUTE FUNCTION market.notify_sessions();

COMMENT ON TRIGGER notify_sessions ON market.sessions IS 'Tells the daemon that the trading sessions have changed.';

CREATE TRIGGER merge_ticks AFTER INSERT ON store.tick_data REFERENCING NEW TABLE AS new_ticks FOR EACH STATEMENT WHEN ((current_setting('bhav.merge_ticks'::text, true) IS DISTINCT FROM 'off'::text)) EXECUTE FUNCTION store.merge_ticks();

ALTER TABLE ONLY ledger.alert_rules
    ADD CONSTRAINT alert_rules_symbol_fkey FOREIGN KEY (symbol) REFERENCES market.instruments(symbol);

ALTER TABLE ONLY ledger.alert_rules
    ADD CONSTRAINT alert_rules_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.backfill_requests
    ADD CONSTRAINT backfill_requests_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY ledger.backfill_requests
    ADD CONSTRAINT backfill_requests_source_timeframe_fkey FOREIGN KEY (source_timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.backfill_requests
    ADD CONSTRAINT backfill_requests_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.coverage
    ADD CONSTRAINT coverage_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY ledger.indicator_anchors
    ADD CONSTRAINT indicator_anchors_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.indicator_clock
    ADD CONSTRAINT indicator_clock_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.indicator_state
    ADD CONSTRAINT indicator_state_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY ledger.indicator_state
    ADD CONSTRAINT indicator_state_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.indicator_subscriptions
    ADD CONSTRAINT indicator_subscriptions_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY ledger.indicator_subscriptions
    ADD CONSTRAINT indicator_subscriptions_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.indicator_values
    ADD CONSTRAINT indicator_values_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY ledger.indicator_values
    ADD CONSTRAINT indicator_values_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

ALTER TABLE ONLY ledger.job_runs
    ADD CONSTRAINT job_runs_name_fkey FOREIGN KEY (name) REFERENCES ledger.jobs(name) ON DELETE CASCADE;

ALTER TABLE ONLY ledger.subscriptions
    ADD CONSTRAINT subscriptions_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY ledger.tick_counts
    ADD CONSTRAINT tick_counts_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY ledger.watchlist
    ADD CONSTRAINT watchlist_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY market.broker_instruments
    ADD CONSTRAINT broker_instruments_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES market.instruments(id);

ALTER TABLE ONLY market.history_sources
    ADD CONSTRAINT history_sources_timeframe_fkey FOREIGN KEY (timeframe) REFERENCES meta.timeframes(timeframe);

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

GRANT USAGE ON SCHEMA gaps TO bhav_ingest;
GRANT USAGE ON SCHEMA gaps TO bhav_read;
GRANT USAGE ON SCHEMA gaps TO bhav_user;

GRANT USAGE ON SCHEMA grafana TO bhav_ingest;
GRANT USAGE ON SCHEMA grafana TO bhav_read;
GRANT USAGE ON SCHEMA grafana TO bhav_user;

GRANT USAGE ON SCHEMA indicators TO bhav_ingest;
GRANT USAGE ON SCHEMA indicators TO bhav_read;
GRANT USAGE ON SCHEMA indicators TO bhav_user;

GRANT USAGE ON SCHEMA kernels TO bhav_ingest;
GRANT USAGE ON SCHEMA kernels TO bhav_read;
GRANT USAGE ON SCHEMA kernels TO bhav_user;

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

REVOKE ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, fill boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, fill boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, fill boolean) TO bhav_read;
GRANT ALL ON FUNCTION candles.candles(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, fill boolean) TO bhav_user;

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

GRANT SELECT ON TABLE ledger.subscriptions TO bhav_read;
GRANT SELECT ON TABLE ledger.subscriptions TO bhav_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.subscriptions TO bhav_ingest;

GRANT SELECT ON TABLE market.instruments TO bhav_read;
GRANT SELECT ON TABLE market.instruments TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE market.instruments TO bhav_ingest;

GRANT SELECT ON TABLE candles.followed TO bhav_ingest;
GRANT SELECT ON TABLE candles.followed TO bhav_read;
GRANT SELECT ON TABLE candles.followed TO bhav_user;

GRANT SELECT ON TABLE market.sessions TO bhav_ingest;
GRANT SELECT ON TABLE market.sessions TO bhav_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE market.sessions TO bhav_user;

GRANT SELECT ON TABLE meta.timeframes TO bhav_ingest;
GRANT SELECT ON TABLE meta.timeframes TO bhav_read;
GRANT SELECT ON TABLE meta.timeframes TO bhav_user;

REVOKE ALL ON FUNCTION candles.closings(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.closings(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.closings(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION candles.closings(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION candles.ended_segments(width interval) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.ended_segments(width interval) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.ended_segments(width interval) TO bhav_read;
GRANT ALL ON FUNCTION candles.ended_segments(width interval) TO bhav_user;

REVOKE ALL ON FUNCTION meta.timeframe(name text) FROM PUBLIC;
GRANT ALL ON FUNCTION meta.timeframe(name text) TO bhav_ingest;
GRANT ALL ON FUNCTION meta.timeframe(name text) TO bhav_read;
GRANT ALL ON FUNCTION meta.timeframe(name text) TO bhav_user;

REVOKE ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) TO bhav_read;
GRANT ALL ON FUNCTION candles.forming(instrument_id integer, timeframes text[]) TO bhav_user;

REVOKE ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) TO bhav_read;
GRANT ALL ON FUNCTION candles.latest(timeframe text, instrument_ids integer[]) TO bhav_user;

REVOKE ALL ON FUNCTION candles.latest_before(timeframe text, instrument_ids integer[], before timestamp with time zone, long_before boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.latest_before(timeframe text, instrument_ids integer[], before timestamp with time zone, long_before boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.latest_before(timeframe text, instrument_ids integer[], before timestamp with time zone, long_before boolean) TO bhav_read;
GRANT ALL ON FUNCTION candles.latest_before(timeframe text, instrument_ids integer[], before timestamp with time zone, long_before boolean) TO bhav_user;

REVOKE ALL ON FUNCTION candles.subscribe(broker text) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.subscribe(broker text) TO bhav_ingest;

GRANT SELECT ON TABLE ledger.watchlist TO bhav_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.watchlist TO bhav_ingest;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.watchlist TO bhav_user;

GRANT SELECT ON TABLE market.broker_instruments TO bhav_read;
GRANT SELECT ON TABLE market.broker_instruments TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE market.broker_instruments TO bhav_ingest;

REVOKE ALL ON FUNCTION candles.watchlist_members(broker text) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.watchlist_members(broker text) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.watchlist_members(broker text) TO bhav_read;
GRANT ALL ON FUNCTION candles.watchlist_members(broker text) TO bhav_user;

REVOKE ALL ON FUNCTION candles.subscription(broker text) FROM PUBLIC;
GRANT ALL ON FUNCTION candles.subscription(broker text) TO bhav_ingest;
GRANT ALL ON FUNCTION candles.subscription(broker text) TO bhav_read;
GRANT ALL ON FUNCTION candles.subscription(broker text) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.aggregate_history(instrument_id integer, timeframe text, ranges tstzmultirange) FROM PUBLIC;

REVOKE ALL ON FUNCTION gaps.align(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.align(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.align(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) TO bhav_read;
GRANT ALL ON FUNCTION gaps.align(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) TO bhav_user;

GRANT SELECT ON TABLE ledger.coverage TO bhav_read;
GRANT SELECT ON TABLE ledger.coverage TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE ledger.coverage TO bhav_ingest;

GRANT SELECT ON TABLE ledger.feed_connections TO bhav_read;
GRANT SELECT ON TABLE ledger.feed_connections TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE ledger.feed_connections TO bhav_ingest;

REVOKE ALL ON FUNCTION gaps.carried(instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.carried(instrument_ids integer[]) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.carried(instrument_ids integer[]) TO bhav_read;
GRANT ALL ON FUNCTION gaps.carried(instrument_ids integer[]) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.settled_until() FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.settled_until() TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.settled_until() TO bhav_read;
GRANT ALL ON FUNCTION gaps.settled_until() TO bhav_user;

REVOKE ALL ON FUNCTION gaps.stored_timeframe(timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.stored_timeframe(timeframe text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.stored_timeframe(timeframe text) TO bhav_read;
GRANT ALL ON FUNCTION gaps.stored_timeframe(timeframe text) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.trading_time(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.trading_time(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.trading_time(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION gaps.trading_time(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.whole_bars(ranges tstzmultirange, width interval) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.whole_bars(ranges tstzmultirange, width interval) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.whole_bars(ranges tstzmultirange, width interval) TO bhav_read;
GRANT ALL ON FUNCTION gaps.whole_bars(ranges tstzmultirange, width interval) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.missing(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.missing(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.missing(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_read;
GRANT ALL ON FUNCTION gaps.missing(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.completeness(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.completeness(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.completeness(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_read;
GRANT ALL ON FUNCTION gaps.completeness(instrument_ids integer[], since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.alignment_quality(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.alignment_quality(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.alignment_quality(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) TO bhav_read;
GRANT ALL ON FUNCTION gaps.alignment_quality(instrument_id integer, base text, others text[], since timestamp with time zone, until timestamp with time zone, method text, tolerance interval) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.answer_backfill(request_id bigint, attempt integer, times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION gaps.check_range(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.check_range(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.check_range(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION gaps.check_range(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.claim_backfill(broker text, patience interval) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.claim_backfill(broker text, patience interval) TO bhav_ingest;

GRANT SELECT ON TABLE ledger.backfill_requests TO bhav_read;
GRANT SELECT,INSERT ON TABLE ledger.backfill_requests TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE ledger.backfill_requests TO bhav_ingest;

GRANT UPDATE(ranges) ON TABLE ledger.backfill_requests TO bhav_user;

REVOKE ALL ON FUNCTION gaps.fail_backfill(request_id bigint, attempt integer, fault text, error text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.fail_backfill(request_id bigint, attempt integer, fault text, error text) TO bhav_ingest;

REVOKE ALL ON FUNCTION gaps.gaps(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.gaps(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.gaps(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_read;
GRANT ALL ON FUNCTION gaps.gaps(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_user;

GRANT SELECT ON TABLE market.history_sources TO bhav_ingest;
GRANT SELECT ON TABLE market.history_sources TO bhav_read;
GRANT SELECT ON TABLE market.history_sources TO bhav_user;

REVOKE ALL ON FUNCTION gaps.history_source(broker text, timeframe text, segment text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.history_source(broker text, timeframe text, segment text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.history_source(broker text, timeframe text, segment text) TO bhav_read;
GRANT ALL ON FUNCTION gaps.history_source(broker text, timeframe text, segment text) TO bhav_user;

GRANT SELECT ON TABLE ledger.broker_calls TO bhav_read;
GRANT SELECT ON TABLE ledger.broker_calls TO bhav_user;
GRANT SELECT,UPDATE ON TABLE ledger.broker_calls TO bhav_ingest;

GRANT UPDATE(call_every) ON TABLE ledger.broker_calls TO bhav_user;

GRANT UPDATE(calls_a_day) ON TABLE ledger.broker_calls TO bhav_user;

REVOKE ALL ON FUNCTION gaps.hold_calls(broker text, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.hold_calls(broker text, until timestamp with time zone) TO bhav_ingest;

REVOKE ALL ON FUNCTION gaps.judge_bars(times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[], timeframe text, wanted tstzmultirange, trading tstzmultirange, settled_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.judge_bars(times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[], timeframe text, wanted tstzmultirange, trading tstzmultirange, settled_until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.judge_bars(times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[], timeframe text, wanted tstzmultirange, trading tstzmultirange, settled_until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION gaps.judge_bars(times timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[], timeframe text, wanted tstzmultirange, trading tstzmultirange, settled_until timestamp with time zone) TO bhav_user;

GRANT SELECT ON TABLE meta.horizon TO bhav_ingest;
GRANT SELECT ON TABLE meta.horizon TO bhav_read;
GRANT SELECT ON TABLE meta.horizon TO bhav_user;

GRANT SELECT ON TABLE meta.retention TO bhav_ingest;
GRANT SELECT ON TABLE meta.retention TO bhav_read;
GRANT SELECT ON TABLE meta.retention TO bhav_user;

GRANT UPDATE(keep) ON TABLE meta.retention TO bhav_user;

REVOKE ALL ON FUNCTION gaps.kept_since(relation text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.kept_since(relation text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.kept_since(relation text) TO bhav_read;
GRANT ALL ON FUNCTION gaps.kept_since(relation text) TO bhav_user;

GRANT SELECT ON TABLE ledger.tick_counts TO bhav_read;
GRANT SELECT ON TABLE ledger.tick_counts TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE ledger.tick_counts TO bhav_ingest;

REVOKE ALL ON FUNCTION gaps.quality(since date, until date, instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.quality(since date, until date, instrument_ids integer[]) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.quality(since date, until date, instrument_ids integer[]) TO bhav_read;
GRANT ALL ON FUNCTION gaps.quality(since date, until date, instrument_ids integer[]) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.request_backfill(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text, again boolean, asked_by text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.request_backfill(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text, again boolean, asked_by text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.request_backfill(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text, again boolean, asked_by text) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.reserve_call(broker text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.reserve_call(broker text) TO bhav_ingest;

REVOKE ALL ON FUNCTION gaps.scan() FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.scan() TO bhav_ingest;

REVOKE ALL ON FUNCTION gaps.traded_before(at timestamp with time zone, opens timestamp with time zone[], closes timestamp with time zone[], before interval[]) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.traded_before(at timestamp with time zone, opens timestamp with time zone[], closes timestamp with time zone[], before interval[]) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.traded_before(at timestamp with time zone, opens timestamp with time zone[], closes timestamp with time zone[], before interval[]) TO bhav_read;
GRANT ALL ON FUNCTION gaps.traded_before(at timestamp with time zone, opens timestamp with time zone[], closes timestamp with time zone[], before interval[]) TO bhav_user;

REVOKE ALL ON FUNCTION gaps.want(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION gaps.want(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_ingest;
GRANT ALL ON FUNCTION gaps.want(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_read;
GRANT ALL ON FUNCTION gaps.want(instrument_id integer, since timestamp with time zone, until timestamp with time zone, timeframe text) TO bhav_user;

GRANT SELECT ON TABLE store.merged TO bhav_ingest;
GRANT SELECT ON TABLE store.merged TO bhav_read;
GRANT SELECT ON TABLE store.merged TO bhav_user;

GRANT SELECT ON TABLE store.merged_1m TO bhav_ingest;
GRANT SELECT ON TABLE store.merged_1m TO bhav_read;
GRANT SELECT ON TABLE store.merged_1m TO bhav_user;

GRANT SELECT ON TABLE store.pending TO bhav_read;
GRANT SELECT ON TABLE store.pending TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE store.pending TO bhav_ingest;

REVOKE ALL ON FUNCTION store.newest_tick() FROM PUBLIC;
GRANT ALL ON FUNCTION store.newest_tick() TO bhav_ingest;
GRANT ALL ON FUNCTION store.newest_tick() TO bhav_read;
GRANT ALL ON FUNCTION store.newest_tick() TO bhav_user;

REVOKE ALL ON FUNCTION store.freshness() FROM PUBLIC;
GRANT ALL ON FUNCTION store.freshness() TO bhav_ingest;
GRANT ALL ON FUNCTION store.freshness() TO bhav_read;
GRANT ALL ON FUNCTION store.freshness() TO bhav_user;

REVOKE ALL ON FUNCTION store.oldest(relation text) FROM PUBLIC;
GRANT ALL ON FUNCTION store.oldest(relation text) TO bhav_ingest;
GRANT ALL ON FUNCTION store.oldest(relation text) TO bhav_read;
GRANT ALL ON FUNCTION store.oldest(relation text) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.aggregate_freshness() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.aggregate_freshness() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.aggregate_freshness() TO bhav_read;
GRANT ALL ON FUNCTION grafana.aggregate_freshness() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.trading(grace interval) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.trading(grace interval) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.trading(grace interval) TO bhav_read;
GRANT ALL ON FUNCTION grafana.trading(grace interval) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.alert_aggregate_stale() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_aggregate_stale() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_aggregate_stale() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_aggregate_stale() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.alert_feed_silent() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_feed_silent() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_feed_silent() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_feed_silent() TO bhav_user;

GRANT SELECT ON TABLE meta.settings TO bhav_ingest;
GRANT SELECT ON TABLE meta.settings TO bhav_read;
GRANT SELECT ON TABLE meta.settings TO bhav_user;

REVOKE ALL ON FUNCTION grafana.alert_gap_open() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_gap_open() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_gap_open() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_gap_open() TO bhav_user;

GRANT SELECT ON TABLE ledger.ingest_stats TO bhav_read;
GRANT SELECT ON TABLE ledger.ingest_stats TO bhav_user;
GRANT SELECT,INSERT ON TABLE ledger.ingest_stats TO bhav_ingest;

REVOKE ALL ON FUNCTION grafana.alert_ingest_lag() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_ingest_lag() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_ingest_lag() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_ingest_lag() TO bhav_user;

GRANT SELECT ON TABLE ledger.jobs TO bhav_read;
GRANT SELECT ON TABLE ledger.jobs TO bhav_user;
GRANT SELECT,UPDATE ON TABLE ledger.jobs TO bhav_ingest;

GRANT UPDATE(every) ON TABLE ledger.jobs TO bhav_user;

GRANT UPDATE(enabled) ON TABLE ledger.jobs TO bhav_user;

REVOKE ALL ON FUNCTION grafana.alert_job_failing() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_job_failing() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_job_failing() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_job_failing() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.alert_journal_growth() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_journal_growth() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_journal_growth() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_journal_growth() TO bhav_user;

GRANT SELECT ON TABLE ledger.access_tokens TO bhav_read;
GRANT SELECT ON TABLE ledger.access_tokens TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE ledger.access_tokens TO bhav_ingest;

GRANT SELECT ON TABLE ledger.feed_status TO bhav_read;
GRANT SELECT ON TABLE ledger.feed_status TO bhav_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.feed_status TO bhav_ingest;

REVOKE ALL ON FUNCTION grafana.alert_token_expiry() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_token_expiry() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_token_expiry() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_token_expiry() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.rule_values(timeframe text, instrument_ids integer[], bucket timestamp with time zone, bars integer) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.rule_values(timeframe text, instrument_ids integer[], bucket timestamp with time zone, bars integer) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.rule_values(timeframe text, instrument_ids integer[], bucket timestamp with time zone, bars integer) TO bhav_read;
GRANT ALL ON FUNCTION grafana.rule_values(timeframe text, instrument_ids integer[], bucket timestamp with time zone, bars integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.indicators_at(instrument_id integer, timeframes text[], ids text[], candles_back integer, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.indicators_at(instrument_id integer, timeframes text[], ids text[], candles_back integer, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.indicators_at(instrument_id integer, timeframes text[], ids text[], candles_back integer, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.indicators_at(instrument_id integer, timeframes text[], ids text[], candles_back integer, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.indicators_latest(instrument_id integer, timeframes text[], ids text[], forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.indicators_latest(instrument_id integer, timeframes text[], ids text[], forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.indicators_latest(instrument_id integer, timeframes text[], ids text[], forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.indicators_latest(instrument_id integer, timeframes text[], ids text[], forming boolean) TO bhav_user;

GRANT SELECT ON TABLE indicators.indicator_catalogue TO bhav_ingest;
GRANT SELECT ON TABLE indicators.indicator_catalogue TO bhav_read;
GRANT SELECT ON TABLE indicators.indicator_catalogue TO bhav_user;

GRANT SELECT ON TABLE ledger.alert_rules TO bhav_ingest;
GRANT SELECT ON TABLE ledger.alert_rules TO bhav_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.alert_rules TO bhav_user;

REVOKE ALL ON FUNCTION grafana.alert_user_rules() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.alert_user_rules() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.alert_user_rules() TO bhav_read;
GRANT ALL ON FUNCTION grafana.alert_user_rules() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.step(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.step(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.step(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.step(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.backfill_progress(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.backfill_progress(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.backfill_progress(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.backfill_progress(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.backfill_queue(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.backfill_queue(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.backfill_queue(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.backfill_queue(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.backfill_requests(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.backfill_requests(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.backfill_requests(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.backfill_requests(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.bar_time(bucket timestamp with time zone, timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.bar_time(bucket timestamp with time zone, timeframe text) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.bar_time(bucket timestamp with time zone, timeframe text) TO bhav_read;
GRANT ALL ON FUNCTION grafana.bar_time(bucket timestamp with time zone, timeframe text) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.bars(timeframe text, since timestamp with time zone, until timestamp with time zone, instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.bars(timeframe text, since timestamp with time zone, until timestamp with time zone, instrument_ids integer[]) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.bars(timeframe text, since timestamp with time zone, until timestamp with time zone, instrument_ids integer[]) TO bhav_read;
GRANT ALL ON FUNCTION grafana.bars(timeframe text, since timestamp with time zone, until timestamp with time zone, instrument_ids integer[]) TO bhav_user;

GRANT SELECT ON TABLE market.trading_hours TO bhav_ingest;
GRANT SELECT ON TABLE market.trading_hours TO bhav_read;
GRANT SELECT ON TABLE market.trading_hours TO bhav_user;

REVOKE ALL ON FUNCTION grafana.trading_days(days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.trading_days(days integer) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.trading_days(days integer) TO bhav_read;
GRANT ALL ON FUNCTION grafana.trading_days(days integer) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.day_bars(days integer, instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.day_bars(days integer, instrument_ids integer[]) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.day_bars(days integer, instrument_ids integer[]) TO bhav_read;
GRANT ALL ON FUNCTION grafana.day_bars(days integer, instrument_ids integer[]) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.board(kinds text[], symbols text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.board(kinds text[], symbols text[]) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.board(kinds text[], symbols text[]) TO bhav_read;
GRANT ALL ON FUNCTION grafana.board(kinds text[], symbols text[]) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.breadth() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.breadth() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.breadth() TO bhav_read;
GRANT ALL ON FUNCTION grafana.breadth() TO bhav_user;

GRANT SELECT ON TABLE meta.timeframe_aliases TO bhav_ingest;
GRANT SELECT ON TABLE meta.timeframe_aliases TO bhav_read;
GRANT SELECT ON TABLE meta.timeframe_aliases TO bhav_user;

REVOKE ALL ON FUNCTION grafana.timeframe(timeframe text, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.timeframe(timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.timeframe(timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.timeframe(timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.prepare(name text, parameters double precision[], OUT query text, OUT outputs text[], OUT columns text[], OUT bars integer, OUT sessions integer) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.prepare(name text, parameters double precision[], OUT query text, OUT outputs text[], OUT columns text[], OUT bars integer, OUT sessions integer) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.prepare(name text, parameters double precision[], OUT query text, OUT outputs text[], OUT columns text[], OUT bars integer, OUT sessions integer) TO bhav_read;
GRANT ALL ON FUNCTION indicators.prepare(name text, parameters double precision[], OUT query text, OUT outputs text[], OUT columns text[], OUT bars integer, OUT sessions integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.read_bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, columns text[], bars integer, sessions integer) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.read_bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, columns text[], bars integer, sessions integer) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.read_bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, columns text[], bars integer, sessions integer) TO bhav_read;
GRANT ALL ON FUNCTION indicators.read_bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, columns text[], bars integer, sessions integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, indicator text, VARIADIC parameters double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, indicator text, VARIADIC parameters double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, indicator text, VARIADIC parameters double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION indicators.bars(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean, indicator text, VARIADIC parameters double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.bbands(x double precision[], length integer, multiplier double precision, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[], OUT bandwidth double precision[], OUT percent_b double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.bbands(x double precision[], length integer, multiplier double precision, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[], OUT bandwidth double precision[], OUT percent_b double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.bbands(x double precision[], length integer, multiplier double precision, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[], OUT bandwidth double precision[], OUT percent_b double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.bbands(x double precision[], length integer, multiplier double precision, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[], OUT bandwidth double precision[], OUT percent_b double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.bbands(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.bbands(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.bbands(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.bbands(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.ema(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.ema(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.ema(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.ema(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.ema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.ema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.ema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.ema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.supertrend(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, OUT supertrend double precision[], OUT direction double precision[], OUT upper double precision[], OUT lower double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.supertrend(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, OUT supertrend double precision[], OUT direction double precision[], OUT upper double precision[], OUT lower double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.supertrend(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, OUT supertrend double precision[], OUT direction double precision[], OUT upper double precision[], OUT lower double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.supertrend(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, OUT supertrend double precision[], OUT direction double precision[], OUT upper double precision[], OUT lower double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.supertrend(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.supertrend(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.supertrend(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.supertrend(instrument_id integer, timeframe text, length integer, multiplier double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.vwap(high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.vwap(high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.vwap(high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.vwap(high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.vwap(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.vwap(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.vwap(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.vwap(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone, overlays text[], fill boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone, overlays text[], fill boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone, overlays text[], fill boolean) TO bhav_read;
GRANT ALL ON FUNCTION grafana.candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone, overlays text[], fill boolean) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.completeness(since timestamp with time zone, until timestamp with time zone, "limit" integer) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.completeness(since timestamp with time zone, until timestamp with time zone, "limit" integer) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.completeness(since timestamp with time zone, until timestamp with time zone, "limit" integer) TO bhav_read;
GRANT ALL ON FUNCTION grafana.completeness(since timestamp with time zone, until timestamp with time zone, "limit" integer) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.connection_history(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.connection_history(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.connection_history(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.connection_history(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.connections() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.connections() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.connections() TO bhav_read;
GRANT ALL ON FUNCTION grafana.connections() TO bhav_user;

GRANT SELECT ON TABLE store.tick_data TO bhav_read;
GRANT SELECT ON TABLE store.tick_data TO bhav_user;
GRANT SELECT,INSERT ON TABLE store.tick_data TO bhav_ingest;

REVOKE ALL ON FUNCTION grafana.depth(symbol text) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.depth(symbol text) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.depth(symbol text) TO bhav_read;
GRANT ALL ON FUNCTION grafana.depth(symbol text) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.feed_state() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.feed_state() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.feed_state() TO bhav_read;
GRANT ALL ON FUNCTION grafana.feed_state() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.freshness() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.freshness() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.freshness() TO bhav_read;
GRANT ALL ON FUNCTION grafana.freshness() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.gap_annotations(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.gap_annotations(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.gap_annotations(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.gap_annotations(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.gap_table(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.gap_table(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.gap_table(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.gap_table(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.heat("limit" integer) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.heat("limit" integer) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.heat("limit" integer) TO bhav_read;
GRANT ALL ON FUNCTION grafana.heat("limit" integer) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.index_lines(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.index_lines(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.index_lines(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.index_lines(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.indicator(symbol text, timeframe text, id text, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.indicator(symbol text, timeframe text, id text, since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.indicator(symbol text, timeframe text, id text, since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.indicator(symbol text, timeframe text, id text, since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.indicator_matrix(symbol text, timeframes text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.indicator_matrix(symbol text, timeframes text[]) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.indicator_matrix(symbol text, timeframes text[]) TO bhav_read;
GRANT ALL ON FUNCTION grafana.indicator_matrix(symbol text, timeframes text[]) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.indices() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.indices() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.indices() TO bhav_read;
GRANT ALL ON FUNCTION grafana.indices() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.ingest_rate(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.ingest_rate(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.ingest_rate(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.ingest_rate(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

GRANT SELECT ON TABLE ledger.job_runs TO bhav_read;
GRANT SELECT ON TABLE ledger.job_runs TO bhav_user;
GRANT SELECT,INSERT ON TABLE ledger.job_runs TO bhav_ingest;

REVOKE ALL ON FUNCTION grafana.job_failures(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.job_failures(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.job_failures(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.job_failures(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.job_status() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.job_status() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.job_status() TO bhav_read;
GRANT ALL ON FUNCTION grafana.job_status() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.latency(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.latency(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.latency(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.latency(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.pivots(high double precision[], low double precision[], close double precision[], session_date date[], OUT pivot double precision[], OUT r1 double precision[], OUT r2 double precision[], OUT r3 double precision[], OUT s1 double precision[], OUT s2 double precision[], OUT s3 double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.pivots(high double precision[], low double precision[], close double precision[], session_date date[], OUT pivot double precision[], OUT r1 double precision[], OUT r2 double precision[], OUT r3 double precision[], OUT s1 double precision[], OUT s2 double precision[], OUT s3 double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.pivots(high double precision[], low double precision[], close double precision[], session_date date[], OUT pivot double precision[], OUT r1 double precision[], OUT r2 double precision[], OUT r3 double precision[], OUT s1 double precision[], OUT s2 double precision[], OUT s3 double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.pivots(high double precision[], low double precision[], close double precision[], session_date date[], OUT pivot double precision[], OUT r1 double precision[], OUT r2 double precision[], OUT r3 double precision[], OUT s1 double precision[], OUT s2 double precision[], OUT s3 double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.levels(symbol text) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.levels(symbol text) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.levels(symbol text) TO bhav_read;
GRANT ALL ON FUNCTION grafana.levels(symbol text) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.movers(direction text, "limit" integer) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.movers(direction text, "limit" integer) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.movers(direction text, "limit" integer) TO bhav_read;
GRANT ALL ON FUNCTION grafana.movers(direction text, "limit" integer) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.open_interest(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.open_interest(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.open_interest(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.open_interest(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.packed_candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.packed_candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.packed_candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.packed_candles(symbol text, timeframe text, since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.quality_days(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.quality_days(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.quality_days(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.quality_days(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.quote(symbol text) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.quote(symbol text) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.quote(symbol text) TO bhav_read;
GRANT ALL ON FUNCTION grafana.quote(symbol text) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.rejected(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.rejected(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.rejected(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.rejected(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.retention() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.retention() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.retention() TO bhav_read;
GRANT ALL ON FUNCTION grafana.retention() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.subscriptions() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.subscriptions() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.subscriptions() TO bhav_read;
GRANT ALL ON FUNCTION grafana.subscriptions() TO bhav_user;

REVOKE ALL ON FUNCTION store.sizes() FROM PUBLIC;
GRANT ALL ON FUNCTION store.sizes() TO bhav_ingest;
GRANT ALL ON FUNCTION store.sizes() TO bhav_read;
GRANT ALL ON FUNCTION store.sizes() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.table_sizes() FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.table_sizes() TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.table_sizes() TO bhav_read;
GRANT ALL ON FUNCTION grafana.table_sizes() TO bhav_user;

REVOKE ALL ON FUNCTION grafana.tick_counts(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.tick_counts(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.tick_counts(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.tick_counts(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.tick_counts_by_day(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.tick_counts_by_day(since timestamp with time zone, until timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.tick_counts_by_day(since timestamp with time zone, until timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION grafana.tick_counts_by_day(since timestamp with time zone, until timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.volatility("limit" integer) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.volatility("limit" integer) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.volatility("limit" integer) TO bhav_read;
GRANT ALL ON FUNCTION grafana.volatility("limit" integer) TO bhav_user;

REVOKE ALL ON FUNCTION grafana.volume_spikes(timeframe text, "limit" integer) FROM PUBLIC;
GRANT ALL ON FUNCTION grafana.volume_spikes(timeframe text, "limit" integer) TO bhav_ingest;
GRANT ALL ON FUNCTION grafana.volume_spikes(timeframe text, "limit" integer) TO bhav_read;
GRANT ALL ON FUNCTION grafana.volume_spikes(timeframe text, "limit" integer) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.ad(high double precision[], low double precision[], close double precision[], volume double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.ad(high double precision[], low double precision[], close double precision[], volume double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.ad(high double precision[], low double precision[], close double precision[], volume double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.ad(high double precision[], low double precision[], close double precision[], volume double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.ad(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.ad(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.ad(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.ad(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.advance() FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.advance() TO bhav_ingest;

REVOKE ALL ON FUNCTION indicators.advance_state(timeframe text, since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.advance_state(timeframe text, since timestamp with time zone) TO bhav_ingest;

REVOKE ALL ON FUNCTION kernels.adx(high double precision[], low double precision[], close double precision[], length integer, OUT adx double precision[], OUT plus_di double precision[], OUT minus_di double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.adx(high double precision[], low double precision[], close double precision[], length integer, OUT adx double precision[], OUT plus_di double precision[], OUT minus_di double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.adx(high double precision[], low double precision[], close double precision[], length integer, OUT adx double precision[], OUT plus_di double precision[], OUT minus_di double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.adx(high double precision[], low double precision[], close double precision[], length integer, OUT adx double precision[], OUT plus_di double precision[], OUT minus_di double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.adx(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.adx(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.adx(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.adx(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

GRANT SELECT ON TABLE ledger.indicator_anchors TO bhav_ingest;
GRANT SELECT ON TABLE ledger.indicator_anchors TO bhav_read;
GRANT SELECT ON TABLE ledger.indicator_anchors TO bhav_user;

REVOKE ALL ON FUNCTION indicators.anchor(timeframe text, since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.anchor(timeframe text, since timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.anchor(timeframe text, since timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION indicators.anchor(timeframe text, since timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.announce(timeframe text, instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.announce(timeframe text, instrument_ids integer[]) TO bhav_ingest;

REVOKE ALL ON FUNCTION kernels.ao(high double precision[], low double precision[], fast_length integer, slow_length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.ao(high double precision[], low double precision[], fast_length integer, slow_length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.ao(high double precision[], low double precision[], fast_length integer, slow_length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.ao(high double precision[], low double precision[], fast_length integer, slow_length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.ao(instrument_id integer, timeframe text, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.ao(instrument_id integer, timeframe text, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.ao(instrument_id integer, timeframe text, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.ao(instrument_id integer, timeframe text, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.aroon(high double precision[], low double precision[], length integer, OUT up double precision[], OUT down double precision[], OUT oscillator double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.aroon(high double precision[], low double precision[], length integer, OUT up double precision[], OUT down double precision[], OUT oscillator double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.aroon(high double precision[], low double precision[], length integer, OUT up double precision[], OUT down double precision[], OUT oscillator double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.aroon(high double precision[], low double precision[], length integer, OUT up double precision[], OUT down double precision[], OUT oscillator double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.aroon(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.aroon(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.aroon(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.aroon(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.atr(high double precision[], low double precision[], close double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.atr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.atr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.atr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.atr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.atr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.atr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.atr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.candlestick_patterns(instrument_id integer, timeframe text, patterns text[], since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.candlestick_patterns(instrument_id integer, timeframe text, patterns text[], since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.candlestick_patterns(instrument_id integer, timeframe text, patterns text[], since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.candlestick_patterns(instrument_id integer, timeframe text, patterns text[], since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cci(high double precision[], low double precision[], close double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cci(high double precision[], low double precision[], close double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cci(high double precision[], low double precision[], close double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cci(high double precision[], low double precision[], close double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.cci(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.cci(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.cci(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.cci(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.chop(high double precision[], low double precision[], close double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.chop(high double precision[], low double precision[], close double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.chop(high double precision[], low double precision[], close double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.chop(high double precision[], low double precision[], close double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.chop(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.chop(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.chop(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.chop(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cmf(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cmf(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cmf(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cmf(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.cmf(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.cmf(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.cmf(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.cmf(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.compute(query text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.compute(query text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.compute(query text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_read;
GRANT ALL ON FUNCTION indicators.compute(query text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.dc(high double precision[], low double precision[], length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.dc(high double precision[], low double precision[], length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.dc(high double precision[], low double precision[], length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.dc(high double precision[], low double precision[], length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.dc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.dc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.dc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.dc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.dema(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.dema(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.dema(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.dema(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.dema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.dema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.dema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.dema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.parse(INOUT id text, OUT name text, OUT parameters double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.parse(INOUT id text, OUT name text, OUT parameters double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.parse(INOUT id text, OUT name text, OUT parameters double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION indicators.parse(INOUT id text, OUT name text, OUT parameters double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.evaluate(id text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.evaluate(id text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.evaluate(id text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_read;
GRANT ALL ON FUNCTION indicators.evaluate(id text, open double precision[], high double precision[], low double precision[], close double precision[], volume double precision[], session_date date[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.example(name text) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.example(name text) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.example(name text) TO bhav_read;
GRANT ALL ON FUNCTION indicators.example(name text) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.fisher(high double precision[], low double precision[], length integer, OUT fisher double precision[], OUT trigger double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.fisher(high double precision[], low double precision[], length integer, OUT fisher double precision[], OUT trigger double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.fisher(high double precision[], low double precision[], length integer, OUT fisher double precision[], OUT trigger double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.fisher(high double precision[], low double precision[], length integer, OUT fisher double precision[], OUT trigger double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.fisher(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.fisher(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.fisher(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.fisher(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.hma(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.hma(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.hma(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.hma(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.hma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.hma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.hma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.hma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.ichimoku(high double precision[], low double precision[], conversion_length integer, base_length integer, span_length integer, OUT conversion double precision[], OUT base double precision[], OUT span_a double precision[], OUT span_b double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.ichimoku(high double precision[], low double precision[], conversion_length integer, base_length integer, span_length integer, OUT conversion double precision[], OUT base double precision[], OUT span_a double precision[], OUT span_b double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.ichimoku(high double precision[], low double precision[], conversion_length integer, base_length integer, span_length integer, OUT conversion double precision[], OUT base double precision[], OUT span_a double precision[], OUT span_b double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.ichimoku(high double precision[], low double precision[], conversion_length integer, base_length integer, span_length integer, OUT conversion double precision[], OUT base double precision[], OUT span_a double precision[], OUT span_b double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.ichimoku(instrument_id integer, timeframe text, conversion_length integer, base_length integer, span_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.ichimoku(instrument_id integer, timeframe text, conversion_length integer, base_length integer, span_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.ichimoku(instrument_id integer, timeframe text, conversion_length integer, base_length integer, span_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.ichimoku(instrument_id integer, timeframe text, conversion_length integer, base_length integer, span_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.indicator(instrument_id integer, timeframe text, id text, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.indicator(instrument_id integer, timeframe text, id text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.indicator(instrument_id integer, timeframe text, id text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.indicator(instrument_id integer, timeframe text, id text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.kama(x double precision[], length integer, fast_length integer, slow_length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.kama(x double precision[], length integer, fast_length integer, slow_length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.kama(x double precision[], length integer, fast_length integer, slow_length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.kama(x double precision[], length integer, fast_length integer, slow_length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.kama(instrument_id integer, timeframe text, length integer, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.kama(instrument_id integer, timeframe text, length integer, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.kama(instrument_id integer, timeframe text, length integer, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.kama(instrument_id integer, timeframe text, length integer, fast_length integer, slow_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.kc(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, atr_length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.kc(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, atr_length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.kc(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, atr_length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.kc(high double precision[], low double precision[], close double precision[], length integer, multiplier double precision, atr_length integer, OUT upper double precision[], OUT middle double precision[], OUT lower double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.kc(instrument_id integer, timeframe text, length integer, multiplier double precision, atr_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.kc(instrument_id integer, timeframe text, length integer, multiplier double precision, atr_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.kc(instrument_id integer, timeframe text, length integer, multiplier double precision, atr_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.kc(instrument_id integer, timeframe text, length integer, multiplier double precision, atr_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.linreg(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.linreg(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.linreg(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.linreg(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.linreg(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.linreg(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.linreg(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.linreg(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.macd(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT macd double precision[], OUT signal double precision[], OUT histogram double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.macd(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT macd double precision[], OUT signal double precision[], OUT histogram double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.macd(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT macd double precision[], OUT signal double precision[], OUT histogram double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.macd(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT macd double precision[], OUT signal double precision[], OUT histogram double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.macd(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.macd(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.macd(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.macd(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.mama(x double precision[], fast_limit double precision, slow_limit double precision, OUT mama double precision[], OUT fama double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.mama(x double precision[], fast_limit double precision, slow_limit double precision, OUT mama double precision[], OUT fama double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.mama(x double precision[], fast_limit double precision, slow_limit double precision, OUT mama double precision[], OUT fama double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.mama(x double precision[], fast_limit double precision, slow_limit double precision, OUT mama double precision[], OUT fama double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.mama(instrument_id integer, timeframe text, fast_limit double precision, slow_limit double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.mama(instrument_id integer, timeframe text, fast_limit double precision, slow_limit double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.mama(instrument_id integer, timeframe text, fast_limit double precision, slow_limit double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.mama(instrument_id integer, timeframe text, fast_limit double precision, slow_limit double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.mfi(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.mfi(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.mfi(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.mfi(high double precision[], low double precision[], close double precision[], volume double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.mfi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.mfi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.mfi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.mfi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.mom(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.mom(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.mom(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.mom(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.mom(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.mom(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.mom(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.mom(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.natr(high double precision[], low double precision[], close double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.natr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.natr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.natr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.natr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.natr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.natr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.natr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.obv(close double precision[], volume double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.obv(close double precision[], volume double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.obv(close double precision[], volume double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.obv(close double precision[], volume double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.obv(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.obv(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.obv(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.obv(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.pivots(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.pivots(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.pivots(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.pivots(instrument_id integer, timeframe text, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.ppo(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT ppo double precision[], OUT signal double precision[], OUT histogram double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.ppo(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT ppo double precision[], OUT signal double precision[], OUT histogram double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.ppo(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT ppo double precision[], OUT signal double precision[], OUT histogram double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.ppo(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT ppo double precision[], OUT signal double precision[], OUT histogram double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.ppo(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.ppo(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.ppo(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.ppo(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.psar(high double precision[], low double precision[], acceleration double precision, maximum double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.psar(high double precision[], low double precision[], acceleration double precision, maximum double precision) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.psar(high double precision[], low double precision[], acceleration double precision, maximum double precision) TO bhav_read;
GRANT ALL ON FUNCTION kernels.psar(high double precision[], low double precision[], acceleration double precision, maximum double precision) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.psar(instrument_id integer, timeframe text, acceleration double precision, maximum double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.psar(instrument_id integer, timeframe text, acceleration double precision, maximum double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.psar(instrument_id integer, timeframe text, acceleration double precision, maximum double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.psar(instrument_id integer, timeframe text, acceleration double precision, maximum double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.reading_start(instrument_id integer, width interval, since timestamp with time zone, bars integer) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.reading_start(instrument_id integer, width interval, since timestamp with time zone, bars integer) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.reading_start(instrument_id integer, width interval, since timestamp with time zone, bars integer) TO bhav_read;
GRANT ALL ON FUNCTION indicators.reading_start(instrument_id integer, width interval, since timestamp with time zone, bars integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.state_ids() FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.state_ids() TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.state_ids() TO bhav_read;
GRANT ALL ON FUNCTION indicators.state_ids() TO bhav_user;

GRANT SELECT ON TABLE ledger.indicator_subscriptions TO bhav_ingest;
GRANT SELECT ON TABLE ledger.indicator_subscriptions TO bhav_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ledger.indicator_subscriptions TO bhav_user;

GRANT SELECT ON TABLE indicators.watched TO bhav_ingest;
GRANT SELECT ON TABLE indicators.watched TO bhav_read;
GRANT SELECT ON TABLE indicators.watched TO bhav_user;

GRANT SELECT ON TABLE ledger.indicator_values TO bhav_ingest;
GRANT SELECT ON TABLE ledger.indicator_values TO bhav_read;
GRANT SELECT ON TABLE ledger.indicator_values TO bhav_user;

REVOKE ALL ON FUNCTION indicators.refresh_values(timeframe text, instrument_ids integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.refresh_values(timeframe text, instrument_ids integer[]) TO bhav_ingest;

REVOKE ALL ON FUNCTION kernels.roc(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.roc(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.roc(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.roc(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.roc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.roc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.roc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.roc(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.rsi(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.rsi(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.rsi(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.rsi(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.rsi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.rsi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.rsi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.rsi(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.seed_state(instrument_id integer, timeframe text) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.seed_state(instrument_id integer, timeframe text) TO bhav_ingest;

REVOKE ALL ON FUNCTION indicators.session_client() FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.session_client() TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.session_client() TO bhav_read;
GRANT ALL ON FUNCTION indicators.session_client() TO bhav_user;

REVOKE ALL ON FUNCTION indicators.set_anchors() FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.set_anchors() TO bhav_ingest;

REVOKE ALL ON FUNCTION kernels.sma(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.sma(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.sma(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.sma(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.sma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.sma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.sma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.sma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.stddev(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.stddev(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.stddev(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.stddev(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.stddev(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.stddev(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.stddev(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.stddev(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.stoch(high double precision[], low double precision[], close double precision[], length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.stoch(high double precision[], low double precision[], close double precision[], length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.stoch(high double precision[], low double precision[], close double precision[], length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.stoch(high double precision[], low double precision[], close double precision[], length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.stoch(instrument_id integer, timeframe text, length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.stoch(instrument_id integer, timeframe text, length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.stoch(instrument_id integer, timeframe text, length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.stoch(instrument_id integer, timeframe text, length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.stochrsi(x double precision[], rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.stochrsi(x double precision[], rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.stochrsi(x double precision[], rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.stochrsi(x double precision[], rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, OUT k double precision[], OUT d double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.stochrsi(instrument_id integer, timeframe text, rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.stochrsi(instrument_id integer, timeframe text, rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.stochrsi(instrument_id integer, timeframe text, rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.stochrsi(instrument_id integer, timeframe text, rsi_length integer, stoch_length integer, smooth_k integer, smooth_d integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.subscribe(instrument_id integer, timeframe text, id text, client text, lasts interval) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.subscribe(instrument_id integer, timeframe text, id text, client text, lasts interval) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.subscribe(instrument_id integer, timeframe text, id text, client text, lasts interval) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.t3(x double precision[], length integer, volume_factor double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.t3(x double precision[], length integer, volume_factor double precision) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.t3(x double precision[], length integer, volume_factor double precision) TO bhav_read;
GRANT ALL ON FUNCTION kernels.t3(x double precision[], length integer, volume_factor double precision) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.t3(instrument_id integer, timeframe text, length integer, volume_factor double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.t3(instrument_id integer, timeframe text, length integer, volume_factor double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.t3(instrument_id integer, timeframe text, length integer, volume_factor double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.t3(instrument_id integer, timeframe text, length integer, volume_factor double precision, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.tema(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.tema(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.tema(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.tema(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.tema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.tema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.tema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.tema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.trix(x double precision[], length integer, signal_length integer, OUT trix double precision[], OUT signal double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.trix(x double precision[], length integer, signal_length integer, OUT trix double precision[], OUT signal double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.trix(x double precision[], length integer, signal_length integer, OUT trix double precision[], OUT signal double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.trix(x double precision[], length integer, signal_length integer, OUT trix double precision[], OUT signal double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.trix(instrument_id integer, timeframe text, length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.trix(instrument_id integer, timeframe text, length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.trix(instrument_id integer, timeframe text, length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.trix(instrument_id integer, timeframe text, length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.tsi(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT tsi double precision[], OUT signal double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.tsi(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT tsi double precision[], OUT signal double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.tsi(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT tsi double precision[], OUT signal double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.tsi(x double precision[], fast_length integer, slow_length integer, signal_length integer, OUT tsi double precision[], OUT signal double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.tsi(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.tsi(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.tsi(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.tsi(instrument_id integer, timeframe text, fast_length integer, slow_length integer, signal_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.ultosc(high double precision[], low double precision[], close double precision[], short_length integer, middle_length integer, long_length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.ultosc(high double precision[], low double precision[], close double precision[], short_length integer, middle_length integer, long_length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.ultosc(high double precision[], low double precision[], close double precision[], short_length integer, middle_length integer, long_length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.ultosc(high double precision[], low double precision[], close double precision[], short_length integer, middle_length integer, long_length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.ultosc(instrument_id integer, timeframe text, short_length integer, middle_length integer, long_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.ultosc(instrument_id integer, timeframe text, short_length integer, middle_length integer, long_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.ultosc(instrument_id integer, timeframe text, short_length integer, middle_length integer, long_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.ultosc(instrument_id integer, timeframe text, short_length integer, middle_length integer, long_length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.unsubscribe(instrument_id integer, timeframe text, id text, client text) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.unsubscribe(instrument_id integer, timeframe text, id text, client text) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.unsubscribe(instrument_id integer, timeframe text, id text, client text) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.verify() FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.verify() TO bhav_ingest;

REVOKE ALL ON FUNCTION kernels.vwma(x double precision[], volume double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.vwma(x double precision[], volume double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.vwma(x double precision[], volume double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.vwma(x double precision[], volume double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.vwma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.vwma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.vwma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.vwma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.willr(high double precision[], low double precision[], close double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.willr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.willr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.willr(high double precision[], low double precision[], close double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.willr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.willr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.willr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.willr(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.wma(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.wma(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.wma(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.wma(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.wma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.wma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.wma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.wma(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.zlema(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.zlema(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.zlema(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.zlema(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION indicators.zlema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION indicators.zlema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_ingest;
GRANT ALL ON FUNCTION indicators.zlema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_read;
GRANT ALL ON FUNCTION indicators.zlema(instrument_id integer, timeframe text, length integer, since timestamp with time zone, until timestamp with time zone, forming boolean) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.candle_average(x double precision[], y double precision[], i integer, length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.candle_average(x double precision[], y double precision[], i integer, length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.candle_average(x double precision[], y double precision[], i integer, length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.candle_average(x double precision[], y double precision[], i integer, length integer) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.candle_limit(open double precision[], high double precision[], low double precision[], close double precision[], i integer, setting text) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.candle_limit(open double precision[], high double precision[], low double precision[], close double precision[], i integer, setting text) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.candle_limit(open double precision[], high double precision[], low double precision[], close double precision[], i integer, setting text) TO bhav_read;
GRANT ALL ON FUNCTION kernels.candle_limit(open double precision[], high double precision[], low double precision[], close double precision[], i integer, setting text) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdl3blackcrows(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdl3blackcrows(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdl3blackcrows(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdl3blackcrows(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdl3inside(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdl3inside(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdl3inside(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdl3inside(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdl3outside(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdl3outside(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdl3outside(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdl3outside(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdl3whitesoldiers(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdl3whitesoldiers(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdl3whitesoldiers(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdl3whitesoldiers(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdldarkcloudcover(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdldarkcloudcover(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdldarkcloudcover(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdldarkcloudcover(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdldoji(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdldoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdldoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdldoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdldragonflydoji(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdldragonflydoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdldragonflydoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdldragonflydoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlengulfing(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlengulfing(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlengulfing(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlengulfing(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdleveningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdleveningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdleveningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdleveningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlgravestonedoji(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlgravestonedoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlgravestonedoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlgravestonedoji(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlhammer(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlhammer(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlhammer(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlhammer(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlhangingman(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlhangingman(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlhangingman(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlhangingman(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlharami(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlharami(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlharami(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlharami(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlharamicross(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlharamicross(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlharamicross(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlharamicross(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlinvertedhammer(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlinvertedhammer(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlinvertedhammer(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlinvertedhammer(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlmarubozu(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlmarubozu(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlmarubozu(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlmarubozu(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlmorningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlmorningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlmorningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlmorningstar(open double precision[], high double precision[], low double precision[], close double precision[], penetration double precision) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlpiercing(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlpiercing(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlpiercing(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlpiercing(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlshootingstar(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlshootingstar(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlshootingstar(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlshootingstar(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.cdlspinningtop(open double precision[], high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.cdlspinningtop(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.cdlspinningtop(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.cdlspinningtop(open double precision[], high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.highest(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.highest(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.highest(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.highest(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.lowest(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.lowest(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.lowest(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.lowest(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.rolling_sum(x double precision[], length integer, divisor double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.rolling_sum(x double precision[], length integer, divisor double precision) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.rolling_sum(x double precision[], length integer, divisor double precision) TO bhav_read;
GRANT ALL ON FUNCTION kernels.rolling_sum(x double precision[], length integer, divisor double precision) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.start(VARIADIC series kernels.series[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.start(VARIADIC series kernels.series[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.start(VARIADIC series kernels.series[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.start(VARIADIC series kernels.series[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.true_range(high double precision[], low double precision[], close double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.true_range(high double precision[], low double precision[], close double precision[]) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.true_range(high double precision[], low double precision[], close double precision[]) TO bhav_read;
GRANT ALL ON FUNCTION kernels.true_range(high double precision[], low double precision[], close double precision[]) TO bhav_user;

REVOKE ALL ON FUNCTION kernels.wilder(x double precision[], length integer) FROM PUBLIC;
GRANT ALL ON FUNCTION kernels.wilder(x double precision[], length integer) TO bhav_ingest;
GRANT ALL ON FUNCTION kernels.wilder(x double precision[], length integer) TO bhav_read;
GRANT ALL ON FUNCTION kernels.wilder(x double precision[], length integer) TO bhav_user;

REVOKE ALL ON FUNCTION ledger.check_alert_rule() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.check_alert_rule() TO bhav_ingest;
GRANT ALL ON FUNCTION ledger.check_alert_rule() TO bhav_read;
GRANT ALL ON FUNCTION ledger.check_alert_rule() TO bhav_user;

REVOKE ALL ON FUNCTION ledger.check_subscription() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.check_subscription() TO bhav_ingest;
GRANT ALL ON FUNCTION ledger.check_subscription() TO bhav_read;
GRANT ALL ON FUNCTION ledger.check_subscription() TO bhav_user;

REVOKE ALL ON FUNCTION ledger.claim_jobs() FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.claim_jobs() TO bhav_ingest;

REVOKE ALL ON FUNCTION ledger.finish_job(name text, started_at timestamp with time zone, error text) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.finish_job(name text, started_at timestamp with time zone, error text) TO bhav_ingest;

REVOKE ALL ON PROCEDURE ledger.prune() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.record_connection(event jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.record_connection(event jsonb) TO bhav_ingest;

REVOKE ALL ON FUNCTION ledger.record_counts(counts jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION ledger.record_counts(counts jsonb) TO bhav_ingest;

REVOKE ALL ON PROCEDURE market.build_sessions(IN since date, IN until date) FROM PUBLIC;

REVOKE ALL ON FUNCTION market.id(symbol text) FROM PUBLIC;
GRANT ALL ON FUNCTION market.id(symbol text) TO bhav_ingest;
GRANT ALL ON FUNCTION market.id(symbol text) TO bhav_read;
GRANT ALL ON FUNCTION market.id(symbol text) TO bhav_user;

REVOKE ALL ON FUNCTION market.notify_sessions() FROM PUBLIC;
GRANT ALL ON FUNCTION market.notify_sessions() TO bhav_ingest;
GRANT ALL ON FUNCTION market.notify_sessions() TO bhav_read;
GRANT ALL ON FUNCTION market.notify_sessions() TO bhav_user;

REVOKE ALL ON FUNCTION market.notify_watchlist() FROM PUBLIC;
GRANT ALL ON FUNCTION market.notify_watchlist() TO bhav_ingest;
GRANT ALL ON FUNCTION market.notify_watchlist() TO bhav_read;
GRANT ALL ON FUNCTION market.notify_watchlist() TO bhav_user;

REVOKE ALL ON FUNCTION market.register_instruments(definitions jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION market.register_instruments(definitions jsonb) TO bhav_ingest;

REVOKE ALL ON FUNCTION market.sync_listings(broker text, forced boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION market.sync_listings(broker text, forced boolean) TO bhav_ingest;

REVOKE ALL ON PROCEDURE store.carry_pending() FROM PUBLIC;

REVOKE ALL ON FUNCTION store.check_horizon(since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION store.check_horizon(since timestamp with time zone) TO bhav_ingest;
GRANT ALL ON FUNCTION store.check_horizon(since timestamp with time zone) TO bhav_read;
GRANT ALL ON FUNCTION store.check_horizon(since timestamp with time zone) TO bhav_user;

REVOKE ALL ON FUNCTION store.count_left_out(inserted integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION store.count_left_out(inserted integer[]) TO bhav_ingest;

REVOKE ALL ON FUNCTION store.divert_stragglers() FROM PUBLIC;
GRANT ALL ON FUNCTION store.divert_stragglers() TO bhav_ingest;

REVOKE ALL ON PROCEDURE store.ensure(IN since timestamp with time zone, IN until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON PROCEDURE store.ensure_history(IN timeframe text, IN since timestamp with time zone, IN until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION store.insert_late_ticks() FROM PUBLIC;
GRANT ALL ON FUNCTION store.insert_late_ticks() TO bhav_ingest;

REVOKE ALL ON FUNCTION store.insert_staged_ticks() FROM PUBLIC;
GRANT ALL ON FUNCTION store.insert_staged_ticks() TO bhav_ingest;

REVOKE ALL ON FUNCTION store.make_partitions(parent text, chunk interval, since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION store.merge_ticks() FROM PUBLIC;
GRANT ALL ON FUNCTION store.merge_ticks() TO bhav_ingest;
GRANT ALL ON FUNCTION store.merge_ticks() TO bhav_read;
GRANT ALL ON FUNCTION store.merge_ticks() TO bhav_user;

REVOKE ALL ON FUNCTION store.rebuild_candles(since timestamp with time zone, until timestamp with time zone, instrument_id integer) FROM PUBLIC;

REVOKE ALL ON PROCEDURE store.refresh(IN since timestamp with time zone, IN until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION store.replace_minutes(instrument_id integer, minutes tstzmultirange, buckets timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) FROM PUBLIC;

REVOKE ALL ON PROCEDURE store.retain() FROM PUBLIC;

REVOKE ALL ON FUNCTION store.swap_ticks(instrument_id integer, minutes tstzmultirange, buckets timestamp with time zone[], opens double precision[], highs double precision[], lows double precision[], closes double precision[], volumes bigint[], open_interests bigint[]) FROM PUBLIC;

GRANT SELECT ON TABLE store.history TO bhav_ingest;
GRANT SELECT ON TABLE store.history TO bhav_read;
GRANT SELECT ON TABLE store.history TO bhav_user;

GRANT SELECT ON TABLE store.history_15m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_15m TO bhav_read;
GRANT SELECT ON TABLE store.history_15m TO bhav_user;

GRANT SELECT ON TABLE store.merged_15m TO bhav_ingest;
GRANT SELECT ON TABLE store.merged_15m TO bhav_read;
GRANT SELECT ON TABLE store.merged_15m TO bhav_user;

GRANT SELECT ON TABLE store.live_15m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_15m TO bhav_read;
GRANT SELECT ON TABLE store.live_15m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_15m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_15m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_15m TO bhav_user;

GRANT SELECT ON TABLE store.history_1d TO bhav_ingest;
GRANT SELECT ON TABLE store.history_1d TO bhav_read;
GRANT SELECT ON TABLE store.history_1d TO bhav_user;

GRANT SELECT ON TABLE store.merged_1d TO bhav_ingest;
GRANT SELECT ON TABLE store.merged_1d TO bhav_read;
GRANT SELECT ON TABLE store.merged_1d TO bhav_user;

GRANT SELECT ON TABLE store.live_1d TO bhav_ingest;
GRANT SELECT ON TABLE store.live_1d TO bhav_read;
GRANT SELECT ON TABLE store.live_1d TO bhav_user;

GRANT SELECT ON TABLE candles.candles_1d TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_1d TO bhav_read;
GRANT SELECT ON TABLE candles.candles_1d TO bhav_user;

GRANT SELECT ON TABLE store.history_1h TO bhav_ingest;
GRANT SELECT ON TABLE store.history_1h TO bhav_read;
GRANT SELECT ON TABLE store.history_1h TO bhav_user;

GRANT SELECT ON TABLE store.merged_1h TO bhav_ingest;
GRANT SELECT ON TABLE store.merged_1h TO bhav_read;
GRANT SELECT ON TABLE store.merged_1h TO bhav_user;

GRANT SELECT ON TABLE store.live_1h TO bhav_ingest;
GRANT SELECT ON TABLE store.live_1h TO bhav_read;
GRANT SELECT ON TABLE store.live_1h TO bhav_user;

GRANT SELECT ON TABLE candles.candles_1h TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_1h TO bhav_read;
GRANT SELECT ON TABLE candles.candles_1h TO bhav_user;

GRANT SELECT ON TABLE store.history_1m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_1m TO bhav_read;
GRANT SELECT ON TABLE store.history_1m TO bhav_user;

GRANT SELECT ON TABLE store.live_1m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_1m TO bhav_read;
GRANT SELECT ON TABLE store.live_1m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_1m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_1m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_1m TO bhav_user;

GRANT SELECT ON TABLE store.history_30m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_30m TO bhav_read;
GRANT SELECT ON TABLE store.history_30m TO bhav_user;

GRANT SELECT ON TABLE store.merged_30m TO bhav_ingest;
GRANT SELECT ON TABLE store.merged_30m TO bhav_read;
GRANT SELECT ON TABLE store.merged_30m TO bhav_user;

GRANT SELECT ON TABLE store.live_30m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_30m TO bhav_read;
GRANT SELECT ON TABLE store.live_30m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_30m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_30m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_30m TO bhav_user;

GRANT SELECT ON TABLE store.history_4h TO bhav_ingest;
GRANT SELECT ON TABLE store.history_4h TO bhav_read;
GRANT SELECT ON TABLE store.history_4h TO bhav_user;

GRANT SELECT ON TABLE store.merged_4h TO bhav_ingest;
GRANT SELECT ON TABLE store.merged_4h TO bhav_read;
GRANT SELECT ON TABLE store.merged_4h TO bhav_user;

GRANT SELECT ON TABLE store.live_4h TO bhav_ingest;
GRANT SELECT ON TABLE store.live_4h TO bhav_read;
GRANT SELECT ON TABLE store.live_4h TO bhav_user;

GRANT SELECT ON TABLE candles.candles_4h TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_4h TO bhav_read;
GRANT SELECT ON TABLE candles.candles_4h TO bhav_user;

GRANT SELECT ON TABLE store.history_5m TO bhav_ingest;
GRANT SELECT ON TABLE store.history_5m TO bhav_read;
GRANT SELECT ON TABLE store.history_5m TO bhav_user;

GRANT SELECT ON TABLE store.merged_5m TO bhav_ingest;
GRANT SELECT ON TABLE store.merged_5m TO bhav_read;
GRANT SELECT ON TABLE store.merged_5m TO bhav_user;

GRANT SELECT ON TABLE store.live_5m TO bhav_ingest;
GRANT SELECT ON TABLE store.live_5m TO bhav_read;
GRANT SELECT ON TABLE store.live_5m TO bhav_user;

GRANT SELECT ON TABLE candles.candles_5m TO bhav_ingest;
GRANT SELECT ON TABLE candles.candles_5m TO bhav_read;
GRANT SELECT ON TABLE candles.candles_5m TO bhav_user;

GRANT SELECT ON TABLE gaps.data_quality TO bhav_ingest;
GRANT SELECT ON TABLE gaps.data_quality TO bhav_read;
GRANT SELECT ON TABLE gaps.data_quality TO bhav_user;

GRANT SELECT ON TABLE gaps.watchlist_gaps TO bhav_ingest;
GRANT SELECT ON TABLE gaps.watchlist_gaps TO bhav_read;
GRANT SELECT ON TABLE gaps.watchlist_gaps TO bhav_user;

GRANT SELECT ON TABLE grafana.symbols TO bhav_ingest;
GRANT SELECT ON TABLE grafana.symbols TO bhav_read;
GRANT SELECT ON TABLE grafana.symbols TO bhav_user;

GRANT SELECT ON TABLE ledger.indicator_state TO bhav_ingest;
GRANT SELECT ON TABLE ledger.indicator_state TO bhav_read;
GRANT SELECT ON TABLE ledger.indicator_state TO bhav_user;

GRANT SELECT ON TABLE indicators.indicators_live TO bhav_ingest;
GRANT SELECT ON TABLE indicators.indicators_live TO bhav_read;
GRANT SELECT ON TABLE indicators.indicators_live TO bhav_user;

GRANT SELECT ON TABLE ledger.candle_clock TO bhav_ingest;
GRANT SELECT ON TABLE ledger.candle_clock TO bhav_read;
GRANT SELECT ON TABLE ledger.candle_clock TO bhav_user;

GRANT SELECT ON TABLE ledger.indicator_clock TO bhav_ingest;
GRANT SELECT ON TABLE ledger.indicator_clock TO bhav_read;
GRANT SELECT ON TABLE ledger.indicator_clock TO bhav_user;

GRANT SELECT ON TABLE ledger.journals TO bhav_read;
GRANT SELECT ON TABLE ledger.journals TO bhav_user;
GRANT SELECT,INSERT,UPDATE ON TABLE ledger.journals TO bhav_ingest;

GRANT SELECT ON TABLE market.holidays TO bhav_ingest;
GRANT SELECT ON TABLE market.holidays TO bhav_read;
GRANT SELECT,INSERT,DELETE ON TABLE market.holidays TO bhav_user;

GRANT SELECT ON TABLE market.special_sessions TO bhav_ingest;
GRANT SELECT ON TABLE market.special_sessions TO bhav_read;
GRANT SELECT,INSERT,DELETE ON TABLE market.special_sessions TO bhav_user;

GRANT SELECT ON TABLE meta.alembic_version TO bhav_ingest;
GRANT SELECT ON TABLE meta.alembic_version TO bhav_read;
GRANT SELECT ON TABLE meta.alembic_version TO bhav_user;

GRANT SELECT ON TABLE meta.code TO bhav_ingest;
GRANT SELECT ON TABLE meta.code TO bhav_read;
GRANT SELECT ON TABLE meta.code TO bhav_user;

GRANT SELECT ON TABLE meta.revisions TO bhav_ingest;
GRANT SELECT ON TABLE meta.revisions TO bhav_read;
GRANT SELECT ON TABLE meta.revisions TO bhav_user;

GRANT SELECT ON TABLE store.offsession_ticks TO bhav_read;
GRANT SELECT ON TABLE store.offsession_ticks TO bhav_user;
GRANT SELECT,INSERT ON TABLE store.offsession_ticks TO bhav_ingest;

GRANT SELECT ON TABLE store.replaced_ticks TO bhav_read;
GRANT SELECT ON TABLE store.replaced_ticks TO bhav_user;
GRANT SELECT,INSERT ON TABLE store.replaced_ticks TO bhav_ingest;

-- Settings
-- bhav_read: default_transaction_read_only=on
-- bhav_read: statement_timeout=30s
-- database: TimeZone=Asia/Kolkata
-- database: jit=off
-- database: search_path=candles, gaps, grafana, indicators, kernels, ledger, market, meta, store, public
-- database: work_mem=32MB
