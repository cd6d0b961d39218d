import { expect, test } from 'vitest';
import { type Bench, openCentre, openSeeded } from '../testing/open-simulator.ts';

async function find({ post }: Bench, filter: object): Promise<number[]> {
  const { text } = await post('LearningAim/Search', filter);
  return text === '' ? [] : JSON.parse(text).map(({ ID }: { ID: number }) => ID);
}

test('aims are found by learner, standard and how they ended', async () => {
  const bench = await openCentre();
  await bench.door('POST', '/records', {
    aims: [
      { ID: 600050, StandardID: 5007, UserID: 400060, Status: 1, AchievedDate: '2026-01-10T00:00:00Z' },
      { ID: 600051, StandardID: 5003, UserID: 400060, Status: 2 },
    ],
  });
  expect(await find(bench, { UserID: 400060 })).toEqual([600044, 600050, 600051]);
  expect(await find(bench, { UserID: 1 })).toEqual([]);
  expect(await find(bench, { LearningAimCompletionStatus: 0 })).toEqual([600044]);
  expect(await find(bench, { LearningAimCompletionStatus: 2, DateFrom: '2020-01-01' })).toEqual([600051]);
  const achieved = { LearningAimCompletionStatus: 1 };
  expect(await find(bench, { ...achieved, DateFrom: '2026-01-10', DateTo: '2026-01-10' })).toEqual([600050]);
  expect(await find(bench, { ...achieved, DateFrom: '2026-01-11' })).toEqual([]);
  expect((await bench.post('LearningAim/Search', { LearningAimCompletionStatus: 3 })).status).toBe(400);
});

test('a standard must be open to the centre of the learner', async () => {
  const { post } = await openCentre();
  expect((await post('Standard/5099/Assign/400060')).status).toBe(403);
  const seeded = await openSeeded();
  expect((await seeded.post('Standard/5013/Assign/400037')).status).toBe(400);
  expect((await seeded.post('Standard/5001/Assign/400037')).status).toBe(200);
});

test("a learner's progress is the mean of the aims'", async () => {
  const { post, doorJson } = await openCentre();
  await post('Standard/5007/Assign/400060');
  expect((await doorJson('/records/users/400060')).Progress).toBe(21.25);
});

test('a template brings its aims with dates and leaves, or resets, what is there', async () => {
  const { post, doorJson } = await openCentre();
  expect((await post('FrameworkTemplate/9001/Assign/400060/true')).status).toBe(204);
  const [kept, added] = await doorJson('/records/aims');
  expect(kept).toMatchObject({ ID: 600044, StartDate: null });
  expect(added).toMatchObject({
    StandardID: 5007,
    StartDate: '2026-01-15T00:00:00.000Z',
    PlannedEnd: '2027-01-15T00:00:00.000Z',
  });
  await post('FrameworkTemplate/9001/Assign/400060/false');
  expect((await doorJson('/records/aims/600044')).StartDate).toBe('2026-01-15T00:00:00.000Z');
});

test('assigning a standard assigns none of its units: each is assigned afterwards, and answers its own id', async () => {
  const { post, doorJson, door } = await openCentre();
  await door('POST', '/act/aims/600044/delete');
  expect((await post('Standard/5003/Assign/400060')).text).toBe('600045');
  expect(await doorJson('/records/unitSummaries')).toEqual([]);
  const first = await post('Unit/PLAN_01/Assign/400060/5003');
  const second = await post('Unit/PLAN_02/Assign/400060/5003');
  expect([first.status, first.text, second.status, second.text]).toEqual([200, '900001', 200, '900002']);
  expect((await post('Unit/PLAN_01/Assign/400060/5003')).status).toBe(400);
  expect(await doorJson('/records/aims')).toHaveLength(1);
});

test('a template, and a person who adds a standard in OneFile, bring the units too', async () => {
  const { post, doorJson, door } = await openCentre();
  await door('POST', '/act/aims/600044/delete');
  await post('FrameworkTemplate/9001/Assign/400060/true');
  expect(await doorJson('/records/unitSummaries')).toHaveLength(2);
  await door('POST', '/act/aims/600045/delete');
  await door('POST', '/act/aims', { learnerId: 400060, standardId: 5003 });
  expect(await doorJson('/records/unitSummaries')).toHaveLength(2);
});

test('assigning a unit makes the aim where there is none', async () => {
  const { post, doorJson, door } = await openCentre();
  await door('POST', '/act/aims/600044/delete');
  expect((await post('Unit/PLAN_02/Assign/400060/5003')).text).toBe('900001');
  expect(await doorJson('/records/aims')).toMatchObject([{ ID: 600045, StandardID: 5003 }]);
  expect(await doorJson('/records/unitSummaries')).toHaveLength(1);
  expect((await post('Unit/PLAN_02/Assign/400060/5007')).status).toBe(400);
});

test('units show their empty properties as null, and are found by standard', async () => {
  const { get, post } = await openCentre();
  expect((await get('Unit/PLAN_02')).text).toBe(
    '{"ID":"PLAN_02","Title":"Lead a team","NDAQCode":null,"Display":null}',
  );
  expect(JSON.parse((await post('Unit/Search', { StandardID: 5003 })).text)).toHaveLength(2);
  expect((await post('Unit/Search', { StandardID: 5007 })).status).toBe(204);
});
