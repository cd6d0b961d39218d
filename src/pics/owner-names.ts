import type { OwnerKind } from '../core/owner.ts';
import { toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';

export type ReadOwnerNames = (
  kind: OwnerKind,
  codes: readonly string[],
) => Promise<ReadonlyMap<string, string>>;

const nameFields = { officer: ['firstName', 'surname'], organisation: ['name'] } as const;

/** Names of officers or organisations by code; whoever is not there or has none is left out. */
export function createReadOwnerNames({
  database,
  columns,
}: {
  readonly database: Queryable;
  readonly columns: PresentColumns;
}): ReadOwnerNames {
  return async (kind, codes) => {
    if (codes.length === 0) return new Map();
    const rows = await columns.with(async (mapping) => {
      const table = mapping[kind];
      const code = toKeySql(table, 'code', 'o');
      const parts = nameFields[kind].flatMap((field) => {
        const column = toColumnSql(table, field, 'o');
        return column === null ? [] : [`nullif(trim(${column}), '')`];
      });
      const found = await database.query<{ code: string; name: string }>({
        text: `select trim(${code}) as "code", concat_ws(' ', ${['null', ...parts].join(', ')}) as "name"
          from ${toTableSql(table)} o where ${code} = any($1::bpchar[])`,
        values: [codes],
      });
      return found.rows;
    });
    return new Map(rows.flatMap(({ code, name }) => (name === '' ? [] : [[code, name]])));
  };
}
