import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Call, CallResult } from '../../src/domain/step.ts';
import { pollResources } from '../../src/vendors/onefile/client/read-page.ts';
import { toAimKey, toMisKey } from '../../src/vendors/onefile/rules/enrol/calls.ts';
import type { EnrolmentAsk } from '../../src/vendors/onefile/rules/enrol/facts.ts';
import type { setupOneFile } from './onefile-client.ts';

export type OneFile = Awaited<ReturnType<typeof setupOneFile>>;

export const ask: EnrolmentAsk = {
  ...{ ident: '10001', email: 'I@x.example.org', firstName: 'imogen', lastName: 'Tarrant' },
  ...{ officers: ['ABR001', 'BCO001', 'NONE01'], assessorIds: ['400002', '400061', '499999'] },
  ...{ organisation: 'BRIND1', placementId: '39999', classroom: 'september INTAKE' },
};

export const assessor = {
  ...{ code: 'NEW001', firstName: 'Ruth', lastName: 'Ní Bhriain', email: 'ruth@x.example.org' },
  misId: 'NEW001',
};
export const placement = { code: 'SHEAF1', name: 'Sheaf & Sons', misId: 'SHEAF1' };
export const about = { firstName: 'Ruth', lastName: 'Ní Bhriain', email: 'ruth@x.example.org' };

/** A client whose calls are repeated as the engine would: told to wait, it waits. */
export function createPersistent(one: OneFile) {
  const context = { priority: 'live', cause: 'before-write' } as const;

  async function persist<T extends object>(make: () => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const result = await make();
      if (!JSON.stringify(result).includes('HTTP 429')) return result;
      await one.control('POST', '/clock', { mode: 'offset', advanceSeconds: 61 });
    }
    throw new Error('OneFile says for ever that it is asked too often');
  }

  const execute = (call: Pick<Call, 'name' | 'request'> & Partial<Call>): Promise<CallResult> =>
    persist(() => one.execute(call));

  /** A create whose answer is lost, and what is found of it afterwards. */
  async function lose(call: Call, path: string, ident: string, who: typeof about | null = null) {
    await one.control('POST', '/rules', {
      match: { method: 'POST', path },
      action: { type: 'apply-then-drop' },
    });
    const sent = await execute(call);
    const { name: step, naturalKey, subject } = call;
    const resolution = await persist(() =>
      one.client.resolve(
        { step, naturalKey, subject, ident },
        { ...context, ...(who === null ? {} : { about: who }) },
      ),
    );
    return { sent: sent.kind, resolution };
  }

  return { persist, execute, lose };
}

export function toCreate(
  name: string,
  subject: string,
  naturalKey: string | null,
  request: JsonObject,
): Call {
  return { name, effect: 'create', subject, naturalKey, request };
}

export function idOf(
  result: CallResult | { kind: 'found'; done: { vendorId: string | null } } | { kind: string },
) {
  const vendorId = 'done' in result ? result.done.vendorId : 'vendorId' in result ? result.vendorId : null;
  if (vendorId === null) throw new Error(`no id: ${JSON.stringify(result)}`);
  return vendorId;
}

/** `done`, or the code of a refusal. */
export function toWord(result: CallResult): string {
  return result.kind === 'rejected' ? result.code : result.kind;
}

