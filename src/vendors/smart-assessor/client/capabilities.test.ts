import { describe, expect, test } from 'vitest';
import { setupSmartAssessor, type Way, ways } from '../../../../test/support/smart-assessor-client.ts';
import { toWord } from '../../../../test/support/smart-assessor-essentials.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { contractOf } from '../wire/all.ts';

describe('what a setting of the site makes of a switch', () => {
  const [rest, , soap] = ways;
  function withCapabilities(way: Way, capabilities: object, switches: JsonObject = {}) {
    const contract = contractOf(way.contract);
    const g1 = { path: '/soap/g1', namespace: 'urn:smart-assessor:g1', partnerIdName: 'PartnerId' };
    return setupSmartAssessor(way, {
      switches,
      connection: {
        site: {
          capabilities: { ...contract.capabilities, ...capabilities },
          g1: { ...g1, misIdForm: 'text' },
        },
      },
    });
  }
  const ada = '1acd456d-8c17-4821-bb5b-8bab3241d0cb';

  test.each([rest, soap])('$contract: a site that keeps no MIS ids is not asked for them', async (way) => {
    const { call, calls } = withCapabilities(way, { storesMisId: false });
    const answers = [
      await call('find-learner', { misId: '1' }),
      await call('find-employer', { misId: '1' }),
      await call('find-assessor', { misId: '1' }),
      await call('write-mis-id', { kind: 'learner', id: ada, misId: '2' }),
    ];
    expect(answers.map(toWord)).toEqual(Array(4).fill('unsupported storesMisId'));
    expect(calls()).toEqual([]);
  });

  test.each([rest, soap])(
    '$contract: where empty text does not clear, clearing is not tried',
    async (way) => {
      const { call, calls } = withCapabilities(way, { clearsByEmpty: false }, { 'clear-form': 'never' });
      const answers = [
        await call('update-learner', { id: ada, fields: { mobile: '' } }),
        await call('update-assessor', { id: ada, fields: { phone: null } }),
        await call('write-mis-id', { kind: 'learner', id: ada, misId: null }),
      ];
      expect(answers.map(toWord)).toEqual(Array(3).fill('unsupported clearsByEmpty'));
      expect(calls()).toEqual([]);
    },
  );

  test('a field that the site does not let be updated is refused before a call', async () => {
    const { call, calls } = withCapabilities(rest, { updatableLearnerFields: ['phone'] });
    const both = { phone: '1', email: 'a@example.org' };
    expect(toWord(await call('update-learner', { id: ada, fields: both }))).toBe(
      'rejected invalid-field email',
    );
    expect(calls()).toEqual([]);
    expect(toWord(await call('update-learner', { id: ada, fields: { phone: '1' } }))).toBe('ok');
  });

  test('SA-4, SA-32: with the capabilities the score and the units are read, without them they are unread', async () => {
    const more = { 'smart-coach': 'on', units: 'full' };
    const site = withCapabilities(rest, { smartCoach: true, units: true }, more);
    site.door('POST', `/act/learners/${ada}/risk`, { score: 0.8 });
    const [course] = (await site.ok('read-learner-courses', { learnerId: ada })).records;
    const learner = await site.ok('read-learner', { id: ada });
    expect([learner?.riskScore, learner?.unread]).toEqual([0.8, []]);
    expect(course?.unread).toEqual([]);
    expect(course?.unitsTotal).toBeGreaterThan(0);
    const units = await site.ok('read-units', { learnerId: ada, courseId: course?.courseId ?? '' });
    expect(units.records.length).toBe(course?.unitsTotal);
    expect(units.problems).toEqual([]);
    expect(new Set(units.records.map(({ state }) => typeof state))).toEqual(new Set(['string']));
    const plain = withCapabilities(rest, {}, more);
    const without = await plain.ok('read-learner', { id: ada });
    expect([without?.riskScore, without?.unread]).toEqual([null, ['riskScore']]);
  });

  test('without filters the same is found in the whole list, which serves the look-ups of the next seconds', async () => {
    const site = withCapabilities(rest, { filterByMisId: false, filterByLearner: false });
    const found = await Promise.all(
      ['OFF00001', 'OFF00002', 'off00003', 'OFF99999'].map((misId) => site.ok('find-assessor', { misId })),
    );
    expect(found.map(({ kind }) => kind)).toEqual(['one', 'one', 'one', 'none']);
    expect(site.calls().map(({ path, query }) => `${path} ${query}`)).toEqual([
      'assessors includeArchived=true',
    ]);
    const courses = await site.ok('read-learner-courses', { learnerId: ada });
    expect(courses.records.map(({ learnerId }) => learnerId)).toEqual([ada]);
  });

  test('g1.misIdForm integer: zeros at the front do not matter, and a code with letters is not sent', async () => {
    const contract = contractOf(soap.contract);
    const site = setupSmartAssessor(soap, {
      switches: { 'g1-mis-id-form': 'integer' },
      connection: {
        site: {
          capabilities: { ...contract.capabilities, misIdForm: 'integer' },
          g1: {
            path: '/soap/g1',
            namespace: 'urn:smart-assessor:g1',
            partnerIdName: 'PartnerId',
            misIdForm: 'integer',
          },
        },
      },
    });
    const lettered = await site.call('create-employer', { misId: 'HILLS1', name: 'Hillside' });
    expect(toWord(lettered)).toBe('rejected invalid-field misId');
    expect(site.calls()).toEqual([]);
    const id = await site.ok('create-employer', { misId: '00417', name: 'Hillside' });
    const found = await site.ok('find-employer', { misId: '0417' });
    expect(found).toMatchObject({ kind: 'one', record: { id, misId: '417' } });
  });

  test('near matches wait for a person at the vendor, and are never taken for made (Q9)', async () => {
    for (const way of [rest, soap]) {
      const site = setupSmartAssessor(way, { switches: { 'near-match': 'queue' } });
      const known = (await site.ok('read-employers', {})).records[0];
      const twin = { misId: 'TWIN1', name: 'Twin', edrs: known?.edrs ?? '', postcode: known?.postcode ?? '' };
      expect(toWord(await site.call('create-employer', twin))).toBe('rejected queued-for-matching');
      expect(await site.ok('find-employer', { misId: 'TWIN1' })).toEqual({ kind: 'none' });
    }
  });

  test('a MIS id that is taken is told from a login that is', async () => {
    for (const way of [rest, soap]) {
      const site = setupSmartAssessor(way, { switches: { 'mis-id-unique': 'on' } });
      const person = {
        misId: '77',
        familyName: 'A',
        givenNames: 'B',
        dateOfBirth: '2001-01-01',
        sendWelcomeEmail: false,
      };
      expect(toWord(await site.call('create-learner', person))).toBe('ok');
      const again = await site.call('create-learner', person);
      expect(again).toMatchObject({ kind: 'rejected', code: 'duplicate-mis-id' });
    }
  });

  test('Q5, Q6: a site that refuses a field names it', async () => {
    const switches = { 'ignored-learner-fields': 'email', 'ignored-answer': 'reject' };
    const { call } = setupSmartAssessor(rest, { switches });
    const answer = await call('update-learner', { id: ada, fields: { email: 'b@example.org' } });
    expect(toWord(answer)).toBe('rejected invalid-field email');
  });

  test('an archived record that may not be updated is told from a bad value', async () => {
    const { call, ok } = setupSmartAssessor(rest, { switches: { 'archived-update': 'refuse' } });
    const all = await ok('read-learners', { includeArchived: true });
    const archived = all.records.find(({ isArchived }) => isArchived);
    const answer = await call('update-learner', { id: archived?.id ?? '', fields: { phone: '1' } });
    expect(answer).toMatchObject({ kind: 'rejected', code: 'archived' });
  });
});
