import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/memory/clock.ts';
import { createMemoryPorts } from '../../../test/memory/ports.ts';
import { createMemorySmartAssessor, smartAssessorConfigured } from '../../../test/memory/smart-assessor.ts';
import { Secret } from '../../base/secret.ts';

/** What a test of the connection says with these settings. */
async function check(wanted: object = {}) {
  const { clock, virtual } = createVirtualClock();
  const { vendor } = createMemorySmartAssessor({ clock });
  const switching = vendor.switching({
    ...createMemoryPorts({ clock, vendors: [vendor] }),
    configured: smartAssessorConfigured(wanted),
    otherPulls: [],
    shared: {
      nearRealTime: true,
      deletedReviews: 'recreate',
      externalIdVendor: null,
      pics: { role: 'test', licences: ['smartassessor'], liveLetters: ['L'] },
    },
  });
  return virtual.runUntil(switching.check({ forEnabling: false }));
}

const notesOf = async (wanted: object) => {
  const checked = await check(wanted);
  return checked.kind === 'connected' ? checked.report['notes'] : checked;
};

const unproven = (id: string) => `The contract ${id} is assumed: none of its names is verified.`;
const beyond = (setting: string, what: string, follows: string) =>
  `smart-assessor.${setting} asks for what the interface of the site cannot do (${what}): ${follows}.`;

test('SA-1: a test of the connection names contract, site and address; a wrong password is told', async () => {
  expect(await check()).toEqual({
    kind: 'connected',
    centreId: 'main',
    centreCount: 1,
    report: {
      contract: 'assumed-rest-v0 (assumed)',
      centre: 'main',
      environment: 'http://127.0.0.1:4020',
      notes: [unproven('assumed-rest-v0')],
    },
  });
  expect(await check({ password: new Secret('wrong') })).toMatchObject({ kind: 'bad-sign-in' });
});

test('G-10, SA-4, SA-32: settings that ask for more than the site can do are named, each with what follows', async () => {
  const wanted = {
    riskFromScore: true,
    elementsFrom: 'units',
    welcomeEmail: true,
    studentIdFromLrn: true,
    secondAssessorRole: 'ASR2',
  };
  const id = 'assumed-rest-v0';
  const beyondRest = [
    beyond('riskFromScore', 'smartCoach', 'the risk in PICS stays as it is'),
    beyond('elementsFrom', 'units', 'elements in PICS stay as they are'),
  ];
  expect(await notesOf(wanted)).toEqual([unproven(id), ...beyondRest]);
  const able = { smartCoach: true, units: true };
  expect(await notesOf({ ...wanted, capabilities: able })).toEqual([unproven(id)]);
  const g1 = { apiKey: new Secret('local-key') };
  expect(await notesOf({ ...wanted, contract: 'soap-g1', g1 })).toHaveLength(6);
  expect(await notesOf({ contract: 'soap-g1', g1 })).toHaveLength(1);
});
