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
    n double precision := length;
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    kept double precision := 1;
    rise double precision;
    fall double precision;
    rises double precision := 0;
    falls double precision := 0;
    ranges double precision := 0;
    dx double precision;
    s double precision := 0;
begin
    adx := array_fill(null::double precision, array[last]);
    plus_di := adx;
    minus_di := adx;
    for i in first + 1..last loop
        if i = first + length then
            kept := 1 - 1 / n;
        end if;
        rise := high[i] - high[i - 1];
        fall := low[i - 1] - low[i];
        rises := rises * kept + case when rise > greatest(fall, 0) then rise else 0 end + 1e-290 - 1e-290;  -- as in ema
        falls := falls * kept + case when fall > greatest(rise, 0) then fall else 0 end + 1e-290 - 1e-290;
        ranges := ranges * kept + (greatest(high[i], close[i - 1]) - least(low[i], close[i - 1])) + 1e-290 - 1e-290;
        continue when i < first + length;
        if rises + falls > 1e-12 * abs(close[i]) + 1e-290 then
            plus_di[i] := 100 * rises / ranges;
            minus_di[i] := 100 * falls / ranges;
            dx := 100 * abs(rises - falls) / (rises + falls);
        else
            dx := null;
        end if;
        s := s * case when i < first + 2 * length then 1 else kept end + coalesce(dx, 0) / n + 1e-290 - 1e-290;
        adx[i] := case when dx is not null then s end;
    end loop;
    for i in first + length..least(first + 2 * length - 2, last) loop
        adx[i] := null;
    end loop;
end
$$;
comment on function kernels.adx(double precision[], double precision[], double precision[], integer) is
'Average directional index of bars, and the directional indicators.';
