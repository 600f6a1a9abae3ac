-- indicators.example(name) → how an indicator is written, for hints: 'MACD_12_26_9: fast 2..1000, slow 2..1000, …'.
-- needs: indicator_catalogue

create function indicators.example(name text)
returns text
language sql
stable
parallel safe
begin atomic
    select
        'write ' || concat_ws('_', c.name, string_agg(p.value ->> 'default', '_' order by p.nth))
        || coalesce(
            ': ' || string_agg(
                format('%s %s..%s', p.value ->> 'name', p.value ->> 'min', p.value ->> 'max'), ', ' order by p.nth
            ),
            ', it has no parameters'
        )
        || coalesce(', ' || translate(c.rule, '{}', ''), '')
    from indicators.indicator_catalogue as c
    left join lateral jsonb_array_elements(c.parameters) with ordinality as p (value, nth) on true
    where c.name = example.name
    group by c.name, c.rule;
end;
comment on function indicators.example(text) is 'How an indicator is written, with the ranges of its parameters.';
