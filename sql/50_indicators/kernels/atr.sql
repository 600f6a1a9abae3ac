-- kernels.atr(high, low, close, length) → average true range: Wilder's smoothing of the true range. Null for the first
-- length bars. Units: rupees.
-- Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib ATR.
-- needs: true_range, wilder

create function kernels.atr(high double precision[], low double precision[], close double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return kernels.wilder(kernels.true_range(high, low, close), length);
end
$$;
comment on function kernels.atr(double precision[], double precision[], double precision[], integer) is
'Average true range of bars.';
