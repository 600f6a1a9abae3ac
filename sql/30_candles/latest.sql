-- candles.latest(timeframe, instrument_ids) → the newest bar of each instrument (default: all), forming or closed.
-- Reads the bars of the last trading hours and, for instruments without one there, goes back session by session.
create function candles.latest(timeframe text, instrument_ids integer[] default null)
returns integer language sql immutable parallel safe return 1;
comment on function candles.latest(text, integer[]) is 'x';
