import { expect, test } from 'vitest';
import {
  ident,
  leaveIntent,
  refusal,
  setUpOutbound,
  toDone,
  unreachable,
} from '../../test/support/outbound-setup.ts';
import { emptyOutcome } from '../domain/ledger.ts';
import type { Link } from '../domain/link.ts';
import type { NextStep } from '../domain/step.ts';
import { type LearnerView, readKey } from '../domain/view.ts';

const link: Link = {
  ...{ vendor: 'onefile', centre: '1', kind: 'review', picsId: 'r1', vendorId: 'n-r1', ident },
  ...{ how: 'created', copiedAtMs: null },
};

const toEvaluation = (...candidates: readonly NextStep[]) => ({ candidates, holds: [], notes: [] });
const key = { vendor: 'onefile', centre: '1', ident } as const;
test('a learner with nothing to do is settled by one reading of each side, and nothing is written', async () => {
  const { settle, did, ledger } = setUpOutbound({ reviews: {} });
  const nothing = { kind: 'vanished', isLinked: false, calls: {}, holds: [] };
  expect(await settle()).toEqual(nothing);
  expect(did).toEqual(['read PICS 00017']);
  const { settle: look, did: seen, ledger: untouched, pics, plan } = setUpOutbound();
  plan('r1', 'monday');
  pics.setLearner({ ...pics.learners.get(ident)!, reviews: [] });
  expect(await look({ txIds: [7, 8] })).toEqual({ ...nothing, kind: 'settled' });
  expect(seen).toEqual(['read PICS 00017 7 8']);
  for (const { intents, journal } of [ledger, untouched]) expect([...intents, ...journal]).toEqual([]);
});

test.each([-3_600_000, -61_000, 0, 61_000, 3_600_000])(
  'D-13: a link that PICS has shown for two seconds counts as that young on a clock that is %i ms off',
  async (offMs) => {
    const ages: number[] = [];
    const evaluate = ({ nowMs, lane }: LearnerView) => {
      for (const { copiedAtMs } of lane.links) if (copiedAtMs !== null) ages.push(nowMs - copiedAtMs);
      return toEvaluation();
    };
    const { settle, store, clock, offset } = setUpOutbound({ evaluate });
    await store.links.record([link]);
    const report = { id: 'a', holds: [], lines: [], notes: [], alarms: [] };
    const of = { vendor: 'onefile', centre: '1', source: 'onefile.link/0' } as const;
    await store.recordReport(of, { ...report, copied: [link] });
    await clock.runUntil(clock.sleep(2_000));
    offset(offMs);
    await settle();
    expect(ages).toEqual([2_000]);
  },
);

test('a refused record is held and does not keep the others waiting (G-7)', async () => {
  const { settle, done, held } = setUpOutbound({
    reviews: { r1: 'never', r2: 'sunday' },
    answers: [refusal],
  });
  const { holds } = await settle();
  expect(holds).toMatchObject([{ subject: 'review:r1', code: 'VENDOR_REFUSED', params: { what: 'create' } }]);
  expect(done('call')).toEqual(['call create review:r1', 'call create review:r2']);
  expect(held()).toEqual([['review:r1', 'VENDOR_REFUSED']]);
});

test('a refused request is not sent again as it is, but as soon as PICS changes it; then nothing is held', async () => {
  const { settle, done, held, plan } = setUpOutbound({ reviews: { r1: 'never' }, answers: [refusal] });
  await settle();
  await settle();
  expect(done('call')).toHaveLength(1);
  plan('r1', 'monday');
  expect(await settle()).toMatchObject({ holds: [] });
  expect(done('call')).toHaveLength(2);
  expect(held()).toEqual([]);
});

test('a record that a person retries is sent again as it is', async () => {
  const { settle, done, ledger } = setUpOutbound({ answers: [refusal, refusal] });
  await settle();
  ledger.retry(ledger.held[0]!.id);
  await settle();
  expect(done('call')).toHaveLength(2);
  expect(ledger.held).toMatchObject([{ tries: 2 }]);
});

