import type { JsonObject } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import type { Observation, Shadow } from '../../../domain/observation.ts';
import type { Owner } from '../../../domain/owner.ts';
import type { RowAction, RowDecision } from '../../../domain/rows.ts';
import type { Hold } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import { findPulled, writeLearnerDetails } from '../../common/details.ts';
import { toLearnerSubject } from '../../common/learner-link.ts';
import { ignore, isLearnerOf, isOwnerOf, write } from '../../common/link-row.ts';
import { learnerHold } from '../../common/link-steps.ts';
import { joinParts, nothing, type Part, toHold, toNote } from '../../common/parts.ts';
import { toWho } from '../../common/who.ts';
import { type Of, toReadLearner } from './calls.ts';
import { learnerDetailFields, learnerGroups, officerDetailFields, toLearnerSet } from './details-fields.ts';
import { smartAssessorIds } from './links.ts';
import { type CourseSide, decideCourse } from './progression.ts';
import { findUnreadable } from './records.ts';
import { decideSession, type SessionSide } from './session-review.ts';
import type { SmartAssessorLearnerView, SmartAssessorSettings } from './settings.ts';

const vendor = 'smartassessor' as const;

type View = Pick<SmartAssessorLearnerView, 'learner' | 'lane' | 'settings' | 'reads'>;

/** What the sync knows besides the observation and the locked rows of PICS. */
export type SyncSide = SessionSide &
  CourseSide & {
    /** Links of the learner, or the link of the officer. */
    readonly links: readonly Link[];
    /** The locked row of the officer that the observation is about; null = none is linked. */
    readonly owner: Owner | null;
  };

/** The settings that allow a kind of record into PICS; an entity that is not named changes nothing there. */
export function isTakenOver(entity: string, settings: SmartAssessorSettings): boolean {
  switch (entity) {
    case 'learner':
      return settings.learnerDetails === 'pull' || settings.riskFromScore;
    case 'assessor':
      return settings.officerDetails === 'pull';
    case 'learner-course':
      return settings.elementsFrom !== 'off';
    default:
      return entity === 'session';
  }
}

/** Why records of an entity change nothing in PICS. */
const leftBy: Readonly<Record<string, string>> = {
  learner: 'SA-13',
  assessor: 'SA-53',
  employer: 'SA-54',
  course: 'SA-14',
  'learner-course': 'SA-32',
};

/**
 * Decides what one observation of Smart Assessor changes in PICS.
 *
 * The checks come first: the settings must allow the entity, and the record must belong to the linked learner or
 * officer. Then a session becomes or updates a review, a course moves the counters of its qualification, and a person
 * gives details and risk. A field that cannot be read is held beside what the rest of its record changes.
 *
 * The decision is idempotent: decided again on the resulting rows, it writes nothing.
 */
export function decideRow(
  observation: Observation,
  learner: Learner | null,
  side: SyncSide,
  settings: SmartAssessorSettings,
): RowDecision {
  const { entity, vendorId, record, learnerVendorId } = observation;
  if (!isTakenOver(entity, settings)) return ignore(leftBy[entity] ?? 'SA-60');
  if (observation.deleted || record === null) return ignore('A-4');
  const { links, owner } = side;
  if (entity === 'assessor') {
    const isColumnOurs = settings.externalIdVendor === vendor;
    const isLinked =
      owner !== null && isOwnerOf(owner, vendorId, { links, ids: smartAssessorIds, isColumnOurs });
    return isLinked ? pullOfficer(owner, record, settings) : ignore('NOT_LINKED');
  }
  if (learner === null || !isLearnerOf(learner, learnerVendorId, { links, ids: smartAssessorIds }))
    return ignore('NOT_LINKED');
  if (entity === 'session') return decideSession(observation, learner, side, settings);
  if (entity === 'learner-course') return decideCourse(observation, learner, side, settings);
  return decideLearner(observation, learner, settings);
}

/** SA-4, SA-50. */
function decideLearner(
  { vendorId, record }: Observation,
  learner: Learner,
  settings: SmartAssessorSettings,
): RowDecision {
  const seen = record ?? {};
  const details = pullLearner(learner, seen, settings);
  const risk = decideRisk(learner, seen, settings);
  const actions = [...actionsOf(details), ...actionsOf(risk)];
  const hold =
    findUnreadableDetail({ vendorId, record: seen }, settings) ?? [details, risk].find(isHold) ?? null;
  if (hold !== null) {
    const { subject, code, params } = hold;
    return { kind: 'hold', subject, code, params, actions };
  }
  return actions.length === 0 ? ignore('equal') : write(...actions);
}

