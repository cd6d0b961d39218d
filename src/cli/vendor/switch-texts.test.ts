import { expect, test } from 'vitest';
import type { VendorStatus } from '../../vendors/vendor.ts';
import { connectionText, initialPlanText, statusText } from './switch.ts';

const vendor = { title: 'OneFile', configName: 'onefile' };

const status: VendorStatus = {
  ...{ isEnabled: true, rests: null, configured: 'on', faults: [], environment: 'beta', centre: '301' },
  ...{
    changedAtMs: Date.UTC(2026, 0, 5, 9),
    changedBy: 'ann',
    settings: { dailyScope: 'all', uploadReviews: true },
  },
  ...{ lastSynchronisedAtMs: Date.UTC(2026, 0, 6, 3, 30), synchronisingSinceMs: null, syncDueSinceMs: null },
  ...{ approvedPlan: null, warningsOpen: [], held: [{ code: 'NO_EMAIL', count: 2 }] },
  forecast: { calls: 120, minutes: 0.5, callsPerLearner: 1.2 },
  lostFields: [],
  sharedOfficers: [],
  cautiousSinceMs: null,
};

test('OF-3: the status shows whether it is enabled, the settings, and the last full run', () => {
  const text = statusText(vendor, status);
  expect(text).toContain('enabled since 05/01/2026 09:00:00 (ann)');
  expect(text).toMatch(/last synchronised +06\/01\/2026 03:30:00/);
  expect(text).toMatch(/full pass +about 120 calls, 0.5 minutes/);
  expect(text).toMatch(/held +2 items/);
  expect(text).toMatch(/uploadReviews +on/);
});

test.each<[Partial<typeof status>, RegExp]>([
  [{ rests: 'disabled', changedAtMs: null }, /not enabled; run "onefile enable"/],
  [{ rests: 'disabled' }, /disabled since 05/],
  [{ rests: 'moved' }, /but stopped: the address, centre or account is another one now/],
  [{ rests: 'desktop' }, /but stopped: it is not certain that desktop synchronisation/],
  [{ synchronisingSinceMs: 0 }, /synchronising +since 01\/01\/1970/],
  [
    { cautiousSinceMs: 0 },
    /cautious +since the rebuild of 01\/01\/1970 .*, until a full synchronisation has/,
  ],
  [
    { sharedOfficers: [{ vendorId: '400002', codes: ['ABR001', 'ABROOK'] }] },
    /shared account +400002: officers ABR001, ABROOK/,
  ],
  [
    { lostFields: [{ field: 'aim.x=X', isKept: false, lostCount: 3 }] },
    /field given up +aim\.x=X: 3 records did not keep it; "onefile forget-field aim\.x=X" tries it again/,
  ],
  [
    { lostFields: [{ field: 'aim.x=X', isKept: false, lostCount: 1 }] },
    /field in doubt +aim\.x=X: 1 record did/,
  ],
  [{ warningsOpen: [{ id: 'W-1', text: 'One centre.' }] }, /W-1 +One centre\./],
])('the status shows what to do: %o', (change, line) => {
  expect(statusText(vendor, { ...status, ...change })).toMatch(line);
});

test('OF-9: a plan shows counts and the learners that need a decision', () => {
  const text = initialPlanText(vendor, {
    ...{ digest: 'abc', centre: '301', linked: 1, toLink: { id: 2, misValue: 3, uln: 4 }, proposed: 1 },
    ...{ doubtful: 0, unmatched: 7, reviewsToSend: 1, calls: 30, minutes: 0.2 },
    proposals: [{ ident: '20001', vendorId: '901' }],
  });
  expect(text).toContain('1 learner linked already');
  expect(text).toContain('2 by the id in PICS, 3 by MIS value, 4 by ULN');
  expect(text).toContain('proposed: learner 20001, OneFile id 901');
  expect(text).toContain('1 review to be sent');
});

test('a connection test shows centres, MIS values and names that are not confirmed', () => {
  const text = connectionText(vendor, {
    ...{
      environment: 'beta',
      interfaceVersion: 'v2.1',
      customer: 'Larkfield',
      centre: null,
      notes: ['Note.'],
    },
    centres: [{ id: '301', name: 'North', createsLogins: true, suppressesMail: null }],
    uncertainNames: [
      {
        key: 'standard.code',
        wireName: 'NDAQCode',
        resource: 'Standard',
        direction: 'read',
        provenance: 'inferred',
      },
    ],
    misValues: { assessors: { seen: 5, withMisValue: 3 }, placements: null },
    lostFields: [
      { field: 'aim.certificateReceivedOn=CertReceived', lostCount: 3 },
      { field: 'aim.x=X', lostCount: 1 },
    ],
  });
  expect(text).toContain('field given up  aim.certificateReceivedOn=CertReceived: 3 records did not keep it');
  expect(text).toContain('field in doubt  aim.x=X: 1 record did not keep it; "onefile forget-field aim.x=X"');
  expect(text).toContain('centre none yet: set onefile.centreId');
  expect(text).toMatch(/301 +North +yes +–/);
  expect(text).toContain('3 of 5 assessors read have a MIS value');
  expect(text).toMatch(/onefile\.names\.standard\.code +Standard\.NDAQCode +read +inferred/);
  expect(text).toContain('Note.');
});
