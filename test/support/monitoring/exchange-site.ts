import { createMetrics } from '../../../src/base/metrics.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Review } from '../../../src/domain/learner.ts';
import { createLagMetrics, toHeldRows } from '../../../src/ops/lag.ts';
import { buildLearner, buildReview } from '../learner.ts';
import { oneFileVendor } from '../onefile-world/world.ts';
import type { Watched } from '../promql/watch.ts';
import { openRunningWorld } from '../world/running.ts';

const learner = buildLearner({
  ident: '10001',
  firstName: 'Imogen',
  surname: 'Tarrant',
  birthDate: '2006-07-14',
  startOn: '2026-01-05',
  mainOfficer: 'ABR001',
  oneFileId: '400061',
});
const ada = { code: 'ABR001', firstName: 'Ada', surname: 'Brook', email: 'a@x.example.org' };

/**
 * The roles that exchange, with the product's meter, on memory ports and a OneFile that answers; a user of PICS plans a
 * review every 15 s, with the values that `plans` names. Beside them an ops role to which nothing is wrong.
 */
export async function openExchangeSite() {
  const metrics = createMetrics();
  const opsMetrics = createMetrics();
  const showLag = createLagMetrics(opsMetrics);
  const world = await openRunningWorld([oneFileVendor({})], {
    learners: [learner],
    officers: [ada],
    shared: { externalIdVendor: 'onefile' },
    metrics,
  });
  let count = 0;
  const user: { plans: Partial<Review> | null } = { plans: {} };
  const plan = async (wanted: Partial<Review>): Promise<void> => {
    count += 1;
    const day = new Date(Date.UTC(2026, 2, 1) + count * 3_600_000).toISOString().slice(0, 19);
    const review = buildReview({ id: String(500 + count), type: 'N', proposedAt: day, ...wanted });
    await world.edit('10001', { reviews: [...world.learner('10001').reviews, review] });
  };
  await world.command('onefile', 'synchronise');
  const { vendors, postponed } = world.store;
  const { readState } = vendors;
  const { readDue } = postponed;
  const away = (): Promise<never> => Promise.reject(new Error('connect ECONNREFUSED'));
  const watched: Watched = {
    targets: [
      { instance: 'outbound:9101', read: () => metrics.read() },
      {
        instance: 'ops:9100',
        read: async () => {
          showLag(toHeldRows([], world.nowMs()), world.nowMs());
          return opsMetrics.read();
        },
      },
    ],
    nowMs: world.nowMs,
    passMs: async (ms) => {
      if (user.plans !== null) await plan(user.plans);
      await world.passMs(ms);
    },
  };
  return {
    world,
    watched,
    /** What a user plans, and with which values; null: nothing. */
    user,
    /** The sync database does not answer when this is read. */
    fail: (read: 'the state of vendors' | 'what is due'): void => {
      if (read === 'what is due') Object.assign(postponed, { readDue: away });
      else Object.assign(vendors, { readState: away });
    },
    mend: (): void => {
      Object.assign(vendors, { readState });
      Object.assign(postponed, { readDue });
    },
    /** OneFile says this to every call that fits, until `heal`. */
    script: (rule: Json) => world.at('onefile').script(rule),
    heal: () => world.at('onefile').control('DELETE', '/rules'),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

export type ExchangeSite = Awaited<ReturnType<typeof openExchangeSite>>;
