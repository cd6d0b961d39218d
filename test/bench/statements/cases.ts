import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { emptyOutcome } from '../../../src/domain/ledger.ts';
import type { Observation } from '../../../src/domain/observation.ts';
import { deleteEnrolmentsBefore } from '../../../src/store/enrolments.ts';
import { deleteHeldBefore } from '../../../src/store/held.ts';
import {
  countOpenIntents,
  deleteIntentsBefore,
  recordIntents,
  recordOutcomes,
} from '../../../src/store/intents.ts';
import { deleteJournalBefore, readTimeline } from '../../../src/store/journal.ts';
import { createLedger } from '../../../src/store/ledger.ts';
import { createPollStore } from '../../../src/store/polling.ts';
import { createStore } from '../../../src/store/store.ts';
import { aimIdOf, identOf, learnerCount, learnerIdOf, passIds, reviewIdOf } from './fill.ts';

/** Something that is asked of the store. */
export type StoreCase = {
  readonly name: string;
  /** The n-th time; each time it is about other records. */
  readonly act: (n: number) => Promise<unknown>;
  /** Longest of the times that are measured; milliseconds. */
  readonly barMs: number;
  /** How often it is measured: 20 times unless it is long or can be done once. */
  readonly times?: number;
};

const vendor = 'onefile';
const centre = 'c1';
const scope = { vendor, centre } as const;
const dayMs = 86_400_000;
const nothing = { officers: [], organisations: [], learnerVendorIds: [] };

/** A statement that a person or a learner waits for. */
const liveMs = 50;
/** A page, or a batch of many learners. */
const batchMs = 500;
/** What happens once in a pass, a day or a command. */
const passMs = 10_000;
/** What nothing waits for: it is done in steps of 10,000 rows. */
const pruneMs = 60_000;

