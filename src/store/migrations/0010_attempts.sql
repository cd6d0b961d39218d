-- Up Migration

-- How often an intent was sent again although it may have been done: a create is repeated at most once.
alter table intent add column repeats integer not null default 0;

-- Failures in a row of one call of a lane, so that a restart does not begin to count again. A row goes as soon as
-- the call is answered or its record is held.
create table call_failure (
  vendor text not null,
  ident text not null,
  step text not null,
  subject text not null,
  request_hash text not null,
  count integer not null,
  failed_at timestamptz not null default now(),
  primary key (ident, vendor, step, subject)
);

-- A look that must see a transaction of PICS which was not visible, and since when it is waited for.
alter table postponed add column tx_id bigint;
alter table postponed add column since timestamptz not null default now();
