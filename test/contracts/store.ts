import { afterEach, describe, test as plainTest } from 'vitest';
import type { OutcomeRecord } from '../../src/domain/ledger.ts';
import type { Store } from '../../src/domain/ports.ts';
import { anOutcome, learner } from '../support/ledger-records.ts';
import { describeLedger } from './ledger.ts';
import { claimDifferences } from './store-claims-differences.ts';
import { claimHeldList } from './store-claims-held.ts';
import { claimLinks } from './store-claims-links.ts';
import { claimPolling } from './store-claims-polling.ts';
import { claimRuns } from './store-claims-runs.ts';
import { claimTables } from './store-claims-tables.ts';
import { claimUsers } from './store-claims-users.ts';

export type StoreUnderTest = {
  readonly store: Store;
  /** By the clock that stamps what the store keeps. */
  readonly nowMs: () => number;
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type ClaimTest = (title: string, claim: () => Promise<void>) => void;
export type SetUpStore = () => Promise<StoreHandles>;

/** A store and the short ways to use it. */
export type StoreHandles = Omit<StoreUnderTest, 'close'> & {
  readonly readLane: (ident?: string) => ReturnType<Store['ledger']['readLane']>;
  /** Records an outcome at the present version. */
  readonly record: (change: Partial<OutcomeRecord>) => ReturnType<Store['ledger']['recordOutcome']>;
};

/** What every store promises the flows. `test` skips where there is none. */
export function describeStore(
  name: string,
  open: () => Promise<StoreUnderTest>,
  test: ClaimTest = plainTest,
): void {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const setup: SetUpStore = async () => {
    const { close, ...opened } = await open();
    closers.push(close);
    const { ledger } = opened.store;
    const readLane = (ident = learner.ident) =>
      ledger.readLane({ ...learner, ident, officers: [], organisations: [], learnerVendorIds: [] });
    return {
      ...opened,
      readLane,
      record: async (change) => {
        const { version } = await readLane(change.ident);
        return ledger.recordOutcome(anOutcome({ version, ...change }));
      },
    };
  };
  describeLedger(`${name}: the ledger`, () => openLedger(open), test);
  describe(name, () => {
    claimHeldList(test, setup);
    claimLinks(test, setup);
    claimPolling(test, setup);
    claimRuns(test, setup);
    claimTables(test, setup);
    claimDifferences(test, setup);
    claimUsers(test, setup);
  });
}

/** The ledger's own contract, over the groups of the port. */
async function openLedger(
  open: () => Promise<StoreUnderTest>,
): ReturnType<Parameters<typeof describeLedger>[1]> {
  const { store, close } = await open();
  return {
    ledger: store.ledger,
    startWorker: async () => {
      const { worker, close: end } = await store.joinAsWorker();
      let isOver = false;
      return {
        worker,
        end: async () => {
          if (!isOver) await end();
          isOver = true;
        },
      };
    },
    retry: async (id) => void (await store.held.retry({ ids: [id] }, { by: 'ann' })),
    skip: async (id) => void (await store.held.skip(id, { reason: 'left the company', by: 'ann' })),
    openEnrolment: (key, enrolment) => store.enrolments.open(key, enrolment),
    close,
  };
}
