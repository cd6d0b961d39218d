import type { EnrolmentChoices, PlanFault, PlannedQualification } from '../../../../core/enrolment.ts';
import type { Learner, Qualification } from '../../../../core/learner.ts';
import { toReferenceKey } from '../compare.ts';
import type { AcceptedQualification } from './accepted.ts';
import type { OfferedStandard } from './facts.ts';
import { compareText, vendor } from './names.ts';

export type QualificationsPlan = {
  readonly planned: readonly PlannedQualification[];
  readonly accepted: readonly AcceptedQualification[];
  readonly warnings: readonly PlanFault[];
  /** OF-12: several standards and no choice, or a choice that is not offered (any more). */
  readonly choose: PlanFault | null;
};

type Matched = {
  readonly qualification: Qualification;
  readonly offered: readonly OfferedStandard[];
  readonly wanted: string | null;
  readonly chosen: string | null;
};

/** OF-12, OF-15, OF-18, A-44: which standard each delivery qualification becomes. */
export function planQualifications(
  { qualifications }: Pick<Learner, 'qualifications'>,
  standards: readonly OfferedStandard[],
  choices: Pick<EnrolmentChoices, 'pathways'>,
): QualificationsPlan {
  const matched = qualifications.map((one) => matchStandards(one, standards, choices)).sort(byKey);
  const open = matched.find(isOpen);
  const left = findLeftOver(matched);
  const planned = matched.map((one) => toPlanned(one, left));
  return {
    planned,
    accepted: planned.flatMap(({ key, chosen }) => (chosen === null ? [] : [{ key, standardId: chosen }])),
    warnings: planned.filter(({ state }) => state === 'unavailable').map(toSkipped),
    choose: open === undefined ? null : toChoose(open.qualification.reference),
  };
}

export function toChoose(reference: string): PlanFault {
  return { code: 'CHOOSE', params: { vendor, reference } };
}

function matchStandards(
  qualification: Qualification,
  standards: readonly OfferedStandard[],
  { pathways }: Pick<EnrolmentChoices, 'pathways'>,
): Matched {
  const key = toReferenceKey(qualification.reference);
  const hits = standards.filter(({ code }) => key !== null && toReferenceKey(code) === key);
  const offered = [...new Map(hits.map((one) => [one.id, one])).values()].sort(byId);
  const wanted = findChoice(qualification, pathways);
  const isWantedOffered = offered.some(({ id }) => id === wanted);
  const only = offered.length === 1 && wanted === null ? (offered[0]?.id ?? null) : null;
  return { qualification, offered, wanted, chosen: isWantedOffered ? wanted : only };
}

/** A choice is made for one qualification by its key, or for all of a reference, however that is written. */
function findChoice(
  { key, reference }: Qualification,
  pathways: EnrolmentChoices['pathways'],
): string | null {
  const byReference = Object.entries(pathways).find(
    ([name]) => toReferenceKey(name) === toReferenceKey(reference),
  );
  return (Object.hasOwn(pathways, key) ? pathways[key] : byReference?.[1]) ?? null;
}

function isOpen({ offered, wanted, chosen }: Matched): boolean {
  return chosen === null && (wanted !== null || offered.length > 1);
}

/**
 * OneFile has one aim for a learner and a standard, so of the same qualification twice one is left over: the open one
 * goes first, else the highest sequence.
 */
function findLeftOver(matched: readonly Matched[]): ReadonlySet<Qualification> {
  const taken = new Map<string, Qualification>();
  const left = new Set<Qualification>();
  for (const { qualification, chosen } of matched) {
    if (chosen === null) continue;
    const other = taken.get(chosen);
    const wins = other === undefined || isPreferred(qualification, other);
    if (wins) taken.set(chosen, qualification);
    if (other !== undefined) left.add(wins ? other : qualification);
  }
  return left;
}

function isPreferred(a: Qualification, b: Qualification): boolean {
  const [isOpenA, isOpenB] = [a.endOn === null, b.endOn === null];
  return isOpenA === isOpenB ? a.seq > b.seq : isOpenA;
}

function toPlanned(one: Matched, left: ReadonlySet<Qualification>): PlannedQualification {
  const { qualification, offered, chosen } = one;
  const { key, reference, title } = qualification;
  const pathways = offered.map(({ id, title: name }) => ({ id, title: name }));
  const shared = { key, reference, title, pathways };
  if (isOpen(one)) return { ...shared, state: 'choose', chosen: null };
  const isSkipped = chosen === null || left.has(qualification);
  return isSkipped
    ? { ...shared, state: 'unavailable', chosen: null }
    : { ...shared, state: 'available', chosen };
}

function toSkipped({ key, reference }: PlannedQualification): PlanFault {
  return { code: 'QUALIFICATION_SKIPPED', params: { vendor, reference, key } };
}

function byKey({ qualification: a }: Matched, { qualification: b }: Matched): number {
  return compareText(a.reference, b.reference) || a.seq - b.seq;
}

function byId(a: OfferedStandard, b: OfferedStandard): number {
  return Number(a.id) - Number(b.id) || compareText(a.id, b.id);
}
