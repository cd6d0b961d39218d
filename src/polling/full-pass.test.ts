import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Killed, PollWorld } from '../../test/support/poll-world.ts';

function worldWithTwo(): PollWorld {
  const world = new PollWorld();
  world.link('10', '11');
  for (const id of ['r1', 'r2', 'r3']) world.put('review', id, '10', { at: id });
  world.put('learning-aim', 'a1', '10', { number: '1' });
  world.put('learning-aim', 'a2', '11', { number: '2' });
  return world;
}

test('OF-40: a full pass publishes every record of linked learners and hands each learner to outbound', async () => {
  const world = worldWithTwo();
  expect(await world.pass()).toMatchObject({
    learnerCount: 2,
    recordCount: 5,
    publishedCount: 5,
    gapCount: 0,
  });
  expect(world.publishedIds).toEqual(['r1', 'r2', 'r3', 'a1', 'a2']);
  expect(world.submitted).toEqual(['i10', 'i11']);
  expect(world.reads).toEqual(['full reviews', 'full reviews 2', 'full aims 10', 'full aims 11']);
});

test('G-4: a second pass publishes unchanged records of linked learners again, of others only changed ones', async () => {
  const world = worldWithTwo();
  world.put('review', 'foreign', '99', { at: 'x' });
  await world.pass();
  world.published.length = 0;
  await world.pass();
  expect(world.publishedIds).toEqual(['r1', 'r2', 'r3', 'a1', 'a2']);
});

test('killed between publish and cursor, the page is published again and nothing is lost', async () => {
  const world = worldWithTwo();
  world.dieAfterPublish();
  await expect(world.pass()).rejects.toBeInstanceOf(Killed);
  expect(world.store.ledger.shadows).toHaveLength(0);
  await world.pass();
  expect(world.publishedIds).toEqual(['r1', 'r2', 'r1', 'r2', 'r3', 'a1', 'a2']);
});

test('killed later, the pass goes on where it stood and is the same run', async () => {
  const world = worldWithTwo();
  let reads = 0;
  world.onRead = () => {
    reads += 1;
    if (reads === 4) throw new Killed();
  };
  await expect(world.pass()).rejects.toBeInstanceOf(Killed);
  world.onRead = () => {};
  world.reads.length = 0;
  expect(await world.pass()).toMatchObject({ run: Date.UTC(2026, 0, 15, 9) });
  expect(world.reads).toEqual(['full aims 11']);
});

test('killed while a list that was read whole is concluded, the next process reads none of it again', async () => {
  const world = worldWithTwo();
  const completePass = world.passes.completePass;
  let isDying = true;
  world.passes.completePass = async (...given) => {
    if (isDying) throw new Killed();
    return completePass(...given);
  };
  await expect(world.pass()).rejects.toBeInstanceOf(Killed);
  expect(world.reads).toEqual(['full reviews', 'full reviews 2']);
  isDying = false;
  world.reads.length = 0;
  await world.pass();
  expect(world.reads).toEqual(['full aims 10', 'full aims 11']);
});

test('whoever lost the lease publishes at most once more and records nothing', async () => {
  const world = worldWithTwo();
  world.onRead = async () => {
    world.onRead = () => {};
    await world.loseLease();
  };
  expect(await world.pass()).toBe('fenced');
  expect(world.store.ledger.shadows).toHaveLength(0);
  expect(world.submitted).toEqual([]);
});

test('a record is concluded as deleted only after two complete passes without it, and forgotten then', async () => {
  const world = worldWithTwo();
  await world.pass();
  world.shown.review.delete('r2');
  await world.pass();
  expect(world.publishedIds).not.toContain('-r2');
  await world.pass();
  expect(world.publishedIds.filter((id) => id === '-r2')).toHaveLength(1);
  expect(world.hasShadow('review', 'r2')).toBe(false);
  await world.pass();
  expect(world.publishedIds.filter((id) => id === '-r2')).toHaveLength(1);
});

