import { toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';

export type UsedBy = {
  /** These learners, whatever their status. */
  readonly idents: readonly string[];
  /** And everybody whose status is one of these letters. */
  readonly letters: readonly string[];
};

/** References of the delivery qualifications of some learners, each once, in order. */
export function createReadUsedReferences({
  database,
  columns,
}: {
  readonly database: Queryable;
  readonly columns: PresentColumns;
}): (usedBy: UsedBy) => Promise<readonly string[]> {
  return ({ idents, letters }) =>
    columns.with(async ({ qualification, learner }) => {
      const reference = toKeySql(qualification, 'reference', 'q');
      const ident = toKeySql(qualification, 'ident', 'q');
      const status = toColumnSql(learner, 'status', 'l');
      const live =
        status === null
          ? ''
          : `or ${ident} in (select ${toKeySql(learner, 'ident', 'l')} from ${toTableSql(learner)} l
              where trim(${status}) = any($2::text[]))`;
      const { rows } = await database.query<{ reference: string }>({
        text: `select distinct trim(${reference}) as "reference" from ${toTableSql(qualification)} q
          where ${ident} = any($1::bpchar[]) ${live} order by 1`,
        values: status === null ? [idents] : [idents, letters],
      });
      return rows.map((row) => row.reference);
    });
}
