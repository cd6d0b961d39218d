/** Thrown where a test kills a command. */
export class Killed extends Error {}

/**
 * What something works with, ports and all, that works a number of times and then kills it: before or after the call
 * that is next.
 *
 * After: the call was done and its caller does not know, as when a process ends between an effect and what follows it.
 */
export function crashAt<E extends object>(ports: E, at: number, when: 'before' | 'after'): E {
  let count = 0;
  const counted = async (run: () => unknown): Promise<unknown> => {
    count += 1;
    const place = count;
    if (place === at && when === 'before') throw new Killed();
    const result = await run();
    if (place === at) throw new Killed();
    return canReachOut(result) ? wrap(result) : result;
  };
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value === 'function') {
          const run = (...given: unknown[]): unknown => Reflect.apply(value, target, given);
          return pure.has(String(name)) ? run : (...given: unknown[]) => counted(() => run(...given));
        }
        return isGroup(value) ? wrap(value) : value;
      },
    });
  return wrap(ports);
}

/** Answered at once, without reaching out to anything. */
const pure: ReadonlySet<string> = new Set([
  'isShown',
  'correct',
  'plan',
  'nowMs',
  'chance',
  'contradictionsOf',
  'crossedBy',
]);

/** A port or a group of one. */
function isGroup(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof AbortSignal)
  );
}

/** An answer that has calls of its own. */
function canReachOut(value: unknown): value is object {
  return isGroup(value) && Object.values(value).some((one) => typeof one === 'function');
}

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
