import type { Change, Relevance, Renaming } from '../domain/change.ts';
import { type OwnerKey, toOwnerLane } from '../domain/owner.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { ConsumedRecord } from '../kafka/broker.ts';

/** What a record of a captured table turned out to be. */
export type DecodedChange =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'tombstone' }
  /** `reason` is a code without content: `malformed`, `unknown-schema`, `bad-date`. */
  | { readonly kind: 'malformed'; readonly reason: string };

export type HandleChangeEffects = {
  /** Throws when the registry or another part of the infrastructure is away. */
  readonly decode: (record: ConsumedRecord) => DecodedChange | Promise<DecodedChange>;
  readonly decideRelevance: (change: Change) => Relevance;
  readonly submit: (work: Work) => Promise<Settled>;
  /** Learners with something held because of this officer or organisation. */
  readonly readWaitingFor: (kind: 'officer' | 'organisation', code: string) => Promise<readonly string[]>;
  /** moves the links of a record whose key was changed, unless PICS still has the old key. */
  readonly rename: (renaming: Renaming, txIds: readonly number[]) => Promise<'renamed' | 'conflict' | 'kept'>;
  /** Resolves when it is durable that the record is left alone until then. The time is that of the PICS database. */
  readonly postpone: (postponed: { ident: string; subject: string; untilMs: number }) => Promise<void>;
  /** Resolves when the record's coordinates and the reason are durable. */
  readonly buryRecord: (record: ConsumedRecord, reason: string) => Promise<void>;
  /** Counts a disposition: `sent`, `held`, a rule's name … */
  readonly disposed: (disposition: string) => void;
};

/**
 * Gives one record of a captured table its disposition; its promise resolves when that is durable.
 *
 * An irrelevant record is done at once, without a promise and without any read.
 */
export function createHandleChange(
  effects: HandleChangeEffects,
): (record: ConsumedRecord) => void | Promise<void> {
  const dispose = (record: ConsumedRecord, decoded: DecodedChange): void | Promise<void> => {
    switch (decoded.kind) {
      case 'tombstone':
        return effects.disposed('tombstone');
      case 'malformed':
        effects.disposed('dead-letter');
        return effects.buryRecord(record, decoded.reason);
      case 'change':
        return route(effects, decoded.change);
    }
  };
  return (record) => {
    const decoded = effects.decode(record);
    return decoded instanceof Promise
      ? decoded.then((late) => dispose(record, late))
      : dispose(record, decoded);
  };
}

function route(effects: HandleChangeEffects, change: Change): void | Promise<void> {
  const relevance = effects.decideRelevance(change);
  switch (relevance.kind) {
    case 'irrelevant':
      return effects.disposed(relevance.rule);
    case 'learners':
      return relevance.postpone === undefined
        ? look(effects, change, relevance.idents)
        : lookLater(effects, change, { idents: relevance.idents, ...relevance.postpone });
    case 'officer':
    case 'organisation':
      return lookAtOwner(effects, change, relevance);
    case 'renamed':
      return rename(effects, change, relevance);
  }
}

/** OF-50: everything else of the learner is seen to now; what waits is looked at again when its time has come. */
async function lookLater(
  effects: HandleChangeEffects,
  change: Change,
  later: { readonly idents: readonly string[]; readonly subject: string; readonly forMs: number },
): Promise<void> {
  const { idents, subject, forMs } = later;
  const untilMs = change.committedAtMs + forMs;
  await Promise.all(idents.map((ident) => effects.postpone({ ident, subject, untilMs })));
  return look(effects, change, idents);
}

/** the links first, so that the look at the new key finds them there. */
async function rename(effects: HandleChangeEffects, change: Change, renaming: Renaming): Promise<void> {
  effects.disposed(await effects.rename(renaming, change.txId === null ? [] : [change.txId]));
  const { entity, to } = renaming;
  if (entity === 'learner') return look(effects, change, [to]);
  return lookAtOwner(effects, change, { kind: entity, code: to });
}

/** The record itself first, for an id that was typed or taken away; then whoever is held because of it. */
async function lookAtOwner(effects: HandleChangeEffects, change: Change, owner: OwnerKey): Promise<void> {
  await look(effects, change, [toOwnerLane(owner)]);
  const idents = await effects.readWaitingFor(owner.kind, owner.code);
  if (idents.length > 0) await look(effects, change, idents);
}

async function look(effects: HandleChangeEffects, change: Change, idents: readonly string[]): Promise<void> {
  const settled = await Promise.all(
    idents.map((ident) =>
      effects.submit({
        ident,
        demand: 'change',
        priority: 'live',
        txIds: change.txId === null ? [] : [change.txId],
        committedAtMs: change.committedAtMs,
      }),
    ),
  );
  for (const { kind, holds } of settled) effects.disposed(holds.length > 0 ? 'held' : kind);
}
