-- kernels.t3(x, length, volume_factor) → Tillson's T3: three times 1 + volume_factor parts of an ema less volume_factor
-- parts of its ema, as a sum over a chain of six. Null for the first 6 * (length - 1) values. Units: those of x.
-- Source: Tim Tillson, Smoothing techniques for more accurate signals, 1998; TA-Lib T3.
-- needs: ema, start

create function kernels.t3(x double precision[], length integer, volume_factor double precision)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    a double precision := 2::double precision / (length + 1);
    v double precision := volume_factor;
    weight_3 double precision := (1 + v) * (1 + v) * (1 + v);
    weight_4 double precision := -3 * v * (1 + v) * (1 + v);
    weight_5 double precision := 3 * v * v * (1 + v);
    weight_6 double precision := -v * v * v;
    first integer := kernels.start(x) + 6 * (length - 1);
    head_1 double precision[] := kernels.ema(x[:first], length);  -- seed the averages
    head_2 double precision[] := kernels.ema(head_1, length);
    head_3 double precision[] := kernels.ema(head_2, length);
    head_4 double precision[] := kernels.ema(head_3, length);
    head_5 double precision[] := kernels.ema(head_4, length);
    head_6 double precision[] := kernels.ema(head_5, length);
    s1 double precision := head_1[first];
    s2 double precision := head_2[first];
    s3 double precision := head_3[first];
    s4 double precision := head_4[first];
    s5 double precision := head_5[first];
    s6 double precision := head_6[first];
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := weight_3 * s3 + weight_4 * s4 + weight_5 * s5 + weight_6 * s6;
        s1 := s1 + a * (x[i + 1] - s1) + 1e-290 - 1e-290;  -- as in ema
        s2 := s2 + a * (s1 - s2) + 1e-290 - 1e-290;
        s3 := s3 + a * (s2 - s3) + 1e-290 - 1e-290;
        s4 := s4 + a * (s3 - s4) + 1e-290 - 1e-290;
        s5 := s5 + a * (s4 - s5) + 1e-290 - 1e-290;
        s6 := s6 + a * (s5 - s6) + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;
comment on function kernels.t3(double precision[], integer, double precision) is
'Tillson''s T3 moving average of a series.';
