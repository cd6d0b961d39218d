import { expect, onTestFinished } from 'vitest';
import { createDecoder } from '../../../src/kafka/avro.ts';
import { createRegistry } from '../../../src/kafka/registry.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { readTopic } from '../../support/deployment/read-topic.ts';
import {
  expectOnceEach,
  planReviews,
  readLinkedIdents,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { settle, toGroup } from '../../support/deployment/settle.ts';
import type { SimulatedCall } from '../../support/deployment/simulator-control.ts';
import { startTraffic } from '../../support/deployment/traffic.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test } from '../../support/stack/use-stack.ts';

const installation = useDeployment('workers', { inputs: { learners: 80 } });
const deadlineMs = 60_000;

test('workers that join and leave during traffic deliver every change once, in order per learner, and commit only what is done', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  await oneFile.patch('/switches', { 'latency-ms': 150 });
  const [first] = await Promise.all([deployment.startRoles('outbound'), deployment.startRoles('reconciler')]);
  const mark = await oneFile.mark();
  const traffic = startTraffic(deployment);
  const watch = startWatch(deployment);
  await untilDelivered(deployment, await traffic.untilMore(5));
  const second = await deployment.startRoles('outbound');
  await second.waitForLine(/partitions assigned/);
  await untilDelivered(deployment, await traffic.untilMore(20));
  first.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  await untilDelivered(deployment, await traffic.untilMore(20));
  const reviews = await traffic.stop();
  await untilDelivered(deployment, reviews);
  await settle(deployment);
  const samples = await watch.stop();

  await expectOnceEach(deployment, reviews);
  expectNoOverlap(await oneFile.calls(mark));
  const offsets = await readOffsets(deployment);
  expect(offsets.size).toBeGreaterThanOrEqual(reviews.length);
  const early = samples.flatMap(({ committed, delivered }) =>
    reviews.filter(({ id }) => {
      const place = offsets.get(id);
      if (place === undefined) throw new Error('every planned review is in the topic');
      return place.offset < (committed.get(place.partition) ?? 0n) && !delivered.has(id);
    }),
  );
  expect(early).toEqual([]);
  expect(samples.filter(({ committed }) => committed.size > 0).length).toBeGreaterThan(10);
});

test('asked to stop with many changes in work, a process ends in time with code 0; after a start nothing is lost or doubled', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  await oneFile.patch('/switches', { 'latency-ms': 800 });
  const roles = await deployment.startRoles('outbound', 'poller', 'reconciler');
  const mark = await oneFile.mark();
  const visitsBefore = (await oneFile.records('visits')).length;
  const idents = await readLinkedIdents(deployment);
  const reviews = await planReviews(
    deployment,
    [...idents, ...idents].map((ident) => ({ ident })),
  );
  await eventually(async () => {
    const calls = await oneFile.calls(mark);
    expect(calls.filter(({ path, applied }) => path === 'Visit' && applied).length).toBeGreaterThan(3);
  }, deadlineMs);
  const askedAtMs = Date.now();
  roles.kill('SIGTERM');
  expect(await roles.ended).toBe(0);
  expect(Date.now() - askedAtMs).toBeLessThan(20_000);
  const { rows } = await deployment.pics.query(
    'select 1 from pics.itp_revu where id = any($1::uuid[]) and onefile_id is null',
    [reviews.map(({ id }) => id)],
  );
  expect(rows.length).toBeGreaterThan(0);

  await oneFile.patch('/switches', { 'latency-ms': 0 });
  await deployment.startRoles('outbound', 'poller', 'reconciler');
  await untilDelivered(deployment, reviews);
  await settle(deployment);
  await expectOnceEach(deployment, reviews);
  expect(await oneFile.records('visits')).toHaveLength(visitsBefore + reviews.length);
});

type Sample = {
  readonly committed: ReadonlyMap<number, bigint>;
  /** What the ledger held as done a moment after. */
  readonly delivered: ReadonlySet<string>;
};

/** Keeps looking at what is committed, and then at what is done. */
function startWatch(deployment: Deployment) {
  const { kafka, topics, store } = deployment;
  const samples: Sample[] = [];
  let isStopped = false;
  const running = (async () => {
    while (!isStopped) {
      const places = await kafka.admin.readCommitted(toGroup(deployment, 'outbound'), [topics.pics.itp_revu]);
      const { rows } = await store.query<{ id: string }>(
        `select pics_id as id from sync.link where kind = 'review'`,
      );
      samples.push({
        committed: new Map(places.map(({ partition, offset }) => [partition, offset])),
        delivered: new Set(rows.map(({ id }) => id)),
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  onTestFinished(() => {
    isStopped = true;
  });
  return {
    stop: async () => {
      isStopped = true;
      await running;
      return samples;
    },
  };
}

type Place = { readonly partition: number; readonly offset: bigint };

/** Where the insert of each review lies in its topic. */
async function readOffsets(deployment: Deployment): Promise<Map<string, Place>> {
  const { origin, pathname } = new URL(deployment.stack.registry);
  const { getWriterSchema } = createRegistry({ url: origin, basePath: pathname });
  const decoder = createDecoder({ getWriterSchema });
  const offsets = new Map<string, Place>();
  for (const { partition, offset, value } of await readTopic(deployment, deployment.topics.pics.itp_revu)) {
    if (value === null) continue;
    const decoded = await decoder.decode('pics.itp_revu', value);
    const id = decoded.kind === 'ok' ? decoded.value.after?.id : undefined;
    if (typeof id === 'string' && !offsets.has(id)) offsets.set(id, { partition, offset });
  }
  return offsets;
}

/** Writes for one learner come one after the other, whoever makes them. */
function expectNoOverlap(calls: readonly SimulatedCall[]): void {
  const writes = calls
    .filter(({ method, path }) => method === 'POST' && (path === 'Visit' || path === 'Review'))
    .map(({ body, at, durationMs }) => ({
      learner: /"LearnerID":"?(\d+)/.exec(String(body))?.[1] ?? 'none',
      from: Date.parse(at),
      to: Date.parse(at) + Math.floor(durationMs),
    }));
  expect(writes.filter(({ learner }) => learner === 'none')).toEqual([]);
  for (const ofLearner of Map.groupBy(writes, ({ learner }) => learner).values()) {
    const inOrder = ofLearner.toSorted((a, b) => a.from - b.from);
    expect(inOrder.filter(({ from }, index) => from < (inOrder[index - 1]?.to ?? 0))).toEqual([]);
  }
}
