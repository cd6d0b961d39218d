import { idOf, type Row } from '../state/row.ts';
import { dateAt, drawFor, hourAt, type Sowing, sow } from './sowing.ts';

const LONG_COMMENT = 'Shadowed the team and wrote up the visit. '.repeat(1700);

function sowTimesheets(sowing: Sowing, learnerId: number, learnerNumber: number): void {
  const random = drawFor(sowing, 'timesheets', learnerNumber);
  for (let at = 0; at < 1 + random.integer(3); at += 1) {
    const days = -1 - random.integer(100);
    sow(sowing, 'timesheets', {
      LearnerID: learnerId,
      TimesheetCategory: random.pick(['Shadowing', 'Training day', 'Study']),
      FromDate: hourAt(sowing, days, 9),
      ToDate: hourAt(sowing, days, 12),
      Comments: learnerNumber === 0 && at === 0 ? LONG_COMMENT : 'Half a day with the team.',
      IsOffTheJob: at % 2 === 0 ? true : 'true',
    });
  }
}

/** Assessment plans, timesheets and off-the-job figures of some learners. */
export function sowDiary(sowing: Sowing, learner: Row, learnerNumber: number): void {
  const learnerId = idOf(learner) as number;
  const random = drawFor(sowing, 'diary', learnerNumber);
  if (learnerNumber % 3 === 0) {
    const isSigned = random.chance(0.5);
    sow(sowing, 'plans', {
      LearnerID: learnerId,
      Title: `Plan ${1 + random.integer(9)}`,
      PlanOn: dateAt(sowing, random.integer(60) - 30),
      AssessorSignedOn: isSigned ? hourAt(sowing, -31, 15) : null,
    });
  }
  if (learnerNumber % 4 === 0) sowTimesheets(sowing, learnerId, learnerNumber);
  if (learnerNumber % 2 === 0) {
    const planned = 200 + random.integer(200);
    const actual = random.integer(planned);
    const figures = {
      ContractedHours: 30 + random.integer(8),
      TargetPercentage: 20,
      PlannedOTJ: planned,
      Duration: 52,
      MethodOfCalculatingOTJ: 'Percentage of contracted hours',
      MinimumOTJ: 187,
      PercentOfPlanned: Math.round((actual / planned) * 10_000) / 100,
      CachedActualHours: actual,
    };
    sow(sowing, 'offTheJob', figures, learnerId);
  }
}
