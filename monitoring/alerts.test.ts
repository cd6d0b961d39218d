import { describe, expect, test } from 'vitest';
import { type ExchangeSite, openExchangeSite } from '../test/support/monitoring/exchange-site.ts';
import { type Conditions, type LagSite, openLagSite } from '../test/support/monitoring/lag-site.ts';
import { toSeconds } from '../test/support/promql/expression.ts';
import { compareWithPromtool, promtool } from '../test/support/promql/promtool.ts';
import { isAlert } from '../test/support/promql/rules.ts';
import { readRules, ruleFiles, scrapeEveryS, Watch } from '../test/support/promql/watch.ts';

/*
 * Each alert fires when its cause is made and is silent after the cure. The cause is made in the product: its roles, or
 * what its ops role measures, run on memory ports and a clock that jumps; what they answer to /metrics is scraped, and
 * the rules that are shipped are evaluated on it as Prometheus does. Where the environment names a promtool (`PROMTOOL`),
 * it evaluates the same scrapes, and must find the same alerts at every minute.
 */

const alerts = readRules()
  .flatMap(({ rules }) => rules)
  .filter(isAlert);
const minute = 60;
const hour = 3_600;
const dayMs = 24 * hour * 1_000;

type Case<Site> = {
  readonly alert: string;
  readonly cause: (site: Site) => unknown;
  readonly cure: (site: Site) => unknown;
  /** How long the cause may take to show, beside the time that the rule waits, seconds. */
  readonly within?: number;
  readonly silentWithin?: number;
  /** Alerts that fire with the same cause. */
  readonly also?: readonly string[];
  readonly startMs?: number;
};

function set(change: Partial<Conditions>): (site: LagSite) => void {
  return ({ conditions }) => {
    Object.assign(conditions, change);
  };
}

const openAlarm = {
  id: '3',
  kind: 'dead-letter',
  about: 'pics.pics.trqual',
  code: 'bad-date',
  place: 'pics.pics.trqual/0/17',
  count: 1,
  sinceMs: 0,
  lastAtMs: 0,
} as const;
const difference = {
  vendor: 'onefile',
  kind: 'qualification',
  field: 'registrationNumber',
  count: 2,
  oldestSinceMs: 0,
} as const;
const slot = { isActive: true, keptBytes: 9_000, walStatus: 'reserved', oldestTransaction: null } as const;

