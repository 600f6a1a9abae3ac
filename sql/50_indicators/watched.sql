-- indicators.watched: which indicators are kept live, by how many clients, and until when if none of them renews (wall
-- clock). in_state: advanced bar by bar in ledger.indicator_state; else computed once per closed bar. An indicator that
-- is no longer in the catalogue is left out.
-- needs: indicator_catalogue, state_ids

create view indicators.watched as
select
    s.timeframe,
    s.instrument_id,
    s.id,
    t.stored and s.id = any(indicators.state_ids()) as in_state,
    count(*) as clients,
    max(s.expires_at) as expires_at
from ledger.indicator_subscriptions as s
inner join meta.timeframes as t on t.timeframe = s.timeframe
where s.expires_at > now() and split_part(s.id, '_', 1) in (select c.name from indicators.indicator_catalogue as c)
group by s.timeframe, s.instrument_id, s.id, t.stored;
comment on view indicators.watched is 'Indicators that are kept live, with the number of clients that watch them.';
