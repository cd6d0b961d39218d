import type {
  AssessorFields,
  AssessorRecord,
  Capabilities,
  CourseRecord,
  EmployerFields,
  EmployerRecord,
  LearnerCourseRecord,
  LearnerFields,
  LearnerRecord,
  Listing,
  Operation,
  PortFailure,
  RejectedCode,
  SessionRecord,
} from '../../port.ts';
import {
  type Contract,
  type Effect,
  type RawAnswer,
  type ReadAnswer,
  type Reading,
  type Row,
  type Site,
  serverFailure,
  type WireOperation,
  type WireOperations,
  type WireRequest,
} from '../contract.ts';
import { slashDate } from '../dates.ts';
import { type IdForm, idOf } from '../ids.ts';
import {
  createReadRow,
  type FieldTable,
  fieldsNamedIn,
  fieldsTaken,
  findUntaken,
  joinListings,
  joinSessions,
  needsLogin,
  type ReadRow,
  type RecordKind,
  rowsIn,
  type TableReader,
  toListing,
  widthsOf,
} from '../records.ts';
import { isRow, textOf } from '../values.ts';
import { courseStatuses, sexes, staffRoles } from '../words.ts';
import { byHeaderBlock, type Child, faultOf, operationRequest, resultOf } from './envelope.ts';
import * as wire from './names.ts';

/*
 * The contract `soap-g1`: SOAP 1.2, whole lists alone. No read takes an argument, so one record is found by reading all
 * of its kind. What a learner is on comes from two lists that each may show a part. All refusals are faults.
 */

const { operationNames: ops, elements } = wire;

/** The table with the name under which this site knows the partner's id. */
function tableFor(table: FieldTable, { g1 }: Site): FieldTable {
  const misId = table['misId'];
  return misId === undefined ? table : { ...table, misId: { ...misId, at: g1.partnerIdName } };
}

type ListOptions = {
  /** Several: each shows a part. */
  readonly operations: readonly string[];
  readonly element: string;
  readonly kind: RecordKind;
  readonly table: FieldTable;
  readonly extra?: TableReader['extra'];
};

function readerOf({ kind, table, extra }: ListOptions, site: Site): TableReader {
  const { capabilities } = site;
  return { kind, table: tableFor(table, site), capabilities, ...(extra !== undefined && { extra }) };
}

/** The list in an answer whose records were read as their elements ended. */
function list<T>({ body, request, readAtMs }: ReadAnswer, { element, kind }: ListOptions): Listing<T> | null {
  const result = resultOf(body, request);
  // An element without content is a list without rows; text in its place is no list.
  const isEmpty = result === null || (typeof result === 'string' && result.trim() === '');
  const rows = isRow(result) ? rowsIn(result[element]) : isEmpty ? [] : null;
  if (rows === null) return null;
  const how = kind === 'session' ? { join: joinSessions } : {};
  return toListing<T>({ rows: rows as readonly ReadRow[], isPaged: false, readAtMs }, kind, how);
}

/** A mask of bits, or words with commas between them. */
function rolesOf(row: Row): readonly unknown[] {
  const given = textOf(row[wire.userType.element]);
  if (given === null) return [];
  if (!/^\d{1,9}$/.test(given)) {
    const words = given.split(',').map((word) => word.trim());
    return words.map((word) => staffRoles.oursOf(word) ?? { other: word });
  }
  const bits = Number(given);
  const roles = [
    ...((bits & wire.userType.assessorBits) === wire.userType.assessorBits ? ['assessor'] : []),
    ...((bits & wire.userType.iqaBits) === wire.userType.iqaBits ? ['iqa'] : []),
  ];
  return roles.length === 0 ? [{ other: given }] : roles;
}

const lists = {
  learners: { operations: [ops.learners], element: elements.learner, kind: 'learner', table: wire.learner },
  employers: {
    operations: [ops.employers],
    element: elements.employer,
    kind: 'employer',
    table: wire.employer,
  },
  assessors: {
    operations: [ops.assessors],
    element: elements.assessor,
    kind: 'assessor',
    table: wire.assessor,
    extra: { field: 'roles', read: rolesOf },
  },
  courses: { operations: [ops.courses], element: elements.course, kind: 'course', table: wire.course },
  learnerCourses: {
    operations: [ops.learnerCourses, ops.progress],
    element: elements.learnerCourse,
    kind: 'learner-course',
    table: wire.learnerCourse,
  },
  sessions: { operations: [ops.sessions], element: elements.session, kind: 'session', table: wire.session },
} as const satisfies Readonly<Record<string, ListOptions>>;

function reading<T>(value: T | null): Reading<T> {
  return value === null ? { kind: 'unreadable' } : { kind: 'value', value };
}

function calls(operations: readonly string[]) {
  return (_input: unknown, site: Site): readonly WireRequest[] =>
    operations.map((operation) => operationRequest(site, operation));
}

