import type { Mapping } from './mapping.ts';
import { toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';

export type ReviewTypesOptions = {
  readonly database: Queryable;
  readonly columns: PresentColumns;
  readonly now: () => number;
  /** How long an answer serves; review types change once in years. */
  readonly maxAgeMs?: number;
};

/** Codes of the review types with the Normal flag, in order of their codes; empty = none has it. */
export function createReadNormalReviewTypes(options: ReviewTypesOptions): () => Promise<readonly string[]> {
  const { database, columns, now, maxAgeMs = 60_000 } = options;
  let known: { readonly codes: readonly string[]; readonly readAtMs: number } | null = null;
  let reading: Promise<readonly string[]> | null = null;
  const read = async (): Promise<readonly string[]> => {
    const codes = await columns.with((mapping) => readNormalReviewTypes(database, mapping));
    known = { codes, readAtMs: now() };
    return codes;
  };
  return () => {
    if (known !== null && now() - known.readAtMs < maxAgeMs) return Promise.resolve(known.codes);
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
}

async function readNormalReviewTypes(database: Queryable, mapping: Mapping): Promise<readonly string[]> {
  const table = mapping['review-type'];
  const isNormal = toColumnSql(table, 'isNormal', 't');
  if (isNormal === null) return [];
  const code = toKeySql(table, 'code', 't');
  const { rows } = await database.query<{ code: string }>({
    text: `select trim(${code}) as "code" from ${toTableSql(table)} t where upper(${isNormal}) = 'Y' order by 1`,
  });
  return rows.map((row) => row.code);
}
