-- Up Migration

-- What ops remembers of lag, so that a restart of it, or a command, knows as much as a process that runs for long.

-- How far a consumer group ever was in a partition: one that stands before it was moved back.
create table queue_place (
  group_name text not null,
  topic text not null,
  part integer not null,
  furthest bigint not null,
  primary key (group_name, topic, part)
);

-- Since when each line of the report has its status.
create table lag_status (
  what text primary key,
  status text not null,
  since timestamptz not null default now()
);
