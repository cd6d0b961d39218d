import { type Mapping, toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { PresentColumns } from './present-columns.ts';
import type { Queryable } from './queryable.ts';
import { toFieldValue, toText } from './to-field-value.ts';

/** What tells who a learner is. Texts are trimmed; blank = null. */
export type Person = {
  readonly ident: string;
  readonly oneFileId: string | null;
  readonly uln: string | null;
  readonly firstName: string | null;
  readonly surname: string | null;
  readonly birthDate: string | null;
};

type Row = Readonly<Record<'ident' | 'id' | 'uln' | 'first' | 'last' | 'born', string | null>>;

/** Everybody in PICS, in order of idents. */
export function readPersons(database: Queryable, columns: PresentColumns): Promise<readonly Person[]> {
  return columns.with(async (mapping) => {
    const { learner, 'learner-details': details } = mapping;
    const of = (table: Mapping[keyof Mapping], field: string, alias: string): string =>
      `${toColumnSql(table, field, alias) ?? 'null'}::text`;
    const ident = toKeySql(learner, 'ident', 't');
    const { rows } = await database.query<Row>({
      text: `select ${ident}::text as ident, ${of(details, 'oneFileId', 'd')} as id, ${of(details, 'uln', 'd')} as uln,
  ${of(learner, 'firstName', 't')} as first, ${of(learner, 'surname', 't')} as last,
  ${of(learner, 'birthDate', 't')} as born
from ${toTableSql(learner)} t left join ${toTableSql(details)} d on ${toKeySql(details, 'ident', 'd')} = ${ident}
order by ${ident}`,
      values: [],
    });
    return rows.map((row) => ({
      ident: toText(row.ident) ?? '',
      oneFileId: toText(row.id),
      uln: toText(row.uln),
      firstName: toText(row.first),
      surname: toText(row.last),
      birthDate: toText(toFieldValue(row.born, 'date')),
    }));
  });
}

/** Reviews of these learners that OneFile does not know and should (OF-19): the upload's own conditions, counted. */
export function countNewReviews(
  database: Queryable,
  columns: PresentColumns,
  { idents, types }: { readonly idents: readonly string[]; readonly types: readonly string[] },
): Promise<number> {
  return columns.with(async ({ review }) => {
    const fields = ['type', 'proposedAt', 'actualAt', 'attended', 'oneFileId'].map((field) =>
      toColumnSql(review, field, 'r'),
    );
    const [type, proposed, actual, attended, id] = fields;
    if (fields.includes(null)) return 0;
    const { rows } = await database.query<{ count: number }>({
      text: `select count(*)::integer as count from ${toTableSql(review)} r
where ${toKeySql(review, 'ident', 'r')} = any($1::bpchar[]) and ${type} = any($2::bpchar[]) and ${proposed} is not null
  and ${actual} is null and coalesce(${attended}, '') = '' and coalesce(${id}, '') = ''`,
      values: [idents, types],
    });
    return rows[0]?.count ?? 0;
  });
}
