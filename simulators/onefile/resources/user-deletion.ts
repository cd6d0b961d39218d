import { londonMinuteOfDay } from '../london.ts';
import { idOf, type Row, toIso } from '../state/row.ts';
import type { Store } from '../state/store.ts';
import type { World } from '../world.ts';

const GRACE_MS = 2 * 3_600_000;
const NIGHT_FROM = 20 * 60;
const NIGHT_TO = 6 * 60;

export function hasSignedWork(store: Store, userId: number): boolean {
  return store
    .listBy('reviews', 'LearnerID', userId)
    .some((row) => row['AssessorSignedOn'] !== null || row['LearnerSignedOn'] !== null);
}

/** Deleting only flags; the record stays until the night after the grace period. */
export function flagForDeletion(world: World, user: Row): Row {
  const nowMs = world.clock.nowMs();
  const id = idOf(user) as number;
  if (!world.deletions.has(id)) world.deletions.set(id, nowMs + GRACE_MS);
  return world.store.patch('users', user, {
    deletedAt: user['deletedAt'] ?? toIso(nowMs),
    LastModified: toIso(nowMs),
  });
}

function removeLearner(store: Store, userId: number): void {
  for (const kind of ['aims', 'unitSummaries'] as const) {
    for (const row of store.listBy(kind, 'UserID', userId)) store.remove(kind, idOf(row));
  }
  for (const kind of ['reviews', 'plans', 'timesheets'] as const) {
    for (const row of store.listBy(kind, 'LearnerID', userId)) store.remove(kind, idOf(row));
  }
  store.remove('offTheJob', userId);
  store.remove('users', userId);
}

/** Removes what was flagged at least two hours ago, once it is between 20:00 and 06:00 in London or has been since. */
export function carryOutDeletions(world: World): void {
  if (world.deletions.size === 0) return;
  const nowMs = world.clock.nowMs();
  for (const [userId, dueAtMs] of world.deletions) {
    if (nowMs < dueAtMs || !hasBeenNight(dueAtMs, nowMs)) continue;
    world.deletions.delete(userId);
    world.history.attribute({ source: 'person' });
    removeLearner(world.store, userId);
  }
}

function hasBeenNight(fromMs: number, toMs: number): boolean {
  const minute = londonMinuteOfDay(fromMs);
  if (minute >= NIGHT_FROM || minute < NIGHT_TO) return true;
  const minuteStartMs = Math.floor(fromMs / 60_000) * 60_000;
  return toMs >= minuteStartMs + (NIGHT_FROM - minute) * 60_000;
}
