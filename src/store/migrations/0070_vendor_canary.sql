-- Up Migration

-- The last timed read at each vendor (canary.vendor): how long it took and what came of it.
create table vendor_canary (
  vendor text primary key,
  asked_at timestamptz not null default now(),
  took_ms bigint not null,
  result text not null
);
