import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { countRestarts, readMetric } from '../../support/deployment/metrics.ts';
import {
  expectOnceEach,
  planReviews,
  readLinkedIdents,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { readBacklog, settle } from '../../support/deployment/settle.ts';
import type { SimulatedCall } from '../../support/deployment/simulator-control.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('outage');

/** That of the installation: a silent member is thrown out of its group after it. */
const sessionTimeoutMs = 6_000;

test('while OneFile is away for longer than the session time-out, outbound stays a member; then all is delivered once, without a burst', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  const idents = await readLinkedIdents(deployment);
  const outbound = await deployment.startRoles('outbound', 'reconciler');
  const warm = await planReviews(
    deployment,
    idents.slice(0, 1).map((ident) => ({ ident })),
  );
  await untilDelivered(deployment, warm);
  const assignments = await countAssignments();
  const restarts = await countRestarts(outbound);

  await oneFile.post('/maintenance', { seconds: 3_600 });
  const beganAtMs = Date.now();
  const during = await oneFile.mark();
  const reviews = await planReviews(
    deployment,
    idents.map((ident) => ({ ident })),
  );
  await eventually(async () => {
    expect(await readMetric(outbound, 'vendor_paused', { vendor: 'onefile' })).toBe(1);
    expect(Date.now() - beganAtMs).toBeGreaterThan(2 * sessionTimeoutMs);
  }, 60_000);
  expect((await readBacklog(deployment, 'outbound')).join()).toContain('itp_revu');
  await oneFile.patch('/switches', { 'latency-ms': 100 });
  const after = await oneFile.mark();
  await oneFile.delete('/maintenance');
  await untilDelivered(deployment, reviews, 90_000);
  await settle(deployment);
  await expectOnceEach(deployment, reviews);
  expect(await countAssignments()).toBe(assignments);
  expect(await readMetric(outbound, 'vendor_paused', { vendor: 'onefile' })).toBe(0);
  expect(await countRestarts(outbound)).toBe(restarts);
  const refused = (await oneFile.calls(during)).filter(({ seq }) => seq <= after);
  expect(new Set(refused.map(({ outcome }) => outcome))).toEqual(new Set(['maintenance']));
  // Each learner tries a few times before the whole vendor is left alone; from then on it is one probe at a time.
  expect(refused.length).toBeLessThan(6 * idents.length);
  expectSlowStart(await oneFile.calls(after));
  const { rows } = await deployment.store.query('select code from sync.held where closed_at is null');
  expect(rows).toEqual([]);

  async function countAssignments(): Promise<number> {
    const log = await readFile(path.join(deployment.directory, 'outbound-reconciler.log'), 'utf8');
    return log.split('partitions assigned').length - 1;
  }
});

test('when the answers to creates are lost, each review is created once all the same', async () => {
  const deployment = installation();
  const { oneFile, store } = deployment;
  const idents = await readLinkedIdents(deployment);
  await deployment.startRoles('outbound', 'reconciler');
  const mark = await oneFile.mark();
  for (const skip of [0, 2, 4, 6])
    await oneFile.post('/rules', {
      match: { method: 'POST', path: 'Review' },
      skip,
      action: { type: 'apply-then-drop' },
    });
  const reviews = await planReviews(
    deployment,
    idents.map((ident) => ({ ident })),
  );
  await untilDelivered(deployment, reviews);
  await settle(deployment);
  await expectOnceEach(deployment, reviews);
  const creates = (await oneFile.calls(mark)).filter(({ path: route }) => route === 'Review');
  expect(creates.filter(({ outcome }) => outcome === 'dropped-after')).toHaveLength(4);
  expect(creates).toHaveLength(reviews.length);
  const { rows } = await store.query(`select 1 from sync.intent where code = 'ADOPTED'`);
  expect(rows).toHaveLength(4);
});

/** One probe goes alone, then two at once at most, then four: nobody is greeted with everything that has piled up. */
function expectSlowStart(calls: readonly SimulatedCall[]): void {
  const [probe, ...rest] = calls
    .map(({ at, durationMs }) => ({ from: Date.parse(at), to: Date.parse(at) + durationMs }))
    .toSorted((a, b) => a.from - b.from);
  expect(rest.filter(({ from }) => from < (probe?.to ?? 0))).toEqual([]);
  const atOnce = (call: { from: number }): number =>
    rest.filter(({ from, to }) => from <= call.from && call.from < to).length;
  expect(Math.max(...rest.slice(0, 2).map(atOnce))).toBeLessThanOrEqual(2);
  expect(Math.max(...rest.slice(0, 6).map(atOnce))).toBeLessThanOrEqual(4);
}
