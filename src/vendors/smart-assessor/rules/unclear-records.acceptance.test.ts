import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import { buildLinked, openLinkedWorld } from '../../../../test/support/smart-assessor-world/linked.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import type { Json } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';

/* What Smart Assessor shows and nothing can be concluded from: held, each with what to do. */

async function open(records: object, settings: object = {}, known: Partial<Learner> = {}, switches = {}) {
  const world = await openLinkedWorld({
    learners: [buildLinked({ qualifications: [buildQualification({ reference: '603/1122/3' })], ...known })],
    settings: { reviewTypeMap: { 'Formal Review': 'F' }, ...settings },
    records: { ...smallSite, ...records } as unknown as Json,
    switches,
  });
  await world.settle('10001', 'refresh');
  return world;
}

const [session] = smallSite.sessions;
const [course] = smallSite.learnerCourses;

test('A-29: a state of an event that says nothing of attendance is held, and Attended stays unknown', async () => {
  await using world = await open({ sessions: [] });
  const { learners: _learners, ...rest } = session;
  const row = { ...rest, learnerId: ids.imogen, courseId: ids.teamLeader, status: 'Postponed' };
  await world.script({
    match: { method: 'GET', path: '/sessions' },
    times: null,
    action: { type: 'answer', status: 200, body: JSON.stringify([row]) },
  });
  await world.settle('10001', 'refresh');
  expect(world.held().map((line) => line.split(' ')[1])).toEqual(['STATE_NOT_MAPPED']);
  expect(world.messages()[0]).toContain('Postponed');
  expect(world.learner('10001').reviews).toMatchObject([{ attended: 'U', actualAt: null }]);
});

test('SA-32: several courses of one reference that stand alike leave the counters alone', async () => {
  const twin = { ...smallSite.courses[0], id: ids.welding, isActive: true };
  await using world = await open({
    courses: [...smallSite.courses.filter(({ id }) => id !== ids.welding), twin],
    learnerCourses: [course, { ...course, courseId: ids.welding }],
    sessions: [],
  });
  expect(world.held().map((line) => line.split(' ')[1])).toEqual(['COURSE_UNCLEAR']);
  expect(world.messages()[0]).toContain(ids.welding);
  expect(world.learner('10001').qualifications).toMatchObject([{ elementsTotal: null, elementsDone: null }]);
});

test('SA-32, D-17: a percentage that is no number leaves the counters alone', async () => {
  await using world = await openLinkedWorld({
    learners: [buildLinked({ qualifications: [buildQualification({ reference: '603/1122/3' })] })],
    records: { ...smallSite, sessions: [] } as unknown as Json,
  });
  const row = { ...course, progressAssessedPc: 'half' };
  await world.script({
    match: { method: 'GET', path: '/learner-courses' },
    times: null,
    action: { type: 'answer', status: 200, body: JSON.stringify([row]) },
  });
  await world.settle('10001', 'refresh');
  expect(world.held().map((line) => line.split(' ')[1])).toEqual(['UNREADABLE_VALUE']);
  expect(world.learner('10001').qualifications).toMatchObject([{ elementsTotal: null, elementsDone: null }]);
});

test('SA-4: a risk that has no row to stand in is held until the row is there', async () => {
  const [learner] = smallSite.learners;
  await using world = await open(
    { learners: [{ ...learner, smartCoachScore: 0.8 }], sessions: [] },
    { riskFromScore: true, capabilities: { smartCoach: true } },
    { hasEpisode: false },
    { 'smart-coach': 'on' },
  );
  expect(world.held().map((line) => line.split(' ')[1])).toEqual(['NO_EPISODE_ROW']);
});
