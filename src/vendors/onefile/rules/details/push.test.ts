import { expect, test } from 'vitest';
import {
  buildLane,
  buildLink,
  buildLinked,
  buildShadow,
  buildView,
  defaultSettings,
  learnerLink,
  nowMs,
  toLines,
} from '../../../../../test/support/onefile-rules.ts';
import type { JsonObject } from '../../../../domain/json.ts';
import type { Learner, Placement } from '../../../../domain/learner.ts';
import type { Link } from '../../../../domain/link.ts';
import type { Shadow } from '../../../../domain/observation.ts';
import type { Owner } from '../../../../domain/owner.ts';
import type { Evaluation } from '../../../../domain/step.ts';
import { pushLearnerDetails, pushOwnerDetails } from '../details-push.ts';
import type { OneFileOwnerView, OneFileSettings } from '../settings.ts';

const of = { ident: '10001', learnerId: '400061' };
const read = 'read-learner learner:10001';
const update = 'update-learner learner-details:10001';
const push = { learnerDetails: 'push' } as const;
const same = { firstName: 'Imogen', lastName: 'Tarrant' };

type Known = {
  readonly learner?: Partial<Learner>;
  readonly shown?: JsonObject | null;
  readonly isRead?: boolean;
  readonly settings?: Partial<OneFileSettings>;
  readonly links?: readonly Link[];
  readonly needed?: Readonly<Record<string, string | null>>;
  readonly support?: Readonly<Record<string, boolean>>;
  readonly sent?: Shadow['sent'];
  readonly held?: readonly { readonly subject: string }[];
};

function look({
  learner = {},
  shown = same,
  isRead = true,
  settings = push,
  links = [],
  support = {},
  sent = {},
  held = [],
  ...rest
}: Known): Evaluation {
  const view = buildView({
    ...rest,
    learner: buildLinked(learner),
    settings,
    reads: isRead ? [read] : [],
    lane: {
      links: [learnerLink, ...links],
      shadows: shown === null ? [] : [{ ...buildShadow('learner', '400061', shown), sent }],
      fieldSupport: support,
      held: held as never,
    },
  });
  return pushLearnerDetails(view, of);
}

function toSent({ candidates }: Evaluation) {
  return candidates.flatMap((step) => (step.kind === 'call' ? [step.call.request['fields']] : []));
}

test('OF-70: a value that differs is read first and then sent alone; equal values cause no call', () => {
  const learner = { phone: '01632 960002' };
  const shown = { ...same, phone: '01632 960001' };
  expect(toLines(look({ learner, shown, isRead: false }))).toEqual([read]);
  const sent = look({ learner, shown });
  expect(toLines(sent)).toEqual([update]);
  expect(toSent(sent)).toEqual([{ phone: '01632 960002' }]);
  expect(toLines(look({ learner, shown: { ...same, phone: '01632 960002' }, isRead: false }))).toEqual([]);
});

test('OF-70: all values that differ are sent in one call, each in the form OneFile takes', () => {
  const learner = {
    ...{ firstName: 'Zoe\u0308', email: 'Z@Example.org', sex: '2', birthDate: '2004-02-29' },
    ...{ niNumber: 'QQ123456C', uln: '9276308686', mobile: '07700 900123', ethnicity: '31', disability: '9' },
  };
  const sent = look({ learner, shown: { lastName: 'Tarrant' } });
  expect(toSent(sent)).toEqual([
    {
      ...{ firstName: 'Zoë', email: 'Z@Example.org', sex: 'F', birthDate: '2004-02-29' },
      ...{ niNumber: 'QQ123456C', uln: '9276308686', mobile: '07700 900123', ethnicity: '31' },
      disability: '9',
    },
  ]);
});

test('A-15: padding, Unicode form, case of an e-mail and grouping of a number are no difference', () => {
  const learner = {
    ...{ firstName: ' Zoe\u0308 ', email: 'Z@Example.ORG', phone: '01632960001', niNumber: 'qq 12 34 56 c' },
    sex: '1',
  };
  const shown = {
    ...{ firstName: 'Zoë', lastName: 'Tarrant', email: 'z@example.org', phone: '01632 960 001' },
    ...{ nino: 'QQ123456C', sex: 'M' },
  };
  expect(toLines(look({ learner, shown }))).toEqual([]);
});

