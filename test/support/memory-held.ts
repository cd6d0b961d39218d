import { isDeepStrictEqual } from 'node:util';
import type { HeldChoice, HeldFilter, HeldRow, Retried, RetryAct } from '../../src/domain/held.ts';
import type { HeldItem, LaneKey, OutcomeRecord } from '../../src/domain/ledger.ts';
import type { Store } from '../../src/domain/ports.ts';
import type { VendorName } from '../../src/domain/vendor-name.ts';

type Lane = Pick<LaneKey, 'vendor' | 'ident'>;
type Row = { -readonly [K in keyof HeldRow]: HeldRow[K] };
type Hold = OutcomeRecord['holds'][number];

/** The table `held`: one open item a subject of a lane, and closed ones as history. */
export class MemoryHeld {
  /** In the order of their numbers. */
  readonly #rows: Row[] = [];
  readonly #open = new Map<string, Row>();
  readonly #openOfLane = new Map<string, Set<Row>>();
  readonly #lastClosed = new Map<string, Row>();
  readonly #nowMs: () => number;
  readonly #moveLane: (lane: Lane) => void;

  constructor(nowMs: () => number, moveLane: (lane: Lane) => void) {
    this.#nowMs = nowMs;
    this.#moveLane = moveLane;
  }

  /** What waits for a person, or was left by one; oldest first. */
  get open(): readonly HeldItem[] {
    return this.#openRows().map(toItem);
  }

