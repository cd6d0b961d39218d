-- Up Migration

-- Values that we sent, by the field of the record: {"field": {"value", "shown", "state", "sentAtMs"}}. Whether the vendor
-- still shows them decides corrections (D-11) and what is sent again (D-16).
alter table shadow add column sent jsonb;

-- What is left as it is in a lane although the sides differ, with the reason: [{"code", "subject"}] (G-10).
alter table lane add column notes jsonb;

-- Records that lost a value in this field, three at most. A field without one success is given up after three (D-16).
alter table field_support add column lost text[] not null default '{}';
