-- kernels.candle_limit(open, high, low, close, i, setting) → what the bar i is measured by, in rupees: a part of the
-- mean body or range of the bars before it, or its own body. Settings are TA-Lib's candle settings with its defaults:
--
-- BodyLong, BodyShort        mean body of 10 bars: longer is long, others are short
-- BodyDoji, ShadowVeryShort  tenth of the mean range of 10 bars
-- ShadowLong                 its own body
-- Near, Far                  0.2 and 0.6 of the mean range of 5 bars
--
-- Null for a setting that is none of these.
-- Source: TA-Lib TA_SetCandleSettings.
-- needs: candle_average

create function kernels.candle_limit(
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[],
    i integer,
    setting text
)
returns double precision
language sql
immutable
parallel safe
return case
    when candle_limit.setting in ('BodyLong', 'BodyShort')
        then kernels.candle_average(candle_limit.close, candle_limit.open, candle_limit.i, 10)
    when candle_limit.setting in ('BodyDoji', 'ShadowVeryShort')
        then 0.1 * kernels.candle_average(candle_limit.high, candle_limit.low, candle_limit.i, 10)
    when candle_limit.setting = 'ShadowLong'
        then abs(candle_limit.close[candle_limit.i] - candle_limit.open[candle_limit.i])
    when candle_limit.setting = 'Near'
        then 0.2 * kernels.candle_average(candle_limit.high, candle_limit.low, candle_limit.i, 5)
    when candle_limit.setting = 'Far'
        then 0.6 * kernels.candle_average(candle_limit.high, candle_limit.low, candle_limit.i, 5)
end;
comment on function kernels.candle_limit(
    double precision[], double precision[], double precision[], double precision[], integer, text
) is 'What a candlestick is measured by: a part of the mean body or range of the bars before, or its own body.';
