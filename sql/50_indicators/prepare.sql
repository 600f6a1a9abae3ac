-- indicators.prepare(name, parameters) → what it takes to compute an indicator: the query that indicators.compute()
-- runs, which calls the kernel with the parameters in place; its outputs, the columns of the bars that it takes, and
-- the bars and sessions to read before the first bar asked for (see indicator_catalogue; bars null: from the anchor).
-- Raises BH006 for an unknown name, BH007 for parameters that are missing, too many, out of range or against the rule.
-- needs: indicator_catalogue, example

create function indicators.prepare(
    name text,
    parameters double precision[],
    out query text,
    out outputs text[],
    out columns text[],
    out bars integer,
    out sessions integer
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    c record;
    p record;
    fault text;
    needs text;
    keeps boolean;
begin
    select
        f.*,
        format(
            'select o.output, o.series
            from (select %s) as b
            cross join lateral %s as k (%s)
            cross join lateral (values %s) as o (output, series)',
            t.list, f.kernel, g.list, g.rows
        ) as query,
        t.columns
    into c
    from indicators.indicator_catalogue as f
    cross join lateral (
        select string_agg(format('$%s as %s', n.nth, n.name), ', ') as list, coalesce(array_agg(n.name), '{}') as columns
        from unnest('{open,high,low,close,volume,session_date}'::text[]) with ordinality as n (name, nth)
        where f.kernel ~ format('\y%s\y', n.name)
    ) as t
    cross join lateral (
        select
            string_agg(format('%I', o.name), ', ' order by o.nth) as list,
            string_agg(format('(%L, k.%I)', o.name, o.name), ', ' order by o.nth) as rows
        from unnest(f.outputs) with ordinality as o (name, nth)
    ) as g
    where f.name = prepare.name;
    if c.name is null then
        raise exception using
            errcode = 'BH006',
            message = format('unknown indicator: %s', coalesce(quote_literal(prepare.name), 'null')),
            hint = 'one of ' || (select string_agg(f.name, ' ' order by f.name) from indicators.indicator_catalogue as f);
    end if;
    query := c.query;
    needs := format('select (%s)::integer, %s', coalesce(c.warm_up, 'null'), coalesce(c.rule, 'true'));
    if cardinality(parameters) is distinct from jsonb_array_length(c.parameters) then
        fault := format('%s has %s parameters, not %s', name, jsonb_array_length(c.parameters), coalesce(cardinality(parameters)::text, 'null'));
    end if;
    for p in
        select e.value ->> 'name' as name, e.value ->> 'type' as type, parameters[e.nth] as value,
            (e.value ->> 'min')::double precision as min, (e.value ->> 'max')::double precision as max
        from jsonb_array_elements(c.parameters) with ordinality as e (value, nth)
    loop
        if p.value is null or not p.value between p.min and p.max or (p.type = 'integer' and p.value <> trunc(p.value)) then
            fault := coalesce(fault, format('%s of %s cannot be %s', p.name, c.name, coalesce(p.value::text, 'null')));
        end if;
        query := replace(query, '{' || p.name || '}', p.value::text);
        needs := replace(needs, '{' || p.name || '}', p.value::text);
    end loop;
    if fault is null then
        execute needs into bars, keeps;
        if not keeps then
            fault := format('%s wants %s', c.name, translate(c.rule, '{}', ''));
        end if;
    end if;
    if fault is not null then
        raise exception using
            errcode = 'BH007',
            message = fault,
            hint = indicators.example(name);
    end if;
    outputs := c.outputs;
    columns := c.columns;
    sessions := c.sessions;
end
$$;
comment on function indicators.prepare(text, double precision[]) is
'Checks the parameters of an indicator and says what computing it takes.';
