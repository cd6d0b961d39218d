import type { Change, Fields, Relevance, Renaming } from '../../../domain/change.ts';
import { toReviewSubject } from './review-upload.ts';
import type { OneFileSettings } from './settings.ts';

/** Origin mark of the reconciler's own writes of OneFile data (G-6). */
const ownOrigin = 'picsync:onefile:';

const detailFields = {
  learner: ['firstName', 'surname', 'sex', 'birthDate', 'niNumber', 'phone', 'mobile'],
  'learner-details': ['email', 'uln', 'ethnicity', 'disability', 'primaryDifficulty'],
  officer: ['firstName', 'surname', 'email', 'phone', 'mobile'],
  organisation: [
    'name',
    'address1',
    'address2',
    'address3',
    'address4',
    'postcode',
    'phone',
    'email',
    'website',
  ],
} as const;
const pushedAimFields = [
  'registrationNumber',
  'registeredOn',
  'certificateAppliedOn',
  'certificateReceivedOn',
];
const elementFields = ['elementsTotal', 'elementsDone'];
const uploadFields = ['type', 'proposedAt', 'actualAt', 'attended', 'officer', 'ident'];

/**
 * Decides from one row change whether OneFile can be concerned at all.
 *
 * It only saves work: what is sent is decided later from a fresh read (D-3). So in doubt a change is relevant.
 */
export function decideRelevance(change: Change, settings: OneFileSettings): Relevance {
  if (change.op === 'snapshot') return irrelevant('snapshot');
  if (change.origin?.startsWith(ownOrigin)) return irrelevant('echo');
  if (change.op === 'truncate') return irrelevant('truncate');
  switch (change.entity) {
    case 'heartbeat':
      return irrelevant('heartbeat');
    case 'request':
      return irrelevant('command');
    default:
      break;
  }
  const renamed = decideRenamed(change);
  if (renamed !== null) return renamed; // links follow at once, whatever is exchanged when
  return settings.nearRealTime ? decideRow(change, settings) : irrelevant('D-4');
}

const renamedKeys: Readonly<Partial<Record<Change['entity'], { entity: Renaming['entity']; key: string }>>> =
  {
    learner: { entity: 'learner', key: 'ident' },
    officer: { entity: 'officer', key: 'code' },
    organisation: { entity: 'organisation', key: 'code' },
  };

/** Their new rows are judged like any other: what they belong to may not have been renamed at all. */
const hasOwnRules: ReadonlySet<Change['entity']> = new Set(['review', 'placement']);

/** a changed key comes as a deletion and a creation, which say so; extensions and rows below follow their record. */
function decideRenamed({ entity, renamedFrom, renamedTo, key }: Change): Relevance | null {
  if (renamedTo !== undefined) return irrelevant('renamed');
  if (renamedFrom === undefined) return null;
  const renaming = renamedKeys[entity];
  if (renaming === undefined) return hasOwnRules.has(entity) ? null : irrelevant('renamed');
  const [from, to] = [textOf(renamedFrom, renaming.key), textOf(key, renaming.key)];
  if (from === null || to === null) return irrelevant('renamed');
  return { kind: 'renamed', entity: renaming.entity, from, to };
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
  if (change.op !== 'update') return irrelevant('OF-10');
  if (hasChanged(change, ['mainOfficer'])) {
    if (settings.pushMainOfficer) return learnersOf(change);
    if (!hasChanged(change, detailFields.learner)) return irrelevant('A-6');
  }
  if (!hasChanged(change, detailFields.learner)) return irrelevant('OF-81');
  return settings.learnerDetails === 'push' ? learnersOf(change) : irrelevant('OF-14');
}

function decideLearnerDetails(change: Change, settings: OneFileSettings): Relevance {
  if (change.op === 'delete') return irrelevant('OF-81');
  if (hasChanged(change, ['oneFileId'])) return learnersOf(change); // OF-24, D-2
  if (hasChanged(change, ['activePortfolio'])) return irrelevant('A-25');
  if (!hasChanged(change, detailFields['learner-details'])) return irrelevant('OF-81');
  return settings.learnerDetails === 'push' ? learnersOf(change) : irrelevant('OF-14');
}

