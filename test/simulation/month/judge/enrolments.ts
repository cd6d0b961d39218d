import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Learner } from '../../../../src/domain/learner.ts';
import type { AcceptedPlan } from '../../../../src/vendors/onefile/rules/enrol/accepted.ts';
import { at } from '../onefile.ts';
import { isSiteRequest } from '../people-who-link.ts';
import type { MonthWorld } from '../world.ts';
import type { Verdict } from './linked.ts';

/** OF-10 to OF-23: what was accepted is there, or somebody is told what stands in its way. */
export async function judgeEnrolments(world: MonthWorld, find: Verdict): Promise<void> {
  const { ledger, pics } = world;
  const { answers } = world.oneFile;
  for (const [id, { plan }] of world.store.acceptedEnrolments) {
    if (isSiteRequest(id)) continue;
    const asked = answers.find((answer) => answer.id === id)?.ident ?? '';
    const ident = world.renamed.get(asked) ?? asked;
    const learner = pics.learners.get(ident);
    if (learner === undefined) {
      find(`OF-10: request ${id} was accepted and never answered`);
      continue;
    }
    const query = { ...at, ident: learner.ident, officers: [], organisations: [], learnerVendorIds: [] };
    const { enrolment, held } = await ledger.readLane(query);
    if (enrolment?.id === id && held.length === 0 && !isWaitedFor(world, learner))
      find(`OF-23: the enrolment of ${learner.ident} stands still and nothing is held`);
    if (enrolment === null) judgeFilled(world, learner, plan as unknown as AcceptedPlan, find);
  }
}

/** Linked in another way since, or not linked any more: then the enrolment is nobody's. */
function isWaitedFor({ ledger }: MonthWorld, { ident }: Learner): boolean {
  return ledger.held.some((item) => item.ident === ident || item.subject === `learner:${ident}`);
}

/** OF-15: each accepted qualification is an aim of its standard, with its dates. */
function judgeFilled(
  { ledger, state }: MonthWorld,
  { ident, qualifications }: Learner,
  { qualifications: accepted }: AcceptedPlan,
  find: Verdict,
): void {
  const link = ledger.linkTable.findByPicsId(at, 'learner', ident);
  if (link?.how !== 'created') return;
  for (const { key, standardId } of accepted) {
    const qualification = qualifications.find((one) => one.key === key);
    if (qualification === undefined) continue;
    // D-10: two rows of one reference share one aim, and its link goes with the open row.
    const keys = qualifications
      .filter((one) => one.reference === qualification.reference)
      .map((one) => one.key);
    const links = keys.map((one) => ledger.linkTable.findByPicsId(at, 'qualification', `${ident}/${one}`));
    const aimId = links.find((one) => one !== undefined)?.vendorId ?? '';
    if (state.deleted.has(`learning-aim ${aimId}`)) continue;
    // D-10: it has ended since, and its aim has gone on to the open row of the reference.
    const hasMoved = qualifications.some(
      (one) => one !== qualification && one.endOn === null && one.reference === qualification.reference,
    );
    if (aimId === '' && qualification.endOn !== null && hasMoved) continue;
    const aim: JsonObject | undefined = state.find('learning-aim', aimId);
    const isRight = aim?.['learnerId'] === link.vendorId && aim['standardId'] === standardId;
    if (!isRight) find(`OF-15: ${ident}/${key} was accepted and has no aim of ${standardId} (${aimId})`);
    else if (keys.length === 1 && qualification.startOn !== null && aim['startOn'] !== qualification.startOn)
      find(`A-2: aim ${aimId} of ${ident}/${key} begins on ${String(aim['startOn'])}`);
  }
}
