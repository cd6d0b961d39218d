import { expect, test } from 'vitest';
import { crashAt, Killed, killEverywhere } from '../../test/support/crash-at.ts';
import { anIntent, anOutcome } from '../../test/support/ledger-records.ts';
import { blankColumns, buildLink, type LinkWorld, openLinkWorld } from '../../test/support/link-world.ts';
import { buildRequest, handlersAt, openDispatch, says, scope } from '../../test/support/requests.ts';

const officer = buildRequest({ kind: 'link-officer', officer: 'JB', payload: { vendorId: '500' } });
const remove = { ...officer, payload: {} };
const setId = buildRequest({ kind: 'set-learner-id', ident: '00017', payload: { vendorId: 600 } });
const ofLearner = { kind: 'learner', picsId: '00017', vendorId: '300', ident: '00017' } as const;

test('OF-30: an officer is linked to the record a person chose, and PICS shows it', async () => {
  const { dispatch, answers, ledger, columns, reconcile, works } = await openLinkWorld();
  await dispatch(officer);
  await reconcile();
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: '500', previousId: null } });
  expect(ledger.links).toMatchObject([{ kind: 'officer', picsId: 'JB', vendorId: '500', how: 'looked-up' }]);
  expect(columns()).toEqual({ ...blankColumns, 'officer:JB': '500' });
  expect(works.map(({ ident, demand }) => `${ident} ${demand}`)).toEqual(['officer:JB change']);
});

test('OF-33: an organisation likewise', async () => {
  const { dispatch, answers, ledger } = await openLinkWorld();
  await dispatch({ ...officer, kind: 'link-organisation', officer: null, organisation: 'ORG1' });
  expect(answers().at(-1)?.status).toBe('done');
  expect(ledger.links).toMatchObject([{ kind: 'organisation', picsId: 'ORG1', vendorId: '500' }]);
});

test('D-2: the old id leaves the column first, so that nothing follows it back; then the new one comes', async () => {
  const { dispatch, published, ledger, columns, reconcile, answers } = await openLinkWorld({
    columns: { 'officer:JB': '400' },
    links: [{}],
  });
  await dispatch(officer);
  expect(published().map(({ link, isRemoved }) => [link.vendorId, isRemoved])).toEqual([
    ['400', true],
    ['500', false],
  ]);
  expect(ledger.links).toMatchObject([{ vendorId: '500' }]);
  expect(answers().at(-1)?.result).toMatchObject({ previousId: '400' });
  await reconcile();
  expect(columns()).toEqual({ ...blankColumns, 'officer:JB': '500' });
});

test('OF-30: with the column in the hands of the other vendor only the link table changes', async () => {
  const { dispatch, published, ledger, columns } = await openLinkWorld({
    columns: { 'officer:JB': '77' },
    isShown: false,
  });
  await dispatch(officer);
  expect({ published: published(), columns: columns() }).toEqual({
    published: [],
    columns: { ...blankColumns, 'officer:JB': '77' },
  });
  expect(ledger.links).toMatchObject([{ vendorId: '500' }]);
});

test('while the reconciler is away a link command ends after a minute, says so, and has changed nothing', async () => {
  const world = await openLinkWorld({ columns: { 'officer:JB': '400' }, links: [{}], hasReconciler: false });
  const beganAtMs = world.clock.nowMs();
  await world.dispatch(officer);
  expect(world.clock.nowMs() - beganAtMs).toBeLessThanOrEqual(61_000);
  expect(world.answers().at(-1)).toMatchObject({
    status: 'failed',
    ...says('COLUMN_NOT_EMPTIED', { kind: 'officer', code: 'JB', id: '400' }),
  });
  expect(world.ledger.links).toMatchObject([{ vendorId: '400' }]);
});

