import type { JsonObject } from '../../../core/json.ts';
import type { Observation } from '../../../core/observation.ts';

/** Records as they were seen last, so that an acknowledged change of one is known whole. A bounded memory, not a truth. */
export type RecentRecords = {
  get(key: string): JsonObject | null;
  set(key: string, record: JsonObject): void;
};

export function createRecentRecords(most = 20_000): RecentRecords {
  const records = new Map<string, JsonObject>();
  return {
    get: (key) => records.get(key) ?? null,
    set: (key, record) => {
      records.delete(key); // insertion order is the order of use
      records.set(key, record);
      const [oldest] = records.size > most ? records.keys() : [];
      if (oldest !== undefined) records.delete(oldest);
    },
  };
}

/** Ids of different kinds may be equal. */
export function toRecordKey(entity: string, id: string): string {
  return `${entity} ${id}`;
}

/** Whatever may be changed by an update of ours. */
const keptEntities = ['learning-aim', 'learner', 'assessor', 'placement'];

export function keepRecords(recent: RecentRecords, observed: readonly Observation[]): void {
  for (const { entity, vendorId, record } of observed) {
    if (record !== null && keptEntities.includes(entity)) recent.set(toRecordKey(entity, vendorId), record);
  }
}
