import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import { buildLink } from '../../../../test/support/onefile-rules.ts';
import type { Qualification } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import { matchAims } from './aims.ts';
import { toAimRecord } from './records.ts';
import { toReferenceKey } from './values.ts';

type Aim = { id: string; reference: string | null; achievedOn?: string; unreadable?: string[] };

function pairsOf(
  qualifications: readonly Qualification[],
  aims: readonly Aim[],
  links: readonly Link[] = [],
) {
  const records = aims.map(({ id, ...record }) => toAimRecord(id, record));
  return matchAims({ ident: '10001', qualifications, aims: records, links }).map(
    ({ qualification, aim, isLinked }) => `${qualification.key}=${aim.id}${isLinked ? ' linked' : ''}`,
  );
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

test('A-35: without a reference there is no match; a linked aim is not matched again', () => {
  expect(pairsOf([buildQualification({ reference: '' })], [{ id: '1', reference: null }])).toEqual([]);
  const links = [buildLink('qualification', '10001/gone/1', '1')];
  expect(pairsOf([first], [{ id: '1', reference: '60311223' }], links)).toEqual([]);
});

test('A-44: references are compared in upper case, without blanks and slashes', () => {
  expect(toReferenceKey(' 603/1122/x ')).toBe('6031122X');
  expect(toReferenceKey(' / ')).toBeNull();
  expect(toReferenceKey(null)).toBeNull();
});
