import type { Row, Value } from '../state/row.ts';
import { idOf } from '../state/row.ts';
import { dateAt, drawFor, type Sowing, sow } from './sowing.ts';

export interface DrawnAim {
  readonly standard: Row;
  readonly number: number;
  readonly values: Record<string, Value>;
}

const MOST_AIMS = 3;

/** One to three aims on different standards; the running number goes through all combinations of the four fields. */
export function drawAims(sowing: Sowing, standards: readonly Row[], learnerNumber: number): DrawnAim[] {
  const random = drawFor(sowing, 'aims', learnerNumber);
  const count = 1 + random.integer(MOST_AIMS);
  const first = random.integer(standards.length);
  const drawn: DrawnAim[] = [];
  for (let at = 0; at < count; at += 1) {
    const standard = standards[(first + at * 5) % standards.length];
    if (standard === undefined) break;
    const number = learnerNumber * MOST_AIMS + at;
    drawn.push({ standard, number, values: drawAim(sowing, standard, number) });
  }
  return drawn;
}

function drawAim(sowing: Sowing, standard: Row, number: number): Record<string, Value> {
  const random = drawFor(sowing, 'aim', number);
  const isDone = random.chance(0.2);
  const progress = isDone ? 100 : Math.round(random.integer(9_900)) / 100;
  const has = (bit: number): boolean => ((number >> bit) & 1) === 1;
  const total = 10 + random.integer(30);
  return {
    StandardID: idOf(standard),
    Status: isDone ? 1 : random.chance(0.1) ? 2 : 0,
    Progress: progress,
    AchievedDate: isDone ? dateAt(sowing, -1 - random.integer(25)) : null,
    RegistrationNumber: has(0) ? `RG-${50_000 + number}` : null,
    RegistrationDate: has(1) ? dateAt(sowing, -20 - random.integer(200)) : null,
    CertificateAppliedDate: has(2) ? dateAt(sowing, -10 - random.integer(10)) : null,
    CertificateReceivedDate: has(3) ? dateAt(sowing, -1 - random.integer(9)) : null,
    ElementsTotal: total,
    ElementsDone: Math.floor((progress * total) / 100),
  };
}

function sowUnitSummaries(sowing: Sowing, learnerId: number, { standard, values }: DrawnAim): void {
  const unitIds = (standard['unitIds'] ?? []) as readonly string[];
  const doneCount = Math.floor(((values['Progress'] as number) * unitIds.length) / 100);
  for (const [at, unitId] of unitIds.entries()) {
    const progress = at < doneCount ? 100 : at === doneCount ? 40 : 0;
    sow(sowing, 'unitSummaries', {
      UserID: learnerId,
      StandardID: idOf(standard),
      UnitID: unitId,
      Progress: progress,
    });
  }
}

export function sowAims(
  sowing: Sowing,
  learnerId: number,
  aims: readonly DrawnAim[],
  startDays: number,
): void {
  for (const aim of aims) {
    const dates = { StartDate: dateAt(sowing, startDays), PlannedEnd: dateAt(sowing, startDays + 365) };
    sow(sowing, 'aims', { ...aim.values, ...dates, UserID: learnerId });
    sowUnitSummaries(sowing, learnerId, aim);
  }
}
