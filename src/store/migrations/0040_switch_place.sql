-- Up Migration

-- The place of the command that switched a vendor last: when PICS received it, by the clock of PICS, and its id. One
-- with an earlier place changes nothing, whatever the order in which commands end.
alter table vendor_state add column asked_at_ms bigint, add column asked_id text;
