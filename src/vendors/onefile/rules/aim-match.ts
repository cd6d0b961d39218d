import type { Qualification } from '../../../core/learner.ts';
import type { Link } from '../../../core/link.ts';
import { toReferenceKey } from './compare.ts';
import type { AimRecord } from './records.ts';

export type AimPair = {
  readonly qualification: Qualification;
  readonly aim: AimRecord;
  /** False when the pair was found by reference and no link says so yet. */
  readonly isLinked: boolean;
};

type Sides = {
  readonly ident: string;
  readonly qualifications: readonly Qualification[];
  readonly aims: readonly AimRecord[];
  readonly links: readonly Link[];
};

/**
 * which aim belongs to which delivery qualification.
 *
 * The stored aim id decides, else the reference. When the same qualification is there twice, the open one comes first,
 * else the highest sequence; whatever is left over on either side is left alone.
 */
export function matchAims({ ident, qualifications, aims, links }: Sides): readonly AimPair[] {
  const pairs: AimPair[] = [];
  const openQualifications = new Set(qualifications);
  const openAims = new Map(aims.map((aim) => [aim.id, aim]));
  const linked = new Set<string>();
  for (const link of links.filter(({ kind }) => kind === 'qualification')) {
    linked.add(link.vendorId);
    const qualification = qualifications.find(({ key }) => toQualificationId(ident, key) === link.picsId);
    if (qualification === undefined) continue;
    openQualifications.delete(qualification);
    const aim = openAims.get(link.vendorId);
    if (aim !== undefined) pairs.push({ qualification, aim, isLinked: true });
  }
  const unsure = findUnsure([...openAims.values()].filter(({ id }) => !linked.has(id)));
  const freeAims = [...openAims.values()].filter(({ id }) => !linked.has(id)).sort(byPreferredAim);
  for (const qualification of [...openQualifications].sort(byPreferredQualification)) {
    const reference = toReferenceKey(qualification.reference);
    const index = freeAims.findIndex(
      (aim) => reference !== null && !unsure.has(reference) && toReferenceKey(aim.reference) === reference,
    );
    const [aim] = index === -1 ? [] : freeAims.splice(index, 1);
    if (aim !== undefined) pairs.push({ qualification, aim, isLinked: false });
  }
  return pairs;
}

/** The PICS id of a qualification in a link: `ident/reference/seq`. */
export function toQualificationId(ident: string, key: string): string {
  return `${ident}/${key}`;
}

/** True when the reference alone does not tell: then only a stored link or a complete view may decide. */
export function isReferenceShared(
  qualifications: readonly Qualification[],
  reference: string | null,
): boolean {
  const key = toReferenceKey(reference);
  return qualifications.filter((one) => key !== null && toReferenceKey(one.reference) === key).length > 1;
}

function byPreferredQualification(a: Qualification, b: Qualification): number {
  return Number(a.endOn !== null) - Number(b.endOn !== null) || b.seq - a.seq;
}

/** References of several aims of which one does not say readably whether it is achieved: which comes first? */
function findUnsure(aims: readonly AimRecord[]): ReadonlySet<string | null> {
  const toKey = ({ reference }: AimRecord) => toReferenceKey(reference);
  const unclear = aims.filter(({ unreadable }) => unreadable.includes('achievedOn'));
  const shared = unclear.filter((one) => aims.some((aim) => aim !== one && toKey(aim) === toKey(one)));
  return new Set(shared.map(toKey));
}

/** Not achieved before achieved, newest first: ids grow. */
function byPreferredAim(a: AimRecord, b: AimRecord): number {
  return Number(a.achievedOn !== null) - Number(b.achievedOn !== null) || Number(b.id) - Number(a.id);
}
