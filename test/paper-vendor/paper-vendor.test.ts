import { expect, test } from 'vitest';
import { superviseAll } from '../../src/base/supervise.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { RequestRow } from '../../src/domain/request.ts';
import { runOutbound } from '../../src/roles/outbound.ts';
import { runPoller } from '../../src/roles/poller.ts';
import { runReconciler } from '../../src/roles/reconciler.ts';
import { contextOf, type Role, type RoleSettings } from '../../src/roles/role.ts';
import { createVirtualClock } from '../memory/clock.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../memory/onefile.ts';
import { Killed } from '../memory/pics.ts';
import { createMemoryPorts } from '../memory/ports.ts';
import { settle } from '../memory/settle.ts';
import { buildLearner, buildReview } from '../support/learner.ts';
import { PaperService } from './paper-service.ts';
import { createPaper } from './paper-vendor.ts';

const settings: RoleSettings = {
  shared: {
    nearRealTime: true,
    deletedReviews: 'recreate',
    externalIdVendor: null,
    pics: { role: 'test', licences: ['smartassessor'], liveLetters: ['L'] },
  },
  vendors: {
    ...oneFileRoleSettings().vendors,
    'smart-assessor': { kind: 'enabled', settings: { callsPerMinute: 60 } },
  },
  outbound: { concurrency: 8, maxInWork: 100, maxInWorkBytes: 1_000_000, commitIntervalMs: 1_000 },
  runs: { share: 0.3, lanes: 16, oldAfterMs: 900_000 },
};

const imogen = buildLearner({
  ident: '10001',
  firstName: 'Imogen',
  surname: 'Tarrant',
  email: 'imogen@x.example.org',
  reviews: [buildReview({ id: '501', proposedAt: '2026-02-02T10:00:00' })],
});

/** The product's roles, supervised as in the product, with PICS, topics and sync database in memory. */
function openPaperWorld({ learners = [imogen], service = new PaperService(), isBesideOneFile = false } = {}) {
  const { clock, virtual } = createVirtualClock();
  const vendor = createPaper(service);
  const others = isBesideOneFile ? [createMemoryOneFile({ clock }).vendor] : [];
  const ports = createMemoryPorts({ clock, vendors: [...others, vendor], learners });
  const restarts: string[] = [];
  const { pics, log } = ports;
  const stop = new AbortController();
  const flow = (role: Role) => (signal: AbortSignal) => role(ports, settings, signal);
  const flows = superviseAll(
    { outbound: flow(runOutbound), poller: flow(runPoller), reconciler: flow(runReconciler) },
    {
      signal: stop.signal,
      log,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      nowMs: clock.nowMs,
      onRestart: (role) => restarts.push(role),
    },
  );
  flows.catch(() => {});
  let requestCount = 0;
  const settled = (): Promise<void> => virtual.runUntil(settle(ports));
  return {
    ports,
    service,
    restarts,
    settled,
    passMs: (ms: number): Promise<void> => virtual.runUntil(clock.sleep(ms)),
    learner: (): Learner => {
      const learner = pics.find('10001');
      if (learner === null) throw new Error('the learner is gone');
      return learner;
    },
    /**
     * A person gives a command, as the command line does; what the answer is once everything has settled.
     */
    command: async (kind: string, payload: JsonObject = {}): Promise<RequestRow | null> => {
      requestCount += 1;
      const id = String(requestCount);
      const ident = kind === 'enrol' ? '10001' : null;
      pics.insertRequest({ id, kind, vendor: 'smartassessor', ident, payload, requestedBy: 'test' });
      await settled();
      return pics.readRequest(id);
    },
    edit: async (set: Partial<Learner>): Promise<void> => {
      await pics.edit('10001', (learner) => ({ ...learner, ...set }));
    },
    status: () => vendor.switching(contextOf(vendor, ports, settings)).readStatus(),
    /** What was asked of the office since the last time, without reads. */
    takeWrites: takeNew(() => service.history.filter((call) => !/^(list|read|find|sign)/.test(call))),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      stop.abort(new Error('the test ends'));
      await virtual.runUntil(flows.catch(() => {}));
    },
  };
}

