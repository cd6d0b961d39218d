import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import { buildLink } from '../../../../test/support/onefile-rules.ts';
import { createRandom } from '../../../../test/support/random.ts';
import type { Qualification } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import { toReferenceKey } from '../../common/values.ts';
import { type AimMatch, matchAims } from './aim-match.ts';
import { toAimRecord } from './records.ts';

type Aim = {
  id: string;
  reference: string | null;
  status?: number;
  achievedOn?: string;
  plannedEndOn?: string;
  unreadable?: string[];
};

function matchOf(
  qualifications: readonly Qualification[],
  aims: readonly Aim[],
  links: readonly Link[] = [],
): AimMatch {
  const records = aims.map(({ id, ...record }) => toAimRecord(id, record));
  return matchAims({ ident: '10001', qualifications, aims: records, links });
}

function pairsOf(
  qualifications: readonly Qualification[],
  aims: readonly Aim[],
  links: readonly Link[] = [],
) {
  return matchOf(qualifications, aims, links)
    .pairs.map(
      ({ qualification, aim, isLinked }) => `${qualification.key}=${aim.id}${isLinked ? ' linked' : ''}`,
    )
    .sort();
}

const first = buildQualification({ reference: '603/1122/3', seq: 1 });
const second = buildQualification({ reference: '603/1122/3', seq: 2 });

test.each<[string, string[]]>([
  ['by reference, without slashes and case', pairsOf([first], [{ id: '1', reference: '60311223' }])],
])('A-35: an aim is found %s', (_title, pairs) => {
  expect(pairs).toEqual(['603/1122/3/1=1']);
});

test('A-35: the stored aim id outranks the reference', () => {
  const links = [buildLink('qualification', '10001/603/1122/3/1', '2')];
  const aims = [
    { id: '1', reference: '60311223' },
    { id: '2', reference: null },
  ];
  expect(pairsOf([first], aims, links)).toEqual(['603/1122/3/1=2 linked']);
});

test('A-35: of two equal qualifications the open one is matched', () => {
  const ended = { ...second, endOn: '2025-12-31' };
  expect(pairsOf([first, ended], [{ id: '1', reference: '60311223' }])).toEqual(['603/1122/3/1=1']);
});

test('A-35: of two open ones the higher sequence is matched, the other is left alone', () => {
  expect(pairsOf([first, second], [{ id: '1', reference: '60311223' }])).toEqual(['603/1122/3/2=1']);
});

test('A-35: two and two are paired, the unfinished aim with the open qualification', () => {
  const ended = { ...first, endOn: '2025-12-31' };
  const aims = [
    { id: '1', reference: '60311223', achievedOn: '2025-12-01' },
    { id: '2', reference: '60311223' },
  ];
  expect(pairsOf([ended, second], aims).sort()).toEqual(['603/1122/3/1=1', '603/1122/3/2=2']);
});

test('A-35: of two aims neither is taken if one shows its achievement unreadably', () => {
  const unclear = { id: '2', reference: '60311223', unreadable: ['achievedOn'] };
  expect(pairsOf([first], [{ id: '1', reference: '60311223' }, unclear])).toEqual([]);
  expect(pairsOf([first], [unclear])).toEqual(['603/1122/3/1=2']);
});

test('A-35: without a reference there is no match', () => {
  expect(pairsOf([buildQualification({ reference: '' })], [{ id: '1', reference: null }])).toEqual([]);
});

/** The links that go, as `PICS id=vendor id`. */
function staleOf(...sides: Parameters<typeof matchOf>): readonly string[] {
  return matchOf(...sides).stale.map(({ picsId, vendorId }) => `${picsId}=${vendorId}`);
}

const linkOf = (key: string, aimId: string, known: Partial<Link> = {}) =>
  buildLink('qualification', `10001/${key}`, aimId, { how: 'matched', ...known });

test.each([
  ['a reference re-typed without slashes', '500/4410/0/1', { reference: '50044100', seq: 1 }],
  ['a row re-added under another sequence', '500/4410/0/1', { reference: '500/4410/0', seq: 2 }],
  ['both at once, in small letters', '500/4410/x/1', { reference: '5004410X', seq: 7 }],
])('D-9: a link whose qualification is gone follows it: %s', (_title, key, known) => {
  const qualification = buildQualification(known);
  const aims = [{ id: '71', reference: known.reference }];
  expect(pairsOf([qualification], aims, [linkOf(key, '71')])).toEqual([`${qualification.key}=71`]);
  expect(staleOf([qualification], aims, [linkOf(key, '71')])).toEqual([`10001/${key}=71`]);
});

