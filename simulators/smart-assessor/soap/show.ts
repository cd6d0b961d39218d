/*
 * Records as SOAP shows them: one element a record, one child a field, every value as text. Words are labels. Blanks are
 * nil, empty or left out, as the switch says.
 */

import { timelinePc } from '../core/courses.ts';
import { FIELDS, type Field, idOf, type Kind, type Row, type Value } from '../core/fields.ts';
import { dirtied, dirtyDate, showId, showPercent, showWord } from '../core/look.ts';
import { courseQan, rowsOf, type SessionRow } from '../core/sessions.ts';
import { PASSWORD_CANARY } from '../credential.ts';
import type { SwitchValues } from '../switches.ts';
import type { World } from '../world.ts';
import { escapeXml, writeElement } from './xml.ts';

const ASSESSOR_BITS = 3072;
const IQA_BITS = 512;

export function readUserType(text: string): Value | undefined {
  if (!/^\d{1,9}$/.test(text.trim())) return undefined;
  const bits = Number(text);
  const roles = [
    ...((bits & ASSESSOR_BITS) === ASSESSOR_BITS ? ['assessor'] : []),
    ...((bits & IQA_BITS) === IQA_BITS ? ['iqa'] : []),
  ];
  return roles.length === 0 ? undefined : roles;
}

function showUserType(roles: readonly string[], form: SwitchValues['g1-user-type-read']): string {
  const known = [
    { role: 'assessor', bits: ASSESSOR_BITS, label: 'Assessor' },
    { role: 'iqa', bits: IQA_BITS, label: 'Internal Quality Assurer' },
  ].filter(({ role }) => roles.includes(role));
  if (form === 'label') return known.map(({ label }) => label).join(', ');
  return String(known.reduce((sum, { bits }) => sum + bits, 0));
}

function showDate(local: string, form: 'dd/mm/yyyy' | 'yyyy/mm/dd' | 'yyyy-mm-dd'): string {
  const [year = '', month = '', day = ''] = local.slice(0, 10).split('-');
  switch (form) {
    case 'dd/mm/yyyy':
      return `${day}/${month}/${year}`;
    case 'yyyy/mm/dd':
      return `${year}/${month}/${day}`;
    case 'yyyy-mm-dd':
      return `${year}-${month}-${day}`;
  }
}

function showText(
  { switches }: World,
  { name, type }: Pick<Field, 'name' | 'type'>,
  value: Value,
  id: string,
): string {
  const isDirty = switches['dirty-data'] === 'on';
  switch (type) {
    case 'id':
      return showId(String(value), switches);
    case 'date':
      if (isDirty) return dirtyDate(String(value), id);
      return showDate(String(value), name === 'dateOfBirth' ? switches['g1-dob-read'] : 'yyyy-mm-dd');
    case 'time':
      if (isDirty) return dirtyDate(String(value), id);
      return `${showDate(String(value), 'dd/mm/yyyy')} ${String(value).slice(11)}`;
    case 'percent':
      return String(showPercent(value as number, switches));
    case 'roles':
      return showUserType(value as readonly string[], switches['g1-user-type-read']);
    case 'status':
    case 'sessionType':
    case 'sessionStatus':
      return showWord(type, String(value), 'label');
    default:
      return String(value);
  }
}

function element(
  world: World,
  tag: string,
  field: Pick<Field, 'name' | 'type'>,
  given: Value,
  id: string,
): string {
  const { switches } = world;
  const value = switches['dirty-data'] === 'on' ? dirtied(field, given, id) : given;
  if (value !== null) return writeElement(tag, escapeXml(showText(world, field, value, id)));
  switch (switches['null-form']) {
    case 'null':
      return `<${tag} xsi:nil="true"/>`;
    case 'empty':
      return `<${tag}/>`;
    case 'omit':
      return '';
  }
}

const soapFields = (kind: Kind): readonly (Field & { g1: string })[] =>
  FIELDS[kind].filter(
    (field): field is Field & { g1: string } =>
      field.g1 !== null && (field.shown === 'both' || field.shown === 'soap'),
  );

