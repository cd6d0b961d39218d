import { createBatch } from '../base/batch.ts';
import type { LaneKey, Ledger } from '../core/ledger.ts';
import { readLanes } from './read-lane.ts';
import { recordIntents } from './record-intent.ts';
import { recordOutcomes } from './record-outcome.ts';
import type { Db } from './statement.ts';

export type LedgerOptions = {
  /** Lanes in one statement at most. */
  readonly maxItems?: number;
  /** Statements of one kind under way at once. One costs the least; with two nobody waits for a whole statement more. */
  readonly inFlight?: number;
};

/**
 * Creates the ledger over the sync database.
 *
 * Requests of many learners share statements and commits. One learner's own requests never share one: of two for the
 * same lane the one that read the newer version goes on, the other is a conflict like any other lost compare.
 */
export function createLedger(db: Db, options: LedgerOptions = {}): Ledger {
  const batch = { maxItems: options.maxItems ?? 256, inFlight: options.inFlight ?? 2 };
  return {
    readLane: createBatch({ ...batch, run: (items) => readLanes(db, items) }),
    recordIntent: createBatch({ ...batch, run: oneEachLane((items) => recordIntents(db, items)) }),
    recordOutcome: createBatch({ ...batch, run: oneEachLane((items) => recordOutcomes(db, items)) }),
  };
}

type Compared = LaneKey & { readonly version: number };

/** A statement cannot write one row twice, so each lane goes in once; those left out are conflicts. */
export function oneEachLane<I extends Compared, O>(
  run: (items: readonly I[]) => Promise<readonly O[]>,
): (items: readonly I[]) => Promise<readonly (O | { readonly kind: 'conflict' })[]> {
  return async (items) => {
    const chosen = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      const lane = `${item.vendor} ${item.ident}`;
      const rival = chosen.get(lane);
      if (rival === undefined || (items[rival]?.version ?? 0) < item.version) chosen.set(lane, index);
    }
    const indices = [...chosen.values()];
    const answers = await run(indices.map((index) => items[index] as I));
    const all: (O | { readonly kind: 'conflict' })[] = items.map(() => ({ kind: 'conflict' }));
    for (const [place, index] of indices.entries()) all[index] = answers[place] as O;
    return all;
  };
}