function takeNew(read: () => readonly string[]): () => readonly string[] {
  let taken = 0;
  return () => {
    const fresh = read().slice(taken);
    taken += fresh.length;
    return fresh;
  };
}

/** A world in which Imogen is enrolled and her review is uploaded. */
async function openEnrolledWorld() {
  const world = openPaperWorld();
  await world.command('enable');
  await world.command('enrol');
  world.takeWrites();
  return world;
}

test('enabled, the office is read whole: ids of PICS become links, and what is new comes in', async () => {
  const service = new PaperService();
  const { id } = service.addLearner({
    firstName: 'Imogen',
    surname: 'Tarrant',
    email: 'imogen@x.example.org',
  });
  service.addReview({ learnerId: id, at: '2026-03-03T09:00:00', attended: 'Y' });
  await using world = openPaperWorld({
    service,
    learners: [{ ...imogen, reviews: [], smartAssessorId: id }],
  });
  await world.settled();
  expect(service.history).toEqual([]);

  expect(await world.command('enable')).toMatchObject({ status: 'done', result: { enabled: true } });

  expect(await world.status()).toMatchObject({ isEnabled: true, syncDueSinceMs: null, approvedPlan: null });
  expect(world.learner().reviews).toMatchObject([
    { smartAssessorId: 'R1', proposedAt: '2026-03-03T09:00:00', attended: 'Y' },
  ]);
  expect(world.takeWrites()).toEqual([]);
});

test('an enrolment creates the learner, opens the portfolio, and sends what the learner has', async () => {
  await using world = openPaperWorld();
  await world.command('enable');

  expect(await world.command('enrol')).toMatchObject({
    status: 'done',
    result: { vendorId: 'P1', reviews: 1 },
  });

  expect(world.takeWrites()).toEqual([
    'create-learner learner:10001',
    'open-portfolio portfolio:10001',
    'create-review review:501',
  ]);
  expect(world.learner()).toMatchObject({ smartAssessorId: 'P1', reviews: [{ smartAssessorId: 'R1' }] });
  expect(await world.command('enrol')).toMatchObject({ status: 'refused', code: 'ALREADY_LINKED' });
});

test('who cannot be enrolled is refused before anything is sent', async () => {
  await using world = openPaperWorld({ learners: [{ ...imogen, email: null }] });
  await world.command('enable');
  expect(await world.command('enrol')).toMatchObject({ status: 'refused', code: 'NO_EMAIL' });
  expect(world.takeWrites()).toEqual([]);
});

test('killed before step one is recorded, an enrolment goes on at step two, and not twice', async () => {
  await using world = openPaperWorld();
  await world.command('enable');
  world.service.beforeAnswer = (call) => {
    if (!call.startsWith('create-learner')) return;
    world.service.beforeAnswer = () => {};
    throw new Killed();
  };

  expect(await world.command('enrol')).toMatchObject({ status: 'done', result: { vendorId: 'P1' } });

  expect(world.service.history).toContain('find create-learner 10001');
  expect(world.service.learners.size).toBe(1);
  expect(world.service.portfolios).toEqual(['P1']);
});

test('a change in PICS is sent; what does not concern the office is not', async () => {
  await using world = await openEnrolledWorld();
  await world.edit({ email: 'new@x.example.org' });
  await world.edit({ phone: '0123' });
  await world.settled();
  expect(world.takeWrites()).toEqual(['update-learner learner:10001']);
  expect(world.service.learners.get('P1')).toMatchObject({ email: 'new@x.example.org' });
});

test('what an assessor writes down at the office comes into PICS, and does not go back', async () => {
  await using world = await openEnrolledWorld();
  world.service.changeReview('R1', { attended: 'Y' });
  await world.settled();
  expect(world.learner().reviews).toMatchObject([{ id: '501', attended: 'Y' }]);
  expect(world.takeWrites()).toEqual([]);
});

