-- gaps.covered(instrument_ids, timeframe) → per instrument, for which times its candles of a stored timeframe hold
-- what happened: what feed connections brought, those included that are up, without the minutes of which that is
-- unsure, and what brokers answered at that timeframe or a smaller one. An instrument of which nothing is known has
-- no row. A tick may be two seconds on its way: what a connection that is up brought last does not count yet.

create function gaps.covered(instrument_ids integer[], timeframe text default '1m')
returns table (instrument_id integer, covered tstzmultirange)
language sql
stable
parallel safe
begin atomic
    with seen as (
        select
            c.instrument_id,
            c.carried - coalesce(k.unsure, '{}') as ranges
        from gaps.carried(covered.instrument_ids) as c
        left join ledger.coverage as k on k.instrument_id = c.instrument_id and k.timeframe = 'tick'
    )

    select
        a.instrument_id,
        range_agg(a.ranges) as covered
    from (
        select
            s.instrument_id,
            s.ranges
        from seen as s
        union all
        select
            k.instrument_id,
            k.covered
        from ledger.coverage as k
        where
            k.instrument_id = any(covered.instrument_ids)
            and k.timeframe in (
                select t.timeframe
                from meta.timeframes as t
                where
                    t.stored
                    and t.ordinal <= (
                        select f.ordinal
                        from meta.timeframes as f
                        where f.timeframe = covered.timeframe
                    )
            )
    ) as a
    group by a.instrument_id;
end;
comment on function gaps.covered(integer[], text) is
'For which times the candles of each instrument hold what happened, from its feed connections and the brokers'' answers.';