const lagCases: readonly Case<LagSite>[] = [
  {
    alert: 'PicsSyncDown',
    cause: set({ isOpsAway: true }),
    cure: set({ isOpsAway: false }),
    also: [],
  },
  {
    alert: 'PicsSyncNotMeasured',
    cause: set({ isOpsAway: true }),
    cure: set({ isOpsAway: false }),
    also: ['PicsSyncDown'],
  },
  {
    alert: 'PicsSyncNotMeasured',
    cause: set({ hangs: true }),
    cure: set({ hangs: false }),
    within: 2 * minute,
  },
  { alert: 'PicsSyncUnknown', cause: set({ isStoreAway: true }), cure: set({ isStoreAway: false }) },
  {
    alert: 'PicsSyncCaptureStalled',
    cause: set({ beats: false, arrivals: 0 }),
    cure: set({ beats: true, arrivals: 1 }),
    within: 90,
  },
  { alert: 'PicsSyncCaptureLate', cause: set({ beats: false }), cure: set({ beats: true }), within: 90 },
  {
    alert: 'PicsSyncConnectorNotRunning',
    cause: set({ connector: 'PAUSED' }),
    cure: set({ connector: 'RUNNING' }),
  },
  {
    alert: 'PicsSyncConnectorRestarts',
    cause: set({ connector: 'FAILED' }),
    cure: set({ connector: 'RUNNING' }),
    within: 20 * minute,
    silentWithin: hour + minute,
    also: ['PicsSyncConnectorNotRunning'],
  },
  {
    alert: 'PicsSyncLogKept',
    cause: set({ slot: { ...slot, keptBytes: 5e9 } }),
    cure: set({ slot }),
  },
  { alert: 'PicsSyncSlotLost', cause: set({ slot: null }), cure: set({ slot }) },
  {
    alert: 'PicsSyncSlotLost',
    cause: set({ slot: { ...slot, walStatus: 'lost' } }),
    cure: set({ slot }),
  },
  {
    alert: 'PicsSyncTableNotCaptured',
    cause: set({ tableFaults: [{ table: 'pics.itp_revu', fault: 'not-published' }] }),
    cure: set({ tableFaults: [] }),
  },
  { alert: 'PicsSyncQueueStalled', cause: set({ finished: 0 }), cure: catchUp, within: minute },
  {
    alert: 'PicsSyncQueueSlow',
    cause: set({ arrivals: 3, finished: 1 }),
    cure: catchUp,
    within: 3 * minute,
  },
  { alert: 'PicsSyncNoWorker', cause: set({ memberCount: 0 }), cure: set({ memberCount: 1 }) },
  {
    alert: 'PicsSyncDeletedUnread',
    cause: async (site) => {
      set({ finished: 0 })(site);
      await site.watched.passMs(minute * 1_000);
      await site.topics.trim();
    },
    cure: catchUp,
  },
  {
    alert: 'PicsSyncRecordsWait',
    cause: (site) =>
      set({
        parked: [
          {
            code: 'PICS_LOCKED',
            topic: 'onefile.review',
            count: 1,
            oldestSinceMs: site.nowMs() - 2 * 3_600_000,
          },
        ],
      })(site),
    cure: set({ parked: [] }),
  },
  {
    alert: 'PicsSyncCanaryStuck',
    cause: set({ canaryMs: null }),
    cure: set({ canaryMs: 400 }),
    within: 75,
    silentWithin: 6 * minute,
  },
  {
    alert: 'PicsSyncCanarySlow',
    cause: set({ canaryMs: 8_000 }),
    cure: set({ canaryMs: 400 }),
    within: minute,
    silentWithin: 2 * minute,
  },
  {
    alert: 'PicsSyncCanariesLate',
    cause: set({ canaryMs: 8_000 }),
    cure: set({ canaryMs: 400 }),
    within: 10 * minute,
    silentWithin: hour + 5 * minute,
    also: ['PicsSyncCanarySlow'],
  },
  {
    alert: 'PicsSyncFreshnessSlow',
    cause: set({ took: [{ vendor: 'onefile', way: 'out', count: 40, late: 8, mostMs: 90_000 }] }),
    cure: set({ took: [] }),
  },
  {
    alert: 'PicsSyncDifferences',
    cause: set({ differences: [{ ...difference, rule: null }] }),
    cure: set({ differences: [{ ...difference, rule: 'OF-42' }] }),
  },
  {
    alert: 'PicsSyncVendorSlow',
    cause: set({ vendorReads: [{ vendor: 'onefile', ageMs: 20_000, tookMs: 9_000, result: 'page' }] }),
    cure: set({ vendorReads: [{ vendor: 'onefile', ageMs: 20_000, tookMs: 300, result: 'page' }] }),
  },
  {
    alert: 'PicsSyncVendorSlow',
    cause: set({ vendorReads: [{ vendor: 'onefile', ageMs: 20_000, tookMs: 90, result: 'unreachable' }] }),
    cure: set({ vendorReads: [] }),
  },
  { alert: 'PicsSyncMissed', cause: set({ alarms: [openAlarm] }), cure: set({ alarms: [] }) },
  { alert: 'PicsSyncClockSkewed', cause: set({ picsSkewMs: 9_000 }), cure: set({ picsSkewMs: 0 }) },
  {
    alert: 'PicsSyncDailyRunOverdue',
    startMs: Date.parse('2026-03-10T15:20:00Z'),
    cause: (site) => set({ passes: false, lastPassAtMs: site.conditions.lastPassAtMs - dayMs })(site),
    cure: set({ passes: true }),
    within: 15 * minute,
    also: ['PicsSyncDailyRunLate'],
  },
  {
    alert: 'PicsSyncDailyRunLate',
    startMs: Date.parse('2026-03-10T05:50:00Z'),
    cause: (site) => set({ passes: false, lastPassAtMs: site.conditions.lastPassAtMs - dayMs })(site),
    cure: set({ passes: true }),
    within: 11 * minute,
  },
  {
    alert: 'PicsSyncHeldLong',
    cause: (site) =>
      set({
        held: [
          { vendor: 'onefile', code: 'VENDOR_REFUSED', count: 1, oldestSinceMs: site.nowMs() - 4 * dayMs },
        ],
      })(site),
    cure: set({ held: [] }),
  },
  {
    alert: 'PicsSyncOpenCallsOld',
    cause: (site) =>
      set({ openIntents: { planned: 0, sending: 0, unknown: 1, oldestAtMs: site.nowMs() - 3 * 3_600_000 } })(
        site,
      ),
    cure: set({ openIntents: { planned: 0, sending: 0, unknown: 0, oldestAtMs: null } }),
  },
];

async function catchUp(site: LagSite): Promise<void> {
  set({ arrivals: 1, finished: 1 })(site);
  await site.topics.catchUp();
}

const always = { times: null, match: {} } as const;
const posts = { times: null, match: { method: 'POST' } } as const;

