-- gaps.missing(instrument_ids, since, until, timeframe) → per instrument, which trading time of [since, until) its
-- candles of a timeframe lack: sessions less what is covered, widened to whole minutes. Empty where nothing is
-- missing. down: of the same time, when no feed connection carried the instrument, to the microsecond. Nothing before
-- the range, and nothing that has not settled yet. Raises BH001 for an unknown timeframe.
-- Covered is what connections brought, without the minutes of which that is unsure, and what brokers answered at that
-- timeframe or a smaller one. One after the other is taken away: to unite them first would sort all of it.
-- The widening is written out: gaps.whole_bars() cannot be inlined, and 1,000 calls cost more than all the rest.
-- needs: carried, settled_until, stored_timeframe, trading_time, whole_bars

create function gaps.missing(
    instrument_ids integer[],
    since timestamptz,
    until timestamptz default 'infinity',
    timeframe text default '1m'
)
returns table (instrument_id integer, missing tstzmultirange, down tstzmultirange)
language sql
stable
parallel safe
begin atomic
    with asked as materialized (
        select gaps.stored_timeframe(missing.timeframe) as timeframe
    ),

    trading as materialized (
        select
            t.segment,
            t.trading,
            gaps.whole_bars(t.trading, '1 minute') - t.trading as beside
        from
            gaps.trading_time(
                missing.since, least(missing.until, coalesce((select gaps.settled_until()), '-infinity'))
            ) as t
    ),

    answered as (
        select
            k.instrument_id,
            range_agg(k.covered) as answered
        from ledger.coverage as k
        where
            k.instrument_id = any(missing.instrument_ids)
            and k.timeframe in (
                select t.timeframe
                from meta.timeframes as t
                where
                    t.stored
                    and t.ordinal <= (
                        select f.ordinal
                        from meta.timeframes as f
                        where f.timeframe = (select a.timeframe from asked as a)
                    )
            )
        group by k.instrument_id
    ),

    bare as materialized (
        select
            i.id,
            t.beside,
            t.trading - coalesce(c.carried, '{}') as down,
            t.trading * coalesce(c.unsure, '{}') as unsure,
            coalesce(n.answered, '{}') as answered
        from market.instruments as i
        left join trading as t on t.segment = i.segment
        left join gaps.carried(missing.instrument_ids) as c on c.instrument_id = i.id
        left join answered as n on n.instrument_id = i.id
        where
            i.id = any(missing.instrument_ids)
            and (select a.timeframe from asked as a) is not null  -- so an unknown one raises where no broker answered
    )

    select
        b.id as instrument_id,
        coalesce(w.minutes - b.beside, '{}') as missing,
        coalesce(b.down, '{}') as down
    from bare as b
    cross join lateral (
        select
            range_agg(
                tstzrange(
                    date_bin('1 minute', lower(r.part), timestamptz '2000-01-02 19:45:00+00'),
                    date_bin(
                        '1 minute', upper(r.part) + interval '59.999999 seconds', timestamptz '2000-01-02 19:45:00+00'
                    )
                )
            ) as minutes
        from (select unnest(b.down + b.unsure - b.answered) as part) as r
    ) as w;
end;
comment on function gaps.missing(integer[], timestamptz, timestamptz, text) is
'Which trading time of a range the candles of each instrument lack, in whole minutes.';