test('D-21: a record that was shown between two passes without it is missed once, changed or not', async () => {
  const world = worldWithTwo();
  await world.pass();
  const r2 = world.shown.review.get('r2');
  world.shown.review.delete('r2');
  await world.pass();
  if (r2 !== undefined) world.shown.review.set('r2', r2);
  await world.turn();
  world.shown.review.delete('r2');
  await world.pass();
  expect(world.publishedIds).not.toContain('-r2');
  await world.pass();
  expect(world.publishedIds).toContain('-r2');
});

test('D-21: a reading in another form than the last one is compared with none, nor is one in two forms', async () => {
  const world = worldWithTwo();
  world.polling.form = 'first';
  await world.pass();
  world.shown.review.delete('r2');
  await world.pass();
  world.polling.form = 'second';
  await world.pass();
  expect(world.publishedIds, 'a pass by itself').not.toContain('-r2');
  let reads = 0;
  world.onRead = () => {
    reads += 1;
    if (reads === 2) throw new Killed();
  };
  for (let n = 0; n < 2; n += 1) world.put('review', `more ${n}`, '10', { n });
  await expect(world.pass()).rejects.toBeInstanceOf(Killed);
  world.onRead = () => {};
  world.polling.form = 'third';
  await world.pass();
  expect(world.publishedIds, 'broken off in one form, ended in another').not.toContain('-r2');
  await world.pass();
  expect(world.publishedIds).toContain('-r2');
});

test('mass deletion is not believed without a person', async () => {
  const world = worldWithTwo();
  for (let n = 0; n < 30; n += 1) world.put('review', `m${n}`, '10', { at: n });
  await world.pass();
  world.shown.review.clear();
  await world.pass();
  await world.pass();
  expect(world.heldDeletions).toEqual(['review 33 of 3']);
  expect(world.publishedIds.some((id) => id.startsWith('-'))).toBe(false);
  expect(world.store.ledger.shadows).toHaveLength(35);
});

test('D-21: a person who retries approves: the next pass takes so many records for deleted, and later ones no more', async () => {
  const world = worldWithTwo();
  for (let n = 0; n < 30; n += 1) world.put('review', `m${n}`, '10', { at: n });
  await world.pass();
  const gone = (): string[] => world.publishedIds.filter((id) => id.startsWith('-'));
  const lose = (from: number, to: number): void => {
    for (let n = from; n < to; n += 1) world.shown.review.delete(`m${n}`);
  };
  const heldNow = (): string[] => world.store.ledger.held.map(({ subject }) => subject);
  lose(0, 5);
  await world.pass();
  await world.pass();
  expect([gone(), heldNow()]).toEqual([[], ['deletions:review']]);
  await world.store.held.retry({ vendor: 'onefile', code: 'DELETIONS_HELD' }, { by: 'ann' });
  await world.pass();
  expect(gone().sort()).toEqual(['-m0', '-m1', '-m2', '-m3', '-m4']);
  expect(heldNow()).toEqual([]);
  lose(5, 9);
  await world.pass();
  await world.pass();
  expect(gone(), 'not approved').toHaveLength(5);
  expect(heldNow()).toEqual(['deletions:review']);
  for (let n = 5; n < 9; n += 1) world.put('review', `m${n}`, '10', { at: n });
  await world.pass();
  expect(heldNow(), 'they are there again').toEqual([]);
});

test('pages answered empty by mistake, twice in a row, delete nothing: not even in a small centre', async () => {
  const world = worldWithTwo();
  await world.pass();
  const { review } = world.shown;
  const rows = [...review];
  review.clear();
  await world.pass();
  await world.pass();
  expect(world.heldDeletions).toEqual(['review 3 of 2']);
  expect(world.publishedIds.some((id) => id.startsWith('-'))).toBe(false);
  for (const [id, row] of rows) review.set(id, row);
  await world.pass();
  expect(world.heldDeletions).toHaveLength(1);
  expect(world.store.ledger.shadows).toHaveLength(5);
});

