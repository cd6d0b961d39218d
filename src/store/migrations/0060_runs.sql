-- Up Migration

-- Work over many learners that a person plans, approves and can stop. `request`: the command that asked for it, so that the
-- command delivered again asks for no second one.
create table run (
  id bigint generated always as identity primary key,
  vendor text not null,
  centre text not null,
  request text not null unique,
  wanted jsonb not null,
  state text not null check (
    state in ('asked', 'planned', 'approved', 'running', 'paused', 'done', 'stopped', 'failed')),
  asked_by text not null,
  approved_by text,
  asked_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  plan jsonb,
  calls bigint not null default 0,
  code text,
  params jsonb not null default '{}'
);
create index run_open on run (vendor, id) where state not in ('done', 'stopped', 'failed');

-- One row a learner, officer or organisation: what would happen, and what has. Codes and counts, no personal data.
create table run_item (
  run bigint not null references run on delete cascade,
  ident text not null,
  state text not null check (state in ('planned', 'done', 'failed')),
  planned jsonb not null,
  code text,
  calls integer not null default 0,
  happened jsonb,
  primary key (run, ident)
);
create index run_item_planned on run_item (run, ident) where state = 'planned';
create index run_item_failed on run_item (run, ident) where state = 'failed';

-- What was linked since a run began.
create index link_made on link using brin (made_at);
