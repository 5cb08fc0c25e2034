-- Which messages an endpoint wants, as its owner wrote it; `json` keeps the spelling. `filter_segments`
-- are the segments it names, so that a segment's change finds its endpoints.
alter table endpoint add column filter json, add column filter_segments text[];
create index endpoint_filter_segments on endpoint using gin (filter_segments) where filter_segments is not null;

-- A named condition, of an application or (without one) of all applications of an environment.
create table segment (
  environment_id uuid not null references environment,
  application_id uuid references application,
  name text collate "C" not null,
  description text not null default '',
  filter json not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique nulls not distinct (environment_id, application_id, name)
);

-- What held a delivery back.
alter table finished_delivery add column rule text;

-- A message for one endpoint only, whatever that filters on.
alter table message add column addressed boolean;
