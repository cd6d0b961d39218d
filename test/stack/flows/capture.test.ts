import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { readAim, readBlankAims, setCertificateApplied } from '../../support/deployment/aims.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { countRestarts, readDispositions, readMetric } from '../../support/deployment/metrics.ts';
import { readTopic } from '../../support/deployment/read-topic.ts';
import {
  expectOnceEach,
  findAtOneFile,
  nextProposed,
  type PlannedReview,
  planReview,
  readLinkedIdents,
  readLinkedOfficer,
  readReviewRow,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { settle } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('capture');
const deadlineMs = 60_000;

test('the rows of a snapshot, however many, cause no call', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  const [outbound] = await Promise.all([
    deployment.startRoles('outbound'),
    deployment.startRoles('reconciler'),
  ]);
  await settle(deployment);
  const { rows } = await pics.query<{ count: number }>(
    `select (select count(*) from pics.trainee) + (select count(*) from pics.epidata)
       + (select count(*) from pics.pctrndet) + (select count(*) from pics.officer)
       + (select count(*) from pics.placemnt) + (select count(*) from pics.trplace)
       + (select count(*) from pics.trqual) + (select count(*) from pics.itp_revu) as count`,
  );
  const { snapshot, settled = 0, ...rest } = await readDispositions(outbound);
  expect(snapshot).toBe(Number(rows[0]?.count));
  expect({ settled, ...rest }).toEqual({ settled: 0, 'OF-81': expect.any(Number) });
  expect(await readMetric(outbound, 'vendor_calls_total')).toBe(0);
  expect((await oneFile.calls()).filter(({ path }) => path !== 'Authentication')).toEqual([]);
});

test('a row with 200 kB of notes is sent by its other columns, and the notes never enter Kafka', async () => {
  const deployment = installation();
  const { pics, topics } = deployment;
  const ident = '10030';
  await deployment.startRoles('outbound', 'reconciler');
  const { rows } = await pics.query<{ notes: string }>('select notes from pics.trainee where ident = $1', [
    ident,
  ]);
  const notes = rows[0]?.notes ?? '';
  expect(notes.length).toBe(200_000);
  const review = await insertReview(deployment, { ident, attended: 'N', notes });
  await settle(deployment);
  expect(await findAtOneFile(deployment, review)).toEqual([]);
  // The notes stay as they are, so their value is not in this change.
  await pics.query('update pics.itp_revu set attended = null where id = $1', [review.id]);
  await untilDelivered(deployment, [review]);
  await pics.query(`update pics.trainee set mobile = '07700 900123' where ident = $1`, [ident]);
  await settle(deployment);
  await expectOnceEach(deployment, [review]);
  const kept = await pics.query<{ notes: string }>('select notes from pics.itp_revu where id = $1', [
    review.id,
  ]);
  expect(kept.rows[0]?.notes).toBe(notes);
  for (const topic of [topics.pics.itp_revu, topics.pics.trainee]) {
    const records = await readTopic(deployment, topic);
    expect(records.filter(({ value }) => value?.includes(notes.slice(1_000, 1_030)))).toEqual([]);
    expect(Math.max(...records.map(({ value }) => value?.length ?? 0))).toBeLessThan(10_000);
  }
});

test('several updates in one transaction make one review, as the last of them left it', async () => {
  const deployment = installation();
  const { pics } = deployment;
  const [ident = ''] = await readLinkedIdents(deployment);
  await deployment.startRoles('outbound', 'reconciler');
  const [first, last] = [nextProposed(), nextProposed()];
  const client = await pics.connect();
  await client.query('begin');
  const { rows } = await client.query<{ id: string }>(
    `insert into pics.itp_revu (id, ident, type, proposed, initials)
     values (gen_random_uuid(), $1, 'N', $2, $3) returning id`,
    [ident, first, await readLinkedOfficer(deployment)],
  );
  const id = rows[0]?.id ?? '';
  await client.query(`update pics.itp_revu set attended = 'N' where id = $1`, [id]);
  await client.query('update pics.itp_revu set attended = null, proposed = $2 where id = $1', [id, last]);
  await client.query('commit');
  client.release();
  const review = { id, ident, proposed: last };
  await untilDelivered(deployment, [review]);
  await settle(deployment);
  await expectOnceEach(deployment, [review]);
  expect(await findAtOneFile(deployment, { ...review, proposed: first })).toEqual([]);
});

