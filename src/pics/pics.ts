import type pg from 'pg';
import { createBatch } from '../base/batch.ts';
import type { Log } from '../base/log.ts';
import { UnseenTransactions } from '../domain/change.ts';
import type { Learner } from '../domain/learner.ts';
import type { Clock, Pics } from '../domain/ports.ts';
import type { WithReconcileTransaction } from '../domain/rows.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { toLearner, toLearnerCells, toLearnerSql } from './learner.ts';
import {
  countNewReviews,
  createReadNormalReviewTypes,
  createReadOwnerNames,
  createReadUsedReferences,
  readClaimants,
  readDesktopSettings,
  readIdentOfReview,
  readLearnerStandings,
  readOwners,
  readReviewHolders,
  readUsedOwners,
  readVendorLearners,
} from './lookups.ts';
import { createPresentColumns, type Mapping, type PresentColumns } from './mapping.ts';
import { createReadOwner } from './owner.ts';
import { readPersons, readPersonsLike } from './persons.ts';
import type { Queryable } from './queryable.ts';
import {
  claimPlace,
  createOrigins,
  createWithReconcileTransaction,
  originsPerVendor,
  readParked,
} from './reconcile.ts';
import { readFutureDates, readStartedLearners, readUndatedReviews } from './reports.ts';
import { createReadRequest, readHeldRequests, readOpenRequests } from './request.ts';
import { readRows } from './rows.ts';
import { readLanesOf, requestSnapshot } from './snapshot.ts';

type PicsOptions = {
  readonly pool: pg.Pool;
  /** A pool whose sessions carry a vendor's origin mark and are lent to its transactions alone. */
  readonly openMarkedPool: (connections: number) => pg.Pool;
  readonly mapping: Mapping;
  /** How this installation marks its own writes. */
  readonly originPrefix: string;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly log: Log;
};

/** The PICS database behind its port. */
export function createPics(options: PicsOptions): Pics {
  const { pool, mapping, clock, log } = options;
  const now = (): number => clock.nowMs();
  const columns = createPresentColumns({
    database: pool,
    mapping,
    now,
    onMissing: (missing) => {
      for (const { table, field } of missing)
        log.warn('a mapped column is gone: rules that need it rest', { table, field });
      if (missing.length === 0) log.info('all mapped columns are there again');
    },
  });
  // One for each vendor, however often it is asked for: there are as many marks as connections.
  const transactions = new Map<VendorName, WithReconcileTransaction>();
  const openTransactions = (vendor: VendorName): WithReconcileTransaction =>
    createWithReconcileTransaction({
      pool: options.openMarkedPool(originsPerVendor),
      columns,
      origins: createOrigins({
        vendor,
        count: originsPerVendor,
        prefix: options.originPrefix,
        onUnmarked: (reason) =>
          log.warn('own writes go unmarked: they come back and find nothing to do, only later', {
            code: reason,
          }),
      }),
    });
  const reading = { database: pool, columns, now, sleep: (ms: number) => clock.sleep(ms) };
  return {
    readLearner: createReadLearners(reading),
    readOwner: createReadOwner(reading),
    readIdentOfReview: (id) => readIdentOfReview(pool, columns, id),
    readNormalReviewTypes: createReadNormalReviewTypes(reading),
    readOwnerNames: createReadOwnerNames(reading),
    readVendorLearners: (column) => readVendorLearners(pool, columns, column),
    readPersons: (column, idents) => readPersons(pool, columns, column, idents),
    readPersonsLike: (column, known) => readPersonsLike(pool, columns, column, known),
    readClaimants: (kind, column, vendorId) => readClaimants(pool, columns, { kind, column, vendorId }),
    readReviewHolders: (column, vendorIds) => readReviewHolders(pool, columns, column, vendorIds),
    readOwners: (kind, codes) => readOwners(pool, columns, kind, codes),
    readLearnerStandings: (idents) => readLearnerStandings(pool, columns, idents),
    readUsedOwners: (idents) => readUsedOwners(pool, columns, idents),
    countNewReviews: (of) => countNewReviews(pool, columns, of),
    readUsedReferences: createReadUsedReferences(reading),
    readStartedLearners: (of) => readStartedLearners(pool, columns, of),
    readUndatedReviews: (idents) => readUndatedReviews(pool, columns, idents),
    readFutureDates: (of) => readFutureDates(pool, columns, of),
    readDesktopSettings: (names) => readDesktopSettings(pool, columns, names),
    readRequest: createReadRequest(reading),
    readOpenRequests: (vendor) => readOpenRequests(pool, vendor),
    readHeldRequests: (vendor, idents) => readHeldRequests(pool, vendor, idents),
    readLanesOf: (table) => readLanesOf(pool, columns, table),
    requestSnapshot: (wanted) => requestSnapshot(pool, columns, wanted),
    claimPlace: (topic, partition) => claimPlace(pool, topic, partition),
    readParked: (place, page) => readParked(pool, place, page),
    readRows: (query) => columns.with((at) => readRows(pool, at, query, { isLocking: false })),
    openTransactions: (vendor) => {
      const opened = transactions.get(vendor) ?? openTransactions(vendor);
      transactions.set(vendor, opened);
      return opened;
    },
  };
}

