import { expect, onTestFinished } from 'vitest';
import { countRestarts } from '../../support/deployment/metrics.ts';
import {
  expectOnceEach,
  planReviews,
  readLinkedIdents,
  untilDelivered,
} from '../../support/deployment/reviews.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { stackTest as test, useStack } from '../../support/stack/use-stack.ts';
import { openTcpProxy } from '../../support/tcp-proxy.ts';

const installation = useDeployment('vanished');

test('a process with all roles keeps to its pools; when both databases vanish without closing it goes on over new connections', async () => {
  const deployment = installation();
  const proxy = await openTcpProxy(useStack().postgres);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const port = String(proxy.port);
  const address = { PICS_SYNC_PICS_PORT: port, PICS_SYNC_STORE_PORT: port };
  const pools = { PICS_SYNC_PICS_POOL_SIZE: '4', PICS_SYNC_STORE_POOL_SIZE: '4' };
  const process = await deployment.startRolesWith(
    { ...address, ...pools },
    'outbound',
    'poller',
    'reconciler',
    'ops',
  );
  const idents = await readLinkedIdents(deployment);
  const plan = () =>
    planReviews(
      deployment,
      idents.map((ident) => ({ ident })),
    );
  const before = await plan();
  const peaks = { pics: 0, store: 0 };
  const watching = watchConnections();
  await untilDelivered(deployment, before, 90_000);
  await watching.end();
  // Documented with the settings: 2 for each vendor that reconciles and 3 for ops; 1 each for the workers of outbound
  // and poller, and 3 for ops.
  expect(peaks.pics).toBeGreaterThan(2);
  expect(peaks.pics).toBeLessThanOrEqual(4 + 2 + 3);
  expect(peaks.store).toBeGreaterThan(2);
  expect(peaks.store).toBeLessThanOrEqual(4 + 2 + 3);

  proxy.freeze();
  const after = await plan();
  await untilDelivered(deployment, after, 150_000);
  await expectOnceEach(deployment, [...before, ...after]);
  expect(await countRestarts(process)).toBeGreaterThan(0);
  await eventually(async () => {
    const { status } = await fetch(`${process.httpUrl}/readyz`);
    expect(status).toBe(200);
  }, 90_000);

  /** The most connections seen of this process, by their names; tests have others. */
  function watchConnections(): { end: () => Promise<void> } {
    const stop = new AbortController();
    const count = async (database: 'pics' | 'store'): Promise<void> => {
      const { rows } = await deployment[database].query<{ count: number }>(
        `select count(*)::integer as count from pg_stat_activity
          where datname = current_database() and application_name like 'pics-sync%'`,
      );
      peaks[database] = Math.max(peaks[database], rows[0]?.count ?? 0);
    };
    const turn = async (): Promise<void> => {
      while (!stop.signal.aborted) await Promise.all([count('pics'), count('store')]);
    };
    const turning = turn();
    return {
      end: async () => {
        stop.abort();
        await turning;
      },
    };
  }
});
