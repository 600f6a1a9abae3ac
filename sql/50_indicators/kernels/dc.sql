-- kernels.dc(high, low, length) → Donchian channels: upper: highest high of the newest length bars; lower: their lowest
-- low; middle: halfway. Null before there are as many. Units: rupees.
-- Source: Richard Donchian; TA-Lib MAX, MIN.
-- needs: highest, lowest, start

create function kernels.dc(
    high double precision[],
    low double precision[],
    length integer,
    out upper double precision[],
    out middle double precision[],
    out lower double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    upper := kernels.highest(high, length);
    lower := kernels.lowest(low, length);
    middle := array_fill(null::double precision, array[cardinality(high)]);
    for i in kernels.start(upper, lower)..cardinality(high) loop
        middle[i] := (upper[i] + lower[i]) / 2;
    end loop;
end
$$;
comment on function kernels.dc(double precision[], double precision[], integer) is
'Donchian channels of bars.';
