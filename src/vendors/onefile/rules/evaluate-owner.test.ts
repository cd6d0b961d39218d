import { expect, test } from 'vitest';
import {
  buildLane,
  buildLink,
  defaultSettings,
  nowMs,
  toLines,
} from '../../../../test/support/onefile-rules.ts';
import type { Link } from '../../../domain/link.ts';
import type { Owner } from '../../../domain/owner.ts';
import { evaluateOwner } from './evaluate.ts';
import type { OneFileOwnerView, OneFileSettings } from './settings.ts';

const officer: Owner = {
  ...{
    kind: 'officer',
    code: 'ABR001',
    firstName: 'Ayesha',
    surname: 'Brook',
    externalId: null,
    isDormant: false,
  },
  ...{ email: 'a.brook@example.org', phone: null, mobile: null },
};
const organisation: Owner = {
  ...{ kind: 'organisation', code: 'HARRO1', name: 'Harrow & Pike Ltd', externalId: null },
  ...{ address: [], postcode: null, phone: null, email: null, website: null, edrs: null, headCount: null },
};
const link = buildLink('officer', 'ABR001', '400002');

type Known = {
  readonly owner?: Owner;
  readonly links?: readonly Link[];
  readonly demand?: OneFileOwnerView['demand'];
  readonly reads?: readonly string[];
  readonly settings?: Partial<OneFileSettings>;
};

function look({ owner = officer, links = [], demand = 'need', reads = [], settings }: Known) {
  return evaluateOwner({
    ...{ owner, demand, nowMs, reads: new Set(reads) },
    lane: buildLane({ links }),
    settings: { ...defaultSettings, ...settings },
    centre: { assessors: null, normalReviewTypes: ['N'] },
  });
}

const foundNobody = ['find-assessor officer:ABR001'];

test('OF-32: a needed owner is looked for by MIS value first, and created only if no record has it', () => {
  expect(toLines(look({}))).toEqual(foundNobody);
  const { candidates } = look({ reads: foundNobody });
  expect(candidates).toMatchObject([
    {
      call: {
        ...{ name: 'create-assessor', effect: 'create', naturalKey: 'misId=ABR001 not=' },
        request: { code: 'ABR001', misId: 'ABR001', firstName: 'Ayesha', lastName: 'Brook' },
      },
    },
  ]);
  expect(toLines(look({ owner: organisation }))).toEqual(['find-placement organisation:HARRO1']);
  const made = look({ owner: organisation, reads: ['find-placement organisation:HARRO1'] });
  expect(made.candidates).toMatchObject([
    { call: { name: 'create-placement', request: { name: 'Harrow & Pike Ltd', misId: 'HARRO1' } } },
  ]);
});

test('OF-81: an assessor is created with its name, what OneFile demands and the key, and nothing else (OF-20)', () => {
  const [step] = look({ reads: foundNobody }).candidates;
  expect(step?.kind === 'call' && Object.keys(step.call.request).sort()).toEqual(
    ['code', 'email', 'firstName', 'lastName', 'misId'].sort(),
  );
});

test('OF-20, A-40: without an e-mail address no assessor is created, unless OneFile does not demand one', () => {
  const silent = { ...officer, email: null };
  expect(look({ owner: silent, reads: foundNobody })).toMatchObject({
    candidates: [],
    holds: [{ subject: 'officer:ABR001', code: 'NO_ASSESSOR', params: { officer: 'ABR001' } }],
  });
  const settings = { officerCreateEmail: false };
  const [step] = look({ owner: officer, reads: foundNobody, settings }).candidates;
  expect(step).toMatchObject({ call: { name: 'create-assessor' } });
  expect(step?.kind === 'call' && 'email' in step.call.request).toBe(false);
});

test('A-38: the key is left out where the setting says so, and the record is then found again by name', () => {
  const [step] = look({ reads: foundNobody, settings: { sendMisValue: false } }).candidates;
  expect(step).toMatchObject({ call: { naturalKey: 'misId= not=' } });
  expect(step?.kind === 'call' && 'misId' in step.call.request).toBe(false);
});

test('OF-22: an organisation without a name is not created', () => {
  const nameless = { ...organisation, name: null };
  const reads = ['find-placement organisation:HARRO1'];
  expect(look({ owner: nameless, reads }).holds).toMatchObject([{ code: 'NO_PLACEMENT' }]);
});

test.each(['change', 'refresh'] as const)('OF-10: a %s alone creates no record', (demand) => {
  expect(look({ demand })).toEqual({ candidates: [], holds: [], notes: [] });
});

test('OF-30: an id typed into PICS is checked, then it becomes the link and replaces the old one', () => {
  const owner = { ...officer, externalId: '400003' };
  const demand = 'change';
  expect(toLines(look({ owner, links: [link], demand }))).toEqual(foundNobody);
  expect(look({ owner, links: [link], demand, reads: foundNobody }).candidates).toMatchObject([
    { kind: 'link', links: [{ vendorId: '400003', replaces: '400002', how: 'typed' }] },
  ]);
  expect(look({ owner, demand, reads: foundNobody }).candidates).toMatchObject([
    { kind: 'link', links: [{ vendorId: '400003', how: 'typed' }] },
  ]);
});

test('OF-30: an id taken away in PICS removes the link, but not at the moment it was copied', () => {
  expect(toLines(look({ links: [link], demand: 'change' }))).toEqual(['unlink officer ABR001=400002']);
  const justCopied = { ...link, copiedAtMs: nowMs - 1_000 };
  expect(toLines(look({ links: [justCopied], demand: 'change' }))).toEqual([]);
});

test('D-2, OF-30b: a link not copied yet is announced to the column, but only to a column of OneFile', () => {
  const fresh = { ...link, copiedAtMs: null };
  expect(toLines(look({ links: [fresh] }))).toEqual(['announce officer ABR001=400002']);
  expect(toLines(look({ links: [fresh], settings: { externalIdVendor: 'smartassessor' } }))).toEqual([]);
});

test('OF-35: with matching by MIS value ids that people typed or looked up are ignored', () => {
  const settings = { matchBy: 'misValue' } as const;
  const owner = { ...officer, externalId: '400009' };
  const typed = { ...link, how: 'typed' as const };
  expect(toLines(look({ owner, links: [typed], settings }))).toEqual(['unlink officer ABR001=400002']);
  expect(toLines(look({ owner, settings }))).toEqual(foundNobody);
  expect(toLines(look({ owner, links: [link], settings }))).toEqual([]);
});
