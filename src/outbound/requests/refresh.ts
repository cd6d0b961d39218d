import type { Learner } from '../../core/learner.ts';
import type { Hold } from '../../core/step.ts';
import type { Settled, Work } from '../work.ts';
import { toFullName, toNoLearner } from './names.ts';
import { type Answer, type HandleCommand, toDone, toHeld, toRefused, toTxIds } from './request.ts';

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
