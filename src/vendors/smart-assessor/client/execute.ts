import type { Call, CallContext, CallResult } from '../../../domain/step.ts';
import { findContradictions } from '../../common/person.ts';
import type { Operation, Operations } from '../port.ts';
import type { CallName, RequestOf } from '../rules/calls.ts';
import { smartAssessorIds } from '../rules/links.ts';
import { type About, refuse, toFailure } from './failures.ts';
import { explainGone } from './gone.ts';
import { explainInUse } from './in-use.ts';
import { afresh, emptyDone, type Making, observe, toLink } from './making.ts';
import { findMade, type Made } from './resolve.ts';
import { updateDetails } from './update-details.ts';

/** What stays the same from call to call. */
type Client = Omit<Making, 'account' | 'context'>;

/**
 * Makes the calls of the rules through the port. The caller has already taken one call from the budget; further ones of
 * the same step are taken inside.
 */
export function createExecute(client: Client): (call: Call, context: CallContext) => Promise<CallResult> {
  return (call, context) => {
    const name = call.name as CallName;
    const execute = executes[name] as Execute<CallName> | undefined;
    if (execute === undefined) throw new Error(`The Smart Assessor client has no call ${call.name}`);
    return execute(call.request as never, toMaking(client, context));
  };
}

export function toMaking(client: Client, context: CallContext): Making {
  const { priority, signal, sendBeforeMs } = context;
  return {
    ...client,
    context,
    account: {
      priority,
      prepaid: 1,
      ...(signal !== undefined && { signal }),
      ...(sendBeforeMs !== undefined && { sendBeforeMs }),
    },
  };
}

type Execute<N extends CallName> = (request: RequestOf<N>, making: Making) => Promise<CallResult>;

const executes: { readonly [N in CallName]: Execute<N> } = {
  'check-learner': ({ ident, learnerId }, making) =>
    readLearner({ ident, learnerId }, making, 'ID_NOT_FOUND'),
  'read-learner': (request, making) => readLearner(request, making, 'LINK_GONE'),
  'read-courses': readCourses,
  'read-sessions': readSessions,
  'find-learner': findLearner,
  'find-assessor': findAssessor,
  'find-employer': findEmployer,
  'read-assessor': readAssessor,
  'create-learner': (request, making) =>
    create({ name: 'create-learner', kind: 'learner', picsId: request.misId, request }, making),
  'create-employer': (request, making) =>
    create({ name: 'create-employer', kind: 'organisation', picsId: request.misId, request }, making),
  'create-assessor': (request, making) =>
    create({ name: 'create-assessor', kind: 'officer', picsId: request.misId, request }, making),
  'enrol-on-course': enrolOnCourse,
  'set-assessor': (request, making) => setAssessor('set-assessor', request, making),
  'set-second-assessor': (request, making) => setAssessor('set-second-assessor', request, making),
  'update-learner': updateDetails.learner,
  'update-assessor': updateDetails.assessor,
};

/** G-2, OF-24's twin SA-18: null means that no such learner is visible, archived ones included. */
async function readLearner(
  { ident, learnerId }: RequestOf<'read-learner'>,
  making: Making,
  absent: 'ID_NOT_FOUND' | 'LINK_GONE',
): Promise<CallResult> {
  const sentAtMs = making.now();
  const about = { kind: 'learner', code: ident, id: learnerId };
  const answer = await making.port.call('read-learner', { id: learnerId }, making.account);
  if (answer.kind !== 'ok') return toFailure(answer, 'read-learner', about);
  if (answer.value === null) return refuse(absent, `There is no learner ${learnerId}`, about);
  return {
    ...emptyDone,
    observed: observe('learner', { records: [answer.value] }, making, answer.readAtMs ?? sentAtMs),
  };
}

async function readCourses({ learnerId }: RequestOf<'read-courses'>, making: Making): Promise<CallResult> {
  const sentAtMs = making.now();
  const answer = await making.port.call('read-learner-courses', { learnerId }, making.account);
  if (answer.kind !== 'ok') return toFailure(answer, 'read-courses', {});
  if (!answer.value.isComplete) return incomplete;
  return {
    ...emptyDone,
    observed: observe('learner-course', answer.value, making, answer.readAtMs ?? sentAtMs),
  };
}

/** A list that is cut, or of another site, proves nothing: it is read again. */
const incomplete = { kind: 'unknown', detail: 'INCOMPLETE' } as const;