test.each([null, '', '   '])('G-1, OF-70: a blank source (%j) clears nothing', (blank) => {
  expect(toLines(look({ learner: { phone: blank }, shown: { ...same, phone: '1' } }))).toEqual([]);
});

test.each(['9999999999', '1234567890', '12345'])('A-47: the ULN %s is never sent', (uln) => {
  expect(toLines(look({ learner: { uln } }))).toEqual([]);
});

test.each(['ignore', 'pull'] as const)('OF-14: in mode %s nothing is read or sent', (learnerDetails) => {
  const learner = { surname: 'Changed' };
  expect(toLines(look({ learner, settings: { learnerDetails }, isRead: false }))).toEqual([]);
});

test('A-43: only the chosen groups are compared', () => {
  const settings = { ...push, learnerDetailFields: ['email'] as const };
  const sent = look({ learner: { surname: 'Changed', email: 'new@example.org' }, settings });
  expect(toSent(sent)).toEqual([{ email: 'new@example.org' }]);
});

test('D-1: a learner never read at OneFile is read first; if it is not found, nothing is sent', () => {
  expect(toLines(look({ shown: null, isRead: false }))).toEqual([read]);
  expect(toLines(look({ shown: null }))).toEqual([]);
});

test('D-16, O12: a field that is given up is not sent, and noted; the others are sent', () => {
  const learner = { phone: '01632 960002', mobile: '07700 900123' };
  const look1 = look({ learner, support: { 'learner.phone': false } });
  expect(toSent(look1)).toEqual([{ mobile: '07700 900123' }]);
  expect(look1.notes).toEqual([{ code: 'D-16', subject: 'learner-field:400061/phone' }]);
});

test('D-16: what OneFile keeps in another form is sent once, and again when PICS changes or OneFile shows something else', () => {
  const learner = { email: 'imogen.tarrant+college@x.example.org' };
  const cut = { value: learner.email, shown: 'imogen.tarrant', state: 'read-back', sentAtMs: 1 } as const;
  const shown = { ...same, email: 'imogen.tarrant' };
  const after = look({ learner, shown, sent: { email: cut } });
  expect(toSent(after)).toEqual([]);
  expect(after.notes).toEqual([{ code: 'VENDOR_CHANGED_IT', subject: 'learner-field:400061/email' }]);
  expect(toSent(look({ learner: { email: 'it@x.example.org' }, shown, sent: { email: cut } }))).toEqual([
    { email: 'it@x.example.org' },
  ]);
  const moved = { email: { ...cut, shown: 'someone', state: 'moved' as const } };
  expect(toSent(look({ learner, shown: { ...same, email: 'someone' }, sent: moved }))).toEqual([learner]);
});

test('D-16: what OneFile did not keep is held, sent again after a retry, and without a trace when PICS changes', () => {
  const learner = { phone: '01632 960002' };
  const lost = { value: learner.phone, shown: null, state: 'lost', sentAtMs: 1 } as const;
  const held = [{ subject: 'learner-field:400061/phone' }];
  const first = look({ learner, sent: { phone: lost }, held });
  expect(toSent(first)).toEqual([]);
  expect(first.holds).toMatchObject([{ ...held[0], code: 'VALUE_NOT_KEPT', params: { field: 'phone' } }]);
  expect(toSent(look({ learner, sent: { phone: lost } }))).toEqual([learner]);
  const corrected = look({ learner: { phone: '01632 960003' }, sent: { phone: lost }, held });
  expect([toSent(corrected), corrected.holds]).toEqual([[{ phone: '01632 960003' }], []]);
});

const officer = {
  ...{
    code: 'ABR001',
    firstName: 'Ann',
    surname: 'Berg',
    email: 'a@example.org',
    externalId: '400002',
    isDormant: false,
  },
};
const withOfficer = { mainOfficer: 'ABR001', officers: [officer] };
const officerLink = buildLink('officer', 'ABR001', '400002', { how: 'typed' });
const pushOfficer = { pushMainOfficer: true };