test('what is refused waits for a person, the rest goes on, and after a retry it passes', async () => {
  await using world = await openEnrolledWorld();
  const { service, ports } = world;
  service.refuses = (call) => (call.startsWith('create-review') ? 'closed that day' : null);
  const reviews = [...imogen.reviews, buildReview({ id: '502', proposedAt: '2026-12-25T10:00:00' })];
  await world.edit({
    email: 'new@x.example.org',
    reviews: [...world.learner().reviews, ...reviews.slice(1)],
  });
  await world.settled();

  expect(world.takeWrites()).toEqual(['update-learner learner:10001', 'create-review review:502']);
  const [held] = await ports.store.held.list({ vendor: 'smartassessor' });
  expect(held).toMatchObject({ ident: '10001', subject: 'review:502', code: 'VENDOR_REFUSED' });
  expect(await world.status()).toMatchObject({ held: [{ code: 'VENDOR_REFUSED', count: 1 }] });

  // Refused once, the same request is not sent again until a person says so.
  await world.edit({ email: 'newer@x.example.org' });
  await world.settled();
  expect(world.takeWrites()).toEqual(['update-learner learner:10001']);

  service.refuses = () => null;
  expect(await world.command('retry', { held: held?.id ?? '' })).toMatchObject({ status: 'done' });
  expect(world.takeWrites()).toEqual(['create-review review:502']);
  expect(await ports.store.held.list()).toEqual([]);
});

test('what an outage stopped is sent after it, as it stands then, and nothing is held', async () => {
  await using world = await openEnrolledWorld();
  world.service.isDown = true;
  await world.edit({ email: 'first@x.example.org' });
  await world.passMs(10 * 60_000);
  await world.edit({ email: 'last@x.example.org' });
  await world.passMs(10 * 60_000);
  expect(world.ports.meter.pauses).toContain('unreachable');
  expect(await world.ports.store.held.list()).toEqual([]);

  world.service.isDown = false;
  await world.settled();
  expect(world.service.learners.get('P1')).toMatchObject({ email: 'last@x.example.org' });
});

test('disabled, nothing is sent; enabled again, what changed meanwhile goes both ways', async () => {
  await using world = await openEnrolledWorld();
  const { service } = world;
  expect(await world.command('disable')).toMatchObject({ status: 'done', result: { enabled: false } });
  const callCount = service.history.length;
  await world.edit({ email: 'new@x.example.org' });
  service.changeReview('R1', { attended: 'N' });
  await world.passMs(2 * 3_600_000);
  expect(service.history.length).toBe(callCount);
  expect(await world.status()).toMatchObject({ isEnabled: false, rests: 'disabled' });
  expect(await world.command('enrol')).toMatchObject({ status: 'refused', code: 'DISABLED' });

  await world.command('enable');
  expect(world.takeWrites()).toEqual(['update-learner learner:10001']);
  expect(world.learner().reviews).toMatchObject([{ id: '501', attended: 'N' }]);
});

test('two vendors work side by side: each takes its own links, and keeps its own place', async () => {
  await using world = openPaperWorld({ isBesideOneFile: true });
  const { store } = world.ports;
  await store.vendors.enable({ vendor: 'onefile', by: 'test', confirmed: confirmedFor(), isSyncDue: false });
  await world.command('enable');
  expect(await world.command('enrol')).toMatchObject({ status: 'done', result: { vendorId: 'P1' } });
  expect(world.learner()).toMatchObject({ smartAssessorId: 'P1', oneFileId: null });
  expect(world.learner().reviews).toMatchObject([{ smartAssessorId: 'R1', oneFileId: null }]);
  expect(world.restarts).toEqual([]);
});

test('a run is planned by what the office shows, and what was approved is done once', async () => {
  await using world = await openEnrolledWorld();
  const { service, ports } = world;
  service.changeLearner('P1', { email: 'typed@office.example.org' });
  const asked = await world.command('run-plan', { kind: 'synchronise', filter: { idents: ['10001'] } });
  const id = Number(asked?.result?.['run']);
  await world.passMs(60_000);
  const planned = await ports.store.runs.read(id);
  expect(planned).toMatchObject({ state: 'planned', plan: { learners: 1, counts: { update: 1 } } });
  expect(world.takeWrites()).toEqual([]);

  await world.command('run-approve', { run: id, digest: planned?.plan?.digest ?? '' });
  await world.passMs(120_000);
  expect(await ports.store.runs.read(id)).toMatchObject({ state: 'done', progress: { done: 1, failed: 0 } });
  expect(world.takeWrites()).toEqual(['update-learner learner:10001']);
  expect(service.learners.get('P1')).toMatchObject({ email: 'imogen@x.example.org' });
});
