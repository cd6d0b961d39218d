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
import { reviewsClaimedTwice, toReviewSubject } from '../../common/review-id.ts';
import { toFullName } from '../../common/who.ts';
import { linkAims, pushAims, toAims } from './aims.ts';
import { findCrossedBy } from './crossed.ts';
import { pushLearnerDetails, pushOwnerDetails } from './details-push.ts';
import { type CreateAssessor, type CreatePlacement, toMisKey } from './enrol/calls.ts';
import { enrolLinked } from './enrol/linked.ts';
import { enrolUnlinked } from './enrol/unlinked.ts';
import { decideOfficerLink, decideOwnerLink, oneFileIds } from './links.ts';
import {
  findUnreadable,
  type Of,
  toCheckLearner,
  toReadAims,
  toReadLearner,
  toReadReviews,
} from './records.ts';
import { decideUploadState, uploadReviews } from './review-upload.ts';
import type { OneFileLearnerView, OneFileOwnerView } from './settings.ts';

type View = OneFileLearnerView;

/**
 * Finds what can be done next for one learner, in the order in which it should be done (OF-8: the daily run,
 * a refresh, the first synchronisation and work on commit all use this function).
 *
 * It first decides which learner of OneFile the PICS learner is linked to. Without a link only an accepted
 * enrolment leads to steps. An id typed by a user is looked up before it becomes a link. For a linked
 * learner each rule adds its steps, held items and notes: reading in the daily exchange, links, ids still
 * missing in PICS, enrolment, aims, reviews, details. The engine does the first step that is not blocked and
 * calls again.
 *
 * The function is level-triggered: it compares both sides as they are now and remembers nothing, so it can
 * be stopped after any step and called again.
 */
export function evaluate(view: View): Evaluation {
  const { learner, lane, claims = noClaims, demand, nowMs } = view;
  const check = toCheckLearner({ ident: learner.ident, learnerId: learner.oneFileId ?? '' });
  const hasAsked = view.reads.has(readKey(check));
  const link = decideLearnerLink({ ids: oneFileIds, learner, lane, claims, hasAsked, demand, nowMs });
  switch (link.kind) {
    case 'none':
      // OF-10: only an accepted command enrols
      return learner.oneFileId === null
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
      return learnerHold(learner, link.code, link.params, 'onefile');
    case 'unchecked':
      return toSteps(toCallStep(check));
    case 'found':
      // D-9: the record was entered again under this ident. What keeps a create from being repeated comes along (G-5).
      if (link.vacated !== null && link.replaces === null)
        return toSteps({ kind: 'follow', from: link.vacated.from });
      if (link.vacated !== null) return toSteps({ kind: 'unlink', links: link.vacated.links });
      return toSteps(...typedLinkSteps(view, link.learnerId, link.replaces));
    case 'linked':
      // OF-24: if the typed id was found in this look, the learner is synchronised at once.
      return evaluateLinked(
        { ...view, demand: hasAsked ? 'refresh' : demand },
        { ident: learner.ident, learnerId: link.link.vendorId, isFirst: hasAsked },
      );
  }
}

/** Vendor ids that PICS shows. Their shadows are read although no link names them yet. */
export function toVendorIds({ oneFileId }: Pick<Learner, 'oneFileId'>): readonly string[] {
  return oneFileId === null ? [] : [oneFileId];
}

function evaluateLinked(view: View, of: Of): Evaluation {
  const { learnerId } = of;
  const { learner } = view;
  const aims = toAims(view, learnerId);
  const enrolling = enrolLinked(view, of, aims);
  const whole = joinParts([
    readAll(view, of),
    linkAims(view, of, aims),
    linkSeenReviews(view),
    linkNamedOfficers(view),
    holdClaimedReviews(view),
    learner.hasDetails ? nothing : toHold(lacksDetails(learner, 'onefile')),
    announceLinks(view),
    enrolling,
    pushAims(view, of, aims),
    uploadReviews(view, of),
    pushLearnerDetails(view, of),
    holdUnreadable(view, learnerId),
    concludeEnrolled(view, enrolling),
  ]);
  if (!isArchived(view, learnerId)) return whole;
  const read = toReadLearner(of);
  const isRead = view.reads.has(readKey(read)) || of.isFirst === true;
  return withoutWrites(whole, { learner, vendor: 'onefile', read, isRead });
}

function isArchived({ lane }: View, learnerId: string): boolean {
  return lane.shadows.some(
    ({ entity, vendorId, record }) =>
      entity === 'learner' && vendorId === learnerId && record['archived'] === true,
  );
}

/**
 * Keeps the held items of records that the reconciler could not read, for as long as OneFile shows them so.
 */
