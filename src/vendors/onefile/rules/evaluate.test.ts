import { expect, test } from 'vitest';
import { buildLearner, buildQualification } from '../../../../test/support/learner.ts';
import {
  buildLink,
  buildLinked,
  buildShadow,
  buildView,
  learnerLink,
  nowMs,
  toLines,
} from '../../../../test/support/onefile-rules.ts';
import { evaluate, toVendorIds } from './evaluate.ts';
import { toPassReads } from './records.ts';

const qualification = buildQualification({ reference: '603/1122/3' });
const aimLink = buildLink('qualification', '10001/603/1122/3/1', '600045', { how: 'matched' });
const aim = buildShadow('learning-aim', '600045', { reference: '60311223' });
const readAims = 'read-aims aims:400061';

test('OF-24: a typed id is looked up before anything else', () => {
  const view = buildView({ lane: { links: [] } });
  expect(toLines(evaluate(view))).toEqual(['check-learner learner:10001']);
  expect(toVendorIds(view.learner)).toEqual(['400061']);
});

test('OF-24: once found, the learner is synchronised at once, even after a full pass has read it', () => {
  const pass = toPassReads({ ident: '10001', learnerId: '400061' });
  expect(toLines(evaluate(buildView({ lane: { links: [] }, demand: 'refresh', reads: pass })))).toEqual([
    'check-learner learner:10001',
  ]);
  const checked = [...pass, 'check-learner learner:10001'];
  const first = ['read-aims aims:400061/first', 'read-reviews reviews:400061/first'];
  expect(toLines(evaluate(buildView({ reads: checked })))).toEqual(first);
  expect(toLines(evaluate(buildView({ reads: [...checked, ...first] })))).toEqual([]);
});

test('G-2: an id that another learner is linked to is held, and costs no call', () => {
  const asked = buildView({ lane: { links: [] }, reads: ['check-learner learner:10001'] });
  expect(toLines(evaluate(asked))).toEqual(['link learner 10001=400061']);
  for (const demand of ['change', 'refresh'] as const) {
    const claims = { claimants: [], holder: { code: '10002', vacant: null } };
    const { candidates, holds } = evaluate(buildView({ lane: { links: [] }, claims, demand }));
    expect({ candidates, holds }).toMatchObject({
      candidates: [],
      holds: [
        {
          subject: 'learner:10001',
          code: 'ID_IN_USE',
          params: { code: '10002', wantedBy: '10001', id: '400061' },
        },
      ],
    });
  }
});

test('D-7: an id that two learners of PICS show is held with both names, before anything is asked', () => {
  const claimants = [
    { code: '10001', name: 'Imogen Tarrant' },
    { code: '20033', name: null },
  ];
  const view = buildView({ lane: { links: [] }, claims: { claimants, holder: null }, demand: 'refresh' });
  const { candidates, holds } = evaluate(view);
  expect(candidates).toEqual([]);
  expect(holds).toMatchObject([
    { code: 'ID_CLAIMED_TWICE', params: { id: '400061', names: 'Imogen Tarrant (10001), 20033' } },
  ]);
  const linked = buildView({ claims: { claimants, holder: null } });
  expect(evaluate(linked).holds, 'one that is linked already stays').toEqual([]);
});

test('D-9: an id of a learner that PICS no longer has is taken over once the person was compared, with all that is stored', () => {
  const vacant = [buildLink('learner', '10002', '400061'), buildLink('review', 'r9', '800001')];
  const claims = { claimants: [], holder: { code: '10002', vacant } };
  const view = buildView({ lane: { links: [] }, claims });
  expect(toLines(evaluate(view))).toEqual(['check-learner learner:10001']);
  const reads = ['check-learner learner:10001'];
  expect(toLines(evaluate(buildView({ lane: { links: [] }, claims, reads })))).toEqual(['follow 10002']);
  const lane = { links: [buildLink('learner', '10001', '400099')] };
  expect(toLines(evaluate(buildView({ lane, claims, reads })))).toEqual([
    'unlink learner 10002=400061, review r9=800001',
  ]);
});

