insert into ledger.jobs (name, command, every, timeout) values
('refresh_stale', 'call store.refresh_stale()', '2 seconds', '10 minutes'),
('catch_up', 'call store.catch_up()', '15 seconds', '10 minutes'),
('retain', 'call store.retain()', '1 hour', '30 minutes')
on conflict (name) do update
    set command = excluded.command, timeout = excluded.timeout;
