import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Qualification } from '../../../../src/domain/learner.ts';
import { refusedNumber } from '../onefile.ts';
import { toCode } from '../populate-values.ts';
import type { MonthWorld } from '../world.ts';
import type { LinkedLearner, Verdict } from './linked.ts';

const fields = [
  'registrationNumber',
  'registeredOn',
  'certificateAppliedOn',
  'certificateReceivedOn',
] as const;

/** A-35, OF-42 to OF-45: each qualification with its aim, each value alike on both sides. */
export function judgeAims(world: MonthWorld, linked: LinkedLearner, find: Verdict): void {
  const { learner, learnerId, links } = linked;
  const aims = new Map(
    world.state.ofLearner('learning-aim', learnerId).map(({ id, record }) => [id, record]),
  );
  const pairs = links.filter(({ kind }) => kind === 'qualification');
  const aimOf = new Map(pairs.map(({ picsId, vendorId }) => [picsId, vendorId]));
  for (const qualification of learner.qualifications) {
    const name = `${learner.ident}/${qualification.key}`;
    const aimId = aimOf.get(name);
    if (aimId === undefined) {
      const free = [...aims].find(
        ([id, { reference, achievedOn }]) =>
          reference === toCode(qualification.reference) &&
          !pairs.some(({ vendorId }) => vendorId === id) &&
          // D-10: one that was achieved before belongs to an earlier qualification
          (toValue(achievedOn) ?? '9999') >= (qualification.startOn ?? ''),
      );
      if (free !== undefined) find(`A-35: ${name} has no aim, and ${free[0]} has no qualification`);
      continue;
    }
    const aim = aims.get(aimId);
    if (aim === undefined) judgeGone(world, linked, { name, aimId }, find);
    else if (aim['reference'] !== toCode(qualification.reference))
      find(`A-35: ${name} is linked to ${aimId} of ${aim['reference']}`);
    else judgePair(world, linked, { name, qualification, aimId, aim, aims }, find);
  }
}

/** O16, OF-31: an aim that somebody deleted is a person's matter. */
function judgeGone(
  { state }: MonthWorld,
  { learnerId, held }: LinkedLearner,
  { name, aimId }: { readonly name: string; readonly aimId: string },
  find: Verdict,
): void {
  const isHeld = held.some(
    ({ subject, code }) =>
      code === 'LINK_GONE' && [`qualification:${name}`, `aim:${aimId}`].includes(subject),
  );
  if (!state.deleted.has(`learning-aim ${aimId}`))
    find(`A-35: ${name} is linked to ${aimId}, which is no aim of ${learnerId}`);
  else if (!isHeld) find(`OF-31: aim ${aimId} of ${name} is gone and nothing is held`);
}

type Pair = {
  readonly name: string;
  readonly qualification: Qualification;
  readonly aimId: string;
  readonly aim: JsonObject;
  readonly aims: ReadonlyMap<string, JsonObject>;
};

function judgePair(
  { keepsCertificateReceived, settings }: MonthWorld,
  { learner, held }: LinkedLearner,
  { name, qualification, aimId, aim, aims }: Pair,
  find: Verdict,
): void {
  // with the wider scope a qualification with units is left alone altogether.
  const isLeftAlone = settings.unitsScope === 'all' && qualification.hasUnits;
  const isRefused =
    qualification.registrationNumber === refusedNumber &&
    held.some(({ subject, code }) => subject === `aim:${aimId}` && code === 'VENDOR_REFUSED');
  for (const field of fields) {
    if (isLeftAlone || (field === 'certificateReceivedOn' && !keepsCertificateReceived)) continue;
    const [inPics, there] = [toValue(qualification[field]), toValue(aim[field])];
    if (inPics === there || (isRefused && there === null)) continue;
    if (there === null && isOfEarlierAim(aims, aim, { field, value: inPics })) continue;
    find(`OF-42: ${name} ${field} is ${inPics} in PICS and ${there} at OneFile (aim ${aimId})`);
  }
  const expected = toElements(aim);
  const isForeign = learner.smartAssessorId !== null && learner.activePortfolio === 'S';
  const isFrozen = settings.unitsPolicy === 'skip' && qualification.hasUnits;
  if (expected === null || isFrozen || isForeign) return;
  const shown = [qualification.elementsTotal, qualification.elementsDone];
  if (shown.join() !== expected.join())
    find(`OF-45: ${name} shows ${shown.join(' ')} elements instead of ${expected.join(' ')} (aim ${aimId})`);
}

/** D-10: what came from an aim that the link has left is not carried on to the one that has taken its place. */
function isOfEarlierAim(
  aims: ReadonlyMap<string, JsonObject>,
  { reference }: JsonObject,
  { field, value }: { readonly field: (typeof fields)[number]; readonly value: string | null },
): boolean {
  return [...aims.values()].some(
    (one) =>
      one['reference'] === reference && toValue(one['achievedOn']) !== null && toValue(one[field]) === value,
  );
}

function toValue(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** the pair that OneFile says, else of a hundred, half up; done lies between nothing and all. */
function toElements({ elementsTotal, elementsDone, progress }: JsonObject): [number, number] | null {
  if (typeof elementsTotal === 'number' && typeof elementsDone === 'number')
    return [elementsTotal, Math.max(0, Math.min(elementsTotal, elementsDone))];
  return typeof progress === 'number' ? [100, Math.max(0, Math.min(100, Math.round(progress)))] : null;
}