test('D-13: an id of another person is held with what differs; unchanged it is not looked up again on a change', () => {
  const other = { lastName: 'Far', firstName: 'Otto', dob: '1999-01-01' };
  const learner = buildLinked({ birthDate: '2005-03-09' });
  const lane = { links: [], shadows: [buildShadow('learner', '400061', other)] };
  const reads = ['check-learner learner:10001'];
  const { candidates, holds } = evaluate(buildView({ learner, lane, reads }));
  expect(candidates).toEqual([]);
  const params = { id: '400061', name: 'Imogen Tarrant', ident: '10001', differs: 'birth date, name' };
  expect(holds).toMatchObject([{ subject: 'learner:10001', code: 'ID_OTHER_PERSON', params }]);
  const item = {
    id: '1',
    vendor: 'onefile',
    ident: '10001',
    requestHash: null,
    tries: 1,
    sinceMs: 0,
  } as const;
  const held = [{ ...item, ...holds[0]! }];
  expect(toLines(evaluate(buildView({ learner, lane: { ...lane, held } })))).toEqual([]);
  const again = ['check-learner learner:10001'];
  expect(toLines(evaluate(buildView({ learner, lane: { ...lane, held }, demand: 'refresh' })))).toEqual(
    again,
  );
  const corrected = { ...learner, firstName: 'Otto', surname: 'Far', birthDate: '1999-01-01' };
  expect(toLines(evaluate(buildView({ learner: corrected, lane: { ...lane, held } })))).toEqual(again);
});

test.each(['S', 'other'] as const)(
  'D-20: with another portfolio in use (%s) a number in the id column makes no link and is named; a link that is there stays',
  (activePortfolio) => {
    const learner = buildLinked({ activePortfolio });
    const { candidates, holds, notes } = evaluate(buildView({ learner, lane: { links: [] } }));
    expect({ candidates, holds }).toEqual({ candidates: [], holds: [] });
    expect(notes).toEqual([{ code: 'D-20', subject: 'learner:10001' }]);
    const retyped = evaluate(buildView({ learner: { ...learner, oneFileId: '7' } }));
    expect(toLines(retyped), 'neither checked nor taken away').toEqual([]);
  },
);

test('OF-24: a text that cannot be an id of OneFile is held without a call', () => {
  const { candidates, holds } = evaluate(
    buildView({ learner: buildLinked({ oneFileId: 'x1' }), lane: { links: [] } }),
  );
  expect(candidates).toEqual([]);
  expect(holds).toMatchObject([{ code: 'ID_NOT_FOUND', params: { id: 'x1' } }]);
});

test('D-2: an edited id outranks the link and is checked first', () => {
  const view = buildView({ learner: buildLinked({ oneFileId: '400062' }) });
  expect(toLines(evaluate(view))).toEqual(['check-learner learner:10001']);
});

test('OF-24: an edited id that was found replaces the old one, and the links that depended on it', () => {
  const reads = ['check-learner learner:10001'];
  const view = buildView({
    learner: buildLinked({ oneFileId: '400062' }),
    lane: { links: [learnerLink, aimLink] },
    reads,
  });
  expect(evaluate(view).candidates).toMatchObject([
    {
      kind: 'link',
      links: [{ picsId: '10001', vendorId: '400062', replaces: '400061', how: 'typed' }],
      unlinks: [{ kind: 'qualification', vendorId: '600045' }],
    },
  ]);
});

test('OF-24: a cleared id removes the link, but not at the moment it was copied', () => {
  const cleared = buildView({
    learner: buildLinked({ oneFileId: null }),
    lane: { links: [learnerLink, aimLink] },
  });
  expect(toLines(evaluate(cleared))).toEqual([
    'unlink learner 10001=400061, qualification 10001/603/1122/3/1=600045',
  ]);
  const justCopied = { ...learnerLink, copiedAtMs: nowMs - 1_000 };
  const learner = buildLinked({
    oneFileId: null,
    qualifications: [{ ...qualification, registrationNumber: 'R' }],
  });
  expect(toLines(evaluate(buildView({ learner, lane: { links: [justCopied] } })))).toEqual([readAims]);
});

