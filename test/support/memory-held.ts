import type { HeldItem, LaneKey, OutcomeRecord } from '../../src/domain/ledger.ts';

type Lane = Pick<LaneKey, 'vendor' | 'ident'>;
type Stored = HeldItem & { readonly how: 'open' | 'released' | 'retried' };

/** The held list in memory: one open item a subject, and what became of the closed ones. */
export class MemoryHeld {
  /** By lane, then by subject: the newest item there is. */
  readonly #items = new Map<string, Map<string, Stored>>();
  readonly #nowMs: () => number;
  #lastId = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get open(): readonly HeldItem[] {
    return [...this.#items.values()]
      .flatMap((items) => toOpen(items.values()))
      .sort((a, b) => Number(a.id) - Number(b.id));
  }

  of(lane: Lane): readonly HeldItem[] {
    const items = this.#items.get(toKey(lane));
    return items === undefined ? [] : toOpen(items.values());
  }

  record(outcome: Pick<OutcomeRecord, 'vendor' | 'ident' | 'holds' | 'released'>): void {
    if (outcome.holds.length === 0 && outcome.released.length === 0) return;
    const key = toKey(outcome);
    const items = this.#items.get(key) ?? new Map<string, Stored>();
    this.#items.set(key, items);
    const wanted = new Map(outcome.holds.map((hold) => [hold.subject, hold]));
    for (const subject of outcome.released) {
      const item = items.get(subject);
      if (item?.how === 'open' && !wanted.has(subject)) items.set(subject, { ...item, how: 'released' });
    }
    for (const hold of wanted.values()) this.#hold(items, outcome, hold);
  }

  /** Null when it is not open. */
  retry(id: string): Lane | null {
    for (const items of this.#items.values())
      for (const item of items.values()) {
        if (item.id !== id || item.how !== 'open') continue;
        items.set(item.subject, { ...item, how: 'retried' });
        return item;
      }
    return null;
  }

  #hold(items: Map<string, Stored>, { vendor, ident }: Lane, hold: OutcomeRecord['holds'][number]): void {
    const last = items.get(hold.subject);
    if (last?.how === 'open') {
      items.set(hold.subject, { ...last, ...hold });
      return;
    }
    this.#lastId += 1;
    const isAgain = last?.how === 'retried';
    items.set(hold.subject, {
      ...hold,
      ...{ vendor, ident, how: 'open', id: String(this.#lastId) },
      tries: isAgain ? last.tries + 1 : 1,
      sinceMs: isAgain ? last.sinceMs : this.#nowMs(),
    });
  }
}

function toOpen(items: Iterable<Stored>): readonly HeldItem[] {
  return [...items].filter(({ how }) => how === 'open').map(({ how: _how, ...item }) => item);
}

function toKey({ vendor, ident }: Lane): string {
  return `${vendor} ${ident}`;
}
