import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../test/support/learner.ts';
import { smallCentre } from '../../test/support/onefile-client.ts';
import { buildLinked } from '../../test/support/onefile-rules.ts';
import { type OneFileWorld, openOneFileWorld } from '../../test/support/onefile-world/world.ts';
import {
  buildLinked as buildSmartLinked,
  openLinkedWorld,
} from '../../test/support/smart-assessor-world/linked.ts';
import { ids } from '../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../test/support/smart-assessor-world/world.ts';
import type { Learner } from '../domain/learner.ts';
import { createAudit, partOf } from './audit.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Longer than the audit rests when nothing is due. */
const idleMs = 6_000;
const qualification = buildQualification({ reference: '603/1122/3', registrationNumber: 'AB1234567' });
const aim = { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 30 };
const withAims = (...aims: readonly object[]) => ({ ...smallCentre, aims }) as never;

type World = OneFileWorld | SmartAssessorWorld;

/** The standing audit of a world's vendor, with the part of this learner half a day old. */
async function openAudit(world: World, ident = '10001') {
  const { vendor, pics, store, base } = world;
  const { clock, virtual } = base.time;
  const audit = createAudit({ vendor, pics, store, clock, log: base.ports.log });
  const scope = { vendor: vendor.name, centre: vendor.centre };
  const place = { part: partOf(ident), afterIdent: '' };
  const begin = (agoMs = dayMs / 2) =>
    store.differences.recordPlace(scope, { ...place, beganAtMs: clock.nowMs() - agoMs });
  await begin();
  const signal = new AbortController().signal;
  return {
    scope,
    begin,
    /** Turns until nothing is due any more. */
    run: async (): Promise<void> => {
      await world.passMs(idleMs);
      for (let turns = 0; turns < 10; turns += 1) await virtual.runUntil(audit.turn(signal));
    },
    open: async () =>
      (await store.differences.list({ isAllowed: false })).map(
        ({ subject, field, inPics, atVendor, sightings }) =>
          `${subject} ${field}: ${inPics} in PICS, ${atVendor} there, seen ${sightings}`,
      ),
    allowed: async () =>
      (await store.differences.list({ isAllowed: true })).map(({ subject, rule }) => `${rule} ${subject}`),
    drift: () => store.ledger.held.filter(({ code }) => code === 'DRIFT'),
  };
}

/** A user changes PICS, and nothing is told of it. */
function change(world: World, edit: (learner: Learner) => Learner): void {
  world.pics.setLearner(edit(world.learner('10001')));
}

const setQualification =
  (set: object) =>
  (learner: Learner): Learner => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, ...set })),
  });

test('G-10, G-2: of OneFile a difference on each side is found, held at the second sighting, healed, and gone', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims(aim),
  });
  await world.settle('10001', 'refresh');
  const audit = await openAudit(world);
  await audit.run();
  expect(await audit.open()).toEqual([]);

  change(world, setQualification({ certificateAppliedOn: '2026-03-04' }));
  await world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'RG-ONEFILE' });
  await world.takeWrites();
  await audit.begin();
  await audit.run();
  const found = [
    'aim:600045 certificateAppliedOn: newer in PICS, blank there, seen',
    'learning-aim:600045 registrationNumber: older in PICS, newer there, seen',
  ];
  expect(await audit.open()).toEqual(found.map((one) => `${one} 1`));
  expect(audit.drift()).toEqual([]);

  await world.passMs(hourMs / 2);
  await audit.run();
  expect(await audit.open()).toEqual(found.map((one) => `${one} 1`));
  await world.passMs(hourMs / 2);
  await audit.run();
  expect(await audit.open()).toEqual(found.map((one) => `${one} 2`));
  expect(audit.drift()).toMatchObject([{ ident: '10001', subject: 'drift:10001' }]);
  expect(world.messages()).toEqual([
    'PICS and OneFile differ for Imogen Tarrant (10001), and no rule says why: aim:600045 certificateAppliedOn, learning-aim:600045 registrationNumber. "drift show 10001" shows on which side what is missing; "drift heal" plans a run that exchanges it again. The next audit closes this item when the difference is gone.',
  ]);
  expect(await world.takeWrites()).toEqual([]);
  expect(world.learner('10001').qualifications[0]?.registrationNumber).toBe('AB1234567');

  expect(await world.command('refresh', { ident: '10001' })).toMatchObject({ status: 'done' });
  expect(await world.takeWrites()).toHaveLength(1);
  expect(world.learner('10001').qualifications[0]?.registrationNumber).toBe('RG-ONEFILE');
  expect(audit.drift()).toHaveLength(1);
  await world.passMs(hourMs / 30);
  await audit.run();
  expect(await audit.open()).toEqual([]);
  expect(audit.drift()).toEqual([]);
  expect(world.ledger.journal.filter(({ code }) => code === 'DRIFT').map(({ kind }) => kind)).toEqual([
    'held',
    'released',
  ]);
  expect(world.logLines.join('\n')).not.toMatch(/Imogen|Tarrant|RG-ONEFILE|AB1234567/);
});

