import type { Row, Value } from '../state/row.ts';
import { idOf } from '../state/row.ts';
import { drawFor, hourAt, lastClockChange, plusHours, type Sowing, sow, sowId } from './sowing.ts';

const STATES = ['scheduled', 'started', 'assessor', 'learner', 'employer'] as const;
const MOST_REVIEWS = 5;

/** Marks that a review of the n-th state carries; each state includes the ones before it. */
function drawMarks(state: number, startsAt: string, progress: Value): Record<string, Value> {
  const reached = (least: number, hours: number): Value =>
    state >= least ? plusHours(startsAt, hours) : null;
  return {
    StartedOn: reached(1, 0.1),
    AssessorSignedOn: reached(2, 1),
    LearnerSignedOn: reached(3, 26),
    EmployerSignedOn: reached(4, 50),
    Progress: state >= 1 ? progress : null,
  };
}

/** The first two learners have one that spans a change of the clocks; the third has one without a date. */
function drawStart(sowing: Sowing, learnerNumber: number, at: number, isPast: boolean): string | null {
  const random = drawFor(sowing, 'review-date', learnerNumber * MOST_REVIEWS + at);
  if (at === 0 && learnerNumber < 2)
    return plusHours(lastClockChange(sowing, learnerNumber === 0 ? 10 : 3), -0.5);
  if (at === 0 && learnerNumber === 2) return null;
  const days = isPast ? -3 - random.integer(250) : 1 + random.integer(60);
  return hourAt(sowing, days, 9 + random.integer(8));
}

function sowVisit(sowing: Sowing, learner: Row, startsAt: string): number {
  return sowId(sowing, 'visits', {
    LearnerID: idOf(learner),
    OrganisationID: learner['OrganisationID'] ?? null,
    AssessorID: learner['DefaultAssessorID'] ?? null,
    VisitTypeID: 2,
    DateFrom: startsAt,
    DateTo: plusHours(startsAt, 1),
  });
}

/** None to four reviews, going through every state, with and without a visit. */
export function sowReviews(sowing: Sowing, learner: Row, learnerNumber: number): void {
  const random = drawFor(sowing, 'reviews', learnerNumber);
  const count = learnerNumber < 3 ? 2 + random.integer(3) : random.integer(MOST_REVIEWS);
  for (let at = 0; at < count; at += 1) {
    const startsAt = drawStart(sowing, learnerNumber, at, (learnerNumber + at) % STATES.length > 0);
    const state = startsAt === null ? 0 : (learnerNumber + at) % STATES.length;
    const visitId = startsAt !== null && random.chance(0.6) ? sowVisit(sowing, learner, startsAt) : null;
    sow(sowing, 'reviews', {
      LearnerID: idOf(learner),
      AssessorID: learner['DefaultAssessorID'] ?? null,
      EmployerID: learner['DefaultEmployerID'] ?? null,
      VisitID: visitId,
      ScheduledFor: startsAt,
      EndTime: startsAt === null ? null : plusHours(startsAt, 1),
      CreatedOn:
        startsAt === null || startsAt > sowing.options.asOf
          ? hourAt(sowing, -2, 10)
          : plusHours(startsAt, -240),
      ...drawMarks(state, startsAt ?? sowing.options.asOf, learner['Progress'] ?? 0),
    });
  }
}
