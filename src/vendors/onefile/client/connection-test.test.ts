import { expect, test } from 'vitest';
import { enrolCentre } from '../../../../test/support/onefile-centre.ts';
import { setupOneFile } from '../../../../test/support/onefile-client.ts';

test.each([{}, { profile: 'awkward' }])(
  'reports customer, centres and the names that are not confirmed (%o)',
  async (switches) => {
    await using one = await setupOneFile({ switches, connection: { names: { 'standard.code': 'Code' } } });
    const result = await one.client.testConnection();
    expect(result).toMatchObject({
      kind: 'connected',
      interfaceVersion: 'v2.1',
      customer: 'Larkfield Training',
      warnings: [],
      misValues: { assessors: { seen: 1, withMisValue: 1 }, placements: { seen: 0, withMisValue: 0 } },
    });
    const { centres, assumedNames } = result as Extract<typeof result, { kind: 'connected' }>;
    expect(centres.map(({ id, name, createsLogins }) => ({ id, name, createsLogins }))).toEqual(
      expect.arrayContaining([
        { id: '301', name: 'Larkfield North', createsLogins: true },
        { id: '302', name: 'Larkfield South', createsLogins: true },
      ]),
    );
    expect(assumedNames).toContainEqual({
      key: 'aim.certificateReceived',
      wireName: 'CertificateReceivedDate',
      resource: 'LearningAim',
      direction: 'read and write',
      provenance: 'assumed',
    });
    expect(assumedNames.find(({ key }) => key === 'standard.code')?.wireName).toBe('Code');
  },
);

test('OF-5: without a centre and with several to choose from it lists them', async () => {
  await using one = await setupOneFile({ connection: { centreId: '' } });
  const result = await one.client.testConnection();
  expect(result).toMatchObject({ kind: 'failed', code: 'MANY_CENTRES' });
  expect(result.centres).toHaveLength(2);
});

test('G6: a centre the token does not reach is reported', async () => {
  await using one = await setupOneFile({ connection: { centreId: '999' } });
  expect(await one.client.testConnection()).toMatchObject({ kind: 'failed', code: 'ID_NOT_FOUND' });
});

test('a wrong token and a vendor that is away are reported differently', async () => {
  await using wrong = await setupOneFile({ connection: { customerToken: () => 'nonsense' } });
  expect(await wrong.client.testConnection()).toMatchObject({ kind: 'failed', code: 'BAD_SIGN_IN' });
  await using away = await setupOneFile();
  await away.control('POST', '/maintenance', { seconds: 60 });
  expect(await away.client.testConnection()).toMatchObject({ kind: 'failed', code: 'UNREACHABLE' });
});

test.each([
  ['caps pages', { 'page-size-max': 2, 'page-size-over': 'cap' }, 'at most 2 rows a page'],
  ['refuses large pages', { 'page-size-max': 20 }, 'refuses pages of 100 rows'],
])('O6: a OneFile that %s is detected', async (_what, switches, words) => {
  await using one = await setupOneFile({ switches, records: enrolCentre as never });
  const result = await one.client.testConnection();
  expect(result).toMatchObject({ kind: 'connected', warnings: [expect.stringContaining(words)] });
});

test('OF-35: it reports whether the centre keeps MIS values', async () => {
  await using one = await setupOneFile({ records: enrolCentre as never });
  expect(await one.client.testConnection()).toMatchObject({
    misValues: { assessors: { seen: 2, withMisValue: 2 }, placements: { seen: 3, withMisValue: 3 } },
  });
});
