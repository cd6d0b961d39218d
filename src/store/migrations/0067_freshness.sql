-- Up Migration

-- How long changes took, by minute: `out` from the commit in PICS to the acknowledgement of the vendor, `in` from the
-- moment at which the vendor showed them to the commit in PICS. All processes add to it; a day is kept.
create table freshness (
  minute timestamptz not null,
  vendor text not null,
  way text not null check (way in ('out', 'in')),
  count integer not null,
  -- Of them, those that took longer than the wanted time.
  late integer not null,
  most_ms bigint not null,
  primary key (minute, vendor, way)
);
