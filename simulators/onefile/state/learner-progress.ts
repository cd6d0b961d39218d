import type { Store } from './store.ts';

const round = (value: number): number => Math.round(value * 100) / 100;

/** A learner's progress is the mean of the aims'. */
export function refreshLearnerProgress(store: Store, learnerId: number): void {
  const learner = store.get('users', learnerId);
  if (learner === undefined) return;
  const each = store.listBy('aims', 'UserID', learnerId).map((aim) => Number(aim['Progress'] ?? 0));
  const mean = each.length === 0 ? 0 : round(each.reduce((sum, value) => sum + value, 0) / each.length);
  store.patch('users', learner, { Progress: mean });
}
