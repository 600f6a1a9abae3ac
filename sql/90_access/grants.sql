-- What each role may do in this database. Runs at every migration, also when no code changed.
-- bhav_read sees everything and writes nothing; bhav_ingest writes ticks and the ledger and runs the jobs;
-- bhav_user reads, and edits what is the user's (tables are named where they are made).

do $do$
declare
    schema text;
begin
    for schema in
        select n.nspname
        from pg_catalog.pg_namespace as n
        where pg_catalog.pg_get_userbyid(n.nspowner) = 'bhav_owner'
    loop
        execute pg_catalog.format('revoke all on schema %I from public', schema);
        execute pg_catalog.format('revoke execute on all routines in schema %I from public', schema);
        execute pg_catalog.format('grant usage on schema %I to bhav_read, bhav_user, bhav_ingest', schema);
        execute pg_catalog.format('grant select on all tables in schema %I to bhav_read, bhav_user, bhav_ingest', schema);
        execute pg_catalog.format('grant execute on all functions in schema %I to bhav_read, bhav_user, bhav_ingest', schema);
    end loop;
end
$do$;

revoke execute on function ledger.claim_jobs(), ledger.finish_job(text, timestamptz, text) from bhav_read, bhav_user;
revoke execute on function market.register_instruments(jsonb) from bhav_read, bhav_user;
revoke execute on function store.insert_staged_ticks(), store.insert_late_ticks() from bhav_read, bhav_user;

grant insert on store.tick_data, store.offsession_ticks, ledger.ingest_stats to bhav_ingest;
grant insert, update on ledger.journals, market.instruments to bhav_ingest;
grant update on meta.retention, market.sessions, ledger.jobs to bhav_user;
grant insert, delete on market.sessions, market.holidays, market.special_sessions to bhav_user;
