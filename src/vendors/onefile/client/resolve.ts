import type { Intent } from '../../../domain/ledger.ts';
import type { CallResult, Resolution } from '../../../domain/step.ts';
import { fromAimKey, fromMisKey } from '../rules/enrol/calls.ts';
import { fromReviewKey } from '../rules/review-upload.ts';
import { idOf } from '../wire/values.ts';
import { findAims } from './create-calls.ts';
import { emptyDone, type LinkOf, type Making, observeAll, toFailure, toLink } from './making.ts';
import { type Looked, lookForPlacement, lookForUser } from './owners.ts';
import { searchAll } from './searches.ts';
import { seeAssessor, seeLearner, seePlacement, seeReview } from './sight.ts';

type Unanswered = Pick<Intent, 'step' | 'naturalKey' | 'subject' | 'ident'>;

const hold: Resolution = { kind: 'blind', policy: 'hold' };

/**
 * O10: looks for the record that an unanswered create may have made.
 *
 * The natural key of the intent says how to search: by MIS value for users and placements, by standard for
 * aims, by visit for reviews. Every found row is checked against the key, whatever the filter was. Exactly
 * one match is ours and is linked. No match means that the create did not happen; several matches are left
 * to a person.
 */
export async function resolveCreate(intent: Unanswered, making: Making): Promise<Resolution> {
  switch (intent.step) {
    case 'create-learner':
      return resolveUser('learner', intent, making);
    case 'create-assessor':
      return resolveUser('assessor', intent, making);
    case 'create-placement':
      return resolvePlacement(intent, making);
    case 'assign-standard':
      return resolveAim(intent, making);
    case 'create-review':
      return resolveReview(intent, making);
    default:
      return hold;
  }
}

async function resolveUser(
  who: 'learner' | 'assessor',
  { naturalKey, subject }: Unanswered,
  making: Making,
): Promise<Resolution> {
  const key = fromMisKey(naturalKey ?? '');
  if (key === null) return hold;
  const found = await lookForUser({ who, ...key, about: making.about }, making);
  const isLearner = who === 'learner';
  const picsId = picsIdOf(subject);
  const link = { kind: isLearner ? 'learner' : 'officer', picsId, ident: isLearner ? picsId : null } as const;
  return toResolution(found, { link, see: isLearner ? seeLearner : seeAssessor }, making);
}

async function resolvePlacement({ naturalKey, subject }: Unanswered, making: Making): Promise<Resolution> {
  const key = fromMisKey(naturalKey ?? '');
  if (key === null) return hold;
  const name = making.about?.lastName ?? null;
  const found = await lookForPlacement({ misId: key.misId, name }, making);
  const link = { kind: 'organisation', picsId: picsIdOf(subject), ident: null } as const;
  return toResolution(found, { link, see: seePlacement }, making);
}

async function resolveAim({ naturalKey, subject, ident }: Unanswered, making: Making): Promise<Resolution> {
  const key = fromAimKey(naturalKey ?? '');
  if (key === null) return hold;
  const link = { kind: 'qualification', picsId: picsIdOf(subject), ident } as const;
  return toAimResolution(await findAims({ ...key, link }, making));
}

function toAimResolution(found: CallResult): Resolution {
  if (found.kind !== 'done') return found;
  const count = found.links.length;
  if (count === 0) return { kind: 'absent' };
  return count > 1 ? { kind: 'several', count } : { kind: 'found', done: found };
}

/** The id of the visit is the only field by which our review is recognised. */
async function resolveReview(
  { naturalKey, subject, ident }: Unanswered,
  making: Making,
): Promise<Resolution> {
  const key = fromReviewKey(naturalKey ?? '');
  if (key === null) return hold;
  const { parts, account } = making;
  const found = await searchAll(parts.api, parts.searches.reviewsOf(key.learnerId), account);
  if (found.kind !== 'rows') return toFailure(found);
  const rows = found.rows.filter(({ row }) => idOf(row, 'VisitID') === key.visitId);
  const link = { kind: 'review', picsId: picsIdOf(subject), ident } as const;
  return toResolution({ ...found, rows }, { link, see: seeReview }, making);
}

type Adoption = {
  readonly link: Omit<LinkOf, 'vendorId'>;
  readonly see: typeof seeLearner;
};

function toResolution(found: Looked, { link, see }: Adoption, { parts, cause }: Making): Resolution {
  if (found.kind === 'blind') return hold;
  if (found.kind === 'unsure') return { kind: 'several', count: found.count };
  if (found.kind !== 'rows') return toFailure(found);
  const [only, ...others] = found.rows;
  if (only === undefined) return { kind: 'absent' };
  if (others.length > 0) return { kind: 'several', count: found.rows.length };
  const observed = observeAll([see(only.row, only.id, parts)], {
    parts,
    observedAtMs: found.sentAtMs,
    cause,
  });
  const links = [toLink(parts, { ...link, vendorId: only.id })];
  return { kind: 'found', done: { ...emptyDone, vendorId: only.id, observed, links } };
}

/** `qualification:10001/603/1122/3/1` → `10001/603/1122/3/1` */
function picsIdOf(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}
