-- kernels.t3(x, length, volume_factor) → Tillson's T3: three times 1 + volume_factor parts of an ema less volume_factor
-- parts of its ema, as a sum over a chain of six. Null for the first 6 * (length - 1) values. Units: those of x.
-- Source: Tim Tillson, Smoothing techniques for more accurate signals, 1998; TA-Lib T3.
-- needs: ema

create function kernels.t3(x double precision[], length integer, volume_factor double precision)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v double precision := volume_factor;
    third double precision[] := kernels.ema(kernels.ema(kernels.ema(x, length), length), length);
    fourth double precision[] := kernels.ema(third, length);
    fifth double precision[] := kernels.ema(fourth, length);
    r double precision[] := kernels.ema(fifth, length);
    weight_3 double precision := (1 + v) * (1 + v) * (1 + v);
    weight_4 double precision := -3 * v * (1 + v) * (1 + v);
    weight_5 double precision := 3 * v * v * (1 + v);
    weight_6 double precision := -v * v * v;
begin
    for i in 6 * length - 5..cardinality(x) loop
        r[i] := weight_3 * third[i] + weight_4 * fourth[i] + weight_5 * fifth[i] + weight_6 * r[i];
    end loop;
    return r;
end
$$;
comment on function kernels.t3(double precision[], integer, double precision) is
'Tillson''s T3 moving average of a series.';
