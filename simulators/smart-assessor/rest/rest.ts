/*
 * The REST façade, contract `assumed-rest-v0`. A call is read whole before anything is done: the route gives its name,
 * the credential is judged, the body is parsed and freed of secrets for the history. The work itself is the core's; here
 * its answers and refusals become status codes and JSON.
 */

import { RouteTable, toSegments } from '../../common/routing.ts';
import type { Reply } from '../../common/server.ts';
import { judgeEnrol, judgeLeave, judgeSetAssessor } from '../core/courses.ts';
import { flat, idOf, type Kind, type PersonKind, type Row, type Value } from '../core/fields.ts';
import type { Given } from '../core/input.ts';
import { listed, listedPeople, listedSessions } from '../core/look.ts';
import { findPerson, judgeCreate, judgeUpdate } from '../core/people.ts';
import { invalid, type Judged, notFound, type Refusal, sentenceOf } from '../core/refusal.ts';
import { isBlank, normalId } from '../core/values.ts';
import { SECRET_NAME, withoutSecrets } from '../credential.ts';
import {
  type Head,
  headerOf,
  htmlReply,
  jsonReply,
  NO_CONTENT,
  type ReadCall,
  type Worked,
} from '../facade.ts';
import type { World } from '../world.ts';
import { showLearnerCourse, showRecord, showSession, showUnits } from './show.ts';
import { answerToken, type Credential, judgeCredential } from './sign-in.ts';

interface RestCall {
  readonly world: World;
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Given;
  readonly omittedIds: ReadonlySet<string>;
}

interface Handler {
  /** In the words of the port; null where the port has no such call. */
  readonly operation: (query: URLSearchParams, body: Given) => string | null;
  readonly answer: (call: RestCall) => Worked;
}

const ANY_ID = /^[^/]+$/;
const answered = (reply: Reply, resultId: string | null = null): Worked => ({ reply, resultId, code: null });

function refusalReply({ switches }: World, refusal: Refusal): Reply {
  const { status, message, fields } = refusal;
  if (status === 202) return jsonReply(202, { message });
  const hasFields = Object.keys(fields).length > 0;
  switch (switches['error-form']) {
    case 'model-state':
      return jsonReply(status, hasFields ? { message, modelState: fields } : { message });
    case 'message-only':
      return jsonReply(status, { message: sentenceOf(refusal) });
    case 'html':
      return htmlReply(status, message);
  }
}

const refuse = (world: World, refusal: Refusal): Worked => ({
  reply: refusalReply(world, refusal),
  resultId: null,
  code: refusal.code,
});

/** Does what was judged, and answers with what `show` makes of it. */
function carryOut<T>(world: World, judged: Judged<T>, show: (result: T) => Worked): Worked {
  if (judged.kind === 'refused') {
    judged.enqueue?.();
    return refuse(world, judged);
  }
  return show(judged.apply());
}

const done = (world: World, judged: Judged<unknown>): Worked =>
  carryOut(world, judged, () => answered(NO_CONTENT));

/** A whole list, or as much of it as a page holds. */
function list(
  { world, query, omittedIds }: RestCall,
  entries: readonly [ids: string[], row: Value][],
): Worked {
  const rows = entries.filter(([ids]) => !ids.some((id) => omittedIds.has(id))).map(([, row]) => row);
  const { 'page-size': size, 'list-envelope': envelope } = world.switches;
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const shown = size === 0 ? rows : rows.slice((page - 1) * size, page * size);
  const isLast = size === 0 || page * size >= rows.length;
  const body =
    envelope === 'wrapped'
      ? { items: shown }
      : envelope === 'single-as-object' && shown.length === 1
        ? shown[0]
        : shown;
  const reply = jsonReply(200, body);
  return answered(isLast ? reply : { ...reply, headers: { 'X-Next-Page': String(page + 1) } });
}

