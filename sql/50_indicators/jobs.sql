insert into ledger.jobs (name, command, every, timeout) values
('indicator_anchors', 'select indicators.set_anchors()', '1 day', '1 minute'),
('indicator_advance', 'select indicators.advance()', '1 second', '5 minutes'),
('indicator_verify', 'select indicators.verify()', '1 minute', '5 minutes')
on conflict (name) do update
    set command = excluded.command, timeout = excluded.timeout;
