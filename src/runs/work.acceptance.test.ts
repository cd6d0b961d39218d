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

test('learners for whom nothing is planned end together, and none of them is written one by one', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  const { runs } = world.store;
  const ended: string[] = [];
  const { endItem } = runs;
  runs.endItem = (id, end) => {
    ended.push(end.ident);
    return endItem(id, end);
  };
  const equal = await plan(world, { kind: 'synchronise', ...some });
  expect(await approve(world, equal)).toMatchObject({ state: 'done', progress: { items: 1, done: 1 } });
  expect(ended).toEqual([]);
  await editAim(world, { certificateAppliedOn: '2026-03-04' });
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  expect(ended).toEqual(['10001']);
});

test('what has become another plan is planned anew and waits for the person again', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  await editAim(world, { certificateAppliedOn: '2026-03-04' });
  const planned = await plan(world, { kind: 'synchronise', ...some });
  await editAim(world, {
    certificateAppliedOn: null,
    certificateReceivedOn: '2026-04-05',
    registrationNumber: 'NEW1',
  });
  world.takeWrites();
  await world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'THEIRS' });
  const stale = await approve(world, planned);
  expect(stale).toMatchObject({ state: 'planned', code: 'PLAN_STALE' });
  expect(stale.plan?.digest).not.toBe(planned.plan?.digest);
  expect(world.takeWrites()).toEqual([]);
  expect(await approve(world, stale)).toMatchObject({ state: 'done', code: null });
  expect(world.takeWrites()).toHaveLength(1);
});

test('an audit says what differs, by field and side, and changes nothing on either', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  await world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'THEIRS' });
  await editAim(world, { certificateAppliedOn: '2026-03-04' });
  world.takeWrites();
  world.pics.written.length = 0;
  const audit = await plan(world, { kind: 'audit' });
  expect(audit).toMatchObject({ state: 'done', plan: { learners: 1, counts: { update: 1, pull: 1 } } });
  expect(await linesOf(world, audit)).toHaveLength(2);
  await world.passMs(60_000);
  expect(world.takeWrites()).toEqual([]);
  expect(world.pics.written).toEqual([]);
});

test('G-10: what two audits an hour apart have found is held, and released by one after the cure', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  await editAim(world, { certificateAppliedOn: '2026-03-04' });
  const drift = () =>
    world.store.ledger.held.filter(({ code }) => code === 'DRIFT').map(({ ident }) => ident);
  const open = async () =>
    (await world.store.differences.list({ isAllowed: false })).map(({ field, sightings }) => [
      field,
      sightings,
    ]);
  await plan(world, { kind: 'audit' });
  await plan(world, { kind: 'audit' });
  expect(await open()).toEqual([['certificateAppliedOn', 2]]);
  expect(drift()).toEqual([]);
  await world.passMs(3_600_000);
  await plan(world, { kind: 'audit' });
  expect(drift()).toEqual(['10001']);
  const healing = await plan(world, { kind: 'synchronise', ...some });
  expect(await approve(world, healing)).toMatchObject({ state: 'done' });
  await plan(world, { kind: 'audit' });
  expect([await open(), drift()]).toEqual([[], []]);
});

test('a filter that fits nobody ends the run with its sentence, and idents that PICS does not have are named', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  const nobody = await plan(world, { kind: 'synchronise', filter: { officer: 'NOBODY' } });
  expect(nobody).toMatchObject({ state: 'failed', code: 'RUN_NOBODY' });
  const strangers = await plan(world, {
    kind: 'synchronise',
    filter: { idents: ['10001', '99998', '99999'] },
  });
  expect(strangers).toMatchObject({ state: 'planned', plan: { learners: 1, strangers: ['99998', '99999'] } });
});

test('of two runs the second waits until the first has ended, and a full pass waits for both', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  await editAim(world, { certificateAppliedOn: '2026-03-04' });
  const [one, two] = [
    await plan(world, { kind: 'synchronise', ...some }),
    await plan(world, { kind: 'synchronise', ...some }),
  ];
  const running: string[] = [];
  for (const { id } of [one, two])
    await world.store.runs.move(id, { from: ['planned'], to: 'approved' }, { approvedBy: 'ann' });
  for (let looks = 0; looks < 200; looks += 1) {
    const states = [await world.read(one.id), await world.read(two.id)].map(({ state }) => state);
    running.push(states.filter((state) => state === 'running').join());
    if (states.every((state) => state === 'done' || state === 'planned')) break;
    await world.passMs(100);
  }
  expect(running).toContain('running');
  expect(running).not.toContain('running,running');
  expect(await world.read(one.id)).toMatchObject({ state: 'done' });
  // The first has done what the second was planned for, so it finds nothing left.
  expect(await world.read(two.id)).toMatchObject({
    state: 'done',
    code: null,
    progress: { done: 1, failed: 0 },
  });
  expect(world.takeWrites()).toHaveLength(1);
});