test('a learner without OneFile causes no call', () => {
  expect(evaluate(buildView({ learner: buildLearner({ ident: '10001' }), lane: { links: [] } }))).toEqual({
    candidates: [],
    holds: [],
    notes: [],
  });
});

test('OF-41: a refresh reads the whole learner, then there is nothing left', () => {
  const reads = ['read-learner learner:10001', readAims, 'read-reviews reviews:400061'];
  expect(toLines(evaluate(buildView({ demand: 'refresh' })))).toEqual(reads);
  expect(toLines(evaluate(buildView({ demand: 'refresh', reads })))).toEqual([]);
  const off = buildView({ demand: 'refresh', settings: { downloadReviews: false } });
  expect(toLines(evaluate(off))).toEqual(reads.slice(0, 2));
});

test('D-1: a blank at OneFile is read again before it is filled', () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-1' }] });
  const lane = { links: [learnerLink, aimLink], shadows: [aim] };
  expect(toLines(evaluate(buildView({ learner, lane })))).toEqual([readAims]);
  const afterwards = evaluate(buildView({ learner, lane, reads: [readAims] }));
  expect(toLines(afterwards)).toEqual(['update-aim aim:600045']);
  expect(afterwards.candidates[0]).toMatchObject({
    call: {
      effect: 'update',
      request: { aimId: '600045', learnerId: '400061', fields: { registrationNumber: 'RG-1' } },
    },
  });
});

test('OF-42b: a value that was just typed at OneFile stops the push', () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-1' }] });
  const typed = buildShadow('learning-aim', '600045', { reference: '60311223', registrationNumber: 'RG-2' });
  const lane = { links: [learnerLink, aimLink], shadows: [typed] };
  expect(toLines(evaluate(buildView({ learner, lane, reads: [readAims] })))).toEqual([]);
});

test('OF-44: a PICS edit of a value OneFile holds is read, so that it is corrected, and never pushed', () => {
  const learner = buildLinked({
    qualifications: [{ ...qualification, certificateReceivedOn: '2026-01-02' }],
  });
  const held = buildShadow('learning-aim', '600045', {
    reference: '60311223',
    certificateReceivedOn: '2026-01-03',
  });
  const lane = { links: [learnerLink, aimLink], shadows: [held] };
  expect(toLines(evaluate(buildView({ learner, lane })))).toEqual([readAims]);
  expect(toLines(evaluate(buildView({ learner, lane, reads: [readAims] })))).toEqual([]);
});

test('G-6: equal on both sides costs no call', () => {
  const value = { registrationNumber: 'RG-1', certificateAppliedOn: '2026-01-02' };
  const learner = buildLinked({ qualifications: [{ ...qualification, ...value }] });
  const shadow = buildShadow('learning-aim', '600045', { reference: '60311223', ...value });
  const keys = ['aim.registrationNumber=RegistrationNumber', 'aim.certificateApplied=CertificateAppliedDate'];
  const lane = { links: [learnerLink, aimLink], shadows: [shadow] };
  const isProven = { fieldSupport: Object.fromEntries(keys.map((key) => [key, true])) };
  const silent = { candidates: [], holds: [], notes: [] };
  expect(evaluate(buildView({ learner, lane: { ...lane, ...isProven } }))).toEqual(silent);
  // D-16: an aim that shows a field proves it.
  expect(evaluate(buildView({ learner, lane }))).toEqual({
    ...silent,
    findings: keys.map((field) => ({ kind: 'field-support', field, isKept: true, record: '600045' })),
  });
});

