/*
 * The operations of SOAP, spelled as the vendor spells them: which records a read shows, and how the texts of a write
 * become the core's words. Nothing is changed here: a write is judged, and carried out by the façade if it is no dry run.
 */

import { judgeEnrol, judgeLeave, judgeSetAssessor } from '../core/courses.ts';
import { FIELDS, type Field, idOf, type PersonKind, type Row, type Value } from '../core/fields.ts';
import { type Given, readValue } from '../core/input.ts';
import { listed, listedPeople, listedSessions } from '../core/look.ts';
import { judgeCreate, judgeUpdate } from '../core/people.ts';
import { accepted, invalid, type Judged, notFound, type Refusal, unfit } from '../core/refusal.ts';
import { attendancesOf, close, explainClose, explainOverlap } from '../core/sessions.ts';
import { normalId, textOf } from '../core/values.ts';
import type { World } from '../world.ts';
import {
  assessorText,
  batchText,
  courseText,
  employerText,
  learnerCourseText,
  learnerText,
  readUserType,
  sessionTexts,
} from './show.ts';

export interface SoapCall {
  readonly world: World;
  /** Texts of the argument's children, by element name. Nil reads as empty. */
  readonly texts: Readonly<Record<string, string>>;
  readonly callSeq: number;
}

export interface Read {
  readonly kind: 'read';
  readonly operation: string | null;
  /** The records as elements, each with the ids it goes by. */
  readonly rows: (world: World) => readonly [ids: string[], text: string][];
}

export interface Write {
  readonly kind: 'write';
  readonly operation: string | null;
  readonly argument: string;
  /** The answer is the text of the result: the id for an insert, else empty. */
  readonly judge: (call: SoapCall) => Judged<string>;
}

const employersOf = (world: World): readonly [string[], string][] =>
  listedPeople(world, 'employers', false).map((row) => [[idOf('employers', row)], employerText(world, row)]);

const peopleOf =
  (kind: 'learners' | 'assessors', text: (world: World, row: Row) => string) =>
  (world: World): readonly [string[], string][] =>
    listedPeople(world, kind, false).map((row) => [[idOf(kind, row)], text(world, row)]);

const linksOf =
  (part: 'links' | 'figures', isByAssessor: boolean) =>
  (world: World): readonly [string[], string][] => {
    const rows = [...listed(world, 'learnerCourses')];
    const assessor = (row: Row): string => String(row['assessorId'] ?? '');
    if (isByAssessor)
      rows.sort((a, b) => (assessor(a) < assessor(b) ? -1 : assessor(a) > assessor(b) ? 1 : 0));
    return rows.map((row) => [[idOf('learnerCourses', row)], learnerCourseText(world, row, part)]);
  };

const done = <T>(judged: Judged<T>, show: (result: T) => string): Judged<string> =>
  judged.kind === 'refused' ? judged : accepted(() => show(judged.apply()));

/** The fields of a person by REST name. What a user type says is turned into roles. */
function givenOf(kind: PersonKind, { texts, world }: SoapCall): Given | Refusal {
  const given: Record<string, unknown> = {};
  for (const { name, g1, type } of FIELDS[kind]) {
    const text = g1 === null ? undefined : texts[g1];
    if (text === undefined || name === 'id') continue;
    if (type !== 'roles' || text.trim() === '') given[name] = text;
    else {
      const roles = readUserType(text);
      if (roles === undefined) return invalid({ UserType: ['The value is not valid.'] });
      given[name] = roles;
    }
  }
  const misId = texts['PartnerId']?.trim() ?? '';
  if (world.switches['g1-mis-id-form'] === 'integer' && misId !== '' && !/^\d+$/.test(misId)) {
    return invalid({ PartnerId: ['The value is not a whole number.'] });
  }
  return given;
}

const isRefusal = (value: Given | Refusal): value is Refusal => value['kind'] === 'refused';

const DEMANDED: Readonly<Record<PersonKind, readonly string[]>> = {
  learners: ['familyName', 'givenNames', 'dateOfBirth'],
  employers: ['name'],
  assessors: ['firstName', 'lastName', 'userName'],
};
const DEMANDED_STRICTLY: Readonly<Record<PersonKind, readonly string[]>> = {
  learners: ['uln', 'employerId'],
  employers: ['edrsNumber', 'address.postCode'],
  assessors: [],
};

