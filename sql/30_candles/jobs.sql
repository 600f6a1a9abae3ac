insert into ledger.jobs (name, command, every, timeout) values
('candle_closed', 'select candles.announce_closed()', '1 second', '30 seconds')
on conflict (name) do update
    set command = excluded.command, timeout = excluded.timeout;
