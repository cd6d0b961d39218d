import { expect, test } from 'vitest';
import { buildLearner } from '../../../../test/support/learner.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import {
  openSmartAssessorWorld,
  type SmartAssessorWorld,
} from '../../../../test/support/smart-assessor-world/world.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';

/** A learner of both sides, who has been through a full pass. */
async function openLinked(switches: JsonObject = {}): Promise<SmartAssessorWorld> {
  const learner = buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    birthDate: '2006-07-14',
    smartAssessorId: ids.imogen,
    activePortfolio: 'S',
  });
  const world = await openSmartAssessorWorld({
    learners: [learner],
    settings: { reviewTypeMap: { 'Formal Review': 'F' }, learnerDetails: 'pull' },
    // Others enough for one learner's records to be few among them.
    records: { ...smallSite, ...others() } as unknown as Json,
    switches,
  });
  await world.pass();
  return world;
}

function others() {
  const [imogen] = smallSite.learners;
  const [course] = smallSite.learnerCourses;
  const idOf = (n: number): string => `1ea00000-0000-4000-8000-00000002000${n}`;
  const numbers = [1, 2, 3, 4, 5];
  return {
    learners: [imogen, ...numbers.map((n) => ({ ...imogen, id: idOf(n), misId: `2000${n}` }))],
    learnerCourses: [...smallSite.learnerCourses, ...numbers.map((n) => ({ ...course, learnerId: idOf(n) }))],
  };
}

const learnerHeld = (world: SmartAssessorWorld) => world.held().filter((one) => one.startsWith('learner:'));
const gone = ['learner:10001 LINK_GONE'];

test.each([
  ['deleted', {}, 'delete'],
  ['archived where nothing shows archived people', { 'archived-visibility': 'gone' }, 'archive'],
] as const)(
  'A-4, G-10: a learner who is %s is held once two passes have missed it, whatever else happens; PICS and the link stay; shown again it goes on',
  async (_title, switches, act) => {
    await using world = await openLinked(switches);
    const before = world.learner('10001');
    await world.control('POST', `/act/learners/${ids.imogen}/${act}`);
    await world.pass();
    expect(learnerHeld(world), 'missed once').toEqual([]);
    await world.pass();
    expect(learnerHeld(world)).toEqual(gone);
    expect(world.messages().at(-1)).toBe(
      `The Smart Assessor record ${ids.imogen} linked to learner 10001 no longer exists. Look it up again.`,
    );
    world.pics.edit('10001', (learner) => ({ ...learner, phone: '01632 960111' }));
    await world.settle('10001');
    expect(learnerHeld(world), 'a change in PICS says nothing about it').toEqual(gone);
    await world.pass();
    expect(learnerHeld(world)).toEqual(gone);
    expect(world.learner('10001')).toEqual({ ...before, phone: '01632 960111' });
    expect(await world.takeWrites()).toEqual([]);
    const back = act === 'delete' ? () => world.load(smallSite as unknown as Json) : unarchive;
    function unarchive() {
      return world.control('POST', `/act/learners/${ids.imogen}/unarchive`);
    }
    await back();
    await world.pass();
    expect(learnerHeld(world)).toEqual([]);
  },
);

test('A-4, SA-31: a refresh that does not find the learner says so until one, or a pass, finds it', async () => {
  await using world = await openLinked();
  await world.control('POST', `/act/learners/${ids.imogen}/delete`);
  await world.settle('10001', 'refresh');
  expect(learnerHeld(world)).toEqual(gone);
  await world.settle('10001');
  expect(learnerHeld(world)).toEqual(gone);
  await world.settle('10001', 'refresh');
  expect(learnerHeld(world), 'asked again').toEqual(gone);
  await world.load(smallSite as unknown as Json);
  await world.settle('10001', 'refresh');
  expect(learnerHeld(world)).toEqual([]);
});

test('A-4, D-2: an id that a person corrects afterwards ends what was held of the old one', async () => {
  await using world = await openLinked();
  await world.control('POST', `/act/learners/${ids.imogen}/delete`);
  await world.settle('10001', 'refresh');
  expect(learnerHeld(world)).toEqual(gone);
  const [imogen] = smallSite.learners;
  const other = '1ea00000-0000-4000-8000-000000030001';
  await world.load({ learners: [{ ...imogen, id: other }] } as unknown as Json);
  world.pics.edit('10001', (learner) => ({ ...learner, smartAssessorId: other }));
  await world.settle('10001');
  expect(learnerHeld(world)).toEqual([]);
  expect(world.ledger.links.find(({ kind }) => kind === 'learner')?.vendorId).toBe(other);
});
