-- Up Migration

-- People who use the page. A password stands here as a salted hash alone.
create table page_user (
  name text primary key,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  sees_names boolean not null,
  must_change boolean not null,
  password text not null,
  added_at timestamptz not null default now(),
  signed_in_at timestamptz,
  -- Set for the user that the first start adds, null for all others: of two processes that add one at once, one does.
  is_first boolean unique check (is_first)
);

-- Sessions by the hash of their token: who reads this table cannot use one.
create table page_session (
  digest text primary key,
  user_name text not null references page_user on delete cascade,
  opened_at timestamptz not null default now(),
  used_at timestamptz not null default now()
);
create index page_session_user on page_session (user_name);

-- Failed attempts to sign in, by hashes of the name that was typed and of the address: a password is easily typed there.
create table page_failure (
  name text not null,
  address text not null,
  at timestamptz not null default now()
);
create index page_failure_address on page_failure (address, at);

-- Who did what, or looked at whose data, and from where.
create table page_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  by_name text not null,
  act text not null,
  about text not null,
  idents text[] not null,
  address text
);
create index page_audit_at on page_audit using brin (at);