function decideOfficer(change: Change, settings: OneFileSettings): Relevance {
  const code = textOf(change.after, 'code') ?? textOf(change.key, 'code');
  if (change.op === 'delete' || code === null) return irrelevant('OF-31');
  if (change.op === 'create') return { kind: 'officer', code }; // OF-51: a review may wait for the record
  if (settings.externalIdVendor === 'onefile' && hasChanged(change, ['externalId']))
    return { kind: 'officer', code };
  if (!hasChanged(change, detailFields.officer)) return irrelevant('OF-81');
  return settings.officerDetails === 'push' ? { kind: 'officer', code } : irrelevant('OF-71');
}

function decideOrganisation(change: Change, settings: OneFileSettings): Relevance {
  const code = textOf(change.after, 'code') ?? textOf(change.key, 'code');
  if (change.op === 'delete' || code === null) return irrelevant('OF-31');
  const isIdOurs = settings.externalIdVendor === 'onefile';
  if (isIdOurs && hasChanged(change, ['externalId'])) return { kind: 'organisation', code };
  if (!hasChanged(change, detailFields.organisation)) return irrelevant('OF-81');
  return settings.organisationDetails === 'push' ? { kind: 'organisation', code } : irrelevant('OF-72');
}

/** OF-42 to OF-44 flow on commit; a qualification that comes, goes or changes otherwise is never sent (OF-16). */
function decideQualification(change: Change): Relevance {
  if (change.op !== 'update') return irrelevant('OF-16');
  if (hasChanged(change, pushedAimFields)) return learnersOf(change);
  return irrelevant(hasChanged(change, elementFields) ? 'OF-45' : 'OF-16');
}

function decideReview(change: Change, settings: OneFileSettings): Relevance {
  if (change.op === 'delete') return irrelevant('OF-52');
  const isIdEdited = change.op === 'update' && hasChanged(change, ['oneFileId']);
  if (isIdEdited) return learnersOf(change); // held when it is a user's doing (OF-53)
  if (textOf(change.after, 'oneFileId') !== null) return irrelevant('OF-52');
  if (!settings.uploadReviews) return irrelevant('OF-50');
  if (!hasChanged(change, uploadFields)) return irrelevant('OF-81');
  // A review that stops qualifying may have a held item to close, so the old row counts as well.
  const couldQualify = [change.before, change.after].some((row) => row !== null && mayQualify(row, settings));
  return couldQualify ? postponed(change, settings) : irrelevant('OF-19');
}

/** OF-50: a review just planned may wait for corrections, since later ones are never sent (OF-52). */
function postponed(change: Change, { reviewSettleSeconds }: OneFileSettings): Relevance {
  const relevance = learnersOf(change);
  const id = textOf(change.after, 'id');
  if (relevance.kind !== 'learners' || reviewSettleSeconds === 0 || id === null) return relevance;
  return { ...relevance, postpone: { subject: toReviewSubject(id), forMs: reviewSettleSeconds * 1000 } };
}

/** OF-19 as far as the row alone tells: which types are Normal is known only after a read, unless set. */
function mayQualify(row: Fields, { uploadReviewTypes }: OneFileSettings): boolean {
  const isBlank = (field: string): boolean => (row[field] ?? null) === null;
  const type = textOf(row, 'type');
  const isOfType = uploadReviewTypes === null || (type !== null && uploadReviewTypes.includes(type));
  return (
    isOfType && isBlank('attended') && isBlank('actualAt') && !isBlank('proposedAt') && isBlank('oneFileId')
  );
}

/** An update without old values counts as "every field may have changed": slower, never wrong. */
function hasChanged(change: Change, fields: readonly string[]): boolean {
  const { before, after, op } = change;
  if (after === null || (before === null && op === 'update')) return true;
  return fields.some((field) => (before?.[field] ?? null) !== (after[field] ?? null));
}

/** A row that moved to another learner concerns both. */
function learnersOf({ key, before, after }: Change): Relevance {
  const idents = [before, after, key].map((row) => textOf(row, 'ident')).filter((ident) => ident !== null);
  if (idents.length === 0) return irrelevant('no-learner');
  return { kind: 'learners', idents: [...new Set(idents)] };
}

function textOf(row: Fields | null, field: string): string | null {
  const value = row?.[field];
  return typeof value === 'string' ? value : null;
}

function irrelevant(rule: string): Relevance {
  return { kind: 'irrelevant', rule };
}
