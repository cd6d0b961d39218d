import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { readAim, readAimRow, readBlankAims, setCertificateApplied } from '../../support/deployment/aims.ts';
import { readDispositions, readMetric } from '../../support/deployment/metrics.ts';
import {
  expectOnceEach,
  findAtOneFile,
  planReview,
  readLinkedIdents,
  readReviewRow,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { settle, sum, untilPolled } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('echo');
const deadlineMs = 60_000;
const watchEveryMs = 200;

test('G-6: what the reconciler writes into PICS comes back marked, and costs neither a call nor a read of PICS', async () => {
  const deployment = installation();
  const { oneFile, kafka, topics } = deployment;
  const [ident = ''] = await readLinkedIdents(deployment);
  const [outbound] = await Promise.all([
    deployment.startRoles('outbound'),
    deployment.startRoles('poller', 'reconciler'),
  ]);
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
  await untilPolled(deployment);
  await settle(deployment);
  const [created] = await findAtOneFile(deployment, review);
  const reads = watchLearnerReads();
  const countRowWrites = async () => Number(sum(await kafka.admin.readBounds(topics.pics.itp_revu)));
  const observe = async () => ({
    dispositions: await readDispositions(outbound),
    calls: await readMetric(outbound, 'vendor_calls_total'),
    lastReadOfPics: await reads.readLast(),
    rowWrites: await countRowWrites(),
  });
  const before = await observe();
  expect(before.lastReadOfPics).not.toBeNull();
  await oneFile.post(`/act/reviews/${created?.ID}/start`, { at: '2025-02-03T09:00:00Z' });
  await eventually(async () => {
    expect((await readReviewRow(deployment, review.id))?.attended).toBe('Y');
  }, deadlineMs);
  await settle(deployment);
  const after = await observe();
  expect(after.rowWrites).toBe(before.rowWrites + 1);
  expect(after.dispositions['echo']).toBe((before.dispositions['echo'] ?? 0) + 1);
  expect(after.dispositions['settled']).toBe(before.dispositions['settled']);
  expect(after.calls).toBe(before.calls);
  expect(after.lastReadOfPics).toBe(before.lastReadOfPics);
  await expectOnceEach(deployment, [review]);
});

test('G-6: what outbound sends comes back through the poller, and writes nothing into PICS', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  const [aim] = await readBlankAims(deployment);
  if (aim === undefined) throw new Error('the seed has a blank aim');
  const [poller, reconciler] = await Promise.all([
    deployment.startRoles('poller'),
    deployment.startRoles('reconciler'),
    deployment.startRoles('outbound'),
  ]);
  await untilAimPolled(aim.learnerId);
  await settle(deployment);
  await setCertificateApplied(deployment, aim, '2026-01-05');
  const typed = await readAimRow(deployment, aim);
  await eventually(async () => {
    expect((await readAim(deployment, aim)).CertificateAppliedDate).toMatch(/^2026-01-05/);
  }, deadlineMs);
  await settle(deployment);
  const observed = await readMetric(poller, 'observations_total', { entity: 'learning-aim' });
  await untilAimPolled(aim.learnerId);
  await settle(deployment);
  expect(await readMetric(poller, 'observations_total', { entity: 'learning-aim' })).toBe(observed);
  expect(await readAimRow(deployment, aim)).toEqual(typed);
  expect(await readMetric(reconciler, 'applied_total', { outcome: 'written' })).toBe(0);
  const pushes = (await oneFile.calls()).filter(({ path }) => path === `LearningAim/${aim.aimId}`);
  expect(pushes.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

/** Until the poller has read the aims of this learner anew. */
async function untilAimPolled(learnerId: number): Promise<void> {
  const { oneFile } = installation();
  const mark = await oneFile.mark();
  await eventually(async () => {
    const calls = await oneFile.calls(mark);
    expect(calls.filter(({ body }) => String(body).includes(`"UserID":${learnerId}`))).not.toEqual([]);
  }, deadlineMs);
}

/**
 * When a learner was last read as a whole, which evaluation begins with.
 *
 * A session tells it only until it is closed, ten idle seconds later: what was seen once is kept.
 */
function watchLearnerReads() {
  let last: string | null = null;
  const look = async (): Promise<string | null> => {
    const seen = await readLastLearnerRead();
    if (seen !== null && (last === null || seen > last)) last = seen;
    return last;
  };
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      await look();
      await sleep(watchEveryMs);
    }
  })();
  onTestFinished(async () => {
    isOver = true;
    await running;
  });
  return { readLast: look };
}

async function readLastLearnerRead(): Promise<string | null> {
  const { rows } = await installation().pics.query<{ at: string | null }>(
    `select max(query_start)::text as at from pg_stat_activity
     where datname = current_database() and query like 'with "snap"%'`,
  );
  return rows[0]?.at ?? null;
}
