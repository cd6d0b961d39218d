import type { JsonObject } from '../../src/domain/json.ts';
import { messageOf } from '../../src/domain/messages.ts';
import type { Answer, CommandRequest } from '../../src/domain/request.ts';
import type { RunItem, RunPlan, RunState } from '../../src/domain/run.ts';
import type { VendorName } from '../../src/domain/vendor-name.ts';
import type { LagRow } from '../../src/ops/lag.ts';
import type { Standing } from '../../src/page/reads.ts';
import { skip } from '../../src/requests/held.ts';
import type { Workplace } from '../../src/requests/request.ts';
import { createRunHandlers, planRun } from '../../src/requests/runs.ts';
import type { VendorStatus } from '../../src/vendors/vendor.ts';
import type { PageWorld } from '../support/page-world.ts';

/* An installation as the page sees it: what ops has measured, what waits, runs; and commands that are carried out. */

const row = (what: string, change: Partial<LagRow> = {}): LagRow => ({
  what,
  count: 0,
  unit: 'records',
  ageMs: 0,
  status: 'ok',
  sinceMs: null,
  advice: '',
  ...change,
});

export function wellRows(): LagRow[] {
  return [
    row('capture: last heartbeat', { ageMs: 2_400 }),
    row('capture: connector', { unit: 'tasks', count: null }),
    row('queue: PICS to OneFile', { status: 'idle' }),
    row('queue: OneFile to PICS', { count: 12, ageMs: 900 }),
    row('queue: PICS to Smart Assessor', { status: 'disabled' }),
    row('freshness: PICS to OneFile', { count: 37, ageMs: 1_900 }),
    row('freshness: OneFile to PICS', { count: 214, ageMs: 3_200 }),
  ];
}

/** As `wellRows`, with a queue that makes no progress. */
export function stalledRows(sinceMs: number): LagRow[] {
  const stalled = row('queue: PICS to OneFile', {
    count: 431,
    ageMs: 900_000,
    status: 'stalled',
    sinceMs,
    advice: 'Changes wait and none is worked on. Look at the log of outbound, and at "doctor".',
  });
  return wellRows().map((one) => (one.what === stalled.what ? stalled : one));
}

export function aStatus(change: Partial<VendorStatus> = {}): VendorStatus {
  return {
    isEnabled: true,
    rests: null,
    configured: 'on',
    faults: [],
    changedAtMs: 1,
    changedBy: 'ann',
    environment: 'simulator',
    centre: 'c1',
    settings: {},
    lastSynchronisedAtMs: Date.UTC(2026, 0, 15, 3, 41),
    synchronisingSinceMs: null,
    cautiousSinceMs: null,
    syncDueSinceMs: null,
    approvedPlan: null,
    warningsOpen: [],
    forecast: null,
    held: [],
    lostFields: [],
    sharedOfficers: [],
    ...change,
  };
}

export function aStanding(rows: readonly LagRow[], status: Partial<VendorStatus> = {}): Standing {
  const atMs = Date.now();
  const off = aStatus({ isEnabled: false, rests: 'disabled', centre: null, lastSynchronisedAtMs: null });
  return { atMs, rows, vendors: { onefile: aStatus(status), 'smart-assessor': off } };
}

const line = (
  does: RunItem['planned']['lines'][number]['does'],
  subject: string,
  fields: readonly string[] = [],
) => ({
  does,
  subject,
  fields,
  blank: [],
  code: null,
});

/** A run of three learners, of whom two differ. */
export async function addRun(
  { store: { runs } }: Pick<PageWorld, 'store'>,
  to: Extract<RunState, 'planned' | 'running' | 'done'>,
): Promise<number> {
  const order = {
    kind: 'replay',
    filter: {},
    start: { kind: 'beginning' },
    topics: [],
    readsVendor: false,
  } as const;
  const request = `run ${Math.random()}`;
  const asked = { vendor: 'onefile', centre: 'c1', request, order, by: 'olaf (page)' } as const;
  const { id } = await runs.ask(asked);
  const foreseen = (lines: RunItem['planned']['lines']) => ({ lines, calls: 1, reads: 0, isLinked: true });
  await runs.addItems(id, [
    { ident: '00017', planned: foreseen([line('update', 'aim:500/1234/1', ['registrationNumber'])]) },
    { ident: '00018', planned: foreseen([line('create', 'review:501'), line('held', 'review:502')]) },
    { ident: '00019', planned: foreseen([]) },
  ]);
  const plan: RunPlan = {
    ...{ digest: 'a1b2c3d4e5f60718', plannedAtMs: Date.now(), learners: 3, equal: 1, unlinked: 0 },
    ...{ counts: { update: 1, create: 1, held: 1 }, owners: [], reads: 0, completed: [], strangers: [] },
    forecast: { calls: 4, minutes: 1, callsPerLearner: 1.3 },
  };
  await runs.move(id, { from: ['asked'], to: 'planned' }, { plan });
  if (to === 'planned') return id;
  await runs.move(id, { from: ['planned'], to: 'approved' }, { approvedBy: 'olaf (page)' });
  await runs.move(id, { from: ['approved'], to: 'running' }, {});
  await runs.endItem(id, { ident: '00017', state: 'done', code: null, calls: 1 });
  if (to === 'running') return id;
  for (const ident of ['00018', '00019'])
    await runs.endItem(id, { ident, state: 'done', code: null, calls: 1 });
  await runs.move(id, { from: ['running'], to: 'done' }, {});
  return id;
}

/**
 * Carries out the commands that were given, with the product's handlers where they need no vendor. A retry only frees its
 * items: what the engine makes of them is shown by its own tests.
 */
export async function carryOut({ given, store }: PageWorld): Promise<void> {
  for (const row of given.filter(({ status }) => status === 'new')) {
    const name = row.vendor as VendorName;
    const { id, kind, ident, officer, organisation, requestedBy } = row;
    const payload: JsonObject = row.payload ?? {};
    const base = { id, kind, vendor: name, ident, officer, organisation, payload, requestedBy };
    const request: CommandRequest = { ...base, status: 'new', txId: null };
    const answer = await answerTo(request, name, store);
    Object.assign(row, {
      status: answer.status,
      code: answer.code,
      message: answer.code === null ? null : messageOf(answer.code, { vendor: name, ...answer.params }),
      result: answer.result,
      finishedAtMs: Date.now(),
    });
  }
}

async function answerTo(
  request: CommandRequest,
  name: VendorName,
  store: PageWorld['store'],
): Promise<Answer> {
  const { kind, payload, id, requestedBy } = request;
  const none = async () => {};
  if (kind === 'run-plan')
    return planRun(request, none, { vendor: { name, centre: 'c1' }, store } as unknown as Workplace);
  if (kind === 'skip')
    return skip(request, {
      vendor: name,
      store,
      pics: { readHeldRequests: async () => [] },
      topics: { publishResult: none },
      clock: { nowMs: Date.now },
    });
  const handler = createRunHandlers({ vendor: { name }, store })[kind];
  if (handler !== undefined) return handler.handle(request, none);
  const held = payload['held'];
  const choice = Array.isArray(held)
    ? { ids: held.map(String) }
    : { vendor: name, code: String(payload['code']) };
  const items = await store.held.retry(choice, { by: requestedBy ?? '', request: id });
  return { status: 'done', code: null, params: {}, result: { items: items.length } };
}
