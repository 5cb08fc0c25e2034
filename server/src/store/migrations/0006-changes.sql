-- Who changed what. No foreign keys: the log outlives what it tells of.
create table audit_log (
  id uuid primary key,
  environment_id uuid not null,
  actor_kind text not null,
  -- In the form that the API shows, like the target's: a name where there is no id.
  actor_id text,
  session_id text,
  request_id text,
  operation text not null,
  target_kind text not null,
  target_id text,
  target_uid text,
  application_id uuid,
  -- Fields by name, secrets redacted: of a change only those that differ.
  before json,
  after json
);
create index audit_log_list on audit_log (environment_id, id);
create index audit_log_target on audit_log (environment_id, target_id, id);
create index audit_log_actor on audit_log (environment_id, actor_id, id);
create index audit_log_application on audit_log (application_id, id);

-- The application that operational webhooks are messages of has the id of its environment. It is made
-- with its first endpoint, and nobody else's lookups find it.
alter table application
  add column operational boolean not null generated always as (id = environment_id) stored;
