-- Seconds before attempts 2, 3, …; null leaves it to the event type, and that to the configuration.
alter table endpoint add column retry_schedule float8[];
alter table event_type add column retry_schedule float8[];
-- Nodes read all of them, again and again, and most event types have none.
create index event_type_retry_schedule on event_type (environment_id, name)
 where retry_schedule is not null;

-- How far a rate is used up: the time from which its next delivery may be sent. `id` is that of the
-- endpoint, or of the application whose endpoints share its rate. A row comes with the first claim.
create table rate_limit (
  id uuid primary key,
  next_at timestamptz not null,
  -- Since when more is due than the rate lets through.
  limited_since timestamptz
) with (fillfactor = 50);
