-- Up Migration

-- Times by the clock of this database are timestamptz. `..._ms` columns hold milliseconds by the clock of the
-- process that saw something: they are compared with each other and never with now().

create sequence worker_number as integer cycle;

-- The compare-and-set value of one learner (or officer, organisation) at one vendor. Rows are never deleted:
-- a version that is greater than 0 proves that the row exists.
create table lane (
  vendor text not null,
  ident text not null,
  version bigint not null,
  touched_at timestamptz not null default now(),
  primary key (vendor, ident)
) with (fillfactor = 70);

create table intent (
  id bigint generated always as identity primary key,
  vendor text not null,
  centre text not null,
  ident text not null,
  step text not null,
  effect text not null check (effect in ('read', 'update', 'create')),
  subject text not null,
  natural_key text,
  state text not null check (state in ('planned', 'sending', 'done', 'rejected', 'unknown', 'held')),
  attempt integer not null default 1,
  worker integer not null,
  request_hash text not null,
  code text,
  vendor_id text,
  started_at timestamptz not null default now(),
  ended_at timestamptz
) with (fillfactor = 85);
create index intent_open on intent (vendor, ident) where state in ('planned', 'sending', 'unknown');
create index intent_started on intent using brin (started_at);

create table shadow (
  vendor text not null,
  centre text not null,
  entity text not null,
  vendor_id text not null,
  learner_vendor_id text,
  record jsonb not null,
  hash text not null,
  observed_at_ms bigint not null,
  seen_pass bigint,
  primary key (vendor, centre, entity, vendor_id)
) with (fillfactor = 80);
create index shadow_learner on shadow (vendor, centre, learner_vendor_id) where learner_vendor_id is not null;

-- One complete reading of everything the vendor has of an entity: the ground on which deletions are concluded.
create table pass (
  id bigint generated always as identity primary key,
  vendor text not null,
  centre text not null,
  entity text not null,
  started_at_ms bigint not null,
  completed_at timestamptz
);
create index pass_complete on pass (vendor, centre, entity, id) where completed_at is not null;

create table link (
  vendor text not null,
  centre text not null,
  kind text not null,
  pics_id text not null,
  vendor_id text not null,
  ident text,
  how text not null check (how in ('looked-up', 'created', 'typed', 'matched')),
  made_at timestamptz not null default now(),
  copied_at timestamptz,
  primary key (vendor, centre, kind, pics_id),
  unique (vendor, centre, kind, vendor_id)
);
create index link_ident on link (vendor, centre, ident) where ident is not null;
create index link_uncopied on link (vendor, centre, made_at) where copied_at is null;

create table field_support (
  vendor text not null,
  centre text not null,
  field text not null,
  is_kept boolean not null,
  found_at timestamptz not null default now(),
  primary key (vendor, centre, field)
);

create table catalogue (
  vendor text not null,
  centre text not null,
  code text not null,
  vendor_id text not null,
  entity text not null,
  title text,
  primary key (vendor, centre, entity, code, vendor_id)
);

-- Closed rows are the history. A skipped row stays open: it keeps the same request from being sent again.
create table held (
  id bigint generated always as identity primary key,
  vendor text not null,
  centre text not null,
  ident text not null,
  subject text not null,
  code text not null,
  params jsonb not null,
  request_hash text,
  tries integer not null default 1,
  since timestamptz not null default now(),
  skipped_at timestamptz,
  closed_at timestamptz,
  how text check (how in ('released', 'retried', 'skipped')),
  by text,
  reason text
);
create unique index held_open on held (vendor, ident, subject) where closed_at is null;
create index held_history on held (vendor, ident, subject, closed_at) where closed_at is not null;

create table cursor (
  vendor text not null,
  centre text not null,
  resource text not null,
  value text not null,
  epoch bigint not null,
  recorded_at timestamptz not null default now(),
  primary key (vendor, centre, resource)
);

create table lease (
  name text primary key,
  holder text not null,
  epoch bigint not null,
  expires_at timestamptz not null
);

create table journal (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  vendor text not null,
  ident text not null,
  kind text not null,
  subject text,
  code text,
  vendor_id text,
  took_ms integer
);
create index journal_ident on journal (ident, id);
create index journal_at on journal using brin (at);
