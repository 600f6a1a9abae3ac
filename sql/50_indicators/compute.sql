-- indicators.compute(query, open, high, low, close, volume, session_date) → the outputs of an indicator over arrays of
-- bars, a row each: series is as long as the bars. query: as indicators.prepare() gives it.

create function indicators.compute(
    query text,
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[],
    volume double precision[],
    session_date date[]
)
returns table (output text, series double precision[])
language plpgsql
stable
parallel safe
rows 3
set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute query using open, high, low, close, volume, session_date;
end
$$;
comment on function indicators.compute(
    text, double precision[], double precision[], double precision[], double precision[], double precision[], date[]
) is 'The outputs of an indicator over arrays of bars.';
