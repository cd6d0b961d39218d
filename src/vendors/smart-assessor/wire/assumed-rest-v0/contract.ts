import type {
  AssessorRecord,
  Capabilities,
  CourseRecord,
  EmployerRecord,
  Enrol,
  LearnerCourseRecord,
  LearnerRecord,
  Listing,
  Match,
  PortFailure,
  SessionRecord,
  UnitRecord,
} from '../../port.ts';
import type { Contract, ReadAnswer, Reading, Row, Site, WireOperations, WireRequest } from '../contract.ts';
import { type IdForm, idOf } from '../ids.ts';
import {
  createReadRow,
  type FieldTable,
  fieldsTaken,
  findUntaken,
  isOfLearner,
  joinSessions,
  type ListReading,
  matchMisId,
  needsLogin,
  type RecordKind,
  readList,
  rowsIn,
  type TableReader,
  type WireField,
  widthsOf,
} from '../records.ts';
import { isRow, textOf } from '../values.ts';
import { courseStatuses, sexes, staffRoles } from '../words.ts';
import { classifyRest } from './answers.ts';
import { basicKey, byToken } from './auth.ts';
import * as wire from './names.ts';

/*
 * The contract `assumed-rest-v0`: JSON over paths. Lists are bare arrays, whole and unpaged; a filter may be ignored, so
 * every row is compared with what was asked for. An update leaves alone what it does not name, and empty text clears.
 */

type Query = Readonly<Record<string, string | boolean | undefined>>;

/** One call of a route; ids take their places in the path. */
function request(
  route: string,
  {
    ids = [],
    query = {},
    body = null,
  }: { ids?: readonly string[]; query?: Query; body?: object | null } = {},
): WireRequest {
  const [method = '', template = ''] = route.split(' ');
  const rest = [...ids];
  const path = template.replace(/\{\w+\}/g, () => encodeURIComponent(rest.shift() ?? ''));
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const texts = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  const search = new URLSearchParams(texts).toString();
  return {
    name: route,
    method: method as WireRequest['method'],
    path: `${wire.base}${path}${search === '' ? '' : `?${search}`}`,
    content: body === null ? null : JSON.stringify(body),
  };
}

/** The list in an answer: an array, one element instead, or an array in an envelope. */
function listIn({ headers, body, readAtMs }: ReadAnswer): ListReading {
  const isPaged = wire.headers.link in headers || wire.headers.nextPage in headers;
  if (body.kind !== 'value') return { rows: null, isPaged, readAtMs };
  const { value } = body;
  const isEnvelope = isRow(value) && Array.isArray(value[wire.other.items]);
  const beside = isEnvelope ? Object.keys(value).length - 1 : 0;
  // Whatever stands beside the items may say that there are more.
  return {
    rows: rowsIn(isEnvelope ? value[wire.other.items] : value),
    isPaged: isPaged || beside > 0,
    readAtMs,
  };
}

function readerOf(kind: RecordKind, table: FieldTable, site: Site): TableReader {
  return { kind, table, capabilities: site.capabilities };
}

function reading<T>(value: T | null): Reading<T> {
  return value === null ? { kind: 'unreadable' } : { kind: 'value', value };
}

const done: Reading<null> = { kind: 'value', value: null };
const ping = { query: {} };

/** Roles as names; one that is not known is kept. */
function rolesOf(row: Row): readonly unknown[] {
  const given = rowsIn(row[wire.other.roles]) ?? [row[wire.other.roles]];
  const roles = given.map(textOf).filter((role) => role !== null);
  return roles.map((role) => staffRoles.oursOf(role) ?? { other: role });
}

const readers = {
  learners: (answer: ReadAnswer, site: Site) =>
    readList<LearnerRecord>(listIn(answer), { reader: readerOf('learner', wire.learner, site) }),
  employers: (answer: ReadAnswer, site: Site) =>
    readList<EmployerRecord>(listIn(answer), { reader: readerOf('employer', wire.employer, site) }),
  assessors: (answer: ReadAnswer, site: Site) =>
    readList<AssessorRecord>(listIn(answer), {
      reader: { ...readerOf('assessor', wire.assessor, site), extra: { field: 'roles', read: rolesOf } },
    }),
};

