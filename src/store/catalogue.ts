import type { Pool } from 'pg';
import type { CatalogueRow, CatalogueScope } from '../domain/catalogue.ts';
import { type Db, runStatement } from './database.ts';

/** Puts a new catalogue in the place of the old one at once: no reader sees half of it. */
export async function replaceCatalogue(
  pool: Pool,
  { vendor, centre }: CatalogueScope,
  rows: readonly CatalogueRow[],
): Promise<void> {
  const client = await pool.connect();
  let fault: Error | undefined;
  try {
    await client.query('begin');
    // Without this lock, two concurrent refreshes would each delete the rows they see and both insert.
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `catalogue ${vendor} ${centre}`,
    ]);
    await client.query('delete from sync.catalogue where vendor = $1 and centre = $2', [vendor, centre]);
    await client.query(
      `
insert into sync.catalogue (vendor, centre, code, vendor_id, entity, title)
select $1, $2, x.code, x."vendorId", x.entity, x.title
from json_to_recordset($3::json) as x(code text, "vendorId" text, entity text, title text)
on conflict do nothing`,
      [vendor, centre, JSON.stringify(rows)],
    );
    await client.query('commit');
  } catch (error) {
    fault = error instanceof Error ? error : new Error(String(error));
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    // A failed connection is closed, because the state of its transaction is unknown.
    client.release(fault);
  }
}

export function readCatalogue(db: Db, { vendor, centre }: CatalogueScope): Promise<CatalogueRow[]> {
  const text = `
select code, vendor_id as "vendorId", title, entity from sync.catalogue
where vendor = $1 and centre = $2 order by entity, code, vendor_id`;
  return runStatement<CatalogueRow>(db, { name: 'read-catalogue', text }, [vendor, centre]);
}
