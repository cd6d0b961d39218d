import { expect, test } from 'vitest';
import { buildQualification } from '../../test/support/learner.ts';
import { smallCentre } from '../../test/support/onefile-client.ts';
import { buildLinked } from '../../test/support/onefile-rules.ts';
import { openRunWorld, type RunWorld } from '../../test/support/run-world.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Qualification } from '../domain/learner.ts';
import { compareItem, type Run } from '../domain/run.ts';

const qualification = buildQualification({ reference: '603/1122/3' });
const aim = { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 30 };

function openWorld(learner: Parameters<typeof buildLinked>[0] = {}): Promise<RunWorld> {
  return openRunWorld({
    learners: [buildLinked({ qualifications: [qualification], ...learner })],
    records: { ...smallCentre, aims: [aim] } as never,
  });
}

async function plan(world: RunWorld, payload: JsonObject): Promise<Run> {
  const row = await world.give('run-plan', payload);
  expect(row).toMatchObject({ status: 'done' });
  return world.until(Number(row.result?.['run']), ({ state }) => state !== 'asked');
}

async function linesOf(world: RunWorld, { id }: Run): Promise<readonly string[]> {
  return (await world.items(id)).flatMap(({ ident, planned }) =>
    planned.lines.map(({ does, subject, fields }) => [ident, does, subject, ...fields].join(' ')),
  );
}

async function approve(world: RunWorld, { id, plan: planned }: Run): Promise<Run> {
  expect(await world.give('run-approve', { run: id, digest: planned?.digest ?? '' })).toMatchObject({
    status: 'done',
  });
  return world.until(id, ({ state }) => ['done', 'planned', 'paused', 'failed'].includes(state));
}

/** PICS is edited, which near real time switched off leaves to the next run. */
async function editAim(world: RunWorld, change: Partial<Qualification>): Promise<void> {
  await world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, ...change })),
  }));
  await world.settled();
}

const some = { filter: { idents: ['10001'] } };

test('a run of named learners is planned by name, does that after its approval, and a second one finds nothing', async () => {
  await using world = await openWorld();
  const first = await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  expect(first.state).toBe('done');
  world.takeWrites();
  // A difference on both sides.
  await world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'THEIRS' });
  world.pics.written.length = 0;
  await editAim(world, { certificateAppliedOn: '2026-03-04' });

  const planned = await plan(world, { kind: 'synchronise', ...some });
  expect(planned).toMatchObject({
    state: 'planned',
    askedBy: 'ann',
    plan: { learners: 1, equal: 0, counts: { update: 1, pull: 1 } },
  });
  expect(await linesOf(world, planned)).toEqual([
    '10001 update aim:600045 certificateAppliedOn',
    '10001 pull learning-aim:600045 registrationNumber',
  ]);
  expect(world.takeWrites()).toEqual([]);
  expect(world.pics.written).toEqual([]);

  const ended = await approve(world, planned);
  expect(ended).toMatchObject({
    state: 'done',
    approvedBy: 'ann',
    progress: { items: 1, done: 1, failed: 0 },
  });
  expect(world.takeWrites()).toHaveLength(1);
  expect((await world.items(ended.id)).map(compareItem)).toEqual([{ missing: [], more: [] }]);

  const again = await plan(world, { kind: 'synchronise', ...some });
  expect(again.plan).toMatchObject({ learners: 1, equal: 1, counts: {} });
});
