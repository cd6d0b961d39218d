-- Commands that have not ended are looked for all the time, among all that were ever given.

create index if not exists request_open on picsync.request (vendor, requested_at, id) where status in ('new', 'working');
create index if not exists request_held on picsync.request (vendor, ident) where status = 'held';
create index if not exists request_ended on picsync.request (finished_at)
  where status in ('done', 'refused', 'failed', 'skipped');
