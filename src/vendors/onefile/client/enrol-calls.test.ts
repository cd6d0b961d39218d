import { describe, expect, test } from 'vitest';
import { enrolCentre } from '../../../../test/support/onefile-centre.ts';
import { setupOneFile, toShort } from '../../../../test/support/onefile-client.ts';
import { toCreate } from '../../../../test/support/onefile-essentials.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Call } from '../../../domain/step.ts';
import { toAimKey, toMisKey } from '../rules/enrol/calls.ts';

const profiles: readonly JsonObject[] = [{ profile: 'default' }, { profile: 'awkward' }];
const setup = (switches: JsonObject = {}) => setupOneFile({ switches, records: enrolCentre as never });
type One = Awaited<ReturnType<typeof setup>>;

/** Calls of one step, without those of the sign-in. */
async function sentBy(one: One, call: Pick<Call, 'name' | 'request'> & Partial<Call>) {
  const before = (await one.calls()).length;
  const result = await one.execute(call);
  return { result, calls: toShort((await one.calls()).slice(before)) };
}

const learner = {
  ident: '20001',
  ...{ firstName: 'Siân', lastName: "O'Neill-ní Ghráda", email: 'sian@x.example.org' },
  ...{ defaultAssessorId: '400002', placementId: '30001', classroomId: '2001' },
};
const all = {
  ...{ misId: '20001', phone: '0161 1', mobile: '07700 1', birthDate: '2006-07-14', uln: '1000000000' },
  ...{ niNumber: 'AB123456C', startOn: '2026-06-01', expectedEndOn: '2027-06-01' },
  ...{ ethnicity: '31', sex: 'F', disability: '9', officerCode: 'ABR001', organisationCode: 'BRIND1' },
};
const createLearner = (more: JsonObject = {}, except: readonly string[] = []): Call => {
  const request: JsonObject = { ...learner, ...more };
  const misId = typeof request['misId'] === 'string' ? request['misId'] : null;
  return toCreate('create-learner', 'learner:20001', toMisKey(misId, except), request);
};

