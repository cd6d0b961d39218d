-- Schema `picsync`: the few tables that must commit together with the PICS rows, so they lie beside them.
-- Everything else the sync stores has a database of its own.

create schema if not exists picsync;

-- User commands as rows. The caller makes the id, so a retried insert is refused by the key and cannot run twice.
create table if not exists picsync.request (
  id uuid primary key,
  kind varchar(40) not null,
  vendor varchar(20),
  ident char(8),
  officer char(6),
  place char(8),
  payload jsonb,
  requested_by varchar(100),
  requested_at timestamptz not null default now(),
  status varchar(12) not null default 'new'
    check (status in ('new', 'working', 'done', 'refused', 'failed', 'held', 'skipped')),
  code varchar(40),
  message text,
  result jsonb,
  attempts integer not null default 0,
  started_at timestamptz,
  finished_at timestamptz
);

-- The reconciler's place in each vendor topic. Written in the transaction that holds the PICS rows. Never published.
create table if not exists picsync.applied (
  topic varchar(200),
  part integer,
  next_offset bigint not null,
  epoch bigint not null,
  updated_at timestamptz not null default now(),
  primary key (topic, part)
);

-- The newest observation applied per vendor record; an older one that arrives late is ignored. Never published.
create table if not exists picsync.applied_item (
  vendor varchar(20),
  entity varchar(30),
  vendor_id varchar(120),
  read_at timestamptz not null,
  digest varchar(64),
  primary key (vendor, entity, vendor_id)
);

-- Row 1 is written by the connector, so that its slot moves while PICS is quiet; row 2 by the sync's canary.
create table if not exists picsync.heartbeat (id smallint primary key, beat_at timestamptz not null default now());
insert into picsync.heartbeat (id) values (1), (2) on conflict (id) do nothing;

-- Signals to the connector (incremental snapshots).
create table if not exists picsync.signal (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