/** Rows that changed since the time the query names, where the vendor would know. */
function changedSince({ world, query }: RestCall, kind: Kind, rows: readonly Row[]): readonly Row[] {
  const since = query.get('modifiedSince');
  if (world.switches['modified-since'] === 'off' || since === null) return rows;
  const sinceMs = Date.parse(since);
  if (Number.isNaN(sinceMs)) return rows;
  return rows.filter((row) => Date.parse(world.store.stampOf(kind, row)?.modifiedOn ?? '') >= sinceMs);
}

function listPeople(kind: PersonKind): Handler['answer'] {
  return (call) => {
    const { world, query } = call;
    const misId = query.get('misId');
    const all = listedPeople(world, kind, query.get('includeArchived') === 'true');
    const isFiltered = misId !== null && world.switches['mis-id-filter'] === 'on';
    const rows = isFiltered ? all.filter((row) => row['misId'] === misId) : all;
    return list(
      call,
      changedSince(call, kind, rows).map((row) => [[idOf(kind, row)], showRecord(world, kind, row)]),
    );
  };
}

function readPerson(kind: PersonKind, what: string): Handler['answer'] {
  return ({ world, ids: [id = ''], omittedIds }) => {
    const row = findPerson(world, kind, normalId(id));
    if (row === undefined || omittedIds.has(idOf(kind, row))) return refuse(world, notFound(what));
    return answered(jsonReply(200, showRecord(world, kind, row)));
  };
}

function createPerson(kind: PersonKind): Handler['answer'] {
  return ({ world, body }) => {
    const welcome = body['sendWelcomeEmail'] ?? null;
    if (welcome !== null && typeof welcome !== 'boolean') {
      return refuse(world, invalid({ sendWelcomeEmail: ['The value is not valid.'] }));
    }
    const judged = judgeCreate(world, kind, {
      given: flat(kind, body),
      isLenient: false,
      demands: ({ create }) => create === 'required',
      isPasswordSent: !isBlank(body['password']),
      sendWelcomeEmail: welcome,
    });
    return carryOut(world, judged, (id) => {
      const courses = kind === 'learners' ? body['courses'] : undefined;
      const isSingleCall = world.switches['single-call-enrol'] === 'on' && Array.isArray(courses);
      const results = isSingleCall
        ? { courses: courses.map((one) => enrolAlong(world, String(id), one)) }
        : {};
      return answered(jsonReply(201, { id, ...results }), String(id));
    });
  };
}

const ENROL_REQUIRED = ['courseId', 'startDate', 'status'];

/** One course of a create that enrols in the same call: it fails alone. */
function enrolAlong(world: World, learnerId: string, given: unknown): object {
  const body = typeof given === 'object' && given !== null ? (given as Given) : {};
  const courseId = typeof body['courseId'] === 'string' ? body['courseId'] : null;
  const judged = judgeEnrol(world, learnerId, body, { isLenient: false, required: ENROL_REQUIRED });
  if (judged.kind === 'refused') return { courseId, ok: false, message: sentenceOf(judged) };
  judged.apply();
  return { courseId, ok: true };
}

const updatePerson =
  (kind: PersonKind): Handler['answer'] =>
  ({ world, ids: [id = ''], body }) =>
    done(world, judgeUpdate(world, kind, normalId(id), { given: flat(kind, body), isLenient: false }));

function enrol({ world, ids: [id = ''], body }: RestCall): Worked {
  const judged = judgeEnrol(world, normalId(id), body, { isLenient: false, required: ENROL_REQUIRED });
  return carryOut(world, judged, (key) => answered(jsonReply(201, key), `${key.learnerId}/${key.courseId}`));
}

const keyOf = ([learnerId = '', courseId = '']: readonly string[]) => ({
  learnerId: normalId(learnerId),
  courseId: normalId(courseId),
});

const setAssessor =
  (which: 'assessorId' | 'secondAssessorId'): Handler['answer'] =>
  ({ world, ids, body }) =>
    done(world, judgeSetAssessor(world, keyOf(ids), which, body['assessorId']));

