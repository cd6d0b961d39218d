-- Up Migration

-- What an audit has found to differ between PICS and a vendor: which side has what, never the values. A row goes when an
-- audit does not find it any more, or the learner is not linked. lane_version: where the lane stood when it was seen.
create table difference (
  vendor text not null,
  centre text not null,
  ident text not null,
  subject text not null,
  field text not null,
  in_pics text not null check (in_pics in ('blank', 'older', 'newer', 'other')),
  at_vendor text not null check (at_vendor in ('blank', 'older', 'newer', 'other')),
  rule text,
  since timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  sightings integer not null default 1,
  lane_version bigint not null,
  primary key (ident, vendor, centre, subject, field)
);
create index difference_open on difference (vendor, centre, ident) where rule is null;

-- How far the audit is, so that a restart goes on there.
create table audit_place (
  vendor text not null,
  centre text not null,
  part smallint not null check (part between 0 and 6),
  began_at_ms bigint not null,
  after_ident text not null,
  primary key (vendor, centre)
);