const exchangeCases: readonly Case<ExchangeSite>[] = [
  {
    alert: 'PicsSyncRoleRestarts',
    cause: ({ fail }) => fail('the state of vendors'),
    cure: ({ mend }) => mend(),
    within: 5 * minute,
    silentWithin: 12 * minute,
  },
  {
    alert: 'PicsSyncPartRestarts',
    cause: ({ fail }) => fail('what is due'),
    cure: ({ mend }) => mend(),
    within: 5 * minute,
    silentWithin: 12 * minute,
  },
  {
    alert: 'PicsSyncVendorAway',
    cause: ({ script }) => script({ ...always, action: { type: 'answer', status: 503, body: 'away' } }),
    cure: ({ heal }) => heal(),
    within: 5 * minute,
  },
  {
    alert: 'PicsSyncVendorThrottles',
    cause: ({ script }) => script({ ...posts, action: { type: 'answer', status: 429 } }),
    cure: ({ heal }) => heal(),
    within: 5 * minute,
    silentWithin: 20 * minute,
  },
  {
    alert: 'PicsSyncManyHeld',
    cause: ({ user, world }) => {
      user.plans = { officer: null };
      return world.edit('10001', { mainOfficer: null });
    },
    cure: ({ user, world }) => {
      user.plans = null;
      return world.edit('10001', { mainOfficer: 'ABR001' });
    },
    within: 10 * minute,
    silentWithin: hour + minute,
  },
  {
    alert: 'PicsSyncForeignWrites',
    cause: async ({ user }) => {
      user.plans = { oneFileId: '77' };
    },
    cure: ({ user }) => {
      user.plans = {};
    },
    within: minute,
    silentWithin: hour + minute,
  },
  {
    alert: 'PicsSyncDeliveriesLate',
    cause: ({ script }) => script({ ...posts, delayMs: 40_000 }),
    cure: ({ heal }) => heal(),
    within: 20 * minute,
    silentWithin: 30 * minute,
    also: ['PicsSyncDeliveriesSlow'],
  },
  {
    alert: 'PicsSyncDeliveriesSlow',
    cause: ({ script }) => script({ ...posts, delayMs: 40_000 }),
    cure: ({ heal }) => heal(),
    within: 20 * minute,
    silentWithin: 90 * minute,
    also: ['PicsSyncDeliveriesLate'],
  },
];

type Site = AsyncDisposable & { readonly watched: ConstructorParameters<typeof Watch>[0] };

/** Nothing at first; after the cause the alert waits as long as its rule says, and fires; after the cure it is silent. */
async function fireAndCure<S extends Site>(site: S, one: Case<S>): Promise<void> {
  const { alert, cause, cure, within = 0, silentWithin = minute, also = [] } = one;
  const watch = new Watch(site.watched);
  const waitS = toSeconds(alerts.find(({ alert: name }) => name === alert)?.for ?? '');
  await watch.pass(5 * minute);
  expect(watch.active).toEqual([]);

  await cause(site);
  const tookS = await watch.untilFiring(alert, waitS + within + 4 * scrapeEveryS);
  expect(tookS).toBeGreaterThan(waitS);
  expect(watch.wasPending.has(alert) || waitS === 0).toBe(true);
  for (const { annotations } of watch.active)
    for (const text of Object.values(annotations)) expect(text).not.toMatch(/undefined|NaN|\{\{/);
  expect([...watch.hasFired].filter((name) => ![alert, ...also].includes(name))).toEqual([]);

  await cure(site);
  await watch.untilSilent(alert, silentWithin);
  watch.forget();
  await watch.pass(2 * minute);
  expect(watch.hasFired).not.toContain(alert);
  if (promtool !== null) compareWithPromtool(promtool, { store: watch.store, ...comparison });
}

const comparison = {
  groups: readRules(),
  files: ruleFiles,
  everyS: scrapeEveryS,
  // They go by the time of day: a test of promtool begins in 1970.
  without: ['PicsSyncDailyRunLate', 'PicsSyncNotMeasured'],
};

test('an hour at which all is well raises nothing, neither in the exchange nor in what ops measures', async () => {
  {
    await using site = openLagSite();
    const watch = new Watch(site.watched);
    await watch.pass(hour);
    expect([...watch.hasFired, ...watch.wasPending]).toEqual([]);
  }
  await using site = await openExchangeSite();
  const watch = new Watch(site.watched);
  await watch.pass(hour);
  expect([...watch.hasFired, ...watch.wasPending].filter((name) => name !== 'PicsSyncNotMeasured')).toEqual(
    [],
  );
});

describe('what ops measures', () => {
  test.each(lagCases)('$alert fires with its cause, and is silent after the cure', async (one) => {
    await using site = openLagSite(one.startMs);
    await fireAndCure(site, one);
  });
});

describe('the exchange', () => {
  test.each(exchangeCases)('$alert fires with its cause, and is silent after the cure', async (one) => {
    await using site = await openExchangeSite();
    await fireAndCure(site, one);
  });
});

test('every alert has a cause here', () => {
  const made = new Set([...lagCases, ...exchangeCases].map(({ alert }) => alert));
  expect(alerts.map(({ alert }) => alert).toSorted()).toEqual([...made].toSorted());
});
