import { expect, test } from 'vitest';
import { buildLearner } from '../../test/support/learner.ts';
import { ident, type OutboundSetup, refusal, setUpOutbound } from '../../test/support/outbound-setup.ts';
import type { NewLink } from '../domain/link.ts';
import type { Owner } from '../domain/owner.ts';
import type { Call, Done } from '../domain/step.ts';
import type { LearnerView, OwnerView } from '../domain/view.ts';

const lane = 'officer:ABR001';
const create: Call = {
  ...{ name: 'create-officer', effect: 'create', subject: lane, naturalKey: 'ABR001' },
  request: { code: 'ABR001' },
};
const link: NewLink = {
  ...{ vendor: 'onefile', centre: '1', kind: 'officer', picsId: 'ABR001', vendorId: '5' },
  ...{ ident: null, how: 'created' },
};
const made: Done = {
  ...{ kind: 'done', vendorId: '5', observed: [], shadow: [], links: [link], findings: [] },
};
const officer: Owner = {
  kind: 'officer',
  code: 'ABR001',
  firstName: 'A',
  surname: 'B',
  externalId: null,
  isDormant: false,
  email: null,
  phone: null,
  mobile: null,
};
const nothing = { candidates: [], holds: [], notes: [] };

/** A learner that needs the officer, and is done when it is linked. */
function evaluate({ lane: known, needed, learner }: LearnerView) {
  if (known.links.some(({ kind }) => kind === 'officer')) return nothing;
  const held = needed.get(lane)?.map(({ code }) => code);
  const holds = held === undefined ? [] : [{ subject: learner.ident, code: held[0] ?? 'NONE', params: {} }];
  const owners = [{ kind: 'officer' as const, code: 'ABR001', reads: ['find ABR001'] }];
  return { candidates: [{ kind: 'need' as const, owners }], holds, notes: [] };
}

function setup(extra: OutboundSetup = {}, owners: readonly Owner[] = [officer]) {
  const views: OwnerView[] = [];
  const world = setUpOutbound({
    evaluate,
    evaluateOwner: (view) => {
      views.push(view);
      const isLinked = view.lane.links.length > 0;
      return isLinked ? nothing : { ...nothing, candidates: [{ kind: 'call' as const, call: create }] };
    },
    answers: [made],
    ...extra,
  });
  for (const owner of owners) world.pics.setOwner(owner);
  const addLearner = (of: string): void => {
    world.pics.setLearner(buildLearner({ ident: of, mainOfficer: 'ABR001' }));
  };
  addLearner(ident);
  return { ...world, views, addLearner };
}

test('OF-21, G-3: many learners who need one officer at once make one create, and all go on', async () => {
  const { engine, clock, addLearner, ledger, done, views } = setup();
  const idents = Array.from({ length: 100 }, (_, n) => `2${String(n).padStart(4, '0')}`);
  for (const of of idents) addLearner(of);
  const works = idents.map((of) =>
    engine.submit({ ident: of, demand: 'change', priority: 'live', txIds: [], committedAtMs: null }),
  );
  const settled = await clock.runUntil(Promise.all(works));
  expect(settled.every(({ holds }) => holds.length === 0)).toBe(true);
  expect(done('call')).toEqual([`call create-officer ${lane}`]);
  expect(ledger.links).toMatchObject([{ kind: 'officer', picsId: 'ABR001', vendorId: '5' }]);
  expect(views[0]).toMatchObject({ demand: 'need', owner: officer });
  expect([...(views[0]?.reads ?? [])]).toEqual(['find ABR001']);
});

test('what is held for the officer is told to the learner, and the officer is left alone for a while', async () => {
  const { settle, held, done, clock } = setup({ answers: [refusal, refusal] });
  const first = await settle();
  expect(first.holds).toMatchObject([{ subject: ident, code: 'VENDOR_REFUSED' }]);
  expect(held()).toEqual([
    [lane, 'VENDOR_REFUSED'],
    [ident, 'VENDOR_REFUSED'],
  ]);
  const reads = done('read').length;
  await settle();
  expect(done('read').slice(reads)).not.toContain('read officer ABR001');
  await clock.runUntil(clock.sleep(600_001, new AbortController().signal));
  await settle();
  expect(done('read').slice(reads)).toContain('read officer ABR001');
  expect(done('call')).toEqual([`call create-officer ${lane}`]);
});

test('a person who asks, or a change of the officer, does not wait', async () => {
  const { settle, submit, done, clock } = setup({ answers: [refusal] });
  await settle();
  const count = () => done('read').filter((line) => line === 'read officer ABR001').length;
  const before = count();
  await settle({ priority: 'command' });
  expect(count()).toBeGreaterThan(before);
  await clock.runUntil(submit({ ident: lane }));
  const changed = count();
  await settle();
  expect(count()).toBeGreaterThan(changed);
});

test('an officer that is not in PICS holds up nobody for ever', async () => {
  const { settle, done } = setup({}, []);
  const { holds } = await settle();
  expect(holds).toMatchObject([{ code: 'NONE' }]);
  expect(done('call')).toEqual([]);
});

test('the calls made for an officer count as calls of the look that needed it', async () => {
  const { settle } = setup();
  expect((await settle()).calls).toEqual({ 'create-officer': 1 });
});
