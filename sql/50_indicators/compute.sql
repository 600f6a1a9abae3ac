-- indicators.compute(kernel, outputs, open, high, low, close, volume, session_date) → the outputs of a kernel as
-- indicators.prepare() gives it, a row each: series is as long as the bars.

create function indicators.compute(
    kernel text,
    outputs text[],
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
    return query execute format(
        'select o.output, o.series
        from (select $1 as open, $2 as high, $3 as low, $4 as close, $5 as volume, $6 as session_date) as b
        cross join lateral %s as k (%s)
        cross join lateral (values %s) as o (output, series)',
        kernel,
        (select string_agg(format('%I', o.name), ', ' order by o.nth) from unnest(outputs) with ordinality as o (name, nth)),
        (
            select string_agg(format('(%L, k.%I)', o.name, o.name), ', ' order by o.nth)
            from unnest(outputs) with ordinality as o (name, nth)
        )
    )
    using open, high, low, close, volume, session_date;
end
$$;
comment on function indicators.compute(
    text,
    text[],
    double precision[],
    double precision[],
    double precision[],
    double precision[],
    double precision[],
    date[]
) is 'The outputs of a kernel over arrays of bars.';
