import type { Person } from '../domain/people.ts';
import type { VendorColumns } from '../domain/ports.ts';
import { toFieldValue, toText } from './changes.ts';
import { isIdOf } from './learner.ts';
import { type Mapping, type PresentColumns, toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { Queryable } from './queryable.ts';

/* What identifies learners, many at once. */

type Row = Readonly<
  Record<'ident' | 'id' | 'uln' | 'ni' | 'first' | 'last' | 'born' | 'portfolio', string | null>
>;

/**
 * Learners of PICS, in order of idents. `vendorId` is what the vendor's column holds, where the portfolio in use
 * is not another's (D-20). Null idents: all learners.
 */
export function readPersons(
  database: Queryable,
  columns: PresentColumns,
  column: VendorColumns['learner'],
  idents: readonly string[] | null,
): Promise<readonly Person[]> {
  return columns.with((mapping) => {
    const ident = toKeySql(mapping.learner, 'ident', 't');
    const where = idents === null ? 'true' : `${ident} = any($1::bpchar[])`;
    return read(database, mapping, { column, where, values: idents === null ? [] : [idents] });
  });
}

/** Learners who share the ULN, the NI number or the birth date: who may be the same person (SA-10). */
export function readPersonsLike(
  database: Queryable,
  columns: PresentColumns,
  column: VendorColumns['learner'],
  known: Pick<Person, 'uln' | 'niNumber' | 'birthDate'>,
): Promise<readonly Person[]> {
  return columns.with((mapping) => {
    const of = (table: 'learner' | 'learner-details', field: string, alias: string): string =>
      `${toColumnSql(mapping[table], field, alias) ?? 'null'}::text`;
    const where = `trim(${of('learner-details', 'uln', 'd')}) = $1
  or upper(replace(${of('learner', 'niNumber', 't')}, ' ', '')) = $2
  or ${of('learner', 'birthDate', 't')} = $3`;
    const niNumber = known.niNumber?.replaceAll(' ', '').toUpperCase() ?? null;
    return read(database, mapping, { column, where, values: [known.uln, niNumber, known.birthDate] });
  });
}

type Wanted = {
  readonly column: VendorColumns['learner'];
  readonly where: string;
  readonly values: unknown[];
};

async function read(
  database: Queryable,
  { learner, 'learner-details': details }: Mapping,
  { column, where, values }: Wanted,
): Promise<readonly Person[]> {
  const of = (table: Mapping[keyof Mapping], field: string, alias: string): string =>
    `${toColumnSql(table, field, alias) ?? 'null'}::text`;
  const ident = toKeySql(learner, 'ident', 't');
  const { rows } = await database.query<Row>({
    text: `select ${ident}::text as ident, ${of(details, column, 'd')} as id, ${of(details, 'uln', 'd')} as uln,
  ${of(learner, 'niNumber', 't')} as ni, ${of(details, 'activePortfolio', 'd')} as portfolio,
  ${of(learner, 'firstName', 't')} as first, ${of(learner, 'surname', 't')} as last,
  ${of(learner, 'birthDate', 't')} as born
from ${toTableSql(learner)} t left join ${toTableSql(details)} d on ${toKeySql(details, 'ident', 'd')} = ${ident}
where ${where} order by ${ident}`,
    values,
  });
  return rows.map((row) => ({
    ident: toText(row.ident) ?? '',
    vendorId: isIdOf(column, toText(row.portfolio)) ? toText(row.id) : null,
    uln: toText(row.uln),
    niNumber: toText(row.ni),
    firstName: toText(row.first),
    surname: toText(row.last),
    birthDate: toText(toFieldValue(row.born, 'date')),
  }));
}
