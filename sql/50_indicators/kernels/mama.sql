-- kernels.mama(x, fast_limit, slow_limit) → mama: MESA adaptive moving average, an exponential one whose factor is
-- fast_limit by the degrees that the phase has turned back, slow_limit at the least; fama: one of mama with half that
-- factor. Phase and period come from a Hilbert transform; what has faded to less than 1e-12 of x turns no phase, and
-- the period falls back to its least. Null for the first 32 values. Units: those of x.
-- All starts as if the first value had always stood. TA-Lib starts from zero, which leaves its first values of fama
-- some percent below x; of x less its first value, it gives what we give less that value.
-- Source: John Ehlers, MESA: the mother of adaptive moving averages, 2001; TA-Lib MAMA.
-- needs: start

create function kernels.mama(
    x double precision[],
    fast_limit double precision,
    slow_limit double precision,
    out mama double precision[],
    out fama double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    a constant double precision := 0.0962;  -- weights of the Hilbert transform
    b constant double precision := 0.5769;
    first integer := kernels.start(x);
    last integer := cardinality(x);
    smooth double precision[] := array_fill(x[first], array[last]);
    detrended double precision[] := array_fill(0::double precision, array[last]);
    quadrature double precision[] := detrended;
    gain double precision;
    period double precision := 0;
    i2 double precision := 0;
    i2_before double precision := 0;
    q2 double precision := 0;
    q2_before double precision := 0;
    re double precision := 0;
    im double precision := 0;
    nothing double precision;
    cycle double precision;
    phase double precision;
    phase_before double precision := 0;
    factor double precision;
    s double precision := x[first];
    f double precision := x[first];
begin
    mama := array_fill(null::double precision, array[last]);
    fama := mama;
    for i in first + 12..last loop
        smooth[i] := (4 * x[i] + 3 * x[i - 1] + 2 * x[i - 2] + x[i - 3]) / 10;
        gain := 0.075 * period + 0.54;
        detrended[i] := gain * (a * (smooth[i] - smooth[i - 6]) + b * (smooth[i - 2] - smooth[i - 4]));
        quadrature[i] := gain * (a * (detrended[i] - detrended[i - 6]) + b * (detrended[i - 2] - detrended[i - 4]));
        i2 := 0.8 * i2_before + 0.2 * (
            detrended[i - 3]
            - gain * (a * (quadrature[i] - quadrature[i - 6]) + b * (quadrature[i - 2] - quadrature[i - 4]))
        );
        q2 := 0.8 * q2_before + 0.2 * (
            quadrature[i]
            + gain * (a * (detrended[i - 3] - detrended[i - 9]) + b * (detrended[i - 5] - detrended[i - 7]))
        );
        nothing := 1e-12 * abs(x[i]);
        if least(abs(i2), abs(q2)) <= nothing then
            i2 := case when abs(i2) > nothing then i2 else 0 end;
            q2 := case when abs(q2) > nothing then q2 else 0 end;
        end if;
        phase := case when abs(detrended[i - 3]) <= nothing then 0 else atand(quadrature[i] / detrended[i - 3]) end;
        factor := greatest(fast_limit / greatest(phase_before - phase, 1), slow_limit);
        phase_before := phase;
        s := s + factor * (x[i] - s) + 1e-290 - 1e-290;  -- as in ema
        f := f + factor / 2 * (s - f) + 1e-290 - 1e-290;
        mama[i] := s;
        fama[i] := f;
        re := 0.8 * re + 0.2 * (i2 * i2_before + q2 * q2_before);
        im := 0.8 * im + 0.2 * (i2 * q2_before - q2 * i2_before);
        i2_before := i2;
        q2_before := q2;
        if greatest(abs(re), abs(im)) <= nothing * nothing then
            re := 0;
            im := 0;
            cycle := 0;  -- kept to 6..50 below
        elsif least(abs(re), abs(im)) > 1e-12 * greatest(abs(re), abs(im)) then
            cycle := case when im * sign(re) > 0 then 360 / greatest(atan2d(abs(im), abs(re)), 1) else 0 end;
        else
            cycle := period;
        end if;
        period := 0.8 * period + 0.2 * least(greatest(least(cycle, 1.5 * period), 0.67 * period, 6), 50);
    end loop;
    for i in first + 12..least(first + 31, last) loop
        mama[i] := null;
        fama[i] := null;
    end loop;
end
$$;
comment on function kernels.mama(double precision[], double precision, double precision) is
'MESA adaptive moving average of a series and the one that follows it.';