function listUnits(call: RestCall): Worked {
  const { world, ids } = call;
  const { learnerId, courseId } = keyOf(ids);
  const row = world.store.get('learnerCourses', `${learnerId}/${courseId}`);
  if (world.switches.units !== 'full' || row === undefined) return refuse(world, notFound('resource'));
  const units = row['units'] as readonly Row[];
  return list(
    call,
    showUnits(world, row).map((unit, at) => [[String(units[at]?.['unitId'])], unit]),
  );
}

const wantedLearner = (query: URLSearchParams): string | null => {
  const id = query.get('learnerId');
  return id === null ? null : normalId(id);
};

function listLearnerCourses(call: RestCall): Worked {
  const { world, query } = call;
  const learnerId = wantedLearner(query);
  const rows = listed(world, 'learnerCourses').filter(
    (row) => learnerId === null || row['learnerId'] === learnerId,
  );
  return list(
    call,
    changedSince(call, 'learnerCourses', rows).map((row) => [
      [idOf('learnerCourses', row)],
      showLearnerCourse(world, row),
    ]),
  );
}

function listSessions(call: RestCall): Worked {
  const { world, query } = call;
  const learnerId = wantedLearner(query);
  return list(
    call,
    changedSince(call, 'sessions', listedSessions(world)).flatMap((session) =>
      showSession(world, session, learnerId).map((row): [string[], Value] => [[String(session['id'])], row]),
    ),
  );
}

function listCourses(call: RestCall): Worked {
  const rows = changedSince(call, 'courses', listed(call.world, 'courses'));
  return list(
    call,
    rows.map((row) => [[String(row['id'])], showRecord(call.world, 'courses', row)]),
  );
}

function createRoutes(): RouteTable<Handler> {
  const routes = new RouteTable<Handler>({ id: ANY_ID, courseId: ANY_ID });
  const add = (
    method: string,
    pattern: string,
    operation: Handler['operation'] | string | null,
    answer: Handler['answer'],
  ): void =>
    routes.add(method, pattern, {
      operation: typeof operation === 'function' ? operation : () => operation,
      answer,
    });
  add('GET', 'ping', 'test-connection', () => answered(NO_CONTENT));
  add('GET', 'courses', 'read-courses', listCourses);
  for (const [kind, one, many] of [
    ['employers', 'employer', 'employers'],
    ['assessors', 'assessor', 'assessors'],
    ['learners', 'learner', 'learners'],
  ] as const) {
    const isFind = (query: URLSearchParams) => (query.has('misId') ? `find-${one}` : `read-${many}`);
    const isMisId = (_: URLSearchParams, body: Given) => {
      if (Object.keys(body).join() === 'misId') return 'write-mis-id';
      return kind === 'employers' ? null : `update-${one}`;
    };
    add('GET', many, isFind, listPeople(kind));
    add('GET', `${many}/{id}`, kind === 'learners' ? 'read-learner' : null, readPerson(kind, one));
    add('POST', many, `create-${one}`, createPerson(kind));
    add('PATCH', `${many}/{id}`, isMisId, updatePerson(kind));
  }
  const course = 'learners/{id}/courses/{courseId}';
  add('POST', 'learners/{id}/courses', 'enrol-on-course', enrol);
  add('PUT', `${course}/assessor`, 'set-assessor', setAssessor('assessorId'));
  add('PUT', `${course}/second-assessor`, 'set-second-assessor', setAssessor('secondAssessorId'));
  add('DELETE', course, null, ({ world, ids }) => done(world, judgeLeave(world, keyOf(ids))));
  add('GET', `${course}/units`, 'read-units', listUnits);
  add('GET', 'learner-courses', 'read-learner-courses', listLearnerCourses);
  add('GET', 'sessions', 'read-sessions', listSessions);
  return routes;
}

const ROUTES = createRoutes();

type Body = { kind: 'object'; given: Given; kept: string } | { kind: 'faulty'; kept: string };