  ofLane(lane: Lane): readonly HeldItem[] {
    const rows = [...(this.#openOfLane.get(toLane(lane)) ?? [])];
    return rows.sort((a, b) => Number(a.id) - Number(b.id)).map(toItem);
  }

  record({ vendor, centre, ident, holds, released }: OutcomeRecord): void {
    const wanted = new Map(holds.map((hold) => [hold.subject, hold]));
    const doomed = released.filter((subject) => !wanted.has(subject));
    const rows = doomed.flatMap((subject) => this.#open.get(toKey({ vendor, ident }, subject)) ?? []);
    for (const hold of wanted.values()) this.hold({ vendor, centre, ident }, hold);
    for (const row of rows) this.#close(row, 'released');
  }

  hold({ vendor, centre, ident }: LaneKey, { subject, code, params, requestHash }: Hold): void {
    const key = toKey({ vendor, ident }, subject);
    const open = this.#open.get(key);
    if (open === undefined) {
      const last = this.#lastClosed.get(key);
      const isAgain = last?.how === 'retried';
      this.#insert({
        vendor,
        centre,
        ident,
        subject,
        code,
        params: params,
        requestHash,
        tries: isAgain ? last.tries + 1 : 1,
        sinceMs: isAgain ? last.sinceMs : this.#nowMs(),
      });
      return;
    }
    const isSame =
      open.code === code && open.requestHash === requestHash && isDeepStrictEqual(open.params, params);
    if (isSame) return;
    Object.assign(open, { code, params: params, requestHash });
    Object.assign(open, { skippedAtMs: null, how: null, by: null, reason: null });
  }

  /** both keys have ids of their own. Asked once; what a person left is left. */
  holdConflict({ vendor, centre, ident }: LaneKey, hold: Omit<Hold, 'requestHash'>): void {
    const open = this.#open.get(toKey({ vendor, ident }, hold.subject));
    const { subject, code, params } = hold;
    if (open === undefined) {
      const sinceMs = this.#nowMs();
      this.#insert({ vendor, centre, ident, subject, code, params, requestHash: null, tries: 1, sinceMs });
    } else if (open.code !== code || !isDeepStrictEqual(open.params, params))
      Object.assign(open, { code, params, requestHash: null });
  }

  /**
   * what the new key has of the same kind stands, the rest of the old key is closed. A create whose outcome is
   * unknown stands in any case: the item keeps it from being sent again.
   */
  rename(from: Lane, to: Lane, toSubject: (subject: string) => string): void {
    for (const row of [...(this.#openOfLane.get(toLane(from)) ?? [])]) {
      const subject = toSubject(row.subject);
      const other = this.#open.get(toKey(to, subject));
      if (other !== undefined) {
        const isKept = row.code === 'UNKNOWN_OUTCOME' && other.code !== row.code;
        this.#close(isKept ? other : row, 'released');
        if (!isKept) continue;
      }
      this.#forgetOpen(row);
      Object.assign(row, { ident: to.ident, subject });
      this.#keepOpen(row);
    }
  }

  readonly group: Store['held'] = {
    list: async (filter = {}) => this.#list(filter),
    retry: async (choice, act) => this.#retry(choice, act),
    skip: async (id, { reason, by }) => {
      const row = this.#rows[Number(id) - 1];
      if (row === undefined || row.closedAtMs !== null) return null;
      Object.assign(row, { skippedAtMs: this.#nowMs(), how: 'skipped', by, reason });
      return { vendor: row.vendor, ident: row.ident, subject: row.subject };
    },
    readIdentsFor: async (vendor, { name, value }) =>
      toIdents(this.#open, (row) => isOf(row, vendor) && row.params[name] === value && !isOwner(row)),
    readLanes: async (vendor) =>
      toIdents(this.#open, (row) => isOf(row, vendor) && row.skippedAtMs === null && row.ident !== ''),
    countByReason: async () => {
      const waiting = [...this.#open.values()].filter(({ skippedAtMs }) => skippedAtMs === null);
      return [...Map.groupBy(waiting, ({ vendor, code }) => `${vendor} ${code}`).values()]
        .map((rows) => {
          const { vendor, code } = rows[0] as Row;
          const oldestSinceMs = Math.min(...rows.map(({ sinceMs }) => sinceMs));
          return { vendor, code, count: rows.length, oldestSinceMs };
        })
        .sort((a, b) => b.count - a.count || inOrder(a.vendor, b.vendor) || inOrder(a.code, b.code));
    },
  };

  #list({ vendor, ident, code, state = 'waiting', limit = 1_000, afterId = '0' }: HeldFilter): HeldRow[] {
    const isWanted = (row: Row): boolean =>
      (vendor === undefined || row.vendor === vendor) &&
      (ident === undefined || row.ident === ident) &&
      (code === undefined || row.code === code) &&
      stateOf(row) === state;
    return (state === 'closed' ? this.#rows : this.#openRows())
      .filter((row) => Number(row.id) > Number(afterId) && isWanted(row))
      .slice(0, limit)
      .map((row) => ({ ...row }));
  }

  #retry(choice: HeldChoice, { by, request }: RetryAct): Retried[] {
    const before =
      request === undefined
        ? []
        : this.#rows.filter(({ how, reason }) => how === 'retried' && reason === request).map(toRetried);
    const chosen = this.#openRows().filter((row) => isChosen(row, choice));
    for (const lane of new Map(chosen.map((row) => [toLane(row), row])).values()) this.#moveLane(lane);
    for (const row of chosen) {
      this.#close(row, 'retried');
      Object.assign(row, { by, reason: request ?? null, skippedAtMs: null });
    }
    return [...chosen.map(toRetried), ...before];
  }

  #openRows(): Row[] {
    return [...this.#open.values()].sort((a, b) => Number(a.id) - Number(b.id));
  }

  #insert(row: Omit<HeldRow, 'id' | 'skippedAtMs' | 'closedAtMs' | 'how' | 'by' | 'reason'>): void {
    const id = String(this.#rows.length + 1);
    const whole = { ...row, id, skippedAtMs: null, closedAtMs: null, how: null, by: null, reason: null };
    this.#rows.push(whole);
    this.#keepOpen(whole);
  }

  #close(row: Row, how: 'released' | 'retried'): void {
    this.#forgetOpen(row);
    Object.assign(row, { closedAtMs: this.#nowMs(), how });
    this.#lastClosed.set(toKey(row, row.subject), row);
  }

  #keepOpen(row: Row): void {
    this.#open.set(toKey(row, row.subject), row);
    const of = this.#openOfLane.get(toLane(row));
    if (of === undefined) this.#openOfLane.set(toLane(row), new Set([row]));
    else of.add(row);
  }

  #forgetOpen(row: Row): void {
    this.#open.delete(toKey(row, row.subject));
    this.#openOfLane.get(toLane(row))?.delete(row);
  }
}

function isChosen(row: Row, choice: HeldChoice): boolean {
  if ('ids' in choice) return choice.ids.includes(row.id);
  if (row.vendor !== choice.vendor || row.skippedAtMs !== null) return false;
  return 'code' in choice ? row.code === choice.code : choice.idents.includes(row.ident);
}

function isOf({ vendor }: Row, wanted: VendorName): boolean {
  return vendor === wanted;
}

function isOwner({ ident }: Row): boolean {
  return ident.includes(':');
}

function toIdents(rows: ReadonlyMap<string, Row>, isWanted: (row: Row) => boolean): string[] {
  const found = [...rows.values()].filter(isWanted).map(({ ident }) => ident);
  return [...new Set(found)].sort(inOrder);
}

function stateOf({ closedAtMs, skippedAtMs }: Row): 'closed' | 'skipped' | 'waiting' {
  return closedAtMs !== null ? 'closed' : skippedAtMs !== null ? 'skipped' : 'waiting';
}

function toItem({ id, vendor, ident, subject, code, params, requestHash, tries, sinceMs }: Row): HeldItem {
  return { id, vendor, ident, subject, code, params, requestHash, tries, sinceMs };
}

function toRetried({ vendor, ident, subject, code, params }: Row): Retried {
  return { vendor, ident, subject, code, params };
}

function toLane({ vendor, ident }: Lane): string {
  return `${vendor} ${ident}`;
}

function toKey(lane: Lane, subject: string): string {
  return `${toLane(lane)} ${subject}`;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
