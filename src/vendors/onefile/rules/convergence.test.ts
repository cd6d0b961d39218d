import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { createExchange } from '../../../../test/support/onefile-exchange.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import type { Qualification } from '../../../domain/learner.ts';
import { type ExchangedField, exchangedFields } from './aims.ts';

const fields = Object.keys(exchangedFields) as ExchangedField[];
const officers = [
  { code: 'ABR001', firstName: null, surname: null, email: null, externalId: '400002', isDormant: false },
];
const value = fc.constantFrom(null, '2026-01-02', '2026-01-03');
const values = fc.record({
  registrationNumber: value,
  registeredOn: value,
  certificateAppliedOn: value,
  certificateReceivedOn: value,
});
const review = fc.record({
  type: fc.constantFrom('N', 'N', 'C'),
  attended: fc.constantFrom(null, null, 'U', 'Y'),
  proposedAt: fc.constantFrom('2026-06-22T10:00:00', '2026-03-29T01:30:00', '2026-10-25T01:30:00'),
  officer: fc.constantFrom('ABR001', null),
} as const);
const act = fc.oneof(
  fc.record({
    kind: fc.constant('look' as const),
    demand: fc.constantFrom('change' as const, 'refresh' as const),
    steps: fc.integer({ min: 1, max: 12 }),
  }),
  fc.record({ kind: fc.constant('reconcile' as const), choice: fc.nat(20) }),
  fc.record({
    kind: fc.constant('type-in-pics' as const),
    at: fc.nat(1),
    field: fc.constantFrom(...fields),
    value,
  }),
  fc.record({
    kind: fc.constant('type-at-onefile' as const),
    at: fc.nat(1),
    field: fc.constantFrom(...fields),
    value,
  }),
  fc.record({ kind: fc.constant('plan-review' as const), review }),
  fc.record({ kind: fc.constant('start-review' as const), at: fc.nat(5) }),
);
const story = fc.record({
  qualifications: fc.tuple(values, values),
  aims: fc.tuple(values, values),
  reviews: fc.array(review, { maxLength: 3 }),
  theirs: fc.nat(2),
  acts: fc.array(act, { maxLength: 25 }),
});

type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** The learner has the second qualification twice, so that the match is not obvious. */
function toQualifications([first, second]: Story['qualifications']): Qualification[] {
  return [
    buildQualification({ reference: '603/1122/3', ...first }),
    buildQualification({ reference: '196AS', seq: 1, endOn: '2025-06-30' }),
    buildQualification({ reference: '196AS', seq: 2, ...second }),
  ];
}

function begin({ qualifications, aims, reviews, theirs }: Story) {
  const times = Array.from({ length: theirs }, (_, n) => [
    String(800_001 + n),
    { learnerId: '400061', scheduledForMs: Date.parse('2026-06-22T09:00:00Z') },
  ]);
  return createExchange({
    learner: buildLinked({
      officers,
      mainOfficer: 'ABR001',
      qualifications: toQualifications(qualifications),
      reviews: reviews.map((known, n) => buildReview({ id: `r${n}`, ...known })),
    }),
    aims: { 600045: { reference: '60311223', ...aims[0] }, 600046: { reference: '196AS', ...aims[1] } },
    reviews: Object.fromEntries(times),
  });
}

type Exchange = ReturnType<typeof begin>;

function play(exchange: Exchange, one: Story['acts'][number], n: number): void {
  switch (one.kind) {
    case 'look':
      exchange.look(one.demand, one.steps);
      return;
    case 'reconcile':
      exchange.reconcile(one.choice);
      return;
    case 'type-in-pics':
      exchange.edit((learner) => ({
        ...learner,
        qualifications: learner.qualifications.map((q, i) =>
          i === one.at * 2 ? { ...q, [one.field]: one.value } : q,
        ),
      }));
      return;
    case 'type-at-onefile': {
      const id = ['600045', '600046'][one.at] ?? '';
      exchange.oneFile.aims[id] = { ...exchange.oneFile.aims[id], [one.field]: one.value };
      return;
    }
    case 'plan-review':
      exchange.edit((learner) => ({
        ...learner,
        reviews: [...learner.reviews, buildReview({ id: `n${n}`, ...one.review })],
      }));
      return;
    case 'start-review': {
      const ids = Object.keys(exchange.oneFile.reviews);
      const id = ids[one.at % Math.max(1, ids.length)];
      if (id !== undefined)
        exchange.oneFile.reviews[id] = {
          ...exchange.oneFile.reviews[id],
          startedAtMs: Date.parse('2026-06-22T09:04:00Z'),
        };
    }
  }
}

test('D-3, OF-8: after any edits, kills and orders both sides are equal by the rules, and a second run changes nothing', {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(story, (given) => {
      const exchange = begin(given);
      given.acts.forEach((one, n) => {
        play(exchange, one, n);
      });
      for (let turn = 0; turn < 2; turn += 1) {
        exchange.look('refresh');
        exchange.drain();
      }
      const learner = exchange.learner();
      for (const [at, id] of [
        [0, '600045'],
        [2, '600046'],
      ] as const) {
        for (const field of fields) {
          expect(learner.qualifications[at]?.[field] ?? null).toBe(
            exchange.oneFile.aims[id]?.[field] ?? null,
          );
        }
      }
      const theirs = Object.entries(exchange.oneFile.reviews);
      const shown = learner.reviews.map(({ oneFileId }) => oneFileId).filter((one) => one !== null);
      expect([...shown].sort()).toEqual(theirs.map(([id]) => id).sort()); // each exactly once
      for (const [id, { startedAtMs = null }] of theirs) {
        const row = learner.reviews.find(({ oneFileId }) => oneFileId === id);
        expect(row?.attended).toBe(startedAtMs === null ? 'U' : 'Y');
      }
      const waiting = learner.reviews.filter(
        (one) => one.oneFileId === null && one.type === 'N' && one.attended === null,
      );
      expect(waiting).toEqual([]);

      const before = structuredClone(exchange.done);
      exchange.look('refresh');
      exchange.drain();
      exchange.look('change');
      expect(exchange.done).toEqual(before);
    }),
    { numRuns: 400 },
  );
});

test('the seq of a qualification taken twice that is left over keeps its blank fields', () => {
  fc.assert(
    fc.property(story, (given) => {
      const exchange = begin(given);
      exchange.look('refresh');
      exchange.drain();
      expect(exchange.learner().qualifications[1]).toMatchObject({
        registrationNumber: null,
        elementsTotal: null,
      });
    }),
    { numRuns: 50 },
  );
});
