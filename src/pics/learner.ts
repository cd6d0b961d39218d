import {
  holdsIdsOfVendor,
  type Learner,
  type Officer,
  type Placement,
  type Qualification,
  type Review,
} from '../domain/learner.ts';
import type { VendorColumns } from '../domain/ports.ts';
import { type FieldValue, toFieldValue, toText, unchangedMark } from './changes.ts';
import { type MappedTable, type Mapping, toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import { referenceTables, type TableName } from './tables.ts';

/** The fields read from each table, in the order in which the result lists them. */
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
  episode: ['expectedEndOn', 'risk', 'ident'], // `ident`: null where there is no such row
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
    'ident', // null where there is no such row (D-20)
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
  officer: ['code', 'firstName', 'surname', 'email', 'externalId', 'status'],
  'related-officer': ['relation', 'officer'],
} as const;

/**
 * A transaction id this far ahead of the snapshot comes from another history, such as before a restore of
 * the database. The read does not wait for it.
 */
const farAhead = 1_000_000;
const wrap = 2 ** 32;

/**
 * Builds the statement that reads learners and checks the visibility of transactions in one snapshot (D-3).
 *
 * A change event may arrive before its transaction is visible to other sessions. Two statements could see
 * two snapshots, so ONE statement does both: the common table expression `snap` keeps its snapshot, `seen`
 * tests each transaction id against that snapshot, and `learners` reads the rows.
 *
 * $1: idents; $2: 32-bit transaction ids. The result is one row: `seen` holds [txId, visible] pairs, and
 * `learners` nested arrays in the order of `learnerFields`. Arrays need half the bytes of objects.
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

/**
 * Builds the expression for [txId, visible] pairs of the transactions in $2, tested against the snapshot of
 * `snap`.
 */
export function toSeenSql(): string {
  return `(select json_agg(json_build_array(x."id", ${visibilitySql()}))
    from "snap" s, lateral (select "id", ${toFullXidSql('"id"', 's."top"')} as "full"
      from unnest($2::bigint[]) as u("id")) x)`;
}

/**
 * Builds the expression that extends a 32-bit id to 64 bits. It chooses the epoch that brings the id
 * nearest to `top`, also across a wraparound.
 */
export function toFullXidSql(id: string, top: string): string {
  // `%` keeps the sign of its left operand; hence the second `%`.
  return `(${top} + (((${id} - ${top} + ${wrap / 2}) % ${wrap} + ${wrap}) % ${wrap}) - ${wrap / 2})`;
}

function visibilitySql(): string {
  return `case when x."full" < 3 or x."full" > s."top" + ${farAhead} then true
      else pg_visible_in_snapshot(x."full"::text::xid8, s."taken") end`;
}

export function columnsSql(table: MappedTable, alias: string, fields: readonly string[]): string {
  return fields.map((field) => toValueSql(table, field, alias)).join(', ');
}

/** Text columns are cast to `text`, so that the padding of char(n) is not transferred. */
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

/** Several main tags are not expected. If there are several, the first by name is used. */
function mainTagSql(mapping: Mapping, ident: string): string {
  const { tag } = mapping;
  const isMain = toColumnSql(tag, 'isMain', 'g');
  if (isMain === null) return 'null';
  return `(select min(${toKeySql(tag, 'name', 'g')}::text) from ${toTableSql(tag)} g
      where ${toKeySql(tag, 'ident', 'g')} = ${ident} and ${isMain} = 'Y')`;
}

/** All officers that the learner names. A code without an officer row is left out. */
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

type Values = Readonly<Record<string, FieldValue>>;
type Cells = readonly unknown[];

/** The parts of a learner as the statements return them, each in the order of `learnerFields`. */
type LearnerCells = {
  readonly own: Cells;
  readonly episode: Cells;
  readonly details: Cells;
  readonly mainTag: unknown;
  readonly qualifications: unknown;
  readonly reviews: unknown;
  readonly placements: unknown;
  readonly related: unknown;
  readonly officers: unknown;
};

