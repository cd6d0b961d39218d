import type pg from 'pg';
import type { Log } from '../base/log.ts';
import type { Clock, Pics } from '../domain/ports.ts';
import type { WithReconcileTransaction } from '../domain/rows.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { readClaimants, readReviewHolders, readVendorLearners } from './claims.ts';
import {
  countNewReviews,
  createReadNormalReviewTypes,
  createReadOwnerNames,
  createReadUsedReferences,
  readDesktopSettings,
  readIdentOfReview,
  readLearnerStandings,
  readOwners,
  readPersons,
  readUsedOwners,
} from './lookups.ts';
import { createPresentColumns, type Mapping } from './mapping.ts';
import { createReadOwner } from './owner.ts';
import { createReadLearners } from './read-learner.ts';
import {
  claimPlace,
  createOrigins,
  createWithReconcileTransaction,
  originsPerVendor,
  readParked,
} from './reconcile.ts';
import { createReadRequest, readHeldRequests, readOpenRequests } from './request.ts';

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
    readClaimants: (kind, column, vendorId) => readClaimants(pool, columns, { kind, column, vendorId }),
    readReviewHolders: (column, vendorIds) => readReviewHolders(pool, columns, column, vendorIds),
    readOwners: (kind, codes) => readOwners(pool, columns, kind, codes),
    readLearnerStandings: (idents) => readLearnerStandings(pool, columns, idents),
    readUsedOwners: (idents) => readUsedOwners(pool, columns, idents),
    countNewReviews: (of) => countNewReviews(pool, columns, of),
    readUsedReferences: createReadUsedReferences(reading),
    readDesktopSettings: (names) => readDesktopSettings(pool, columns, names),
    readRequest: createReadRequest(reading),
    readOpenRequests: (vendor) => readOpenRequests(pool, vendor),
    readHeldRequests: (vendor, idents) => readHeldRequests(pool, vendor, idents),
    claimPlace: (topic, partition) => claimPlace(pool, topic, partition),
    readParked: (place, page) => readParked(pool, place, page),
    openTransactions: (vendor) => {
      const opened = transactions.get(vendor) ?? openTransactions(vendor);
      transactions.set(vendor, opened);
      return opened;
    },
  };
}
