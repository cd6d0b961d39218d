import type { PollScope } from './poll-page.ts';
import { type Db, runStatement } from './statement.ts';

/**
 * How many records of the vendor are known, by names of the caller's for one entity or several together.
 *
 * Null where one of the entities was never read whole: then nobody knows how many there are.
 */
export async function countRecords<K extends string>(
  db: Db,
  { vendor, centre }: PollScope,
  wanted: Readonly<Record<K, readonly string[]>>,
): Promise<Readonly<Record<K, number | null>>> {
  const text = `
select x.entity,
  case when exists (
    select from sync.pass p
    where p.vendor = $1 and p.centre = $2 and p.entity = x.entity and p.completed_at is not null
  ) then (
    select count(*)::integer from sync.shadow s
    where s.vendor = $1 and s.centre = $2 and s.entity = x.entity
  ) end as count
from unnest($3::text[]) as x(entity)`;
  const names = Object.keys(wanted) as K[];
  const entities = [...new Set(names.flatMap((name) => wanted[name]))];
  const values = [vendor, centre, entities];
  type Row = { readonly entity: string; readonly count: number | null };
  const rows = await runStatement<Row>(db, { name: 'count-poll-records', text }, values);
  const counts = new Map(rows.map(({ entity, count }) => [entity, count]));
  const add = (sum: number | null, entity: string): number | null => {
    const count = counts.get(entity) ?? null;
    return sum === null || count === null ? null : sum + count;
  };
  const total = (name: K) => wanted[name].reduce<number | null>(add, 0);
  return Object.fromEntries(names.map((name) => [name, total(name)])) as Record<K, number | null>;
}