function holdUnreadable({ lane, settings }: View, learnerId: string): Part {
  const seen = lane.shadows.filter(
    ({ entity, learnerVendorId }) =>
      learnerVendorId === learnerId && (entity !== 'review' || settings.downloadReviews),
  );
  return { ...nothing, holds: seen.map(findUnreadable).filter((hold) => hold !== null) };
}

/** OF-40, OF-41: the daily exchange reads everything about the learner before it sends anything. */
function readAll({ settings, demand, reads }: View, of: Of): Part {
  if (demand === 'change') return nothing;
  // OF-24: the look that made the link has read the learner. That was published before the link was there, so where PICS
  // takes the details over it is read once more (OF-70).
  const isKnown = of.isFirst === true && settings.learnerDetails !== 'pull';
  const wanted: Call[] = isKnown ? [toReadAims(of)] : [toReadLearner(of), toReadAims(of)];
  if (settings.downloadReviews) wanted.push(toReadReviews(of));
  return toSteps(...wanted.filter((call) => !reads.has(readKey(call))).map(toCallStep));
}

/**
 * D-6: in the daily exchange and a refresh every officer that the learner names is linked to the assessor that the list
 * shows, whether a review waits for it or not. Nothing is searched or created for it.
 */
function linkNamedOfficers({ learner, lane, settings, centre, needed, demand, nowMs }: View): Part {
  if (demand === 'change') return nothing;
  const steps = learner.officers.flatMap((officer): NextStep[] => {
    const link = decideOfficerLink({ officer, links: lane.links, settings, centre, needed, nowMs });
    return link.kind === 'step' && link.step.kind === 'link' ? [link.step] : [];
  });
  return toSteps(...steps);
}

/**
 * G-2: an id in PICS becomes a link once the record was seen at OneFile.
 *
 * Downloaded reviews get their links in the daily exchange, so that a later deletion or edit of the id is
 * noticed.
 */
function linkSeenReviews({ learner, lane, settings, demand }: View): Part {
  if (demand === 'change') return nothing;
  const seen = new Set(
    lane.shadows.filter(({ entity }) => entity === 'review').map(({ vendorId }) => vendorId),
  );
  const taken = new Set(
    lane.links.filter(({ kind }) => kind === 'review').flatMap((l) => [l.picsId, l.vendorId]),
  );
  const claims = Map.groupBy(learner.reviews, ({ oneFileId }) => oneFileId);
  const links = learner.reviews.flatMap(({ id, oneFileId }) =>
    oneFileId === null ||
    (claims.get(oneFileId)?.length ?? 0) > 1 ||
    !seen.has(oneFileId) ||
    taken.has(oneFileId) ||
    taken.has(id)
      ? []
      : [
          {
            vendor: 'onefile' as const,
            centre: settings.centreId,
            kind: 'review' as const,
            picsId: id,
            vendorId: oneFileId,
            ident: learner.ident,
            how: 'matched' as const,
          },
        ],
  );
  return links.length === 0 ? nothing : toSteps({ kind: 'link', links });
}

/** D-7: two reviews with one id are held, both with the days of both. */
function holdClaimedReviews({ learner }: View): Part {
  const claims = Map.groupBy(learner.reviews, ({ oneFileId }) => oneFileId);
  const holds = [...claims].flatMap(([id, rows]) =>
    id === null || rows.length < 2
      ? []
      : rows.map((row) => ({
          ...reviewsClaimedTwice(rows, id, 'onefile'),
          subject: toReviewSubject(row.id),
        })),
  );
  return { ...nothing, holds };
}

/**
 * OF-24, D-2, D-13: an id typed by a user wins over the stored link. Links that depended on the replaced record are
 * removed, reviews that went to it are freed, and what came from it is listed for a person.
 */
function typedLinkSteps(view: View, learnerId: string, replaces: Link | null): readonly NextStep[] {
  const { ident } = view.learner;
  const link: NewLink = {
    vendor: 'onefile',
    centre: view.settings.centreId,
    kind: 'learner',
    picsId: ident,
    vendorId: learnerId,
    ident,
    how: 'typed',
  };
  const from = replaces?.vendorId ?? null;
  const { freed, unlinks, holds } = findCrossedBy(view, { from, to: learnerId });
  const links = [replaces === null ? link : { ...link, replaces: replaces.vendorId }];
  const linking: NextStep = { kind: 'link', links, unlinks, holds };
  return freed.length === 0 ? [linking] : [{ kind: 'announce', links: freed, removed: true }, linking];
}

/**
 * Finds what can be done next for an officer or organisation (OF-30 to OF-36).
 *
 * The state of its link decides. A linked record announces its id to PICS and exchanges its details. A link
 * that a user cleared is removed. An id that a user typed is looked up and then replaces the link. A record
 * without a link is searched for by MIS value and created if none is found, but only when a learner needs it
 * (OF-20, OF-22).
 *
 * All of this happens in the lane of the officer or organisation, so it happens once even if several
 * learners need the same record (G-3).
 */