test('D-9: an aim that shows no reference is found by the reference in the link of the row that is gone', () => {
  const [row, aims] = [
    buildQualification({ reference: '50044100', seq: 3 }),
    [{ id: '71', reference: null }],
  ];
  expect(pairsOf([row], aims, [linkOf('500/4410/0/1', '71')])).toEqual(['50044100/3=71']);
});

test('D-9: a link whose qualification is gone for good harms nobody, and another reference does not take its aim', () => {
  const row = buildQualification({ reference: '196AS' });
  const links = [linkOf('500/4410/0/1', '71')];
  const aims = [{ id: '71', reference: '50044100' }];
  expect(pairsOf([row], aims, links)).toEqual([]);
  expect(staleOf([row], aims, links)).toEqual([]);
});

const [inProgress, achieved, withdrawn, suspended] = [0, 1, 2, 3];

test.each([
  ['in progress before suspended', [inProgress, suspended], '1'],
  ['suspended before achieved', [suspended, achieved], '1'],
  ['achieved before withdrawn', [achieved, withdrawn], '1'],
  ['in progress before withdrawn', [inProgress, withdrawn], '1'],
  ['the newest of two in progress', [inProgress, inProgress], '2'],
  ['the newest of two withdrawn', [withdrawn, withdrawn], '2'],
])('D-10: of two aims of one reference, %s', (_title, [one, two], chosen) => {
  const aims = [
    { id: '1', reference: '60311223', status: one ?? 0 },
    { id: '2', reference: '60311223', status: two ?? 0 },
  ];
  expect(pairsOf([first], aims)).toEqual([`603/1122/3/1=${chosen}`]);
});

test.each([
  ['withdrawn', { status: withdrawn ?? 0 }],
  ['finished', { status: achieved ?? 0, achievedOn: '2026-01-10' }],
  ['finished by its date alone', { status: inProgress ?? 0, achievedOn: '2026-01-10' }],
])(
  'D-10: a link to a %s aim moves when an open aim of the reference appears, not before',
  (_title, ended) => {
    const old = { id: '9', reference: '60311223', ...ended };
    const links = [linkOf('603/1122/3/1', '9')];
    expect(pairsOf([first], [old], links)).toEqual(['603/1122/3/1=9 linked']);
    expect(staleOf([first], [old], links)).toEqual([]);
    const aims = [old, { id: '4', reference: '603/1122/3', status: inProgress ?? 0 }];
    expect(pairsOf([first], aims, links)).toEqual(['603/1122/3/1=4']);
    expect(staleOf([first], aims, links)).toEqual(['10001/603/1122/3/1=9']);
    expect(matchOf([first], aims, links).pairs[0]?.earlier.map(({ id }) => id)).toEqual(['9']);
  },
);

test('D-10: a link to an ended qualification moves when its open counterpart appears; one of a finished aim stays', () => {
  const ended = { ...first, endOn: '2026-06-30' };
  const links = [linkOf('603/1122/3/1', '9')];
  const live = [{ id: '9', reference: '60311223', status: inProgress ?? 0 }];
  expect(pairsOf([ended], live, links)).toEqual(['603/1122/3/1=9 linked']);
  expect(pairsOf([ended, second], live, links)).toEqual(['603/1122/3/2=9']);
  expect(staleOf([ended, second], live, links)).toEqual(['10001/603/1122/3/1=9']);
  const done = [{ id: '9', reference: '60311223', status: achieved ?? 0, achievedOn: '2026-06-01' }];
  expect(pairsOf([ended, second], done, links)).toEqual(['603/1122/3/1=9 linked']);
});

test('D-10: a stored pair that makes sense is not given up for a newer aim', () => {
  const aims = [
    { id: '4', reference: '60311223', status: suspended ?? 0 },
    { id: '9', reference: '60311223', status: inProgress ?? 0 },
  ];
  expect(pairsOf([first], aims, [linkOf('603/1122/3/1', '4')])).toEqual(['603/1122/3/1=4 linked']);
});