test('the link of a record that PICS has no more is taken away by command, and by nothing else', async () => {
  const gone = [
    { kind: 'officer', picsId: 'ZZ', vendorId: '401' },
    { kind: 'learner', picsId: '10003', ident: '10003', vendorId: '301' },
    { kind: 'review', picsId: 'r1', ident: '10003', vendorId: '9' },
  ] as const;
  const world = await openLinkWorld({ links: gone });
  await world.dispatch({ ...officer, id: '1', officer: 'ZZ' });
  await world.dispatch({ ...setId, id: '2', ident: '10003' });
  expect(world.answers('1').at(-1)).toMatchObject({ status: 'refused', code: 'NO_OFFICER' });
  expect(world.answers('2').at(-1)).toMatchObject({ status: 'refused', code: 'NO_LEARNER' });
  expect(world.ledger.links).toHaveLength(3);
  await world.dispatch({ ...remove, id: '3', officer: 'ZZ' });
  await world.dispatch({ ...setId, id: '4', ident: '10003', payload: {} });
  expect(world.answers('3').at(-1)).toMatchObject({ status: 'done', result: { previousId: '401' } });
  expect(world.answers('4').at(-1)).toMatchObject({ status: 'done', result: { previousId: '301' } });
  expect(world.ledger.links, 'what belonged to the learner goes with it').toEqual([]);
  await world.dispatch({ ...setId, id: '5', ident: '10003', payload: {} });
  expect(world.answers('5').at(-1)).toMatchObject({ status: 'refused', code: 'NO_LEARNER' });
});

test('a blank id takes the link and the column away, and asks the vendor nothing', async () => {
  const { dispatch, ledger, columns, looks, answers } = await openLinkWorld({
    columns: { 'officer:JB': '400' },
    links: [{}],
  });
  await dispatch(remove);
  expect({ links: ledger.links, looks, columns: columns() }).toEqual({
    links: [],
    looks: [],
    columns: blankColumns,
  });
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: null, previousId: '400' } });
});

test('learners that wait for the officer are looked at, and only they (OF-30)', async () => {
  const { dispatch, works, answers } = await openLinkWorld({ waiting: ['00018', '00019'] });
  await dispatch(officer);
  expect(works.map(({ ident }) => ident)).toEqual(['officer:JB', '00018', '00019']);
  expect(answers().at(-1)?.result).toMatchObject({ learners: 2 });
});

test.each<[string, LinkWorld, object, object]>([
  [
    'of an officer PICS does not have',
    {},
    { officer: 'XX' },
    says('NO_OFFICER', { kind: 'officer', code: 'XX' }),
  ],
  ['of no officer', {}, { officer: null }, { code: 'NO_OFFICER' }],
  [
    'of an organisation PICS does not have',
    {},
    { kind: 'link-organisation', organisation: 'XX' },
    says('NO_ORGANISATION', { kind: 'organisation', code: 'XX' }),
  ],
  [
    'to an id the vendor does not have',
    {},
    { payload: { vendorId: '501' } },
    says('ID_NOT_FOUND', { kind: 'officer', id: '501' }),
  ],
  [
    'to an id that another organisation has',
    { links: [{ kind: 'organisation', picsId: 'ORG2', vendorId: '500' }], others: ['organisation:ORG2'] },
    { kind: 'link-organisation', officer: null, organisation: 'ORG1' },
    says('ID_IN_USE', { kind: 'organisation', code: 'ORG2', id: '500' }),
  ],
  [
    'of a learner PICS does not have',
    {},
    { kind: 'set-learner-id', ident: '00019' },
    says('NO_LEARNER', { kind: 'learner', code: '00019' }),
  ],
  [
    'of a learner to an id that another learner has',
    { links: [{ ...ofLearner, picsId: '00018', ident: '00018', vendorId: '500' }], others: ['00018'] },
    { kind: 'set-learner-id', ident: '00017' },
    says('ID_IN_USE', { kind: 'learner', code: '00018', id: '500' }),
  ],
])('a link %s is refused, and nothing changes', async (_name, world, change, answer) => {
  const { dispatch, answers, ledger, published, works } = await openLinkWorld(world);
  const before = [...ledger.links];
  await dispatch({ ...officer, ...change });
  expect(answers().at(-1)).toMatchObject({ status: 'refused', ...answer });
  expect({ links: ledger.links, published: published(), works }).toEqual({
    links: before,
    published: [],
    works: [],
  });
});

