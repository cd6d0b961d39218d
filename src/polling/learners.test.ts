import { expect, test } from 'vitest';
import { PollWorld } from '../../test/support/poll-world.ts';
import { emptyOutcome } from '../domain/ledger.ts';
import { messageOf } from '../domain/messages.ts';
import type { OwnerKind } from '../domain/owner.ts';
import { submitOthers } from './learners.ts';
import { deletionsHold } from './pass-report.ts';

function setup(
  codes: Readonly<Partial<Record<OwnerKind, readonly string[]>>>,
  pushed: readonly OwnerKind[] = [],
): PollWorld {
  const world = new PollWorld();
  for (const kind of ['officer', 'organisation'] as const)
    for (const code of codes[kind] ?? []) world.linkOwner(kind, code, `v${code}`);
  world.polling.pushedOwners = pushed;
  return world;
}

async function hold({ store }: PollWorld, ...lanes: readonly string[]): Promise<void> {
  for (const ident of lanes)
    await store.ledger.recordOutcome({
      ...emptyOutcome({ vendor: 'onefile', centre: '7', ident }, 0),
      holds: [{ subject: ident, code: 'SOME_RULE', params: {}, requestHash: null }],
    });
}

test('OF-71, OF-72: a full pass hands on every linked record of a mode that pushes, as just read', async () => {
  const many = Array.from({ length: 2_500 }, (_, n) => `O${String(n).padStart(4, '0')}`);
  const world = setup({ officer: many, organisation: ['ACME1'] }, ['officer', 'organisation']);
  await submitOthers(world.ports);
  expect(world.works.map(({ ident }) => ident)).toEqual([
    ...many.map((code) => `officer:${code}`),
    'organisation:ACME1',
  ]);
  expect(world.works.at(-1)).toMatchObject({
    demand: 'refresh',
    priority: 'poll',
    reads: ['owner organisation:ACME1'],
  });
});

test('OF-71: where no mode pushes, none is handed on', async () => {
  const world = setup({ officer: ['AB'], organisation: ['ACME1'] });
  await submitOthers(world.ports);
  expect(world.works).toEqual([]);
});

test('D-7, D-20: a held learner whose id was taken away is looked at again; the pass itself looks at those with an id or a link', async () => {
  const world = setup({});
  world.claim('400042');
  world.link('400043');
  await hold(world, 'i400042', 'i400043', '10042');
  await submitOthers(world.ports);
  expect(world.works.map(({ ident, demand }) => `${demand} ${ident}`)).toEqual(['refresh 10042']);
});

test('OF-36: whoever is held is looked at again in any mode', async () => {
  const world = setup({ officer: ['AB'] });
  await hold(world, 'officer:CD', 'organisation:ACME1');
  await submitOthers(world.ports);
  expect(world.works.map(({ ident, demand }) => `${demand} ${ident}`)).toEqual([
    'refresh officer:CD',
    'refresh organisation:ACME1',
  ]);
});

test('OF-23: an enrolment that waits is looked at again by a full pass', async () => {
  const world = setup({});
  await hold(world, 'officer:AB');
  await world.store.enrolments.open(
    { vendor: 'onefile', centre: '7', ident: '10016' },
    { id: 'e1', plan: {} },
  );
  await submitOthers(world.ports);
  expect(world.works.map(({ ident, demand }) => [ident, demand])).toEqual([
    ['officer:AB', 'refresh'],
    ['10016', 'refresh'],
  ]);
});

test('many records that vanish at once are held with their number, one item for each kind', () => {
  const hold = deletionsHold('onefile', 'review', 33);
  expect(hold).toMatchObject({ subject: 'deletions:review', code: 'DELETIONS_HELD' });
  expect(messageOf(hold.code, hold.params)).toBe(
    'OneFile no longer shows 33 records, more than may vanish without a person looking. Check OneFile. If they are gone, retry: the next full synchronisation then takes them for deleted.',
  );
});