test('links that collide are held, never overwritten, and not tried again in the same look (G-2)', async () => {
  const { copiedAtMs: _, ...wanted } = { ...link, how: 'matched' as const };
  const free = { ...wanted, kind: 'qualification' as const, picsId: '00017/Q/1', vendorId: 'a1' };
  const isNew = ({ lane }: LearnerView, one: typeof wanted | typeof free): boolean =>
    !lane.links.some(({ kind, picsId }) => kind === one.kind && picsId === one.picsId);
  const { settle, ledger, links, held, done } = setUpOutbound({
    evaluate: (view) => {
      const open = [wanted, free].filter((one) => isNew(view, one));
      return toEvaluation(...(open.length > 0 ? [{ kind: 'link', links: open } as const] : []));
    },
  });
  ledger.linkTable.put({ ...link, picsId: 'other', ident: '00018' });
  const { holds } = await settle();
  expect(holds).toEqual([
    {
      ...{ subject: 'review:r1', code: 'ID_IN_USE', requestHash: null },
      params: { kind: 'review', code: 'other', wantedBy: 'r1', id: 'n-r1' },
    },
  ]);
  expect(held()).toEqual([['review:r1', 'ID_IN_USE']]);
  expect(links()).toEqual([
    ['review', 'other', 'n-r1'],
    ['qualification', '00017/Q/1', 'a1'],
  ]);
  expect(done('call')).toEqual([]);
});

test('a link that PICS does not show is announced once a look, and again in the next', async () => {
  const officer = { ...link, kind: 'officer' as const };
  const { settle, done } = setUpOutbound({
    evaluate: () => toEvaluation({ kind: 'announce', links: [link] }, { kind: 'announce', links: [officer] }),
  });
  await settle();
  expect(done('announce')).toEqual(['announce review r1', 'announce officer r1']);
  await settle();
  expect(done('announce')).toHaveLength(4);
  expect(done('call', 'reserve')).toEqual([]);
});

test('a learner that is gone by the time it is read again ends the look as vanished', async () => {
  const { settle, pics, done } = setUpOutbound({
    answers: [
      () => {
        pics.removeLearner(ident);
        return unreachable;
      },
    ],
  });
  expect(await settle()).toEqual({ kind: 'vanished', isLinked: false, calls: { create: 1 }, holds: [] });
  expect(done('call')).toHaveLength(1);
});

test('when somebody else acts first nothing is sent and both sides are read again', async () => {
  const { settle, ledger, done, intents } = setUpOutbound({
    reserveCall: async () => {
      if (ledger.intents.length === 0) await leaveIntent(ledger, { step: 'update', effect: 'update' });
      return { waitedMs: 0 };
    },
  });
  await settle();
  expect(done('call')).toEqual(['call create review:r1']);
  expect(done('read PICS').length).toBeGreaterThan(1);
  expect(intents()).toEqual([
    ['update', 'review:r1', 'rejected', 1],
    ['create', 'review:r1', 'done', 1],
  ]);
});

test('a PICS older than what somebody else has acted upon meanwhile is read again, not sent', async () => {
  let isFirst = true;
  const { settle, done, ledger, pics, plan } = setUpOutbound({
    reviews: { r1: 'older' },
    readLearner: async (query) => {
      const learner = await pics.readLearner(query);
      if (isFirst) await actElsewhere();
      isFirst = false;
      return learner;
    },
  });
  const actElsewhere = async (): Promise<void> => {
    plan('r1', 'newer');
    const { shadow, links } = toDone({ request: { key: 'r1', ident, value: 'newer' } });
    await ledger.recordOutcome({ ...emptyOutcome(key, 0), shadows: shadow, links });
  };
  expect(await settle()).toMatchObject({ kind: 'settled', calls: {} });
  expect(done('call')).toEqual([]);
});

test('a refused read is asked once in a look: again by the next refresh, and not by a change', async () => {
  const request = { key: 'r1' };
  const call = { name: 'read', effect: 'read', subject: 'review:r1', naturalKey: null, request } as const;
  const { settle, done, held } = setUpOutbound({
    answers: [refusal, refusal],
    evaluate: ({ reads }) =>
      toEvaluation(...(reads.has(readKey(call)) ? [] : [{ kind: 'call', call } as const])),
  });
  await settle({ demand: 'refresh' });
  expect(done('call')).toHaveLength(1);
  await settle({ demand: 'change' });
  expect(done('call')).toHaveLength(1);
  expect(held()).toEqual([['review:r1', 'VENDOR_REFUSED']]);
  await settle({ demand: 'refresh' });
  expect(done('call')).toHaveLength(2);
});
