import { toColumnSql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';
import { toText } from './to-field-value.ts';

/** A learner whose record in PICS carries an id of the vendor, checked or not. */
export type VendorLearner = { readonly ident: string; readonly vendorId: string };

/** Everybody in PICS with a OneFile id. */
export function readOneFileLearners(
  database: Queryable,
  columns: PresentColumns,
): Promise<readonly VendorLearner[]> {
  return columns.with(async (mapping) => {
    const table = mapping['learner-details'];
    const ident = toColumnSql(table, 'ident', 'd');
    const vendorId = toColumnSql(table, 'oneFileId', 'd');
    if (ident === null || vendorId === null) return [];
    const { rows } = await database.query<Record<string, unknown>>({
      text: `select ${ident} as ident, ${vendorId} as vendor_id from ${toTableSql(table)} d where ${vendorId} <> ''`,
      values: [],
    });
    return rows.flatMap((row) => {
      const [code, id] = [toText(row['ident']), toText(row['vendor_id'])];
      return code === null || id === null ? [] : [{ ident: code, vendorId: id }];
    });
  });
}
