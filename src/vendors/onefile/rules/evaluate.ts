import type { Learner } from '../../../domain/learner.ts';
import type { Link, NewLink } from '../../../domain/link.ts';
import type { Call, Evaluation, Hold, NextStep } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import { linkAims, pushAims, toAims } from './aims.ts';
import { pushLearnerDetails, pushOwnerDetails } from './details-push.ts';
import { type CreateAssessor, type CreatePlacement, toMisKey } from './enrol/calls.ts';
import { toFullName } from './enrol/facts.ts';
import { concludeEnrolled, enrolLinked } from './enrol/linked.ts';
import { enrolUnlinked } from './enrol/unlinked.ts';
import { decideLearnerLink, decideOwnerLink, toLearnerSubject } from './links.ts';
import {
  findUnreadable,
  joinParts,
  nothing,
  type Of,
  type Part,
  toCallStep,
  toCheckLearner,
  toHold,
  toReadAims,
  toReadLearner,
  toReadReviews,
  toSteps,
} from './records.ts';
import { decideUploadState, uploadReviews } from './review-upload.ts';
import type { OneFileLearnerView, OneFileOwnerView } from './settings.ts';

type View = OneFileLearnerView;

/**
 * What could be done next for one learner, best first (OF-8: one routine, whatever asked for it).
 *
 * Level-triggered: it looks at both sides as they are and remembers nothing, so it may be stopped after any step and
 * asked again.
 */
export function evaluate(view: View): Evaluation {
  const { learner, lane, demand, nowMs } = view;
  const check = toCheckLearner({ ident: learner.ident, learnerId: learner.oneFileId ?? '' });
  const hasAsked = view.reads.has(readKey(check));
  const link = decideLearnerLink({ learner, lane, hasAsked, demand, nowMs });
  switch (link.kind) {
    case 'none':
      return enrolUnlinked(view); // OF-10: only an accepted command enrols
    case 'cleared':
      return toSteps(
        // Whoever clears the id does not want another learner made: an open enrolment ends with it.
        ...(lane.enrolment === null ? [] : [{ kind: 'conclude' as const }]),
        { kind: 'unlink', links: [link.link, ...findDependents(view)] },
      );
    case 'impossible':
      return toLearnerHold(learner, 'ID_NOT_FOUND', { id: link.learnerId });
    case 'in-use':
      return toLearnerHold(learner, 'ID_IN_USE', link.held.params);
    case 'unchecked':
      return toSteps(toCallStep(check));
    case 'found':
      return toSteps(toTypedLink(view, link.learnerId, link.replaces));
    case 'linked':
      // OF-24: a learner whose typed id was found a moment ago is synchronised at once.
      return evaluateLinked(
        { ...view, demand: hasAsked ? 'refresh' : demand },
        { ident: learner.ident, learnerId: link.link.vendorId, isFirst: hasAsked },
      );
  }
}

/** Vendor ids whose shadows a look needs although no link names them yet. */
export function toVendorIds({ oneFileId }: Pick<Learner, 'oneFileId'>): readonly string[] {
  return oneFileId === null ? [] : [oneFileId];
}

function evaluateLinked(view: View, of: Of): Evaluation {
  const { learnerId } = of;
  const aims = toAims(view, learnerId);
  const enrolling = enrolLinked(view, of, aims);
  return joinParts([
    readAll(view, of),
    linkAims(view, aims),
    linkSeenReviews(view),
    announceLinks(view),
    enrolling,
    pushAims(view, of, aims),
    uploadReviews(view, learnerId),
    pushLearnerDetails(view, of),
    holdUnreadable(view, learnerId),
    concludeEnrolled(view, enrolling),
  ]);
}

/** What the reconciler could not take over stays held for as long as OneFile shows it so. */
function holdUnreadable({ lane, settings }: View, learnerId: string): Part {
  const seen = lane.shadows.filter(
    ({ entity, learnerVendorId }) =>
      learnerVendorId === learnerId && (entity !== 'review' || settings.downloadReviews),
  );
  return { ...nothing, holds: seen.map(findUnreadable).filter((hold) => hold !== null) };
}

