import type { Line } from '../calls/line.ts';
import type { EnrolWorld } from './enrol-world.ts';

type Row = Readonly<Record<string, unknown>>;

/** By what two records of a kind would be the same. */
const keys: Readonly<Record<string, (row: Row) => unknown>> = {
  users: (row) => row['MISID'],
  placements: (row) => row['Name'],
  aims: (row) => `${row['UserID']} ${row['StandardID']}`,
  reviews: (row) => `${row['LearnerID']} ${row['ScheduledFor']}`,
};

/** Whatever was killed: nothing is at OneFile twice. */
export function judgeOnce({ records }: EnrolWorld): Line {
  let [count, twice] = [0, 0];
  for (const [kind, keyOf] of Object.entries(keys)) {
    const rows = records(kind);
    count += rows.length;
    twice += rows.length - new Set(rows.map(keyOf)).size;
  }
  return {
    measure: `records at OneFile after all of them: ${count}`,
    seen: `${twice} twice`,
    bar: '0',
    isMet: twice === 0,
    figures: { records: count, twice },
  };
}

/** Visits without a review: their answer was lost, and they cannot be looked up (O11). */
export function countOrphans({ records }: EnrolWorld): number {
  return records('visits').length - records('reviews').length;
}
