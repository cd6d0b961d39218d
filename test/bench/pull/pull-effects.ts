import type { Observation } from '../../../src/domain/observation.ts';
import { forecastFullPass } from '../../../src/domain/schedule.ts';
import type { PollEffects } from '../../../src/polling/page.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import { toPassReads } from '../../../src/vendors/onefile/rules/records.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';
import type { PollWorld } from '../../support/poll-world.ts';

type Parts = Pick<PollEffects, 'readPage' | 'publish' | 'nowMs' | 'sleep'> & {
  /** Keeps pages, passes and runs. */
  readonly world: PollWorld;
  readonly ledger: MemoryLedger;
  readonly engine: Engine;
  /** Ids that PICS shows. */
  readonly learnerIds: readonly string[];
  readonly pace: { readonly pageSize: number; readonly callsPerMinute: number };
};

const scope = { vendor: 'onefile', centre: '301' } as const;

/** What the poller reaches out to: the real client and engine, everything else in memory. */
export function createPullEffects(parts: Parts): PollEffects {
  const { world, ledger, engine, learnerIds, readPage, publish, nowMs, sleep } = parts;
  return {
    ...world.effects,
    ...{ readPage, publish, nowMs, sleep },
    plans: vendor.pollResources.map((resource) => ({
      resource,
      recent: resource.name === 'reviews' ? 'every-turn' : 'never',
    })),
    store: {
      ...world.store,
      recordPage: async (page) => {
        for (const one of page.observations) keepShadow(ledger, one);
        return world.store.recordPage(page);
      },
    },
    readClaimed: async () => {
      const linked = new Set(world.learners.map(({ vendorId }) => vendorId));
      const claimed = learnerIds.filter((id) => !linked.has(id));
      return claimed.map((vendorId) => ({ ident: toIdent(vendorId), vendorId }));
    },
    afterLearners: async ({ passId }) => {
      const seen = learnerIds.filter((id) => world.seen.get(passId)?.has(id));
      world.link(...seen);
      for (const vendorId of seen) linkLearner(ledger, vendorId, nowMs());
    },
    submitLearner: async ({ ident, vendorId }, isRead) => {
      const reads = isRead ? toPassReads({ ident, learnerId: vendorId }) : [];
      const work = { ident, demand: 'refresh', priority: 'poll', txIds: [], reads } as const;
      await engine.submit({ ...work, committedAtMs: null });
    },
    readForecast: async (learners) => forecast(parts, learners),
  };
}

function toIdent(vendorId: string): string {
  return `i${vendorId}`;
}

function keepShadow(ledger: MemoryLedger, { deleted: _deleted, cause: _cause, ...one }: Observation): void {
  const { record } = one;
  if (record !== null) ledger.shadowTable.keep({ ...one, record });
}

function linkLearner(ledger: MemoryLedger, vendorId: string, copiedAtMs: number): void {
  const ident = toIdent(vendorId);
  const link = { ...scope, kind: 'learner', picsId: ident, ident, vendorId } as const;
  ledger.linkTable.put({ ...link, how: 'typed', copiedAtMs });
}

function forecast({ world, pace }: Parts, learners: number) {
  const counts = new Map<string, number>();
  for (const { entity } of world.shadows.values()) counts.set(entity, (counts.get(entity) ?? 0) + 1);
  const count = (entity: string): number | null => counts.get(entity) ?? null;
  const people = count('learner');
  return forecastFullPass(
    {
      ...{ learners, users: people === null ? null : people + (count('assessor') ?? 0) },
      ...{ reviews: count('review'), placements: count('placement') },
      ...{ classrooms: count('classroom'), standards: count('standard') },
    },
    { ...pace, liveShare: 0.04 },
  );
}
