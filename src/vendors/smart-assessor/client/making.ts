import type { LinkKind, NewLink } from '../../../domain/link.ts';
import type { Observation } from '../../../domain/observation.ts';
import type { CallContext, Done } from '../../../domain/step.ts';
import type { Problem } from '../port.ts';
import { type Entity, type KeptDetails, toObservations } from '../rules/records.ts';
import type { Account, SmartAssessor } from './client.ts';

/** What a call of the engine is made with. */
export type Making = {
  readonly port: SmartAssessor;
  readonly site: string;
  /** What of people is kept of a reading. */
  readonly kept: KeptDetails;
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

/** Records of a listing, or one record that was read by itself. */
type Read<E extends Entity> = Pick<Parameters<typeof toObservations<E>>[1], 'records'> & {
  readonly problems?: readonly Problem[];
};

/**
 * Records as the vendor showed them. `sentAtMs`: when the call was begun, or the list was read out of which it was
 * answered, so what was seen was true then or later (G-4).
 */
export function observe<E extends Entity>(
  entity: E,
  { records, problems = [] }: Read<E>,
  { site, kept, context }: Making,
  sentAtMs: number,
): readonly Observation[] {
  const listing = { records, problems, readAtMs: sentAtMs };
  return toObservations(entity, listing, { site, kept, cause: context.cause });
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
