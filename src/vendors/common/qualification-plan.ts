import type { EnrolmentChoices, PlanFault, PlannedQualification } from '../../domain/enrolment.ts';
import type { Qualification } from '../../domain/learner.ts';
import { type VendorName, vendorTitles } from '../../domain/vendor-name.ts';
import { toReferenceKey } from './values.ts';
import { compareText } from './who.ts';

type QualificationsPlan = {
  readonly planned: readonly PlannedQualification[];
  readonly warnings: readonly PlanFault[];
  /** OF-12, A-45: several are offered and none is chosen, or the chosen one is not offered (any more). */
  readonly choose: PlanFault | null;
};

/** A standard or course that the vendor offers for a qualification; one reference may have several. */
type Offer = { readonly id: string; readonly title: string | null };

type QualificationMatch = {
  readonly qualification: Qualification;
  readonly offered: readonly Offer[];
  readonly wanted: string | null;
  readonly chosen: string | null;
};

/**
 * OF-12, OF-15, SA-14, A-44, A-45: plans which standard or course each delivery qualification gets.
 *
 * `offersOf` finds what the vendor offers for one. A single hit is taken, several need a choice, none makes the
 * qualification unavailable. If two qualifications of the learner get the same one, one of them is left out.
 */
export function planQualifications(
  qualifications: readonly Qualification[],
  offersOf: (qualification: Qualification) => readonly Offer[],
  { pathways }: Pick<EnrolmentChoices, 'pathways'>,
  vendor: VendorName,
): QualificationsPlan {
  const matched = qualifications.map((one) => matchOffers(one, offersOf(one), pathways)).sort(byKey);
  const open = matched.find(isOpen);
  const left = findLeftOver(matched);
  const planned = matched.map((one) => planQualification(one, left));
  return {
    planned,
    warnings: planned
      .filter(({ state }) => state === 'unavailable')
      .map(({ key, reference }) => ({
        code: 'QUALIFICATION_SKIPPED',
        params: { vendor: vendorTitles[vendor], reference, key },
      })),
    choose: open === undefined ? null : toChoose(open.qualification.reference, vendor),
  };
}

export function toChoose(reference: string, vendor: VendorName): PlanFault {
  return { code: 'CHOOSE', params: { vendor: vendorTitles[vendor], reference } };
}

function matchOffers(
  qualification: Qualification,
  offers: readonly Offer[],
  pathways: EnrolmentChoices['pathways'],
): QualificationMatch {
  const offered = [...new Map(offers.map((one) => [one.id, one])).values()];
  const wanted = findChoice(qualification, pathways);
  const isWantedOffered = offered.some(({ id }) => id === wanted);
  const only = offered.length === 1 && wanted === null ? (offered[0]?.id ?? null) : null;
  return { qualification, offered, wanted, chosen: isWantedOffered ? wanted : only };
}

/** The choice for this qualification by its key, else the choice for its reference in any notation. */
function findChoice(
  { key, reference }: Pick<Qualification, 'key' | 'reference'>,
  pathways: EnrolmentChoices['pathways'],
): string | null {
  const byReference = Object.entries(pathways).find(
    ([name]) => toReferenceKey(name) === toReferenceKey(reference),
  );
  return (Object.hasOwn(pathways, key) ? pathways[key] : byReference?.[1]) ?? null;
}

/** The choice for a qualification of an accepted enrolment, by its key or by its reference in any notation. */
export function findCorrection(key: string, pathways: EnrolmentChoices['pathways']): string | null {
  return findChoice({ key, reference: key.slice(0, key.lastIndexOf('/')) }, pathways);
}

function isOpen({ offered, wanted, chosen }: QualificationMatch): boolean {
  return chosen === null && (wanted !== null || offered.length > 1);
}

/**
 * A vendor has a standard or course once per learner, so of two equal qualifications one is left out. The open one
 * is kept, else the one with the highest sequence.
 */
function findLeftOver(matched: readonly QualificationMatch[]): ReadonlySet<Qualification> {
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

function planQualification(one: QualificationMatch, left: ReadonlySet<Qualification>): PlannedQualification {
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

function byKey({ qualification: a }: QualificationMatch, { qualification: b }: QualificationMatch): number {
  return compareText(a.reference, b.reference) || a.seq - b.seq;
}
