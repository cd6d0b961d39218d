import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../../test/memory/onefile.ts';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { buildLearner } from '../../test/support/learner.ts';
import { smallCentre } from '../../test/support/onefile-client.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { runOutbound } from './outbound.ts';
import { runReconciler } from './reconciler.ts';

/** The roles of OneFile that a person's commands go through, before it was ever enabled. */
function setup() {
  const { clock, virtual } = createVirtualClock();
  const { vendor, simulator } = createMemoryOneFile({ clock, records: smallCentre as unknown as Json });
  const learners = [buildLearner({ ident: '00017', firstName: 'Mary', surname: 'Ford' })];
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners });
  const { pics } = ports;
  pics.putOfficer({ code: 'JB' });
  const settings = oneFileRoleSettings({});
  const stop = new AbortController();
  const roles = Promise.all([
    runOutbound(ports, settings, stop.signal),
    runReconciler(ports, settings, stop.signal),
  ]);
  let given = 0;
  const give = async (
    kind: string,
    about: { officer?: string; ident?: string; payload?: JsonObject } = {},
  ) => {
    given += 1;
    const id = `c${given}`;
    pics.insertRequest({ id, kind, vendor: 'onefile', ...about });
    const isOpen = async (): Promise<boolean> =>
      ['new', 'working'].includes((await pics.readRequest(id))?.status ?? '');
    const ended = async (): Promise<void> => {
      while (await isOpen()) await clock.sleep(50);
    };
    await virtual.runUntil(ended());
    return pics.readRequest(id);
  };
  const callsOf = (route: RegExp) => simulator.calls().filter((call) => route.test(call.route ?? ''));
  const wait = (ms: number) => virtual.runUntil(clock.sleep(ms));
  const end = async (): Promise<void> => {
    stop.abort();
    await virtual.runUntil(roles);
  };
  return { ...ports, give, callsOf, wait, end };
}

const idsOf = (result: JsonObject | null | undefined): string[] =>
  ((result?.['found'] ?? []) as unknown as { id: string }[]).map(({ id }) => id);

test('D-20: before OneFile was ever enabled officers are looked up and linked, and links taken away', async () => {
  const { give, store, pics, callsOf, wait, end } = setup();
  expect(await give('test-connection')).toMatchObject({ status: 'done' });
  const found = await give('look-up', { payload: { records: 'officers', text: '' } });
  expect(found).toMatchObject({ status: 'done' });
  const [id = ''] = idsOf(found?.result);
  const scope = { vendor: 'onefile', centre: confirmedFor()['centreId'] as string, kind: 'officer' } as const;
  const linked = async () => (await store.links.readByPicsIds(scope, ['JB'])).map((link) => link.vendorId);
  expect(await give('link-officer', { officer: 'JB', payload: { vendorId: id } })).toMatchObject({
    status: 'done',
  });
  expect(await linked()).toEqual([id]);
  expect(await give('link-officer', { officer: 'JB' })).toMatchObject({ status: 'done' });
  expect(await linked()).toEqual([]);
  expect(await give('refresh-qualification-links')).toMatchObject({ status: 'done' });
  await wait(5_000);
  expect(
    pics.findOwner({ kind: 'officer', code: 'JB' })?.externalId ?? null,
    'nothing is exchanged',
  ).toBeNull();
  expect(callsOf(/^(Visit|Review|LearningAim|User)$/).filter(({ method }) => method === 'POST')).toEqual([]);
  await end();
});

test('D-20: a link changed twice before the enabling is in PICS afterwards as it was left', async () => {
  const { give, store, pics, wait, end } = setup();
  const found = await give('look-up', { payload: { records: 'officers', text: '' } });
  const [first = '', second = ''] = idsOf(found?.result);
  expect(second).not.toBe('');
  await give('link-officer', { officer: 'JB', payload: { vendorId: first } });
  await give('link-officer', { officer: 'JB', payload: { vendorId: second } });
  await store.vendors.enable({ vendor: 'onefile', by: 'test', confirmed: confirmedFor(), isSyncDue: false });
  await wait(120_000);
  expect(pics.findOwner({ kind: 'officer', code: 'JB' })?.externalId).toBe(second);
  await end();
});

test('G-8: what exchanges learners waits for the enabling, and once disabled by a person nothing is looked up', async () => {
  const { give, store, end } = setup();
  for (const kind of ['refresh', 'enrol', 'preview', 'synchronise', 'retry'])
    expect(await give(kind, { ident: '00017' }), kind).toMatchObject({ status: 'refused', code: 'DISABLED' });
  await store.vendors.enable({ vendor: 'onefile', by: 'test', confirmed: confirmedFor(), isSyncDue: false });
  await store.vendors.disable({ vendor: 'onefile', by: 'test' });
  const lookUp = { payload: { records: 'officers', text: '' } };
  expect(await give('look-up', lookUp)).toMatchObject({ status: 'refused', code: 'DISABLED' });
  await end();
});
