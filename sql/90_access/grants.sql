-- What each role may do in this database, and no more. Runs at every migration, also when no code changed.
-- bhav_read sees everything and writes nothing; bhav_ingest writes ticks and the ledger and runs the jobs;
-- bhav_user reads, and edits what is the user's.

do $do$
declare
    schema text;
    scheduler text;
begin
    for schema in
        select n.nspname
        from pg_catalog.pg_namespace as n
        where pg_catalog.pg_get_userbyid(n.nspowner) = 'bhav_owner'
    loop
        execute pg_catalog.format('revoke all on schema %I from public', schema);
        execute pg_catalog.format('revoke all on all tables in schema %I from bhav_read, bhav_user, bhav_ingest', schema);
        execute pg_catalog.format('revoke all on all routines in schema %I from public, bhav_read, bhav_user, bhav_ingest', schema);
        execute pg_catalog.format('grant usage on schema %I to bhav_read, bhav_user, bhav_ingest', schema);
        execute pg_catalog.format('grant select on all tables in schema %I to bhav_read, bhav_user, bhav_ingest', schema);
        execute pg_catalog.format('grant execute on all functions in schema %I to bhav_read, bhav_user, bhav_ingest', schema);
    end loop;

    for scheduler in
        select p.oid::pg_catalog.regprocedure
        from pg_catalog.pg_proc as p
        where
            p.proname = 'add_job'
            and p.pronamespace = 'public'::pg_catalog.regnamespace
            and pg_catalog.has_function_privilege('bhav_read', p.oid, 'execute')
    loop
        -- the extension lets everybody put work on its background workers, and keeps it
        execute pg_catalog.format('revoke execute on function %s from public', scheduler);
        execute pg_catalog.format('grant execute on function %s to bhav_owner', scheduler);
    end loop;

    if pg_catalog.to_regclass('store.pending') is not null then  -- store.merge_ticks() writes it
        grant insert, update on store.pending to bhav_ingest;
        revoke execute on function
        store.make_partitions(text, interval, timestamptz, timestamptz),
        store.rebuild_candles(timestamptz, timestamptz, integer)
        from bhav_read, bhav_user, bhav_ingest;
    end if;
end
$do$;

revoke execute on function ledger.claim_jobs(), ledger.finish_job(text, timestamptz, text) from bhav_read, bhav_user;
revoke execute on function candles.announce_closed() from bhav_read, bhav_user;
revoke execute on function indicators.advance(), indicators.verify(), indicators.set_anchors()
from bhav_read, bhav_user;
revoke execute on function indicators.advance_state(text, timestamptz), indicators.seed_state(integer, text)
from bhav_read, bhav_user;
revoke execute on function indicators.refresh_values(text, integer[]), indicators.announce(text, integer[])
from bhav_read, bhav_user;
revoke execute on function indicators.subscribe(integer, text, text, text, interval) from bhav_read;
revoke execute on function indicators.unsubscribe(integer, text, text, text) from bhav_read;
revoke execute on function market.register_instruments(jsonb), market.sync_listings(text, boolean)
from bhav_read, bhav_user;
revoke execute on function candles.subscribe(text) from bhav_read, bhav_user;
revoke execute on function store.insert_staged_ticks(), store.insert_late_ticks() from bhav_read, bhav_user;
revoke execute on function ledger.record_connection(jsonb), ledger.record_counts(jsonb) from bhav_read, bhav_user;
revoke execute on function store.divert_stragglers(), store.count_left_out(integer[]) from bhav_read, bhav_user;
revoke execute on function store.swap_ticks(
    integer, tstzmultirange, timestamptz[], double precision[], double precision[], double precision[],
    double precision[], bigint[], bigint[]
),
store.replace_minutes(
    integer, tstzmultirange, timestamptz[], double precision[], double precision[], double precision[],
    double precision[], bigint[], bigint[]
),
gaps.answer_backfill(
    bigint, integer, timestamptz[], double precision[], double precision[], double precision[],
    double precision[], bigint[], bigint[]
)
from bhav_read, bhav_user, bhav_ingest;
revoke execute on function gaps.aggregate_history(integer, text, tstzmultirange) from bhav_read, bhav_user, bhav_ingest;
revoke execute on function gaps.claim_backfill(text, interval), gaps.fail_backfill(bigint, integer, text, text)
from bhav_read, bhav_user;
revoke execute on function gaps.reserve_call(text), gaps.hold_calls(text, timestamptz), gaps.scan()
from bhav_read, bhav_user;
revoke execute on function gaps.request_backfill(integer, timestamptz, timestamptz, text, boolean, text) from bhav_read;

grant insert on store.tick_data, store.offsession_ticks, ledger.ingest_stats, ledger.job_runs to bhav_ingest;
grant update on ledger.jobs to bhav_ingest;
grant update (every, enabled) on ledger.jobs to bhav_user;
grant insert, update on ledger.journals, ledger.feed_connections, ledger.access_tokens to bhav_ingest;
grant insert, update on market.instruments, market.broker_instruments to bhav_ingest;
grant insert on store.replaced_ticks to bhav_ingest;
grant insert, update on ledger.coverage, ledger.tick_counts, ledger.backfill_requests to bhav_ingest;
grant update on ledger.broker_calls to bhav_ingest;
grant insert on ledger.backfill_requests to bhav_user;
grant update (ranges) on ledger.backfill_requests to bhav_user;
grant update (call_every, calls_a_day) on ledger.broker_calls to bhav_user;
grant insert, update, delete on ledger.feed_status, ledger.subscriptions, ledger.watchlist to bhav_ingest;
grant update (keep) on meta.retention to bhav_user;
grant update on market.sessions to bhav_user;
grant insert, update, delete on ledger.indicator_subscriptions to bhav_user;
grant insert, update, delete on ledger.alert_rules, ledger.watchlist to bhav_user;
grant insert, delete on market.sessions, market.holidays, market.special_sessions to bhav_user;
