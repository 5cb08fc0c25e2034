-- What customers are given: a token for one application, for a while. Only its SHA-256 is kept.
create table application_token (
  id uuid primary key,
  environment_id uuid not null references environment,
  application_id uuid not null references application,
  hash bytea not null unique,
  capabilities text[] not null,
  -- Of event types with flags it sees those that share one with it.
  feature_flags text[] not null,
  session_id text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index application_token_application on application_token (application_id, expires_at);
create index application_token_expiry on application_token (expires_at);

alter table api_key add column scope text not null default 'full';
