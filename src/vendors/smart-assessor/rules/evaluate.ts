import type { Learner } from '../../../domain/learner.ts';
import type { Link, NewLink } from '../../../domain/link.ts';
import type { Call, Evaluation, NextStep } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import { decideLearnerLink, noClaims, toLearnerSubject } from '../../common/learner-link.ts';
import {
  announceOwner,
  findUncopiedLearner,
  findUncopiedOwners,
  followTyped,
  learnerHold,
  toOwnerSubject,
  withoutWrites,
} from '../../common/link-steps.ts';
import {
  concludeEnrolled,
  joinParts,
  lacksDetails,
  nothing,
  type Part,
  toCallStep,
  toHold,
  toNote,
  toSteps,
} from '../../common/parts.ts';
import {
  callOf,
  type Of,
  toCheckLearner,
  toFindOwner,
  toReadCourses,
  toReadLearner,
  toReadSessions,
} from './calls.ts';
import { findCrossedBy } from './crossed.ts';
import { pushLearnerDetails, pushOfficerDetails } from './details-push.ts';
import { enrolLinked } from './enrol/linked.ts';
import { findLack } from './enrol/plan.ts';
import { enrolUnlinked, findQueued, withoutBlanks } from './enrol/unlinked.ts';
import { decideOwnerLink, smartAssessorIds } from './links.ts';
import { followCourses } from './progression.ts';
import { followLearner } from './reconcile.ts';
import { followSessions } from './session-links.ts';
import type { SmartAssessorLearnerView, SmartAssessorOwnerView } from './settings.ts';

type View = SmartAssessorLearnerView;

const vendor = 'smartassessor' as const;

/**
 * Finds what can be done next for one learner, in the order in which it should be done (SA-30, SA-31: the daily run, a
 * refresh and work on commit all use this function).
 *
 * It first decides which learner of Smart Assessor the PICS learner is linked to. Without a link only an accepted
 * enrolment leads to steps. An id typed by a user is looked up before it becomes a link. For a linked learner each rule
 * adds its steps, held items and notes: reading in the daily exchange, links, ids still missing in PICS, enrolment,
 * details. Reviews are only read (SA-40). The function compares both sides as they are now and remembers nothing, so it
 * can be stopped after any step and called again.
 */
export function evaluate(view: View): Evaluation {
  const { learner, lane, claims = noClaims, demand, nowMs } = view;
  const shown = learner.smartAssessorId;
  const check = toCheckLearner({ ident: learner.ident, learnerId: toShownId(learner) ?? '' });
  const hasAsked = view.reads.has(readKey(check));
  const link = decideLearnerLink({ ids: smartAssessorIds, learner, lane, claims, hasAsked, demand, nowMs });
  switch (link.kind) {
    case 'none':
      // SA-10: only an accepted command enrols
      return shown === null
        ? enrolUnlinked(view)
        : joinParts([enrolUnlinked(view), toNote('D-20', toLearnerSubject(learner.ident))]);
    case 'cleared': {
      const { unlinks, holds } = findCrossedBy(view, { from: link.link.vendorId, to: null });
      return toSteps(
        // A user who clears the id does not want another learner created, so an open enrolment ends too.
        ...(lane.enrolment === null ? [] : [{ kind: 'conclude' as const }]),
        { kind: 'unlink', links: [link.link, ...unlinks], holds },
      );
    }
    case 'refused':
      return learnerHold(learner, link.code, link.params, vendor);
    case 'unchecked':
      return toSteps(toCallStep(check));
    case 'found':
      // D-9: the record was entered again under this ident.
      if (link.vacated !== null && link.replaces === null)
        return toSteps({ kind: 'follow', from: link.vacated.from });
      if (link.vacated !== null) return toSteps({ kind: 'unlink', links: link.vacated.links });
      return toSteps(linkTyped(view, link.learnerId, link.replaces));
    case 'linked':
      // SA-18: a learner whose typed id was found in this look is synchronised at once.
      return evaluateLinked(
        { ...view, demand: hasAsked ? 'refresh' : demand },
        { ident: learner.ident, learnerId: link.link.vendorId, isFirst: hasAsked },
      );
  }
}

/** The id of the learner that PICS shows, as Smart Assessor writes it. */
function toShownId({ smartAssessorId }: Pick<Learner, 'smartAssessorId'>): string | null {
  return smartAssessorId === null
    ? null
    : (smartAssessorIds.toId('learner', smartAssessorId) ?? smartAssessorId);
}

/** Vendor ids that PICS shows. Their shadows are read although no link names them yet. */
export function toVendorIds(learner: Pick<Learner, 'smartAssessorId'>): readonly string[] {
  const id = toShownId(learner);
  return id === null ? [] : [id];
}

/** SA-18, D-2, D-13: an id typed by a user wins over the stored link. What came from the other record is listed. */
function linkTyped(view: View, learnerId: string, replaces: Link | null): NextStep {
  const { ident } = view.learner;
  const link: NewLink = {
    vendor,
    centre: view.settings.site,
    kind: 'learner',
    picsId: ident,
    vendorId: learnerId,
    ident,
    how: 'typed',
    ...(replaces !== null && { replaces: replaces.vendorId }),
  };
  const { unlinks, holds } = findCrossedBy(view, { from: replaces?.vendorId ?? null, to: learnerId });
  return { kind: 'link', links: [link], unlinks, holds };
}