/** Splits one nested array of `toLearnerSql`. */
export function toLearnerCells(cells: Cells): LearnerCells {
  const episodeAt = learnerFields.learner.length;
  const detailsAt = episodeAt + learnerFields.episode.length;
  const restAt = detailsAt + learnerFields['learner-details'].length;
  const [mainTag, qualifications, reviews, placements, related, officers] = cells.slice(restAt);
  return {
    own: cells.slice(0, episodeAt),
    episode: cells.slice(episodeAt, detailsAt),
    details: cells.slice(detailsAt, restAt),
    mainTag,
    qualifications,
    reviews,
    placements,
    related,
    officers,
  };
}

/**
 * Builds a learner from the arrays of cells that the statements return.
 *
 * The cells of each table are named after the fields that were selected (`toValues`) and converted by the
 * kind of their column. Lists are sorted, so that equal rows give equal learners whatever order the
 * database returns.
 */
export function toLearner(cells: LearnerCells): Learner {
  const own = toValues('learner', learnerFields.learner, cells.own);
  const episode = toValues('episode', learnerFields.episode, cells.episode);
  const details = toValues('learner-details', learnerFields['learner-details'], cells.details);
  const text = (values: Values, field: string): string | null => toText(values[field]);
  return {
    ident: text(own, 'ident') ?? '',
    title: text(own, 'title'),
    firstName: text(own, 'firstName'),
    surname: text(own, 'surname'),
    sex: text(own, 'sex'),
    birthDate: text(own, 'birthDate'),
    niNumber: text(own, 'niNumber'),
    address: ['address1', 'address2', 'address3', 'address4'].map((field) => text(own, field)),
    postcode: text(own, 'postcode'),
    phone: text(own, 'phone'),
    mobile: text(own, 'mobile'),
    email: text(details, 'email'),
    uln: text(details, 'uln'),
    lrn: text(details, 'lrn'),
    ethnicity: text(details, 'ethnicity'),
    disability: text(details, 'disability'),
    primaryDifficulty: text(details, 'primaryDifficulty'),
    status: text(own, 'status'),
    isSuspended: text(own, 'suspended')?.toUpperCase() === 'Y',
    site: text(own, 'site'),
    mainOfficer: text(own, 'mainOfficer'),
    startOn: text(own, 'startOn'),
    endOn: text(own, 'endOn'),
    expectedEndOn: text(episode, 'expectedEndOn'),
    risk: text(episode, 'risk'),
    hasEpisode: text(episode, 'ident') !== null,
    activePortfolio: toPortfolio(text(details, 'activePortfolio')),
    oneFileId: text(details, 'oneFileId'),
    smartAssessorId: text(details, 'smartAssessorId'),
    hasDetails: text(details, 'ident') !== null,
    mainTag: toText(cells.mainTag),
    qualifications: toRows(cells.qualifications)
      .map(toQualification)
      .sort(by(({ key }) => key)),
    reviews: toRows(cells.reviews)
      .map(toReview)
      .sort(by(({ proposedAt, id }) => `${proposedAt ?? ''} ${id}`)),
    placements: toRows(cells.placements)
      .map(toPlacement)
      .sort((a, b) => a.seq - b.seq),
    officers: toRows(cells.officers)
      .map(toOfficer)
      .sort(by(({ code }) => code)),
    relatedOfficers: toRows(cells.related)
      .map(toRelated)
      .sort(by(({ relation, code }) => `${relation} ${code}`)),
  };
}

