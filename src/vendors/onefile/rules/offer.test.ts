import { expect, test } from 'vitest';
import { toOffers } from './settings.ts';

const standard = (vendorId: string, code: string | null, title: string | null = `Title ${vendorId}`) => ({
  vendorId,
  record: { id: vendorId, code, title },
});

test('OF-18, A-44: standards are offered by their code, upper case, without blanks and slashes', () => {
  expect(toOffers([standard('5003', ' 603/1122/3 '), standard('5007', '196as')])).toEqual([
    { code: '60311223', vendorId: '5003', title: 'Title 5003', entity: 'standard' },
    { code: '196AS', vendorId: '5007', title: 'Title 5007', entity: 'standard' },
  ]);
});

test('OF-18: several standards of one code are pathways: all of them are offered', () => {
  const offers = toOffers([standard('1', '60311223', 'General'), standard('2', '603/1122/3', 'Advanced')]);
  expect(offers.map(({ code, title }) => [code, title])).toEqual([
    ['60311223', 'General'],
    ['60311223', 'Advanced'],
  ]);
});

test('OF-18: an apprenticeship has a standard each for AS, OP, GW and EP', () => {
  const codes = ['196AS', '196OP', '196GW', '196EP'];
  expect(toOffers(codes.map((code, at) => standard(String(at), code))).map(({ code }) => code)).toEqual(
    codes,
  );
});

test('OF-18: a standard without a code is not offered', () => {
  expect(toOffers([standard('1', null), standard('2', '  '), { vendorId: '3', record: null }])).toEqual([]);
});