test('OF-50, OF-52: a review deleted before its turn is not sent; deleting a sent one, with its tombstone, calls nobody', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  const [, ident = '', other = ''] = await readLinkedIdents(deployment);
  const first = await deployment.startRoles('outbound', 'reconciler');
  const sent = await planReview(deployment, { ident });
  await untilDelivered(deployment, [sent]);
  await first.stop();
  const mark = await oneFile.mark();
  const withdrawn = await planReview(deployment, { ident: other });
  await pics.query('delete from pics.itp_revu where id = any($1::uuid[])', [[sent.id, withdrawn.id]]);
  const outbound = await deployment.startRoles('outbound', 'reconciler');
  await settle(deployment);
  expect(await readDispositions(outbound)).toMatchObject({ tombstone: 2, 'OF-52': expect.any(Number) });
  expect(await findAtOneFile(deployment, withdrawn)).toEqual([]);
  expect(await findAtOneFile(deployment, sent)).toHaveLength(1);
  const writes = (await oneFile.calls(mark)).filter(
    ({ method, route, path }) => method !== 'GET' && !route?.includes('Search') && path !== 'Authentication',
  );
  expect(writes).toEqual([]);
  expect(await readReviewRow(deployment, sent.id)).toBeNull();
});

test('a column that comes is not seen; one that goes lets its rules rest with a warning, and all others go on', async () => {
  const deployment = installation();
  const { pics, directory } = deployment;
  const [aim, second] = await readBlankAims(deployment);
  if (aim === undefined || second === undefined) throw new Error('the seed has two blank aims');
  const outbound = await deployment.startRoles('outbound', 'reconciler');
  await settle(deployment);
  await pics.query(`alter table pics.trqual add column colour char(8) default 'blue'`);
  await setCertificateApplied(deployment, aim, '2026-01-05');
  await untilApplied(aim, '2026-01-05');

  await pics.query('alter table pics.trqual drop column certappl');
  const review = await planReview(deployment, { ident: second.ident });
  await pics.query(
    `update pics.trqual set certrecd = '2026-01-09' where ident = $1 and vqref = $2 and seq = $3`,
    [second.ident, second.vqref, second.seq],
  );
  await untilDelivered(deployment, [review]);
  await eventually(async () => {
    expect(await readAim(deployment, second)).toMatchObject({
      CertificateReceivedDate: expect.stringMatching(/^2026-01-09/),
    });
  }, deadlineMs);
  await settle(deployment);
  await expectOnceEach(deployment, [review]);
  // Resting is not clearing.
  await untilApplied(aim, '2026-01-05');
  const warnings = (await readFile(path.join(directory, 'outbound-reconciler.log'), 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"level":"warn"') && line.includes('certificateAppliedOn'));
  expect(warnings.length).toBeGreaterThan(0);
  expect(await countRestarts(outbound)).toBe(0);

  async function untilApplied(of: typeof aim & object, date: string): Promise<void> {
    await eventually(async () => {
      expect((await readAim(deployment, of)).CertificateAppliedDate?.slice(0, 10)).toBe(date);
    }, deadlineMs);
  }
});

/** A review row with more columns than a plan needs. */
async function insertReview(
  deployment: Deployment,
  { ident, attended, notes }: { ident: string; attended: string; notes: string },
): Promise<PlannedReview> {
  const proposed = nextProposed();
  const { rows } = await deployment.pics.query<{ id: string }>(
    `insert into pics.itp_revu (id, ident, type, proposed, initials, attended, notes)
     values (gen_random_uuid(), $1, 'N', $2, $3, $4, $5) returning id`,
    [ident, proposed, await readLinkedOfficer(deployment), attended, notes],
  );
  return { id: rows[0]?.id ?? '', ident, proposed };
}
