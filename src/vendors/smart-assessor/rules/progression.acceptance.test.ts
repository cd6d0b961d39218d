import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import { buildLinked, openLinkedWorld } from '../../../../test/support/smart-assessor-world/linked.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';
import type { Json } from '../../../domain/json.ts';
import type { Learner, Qualification } from '../../../domain/learner.ts';

const teamLeader = buildQualification({ reference: '603/1122/3', elementsTotal: 8, elementsDone: 1 });
const joinery = buildQualification({ reference: '196AS' });

function openWorld(
  qualifications: readonly Qualification[],
  { learner, settings, records }: { learner?: Partial<Learner>; settings?: object; records?: Json } = {},
) {
  return openLinkedWorld({
    learners: [buildLinked({ qualifications, ...learner })],
    settings: settings ?? {},
    ...(records !== undefined && { records }),
  });
}

/** The daily exchange of the learner, and what follows. */
const refresh = (world: SmartAssessorWorld) => world.settle('10001', 'refresh');
const countersOf = (world: SmartAssessorWorld) =>
  world
    .learner('10001')
    .qualifications.map(({ key, elementsTotal, elementsDone }) => [key, elementsTotal, elementsDone]);
const move = (world: SmartAssessorWorld, courseId: string, body: Json) =>
  world.control('POST', `/act/learner-courses/${ids.imogen}/${courseId}`, body);
async function notesOf(world: SmartAssessorWorld): Promise<readonly string[]> {
  const others = { officers: [], organisations: [], learnerVendorIds: [] };
  const key = { vendor: 'smartassessor', centre: 'main', ident: '10001', ...others } as const;
  const { notes = [] } = await world.ledger.readLane(key);
  return notes.map(({ code, subject }) => `${code} ${subject}`);
}

/** The small site with these courses of the learner in the place of its own. */
function siteWith(learnerCourses: readonly object[]): Json {
  const [course] = smallSite.learnerCourses;
  return {
    ...smallSite,
    learnerCourses: learnerCourses.map((one) => ({ ...course, ...one })),
  } as unknown as Json;
}

test('SA-32, A-28: the counters follow the assessed percentage, cut to a whole number, of 100; a second run writes nothing', async () => {
  await using world = await openWorld([teamLeader]);
  await refresh(world);
  expect(countersOf(world)).toEqual([['603/1122/3/1', 100, 40]]);
  const writtenCount = world.pics.written.length;
  await refresh(world);
  await world.pass();
  expect(world.pics.written).toHaveLength(writtenCount);
  await move(world, ids.teamLeader, { assessedPc: 51.9 });
  await refresh(world);
  expect(countersOf(world)).toEqual([['603/1122/3/1', 100, 51]]);
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-32: Smart Assessor wins: counters that a user edits are back after the next run', async () => {
  await using world = await openWorld([teamLeader]);
  await refresh(world);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, elementsDone: 99 })),
  }));
  await refresh(world);
  expect(countersOf(world)).toEqual([['603/1122/3/1', 100, 40]]);
});

test('SA-14, SA-32: a standard is known by its code in the list of courses, a qualification by its number in any notation', async () => {
  const spaced = buildQualification({ reference: '603 1122 3' });
  await using world = await openWorld([spaced, joinery, buildQualification({ reference: '196GW' })]);
  await world.command('refresh-qualification-links', {});
  await move(world, ids.joinery, { mappedPc: 30, assessedPc: 12 });
  await refresh(world);
  expect(countersOf(world).toSorted()).toEqual([
    ['196AS/1', 100, 12],
    ['196GW/1', null, null],
    ['603 1122 3/1', 100, 40],
  ]);
});

test('SA-32, A-27: with units attached the counters keep their values, which is noted; with the policy import they follow', async () => {
  const withUnits = { ...teamLeader, hasUnits: true };
  await using world = await openWorld([withUnits]);
  await refresh(world);
  expect(countersOf(world)).toEqual([['603/1122/3/1', 8, 1]]);
  expect(await notesOf(world)).toContain('A-27 qualification:10001/603/1122/3/1');
  await using importing = await openWorld([withUnits], { settings: { unitsPolicy: 'import' } });
  await refresh(importing);
  expect(countersOf(importing)).toEqual([['603/1122/3/1', 100, 40]]);
});

test.each([
  ['O', 8, 1],
  [null, 8, 1],
  ['S', 100, 40],
] as const)(
  'A-25: of a learner of both vendors with the portfolio %s the counters become %i and %i',
  async (activePortfolio, total, done) => {
    await using world = await openWorld([teamLeader], { learner: { oneFileId: '400061', activePortfolio } });
    await refresh(world);
    expect(countersOf(world)).toEqual([['603/1122/3/1', total, done]]);
    const isLeft = (await notesOf(world)).includes('A-25 qualification:10001/603/1122/3/1');
    expect(isLeft).toBe(activePortfolio !== 'S');
  },
);

