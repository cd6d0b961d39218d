-- A command travels as one record of Kafka, which holds 1 MiB. A larger row would end the capture of every table, so it
-- is refused where it is inserted. Rows that are there already stay.

do $$ begin
  if not exists (select from pg_constraint where conname = 'request_payload_has_at_most_256_KiB') then
    alter table picsync.request add constraint "request_payload_has_at_most_256_KiB"
      check (octet_length(payload::text) <= 262144) not valid;
  end if;
end $$;
