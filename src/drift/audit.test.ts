import { describe, expect, test } from 'vitest';
import { createMemoryPorts } from '../../test/memory/ports.ts';
import { createToyVendor } from '../../test/simulation/toy-vendor.ts';
import { buildLearner, buildReview } from '../../test/support/learner.ts';
import { createLog } from '../base/log.ts';
import type { SeenDifference } from '../domain/difference.ts';
import type { Clock } from '../domain/ports.ts';
import type { RunLine } from '../domain/run.ts';
import type { Evaluation } from '../domain/step.ts';
import { readKey } from '../domain/view.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import { createAudit, partOf, toDifferences } from './audit.ts';

const scope = { vendor: 'onefile', centre: '1' } as const;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const nothing: Evaluation = { candidates: [], holds: [], notes: [] };

function toIdents(count: number): readonly string[] {
  return Array.from({ length: count }, (_unused, n) => String(10_001 + n));
}

/** The audit over databases in memory, and a clock that the test moves. */
async function setup(idents: readonly string[], known: Partial<OpenVendor> = {}) {
  let nowMs = Date.UTC(2026, 0, 15, 9);
  const clock: Clock = {
    nowMs: () => nowMs,
    steadyMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
    chance: () => 0.5,
  };
  const looks: { readonly ident: string; readonly atMs: number }[] = [];
  const logLines: string[] = [];
  const { evaluate = async () => nothing, ...others } = known;
  const vendor = createToyVendor({
    ...others,
    evaluate: async (view) => {
      looks.push({ ident: view.learner.ident, atMs: nowMs });
      return evaluate(view);
    },
  });
  const log = createLog({ level: 'debug', write: (line) => logLines.push(line), isPretty: false });
  const learners = idents.map((ident) => buildLearner({ ident }));
  const ports = createMemoryPorts({ clock, vendors: [], learners, log });
  const link = (ident: string) =>
    ports.store.links.record([
      { ...scope, kind: 'learner', picsId: ident, vendorId: `v${ident}`, ident, how: 'matched' },
    ]);
  for (const ident of idents) await link(ident);
  const start = () => createAudit({ ...ports, vendor });
  let audit = start();
  const signal = new AbortController().signal;
  return {
    ...ports,
    looks,
    logLines,
    /** One turn each `everyMs` for so long. */
    run: async (forMs: number, everyMs = 5 * minuteMs): Promise<void> => {
      for (const endMs = nowMs + forMs; nowMs < endMs; nowMs += everyMs) await audit.turn(signal);
    },
    /** As after the death of the process. */
    restart: () => {
      audit = start();
    },
    /** Turns, with the part of this learner begun half a day ago. */
    turnsFor: async (ident: string, count = 1, on = signal): Promise<void> => {
      const place = { part: partOf(ident), beganAtMs: nowMs - dayMs / 2, afterIdent: '' };
      await ports.store.differences.recordPlace(scope, place);
      for (let n = 0; n < count; n += 1) {
        nowMs += 10_000;
        await audit.turn(on);
      }
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    held: () => ports.store.ledger.held.map(({ subject, code }) => `${subject} ${code}`),
  };
}

test('a learner stays in one of seven parts, and the parts are of one size', () => {
  expect(['10001', '10002', 'AB1', ''].map(partOf)).toEqual([
    partOf('10001'),
    partOf('10002'),
    partOf('AB1'),
    partOf(''),
  ]);
  const sizes = Map.groupBy(toIdents(7_000), partOf);
  expect([...sizes.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (const part of sizes.values()) expect(Math.abs(part.length - 1_000)).toBeLessThan(100);
});

test('G-10: in seven days every linked learner is looked at once, a part a day, spread over the day', async () => {
  const idents = toIdents(70);
  const { looks, run } = await setup(idents);
  await run(7 * dayMs);
  expect(looks.map(({ ident }) => ident).toSorted()).toEqual(idents);
  const startMs = looks[0]?.atMs ?? 0;
  for (const { ident, atMs } of looks)
    expect([ident, Math.floor((atMs - startMs) / dayMs)]).toEqual([ident, partOf(ident)]);
  const [first = []] = Map.groupBy(looks, ({ ident }) => partOf(ident)).values();
  const gaps = first.slice(1).map(({ atMs }, at) => atMs - (first[at]?.atMs ?? 0));
  for (const gap of gaps) expect(gap).toBeGreaterThan(dayMs / first.length / 2);
});

test('after a restart it goes on where it was, and a part that was not finished in its day goes on', async () => {
  const idents = toIdents(70);
  const { looks, run, restart, pass } = await setup(idents);
  await run(1.4 * dayMs);
  restart();
  pass(2 * dayMs);
  const before = looks.length;
  await run(hourMs);
  // What is behind is made good at once: one learner a turn.
  expect(looks.slice(before).length).toBeGreaterThan(1);
  expect(partOf(looks[before]?.ident ?? '')).toBe(1);
  await run(4.95 * dayMs);
  const order = looks.map(({ ident }) => partOf(ident));
  expect(order).toEqual(order.toSorted());
  expect(looks.map(({ ident }) => ident).toSorted()).toEqual(idents);
});

test('a clock that is set back makes no part wait for the day that it had', async () => {
  const { store, looks, run } = await setup(['10001']);
  const beganAtMs = Date.UTC(2027, 0, 1);
  await store.differences.recordPlace(scope, { part: partOf('10001'), beganAtMs, afterIdent: '' });
  await run(dayMs);
  expect(looks).toHaveLength(1);
});

test('learners who are linked later come with the next list, and those who are not linked are left out', async () => {
  const { store, looks, run, pics } = await setup(toIdents(7));
  pics.setLearner(buildLearner({ ident: '10050' }));
  pics.setLearner(buildLearner({ ident: '10060' }));
  await store.links.record([
    { ...scope, kind: 'learner', picsId: '10050', vendorId: 'v50', ident: '10050', how: 'matched' },
  ]);
  await run(7 * dayMs);
  expect(looks.map(({ ident }) => ident)).toContain('10050');
  expect(looks.map(({ ident }) => ident)).not.toContain('10060');
});

const call = { name: 'read', effect: 'read', subject: 'aim:1', naturalKey: null, request: {} } as const;
/** The vendor does not answer for this learner. */
const silentFor = (silent: string): Partial<OpenVendor> => ({
  evaluate: async ({ learner, reads }) =>
    learner.ident === silent && !reads.has(readKey(call))
      ? { ...nothing, candidates: [{ kind: 'call', call }] }
      : nothing,
  execute: async () => ({ kind: 'unreachable', detail: 'refused' }),
});

test('G-9: a learner whom the vendor does not show is tried three times, a minute apart, and then passed', async () => {
  const idents = toIdents(40).filter((ident) => partOf(ident) === 0);
  const [silent = '', next = ''] = idents;
  const { looks, logLines, turnsFor } = await setup(idents, silentFor(silent));
  await turnsFor(silent, 20);
  const tries = looks.filter(({ ident }) => ident === silent);
  expect(tries).toHaveLength(3);
  for (const [at, { atMs }] of tries.slice(1).entries())
    expect(atMs - (tries[at]?.atMs ?? 0)).toBeGreaterThanOrEqual(minuteMs);
  expect(looks.map(({ ident }) => ident)).toContain(next);
  expect(logLines.filter((line) => line.includes('goes past'))).toHaveLength(1);
});

test('G-9: what was known of a learner whom the vendor does not show stays, and keeps no other waiting', async () => {
  const idents = toIdents(40).filter((ident) => partOf(ident) === 0);
  const [silent = '', next = ''] = idents;
  const { store, looks, turnsFor, pass } = await setup(idents, silentFor(silent));
  const seen: SeenDifference = {
    ...{ subject: 'aim:1', field: '', inPics: 'newer', atVendor: 'blank', rule: null },
  };
  await store.differences.record({ ...scope, ident: silent }, { seen: [seen], laneVersion: 0 });
  pass(2 * hourMs);
  await turnsFor(next, 30);
  expect(await store.differences.list()).toMatchObject([{ ident: silent, sightings: 1 }]);
  expect(looks.map(({ ident }) => ident)).toContain(next);
});

test('G-9: a rule that stumbles over one learner is logged with its place, and the others are looked at', async () => {
  const idents = toIdents(40).filter((ident) => partOf(ident) === 0);
  const [broken = '', next = ''] = idents;
  const { looks, logLines, turnsFor, held } = await setup(idents, {
    evaluate: async ({ learner }) => {
      if (learner.ident === broken) throw new TypeError(`no such thing as ${learner.surname}`);
      return nothing;
    },
  });
  await turnsFor(broken, 20);
  expect(looks.map(({ ident }) => ident)).toContain(next);
  expect(held()).toEqual([]);
  const logged = logLines.filter((line) => line.includes('could not be compared'));
  expect(logged).toHaveLength(3);
  expect(logged[0]).toContain('audit.test.ts');
  expect(logged.join('')).not.toContain('no such thing');
});

test('a database that is gone ends the turn with its fault', async () => {
  const gone = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
  const { turnsFor } = await setup(['10001'], {
    evaluate: async () => {
      throw gone;
    },
  });
  await expect(turnsFor('10001')).rejects.toBe(gone);
});

test('a look that is broken off by the end of the process is no fault, and the place stays', async () => {
  const stop = new AbortController();
  const { store, logLines, turnsFor } = await setup(['10001'], {
    evaluate: async () => {
      stop.abort(new Error('the role ends'));
      throw stop.signal.reason;
    },
  });
  await turnsFor('10001', 1, stop.signal);
  expect(await store.differences.readPlace(scope)).toMatchObject({ afterIdent: '' });
  expect(logLines).toEqual([]);
});

const review = buildReview({ id: '501', proposedAt: '2026-03-02T10:00:00' });
/** What the toy would send: its reviews. */
const toy = (): Partial<OpenVendor> => {
  const { evaluate } = createToyVendor();
  return { evaluate };
};

test('a difference that no rule allows is held when a second look finds it, once, and released when it is gone', async () => {
  const { pics, turnsFor, pass, held, store } = await setup(['10001'], toy());
  pics.setLearner(buildLearner({ ident: '10001', firstName: 'Ann', surname: 'Berg', reviews: [review] }));
  await turnsFor('10001');
  expect(held()).toEqual([]);
  for (let n = 0; n < 3; n += 1) {
    pass(hourMs);
    await turnsFor('10001');
    expect(held()).toEqual(['drift:10001 DRIFT']);
  }
  expect(store.ledger.held).toMatchObject([
    { params: { ident: '10001', name: 'Ann Berg', where: 'review:501' } },
  ]);
  expect(store.ledger.journal.filter(({ code }) => code === 'DRIFT')).toHaveLength(1);
  pics.setLearner(buildLearner({ ident: '10001' }));
  pass(hourMs);
  await turnsFor('10001');
  expect(held()).toEqual([]);
  expect(await store.differences.list()).toEqual([]);
});

test('a change that was under way at the first look is never held', async () => {
  const { pics, turnsFor, pass, held } = await setup(['10001'], toy());
  pics.setLearner(buildLearner({ ident: '10001', reviews: [review] }));
  await turnsFor('10001');
  pics.setLearner(buildLearner({ ident: '10001' }));
  pass(hourMs);
  await turnsFor('10001');
  expect(held()).toEqual([]);
});

test('of many places five are named', async () => {
  const { pics, turnsFor, pass, store } = await setup(['10001'], toy());
  const reviews = Array.from({ length: 7 }, (_unused, n) => buildReview({ id: `50${n}` }));
  pics.setLearner(buildLearner({ ident: '10001', reviews }));
  await turnsFor('10001');
  pass(hourMs);
  await turnsFor('10001');
  expect(store.ledger.held[0]?.params['where']).toBe(
    'review:500, review:501, review:502, review:503, review:504 and 2 more',
  );
});

test('D-20: when the link is taken away nothing of the learner is kept, and nothing waits', async () => {
  const { pics, store, turnsFor, pass, held } = await setup(['10001'], toy());
  pics.setLearner(buildLearner({ ident: '10001', reviews: [review] }));
  await turnsFor('10001');
  pass(hourMs);
  await turnsFor('10001');
  expect(held()).toHaveLength(1);
  const links = await store.links.readByPicsIds({ ...scope, kind: 'learner' }, ['10001']);
  for (const link of links) store.ledger.linkTable.remove(scope, link);
  pass(hourMs / 2);
  await turnsFor('10001');
  expect(await store.differences.list()).toEqual([]);
  expect(held()).toEqual([]);
});

test('A-10: an account whose learner PICS has lost is a difference with its reason, and is not held', async () => {
  const { pics, store, turnsFor, pass, held } = await setup(['10001']);
  pics.removeLearner('10001');
  for (let n = 0; n < 2; n += 1) {
    await turnsFor('10001');
    pass(hourMs);
  }
  expect(await store.differences.list()).toMatchObject([
    { subject: 'learner:10001', inPics: 'blank', rule: 'NO_LEARNER', sightings: 2 },
  ]);
  expect(held()).toEqual([]);
});

describe('a line of an imagined look', () => {
  const line = (known: Partial<RunLine>): RunLine => {
    return { does: 'update', subject: 'aim:1', fields: [], blank: [], code: null, ...known };
  };
  test.each<[string, Partial<RunLine>, readonly string[]]>([
    ['a create', { does: 'create' }, ['aim:1 : newer/blank none']],
    ['a review that comes down', { does: 'insert' }, ['aim:1 : blank/newer none']],
    [
      'fields that would be sent',
      { fields: ['a', 'b'], blank: ['b'] },
      ['aim:1 a: newer/older none', 'aim:1 b: newer/blank none'],
    ],
    [
      'fields that would be taken over',
      { does: 'pull', fields: ['a', 'b'], blank: ['b'] },
      ['aim:1 a: older/newer none', 'aim:1 b: blank/newer none'],
    ],
    ['a record that would be sent whole', {}, ['aim:1 : newer/older none']],
    ['what a rule notes', { does: 'noted', code: 'A-4' }, ['aim:1 : other/other A-4']],
    ['what waits for a person', { does: 'held', code: 'NO_ASSESSOR' }, ['aim:1 : other/other NO_ASSESSOR']],
    ['what the audit itself has held', { does: 'held', code: 'DRIFT' }, []],
    ['a link', { does: 'link' }, []],
    ['a link that ends', { does: 'unlink' }, []],
  ])('%s', (_what, known, expected) => {
    const shown = toDifferences(line(known)).map(
      ({ subject, field, inPics, atVendor, rule }) =>
        `${subject} ${field}: ${inPics}/${atVendor} ${rule ?? 'none'}`,
    );
    expect(shown).toEqual(expected);
  });
});