test.each([
  ['achieved', { status: achieved ?? 0, achievedOn: '2024-08-31' }, '2024-09-01'],
  ['withdrawn, with a planned end', { status: withdrawn ?? 0, plannedEndOn: '2025-07-31' }, '2026-01-05'],
])('D-10: an aim that ended before the qualification began is no match: %s', (_title, ended, startOn) => {
  const row = { ...first, startOn };
  expect(pairsOf([row], [{ id: '9', reference: '60311223', ...ended }])).toEqual([]);
  expect(pairsOf([{ ...row, startOn: null }], [{ id: '9', reference: '60311223', ...ended }])).toHaveLength(
    1,
  );
  // One matched earlier lets go, one that a person or this sync made stays.
  const aims = [{ id: '9', reference: '60311223', ...ended }];
  expect(staleOf([row], aims, [linkOf('603/1122/3/1', '9')])).toEqual(['10001/603/1122/3/1=9']);
  expect(staleOf([row], aims, [linkOf('603/1122/3/1', '9', { how: 'created' })])).toEqual([]);
});

test('D-10: of several aims one cannot be ranked: a stored pair stays, nothing else is paired, both are named', () => {
  const links = [linkOf('603/1122/3/1', '9')];
  const aims = [
    { id: '9', reference: '60311223', status: withdrawn ?? 0 },
    { id: '4', reference: '60311223', status: 41 },
  ];
  const match = matchOf([first], aims, links);
  expect(match.pairs.map(({ aim, isLinked }) => [aim.id, isLinked])).toEqual([['9', true]]);
  expect(match.stale).toEqual([]);
  expect(match.unclear.map((one) => one.aims.map(({ id }) => id).sort())).toEqual([['4', '9']]);
});

test('D-9, D-10: any order of rows, aims and links gives the same pairs, and the links settle', () => {
  const { below, chance, pick } = createRandom(20_261_201);
  for (let round = 0; round < 2000; round += 1) {
    const rows = Array.from({ length: 1 + below(3) }, (_, seq) =>
      buildQualification({
        ...{ reference: pick(['603/1122/3', '60311223', '196AS']), seq },
        ...{ endOn: pick([null, null, '2026-02-01']), startOn: pick([null, '2025-01-01', '2026-01-01']) },
      }),
    );
    const aims = Array.from({ length: below(4) }, (_, n) => ({
      ...{ id: String(n + 1), reference: pick(['60311223', '196AS', null]), status: pick([0, 1, 2, 3]) },
      ...pick([{}, { achievedOn: '2025-06-01' }, { unreadable: ['achievedOn'] }]),
    }));
    const keys = [...rows.map(({ key }) => key), '603/1122/3/9'];
    const links = aims.flatMap(({ id }, n) => {
      const key = keys[n];
      return key !== undefined && chance() < 0.5 ? [linkOf(key, id)] : [];
    });
    const match = matchOf(rows, aims, links);
    const shuffled = matchOf(rows.toReversed(), aims.toReversed(), links.toReversed());
    const lines = ({ pairs }: AimMatch) =>
      pairs.map(({ qualification, aim }) => `${qualification.key}=${aim.id}`).sort();
    expect(lines(shuffled), `round ${round}`).toEqual(lines(match));
    const ids = match.pairs.map(({ aim }) => aim.id);
    expect(new Set(ids).size, `round ${round}: an aim once`).toBe(ids.length);
    // An aim that gives up a link of another reference is free in the next look, so it may take two.
    let [before, known] = [match, links];
    for (let look = 1; look <= 3; look += 1) {
      const made = before.pairs.filter(({ isLinked }) => !isLinked);
      known = [
        ...known.filter((link) => !before.stale.includes(link)),
        ...made.map(({ qualification, aim }) => linkOf(qualification.key, aim.id)),
      ];
      before = matchOf(rows, aims, known);
    }
    expect(before.stale, `round ${round}: again`).toEqual([]);
    expect(
      before.pairs.every(({ isLinked }) => isLinked),
      `round ${round}: again`,
    ).toBe(true);
  }
});

test('A-44: references are compared in upper case, without blanks and slashes', () => {
  expect(toReferenceKey(' 603/1122/x ')).toBe('6031122X');
  expect(toReferenceKey(' / ')).toBeNull();
  expect(toReferenceKey(null)).toBeNull();
});