/** Everything the sync needs of OneFile once, told in a few words that do not hang on how OneFile answers. */
export async function runEssentials(one: OneFile): Promise<Record<string, Json>> {
  const { persist, execute, lose } = createPersistent(one);
  const told: Record<string, Json> = {};
  const raw = async (path: string) => (await one.control('GET', `/records/${path}`)) as JsonObject;

  const connection = await persist(() => one.client.testConnection());
  told['connection'] = connection.kind === 'connected' ? connection.warnings.length : connection.code;
  const facts = await persist(() => one.client.readEnrolmentFacts(ask, 'command'));
  told['facts'] = 'kind' in facts ? facts.kind : toFactWords(facts);
  const offered = await persist(() => one.client.refreshCatalogue('command'));
  told['offered'] = 'kind' in offered ? offered.kind : offered.map(({ id, code }) => `${id} ${code}`).sort();

  await one.control('POST', '/act/users/400009/archive', {});
  const archived = await execute({ name: 'find-assessor', request: { code: 'OLD001', typedId: null } });
  told['archived'] = archived.kind === 'done' ? archived.vendorId : archived.kind;
  const nobody = await execute({ name: 'find-assessor', request: { code: 'NEW001', typedId: null } });
  told['nobody'] = nobody.kind === 'done' && nobody.links.length === 0;
  const createAssessor = toCreate('create-assessor', 'officer:NEW001', toMisKey('NEW001'), assessor);
  const lostAssessor = await lose(createAssessor, 'User', 'officer:NEW001', about);
  const assessorId = idOf(lostAssessor.resolution);
  const createPlacement = toCreate('create-placement', 'organisation:SHEAF1', toMisKey('SHEAF1'), placement);
  const lostPlacement = await lose(createPlacement, 'Placement', 'organisation:SHEAF1');
  const placementId = idOf(lostPlacement.resolution);
  const foundPlacement = await execute({
    name: 'find-placement',
    request: { code: 'SHEAF1', typedId: null },
  });
  told['foundPlacement'] = idOf(foundPlacement) === placementId;

  const learner = {
    ...{
      ident: '20001',
      firstName: 'Imogen',
      lastName: 'Tarrant',
      email: 'it@x.example.org',
      misId: '20001',
    },
    ...{ defaultAssessorId: assessorId, placementId, classroomId: '2001', birthDate: '2006-07-14', sex: 'F' },
  };
  const createLearner = toCreate('create-learner', 'learner:20001', toMisKey('20001', ['400020']), learner);
  const lostLearner = await lose(createLearner, 'User', '20001', learner);
  const learnerId = idOf(lostLearner.resolution);
  told['created'] = [lostAssessor, lostPlacement, lostLearner].map(
    ({ sent, resolution }) => `${sent} ${resolution.kind}`,
  );
  const { FirstName, DefaultAssessorID, PlacementID, DOB } = await raw(`users/${learnerId}`);
  const isRight = DefaultAssessorID === Number(assessorId) && PlacementID === Number(placementId);
  told['learner'] = [FirstName ?? null, isRight, String(DOB).slice(0, 10)];

  const of = { ident: '20001', learnerId };
  const toAssign = (key: string, standardId: string) =>
    toCreate('assign-standard', `qualification:20001/${key}`, toAimKey({ learnerId, standardId }), {
      ...{ ...of, key, standardId },
    });
  const lostAim = await lose(toAssign('603/1', '5004'), 'Standard/{id}/Assign/{learnerId}', '20001');
  const aimId = idOf(lostAim.resolution);
  told['assigned'] = [lostAim.resolution.kind, toWord(await execute(toAssign('196AS/1', '5007')))];
  const again = await execute(toAssign('603/1', '5004'));
  told['assignedAgain'] = again.kind === 'done' ? again.vendorId === aimId : again.kind;
  const fields = {
    ...{ startOn: '2026-06-01', plannedEndOn: '2027-06-01', registrationNumber: 'R1' },
    ...{ registeredOn: '2026-06-15', certificateReceivedOn: '2027-07-01' },
  };
  await one.control('POST', '/clock', { mode: 'offset', advanceSeconds: 100 }); // sessions may end by themselves
  await execute({ name: 'read-aims', request: { learnerId } });
  await one.control('POST', '/sessions/expire', {});
  const verify = ['certificateReceivedOn'];
  const updated = await execute({
    name: 'update-aim',
    effect: 'update',
    request: { aimId, learnerId, fields, verify },
  });
  told['kept'] = updated.kind === 'done' ? updated.findings.map(({ isKept }) => isKept) : updated.kind;
  const aims = await execute({ name: 'read-aims', request: { learnerId } });
  const aim = aims.kind === 'done' ? aims.observed.find(({ vendorId }) => vendorId === aimId)?.record : null;
  told['aim'] = Object.fromEntries(
    ['reference', ...Object.keys(fields)].map((name) => [name, aim?.[name] ?? null]),
  );
  for (const standardId of ['5004', null]) {
    const request = { learnerId, assessorId: '400002', standardId };
    told[`assessorOf ${standardId}`] = toWord(
      await execute({ name: 'assign-assessor', effect: 'update', request }),
    );
  }

  const at = Date.parse('2026-06-22T09:00:00Z');
  const review = { ident: '20001', reviewId: 'r1', learnerId, assessorId, fromMs: at, toMs: at + 3_600_000 };
  const visit = toCreate('create-visit', 'review:r1', null, { ...review, visitType: 'faceToFace' });
  const visitId = idOf(await execute(visit));
  const toReview = toCreate('create-review', 'review:r1', `learner=${learnerId} visit=${visitId}`, {
    ...{ ...review, visitId, scheduledForMs: at },
  });
  const lostReview = await lose(toReview, 'Review', '20001');
  told['review'] = lostReview.resolution.kind;
  const reviews = await execute({ name: 'read-reviews', request: { learnerId } });
  told['reviews'] =
    reviews.kind === 'done' && reviews.observed.map(({ record }) => record?.['scheduledForMs'] === at);

  const updates = {
    learner: { learnerId, fields: { phone: '0161 2', disability: '9' }, verify: ['phone', 'disability'] },
    assessor: { assessorId, fields: { mobile: '07700 900000' }, verify: [] },
    placement: { placementId: '30001', fields: { postcode: 'OL1 2AC' }, verify: ['postcode'] },
  };
  for (const [name, request] of Object.entries(updates)) {
    const result = await execute({ name: `update-${name}`, effect: 'update', request });
    told[`update ${name}`] =
      result.kind === 'done' ? result.findings.map(({ isKept }) => isKept) : toWord(result);
  }
  const stored = [
    await raw(`users/${learnerId}`),
    await raw(`users/${assessorId}`),
    await raw('placements/30001'),
  ];
  told['details'] = [
    stored[0]?.['Telephone'] ?? null,
    stored[1]?.['MobileNumber'] ?? null,
    stored[2]?.['Address'] ?? null,
  ];

  for (const resource of pollResources)
    told[`page ${resource.name}`] = await countPages(one, persist, resource, learnerId);
  const none = await execute({ name: 'check-learner', request: { learnerId: '499998', ident: '1' } });
  const foreign = await execute({ name: 'check-learner', request: { learnerId: '400070', ident: '1' } });
  told['strangers'] = [toWord(none), toWord(foreign)];

  await one.control('POST', '/maintenance', { seconds: 3_600 });
  told['maintenance'] = (
    await one.execute({ name: 'read-learner', request: { learnerId, ident: '1' } })
  ).kind;
  await one.control('DELETE', '/maintenance');
  told['taken'] = [
    toWord(await execute(createLearner)),
    toWord(await execute(createAssessor)),
    toWord(await execute(createPlacement)),
  ];
  await one.control('POST', `/act/users/${learnerId}/archive`, {});
  const late = { learnerId, fields: { phone: '0161 3' }, verify: [] };
  told['archivedWrite'] = toWord(await execute({ name: 'update-learner', effect: 'update', request: late }));
  return told;
}