function readAll<T>(options: ListOptions) {
  return {
    effect: 'read' as const,
    requests: calls(options.operations),
    records: (site: Site) => ({ element: options.element, read: createReadRow(readerOf(options, site)) }),
    read: (answer: ReadAnswer) => reading(list<T>(answer, options)),
    join: (one: Listing<T>, other: Listing<T>) => joinListings(options.kind, one, other),
  };
}

/** The fields of an argument as text, in the order of the table. On an update empty text clears. */
function childrenOf(table: FieldTable, input: object, by: 'create' | 'update', site: Site): Child[] {
  return fieldsTaken(tableFor(table, site), input as Record<string, unknown>, by).map(
    ({ field, wire: place, value }) => [
      place.at,
      value === null ? '' : valueOut(field, value, site.capabilities),
    ],
  );
}

function valueOut(field: string, value: string, { misIdForm }: Capabilities): string {
  switch (field) {
    case 'sex':
      return sexes.nameOf(value as 'male' | 'female');
    case 'dateOfBirth':
      return slashDate(value);
    case 'misId':
      return misIdForm === 'integer' ? value.trim().replace(/^0+(?=\d)/, '') : value;
    default:
      return value;
  }
}

function createdId(form: IdForm) {
  return ({ body, request }: ReadAnswer): Reading<string> => {
    const result = resultOf(body, request);
    if (result === undefined || isRow(result) || Array.isArray(result)) return { kind: 'unreadable' };
    const created = idOf(result, form);
    if (created === null) return { kind: 'empty-id' };
    return created === 'bad' ? { kind: 'unreadable' } : { kind: 'value', value: created };
  };
}

function accepted({ body, request }: ReadAnswer): Reading<null> {
  return resultOf(body, request) === undefined ? { kind: 'unreadable' } : { kind: 'value', value: null };
}

/** Before any call: a partner's id that this site can only keep as a number. */
function misIdFault(misId: unknown, { capabilities }: Site): PortFailure | null {
  const isText = typeof misId === 'string' && misId.trim() !== '' && !/^\d+$/.test(misId.trim());
  if (capabilities.misIdForm === 'text' || !isText) return null;
  return { kind: 'rejected', code: 'invalid-field', fields: ['misId'], detail: '' };
}

type Fields = Partial<LearnerFields> | Partial<EmployerFields> | Partial<AssessorFields>;

function create(operation: string, element: string, table: FieldTable, added: readonly Child[] = []) {
  return (input: Fields, site: Site): readonly WireRequest[] | PortFailure =>
    misIdFault(input.misId, site) ?? [
      operationRequest(site, operation, {
        element,
        children: [...childrenOf(table, input, 'create', site), ...added],
      }),
    ];
}

type Update = { readonly operation: string; readonly element: string; readonly table: FieldTable };

function updateRequests({ operation, element, table }: Update, id: string, fields: Fields, site: Site) {
  return (
    misIdFault(fields.misId, site) ?? [
      operationRequest(site, operation, {
        element,
        children: [[wire.assignment.courseId, id], ...childrenOf(table, fields, 'update', site)],
      }),
    ]
  );
}

const updates = {
  learner: { operation: ops.updateLearner, element: elements.learner, table: wire.learner },
  employer: { operation: ops.updateEmployer, element: elements.employer, table: wire.employer },
  assessor: { operation: ops.updateAssessor, element: elements.assessor, table: wire.assessor },
} as const;

