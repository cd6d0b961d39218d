import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  buildCandidate,
  buildInput,
  buildOfficer,
  buildPlacement,
  buildStandard,
  buildUnlinked,
} from '../../../../../test/support/enrol-input.ts';
import { EnrolWorld } from '../../../../../test/support/enrol-world.ts';
import { buildQualification, buildReview } from '../../../../../test/support/learner.ts';
import { planEnrolment } from './plan.ts';

const codes = ['OFF001', 'OFF002', 'OFF003', 'GONE01'];
const code = fc.constantFrom(...codes, null);
const date = fc.constantFrom('2025-09-01', '2026-01-05', null);

const learners = fc
  .record({
    mainOfficer: code,
    qualifications: fc.uniqueArray(
      fc.record({
        reference: fc.constantFrom('603/1122/3', '500/1111/1', '196AS', '999/0000/0'),
        seq: fc.integer({ min: 1, max: 3 }),
        officer: code,
        startOn: date,
        expectedEndOn: date,
        endOn: date,
        registrationNumber: fc.constantFrom(null, 'AB12345678'),
        registeredOn: date,
      }),
      { selector: ({ reference, seq }) => `${reference}/${seq}`, maxLength: 6 },
    ),
    relatedOfficers: fc.uniqueArray(
      fc.record({ relation: fc.constantFrom('ASR2', 'MENT'), code: fc.constantFrom(...codes) }),
      { selector: (one) => JSON.stringify(one) },
    ),
    placements: fc.uniqueArray(
      fc.record({
        seq: fc.integer({ min: 1, max: 4 }),
        organisation: fc.constantFrom('HARRO1', 'BRIND1', 'GONE01'),
        type: fc.constantFrom('P', 'W', 'D'),
        startOn: date,
      }),
      { selector: ({ seq }) => seq, maxLength: 4 },
    ),
    reviews: fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('r1', 'r2', 'r3'),
        officer: code,
        proposedAt: fc.constant('2026-02-01T10:00:00'),
      }),
      { selector: ({ id }) => id },
    ),
    lacksEmail: fc.boolean(),
  })
  .map(({ placements, qualifications, reviews, lacksEmail, ...known }) =>
    buildUnlinked({
      ...known,
      officers: ['OFF001', 'OFF002', 'OFF003'].map((one) =>
        buildOfficer(one, one === 'OFF003' && lacksEmail ? { email: null } : {}),
      ),
      placements: placements.map(({ seq, organisation, ...more }) =>
        buildPlacement(seq, organisation, {
          ...more,
          ...(organisation === 'GONE01' ? { organisationName: null } : {}),
        }),
      ),
      qualifications: qualifications.map((one) => buildQualification(one)),
      reviews: reviews.map((one) => buildReview({ ...one, type: 'N' })),
    }),
  );

const standards = [
  ...[buildStandard('5001', '60311223'), buildStandard('5002', '50011111')],
  ...[buildStandard('5003', '196AS'), buildStandard('5004', '196AS')],
];
const facts = {
  assessors: { OFF002: [{ id: '400102', name: 'Bo' }] },
  candidates: [buildCandidate('400009'), buildCandidate('400008')],
};
const settings = {
  ...{ additionalAssessors: ['ASR2'], fallbackAssessorId: '400001', fallbackPlacementId: '30001' },
  fallbackClassroomId: '2001',
};
const choices = { pathways: { '196AS': '5004' } };

test('OF-12: the plan is the same for any order of rows on either side', () => {
  fc.assert(
    fc.property(learners, fc.infiniteStream(fc.nat()), (learner, numbers) => {
      const shuffle = <T>(all: readonly T[]): T[] => {
        const keyed = all.map((one) => ({ one, key: numbers.next().value }));
        return keyed.sort((a, b) => a.key - b.key).map(({ one }) => one);
      };
      const given = { learner, standards, facts, settings, choices };
      const plan = planEnrolment(buildInput(given));
      const shuffled = {
        ...learner,
        qualifications: shuffle(learner.qualifications),
        reviews: shuffle(learner.reviews),
        placements: shuffle(learner.placements),
        officers: shuffle(learner.officers),
        relatedOfficers: shuffle(learner.relatedOfficers),
      };
      const mixed = { ...facts, candidates: shuffle(facts.candidates) };
      const again = planEnrolment(
        buildInput({ ...given, learner: shuffled, standards: shuffle(standards), facts: mixed }),
      );
      expect(again).toEqual(plan);
    }),
  );
});

test('OF-23, G-5: killed after any steps, an enrolment ends with everything created exactly once', () => {
  fc.assert(
    fc.property(learners, fc.array(fc.boolean(), { maxLength: 30 }), (learner, kills) => {
      const given = { learner, standards, facts, settings, choices };
      const smooth = new EnrolWorld(given).run();
      const world = new EnrolWorld(given);
      for (const isKilled of kills) {
        world.step();
        if (isKilled) world.kill();
      }
      world.run();
      expect(world.lane.enrolment).toBeNull();
      expect(new Set(world.writes).size).toBe(world.writes.length);
      expect(world.writes.toSorted()).toEqual(smooth.writes.toSorted());
      expect([...world.aims.values()].length).toBe(smooth.aims.size);
    }),
  );
});