/** OF-40, OF-41: the daily exchange reads the learner whole before anything is sent. */
function readAll({ settings, demand, reads }: View, of: Of): Part {
  if (demand === 'change') return nothing;
  const wanted: Call[] = of.isFirst === true ? [toReadAims(of)] : [toReadLearner(of), toReadAims(of)];
  if (settings.downloadReviews) wanted.push(toReadReviews(of));
  return toSteps(...wanted.filter((call) => !reads.has(readKey(call))).map(toCallStep));
}

/**
 * G-2: an id in PICS counts as a link once it was seen at OneFile.
 *
 * Downloaded reviews get theirs in the daily exchange, so that a deletion or an edit of the id is noticed later.
 */
function linkSeenReviews({ learner, lane, settings, demand }: View): Part {
  if (demand === 'change') return nothing;
  const seen = new Set(
    lane.shadows.filter(({ entity }) => entity === 'review').map(({ vendorId }) => vendorId),
  );
  const taken = new Set(
    lane.links.filter(({ kind }) => kind === 'review').flatMap((l) => [l.picsId, l.vendorId]),
  );
  const links = learner.reviews.flatMap(({ id, oneFileId }) =>
    oneFileId === null || !seen.has(oneFileId) || taken.has(oneFileId) || taken.has(id)
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

/** OF-24, D-2: the person's id wins. What belonged to the record that was linked before does not hold any more. */
function toTypedLink(view: View, learnerId: string, replaces: Link | null): NextStep {
  const { ident } = view.learner;
  const link: NewLink = {
    ...{
      vendor: 'onefile',
      centre: view.settings.centreId,
      kind: 'learner',
      picsId: ident,
      vendorId: learnerId,
    },
    ...{ ident, how: 'typed' },
  };
  if (replaces === null) return { kind: 'link', links: [link] };
  return {
    kind: 'link',
    links: [{ ...link, replaces: replaces.vendorId }],
    unlinks: findDependents(view),
  };
}

/** Links that hold only as long as the learner's own does. */
function findDependents({ learner, lane }: View): readonly Link[] {
  return lane.links.filter(({ kind, ident }) => ident === learner.ident && kind !== 'learner');
}

function toLearnerHold({ ident }: Learner, code: string, more: Hold['params']): Part {
  const params = { vendor: 'OneFile', kind: 'learner', code: ident, ...more };
  return toHold({ subject: toLearnerSubject(ident), code, params });
}

/**
 * What could be done next for an officer or organisation (OF-30 to OF-36).
 *
 * All searching, creating, replacing and dropping of its link happens here, in its own lane, so once whoever asks (G-3).
 * Created is only what a learner needs (OF-20, OF-22); an edit of the id in PICS is checked and followed at once.
 */
export function evaluateOwner(view: OneFileOwnerView): Evaluation {
  const { owner, lane, settings, nowMs } = view;
  const link = decideOwnerLink(owner, lane.links, settings, nowMs);
  switch (link.kind) {
    case 'linked':
      return joinParts([announceOwner(view), pushOwnerDetails(view)]);
    case 'cleared':
      return toSteps({ kind: 'unlink', links: [link.stored] });
    case 'typed':
      return followTyped(view, link.typedId, link.stored?.vendorId);
    case 'none':
      return view.demand === 'need' ? findOrCreate(view) : nothing;
  }
}

/** D-2: PICS shows the id once the reconciler has copied it. */
function announceOwner({ owner, lane, settings }: OneFileOwnerView): Part {
  const isColumnOurs = settings.externalIdVendor === 'onefile';
  if (!isColumnOurs || owner.externalId !== null) return nothing;
  const links = lane.links.filter(
    ({ kind, picsId, copiedAtMs }) => kind === owner.kind && picsId === owner.code && copiedAtMs === null,
  );
  return links.length === 0 ? nothing : toSteps({ kind: 'announce', links });
}

/** OF-30, G-2: an id a person put into PICS becomes the link after it was found; the old one is kept until then. */
function followTyped(view: OneFileOwnerView, typedId: string, replaces: string | undefined): Part {
  const { owner, settings, reads } = view;
  const find = toFind(owner, typedId);
  if (!reads.has(readKey(find))) return toSteps(toCallStep(find));
  const link: NewLink = {
    ...{ vendor: 'onefile', centre: settings.centreId, kind: owner.kind, picsId: owner.code },
    ...{ vendorId: typedId, ident: null, how: 'typed' },
    ...(replaces === undefined ? {} : { replaces }),
  };
  return toSteps({ kind: 'link', links: [link] });
}

/** OF-32: by MIS value, exactly one hit; only when nobody has it, created. Never by name. */
function findOrCreate(view: OneFileOwnerView): Part {
  const { owner, lane, reads } = view;
  // OF-35: a link that does not count any more would stand in the way of the one that does.
  const idle = lane.links.filter(({ kind, picsId }) => kind === owner.kind && picsId === owner.code);
  if (idle.length > 0) return toSteps({ kind: 'unlink', links: idle });
  const find = toFind(owner, null);
  if (!reads.has(readKey(find))) return toSteps(toCallStep(find));
  const create = toCreate(view);
  if (create !== null) return toSteps(toCallStep(create));
  const isOfficer = owner.kind === 'officer';
  return toHold({
    subject: toSubject(owner),
    code: isOfficer ? 'NO_ASSESSOR' : 'NO_PLACEMENT',
    // Named in the place of a learner: this is the item of the officer or organisation itself.
    params: { ...toNamed(owner), ...(isOfficer ? { officer: owner.code } : { place: owner.code }) },
  });
}

function toNamed(owner: OneFileOwnerView['owner']): { readonly name: string; readonly ident: string } {
  const name = owner.kind === 'officer' ? toFullName(owner) : owner.name;
  return { name: name || owner.code, ident: owner.code };
}

function toFind(owner: OneFileOwnerView['owner'], typedId: string | null): Call {
  return {
    name: owner.kind === 'officer' ? 'find-assessor' : 'find-placement',
    effect: 'read',
    subject: toSubject(owner),
    naturalKey: null,
    request: { code: owner.code, typedId },
  };
}

/** Null when PICS does not hold what OneFile demands: a name, and of an officer an e-mail address too. */
function toCreate({ owner, settings }: OneFileOwnerView): Call | null {
  const misId = settings.sendMisValue || settings.matchBy === 'misValue' ? owner.code : null;
  const shared = {
    ...{ effect: 'create' as const, subject: toSubject(owner), naturalKey: toMisKey(misId) },
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

function toSubject({ kind, code }: OneFileOwnerView['owner']): string {
  return `${kind}:${code}`;
}

/** D-2, A-22: links that PICS has a column for and does not show: the reconciler is told, again if need be. */
export function announceLinks(view: View): Part {
  const links = [...announceLearner(view), ...announceReviews(view), ...announceOwners(view)];
  return links.length === 0 ? nothing : toSteps({ kind: 'announce', links });
}

/** OF-23: the id of a created learner. */
function announceLearner({ learner, lane }: View): readonly Link[] {
  if (learner.oneFileId !== null) return [];
  return lane.links.filter(
    (link) => link.kind === 'learner' && link.picsId === learner.ident && isUncopied(link),
  );
}

/** OF-50: ids of uploaded reviews. */
function announceReviews({ learner, lane, nowMs }: View): readonly Link[] {
  return learner.reviews.flatMap((review) => {
    const state = decideUploadState(review, lane.links, nowMs);
    return state.kind === 'announce' ? [state.link] : [];
  });
}

/** OF-30, OF-33: officers and organisations, when the one id column is OneFile's. */
function announceOwners({ learner, lane, settings }: View): readonly Link[] {
  if (settings.externalIdVendor !== 'onefile') return [];
  const officers = learner.officers.flatMap(({ code, externalId }) => (externalId === null ? [code] : []));
  const organisations = learner.placements.flatMap(({ organisation, organisationExternalId }) =>
    organisation === null || organisationExternalId !== null ? [] : [organisation],
  );
  return lane.links.filter(
    ({ kind, picsId, ...link }) =>
      isUncopied(link) &&
      ((kind === 'officer' && officers.includes(picsId)) ||
        (kind === 'organisation' && organisations.includes(picsId))),
  );
}

/** An id that a person typed needs no copy; when PICS does not show it any more the person took it away. */
export function isUncopied({ copiedAtMs, how }: Pick<Link, 'copiedAtMs' | 'how'>): boolean {
  return copiedAtMs === null && how !== 'typed';
}
