import type { HeldItem } from '../../../../src/domain/ledger.ts';
import type { LinkKind } from '../../../../src/domain/link.ts';
import { toReviewId } from '../../../../src/vendors/common/review-id.ts';
import { at, centre, refusedMinute, refusedNumber } from '../onefile.ts';
import type { MonthWorld } from '../world.ts';
import { heldOf, type Verdict } from './linked.ts';
import { fromLondon } from './london-clock.ts';

/** Everything that waits for a person waits for a reason that exists. */
export function judgeHolds(world: MonthWorld, find: Verdict): void {
  for (const item of heldOf(world, 'onefile'))
    if (!isEnrolling(world, item) && !hasReason(world, item))
      find(
        `held without a reason: ${item.ident} ${item.subject} ${item.code} ${JSON.stringify(item.params)}`,
      );
}

/**
 * An enrolment that is held goes on when a person retries it: no run looks at a learner without a link, so the reason
 * may be gone by then.
 */
function isEnrolling(
  { ledger, store, oneFile: { answers }, renamed }: MonthWorld,
  { ident }: HeldItem,
): boolean {
  const isLinked = ledger.linkTable.findByPicsId(at, 'learner', ident) !== undefined;
  return (
    !isLinked &&
    answers.some(
      (answer) =>
        (renamed.get(answer.ident) ?? answer.ident) === ident && store.acceptedEnrolments.has(answer.id),
    )
  );
}

function hasReason(world: MonthWorld, item: HeldItem): boolean {
  const { ledger, state, pics } = world;
  const { officer } = item.params;
  // Whatever waits for an officer says why the officer cannot come.
  if (officer !== undefined && item.code !== 'REVIEW_NO_OFFICER' && !item.subject.startsWith('officer:')) {
    const { officer: _officer, ...params } = item.params;
    return hasReason(world, { ...item, params, ident: `officer:${officer}`, subject: `officer:${officer}` });
  }
  const id = item.params['id'] ?? '';
  const picsId = item.subject.slice(item.subject.indexOf(':') + 1);
  const review = pics.learners.get(item.ident)?.reviews.find((one) => one.id === picsId);
  switch (item.code) {
    case 'ID_NOT_FOUND':
      return !['learner', 'assessor', 'placement'].some(
        (entity) => state.find(entity as 'learner', toTypedId(world, item)) !== undefined,
      );
    case 'ID_IN_USE': {
      const kind = item.subject.slice(0, item.subject.indexOf(':')) as LinkKind;
      const holder = ledger.linkTable.findByVendorId(at, kind, id);
      return holder !== undefined && holder.picsId !== picsId;
    }
    case 'ID_CLAIMED_TWICE':
      if (item.subject.startsWith('review:'))
        return (
          [...pics.learners.values()].flatMap(({ reviews }) => reviews).filter((one) => one.oneFileId === id)
            .length > 1
        );
      return [...pics.learners.values()].filter(({ oneFileId }) => oneFileId === id).length > 1;
    case 'ID_OTHER_PERSON':
      return state.find('learner', id)?.['lastName'] !== pics.learners.get(item.ident)?.surname;
    case 'CROSSED_RECORDS':
      // Only a person closes it: the learner was linked to that id once, and that link was taken away or replaced.
      return ledger.journal.some(
        ({ kind, subject, vendorId }) =>
          subject?.startsWith('learner:') === true &&
          ((kind === 'unlinked' && vendorId === id) || (kind === 'linked' && vendorId !== id)),
      );
    case 'MIS_NOT_UNIQUE':
      return countMisValue(world, picsId) > 1;
    case 'NO_ASSESSOR': {
      const main = pics.learners.get(item.ident)?.mainOfficer ?? null;
      if (item.subject.startsWith('learner:')) return main === null || pics.findOfficer(main) === null;
      return countMisValue(world, picsId) === 0;
    }
    case 'REVIEW_NO_OFFICER': {
      const codes = [review?.officer, pics.learners.get(item.ident)?.mainOfficer];
      return review !== undefined && codes.every((code) => code == null || pics.findOfficer(code) === null);
    }
    case 'VALUE_NOT_KEPT': // D-16: of a date that this centre has no field for
      return !world.keepsCertificateReceived && item.subject.endsWith('/certificateReceivedOn');
    case 'REVIEW_NO_DATE':
      return review !== undefined && review.proposedAt === null;
    case 'VENDOR_REFUSED': {
      if (item.subject.startsWith('aim:')) return isNumberRefused(world, item.ident);
      const proposedAt = review?.proposedAt ?? null;
      return proposedAt !== null && new Date(fromLondon(proposedAt)).getUTCMinutes() === refusedMinute;
    }
    case 'ID_FIELD_CHANGED': {
      const link = ledger.linkTable.findByPicsId(at, 'review', picsId);
      const isOfDownload = toReviewId({ vendor: 'onefile', centre, ident: item.ident }, id) === picsId;
      const shown = link?.vendorId ?? (isOfDownload ? id : undefined);
      return review !== undefined && shown !== undefined && review.oneFileId !== shown;
    }
    case 'LINK_GONE':
      return (
        id !== '' &&
        (['learner', 'learning-aim', 'assessor', 'placement'] as const).every(
          (entity) => state.find(entity, id) === undefined,
        )
      );
    case 'NO_PLACEMENT':
      return world.settings.fallbackPlacementId === undefined;
    case 'POSSIBLE_DUPLICATE':
      return [...state.table('learner').values()].some(
        ({ lastName }) => lastName === pics.learners.get(item.ident)?.surname,
      );
    case 'UNKNOWN_OUTCOME':
      return isUnknownFor(world, item);
    case 'VENDOR_ERROR':
      return Number(item.params['n']) === 5;
    default:
      return false;
  }
}

/**
 * G-5, G-9: sent twice, and no answer came either time; or looked up five times without an answer; or an assessor has the
 * officer's name alone, and a person must say whether it is the one that was asked for.
 */
function isUnknownFor({ ledger, state }: MonthWorld, { subject, params }: HeldItem): boolean {
  const code = subject.slice(subject.indexOf(':') + 1);
  if (params['what'] === 'create-assessor' && Number(params['n']) > 0)
    return [...state.table('assessor').values()].some(({ lastName }) => lastName === code);
  const ends = ledger.intents.filter((one) => one.subject === subject && one.state === 'held');
  const lost = ledger.journal.filter(
    (line) =>
      line.kind === `look-up ${params['what']}` && line.subject === subject && line.code === 'unknown',
  );
  // The fifth look-up is the one that holds it.
  return ends.some(({ repeats }) => repeats === 1) || (ends.length > 0 && lost.length >= 4);
}

/** The id that PICS shows at present. */
function toTypedId({ pics }: MonthWorld, { subject, ident }: HeldItem): string {
  const [kind, code = ''] = subject.split(':');
  if (kind === 'officer') return pics.findOfficer(code)?.externalId ?? '';
  return pics.learners.get(ident)?.oneFileId ?? '';
}

function countMisValue({ state }: MonthWorld, code: string): number {
  return [...state.table('assessor').values()].filter(({ misId }) => misId === code).length;
}

function isNumberRefused({ pics }: MonthWorld, ident: string): boolean {
  const qualifications = pics.learners.get(ident)?.qualifications ?? [];
  return qualifications.some(({ registrationNumber }) => registrationNumber === refusedNumber);
}
