-- A door for the webhooks of one provider, and what came through it.
create table source (
  id uuid primary key,
  environment_id uuid not null references environment,
  application_id uuid not null references application,
  uid text,
  name text not null,
  -- How to verify, what to read out, how to answer: domain/source.ts.
  settings json not null,
  -- Sealed: what a provider sends to prove that a subscription is ours.
  verify_token bytea,
  -- Found by its SHA-256; sealed beside it, because operators look at the URL again.
  token_hash bytea not null unique,
  token bytea not null,
  paused boolean not null default false,
  disabled boolean not null default false,
  -- When a handshake was last answered.
  connected_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index source_uid on source (environment_id, uid) where deleted_at is null;
create index source_list on source (environment_id, id) where deleted_at is null;
create index source_of_application on source (application_id, id) where deleted_at is null;

create table source_secret (
  id uuid primary key,
  source_id uuid not null references source,
  sealed bytea not null,
  hint text not null,
  -- Brought by a handshake.
  captured boolean not null default false,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create index source_secret_list on source_secret (source_id, created_at, id);

-- What was accepted. Partitioned and dropped with the messages. A request that became one message has
-- its body there; `body` is for those that became several, or wait for a paused source to go on.
create table inbound_request (
  id uuid not null,
  source_id uuid not null,
  method text not null,
  target text not null,
  http_version text not null,
  -- [name, value] as received: order, case and repeats.
  headers json not null,
  remote_address text not null,
  body bytea,
  body_bytes integer not null,
  event_type text not null,
  event_id text,
  -- When it happened, by the provider.
  event_at timestamptz,
  message_ids uuid[] not null,
  -- Waits for the source to be resumed.
  held boolean not null,
  -- Scheme, secret, skew: what the verifier said.
  verification json not null,
  answer_status smallint not null,
  duplicates integer not null default 0,
  last_duplicate_at timestamptz,
  replay_suspected boolean not null default false,
  primary key (id)
) partition by range (id);
create index inbound_request_list on inbound_request (source_id, id);
create index inbound_request_held on inbound_request (source_id, id) where held;

-- What was accepted lately: of a key only the first request becomes messages. A unique index cannot
-- span partitions, and keys have a time of their own.
create table inbound_key (
  source_id uuid not null,
  key uuid not null,
  request_id uuid not null,
  keep_until timestamptz not null,
  primary key (source_id, key)
);
create index inbound_key_age on inbound_key (keep_until);
create index inbound_key_request on inbound_key (request_id);

-- What became no message: rejections, duplicates, handshakes. The last 100 of each per source.
create table inbound_noted (
  id uuid primary key,
  source_id uuid not null,
  outcome text not null,
  reason text,
  findings json not null,
  method text not null,
  target text not null,
  http_version text not null,
  headers json not null,
  remote_address text not null,
  -- The first 64 KiB.
  body bytea not null,
  body_bytes integer not null,
  answer_status smallint not null,
  duplicate_of uuid
);
create index inbound_noted_list on inbound_noted (source_id, id);
create index inbound_noted_ring on inbound_noted (source_id, outcome, id);

-- Headers that go out as they came in: [name, value], set for messages from a source only.
alter table message add column headers json;