test('G-10: of Smart Assessor a difference on each side is found, held, healed, and gone', async () => {
  const teamLeader = buildQualification({ reference: '603/1122/3', elementsTotal: 8, elementsDone: 1 });
  await using world = await openLinkedWorld({
    learners: [buildSmartLinked({ qualifications: [teamLeader] })],
    settings: { learnerDetails: 'push' },
  });
  await world.settle('10001', 'refresh');
  const audit = await openAudit(world);
  await audit.run();
  expect(await audit.open()).toEqual([]);
  change(world, (one) => ({ ...one, phone: '01632 960101', surname: 'Married' }));
  await world.control('POST', `/act/learner-courses/${ids.imogen}/${ids.teamLeader}`, { assessedPc: 51.9 });
  await world.takeWrites();
  await audit.begin();
  await audit.run();
  const found = await audit.open();
  expect(found).toHaveLength(3);
  expect(found[0]).toMatch(/^learner-course:.* elementsDone: older in PICS, newer there, seen 1$/);
  await world.passMs(hourMs);
  await audit.run();
  expect(audit.drift()).toHaveLength(1);
  expect(await world.takeWrites()).toEqual([]);
  await world.settle('10001', 'refresh');
  await world.passMs(hourMs / 30);
  await audit.run();
  expect(await audit.open()).toEqual([]);
  expect(audit.drift()).toEqual([]);
});

const text = fc.constantFrom(null, 'RG-1', 'RG-2');
const day = fc.constantFrom(null, '2026-01-05', '2026-03-04');
/** What people do on either side behind the exchange. */
const deeds = fc.array(
  fc.oneof(
    fc.record({ registrationNumber: text }).map((set) => ({ in: 'pics' as const, set })),
    fc.record({ certificateAppliedOn: day }).map((set) => ({ in: 'pics' as const, set })),
    fc.record({ elementsDone: fc.constantFrom(3, 30) }).map((set) => ({ in: 'pics' as const, set })),
    fc
      .constantFrom('2026-09-02T10:00:00', '2026-10-02T10:00:00')
      .map((at) => ({ in: 'reviews' as const, at })),
    fc.record({ registrationNumber: text }).map((body) => ({ in: 'registration' as const, body })),
    fc.record({ progress: fc.constantFrom(30, 60) }).map((body) => ({ in: 'progress' as const, body })),
  ),
  { minLength: 1, maxLength: 5 },
);

test('G-10: whatever people have done on both sides, an audit finds a difference no rule allows if and only if the exchange then changes something, and none afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (done) => {
      await using world = await openOneFileWorld({
        learners: [buildLinked({ mainOfficer: 'ABR001', qualifications: [qualification] })],
        officers: [{ code: 'ABR001', externalId: '400002' }],
        records: withAims(aim),
      });
      await world.settle('10001', 'refresh');
      const audit = await openAudit(world);
      for (const [at, deed] of done.entries()) {
        if (deed.in === 'pics') change(world, setQualification(deed.set));
        else if (deed.in === 'reviews') {
          const review = buildReview({ id: `50${at}`, type: 'N', proposedAt: deed.at, officer: 'ABR001' });
          change(world, (one) => ({ ...one, reviews: [...one.reviews, review] }));
        } else await world.control('POST', `/act/aims/600045/${deed.in}`, deed.body);
      }
      await world.takeWrites();
      const writtenBefore = world.pics.written.length;
      await audit.run();
      const found = await audit.open();
      expect(await world.takeWrites()).toEqual([]);
      expect(world.pics.written).toHaveLength(writtenBefore);

      await world.settle('10001', 'refresh');
      const written = world.pics.written.slice(writtenBefore).filter(({ kind }) => !kind.startsWith('set-'));
      const changes = (await world.takeWrites()).length + written.length;
      expect({ found, isFound: found.length > 0 }).toEqual({ found, isFound: changes > 0 });

      await world.settle('10001', 'refresh');
      await audit.begin();
      await audit.run();
      expect(await audit.open()).toEqual([]);
      expect(audit.drift()).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