test('A-6: a changed Main Officer becomes the Default Assessor, once its setting is on', () => {
  const shown = { ...same, defaultAssessorId: '400001' };
  const known = { learner: withOfficer, shown, links: [officerLink] };
  expect(toLines(look({ ...known, settings: {} }))).toEqual([]);
  expect(toSent(look({ ...known, settings: pushOfficer }))).toEqual([{ defaultAssessorId: '400002' }]);
  const equal = { ...same, defaultAssessorId: '400002' };
  expect(toLines(look({ ...known, shown: equal, settings: pushOfficer }))).toEqual([]);
});

test('A-6: an officer without a link is requested first; one that cannot be linked is held, and details are still sent', () => {
  const learner = { ...withOfficer, officers: [{ ...officer, externalId: null }], phone: '1' };
  const settings = { ...pushOfficer, ...push };
  expect(toLines(look({ learner, settings }))).toEqual(['need officer ABR001', update]);
  const after = look({ learner, settings, needed: { 'officer:ABR001': 'MIS_NOT_UNIQUE' } });
  expect(toSent(after)).toEqual([{ phone: '1' }]);
  expect(after.holds).toMatchObject([{ subject: 'main-officer:10001', code: 'MIS_NOT_UNIQUE' }]);
});

test.each([{ mainOfficer: null }, { mainOfficer: 'GONE' }])(
  'A-6: without an officer record nothing is cleared (%j)',
  (learner) => {
    const shown = { ...same, defaultAssessorId: '400001' };
    expect(toLines(look({ learner, shown, settings: pushOfficer }))).toEqual([]);
  },
);

function place(known: Partial<Placement>): Placement {
  return {
    ...{ seq: 1, organisation: 'ACME1', organisationName: 'Acme', organisationExternalId: '7001' },
    ...{ type: 'P', startOn: '2025-01-01', endOn: null },
    ...known,
  };
}

test('A-7, OF-22: the Placement follows the most recent placement of type P, once its setting is on', () => {
  const placements = [place({}), place({ seq: 2, organisation: 'WORK1', type: 'W', startOn: '2025-06-01' })];
  const links = [buildLink('organisation', 'ACME1', '7001', { ident: null })];
  const known = { learner: { placements }, shown: { ...same, placementId: '7000' }, links };
  expect(toLines(look({ ...known, settings: {} }))).toEqual([]);
  const settings = { pushPlacement: true };
  expect(toSent(look({ ...known, settings }))).toEqual([{ placementId: '7001' }]);
  expect(toLines(look({ ...known, shown: { ...same, placementId: '7001' }, settings }))).toEqual([]);
  const unlinked = { learner: { placements: [place({ organisationExternalId: null })] }, settings };
  expect(toLines(look(unlinked))).toEqual(['need organisation ACME1']);
  const held = look({ ...unlinked, needed: { 'organisation:ACME1': null } });
  expect(held.holds).toMatchObject([{ subject: 'placement:10001', code: 'NO_PLACEMENT' }]);
  const unknown = { learner: { placements: [place({ organisationName: null })] }, settings };
  expect(toLines(look(unknown))).toEqual([]);
});