/** A group comes as one row with its learners inside: a row for each of them is made of it. */
function sessionRows(row: unknown): unknown[] {
  const inner = isRow(row) ? row[wire.other.learners] : undefined;
  const learners = inner === undefined || inner === null ? null : rowsIn(inner);
  if (!isRow(row) || learners === null) return [row];
  const { [wire.other.learners]: _, ...shared } = row;
  return learners.map((one) => (isRow(one) ? { ...shared, ...one } : one));
}

function courseIdsOf(row: Row): readonly unknown[] {
  const several = row[wire.other.courseIds];
  const given = several === undefined ? [row[wire.other.courseId]] : (rowsIn(several) ?? [several]);
  const ids = given.map((one) => idOf(one, 'text')).filter((one) => one !== null && one !== 'bad');
  return [...new Set(ids)].toSorted();
}

function readSessions(
  answer: ReadAnswer,
  learnerId: string | undefined,
  site: Site,
): Listing<SessionRecord> | null {
  const list = listIn(answer);
  return readList<SessionRecord>(
    { ...list, rows: list.rows?.flatMap(sessionRows) ?? null },
    {
      reader: {
        ...readerOf('session', wire.session, site),
        extra: { field: 'courseIds', read: courseIdsOf },
      },
      isWanted: isOfLearner(learnerId),
      join: joinSessions,
    },
  );
}

/** What a field is on the wire. */
function valueOut(field: string, { kind }: WireField, value: string): string | number {
  if (kind.is === 'id' && kind.form === 'digits') return Number(value);
  if (field === 'sex') return sexes.nameOf(value as 'male' | 'female');
  return field === 'employerSize' ? sizeBand(value) : value;
}

/** The bands are assumed. A text that is no head count goes as it is. */
function sizeBand(size: string): string {
  if (!/^\d{1,9}$/.test(size.trim())) return size;
  const count = Number(size);
  return count >= 250 ? '250+' : count >= 50 ? '50-249' : '1-49';
}

/** The body of a create or an update: nested where the wire nests. */
function bodyOf(table: FieldTable, input: object, by: 'create' | 'update'): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { field, wire: place, value } of fieldsTaken(table, input as Record<string, unknown>, by)) {
    const shown = value === null ? '' : valueOut(field, place, value);
    const [outer = '', inner] = place.at.split('.');
    if (inner === undefined) body[outer] = shown;
    else body[outer] = { ...(body[outer] as object | undefined), [inner]: shown };
  }
  return body;
}

function createdId({ body }: ReadAnswer, form: IdForm): Reading<string> {
  if (body.kind === 'nothing') return { kind: 'empty-id' };
  if (body.kind !== 'value' || !isRow(body.value)) return { kind: 'unreadable' };
  const created = idOf(body.value[wire.other.createdId], form);
  if (created === null) return { kind: 'empty-id' };
  return created === 'bad' ? { kind: 'unreadable' } : { kind: 'value', value: created };
}

/** A find by the filter, which may be ignored. Archived records count too. */
function findBy<T extends { readonly id: string; readonly misId: string | null }>(
  route: string,
  read: (answer: ReadAnswer, site: Site) => Listing<T> | null,
) {
  return {
    effect: 'read' as const,
    requests: ({ misId }: { readonly misId: string }): readonly WireRequest[] => [
      request(route, {
        query: {
          [wire.other.misId]: misId,
          ...(route !== wire.routes.employers && { [wire.other.includeArchived]: true }),
        },
      }),
    ],
    read: (answer: ReadAnswer, { misId }: { readonly misId: string }, site: Site): Reading<Match<T>> => {
      const listing = read(answer, site);
      return reading(listing === null ? null : matchMisId(listing, misId, site.capabilities.misIdForm));
    },
  };
}