describe.each(profiles)('with $profile', (switches) => {
  test('OF-13: a learner is created with exactly the given fields, and is linked', async () => {
    await using one = await setup(switches);
    const { result, calls } = await sentBy(one, createLearner(all));
    expect(calls).toEqual([
      'POST User {"OrganisationID":301,"Role":1,"FirstName":"Siân","LastName":"O\'Neill-ní Ghráda",' +
        '"Email":"sian@x.example.org","Telephone":"0161 1","MobileNumber":"07700 1",' +
        '"DOB":"2006-07-14T00:00:00.000Z","NINO":"AB123456C","ULN":"1000000000","L13":"F","L12":"31","L15":"9",' +
        '"DefaultAssessorID":400002,"PlacementID":30001,"ClassroomID":2001,"MISID":"20001",' +
        '"StartOn":"2026-06-01T00:00:00.000Z","PlannedEndDate":"2027-06-01T00:00:00.000Z"}',
    ]);
    expect(result).toMatchObject({
      kind: 'done',
      vendorId: '400071',
      links: [{ kind: 'learner', picsId: '20001', vendorId: '400071', ident: '20001', how: 'created' }],
    });
    const read = await one.execute({
      name: 'read-learner',
      request: { learnerId: '400071', ident: '20001' },
    });
    const { misId, birthDate, niNumber, expectedEndOn, officerCode, organisationCode, ...same } = all;
    expect(read).toMatchObject({
      observed: [{ record: { ...same, misId, dob: birthDate, nino: niNumber, plannedEndOn: expectedEndOn } }],
    });
  });

  test('OF-13: without the optional fields only the mandatory ones are sent', async () => {
    await using one = await setup(switches);
    const { calls } = await sentBy(one, createLearner({ phone: ' ' }));
    expect(calls).toEqual([
      'POST User {"OrganisationID":301,"Role":1,"FirstName":"Siân","LastName":"O\'Neill-ní Ghráda",' +
        '"Email":"sian@x.example.org","DefaultAssessorID":400002,"PlacementID":30001,"ClassroomID":2001}',
    ]);
  });

  test.each([
    ['assessor', { defaultAssessorId: '400061' }, { kind: 'officer', id: '400061', code: 'ABR001' }],
    ['assessor', { defaultAssessorId: '499999' }, { kind: 'officer', id: '499999' }],
    ['placement', { placementId: '39999' }, { kind: 'organisation', id: '39999', code: 'BRIND1' }],
    ['placement of another centre', { placementId: '30004' }, { kind: 'organisation', id: '30004' }],
  ])('O16: a learner refused for its %s names the missing record (%o)', async (_who, change, params) => {
    await using one = await setup(switches);
    const result = await one.execute(createLearner({ ...all, ...change }));
    expect(result).toMatchObject({ kind: 'rejected', code: 'LINK_GONE', params });
  });

  test('a learner refused for another reason is reported in the words of OneFile', async () => {
    await using one = await setup(switches);
    const result = await one.execute(createLearner({ classroomId: '2999' }));
    expect(result).toEqual({ kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'Classroom not found' });
  });

  test('OF-11: a learner with the same MIS value is reported, unless the person has seen it and does not mean it', async () => {
    await using one = await setup({ ...switches, 'duplicate-create': '400-same-misid' });
    const taken = { ...all, misId: '10001' };
    expect(await one.execute(createLearner(taken))).toMatchObject({
      kind: 'rejected',
      code: 'POSSIBLE_DUPLICATE',
      params: { ids: '400061', name: "Siân O'Neill-ní Ghráda" },
    });
    expect(await one.execute(createLearner(taken, ['400061']))).toMatchObject({
      kind: 'rejected',
      code: 'VALUE_IN_USE', // D-22
      params: { value: 'MIS value', holder: 'learner Imogen Tarrant (id 400061)' },
    });
  });

  test('OF-36: the one user with the MIS value becomes the link; of two, neither does', async () => {
    await using one = await setup({ ...switches, 'duplicate-create': '400-same-misid' });
    const toAssessor = (code: string) => ({
      name: 'create-assessor',
      request: { code, firstName: 'N', lastName: 'M', email: 'n@x.example.org', misId: code },
    });
    const toPlacement = (code: string) => ({
      name: 'create-placement',
      request: { code, name: 'Whoever', misId: code },
    });
    expect(await one.execute(toAssessor('BCO001'))).toMatchObject({
      kind: 'done',
      vendorId: '400003',
      links: [{ kind: 'officer', picsId: 'BCO001', vendorId: '400003', how: 'matched' }],
      observed: [{ entity: 'assessor' }],
    });
    expect(await one.execute(toAssessor('TWO001'))).toMatchObject({
      code: 'MIS_NOT_UNIQUE',
      params: { code: 'TWO001', names: 'Renée O’Hara, Zara Quill' },
    });
    expect(await one.execute(toPlacement('BRIND1'))).toMatchObject({
      kind: 'done',
      links: [{ kind: 'organisation', picsId: 'BRIND1', vendorId: '30001', how: 'matched' }],
    });
    expect(await one.execute(toPlacement('TWICE1'))).toMatchObject({
      code: 'MIS_NOT_UNIQUE',
      params: { names: 'Harrow & Pike, Harrow & Pike Ltd' },
    });
  });

  test('OF-33: a placement is found by MIS value or typed id, in this centre only, inactive ones too', async () => {
    await using one = await setup(switches);
    const find = (code: string, typedId: string | null = null) =>
      one.execute({ name: 'find-placement', request: { code, typedId } });
    expect(await find('BRIND1')).toMatchObject({
      links: [{ kind: 'organisation', picsId: 'BRIND1', vendorId: '30001', how: 'matched', ident: null }],
      observed: [{ entity: 'placement', record: { name: 'Brindle Joinery' } }],
    });
    expect(await find('brind1')).toMatchObject({ vendorId: '30001' }); // D-20
    for (const code of ['SOUTH1', 'Brindle Joinery'])
      expect(await find(code)).toMatchObject({ kind: 'done', vendorId: null, links: [] });
    expect(await find('TWICE1')).toMatchObject({ kind: 'rejected', code: 'MIS_NOT_UNIQUE' });
    expect(await find('X', '30002')).toMatchObject({ kind: 'done', vendorId: '30002', links: [] });
    for (const id of ['30004', '39999', 'x'])
      expect(await find('X', id)).toMatchObject({
        code: 'ID_NOT_FOUND',
        params: { id, kind: 'organisation' },
      });
  });

  test('O10: with an old plan the learner is looked for once more: by MIS value, or by names and e-mail together', async () => {
    await using one = await setup(switches);
    const find = (change: JsonObject) =>
      one.execute({
        name: 'find-learner',
        request: {
          ...{ ident: '1', firstName: 'Imogen', lastName: 'Tarrant', email: 'u400020@x.example.org' },
          except: [],
          ...change,
        },
      });
    expect(await find({ ident: '10001' })).toMatchObject({ params: { ids: '400061' } });
    expect(await find({})).toMatchObject({ code: 'POSSIBLE_DUPLICATE', params: { ids: '400020' } });
    expect(await find({ except: ['400020'] })).toMatchObject({ kind: 'done' });
    expect(await find({ email: 'other@x.example.org' })).toMatchObject({ kind: 'done', links: [] });
    // A user with another MIS value is another person.
    expect(await find({ email: 'i@x.example.org' })).toMatchObject({ kind: 'done', links: [] });
  });

  test('O16: an assignment to a missing learner, or of a missing assessor, is reported', async () => {
    await using one = await setup(switches);
    const assign = (change: JsonObject) =>
      one.execute({
        name: 'assign-assessor',
        request: { learnerId: '400061', assessorId: '400003', standardId: '5003', ...change },
      });
    expect(await assign({})).toMatchObject({ kind: 'done' });
    expect(await assign({ assessorId: '499999' })).toMatchObject({
      code: 'LINK_GONE',
      params: { id: '499999' },
    });
    expect(await assign({ standardId: '5004' })).toMatchObject({ code: 'VENDOR_REFUSED' });
    const request = { ident: '10001', key: '999AS/1', learnerId: '400061', standardId: '5011' };
    expect(await one.execute({ name: 'assign-standard', request })).toMatchObject({ code: 'VENDOR_REFUSED' });
  });
});

