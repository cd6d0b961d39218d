import { expect } from 'vitest';
import type { RoleProcess } from '../../support/deployment/deployment.ts';
import { lockTable } from '../../support/deployment/lock-table.ts';
import { readMetric } from '../../support/deployment/metrics.ts';
import {
  expectOnceEach,
  findAtOneFile,
  planReview,
  readLinkedIdents,
  readReviewRow,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { readBacklog, settle, sum, untilPolled } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('killed');
const deadlineMs = 60_000;

test('outbound killed between the answer of OneFile and the ledger looks the review up and creates no second', async () => {
  const deployment = installation();
  const { oneFile, store } = deployment;
  const [ident = ''] = await readLinkedIdents(deployment);
  const [first] = await Promise.all([deployment.startRoles('outbound'), deployment.startRoles('reconciler')]);
  const mark = await oneFile.mark();
  await oneFile.post('/rules', { match: { method: 'POST', path: 'Review' }, delayMs: 1_500 });
  const review = await planReview(deployment, { ident });
  await eventually(() => expectIntents(ident, [['create-review', 'sending', null]]), deadlineMs);
  await using lock = await lockTable(store, 'sync.intent');
  await eventually(async () => {
    expect(await findAtOneFile(deployment, review)).toHaveLength(1);
    expect(await lock.countWaiting()).toBeGreaterThan(0);
  }, deadlineMs);
  await kill(first);
  await lock.cutAndRelease();
  await expectIntents(ident, [['create-review', 'sending', null]]);
  expect((await readReviewRow(deployment, review.id))?.onefile_id).toBeNull();

  await deployment.startRoles('outbound');
  await untilDelivered(deployment, [review]);
  await settle(deployment);
  await expectOnceEach(deployment, [review]);
  expect(await countWrites(mark)).toEqual({ 'POST Visit': 1, 'POST Review': 1 });
  await expectIntents(ident, [['create-review', 'done', 'ADOPTED']]);
});

test('G-5: outbound killed while OneFile still works on a create finds the review when it is there, and creates no second', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  const ident = (await readLinkedIdents(deployment))[5] ?? '';
  const [first] = await Promise.all([deployment.startRoles('outbound'), deployment.startRoles('reconciler')]);
  const mark = await oneFile.mark();
  // Longer than the first look-up waits: it finds nothing yet.
  await oneFile.post('/rules', { match: { method: 'POST', path: 'Review' }, times: 1, delayMs: 15_000 });
  const review = await planReview(deployment, { ident });
  await eventually(() => expectIntents(ident, [['create-review', 'sending', null]]), deadlineMs);
  await kill(first);
  expect(await findAtOneFile(deployment, review)).toEqual([]);

  await deployment.startRoles('outbound');
  await untilDelivered(deployment, [review]);
  await settle(deployment);
  await expectOnceEach(deployment, [review]);
  expect(await countWrites(mark)).toEqual({ 'POST Visit': 1, 'POST Review': 1 });
  await expectIntents(ident, [['create-review', 'done', 'ADOPTED']]);
});

test('outbound killed between ledger and commit gets its records again and sends nothing', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  const [, ident = ''] = await readLinkedIdents(deployment);
  const never = { PICS_SYNC_OUTBOUND_COMMIT_INTERVAL_MS: '3600000' };
  const [first] = await Promise.all([
    deployment.startRolesWith(never, 'outbound'),
    deployment.startRoles('reconciler'),
  ]);
  const mark = await oneFile.mark();
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
  await expectIntents(ident, [['create-review', 'done', 'done']]);
  await kill(first);
  expect((await readBacklog(deployment, 'outbound')).join()).toContain('itp_revu');

  const second = await deployment.startRoles('outbound');
  await settle(deployment);
  expect(await readMetric(second, 'dispositions_total', { disposition: 'settled' })).toBeGreaterThan(0);
  await expectOnceEach(deployment, [review]);
  expect(await countWrites(mark)).toEqual({ 'POST Visit': 1, 'POST Review': 1 });
});

