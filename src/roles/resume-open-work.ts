import { untilAborted } from '../base/sleep.ts';
import type { Engine } from '../engine/engine.ts';
import { readUnsettledIdents } from '../store/intents.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { EngineParts } from './open-engine.ts';

const pageSize = 500;

/**
 * Looks once, after a start, at every learner with an open intent: nobody else may ever ask for them.
 *
 * What another process is sending at present is left to it.
 */
export function resumeOpenWork(
  { store }: EngineParts,
  engine: Engine,
): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    let afterIdent: string | null = null;
    for (;;) {
      const idents: string[] = await readUnsettledIdents(store.pool, vendor.name, {
        afterIdent,
        limit: pageSize,
      });
      const looks = idents.map((ident) =>
        engine.submit({ ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null }),
      );
      await Promise.all(looks);
      if (idents.length < pageSize) return untilAborted(signal);
      afterIdent = idents.at(-1) ?? null;
    }
  };
}
