insert into ledger.jobs (name, command, every, timeout) values
('prune', 'call ledger.prune()', '1 day', '10 minutes')
on conflict (name) do update
    set command = excluded.command, timeout = excluded.timeout;
