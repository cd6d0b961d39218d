import type { JsonObject } from '../../../core/json.ts';

/** Aims as they were seen last, so that an acknowledged change of one is known whole. A bounded memory, not a truth. */
export type RecentAims = {
  get(id: string): JsonObject | null;
  set(id: string, record: JsonObject): void;
};

export function createRecentAims(most = 20_000): RecentAims {
  const records = new Map<string, JsonObject>();
  return {
    get: (id) => records.get(id) ?? null,
    set: (id, record) => {
      records.delete(id); // insertion order is the order of use
      records.set(id, record);
      const [oldest] = records.size > most ? records.keys() : [];
      if (oldest !== undefined) records.delete(oldest);
    },
  };
}
