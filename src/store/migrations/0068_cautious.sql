-- Up Migration

-- Since when it is not certain what was sent to the vendor before: the database was rebuilt from topics. Until a full
-- synchronisation has completed, every create is looked up first.
alter table vendor_state add column cautious_since timestamptz;
