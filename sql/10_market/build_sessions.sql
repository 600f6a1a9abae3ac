-- market.build_sessions: when each segment trades, day by day.
--
-- in      since, until: IST dates, until exclusive
-- out     market.sessions of that range; kind is continuous or closing_auction, source calendar or provisional
-- units   session_date is the IST date, opens_at and closes_at are timestamptz; opens and closes are times in India
-- reads   market.trading_hours, market.holidays, market.special_sessions, market.sessions
-- source  the CSV files beside this one:
--             trading_hours.csv     usual hours of a segment from a date on; rows of one date are the parts of a day
--             holidays.csv          weekdays without trading
--             special_sessions.csv  hours that replace the usual ones on a date, a holiday or weekend included
-- golden  tests/sql/test_sessions.py
--
-- An exchange group is the set of segments that share holidays and special sessions. A Muhurat evening or a drill of
-- NSE_BSE therefore says nothing about CURRENCY or MCX, which announce their own. A group without a holiday of its own
-- in a year follows NSE_BSE in that year, and the rows are 'provisional': currency always, MCX before 2026, where the
-- evening sessions that MCX holds on most holidays are missing; and every group after the last year of holidays.csv,
-- where weekdays are all that is known. A special session is announced, so it is always 'calendar'.
--
-- NSE_CAS is the cash segment of stocks that close by auction; a special session has no auction. Hours of MCX begin in
-- 2020, follow daylight saving time of the United States (the last row is of November 2027) and hold the early closes
-- of spring 2020; those of currency are the present ones for its whole history.
--
-- A day with a row of source 'user' belongs to the user: nothing of that segment and day is added, changed or deleted.
-- Rows that are already right are not rewritten.

create or replace procedure market.build_sessions(since date, until date)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
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

comment on procedure market.build_sessions is
'Makes the sessions of [since, until) from hours, holidays and special sessions; a day with a user row stays as is.';
