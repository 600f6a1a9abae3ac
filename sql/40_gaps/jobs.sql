insert into ledger.jobs (name, command, every, timeout) values
('gap_scan', 'select gaps.scan()', '1 minute', '5 minutes')
on conflict (name) do update
    set command = excluded.command, timeout = excluded.timeout;
