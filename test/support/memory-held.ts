import type { HeldItem, LaneKey, OutcomeRecord } from '../../src/core/ledger.ts';

type Lane = Pick<LaneKey, 'vendor' | 'ident'>;
type Stored = HeldItem & { readonly how: 'open' | 'released' | 'retried' };

/** The held list in memory: one open item a subject, and what became of the closed ones. */
export class MemoryHeld {
  #items: Stored[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get open(): readonly HeldItem[] {
    return this.#items.filter(({ how }) => how === 'open').map(({ how: _how, ...item }) => item);
  }

  of({ vendor, ident }: Lane): readonly HeldItem[] {
    return this.open.filter((item) => item.vendor === vendor && item.ident === ident);
  }

  record(outcome: Pick<OutcomeRecord, 'vendor' | 'ident' | 'holds' | 'released'>): void {
    const wanted = new Map(outcome.holds.map((hold) => [hold.subject, hold]));
    for (const item of this.of(outcome))
      if (outcome.released.includes(item.subject) && !wanted.has(item.subject)) this.#end(item, 'released');
    for (const hold of wanted.values()) this.#hold(outcome, hold);
  }

  /** Null when it is not open. */
  retry(id: string): Lane | null {
    const item = this.open.find((one) => one.id === id);
    if (item === undefined) return null;
    this.#end(item, 'retried');
    return item;
  }

  #hold({ vendor, ident }: Lane, hold: OutcomeRecord['holds'][number]): void {
    const known = this.of({ vendor, ident }).find(({ subject }) => subject === hold.subject);
    if (known !== undefined) {
      this.#items = this.#items.map((one) => (one.id === known.id ? { ...one, ...hold } : one));
      return;
    }
    const last = this.#items.findLast(
      (one) => one.vendor === vendor && one.ident === ident && one.subject === hold.subject,
    );
    const isAgain = last?.how === 'retried';
    this.#items.push({
      ...hold,
      ...{ vendor, ident, how: 'open', id: String(this.#items.length + 1) },
      tries: isAgain ? last.tries + 1 : 1,
      sinceMs: isAgain ? last.sinceMs : this.#nowMs(),
    });
  }

  #end({ id }: HeldItem, how: Stored['how']): void {
    this.#items = this.#items.map((one) => (one.id === id ? { ...one, how } : one));
  }
}
