import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect } from 'vitest';
import { readVendorState } from '../../../src/store/vendor-state.ts';
import { toPostgresUrl } from '../../../stack/addresses.ts';
import { command } from '../../support/deployment/commands.ts';
import { toStoreDatabase } from '../../support/deployment/config-file.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';
import { expectOnceEach, type SeenReview, untilDelivered } from '../../support/deployment/reviews.ts';
import { settle, untilPolled } from '../../support/deployment/settle.ts';
import { startTraffic } from '../../support/deployment/traffic.ts';
import { useDeployment } from '../../support/deployment/use-deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { createRandom } from '../../support/random.ts';
import { stackTest as test, useStack } from '../../support/stack/use-stack.ts';

const installation = useDeployment('rebuilt');
const seeds = [1, 2, 3];

/** As an administrator: the database is made again, empty, and the product prepares it. */
async function loseDatabase(deployment: Deployment): Promise<void> {
  const name = toStoreDatabase(deployment.name);
  const admin = new pg.Client({ connectionString: toPostgresUrl(useStack().postgres) });
  await admin.connect();
  try {
    await admin.query(`drop database "${name}" with (force)`);
    await admin.query(`create database "${name}"`);
  } finally {
    await admin.end();
  }
  await deployment.mustCli('store', 'migrate');
}

async function enable(deployment: Deployment): Promise<void> {
  const shown = await command(deployment, 'enable');
  const { plan } = (shown.result ?? {}) as { readonly plan?: { readonly digest: string } };
  const confirmed = ['W-1', 'W-3'];
  const payload = plan === undefined ? { confirmed } : { confirmed, plan: plan.digest };
  const again = await command(deployment, 'enable', { payload });
  if (again.status === 'done') return;
  const { plan: made } = (again.result ?? {}) as { readonly plan?: { readonly digest: string } };
  const last = await command(deployment, 'enable', { payload: { confirmed, plan: made?.digest ?? '' } });
  expect(last).toMatchObject({ status: 'done' });
}

/** Learner and time of each review: no two are alike, here or there. */
async function expectNothingTwice({ oneFile, pics }: Deployment): Promise<void> {
  const there = (await oneFile.records<SeenReview>('reviews'))
    .filter(({ ScheduledFor }) => ScheduledFor !== null)
    .map(({ LearnerID, ScheduledFor }) => `${LearnerID} ${ScheduledFor}`);
  expect(there.filter((key, index) => there.indexOf(key) !== index)).toEqual([]);
  const { rows } = await pics.query<{ ident: string; proposed: string; count: number }>(
    `select trim(ident) as ident, proposed::text, count(*)::integer as count from pics.itp_revu
     where proposed is not null group by 1, 2 having count(*) > 1`,
  );
  expect(rows).toEqual([]);
}

for (const seed of seeds)
  test(`the sync database lost under traffic and rebuilt from topics: both sides equal, nothing twice (seed ${seed})`, async () => {
    const deployment = installation();
    const { oneFile, store } = deployment;
    const random = createRandom(seed);
    // The first turn finds the installation enabled; later ones what the one before has left.
    await deployment.startRoles('outbound', 'poller', 'reconciler');
    await oneFile.post('/rules', { match: { method: 'POST', path: 'Review' }, delayMs: 200 });
    const traffic = startTraffic(deployment);
    const first = await traffic.untilMore(10);
    await untilDelivered(deployment, first);
    await traffic.untilMore(1 + random.below(10));
    await sleep(random.below(400)); // anywhere between two calls
    await loseDatabase(deployment);
    await traffic.untilMore(5);
    const refused = await deployment.cli('store', 'rebuild', 'no-such-vendor');
    expect(refused.code).toBe(2);
    if (seed === seeds.at(-1)) {
      const text = await deployment.mustCli('store', 'rebuild', 'onefile');
      expect(text).toMatch(
        /^OneFile: [1-9]\d* links and [1-9]\d* records came back\.\nWhat does not come back:/,
      );
      expect(text).toContain('give: pics-sync onefile enable.');
    } else {
      const rebuilt = JSON.parse(await deployment.mustCli('store', 'rebuild', '--json'));
      expect(rebuilt).toMatchObject({ vendors: ['onefile'], missing: [], cut: [], unreadable: 0 });
      expect(rebuilt.links.onefile).toBeGreaterThan(0);
      expect(rebuilt.records.onefile).toBeGreaterThan(0);
    }
    expect(JSON.parse(await deployment.mustCli('onefile', 'status', '--json'))).toMatchObject({
      isEnabled: false,
      cautiousSinceMs: expect.any(Number),
    });
    expect(await readVendorState(store, 'onefile')).toMatchObject({
      isEnabled: false,
      cautiousSinceMs: expect.any(Number),
    });
    const twice = await deployment.cli('store', 'rebuild');
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') });

    await enable(deployment);
    const planned = await traffic.stop();
    await untilDelivered(deployment, planned, 120_000);
    await eventually(async () => {
      expect((await readVendorState(store, 'onefile')).cautiousSinceMs).toBeNull();
    }, 120_000);
    await untilPolled(deployment);
    await settle(deployment);
    await expectOnceEach(deployment, planned);
    await expectNothingTwice(deployment);
  }, 400_000);
