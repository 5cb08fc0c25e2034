-- When a message is to be sent, if not at once. Its deliveries carry the time; here it is to be shown.
alter table message add column deliver_at timestamptz;

-- For receivers that nobody can reach: they fetch. A poller wants some messages, as an endpoint does.
create table poller (
  id uuid primary key,
  application_id uuid not null references application,
  uid text,
  description text not null default '',
  event_types text[],
  channels text[],
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index poller_uid on poller (application_id, uid) where deleted_at is null;
create index poller_list on poller (application_id, id) where deleted_at is null;

-- Written with the message. Transactions commit in another order than ids are made, so what a poller
-- has is put in a line only afterwards, one poll at a time: see store/poller-messages.ts.
create table poller_waiting (
  poller_id uuid not null,
  message_id uuid not null,
  due_at timestamptz not null,
  -- In the order in which they are taken: a million may be due in the same moment.
  primary key (poller_id, due_at, message_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

create sequence poller_position;
create table poller_message (
  poller_id uuid not null,
  position bigint not null,
  message_id uuid not null,
  primary key (poller_id, position) include (message_id)
);

-- How far a consumer is whose place is kept here.
create table poller_consumer (
  poller_id uuid not null references poller,
  name text not null,
  position bigint not null,
  updated_at timestamptz not null default now(),
  primary key (poller_id, name)
);

-- Sealed, because its owner may look at it again; found by its SHA-256.
create table poller_token (
  id uuid primary key,
  poller_id uuid not null references poller,
  hash bytea not null unique,
  sealed bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  is_current boolean not null
);
create unique index poller_token_current on poller_token (poller_id) where is_current;
create index poller_token_list on poller_token (poller_id, expires_at);
