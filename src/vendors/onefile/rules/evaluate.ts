import type { Learner } from '../../../core/learner.ts';
import type { Link, NewLink } from '../../../core/link.ts';
import type { Call, Evaluation, Hold, NextStep } from '../../../core/step.ts';
import { type LearnerView, readKey } from '../../../core/view.ts';
import { announceLinks } from './announce.ts';
import { pushLearnerDetails } from './details/push-learner.ts';
import { concludeEnrolled, enrolLinked } from './enrol/enrol-linked.ts';
import { enrolUnlinked } from './enrol/enrol-unlinked.ts';
import { decideLearnerLink, toLearnerSubject } from './learner-link.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toSteps } from './part.ts';
import { linkAims, pushAims, toAims } from './push-aims.ts';
import { type Of, toCheckLearner, toReadAims, toReadLearner, toReadReviews } from './reads.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';
import { findUnreadable } from './unreadable.ts';
import { uploadReviews } from './upload-reviews.ts';

type View = LearnerView<OneFileSettings, OneFileCentre>;

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
