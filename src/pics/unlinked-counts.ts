import { type Mapping, toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';
import { toText } from './to-field-value.ts';

/** An officer or organisation that learners name, with what its external-id column holds. */
export type UsedOwner = { readonly code: string; readonly externalId: string | null };

export type UsedOwners = {
  readonly officers: readonly UsedOwner[];
  readonly organisations: readonly UsedOwner[];
};

/** Officers and organisations that these learners, their qualifications, reviews or placements name (OF-34). */
export function readUsedOwners(
  database: Queryable,
  columns: PresentColumns,
  idents: readonly string[],
): Promise<UsedOwners> {
  return columns.with(async (mapping) => ({
    officers: await read(database, mapping, 'officer', idents, [
      ['learner', 'mainOfficer'],
      ['qualification', 'officer'],
      ['review', 'officer'],
    ]),
    organisations: await read(database, mapping, 'organisation', idents, [['placement', 'organisation']]),
  }));
}

type Use = readonly [table: 'learner' | 'qualification' | 'review' | 'placement', field: string];

async function read(
  database: Queryable,
  mapping: Mapping,
  kind: 'officer' | 'organisation',
  idents: readonly string[],
  uses: readonly Use[],
): Promise<readonly UsedOwner[]> {
  const named = uses.flatMap(([name, field]) => {
    const table = mapping[name];
    const column = toColumnSql(table, field, 'u');
    if (column === null) return [];
    const ident = toKeySql(table, 'ident', 'u');
    return [`select ${column} from ${toTableSql(table)} u where ${ident} = any($1::bpchar[])`];
  });
  if (named.length === 0 || idents.length === 0) return [];
  const owners = mapping[kind];
  const code = toKeySql(owners, 'code', 'o');
  const externalId = toColumnSql(owners, 'externalId', 'o') ?? 'null';
  const { rows } = await database.query<{ code: string; external_id: string | null }>({
    text: `select ${code}::text as code, ${externalId}::text as external_id
from ${toTableSql(owners)} o where ${code} in (${named.join(' union ')}) order by 1`,
    values: [idents],
  });
  return rows.map((row) => ({ code: toText(row.code) ?? '', externalId: toText(row.external_id) }));
}
