import { sleep } from '../base/sleep.ts';
import type { Engine } from '../engine/engine.ts';
import { forgetDue, readDue } from '../store/postponed.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { EngineParts } from './open-engine.ts';

const everyMs = 1_000;
const atOnce = 100;

/** Looks at learners when what was postponed for them is due (OF-50). Several processes may: a look twice is one look. */
export function lookWhenDue(
  { store }: Pick<EngineParts, 'store'>,
  engine: Pick<Engine, 'submit'>,
): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    while (!signal.aborted) {
      const due = await readDue(store.pool, vendor.name, atOnce);
      await Promise.all(
        due.map(async (one) => {
          const { ident } = one;
          await engine.submit({ ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null });
          await forgetDue(store.pool, vendor.name, one);
        }),
      );
      if (due.length < atOnce) await sleep(everyMs, signal);
    }
  };
}
