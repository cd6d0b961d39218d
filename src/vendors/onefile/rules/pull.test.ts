import { expect, test } from 'vitest';
import {
  buildLink,
  buildLinked,
  buildObservation,
  buildSyncSide,
  decideTwice,
  defaultSettings,
} from '../../../../test/support/onefile-rules.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Link } from '../../../domain/link.ts';
import type { Owner } from '../../../domain/owner.ts';
import { applyToState } from '../../../reconciling/record.ts';
import { decideRow } from './reconcile.ts';
import type { OneFileSettings } from './settings.ts';

const pull = { learnerDetails: 'pull' } as const;
const seen = (record: JsonObject): [string, string, JsonObject] => ['learner', '400061', record];

test('OF-70: in pull mode OneFile’s values that differ are written, and the second time nothing', () => {
  const learner = buildLinked({ phone: '01632 960001', email: 'old@example.org', sex: '1' });
  const record = {
    ...{ firstName: 'Imogen', lastName: 'Berg', email: 'new@example.org', phone: '01632960001', sex: 'M' },
    ...{ mobile: '07700 900123', dob: '2004-02-29', nino: 'qq 12 34 56 c', ethnicity: '31', disability: '9' },
  };
  const { decision } = decideTwice(seen(record), learner, { settings: pull });
  expect(decision).toEqual({
    kind: 'write',
    actions: [
      {
        kind: 'update-learner',
        ident: '10001',
        set: {
          ...{ surname: 'Berg', email: 'new@example.org', mobile: '07700 900123', birthDate: '2004-02-29' },
          ...{ niNumber: 'QQ123456C', ethnicity: '31', disability: '9' },
        },
      },
    ],
  });
});

test('OF-70, A-34: a blank value clears nothing, and the ULN is never written', () => {
  const learner = buildLinked({ phone: '01632 960001', uln: '9276308686' });
  const record = { firstName: 'Imogen', lastName: 'Tarrant', phone: '  ', uln: '1234567899' };
  const { decision } = decideTwice(seen(record), learner, { settings: pull });
  expect(decision).toEqual({ kind: 'ignore', code: 'equal' });
});

test('A-15: equal values in another notation stay as PICS has them', () => {
  const learner = buildLinked({
    firstName: 'Zoe\u0308',
    email: 'Z@Example.ORG',
    mobile: '07700900123',
    sex: '2',
  });
  const record = { firstName: 'Zoë', email: 'z@example.org', mobile: '07700 900 123', sex: 'F' };
  expect(decideTwice(seen(record), learner, { settings: pull }).decision).toEqual({
    kind: 'ignore',
    code: 'equal',
  });
});

test.each(['ignore', 'push'] as const)('OF-70: in mode %s an observation writes no detail', (mode) => {
  const record = { lastName: 'Berg' };
  const settings = { learnerDetails: mode };
  expect(decideTwice(seen(record), buildLinked(), { settings }).decision).toEqual({
    kind: 'ignore',
    code: 'OF-14',
  });
});

test('OF-70: only a linked learner is written, and only the chosen groups', () => {
  const unlinked = { side: { links: [] }, settings: pull };
  expect(decideTwice(seen({ lastName: 'Berg' }), buildLinked(), unlinked).decision).toEqual({
    kind: 'ignore',
    code: 'NOT_LINKED',
  });
  const settings = { ...pull, learnerDetailFields: ['email'] as const };
  const record = { lastName: 'Berg', email: 'new@example.org' };
  expect(decideTwice(seen(record), buildLinked(), { settings }).decision).toMatchObject({
    actions: [{ set: { email: 'new@example.org' } }],
  });
});

const officer: Owner = {
  ...{ kind: 'officer', code: 'ABR001', firstName: 'Ann', surname: 'Berg', email: null },
  ...{ phone: null, mobile: '07700900123', externalId: '400002', isDormant: false },
};
const organisation: Owner = {
  ...{ kind: 'organisation', code: 'ACME1', name: 'Acme', address: ['1 Mill Lane', null, null, 'Leeds'] },
  ...{
    postcode: 'LS1 4AB',
    phone: null,
    email: null,
    website: null,
    edrs: null,
    headCount: null,
    externalId: '7001',
  },
};

