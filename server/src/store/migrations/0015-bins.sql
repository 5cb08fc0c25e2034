-- A bin keeps and shows whatever arrives at its URL, and answers as it is told.
create table bin (
  id uuid primary key,
  environment_id uuid not null references environment,
  name text not null,
  -- How it answers: domain/bin.ts.
  rules json not null,
  -- Found by its SHA-256; sealed beside it, because its owner looks at the URL again.
  token_hash bytea not null unique,
  token bytea not null,
  -- Counts captures, those that are gone too: `after` a number nothing is missed.
  last_seq bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index bin_list on bin (environment_id, id);
create index bin_expiry on bin (expires_at);

create table capture (
  bin_id uuid not null references bin on delete cascade,
  seq bigint not null,
  id uuid not null,
  received_at timestamptz not null default now(),
  method text not null,
  target text not null,
  http_version text not null,
  -- [name, value] as received: order, case and repeats.
  headers json not null,
  body bytea not null,
  sha256 bytea not null,
  remote_address text not null,
  remote_port integer not null,
  head_ms real not null,
  body_ms real not null,
  -- What it was answered with, and by which rule.
  answer json not null,
  pinned boolean not null default false,
  primary key (bin_id, seq)
);
create unique index capture_id on capture (id);
