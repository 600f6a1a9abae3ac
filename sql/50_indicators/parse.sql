-- indicators.parse(id) → the indicator and the parameters that an id names: 'RSI_14', 'MACD_12_26_9', 'bbands_20_2.5'.
-- Parameters that are left out at the end have their defaults; id is the full spelling ('rsi' → 'RSI_14').
-- Raises BH006 for an unknown indicator, BH007 for parameters that are no numbers or too many; their ranges are
-- checked by prepare().
-- needs: indicator_catalogue, example

create function indicators.parse(inout id text, out name text, out parameters double precision[])
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    asked text := id;
    words text[] := string_to_array(upper(trim(asked)), '_');
    defaults double precision[];
    -- checked rather than caught: an exception block cannot run in parallel on PostgreSQL 16
    form text := '^[^_]*(_-?\d{1,15}(\.\d{1,15})?(E[+-]?\d{1,2})?)*$';
begin
    select
        c.name,
        array(select (p.value ->> 'default')::double precision from jsonb_array_elements(c.parameters) as p)
    into name, defaults
    from indicators.indicator_catalogue as c
    where c.name = words[1];
    if name is null then
        raise exception using
            errcode = 'BH006',
            message = format('unknown indicator: %s', coalesce(quote_literal(asked), 'null')),
            hint = 'one of ' || (select string_agg(c.name, ' ' order by c.name) from indicators.indicator_catalogue as c);
    end if;
    if upper(trim(asked)) !~ form or cardinality(words) - 1 > cardinality(defaults) then
        raise exception using
            errcode = 'BH007',
            message = format('wrong parameters in %L', asked),
            hint = indicators.example(name);
    end if;
    parameters := words[2:]::double precision[];
    parameters := parameters || defaults[cardinality(parameters) + 1:];
    id := array_to_string(name || parameters::text[], '_');
end
$$;
comment on function indicators.parse(text) is
'The indicator and the parameters that an id such as RSI_14 names, defaults filled in.';
