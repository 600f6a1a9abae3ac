-- Settings of this database and of the roles in it (roles are cluster-wide, these settings are not).
-- search_path is for people: all of Bhav's own SQL qualifies its names.

do $do$
declare
    database text := pg_catalog.current_database();
    search_path text := (
        select pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ' order by n.nspname) || ', public'
        from pg_catalog.pg_namespace as n
        where pg_catalog.pg_get_userbyid(n.nspowner) = 'bhav_owner'
    );
begin
    execute pg_catalog.format('alter database %I set search_path = %s', database, search_path);
    execute pg_catalog.format('alter database %I set timezone = %L', database, 'Asia/Kolkata');
    -- the newest bars of 1,000 instruments sort in memory (85 → 52 ms), and no query waits for a compiler
    execute pg_catalog.format('alter database %I set work_mem = %L', database, '32MB');
    execute pg_catalog.format('alter database %I set jit = off', database);
    execute pg_catalog.format('alter role bhav_read in database %I set default_transaction_read_only = on', database);
    execute pg_catalog.format('alter role bhav_read in database %I set statement_timeout = %L', database, '30s');
    execute 'grant bhav_owner to bhav_ingest with inherit false, set true';
end
$do$;
