import type { Learner, Review } from '../../../domain/learner.ts';
import type { LaneState } from '../../../domain/ledger.ts';
import type { Link } from '../../../domain/link.ts';
import type { Hold } from '../../../domain/step.ts';
import { crossedPrefix, findLinkedBefore, isCrossing, toCountOf } from '../../common/crossed.ts';
import { findOrigin } from '../../common/review-id.ts';
import { isSameText } from '../../common/values.ts';
import { toWho } from '../../common/who.ts';
import { toQualificationId } from './aim-match.ts';
import { toAimRecord } from './records.ts';
import type { OneFileSettings } from './settings.ts';

/*
 * D-13: what crossed between a learner of PICS and a portfolio that turned out to be another's.
 *
 * When the id of a learner is corrected, three kinds of traces are left. Reviews that were sent to the wrong portfolio
 * are freed: PICS loses their OneFile id and an attendance that only our own first reading wrote, so the rules send
 * them once more, to the right one. A review that was started there is not freed, since a person must say whose
 * meeting it was. Reviews that came down and values that were filled in stay, and one held item lists them
 * (CROSSED_RECORDS) until a person closes it; meanwhile none of these values is sent on.
 *
 * An id that is only cleared frees nothing yet, because the same id may be typed again. The links of sent reviews are
 * kept, and the held item remembers which portfolio they are in.
 */

type Lane = Pick<LaneState, 'links' | 'shadows' | 'held'>;
type View = {
  readonly learner: Learner;
  readonly lane: Lane;
  readonly settings: Pick<OneFileSettings, 'centreId'>;
};

type Correction = {
  /** The portfolio that was linked. */
  readonly from: string;
  /** Null: the id was cleared. */
  readonly to: string | null;
};

type Crossed = {
  /** Links of reviews whose id is to leave PICS. */
  readonly freed: readonly Link[];
  /** Links that end with the correction. */
  readonly unlinks: readonly Link[];
  readonly holds: readonly Hold[];
};

const nothingCrossed: Crossed = { freed: [], unlinks: [], holds: [] };

/** What follows for the records of a learner when its link to one portfolio ends. */
function findCrossed(view: View, { from, to }: Correction): Crossed {
  const { learner, lane } = view;
  const own = lane.links.filter(({ kind, ident }) => ident === learner.ident && kind !== 'learner');
  const sent = own.filter(({ kind, how }) => kind === 'review' && how === 'created');
  const isStarted = ({ picsId }: Link): boolean => findReview(learner, picsId)?.attended === 'Y';
  const isKept = ({ kind, how }: Link): boolean =>
    to === null && (kind === 'visit' || (kind === 'review' && how === 'created'));
  const started = sent.filter(isStarted);
  const down = learner.reviews.filter((review) => isDownloaded(view, review));
  const values = findTakenValues(view, from);
  const hasCrossed = sent.length + down.length + values.length > 0;
  const params = {
    ...toWho(learner, 'onefile'),
    id: from,
    sent: toCountOf(
      sent.map(({ picsId }) => findReview(learner, picsId)),
      'review',
    ),
    started: toCountOf(
      started.map(({ picsId }) => findReview(learner, picsId)),
      'review',
    ),
    down: toCountOf(down, 'review'),
    values: values.length === 0 ? 'none' : values.join(', '),
  };
  return {
    freed: to === null ? [] : sent.filter((link) => !isStarted(link)),
    unlinks: own.filter((link) => !isKept(link)),
    holds: hasCrossed ? [{ subject: `${crossedPrefix}${from}`, code: 'CROSSED_RECORDS', params }] : [],
  };
}

/** The same where the learner may have had a link before and has none now. */
export function findCrossedBy(
  view: View,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): Crossed {
  if (from !== null) return findCrossed(view, { from, to });
  return to === null ? nothingCrossed : findCrossedSinceCleared(view, to);
}

/** An id becomes the link of a learner that has none: its last id may have been cleared before. */
function findCrossedSinceCleared(view: View, to: string): Crossed {
  const from = findLinkedBefore(view.lane.held, to);
  return from === null ? nothingCrossed : { ...findCrossed(view, { from, to }), holds: [] };
}

/**
 * Whether a value of a qualification came from a portfolio that was another's, and a person has not looked yet. Of the
 * portfolio that is linked now nothing has crossed, whatever its id was between.
 */
export function isTakenFromAnother(
  { held, links }: Pick<LaneState, 'held' | 'links'>,
  key: string,
  field: string,
): boolean {
  const own = links
    .filter(({ kind }) => kind === 'learner')
    .map(({ vendorId }) => `${crossedPrefix}${vendorId}`);
  return held.some(
    (item) =>
      isCrossing(item) &&
      !own.includes(item.subject) &&
      item.params['values']?.split(', ').includes(`${key} ${field}`),
  );
}

function findReview({ reviews }: Learner, reviewId: string): Review | undefined {
  return reviews.find(({ id }) => id === reviewId);
}

/** The row was inserted from the OneFile review whose id it shows. */
function isDownloaded({ learner, settings }: View, { id, oneFileId }: Review): boolean {
  if (oneFileId === null) return false;
  return (
    findOrigin(id, { vendor: 'onefile', centre: settings.centreId, ident: learner.ident }, [oneFileId]) !==
    null
  );
}

const exchanged = [
  'registrationNumber',
  'registeredOn',
  'certificateAppliedOn',
  'certificateReceivedOn',
] as const;

/** Values that PICS and the linked aims of the portfolio share: who had them first is not known any more. */
function findTakenValues({ learner, lane }: View, from: string): readonly string[] {
  return lane.links
    .filter(({ kind }) => kind === 'qualification')
    .flatMap(({ picsId, vendorId }) => {
      const row = learner.qualifications.find(({ key }) => toQualificationId(learner.ident, key) === picsId);
      const shadow = lane.shadows.find(
        (one) => one.entity === 'learning-aim' && one.vendorId === vendorId && one.learnerVendorId === from,
      );
      if (row === undefined || shadow === undefined) return [];
      const aim = toAimRecord(vendorId, shadow.record);
      return exchanged
        .filter((field) => row[field] !== null && isSameText(row[field], aim[field]))
        .map((field) => `${row.key} ${field}`);
    });
}
