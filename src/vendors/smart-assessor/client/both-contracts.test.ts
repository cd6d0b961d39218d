import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInProcessSmartAssessor } from '../../../../simulators/smart-assessor/in-process.ts';
import { asOfMs, setupSmartAssessor, ways } from '../../../../test/support/smart-assessor-client.ts';
import type { Listing, Operation } from '../port.ts';
import { textOf } from '../wire/values.ts';

const notInXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

describe('one state of the vendor', () => {
  /** The fields that both contracts can read. */
  function withoutUnread({ records }: Listing<object>, unread: readonly string[]) {
    return records
      .map((record) =>
        Object.fromEntries(Object.entries(record).filter(([name]) => ![...unread, 'unread'].includes(name))),
      )
      .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
  const [rest, , soap] = ways;
  const lists: readonly (readonly [Operation, object])[] = [
    ['read-courses', {}],
    ['read-employers', {}],
    ['read-assessors', { includeArchived: false }],
    ['read-learners', { includeArchived: false }],
    ['read-learner-courses', {}],
    ['read-sessions', {}],
  ];

  test.each(lists)('%s has the same normal form through both contracts', async (operation, input) => {
    for (const switches of [
      {},
      { 'dirty-data': 'on', 'guid-form': 'upper-braces', 'percent-form': 'text-percent' },
    ]) {
      const [one, other] = [setupSmartAssessor(rest, { switches }), setupSmartAssessor(soap, { switches })];
      const [inRest, inSoap] = [
        await one.ok(operation, input as never),
        await other.ok(operation, input as never),
      ];
      const listing = inSoap as Listing<{ readonly unread: readonly string[] }>;
      const unread = listing.records[0]?.unread ?? [];
      expect(listing.records.length).toBeGreaterThan(2);
      expect(withoutUnread(inSoap as Listing<object>, unread)).toEqual(
        withoutUnread(inRest as Listing<object>, unread),
      );
    }
  });

  test('what one contract writes the other reads', async () => {
    const simulator = createInProcessSmartAssessor({ nowMs: () => asOfMs, size: 'small' });
    const [one, other] = [setupSmartAssessor(rest, { simulator }), setupSmartAssessor(soap, { simulator })];
    const person = {
      familyName: 'Ng',
      givenNames: 'Ida',
      dateOfBirth: '2001-12-31',
      sendWelcomeEmail: false,
    };
    const byRest = await one.ok('create-learner', { ...person, misId: '501', uln: '9000000016' });
    const bySoap = await other.ok('create-learner', { ...person, misId: '502', phone: '01 & 02' });
    const [inSoap, inRest] = [
      await other.ok('read-learner', { id: byRest }),
      await one.ok('read-learner', { id: bySoap }),
    ];
    expect(inSoap).toMatchObject({
      id: byRest,
      misId: '501',
      uln: '9000000016',
      dateOfBirth: '2001-12-31',
    });
    expect(inRest).toMatchObject({
      id: bySoap,
      misId: '502',
      phone: '01 & 02',
      dateOfBirth: '2001-12-31',
    });
  });
});

describe.each(ways)('$contract with $auth', (way) => {
  test('what is written is read back, whatever characters it has (property)', async () => {
    const site = setupSmartAssessor(way, { size: 'empty' });
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        count += 1;
        const familyName = `A${text}`;
        const id = await site.ok('create-learner', {
          misId: String(count),
          familyName,
          givenNames: 'B',
          dateOfBirth: '2001-12-31',
          sendWelcomeEmail: false,
        });
        const read = await site.ok('read-learner', { id });
        // XML cannot hold every character; what it cannot is left out, and nothing else is lost.
        const kept = way.contract === 'soap-g1' ? familyName.replace(notInXml, '') : familyName;
        expect(read?.familyName).toBe(textOf(kept));
      }),
      { seed, numRuns: 150 },
    );
  });
});
