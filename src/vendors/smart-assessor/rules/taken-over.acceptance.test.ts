import { expect, test } from 'vitest';
import { buildLinked, openLinkedWorld } from '../../../../test/support/smart-assessor-world/linked.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';
import type { Json } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';

const refresh = (world: SmartAssessorWorld) => world.settle('10001', 'refresh');

/** The learner of the small site with these fields. */
function siteWith(learner: object): Json {
  const [imogen] = smallSite.learners;
  return { ...smallSite, learners: [{ ...imogen, ...learner }] } as unknown as Json;
}

type Setup = { settings: object; learner?: object; pics?: Partial<Learner>; switches?: Record<string, Json> };
function openWorld({ settings, learner = {}, pics = {}, switches = {} }: Setup) {
  return openLinkedWorld({
    learners: [buildLinked(pics)],
    settings,
    records: siteWith(learner),
    switches,
  });
}

const known = {
  birthDate: '2006-07-14',
  email: 'old@x.example.org',
  phone: '01632 960000',
  mobile: '07700 900000',
  niNumber: 'QQ123456A',
  uln: '1000000019',
  sex: 'F',
  address: ['1 Old Lane', 'Oldham', null, 'Lancs'],
  postcode: 'ZZ99 9ZZ',
};

test('SA-5, SA-50, A-43: in pull mode the details follow Smart Assessor; a blank there clears nothing, and a second run writes nothing', async () => {
  await using world = await openWorld({
    settings: { learnerDetails: 'pull' },
    pics: known,
    learner: { niNumber: known.niNumber },
  });
  await refresh(world);
  await world.control('POST', `/act/learners/${ids.imogen}/edit`, {
    familyName: 'Tarrant-Hughes',
    email: 'new@x.example.org',
    telNumber: '01632 960111',
    niNumber: 'qq 12 34 56 b',
    homeAddress: { line1: '2 High Street', locality: null, town: null, county: null, postCode: 'EX99 1AB' },
  });
  await refresh(world);
  expect(world.learner('10001')).toMatchObject({
    ...known,
    surname: 'Tarrant-Hughes',
    email: 'new@x.example.org',
    phone: '01632 960111',
    niNumber: 'QQ123456B',
    address: ['2 High Street', 'Oldham', null, 'Lancs'],
    postcode: 'EX99 1AB',
  });
  const writtenCount = world.pics.written.length;
  await refresh(world);
  await world.pass();
  expect(world.pics.written).toHaveLength(writtenCount);
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-5: without a mode nothing of the details is taken over or sent', async () => {
  await using world = await openWorld({
    settings: {},
    pics: known,
    learner: { familyName: 'Tarrant-Hughes', email: 'new@x.example.org' },
  });
  await refresh(world);
  expect(world.learner('10001')).toMatchObject({ ...known, surname: 'Tarrant' });
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-51, A-34: the ULN is never taken over, however long or wrong it is at Smart Assessor', async () => {
  for (const uln of ['1000000027', '123456789012345']) {
    await using world = await openWorld({
      settings: { learnerDetails: 'pull' },
      pics: { ...known, uln: null },
      learner: { uln, email: 'new@x.example.org' },
    });
    await refresh(world);
    expect(world.learner('10001')).toMatchObject({ uln: null, email: 'new@x.example.org' });
    expect(world.held()).toEqual([]);
  }
});

test('SA-6, SA-52: the sex follows only with its own switch', async () => {
  for (const updateGender of [false, true]) {
    await using world = await openWorld({
      settings: { learnerDetails: 'pull', updateGender },
      pics: known,
      learner: { sex: 'Male' },
    });
    await refresh(world);
    expect(world.learner('10001').sex).toBe(updateGender ? 'M' : 'F');
  }
});

test('SA-50: an odd sex, blanks of spaces and a date of birth that is none: each is left, the last is held, the rest is taken over', async () => {
  await using world = await openWorld({
    settings: { learnerDetails: 'pull', updateGender: true },
    pics: known,
  });
  await world.script({
    match: { operation: 'read-learner' },
    times: null,
    action: {
      type: 'answer',
      status: 200,
      body: {
        id: ids.imogen,
        misId: '10001',
        givenNames: 'Imogen',
        familyName: 'Tarrant',
        dateOfBirth: '31/02/2006',
        sex: 'Unknown',
        email: 'new@x.example.org',
        mobile: '   ',
        uln: '12345678901234567890',
      },
    },
  });
  await refresh(world);
  expect(world.learner('10001')).toMatchObject({ ...known, email: 'new@x.example.org' });
  expect(world.messages()).toEqual([
    `Smart Assessor shows a value in dateOfBirth of learner ${ids.imogen} that is not a date. Correct it in Smart Assessor.`,
  ]);
});

