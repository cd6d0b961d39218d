-- Up Migration

-- Enrol commands that were accepted. `plan` holds choices and ids, no personal data; its shape is the vendor's.
-- At most one is open for a learner; an older one is superseded by a new command.
create table enrolment (
  vendor text not null,
  centre text not null,
  ident text not null,
  id text not null,
  plan jsonb not null,
  milestones jsonb not null default '[]',
  state text not null check (state in ('open', 'done', 'superseded')),
  planned_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (id)
);
create unique index enrolment_open on enrolment (ident, vendor, centre) where state = 'open';

-- Whether a vendor is at work, beside what the configuration allows. No row: it was never enabled.
create table vendor_state (
  vendor text primary key,
  is_enabled boolean not null,
  -- Warnings a person has confirmed, by number, and the environment and centre they were confirmed for.
  confirmed jsonb not null default '{}',
  first_enabled_at timestamptz,
  -- A full synchronisation is due since then; cleared when one that began later has completed.
  sync_due_at timestamptz,
  changed_at timestamptz not null default now(),
  changed_by text
);

-- Work that waits for a person's corrections, such as a review just planned. Due rows are looked at and go.
create table postponed (
  vendor text not null,
  ident text not null,
  subject text not null,
  until timestamptz not null,
  primary key (ident, vendor, subject)
);
create index postponed_until on postponed (vendor, until);
