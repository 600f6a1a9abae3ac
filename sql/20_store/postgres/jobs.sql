insert into ledger.jobs (name, command, every, timeout) values
('ensure', 'call store.ensure(meta.now(), meta.now() + interval ''7 days'')', '1 hour', '1 minute'),
('retain', 'call store.retain()', '1 hour', '30 minutes'),
('carry_pending', 'call store.carry_pending()', '30 seconds', '1 minute')
on conflict (name) do update
    set command = excluded.command, timeout = excluded.timeout;
