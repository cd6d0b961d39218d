import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../test/support/learner.ts';
import { smallCentre } from '../../test/support/onefile-client.ts';
import { buildLinked } from '../../test/support/onefile-rules.ts';
import { type OneFileWorld, openOneFileWorld } from '../../test/support/onefile-world/world.ts';
import type { Foreseen } from '../domain/run.ts';
import { imagineLook } from './imagine.ts';

const qualification = buildQualification({ reference: '603/1122/3', registrationNumber: 'AB1234567' });
const aim = { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 30 };
const withAims = (...aims: readonly object[]) => ({ ...smallCentre, aims }) as never;

function imagine(
  world: OneFileWorld,
  readsVendor: boolean,
  { ident = '10001', owners = new Map() }: { ident?: string; owners?: Map<string, Foreseen> } = {},
): ReturnType<typeof imagineLook> {
  const { vendor, pics, ledger } = world;
  const ports = { vendor, pics, ledger, clock: world.base.time.clock };
  const signal = new AbortController().signal;
  const request = { ident, demand: 'refresh', readsVendor, priority: 'replay', owners, signal } as const;
  return world.base.time.virtual.runUntil(imagineLook(ports, request));
}

async function linesOf(world: OneFileWorld, readsVendor: boolean): Promise<readonly string[]> {
  const imagined = await imagine(world, readsVendor);
  if (imagined.kind !== 'foreseen') throw new Error(imagined.kind);
  return imagined.foreseen.lines.map(({ does, subject, fields }) => [does, subject, ...fields].join(' '));
}

test('it says what would be linked, sent and taken over, touches neither side, and the look then does that', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims(aim),
  });
  expect(await linesOf(world, true)).toEqual([
    'link learner:10001',
    'link qualification:10001/603/1122/3/1',
    'update aim:600045 registrationNumber',
    'pull learning-aim:600045 elementsDone elementsTotal',
  ]);
  expect(await world.takeWrites()).toEqual([]);
  expect(world.pics.written).toEqual([]);
  expect(world.reconciler.records).toEqual([]);
  expect(world.ledger.journal).toEqual([]);

  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([
    'POST LearningAim/600045 {"ID":600045,"RegistrationNumber":"AB1234567"}',
  ]);
  expect(world.pics.written).toMatchObject([
    { kind: 'update-qualification', set: { elementsTotal: 100, elementsDone: 30 } },
  ]);
  expect(await linesOf(world, true)).toEqual([]);
  expect(await linesOf(world, false)).toEqual([]);
});

test('without a call it stands on what the vendor showed last; with reads it sees what has changed there since', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims(aim),
  });
  await world.settle('10001', 'refresh');
  await world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'RG-ONEFILE' });
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, certificateAppliedOn: '2026-03-04' })),
  }));
  await world.takeCalls();
  expect(await linesOf(world, false)).toEqual(['update aim:600045 certificateAppliedOn']);
  expect(await world.takeCalls()).toEqual([]);
  expect(await linesOf(world, true)).toEqual([
    'update aim:600045 certificateAppliedOn',
    'pull learning-aim:600045 registrationNumber',
  ]);
});

test('D-14: the officer whom a review needs is named as created, once, before the review', async () => {
  await using world = await openOneFileWorld({
    learners: [
      buildLinked({
        mainOfficer: 'ABR001',
        reviews: [
          buildReview({ id: '501', type: 'N', proposedAt: '2026-09-02T10:00:00', officer: 'SNE001' }),
          buildReview({ id: '502', type: 'N', proposedAt: '2026-10-02T10:00:00', officer: 'SNE001' }),
        ],
      }),
    ],
    officers: [
      { code: 'ABR001', externalId: '400002' },
      { code: 'SNE001', firstName: 'Sam', surname: 'New', email: 'sam@x.example.org' },
    ],
  });
  const owners = new Map<string, Foreseen>();
  await imagine(world, true, { owners });
  expect([...owners].map(([lane, { lines }]) => [lane, lines.map(({ does }) => does)])).toEqual([
    ['officer:SNE001', ['create']],
    ['officer:ABR001', ['link']],
  ]);
  expect(await linesOf(world, true)).toEqual([
    'link learner:10001',
    'create review:501',
    'create review:502',
  ]);
});

test('a learner that PICS does not have is said, and a vendor that does not answer ends the look', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
  });
  expect(await imagine(world, true, { ident: '99999' })).toEqual({ kind: 'vanished' });
  await world.script({
    match: { method: 'GET', path: 'User/400061' },
    times: null,
    action: { type: 'answer', status: 503 },
  });
  expect(await imagine(world, true)).toMatchObject({ kind: 'unanswered' });
});
