-- kernels.adx(high, low, close, length) → plus_di, minus_di: of Wilder's sum of true ranges, the parts in percent by
-- which highs rose and lows fell (a bar counts for the greater of the two alone); adx: Wilder's average of 100 *
-- |plus_di - minus_di| / (plus_di + minus_di). As in TA-Lib, the sums are seeded with length - 1 changes. All are null
-- where nothing has moved, or what has moved has faded to less than 1e-12 of the close, so that no value depends on
-- where the series begins; there the average takes 0.
-- Null: plus_di and minus_di for length bars, adx for 2 * length - 1.
-- Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib ADX, PLUS_DI, MINUS_DI.
-- needs: start

create function kernels.adx(
    high double precision[],
    low double precision[],
    close double precision[],
    length integer,
    out adx double precision[],
    out plus_di double precision[],
    out minus_di double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    kept double precision := 1;
    rise double precision;
    fall double precision;
    rises double precision := 0;
    falls double precision := 0;
    ranges double precision := 0;
    moves boolean;
    dx double precision;
    s double precision := 0;
begin
    adx := array_fill(null::double precision, array[last]);
    plus_di := adx;
    minus_di := adx;
    for i in first + 1..last loop  -- sums below 1e-290 are 0: nearer to zero, their products underflow
        if i = first + length then
            kept := 1 - 1::double precision / length;
        end if;
        rise := high[i] - high[i - 1];
        fall := low[i - 1] - low[i];
        rises := case when rises > 1e-290 then rises * kept else 0 end
            + case when rise > greatest(fall, 0) then rise else 0 end;
        falls := case when falls > 1e-290 then falls * kept else 0 end
            + case when fall > greatest(rise, 0) then fall else 0 end;
        ranges := case when ranges > 1e-290 then ranges * kept else 0 end
            + (greatest(high[i], close[i - 1]) - least(low[i], close[i - 1]));
        continue when i < first + length;
        moves := rises + falls > 1e-12 * abs(close[i]);
        dx := 0;
        if moves then
            plus_di[i] := 100 * rises / ranges;
            minus_di[i] := 100 * falls / ranges;
            dx := 100 * abs(rises - falls) / (rises + falls);
        end if;
        if i < first + 2 * length then
            s := s + dx / length;
        else
            s := case when s > 1e-290 then s * kept else 0 end + dx / length;
        end if;
        if moves and i >= first + 2 * length - 1 then
            adx[i] := s;
        end if;
    end loop;
end
$$;
comment on function kernels.adx(double precision[], double precision[], double precision[], integer) is
'Average directional index of bars, and the directional indicators.';
