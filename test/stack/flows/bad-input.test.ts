import { afterAll, expect } from 'vitest';
import { createDecoder } from '../../../src/kafka/avro.ts';
import type { PicsyncDeadLetter } from '../../../src/kafka/generated/types.ts';
import { createRegistry } from '../../../src/kafka/registry.ts';
import { readBlankAims } from '../../support/deployment/aims.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { countRestarts, readDispositions } from '../../support/deployment/metrics.ts';
import { readTopic } from '../../support/deployment/read-topic.ts';
import {
  expectOnceEach,
  findAtOneFile,
  planReview,
  planReviews,
  readLinkedIdents,
  readLinkedOfficer,
  readReviewRow,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { readBacklog, settle } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test, useStack } from '../../support/stack/use-stack.ts';
import { openTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

let registry: TcpProxy | null = null;
const installation = useDeployment('bad_input', async () => {
  const { hostname, port, pathname } = new URL(useStack().registry);
  registry = await openTcpProxy({ host: hostname, port: Number(port) });
  return { settings: { registry: { url: `http://127.0.0.1:${registry.port}${pathname}` } } };
});
afterAll(() => registry?.[Symbol.asyncDispose]());

const deadlineMs = 60_000;

test('records that nobody can read are told by place and reason, and those around them go their way', async () => {
  const deployment = installation();
  const { kafka, topics, store } = deployment;
  const idents = await readLinkedIdents(deployment);
  const [outbound, reconciler] = await Promise.all([
    deployment.startRoles('outbound'),
    deployment.startRoles('reconciler'),
  ]);
  const first = await planReviews(
    deployment,
    idents.map((ident) => ({ ident })),
  );
  await untilDelivered(deployment, first);
  const [sample] = await readTopic(deployment, topics.pics.itp_revu);
  const knownSchema = sample?.value?.subarray(0, 5) ?? Buffer.alloc(5);
  const bad = {
    'not-wire-format': Buffer.from('secret words, no Avro'),
    'unknown-schema': Buffer.from([0, 0, 0x7f, 0xff, 0xf0, 1, 2, 3]),
    undecodable: Buffer.concat([knownSchema, Buffer.from([0xff, 0xff, 0xff])]),
  };
  const producer = kafka.createProducer();
  for (const topic of [topics.pics.itp_revu, topics.entities['onefile.review']])
    await producer.send(
      Object.entries(bad).map(([name, value], partition) => ({
        topic,
        partition,
        key: Buffer.from(`bad ${name}`),
        value,
      })),
    );
  await producer.close();
  const later = await planReviews(
    deployment,
    idents.map((ident) => ({ ident })),
  );
  await untilDelivered(deployment, later);
  await settle(deployment);
  await expectOnceEach(deployment, [...first, ...later]);

  const letters = await readDeadLetters(deployment);
  expect(letters.map(({ reason }) => reason).toSorted()).toEqual(Object.keys(bad).toSorted());
  expect(new Set(letters.map(({ topic }) => topic))).toEqual(new Set([topics.pics.itp_revu]));
  const raw = await readTopic(deployment, topics.deadLetter);
  expect(raw.map(({ key }) => String(key)).toSorted()).toEqual(
    Object.keys(bad)
      .map((name) => `bad ${name}`)
      .toSorted(),
  );
  expect(raw.filter(({ value }) => value?.includes('secret words'))).toEqual([]);
  const { rows } = await store.query<{ code: string; params: Record<string, string> }>(
    `select code, params from sync.held where subject like 'record:%' and closed_at is null order by code`,
  );
  expect(rows.map(({ code }) => code)).toEqual(['incompatible-schema', 'not-wire-format', 'unknown-schema']);
  expect(rows.map(({ params }) => params['topic'])).toEqual(Array(3).fill(topics.entities['onefile.review']));
  expect(JSON.stringify(rows)).not.toContain('secret words');
  expect(await countRestarts(outbound)).toBe(0);
  expect(await countRestarts(reconciler)).toBe(0);
});

test('while the registry is away a record with a new schema waits: no dead letter, and it is delivered afterwards', async () => {
  const deployment = installation();
  const { pics, store } = deployment;
  const [ident = ''] = await readLinkedIdents(deployment);
  const outbound = await deployment.startRoles('outbound', 'reconciler');
  const warm = await planReview(deployment, { ident });
  await untilDelivered(deployment, [warm]);
  await settle(deployment);
  const deadBefore = await countDeadLetters(deployment);
  // A column that may not be null makes a new schema, which outbound has never seen.
  await pics.query('alter table pics.itp_revu alter column ident set not null');
  registry?.cut();
  const review = await planReview(deployment, { ident });
  await eventually(async () => {
    expect(registry?.refusedCount()).toBeGreaterThan(0);
    expect(await countRestarts(outbound)).toBeGreaterThan(0);
  }, deadlineMs);
  expect(await findAtOneFile(deployment, review)).toEqual([]);
  registry?.heal();
  await untilDelivered(deployment, [review]);
  await settle(deployment);
  await expectOnceEach(deployment, [warm, review]);
  expect(await countDeadLetters(deployment)).toBe(deadBefore);
  const { rows } = await store.query('select 1 from sync.held where ident = $1 and closed_at is null', [
    ident,
  ]);
  expect(rows).toEqual([]);
});

test('where the registry’s port answers with a page of a proxy, records wait: no dead letter, the lag grows, then it drains', async () => {
  const deployment = installation();
  const { pics } = deployment;
  const [ident = '', other = ''] = await readLinkedIdents(deployment);
  const page = '<html><body>default backend - 404</body></html>';
  const answer = (status: string): string =>
    `HTTP/1.1 ${status}\r\ncontent-type: text/html\r\ncontent-length: ${page.length}\r\nconnection: close\r\n\r\n${page}`;
  const outbound = await deployment.startRoles('outbound', 'reconciler');
  const warm = await planReview(deployment, { ident });
  await untilDelivered(deployment, [warm]);
  await settle(deployment);
  const deadBefore = await countDeadLetters(deployment);
  const restartsBefore = await countRestarts(outbound);
  // A column of another type makes a schema that outbound has never seen.
  await pics.query('alter table pics.trqual alter column qend type timestamp(0)');
  registry?.answer(answer('404 Not Found'));
  await pics.query('update pics.trqual set type = type where ident = $1', [ident]);
  const reviews = await planReviews(deployment, [{ ident }, { ident: other }]);
  await eventually(async () => {
    expect(await countRestarts(outbound)).toBeGreaterThan(restartsBefore);
  }, deadlineMs);
  expect(await readBacklog(deployment, 'outbound')).not.toEqual([]);
  registry?.answer(answer('200 OK'));
  const refused = registry?.refusedCount() ?? 0;
  await eventually(async () => expect(registry?.refusedCount()).toBeGreaterThan(refused), deadlineMs);
  expect(await readBacklog(deployment, 'outbound')).not.toEqual([]);
  expect(await countDeadLetters(deployment)).toBe(deadBefore);
  registry?.heal();
  await untilDelivered(deployment, reviews);
  await settle(deployment);
  expect(await readBacklog(deployment, 'outbound')).toEqual([]);
  expect(await countDeadLetters(deployment)).toBe(deadBefore);
});

test('a change of a learner who has vanished is told as such and sends nothing', async () => {
  const deployment = installation();
  const { oneFile, pics } = deployment;
  const [, ident = '', other = ''] = await readLinkedIdents(deployment);
  const [outbound] = await Promise.all([
    deployment.startRoles('outbound'),
    deployment.startRoles('reconciler'),
  ]);
  await settle(deployment);
  const mark = await oneFile.mark();
  const before = await readDispositions(outbound);
  await pics.query('delete from pics.trainee where ident = $1', [ident]);
  const orphan = await planReview(deployment, { ident });
  const good = await planReview(deployment, { ident: other });
  await untilDelivered(deployment, [good]);
  await settle(deployment);
  const after = await readDispositions(outbound);
  expect(after['vanished']).toBe((before['vanished'] ?? 0) + 1);
  expect(await findAtOneFile(deployment, orphan)).toEqual([]);
  const creates = (await oneFile.calls(mark)).filter(({ path }) => path === 'Visit' || path === 'Review');
  expect(creates).toHaveLength(2);
  await expectOnceEach(deployment, [good]);
});

test('OF-51: a review whose officer nobody knows is held with its reason, and sent once the code is put right', async () => {
  const deployment = installation();
  const { pics, store } = deployment;
  const [, , ident = ''] = await readLinkedIdents(deployment);
  await deployment.startRoles('outbound', 'reconciler');
  await pics.query(`update pics.trainee set main_off = 'ZZZ999' where ident = $1`, [ident]);
  const review = await planReview(deployment, { ident, officer: 'ZZZ999' });
  const good = await planReview(deployment, { ident });
  await untilDelivered(deployment, [good]);
  const readHolds = async () => {
    const { rows } = await store.query<{ code: string }>(
      'select code from sync.held where subject = $1 and closed_at is null',
      [`review:${review.id}`],
    );
    return rows.map(({ code }) => code);
  };
  await eventually(async () => expect(await readHolds()).toEqual(['REVIEW_NO_OFFICER']), deadlineMs);
  await settle(deployment);
  expect(await findAtOneFile(deployment, review)).toEqual([]);
  await pics.query('update pics.itp_revu set initials = $2 where id = $1', [
    review.id,
    await readLinkedOfficer(deployment),
  ]);
  await untilDelivered(deployment, [review]);
  await settle(deployment);
  await expectOnceEach(deployment, [review, good]);
  expect(await readHolds()).toEqual([]);
});

test('O8: text of OneFile with a character no database keeps is taken without it, and nothing stands still', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  const [aim] = await readBlankAims(deployment, 'regno');
  if (aim === undefined) throw new Error('the seed has an aim without a registration number');
  const roles = await deployment.startRoles('outbound', 'poller', 'reconciler');
  const good = await planReview(deployment, aim);
  await untilDelivered(deployment, [good]);
  await oneFile.post(`/act/aims/${aim.aimId}/registration`, { registrationNumber: 'AB\u0000123' });
  await eventually(async () => {
    const { rows } = await deployment.pics.query<{ regno: string | null }>(
      'select trim(regno) as regno from pics.trqual where ident = $1 and vqref = $2 and seq = $3',
      [aim.ident, aim.vqref, aim.seq],
    );
    expect(rows[0]?.regno).toBe('AB123');
  }, deadlineMs);
  await settle(deployment);
  expect(await countRestarts(roles)).toBe(0);
});

