import type { SupposedLane } from '../domain/ledger.ts';
import type { Observation } from '../domain/observation.ts';
import type { ReconcileRecord, SettledRecord, WithReconcileTransaction } from '../domain/rows.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import { decideBatch, toQuery } from './decide-batch.ts';

type ForeseePorts = {
  readonly vendor: Pick<OpenVendor, 'name' | 'readKnowledge' | 'digestRecord'>;
  readonly withTransaction: WithReconcileTransaction;
};

/**
 * What the reconciler would do with these observations at this moment. Nothing is written.
 *
 * `supposed`: the lane of the learner that all of them belong to. It decides as the reconciler does, from the rows in one transaction of PICS, and gives the transaction up. Null: a user
 * of PICS has the rows locked, so that they cannot be read together.
 */
export async function foreseeRows(
  { vendor, withTransaction }: ForeseePorts,
  observations: readonly Observation[],
  supposed: SupposedLane,
): Promise<readonly SettledRecord[] | null> {
  if (observations.length === 0) return [];
  const records = observations.map((observation, index): ReconcileRecord => {
    const item = { kind: 'observation', observation } as const;
    return { offset: BigInt(index), timestampMs: observation.observedAtMs, item };
  });
  const knowledge = await vendor.readKnowledge(
    records.map(({ item }) => item),
    supposed,
  );
  const about = { knowledge, locked: new Set<string>(), vendor: vendor.name };
  const result = await withTransaction(async (transaction) => {
    const rows = await transaction.readRows(toQuery(records, about));
    const { settled } = decideBatch({ records, ...about, rows, digest: vendor.digestRecord });
    return { commit: false, value: settled };
  });
  return result.kind === 'ended' ? result.value : null;
}
