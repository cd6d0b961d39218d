import type { Learner, Review } from '../../../domain/learner.ts';
import type { LaneState } from '../../../domain/ledger.ts';
import type { Link } from '../../../domain/link.ts';
import type { Hold } from '../../../domain/step.ts';
import { crossedPrefix, findLinkedBefore, toCountOf } from '../../common/crossed.ts';
import { toReferenceKey } from '../../common/values.ts';
import { toWho } from '../../common/who.ts';

/*
 * D-13: what crossed between a learner of PICS and a learner of Smart Assessor who turned out to be another person.
 *
 * Nothing of a review is ever sent (SA-40), so nothing has to be freed. What came down stays, since a person must say what
 * is whose: one held item lists reviews and counters (CROSSED_RECORDS), and the links of the reviews end.
 */

type View = {
  readonly learner: Learner;
  readonly lane: Pick<LaneState, 'links' | 'shadows' | 'held'>;
};

type Crossed = {
  readonly freed: readonly Link[];
  /** Links that end with the correction. */
  readonly unlinks: readonly Link[];
  readonly holds: readonly Hold[];
};

/**
 * What follows for the records of a learner when its link to one learner of Smart Assessor ends, or with `from` null ended
 * before; `to` null: it gets no other.
 */
export function findCrossedBy(
  view: View,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): Crossed {
  if (from !== null) return findCrossed(view, from);
  const before = to === null ? null : findLinkedBefore(view.lane.held, to);
  return before === null
    ? { freed: [], unlinks: [], holds: [] }
    : { ...findCrossed(view, before), holds: [] };
}

function findCrossed({ learner, lane }: View, from: string): Crossed {
  const unlinks = lane.links.filter(({ kind, ident }) => ident === learner.ident && kind === 'review');
  const sessions = new Set(
    lane.shadows
      .filter((one) => one.entity === 'session' && one.learnerVendorId === from)
      .map(({ vendorId }) => vendorId),
  );
  const linked = new Set(unlinks.map(({ picsId }) => picsId));
  const isDown = ({ id, smartAssessorId }: Review): boolean =>
    linked.has(id) || sessions.has(`${smartAssessorId ?? ''}/${from}`);
  const down = learner.reviews.filter(isDown);
  const values = findCounters({ learner, lane }, from);
  if (down.length + values.length === 0) return { freed: [], unlinks, holds: [] };
  const params = {
    ...toWho(learner, 'smartassessor'),
    id: from,
    sent: toCountOf([], 'review'),
    started: toCountOf([], 'review'),
    down: toCountOf(down, 'review'),
    values: values.length === 0 ? 'none' : values.join(', '),
  };
  return {
    freed: [],
    unlinks,
    holds: [{ subject: `${crossedPrefix}${from}`, code: 'CROSSED_RECORDS', params }],
  };
}

/** Counters of qualifications that the other learner is on a course for, where PICS has any. */
function findCounters({ learner, lane }: View, from: string): readonly string[] {
  const codes = new Set(
    lane.shadows
      .filter((one) => one.entity === 'learner-course' && one.learnerVendorId === from)
      .map(({ record }) =>
        typeof record['qanCode'] === 'string' ? toReferenceKey(record['qanCode']) : null,
      ),
  );
  return learner.qualifications
    .filter((one) => one.elementsDone !== null && codes.has(toReferenceKey(one.reference)))
    .map(({ key }) => `${key} elements`);
}
