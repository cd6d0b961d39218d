import type { Json } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import { buildLearner, buildQualification } from '../../support/learner.ts';
import { createRandom } from '../../support/random.ts';

export type CentreSize = {
  readonly learners: number;
  readonly aimsEach: number;
  readonly reviewsEach: number;
  readonly assessors: number;
  readonly placements: number;
};

type Row = Readonly<Record<string, Json>>;

const centreId = 301;
const firstLearnerId = 400_001;
const firstAssessorId = 300_001;
const dayMs = 86_400_000;
const codes = Array.from({ length: 40 }, (_, n) => `603/${1000 + n}/${n % 10}`);

/** A centre at OneFile and the same learners in PICS, each with its OneFile id typed in, nothing linked yet. */
export class BigCentre {
  readonly size: CentreSize;
  readonly #nowMs: number;
  readonly #random = createRandom(7);

  constructor(size: CentreSize, nowMs: number) {
    this.size = size;
    this.#nowMs = nowMs;
  }

  /** Records for OneFile, in portions that a request can carry. */
  *portions(): Generator<Record<string, readonly Row[]>> {
    const { learners, assessors, placements } = this.size;
    yield {
      customers: [{ ID: 11, Name: 'Larkfield Training', token: 'sim-customer-1' }],
      organisations: [{ ID: centreId, CustomerID: 11, Name: 'Larkfield North' }],
      standards: codes.map((code, n) => ({ ID: 5001 + n, Title: `Standard ${n}`, code })),
      classrooms: rows(5, (n) => ({ ID: 2001 + n, OrganisationID: centreId, Name: `Room ${n}` })),
      placements: rows(placements, (n) => ({ ID: 30_001 + n, OrganisationID: centreId, Name: `Firm ${n}` })),
      users: rows(assessors, (n) => user(firstAssessorId + n, n % 10 === 0 ? 4 : 5, `A${n}`)),
    };
    const portion = 1_000;
    for (let start = 0; start < learners; start += portion) {
      const some = rows(Math.min(portion, learners - start), (n) => start + n);
      yield {
        users: some.map((n) => ({
          ...user(firstLearnerId + n, 1, `L${n}`),
          DefaultAssessorID: firstAssessorId + (n % assessors),
        })),
        aims: some.flatMap((n) => this.#aims(n)),
        reviews: some.flatMap((n) => this.#reviews(n)),
      };
    }
  }

  /** OneFile knows a registration number that PICS does not, for the first qualification of each learner. */
  #aims(learner: number): Row[] {
    const { aimsEach } = this.size;
    return rows(aimsEach, (n) => ({
      ID: 600_001 + learner * aimsEach + n,
      UserID: firstLearnerId + learner,
      StandardID: 5001 + standardOf(learner, n),
      Status: 0,
      Progress: (learner % 90) + 0.5,
      ...(n === 0 ? { RegistrationNumber: `RG-${learner}` } : {}),
    }));
  }

  /** One every two months, half of them past, so that some fall into the weeks that are looked at all day. */
  #reviews(learner: number): Row[] {
    const { reviewsEach, assessors } = this.size;
    const offsetMs = this.#random.below(60) * dayMs;
    return rows(reviewsEach, (n) => {
      const atMs = this.#nowMs + (n - reviewsEach / 2) * 60 * dayMs + offsetMs;
      const scheduled = new Date(atMs).toISOString();
      return {
        ID: 800_001 + learner * reviewsEach + n,
        LearnerID: firstLearnerId + learner,
        AssessorID: firstAssessorId + (learner % assessors),
        ScheduledFor: scheduled,
        ...(atMs < this.#nowMs ? { StartedOn: scheduled } : {}),
      };
    });
  }

  inPics(): Learner[] {
    return rows(this.size.learners, (learner) =>
      buildLearner({
        ident: `i${firstLearnerId + learner}`,
        oneFileId: String(firstLearnerId + learner),
        qualifications: rows(this.size.aimsEach, (n) =>
          buildQualification({ reference: codes[standardOf(learner, n)] ?? '' }),
        ),
      }),
    );
  }
}

function rows<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

function standardOf(learner: number, n: number): number {
  return (learner * 7 + n * 13) % codes.length;
}

function user(ID: number, Role: number, MISID: string): Row {
  const name = { FirstName: 'Kit', LastName: `Person ${ID}`, Email: `${ID}@x.example.org` };
  return { ID, OrganisationID: centreId, Role, MISID, ...name };
}