function decideOwner(
  owner: Owner | null,
  record: JsonObject,
  { settings = {}, link = {} }: { settings?: Partial<OneFileSettings>; link?: Partial<Link> } = {},
) {
  const isPlacement = 'name' in record;
  const [entity, id] = isPlacement ? (['placement', '7001'] as const) : (['assessor', '400002'] as const);
  const links = [
    isPlacement
      ? buildLink('organisation', 'ACME1', id, { ident: null, ...link })
      : buildLink('officer', 'ABR001', id, link),
  ];
  const all = {
    ...defaultSettings,
    officerDetails: 'pull',
    organisationDetails: 'pull',
    ...settings,
  } as const;
  const decide = (now: Owner | null) =>
    decideRow(buildObservation(entity, id, record), null, buildSyncSide({ links, owner: now }), all);
  const decision = decide(owner);
  if (decision.kind === 'write' && owner !== null) {
    const lane = `${owner.kind}:${owner.code}`;
    const state = { learners: new Map(), owners: new Map([[lane, owner]]) };
    for (const action of decision.actions) applyToState(action, state, null);
    expect(decide(state.owners.get(lane) ?? null)).toEqual({ kind: 'ignore', code: 'equal' });
  }
  return decision;
}

test('OF-71: a linked officer takes over the values that differ at OneFile, and the second time nothing', () => {
  const record = { firstName: 'Anna', lastName: 'Berg', email: 'a@example.org', mobile: '07700 900 123' };
  expect(decideOwner(officer, record)).toEqual({
    kind: 'write',
    actions: [{ kind: 'update-officer', code: 'ABR001', set: { firstName: 'Anna', email: 'a@example.org' } }],
  });
});

test('OF-71, OF-72: without a link, or in another mode, nothing is written', () => {
  const record = { firstName: 'Anna' };
  expect(decideOwner(null, record)).toEqual({ kind: 'ignore', code: 'NOT_LINKED' });
  expect(decideOwner(officer, record, { settings: { officerDetails: 'push' } })).toEqual({
    kind: 'ignore',
    code: 'OF-71',
  });
  const settings = { organisationDetails: 'ignore' } as const;
  expect(decideOwner(organisation, { name: 'Other' }, { settings })).toEqual({
    kind: 'ignore',
    code: 'OF-72',
  });
});

test("D-2: after a user changed or cleared an officer's id, the officer is not written from the old record", () => {
  const record = { firstName: 'Anna' };
  const edited: Owner = { ...officer, kind: 'officer', externalId: '400009' };
  const cleared: Owner = { ...officer, kind: 'officer', externalId: null };
  expect(decideOwner(edited, record)).toEqual({ kind: 'ignore', code: 'NOT_LINKED' });
  expect(decideOwner(cleared, record)).toEqual({ kind: 'ignore', code: 'NOT_LINKED' });
  expect(decideOwner(cleared, record, { link: { copiedAtMs: null } })).toMatchObject({ kind: 'write' });
  const settings = { externalIdVendor: 'smartassessor' } as const;
  expect(decideOwner(edited, record, { settings })).toMatchObject({ kind: 'write' });
});

test('OF-72: the address is taken over line by line, and its end as the postcode', () => {
  const record = {
    name: 'Acme',
    address: '2 Mill Lane, Hunslet\r\nLeeds\r\nls1 4ax',
    web: 'acme.example.org',
  };
  expect(decideOwner(organisation, record)).toMatchObject({
    actions: [
      {
        kind: 'update-organisation',
        code: 'ACME1',
        set: {
          address: ['2 Mill Lane', 'Hunslet', 'Leeds', null],
          postcode: 'LS1 4AX',
          website: 'acme.example.org',
        },
      },
    ],
  });
  expect(decideOwner(organisation, { name: 'Acme', address: '1 Mill Lane\nLeeds\nLS14AB' })).toEqual({
    kind: 'ignore',
    code: 'equal',
  });
});

test('OF-72: more than four lines become four without loss', () => {
  expect(decideOwner(organisation, { name: 'Acme', address: 'a\nb\nc\nd\ne\nLS1 4AB' })).toMatchObject({
    actions: [{ set: { address: ['a', 'b', 'c', 'd, e'] } }],
  });
});
