import type { OwnerKind } from '../domain/owner.ts';
import type { Claimant, VendorLearner } from '../domain/people.ts';
import type { VendorColumns } from '../domain/ports.ts';
import { toText } from './changes.ts';
import { isIdOf } from './learner.ts';
import { nameSql } from './lookups.ts';
import { type PresentColumns, toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { Queryable } from './queryable.ts';

/*
 * Which records of PICS show an id of a vendor (D-6, D-7, D-15). The id columns have no index of ours, so each statement
 * reads a whole table: they are for full passes and for ids that are to become a link, not for every look.
 */

type ClaimQuery = {
  readonly kind: 'learner' | OwnerKind;
  readonly column: VendorColumns['learner'];
  readonly vendorId: string;
};

/**
 * Learners, officers or organisations whose id column holds this id, in the order of their codes (D-7). No index serves
 * the column, so the statement reads the whole table: it is for ids that are to become a link, not for every look.
 */
export function readClaimants(
  database: Queryable,
  columns: PresentColumns,
  { kind, column, vendorId }: ClaimQuery,
): Promise<readonly Claimant[]> {
  return columns.with(async (mapping) => {
    const isLearner = kind === 'learner';
    const table = mapping[isLearner ? 'learner-details' : kind];
    const id = toColumnSql(table, isLearner ? column : 'externalId', 'd');
    if (id === null) return [];
    const named = mapping[isLearner ? 'learner' : kind];
    const key = isLearner ? 'ident' : 'code';
    const portfolio = isLearner ? (toColumnSql(table, 'activePortfolio', 'd') ?? 'null') : 'null';
    const { rows } = await database.query<Readonly<Record<'code' | 'name' | 'portfolio', string | null>>>({
      text: `select ${toKeySql(table, key, 'd')}::text as code, ${nameSql(named, 'n')} as name,
  ${portfolio}::text as portfolio
from ${toTableSql(table)} d left join ${toTableSql(named)} n on ${toKeySql(named, key, 'n')} = ${toKeySql(table, key, 'd')}
where trim(${id}) = $1 order by 1`,
      values: [vendorId],
    });
    return rows.flatMap((row) =>
      isLearner && !isIdOf(column, toText(row.portfolio))
        ? []
        : [{ code: toText(row.code) ?? '', name: toText(row.name) }],
    );
  });
}

/** Reviews that show one of these vendor ids. No index serves the column, so it is for ids that no link explains. */
export function readReviewHolders(
  database: Queryable,
  columns: PresentColumns,
  column: VendorColumns['review'],
  vendorIds: readonly string[],
): Promise<readonly { readonly vendorId: string; readonly ident: string }[]> {
  return columns.with(async ({ review }) => {
    const id = toColumnSql(review, column, 'r');
    const ident = toColumnSql(review, 'ident', 'r');
    if (id === null || ident === null || vendorIds.length === 0) return [];
    const { rows } = await database.query<Readonly<Record<'id' | 'ident', string | null>>>({
      text: `select ${id}::text as id, ${ident}::text as ident from ${toTableSql(review)} r
where ${id} = any($1::bpchar[])`,
      values: [vendorIds],
    });
    return rows.map((row) => ({ vendorId: toText(row.id) ?? '', ident: toText(row.ident) ?? '' }));
  });
}

/** Learners with an id in a vendor's column, checked or not. */
export function readVendorLearners(
  database: Queryable,
  columns: PresentColumns,
  column: VendorColumns['learner'],
): Promise<readonly VendorLearner[]> {
  return columns.with(async (mapping) => {
    const table = mapping['learner-details'];
    const ident = toColumnSql(table, 'ident', 'd');
    const vendorId = toColumnSql(table, column, 'd');
    if (ident === null || vendorId === null) return [];
    const portfolio = toColumnSql(table, 'activePortfolio', 'd') ?? 'null';
    const { rows } = await database.query<Record<string, unknown>>({
      text: `select ${ident} as ident, ${vendorId} as vendor_id, ${portfolio}::text as portfolio
from ${toTableSql(table)} d where ${vendorId} <> ''`,
      values: [],
    });
    return rows.flatMap((row) => {
      const [code, id] = [toText(row['ident']), toText(row['vendor_id'])];
      const isOurs = isIdOf(column, toText(row['portfolio']));
      return code === null || id === null || !isOurs ? [] : [{ ident: code, vendorId: id }];
    });
  });
}
