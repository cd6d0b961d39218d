import { sleep } from '../../base/sleep.ts';
import type { Engine } from '../../outbound/engine.ts';
import { forgetDue, readDueIdents } from '../../store/postponed.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
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
      const idents = await readDueIdents(store.pool, vendor.name, atOnce);
      await Promise.all(
        idents.map(async (ident) => {
          await engine.submit({ ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null });
          await forgetDue(store.pool, vendor.name, ident);
        }),
      );
      if (idents.length < atOnce) await sleep(everyMs, signal).catch(() => {});
    }
  };
}
