-- What the last transaction of a place has to tell the sync database: told after the commit, again after a kill.
alter table picsync.applied add column if not exists report jsonb;

-- Records of vendor topics that have to wait, one for each vendor record: the place goes on without them. Never published.
create table if not exists picsync.parked (
  item varchar(200) primary key,
  topic varchar(200) not null,
  part integer not null,
  at_offset bigint not null,
  -- When the broker took the record, and when the vendor was read for it; milliseconds.
  stamped_ms double precision not null,
  read_at_ms double precision,
  -- The rule it waits by, or PICS_LOCKED.
  code varchar(40) not null,
  record jsonb not null,
  parked_at timestamptz not null default now()
);
create index if not exists parked_place on picsync.parked (topic, part, at_offset);
