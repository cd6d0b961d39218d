import { expect, test } from 'vitest';
import { crashAt, Killed, killEverywhere } from '../../test/support/crash-at.ts';
import { anIntent, anOutcome } from '../../test/support/ledger-records.ts';
import { linkScope, openLinkWorld } from '../../test/support/link-world.ts';
import { buildRequest, openDispatch } from '../../test/support/requests.ts';

const officer = buildRequest({ kind: 'link-officer', officer: 'JB', payload: { vendorId: '500' } });
const remove = { ...officer, payload: {} };
const setId = buildRequest({ kind: 'set-learner-id', ident: '00017', payload: { vendorId: 600 } });
const ofLearner = { kind: 'learner', picsId: '00017', vendorId: '300', ident: '00017' } as const;

function setup(world: Parameters<typeof openLinkWorld>[0] = {}) {
  const opened = openLinkWorld(world);
  return { ...opened, ...openDispatch(opened.toHandlers(opened.effects)) };
}

test('OF-30: an officer is linked to the record a person chose, and PICS is told', async () => {
  const { dispatch, answers, ledger, columns, reconcile, works } = setup();
  await dispatch(officer);
  reconcile();
  expect(answers.at(-1)).toMatchObject({ status: 'done', result: { vendorId: '500', previousId: null } });
  expect(ledger.links).toMatchObject([{ kind: 'officer', picsId: 'JB', vendorId: '500', how: 'looked-up' }]);
  expect(columns).toEqual({ 'officer:JB': '500' });
  expect(works.map(({ ident, demand }) => `${ident} ${demand}`)).toEqual(['officer:JB change']);
});

test('OF-33: an organisation likewise', async () => {
  const { dispatch, answers, ledger } = setup();
  await dispatch({ ...officer, kind: 'link-organisation', officer: null, organisation: 'ORG1' });
  expect(answers.at(-1)?.status).toBe('done');
  expect(ledger.links).toMatchObject([{ kind: 'organisation', picsId: 'ORG1', vendorId: '500' }]);
});

test('D-2: the old id leaves the column first, so that nothing follows it back; then the new one comes', async () => {
  const { dispatch, published, ledger, columns, reconcile, answers } = setup({
    columns: { 'officer:JB': '400' },
    links: [{}],
  });
  await dispatch(officer);
  expect(published.map(({ link, isRemoved }) => [link.vendorId, isRemoved])).toEqual([
    ['400', true],
    ['500', false],
  ]);
  expect(ledger.links).toMatchObject([{ vendorId: '500' }]);
  expect(answers.at(-1)?.result).toMatchObject({ previousId: '400' });
  reconcile();
  expect(columns).toEqual({ 'officer:JB': '500' });
});

test('OF-30: with the column in the hands of the other vendor only the link table changes', async () => {
  const { dispatch, published, ledger, columns } = setup({
    columns: { 'officer:JB': '77' },
    isShown: false,
  });
  await dispatch(officer);
  expect({ published, columns }).toEqual({ published: [], columns: { 'officer:JB': '77' } });
  expect(ledger.links).toMatchObject([{ vendorId: '500' }]);
});

test('a blank id takes the link and the column away, and asks the vendor nothing', async () => {
  const { dispatch, ledger, columns, looks, answers } = setup({
    columns: { 'officer:JB': '400' },
    links: [{}],
  });
  await dispatch(remove);
  expect({ links: ledger.links, looks, columns }).toEqual({
    links: [],
    looks: [],
    columns: { 'officer:JB': null },
  });
  expect(answers.at(-1)).toMatchObject({ status: 'done', result: { vendorId: null, previousId: '400' } });
});

test('learners that wait for the officer are looked at, and only they (OF-30)', async () => {
  const { dispatch, works, answers } = setup({ waiting: ['00018', '00019'] });
  await dispatch(officer);
  expect(works.map(({ ident }) => ident)).toEqual(['officer:JB', '00018', '00019']);
  expect(answers.at(-1)?.result).toMatchObject({ learners: 2 });
});