test('poller killed between publish and cursor publishes again, and PICS is written once', async () => {
  const deployment = installation();
  const { oneFile, store, kafka, topics } = deployment;
  const [, , ident = ''] = await readLinkedIdents(deployment);
  await deployment.startRoles('outbound', 'reconciler');
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
  // Else the start of a review shows in the learner too, whose page comes first.
  await oneFile.patch('/switches', { 'last-modified-output': 'absent' });
  const first = await deployment.startRoles('poller');
  await untilPolled(deployment);
  await settle(deployment);
  const [created] = await findAtOneFile(deployment, review);
  const published = async (): Promise<number> =>
    Number(sum(await kafka.admin.readBounds(topics.entities['onefile.review'])));
  const publishedBefore = await published();
  await using lock = await lockTable(store, 'sync.shadow');
  await oneFile.post(`/act/reviews/${created?.ID}/start`, { at: '2025-06-02T09:00:00Z' });
  await eventually(async () => {
    expect(await published()).toBe(publishedBefore + 1);
    expect(await lock.countWaiting()).toBeGreaterThan(0);
  }, deadlineMs);
  await kill(first);
  await lock.cutAndRelease();
  await eventually(async () => {
    expect((await readReviewRow(deployment, review.id))?.attended).toBe('Y');
  }, deadlineMs);
  const applied = await readReviewRow(deployment, review.id);

  await deployment.startRoles('poller');
  await eventually(async () => expect(await published()).toBe(publishedBefore + 2), deadlineMs);
  await untilPolled(deployment);
  await settle(deployment);
  expect(await published()).toBe(publishedBefore + 2);
  expect(await readReviewRow(deployment, review.id)).toEqual(applied);
  expect(applied).toMatchObject({ actual: '2025-06-02 10:00:00', onefile_id: String(created?.ID) });
  await expectOnceEach(deployment, [review]);
});

test('reconciler killed between the transaction of PICS and the commit goes on behind it and writes nothing twice', async () => {
  const deployment = installation();
  const { oneFile, store } = deployment;
  const [, , , ident = ''] = await readLinkedIdents(deployment);
  const [first] = await Promise.all([
    deployment.startRoles('reconciler'),
    deployment.startRoles('outbound', 'poller'),
  ]);
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
  await untilPolled(deployment);
  await settle(deployment);
  const [created] = await findAtOneFile(deployment, review);
  // Its report comes after the transaction of PICS and before the commit to Kafka.
  await using lock = await lockTable(store, 'sync.journal');
  await oneFile.post(`/act/reviews/${created?.ID}/start`, { at: '2025-02-03T09:00:00Z' });
  await eventually(async () => {
    expect((await readReviewRow(deployment, review.id))?.attended).toBe('Y');
    expect(await lock.countWaiting()).toBeGreaterThan(0);
  }, deadlineMs);
  await kill(first);
  await lock.cutAndRelease();
  expect((await readBacklog(deployment, 'reconciler')).join()).toContain('onefile.review');
  const applied = await readReviewRow(deployment, review.id);

  const restartedAt = await readClock(store);
  const second = await deployment.startRoles('reconciler');
  const later = await planReview(deployment, { ident });
  await untilDelivered(deployment, [later]);
  await untilPolled(deployment);
  await settle(deployment);
  expect(await readReviewRow(deployment, review.id)).toEqual(applied);
  // The id of the later review and its first observation, apart or, when it was seen at once, together: nothing else.
  expect([1, 2]).toContain(await readMetric(second, 'applied_total', { outcome: 'written' }));
  const { rows } = await store.query<{ id: string }>(
    `select vendor_id as id from sync.journal where kind = 'applied' and ident = $1 and at > $2 order by id`,
    [ident, restartedAt],
  );
  const [last] = await findAtOneFile(deployment, later);
  // What was applied and not told before the kill is told once by the next process (G-10).
  const ids = rows.map(({ id }) => id);
  expect(ids.filter((id) => id === String(created?.ID))).toHaveLength(1);
  expect(new Set(ids)).toEqual(new Set([String(created?.ID), String(last?.ID)]));
  await expectOnceEach(deployment, [review, later]);
});

/** By the clock that the journal is written with. */
async function readClock(store: {
  query: (text: string) => Promise<{ rows: { now: Date }[] }>;
}): Promise<Date> {
  const { rows } = await store.query('select clock_timestamp() as now');
  return rows[0]?.now ?? new Date(0);
}

async function kill(role: RoleProcess): Promise<void> {
  role.kill('SIGKILL');
  await role.ended;
}

/** Creates that reached OneFile, by route. */
async function countWrites(since: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method, path, applied } of await installation().oneFile.calls(since)) {
    if (applied && path !== 'Authentication')
      counts[`${method} ${path}`] = (counts[`${method} ${path}`] ?? 0) + 1;
  }
  return counts;
}

async function expectIntents(ident: string, expected: readonly (string | null)[][]): Promise<void> {
  const { rows } = await installation().store.query<{ step: string; state: string; code: string | null }>(
    `select step, state, code from sync.intent where ident = $1 and step = 'create-review' order by id`,
    [ident],
  );
  expect(rows.map(({ step, state, code }) => [step, state, code])).toEqual(expected);
}
