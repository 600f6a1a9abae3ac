-- gaps.want(instrument_id, since, until, timeframe) → true when candles of the range lack something: then the daemon
-- is told, by NOTIFY want with {"instrument_id", "timeframe", "since", "until"}, and asks the broker for what
-- gaps.request_backfill() finds is missing. Allowed in a read-only transaction, so that opening a chart on a hole
-- fills it; the payload of a range that is asked again and again is the same. Does nothing in a replay database,
-- where nobody answers, and on a standby, which cannot notify.
-- needs: kept_since, missing, stored_timeframe

create function gaps.want(
    instrument_id integer,
    since timestamptz,
    until timestamptz default 'infinity',
    timeframe text default '1m'
)
returns boolean
language plpgsql
stable
parallel restricted
set search_path = pg_catalog, pg_temp
as $$
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
comment on function gaps.want(integer, timestamptz, timestamptz, text) is
'Tells the daemon when candles of a range lack something; true if they do. Works in a read-only transaction.';
