import type { Learner } from '../../../../src/domain/learner.ts';
import type { HeldItem } from '../../../../src/domain/ledger.ts';
import type { Link } from '../../../../src/domain/link.ts';
import type { VendorName } from '../../../../src/domain/vendor-name.ts';
import type { MonthWorld } from '../world.ts';

/** A learner whose two records are linked, with everything a judge looks at. */
export type LinkedLearner = {
  readonly learner: Learner;
  readonly learnerId: string;
  readonly links: readonly Link[];
  readonly held: readonly HeldItem[];
};

export type Verdict = (fault: string) => void;

/** How PICS shows a learner's id of one vendor, and who has it there. */
export type ShownIds = {
  readonly at: { readonly vendor: VendorName; readonly centre: string };
  readonly shownIdOf: (learner: Learner) => string | null;
  /** D-20: an id beside the portfolio of another system is none of this vendor's. */
  readonly isCounted: (learner: Learner) => boolean;
  readonly isId: (text: string) => boolean;
  /** The surname of who has the id at the vendor; undefined = there is no such learner. */
  readonly surnameOf: (id: string) => string | null | undefined;
};

export function heldOf({ ledger }: MonthWorld, vendor: VendorName): readonly HeldItem[] {
  return ledger.held.filter((item) => item.vendor === vendor);
}

/** OF-24, SA-18, G-2: the id in PICS is the link, or somebody is told why it is not. Gives those who are exchanged. */
export function judgeLearnerLinks(
  world: MonthWorld,
  shown: ShownIds,
  find: Verdict,
): readonly LinkedLearner[] {
  const { ledger, pics } = world;
  const { at, shownIdOf, surnameOf } = shown;
  const heldByIdent = Map.groupBy(heldOf(world, at.vendor), ({ ident }) => ident);
  return [...pics.learners.values()].flatMap((learner) => {
    const { ident } = learner;
    const id = shownIdOf(learner);
    const link = ledger.linkTable.findByPicsId(at, 'learner', ident);
    const held = heldByIdent.get(ident) ?? [];
    const hold = held.find(({ subject }) => subject === `learner:${ident}`);
    if (id === null) {
      if (link !== undefined) find(`${ident} is linked to ${link.vendorId}, and PICS shows no id`);
      return [];
    }
    if (link?.vendorId === id) {
      if (surnameOf(id) === undefined) find(`${ident} is linked to nobody: ${id}`);
      return [{ learner, learnerId: id, links: ledger.linkTable.ofLearner({ ...at, ident }), held }];
    }
    const expected = findExpected(world, learner, shown);
    // A create without an answer is decided by a person before anything else of the learner is.
    if (expected !== null && hold?.code !== expected && hold?.code !== 'UNKNOWN_OUTCOME')
      find(`${ident} shows the id ${id}: expected ${expected}, held is ${hold?.code ?? 'nothing'}`);
    return [];
  });
}

/** Why the id of a learner is no link; null = it counts for no vendor of ours (D-20). */
function findExpected({ ledger, pics }: MonthWorld, learner: Learner, shown: ShownIds): string | null {
  const { at, shownIdOf, isCounted, isId, surnameOf } = shown;
  const id = shownIdOf(learner);
  if (id === null || !isCounted(learner)) return null;
  if (!isId(id)) return 'ID_NOT_FOUND';
  if (ledger.linkTable.findByVendorId(at, 'learner', id) !== undefined) return 'ID_IN_USE';
  const claimants = [...pics.learners.values()].filter((one) => shownIdOf(one) === id && isCounted(one));
  if (claimants.length > 1) return 'ID_CLAIMED_TWICE';
  const surname = surnameOf(id);
  if (surname === undefined) return 'ID_NOT_FOUND';
  return surname === learner.surname ? 'a link' : 'ID_OTHER_PERSON';
}