test('OF-20: an officer is created as an assessor by name, e-mail and MIS value; an additional one is level 1', async () => {
  await using one = await setup();
  const request = {
    code: 'N1',
    firstName: 'Ruth',
    lastName: 'Ní Bhriain',
    email: 'r@x.example.org',
    misId: 'N1',
  };
  expect((await sentBy(one, { name: 'create-assessor', request })).calls).toEqual([
    'POST User {"OrganisationID":301,"Role":5,"FirstName":"Ruth","LastName":"Ní Bhriain",' +
      '"Email":"r@x.example.org","MISID":"N1"}',
  ]);
  const named = { code: 'N2', firstName: 'Ruth', lastName: 'Hale' };
  expect((await sentBy(one, { name: 'create-assessor', request: named })).result).toMatchObject({
    kind: 'rejected',
    code: 'VENDOR_REFUSED',
    detail: 'Missing mandatory fields: Email',
  });
  const assign = { learnerId: '400061', assessorId: '400003', standardId: null };
  expect((await sentBy(one, { name: 'assign-assessor', request: assign })).calls).toEqual([
    'POST User/400003/Assign {"LearnerID":400061,"Level":1}',
  ]);
  const ofAim = { ...assign, standardId: '5003' };
  expect((await sentBy(one, { name: 'assign-assessor', request: ofAim })).calls).toEqual([
    'POST User/400003/Assign {"LearnerID":400061,"Level":3,"StandardID":5003}',
  ]);
});

test('OF-22: an organisation is created with its name and MIS value only; a standard is assigned without a body', async () => {
  await using one = await setup();
  const request = { code: 'H1', name: 'Hale & Sons', misId: 'H1' };
  const { result, calls } = await sentBy(one, { name: 'create-placement', request });
  expect(calls).toEqual(['POST Placement {"OrganisationID":301,"Name":"Hale & Sons","MISID":"H1"}']);
  expect(result).toMatchObject({
    links: [{ kind: 'organisation', picsId: 'H1', ident: null, how: 'created' }],
  });
  const assign = { ident: '10001', key: '603/1122/3/1', learnerId: '400061', standardId: '5004' };
  const assigned = await sentBy(one, { name: 'assign-standard', request: assign });
  expect(assigned.calls).toEqual(['POST Standard/5004/Assign/400061']);
  expect(assigned.result).toMatchObject({
    links: [{ kind: 'qualification', picsId: '10001/603/1122/3/1', ident: '10001', how: 'created' }],
  });
});

test('G31, O10: an answer without an id leaves it open whether a user was created', async () => {
  await using one = await setup();
  const action = { type: 'apply-then-answer', status: 200, body: {} };
  await one.control('POST', '/rules', { match: { method: 'POST', path: 'User' }, action });
  expect(await one.execute(createLearner(all))).toEqual({ kind: 'unknown', detail: 'NO_ID' });
});

