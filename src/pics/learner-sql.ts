import { type MappedTable, type Mapping, toColumnSql, toKeySql, toTableSql } from './mapping.ts';

/** What is read of each table, in the order in which the answer lists it. */
export const learnerFields = {
  learner: [
    'ident',
    'title',
    'firstName',
    'surname',
    'sex',
    'birthDate',
    'niNumber',
    'address1',
    'address2',
    'address3',
    'address4',
    'postcode',
    'phone',
    'mobile',
    'status',
    'suspended',
    'site',
    'mainOfficer',
    'startOn',
    'endOn',
  ],
  episode: ['expectedEndOn'],
  'learner-details': [
    'email',
    'uln',
    'lrn',
    'ethnicity',
    'disability',
    'primaryDifficulty',
    'activePortfolio',
    'oneFileId',
    'smartAssessorId',
  ],
  qualification: [
    'reference',
    'seq',
    'type',
    'startOn',
    'expectedEndOn',
    'endOn',
    'officer',
    'registrationNumber',
    'registeredOn',
    'certificateAppliedOn',
    'certificateReceivedOn',
    'elementsTotal',
    'elementsDone',
  ],
  review: [
    'id',
    'type',
    'proposedAt',
    'actualAt',
    'attended',
    'officer',
    'learnerSignedOn',
    'oneFileId',
    'smartAssessorId',
  ],
  placement: ['seq', 'organisation', 'type', 'startOn', 'endOn'],
  officer: ['code', 'firstName', 'surname', 'email', 'externalId'],
  'related-officer': ['relation', 'officer'],
} as const;

/** A transaction this far ahead of the snapshot belongs to another history (a restored database): never waited for. */
const farAhead = 1_000_000;
const wrap = 2 ** 32;

/**
 * Reads learners and the visibility of transactions in ONE statement, so by one snapshot (D-3).
 *
 * $1: idents; $2: 32-bit transaction ids. One row: `seen` holds [txId, visible] pairs, `learners` nested arrays in
 * the order of `learnerFields`. Arrays and not objects: half the bytes to move and to parse.
 */
export function toLearnerSql(mapping: Mapping): string {
  const { learner, episode } = mapping;
  const details = mapping['learner-details'];
  const ident = toKeySql(learner, 'ident', 't');
  return `with "snap" as materialized (
  select pg_current_snapshot() as "taken", pg_snapshot_xmax(pg_current_snapshot())::text::bigint as "top")
select
  ${toSeenSql()} as "seen",
  (select json_agg(json_build_array(
    ${columnsSql(learner, 't', learnerFields.learner)},
    ${columnsSql(episode, 'e', learnerFields.episode)},
    ${columnsSql(details, 'd', learnerFields['learner-details'])},
    ${mainTagSql(mapping, ident)},
    ${qualificationsSql(mapping, ident)},
    ${rowsSql(mapping.review, learnerFields.review, ident)},
    ${placementsSql(mapping, ident)},
    ${rowsSql(mapping['related-officer'], learnerFields['related-officer'], ident)},
    ${officersSql(mapping, ident)}
  ))
  from ${toTableSql(learner)} t
  left join ${toTableSql(episode)} e on ${toKeySql(episode, 'ident', 'e')} = ${ident}
  left join ${toTableSql(details)} d on ${toKeySql(details, 'ident', 'd')} = ${ident}
  where ${ident} = any($1::bpchar[])) as "learners"`;
}

/** [txId, visible] pairs of the transactions in $2, by the snapshot that `snap` took. */
export function toSeenSql(): string {
  return `(select json_agg(json_build_array(x."id", ${visibilitySql()}))
    from "snap" s, lateral (select "id", ${toFullXidSql('"id"', 's."top"')} as "full"
      from unnest($2::bigint[]) as u("id")) x)`;
}

/** Completes a 32-bit id to 64 bits: with the epoch that brings it nearest to `top`, across a wrap too. */
export function toFullXidSql(id: string, top: string): string {
  // `%` keeps the sign of its left side, hence the second one.
  return `(${top} + (((${id} - ${top} + ${wrap / 2}) % ${wrap} + ${wrap}) % ${wrap}) - ${wrap / 2})`;
}