test('A-35: a match by reference becomes a link before it is used', () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-1' }] });
  const view = buildView({ learner, lane: { shadows: [aim] }, reads: [readAims] });
  expect(toLines(evaluate(view))).toEqual([
    'link qualification 10001/603/1122/3/1=600045',
    'update-aim aim:600045',
  ]);
});

test('OF-42: a qualification without an aim is left alone once the aims are known', () => {
  const other = buildQualification({ reference: 'other', registrationNumber: 'RG-9' });
  const lane = { links: [learnerLink, aimLink], shadows: [aim] };
  const view = buildView({ learner: buildLinked({ qualifications: [qualification, other] }), lane });
  expect(toLines(evaluate(view))).toEqual([]);
});

test('O12, D-16: a field is verified until it is proven, a value that OneFile dropped once more, and a field that is given up is noted', () => {
  const learner = buildLinked({
    qualifications: [{ ...qualification, certificateReceivedOn: '2026-01-02' }],
  });
  const lane = { links: [learnerLink, aimLink], shadows: [aim] };
  const look = (more: object) =>
    evaluate(buildView({ learner, lane: { ...lane, ...more }, reads: [readAims] }));
  const verified = (more: object) =>
    look(more).candidates.map((step) => step.kind === 'call' && step.call.request['verify']);
  const key = 'aim.certificateReceived=CertificateReceivedDate';
  expect(verified({})).toEqual([['certificateReceivedOn']]);
  expect(verified({ fieldSupport: { [key]: true } })).toEqual([[]]);
  // The finding belongs to the name on the wire: another name begins afresh.
  expect(verified({ fieldSupport: { 'aim.certificateReceived=CertReceived': true } })).toEqual([
    ['certificateReceivedOn'],
  ]);
  const vanished = { value: '2026-01-02', shown: null, state: 'moved', sentAtMs: 1 } as const;
  const shadows = [{ ...aim, sent: { certificateReceivedOn: vanished } }];
  expect(verified({ fieldSupport: { [key]: true }, shadows })).toEqual([['certificateReceivedOn']]);
  const givenUp = look({ fieldSupport: { [key]: false } });
  expect(givenUp.candidates).toEqual([]);
  expect(givenUp.notes).toEqual([
    { code: 'D-16', subject: 'learning-aim-field:600045/certificateReceivedOn' },
  ]);
});

test('D-1: a full pass that read the aim minutes ago reads it once more before it pushes', () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-1' }] });
  const old = { ...aim, observedAtMs: nowMs - 300_000 };
  const reads = ['read-learner learner:10001', readAims, 'read-reviews reviews:400061'];
  const lane = { links: [learnerLink, aimLink], shadows: [old] };
  const view = { learner, lane, demand: 'refresh' as const };
  expect(toLines(evaluate(buildView({ ...view, reads })))).toEqual(['read-aim aim:600045']);
  const again = [...reads, 'read-aim aim:600045'];
  expect(toLines(evaluate(buildView({ ...view, reads: again })))).toEqual(['update-aim aim:600045']);
});

test('A-27: with the wider scope a qualification with units is left alone completely', () => {
  const withUnits = { ...qualification, hasUnits: true, registrationNumber: 'RG-1' };
  const view = {
    learner: buildLinked({ qualifications: [withUnits] }),
    lane: { links: [learnerLink, aimLink], shadows: [aim] },
    reads: [readAims],
  };
  expect(toLines(evaluate(buildView(view)))).toEqual(['update-aim aim:600045']);
  expect(toLines(evaluate(buildView({ ...view, settings: { unitsScope: 'all' } })))).toEqual([]);
});

test('O16: a linked aim that a reading does not show is held', () => {
  const view = buildView({
    learner: buildLinked({ qualifications: [qualification] }),
    lane: { links: [learnerLink, aimLink], shadows: [] },
    reads: [readAims],
  });
  expect(evaluate(view).holds).toMatchObject([
    { subject: 'qualification:10001/603/1122/3/1', code: 'LINK_GONE' },
  ]);
});
