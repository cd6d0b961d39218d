import { expect, test } from 'vitest';
import type { EnrolmentChoices, Partner, PlannedQualification } from '../../domain/enrolment.ts';
import type { RequestRow } from '../../domain/request.ts';
import { askForChoices, type ShownPlan, showPlan } from './enrol.ts';

const vendor = {
  title: 'OneFile',
  recordWords: { officer: 'assessor', organisation: 'placement', offer: 'standard' },
};
const nothing: EnrolmentChoices = { centre: null, pathways: {}, createAnyway: false };
const none: Partner = { code: null, name: null, parts: [], way: 'none', vendorId: null };
const standard: PlannedQualification = {
  ...{ key: 'ST0096AS/1', reference: 'ST0096AS', title: 'Carpentry', state: 'choose', chosen: null },
  pathways: [
    { id: '41', title: 'Site' },
    { id: '42', title: 'Bench' },
  ],
};
const choose = { code: 'CHOOSE', message: 'ST0096AS exists more than once at OneFile.' };
const duplicate = { code: 'POSSIBLE_DUPLICATE', message: 'OneFile already has a learner like Mary: id 9.' };

function buildShown(known: Partial<ShownPlan> = {}): ShownPlan {
  return {
    ...{ refusal: null, warnings: [], centres: [{ id: '301', name: 'Larkfield' }], centre: '301' },
    learner: { ident: '00017', name: 'Mary Ford', email: 'mary@ford.example', startOn: '2026-09-01' },
    ...{ officers: [], organisation: none, classroom: none, qualifications: [], reviewCount: 0 },
    ...known,
  };
}

function setup(plans: readonly (ShownPlan | Partial<RequestRow>)[], answers: readonly (string | null)[]) {
  const asked: string[] = [];
  const previewed: EnrolmentChoices[] = [];
  let told = '';
  const waiting = [...answers];
  const run = (given = nothing) =>
    askForChoices(
      {
        vendor,
        tell: (text) => {
          told += text;
        },
        ask: async (question) => {
          asked.push(question);
          return waiting.shift() ?? null;
        },
        preview: async (choices) => {
          previewed.push(choices);
          const plan = plans[previewed.length - 1] ?? plans.at(-1);
          const row = plan !== undefined && 'learner' in plan ? { status: 'done', result: plan } : plan;
          return row as unknown as RequestRow;
        },
      },
      given,
    );
  return { run, asked, previewed, told: () => told };
}

test('a plan that can go ahead is shown, with one question', async () => {
  const { run, asked, told } = setup([buildShown()], ['yes']);
  expect(await run()).toEqual(nothing);
  expect(asked).toEqual(['Enrol Mary Ford (00017)? (yes/no) ']);
  expect(told()).toContain('Mary Ford (00017), mary@ford.example, starts 2026-09-01, centre Larkfield (301)');
});

test.each([['no'], [''], [null]])('the answer %j sends nothing', async (answer) => {
  expect(await setup([buildShown()], [answer]).run()).toBeNull();
});

test('OF-12: each choice is asked for, by number or by id, and previewed again', async () => {
  const other = { ...standard, key: 'ST0097AS/1', reference: 'ST0097AS' };
  const open = buildShown({ refusal: choose, qualifications: [standard, other] });
  const { run, asked, previewed, told } = setup([open, buildShown()], ['7', '2', '41', 'maybe', 'y']);
  const pathways = { 'ST0096AS/1': '42', 'ST0097AS/1': '41' };
  expect(await run()).toEqual({ ...nothing, pathways });
  expect(previewed).toEqual([nothing, { ...nothing, pathways }]);
  expect(asked.slice(0, 3)).toEqual([
    'Which standard for ST0096AS, 1 to 2? (empty: stop) ',
    'Which standard for ST0096AS, 1 to 2? (empty: stop) ',
    'Which standard for ST0097AS, 1 to 2? (empty: stop) ',
  ]);
  expect(told()).toMatch(
    /1\. 41 Site\n {2}2\. 42 Bench\n[\s\S]*"7" is not in the list\.[\s\S]*Answer yes or no\./,
  );
});

test('OF-11: a second record of a person needs its own answer', async () => {
  const plans = [buildShown({ refusal: duplicate }), buildShown()];
  const { run, previewed } = setup(plans, ['yes', 'yes']);
  expect(await run()).toEqual({ ...nothing, createAnyway: true });
  expect(previewed.at(-1)).toEqual({ ...nothing, createAnyway: true });
  expect(await setup(plans, ['no']).run()).toBeNull();
});

test('an empty answer stops the enrolment', async () => {
  const open = buildShown({ refusal: choose, qualifications: [standard] });
  expect(await setup([open], ['']).run()).toBeNull();
});

test.each<[string, ShownPlan | Partial<RequestRow>, RegExp]>([
  [
    'no answer can resolve',
    buildShown({ refusal: { code: 'NO_PLACEMENT', message: 'OneFile needs a placement.' } }),
    /^This learner cannot be enrolled yet: OneFile needs a placement\.$/,
  ],
  [
    'of the command itself',
    { status: 'refused', code: 'ALREADY_LINKED', message: 'Mary is already linked.' },
    /^The command was refused: Mary is already linked\.$/,
  ],
])('a reason %s ends in one sentence', async (_name, plan, sentence) => {
  await expect(setup([plan], []).run()).rejects.toThrow(sentence);
});

test('a preview shows what would be created, what is left out, and warnings', () => {
  const officer: Partner = {
    code: 'JB',
    name: 'Jo Bell',
    parts: ['main officer'],
    way: 'create',
    vendorId: null,
  };
  const text = showPlan(
    vendor,
    buildShown({
      officers: [officer],
      organisation: {
        ...none,
        code: 'ORG1',
        name: 'Hill Ltd',
        parts: ['placement'],
        way: 'linked',
        vendorId: '9',
      },
      qualifications: [
        standard,
        { ...standard, reference: '601/9999/9', state: 'unavailable', pathways: [] },
      ],
      reviewCount: 1,
      warnings: [{ code: 'ULN_INVALID', message: 'The ULN was left out.' }],
      refusal: choose,
    }),
  );
  expect(text).toMatch(/assessor +JB +Jo Bell +main officer +will be created +–/);
  expect(text).toMatch(/placement +ORG1 +Hill Ltd +placement +linked +9/);
  expect(text).toMatch(/601\/9999\/9 +Carpentry +left out: not available/);
  expect(text).toContain('1 review will be sent.\nWarning: The ULN was left out.\n');
  expect(text).toContain('This enrolment would be refused: ST0096AS exists more than once');
});

test('a vendor without classrooms shows none, calls its records by their names, and says what is not active there (SA-11)', () => {
  const text = showPlan(
    {
      title: 'Smart Assessor',
      recordWords: { officer: 'assessor', organisation: 'employer', offer: 'course' },
    },
    buildShown({
      classroom: null,
      organisation: { ...none, code: 'ORG1', way: 'create', parts: ['placement'] },
      qualifications: [
        { ...standard, state: 'inactive', pathways: [], chosen: 'c-7' },
        { ...standard, reference: '601/9999/9' },
      ],
    }),
  );
  expect(text).toMatch(/employer +ORG1 .* placement +will be created/);
  expect(text).not.toContain('classroom');
  expect(text).toMatch(/qualification .* course\n/);
  expect(text).toMatch(/ST0096AS +Carpentry +held: not active there +c-7/);
  expect(text).toContain('Smart Assessor offers 601/9999/9 more than once:');
});
