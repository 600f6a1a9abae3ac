-- indicators.state_ids() → the ids whose newest values ledger.indicator_state holds.

create function indicators.state_ids()
returns text[]
language sql
immutable
parallel safe
return '{EMA_9,EMA_12,EMA_21,EMA_26,MACD_12_26_9,RSI_14,ATR_14,SUPERTREND_10_3,BBANDS_20_2,DC_20}'::text[];
comment on function indicators.state_ids() is
'The indicators of strategies: those that are advanced bar by bar in ledger.indicator_state.';