type Facts = Exclude<Awaited<ReturnType<OneFile['client']['readEnrolmentFacts']>>, { kind: string }>;

function toFactWords(facts: Facts): Json {
  const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).sort();
  return {
    candidates: ids(facts.candidates),
    assessors: Object.entries(facts.assessors).map(([code, found]) => `${code}: ${ids(found).join()}`),
    missing: [...facts.missingAssessors],
    placements: ids(facts.placements),
    isPlacementMissing: facts.isPlacementMissing,
    classrooms: ids(facts.classrooms),
    centres: ids(facts.centres),
  };
}

type PageRequest = Parameters<OneFile['client']['readPage']>[0];
type PageAnswer = Awaited<ReturnType<OneFile['client']['readPage']>>;

/** Ids of all pages of a resource, read whole. */
async function countPages(
  one: OneFile,
  persist: ReturnType<typeof createPersistent>['persist'],
  resource: (typeof pollResources)[number],
  learnerVendorId: string,
): Promise<Json> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  for (let page = 1; page < 50; page += 1) {
    const request: PageRequest = {
      ...{ resource, extent: 'full', cursor, cause: 'poll' },
      learnerVendorId: resource.scope === 'learner' ? learnerVendorId : null,
    };
    const read: PageAnswer = await persist(() => one.client.readPage(request));
    if (read.kind !== 'page') return read.kind;
    for (const { vendorId } of read.observations) ids.add(vendorId);
    cursor = read.next;
    if (cursor === null) return ids.size;
  }
  return 'no end';
}
