-- The growing tables (message, finished_delivery, attempt) are range-partitioned by a UUIDv7, so an
-- id finds its partition and retention drops partitions. They have no foreign keys: a check per row
-- would cost more than the row. Partitions are made at start and ahead of time (store/partitions.ts).

create table environment (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table api_key (
  id uuid primary key,
  environment_id uuid not null references environment,
  name text not null,
  hash bytea not null unique,
  hint text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

create table application (
  id uuid primary key,
  environment_id uuid not null references environment,
  uid text,
  name text not null,
  throttle_rate integer,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index application_uid on application (environment_id, uid) where deleted_at is null;
create index application_list on application (environment_id, id) where deleted_at is null;

create table event_type (
  environment_id uuid not null references environment,
  -- Lists page by name in the order of its bytes, whatever the database's locale.
  name text collate "C" not null,
  description text not null,
  archived boolean not null default false,
  deprecated boolean not null default false,
  schemas json,
  feature_flags text[],
  group_name text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (environment_id, name)
);

create table endpoint (
  id uuid primary key,
  application_id uuid not null references application,
  uid text,
  url text not null,
  -- Sealed: `user:pass` of the URL; all custom headers as one JSON object.
  credentials bytea,
  headers bytea,
  description text not null default '',
  disabled boolean not null default false,
  disabled_reason text,
  event_types text[],
  channels text[],
  throttle_rate integer,
  metadata jsonb not null default '{}',
  version integer not null default 1,
  -- Grows with every change that sending can see; nodes cache what they send with by (id, revision).
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Kept after deletion: attempts and attempted destinations still name it.
  deleted_at timestamptz
);
create unique index endpoint_uid on endpoint (application_id, uid) where deleted_at is null;
create index endpoint_list on endpoint (application_id, id) where deleted_at is null;

create table endpoint_secret (
  id uuid primary key,
  endpoint_id uuid not null references endpoint,
  kind text not null,
  sealed bytea not null,
  created_at timestamptz not null default now(),
  -- Null for the key in use; an old one signs along until then.
  expires_at timestamptz
);
create unique index endpoint_secret_current on endpoint_secret (endpoint_id) where expires_at is null;
create index endpoint_secret_list on endpoint_secret (endpoint_id, created_at);

-- A row exists only while an endpoint is in trouble, so that success costs nothing.
create table endpoint_health (
  endpoint_id uuid primary key references endpoint,
  first_exhausted_at timestamptz not null
);

create table message (
  id uuid not null,
  application_id uuid not null,
  event_type text not null,
  event_id text,
  channels text[],
  tags text[],
  -- The exact bytes; null once expunged or expired.
  payload bytea,
  content_type text,
  payload_expires_at timestamptz not null,
  primary key (id)
) partition by range (id);
create index message_list on message (application_id, id);

-- A unique index cannot span partitions, so event ids are claimed here.
create table message_event_id (
  application_id uuid not null,
  event_id text not null,
  message_id uuid not null,
  primary key (application_id, event_id)
);

-- Every delivery that is not finished, and nothing else: small and hot whatever the history.
-- Run 0 is the schedule; each manual resend is a run of its own beside it.
-- A row with `leased_by` is in the hands of that node; without, it may be claimed when it is due.
create table pending_delivery (
  message_id uuid not null,
  endpoint_id uuid not null,
  resend bigint not null default 0,
  attempts smallint not null default 0,
  due_at timestamptz not null,
  leased_by uuid,
  primary key (message_id, endpoint_id, resend)
) with (
  fillfactor = 80,
  -- Its rows live for milliseconds: vacuum by their number, never by a share of the table.
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_vacuum_cost_delay = 0
);
-- Deliveries born leased never enter this index: the happy path costs it nothing.
create index pending_delivery_due on pending_delivery (endpoint_id, due_at) where leased_by is null;

create sequence resend_number;

create table finished_delivery (
  message_id uuid not null,
  endpoint_id uuid not null,
  status smallint not null,
  reason text,
  attempts smallint not null,
  finished_at timestamptz not null default now(),
  primary key (message_id, endpoint_id)
) partition by range (message_id);
create index finished_delivery_list on finished_delivery (endpoint_id, message_id);

create table attempt (
  id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  resend bigint not null,
  succeeded boolean not null,
  url text not null,
  request_headers json,
  response_status smallint,
  response_headers json,
  response_body bytea,
  expunged boolean not null default false,
  failure_code text,
  failure_detail text,
  failure_message text,
  operator_note text,
  duration_ms integer not null,
  primary key (id)
) partition by range (id);
create index attempt_by_endpoint on attempt (endpoint_id, id);
create index attempt_by_message on attempt (message_id, id);

-- Who holds leases. A node that misses its heartbeats is dead: others free what it held.
create table node (
  id uuid primary key,
  name text not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

-- Facts about this database itself, such as the check value of the main secret.
create table setting (
  name text primary key,
  value text not null
);
