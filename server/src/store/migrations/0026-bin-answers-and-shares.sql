-- How many requests each rule of a bin has answered, by its place: exact when they come at once, and
-- not forgotten with the captures.
alter table bin add column answered jsonb not null default '{}';
-- The endpoint that the bin was made to test: its secrets verify what arrives.
alter table bin add column endpoint_id uuid references endpoint on delete set null;
create index bin_endpoint on bin (endpoint_id) where endpoint_id is not null;

-- What a trusted proxy said of the request: {proto, address}.
alter table capture add column forwarded json;

-- A link to look at a bin, or at one of its captures, and to do nothing else.
create table bin_share (
  id uuid primary key,
  bin_id uuid not null references bin on delete cascade,
  -- Null for the whole bin.
  capture_id uuid references capture (id) on delete cascade,
  token_hash bytea not null unique,
  hide_bodies boolean not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index bin_share_list on bin_share (bin_id, id);
create index bin_share_capture on bin_share (capture_id) where capture_id is not null;
