-- gaps.missing(instrument_ids, since, until, timeframe) → per instrument, which trading time of [since, until) its
-- candles of a timeframe lack: sessions less what is covered, widened to whole minutes. Empty where nothing is
-- missing. Nothing before the range, and nothing that has not settled yet. Raises BH001 for an unknown timeframe.
-- The widening is written out: gaps.whole_bars() cannot be inlined, and 1,000 calls cost more than all the rest.
-- needs: covered, settled_until, stored_timeframe, trading_time

create function gaps.missing(
    instrument_ids integer[],
    since timestamptz,
    until timestamptz default 'infinity',
    timeframe text default '1m'
)
returns table (instrument_id integer, missing tstzmultirange)
language sql
stable
parallel safe
begin atomic
    with trading as materialized (
        select
            t.segment,
            t.trading
        from
            gaps.trading_time(
                missing.since, least(missing.until, coalesce((select gaps.settled_until()), '-infinity'))
            ) as t
    ),

    bare as (
        select
            i.id,
            t.trading,
            t.trading - coalesce(c.covered, '{}') as missing
        from market.instruments as i
        left join trading as t on t.segment = i.segment
        left join gaps.covered(missing.instrument_ids, (select gaps.stored_timeframe(missing.timeframe))) as c
            on c.instrument_id = i.id
        where i.id = any(missing.instrument_ids)
    )

    select
        b.id as instrument_id,
        coalesce(b.trading * w.minutes, '{}') as missing
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
        from unnest(b.missing) as r (part)
    ) as w;
end;
comment on function gaps.missing(integer[], timestamptz, timestamptz, text) is
'Which trading time of a range the candles of each instrument lack, in whole minutes.';