test('a learner that the vendor refuses to show is a gap: nothing of it is concluded as gone, of others it is', async () => {
  const world = worldWithTwo();
  world.put('learning-aim', 'a3', '11', { number: '3' });
  await world.pass();
  world.shown['learning-aim'].delete('a1');
  world.shown['learning-aim'].delete('a2');
  const refusal = { kind: 'rejected', code: 'VENDOR_REFUSED', detail: '' } as const;
  world.failing = (read) => (read === 'full aims 10' ? refusal : null);
  for (let n = 0; n < 2; n += 1)
    expect(await world.pass()).toMatchObject({ gapCount: 1, unread: ['aims i10'] });
  expect(world.publishedIds.filter((id) => id.startsWith('-'))).toEqual(['-a2']);
});

test('G-9, D-21: of a list that was not shown whole the records count, and nothing that is missing is gone', async () => {
  const world = worldWithTwo();
  await world.pass();
  world.shown.review.delete('r2');
  world.partial.add('reviews');
  for (let n = 0; n < 2; n += 1)
    expect(await world.pass()).toMatchObject({ gapCount: 1, unread: ['reviews'] });
  expect(world.publishedIds).not.toContain('-r2');
  expect(world.hasShadow('review', 'r2')).toBe(true);
  world.partial.clear();
  for (let n = 0; n < 2; n += 1) await world.pass();
  expect(world.publishedIds.filter((id) => id === '-r2')).toHaveLength(1);
});

test('while the vendor is away the pass waits, longer each time, and then goes on', async () => {
  const world = worldWithTwo();
  const untilMs = world.nowMs + 180_000;
  world.failing = () => (world.nowMs < untilMs ? { kind: 'unreachable', detail: '' } : null);
  expect(await world.pass()).toMatchObject({ recordCount: 5 });
  expect(world.slept).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  const warnings = world.logged.filter(({ level }) => level === 'warn');
  expect(
    warnings.map(({ code }) => code),
    'once',
  ).toEqual(['unreachable']);
  expect(world.logged.filter(({ message }) => message.startsWith('OneFile')).at(-1)).toMatchObject({
    level: 'info',
    message: 'OneFile answers again: polling goes on',
  });
});

test('a told wait is kept', async () => {
  const world = worldWithTwo();
  world.failures.push({ kind: 'throttled', detail: '', retryAfterMs: 12_345 });
  await world.pass();
  expect(world.slept).toEqual([12_345]);
});

test('stopped by the signal, the pass says so and submits nobody', async () => {
  const world = worldWithTwo();
  const stop = new AbortController();
  world.onRead = () => stop.abort();
  expect(await world.pass({ signal: stop.signal })).toBe('stopped');
  expect(world.submitted).toEqual([]);
});

test('killed at any reads whatever, every record ends published and kept as shadow', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 }), async (kills) => {
      const world = worldWithTwo();
      for (const killAt of [...kills, Number.POSITIVE_INFINITY]) {
        let reads = 0;
        world.onRead = () => {
          reads += 1;
          if (reads === killAt) throw new Killed();
        };
        if ((await world.passes.readRuns()).lastCompleted === null) await world.pass().catch(() => {});
      }
      expect(new Set(world.publishedIds)).toEqual(new Set(['r1', 'r2', 'r3', 'a1', 'a2']));
      expect(world.store.ledger.shadows).toHaveLength(5);
    }),
  );
});

test('G-4, OF-71: what PICS takes over although no learner owns it is told again by every full pass', async () => {
  const world = worldWithTwo();
  world.put('review', 'foreign', null, { at: 'x' });
  world.polling.publishesAll = (entity) => entity === 'review';
  await world.pass();
  world.published.length = 0;
  await world.pass();
  expect(world.publishedIds).toContain('foreign');
  world.polling.publishesAll = () => false;
  world.published.length = 0;
  await world.pass();
  expect(world.publishedIds).not.toContain('foreign');
});

test('OF-8, OF-71: officers and organisations are handed on before the learners that name them', async () => {
  const world = worldWithTwo();
  world.polling.pushedOwners = ['officer', 'organisation'];
  world.linkOwner('officer', 'OFF1', '55');
  world.linkOwner('organisation', 'ACME1', '56');
  await world.pass();
  expect(world.submitted).toEqual(['officer:OFF1', 'organisation:ACME1', 'i10', 'i11']);
});