function actionsOf(decision: RowDecision): readonly RowAction[] {
  return decision.kind === 'write' || decision.kind === 'hold' ? (decision.actions ?? []) : [];
}

function isHold(decision: RowDecision): decision is Extract<RowDecision, { kind: 'hold' }> {
  return decision.kind === 'hold';
}

/** SA-50 to SA-52: in pull mode the details of a linked learner follow Smart Assessor. The ULN is never pulled. */
function pullLearner(learner: Learner, record: JsonObject, settings: SmartAssessorSettings): RowDecision {
  if (settings.learnerDetails !== 'pull') return ignore('SA-13');
  const set = findPulled(learnerDetailFields, learnerGroups(settings), { pics: learner, record });
  return writeLearnerDetails(learner, set === null ? null : toLearnerSet(set, learner), vendor);
}

/** SA-53. */
function pullOfficer(owner: Owner, record: JsonObject, settings: SmartAssessorSettings): RowDecision {
  if (owner.kind !== 'officer') return ignore('SA-54');
  const set = findPulled(officerDetailFields, settings.officerDetailFields, { pics: owner, record });
  return set === null ? ignore('equal') : write({ kind: 'update-officer', code: owner.code, set });
}

/** SA-4: the risk follows the score. Without a score it stays as it is. */
function decideRisk(learner: Learner, record: JsonObject, settings: SmartAssessorSettings): RowDecision {
  const risk = settings.riskFromScore ? toRisk(record['riskScore'], settings) : null;
  if (risk === null || learner.risk === risk) return ignore('equal');
  if (!learner.hasEpisode) return { kind: 'hold', ...lacksEpisode(learner) };
  return write({ kind: 'set-risk', ident: learner.ident, risk });
}

/** above the thresholds the risk is medium (2) and high (1), else low (3). Null: there is no score. */
function toRisk(score: unknown, { riskBands }: Pick<SmartAssessorSettings, 'riskBands'>): string | null {
  if (typeof score !== 'number' || !Number.isFinite(score)) return null;
  const [medium, high] = riskBands;
  return score > high ? '1' : score > medium ? '2' : '3';
}

/** PICS has no row in which the risk could stand. */
function lacksEpisode(learner: Learner): Hold {
  return { subject: `episode:${learner.ident}`, code: 'NO_EPISODE_ROW', params: toWho(learner, vendor) };
}

function findUnreadableDetail(
  { vendorId, record }: { readonly vendorId: string; readonly record: JsonObject },
  settings: SmartAssessorSettings,
): Hold | null {
  const isPulled = settings.learnerDetails === 'pull' && settings.learnerDetailFields.includes('birthDate');
  const used = [...(isPulled ? ['dateOfBirth'] : []), ...(settings.riskFromScore ? ['riskScore'] : [])];
  return findUnreadable({ entity: 'learner', vendorId, record }, used);
}

/** G-10: what a look holds of the details and the risk of a learner that the reconciler could not take over. */
export function followLearner(view: View, of: Of): Part {
  const { learner, lane, settings } = view;
  const { learnerId } = of;
  const shadow = lane.shadows.find((one) => one.entity === 'learner' && one.vendorId === learnerId);
  if (isGone(view, of, shadow)) return learnerHold(learner, 'LINK_GONE', { id: learnerId }, vendor);
  if (shadow === undefined) return nothing;
  const { record } = shadow;
  const hasRisk = settings.riskFromScore && toRisk(record['riskScore'], settings) !== null;
  const isUnread = Array.isArray(record['unread']) && record['unread'].includes('riskScore');
  const unreadable = findUnreadableDetail({ vendorId: learnerId, record }, settings);
  return joinParts([
    unreadable === null ? nothing : toHold(unreadable),
    hasRisk && !learner.hasEpisode ? toHold(lacksEpisode(learner)) : nothing,
    // SA-4: the contract shows no score.
    settings.riskFromScore && isUnread ? toNote('SA-4', toLearnerSubject(learner.ident)) : nothing,
  ]);
}

/**
 * smart-assessor-api 11: whether the learner is not at the site any more. A pass and a refresh read it; what they have
 * found stays true until the learner is shown again. Where a pass has missed it once, it is still known.
 */
function isGone({ learner, lane, reads }: View, of: Of, shadow: Shadow | undefined): boolean {
  const subject = toLearnerSubject(learner.ident);
  const held = lane.held.find((item) => item.subject === subject && item.code === 'LINK_GONE');
  if (shadow === undefined) return held !== undefined || reads.has(readKey(toReadLearner(of)));
  return held !== undefined && shadow.observedAtMs < held.sinceMs;
}
