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

/** What a request meets on its way to a vendor and back. `down`: the maintenance page answers. */
export type Passage =
  | 'through'
  | 'refused'
  | 'throttled'
  | 'down'
  | 'cut-before-done'
  | 'done-then-cut'
  | 'done-late';

/** The line between the sync and a vendor: slow, cut, throttled, or dead for hours. */
export class Line {
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
      return this.#random.chance() < 0.5 ? 'refused' : 'down';
    let dice = this.#random.chance();
    const isNext = (rate: number): boolean => {
      dice -= rate;
      return dice < 0;
    };
    const { refusedConnection, throttled, cutBeforeDone, doneThenCut, doneLate } = this.rates;
    if (isNext(refusedConnection)) return 'refused';
    if (isNext(throttled)) return 'throttled';
    if (isNext(cutBeforeDone)) return 'cut-before-done';
    if (isNext(doneThenCut)) return 'done-then-cut';
    return isNext(doneLate) ? 'done-late' : 'through';
  };

  /** The way there, or back. */
  readonly travel = (): Promise<void> => this.#clock.sleep(10 + this.#random.below(120));
}
