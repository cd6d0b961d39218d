import type { Clock } from '../../src/domain/ports.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** A clock that jumps to the next sleeper when nothing else is to be done; chance is given. */
export function createVirtualClock(
  chance: () => number = () => 0.5,
  startMs?: number,
): { readonly clock: Clock; readonly virtual: VirtualClock } {
  const virtual = new VirtualClock(startMs);
  return { clock: { nowMs: virtual.nowMs, steadyMs: virtual.nowMs, sleep: virtual.sleep, chance }, virtual };
}
