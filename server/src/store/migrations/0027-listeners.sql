-- Who answers in a bin's place: a row is an open stream, renewed as long as it is read.
create table bin_listener (
  id uuid primary key,
  bin_id uuid not null references bin on delete cascade,
  listens_until timestamptz not null
);
create index bin_listener_bin on bin_listener (bin_id);

-- Until when its sender waits for a listener's answer; null: nobody listened.
alter table capture add column answer_by timestamptz;

-- What came of that, once: an answer, a failure, or neither when the sender got the bin's own.
create table capture_answer (
  bin_id uuid not null,
  seq bigint not null,
  status integer,
  headers json,
  body bytea,
  failure text,
  primary key (bin_id, seq),
  foreign key (bin_id, seq) references capture on delete cascade
);

-- The endpoint whose deliveries it gets, which goes with it; such a bin expires when nobody listens.
alter table bin add column listens_to uuid references endpoint;
