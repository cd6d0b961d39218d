import type { Change, Relevance } from '../../../domain/change.ts';
import {
  decideByKind,
  type FieldsOf,
  hasChanged,
  irrelevant,
  learnersOf,
  textOf,
} from '../../common/relevance.ts';
import { learnerGroups } from './details-fields.ts';
import type { LearnerDetail, OfficerDetail, SmartAssessorSettings } from './settings.ts';

/** The PICS fields of each group of details, by the entity that has them. */
const groups: Readonly<Record<LearnerDetail, FieldsOf>> = {
  names: { learner: ['firstName', 'surname'] },
  birthDate: { learner: ['birthDate'] },
  email: { 'learner-details': ['email'] },
  phones: { learner: ['phone', 'mobile'] },
  niNumber: { learner: ['niNumber'] },
  uln: { 'learner-details': ['uln'] },
  sex: { learner: ['sex'] },
  address: { learner: ['address1', 'address2', 'address3', 'address4'] },
  postcode: { learner: ['postcode'] },
};
const officerGroups: Readonly<Record<OfficerDetail, readonly string[]>> = {
  names: ['firstName', 'surname'],
  email: ['email'],
  phones: ['phone', 'mobile'],
};
/** All of them, chosen or not: a change of one that is not sent is named by its rule. */
const detailFields = {
  learner: Object.values(groups).flatMap(({ learner = [] }) => learner),
  'learner-details': Object.values(groups).flatMap(({ 'learner-details': details = [] }) => details),
  officer: Object.values(officerGroups).flat(),
};

/**
 * Decides whether one row change in PICS can matter to Smart Assessor, and for which learner, officer or organisation. It
 * only saves work: what is sent is decided later from a fresh read (D-3), so a doubtful change is relevant.
 */
export function decideRelevance(change: Change, settings: SmartAssessorSettings): Relevance {
  const { nearRealTime } = settings;
  return decideByKind(change, { vendor: 'smartassessor', nearRealTime }) ?? decideRow(change, settings);
}

/** The fields beside the keys whose changes can mean something under these settings. No others need to leave PICS. */
export function comparedFields(settings: SmartAssessorSettings): FieldsOf {
  const known = compared.get(settings);
  if (known !== undefined) return known;
  const fields = findComparedFields(settings);
  compared.set(settings, fields);
  return fields;
}

/** Asked for each change; the settings of a process stay the same. */
const compared = new WeakMap<SmartAssessorSettings, FieldsOf>();

function findComparedFields(settings: SmartAssessorSettings): FieldsOf {
  const always = { review: ['smartAssessorId', 'ident'] };
  if (!settings.nearRealTime) return always;
  const details = settings.learnerDetails === 'push' ? learnerGroups(settings) : [];
  const ofLearners = (entity: 'learner' | 'learner-details'): readonly string[] =>
    details.flatMap((group) => groups[group][entity] ?? []);
  const ofOfficers = settings.officerDetails === 'push' ? settings.officerDetailFields : [];
  const externalId = settings.externalIdVendor === 'smartassessor' ? ['externalId'] : [];
  // SA-15: an enrolment may wait for what a login needs, or for the officer to be live again (D-14).
  const ofCreating = settings.unlinkedOfficer === 'create' ? ['email', 'firstName', 'surname', 'status'] : [];
  return {
    ...always,
    learner: ofLearners('learner'),
    'learner-details': ['smartAssessorId', 'activePortfolio', ...ofLearners('learner-details')],
    officer: [
      ...new Set([...externalId, ...ofCreating, ...ofOfficers.flatMap((group) => officerGroups[group])]),
    ],
    organisation: externalId,
  };
}

function decideRow(change: Change, settings: SmartAssessorSettings): Relevance {
  switch (change.entity) {
    case 'learner':
      return decideLearner(change, settings);
    case 'learner-details':
      return decideLearnerDetails(change, settings);
    case 'officer':
      return decideOfficer(change, settings);
    case 'organisation':
      return decideOrganisation(change, settings);
    case 'qualification':
      return irrelevant(change.op === 'create' ? 'SA-14' : 'SA-60');
    case 'review':
      return decideReview(change);
    default:
      return irrelevant('SA-60'); // placements, leavers and breaks
  }
}

function decideLearner(change: Change, settings: SmartAssessorSettings): Relevance {
  // G-12: a row that was loaded again, after a deletion or a truncate, may have other details than before
  const isLoadedAgain = change.op === 'create' && settings.learnerDetails === 'push';
  if (change.op !== 'update' && !isLoadedAgain) return irrelevant('SA-10');
  if (isCompared(change, settings)) return learnersOf(change); // SA-50
  return irrelevant(hasChanged(change, detailFields.learner) ? 'SA-13' : 'SA-60');
}

function decideLearnerDetails(change: Change, settings: SmartAssessorSettings): Relevance {
  if (change.op === 'delete') return irrelevant('SA-60');
  if (change.op === 'create') return learnersOf(change); // D-20: the id of a link may wait for the row
  if (hasChanged(change, ['activePortfolio'])) {
    // D-20: an id that stands there may count now, or count no more
    const isShown = textOf(change.after, 'smartAssessorId') !== null;
    if (isShown || isOtherCompared(change, settings)) return learnersOf(change);
    return irrelevant('A-25');
  }
  if (isCompared(change, settings)) return learnersOf(change); // SA-18, SA-50, D-2
  return irrelevant(hasChanged(change, detailFields['learner-details']) ? 'SA-13' : 'SA-60');
}

function isOtherCompared(change: Change, settings: SmartAssessorSettings): boolean {
  const fields = comparedFields(settings)['learner-details'] ?? [];
  return hasChanged(
    change,
    fields.filter((field) => field !== 'activePortfolio'),
  );
}

function decideOfficer(change: Change, settings: SmartAssessorSettings): Relevance {
  const code = textOf(change.after, 'code') ?? textOf(change.key, 'code');
  if (change.op === 'delete' || code === null) return irrelevant('SA-21');
  if (change.op === 'create' || isCompared(change, settings)) return { kind: 'officer', code };
  return irrelevant(hasChanged(change, detailFields.officer) ? 'SA-53' : 'SA-60');
}

function decideOrganisation(change: Change, settings: SmartAssessorSettings): Relevance {
  const code = textOf(change.after, 'code') ?? textOf(change.key, 'code');
  if (change.op === 'delete' || code === null) return irrelevant('SA-21');
  return isCompared(change, settings) ? { kind: 'organisation', code } : irrelevant('SA-54');
}

/** Whether a field has changed that means something under these settings. */
function isCompared(change: Change, settings: SmartAssessorSettings): boolean {
  const fields = comparedFields(settings)[change.entity] ?? [];
  return fields.length > 0 && hasChanged(change, fields);
}

/** SA-40: reviews come down only. An id that a user edited is looked at, since it is held. */
function decideReview(change: Change): Relevance {
  const isIdEdited = change.op === 'update' && hasChanged(change, ['smartAssessorId']);
  return isIdEdited ? learnersOf(change) : irrelevant('SA-40');
}