function insert(kind: PersonKind): Write['judge'] {
  return (call) => {
    const given = givenOf(kind, call);
    if (isRefusal(given)) return given;
    const { switches } = call.world;
    const isDemanded = ({ name }: Field): boolean => {
      if (name === 'userName' && switches['user-name'] === 'generated') return false;
      const isStrict = switches['g1-strict'] === 'on';
      return DEMANDED[kind].includes(name) || (isStrict && DEMANDED_STRICTLY[kind].includes(name));
    };
    const judged = judgeCreate(call.world, kind, {
      given,
      isLenient: true,
      demands: isDemanded,
      isPasswordSent: (call.texts['Password'] ?? '').trim() !== '',
      sendWelcomeEmail: null,
    });
    return done(judged, String);
  };
}

/** The id that names the record of an update, or why there is none. */
function idIn(texts: SoapCall['texts'], name: string): string | Refusal {
  const id = normalId(texts[name] ?? '');
  return id === '' ? invalid({ [name]: ['The field is required.'] }) : id;
}

const update =
  (kind: PersonKind): Write['judge'] =>
  (call) => {
    const id = idIn(call.texts, 'SmartAssessorId');
    const given = givenOf(kind, call);
    if (typeof id !== 'string') return id;
    if (isRefusal(given)) return given;
    return done(judgeUpdate(call.world, kind, id, { given, isLenient: true }), () => '');
  };

function keyIn({ texts }: SoapCall): { learnerId: string; courseId: string } | Refusal {
  const learnerId = idIn(texts, 'LearnerSmartAssessorId');
  const courseId = idIn(texts, 'SmartAssessorId');
  if (typeof learnerId !== 'string') return learnerId;
  return typeof courseId === 'string' ? { learnerId, courseId } : courseId;
}

const assign: Write['judge'] = (call) => {
  const { texts, world } = call;
  const key = keyIn(call);
  if ('kind' in key) return key;
  const isStrict = world.switches['g1-strict'] === 'on';
  const given: Given = {
    courseId: key.courseId,
    qanCode: texts['QANCode'],
    startDate: texts['CourseStartDate'],
    endDate: texts['CourseEndDate'],
    status: texts['StatusofCourse'],
    assessorId: texts['AssessorSmartAssessorId'],
  };
  const required = ['courseId', ...(isStrict ? ['qanCode', 'startDate', 'status'] : [])];
  return done(judgeEnrol(world, key.learnerId, given, { isLenient: true, required }), () => '1');
};

const leave: Write['judge'] = (call) => {
  const key = keyIn(call);
  return 'kind' in key ? key : done(judgeLeave(call.world, key), () => '');
};

const setAssessor: Write['judge'] = (call) => {
  const key = keyIn(call);
  if ('kind' in key) return key;
  const { world, texts } = call;
  return done(judgeSetAssessor(world, key, 'assessorId', texts['AssessorSmartAssessorId'] ?? ''), () => '');
};

const setLink: Write['judge'] = ({ world, texts }) => {
  const id = idIn(texts, 'LearnerSmartAssessorId');
  if (typeof id !== 'string') return id;
  const learner = world.store.get('learners', id);
  if (learner === undefined) return notFound('learner');
  const learnerLink = textOf(texts['LearnersLink']) ?? null;
  return accepted(() => {
    world.store.patch('learners', learner, { learnerLink }, world.clock.nowIso());
    return '';
  });
};

/** Partner ids of courses in progress: the call names the course only, so all learners on it get it. */
const updateProgress: Write['judge'] = ({ world, texts }) => {
  const courseId = idIn(texts, 'SmartAssessorId');
  if (typeof courseId !== 'string') return courseId;
  const rows = world.store.list('learnerCourses').filter((row) => row['courseId'] === courseId);
  if (rows.length === 0) return notFound('course');
  const misId = textOf(texts['PartnerId']) ?? null;
  return accepted(() => {
    for (const row of rows) world.store.patch('learnerCourses', row, { misId }, world.clock.nowIso());
    return '';
  });
};

const SESSION_CHANGES = ['StartTime', 'Comments', 'TypeofReview', 'PartnerId'] as const;