const anOfficer: Owner = {
  ...{ kind: 'officer', code: 'ABR001', firstName: 'Ann', surname: 'Berg', email: 'a@example.org' },
  ...{ phone: '01632 960001', mobile: null, externalId: '400002', isDormant: false },
};
const anOrganisation: Owner = {
  ...{ kind: 'organisation', code: 'ACME1', name: 'Acme', address: ['1 Mill Lane', null, 'Leeds', null] },
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

function lookAtOwner(known: {
  owner: Owner;
  demand?: 'change' | 'refresh' | 'need';
  settings?: Partial<OneFileSettings>;
  shown?: JsonObject | null;
  links?: readonly Link[];
  isRead?: boolean;
}): Evaluation {
  const { owner, demand = 'change', shown = {}, isRead = true } = known;
  const isOfficer = owner.kind === 'officer';
  const id = isOfficer ? '400002' : '7001';
  const view: OneFileOwnerView = {
    ...{ owner, demand, nowMs, centre: { assessors: null, normalReviewTypes: ['N'] } },
    settings: { ...defaultSettings, officerDetails: 'push', organisationDetails: 'push', ...known.settings },
    reads: new Set(
      isRead ? [isOfficer ? 'read-assessor officer:ABR001' : 'read-placement organisation:ACME1'] : [],
    ),
    lane: buildLane({
      links: known.links ?? [buildLink(owner.kind, owner.code, id, { ident: null })],
      shadows: shown === null ? [] : [buildShadow(isOfficer ? 'assessor' : 'placement', id, shown)],
    }),
  };
  return pushOwnerDetails(view);
}

test('OF-71: a linked officer is read and sent once; an unlinked one, or in another mode, not at all', () => {
  const shown = { firstName: 'Ann', lastName: 'Berg', email: 'old@example.org', phone: '01632960001' };
  expect(toLines(lookAtOwner({ owner: anOfficer, shown, isRead: false }))).toEqual([
    'read-assessor officer:ABR001',
  ]);
  const sent = lookAtOwner({ owner: anOfficer, shown });
  expect(toLines(sent)).toEqual(['update-assessor officer-details:ABR001']);
  expect(toSent(sent)).toEqual([{ email: 'a@example.org' }]);
  const twice = { ...shown, email: 'a@example.org' };
  expect(toLines(lookAtOwner({ owner: anOfficer, shown: twice, isRead: false }))).toEqual([]);
  expect(toLines(lookAtOwner({ owner: { ...anOfficer, externalId: null }, shown, links: [] }))).toEqual([]);
  expect(toLines(lookAtOwner({ owner: anOfficer, shown, settings: { officerDetails: 'ignore' } }))).toEqual(
    [],
  );
  expect(toLines(lookAtOwner({ owner: anOfficer, shown, demand: 'need' }))).toEqual([]);
});

test('OF-71: a full run compares with what OneFile shows now', () => {
  const shown = { firstName: 'Ann', lastName: 'Berg', email: 'a@example.org', phone: '01632 960001' };
  const known = { owner: anOfficer, shown, demand: 'refresh' as const };
  expect(toLines(lookAtOwner({ ...known, isRead: false }))).toEqual(['read-assessor officer:ABR001']);
  expect(toLines(lookAtOwner(known))).toEqual([]);
});

test('OF-71: in pull mode nothing is sent, and a refresh reads the record for PICS to take over', () => {
  const settings = { officerDetails: 'pull' } as const;
  const known = { owner: anOfficer, shown: { firstName: 'Other' }, settings };
  expect(toLines(lookAtOwner({ ...known, isRead: false }))).toEqual([]);
  const asked = { ...known, demand: 'refresh' as const };
  expect(toLines(lookAtOwner({ ...asked, isRead: false }))).toEqual(['read-assessor officer:ABR001']);
  expect(toLines(lookAtOwner(asked))).toEqual([]);
});

test('OF-72: an organisation that differs is sent; its address is compared without its line breaks and postcode', () => {
  const shown = { name: 'Acme', address: '1 Mill Lane, Leeds\r\nLS14AB' };
  expect(toLines(lookAtOwner({ owner: anOrganisation, shown }))).toEqual([]);
  const moved = { name: 'Acme', address: '2 Mill Lane\r\nLeeds\r\nLS1 4AB' };
  const sent = lookAtOwner({ owner: anOrganisation, shown: moved });
  expect(toLines(sent)).toEqual(['update-placement organisation-details:ACME1']);
  expect(toSent(sent)).toEqual([{ address: '1 Mill Lane\nLeeds' }]);
  const other = { name: 'Acme', address: '1 Mill Lane\r\nLeeds\r\nLS1 4AX' };
  expect(toSent(lookAtOwner({ owner: anOrganisation, shown: other }))).toEqual([{ postcode: 'LS1 4AB' }]);
});

test('OF-72: an invalid postcode is never sent nor compared', () => {
  const owner: Owner = { ...anOrganisation, kind: 'organisation', postcode: 'UNKNOWN' };
  expect(toLines(lookAtOwner({ owner, shown: { name: 'Acme', address: '1 Mill Lane\nLeeds' } }))).toEqual([]);
});