describe.each(profiles)('O10 with $profile: an unanswered create', (switches) => {
  const look = async (
    one: One,
    call: Call,
    about: { firstName: string; lastName: string; email: string | null } | null,
  ) =>
    one.client.resolve(
      { step: call.name, subject: call.subject, naturalKey: call.naturalKey, ident: '20001' },
      { priority: 'live', cause: 'before-write', ...(about === null ? {} : { about }) },
    );
  const user = (id: number, more: JsonObject) => ({
    ...{ ID: id, OrganisationID: 301, Role: 1, FirstName: 'Siân', LastName: "O'Neill-ní Ghráda" },
    ...{ Email: 'SIAN@x.example.org', ...more },
  });

  test('is found by MIS value, archived ones counted, known ones not', async () => {
    await using one = await setup(switches);
    const about = { ...learner };
    expect(await look(one, createLearner(all), about)).toEqual({ kind: 'absent' });
    await one.control('POST', '/records', {
      users: [user(400100, { MISID: '20001', Email: 'else@x.example.org' })],
    });
    await one.control('POST', '/act/users/400100/archive', {});
    expect(await look(one, createLearner(all), about)).toMatchObject({
      kind: 'found',
      done: {
        vendorId: '400100',
        links: [{ kind: 'learner', picsId: '20001', ident: '20001', how: 'created' }],
      },
    });
    expect(await look(one, createLearner(all, ['400100']), about)).toEqual({ kind: 'absent' });
    await one.control('POST', '/records', { users: [user(400101, { MISID: '20001' })] });
    expect(await look(one, createLearner(all), about)).toEqual({ kind: 'several', count: 2 });
  });

  test('is found by names and e-mail where the centre keeps no MIS values, or none was sent', async () => {
    await using one = await setup(switches);
    await one.control('POST', '/records', { users: [user(400100, {}), user(400101, { MISID: 'OTHER' })] });
    for (const more of [all, {}]) {
      const found = await look(one, createLearner(more), learner);
      expect(found).toMatchObject({ kind: 'found', done: { vendorId: '400100' } });
    }
    // Names alone are not enough to take the record for ours, and too much to create another one.
    const byNames = await look(one, createLearner(), { ...learner, email: null });
    expect(byNames).toEqual({ kind: 'several', count: 1 });
    expect(await look(one, createLearner(), null)).toEqual({ kind: 'blind', policy: 'hold' });
    expect(await look(one, createLearner(all), null)).toEqual({ kind: 'absent' });
  });

  test('of an assessor is looked for in both roles, of a placement by MIS value and then exactly by name', async () => {
    await using one = await setup(switches);
    const assessor = (misId: string | null) =>
      toCreate('create-assessor', 'officer:BCO001', toMisKey(misId), { code: 'BCO001' });
    expect(await look(one, assessor('BCO001'), null)).toMatchObject({
      done: {
        links: [{ kind: 'officer', picsId: 'BCO001', vendorId: '400003', ident: null, how: 'created' }],
      },
    });
    expect(await look(one, assessor('TWO001'), null)).toEqual({ kind: 'several', count: 2 });
    const place = (misId: string | null) =>
      toCreate('create-placement', 'organisation:BRIND1', toMisKey(misId), { code: 'BRIND1' });
    const named = (lastName: string) => ({ firstName: null, lastName, email: null }) as never;
    expect(await look(one, place('BRIND1'), named('Renamed'))).toMatchObject({
      done: { vendorId: '30001', links: [{ kind: 'organisation', picsId: 'BRIND1', ident: null }] },
    });
    expect(await look(one, place('BRIND2'), named('Brindle Joinery'))).toEqual({ kind: 'absent' });
    await one.control('POST', '/records', { placements: [{ ID: 30009, OrganisationID: 301, Name: 'Hale' }] });
    for (const misId of ['HALE01', null]) {
      expect(await look(one, place(misId), named('Hale'))).toMatchObject({ done: { vendorId: '30009' } });
      expect(await look(one, place(misId), named('hale'))).toEqual({ kind: 'absent' });
    }
    expect(await look(one, place(null), null)).toEqual({ kind: 'blind', policy: 'hold' });
  });

  test('of a standard is the aim with that standard', async () => {
    await using one = await setup(switches);
    const assign = (standardId: string) =>
      toCreate(
        'assign-standard',
        'qualification:10001/603/1122/3/1',
        toAimKey({ learnerId: '400061', standardId }),
        {},
      );
    expect(await look(one, assign('5003'), null)).toMatchObject({
      kind: 'found',
      done: {
        vendorId: '600045',
        links: [{ kind: 'qualification', picsId: '10001/603/1122/3/1', vendorId: '600045', how: 'created' }],
        observed: [{ entity: 'learning-aim', vendorId: '600045', record: { reference: '60311223' } }],
      },
    });
    expect(await look(one, assign('5004'), null)).toEqual({ kind: 'absent' });
    await one.control('POST', '/records', { aims: [{ ID: 600099, StandardID: 5003, UserID: 400061 }] });
    expect(await look(one, assign('5003'), null)).toEqual({ kind: 'several', count: 2 });
  });
});

test('O10: without a readable key a person decides', async () => {
  await using one = await setup();
  for (const step of [
    'create-learner',
    'create-assessor',
    'create-placement',
    'assign-standard',
    'create-review',
  ]) {
    const intent = { step, subject: 'learner:1', ident: '1', naturalKey: null };
    const context = { priority: 'live', cause: 'before-write' } as const;
    expect(await one.client.resolve(intent, context)).toEqual({ kind: 'blind', policy: 'hold' });
  }
});