function updateSession({ world, texts, callSeq }: SoapCall): Judged<string> {
  const id = idIn(texts, 'SmartAssessorId');
  if (typeof id !== 'string') return id;
  const patch: Record<string, Value> = {};
  for (const tag of SESSION_CHANGES) {
    const field = FIELDS.sessions.find(({ g1 }) => g1 === tag);
    const text = texts[tag];
    if (field === undefined || text === undefined) continue;
    const value = text.trim() === '' ? null : readValue(field, text, true);
    const isNeeded = tag === 'StartTime' || tag === 'TypeofReview';
    if (value === undefined || (value === null && isNeeded))
      return invalid({ [tag]: ['The value is not valid.'] });
    patch[field.name] = value;
  }
  const statusText = texts['Status'];
  const status = statusText === undefined ? null : readValue({ type: 'sessionStatus' }, statusText, true);
  if (status === undefined) return invalid({ Status: ['The value is not valid.'] });
  const session = world.store.get('sessions', id);
  if (session === undefined) return notFound('session');
  const wish = { status: String(status), learnerId: null, files: 0, isForced: false };
  const attendances = attendancesOf(session);
  const isMove = status !== null && attendances.some((one) => one.status !== status);
  const moved = { ...session, ...patch };
  const broken =
    (isMove ? explainClose(world, session, wish) : null) ??
    (patch['start'] === undefined
      ? null
      : explainOverlap(world, id, {
          start: String(moved['start']),
          durationMinutes: Number(session['durationMinutes'] ?? 0),
          assessorId: textOf(session['assessorId']),
          learners: attendances,
        }));
  if (broken !== null)
    return unfit(broken.rule === 'no-double-booking' ? 'StartTime' : 'Status', broken.message);
  return accepted(() => {
    if (isMove) close(world, session, { ...wish, patch, source: 'soap', callSeq });
    else world.store.patch('sessions', session, patch, world.clock.nowIso());
    return '';
  });
}

const read = (operation: string | null, rows: Read['rows']): Read => ({ kind: 'read', operation, rows });
const write = (operation: string | null, argument: string, judge: Write['judge']): Write => ({
  kind: 'write',
  operation,
  argument,
  judge,
});

/** Spelled as the vendor spells them. */
export const OPERATIONS: Readonly<Record<string, Read | Write>> = {
  GetAllEmployerDetail: read('read-employers', employersOf),
  GetAllLearnerDetail: read('read-learners', peopleOf('learners', learnerText)),
  GetAllAssessorDetail: read('read-assessors', peopleOf('assessors', assessorText)),
  GetAllCourseDetail: read('read-courses', (world) =>
    listed(world, 'courses').map((row) => [[idOf('courses', row)], courseText(world, row)]),
  ),
  GetLearnerCourseDetail: read('read-learner-courses', linksOf('links', false)),
  GetLearnerCourseLinkWithAssessor: read(null, linksOf('links', true)),
  GetCourseProgressDetail: read('read-learner-courses', linksOf('figures', false)),
  GetAllSessionDetail: read('read-sessions', (world) =>
    listedSessions(world).flatMap((session) =>
      sessionTexts(world, session).map((text): [string[], string] => [[idOf('sessions', session)], text]),
    ),
  ),
  GetAllBatchDetail: read(null, (world) =>
    listed(world, 'batches').map((row) => [[idOf('batches', row)], batchText(world, row)]),
  ),
  InserLearnerDetail: write('create-learner', 'Learner', insert('learners')),
  InserEmployerDetail: write('create-employer', 'Employer', insert('employers')),
  InserAssessorDetail: write('create-assessor', 'Assessor', insert('assessors')),
  UpdateLearnerDetail: write('update-learner', 'Learner', update('learners')),
  UpdateAssessorDetail: write('update-assessor', 'Assessor', update('assessors')),
  UpdateEmployerDetail: write('write-mis-id', 'Employer', update('employers')),
  AssignQualficationToLearner: write('enrol-on-course', 'LearnerCourse', assign),
  DeleteLearnerQualification: write(null, 'DeleteLearnerCourses', leave),
  AssignAssessorToLearner: write('set-assessor', 'LearnerlinkwithAssessor', setAssessor),
  AssignLearnerLinkToLearner: write(null, 'LearnerLink', setLink),
  UpdateSessionDetail: write(null, 'Session', updateSession),
  UpdateProgressDetail: write(null, 'Progress', updateProgress),
};