test('an id that another gets between check and link is in use', async () => {
  const { dispatch, answers, store } = await openLinkWorld({ others: ['organisation:ORG2'] });
  const { readByVendorIds } = store.links;
  store.links.readByVendorIds = async (...given) => {
    const found = await readByVendorIds(...given);
    store.ledger.linkTable.put(buildLink({ kind: 'organisation', picsId: 'ORG2', vendorId: '500' }));
    return found;
  };
  await dispatch({ ...officer, kind: 'link-organisation', officer: null, organisation: 'ORG1' });
  expect(answers().at(-1)).toMatchObject({
    status: 'refused',
    ...says('ID_IN_USE', { kind: 'organisation', id: '500', code: 'ORG2' }),
  });
});

test('D-8: two officers may be linked to one assessor by command', async () => {
  const { dispatch, answers, ledger } = await openLinkWorld({ links: [{ picsId: 'AB', vendorId: '500' }] });
  await dispatch(officer);
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: '500' } });
  expect(ledger.links.map(({ picsId, vendorId }) => `${picsId}=${vendorId}`)).toEqual(['AB=500', 'JB=500']);
});

const goneLearner = { ...ofLearner, picsId: '00018', ident: '00018', vendorId: '600' };
const goneReview = { kind: 'review', picsId: 'r9', vendorId: '41', ident: '00018' } as const;

test('D-9: the link of a learner that PICS no longer has is removed by command, with what belonged to it', async () => {
  const { dispatch, answers, ledger } = await openLinkWorld({ links: [goneLearner, goneReview] });
  const removal = buildRequest({ kind: 'set-learner-id', ident: '00018', payload: { vendorId: '' } });
  await dispatch(removal);
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: null, previousId: '600' } });
  expect(ledger.links).toEqual([]);
  await dispatch({ ...removal, id: 'again' });
  expect(answers().at(-1)).toMatchObject({ status: 'refused', code: 'NO_LEARNER' });
});

test('D-9: officers and organisations that PICS no longer has let go likewise', async () => {
  const gone = { kind: 'organisation', picsId: 'OLD1', vendorId: '500' } as const;
  const { dispatch, answers, ledger } = await openLinkWorld({
    links: [gone, { picsId: 'OLD', vendorId: '9' }],
  });
  await dispatch({ ...remove, id: 'a', kind: 'link-organisation', officer: null, organisation: 'OLD1' });
  await dispatch({ ...remove, id: 'b', officer: 'OLD' });
  expect(answers().map(({ status }) => status)).toEqual(['working', 'done', 'working', 'done']);
  expect(ledger.links).toEqual([]);
});

test('D-9: the id of a learner that PICS no longer has is taken over by the one a person links', async () => {
  const { dispatch, answers, ledger } = await openLinkWorld({ links: [goneLearner, goneReview] });
  await dispatch(setId);
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: '600' } });
  expect(ledger.links).toMatchObject([{ picsId: '00017', vendorId: '600' }]);
});

test('D-13: a record of another person is refused with what differs, and linked when a person confirms it', async () => {
  const { dispatch, answers, ledger } = await openLinkWorld({ contradictions: ['ULN', 'birth date'] });
  await dispatch(setId);
  expect(answers().at(-1)).toMatchObject({
    status: 'refused',
    ...says('ID_OTHER_PERSON', { id: '600', ident: '00017', name: 'Mary Ford', differs: 'ULN, birth date' }),
  });
  expect(ledger.links).toEqual([]);
  await dispatch({ ...setId, id: 'confirmed', payload: { vendorId: 600, samePerson: true } });
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: '600' } });
  expect(ledger.links).toMatchObject([{ picsId: '00017', vendorId: '600' }]);
});

test('D-5: what was seen of the record is published, as every read is', async () => {
  const { dispatch, topics } = await openLinkWorld();
  await dispatch(officer);
  expect(topics.itemsOf('onefile.assessor')).toMatchObject([
    { kind: 'observation', observation: { vendorId: '500', cause: 'refresh' } },
  ]);
});

