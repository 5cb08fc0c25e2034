-- What the operator has set; what is absent is the default of the server.
alter table environment add column settings jsonb not null default '{}';

-- Null: as the environment says.
alter table event_type add column schema_policy text;

-- What the schema of its event type finds wrong with the payload. It may quote it: erased with it.
alter table message add column schema_error text;

-- Whether any does is asked before a message is: see store/environment-settings.ts.
create index event_type_own_policy on event_type (environment_id)
 where schema_policy in ('warn', 'reject');