export function evaluateOwner(view: OneFileOwnerView): Evaluation {
  const { owner, lane, settings, nowMs } = view;
  const link = decideOwnerLink(owner, lane.links, settings, nowMs);
  switch (link.kind) {
    case 'linked':
      return joinParts([
        announceOwner(owner, lane.links, settings.externalIdVendor === 'onefile'),
        pushOwnerDetails(view),
      ]);
    case 'cleared':
      return toSteps({ kind: 'unlink', links: [link.stored] });
    case 'typed':
      return followTyped({
        owner,
        typedId: link.typedId,
        ids: oneFileIds,
        centre: settings.centreId,
        replaces: link.stored,
        claims: view.claims ?? noClaims,
        reads: view.reads,
        find: findCall(owner, link.typedId),
      });
    case 'none':
      return view.demand === 'need' ? findOrCreate(view) : nothing;
  }
}

/**
 * OF-32: searches by MIS value and accepts exactly one hit. Creates the record if there is no hit. Never
 * matches by name.
 */
function findOrCreate(view: OneFileOwnerView): Part {
  const { owner, lane, reads } = view;
  // OF-35: a link that is no longer accepted would prevent the valid one.
  const idle = lane.links.filter(({ kind, picsId }) => kind === owner.kind && picsId === owner.code);
  if (idle.length > 0) return toSteps({ kind: 'unlink', links: idle });
  const find = findCall(owner, null);
  if (!reads.has(readKey(find))) return toSteps(toCallStep(find));
  // D-14: a person who has left gets no account.
  if (owner.kind === 'officer' && owner.isDormant) {
    const params = { ...namedParams(owner), vendor: 'OneFile', officer: owner.code };
    return toHold({ subject: toOwnerSubject(owner), code: 'OFFICER_NOT_LINKED', params });
  }
  const create = createCall(view);
  if (create !== null) return toSteps(toCallStep(create));
  const isOfficer = owner.kind === 'officer';
  return toHold({
    subject: toOwnerSubject(owner),
    code: isOfficer ? 'NO_ASSESSOR' : 'NO_PLACEMENT',
    // The message names the officer or organisation where it otherwise names a learner.
    params: { ...namedParams(owner), ...(isOfficer ? { officer: owner.code } : { place: owner.code }) },
  });
}

function namedParams(owner: OneFileOwnerView['owner']): { readonly name: string; readonly ident: string } {
  const name = owner.kind === 'officer' ? toFullName(owner) : owner.name;
  return { name: name || owner.code, ident: owner.code };
}

function findCall(owner: OneFileOwnerView['owner'], typedId: string | null): Call {
  return {
    name: owner.kind === 'officer' ? 'find-assessor' : 'find-placement',
    effect: 'read',
    subject: toOwnerSubject(owner),
    naturalKey: null,
    request: { code: owner.code, typedId },
  };
}

/** Null when PICS lacks what OneFile demands: a name, and for an officer an e-mail address too. */
function createCall({ owner, settings }: OneFileOwnerView): Call | null {
  const misId = settings.sendMisValue || settings.matchBy === 'misValue' ? owner.code : null;
  const shared = {
    effect: 'create' as const,
    subject: toOwnerSubject(owner),
    naturalKey: toMisKey(misId),
  };
  const key = { code: owner.code, ...(misId === null ? {} : { misId }) };
  if (owner.kind === 'organisation') {
    if (owner.name === null) return null;
    const request: CreatePlacement = { ...key, name: owner.name };
    return { ...shared, name: 'create-placement', request };
  }
  const { firstName, surname, email } = owner;
  if (firstName === null || surname === null) return null;
  if (!settings.officerCreateEmail) {
    const request: CreateAssessor = { ...key, firstName, lastName: surname };
    return { ...shared, name: 'create-assessor', request };
  }
  if (email === null) return null;
  const request: CreateAssessor = { ...key, firstName, lastName: surname, email };
  return { ...shared, name: 'create-assessor', request };
}

/**
 * D-2, A-22: announces links that PICS has a column for and does not show yet. The reconciler then copies
 * their ids. The announcement is repeated until PICS shows the id.
 */
function announceLinks(view: View): Part {
  const { learner, lane, settings } = view;
  const links = [
    ...findUncopiedLearner(learner, lane.links, oneFileIds),
    ...findReviewLinks(view),
    ...(settings.externalIdVendor === 'onefile' ? findUncopiedOwners(learner, lane.links) : []),
  ];
  return links.length === 0 ? nothing : toSteps({ kind: 'announce', links });
}

/** OF-50: links of uploaded reviews. */
function findReviewLinks({ learner, lane, nowMs }: View): readonly Link[] {
  return learner.reviews.flatMap((review) => {
    const state = decideUploadState(review, lane.links, nowMs);
    return state.kind === 'announce' ? [state.link] : [];
  });
}
