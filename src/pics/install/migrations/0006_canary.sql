-- The canary: one row that ops writes on a schedule. It passes capture, outbound, the engines, a topic and the
-- reconciler, which writes it back here with the time at which it passed each part. Only `id`, `probe` and `state` are
-- captured. The table never grows.
create table if not exists picsync.canary (
  id smallint primary key check (id = 1),
  -- Number of the probe that was sent last, and whether it is still under way.
  probe bigint not null default 0,
  state varchar(4) not null default 'back' check (state in ('sent', 'back')),
  -- By the clock of PICS: when the oldest probe that has not come back was sent, and the newest one.
  since timestamptz,
  sent_at timestamptz,
  -- Of the probe that came back last, by the clock of PICS.
  last_probe bigint,
  last_sent_at timestamptz,
  back_at timestamptz,
  -- By the clock of Kafka Connect.
  recorded_at timestamptz,
  -- By the clock of outbound.
  consumed_at timestamptz,
  decided_at timestamptz,
  -- By the clock of the reconciler.
  received_at timestamptz,
  -- Vendors whose engine has looked at it, and those whose engine did not come to it in time.
  decided text[] not null default '{}',
  late text[] not null default '{}'
);
insert into picsync.canary (id) values (1) on conflict (id) do nothing;