function visibilitySql(): string {
  return `case when x."full" < 3 or x."full" > s."top" + ${farAhead} then true
      else pg_visible_in_snapshot(x."full"::text::xid8, s."taken") end`;
}

export function columnsSql(table: MappedTable, alias: string, fields: readonly string[]): string {
  return fields.map((field) => toValueSql(table, field, alias)).join(', ');
}

/** Text is cast so that the padding stays in the database. */
function toValueSql(table: MappedTable, field: string, alias: string): string {
  const column = toColumnSql(table, field, alias);
  if (column === null) return 'null';
  return table.columns[field]?.kind === 'text' ? `${column}::text` : column;
}

function rowsSql(table: MappedTable, fields: readonly string[], ident: string): string {
  return `(select json_agg(json_build_array(${columnsSql(table, 'r', fields)}))
      from ${toTableSql(table)} r where ${toKeySql(table, 'ident', 'r')} = ${ident})`;
}

function qualificationsSql(mapping: Mapping, ident: string): string {
  const { qualification } = mapping;
  const entry = mapping['catalogue-entry'];
  return `(select json_agg(json_build_array(${columnsSql(qualification, 'q', learnerFields.qualification)},
        ${toValueSql(entry, 'title', 'c')}, ${hasUnitsSql(mapping)}))
      from ${toTableSql(qualification)} q
      left join ${toTableSql(entry)} c on ${toKeySql(entry, 'reference', 'c')} = ${toKeySql(qualification, 'reference', 'q')}
      where ${toKeySql(qualification, 'ident', 'q')} = ${ident})`;
}

/** Whether the qualification `q` has units attached (OF-45). */
export function hasUnitsSql({ qualification, unit }: Mapping): string {
  const isOfIt = ['ident', 'reference', 'seq'].map(
    (field) => `${toKeySql(unit, field, 'u')} = ${toKeySql(qualification, field, 'q')}`,
  );
  return `exists (select from ${toTableSql(unit)} u where ${isOfIt.join(' and ')})`;
}

function placementsSql(mapping: Mapping, ident: string): string {
  const { placement, organisation } = mapping;
  const code = toColumnSql(placement, 'organisation', 'p');
  const join = code === null ? 'false' : `${toKeySql(organisation, 'code', 'o')} = ${code}`;
  return `(select json_agg(json_build_array(${columnsSql(placement, 'p', learnerFields.placement)},
        ${toValueSql(organisation, 'name', 'o')}, ${toValueSql(organisation, 'externalId', 'o')}))
      from ${toTableSql(placement)} p left join ${toTableSql(organisation)} o on ${join}
      where ${toKeySql(placement, 'ident', 'p')} = ${ident})`;
}

/** Several main tags are not expected: then the first by name. */
function mainTagSql(mapping: Mapping, ident: string): string {
  const { tag } = mapping;
  const isMain = toColumnSql(tag, 'isMain', 'g');
  if (isMain === null) return 'null';
  return `(select min(${toKeySql(tag, 'name', 'g')}::text) from ${toTableSql(tag)} g
      where ${toKeySql(tag, 'ident', 'g')} = ${ident} and ${isMain} = 'Y')`;
}

/** Everybody named by the learner. A code without an officer is simply absent. */
function officersSql(mapping: Mapping, ident: string): string {
  const mainOfficer = toColumnSql(mapping.learner, 'mainOfficer', 't');
  const named = [mapping.qualification, mapping.review, mapping['related-officer']].flatMap((table) => {
    const code = toColumnSql(table, 'officer', 'n');
    if (code === null) return [];
    return [`select ${code} from ${toTableSql(table)} n where ${toKeySql(table, 'ident', 'n')} = ${ident}`];
  });
  const all = [...(mainOfficer === null ? [] : [`select ${mainOfficer}`]), ...named];
  if (all.length === 0) return 'null';
  return `(select json_agg(json_build_array(${columnsSql(mapping.officer, 'o', learnerFields.officer)}))
      from ${toTableSql(mapping.officer)} o
      where ${toKeySql(mapping.officer, 'code', 'o')} = any(array(${all.join(' union ')})))`;
}
