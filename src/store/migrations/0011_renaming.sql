-- Up Migration

-- Keys that were changed in PICS, and when by its clock. Events of two changes of one record lie in two partitions and may
-- be handled in either order: what comes to a key goes on to where that key went later.
create table renaming (
  vendor text not null,
  centre text not null,
  entity text not null,
  from_key text not null,
  to_key text not null,
  committed_at_ms bigint not null,
  recorded_at timestamptz not null default now(),
  primary key (from_key, entity, centre, vendor, committed_at_ms)
);
create index renaming_to on renaming (to_key, entity);
create index renaming_recorded on renaming (recorded_at);
