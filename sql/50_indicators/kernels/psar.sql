-- kernels.psar(high, low, acceleration, maximum) → Wilder's parabolic stop and reverse: below the bars of a rise, above
-- those of a fall; where a bar touches it, the direction turns. The step towards the extreme of the move starts with
-- acceleration and grows by it with every new extreme, up to maximum. The second bar says how it starts: with a fall if
-- its low lies further below the first low than its high above the first high. Null at the first bar. Units: rupees.
-- Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib SAR.
-- needs: start

create function kernels.psar(
    high double precision[],
    low double precision[],
    acceleration double precision,
    maximum double precision
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    second integer := kernels.start(high, low) + 1;
    last integer := cardinality(high);
    before integer := second;
    rising boolean := low[second - 1] - low[second] <= greatest(high[second] - high[second - 1], 0);
    s double precision := case when rising then low[second - 1] else high[second - 1] end;
    extreme double precision := case when rising then high[second] else low[second] end;
    step double precision := acceleration;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in second..last loop
        if (case when rising then low[i] <= s else high[i] >= s end) then
            rising := not rising;
            s := case
                when rising then least(extreme, low[before], low[i])
                else greatest(extreme, high[before], high[i])
            end;
            extreme := case when rising then high[i] else low[i] end;
            step := acceleration;
        elsif (case when rising then high[i] > extreme else low[i] < extreme end) then
            extreme := case when rising then high[i] else low[i] end;
            step := least(step + acceleration, maximum);
        end if;
        r[i] := s;
        s := s + step * (extreme - s);
        s := case when rising then least(s, low[before], low[i]) else greatest(s, high[before], high[i]) end;
        before := i;
    end loop;
    return r;
end
$$;
comment on function kernels.psar(double precision[], double precision[], double precision, double precision) is
'Parabolic stop and reverse of bars.';
