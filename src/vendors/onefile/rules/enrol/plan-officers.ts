import type { Partner, PlanFault } from '../../../../core/enrolment.ts';
import { findReviewOfficer } from '../review-upload.ts';
import type { AcceptedPartner, AcceptedPlan } from './accepted.ts';
import { toFullName, toWho, vendor } from './names.ts';
import { findOrphanCodes, findUploads, type NamedOfficer, nameOfficers } from './officer-parts.ts';
import { decideOfficerWay, type OfficerWay, type PlanInput } from './officer-way.ts';

export type OfficersPlan = {
  readonly partners: readonly Partner[];
  readonly warnings: readonly PlanFault[];
  readonly gone: PlanFault | null;
  readonly noAssessor: PlanFault | null;
  readonly notUnique: PlanFault | null;
  readonly accepted: Pick<AcceptedPlan, 'defaultAssessor' | 'additional' | 'looked'>;
};

type Wayed = NamedOfficer & { readonly way: OfficerWay };

/** OF-20, OF-31, OF-32, OF-36: who becomes whose assessor; each officer once, however many parts it has. */
export function planOfficers(input: PlanInput): OfficersPlan {
  const officers = nameOfficers(input).map((one): Wayed => {
    return { ...one, way: decideOfficerWay(one.officer, input) };
  });
  const main = officers.find(({ isMain }) => isMain) ?? null;
  const fallback = toFallback(main, input);
  const partners = [...(fallback === null ? [] : [fallback]), ...officers.flatMap(toPartner)];
  const gone = officers.find(({ way }) => way.kind === 'gone');
  const notUnique = officers.find(({ way }) => way.kind === 'ambiguous');
  const additional = officers.filter(({ isAdditional, isMain, way }) => {
    return isAdditional && !isMain && way.kind !== 'impossible';
  });
  return {
    partners,
    warnings: toWarnings(officers, input),
    gone: gone === undefined ? null : toGone(gone),
    noAssessor: fallback?.way === 'missing' ? { code: 'NO_ASSESSOR', params: toWho(input.learner) } : null,
    notUnique: notUnique === undefined ? null : toNotUnique(notUnique),
    accepted: {
      defaultAssessor: toDefault(main, fallback),
      additional: additional.map(({ officer }) => officer.code),
      looked: Object.fromEntries(officers.flatMap(toLooked)),
    },
  };
}

/** who is Default Assessor when the Main Officer cannot be; null when it can. */
function toFallback(main: Wayed | null, { settings }: PlanInput): Partner | null {
  if (main !== null && main.way.kind !== 'impossible') return null;
  const vendorId = settings.fallbackAssessorId ?? null;
  const way = vendorId === null ? 'missing' : 'fallback';
  return { code: null, name: null, parts: ['main officer'], way, vendorId };
}

function toPartner({ officer, parts, way, isMain, isReviewer }: Wayed): readonly Partner[] {
  const { code } = officer;
  const name = toFullName(officer);
  switch (way.kind) {
    case 'linked':
    case 'matched':
      return [{ code, name, parts, way: way.kind, vendorId: way.vendorId }];
    case 'create':
      return [{ code, name, parts, way: 'create', vendorId: null }];
    case 'gone':
    case 'ambiguous':
      return [{ code, name, parts, way: 'missing', vendorId: null }];
    case 'impossible': {
      // The first part is the Main Officer's, and the fallback has it.
      const others = isMain ? parts.slice(1) : parts;
      const without = isReviewer ? 'missing' : 'none';
      return others.length === 0 ? [] : [{ code, name, parts: others, way: without, vendorId: null }];
    }
  }
}

function toDefault(main: Wayed | null, fallback: Partner | null): AcceptedPartner {
  if (fallback !== null || main === null) return { code: null, vendorId: fallback?.vendorId ?? null };
  const vendorId = main.way.kind === 'linked' || main.way.kind === 'matched' ? main.way.vendorId : null;
  return { code: main.officer.code, vendorId };
}

function toLooked({ officer, way }: Wayed): readonly [string, string | null][] {
  if (way.kind === 'matched') return [[officer.code, way.vendorId]];
  return way.kind === 'create' || way.kind === 'impossible' ? [[officer.code, null]] : [];
}

function toGone({ officer, way }: Wayed): PlanFault {
  const id = way.kind === 'gone' ? way.id : '';
  return { code: 'LINK_GONE', params: { vendor, kind: 'officer', code: officer.code, id } };
}

function toNotUnique({ officer, way }: Wayed): PlanFault {
  const names = way.kind === 'ambiguous' ? way.names.join(', ') : '';
  return { code: 'MIS_NOT_UNIQUE', params: { vendor, code: officer.code, names } };
}

/** Who is named and does not become an assessor, and reviews without anybody (OF-20, OF-51). */
function toWarnings(officers: readonly Wayed[], input: PlanInput): readonly PlanFault[] {
  const { learner } = input;
  const who = toWho(learner);
  const orphans = findOrphanCodes(input).map((code): PlanFault => {
    return { code: 'NO_OFFICER', params: { ...who, kind: 'officer', code } };
  });
  const lacking = officers.flatMap(({ officer, way }): readonly PlanFault[] => {
    if (way.kind !== 'impossible') return [];
    return [{ code: way.lacks, params: { vendor, name: toFullName(officer), ident: officer.code } }];
  });
  const reviews = findUploads(input)
    .filter((review) => findReviewOfficer(review, learner) === null)
    .map(({ proposedAt }) => proposedAt?.slice(0, 10) ?? '')
    .sort()
    .map((date): PlanFault => ({ code: 'REVIEW_NO_OFFICER', params: { ...who, date } }));
  const blank: PlanFault[] = learner.mainOfficer === null ? [{ code: 'NO_ASSESSOR', params: who }] : [];
  return [...blank, ...orphans, ...lacking, ...reviews];
}
