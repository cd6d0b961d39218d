import type { Log } from '../base/log.ts';
import type { OwnerKey } from '../domain/owner.ts';
import { toOwnerLane } from '../domain/owner.ts';
import type { Clock, Meter, Pics, Store } from '../domain/ports.ts';
import type { ItemKey, LearnerRows, ReconcileItem, WithReconcileTransaction } from '../domain/rows.ts';
import type { ItemKnowledge, OpenVendor } from '../vendors/vendor.ts';

/** What the reconciler stands on. Without a vendor it writes answers of commands alone, which need no rules. */
export type ReconcilePorts = {
  readonly vendor: Pick<OpenVendor, 'name' | 'title' | 'centre' | 'readKnowledge' | 'digestRecord'> | null;
  readonly withTransaction: WithReconcileTransaction;
  readonly pics: Pick<Pics, 'readParked'>;
  readonly store: Pick<Store, 'recordReport'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly meter: Pick<Meter, 'alarmed' | 'applied'>;
  readonly log: Log;
};

/** PICS records of learners, officers and organisations that an item names. */
type ItemTargets = {
  readonly ident: string | null;
  readonly owner: OwnerKey | null;
  readonly parts: readonly LearnerRows[];
};

const nothing: ItemTargets = { ident: null, owner: null, parts: [] };

/** Of an observation the vendor knows the targets; a link and an answer name theirs. */
export function targetsOf(
  item: ReconcileItem,
  known: Pick<ItemKnowledge, 'ident' | 'owner' | 'parts'> | undefined,
): ItemTargets {
  if (item.kind === 'observation') return known ?? nothing;
  if (item.kind !== 'link') return nothing;
  const { link } = item;
  switch (link.kind) {
    case 'officer':
    case 'organisation':
      return { ...nothing, owner: { kind: link.kind, code: link.picsId } };
    case 'learner':
      return { ...nothing, ident: link.ident ?? link.picsId, parts: ['details'] };
    case 'review':
      return { ...nothing, ident: link.ident, parts: ['reviews'] };
    case 'qualification':
    case 'visit':
      return { ...nothing, ident: link.ident };
  }
}

/** The lane an item belongs to: where it is held and whose history names it. */
export function laneOf({ ident, owner }: ItemTargets): string | null {
  return ident ?? (owner === null ? null : toOwnerLane(owner));
}

/** What separates items of which only the newest counts. Null: the item never waits. */
export function keyOf(item: ReconcileItem): ItemKey | null {
  switch (item.kind) {
    case 'observation': {
      const { vendor, entity, vendorId } = item.observation;
      return { vendor, entity, vendorId };
    }
    case 'link':
      return { vendor: item.link.vendor, entity: 'link', vendorId: `${item.link.kind}:${item.link.picsId}` };
    case 'request-result':
      return { vendor: 'picsync', entity: 'request-result', vendorId: item.answer.id };
    case 'tombstone':
    case 'malformed':
      return null;
  }
}

/** What an item is about, for held items and the journal: no personal data. */
export function subjectOf(item: ReconcileItem): string {
  switch (item.kind) {
    case 'observation':
      return `${item.observation.entity}:${item.observation.vendorId}`;
    case 'link':
      return `${item.link.kind}:${item.link.picsId}`;
    case 'request-result':
      return `request:${item.answer.id}`;
    case 'tombstone':
    case 'malformed':
      return 'record';
  }
}
