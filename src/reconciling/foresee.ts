import type { SupposedLane } from '../domain/ledger.ts';
import type { Observation } from '../domain/observation.ts';
import type { Pics } from '../domain/ports.ts';
import type { ReconcileRecord, SettledRecord } from '../domain/rows.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import { decideBatch, toQuery } from './decide-batch.ts';

type ForeseePorts = {
  readonly vendor: Pick<OpenVendor, 'name' | 'readKnowledge' | 'digestRecord'>;
  readonly pics: Pick<Pics, 'readRows'>;
};

/**
 * What the reconciler would do with these observations at this moment. Nothing is written, and nothing is locked.
 *
 * It decides as the reconciler does, from rows of PICS that are all of one moment. `supposed`: the lane of the learner that
 * all of them belong to.
 */
export async function foreseeRows(
  { vendor, pics }: ForeseePorts,
  observations: readonly Observation[],
  supposed: SupposedLane,
): Promise<readonly SettledRecord[]> {
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
  const rows = await pics.readRows(toQuery(records, about));
  return decideBatch({ records, ...about, rows, digest: vendor.digestRecord }).settled;
}
