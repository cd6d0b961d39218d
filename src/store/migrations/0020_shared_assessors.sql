-- Up Migration

-- Several officers of PICS may be one assessor of the vendor (D-8). Every other record still has one link at most, and
-- the index serves the look-up by vendor id as the constraint did.
alter table link drop constraint link_vendor_id_kind_centre_vendor_key;
create unique index link_vendor_record
  on link (vendor_id, kind, centre, vendor, (case kind when 'officer' then pics_id else '' end));