type LearnerRead = {
  readonly ident: string;
  /** 32-bit ids of the transactions that the read must see: those of the change events that caused it. */
  readonly txIds: readonly number[];
};
type ReadLearner = (read: LearnerRead) => Promise<Learner | null>;

type ReadLearnersOptions = {
  readonly database: Queryable;
  readonly columns: PresentColumns;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** The maximum number of learners in one statement. */
  readonly maxItems?: number;
  /** How long a transaction may stay invisible before the read gives up, for example on a stalled standby. */
  readonly visibleWithinMs?: number;
};

type Snapshot = {
  readonly learners: ReadonlyMap<string, Learner>;
  readonly seen: ReadonlyMap<number, boolean>;
};
type Row = {
  readonly seen: readonly [number, boolean][] | null;
  readonly learners: readonly unknown[][] | null;
};

const firstDelayMs = 2;
const maxDelayMs = 100;
/** After a wait in vain the others wait only briefly for a while: their transactions are visible at once, or of the same kind. */
const impatientForMs = 60_000;
const impatientWithinMs = 200;

/**
 * Reads the current state of learners, each in one snapshot that includes the given transactions. Returns
 * null if there is no such learner.
 *
 * Reads that arrive together share a statement. A change event may arrive before its transaction is visible
 * to other sessions; then the learner is read again after a delay of 2 ms that doubles up to 100 ms. One that
 * stays invisible rejects with `UnseenTransactions`: it concerns its own learner alone (D-3).
 */
export function createReadLearners(options: ReadLearnersOptions): ReadLearner {
  const { now, sleep, maxItems = 100, visibleWithinMs = 5_000 } = options;
  let impatientUntilMs = Number.NEGATIVE_INFINITY;
  const readOnce = createBatch({
    maxItems,
    run: async (reads: readonly LearnerRead[]) => {
      const snapshot = await readSnapshot(options, reads);
      return reads.map(({ ident, txIds }) => ({
        learner: snapshot.learners.get(ident.trim()) ?? null,
        unseen: txIds.filter((txId) => snapshot.seen.get(txId) === false),
      }));
    },
  });
  return async (read) => {
    const startedAtMs = now();
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const { learner, unseen } = await readOnce(read);
      if (unseen.length === 0) return learner;
      const nowMs = now();
      const withinMs =
        nowMs < impatientUntilMs ? Math.min(impatientWithinMs, visibleWithinMs) : visibleWithinMs;
      if (nowMs - startedAtMs >= withinMs) {
        impatientUntilMs = nowMs + impatientForMs;
        throw new UnseenTransactions(unseen);
      }
      await sleep(delayMs);
    }
  };
}

async function readSnapshot(
  { database, columns }: ReadLearnersOptions,
  reads: readonly LearnerRead[],
): Promise<Snapshot> {
  const idents = [...new Set(reads.map(({ ident }) => ident.trim()))];
  const txIds = [...new Set(reads.flatMap((read) => read.txIds))];
  return columns.with(async (mapping) => {
    const { rows } = await database.query<Row>({ ...toStatement(mapping), values: [idents, txIds] });
    const learners = (rows[0]?.learners ?? []).map((cells) => toLearner(toLearnerCells(cells)));
    return {
      learners: new Map(learners.map((learner) => [learner.ident, learner])),
      seen: new Map(rows[0]?.seen ?? []),
    };
  });
}

const statements = new WeakMap<Mapping, { readonly name: string; readonly text: string }>();
let statementCount = 0;

/** Postgres plans a named statement once per connection. Planning takes longer than running it. */
function toStatement(mapping: Mapping): { readonly name: string; readonly text: string } {
  const known = statements.get(mapping);
  if (known !== undefined) return known;
  statementCount += 1;
  const statement = { name: `read-learners-${statementCount}`, text: toLearnerSql(mapping) };
  statements.set(mapping, statement);
  return statement;
}