function toQualification(cells: Cells): Qualification {
  const values = toValues('qualification', learnerFields.qualification, cells);
  const [title, hasUnits] = cells.slice(learnerFields.qualification.length);
  const reference = toText(values['reference']) ?? '';
  const seq = Number(values['seq']);
  return {
    key: `${reference}/${seq}`,
    reference,
    seq,
    title: toText(title),
    type: toText(values['type']),
    startOn: toText(values['startOn']),
    expectedEndOn: toText(values['expectedEndOn']),
    endOn: toText(values['endOn']),
    officer: toText(values['officer']),
    registrationNumber: toText(values['registrationNumber']),
    registeredOn: toText(values['registeredOn']),
    certificateAppliedOn: toText(values['certificateAppliedOn']),
    certificateReceivedOn: toText(values['certificateReceivedOn']),
    elementsTotal: toCount(values['elementsTotal']),
    elementsDone: toCount(values['elementsDone']),
    hasUnits: hasUnits === true,
  };
}

function toReview(cells: Cells): Review {
  const values = toValues('review', learnerFields.review, cells);
  return {
    id: toText(values['id']) ?? '',
    type: toText(values['type']),
    proposedAt: toText(values['proposedAt']),
    actualAt: toText(values['actualAt']),
    attended: toAttended(toText(values['attended'])),
    officer: toText(values['officer']),
    learnerSignedOn: toText(values['learnerSignedOn']),
    oneFileId: toText(values['oneFileId']),
    smartAssessorId: toText(values['smartAssessorId']),
  };
}

function toPlacement(cells: Cells): Placement {
  const values = toValues('placement', learnerFields.placement, cells);
  return {
    seq: Number(values['seq']),
    organisation: toText(values['organisation']),
    organisationName: toText(cells[learnerFields.placement.length]),
    organisationExternalId: toText(cells[learnerFields.placement.length + 1]),
    type: toText(values['type']),
    startOn: toText(values['startOn']),
    endOn: toText(values['endOn']),
  };
}

function toOfficer(cells: Cells): Officer {
  const values = toValues('officer', learnerFields.officer, cells);
  return {
    code: toText(values['code']) ?? '',
    firstName: toText(values['firstName']),
    surname: toText(values['surname']),
    email: toText(values['email']),
    externalId: toText(values['externalId']),
    isDormant: isDormant(toText(values['status'])),
  };
}

function toRelated(cells: Cells): { relation: string; code: string } {
  const values = toValues('related-officer', learnerFields['related-officer'], cells);
  return { relation: toText(values['relation']) ?? '', code: toText(values['officer']) ?? '' };
}

/** An unknown letter is not blank, and only blank qualifies for an upload (OF-9). So it counts as Unknown. */
function toAttended(letter: string | null): 'Y' | 'N' | 'U' | null {
  if (letter === null) return null;
  const upper = letter.toUpperCase();
  return upper === 'Y' || upper === 'N' ? upper : 'U';
}

export function toPortfolio(letter: string | null): Learner['activePortfolio'] {
  if (letter === null) return null;
  const upper = letter.toUpperCase();
  return upper === 'O' || upper === 'S' ? upper : 'other';
}

/** D-20, from the letter of the active portfolio as PICS has it. */
export function isIdOf(column: VendorColumns['learner'], letter: string | null): boolean {
  return holdsIdsOfVendor(column, toPortfolio(letter));
}

/** L live, D dormant. */
export function isDormant(status: string | null): boolean {
  return status?.toUpperCase() === 'D';
}

function toCount(value: FieldValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function toValues<T extends TableName>(table: T, fields: readonly string[], cells: Cells): Values {
  const columns: Readonly<Record<string, readonly [string, 'text' | 'date']>> = referenceTables[table]
    .columns as never;
  const values: Record<string, FieldValue> = {};
  fields.forEach((field, index) => {
    const value = toFieldValue(cells[index], columns[field]?.[1] ?? 'text');
    values[field] = value === unchangedMark ? null : value;
  });
  return values;
}

function toRows(value: unknown): Cells[] {
  return Array.isArray(value) ? value : [];
}

function by<T>(toSortKey: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [toSortKey(a), toSortKey(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
