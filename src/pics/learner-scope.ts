import { toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';
import { toFieldValue, toText } from './to-field-value.ts';

/** Where a learner stands, as far as the daily run asks. Dates are `YYYY-MM-DD`; blank = null. */
export type LearnerStanding = {
  readonly ident: string;
  readonly status: string | null;
  readonly isSuspended: boolean;
  readonly endOn: string | null;
};

type Row = Readonly<Record<'ident' | 'status' | 'suspended' | 'end_on', string | null>>;

/**
 * Where these learners stand, in one light statement (OF-40). Whoever is not in PICS is not in the answer.
 *
 * Null when the site lacks one of the columns: a filter that cannot be applied is off, not blank.
 */
export function readLearnerStandings(
  database: Queryable,
  columns: PresentColumns,
  idents: readonly string[],
): Promise<readonly LearnerStanding[] | null> {
  return columns.with(async ({ learner }) => {
    const [status, suspended, endOn] = ['status', 'suspended', 'endOn'].map((field) =>
      toColumnSql(learner, field, 't'),
    );
    if (status == null || suspended == null || endOn == null) return null;
    const ident = toKeySql(learner, 'ident', 't');
    const { rows } = await database.query<Row>({
      text: `select ${ident}::text as ident, ${status}::text as status, ${suspended}::text as suspended,
  ${endOn}::text as end_on
from ${toTableSql(learner)} t where ${ident} = any($1::bpchar[])`,
      values: [idents],
    });
    return rows.map((row) => ({
      ident: toText(row.ident) ?? '',
      status: toText(row.status),
      isSuspended: toText(row.suspended)?.toUpperCase() === 'Y',
      endOn: toText(toFieldValue(row.end_on, 'date')),
    }));
  });
}