/** The body as an object, and what the history keeps of it. */
function readBody(method: string, text: string): Body {
  if (method === 'GET' || text.trim() === '')
    return { kind: 'object', given: {}, kept: withoutSecrets(text) };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { kind: 'faulty', kept: withoutSecrets(text) };
    }
    const hide = (name: string, inner: unknown): unknown => (SECRET_NAME.test(name) ? '(sent)' : inner);
    return { kind: 'object', given: value as Given, kept: withoutSecrets(JSON.stringify(value, hide)) };
  } catch {
    // What cannot be read cannot be freed of a password either.
    return { kind: 'faulty', kept: SECRET_NAME.test(text) ? '(not kept)' : withoutSecrets(text) };
  }
}

const plainError = (world: World, status: number, message: string): Worked => ({
  reply:
    world.switches['error-form'] === 'html' ? htmlReply(status, message) : jsonReply(status, { message }),
  resultId: null,
  code: String(status),
});

function refuseCredential(world: World, { refused }: Credential): Worked | null {
  if (refused === 'login') {
    return plainError(world, 401, 'The user name or password is not valid.');
  }
  return refused === 'key' ? plainError(world, 403, 'The client key is not valid for this site.') : null;
}

export function readRestCall(world: World, head: Head, text: string): ReadCall {
  const segments = toSegments(head.path);
  const shared = {
    facade: 'rest' as const,
    isDryRun: false,
    blankId: (form: 'empty' | 'missing' | 'zero') => blankId(segments[0] ?? '', form),
    fault: (code: 'Sender' | 'Receiver') =>
      jsonReply(code === 'Sender' ? 400 : 500, { message: 'The request failed.' }),
    tooMany: (headers: Readonly<Record<string, string>>): Reply => ({
      ...jsonReply(429, { message: 'Too many requests.' }),
      headers,
    }),
  };
  if (head.method === 'POST' && segments.join('/').toLowerCase() === 'token') {
    const token = answerToken(world, text);
    const { credential, keptBody } = token;
    return {
      ...shared,
      operation: 'POST token',
      wireName: 'POST token',
      route: 'token',
      credential,
      keptBody,
      passwordSent: token.isPasswordSent,
      work: () => token.work(),
    };
  }
  const found = ROUTES.find(head.method, segments);
  const pattern =
    found.kind === 'found' ? found.route.pattern : found.kind === 'wrong-method' ? found.pattern : null;
  const wireName = `${head.method} ${pattern ?? segments.map(withoutSecrets).join('/')}`;
  const query = new URLSearchParams(head.query);
  const body = readBody(head.method, text);
  const given = body.kind === 'object' ? body.given : {};
  const credential = judgeCredential(world, head);
  const operation = found.kind === 'found' ? found.route.handler.operation(query, given) : null;
  const work = (omittedIds: ReadonlySet<string>): Worked => {
    const unauthorized = refuseCredential(world, credential);
    if (unauthorized !== null) return unauthorized;
    if (found.kind === 'unknown') return plainError(world, 404, 'The resource was not found.');
    if (found.kind === 'wrong-method') return plainError(world, 405, 'The method is not allowed.');
    const type = (headerOf(head, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
    const isJson = type === 'application/json' || text.trim() === '' || head.method === 'GET';
    if (!isJson) return plainError(world, 415, 'The content type must be application/json.');
    if (body.kind === 'faulty') return plainError(world, 400, 'The body is not a JSON object.');
    const ids = found.parameters;
    return found.route.handler.answer({ world, ids, query, body: given, omittedIds });
  };
  return {
    ...shared,
    operation: operation ?? wireName,
    wireName,
    route: pattern,
    credential: credential.explained,
    keptBody: body.kept,
    passwordSent: hasPassword(given) || body.kept === '(not kept)',
    work: (_, omittedIds) => work(omittedIds),
  };
}

const hasPassword = (given: Given): boolean => Object.keys(given).some((name) => /password/i.test(name));

const ZERO_GUID = '00000000-0000-0000-0000-000000000000';

function blankId(collection: string, form: 'empty' | 'missing' | 'zero'): Reply {
  switch (form) {
    case 'empty':
      return jsonReply(201, { id: '' });
    case 'missing':
      return jsonReply(201, {});
    case 'zero':
      return jsonReply(201, { id: collection.toLowerCase() === 'employers' ? 0 : ZERO_GUID });
  }
}
