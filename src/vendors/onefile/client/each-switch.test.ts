import { expect, test } from 'vitest';
import { SWITCH_TABLE } from '../../../../simulators/onefile/switches.ts';
import { enrolCentre } from '../../../../test/support/onefile-centre.ts';
import { setupOneFile } from '../../../../test/support/onefile-client.ts';
import { runEssentials } from '../../../../test/support/onefile-essentials.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';

/** The results of all calls the sync needs, however OneFile answers. */
const usual: Readonly<Record<string, Json>> = {
  connection: 0,
  facts: {
    candidates: ['400020', '400061'],
    assessors: ['ABR001: 400002', 'BCO001: 400003', 'NONE01: '],
    missing: ['400061', '499999'],
    placements: ['30001'],
    isPlacementMissing: true,
    classrooms: ['2001'],
    centres: ['301', '302'],
  },
  offered: ['5003 60311223', '5004 60311223', '5007 196AS'],
  archived: '400009',
  nobody: true,
  foundPlacement: true,
  created: ['unknown found', 'unknown found', 'unknown found'],
  learner: ['Imogen', true, '2006-07-14'],
  assigned: ['found', 'done'],
  assignedAgain: true,
  kept: [true],
  aim: {
    ...{ reference: '60311223', startOn: '2026-06-01', plannedEndOn: '2027-06-01', registrationNumber: 'R1' },
    ...{ registeredOn: '2026-06-15', certificateReceivedOn: '2027-07-01' },
  },
  'assessorOf 5004': 'done',
  'assessorOf null': 'done',
  review: 'found',
  reviews: [true],
  'update learner': [true, true],
  'update assessor': [],
  'update placement': [true],
  details: ['0161 2', '07700 900000', '2 Mill Row\r\nOldham\r\nOL1 2AC'],
  'page standards': 4,
  'page assessors': 6,
  'page placements': 4,
  'page classrooms': 3,
  'page learners': 4,
  'page reviews': 1,
  'page aims': 2,
  strangers: ['ID_NOT_FOUND', 'ID_NOT_FOUND'],
  maintenance: 'unknown',
  taken: ['done', 'done', 'done'],
  archivedWrite: 'done',
};

type Case = {
  readonly switches: JsonObject;
  /** Results that are right under a certain value of a switch. */
  readonly instead?: Readonly<Record<string, Json>>;
  readonly pageSize?: number;
};

const noCodes = { offered: [], aim: { ...(usual['aim'] as JsonObject), reference: null } };

/** Right results that differ from the default, by switch and value. */
const differing: Readonly<Record<string, Readonly<Record<string, Case['instead']>>>> = {
  'archived-in-search': { hidden: { archived: null, 'page assessors': 5 } },
  'misid-unique': { 'per-role': { taken: ['POSSIBLE_DUPLICATE', 'done', 'done'] } },
  'duplicate-create': {
    '400-same-misid': { taken: ['POSSIBLE_DUPLICATE', 'done', 'done'] },
    '400-same-email': { taken: ['POSSIBLE_DUPLICATE', 'done', 'done'] },
  },
  'standard-code': { none: noCodes },
  'standard-reassign': { 'new-aim': { assignedAgain: false, 'page aims': 3 } },
  'archived-write': { 400: { archivedWrite: 'VENDOR_REFUSED' } },
};

/** Switches that have an effect only together with another one. */
const companions: Readonly<Record<string, JsonObject>> = {
  'rate-window': { 'rate-limit': 40 },
  'rate-scope': { 'rate-limit': 40 },
  'rate-counts-auth': { 'rate-limit': 40 },
  'rate-body': { 'rate-limit': 40 },
  'rate-retry-after': { 'rate-limit': 40 },
  'session-expiry': { 'session-lifetime-s': 60 },
};

const unproven = {
  kept: [false],
  aim: { ...(usual['aim'] as JsonObject), certificateReceivedOn: null },
};

/** Switches with numbers or names of the vendor as values. */
const others: readonly Case[] = [
  { switches: { 'rate-limit': 40 } },
  { switches: { 'rate-limit': 0 } },
  { switches: { 'page-size-max': 3 } },
  { switches: { 'page-size-max': 2, 'page-size-over': 'cap' }, pageSize: 2 },
  { switches: { 'page-size-max': 2, 'page-size-over': 'cut' }, pageSize: 2 },
  { switches: { 'certificate-received-name': 'CertReceived' }, instead: unproven },
  { switches: { 'elements-total-name': 'Total', elements: 'pair' } },
  { switches: { 'elements-done-name': 'Done', elements: 'pair' } },
  { switches: { 'standard-code-name': 'QualificationCode' }, instead: noCodes },
  { switches: { 'session-lifetime-s': 60 } },
  { switches: { 'latency-ms': 1 } },
];

/** Every value except the first, which is the default and is tested by itself. */
const choices = Object.entries(SWITCH_TABLE).flatMap(([name, definition]): readonly Case[] => {
  if (definition.type !== 'choice') return [];
  const more = companions[name];
  const values = definition.values.filter((value) => value !== definition.initial || more !== undefined);
  return values.map((value) => {
    const instead = differing[name]?.[value];
    return { switches: { ...more, [name]: value }, ...(instead === undefined ? {} : { instead }) };
  });
});

const profiles: readonly Case[] = [
  { switches: { profile: 'default' } },
  { switches: { profile: 'awkward' } },
  { switches: { profile: 'awkward', 'rate-limit': 40 } },
];
const cases: readonly Case[] = [...profiles, ...choices, ...others];

test.for(cases)(
  'the essential exchange holds with $switches',
  async ({ switches, instead, pageSize = 3 }) => {
    await using one = await setupOneFile({
      switches,
      records: enrolCentre as never,
      connection: { pageSize },
    });
    expect(await runEssentials(one)).toEqual({ ...usual, ...instead });
    const limited = (await one.calls()).filter(({ outcome }) => outcome === 'limited');
    expect(limited.length > 0).toBe(switches['rate-limit'] === 40);
  },
);

test('every switch is tested', () => {
  const tried = new Set(cases.flatMap(({ switches }) => Object.keys(switches)));
  expect(Object.keys(SWITCH_TABLE).filter((name) => !tried.has(name))).toEqual([]);
});

test.each(SWITCH_TABLE['bad-customer-token'].values)(
  'G2: a refused customer token (%s) stops everything, and is not tried again at once',
  async (answer) => {
    await using one = await setupOneFile({
      switches: { 'bad-customer-token': answer },
      connection: { customerToken: () => 'nonsense' },
    });
    const read = { name: 'read-learner', request: { learnerId: '400061', ident: '10001' } };
    expect(await one.execute(read)).toEqual({ kind: 'unauthorized', detail: 'BAD_SIGN_IN' });
    expect(await one.execute(read)).toEqual({ kind: 'unauthorized', detail: 'BAD_SIGN_IN' });
    expect(await one.calls()).toHaveLength(1);
  },
);
