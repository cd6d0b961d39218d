import { afterAll, expect } from 'vitest';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { expectAge, type LagLine, untilLine } from '../../support/deployment/lag.ts';
import { readMetric } from '../../support/deployment/metrics.ts';
import { planReviews, readLinkedIdents, untilDelivered } from '../../support/deployment/reviews.ts';
import { toGroup } from '../../support/deployment/settle.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { openRegistryDoor, type RegistryDoor } from '../../support/stack/empty-registry.ts';
import { describeGroups, resetToEarliest } from '../../support/stack/kafka-groups.ts';
import { localStackTest as localTest, stackTest as test, useStack } from '../../support/stack/use-stack.ts';
import { openTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

let line: TcpProxy;
let registry: RegistryDoor;

/** Samples often; a standstill and a silence are known after 5 s; the connector reaches PICS over a line of its own. */
const installation = useDeployment('lag', async () => {
  const { postgres, registry: url } = useStack();
  line = await openTcpProxy(postgres);
  registry = await openRegistryDoor(url);
  return {
    settings: {
      lag: { sampleIntervalMs: 500, stalledAfterMs: 5_000, captureLateAfterMs: 5_000 },
      canary: { intervalSeconds: 1, vendor: 'on' },
      connector: { host: '127.0.0.1', port: line.port },
      registry: { url: registry.url },
    },
  };
});
afterAll(async () => {
  await line[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});
const deadlineMs = 30_000;

async function setVendor({ store }: Deployment, isEnabled: boolean): Promise<void> {
  await store.query('update sync.vendor_state set is_enabled = $1', [isEnabled]);
}

test('the canary comes back within 5 s with each part timed, also while no vendor is at work', async () => {
  const deployment = installation();
  const { pics } = deployment;
  const roles = await deployment.startRoles('outbound', 'reconciler', 'ops');
  await untilLine(roles, 'canary: decision', { status: 'ok' });
  const way = await untilLine(roles, 'canary', { status: 'ok', count: 0 });
  expect(way.ageMs).toBeLessThan(5_000);
  const { rows } = await pics.query<{ decided: string[]; ordered: boolean }>(
    `select decided, array[last_sent_at, recorded_at, consumed_at, decided_at, received_at, back_at] =
        (select array_agg(t order by t) from unnest(array[last_sent_at, recorded_at, consumed_at, decided_at,
          received_at, back_at]) t) as ordered
     from picsync.canary`,
  );
  expect(rows).toMatchObject([{ decided: ['onefile'], ordered: true }]);
  await eventually(async () => {
    expect(await readMetric(roles, 'canaries_total', { result: 'returned' })).toBeGreaterThan(1);
  }, deadlineMs);
  expect(await readMetric(roles, 'canary_seconds_count')).toBeGreaterThan(1);

  // One cheap read is timed at the vendor, where the site wants it.
  await untilLine(roles, 'canary: OneFile', { status: 'ok' });
  expect(await readMetric(roles, 'canary_vendor_reads_total', { result: 'page' })).toBe(1);

  await setVendor(deployment, false);
  await untilLine(roles, 'canary: OneFile', { status: 'disabled' });
  await untilLine(roles, 'canary: decision', { status: 'idle' });
  await untilLine(roles, 'canary', { status: 'ok' });
  await untilLine(roles, 'queue: PICS to OneFile', { status: 'disabled' });
  await setVendor(deployment, true);
  await untilLine(roles, 'canary: decision', { status: 'ok' });

  // Nothing of it reaches a vendor, and its table has one row.
  const calls = await deployment.oneFile.calls();
  expect(calls.filter(({ path }) => /canary/i.test(path))).toEqual([]);
  const { rows: all } = await pics.query('select id from picsync.canary');
  expect(all).toEqual([{ id: 1 }]);
});

const toOneFile = 'queue: PICS to OneFile';

test('a queue is idle with 0, stalled with the age of its oldest change while OneFile is away, and idle again', async () => {
  const deployment = installation();
  const { oneFile } = deployment;
  const ops = await deployment.startRoles('outbound', 'reconciler', 'ops');
  const idle = await untilLine(ops, toOneFile, { status: 'idle' });
  expect([idle.count, idle.ageMs]).toEqual([0, 0]);
  await oneFile.post('/maintenance', { seconds: 3_600 });
  const [ident = ''] = await readLinkedIdents(deployment);
  const plannedAtMs = Date.now();
  const reviews = await planReviews(deployment, [{ ident }]);
  const stalled = await untilLine(ops, toOneFile, { status: 'stalled', count: 1 });
  expect(stalled.atMs - plannedAtMs).toBeLessThan(30_000);
  expectAge(stalled, plannedAtMs);
  // The canary calls nothing, and comes through all the same.
  await untilLine(ops, 'canary', { status: 'ok' });
  // A command that looks once knows as much, and since when.
  const { code, stdout } = await deployment.cli('lag', '--json');
  const shown = (JSON.parse(stdout) as LagLine[]).find(({ what }) => what === toOneFile);
  expect([code, shown?.status, shown?.count]).toEqual([1, 'stalled', 1]);
  expect(Math.abs((shown?.sinceMs ?? 0) - (stalled.sinceMs ?? 0))).toBeLessThan(2_000);

  await oneFile.delete('/maintenance');
  await untilDelivered(deployment, reviews);
  const deliveredAtMs = Date.now();
  await untilLine(ops, toOneFile, { status: 'idle', count: 0, ageMs: 0 });
  // The visit, then the review: the longest is that of the last.
  const fresh = await untilLine(ops, 'freshness: PICS to OneFile', { count: 2 });
  const trueMs = deliveredAtMs - plannedAtMs;
  expect(Math.abs((fresh.ageMs ?? 0) - trueMs)).toBeLessThanOrEqual(Math.max(1_000, trueMs * 0.02));
});

localTest(
  "a group that Kafka's own tool moved back is rewound, does its work again and sends nothing",
  async () => {
    const deployment = installation();
    const { oneFile, stack } = deployment;
    const group = toGroup(deployment, 'outbound');
    const ops = await deployment.startRoles('ops');
    const outbound = await deployment.startRoles('outbound');
    await untilLine(ops, toOneFile, { status: 'idle', count: 0 });
    await outbound.stop();
    await resetToEarliest(stack.kafka, group);
    const lines = await describeGroups(stack.kafka, [group]);
    const count = lines.reduce((sum, { lag }) => sum + Number(lag), 0);
    expect(count).toBeGreaterThan(100);
    await untilLine(ops, toOneFile, { status: 'no-worker', count });
    const before = await oneFile.mark();
    await deployment.startRoles('outbound');
    await untilLine(ops, toOneFile, { status: 'rewound' });
    await untilLine(ops, toOneFile, { status: 'idle', count: 0, ageMs: 0 });
    expect((await oneFile.calls(before)).filter(({ applied }) => applied)).toEqual([]);
  },
);

test('a connector that is paused is late and stays paused; one that runs and is deaf is restarted once', async () => {
  const deployment = installation();
  const { pics, name } = deployment;
  const ops = await deployment.startRoles('outbound', 'reconciler', 'ops');
  await untilLine(ops, 'canary', { status: 'ok' });
  await deployment.mustCli('connector', 'pause');
  const pausedAtMs = Date.now();
  await untilLine(ops, 'capture: connector', { status: 'late' });
  const heartbeat = await untilLine(ops, 'capture: last heartbeat', { status: 'late' });
  expect(heartbeat.advice).toContain('connector status');
  // Heartbeats came every 2 s before.
  expect((heartbeat.ageMs ?? 0) - (heartbeat.atMs - pausedAtMs)).toBeLessThanOrEqual(4_000);
  const canary = await untilLine(ops, 'canary', { status: 'slow', count: 1 });
  expect((canary.ageMs ?? 0) - (canary.atMs - pausedAtMs)).toBeLessThanOrEqual(1_500);
  expect(await readMetric(ops, 'connector_restarts_total')).toBe(0);
  await deployment.mustCli('connector', 'resume');
  for (const what of ['capture: connector', 'capture: last heartbeat', 'canary'])
    await untilLine(ops, what, { status: 'ok' });

  // One that runs and is deaf is restarted, once, and heard again.
  line.freeze();
  const deafAtMs = Date.now();
  const stalled = await untilLine(ops, 'capture: last heartbeat', { status: 'stalled' });
  expect(stalled.advice).toContain('runs, and nothing comes from PICS');
  // As PostgreSQL does by itself after wal_sender_timeout, a minute.
  await pics.query('select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1', [
    name,
  ]);
  await eventually(async () => {
    expect(await readMetric(ops, 'connector_restarts_total', { reason: 'deaf' })).toBe(1);
  }, deadlineMs);
  expect(Date.now() - deafAtMs).toBeLessThan(30_000);
  for (const what of ['capture: connector', 'capture: last heartbeat', 'canary'])
    await untilLine(ops, what, { status: 'ok' });
  expect(await readMetric(ops, 'connector_restarts_total', { reason: 'deaf' })).toBe(1);
});

test('with a registry that was built again empty the queue drains to 0, and what cannot be read is said', async () => {
  const deployment = installation();
  const ops = await deployment.startRoles('ops');
  const [ident = ''] = await readLinkedIdents(deployment);
  const plannedAtMs = Date.now();
  const reviews = await planReviews(deployment, [{ ident }]);
  const left = await untilLine(ops, toOneFile, { status: 'no-worker', count: 1 });
  expectAge(left, plannedAtMs);
  registry.isEmpty = true;
  try {
    await deployment.startRoles('outbound', 'reconciler');
    await untilLine(ops, 'unreadable: ', { status: 'missed' });
    await untilDelivered(deployment, reviews);
    await untilLine(ops, toOneFile, { status: 'idle', count: 0, ageMs: 0 });
  } finally {
    registry.isEmpty = false;
  }
  await deployment.mustCli('alarms', 'acknowledge', '--all');
});

test('lag --watch prints the report until it is asked to end, and ends with 0', async () => {
  const deployment = installation();
  const watch = deployment.startCli('lag', '--watch', '--json');
  const [text = ''] = await watch.waitForLine(/^\{"at":.*\}$/m);
  const { isHealthy, rows } = JSON.parse(text) as { readonly isHealthy: boolean; readonly rows: LagLine[] };
  expect(isHealthy).toBe(false);
  expect(rows.find(({ what }) => what === toOneFile)).toMatchObject({
    status: 'no-worker',
    count: 0,
    ageMs: 0,
  });
  watch.kill('SIGTERM');
  expect(await watch.ended).toBe(0);
});
