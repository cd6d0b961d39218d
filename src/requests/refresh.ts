import type { Learner } from '../domain/learner.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { Answer } from '../domain/request.ts';
import type { Hold } from '../domain/step.ts';
import type { Settled, Work } from '../domain/work.ts';
import {
  type AskEffects,
  askVendor,
  type HandleCommand,
  toDone,
  toFullName,
  toHeld,
  toNoLearner,
  toRefused,
  toTxIds,
} from './request.ts';

export type RefreshEffects = {
  readonly readLearner: (query: { ident: string; txIds: readonly number[] }) => Promise<Learner | null>;
  readonly submit: (work: Work) => Promise<Settled>;
};

/** OF-41: the daily exchange of one learner, at once, ahead of background work. A refresh may run twice. */
export function createRefresh({ readLearner, submit }: RefreshEffects): HandleCommand {
  return async (request, begin) => {
    const { ident } = request;
    const txIds = toTxIds(request);
    const learner = ident === null ? null : await readLearner({ ident, txIds });
    if (learner === null) return toNoLearner(ident);
    await begin();
    const settled = await submit({
      ident: learner.ident,
      demand: 'refresh',
      priority: 'command',
      txIds,
      committedAtMs: null,
    });
    return toRefreshAnswer(settled, learner);
  };
}

/** What came of a whole exchange, for its row: calls by name, and everything that waits for a person. */
export function toRefreshAnswer(
  settled: Settled,
  learner: Pick<Learner, 'ident' | 'firstName' | 'surname'>,
): Answer {
  const names = { ident: learner.ident, name: toFullName(learner) };
  if (settled.kind === 'vanished') return toNoLearner(learner.ident);
  const result = { calls: settled.calls, held: settled.holds.map(toHeldLine) };
  const [first] = settled.holds;
  if (first !== undefined) return toHeld(first.code, { ...names, ...first.params }, result);
  return settled.isLinked ? toDone(result) : toRefused('NOT_LINKED', names, result);
}

export function toHeldLine({ subject, code }: Pick<Hold, 'subject' | 'code'>): {
  subject: string;
  code: string;
} {
  return { subject, code };
}

export type RefreshCatalogueEffects<Entry> = AskEffects & {
  /** Everything the vendor offers, read afresh, and put in the place of the old list at once. */
  readonly refreshCatalogue: () => Promise<readonly Entry[] | VendorFailure>;
  /** How many references it offers, and which of those that PICS uses are not among them. */
  readonly compareCatalogue: (
    entries: readonly Entry[],
  ) => Promise<{ readonly references: number; readonly unmatched: readonly string[] }>;
};

/** So many references are named in the answer. */
const mostNamed = 200;

/**
 * OF-18: Refresh Qualification Links. A failed rebuild keeps the old list.
 *
 * It is no synchronisation of learners: the time of the last one does not move (OF-3).
 */
export function createRefreshCatalogue<Entry>(effects: RefreshCatalogueEffects<Entry>): HandleCommand {
  return async (_request, begin) => {
    await begin();
    const told = await askVendor(effects, effects.refreshCatalogue);
    if (told.kind === 'failed') return told.answer;
    const { references, unmatched } = await effects.compareCatalogue(told.value);
    return toDone({
      references,
      unmatchedCount: unmatched.length,
      unmatched: unmatched.slice(0, mostNamed),
    });
  };
}