async function readSessions({ learnerId }: RequestOf<'read-sessions'>, making: Making): Promise<CallResult> {
  const sentAtMs = making.now();
  const answer = await making.port.call('read-sessions', { learnerId }, making.account);
  if (answer.kind !== 'ok') return toFailure(answer, 'read-sessions', {});
  if (!answer.value.isComplete) return incomplete;
  return { ...emptyDone, observed: observe('session', answer.value, making, answer.readAtMs ?? sentAtMs) };
}

/**
 * smart-assessor-api 10.1, step 2: who has our MIS id is ours, archived or not, unless it is plainly another person (D-13).
 * A contract that keeps no MIS ids cannot say; the create then goes without.
 */
async function findLearner(
  { ident, person }: RequestOf<'find-learner'>,
  making: Making,
): Promise<CallResult> {
  const sentAtMs = making.now();
  const answer = await making.port.call('find-learner', { misId: ident }, making.account);
  if (answer.kind === 'unsupported') return emptyDone;
  if (answer.kind !== 'ok') return toFailure(answer, 'find-learner', { code: ident });
  if (answer.value.kind === 'none') return emptyDone;
  if (answer.value.kind === 'several') return severalMatches('create-learner', answer.value.ids);
  const { record } = answer.value;
  const observed = observe('learner', { records: [record] }, making, answer.readAtMs ?? sentAtMs);
  const [seen] = observed;
  const differs =
    seen?.record == null ? [] : findContradictions(person, smartAssessorIds.personOf(seen.record));
  if (differs.length > 0) {
    const name = [person.firstName, person.surname].filter((part) => part !== null).join(' ');
    return refuse('ID_OTHER_PERSON', record.id, { id: record.id, name, ident, differs: differs.join(', ') });
  }
  const link = { kind: 'learner', picsId: ident, vendorId: record.id, how: 'matched' } as const;
  return { ...emptyDone, vendorId: record.id, observed, links: [toLink(link, making)] };
}

/** Several records have our key: which one is meant must a person say. */
function severalMatches(what: CallName, ids: readonly string[]): CallResult {
  return refuse('UNKNOWN_OUTCOME', ids.join(' '), { what, n: String(ids.length) });
}

async function findAssessor(
  { code, typedId }: RequestOf<'find-assessor'>,
  making: Making,
): Promise<CallResult> {
  if (typedId !== null) return seeAssessor({ code, assessorId: typedId }, making, 'ID_NOT_FOUND');
  const sentAtMs = making.now();
  const answer = await making.port.call('find-assessor', { misId: code }, making.account);
  if (answer.kind === 'unsupported') return emptyDone;
  if (answer.kind !== 'ok') return toFailure(answer, 'find-assessor', { code });
  if (answer.value.kind === 'none') return emptyDone;
  if (answer.value.kind === 'several') return severalMatches('create-assessor', answer.value.ids);
  const { record } = answer.value;
  const link = { kind: 'officer', picsId: code, vendorId: record.id, how: 'matched' } as const;
  const observed = observe('assessor', { records: [record] }, making, answer.readAtMs ?? sentAtMs);
  return { ...emptyDone, vendorId: record.id, observed, links: [toLink(link, making)] };
}

async function findEmployer(
  { code, typedId }: RequestOf<'find-employer'>,
  making: Making,
): Promise<CallResult> {
  const sentAtMs = making.now();
  if (typedId !== null) {
    const about = { kind: 'organisation', code, id: typedId };
    const listed = await making.port.call('read-employers', {}, making.account);
    if (listed.kind !== 'ok') return toFailure(listed, 'find-employer', about);
    const found = listed.value.records.find(({ id }) => id === typedId);
    if (found !== undefined)
      return { ...emptyDone, observed: observe('employer', { records: [found] }, making, sentAtMs) };
    return listed.value.isComplete ? refuse('ID_NOT_FOUND', typedId, about) : incomplete;
  }
  const answer = await making.port.call('find-employer', { misId: code }, making.account);
  if (answer.kind === 'unsupported') return emptyDone;
  if (answer.kind !== 'ok') return toFailure(answer, 'find-employer', { code });
  if (answer.value.kind === 'none') return emptyDone;
  if (answer.value.kind === 'several') return severalMatches('create-employer', answer.value.ids);
  const { record } = answer.value;
  const link = { kind: 'organisation', picsId: code, vendorId: record.id, how: 'matched' } as const;
  const observed = observe('employer', { records: [record] }, making, answer.readAtMs ?? sentAtMs);
  return { ...emptyDone, vendorId: record.id, observed, links: [toLink(link, making)] };
}

async function readAssessor(request: RequestOf<'read-assessor'>, making: Making): Promise<CallResult> {
  return seeAssessor(request, making, 'LINK_GONE');
}

