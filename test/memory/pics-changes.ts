import type { Change, ChangeEntity, ChangeOp, Fields } from '../../src/domain/change.ts';
import type { Learner, Qualification, Review } from '../../src/domain/learner.ts';
import type { Owner } from '../../src/domain/owner.ts';

type RowChange = Pick<Change, 'entity' | 'op' | 'key' | 'before' | 'after'>;

/** The row changes that Debezium would read from the log after a commit changed a learner so. */
export function toLearnerChanges(before: Learner, after: Learner): readonly RowChange[] {
  const { ident } = after;
  return [
    ...toRowChange('learner', { ident }, toOwn(before), toOwn(after)),
    ...toRowChange('episode', { ident }, toEpisode(before), toEpisode(after)),
    ...toRowChange('learner-details', { ident }, toDetails(before), toDetails(after)),
    ...toPairs(before.qualifications, after.qualifications, ({ key }) => key).flatMap(([one, other]) => {
      const known = (other ?? one) as Qualification;
      const key = { ident, reference: known.reference, seq: known.seq };
      return toRowChange('qualification', key, toQualification(ident, one), toQualification(ident, other));
    }),
    ...toPairs(before.reviews, after.reviews, ({ id }) => id).flatMap(([one, other]) =>
      toRowChange(
        'review',
        { id: ((other ?? one) as Review).id },
        toReview(ident, one),
        toReview(ident, other),
      ),
    ),
  ];
}

/**
 * The changes of a commit that gave a learner another ident. A row whose key has the ident is deleted under the old key
 * and created under the new one, and each names the other; a review keeps its key.
 */
export function toRenameChanges(
  before: Learner,
  after: Learner,
): readonly (RowChange & Pick<Change, 'renamedFrom' | 'renamedTo'>)[] {
  const rows = (learner: Learner) => [
    { entity: 'learner', key: { ident: learner.ident }, row: toOwn(learner) } as const,
    { entity: 'episode', key: { ident: learner.ident }, row: toEpisode(learner) } as const,
    { entity: 'learner-details', key: { ident: learner.ident }, row: toDetails(learner) } as const,
    ...learner.qualifications.map((one) => ({
      entity: 'qualification' as const,
      key: { ident: learner.ident, reference: one.reference, seq: one.seq },
      row: toQualification(learner.ident, one),
    })),
  ];
  const present = rows(after);
  return [
    ...rows(before).flatMap(({ entity, key, row }, index) => {
      const other = present[index];
      if (other === undefined) return [];
      return [
        { entity, op: 'delete' as const, key, before: row, after: null, renamedTo: other.key },
        { entity, op: 'create' as const, key: other.key, before: null, after: other.row, renamedFrom: key },
      ];
    }),
    ...before.reviews.flatMap((one) =>
      toRowChange('review', { id: one.id }, toReview(before.ident, one), toReview(after.ident, one)),
    ),
  ];
}

/** The rows of a learner in one table, as an incremental snapshot reads them. */
export function toSnapshotRows(entity: ChangeEntity, learner: Learner): readonly RowChange[] {
  const blank = { ...learner, hasEpisode: false, hasDetails: false, qualifications: [], reviews: [] };
  const placements = learner.placements.map(({ seq, organisation, type, startOn, endOn }): RowChange => {
    const { ident } = learner;
    const after = { ident, seq, organisation, type, startOn, endOn };
    return { entity: 'placement', op: 'snapshot', key: { ident, seq }, before: null, after };
  });
  const own = toRowChange('learner', { ident: learner.ident }, null, toOwn(learner));
  return [...own, ...toLearnerChanges(blank, learner), ...placements]
    .filter((change) => change.entity === entity)
    .map((change) => ({ ...change, op: 'snapshot', before: null }));
}

export function toOwnerChanges(before: Owner | null, after: Owner): readonly RowChange[] {
  const key = { code: after.code };
  return toRowChange(after.kind, key, before === null ? null : toOwner(before), toOwner(after));
}

function toRowChange(
  entity: ChangeEntity,
  key: Fields,
  before: Fields | null,
  after: Fields | null,
): readonly RowChange[] {
  if (before === null && after === null) return [];
  if (before !== null && after !== null && isSame(before, after)) return [];
  const op: ChangeOp = before === null ? 'create' : after === null ? 'delete' : 'update';
  return [{ entity, op, key, before, after }];
}

function toPairs<T>(
  before: readonly T[],
  after: readonly T[],
  toKey: (one: T) => string,
): readonly (readonly [T | null, T | null])[] {
  if (before === after) return [];
  const old = new Map(before.map((one) => [toKey(one), one]));
  const present = new Map(after.map((one) => [toKey(one), one]));
  const keys = new Set([...old.keys(), ...present.keys()]);
  return [...keys]
    .map((key) => [old.get(key) ?? null, present.get(key) ?? null] as const)
    .filter(([one, other]) => one !== other);
}

function toOwn({ ident, firstName, surname, mainOfficer, phone, mobile }: Learner): Fields {
  return { ident, firstName, surname, mainOfficer, phone, mobile };
}

function toEpisode({ ident, expectedEndOn, risk, hasEpisode }: Learner): Fields | null {
  return hasEpisode ? { ident, expectedEndOn, risk } : null;
}

function toDetails(learner: Learner): Fields | null {
  if (!learner.hasDetails) return null;
  const { ident, email, oneFileId, smartAssessorId, activePortfolio } = learner;
  return { ident, email, oneFileId, smartAssessorId, activePortfolio };
}

/** Units are rows of another table, which is not captured: that they were attached is seen by a read alone. */
function toQualification(ident: string, row: Qualification | null): Fields | null {
  if (row === null) return null;
  const { key: _key, hasUnits: _units, ...fields } = row;
  return { ident, ...fields };
}

function toReview(ident: string, row: Review | null): Fields | null {
  return row === null ? null : { ident, ...row };
}

function toOwner(owner: Owner): Fields {
  const { kind: _kind, ...fields } = owner;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !Array.isArray(value))) as Fields;
}

function isSame(one: Fields, other: Fields): boolean {
  return Object.keys(other).every((field) => one[field] === other[field]);
}
