import type { Lease, PollEffects } from './poll-effects.ts';

/**
 * Lends a signal that aborts when the lease is lost, and keeps the lease meanwhile.
 *
 * A lost lease is no fault: whoever has it now goes on, and the epoch keeps our late writes from counting.
 */
export async function withLease(
  { store, sleep }: Pick<PollEffects, 'store' | 'sleep'>,
  lease: Lease,
  leaseMs: number,
  signal: AbortSignal,
  use: (held: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const held = AbortSignal.any([signal, lost.signal]);
  const keep = async (): Promise<void> => {
    while (!held.aborted) {
      await sleep(leaseMs / 3, held);
      if (!held.aborted && !(await store.renewLease(lease))) lost.abort();
    }
  };
  // A renewal that fails ends the holding and is thrown; one that the end itself broke off is not.
  const keeping = keep().catch((fault: unknown) => {
    if (held.aborted) return;
    lost.abort();
    throw fault;
  });
  keeping.catch(() => {});
  try {
    await use(held);
  } finally {
    lost.abort();
    await keeping.finally(() => store.releaseLease(lease).catch(() => {}));
  }
}
