import { MemoryLedger } from './memory-ledger.ts';

/** Thrown where a test kills a command. */
export class Killed extends Error {}

/**
 * Effects that work a number of times and then kill the command, before or after the one that is next.
 *
 * After: it was done and nobody knows, as when a process ends between an effect and what follows it.
 */
export function crashAt<E extends object>(effects: E, at: number, when: 'before' | 'after'): E {
  let count = 0;
  const wrap =
    (run: (...given: never[]) => unknown) =>
    async (...given: never[]): Promise<unknown> => {
      count += 1;
      if (count === at && when === 'before') throw new Killed();
      const place = count;
      const result = await run(...given);
      if (place === at) throw new Killed();
      return result;
    };
  const wrapAll = (name: string, value: unknown): unknown => {
    if (value instanceof MemoryLedger)
      return {
        readLane: wrap(value.readLane.bind(value) as never),
        recordOutcome: wrap(value.recordOutcome.bind(value) as never),
      };
    return typeof value === 'function' && !pure.has(name) ? wrap(value as never) : value;
  };
  return Object.fromEntries(
    Object.entries(effects).map(([name, value]) => [name, wrapAll(name, value)]),
  ) as E;
}

/** Answered at once, without reaching out to anything. */
const pure: ReadonlySet<string> = new Set(['isShown', 'plan', 'askFor']);

/**
 * Runs something, killed at every one of its effects in turn, and once more each time.
 *
 * `run` makes a world of its own and gives its state after the second time; the state is to be what it would be without
 * a crash.
 */
export async function killEverywhere<S>(
  run: (kill: {
    readonly at: number;
    readonly when: 'before' | 'after';
  }) => Promise<{ wasKilled: boolean; state: S }>,
): Promise<{
  readonly kills: number;
  readonly states: readonly { readonly at: string; readonly state: S }[];
}> {
  const states: { at: string; state: S }[] = [];
  for (let at = 1; ; at += 1) {
    let killed = 0;
    for (const when of ['before', 'after'] as const) {
      const { wasKilled, state } = await run({ at, when });
      if (!wasKilled) continue;
      killed += 1;
      states.push({ at: `${when} ${at}`, state });
    }
    if (killed === 0) return { kills: states.length, states };
  }
}
