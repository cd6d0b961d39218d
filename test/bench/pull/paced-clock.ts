import { type Priority, priorities } from '../../../src/domain/priority.ts';
import { toLimits } from '../../../src/redis/budget.ts';
import { CallWindow, type Counts } from '../../../src/redis/call-window.ts';

/**
 * Time as the call budget lets it pass: it stands still while work is done, and jumps where a call has to wait.
 *
 * The rule that grants calls is the real one, so a simulated hour makes as many calls as a real one would.
 */
export class PacedClock {
  readonly #window: CallWindow;
  #nowMs = Date.UTC(2026, 0, 15, 4);
  /** Told before a call is made at a later time than the last one: to move the vendor's clock. */
  onMoved: (nowMs: number) => Promise<void> = async () => {};

  constructor(callsPerMinute: number) {
    this.#window = new CallWindow(toLimits({ limitPerMinute: callsPerMinute }));
  }

  readonly nowMs = (): number => this.#nowMs;

  readonly pass = (ms: number): void => {
    this.#nowMs += ms;
  };

  readonly takeCall = async (priority: Priority): Promise<void> => {
    const wanted = priorities.map((one) => Number(one === priority)) as unknown as Counts;
    for (;;) {
      const { granted, waitMs } = this.#window.grant(this.#nowMs, wanted);
      if (granted.includes(1)) break;
      this.#nowMs += Math.max(1, waitMs);
    }
    await this.onMoved(this.#nowMs);
  };
}