/** No contract reads one assessor by its id: the list shows it. */
async function seeAssessor(
  { code, assessorId }: RequestOf<'read-assessor'>,
  making: Making,
  absent: 'ID_NOT_FOUND' | 'LINK_GONE',
): Promise<CallResult> {
  const sentAtMs = making.now();
  const about = { kind: 'officer', code, id: assessorId };
  const answer = await making.port.call('read-assessors', { includeArchived: true }, making.account);
  if (answer.kind !== 'ok') return toFailure(answer, 'read-assessor', about);
  const found = answer.value.records.find(({ id }) => id === assessorId);
  if (found !== undefined)
    return { ...emptyDone, observed: observe('assessor', { records: [found] }, making, sentAtMs) };
  return answer.value.isComplete ? refuse(absent, assessorId, about) : incomplete;
}

type Creating = {
  readonly name: Extract<Operation, 'create-learner' | 'create-employer' | 'create-assessor'>;
  readonly kind: 'learner' | 'officer' | 'organisation';
  readonly picsId: string;
  readonly request: Operations[Creating['name']]['input'];
};

/**
 * smart-assessor-api 10.1, step 3. What has an unknown outcome is looked for by the engine (`resolve`). An answer without an
 * id is no success (Q13): the record is looked for at once, a few times; if it does not appear, a person decides, and
 * nothing is sent a second time (SA-18).
 */
async function create({ name, kind, picsId, request }: Creating, making: Making): Promise<CallResult> {
  const answer = await making.port.call(name, request as never, making.account);
  if (answer.kind === 'ok') {
    const vendorId = answer.value as string;
    return { ...emptyDone, vendorId, links: [toLink({ kind, picsId, vendorId, how: 'created' }, making)] };
  }
  if (answer.kind === 'unknown' && answer.isEmptyId) return lookForUnnamed({ name, kind, picsId }, making);
  const about = aboutRecord(kind, picsId, making.context);
  return (
    (await explainInUse(answer, request, { name, about }, making)) ??
    (await explainGone(answer, request as { readonly employerId?: string }, making)) ??
    toFailure(answer, name, about)
  );
}

/** Names the record for the sentences; `about` of the context is what PICS shows of it. */
function aboutRecord(kind: Creating['kind'], picsId: string, { about }: CallContext): About {
  const name = [about?.firstName ?? null, about?.lastName ?? null].filter((part) => part !== null).join(' ');
  const more = kind === 'officer' ? { officer: picsId } : kind === 'organisation' ? { place: picsId } : {};
  return { kind, code: picsId, ident: picsId, name: name === '' ? picsId : name, ...more };
}

async function lookForUnnamed(made: Made, making: Making): Promise<CallResult> {
  const { firstMs, tries } = making.settle;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    await making.sleep(firstMs * 2 ** attempt, making.account.signal);
    const found = await findMade(made, afresh(making));
    if (found.kind === 'found') return found.done;
    if (found.kind === 'several')
      return refuse('UNKNOWN_OUTCOME', '', { what: made.name, n: String(found.count) });
    if (found.kind !== 'absent') break;
  }
  return refuse('UNKNOWN_OUTCOME', 'empty-id', { what: made.name, n: '0' });
}

/** SA-14. Who is on the course already is where the enrolment wants the learner, if a reading shows it. */
async function enrolOnCourse(
  { reference, wasActive: _wasActive, ...request }: RequestOf<'enrol-on-course'>,
  making: Making,
): Promise<CallResult> {
  const answer = await making.port.call('enrol-on-course', request, making.account);
  const { learnerId, courseId } = request;
  const vendorId = `${learnerId}/${courseId}`;
  if (answer.kind === 'ok') return { ...emptyDone, vendorId };
  if (answer.kind === 'rejected' && answer.code === 'already-enrolled') {
    const read = await readCourses({ learnerId }, afresh(making));
    if (read.kind !== 'done') return read;
    if (read.observed.some((one) => one.vendorId === vendorId)) return { ...read, vendorId };
  }
  const gone = await explainGone(answer, request, making);
  return gone ?? toFailure(answer, 'enrol-on-course', { kind: 'learner', id: learnerId, reference });
}

async function setAssessor(
  name: 'set-assessor' | 'set-second-assessor',
  request: RequestOf<'set-assessor'>,
  making: Making,
): Promise<CallResult> {
  const answer = await making.port.call(name, request, making.account);
  if (answer.kind === 'ok') return emptyDone;
  return toFailure(answer, name, { kind: 'learner', id: request.learnerId });
}
