import type { Learner, Officer } from '../../../../core/learner.ts';
import { findReviewOfficer, isQualifying, toUploadTypes } from '../review-upload.ts';
import type { OneFileCentre, OneFileSettings } from '../settings.ts';
import { compareText } from './names.ts';

/** An officer with a record in PICS, and everything an enrolment needs it for (OF-20). */
export type NamedOfficer = {
  readonly officer: Officer;
  /** As a preview shows them. */
  readonly parts: readonly string[];
  readonly isMain: boolean;
  readonly isAdditional: boolean;
  /** A review cannot do without its officer; a qualification without one has the Default Assessor (OF-51). */
  readonly isReviewer: boolean;
};

export type Naming = {
  readonly learner: Learner;
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
};

/** The Main Officer first, then by code. A code without an officer record is not among them. */
export function nameOfficers(naming: Naming): readonly NamedOfficer[] {
  const { mainOfficer, officers } = naming.learner;
  const parts = toParts(naming);
  return officers
    .flatMap((officer): NamedOfficer[] => {
      const mine = parts.filter(({ code }) => code === officer.code);
      if (mine.length === 0) return [];
      const has = (kind: PartKind): boolean => mine.some((part) => part.kind === kind);
      return [
        {
          officer,
          parts: [...new Set(mine.map(({ text }) => text))],
          isMain: has('main'),
          isAdditional: has('additional'),
          isReviewer: has('review'),
        },
      ];
    })
    .sort(
      (a, b) =>
        Number(b.officer.code === mainOfficer) - Number(a.officer.code === mainOfficer) ||
        compareText(a.officer.code, b.officer.code),
    );
}

/** Codes named that have no officer record: nothing is created for them (OF-20). */
export function findOrphanCodes(naming: Naming): readonly string[] {
  const known = new Set(naming.learner.officers.map(({ code }) => code));
  const codes = toParts(naming).map(({ code }) => code);
  return [...new Set(codes)].filter((code) => !known.has(code)).sort(compareText);
}

/** Reviews that will be sent (OF-19). */
export function findUploads({ learner, settings, centre }: Naming) {
  if (!settings.uploadReviews) return [];
  const types = toUploadTypes(settings, centre);
  return learner.reviews.filter((review) => isQualifying(review, types));
}

type PartKind = 'main' | 'qualification' | 'additional' | 'review';
type Part = { readonly kind: PartKind; readonly code: string; readonly text: string };

function toParts(naming: Naming): readonly Part[] {
  const { learner, settings } = naming;
  const { mainOfficer, qualifications, relatedOfficers } = learner;
  const parts: Part[] = mainOfficer === null ? [] : [toPart('main', mainOfficer, 'main officer')];
  for (const { officer, reference, seq } of qualifications) {
    if (officer !== null) parts.push(toPart('qualification', officer, `${reference} (${seq})`));
  }
  for (const { relation, code } of relatedOfficers) {
    if (settings.additionalAssessors.includes(relation))
      parts.push(toPart('additional', code, `additional ${relation}`));
  }
  for (const review of findUploads(naming)) {
    const officer = findReviewOfficer(review, learner)?.code ?? review.officer;
    if (officer !== null) parts.push(toPart('review', officer, 'review'));
  }
  return parts.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || compareText(a.text, b.text));
}

const order: readonly PartKind[] = ['main', 'qualification', 'additional', 'review'];

function toPart(kind: PartKind, code: string, text: string): Part {
  return { kind, code, text };
}
