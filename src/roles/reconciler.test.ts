import { expect, onTestFinished, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { oneFileRoleSettings } from '../../test/memory/onefile.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { centre } from '../../test/paper-vendor/paper-calls.ts';
import { PaperService } from '../../test/paper-vendor/paper-service.ts';
import { createPaper } from '../../test/paper-vendor/paper-vendor.ts';
import { buildLearner } from '../../test/support/learner.ts';
import { anIntent } from '../../test/support/ledger-records.ts';
import { emptyOutcome } from '../domain/ledger.ts';
import type { Observation } from '../domain/observation.ts';
import { runReconciler } from './reconciler.ts';
import type { RoleSettings } from './role.ts';

const scope = { vendor: 'smartassessor', centre } as const;
const idents = ['10001', '10002', '10003'];
const hourMs = 3_600_000;

/** The role alone, with a vendor that is enabled, over one partition of each topic; outbound is away. */
async function setup() {
  const { clock, virtual } = createVirtualClock();
  const vendor = createPaper(new PaperService());
  const learners = idents.map((ident) => buildLearner({ ident, smartAssessorId: `v${ident}`, reviews: [] }));
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners });
  const { store, pics, topics } = ports;
  const settings: RoleSettings = {
    ...oneFileRoleSettings(),
    vendors: { 'smart-assessor': { kind: 'enabled', settings: { callsPerMinute: 60 } } },
  };

  await store.vendors.enable({ vendor: 'smartassessor', by: 'ann', isSyncDue: false });
  for (const ident of idents)
    store.ledger.linkTable.make({
      ...scope,
      kind: 'learner',
      picsId: ident,
      ident,
      vendorId: `v${ident}`,
      how: 'matched',
    });
  const stop = new AbortController();
  let ended: unknown = null;
  const running = runReconciler(ports, settings, stop.signal).catch((error: unknown) => {
    ended = error;
  });
  onTestFinished(async () => {
    stop.abort(new Error('the test ends'));
    await virtual.runUntil(running);
  });
  const show = (ident: string, vendorId: string) => topics.publishObservations([review(ident, vendorId)]);
  const review = (ident: string, vendorId: string): Observation => ({
    ...scope,
    entity: 'review',
    vendorId,
    learnerVendorId: `v${ident}`,
    observedAtMs: clock.nowMs(),
    cause: 'poll',
    deleted: false,
    record: { at: '2026-02-02T10:00:00', attended: 'Y' },
  });
  return {
    pics,
    store,
    show,
    pass: (ms: number) => virtual.runUntil(clock.sleep(ms), 48 * hourMs),
    reviewsOf: (ident: string) => pics.find(ident)?.reviews.map(({ smartAssessorId }) => smartAssessorId),
    ended: () => ended,
  };
}

test('OF-53, G-7: an upload that is not answered for a day keeps its own learner waiting and nobody else', async () => {
  const { store, show, pass, reviewsOf, ended, pics } = await setup();
  const intent = await store.ledger.recordIntent(
    anIntent({
      ...scope,
      ident: '10001',
      step: 'create-review',
      effect: 'create',
      subject: 'review:501',
      worker: 7,
    }),
  );
  if (intent.kind !== 'recorded') throw new Error('the intent was not recorded');
  await show('10001', '41');
  await show('10002', '42');
  await pass(2_000);
  expect([reviewsOf('10001'), reviewsOf('10002')]).toEqual([[], ['42']]);
  await pass(24 * hourMs);
  await show('10003', '43');
  await pass(2_000);
  expect([reviewsOf('10001'), reviewsOf('10003'), pics.parked.length]).toEqual([[], ['43'], 1]);
  const { version } = await store.ledger.readLane({
    ...scope,
    ident: '10001',
    officers: [],
    organisations: [],
    learnerVendorIds: [],
  });
  await store.ledger.recordOutcome({
    ...emptyOutcome({ ...scope, ident: '10001' }, version),
    intentId: intent.intentId,
    state: 'rejected',
  });
  await pass(16_000);
  expect([reviewsOf('10001'), pics.parked.length, ended()]).toEqual([['41'], 0, null]);
});

test('G-7: a row that a user of PICS has locked for long neither stops others nor ends the role', async () => {
  const { show, pass, reviewsOf, ended, pics } = await setup();
  pics.locked.add('10002');
  await show('10002', '42');
  await show('10003', '43');
  await pass(1_500);
  expect([reviewsOf('10002'), reviewsOf('10003')]).toEqual([[], ['43']]);
  await pass(hourMs);
  pics.locked.clear();
  await pass(16_000);
  expect([reviewsOf('10002'), ended()]).toEqual([['42'], null]);
});