test('SA-50, D-20: without a row of details the e-mail address is held, and the rest follows', async () => {
  await using world = await openWorld({
    settings: { learnerDetails: 'pull' },
    learner: { familyName: 'Tarrant-Hughes', email: 'new@x.example.org' },
  });
  await refresh(world);
  world.pics.edit('10001', (learner) => ({ ...learner, hasDetails: false, surname: 'Tarrant' }));
  await refresh(world);
  expect(world.learner('10001').surname).toBe('Tarrant-Hughes');
  expect(world.held()).toEqual(['details:10001 NO_DETAILS_ROW']);
});

test('SA-8, SA-53: in pull mode the details of a linked officer follow, of another one never', async () => {
  await using world = await openLinkedWorld({
    settings: { officerDetails: 'pull' },
    officers: [
      { code: 'ABR001', externalId: ids.ada, firstName: 'Ada', surname: 'Brook', phone: '1' },
      { code: 'BCO001', firstName: 'Ben', surname: 'Cole', phone: '1' },
    ],
    records: {
      ...smallSite,
      assessors: smallSite.assessors.map((one) => ({ ...one, telephone: '01632 960999' })),
    } as unknown as Json,
  });
  await world.pass();
  await world.pass();
  const officers = await Promise.all(
    ['ABR001', 'BCO001'].map((code) => world.pics.readOwner({ key: { kind: 'officer', code }, txIds: [] })),
  );
  expect(officers).toMatchObject([{ phone: '01632 960999', email: 'a@x.example.org' }, { phone: '1' }]);
});

/** That the interface shows the score is not proved yet, so a site says it. */
const withScore = { riskFromScore: true, capabilities: { smartCoach: true } };

test.each([
  [0.8, '1'],
  [0.66, '2'],
  [0.5, '2'],
  [0.33, '3'],
  [0, '3'],
])('SA-4, A-16: a score of %d is the risk %s in PICS', async (score, risk) => {
  await using world = await openWorld({
    settings: withScore,
    pics: { risk: null },
    switches: { 'smart-coach': 'on' },
  });
  await world.control('POST', `/act/learners/${ids.imogen}/risk`, { score });
  await refresh(world);
  expect(world.learner('10001').risk).toBe(risk);
  const writtenCount = world.pics.written.length;
  await refresh(world);
  expect(world.pics.written).toHaveLength(writtenCount);
});

test('SA-4: without the setting, or without a score, the risk stays; Smart Assessor wins over an edit; other thresholds count', async () => {
  const pics = { risk: '2' };
  const switches = { 'smart-coach': 'on' };
  await using off = await openWorld({ settings: {}, pics, switches });
  await off.control('POST', `/act/learners/${ids.imogen}/risk`, { score: 0.8 });
  await refresh(off);
  expect(off.learner('10001').risk).toBe('2');
  await using on = await openWorld({
    settings: { ...withScore, riskBands: [0.1, 0.9] },
    pics,
    switches,
  });
  await refresh(on);
  expect(on.learner('10001').risk).toBe('2');
  await on.control('POST', `/act/learners/${ids.imogen}/risk`, { score: 0.95 });
  await refresh(on);
  on.pics.edit('10001', (learner) => ({ ...learner, risk: '3' }));
  await refresh(on);
  expect(on.learner('10001').risk).toBe('1');
});

test('SA-4: a learner without a row of episode data is held with a sentence, until it is there', async () => {
  await using world = await openWorld({
    settings: withScore,
    pics: { hasEpisode: false },
    switches: { 'smart-coach': 'on' },
  });
  await world.control('POST', `/act/learners/${ids.imogen}/risk`, { score: 0.8 });
  await refresh(world);
  expect(world.held()).toEqual(['episode:10001 NO_EPISODE_ROW']);
  expect(world.messages()).toEqual([
    'Imogen Tarrant (10001) is linked to Smart Assessor, but PICS has no episode data of the learner, where the risk belongs. Open the learner in PICS and save it once, then refresh the learner.',
  ]);
  world.pics.edit('10001', (learner) => ({ ...learner, hasEpisode: true }));
  await refresh(world);
  expect(world.learner('10001').risk).toBe('1');
  expect(world.held()).toEqual([]);
});
