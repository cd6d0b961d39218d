import { describe, expect, test } from 'vitest';
import { enrolCentre } from '../../../../test/support/onefile-centre.ts';
import { setupOneFile, toShort } from '../../../../test/support/onefile-client.ts';
import type { JsonObject } from '../../../domain/json.ts';

const profiles: readonly JsonObject[] = [{ profile: 'default' }, { profile: 'awkward' }];
const setup = (switches: JsonObject = {}) => setupOneFile({ switches, records: enrolCentre as never });
type One = Awaited<ReturnType<typeof setup>>;

async function sentBy(one: One, name: string, request: JsonObject) {
  const before = (await one.calls()).length;
  const result = await one.execute({ name, effect: 'update', request });
  return { result, calls: toShort((await one.calls()).slice(before)) };
}

const read = {
  learner: ['read-learner', { learnerId: '400061', ident: '10001' }],
  assessor: ['read-assessor', { assessorId: '400002', code: 'ABR001' }],
  placement: ['read-placement', { placementId: '30001', code: 'BRIND1' }],
} as const;

async function recordOf(one: One, [name, request]: (typeof read)[keyof typeof read]) {
  const result = await one.execute({ name, request });
  return result.kind === 'done' ? (result.observed[0]?.record ?? null) : result.kind;
}

describe.each(profiles)('with $profile', (switches) => {
  const fields = {
    learner: {
      ...{
        firstName: 'Ida',
        lastName: "O'Dea",
        email: 'ida@x.example.org',
        phone: '0161 2',
        mobile: '07700 2',
      },
      ...{ birthDate: '2006-07-15', niNumber: 'AB123456D', uln: '1000000000', sex: 'M', ethnicity: '32' },
      ...{ disability: '5', defaultAssessorId: '400003', placementId: '30003' },
    },
    assessor: { firstName: 'Ad', lastName: 'Brooke', email: 'ad@x.example.org', phone: '1', mobile: '2' },
    placement: {
      ...{ name: 'Brindle', telephone: '0161 9', email: 'new@x.example.org', web: 'brindle.example.org' },
      ...{ address: '3 Mill Row\nOldham', postcode: 'OL1 2AC' },
    },
  };
  const shown = {
    learner: { ...fields.learner, dob: '2006-07-15', nino: 'AB123456D' },
    assessor: fields.assessor,
    placement: { ...fields.placement, address: '3 Mill Row\r\nOldham\r\nOL1 2AC' },
  };
  test.each(['learner', 'assessor', 'placement'] as const)(
    'OF-70 to OF-72: details of a %s are sent, and OneFile holds what the shadow shows',
    async (entity) => {
      await using one = await setup(switches);
      const [, ids] = read[entity];
      const before = await recordOf(one, read[entity]);
      const { result } = await sentBy(one, `update-${entity}`, {
        ...ids,
        fields: fields[entity],
        verify: [],
      });
      const { birthDate, niNumber, postcode, ...expected } = shown[entity] as Record<string, string>;
      expect(result).toMatchObject({ kind: 'done', observed: [], shadow: [{ entity, record: expected }] });
      const after = await recordOf(one, read[entity]);
      const believed = result.kind === 'done' ? result.shadow[0]?.record : null;
      const { lastModifiedAtMs: _then, ...wanted } = believed as JsonObject;
      expect(after).toMatchObject(wanted);
      expect(after).not.toEqual(before);
    },
  );

  test.each(['learner', 'assessor', 'placement'] as const)(
    'O12: of a %s each name is proven at its first write: kept, or ignored without a word',
    async (entity) => {
      await using one = await setup(switches);
      const [, ids] = read[entity];
      await recordOf(one, read[entity]);
      const verify = Object.keys(fields[entity]);
      const request = { ...ids, fields: fields[entity], verify };
      const kept = await one.execute({ name: `update-${entity}`, effect: 'update', request });
      expect(kept).toMatchObject({
        observed: [{ cause: 'after-write' }],
        findings: verify.map((name) => ({ kind: 'field-support', field: `${entity}.${name}`, isKept: true })),
      });
      const other = {
        ...ids,
        fields: { ...fields[entity], email: 'other@x.example.org' },
        verify: ['email'],
      };
      const match = { method: 'POST', path: entity === 'placement' ? 'Placement/{id}' : 'User/{id}' };
      await one.control('POST', '/rules', { match, action: { type: 'answer', status: 204 } });
      const ignored = await one.execute({ name: `update-${entity}`, effect: 'update', request: other });
      expect(ignored).toMatchObject({ findings: [{ field: `${entity}.email`, isKept: false }] });
    },
  );

  test('O16: a linked record that is gone is a broken link', async () => {
    await using one = await setup(switches);
    const gone = { kind: 'rejected', code: 'LINK_GONE' };
    const fields = { email: 'e@x.example.org' };
    for (const [entity, idName] of [
      ['learner', 'learnerId'],
      ['assessor', 'assessorId'],
      ['placement', 'placementId'],
    ] as const) {
      const request = { [idName]: '999999', fields, verify: [] };
      expect(await one.execute({ name: `update-${entity}`, request })).toMatchObject(gone);
      expect(await one.execute({ name: `read-${entity}`, request })).toMatchObject(gone);
    }
  });
});

test('O14: exactly the given fields are sent, never a blank; a record is not read twice', async () => {
  await using one = await setup();
  await recordOf(one, read.learner);
  const fields = { phone: '0161 2', email: '  ', birthDate: '2006-07-15' };
  expect((await sentBy(one, 'update-learner', { learnerId: '400061', fields, verify: [] })).calls).toEqual([
    'POST User/400061 {"Telephone":"0161 2","DOB":"2006-07-15T00:00:00.000Z"}',
  ]);
  await expect(sentBy(one, 'update-learner', { learnerId: '400061', fields: { role: '5' } })).rejects.toThrow(
    'role',
  );
});

test('a record that was not read before is read back instead of guessed', async () => {
  await using one = await setup();
  const request = { assessorId: '400002', fields: { mobile: '07700 3' }, verify: [] };
  const { result, calls } = await sentBy(one, 'update-assessor', request);
  expect(calls).toEqual(['POST User/400002 {"MobileNumber":"07700 3"}', 'GET User/400002']);
  expect(result).toMatchObject({
    shadow: [{ sent: { mobile: { value: '07700 3', shown: '07700 3', state: 'read-back' } } }],
    observed: [{ record: { mobile: '07700 3', lastName: 'Brook' } }],
  });
});

test('OF-72: a postcode alone changes the last line of the address, which is read if it is not known', async () => {
  await using one = await setup();
  const update = (fields: JsonObject) =>
    sentBy(one, 'update-placement', { placementId: '30001', fields, verify: [] });
  expect((await update({ postcode: 'OL9 9ZZ' })).calls).toEqual([
    'GET Placement/30001',
    'POST Placement/30001 {"Address":"2 Mill Row\\r\\nOldham\\r\\nOL9 9ZZ"}',
  ]);
  expect((await update({ address: '5 High St' })).calls).toEqual([
    'POST Placement/30001 {"Address":"5 High St\\r\\nOL9 9ZZ"}',
  ]);
});

test.each([
  ['M', 'M'],
  ['f', 'F'],
  ['Male', 'M'],
  ['9', null],
])('L13: sex %s is read as %s', async (L13, sex) => {
  await using one = await setup();
  await one.control('POST', '/act/users/400061/edit', { L13 });
  expect(await recordOf(one, read.learner)).toMatchObject({ sex });
});
