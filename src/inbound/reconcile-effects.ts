import type { Json } from '../core/json.ts';
import type { Link } from '../core/link.ts';
import type { Observation } from '../core/observation.ts';
import type { WithReconcileTransaction } from '../core/reconcile.ts';
import type { RowDecision } from '../core/row-action.ts';
import type { ItemFacts, ReconcileItem, ReconcileRecord, RowView } from './reconcile-item.ts';

/** A record that waits for a person. `params` may hold personal data: never logged. */
export type ReconcileHold = {
  readonly offset: bigint;
  readonly item: ReconcileItem;
  readonly ident: string | null;
  readonly subject: string;
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
};

/** What became of one record. */
export type SettledRecord = {
  readonly record: ReconcileRecord;
  readonly ident: string | null;
  /** `unchanged`: PICS held it already. `code`: the rule or reason for everything but a write. */
  readonly outcome: 'written' | 'unchanged' | 'ignored' | 'held' | 'answered';
  readonly code: string | null;
};

export type DecideRow<F> = {
  readonly observation: (observation: Observation, view: RowView<F>) => RowDecision;
  /** `isRemoved`: the link was taken away, and its id is to leave PICS too. */
  readonly link: (link: Link, view: RowView<F>, isRemoved: boolean) => RowDecision;
};

export type ReconcileEffects<F> = {
  /** Reads links, shadows and open uploads for items, in their order. */
  readonly readFacts: (items: readonly ReconcileItem[]) => Promise<readonly ItemFacts<F>[]>;
  readonly decide: DecideRow<F>;
  readonly withTransaction: WithReconcileTransaction;
  /** Durable before the offset moves; the same hold may come again. */
  readonly recordHolds: (
    holds: readonly ReconcileHold[],
    place: { topic: string; partition: number },
  ) => Promise<void>;
  /** PICS shows these links now. After the commit: when it is lost the link is announced again. */
  readonly recordLinksCopied: (links: readonly Link[]) => Promise<void>;
  /** After the commit: journal and counters. */
  readonly onSettled: (settled: readonly SettledRecord[]) => Promise<void> | void;
  readonly onWaiting?: (code: string, waitedMs: number) => void;
  /** Keyed: the content of a record must not be guessable from it. */
  readonly digest: (value: Json) => string;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};
