-- What later decisions about a vendor record compare with: how the vendor showed it when it was applied last (D-12).
alter table picsync.applied_item add column if not exists shown jsonb;
