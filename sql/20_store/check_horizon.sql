-- store.check_horizon(since): raises BH003 when ticks that old have been dropped.

create or replace function store.check_horizon(since timestamptz)
returns void
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    horizon timestamptz;
begin
    select h.horizon into horizon
    from meta.horizon as h
    where h.relation = 'tick_data';
    if since < horizon then
        raise exception using
            errcode = 'BH003',
            message = format('%s lies before the horizon: ticks before %s have been dropped', since, horizon),
            hint = 'candles there are kept as they are; broker candles for that time belong in store.history_*';
    end if;
end
$$;
comment on function store.check_horizon(timestamptz) is 'Raises BH003 when ticks at that instant have been dropped.';