test('while OneFile does not answer, a plan waits and says so, and goes on when it does', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  await world.control('POST', '/rules', { match: {}, times: null, action: { type: 'answer', status: 503 } });
  const row = await world.give('run-plan', { kind: 'audit' });
  const id = Number(row.result?.['run']);
  expect(await world.until(id, ({ code }) => code !== null)).toMatchObject({
    state: 'asked',
    code: 'RUN_WAITS',
  });
  await world.control('DELETE', '/rules');
  expect(await world.until(id, ({ state }) => state !== 'asked')).toMatchObject({
    state: 'done',
    code: null,
    plan: { equal: 1 },
  });
});

test('paused before its turn a run is left alone; resumed it goes on; stopped it is over', async () => {
  await using world = await openWorld();
  await approve(world, await plan(world, { kind: 'synchronise', ...some }));
  await editAim(world, { certificateAppliedOn: '2026-03-04' });
  const planned = await plan(world, { kind: 'synchronise', ...some });
  world.takeWrites();
  await world.store.runs.move(planned.id, { from: ['planned'], to: 'approved' }, { approvedBy: 'ann' });
  await world.store.runs.move(planned.id, { from: ['approved'], to: 'paused' }, {});
  await world.passMs(120_000);
  expect(world.takeWrites()).toEqual([]);
  expect(await world.give('run-resume', { run: planned.id })).toMatchObject({ status: 'done' });
  expect(await world.until(planned.id, ({ state }) => state === 'done')).toMatchObject({ code: null });
  expect(world.takeWrites()).toHaveLength(1);
  const other = await plan(world, { kind: 'synchronise', ...some });
  expect(await world.give('run-stop', { run: other.id })).toMatchObject({
    status: 'done',
    result: { state: 'stopped' },
  });
  expect(await world.give('run-approve', { run: other.id, digest: other.plan?.digest ?? '' })).toMatchObject({
    status: 'refused',
    code: 'RUN_STATE',
  });
});

test('a full pass is a run: it is listed with what came of it', async () => {
  await using world = await openWorld();
  await world.give('synchronise', {});
  const [pass] = await world.store.runs.list('onefile', 1);
  expect(pass).toMatchObject({
    ...{ state: 'done', askedBy: 'schedule', order: { kind: 'synchronise' }, code: 'RUN_PASSED' },
    params: { learners: '1' },
  });
});

test('a full pass is planned by name too, does that when it is approved, and one that has begun pauses and goes on', async () => {
  await using world = await openWorld();
  await world.give('synchronise', {});
  await editAim(world, { certificateAppliedOn: '2026-03-04' });
  world.takeWrites();
  const planned = await plan(world, { kind: 'synchronise' });
  expect(planned).toMatchObject({ state: 'planned', plan: { learners: 1, counts: { update: 1 } } });
  expect(await approve(world, planned)).toMatchObject({ state: 'done', progress: { done: 1 } });
  expect((await world.items(planned.id)).map(compareItem)).toEqual([{ missing: [], more: [] }]);
  expect(world.takeWrites()).toHaveLength(1);

  await world.control('POST', '/rules', { match: { method: 'GET' }, times: null, delayMs: 20_000 });
  const under = world.give('synchronise', {});
  await under;
  const [pass] = await world.store.runs.list('onefile', 1);
  expect(pass).toMatchObject({ state: 'running', askedBy: 'schedule' });
  expect(await world.give('run-pause', { run: pass?.id ?? 0 })).toMatchObject({ status: 'done' });
  await world.control('DELETE', '/rules');
  await world.passMs(120_000);
  expect(await world.read(pass?.id ?? 0)).toMatchObject({ state: 'paused' });
  expect(await world.give('run-resume', { run: pass?.id ?? 0 })).toMatchObject({ status: 'done' });
  expect(await world.until(pass?.id ?? 0, ({ state }) => state === 'done')).toMatchObject({
    code: 'RUN_PASSED',
  });
});
