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
    const holder = ledger.linkTable.findByVendorId(at, 'learner', oneFileId);
    const expected =
      state.find('learner', oneFileId) === undefined
        ? 'ID_NOT_FOUND'
        : holder === undefined
          ? 'a link'
          : 'ID_IN_USE';
    if (hold?.code !== expected)
      find(`${ident} shows the id ${oneFileId}: expected ${expected}, held is ${hold?.code ?? 'nothing'}`);
    return [];
  });
}
