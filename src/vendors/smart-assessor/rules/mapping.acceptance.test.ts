import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../../test/memory/clock.ts';
import { control } from '../../../../test/memory/door.ts';
import { createMemoryPorts } from '../../../../test/memory/ports.ts';
import { memoryRoleSettings } from '../../../../test/memory/settings.ts';
import {
  createMemorySmartAssessor,
  smartAssessorConfigured,
} from '../../../../test/memory/smart-assessor.ts';
import { buildLearner, buildReview } from '../../../../test/support/learner.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import { enableVendor } from '../../../../test/support/world/side.ts';
import type { Json } from '../../../domain/json.ts';
import type { Review } from '../../../domain/learner.ts';
import { runOutbound } from '../../../roles/outbound.ts';
import { runReconciler } from '../../../roles/reconciler.ts';

/** One site and one PICS, at which the program is started again with other settings. */
function setup({ type, reviews = [] }: { readonly type: string; readonly reviews?: readonly Review[] }) {
  const { clock, virtual } = createVirtualClock();
  const [session] = smallSite.sessions;
  const records = { ...smallSite, sessions: [{ ...session, type }] } as unknown as Json;
  const { vendor, simulator } = createMemorySmartAssessor({ clock, records });
  const learner = buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    smartAssessorId: ids.imogen,
    activePortfolio: 'S',
    reviews,
  });
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners: [learner] });
  let isEnabled = false;
  let commandCount = 0;
  /** The roles with these settings; `during` runs beside them, a minute after their start. */
  const run = async (configured: object, during: () => Promise<void> = async () => {}): Promise<void> => {
    const settings = memoryRoleSettings({ 'smart-assessor': smartAssessorConfigured(configured) });
    const known = { vendor, confirmed: null };
    if (!isEnabled) await enableVendor(known, { ports, settings, virtual });
    isEnabled = true;
    const stop = new AbortController();
    const roles = Promise.allSettled([
      runOutbound(ports, settings, stop.signal),
      runReconciler(ports, settings, stop.signal),
    ]);
    await virtual.runUntil(clock.sleep(60_000));
    await during();
    await virtual.runUntil(clock.sleep(60_000));
    stop.abort(new Error('stopped'));
    await virtual.runUntil(roles);
  };
  return {
    run,
    reviews: () => ports.pics.find('10001')?.reviews ?? [],
    held: () => ports.store.ledger.held.map(({ code }) => code),
    act: (path: string, body: object) => control(simulator, 'POST', path, body as Json),
    /** A person refreshes the learner. */
    refresh: async () => {
      commandCount += 1;
      const id = `00000000-0000-4000-8000-${String(commandCount).padStart(12, '0')}`;
      ports.pics.insertRequest({ id, kind: 'refresh', vendor: 'smartassessor', ident: '10001' });
      await virtual.runUntil(clock.sleep(60_000));
    },
  };
}

test('SA-9: once its type is mapped, an event that was held is applied by the next start, and once', async () => {
  const world = setup({ type: 'GatewayReady' });
  await world.run({}, world.refresh);
  expect(world.reviews()).toEqual([]);
  expect(world.held()).toEqual(['TYPE_NOT_MAPPED']);
  await world.run({});
  expect(world.held()).toEqual(['TYPE_NOT_MAPPED']);
  const mapped = { reviewTypeMap: { 'gateway ready': 'G' } };
  await world.run(mapped);
  expect(world.reviews()).toMatchObject([{ type: 'G', smartAssessorId: ids.session }]);
  expect(world.held()).toEqual([]);
  const before = world.reviews();
  await world.run(mapped, world.refresh);
  expect(world.reviews()).toEqual(before);
});

test('SA-9, A-31: a type that is not mapped keeps no other field from its place, and is followed once it is mapped', async () => {
  const world = setup({ type: 'FormalReview' });
  const formal = { 'Formal Review': 'F' };
  await world.run({ reviewTypeMap: formal }, world.refresh);
  expect(world.reviews()).toMatchObject([{ type: 'F', attended: 'U' }]);
  const [session] = smallSite.sessions;
  const learners = session.learners.map((one) => ({ ...one, status: 'Attended' }));
  world.act('/records', { sessions: [{ ...session, type: 'GatewayReady', learners }] });
  await world.run({ reviewTypeMap: formal }, world.refresh);
  expect(world.reviews()).toMatchObject([{ type: 'F', attended: 'Y' }]);
  expect(world.held()).toEqual(['TYPE_NOT_MAPPED']);
  await world.run({ reviewTypeMap: { ...formal, 'Gateway Ready': 'G' } });
  expect(world.reviews()).toMatchObject([{ type: 'G', attended: 'Y' }]);
  expect(world.held()).toEqual([]);
});

test('A-31: the type of a review that PICS had first stays, whatever the mapping says, until the event gets another', async () => {
  const known = buildReview({ id: 'r1', type: 'X', smartAssessorId: ids.session });
  const world = setup({ type: 'FormalReview', reviews: [known] });
  await world.run({}, world.refresh);
  await world.run({ reviewTypeMap: { 'Formal Review': 'F' } }, world.refresh);
  expect(world.reviews()).toMatchObject([{ type: 'X', attended: 'U' }]);
  expect(world.held()).toEqual([]);
});
