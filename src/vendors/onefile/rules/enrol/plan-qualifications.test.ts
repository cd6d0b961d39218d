import { expect, test } from 'vitest';
import { buildStandard, buildUnlinked, plan, toCodes } from '../../../../../test/support/enrol-input.ts';
import { buildQualification } from '../../../../../test/support/learner.ts';

const three = [
  buildStandard('5003', '196AS'),
  buildStandard('5001', '196as '),
  buildStandard('5002', '196AS'),
];
const several = buildUnlinked({
  qualifications: [
    buildQualification({ reference: '196AS' }),
    buildQualification({ reference: '999/0000/9' }),
  ],
});

test('OF-12: several standards and no choice are refused, and shown with their pathways', () => {
  const { refusal, qualifications } = plan({ learner: several, standards: three });
  expect(refusal).toEqual({ code: 'CHOOSE', params: { vendor: 'OneFile', reference: '196AS' } });
  expect(qualifications[0]).toMatchObject({ state: 'choose', chosen: null });
  expect(qualifications[0]?.pathways.map(({ id }) => id)).toEqual(['5001', '5002', '5003']);
});

test.each(['196AS', '196AS/1', '196 as'])('OF-12: a choice by %s is taken', (name) => {
  const shown = plan({ learner: several, standards: three, choices: { pathways: { [name]: '5002' } } });
  expect(shown.refusal).toBeNull();
  expect(shown.accepted.qualifications).toEqual([{ key: '196AS/1', standardId: '5002' }]);
});

test('OF-12: a choice by key outranks one by reference', () => {
  const pathways = { '196AS': '5001', '196AS/1': '5003' };
  const { qualifications } = plan({ learner: several, standards: three, choices: { pathways } });
  expect(qualifications[0]?.chosen).toBe('5003');
});

test.each([
  ['several are left', three],
  ['one is left', three.slice(0, 1)],
  ['none is left', []],
])('OF-12: a choice that is gone is refused, also when %s', (_what, standards) => {
  const choices = { pathways: { '196AS': '5009' } };
  expect(plan({ learner: several, standards, choices }).refusal?.code).toBe('CHOOSE');
});

test('OF-15: a qualification that OneFile does not offer is skipped, and the rest is planned', () => {
  const { refusal, warnings, qualifications, accepted } = plan({
    learner: several,
    standards: three.slice(0, 1),
  });
  expect(refusal).toBeNull();
  expect(warnings).toEqual([
    {
      code: 'QUALIFICATION_SKIPPED',
      params: { vendor: 'OneFile', reference: '999/0000/9', key: '999/0000/9/1' },
    },
  ]);
  expect(qualifications.map(({ state }) => state)).toEqual(['available', 'unavailable']);
  expect(accepted.qualifications).toEqual([{ key: '196AS/1', standardId: '5003' }]);
});

test('OF-18, A-44: references are compared in capitals, without blanks and slashes', () => {
  const learner = buildUnlinked({
    qualifications: [
      buildQualification({ reference: '603/1122/x' }),
      buildQualification({ reference: '6010001' }),
      buildQualification({ reference: '196OP' }),
    ],
  });
  const standards = [
    buildStandard('1', ' 6031122X'),
    buildStandard('2', '601/000/1'),
    buildStandard('3', '196AS'),
  ];
  expect(plan({ learner, standards }).qualifications.map(({ chosen }) => chosen)).toEqual([null, '2', '1']);
});

test('A-35: of two equal qualifications the open one is assigned, else the highest sequence', () => {
  const twice = (ended: readonly (string | null)[]) =>
    buildUnlinked({
      qualifications: ended.map((endOn, index) =>
        buildQualification({ reference: '603/1122/3', seq: index + 1, endOn }),
      ),
    });
  const keys = (ended: readonly (string | null)[]) =>
    plan({ learner: twice(ended) }).accepted.qualifications.map(({ key }) => key);
  expect(keys([null, null])).toEqual(['603/1122/3/2']);
  expect(keys([null, '2025-12-31'])).toEqual(['603/1122/3/1']);
  expect(keys(['2025-12-31', '2025-12-31', '2024-12-31'])).toEqual(['603/1122/3/3']);
  expect(toCodes(plan({ learner: twice([null, null]) }))).toEqual(['QUALIFICATION_SKIPPED']);
});

test('A-35: with different pathways both are assigned', () => {
  const learner = buildUnlinked({
    qualifications: [
      buildQualification({ reference: '196AS' }),
      buildQualification({ reference: '196AS', seq: 2 }),
    ],
  });
  const pathways = { '196AS/1': '5001', '196AS/2': '5002' };
  expect(plan({ learner, standards: three, choices: { pathways } }).accepted.qualifications).toHaveLength(2);
});

test('OF-15: a learner without qualifications is enrolled too', () => {
  expect(plan({ learner: buildUnlinked({ qualifications: [] }) })).toMatchObject({
    refusal: null,
    qualifications: [],
  });
});
