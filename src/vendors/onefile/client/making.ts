import type { JsonObject } from '../../../domain/json.ts';
import type { LinkKind, NewLink } from '../../../domain/link.ts';
import type { Observation, ObservationCause } from '../../../domain/observation.ts';
import type { VendorFailure } from '../../../domain/outcome.ts';
import type { About, CallResult, Done } from '../../../domain/step.ts';
import type { Account, ApiFailure } from './api.ts';
import { type CentreClient, type Seen, toObservation } from './sight.ts';

/** The circumstances of one call of the engine: which budget it uses, and why it is made. */
export type Making = {
  readonly parts: CentreClient;
  readonly account: Account;
  readonly cause: ObservationCause;
  readonly about: About | null;
};

export type Failed = Exclude<CallResult, Done>;

export const emptyDone: Done = {
  kind: 'done',
  vendorId: null,
  observed: [],
  shadow: [],
  links: [],
  findings: [],
};

export function observeAll(
  seen: readonly Seen[],
  { parts, observedAtMs, cause }: { parts: CentreClient; observedAtMs: number; cause: ObservationCause },
): Observation[] {
  return seen.map((one) => toObservation(parts.centreId, one, { observedAtMs, cause }));
}

/** The failure without what only the client needs. */
export function toFailure({ status: _status, isBare: _isBare, ...failure }: ApiFailure): Failed {
  return failure as Failed;
}

export type Refusal = Extract<VendorFailure, { kind: 'rejected' }>;

/** A refusal by the client itself. `params` fill the gaps of the code's sentence. */
export function refuse(code: string, detail: string, params: Refusal['params'] = {}): Refusal {
  return { kind: 'rejected', code, detail, params: { vendor: 'onefile', ...params } };
}

export type LinkOf = {
  readonly kind: LinkKind;
  readonly picsId: string;
  readonly vendorId: string;
  readonly ident: string | null;
  readonly how?: NewLink['how'];
};

export function toLink({ centreId }: CentreClient, { how = 'created', ...link }: LinkOf): NewLink {
  return { vendor: 'onefile', centre: centreId, how, ...link };
}

/**
 * Records as they were last read. After an acknowledged update the whole record is known from it. The memory
 * is bounded and may lack a record.
 */
export type RecentRecords = {
  get(key: string): JsonObject | null;
  set(key: string, record: JsonObject): void;
};

export function createRecentRecords(most = 20_000): RecentRecords {
  const records = new Map<string, JsonObject>();
  return {
    get: (key) => records.get(key) ?? null,
    set: (key, record) => {
      records.delete(key); // insertion order is the order of last use
      records.set(key, record);
      const [oldest] = records.size > most ? records.keys() : [];
      if (oldest !== undefined) records.delete(oldest);
    },
  };
}

/** Key of a record; ids of different entities may be equal. */
export function toRecordKey(entity: string, id: string): string {
  return `${entity} ${id}`;
}

/** Entities that our updates may change. */
const keptEntities = ['learning-aim', 'learner', 'assessor', 'placement'];

export function keepRecords(recent: RecentRecords, observed: readonly Observation[]): void {
  for (const { entity, vendorId, record } of observed) {
    if (record !== null && keptEntities.includes(entity)) recent.set(toRecordKey(entity, vendorId), record);
  }
}