test('a create that is under way in the lane is waited for, not overtaken (G-3)', async () => {
  const { dispatch, ledger, works } = await openLinkWorld();
  const create = { step: 'create-assessor', effect: 'create', subject: 'officer:JB' } as const;
  await ledger.recordIntent(anIntent({ ...scope, ident: 'officer:JB', ...create }));
  await dispatch(officer);
  // Once to let the create end, and once when the link is there.
  expect(works.map(({ ident }) => ident)).toEqual(['officer:JB', 'officer:JB']);
  expect(ledger.links).toMatchObject([{ vendorId: '500' }]);
});

test('a link that a learner’s look makes meanwhile, outside of the lane, is replaced by the chosen one', async () => {
  const { dispatch, answers, ledger } = await openLinkWorld();
  const readLane = ledger.readLane.bind(ledger);
  ledger.readLane = async (query) => {
    const lane = await readLane(query);
    if (ledger.links.length === 0) ledger.linkTable.put(buildLink({ vendorId: '400' }));
    return lane;
  };
  await dispatch(officer);
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { previousId: '400' } });
  expect(ledger.links).toMatchObject([{ vendorId: '500', how: 'looked-up' }]);
});

test('what waited for this decision is over; what is held for another reason stays', async () => {
  const { dispatch, ledger } = await openLinkWorld();
  const hold = { subject: 'officer:JB', code: 'UNKNOWN_OUTCOME', params: {}, requestHash: 'h' };
  const holds = [hold, { ...hold, subject: 'record:1' }];
  await ledger.recordOutcome(anOutcome({ ...scope, ident: 'officer:JB', holds }));
  await dispatch(officer);
  expect(ledger.held.map(({ subject }) => subject)).toEqual(['record:1']);
});

test('OF-24: a learner gets the id, loses what belonged to the old one, and is synchronised at once', async () => {
  const { dispatch, answers, ledger, columns, reconcile, works } = await openLinkWorld({
    columns: { '00017': '300' },
    links: [ofLearner, { ...ofLearner, kind: 'qualification', picsId: '00017/ST0096AS/1', vendorId: '9' }],
  });
  await dispatch(setId);
  await reconcile();
  expect(ledger.links).toMatchObject([{ kind: 'learner', picsId: '00017', vendorId: '600' }]);
  expect(columns()).toEqual({ ...blankColumns, '00017': '600' });
  expect(works).toMatchObject([{ ident: '00017', demand: 'refresh', priority: 'command' }]);
  expect(answers().at(-1)).toMatchObject({
    status: 'done',
    result: { vendorId: '600', previousId: '300', calls: { 'read-aims': 1 }, held: [] },
  });
});

test('OF-24: what is held afterwards is said', async () => {
  const holds = [{ subject: 'review:r1', code: 'REVIEW_NO_OFFICER', params: { date: '1 May' } }];
  const { dispatch, answers } = await openLinkWorld({ settled: { holds } });
  await dispatch(setId);
  expect(answers().at(-1)).toMatchObject({
    status: 'held',
    ...says('REVIEW_NO_OFFICER', { ident: '00017', name: 'Mary Ford', date: '1 May' }),
    result: { vendorId: '600', held: [{ subject: 'review:r1' }] },
  });
});

test('OF-24: a blank id removes the link of a learner, and nothing is read or sent', async () => {
  const { dispatch, answers, ledger, columns, works } = await openLinkWorld({
    columns: { '00017': '300' },
    links: [ofLearner],
  });
  await dispatch({ ...setId, payload: { vendorId: ' ' } });
  expect({ links: ledger.links, columns: columns() }).toEqual({ links: [], columns: blankColumns });
  expect(works.map(({ demand }) => demand)).toEqual(['change']);
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: null, previousId: '300' } });
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
      const opened = await openLinkWorld(world);
      const first = openDispatch(opened, handlersAt(crashAt(opened.workplace, at, when)));
      const wasKilled = await first.dispatch(request).then(
        () => false,
        (error: unknown) => error instanceof Killed,
      );
      await opened.reconcile();
      await opened.dispatch(request);
      await opened.reconcile();
      const kind = lane === '00017' ? 'learner' : 'officer';
      const link = opened.ledger.links.find((one) => one.kind === kind) ?? null;
      return {
        wasKilled,
        state: { link, column: opened.columns()[lane], answer: opened.answers().at(-1)?.status },
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
