import type { Link } from '../../../core/link.ts';
import type { LearnerView } from '../../../core/view.ts';
import { nothing, type Part, toSteps } from './part.ts';
import { decideUploadState } from './review-upload.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

type View = LearnerView<OneFileSettings, OneFileCentre>;

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
