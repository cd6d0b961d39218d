import { afterEach, describe, test as plainTest } from 'vitest';
import type { Learner } from '../../src/domain/learner.ts';
import type { Owner } from '../../src/domain/owner.ts';
import type { Pics } from '../../src/domain/ports.ts';
import type { NewRequest } from '../../src/domain/request.ts';
import type { ReconcileTransaction, TransactionResult } from '../../src/domain/rows.ts';
import { claimCommands } from './pics-claims-commands.ts';
import { claimLookups } from './pics-claims-lookups.ts';
import { claimPlaces } from './pics-claims-places.ts';
import { claimReads } from './pics-claims-reads.ts';
import { claimReports } from './pics-claims-reports.ts';
import { claimWrites } from './pics-claims-writes.ts';

/** Rows that users of PICS have made. */
export type PicsRows = {
  readonly learners?: readonly Learner[];
  readonly owners?: readonly Owner[];
  readonly requests?: readonly NewRequest[];
  readonly normalReviewTypes?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
};

export type PicsUnderTest = {
  readonly pics: Pics;
  readonly put: (rows: PicsRows) => Promise<void>;
  /** Has all rows of a lane locked by a user's transaction; the answer ends it. */
  readonly lock: (lane: string) => Promise<() => Promise<void>>;
  /** Snapshots that were asked for of a table; `lanes` null = of all rows. */
  readonly readSnapshots: () => Promise<
    readonly { readonly table: string; readonly lanes: readonly string[] | null }[]
  >;
  readonly close: () => Promise<void>;
};

export type ClaimTest = (title: string, claim: () => Promise<void>) => void;
export type SetUpPics = () => Promise<PicsHandles>;

/** A PICS and the short ways to use it. */
export type PicsHandles = Omit<PicsUnderTest, 'close'> & {
  readonly transact: <R>(
    run: (transaction: ReconcileTransaction) => Promise<{ readonly commit: boolean; readonly value: R }>,
  ) => Promise<TransactionResult<R>>;
  /** A transaction that commits; it must end. */
  readonly commit: <R>(run: (transaction: ReconcileTransaction) => Promise<R>) => Promise<R>;
  readonly read: (ident: string) => Promise<Learner | null>;
};

/** The widest number of a registration. One that is longer is refused with SQLSTATE 22001. */
export const widestNumber = 50;

/** What every PICS promises the flows. `test` skips where there is none. */
export function describePics(
  name: string,
  open: () => Promise<PicsUnderTest>,
  test: ClaimTest = plainTest,
): void {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const setup: SetUpPics = async () => {
    const { close, ...opened } = await open();
    closers.push(close);
    const transact = opened.pics.openTransactions('onefile');
    return {
      ...opened,
      transact,
      commit: async (run) => {
        const end = await transact(async (transaction) => ({ commit: true, value: await run(transaction) }));
        if (end.kind !== 'ended') throw new Error(`the transaction is ${end.kind}: ${end.code}`);
        return end.value;
      },
      read: (ident) => opened.pics.readLearner({ ident, txIds: [] }),
    };
  };
  describe(name, () => {
    claimReads(test, setup);
    claimLookups(test, setup);
    claimReports(test, setup);
    claimWrites(test, setup);
    claimPlaces(test, setup);
    claimCommands(test, setup);
  });
}
