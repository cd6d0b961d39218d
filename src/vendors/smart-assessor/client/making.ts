import type { JsonObject } from '../../../domain/json.ts';
import type { LinkKind, NewLink } from '../../../domain/link.ts';
import type { Observation } from '../../../domain/observation.ts';
import type { CallContext, Done } from '../../../domain/step.ts';
import { toObservation } from '../rules/records.ts';
import type { Account, SmartAssessor } from './client.ts';

/** What a call of the engine is made with. */
export type Making = {
  readonly port: SmartAssessor;
  readonly site: string;
  readonly account: Account;
  readonly context: CallContext;
  /** This machine's time of day. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How long after an answer without an id the record is first looked for, and how often (10.1). */
  readonly settle: { readonly firstMs: number; readonly tries: number };
};

export const emptyDone: Done = {
  kind: 'done',
  vendorId: null,
  observed: [],
  shadow: [],
  links: [],
  findings: [],
};

type Entity = Parameters<typeof toObservation>[0];

/** Records as the vendor showed them. `sentAtMs`: when the call was begun, so what was seen was true then or later (G-4). */
export function observe(
  entity: Entity,
  records: readonly object[],
  { site, context }: Making,
  sentAtMs: number,
): Observation[] {
  const where = { site, observedAtMs: sentAtMs, cause: context.cause };
  return records.map((record) => toObservation(entity, record as JsonObject & { id: string }, where));
}

type LinkOf = {
  readonly kind: LinkKind;
  readonly picsId: string;
  readonly vendorId: string;
  readonly how: NewLink['how'];
};

export function toLink({ kind, picsId, vendorId, how }: LinkOf, { site }: Making): NewLink {
  const ident = kind === 'learner' ? picsId : null;
  return { vendor: 'smartassessor', centre: site, kind, picsId, vendorId, ident, how };
}

/** The same account for a look-up that must see what was just written. */
export function afresh(making: Making): Making {
  return { ...making, account: { ...making.account, isFresh: true } };
}
