-- indicators.stochrsi(instrument_id, timeframe, rsi_length, stoch_length, smooth_k, smooth_d, since, until, forming) →
-- stochastic oscillator of the relative strength index of the closes, smoothed (%K), and its average (%D), 0..100.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.stochrsi.
-- needs: bars

create function indicators.stochrsi(
    instrument_id integer,
    timeframe text,
    rsi_length integer default 14,
    stoch_length integer default 14,
    smooth_k integer default 3,
    smooth_d integer default 3,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, k double precision, d double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.k,
        v.d
    from
        indicators.bars(
            stochrsi.instrument_id, stochrsi.timeframe, stochrsi.since, stochrsi.until, stochrsi.forming,
            'STOCHRSI', stochrsi.rsi_length, stochrsi.stoch_length, stochrsi.smooth_k, stochrsi.smooth_d
        ) as b
    cross join
        lateral kernels.stochrsi(
            b.close, stochrsi.rsi_length, stochrsi.stoch_length, stochrsi.smooth_k, stochrsi.smooth_d
        ) as k
    cross join lateral unnest(b.bucket, k.k, k.d) as v (bucket, k, d)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.stochrsi(integer, text, integer, integer, integer, integer, timestamptz, timestamptz, boolean) is
'Stochastic oscillator of the relative strength index: smoothed %K and its average %D.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'STOCHRSI',
    'Stochastic RSI',
    'momentum',
    '{k, d}',
    '[
        {"name": "rsi_length", "type": "integer", "default": 14, "min": 1, "max": 1000},
        {"name": "stoch_length", "type": "integer", "default": 14, "min": 2, "max": 1000},
        {"name": "smooth_k", "type": "integer", "default": 3, "min": 1, "max": 1000},
        {"name": "smooth_d", "type": "integer", "default": 3, "min": 1, "max": 1000}
    ]',
    'kernels.stochrsi(close, {rsi_length}, {stoch_length}, {smooth_k}, {smooth_d})',
    '{rsi_length} + {stoch_length} + {smooth_k} + {smooth_d} - 3',
    '56 * {rsi_length} + {stoch_length} + {smooth_k} + {smooth_d} - 3',
    '%K is smoothed with a simple average, as in TradingView: TA-Lib''s fastd is %K; tulip smooths nothing and '
    'gives 0..1; pandas-ta names stoch_length first; 0 where the index stands still',
    '{TA-Lib, pandas-ta, tulip}'
);
