import type { VendorFailure } from '../../../src/domain/outcome.ts';
import type { createRandom } from '../../support/random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

/** How often, of 1, each thing goes wrong with a call. */
export type FaultRates = {
  readonly refusedConnection: number;
  readonly cutBeforeDone: number;
  readonly doneThenCut: number;
  readonly doneLate: number;
  readonly throttled: number;
};

export const noFaults: FaultRates = {
  refusedConnection: 0,
  cutBeforeDone: 0,
  doneThenCut: 0,
  doneLate: 0,
  throttled: 0,
};

type Outage = { readonly fromMs: number; readonly toMs: number };

/** What a call meets on its way to OneFile and back. */
export type Passage = 'through' | 'done-then-cut' | 'done-late' | VendorFailure;

/** The line between the sync and OneFile: slow, cut, throttled, or dead for hours. */
export class OneFileLine {
  rates: FaultRates;
  readonly outages: Outage[] = [];
  readonly #clock: VirtualClock;
  readonly #random: ReturnType<typeof createRandom>;

  constructor(clock: VirtualClock, random: ReturnType<typeof createRandom>, rates: FaultRates) {
    this.#clock = clock;
    this.#random = random;
    this.rates = rates;
  }

  readonly pass = (): Passage => {
    const nowMs = this.#clock.nowMs();
    if (this.outages.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs))
      return this.#random.chance() < 0.5
        ? { kind: 'unreachable', detail: 'ECONNREFUSED' }
        : { kind: 'unknown', detail: 'HTTP 503' };
    const dice = this.#random.chance();
    const { refusedConnection, throttled, cutBeforeDone, doneThenCut, doneLate } = this.rates;
    let limit = refusedConnection;
    if (dice < limit) return { kind: 'unreachable', detail: 'ECONNREFUSED' };
    limit += throttled;
    if (dice < limit)
      return { kind: 'throttled', detail: 'HTTP 429', retryAfterMs: 500 + this.#random.below(20_000) };
    limit += cutBeforeDone;
    if (dice < limit) return { kind: 'unknown', detail: 'ECONNRESET' };
    limit += doneThenCut;
    if (dice < limit) return 'done-then-cut';
    return dice < limit + doneLate ? 'done-late' : 'through';
  };

  /** The way there, or back. */
  readonly travel = (): Promise<void> => this.#clock.sleep(10 + this.#random.below(120));
}
