import type { HeldItem } from '../../../../src/domain/ledger.ts';
import { isSiteRequest } from '../people-who-link.ts';
import { courseIds } from '../populate-smart-assessor.ts';
import { atSite } from '../smart-assessor.ts';
import type { MonthWorld } from '../world.ts';
import { heldOf, type Verdict } from './linked.ts';

/** Everything of Smart Assessor that waits for a person waits for a reason that exists. */
export function judgeSiteHolds(world: MonthWorld, find: Verdict): void {
  for (const item of heldOf(world, 'smartassessor'))
    if (!isEnrolling(world, item) && !hasReason(world, item))
      find(
        `held without a reason: ${item.ident} ${item.subject} ${item.code} ${JSON.stringify(item.params)}`,
      );
}

/** An enrolment that is held goes on when a person retries it: by then the reason may be gone. */
function isEnrolling(
  { ledger, store, smartAssessor: { answers }, renamed }: MonthWorld,
  { ident }: HeldItem,
): boolean {
  const isLinked = ledger.linkTable.findByPicsId(atSite, 'learner', ident) !== undefined;
  const isAccepted = answers.some(
    (answer) =>
      (renamed.get(answer.ident) ?? answer.ident) === ident &&
      isSiteRequest(answer.id) &&
      store.acceptedEnrolments.has(answer.id),
  );
  return !isLinked && isAccepted;
}

function hasReason(world: MonthWorld, item: HeldItem): boolean {
  const { ledger, site, pics, siteSection } = world;
  const id = item.params['id'] ?? '';
  const learner = pics.learners.get(item.ident);
  const shown = learner?.smartAssessorId ?? '';
  const picsId = item.subject.slice(item.subject.indexOf(':') + 1);
  switch (item.code) {
    case 'ID_NOT_FOUND':
      // Where PICS's one column belongs to this vendor, OneFile's ids stand in it too.
      return item.subject.startsWith('learner:') ? site.find('learners', shown) === undefined : true;
    case 'ID_IN_USE':
      return ledger.linkTable.findByVendorId(atSite, 'learner', id)?.picsId !== picsId;
    case 'ID_CLAIMED_TWICE':
      return item.subject.startsWith('review:')
        ? [...pics.learners.values()]
            .flatMap(({ reviews }) => reviews)
            .filter(({ smartAssessorId }) => smartAssessorId === id).length > 1
        : [...pics.learners.values()].filter(({ smartAssessorId }) => smartAssessorId === id).length > 1;
    case 'ID_OTHER_PERSON':
      return site.find('learners', id)?.['familyName'] !== learner?.surname;
    case 'CROSSED_RECORDS':
      return ledger.journal.some(
        ({ kind, subject, vendorId }) =>
          subject?.startsWith('learner:') === true &&
          ((kind === 'unlinked' && vendorId === id) || (kind === 'linked' && vendorId !== id)),
      );
    case 'TYPE_NOT_MAPPED':
      return !('Gateway Ready' in siteSection.reviewTypeMap);
    case 'NO_START_DATE':
      return learner?.qualifications.some(({ key, startOn }) => key === picsId && startOn === null) === true;
    case 'ARCHIVED':
      return site.find('learners', shown)?.['isArchived'] === true;
    case 'COURSE_INACTIVE':
      return site.wereInactive.has(courseIds[item.params['reference'] ?? ''] ?? '');
    case 'COURSE_NOT_SHOWN': // taken off the course again
      return [...site.deleted].some((key) => key.startsWith(`${shown}/`));
    case 'ID_FIELD_CHANGED':
      return learner?.reviews.every(({ smartAssessorId }) => smartAssessorId !== id) === true;
    case 'LINK_GONE':
      return site.deleted.size > 0 || site.find('learners', id) === undefined;
    case 'POSSIBLE_DUPLICATE':
      return site.rows('learners').some(({ familyName }) => familyName === learner?.surname);
    case 'MIS_NOT_UNIQUE':
      return site.rows('assessors').filter(({ misId }) => misId === picsId).length > 1;
    case 'NO_EMAIL':
      return item.ident.startsWith('officer:') || learner?.email === null;
    case 'VALUE_NOT_KEPT':
      return world.ignoredFields.length > 0;
    case 'UNKNOWN_OUTCOME':
      // Several accounts with the officer's code: a person says which.
      return (
        Number(item.params['n']) > 1 ||
        ledger.intents.some((one) => one.subject === item.subject && one.state === 'held')
      );
    case 'VENDOR_ERROR':
      return Number(item.params['n']) === 5;
    case 'AIM_UNCLEAR':
      return learner?.qualifications.some(({ reference }) => courseIds[reference] !== undefined) === true;
    default:
      return false;
  }
}
