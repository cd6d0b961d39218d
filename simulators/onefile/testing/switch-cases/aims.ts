/*
 * Cases of the switches for aims, units and templates, a row for each value: what to do at the bench, and what it
 * must show. The test beside the switches runs them and checks that no value is left out.
 */

import { assignTemplateTwice, brief, type Case, certificate, ids, json, keys, status } from './looking.ts';

export const AIMS: readonly Case[] = [
  {
    name: 'certificate-received-name',
    value: 'CertificateReceivedDate',
    show: certificate,
    expected: '2026-01-03T00:00:00.000Z',
  },
  {
    name: 'certificate-received-name',
    value: 'CertificateAwarded',
    show: certificate,
    expected: '2026-01-02T00:00:00.000Z',
  },
  {
    name: 'elements',
    value: 'none',
    show: (b) => keys(b.get('LearningAim/600044')),
    expected: ['ID', 'StandardID', 'UserID', 'Status', 'Progress'],
  },
  {
    name: 'elements',
    value: 'pair',
    also: { nulls: 'explicit' },
    show: async (b) => ((await keys(b.get('LearningAim/600044'))) as string[]).slice(-2),
    expected: ['ElementsTotal', 'ElementsDone'],
  },
  {
    name: 'elements',
    value: 'units',
    show: async (b) => {
      await b.post('Unit/PLAN_01/Assign/400060/5003');
      return json(b.post('UnitSummary/Search', { UserID: 400060 }));
    },
    expected: [{ ID: 900001, UserID: 400060, StandardID: 5003, UnitID: 'PLAN_01', Progress: 0 }],
  },
  {
    name: 'elements-total-name',
    value: 'CriteriaTotal',
    also: { nulls: 'explicit', elements: 'pair' },
    show: async (b) => ((await keys(b.get('LearningAim/600044'))) as string[]).slice(-2),
    expected: ['CriteriaTotal', 'ElementsDone'],
  },
  {
    name: 'elements-done-name',
    value: 'CriteriaMet',
    also: { elements: 'pair' },
    show: async (b) => {
      await b.door('POST', '/act/aims/600044/progress', { progress: 10, elementsDone: 4 });
      return (await json(b.get('LearningAim/600044'))).CriteriaMet;
    },
    expected: 4,
  },
  {
    name: 'standard-code',
    value: 'property',
    show: (b) => json(b.get('Standard/5003')),
    expected: { ID: 5003, Title: 'Team Leader', NDAQCode: '603/1122/3' },
  },
  {
    name: 'standard-code',
    value: 'in-title',
    show: (b) => json(b.get('Standard/5003')),
    expected: { ID: 5003, Title: 'Team Leader [603/1122/3]' },
  },
  {
    name: 'standard-code',
    value: 'none',
    show: (b) => json(b.get('Standard/5003')),
    expected: { ID: 5003, Title: 'Team Leader' },
  },
  {
    name: 'standard-code-name',
    value: 'QualificationCode',
    show: async (b) => (await json(b.get('Standard/5003'))).QualificationCode,
    expected: '603/1122/3',
  },
  {
    name: 'aim-statuses',
    value: '0-1-2',
    show: async (b) =>
      (await json(b.get('Organisation/301/LearningAimStatuses'))).map(({ ID }: { ID: number }) => ID),
    expected: [0, 1, 2],
  },
  {
    name: 'aim-statuses',
    value: 'renumbered',
    show: async (b) => {
      await b.post('LearningAim/600044', { ID: 600044, Status: 8 });
      return [
        await ids(b.get('Organisation/301/LearningAimStatuses')),
        (await json(b.get('LearningAim/600044'))).Status,
      ];
    },
    expected: [[7, 8, 9], 8],
  },
  {
    name: 'standard-reassign',
    value: 'existing-id',
    show: (b) => brief(b.post('Standard/5003/Assign/400060')),
    expected: '200 600044',
  },
  {
    name: 'standard-reassign',
    value: 'new-aim',
    show: (b) => brief(b.post('Standard/5003/Assign/400060')),
    expected: '200 600045',
  },
  {
    name: 'standard-reassign',
    value: '400',
    show: (b) => status(b.post('Standard/5003/Assign/400060')),
    expected: 400,
  },
  {
    name: 'unit-reassign',
    value: '400',
    show: async (b) => {
      await b.post('Unit/PLAN_01/Assign/400060/5003');
      return status(b.post('Unit/PLAN_01/Assign/400060/5003'));
    },
    expected: 400,
  },
  {
    name: 'unit-reassign',
    value: 'existing-id',
    show: async (b) => {
      await b.post('Unit/PLAN_01/Assign/400060/5003');
      return brief(b.post('Unit/PLAN_01/Assign/400060/5003'));
    },
    expected: '200 900001',
  },
  { name: 'template-reassign', value: 'idempotent', show: assignTemplateTwice, expected: [204, 204, 2] },
  { name: 'template-reassign', value: 'duplicates', show: assignTemplateTwice, expected: [204, 204, 5] },
  { name: 'template-reassign', value: '400', show: assignTemplateTwice, expected: [204, 400, 2] },
  {
    name: 'ui-date-storage',
    value: 'london-midnight',
    show: async (b) => {
      await b.door('POST', '/act/aims/600044/complete', { on: '2026-06-15' });
      return (await json(b.get('LearningAim/600044'))).AchievedDate;
    },
    expected: '2026-06-14T23:00:00.000Z',
  },
  {
    name: 'ui-date-storage',
    value: 'utc-midnight',
    show: async (b) => {
      await b.door('POST', '/act/aims/600044/complete', { on: '2026-06-15' });
      return (await json(b.get('LearningAim/600044'))).AchievedDate;
    },
    expected: '2026-06-15T00:00:00.000Z',
  },
];