test('SA-32: with elementsFrom off nothing is written', async () => {
  await using world = await openWorld([teamLeader], { settings: { elementsFrom: 'off' } });
  await refresh(world);
  expect(countersOf(world)).toEqual([['603/1122/3/1', 8, 1]]);
});

test('A-35, D-10: of two delivery qualifications with one reference the open one counts', async () => {
  const ended = buildQualification({ reference: '603/1122/3', seq: 2, endOn: '2026-01-01' });
  await using world = await openWorld([teamLeader, ended]);
  await refresh(world);
  expect(countersOf(world)).toEqual([
    ['603/1122/3/1', 100, 40],
    ['603/1122/3/2', null, null],
  ]);
});

test('D-10: of two courses with one number the one in progress counts, else the newest; alike they wait for a person, or for an override', async () => {
  const crafts = buildQualification({ reference: '500/9999/X' });
  const day = { courseId: ids.crafts, qanCode: '5009999X', title: 'Crafts', progressAssessedPc: 10 };
  const evening = {
    courseId: ids.craftsEvenings,
    qanCode: '5009999X',
    title: 'Crafts (evenings)',
    progressAssessedPc: 20,
  };
  const cases: readonly (readonly [object, object, number | null])[] = [
    [{ status: 'EarlyLeaver' }, { status: 'InTraining' }, 20],
    [{ startDate: '2026-01-06' }, { startDate: '2025-09-01' }, 10],
    [{}, {}, null],
  ];
  for (const [one, other, done] of cases) {
    await using world = await openWorld([crafts], {
      records: siteWith([
        { ...day, ...one },
        { ...evening, ...other },
      ]),
    });
    await refresh(world);
    await refresh(world);
    expect(countersOf(world)[0]?.[2]).toBe(done);
    expect(world.held()).toEqual(done !== null ? [] : ['course-of:10001/5009999X COURSE_UNCLEAR']);
    expect(world.messages()).toEqual(
      done !== null
        ? []
        : [
            `Imogen Tarrant (10001) is on several courses for 500/9999/X at Smart Assessor, and it is not clear which one counts: Crafts (${ids.crafts}), Crafts (evenings) (${ids.craftsEvenings}). Correct their status and dates in Smart Assessor, or name the course of this reference in the settings, then refresh the learner.`,
          ],
    );
  }
  await using world = await openWorld([crafts], {
    records: siteWith([day, evening]),
    settings: { courseOverrides: { '500/9999/X': ids.craftsEvenings } },
  });
  await refresh(world);
  expect(countersOf(world)[0]?.[2]).toBe(20);
  expect(world.messages()).toEqual([]);
});

test.each([
  ['over a hundred', 140],
  ['text', 'nearly'],
])(
  'D-17: progress that is %s is held, and the counters keep their values',
  async (_what, progressAssessedPc) => {
    await using world = await openWorld([teamLeader]);
    await world.script({
      match: { operation: 'read-learner-courses' },
      times: null,
      action: {
        type: 'answer',
        status: 200,
        body: [{ learnerId: ids.imogen, courseId: ids.teamLeader, qanCode: '60311223', progressAssessedPc }],
      },
    });
    await refresh(world);
    expect(countersOf(world)).toEqual([['603/1122/3/1', 8, 1]]);
    expect(world.held()).toEqual([`learner-course:${ids.imogen}/${ids.teamLeader} UNREADABLE_VALUE`]);
    expect(world.messages()).toEqual([
      `Smart Assessor shows a value in assessedPc of course ${ids.imogen}/${ids.teamLeader} that is not a number it can be. Correct it in Smart Assessor.`,
    ]);
  },
);

test('SA-32, A-28: with elementsFrom units the two counts are taken; without them nothing, which is noted', async () => {
  await using without = await openWorld([teamLeader], { settings: { elementsFrom: 'units' } });
  await refresh(without);
  expect(countersOf(without)).toEqual([['603/1122/3/1', 8, 1]]);
  expect(await notesOf(without)).toContain('SA-32 qualification:10001/603/1122/3/1');
  await using world = await openWorld([teamLeader], {
    settings: { elementsFrom: 'units', capabilities: { units: true } },
  });
  await world.script({
    match: { operation: 'read-learner-courses' },
    times: null,
    action: {
      type: 'answer',
      status: 200,
      body: [
        {
          learnerId: ids.imogen,
          courseId: ids.teamLeader,
          qanCode: '60311223',
          unitsTotal: 6,
          unitsComplete: 9,
        },
      ],
    },
  });
  await refresh(world);
  expect(countersOf(world), 'A-23: never more done than there is').toEqual([['603/1122/3/1', 6, 6]]);
});

test('SA-32, G-10: a course that PICS has no qualification for is noted', async () => {
  await using world = await openWorld([]);
  await refresh(world);
  expect(await notesOf(world)).toEqual(
    expect.arrayContaining([`A-35 learner-course:${ids.imogen}/${ids.teamLeader}`]),
  );
});