const fieldsText = (world: World, kind: Kind, row: Row, names?: readonly string[]): string =>
  soapFields(kind)
    .filter(({ name }) => names === undefined || names.includes(name))
    .map((field) => element(world, field.g1, field, row[field.name] ?? null, idOf(kind, row)))
    .join('');

export const employerText = (world: World, row: Row): string =>
  writeElement('Employer', fieldsText(world, 'employers', row));

export function learnerText(world: World, row: Row): string {
  const employer = world.store.get('employers', String(row['employerId']));
  const misId = element(
    world,
    'EmployerPartnerId',
    { name: 'misId', type: 'id' },
    employer?.['misId'] ?? null,
    '',
  );
  return writeElement('Learner', fieldsText(world, 'learners', row) + misId);
}

export const assessorText = (world: World, row: Row): string =>
  writeElement('Assessor', `${fieldsText(world, 'assessors', row)}<Password>${PASSWORD_CANARY}</Password>`);

export const courseText = (world: World, row: Row): string =>
  writeElement('CourseDisplay', fieldsText(world, 'courses', row));

const LINK = ['courseId', 'learnerId', 'assessorId', 'qanCode', 'title'];

/** The links, the figures, or both: the two reads may each fill their part only. */
export function learnerCourseText(world: World, row: Row, part: 'links' | 'figures'): string {
  const isSplit = world.switches['g1-progress-rows'] === 'split';
  const id = idOf('learnerCourses', row);
  const one = (tag: string, name: string, type: Field['type'], value: Value): string =>
    element(world, tag, { name, type }, value, id);
  const has = (name: string): boolean =>
    !isSplit || name === 'courseId' || name === 'learnerId' || (part === 'links') === LINK.includes(name);
  const text: string[] = [
    one('SmartAssessorId', 'courseId', 'id', row['courseId'] ?? null),
    one('LearnerSmartAssessorId', 'learnerId', 'id', row['learnerId'] ?? null),
  ];
  if (has('assessorId'))
    text.push(one('AssessorSmartAssessorId', 'assessorId', 'id', row['assessorId'] ?? null));
  if (has('qanCode')) text.push(one('QANCode', 'qanCode', 'text', row['qanCode'] ?? null));
  if (has('title')) text.push(one('QualificationTitle', 'title', 'text', row['title'] ?? null));
  if (has('progress')) {
    text.push(
      one('Progress', 'progress', 'percent', row['progressAssessedPc'] ?? null),
      one('Progress_AssessedPC', 'progressAssessedPc', 'percent', row['progressAssessedPc'] ?? null),
      one('Progress_MappedPC', 'progressMappedPc', 'percent', row['progressMappedPc'] ?? null),
      one('TimeLinePerc', 'timelinePc', 'percent', timelinePc(world, row)),
      one('CourseStatus', 'status', 'status', row['status'] ?? null),
    );
  }
  if (row['misId'] !== null) text.push(one('PartnerId', 'misId', 'id', row['misId'] ?? null));
  return writeElement('CourseProgress', text.join(''));
}

/** A row for each learner and course of a session; only the first where the switch says so. */
export function sessionTexts(world: World, session: Row): string[] {
  const rows = rowsOf(session);
  const shown = world.switches['session-shape'] === 'rows' ? rows : rows.slice(0, 1);
  return shown.map((row) => sessionText(world, row));
}

function sessionText(world: World, { session, learnerId, courseId, status }: SessionRow): string {
  const id = String(session['id']);
  const one = (tag: string, name: string, type: Field['type'], value: Value): string =>
    element(world, tag, { name, type }, value, id);
  return writeElement(
    'Session',
    [
      one('SmartAssessorId', 'id', 'id', id),
      one('LearnerSmartAssessorId', 'learnerId', 'id', learnerId),
      one('QANCode', 'qanCode', 'text', courseQan(world, courseId)),
      one('Status', 'status', 'sessionStatus', status),
      fieldsText(
        world,
        'sessions',
        session,
        soapFields('sessions')
          .map(({ name }) => name)
          .filter((name) => name !== 'id'),
      ),
    ].join(''),
  );
}

export const batchText = (world: World, row: Row): string =>
  writeElement('BatchDetailDisplay', fieldsText(world, 'batches', row));
