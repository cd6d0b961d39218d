/**
 * Counts refusals for one and the same reason with no success between them.
 *
 * Twenty bad learners in a row are not twenty bad learners: it is our fault or a changed vendor, and the sink pauses.
 */
export class RefusalStreak {
  readonly #limit: number;
  #reason: string | null = null;
  #count = 0;

  constructor(limit = 20) {
    this.#limit = limit;
  }

  succeeded(): void {
    this.#reason = null;
    this.#count = 0;
  }

  /** True when the sink should pause. `reason` names step and code. */
  refused(reason: string): boolean {
    this.#count = this.#reason === reason ? this.#count + 1 : 1;
    this.#reason = reason;
    return this.#count >= this.#limit;
  }
}
