import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/memory/clock.ts';
import { control } from '../../../test/memory/door.ts';
import { createMemoryPorts } from '../../../test/memory/ports.ts';
import { memoryRoleSettings } from '../../../test/memory/settings.ts';
import { createMemorySmartAssessor, smartAssessorConfigured } from '../../../test/memory/smart-assessor.ts';
import { buildNewcomer } from '../../../test/support/smart-assessor-world/enrolment.ts';
import { ids, smallSite } from '../../../test/support/smart-assessor-world/site.ts';
import { Secret } from '../../base/secret.ts';
import type { Json } from '../../domain/json.ts';
import { contextOf } from '../../roles/role.ts';
import { allVendors } from '../all.ts';

/** Smart Assessor and PICS with these settings, never enabled. */
function setUp(wanted: object = {}, learners = [buildNewcomer({ smartAssessorId: ids.imogen })]) {
  const { clock, virtual } = createVirtualClock();
  const { vendor, simulator } = createMemorySmartAssessor({ clock, records: smallSite as unknown as Json });
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners });
  const switchingWith = (more: object) => {
    const configured = smartAssessorConfigured({ ...wanted, ...more });
    const settings = memoryRoleSettings(
      { 'smart-assessor': configured },
      { externalIdVendor: 'smartassessor' },
    );
    return vendor.switching(contextOf(vendor, ports, settings));
  };
  return { ports, virtual, simulator, switching: switchingWith({}), switchingWith };
}

test('SA-1: a connection is tested with one call, and says what contract is spoken and how far it is proved', async () => {
  const { switching, simulator, virtual } = setUp();
  const check = await virtual.runUntil(switching.check({ forEnabling: true }));
  expect(check).toMatchObject({
    kind: 'connected',
    centreId: 'main',
    report: { contract: 'assumed-rest-v0 (assumed)', centre: 'main' },
  });
  expect(simulator.calls().map(({ operation }) => operation)).toHaveLength(1);
});

test('SA-1: a wrong password and a wrong key are told apart, and nothing secret is in the answer', async () => {
  const { switchingWith, virtual } = setUp();
  const found = [];
  for (const wrong of ['password', 'clientKey'])
    found.push(
      await virtual.runUntil(
        switchingWith({ [wrong]: new Secret('not-the-one') }).check({ forEnabling: true }),
      ),
    );
  expect(found.map(({ kind }) => kind)).toEqual(['bad-sign-in', 'bad-sign-in']);
  const [first, second] = found.map((one) => JSON.stringify(one));
  expect(first).toContain('user name or the password');
  expect(second).toContain('key of the site');
  expect(`${first}${second}`).not.toContain('not-the-one');
});

test('SA-1: missing settings are named, and only enabling needs the switch', async () => {
  const { switchingWith, virtual } = setUp();
  const check = (more: object, forEnabling: boolean) =>
    virtual.runUntil(switchingWith({ enabled: false, ...more }).check({ forEnabling }));
  expect(await check({ password: undefined }, false)).toEqual({
    kind: 'settings-missing',
    settings: ['smart-assessor.password'],
  });
});

test('SA-20, W-3: the first enabling counts who is not linked, has a plan, and wants W-6 for a pull mode', async () => {
  const learner = buildNewcomer({ smartAssessorId: ids.imogen, mainOfficer: 'ABR001' });
  const { switchingWith, ports, virtual } = setUp({}, [learner]);
  ports.pics.putOfficer({ code: 'ABR001', firstName: 'Ada', surname: 'Brook' });
  const switching = switchingWith({ officerDetails: 'pull' });
  const connected = { kind: 'connected', centreId: 'main', centreCount: 1, report: {} } as const;
  const first = await virtual.runUntil(switching.prepare(connected, []));
  if ('kind' in first) throw new Error(first.kind);
  expect(first.open.map(({ id }) => id)).toEqual(['W-3', 'W-6']);
  expect(first.open[0]?.text).toContain('1 officer and 0 organisations');
  expect(first.plan?.document).toMatchObject({ toLink: { id: 1 } });
  const again = await virtual.runUntil(switching.prepare(connected, ['W-3', 'W-6']));
  expect('open' in again && again.open).toEqual([]);
});

test('W-6: enabling says whose details another vendor that may be at work overwrites as well', async () => {
  const { clock, virtual } = createVirtualClock();
  const { vendor } = createMemorySmartAssessor({ clock, records: smallSite as unknown as Json });
  const ports = createMemoryPorts({ clock, vendors: allVendors, learners: [] });
  const connected = { kind: 'connected', centreId: 'main', centreCount: 1, report: {} } as const;
  const warned = async (kind: 'enabled' | 'disabled', learnerDetails: 'pull' | 'push') => {
    const details = { learnerDetails, officerDetails: 'pull', organisationDetails: 'pull' };
    const sections = {
      'smart-assessor': smartAssessorConfigured({ learnerDetails: 'pull' }),
      onefile: { kind, settings: details },
    };
    const settings = memoryRoleSettings(sections, { externalIdVendor: 'smartassessor' });
    const ready = await virtual.runUntil(
      vendor.switching(contextOf(vendor, ports, settings)).prepare(connected, []),
    );
    return 'open' in ready ? ready.open.find(({ id }) => id === 'W-6')?.text : null;
  };
  const alone = 'PICS values will be overwritten from Smart Assessor.';
  expect(await warned('enabled', 'pull')).toBe(
    `${alone} OneFile overwrites details of learners as well: let one vendor alone do so, or PICS has those of each in turn.`,
  );
  expect(await warned('enabled', 'push')).toBe(alone);
  expect(await warned('disabled', 'pull')).toBe(alone);
});

test('SA-1: enabled for one origin, contract, user and site; with another of them it rests until it is enabled again', async () => {
  const { switching, switchingWith, ports, virtual } = setUp();
  const connected = { kind: 'connected', centreId: 'main', centreCount: 1, report: {} } as const;
  const ready = await virtual.runUntil(switching.prepare(connected, ['W-3']));
  if ('kind' in ready) throw new Error(ready.kind);
  const { store } = ports;
  await store.vendors.enable({ vendor: 'smartassessor', by: 'test', confirmed: ready.confirmed });
  const state = await store.vendors.readState('smartassessor');
  expect(JSON.stringify(state)).not.toContain('api.smartassessor@');
  expect(await switching.findRest(state)).toBeNull();
  expect(switching.isPreparing(state)).toBe(false);
  for (const other of [
    { origin: 'http://127.0.0.1:4021' },
    { userName: new Secret('api.smartassessor@other.example') },
    { site: 'second' },
    { contract: 'soap-g1', g1: { apiKey: new Secret('local-key') } },
  ])
    expect(await switchingWith(other).findRest(state)).toBe('moved');
  expect(await switchingWith({ password: new Secret('changed') }).findRest(state)).toBeNull();
  const disabled = { ...state, isEnabled: false };
  expect(await switching.findRest(disabled)).toBe('disabled');
});

test('status says what is exchanged and since when, without a call and without a secret', async () => {
  const { switching, simulator, virtual } = setUp({ welcomeEmail: true });
  const status = await virtual.runUntil(switching.readStatus());
  expect(status).toMatchObject({
    isEnabled: false,
    rests: 'disabled',
    centre: 'main',
    settings: { contract: 'assumed-rest-v0', welcomeEmail: true, learnerDetails: 'none' },
    warningsOpen: [],
  });
  expect(JSON.stringify(status)).not.toMatch(/local-password|local-key|api\.smartassessor@/);
  expect(simulator.calls()).toEqual([]);
  expect(control(simulator, 'GET', '/outbox')).toEqual([]);
});
