import type { Change, Fields, Relevance } from '../../../domain/change.ts';
import {
  decideByKind,
  type FieldsOf,
  hasChanged,
  irrelevant,
  learnersOf,
  textOf,
} from '../../common/relevance.ts';
import { toReviewSubject } from '../../common/review-id.ts';
import type { LearnerDetail, OfficerDetail, OneFileSettings, OrganisationDetail } from './settings.ts';

/** Replication origin of the reconciler's own writes of OneFile data. Such changes are echoes (G-6). */
const ownOrigin = 'picsync:onefile:';

/** The PICS fields of each group of details, by the entity that has them. */
const learnerGroups: Readonly<Record<LearnerDetail, FieldsOf>> = {
  names: { learner: ['firstName', 'surname'] },
  birthDate: { learner: ['birthDate'] },
  email: { 'learner-details': ['email'] },
  phones: { learner: ['phone', 'mobile'] },
  niNumber: { learner: ['niNumber'] },
  uln: { 'learner-details': ['uln'] },
  sex: { learner: ['sex'] },
  ethnicity: { 'learner-details': ['ethnicity'] },
  disability: { 'learner-details': ['disability', 'primaryDifficulty'] },
};
const officerGroups: Readonly<Record<OfficerDetail, readonly string[]>> = {
  names: ['firstName', 'surname'],
  email: ['email'],
  phones: ['phone', 'mobile'],
};
const organisationGroups: Readonly<Record<OrganisationDetail, readonly string[]>> = {
  name: ['name'],
  address: ['address1', 'address2', 'address3', 'address4'],
  postcode: ['postcode'],
  phone: ['phone'],
  email: ['email'],
  website: ['website'],
};
/** All of them, chosen or not: a change of one that is not sent is named by its rule. */
const detailFields = {
  learner: Object.values(learnerGroups).flatMap(({ learner = [] }) => learner),
  'learner-details': Object.values(learnerGroups).flatMap(({ 'learner-details': details = [] }) => details),
  officer: Object.values(officerGroups).flat(),
  organisation: Object.values(organisationGroups).flat(),
};
const pushedAimFields = [
  'registrationNumber',
  'registeredOn',
  'certificateAppliedOn',
  'certificateReceivedOn',
];
/** A qualification that ends or is open again may be the other one of two now (D-10). */
const movedAimFields = [...pushedAimFields, 'endOn'];
const elementFields = ['elementsTotal', 'elementsDone'];
const uploadFields = ['type', 'proposedAt', 'actualAt', 'attended', 'officer', 'ident'];

/**
 * Decides whether one row change in PICS can matter to OneFile, and for which learner, officer or
 * organisation.
 *
 * The checks run from cheap to specific. Snapshot rows, the sync's own writes and tables without data are
 * dropped first. A changed key is passed on next, whatever the settings say. Then each entity has its own
 * function, which compares the old and the new row field by field and asks whether a rule sends any of the
 * changed fields. The answer names the rule when nothing follows.
 *
 * The function only saves work. What is sent is decided later from a fresh read (D-3), so a doubtful change
 * is relevant.
 */
export function decideRelevance(change: Change, settings: OneFileSettings): Relevance {
  if (isFreed(change)) return learnersOf(change);
  return (
    decideByKind(change, { vendor: 'onefile', nearRealTime: settings.nearRealTime }) ??
    decideRow(change, settings)
  );
}

/** D-13: the reconciler has taken the id of a wrong portfolio away, so the review can be sent to the right one. */
function isFreed({ entity, op, before, after, origin }: Change): boolean {
  return (
    origin?.startsWith(ownOrigin) === true &&
    entity === 'review' &&
    op === 'update' &&
    textOf(before, 'oneFileId') !== null &&
    textOf(after, 'oneFileId') === null
  );
}

/**
 * The fields beside the keys whose changes can mean something under these settings. No others need to leave PICS:
 * personal details are captured only while a details mode sends them.
 *
 * A field that `decideRelevance` compares only to name a rule is not among them.
 */
export function comparedFields(settings: OneFileSettings): FieldsOf {
  const known = compared.get(settings);
  if (known !== undefined) return known;
  const fields = findComparedFields(settings);
  compared.set(settings, fields);
  return fields;
}

/** Asked for each change; the settings of a process stay the same. */
const compared = new WeakMap<OneFileSettings, FieldsOf>();

function findComparedFields(settings: OneFileSettings): FieldsOf {
  const always = { review: ['oneFileId', 'ident'] }; // A-36, D-13
  if (!settings.nearRealTime) return always;
  const details = settings.learnerDetails === 'push' ? settings.learnerDetailFields : [];
  const ofLearners = (entity: 'learner' | 'learner-details'): readonly string[] =>
    details.flatMap((group) => learnerGroups[group][entity] ?? []);
  const ofOfficers = settings.officerDetails === 'push' ? settings.officerDetailFields : [];
  const ofOrganisations = settings.organisationDetails === 'push' ? settings.organisationDetailFields : [];
  const externalId = settings.externalIdVendor === 'onefile' ? ['externalId'] : [];
  return {
    learner: [...(settings.pushMainOfficer ? ['mainOfficer'] : []), ...ofLearners('learner')],
    'learner-details': ['oneFileId', 'activePortfolio', ...ofLearners('learner-details')],
    // D-14: a review may wait for an officer to be live again.
    officer: [...externalId, 'status', ...ofOfficers.flatMap((group) => officerGroups[group])],
    organisation: [...externalId, ...ofOrganisations.flatMap((group) => organisationGroups[group])],
    qualification: movedAimFields,
    review: [...always.review, ...uploadFields],
  };
}

