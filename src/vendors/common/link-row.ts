import type { Learner, Review } from '../../domain/learner.ts';
import type { Link } from '../../domain/link.ts';
import type { Owner } from '../../domain/owner.ts';
import type { RowAction, RowDecision } from '../../domain/rows.ts';
import type { VendorIds } from './learner-link.ts';
import { isUncopied } from './link-steps.ts';
import { lacksDetails } from './parts.ts';
import { reviewIdChanged } from './review-id.ts';

/* How links and the id columns of PICS stand to each other, as the reconciler sees the locked rows. */

/** D-2: the one id column of officers and organisations belongs to the vendor. */
type ColumnOwner = { readonly ids: VendorIds; readonly isColumnOurs: boolean };

type LinkRows = {
  readonly learner: Learner | null;
  /** The row of an officer's or organisation's link. */
  readonly owner: Pick<Owner, 'externalId'> | null;
};

/**
 * OF-23, OF-50, SA-18, SA-20, SA-24, D-2: copies the id of a link into its PICS column, or empties the column of a
 * removed link.
 *
 * It fills the column only when it is blank and empties it only when it still shows that id, so a user's
 * edit wins.
 */
export function decideLinkRow(
  link: Pick<Link, 'kind' | 'picsId' | 'vendorId'>,
  { learner, owner }: LinkRows,
  { ids, isColumnOurs, isRemoved }: ColumnOwner & { readonly isRemoved: boolean },
): RowDecision {
  const { kind, picsId } = link;
  const { vendor, activePortfolio } = ids;
  const vendorId = isRemoved ? null : link.vendorId;
  const move = isRemoved ? clearId : copyId;
  switch (kind) {
    case 'learner':
      if (learner === null) return ignore('NO_LEARNER');
      if (!learner.hasDetails)
        return isRemoved ? ignore('D-20') : { kind: 'hold', ...lacksDetails(learner, vendor) };
      return move(shownId(ids, kind, learner[ids.learner]), link, {
        kind: 'set-learner-id',
        ident: picsId,
        vendorId,
        activePortfolio,
      });
    case 'officer':
    case 'organisation': {
      if (!isColumnOurs) return ignore('D-2'); // the other vendor owns the column
      if (owner === null) return ignore(kind === 'officer' ? 'NO_OFFICER' : 'NO_ORGANISATION');
      return move(shownId(ids, kind, owner.externalId), link, {
        kind: `set-${kind}-id`,
        code: picsId,
        vendorId,
      });
    }
    case 'review': {
      const review = learner?.reviews.find(({ id }) => id === picsId);
      if (learner === null || review === undefined) return ignore('A-4');
      const shown = review[ids.review];
      if (isRemoved) return freeReview(review, link.vendorId, ids);
      if (shown !== null && shown !== vendorId)
        return {
          kind: 'hold',
          ...reviewIdChanged(learner, { reviewId: picsId, vendorId: link.vendorId }, vendor),
        };
      return copyId(shown, link, { kind: 'update-review', id: picsId, set: { [ids.review]: vendorId } });
    }
    default:
      return ignore('D-2'); // no column in PICS
  }
}

/**
 * D-13: a review that went to the wrong portfolio gets back to what it was before its upload, so that it is sent again.
 * The Unknown that the first reading wrote goes with the id; an attendance that says more stays.
 */
function freeReview(review: Review, vendorId: string, ids: VendorIds): RowDecision {
  const { id, attended, actualAt } = review;
  const shown = review[ids.review];
  if (shown !== vendorId) return ignore(shown === null ? 'equal' : 'D-2');
  const isUntouched = attended === 'U' && actualAt === null;
  return write({
    kind: 'update-review',
    id,
    set: { [ids.review]: null, ...(isUntouched ? { attended: null } : {}) },
  });
}

/** An id in a column as the vendor writes it; what cannot be one stays as it is, and equals none. */
function shownId(
  ids: VendorIds,
  kind: 'learner' | 'officer' | 'organisation',
  text: string | null,
): string | null {
  return text === null ? null : (ids.toId(kind, text) ?? text);
}

function copyId(shown: string | null, { vendorId }: Pick<Link, 'vendorId'>, action: RowAction): RowDecision {
  if (shown === null) return write(action);
  return ignore(shown === vendorId ? 'equal' : 'D-2');
}

function clearId(shown: string | null, { vendorId }: Pick<Link, 'vendorId'>, action: RowAction): RowDecision {
  if (shown === vendorId) return write(action);
  return ignore(shown === null ? 'equal' : 'D-2');
}

/**
 * G-2, D-2: whether a record of the vendor is of this learner. An id in PICS wins over the link table. While the column
 * is blank, the link counts until its id was copied.
 */
export function isLearnerOf(
  learner: Learner,
  learnerVendorId: string | null,
  { links, ids }: { readonly links: readonly Link[]; readonly ids: VendorIds },
): boolean {
  if (learnerVendorId === null) return false;
  const link = links.find(({ kind, picsId }) => kind === 'learner' && picsId === learner.ident);
  if (link?.vendorId !== learnerVendorId) return false;
  const shown = shownId(ids, 'learner', learner[ids.learner]);
  return shown === learnerVendorId || (shown === null && isUncopied(link));
}

/**
 * D-2: the same of an officer or organisation. An id that a user typed into the column wins over the link table; until
 * it was looked up, neither id counts.
 */
export function isOwnerOf(
  { kind, code, externalId }: Owner,
  vendorId: string,
  { links, ids, isColumnOurs }: { readonly links: readonly Link[] } & ColumnOwner,
): boolean {
  const link = links.find((one) => one.kind === kind && one.picsId === code);
  if (link?.vendorId !== vendorId) return false;
  if (!isColumnOurs) return true;
  const shown = shownId(ids, kind, externalId);
  return shown === vendorId || (shown === null && isUncopied(link));
}

export function ignore(code: string): RowDecision {
  return { kind: 'ignore', code };
}

export function write(...actions: readonly RowAction[]): RowDecision {
  return { kind: 'write', actions };
}
