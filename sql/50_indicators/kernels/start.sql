-- kernels.start(x, y, z, w) → the position from which all of the given series have values; one past their end where
-- there is none. A series is an array with nulls at its beginning alone, as kernels return it; those of one call are of
-- one length. Raises BH008 for anything else: a null array, other lengths, a null between values, NaN or infinity.
-- Computed on, they would make wrong numbers of all that follows.

create function kernels.start(
    x double precision[],
    y double precision[] default '{}',
    z double precision[] default '{}',
    w double precision[] default '{}'
)
returns integer
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    length integer := cardinality(x);
    series double precision[];
    first integer;
    latest integer := 1;
    fault text;
begin
    for nth in 1..4 loop
        series := case nth when 1 then x when 2 then y when 3 then z else w end;
        continue when nth > 1 and series = '{}';
        if cardinality(series) is distinct from length then
            fault := format('series of different lengths: %s and %s', length, cardinality(series));
            exit;
        end if;
        first := 1;
        while first <= length and series[first] is null loop
            first := first + 1;
        end loop;
        if array_position(series, null, first) is not null then
            fault := format('no value at position %s, between others', array_position(series, null, first));
        elsif 'infinity' <= any (series) or '-infinity' = any (series) then  -- NaN sorts after infinity
            fault := 'NaN or infinity in a series';
        end if;
        latest := greatest(latest, first);
    end loop;
    if fault is not null or x is null then
        raise exception using
            errcode = 'BH008',
            message = coalesce(fault, 'a series is null'),
            hint = 'leave out bars without a price; only the beginning of a series may be null';
    end if;
    return latest;
end
$$;
comment on function kernels.start(double precision[], double precision[], double precision[], double precision[]) is
'The position from which series have values; raises BH008 for what is no series.';