test.each<[string, Parameters<typeof setup>[0], object, object]>([
  ['of an officer PICS does not have', {}, { officer: 'XX' }, { code: 'NO_OFFICER', params: { code: 'XX' } }],
  ['of nobody', {}, { officer: null }, { code: 'NO_OFFICER' }],
  [
    'of an organisation PICS does not have',
    {},
    { kind: 'link-organisation', organisation: 'XX' },
    { code: 'NO_ORGANISATION', params: { kind: 'organisation', code: 'XX' } },
  ],
  [
    'to an id the vendor does not have',
    {},
    { payload: { vendorId: '501' } },
    { code: 'ID_NOT_FOUND', params: { kind: 'officer', id: '501' } },
  ],
  [
    'to an id that another officer has',
    { links: [{ picsId: 'AB', vendorId: '500' }] },
    {},
    { code: 'ID_IN_USE', params: { kind: 'officer', code: 'AB', id: '500' } },
  ],
  [
    'of a learner PICS does not have',
    {},
    { kind: 'set-learner-id', ident: '00018' },
    { code: 'NO_LEARNER', params: { kind: 'learner', code: '00018' } },
  ],
  [
    'of a learner to an id that another learner has',
    { links: [{ ...ofLearner, picsId: '00018', ident: '00018', vendorId: '500' }] },
    { kind: 'set-learner-id', ident: '00017' },
    { code: 'ID_IN_USE', params: { kind: 'learner', code: '00018', id: '500' } },
  ],
])('a link %s is refused, and nothing changes', async (_name, world, change, answer) => {
  const { dispatch, answers, ledger, published, works } = setup(world);
  const before = [...ledger.links];
  await dispatch({ ...officer, ...change });
  expect(answers.at(-1)).toMatchObject({ status: 'refused', ...answer });
  expect({ links: ledger.links, published, works }).toEqual({ links: before, published: [], works: [] });
});

test('an id that somebody else gets between check and link is in use', async () => {
  const opened = openLinkWorld();
  const { effects, ledger } = opened;
  const findRecord: typeof effects.findRecord = async (...given) => {
    const found = await effects.findRecord(...given);
    ledger.linkTable.put({
      ...{ ...linkScope, kind: 'officer', picsId: 'AB', vendorId: '500', ident: null },
      ...{ how: 'created', copiedAtMs: null },
    });
    return found;
  };
  const readHolder = async () => null;
  const { dispatch, answers } = openDispatch(opened.toHandlers({ ...effects, findRecord, readHolder }));
  await dispatch(officer);
  expect(answers.at(-1)).toMatchObject({ status: 'refused', code: 'ID_IN_USE', params: { code: 'AB' } });
});

test('a create that is under way in the lane is waited for, not overtaken (G-3)', async () => {
  const { dispatch, ledger, works } = setup();
  const create = { step: 'create-assessor', effect: 'create', subject: 'officer:JB' } as const;
  await ledger.recordIntent(anIntent({ ...linkScope, ident: 'officer:JB', ...create }));
  await dispatch(officer);
  // Once to let the create end, and once when the link is there.
  expect(works.map(({ ident }) => ident)).toEqual(['officer:JB', 'officer:JB']);
  expect(ledger.links).toMatchObject([{ vendorId: '500' }]);
});

test('a link that a learner’s look makes meanwhile, outside of the lane, is replaced by the chosen one', async () => {
  const opened = openLinkWorld();
  const { effects, ledger } = opened;
  const readLane: typeof ledger.readLane = async (query) => {
    const lane = await ledger.readLane(query);
    if (ledger.links.length === 0)
      ledger.linkTable.put({
        ...{ ...linkScope, kind: 'officer', picsId: 'JB', vendorId: '400', ident: null },
        ...{ how: 'matched', copiedAtMs: null },
      });
    return lane;
  };
  const recordOutcome: typeof ledger.recordOutcome = (outcome) => ledger.recordOutcome(outcome);
  const { dispatch, answers } = openDispatch(
    opened.toHandlers({ ...effects, ledger: { readLane, recordOutcome } }),
  );
  await dispatch(officer);
  expect(answers.at(-1)).toMatchObject({ status: 'done', result: { previousId: '400' } });
  expect(ledger.links).toMatchObject([{ vendorId: '500', how: 'looked-up' }]);
});

