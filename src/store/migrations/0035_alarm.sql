-- Up Migration

-- What went past without being carried over. An alarm is open until a person acknowledges it; what is met again after
-- that opens a new one. Rows are few, one for each kind, topic and code, and are kept as the history.
create table alarm (
  id bigint generated always as identity primary key,
  kind text not null,
  about text not null,
  code text not null,
  place text not null,
  count bigint not null default 1,
  since timestamptz not null default now(),
  last_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text
);
create unique index alarm_open on alarm (kind, about, code) where acknowledged_at is null;
