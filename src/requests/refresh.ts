import type { Learner } from '../domain/learner.ts';
import type { Answer } from '../domain/request.ts';
import type { Settled } from '../domain/work.ts';
import {
  askAt,
  type Command,
  done,
  fullName,
  held,
  heldLine,
  listed,
  noLearner,
  payloadText,
  readLearnerOf,
  refused,
  txIdsOf,
} from './request.ts';

/** OF-41: the daily exchange of one learner, at once, ahead of background work. A refresh may run twice. */
export const refresh: Command = async (request, begin, workplace) => {
  const learner = await readLearnerOf(request, workplace);
  if (learner === null) return noLearner(request.ident);
  await begin();
  const settled = await workplace.engine.submit({
    ident: learner.ident,
    demand: 'refresh',
    priority: 'command',
    txIds: txIdsOf(request),
    committedAtMs: null,
  });
  return refreshAnswer(settled, learner);
};

/** What came of a whole exchange, for its row: calls by name, and everything that waits for a person. */
export function refreshAnswer(
  settled: Settled,
  learner: Pick<Learner, 'ident' | 'firstName' | 'surname'>,
): Answer {
  const names = { ident: learner.ident, name: fullName(learner) };
  if (settled.kind === 'vanished') return noLearner(learner.ident);
  const result = { calls: settled.calls, ...listed('held', settled.holds.map(heldLine)) };
  const [first] = settled.holds;
  if (first !== undefined) return held(first.code, { ...names, ...first.params }, result);
  return settled.isLinked ? done(result) : refused('NOT_LINKED', names, result);
}

/** So many references are named in the answer. */
const mostNamed = 200;

/**
 * OF-18: Refresh Qualification Links. A failed rebuild keeps the old list.
 *
 * It is no synchronisation of learners: the time of the last one does not move (OF-3).
 */
export const refreshQualificationLinks: Command = async (_request, begin, workplace) => {
  await begin();
  const compared = await askAt(workplace, () => workplace.vendor.linking.refreshCatalogue());
  if (compared.kind === 'failed') return compared.answer;
  const { references, unmatched } = compared.value;
  return done({ references, unmatchedCount: unmatched.length, unmatched: unmatched.slice(0, mostNamed) });
};

/**
 * D-16: forgets that the vendor does not keep a field, so that the next record with a value tries it again. Values that
 * are held go with `held retry`.
 */
export const forgetField: Command = async (request, _begin, { store, vendor }) => {
  const field = payloadText(request.payload, 'field');
  if (field === null) return refused('INPUT_MISSING', { command: request.kind, input: 'a field' });
  const isForgotten = await store.fields.forget({ vendor: vendor.name, centre: vendor.centre }, field);
  return done({ field, isForgotten });
};
