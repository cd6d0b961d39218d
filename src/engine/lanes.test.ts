import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Priority, priorities } from '../domain/priority.ts';
import { Lanes } from './engine.ts';

test('work that arrives during a turn waits and is merged into the next turn', () => {
  const lanes = new Lanes<number>();
  lanes.add('a', 1, 'live');
  expect(lanes.take()).toEqual({ key: 'a', works: [1], priority: 'live' });
  lanes.add('a', 2, 'live');
  lanes.add('a', 3, 'live');
  expect(lanes.take()).toBeNull();
  lanes.done('a');
  expect(lanes.take()).toEqual({ key: 'a', works: [2, 3], priority: 'live' });
});

test('a command overtakes waiting work, and raises its own learner', () => {
  const lanes = new Lanes<string>();
  lanes.add('bulk', 'b', 'replay');
  lanes.add('learner', 'old', 'replay');
  lanes.add('other', 'o', 'live');
  lanes.add('learner', 'refresh', 'command');
  expect(lanes.take()).toEqual({ key: 'learner', works: ['old', 'refresh'], priority: 'command' });
  expect(lanes.take()?.key).toBe('other');
  expect(lanes.take()?.key).toBe('bulk');
});

test('a lane that was urgent once is not urgent for ever', () => {
  const lanes = new Lanes<string>();
  lanes.add('a', 'refresh', 'command');
  lanes.take();
  lanes.add('a', 'bulk', 'replay');
  lanes.add('b', 'live', 'live');
  lanes.done('a');
  expect(lanes.take()?.key).toBe('b');
});

test('no schedule runs a key twice at once, loses work, or reorders the work of a key', () => {
  const act = fc.oneof(
    fc.record({ add: fc.constantFrom('a', 'b', 'c', 'd'), priority: fc.constantFrom(...priorities) }),
    fc.constant('take' as const),
    fc.record({ done: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const lanes = new Lanes<{ key: string; n: number }>();
      const running: string[] = [];
      const seen = new Map<string, number>();
      const added = new Map<string, number>();
      const runTurn = (): void => {
        const turn = lanes.take();
        if (turn === null) return;
        expect(running).not.toContain(turn.key);
        running.push(turn.key);
        for (const { key, n } of turn.works) {
          expect(key).toBe(turn.key);
          expect(n).toBe((seen.get(key) ?? 0) + 1);
          seen.set(key, n);
        }
      };
      const add = (key: string, priority: Priority): void => {
        const n = (added.get(key) ?? 0) + 1;
        added.set(key, n);
        lanes.add(key, { key, n }, priority);
      };
      for (const step of acts) {
        if (step === 'take') runTurn();
        else if ('add' in step) add(step.add, step.priority);
        else if (running.length > 0) lanes.done(running.splice(step.done % running.length, 1)[0]!);
      }
      while (running.length > 0 || lanes.waitingCount > 0) {
        runTurn();
        const [key] = running.splice(0, 1);
        if (key !== undefined) lanes.done(key);
      }
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(added));
    }),
  );
});
