-- indicators.session_client() → the name under which this database session subscribes.

create function indicators.session_client()
returns text
language sql
stable
parallel restricted
return format('session %s', pg_backend_pid());
comment on function indicators.session_client() is 'The name under which this database session subscribes.';
