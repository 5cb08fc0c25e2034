-- An endpoint may be paused after so many failed deliveries in a row; null leaves it to its environment,
-- 0 is never. Counted in endpoint_health, which has a row only while there is trouble.
alter table endpoint add column disable_after_failures integer;
alter table endpoint_health add column failures integer not null default 0;