test('what waited for this decision is over; what is held for another reason stays', async () => {
  const { dispatch, ledger } = setup();
  const hold = { subject: 'officer:JB', code: 'UNKNOWN_OUTCOME', params: {}, requestHash: 'h' };
  const holds = [hold, { ...hold, subject: 'record:1' }];
  await ledger.recordOutcome(anOutcome({ ...linkScope, ident: 'officer:JB', holds }));
  await dispatch(officer);
  expect(ledger.held.map(({ subject }) => subject)).toEqual(['record:1']);
});

test('OF-24: a learner gets the id, loses what belonged to the old one, and is synchronised at once', async () => {
  const { dispatch, answers, ledger, columns, reconcile, works } = setup({
    columns: { '00017': '300' },
    links: [ofLearner, { ...ofLearner, kind: 'qualification', picsId: '00017/ST0096AS/1', vendorId: '9' }],
  });
  await dispatch(setId);
  reconcile();
  expect(ledger.links).toMatchObject([{ kind: 'learner', picsId: '00017', vendorId: '600' }]);
  expect(columns).toEqual({ '00017': '600' });
  expect(works).toMatchObject([{ ident: '00017', demand: 'refresh', priority: 'command' }]);
  expect(answers.at(-1)).toMatchObject({
    status: 'done',
    result: { vendorId: '600', previousId: '300', calls: { 'read-aims': 1 }, held: [] },
  });
});

test('OF-24: what is held afterwards is told', async () => {
  const holds = [{ subject: 'review:r1', code: 'REVIEW_NO_OFFICER', params: { date: '1 May' } }];
  const { dispatch, answers } = setup({ settled: { holds } });
  await dispatch(setId);
  expect(answers.at(-1)).toMatchObject({
    ...{ status: 'held', code: 'REVIEW_NO_OFFICER', params: { ident: '00017', date: '1 May' } },
    result: { vendorId: '600', held: [{ subject: 'review:r1' }] },
  });
});

test('OF-24: a blank id removes the link of a learner, and nothing is read or sent', async () => {
  const { dispatch, answers, ledger, columns, works } = setup({
    columns: { '00017': '300' },
    links: [ofLearner],
  });
  await dispatch({ ...setId, payload: { vendorId: ' ' } });
  expect({ links: ledger.links, columns }).toEqual({ links: [], columns: { '00017': null } });
  expect(works.map(({ demand }) => demand)).toEqual(['change']);
  expect(answers.at(-1)).toMatchObject({ status: 'done', result: { vendorId: null, previousId: '300' } });
});

test.each([
  ['the link of an officer', officer, 'officer:JB', { vendorId: '500' }],
  ['the removal of a link', remove, 'officer:JB', null],
  ['the id of a learner', setId, '00017', { vendorId: '600', ident: '00017' }],
] as const)(
  '%s killed at any point and given again comes to the same end',
  async (_name, request, lane, end) => {
    const { kills, states } = await killEverywhere(async ({ at, when }) => {
      const world = { columns: { 'officer:JB': '400', '00017': '300' }, links: [{}, ofLearner] };
      const opened = openLinkWorld(world);
      const first = openDispatch(opened.toHandlers(crashAt(opened.effects, at, when)));
      const wasKilled = await first.dispatch(request).then(
        () => false,
        (error: unknown) => error instanceof Killed,
      );
      opened.reconcile();
      const second = openDispatch(opened.toHandlers(opened.effects));
      await second.dispatch(request);
      opened.reconcile();
      const kind = lane === '00017' ? 'learner' : 'officer';
      const link = opened.ledger.links.find((one) => one.kind === kind) ?? null;
      return {
        wasKilled,
        state: { link, column: opened.columns[lane], answer: second.answers.at(-1)?.status },
      };
    });
    expect(kills).toBeGreaterThan(10);
    for (const { at, state } of states) {
      if (end === null) expect([at, state.link]).toEqual([at, null]);
      else expect([at, state.link]).toMatchObject([at, end]);
      expect([at, state.column, state.answer]).toEqual([at, end?.vendorId ?? null, 'done']);
    }
  },
);