const operations: WireOperations = {
  'test-connection': {
    effect: 'read',
    requests: calls([ops.courses]),
    read: ({ body, request }) =>
      resultOf(body, request) !== undefined
        ? { kind: 'value', value: { latencyMs: 0 } }
        : { kind: 'unreadable' },
  },
  'read-courses': readAll<CourseRecord>(lists.courses),
  'read-employers': readAll<EmployerRecord>(lists.employers),
  'read-assessors': readAll<AssessorRecord>(lists.assessors),
  'read-learners': readAll<LearnerRecord>(lists.learners),
  'read-learner': { inList: true },
  'read-learner-courses': readAll<LearnerCourseRecord>(lists.learnerCourses),
  'read-sessions': readAll<SessionRecord>(lists.sessions),
  'read-units': { unsupported: 'units' },
  'find-learner': { inList: true },
  'find-employer': { inList: true },
  'find-assessor': { inList: true },
  'create-employer': {
    effect: 'guarded',
    requests: create(ops.createEmployer, elements.employer, wire.employer),
    read: createdId('digits'),
  },
  'create-assessor': {
    effect: 'guarded',
    requests: (input, site) =>
      needsLogin(input.userName) ??
      create(ops.createAssessor, elements.assessor, wire.assessor, [
        [wire.userType.element, String(wire.userType.assessorBits)],
      ])(input, site),
    read: createdId('text'),
  },
  'create-learner': {
    effect: 'guarded',
    requests: create(ops.createLearner, elements.learner, wire.learner),
    read: createdId('text'),
  },
  'update-learner': {
    effect: 'repeatable',
    requests: ({ id, fields }, site) =>
      findUntaken(wire.learner, fields, site.capabilities.updatableLearnerFields) ??
      updateRequests(updates.learner, id, fields, site),
    read: accepted,
  },
  'update-assessor': {
    effect: 'repeatable',
    requests: ({ id, fields }, site) =>
      findUntaken(wire.assessor, fields) ?? updateRequests(updates.assessor, id, fields, site),
    read: accepted,
  },
  'enrol-on-course': {
    effect: 'guarded',
    requests: (input, site) => {
      const { assignment } = wire;
      const given: readonly (readonly [string, string | null | undefined])[] = [
        [assignment.courseId, input.courseId],
        [assignment.learnerId, input.learnerId],
        [assignment.assessorId, input.assessorId],
        [assignment.qanCode, input.qanCode],
        [assignment.title, input.title],
        [assignment.status, courseStatuses.codeOf('awaiting-induction')],
        [assignment.startDate, input.startDate],
        [assignment.endDate, input.endDate],
      ];
      const children = given.flatMap(([name, text]): Child[] => (text ? [[name, text]] : []));
      return [operationRequest(site, ops.enrol, { element: elements.assignment, children })];
    },
    read: accepted,
  },
  'set-assessor': {
    effect: 'repeatable',
    requests: ({ learnerId, courseId, assessorId }, site) => [
      operationRequest(site, ops.setAssessor, {
        element: elements.assessorLink,
        children: [
          [wire.assignment.courseId, courseId],
          [wire.assignment.learnerId, learnerId],
          [wire.assignment.assessorId, assessorId],
        ],
      }),
    ],
    read: accepted,
  },
  'set-second-assessor': { unsupported: 'secondAssessor' },
  'write-mis-id': {
    effect: 'repeatable',
    requests: ({ kind, id, misId }, site) => updateRequests(updates[kind], id, { misId }, site),
    read: accepted,
  } satisfies WireOperation<'write-mis-id'>,
};

/**
 * What an answer means: a fault by its subcode, whatever the status of HTTP; without a fault by the status.
 *
 * A fault of the receiver says nothing about what was done. Its text is for administrators; element names in it are
 * turned into ours.
 */
function classify(operation: Operation, effect: Effect, answer: RawAnswer): PortFailure | null {
  const fault = faultOf(answer.body);
  const { status } = answer;
  if (fault === null) {
    if (status === 200) return null;
    if (status === 401) return { kind: 'unauthorized', part: 'key', detail: 'HTTP 401' };
    if (status === 403) return { kind: 'unauthorized', part: 'key', detail: 'HTTP 403' };
    if (status === 404) return { kind: 'rejected', code: 'missing', fields: [], detail: '' };
    return serverFailure(effect, `HTTP ${status}`);
  }
  const { subcode, reason } = fault;
  if (subcode === wire.subcodes.key) return { kind: 'unauthorized', part: 'key', detail: 'fault Key' };
  const code = subcode === null ? undefined : codeOf(operation, subcode);
  if (code === undefined && fault.code !== 'Sender') return serverFailure(effect, 'fault Receiver');
  const table =
    Object.values(updates).find(({ element }) => element === tableElements[operation])?.table ?? {};
  return { kind: 'rejected', code: code ?? 'other', fields: fieldsNamedIn(reason, table), detail: reason };
}

const tableElements: Readonly<Partial<Record<Operation, string>>> = {
  'create-learner': elements.learner,
  'update-learner': elements.learner,
  'create-employer': elements.employer,
  'create-assessor': elements.assessor,
  'update-assessor': elements.assessor,
};

function codeOf(operation: Operation, subcode: string): RejectedCode | undefined {
  const { subcodes } = wire;
  switch (subcode) {
    case subcodes.validation:
      return 'invalid-field';
    case subcodes.notFound:
      return 'missing';
    case subcodes.duplicate:
      if (operation === 'create-assessor') return 'duplicate-login';
      return operation === 'enrol-on-course' ? 'already-enrolled' : 'duplicate-mis-id';
    case subcodes.inactive:
      return 'course-inactive';
    case subcodes.matching:
      return 'queued-for-matching';
    default:
      return undefined;
  }
}

export const soapG1: Contract = {
  id: 'soap-g1',
  trust: 'seen',
  format: 'xml',
  needs: ['g1.apiKey'],
  takesMisIdForm: true,
  capabilities: wire.capabilities,
  names: wire.names,
  widths: {
    learner: widthsOf(wire.learner),
    employer: widthsOf(wire.employer),
    assessor: widthsOf(wire.assessor),
  },
  auth: { 'basic-key': byHeaderBlock, token: byHeaderBlock },
  operations,
  classify,
};