function byLearner(route: string) {
  return ({ learnerId }: { readonly learnerId?: string }, { capabilities }: Site): readonly WireRequest[] => [
    request(route, {
      query: { [wire.other.learnerId]: capabilities.filterByLearner ? learnerId : undefined },
    }),
  ];
}

function enrolBody(input: Enrol, { secondAssessor }: Capabilities): object {
  const { enrolment } = wire;
  return {
    [enrolment.courseId]: input.courseId,
    ...(input.qanCode !== null && { [enrolment.qanCode]: input.qanCode }),
    [enrolment.startDate]: input.startDate,
    ...(input.endDate !== undefined && { [enrolment.endDate]: input.endDate }),
    [enrolment.status]: courseStatuses.nameOf('awaiting-induction'),
    ...(input.assessorId !== undefined && { [enrolment.assessorId]: input.assessorId }),
    ...(secondAssessor &&
      input.secondAssessorId !== undefined && { [enrolment.secondAssessorId]: input.secondAssessorId }),
  };
}

const { routes } = wire;

const misIdRoutes = {
  learner: { route: routes.updateLearner, table: wire.learner },
  employer: { route: routes.updateEmployer, table: wire.employer },
  assessor: { route: routes.updateAssessor, table: wire.assessor },
} as const;

const operations: WireOperations = {
  'test-connection': {
    effect: 'read',
    requests: () => [request(routes.ping, ping)],
    read: () => ({ kind: 'value', value: { latencyMs: 0 } }),
  },
  'read-courses': {
    effect: 'read',
    requests: () => [request(routes.courses)],
    read: (answer, _, site) =>
      reading(readList<CourseRecord>(listIn(answer), { reader: readerOf('course', wire.course, site) })),
  },
  'read-employers': {
    effect: 'read',
    requests: () => [request(routes.employers)],
    read: (answer, _, site) => reading(readers.employers(answer, site)),
  },
  'read-assessors': {
    effect: 'read',
    requests: ({ includeArchived }) => [
      request(routes.assessors, { query: { [wire.other.includeArchived]: includeArchived } }),
    ],
    read: (answer, _, site) => reading(readers.assessors(answer, site)),
  },
  'read-learners': {
    effect: 'read',
    requests: ({ includeArchived }) => [
      request(routes.learners, { query: { [wire.other.includeArchived]: includeArchived } }),
    ],
    read: (answer, _, site) => reading(readers.learners(answer, site)),
  },
  'read-learner': {
    effect: 'read',
    requests: ({ id }) => [request(routes.learner, { ids: [id] })],
    read: (answer, { id }, site) => readOneLearner(answer, id, site),
  },
  'read-learner-courses': {
    effect: 'read',
    requests: byLearner(routes.learnerCourses),
    read: (answer, { learnerId }, site) =>
      reading(
        readList<LearnerCourseRecord>(listIn(answer), {
          reader: readerOf('learner-course', wire.learnerCourse, site),
          isWanted: isOfLearner(learnerId),
        }),
      ),
  },
  'read-sessions': {
    effect: 'read',
    requests: byLearner(routes.sessions),
    read: (answer, { learnerId }, site) => reading(readSessions(answer, learnerId, site)),
  },
  'read-units': {
    effect: 'read',
    requests: ({ learnerId, courseId }) => [request(routes.units, { ids: [learnerId, courseId] })],
    read: (answer, _, site) =>
      reading(readList<UnitRecord>(listIn(answer), { reader: readerOf('unit', wire.unit, site) })),
  },
  'find-learner': findBy<LearnerRecord>(routes.learners, readers.learners),
  'find-employer': findBy<EmployerRecord>(routes.employers, readers.employers),
  'find-assessor': findBy<AssessorRecord>(routes.assessors, readers.assessors),
  'create-employer': {
    effect: 'guarded',
    requests: (input) => [request(routes.createEmployer, { body: bodyOf(wire.employer, input, 'create') })],
    read: (answer) => createdId(answer, 'digits'),
  },
  'create-assessor': {
    effect: 'guarded',
    requests: (input) =>
      needsLogin(input.userName ?? input.email) ?? [
        request(routes.createAssessor, {
          body: {
            ...bodyOf(wire.assessor, input, 'create'),
            [wire.other.roles]: [wire.other.assessorRole],
          },
        }),
      ],
    read: (answer) => createdId(answer, 'text'),
  },
  'create-learner': {
    effect: 'guarded',
    requests: ({ sendWelcomeEmail, ...fields }, { capabilities }) => [
      request(routes.createLearner, {
        body: {
          ...bodyOf(wire.learner, capabilities.studentId ? fields : { ...fields, studentId: null }, 'create'),
          // Never left out: what the vendor does without it is not known (SA-2).
          ...(capabilities.welcomeEmailFlag && { [wire.other.sendWelcomeEmail]: sendWelcomeEmail }),
        },
      }),
    ],
    read: (answer) => createdId(answer, 'text'),
  },
  'update-learner': {
    effect: 'repeatable',
    requests: ({ id, fields }, { capabilities }) =>
      findUntaken(wire.learner, fields, capabilities.updatableLearnerFields) ?? [
        request(routes.updateLearner, { ids: [id], body: bodyOf(wire.learner, fields, 'update') }),
      ],
    read: () => done,
  },
  'update-assessor': {
    effect: 'repeatable',
    requests: ({ id, fields }) =>
      findUntaken(wire.assessor, fields) ?? [
        request(routes.updateAssessor, { ids: [id], body: bodyOf(wire.assessor, fields, 'update') }),
      ],
    read: () => done,
  },
  'enrol-on-course': {
    effect: 'guarded',
    requests: (input, { capabilities }) => [
      request(routes.enrol, { ids: [input.learnerId], body: enrolBody(input, capabilities) }),
    ],
    read: () => done,
  },
  'set-assessor': {
    effect: 'repeatable',
    requests: ({ learnerId, courseId, assessorId }) => [
      request(routes.setAssessor, {
        ids: [learnerId, courseId],
        body: { [wire.enrolment.assessorId]: assessorId },
      }),
    ],
    read: () => done,
  },
  'set-second-assessor': {
    effect: 'repeatable',
    requests: ({ learnerId, courseId, assessorId }) => [
      request(routes.setSecondAssessor, {
        ids: [learnerId, courseId],
        body: { [wire.enrolment.assessorId]: assessorId },
      }),
    ],
    read: () => done,
  },
  'write-mis-id': {
    effect: 'repeatable',
    requests: ({ kind, id, misId }) => {
      const { route, table } = misIdRoutes[kind];
      return [request(route, { ids: [id], body: bodyOf(table, { misId }, 'update') })];
    },
    read: () => done,
  },
};

/** An answer that shows another record than the one asked for is no answer. */
function readOneLearner(
  answer: ReadAnswer,
  id: string,
  site: Site,
): Reading<LearnerRecord | null> | PortFailure {
  const value = answer.body.kind === 'value' ? answer.body.value : null;
  const [row] = rowsIn(value) ?? [];
  if (!isRow(row)) return { kind: 'unreadable' };
  const { record } = createReadRow(readerOf('learner', wire.learner, site))(row);
  const learner = record as unknown as LearnerRecord | null;
  if (learner === null || learner.id.toLowerCase() !== id.trim().toLowerCase()) return { kind: 'unreadable' };
  return { kind: 'value', value: learner };
}

export const assumedRestV0: Contract = {
  id: 'assumed-rest-v0',
  trust: 'assumed',
  format: 'json',
  needs: ['userName', 'password', 'clientKey'],
  takesMisIdForm: false,
  capabilities: wire.capabilities,
  names: wire.names,
  widths: {
    learner: widthsOf(wire.learner),
    employer: widthsOf(wire.employer),
    assessor: widthsOf(wire.assessor),
  },
  auth: { 'basic-key': basicKey, token: byToken },
  operations,
  classify: classifyRest,
};