/** Everything that runs against all learners, or once a change, against a database with 100,000 of them. */
export function listCases(pool: pg.Pool, databaseUrl: string): readonly StoreCase[] {
  const store = createStore({ pool, databaseUrl });
  const ledger = createLedger(pool);
  const passes = createPollStore(pool, { ...scope, holder: 'bench', leaseMs: 3_600_000 });
  /** `count` learners that were not asked for before. */
  const some = (n: number, count: number): readonly number[] =>
    Array.from({ length: count }, (_, at) => (n * 7_919 + at * 37) % learnerCount);
  const readLanes = (of: readonly number[]) =>
    Promise.all(of.map((one) => ledger.readLane({ ...scope, ident: identOf(one), ...nothing })));
  const before = (days: number): Date => new Date(Date.now() - days * dayMs);
  return [
    { name: 'read one lane', act: (n) => readLanes(some(n, 1)), barMs: liveMs },
    { name: 'read 256 lanes', act: (n) => readLanes(some(n, 256)), barMs: batchMs },
    {
      name: 'record 256 intents and their outcomes, 2 shadows each',
      act: (n) => exchange(pool, readLanes, some(n, 256)),
      barMs: 2 * batchMs,
    },
    {
      name: 'links of 200 vendor ids',
      act: (n) => store.links.readByVendorIds({ ...scope, kind: 'learner' }, some(n, 200).map(learnerIdOf)),
      barMs: liveMs,
    },
    {
      name: 'links of 200 idents',
      act: (n) => store.links.readByPicsIds({ ...scope, kind: 'learner' }, some(n, 200).map(identOf)),
      barMs: liveMs,
    },
    {
      name: 'a page of 1,000 linked learners',
      act: (n) => store.links.readLearners(scope, { afterIdent: identOf(n * 4_000), limit: 1_000 }),
      barMs: batchMs,
    },
    {
      name: 'a page of 1,000 linked officers',
      act: () => store.links.readOwners({ ...scope, kind: 'officer' }, { afterCode: null, limit: 1_000 }),
      barMs: batchMs,
    },
    {
      name: 'officers who share an assessor',
      act: () => store.links.readShared({ ...scope, kind: 'officer' }),
      barMs: batchMs,
    },
    {
      name: 'number of linked learners',
      act: () => store.links.count({ ...scope, kind: 'learner' }),
      barMs: batchMs,
    },
    { name: 'held list, first 1,000', act: () => store.held.list({ vendor }), barMs: liveMs },
    {
      name: 'held list of one reason',
      act: () => store.held.list({ vendor, code: 'REVIEW_NO_DATE' }),
      barMs: liveMs,
    },
    {
      name: 'held list of one learner',
      act: (n) => store.held.list({ ident: identOf(n * 20) }),
      barMs: liveMs,
    },
    {
      name: 'held history of one learner',
      act: (n) => store.held.list({ ident: identOf(n), state: 'closed' }),
      barMs: liveMs,
    },
    { name: 'held items by reason', act: () => store.held.countByReason(), barMs: liveMs },
    {
      name: 'learners held because of an officer',
      act: (n) => store.held.readIdentsFor(vendor, { name: 'officer', value: `OFF${n + 1}` }),
      barMs: liveMs,
    },
    { name: 'lanes with something held', act: () => store.held.readLanes(vendor), barMs: liveMs },
    {
      name: 'retry all held for one reason (1,250)',
      act: () => store.held.retry({ vendor, code: 'REVIEW_NO_OFFICER' }, { by: 'bench', request: 'r' }),
      barMs: passMs,
      times: 1,
    },
    { name: 'postponed looks that are due', act: () => store.postponed.readDue(vendor, 100), barMs: liveMs },
    {
      name: 'a page of 1,000 unsettled learners',
      act: () => store.readUnsettledIdents(vendor, { afterIdent: null, limit: 1_000 }),
      barMs: liveMs,
    },
    { name: 'number of open intents', act: () => countOpenIntents(pool, vendor), barMs: liveMs },
    { name: 'timeline of one learner', act: (n) => readTimeline(pool, identOf(n), 200), barMs: liveMs },
    {
      name: 'hashes of a page of 200 reviews',
      act: (n) =>
        passes.readHashes(
          'review',
          some(n, 200).map((one) => reviewIdOf(one, 1)),
        ),
      barMs: liveMs,
    },
    {
      name: 'record a page of 200 reviews of a pass',
      act: (n) => recordPage(passes, some(n, 200)),
      barMs: batchMs,
    },
    {
      name: 'a page of 1,000 learners that a pass has seen',
      act: (n) =>
        store.polling.readSeenShadows(
          { ...scope, entity: 'learner', passId: passIds[1] },
          { afterVendorId: learnerIdOf(n * 4_000), limit: 1_000 },
        ),
      barMs: batchMs,
    },
    {
      name: 'which of 1,000 aims a pass has seen',
      act: (n) =>
        store.polling.readSeenIds(
          { ...scope, entity: 'learning-aim', passId: passIds[1] },
          some(n, 1_000).map((one) => aimIdOf(one, 1)),
        ),
      barMs: batchMs,
    },
    {
      name: 'reviews that two passes have not seen',
      act: () => passes.readMissing('review'),
      barMs: passMs,
      times: 3,
    },
    {
      name: 'all learners with their next review',
      act: () => store.polling.readLearners(scope, { entity: 'review', atMsField: 'scheduledForMs' }),
      barMs: passMs,
      times: 3,
    },
    {
      name: 'numbers of records, for the forecast',
      act: () => store.polling.countRecords(scope, { reviews: ['review'], aims: ['learning-aim'] }),
      barMs: passMs,
      times: 3,
    },
    {
      name: 'report of 200 rows of the reconciler',
      act: (n) => reportRows(store, some(n, 200)),
      barMs: batchMs,
    },
    {
      name: 'a changed key of a learner',
      act: (n) => {
        const renaming = { entity: 'learner', from: identOf(n), to: `9${identOf(n)}` } as const;
        const facts = { committedAtMs: Date.now(), isFromThere: false, isToThere: true };
        return store.links.rename(scope, renaming, facts);
      },
      barMs: liveMs,
    },
    {
      name: 'prune a tenth of the journal (200,000)',
      act: () => deleteJournalBefore(pool, before(333)),
      barMs: pruneMs,
      times: 1,
    },
    {
      name: 'prune the history of held items',
      act: () => deleteHeldBefore(pool, before(360)),
      barMs: passMs,
      times: 1,
    },
    {
      name: 'prune the ledger',
      act: () => deleteIntentsBefore(pool, before(325)),
      barMs: pruneMs,
      times: 1,
    },
    {
      name: 'prune enrolments',
      act: () => deleteEnrolmentsBefore(pool, before(360)),
      barMs: passMs,
      times: 1,
    },
    {
      name: 'prune, with nothing old',
      act: async () => {
        await deleteJournalBefore(pool, before(333));
        await deleteHeldBefore(pool, before(360));
        await deleteIntentsBefore(pool, before(325));
        await deleteEnrolmentsBefore(pool, before(360));
      },
      barMs: batchMs,
      times: 3,
    },
  ];
}

