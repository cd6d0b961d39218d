import type { Learner } from '../../../../src/domain/learner.ts';
import type { HeldItem } from '../../../../src/domain/ledger.ts';
import type { Link } from '../../../../src/domain/link.ts';
import { at } from '../onefile.ts';
import type { MonthWorld } from '../world.ts';

/** A learner whose two records are linked, with everything a judge looks at. */
export type LinkedLearner = {
  readonly learner: Learner;
  readonly learnerId: string;
  readonly links: readonly Link[];
  readonly held: readonly HeldItem[];
};

export type Verdict = (fault: string) => void;

/** OF-24, G-2: the id in PICS is the link, or somebody is told why it is not. Gives those who are exchanged. */
export function judgeLearnerLinks(world: MonthWorld, find: Verdict): readonly LinkedLearner[] {
  const { ledger, pics, state } = world;
  const heldByIdent = Map.groupBy(ledger.held, ({ ident }) => ident);
  return [...pics.learners.values()].flatMap((learner) => {
    const { ident, oneFileId } = learner;
    const link = ledger.linkTable.findByPicsId(at, 'learner', ident);
    const held = heldByIdent.get(ident) ?? [];
    const hold = held.find(({ subject }) => subject === `learner:${ident}`);
    if (oneFileId === null) {
      if (link !== undefined) find(`${ident} is linked to ${link.vendorId}, and PICS shows no id`);
      return [];
    }
    if (link?.vendorId === oneFileId) {
      if (state.find('learner', oneFileId) === undefined) find(`${ident} is linked to nobody: ${oneFileId}`);
      return [{ learner, learnerId: oneFileId, links: ledger.linkTable.ofLearner({ ...at, ident }), held }];
    }
    const expected = findExpected(world, learner);
    // A create without an answer is decided by a person before anything else of the learner is.
    if (expected !== null && hold?.code !== expected && hold?.code !== 'UNKNOWN_OUTCOME')
      find(`${ident} shows the id ${oneFileId}: expected ${expected}, held is ${hold?.code ?? 'nothing'}`);
    return [];
  });
}

/** Why the id of a learner is no link; null = it counts for no vendor of ours (D-20). */
function findExpected({ ledger, pics, state }: MonthWorld, learner: Learner): string | null {
  const { oneFileId, surname, activePortfolio } = learner;
  if (oneFileId === null || activePortfolio === 'S') return null;
  if (!/^\d+$/.test(oneFileId)) return 'ID_NOT_FOUND';
  if (ledger.linkTable.findByVendorId(at, 'learner', oneFileId) !== undefined) return 'ID_IN_USE';
  const claimants = [...pics.learners.values()].filter(
    (one) => one.oneFileId === oneFileId && one.activePortfolio !== 'S',
  );
  if (claimants.length > 1) return 'ID_CLAIMED_TWICE';
  const record = state.find('learner', oneFileId);
  if (record === undefined) return 'ID_NOT_FOUND';
  return record['lastName'] === surname ? 'a link' : 'ID_OTHER_PERSON';
}
