import { expect, test } from 'vitest';
import { type OneFileSection, oneFileSection } from './config.ts';
import { findRest } from './enabling.ts';

const settings: OneFileSection = {
  ...oneFileSection.parse({}),
  ...{ enabled: true, environment: 'beta', centreId: '301', desktopGuard: 'block' },
};
const configured = { kind: 'enabled', settings } as const;
const confirmed = { environment: 'beta', centreId: '301' };
const state = { isEnabled: true, confirmed };
const off = { isConfirmedOff: true, evidence: [] };

test.each<[string, Parameters<typeof findRest>[0]['configured'], typeof state, string | null]>([
  ['the configuration is off', { kind: 'disabled', settings }, state, 'configuration'],
  ['the configuration is faulty (OF-2)', { kind: 'faulty', faults: [] }, state, 'configuration'],
  ['it was never enabled (G-8)', configured, { ...state, isEnabled: false }, 'disabled'],
  [
    'another environment (OF-1)',
    configured,
    { ...state, confirmed: { ...confirmed, environment: 'live' } },
    'moved',
  ],
  ['another centre (OF-5)', configured, { ...state, confirmed: { ...confirmed, centreId: '302' } }, 'moved'],
  ['everything fits', configured, state, null],
])('OneFile rests or works: %s', async (_name, vendor, known, rest) => {
  expect(await findRest({ configured: vendor }, known, async () => off)).toBe(rest);
});

test('OF-7: with the guard on block OneFile rests while desktop synchronisation may be on', async () => {
  const unsure = { isConfirmedOff: false, evidence: [] };
  const seen = { isConfirmedOff: true, evidence: ['OF_DESKTOP_SCHED'] };
  for (const desktop of [unsure, seen]) {
    expect(await findRest({ configured }, state, async () => desktop)).toBe('desktop');
    const warning = { ...configured, settings: { ...settings, desktopGuard: 'warn' as const } };
    expect(await findRest({ configured: warning }, state, async () => desktop)).toBeNull();
  }
});