async function exchange(
  pool: pg.Pool,
  readLanes: (of: readonly number[]) => Promise<readonly { readonly version: number }[]>,
  of: readonly number[],
): Promise<void> {
  const unique = [...new Set(of)];
  const lanes = await readLanes(unique);
  const intents = await recordIntents(
    pool,
    unique.map((one, at) => ({
      ...{ ...scope, ident: identOf(one), version: lanes[at]?.version ?? 0, step: 'update-aim' },
      ...{ effect: 'update', subject: `aim:${aimIdOf(one, 1)}`, naturalKey: null, requestHash: 'hash' },
      ...{ worker: 1, intentId: null },
    })),
  );
  const outcomes = intents.flatMap((intent, at) => {
    const one = unique[at] ?? 0;
    if (intent.kind === 'conflict') return [];
    const shadow = (aim: 1 | 2) => ({
      ...{ ...scope, entity: 'learning-aim', vendorId: aimIdOf(one, aim), learnerVendorId: learnerIdOf(one) },
      record: { id: aimIdOf(one, aim), status: 0, progress: 50, registrationNumber: 'R1' },
      observedAtMs: Date.now(),
    });
    const subject = `aim:${aimIdOf(one, 1)}`;
    return [
      {
        ...emptyOutcome({ ...scope, ident: identOf(one) }, intent.version),
        ...{
          intentId: intent.intentId,
          state: 'done' as const,
          code: 'done',
          shadows: [shadow(1), shadow(2)],
        },
        journal: [{ kind: 'update-aim', subject, code: 'done', vendorId: null, tookMs: 50 }],
      },
    ];
  });
  const recorded = await recordOutcomes(pool, outcomes);
  const conflicts = recorded.filter(({ kind }) => kind === 'conflict').length;
  // Learners with an open create are left out: one in 500.
  if (conflicts > 0 || outcomes.length < 200)
    throw new Error(`${outcomes.length} of ${unique.length} recorded`);
}

async function recordPage(passes: ReturnType<typeof createPollStore>, of: readonly number[]): Promise<void> {
  const lease = await passes.acquireLease();
  if (lease === null) throw new Error('another process polls');
  const observations = of.map(
    (one): Observation => ({
      ...{ ...scope, entity: 'review', vendorId: reviewIdOf(one, 2), learnerVendorId: learnerIdOf(one) },
      ...{
        observedAtMs: Date.now(),
        cause: 'poll',
        deleted: false,
        record: { id: reviewIdOf(one, 2), visitId: one },
      },
    }),
  );
  const progress = { resource: 'reviews', value: { passId: passIds[1] } };
  const recorded = await passes.recordPage({ epoch: lease.epoch, observations, progress });
  if (recorded !== 'recorded') throw new Error(recorded);
  await passes.releaseLease(lease);
}

function reportRows(store: Pick<ReturnType<typeof createStore>, 'recordReport'>, of: readonly number[]) {
  const lines = of.map((one) => ({
    ...{ ident: identOf(one), kind: 'applied', subject: `learning-aim:${aimIdOf(one, 1)}`, code: null },
    ...{ vendorId: aimIdOf(one, 1), tookMs: null },
  }));
  const holds = of.slice(0, 20).map((one) => ({
    ...{ ident: identOf(one), subject: `learning-aim:${aimIdOf(one, 1)}`, code: 'AIM_UNCLEAR', params: {} },
  }));
  const report = { id: randomUUID(), lines, holds, notes: [], copied: [], alarms: [] };
  return store.recordReport({ ...scope, source: 'onefile.learning-aim/0' }, report);
}
