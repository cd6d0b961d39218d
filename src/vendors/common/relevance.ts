import type { Change, ChangeEntity, Fields, Relevance, Renaming } from '../../domain/change.ts';
import type { VendorName } from '../../domain/vendor-name.ts';

/** Fields of PICS by the entity that has them. */
export type FieldsOf = Readonly<Partial<Record<ChangeEntity, readonly string[]>>>;

type Surroundings = {
  readonly vendor: VendorName;
  /** Off: changes are exchanged once a day (D-4). */
  readonly nearRealTime: boolean;
};

/**
 * What can be said of a change for every vendor, before its fields are compared; null = they decide.
 *
 * Snapshot rows, the sync's own writes of this vendor's data (G-6) and tables without data say nothing. A changed key is
 * passed on next, whatever the settings say: links follow at once, also when changes are exchanged once a day only.
 */
export function decideByKind(change: Change, { vendor, nearRealTime }: Surroundings): Relevance | null {
  if (change.op === 'snapshot') return irrelevant('snapshot');
  if (change.origin?.startsWith(`picsync:${vendor}:`)) return irrelevant('echo');
  if (change.op === 'truncate') return irrelevant('truncate');
  if (change.entity === 'heartbeat') return irrelevant('heartbeat');
  if (change.entity === 'canary') return irrelevant('canary');
  if (change.entity === 'request') return irrelevant('command');
  return decideRenamed(change) ?? (nearRealTime ? null : irrelevant('D-4'));
}

const renamedKeys: Readonly<Partial<Record<Change['entity'], { entity: Renaming['entity']; key: string }>>> =
  {
    learner: { entity: 'learner', key: 'ident' },
    officer: { entity: 'officer', key: 'code' },
    organisation: { entity: 'organisation', key: 'code' },
  };

/**
 * After a change of key these rows are judged like any other row, because the record they belong to may have
 * kept its own key.
 */
const hasOwnRules: ReadonlySet<Change['entity']> = new Set(['review', 'placement']);

/**
 * a changed key arrives as a deletion and a creation, and each of them names the other's key.
 * Learners, officers and organisations keep their links under the new key. Extension rows and rows below
 * them need nothing of their own.
 */
function decideRenamed({ entity, renamedFrom, renamedTo, key }: Change): Relevance | null {
  if (renamedTo !== undefined) return irrelevant('renamed');
  if (renamedFrom === undefined) return null;
  // D-9: a qualification that was re-typed, while its learner kept the ident
  if (entity === 'qualification' && textOf(renamedFrom, 'ident') === textOf(key, 'ident')) return null;
  const renaming = renamedKeys[entity];
  if (renaming === undefined) return hasOwnRules.has(entity) ? null : irrelevant('renamed');
  const [from, to] = [textOf(renamedFrom, renaming.key), textOf(key, renaming.key)];
  if (from === null || to === null) return irrelevant('renamed');
  return { kind: 'renamed', entity: renaming.entity, from, to };
}

/** Without the old values every field may have changed. That costs a needless look but loses no change. */
export function hasChanged(change: Change, fields: readonly string[]): boolean {
  const { before, after, op } = change;
  if (after === null || (before === null && op === 'update')) return true;
  return fields.some((field) => (before?.[field] ?? null) !== (after[field] ?? null));
}

/** A row that moved from one learner to another concerns both. */
export function learnersOf({ key, before, after }: Change): Relevance {
  const idents = [before, after, key].map((row) => textOf(row, 'ident')).filter((ident) => ident !== null);
  if (idents.length === 0) return irrelevant('no-learner');
  return { kind: 'learners', idents: [...new Set(idents)] };
}

export function textOf(row: Fields | null, field: string): string | null {
  const value = row?.[field];
  return typeof value === 'string' ? value : null;
}

export function irrelevant(rule: string): Relevance {
  return { kind: 'irrelevant', rule };
}