test('a date of OneFile that is none is held until it is one, and what PICS has stays', async () => {
  const deployment = installation();
  const { oneFile, store } = deployment;
  const idents = await readLinkedIdents(deployment);
  const [ident = ''] = idents.slice(3);
  await deployment.startRoles('outbound', 'poller', 'reconciler');
  const review = await planReview(deployment, { ident });
  await untilDelivered(deployment, [review]);
  const [created] = await findAtOneFile(deployment, review);
  await oneFile.post(`/act/reviews/${created?.ID}/start`, { at: '2025-02-03T09:00:00Z' });
  await eventually(async () => {
    expect((await readReviewRow(deployment, review.id))?.attended).toBe('Y');
  }, deadlineMs);
  const before = await readReviewRow(deployment, review.id);
  const bad = { ...created, StartedOn: 'soon' };
  await oneFile.post('/rules', {
    match: { method: 'POST', path: 'Review/Search/{page}/{size}' },
    times: null,
    action: { type: 'answer', status: 200, body: [bad] },
  });
  const readHolds = async () => {
    const { rows } = await store.query<{ code: string }>(
      'select code from sync.held where subject = $1 and closed_at is null',
      [`review:${created?.ID}`],
    );
    return rows.map(({ code }) => code);
  };
  await eventually(async () => expect(await readHolds()).toEqual(['UNREADABLE_DATE']), deadlineMs);
  expect((await deployment.cli('onefile', 'pull', ident)).stdout).toContain('UNREADABLE_DATE');
  await settle(deployment);
  expect(await readHolds()).toEqual(['UNREADABLE_DATE']);
  expect(await readReviewRow(deployment, review.id)).toEqual(before);
  await oneFile.delete('/rules');
  await deployment.mustCli('onefile', 'pull', ident);
  await settle(deployment);
  expect(await readHolds()).toEqual([]);
  expect(await readReviewRow(deployment, review.id)).toEqual(before);
});

async function countDeadLetters(deployment: Deployment): Promise<number> {
  return (await readTopic(deployment, deployment.topics.deadLetter)).length;
}

async function readDeadLetters(deployment: Deployment): Promise<PicsyncDeadLetter[]> {
  const { origin, pathname } = new URL(deployment.stack.registry);
  const decoder = createDecoder(createRegistry({ url: origin, basePath: pathname }));
  const letters: PicsyncDeadLetter[] = [];
  for (const { value } of await readTopic(deployment, deployment.topics.deadLetter)) {
    const decoded = value === null ? null : await decoder.decode('picsync.dead-letter', value);
    if (decoded?.kind === 'ok') letters.push(decoded.value);
  }
  return letters;
}
