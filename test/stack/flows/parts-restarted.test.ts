import { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { PartControl } from '../../../stack/control.ts';
import { expectOnceEach, type SeenReview, untilDelivered } from '../../support/deployment/reviews.ts';
import { settle } from '../../support/deployment/settle.ts';
import { startTraffic } from '../../support/deployment/traffic.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { localStackTest as test, useStack } from '../../support/stack/use-stack.ts';

const installation = useDeployment('restarted');
const deadlineMs = 100_000;

type Disturbance = (parts: PartControl, untilMore: (count: number) => Promise<unknown>) => Promise<void>;

const disturbances: readonly [string, Disturbance][] = [
  [
    'the broker is killed and comes back',
    async (parts, untilMore) => {
      await parts.kill('kafka');
      await untilMore(10);
      await parts.start('kafka');
    },
  ],
  [
    'Connect is killed and comes back',
    async (parts, untilMore) => {
      await parts.kill('connect');
      await untilMore(10);
      await parts.start('connect');
    },
  ],
  [
    'the registry is killed and comes back',
    async (parts, untilMore) => {
      await parts.kill('registry');
      await untilMore(10);
      await parts.start('registry');
    },
  ],
  [
    'Redis is flushed, stopped and comes back',
    async (parts, untilMore) => {
      await flushRedis();
      await untilMore(10);
      await parts.stop('redis');
      await untilMore(10);
      await parts.start('redis');
    },
  ],
  // Last, since it holds PICS, the sync database and the registry's.
  ['Postgres is restarted', (parts) => parts.restart('postgres')],
];

test.each(disturbances)(
  'nothing is lost and nothing doubled when %s under traffic, and the roles recover by themselves',
  async (_what, disturb) => {
    const deployment = installation();
    const { parts } = useStack();
    if (parts === null) throw new Error('the parts of this stack cannot be stopped');
    const roles = await deployment.startRoles('outbound', 'poller', 'reconciler', 'ops');
    const traffic = startTraffic(deployment);
    await untilDelivered(deployment, await traffic.untilMore(5));
    await disturb(parts, traffic.untilMore);
    await traffic.untilMore(10);
    const reviews = await traffic.stop();
    await untilDelivered(deployment, reviews, deadlineMs);
    await settle(deployment);
    await expectOnceEach(deployment, reviews);
    expect(findTwins(await deployment.oneFile.records<SeenReview>('reviews'))).toEqual([]);
    expect((await fetch(`${roles.httpUrl}/healthz`)).status).toBe(200);
  },
  240_000,
);

/** Also of reviews whose insert PICS did not get to confirm. */
function findTwins(reviews: readonly SeenReview[]): string[] {
  const places = reviews.map(({ LearnerID, ScheduledFor }) => `${LearnerID} ${ScheduledFor}`);
  return places.filter((place, index) => places.indexOf(place) !== index);
}

async function flushRedis(): Promise<void> {
  const redis = new Redis(useStack().redis);
  await redis.flushall();
  redis.disconnect();
}
