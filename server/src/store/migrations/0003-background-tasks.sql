-- Work that goes on after its request was answered, in steps. Each step is one transaction that does
-- a part of the work and moves `cursor` past it, so whoever takes the next step goes on exactly there.
create table background_task (
  id uuid primary key,
  environment_id uuid not null references environment,
  kind text not null,
  parameters jsonb not null,
  cursor jsonb,
  -- What the API shows of it.
  data jsonb not null default '{}',
  status text not null default 'running',
  -- When its next step may be taken: while `leased_by` takes one, the end of that lease.
  due_at timestamptz not null default now(),
  leased_by uuid,
  -- Steps that failed by our own fault since the last one that did not.
  failures smallint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index background_task_list on background_task (environment_id, id);
create index background_task_due on background_task (due_at) where status = 'running';
