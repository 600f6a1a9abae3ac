-- kernels.start(series, …) → the position from which all of the given series have values; one past their end where
-- there is none. A series is an array with nulls at its beginning alone, as kernels return it; those of one call are of
-- one length. Raises BH008 for anything else: a null array, other lengths, a null between values, NaN or infinity, an
-- array that does not count from 1. Computed on, they would make wrong numbers of all that follows.
-- needs: series

create function kernels.start(variadic series kernels.series[])
returns integer
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    length integer := cardinality(series[1]);
    x double precision[];
    first integer;
    latest integer := 1;
    fault text;
begin
    for nth in 1..cardinality(series) loop
        x := series[nth];
        if x is null then
            fault := 'a series is null';
        elsif cardinality(x) <> length then
            fault := format('series of different lengths: %s and %s', length, cardinality(x));
        elsif array_ndims(x) > 1 or array_lower(x, 1) <> 1 then
            fault := 'a series counts from 1, in one dimension';
        end if;
        exit when fault is not null;
        first := 1;
        while first <= length and x[first] is null loop
            first := first + 1;
        end loop;
        if array_position(x, null, first) is not null then
            fault := format('no value at position %s, between others', array_position(x, null, first));
        elsif 'infinity' <= any (x) or '-infinity' = any (x) then  -- NaN sorts after infinity
            fault := 'NaN or infinity in a series';
        end if;
        latest := greatest(latest, first);
    end loop;
    if fault is not null then
        raise exception using
            errcode = 'BH008',
            message = fault,
            hint = 'leave out bars without a price; only the beginning of a series may be null';
    end if;
    return latest;
end
$$;
comment on function kernels.start(kernels.series[]) is
'The position from which series have values; raises BH008 for what is no series.';
