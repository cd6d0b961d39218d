import { expect, test } from 'vitest';
import type { Change } from '../../../domain/change.ts';
import type { DetailsOwner } from '../../../domain/vendor-state.ts';
import {
  type EnabledWith,
  findDesktopEvidence,
  findOpenWarnings,
  findWarnings,
  isDesktopOpen,
  isForeignWrite,
  type OneFileModes,
  type WarningFacts,
} from './warnings.ts';

const modes: OneFileModes = {
  ...{ matchBy: 'id', learnerDetails: 'ignore', officerDetails: 'ignore', organisationDetails: 'ignore' },
};
const last: EnabledWith = {
  ...{ environment: 'beta', centreId: '301', externalIdVendor: 'onefile', modes, warnings: {} },
};
const facts: WarningFacts = {
  ...{ environment: 'beta', centreId: '301', picsRole: 'test', externalIdVendor: 'onefile', modes },
  ...{ desktop: { isConfirmedOff: true, evidence: [] }, unlinked: null, last, otherPulls: [] },
};
const ids = (change: Partial<WarningFacts>) => findWarnings({ ...facts, ...change }).map(({ id }) => id);

test('OF-5: the warning about the single centre is always given', () => {
  expect(ids({})).toEqual(['W-1']);
});

test.each<[string, Partial<WarningFacts>, string[]]>([
  [
    'OF-7: desktop synchronisation not confirmed as off',
    { desktop: { isConfirmedOff: false, evidence: [] } },
    ['W-2'],
  ],
  [
    'OF-7: confirmed, but there is evidence',
    { desktop: { isConfirmedOff: true, evidence: ['OF_DESKTOP_SCHED'] } },
    ['W-2'],
  ],
  ['OF-34: unlinked officers', { unlinked: { officers: 5, organisations: 0 } }, ['W-3']],
  ['OF-34: all are linked', { unlinked: { officers: 0, organisations: 0 } }, []],
  ['OF-1: a test PICS and Live', { environment: 'live' }, ['W-4']],
  ['OF-1: a live PICS and Beta', { picsRole: 'live' }, ['W-4']],
  ['OF-1: a live PICS and Live', { picsRole: 'live', environment: 'live' }, []],
  ['D-2: the id column has changed hands', { last: { ...last, externalIdVendor: 'smartassessor' } }, ['W-5']],
  ['D-2: nothing was enabled before', { last: null }, []],
  ['W-6: a pull mode switched on', { modes: { ...modes, learnerDetails: 'pull' } }, ['W-6']],
  ['W-6: a push mode', { modes: { ...modes, officerDetails: 'push' } }, []],
  ['OF-35: matching by MIS value', { modes: { ...modes, matchBy: 'misValue' } }, ['W-6']],
  [
    'W-6: on since the last enabling',
    { modes: { ...modes, matchBy: 'misValue' }, last: { ...last, modes: { ...modes, matchBy: 'misValue' } } },
    [],
  ],
])('%s', (_name, change, expected) => {
  expect(ids(change)).toEqual(['W-1', ...expected]);
});

test('OF-34: the warning names both numbers', () => {
  const text = findWarnings({ ...facts, unlinked: { officers: 5, organisations: 1 } })[1]?.text;
  expect(text).toContain('5 officers and 1 organisation in use are not linked');
});

test('a warning is open until it is confirmed, by its number or with the same words for the same centre', () => {
  const warnings = findWarnings({ ...facts, environment: 'live' });
  const of = (confirmed: readonly string[], change: Partial<WarningFacts> = {}) =>
    findOpenWarnings(warnings, confirmed, { ...facts, ...change }).map(({ id }) => id);
  expect(of([])).toEqual(['W-1', 'W-4']);
  expect(of(['W-4'])).toEqual(['W-1']);
  const earlier = { ...last, warnings: Object.fromEntries(warnings.map(({ id, text }) => [id, text])) };
  expect(of([], { last: earlier })).toEqual([]);
  expect(of([], { last: { ...earlier, centreId: '302' } }), 'another centre').toEqual(['W-1', 'W-4']);
  expect(of([], { last: { ...earlier, warnings: { 'W-1': 'else' } } }), 'other words').toEqual([
    'W-1',
    'W-4',
  ]);
});

test.each([
  [[], []],
  [
    [
      { name: 'OF_DESKTOP_USER', value: null },
      { name: 'OF_DESKTOP_SCHED', value: 'N  ' },
    ],
    [],
  ],
  [
    [
      { name: 'OF_DESKTOP_USER', value: ' ' },
      { name: 'OF_DESKTOP_SCHED', value: 'Y' },
    ],
    ['OF_DESKTOP_SCHED'],
  ],
  [[{ name: 'OF_DESKTOP_USER', value: 'centre.manager' }], ['OF_DESKTOP_USER']],
  [[{ name: 'OF_DESKTOP_PASSWORD', value: 'x' }], []],
])('OF-7: settings of the desktop product that show it in use: %j', (settings, evidence) => {
  expect(findDesktopEvidence(settings)).toEqual(evidence);
});

test("OF-7: an administrator's statement counts until there is evidence against it", () => {
  expect(isDesktopOpen({ isConfirmedOff: true, evidence: [] })).toBe(false);
  expect(isDesktopOpen({ isConfirmedOff: true, evidence: ['OF_DESKTOP_USER'] })).toBe(true);
  expect(isDesktopOpen({ isConfirmedOff: false, evidence: [] })).toBe(true);
});

const change: Change = {
  ...{ entity: 'review', op: 'update', key: { id: '1' }, origin: null, txId: 1, committedAtMs: 0 },
  ...{ before: { oneFileId: null }, after: { oneFileId: '77' } },
};

test.each<[string, Partial<Change>, boolean]>([
  ['a review gets its id from another writer', {}, true],
  ['a review comes with an id', { op: 'create', before: null }, true],
  ['the reconciler wrote it', { origin: 'picsync:onefile:1' }, false],
  ['it had the id before', { before: { oneFileId: '77' } }, false],
  ['the id was taken away', { before: { oneFileId: '77' }, after: { oneFileId: ' ' } }, false],
  ['a snapshot shows it', { op: 'snapshot', before: null }, false],
  ['people type counters', { entity: 'qualification', after: { elementsTotal: 3 } }, false],
])('A-36: a trace of another synchronisation: %s', (_name, given, isForeign) => {
  expect(isForeignWrite({ ...change, ...given })).toBe(isForeign);
});

test('W-6: names another vendor that overwrites the same details, and only those', () => {
  const textOf = (change: Partial<OneFileModes>, details: readonly DetailsOwner[]) =>
    findWarnings({
      ...facts,
      modes: { ...modes, ...change },
      otherPulls: [{ vendor: 'smartassessor', details }],
    }).find(({ id }) => id === 'W-6')?.text;
  const alone = 'PICS values will be overwritten from OneFile.';
  const all = { learnerDetails: 'pull', officerDetails: 'pull', organisationDetails: 'pull' } as const;
  expect(textOf(all, [])).toBe(alone);
  expect(textOf({ learnerDetails: 'push', officerDetails: 'pull' }, ['learner'])).toBe(alone);
  expect(textOf(all, ['officer', 'learner'])).toBe(
    `${alone} Smart Assessor overwrites details of learners and officers as well: let one vendor alone do so, or PICS has those of each in turn.`,
  );
});
