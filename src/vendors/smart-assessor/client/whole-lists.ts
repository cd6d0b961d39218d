import type { Listing, PortFailure } from '../port.ts';

type Kept = { readonly listing: Listing<unknown>; readonly atMs: number };
type ListAnswer = { readonly kind: 'ok'; readonly value: Listing<unknown> } | PortFailure;

type WholeLists = {
  /** The list of that name, as it was read a moment ago or as `read` reads it now. */
  take(name: string, isFresh: boolean, read: () => Promise<ListAnswer>): Promise<ListAnswer>;
  /** Something has changed at the vendor, or may have: nothing read before counts any more. */
  forget(): void;
};

/** Long enough for the look-ups of one step and of those beside it. */
const keptMs = 5_000;

/**
 * Keeps whole lists for a few seconds.
 *
 * A contract without filters finds one record by reading all of them. A step that looks for twenty officers, or twenty
 * learners looked at together, would read twenty lists; so the last whole list of a kind serves all look-ups of the next
 * five seconds, and look-ups at the same time share one reading. Each of our own writes forgets all of them
 * after its answer or its failure, and a reading that was under way then serves only those who asked for it before. A
 * look-up after a call without an answer asks for a fresh reading. Polling never uses what is kept.
 */
export function createWholeLists(steadyMs: () => number): WholeLists {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<ListAnswer>>();
  let generation = 0;

  function dropOld(): void {
    for (const [name, { atMs }] of kept) if (steadyMs() - atMs > keptMs) kept.delete(name);
  }

  return {
    take: async (name, isFresh, read) => {
      dropOld();
      const known = isFresh ? undefined : kept.get(name);
      if (known !== undefined) return { kind: 'ok', value: known.listing };
      const shared = isFresh ? undefined : underWay.get(name);
      if (shared !== undefined) {
        // Another caller's stop ends the reading; this caller then reads for itself.
        const answered = await shared.catch(() => undefined);
        if (answered !== undefined) return answered;
      }
      const [begunIn, atMs] = [generation, steadyMs()];
      const reading = read();
      underWay.set(name, reading);
      try {
        const answer = await reading;
        const isCurrent = generation === begunIn;
        if (answer.kind === 'ok' && answer.value.isComplete && isCurrent)
          kept.set(name, { listing: answer.value, atMs });
        return answer;
      } finally {
        if (underWay.get(name) === reading) underWay.delete(name);
      }
    },
    forget: () => {
      generation += 1;
      kept.clear();
      underWay.clear();
    },
  };
}
