-- Up Migration

-- The report that each place of the reconciler told last: told again after a kill, it is not recorded twice.
create table report (
  source text primary key,
  id uuid not null,
  recorded_at timestamptz not null default now()
);
