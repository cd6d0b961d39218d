-- Up Migration

-- What waits for a person is asked for by each change of an officer, each retry and each list. Open items are few among
-- the history, so each of these indexes holds open items alone.
create index held_waiting on held (id) where closed_at is null and skipped_at is null;
create index held_code on held (code, vendor) where closed_at is null;
create index held_officer on held ((params ->> 'officer'), vendor) where closed_at is null;
create index held_place on held ((params ->> 'place'), vendor) where closed_at is null;
create index held_retried on held (reason) where how = 'retried';