function decideRow(change: Change, settings: OneFileSettings): Relevance {
  switch (change.entity) {
    case 'learner':
      return decideLearner(change, settings);
    case 'learner-details':
      return decideLearnerDetails(change, settings);
    case 'officer':
      return decideOfficer(change, settings);
    case 'organisation':
      return decideOrganisation(change, settings);
    case 'placement':
      return settings.pushPlacement ? learnersOf(change) : irrelevant('A-7');
    case 'qualification':
      return decideQualification(change);
    case 'review':
      return decideReview(change, settings);
    default:
      return irrelevant('OF-81'); // leavers and breaks too
  }
}

function decideLearner(change: Change, settings: OneFileSettings): Relevance {
  // G-12: a row that was loaded again, after a deletion or a truncate, may have other details than before
  const isLoadedAgain = change.op === 'create' && settings.learnerDetails === 'push';
  if (change.op !== 'update' && !isLoadedAgain) return irrelevant('OF-10');
  if (isCompared(change, settings)) return learnersOf(change); // OF-70, A-6
  if (hasChanged(change, detailFields.learner)) return irrelevant('OF-14');
  return irrelevant(hasChanged(change, ['mainOfficer']) ? 'A-6' : 'OF-81');
}

function decideLearnerDetails(change: Change, settings: OneFileSettings): Relevance {
  if (change.op === 'delete') return irrelevant('OF-81');
  if (change.op === 'create') return learnersOf(change); // D-20: the id of a link may wait for the row
  // Which portfolio is in use says whether an id beside it can be OneFile's (D-20), and without one nothing for OneFile.
  const fields = (comparedFields(settings)['learner-details'] ?? []).filter(
    (name) => name !== 'activePortfolio',
  );
  if (hasChanged(change, fields)) return learnersOf(change); // OF-24, OF-70, D-2
  if (hasChanged(change, ['activePortfolio']))
    return textOf(change.after, 'oneFileId') === null ? irrelevant('A-25') : learnersOf(change);
  return irrelevant(hasChanged(change, detailFields['learner-details']) ? 'OF-14' : 'OF-81');
}

function decideOfficer(change: Change, settings: OneFileSettings): Relevance {
  const code = textOf(change.after, 'code') ?? textOf(change.key, 'code');
  if (change.op === 'delete' || code === null) return irrelevant('OF-31');
  if (change.op === 'create') return { kind: 'officer', code }; // OF-51: a review may wait for the record
  if (isCompared(change, settings)) return { kind: 'officer', code };
  return irrelevant(hasChanged(change, detailFields.officer) ? 'OF-71' : 'OF-81');
}

function decideOrganisation(change: Change, settings: OneFileSettings): Relevance {
  const code = textOf(change.after, 'code') ?? textOf(change.key, 'code');
  if (change.op === 'delete' || code === null) return irrelevant('OF-31');
  if (isCompared(change, settings)) return { kind: 'organisation', code };
  return irrelevant(hasChanged(change, detailFields.organisation) ? 'OF-72' : 'OF-81');
}

/** Whether a field has changed that means something under these settings. */
function isCompared(change: Change, settings: OneFileSettings): boolean {
  const fields = comparedFields(settings)[change.entity] ?? [];
  return fields.length > 0 && hasChanged(change, fields);
}

/**
 * OF-42 to OF-44 are sent on commit. A qualification that is added, deleted or changed in other fields is
 * never sent (OF-16). An added row may be another form of one that was linked, so its learner is looked at and the
 * link follows (D-9), and it may carry a number (D-20); so is a row that has ended or is open again (D-10).
 */
function decideQualification(change: Change): Relevance {
  if (change.op === 'create') return learnersOf(change);
  if (change.op !== 'update') return irrelevant('OF-16');
  if (hasChanged(change, movedAimFields)) return learnersOf(change);
  return irrelevant(hasChanged(change, elementFields) ? 'OF-45' : 'OF-16');
}

function decideReview(change: Change, settings: OneFileSettings): Relevance {
  if (change.op === 'delete') return irrelevant('OF-52');
  const isIdEdited = change.op === 'update' && hasChanged(change, ['oneFileId']);
  if (isIdEdited) return learnersOf(change); // held when a user edited the id (OF-53)
  if (textOf(change.after, 'oneFileId') !== null) return irrelevant('OF-52');
  if (!settings.uploadReviews) return irrelevant('OF-50');
  if (!hasChanged(change, uploadFields)) return irrelevant('OF-81');
  // A review that stops qualifying may have a held item that must be closed, so the old row is checked as
  // well.
  const couldQualify = [change.before, change.after].some((row) => row !== null && mayQualify(row, settings));
  return couldQualify ? postponed(change, settings) : irrelevant('OF-19');
}

/**
 * OF-50: a new review may wait for the user's corrections, because corrections made after the upload are
 * never sent (OF-52).
 */
function postponed(change: Change, { reviewSettleSeconds }: OneFileSettings): Relevance {
  const relevance = learnersOf(change);
  const id = textOf(change.after, 'id');
  if (relevance.kind !== 'learners' || reviewSettleSeconds === 0 || id === null) return relevance;
  return { ...relevance, postpone: { subject: toReviewSubject(id), forMs: reviewSettleSeconds * 1000 } };
}

/**
 * OF-19 as far as the row alone shows it. Unless the setting lists the types, only a read shows which types
 * are Normal.
 */
function mayQualify(row: Fields, { uploadReviewTypes }: OneFileSettings): boolean {
  const isBlank = (field: string): boolean => (row[field] ?? null) === null;
  const type = textOf(row, 'type');
  const isOfType = uploadReviewTypes === null || (type !== null && uploadReviewTypes.includes(type));
  return isOfType && isBlank('attended') && isBlank('actualAt') && isBlank('oneFileId');
}
