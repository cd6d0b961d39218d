import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Review } from '../../../../src/domain/learner.ts';
import { at, refusedMinute } from '../onefile.ts';
import type { MonthWorld } from '../world.ts';
import type { LinkedLearner, Verdict } from './linked.ts';
import { fromLondon, toLondon } from './london-clock.ts';

/** OF-50 to OF-57: one review for each on both sides, and what OneFile wins as OneFile has it. */
export function judgeReviews(world: MonthWorld, linked: LinkedLearner, find: Verdict): void {
  const { learner, learnerId, held } = linked;
  const byId = Map.groupBy(learner.reviews, ({ oneFileId }) => oneFileId);
  // A spoilt id is held with the one that was there; where two reviews show one id, the links still say which those were.
  const spoilt = held.filter(({ code }) => ['ID_FIELD_CHANGED', 'ID_CLAIMED_TWICE'].includes(code));
  const changed = spoilt.flatMap(({ subject, params }) => [
    params['id'],
    ...linked.links
      .filter(({ kind, picsId }) => `${kind}:${picsId}` === subject)
      .map(({ vendorId }) => vendorId),
  ]);
  const { settings } = world;
  const remembered = settings.deletedReviews === 'remember' ? findDeleted(linked) : [];
  const shown = settings.downloadReviews ? world.state.ofLearner('review', learnerId) : [];
  for (const { id, record } of shown) {
    const rows = byId.get(id) ?? [];
    const [row] = rows;
    if (rows.length > 1) find(`OF-53: ${learner.ident} has review ${id} of OneFile ${rows.length} times`);
    if (row === undefined && !changed.includes(id) && !remembered.includes(id))
      find(`OF-53: ${learner.ident} lacks review ${id} of OneFile`);
    if (row !== undefined) judgePair(world, learner.ident, { row, id, record }, find);
  }
  for (const review of learner.reviews) judgeUpload(world, linked, review, find);
}

/** reviews of OneFile whose row somebody has deleted in PICS. */
function findDeleted({ learner, links }: LinkedLearner): readonly string[] {
  return links
    .filter(({ kind, picsId }) => kind === 'review' && !learner.reviews.some(({ id }) => id === picsId))
    .map(({ vendorId }) => vendorId);
}

function judgePair(
  { ledger, settings, state, pics, oneFile: { firstShownAtMs } }: MonthWorld,
  ident: string,
  { row, id, record }: { readonly row: Review; readonly id: string; readonly record: JsonObject },
  find: Verdict,
): void {
  const name = `review ${row.id} of ${ident} (${id} at OneFile)`;
  const { startedAtMs, scheduledForMs, learnerSignedAtMs, assessorId } = record;
  const attended = typeof startedAtMs === 'number' ? 'Y' : 'U';
  const actualAt = typeof startedAtMs === 'number' ? `${toLondon(startedAtMs).slice(0, 16)}:00` : null;
  if (row.attended !== attended || row.actualAt !== actualAt)
    find(`OF-54: ${name} is ${row.attended} ${row.actualAt} instead of ${attended} ${actualAt}`);
  const follows = settings.rescheduleFromOneFile;
  // D-12: PICS follows a move at OneFile, unless it moved the review itself since, or saw it first after the move.
  const movedThereAtMs = state.typedAtMs.get(`${id} scheduledForMs`) ?? 0;
  const isKept =
    row.proposedAt !== null &&
    movedThereAtMs <= Math.max(pics.movedAtMs.get(row.id) ?? 0, firstShownAtMs.get(id) ?? 0);
  if (follows && typeof scheduledForMs === 'number' && !isAt(row.proposedAt, scheduledForMs) && !isKept)
    find(`A-3: ${name} is proposed for ${row.proposedAt} instead of ${toLondon(scheduledForMs)}`);
  if (typeof learnerSignedAtMs === 'number') {
    const signedOn = toLondon(learnerSignedAtMs).slice(0, 10);
    if (row.learnerSignedOn !== signedOn)
      find(`OF-56: ${name} was signed on ${row.learnerSignedOn} instead of ${signedOn}`);
  }
  const officer = ledger.linkTable.findByVendorId(at, 'officer', String(assessorId))?.picsId;
  if (officer !== undefined && row.officer !== officer)
    find(`OF-55: ${name} has the officer ${row.officer} instead of ${officer}`);
}

function isAt(proposedAt: string | null, atMs: number): boolean {
  return proposedAt !== null && (toLondon(atMs) === proposedAt || fromLondon(proposedAt) === atMs);
}

/** OF-19, OF-50: whoever qualifies is at OneFile, or waits for a reason. */
function judgeUpload(world: MonthWorld, linked: LinkedLearner, review: Review, find: Verdict): void {
  const { learner, links, held } = linked;
  const { type, attended, actualAt, proposedAt, oneFileId, smartAssessorId } = review;
  // OF-58: what came down from another vendor is never sent, whatever a user blanks in it.
  const isUnknown = oneFileId === null && smartAssessorId === null;
  const isBlank = attended === null && actualAt === null && isUnknown;
  if (!world.settings.uploadReviews || type !== 'N' || !isBlank) return;
  const hold = held.find(({ subject }) => subject === `review:${review.id}`);
  const link = links.find(({ kind, picsId }) => kind === 'review' && picsId === review.id);
  const name = `review ${review.id} of ${learner.ident}`;
  if (proposedAt === null && link === undefined) {
    // A create without an answer is a person's matter before anything else of the review is.
    if (hold?.code !== 'REVIEW_NO_DATE' && hold?.code !== 'UNKNOWN_OUTCOME')
      find(`D-17: ${name} has no date, and held is ${hold?.code}`);
    return;
  }
  if (link !== undefined) {
    if (hold?.code !== 'ID_FIELD_CHANGED')
      find(`OF-53: ${name} lost its id ${link.vendorId}, held is ${hold?.code}`);
    return;
  }
  if (proposedAt === null || hold?.code === 'UNKNOWN_OUTCOME') return;
  const officers = [review.officer, learner.mainOfficer].filter((code) => code !== null);
  const officer = officers.find((code) => world.pics.findOfficer(code) !== null);
  const isOfficerHeld = world.ledger.held.some(
    ({ ident, subject }) => ident === `officer:${officer}` || subject === `officer:${officer}`,
  );
  const minute = new Date(fromLondon(proposedAt)).getUTCMinutes();
  const expected =
    officer === undefined
      ? 'REVIEW_NO_OFFICER'
      : minute === refusedMinute
        ? 'VENDOR_REFUSED'
        : isOfficerHeld
          ? 'the officer'
          : null;
  if (expected === null || (expected !== 'the officer' && hold?.code !== expected && !isOfficerHeld))
    find(`OF-50: ${name} was not sent; held is ${hold?.code}, expected ${expected ?? 'nothing'}`);
}
