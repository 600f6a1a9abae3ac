-- Roles, durable schemas and extensions: what has to be there before the first revision. Runs at every migration.
-- Roles are cluster-wide; what they may do is granted per database in 90_access.

do $do$
declare
    role text;
begin
    foreach role in array array['bhav_owner', 'bhav_ingest', 'bhav_user', 'bhav_read'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = role) then
            execute pg_catalog.format('create role %I login', role);
        end if;
    end loop;
    -- who creates a role without being a superuser may administer it, no more
    if not (pg_catalog.pg_has_role('bhav_owner', 'usage') and pg_catalog.pg_has_role('bhav_owner', 'set')) then
        execute 'grant bhav_owner to current_user';
    end if;
    execute pg_catalog.format('grant create on database %I to bhav_owner', pg_catalog.current_database());
    if pg_catalog.current_setting('bhav.engine') = 'timescale' then
        create extension if not exists timescaledb schema public;
    end if;
end
$do$;

create schema if not exists meta authorization bhav_owner;
create schema if not exists market authorization bhav_owner;
create schema if not exists store authorization bhav_owner;
create schema if not exists ledger authorization bhav_owner;
