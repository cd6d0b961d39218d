import { toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import { type Queryable, toSqlState } from './queryable.ts';
import { toText } from './to-field-value.ts';

/** A table or column that is not there, or that we may not read. */
const unreadable: ReadonlySet<string> = new Set(['42P01', '42703', '42501']);

/** Settings of the desktop product by these names; none where the site keeps no such table (OF-7). */
export async function readDesktopSettings(
  database: Queryable,
  columns: PresentColumns,
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly value: string | null }[]> {
  const table = (await columns.current())['product-setting'];
  if (Object.values(table.columns).some(({ column }) => column === null)) return [];
  try {
    const { rows } = await database.query<{ name: string; value: string | null }>({
      text: `select ${toKeySql(table, 'name')}::text as name, ${toKeySql(table, 'value')}::text as value
from ${toTableSql(table)} where ${toKeySql(table, 'name')} = any($1::bpchar[])`,
      values: [names],
    });
    return rows.map(({ name, value }) => ({ name: toText(name) ?? '', value: toText(value) }));
  } catch (fault) {
    if (unreadable.has(toSqlState(fault) ?? '')) return [];
    throw fault;
  }
}
