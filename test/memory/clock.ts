import type { Clock } from '../../src/domain/ports.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** A clock that jumps to the next sleeper when nothing else is to be done; chance is given. */
export function createVirtualClock(
  chance: () => number = () => 0.5,
  startMs?: number,
): { readonly clock: Clock; readonly virtual: VirtualClock } {
  const virtual = new VirtualClock(startMs);
  const sleep: Clock['sleep'] = (ms, signal) =>
    virtual.sleep(ms, signal).catch((fault: unknown) => {
      if (signal?.aborted !== true) throw fault;
    });
  return { clock: { nowMs: virtual.nowMs, steadyMs: virtual.nowMs, sleep, chance }, virtual };
}