function evaluateLinked(view: View, of: Of): Evaluation {
  const { learner, lane } = view;
  const enrolling = enrolLinked(view, of);
  const whole = joinParts([
    readAll(view, of),
    followSessions(view, of),
    followCourses(view),
    followLearner(view, of),
    learner.hasDetails ? nothing : toHold(lacksDetails(learner, vendor)),
    announceLinks(view),
    enrolling,
    pushLearnerDetails(view, of),
    concludeEnrolled(view, enrolling),
  ]);
  const isArchived = lane.shadows.some(
    ({ entity, vendorId, record }) =>
      entity === 'learner' && vendorId === of.learnerId && record['isArchived'] === true,
  );
  if (!isArchived) return whole;
  const read = toReadLearner(of);
  const isRead = view.reads.has(readKey(read)) || of.isFirst === true;
  return withoutWrites(whole, { learner, vendor, read, isRead });
}

/** SA-30, SA-31: the daily exchange reads the learner, its courses and its sessions before it sends anything. */
function readAll({ settings, demand, reads }: View, of: Of): Part {
  if (demand === 'change') return nothing;
  // The look that made the link has read the learner, before the reconciler could take anything over.
  const isKnown = of.isFirst === true && settings.learnerDetails !== 'pull' && !settings.riskFromScore;
  const wanted: Call[] = [...(isKnown ? [] : [toReadLearner(of)]), toReadCourses(of), toReadSessions(of)];
  return toSteps(...wanted.filter((call) => !reads.has(readKey(call))).map(toCallStep));
}

/** D-2, A-22: announces links that PICS has a column for and does not show yet, until it shows them. */
function announceLinks({ learner, lane, settings }: View): Part {
  const links = [
    ...findUncopiedLearner(learner, lane.links, smartAssessorIds),
    ...(settings.externalIdVendor === vendor ? findUncopiedOwners(learner, lane.links) : []),
  ];
  return links.length === 0 ? nothing : toSteps({ kind: 'announce', links });
}

/**
 * Finds what can be done next for an officer or organisation (SA-20, SA-21, SA-24).
 *
 * The state of its link decides. A linked record announces its id to PICS, and an officer exchanges its details. A link
 * that a user cleared is removed. An id that a user typed is looked up and then replaces the link. A record without a
 * link is created only when an enrolment needs it and the settings say so (SA-15 to SA-17). All of this happens in its own
 * lane, so it happens once even if several learners need the same record (G-3).
 */
export function evaluateOwner(view: SmartAssessorOwnerView): Evaluation {
  const { owner, lane, settings, nowMs } = view;
  const link = decideOwnerLink(owner, lane.links, settings, nowMs);
  switch (link.kind) {
    case 'linked':
      return joinParts([
        announceOwner(owner, lane.links, settings.externalIdVendor === vendor),
        pushOfficerDetails(view),
      ]);
    case 'cleared':
      return toSteps({ kind: 'unlink', links: [link.stored] });
    case 'typed':
      return followTyped({
        owner,
        typedId: link.typedId,
        ids: smartAssessorIds,
        centre: settings.site,
        replaces: link.stored,
        claims: view.claims ?? noClaims,
        reads: view.reads,
        find: toFindOwner(owner, link.typedId),
      });
    case 'none':
      return view.demand === 'need' ? create(view) : nothing;
  }
}

/**
 * SA-15, SA-17, smart-assessor-api 10.1: a record of ours that is there already, by its MIS id, is taken for ours; else it
 * is created. Never by name or e-mail address (SA-23).
 */
function create(view: SmartAssessorOwnerView): Part {
  const { owner, lane, settings, reads } = view;
  const isCreated = owner.kind === 'officer' ? settings.unlinkedOfficer : settings.unlinkedEmployer;
  if (isCreated !== 'create') return nothing;
  const subject = toOwnerSubject(owner);
  const find = toFindOwner(owner, null);
  const isRead = reads.has(readKey(find));
  const queued = findQueued(lane.held, subject);
  if (queued !== null) return { ...toHold(queued), candidates: isRead ? [] : [toCallStep(find)] };
  if (!isRead) return toSteps(toCallStep(find));
  const naming = { subject, naturalKey: owner.code };
  if (owner.kind === 'officer') {
    const lack = findLack(owner);
    if (lack !== null) return toHold({ subject, ...lack });
    const { firstName, surname: lastName, email, phone, mobile } = owner;
    const fields = { firstName, lastName, userName: email, email, phone, mobile };
    const request = { ...withoutBlanks(fields), misId: owner.code };
    return toSteps(toCallStep({ ...callOf('create-assessor', naming, request), restsOn: [readKey(find)] }));
  }
  const { name, phone, postcode, website, headCount } = owner;
  if (name === null)
    return toHold({ subject, code: 'NO_ORGANISATION', params: { kind: 'organisation', code: owner.code } });
  const [addressLine1 = null, addressLine2 = null, addressLine3 = null, addressLine4 = null] = owner.address;
  const request = {
    ...withoutBlanks({
      name,
      phone,
      edrs: owner.edrs === unknownEdrs ? null : owner.edrs,
      addressLine1,
      addressLine2,
      addressLine3,
      addressLine4,
      postcode,
      website,
      employerSize: headCount === null ? null : String(headCount),
    }),
    misId: owner.code,
  };
  return toSteps(toCallStep({ ...callOf('create-employer', naming, request), restsOn: [readKey(find)] }));
}

/** The value that stands for an employer whose number is not known. */
const unknownEdrs = '999999999';
