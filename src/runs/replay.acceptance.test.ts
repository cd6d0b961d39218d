import { expect, test } from 'vitest';
import { buildQualification } from '../../test/support/learner.ts';
import { smallCentre } from '../../test/support/onefile-client.ts';
import { buildLinked } from '../../test/support/onefile-rules.ts';
import { openRunWorld, type RunWorld } from '../../test/support/run-world.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';

const qualification = buildQualification({ reference: '603/1122/3' });
const aim = { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 30 };

/** A linked learner, whose records were exchanged once, and whose qualification a user has edited since. */
async function openWorld(): Promise<RunWorld> {
  const world = await openRunWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: { ...smallCentre, aims: [aim] } as never,
  });
  await approve(world, await plan(world, { kind: 'synchronise', filter: { idents: ['10001'] } }));
  await world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, certificateAppliedOn: '2026-03-04' })),
  }));
  await world.settled();
  world.takeWrites();
  return world;
}

async function plan(world: RunWorld, payload: JsonObject): Promise<Run> {
  const row = await world.give('run-plan', payload);
  expect(row).toMatchObject({ status: 'done' });
  return world.until(Number(row.result?.['run']), ({ state }) => state !== 'asked');
}

async function approve(world: RunWorld, { id, plan: planned }: Run): Promise<Run> {
  await world.give('run-approve', { run: id, digest: planned?.digest ?? '' });
  return world.until(id, ({ state }) => ['done', 'planned', 'paused', 'failed'].includes(state));
}

const ofTable = { topics: ['trqual'] };

test('a replay looks at each learner that the topics speak of, does what is left to do, and nothing the second time', async () => {
  await using world = await openWorld();
  const planned = await plan(world, { kind: 'replay', ...ofTable });
  expect(planned).toMatchObject({ state: 'planned', plan: { learners: 1, counts: { update: 1 } } });
  expect(world.takeWrites()).toEqual([]);
  expect(await approve(world, planned)).toMatchObject({ state: 'done', progress: { done: 1, failed: 0 } });
  expect(world.takeWrites()).toHaveLength(1);
  const again = await plan(world, { kind: 'replay', ...ofTable });
  expect(again.plan).toMatchObject({ learners: 1, equal: 1, counts: {} });
});

test('learners whose rows the topics never held are completed by a snapshot, and the plan says of which tables', async () => {
  await using world = await openWorld();
  const planned = await plan(world, { kind: 'replay', topics: ['trainee', 'trqual'] });
  expect(planned.plan?.completed).toEqual([{ table: 'trainee', reason: 'rows-missing', learners: 1 }]);
  expect(world.pics.snapshots).toEqual([{ table: 'trainee', lanes: ['10001'] }]);
});

test('a start behind the last record concerns no learner', async () => {
  await using world = await openWorld();
  const start = { kind: 'time', atMs: world.ports.clock.nowMs() + 1 };
  expect(await plan(world, { kind: 'replay', ...ofTable, start })).toMatchObject({
    state: 'failed',
    code: 'RUN_NOBODY',
  });
});

test('of learners that are named those are looked at that the topics speak of; who is not in PICS is named', async () => {
  await using world = await openWorld();
  const filter = { idents: ['10001', '99999'] };
  const planned = await plan(world, { kind: 'replay', ...ofTable, filter });
  expect(planned.plan).toMatchObject({ learners: 1, strangers: ['99999'] });
});

test('a table that the vendor does not look at, a start that cannot be, and a topic that is gone end the run with a sentence', async () => {
  await using world = await openWorld();
  const offsets = [{ topic: 'trqual', partition: 0, offset: '900' }];
  const asked: readonly [JsonObject, string][] = [
    [{ topics: ['quals'] }, 'OneFile looks at no table quals of PICS.'],
    [{ ...ofTable, start: { kind: 'offsets', offsets } }, 'ends at offset'],
  ];
  for (const [payload, sentence] of asked) {
    const run = await plan(world, { kind: 'replay', ...payload });
    expect(run).toMatchObject({ state: 'failed', code: 'RUN_SOURCE' });
    expect(run.params['reason']).toContain(sentence);
  }
  world.ports.topics.drop('changes trqual');
  const run = await plan(world, { kind: 'replay', ...ofTable });
  expect(run).toMatchObject({ state: 'failed', code: 'RUN_SOURCE' });
  expect(run.params['reason']).toContain('does not exist');
});

test('a run that is stopped while its topics are read ends there', async () => {
  await using world = await openWorld();
  world.pics.takesSnapshots = false;
  const row = await world.give('run-plan', { kind: 'replay', topics: ['trainee'] });
  const id = Number(row.result?.['run']);
  expect(await world.give('run-stop', { run: id })).toMatchObject({ status: 'done' });
  await world.passMs(5_000);
  expect(await world.until(id, () => true)).toMatchObject({ state: 'stopped', plan: null });
  world.pics.takesSnapshots = true;
  expect(await plan(world, { kind: 'replay', ...ofTable })).toMatchObject({ state: 'planned' });
});

test('a reapplication looks at whose records the vendor has shown since a start, and brings to PICS what it lacks', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'replay', ...ofTable }));
  // PICS was restored to before it took a number over; the vendor shows it still.
  await world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'THEIRS' });
  await approve(world, await plan(world, { kind: 'synchronise', filter: { idents: ['10001'] } }));
  expect(world.pics.find('10001')?.qualifications[0]?.registrationNumber).toBe('THEIRS');
  await world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, registrationNumber: null })),
  }));
  await world.settled();
  const planned = await plan(world, { kind: 'reapply', topics: ['onefile.learning-aim'] });
  expect(planned).toMatchObject({ state: 'planned', plan: { learners: 1, counts: { pull: 1 } } });
  expect(await approve(world, planned)).toMatchObject({ state: 'done', progress: { failed: 0, calls: 0 } });
  expect(world.pics.find('10001')?.qualifications[0]?.registrationNumber).toBe('THEIRS');

  const none = { kind: 'time', atMs: world.ports.clock.nowMs() + 1 };
  expect(await plan(world, { kind: 'reapply', start: none })).toMatchObject({ code: 'RUN_NOBODY' });
  const unknown = await plan(world, { kind: 'reapply', topics: ['onefile.visit'] });
  expect(unknown).toMatchObject({ state: 'failed', code: 'RUN_SOURCE' });
  expect(unknown.params['reason']).toContain('OneFile has no topic onefile.visit.');
});
