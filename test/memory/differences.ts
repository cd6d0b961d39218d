import type { AuditPlace, Difference } from '../../src/domain/difference.ts';
import type { LaneKey } from '../../src/domain/ledger.ts';
import type { CentreScope, Store } from '../../src/domain/ports.ts';

type Row = Difference & { readonly laneVersion: number };
type Sources = {
  readonly nowMs: () => number;
  readonly versionOf: (lane: Pick<LaneKey, 'vendor' | 'ident'>) => number;
  readonly isLinked: (lane: LaneKey) => boolean;
};

/** The tables of differences and of the audit's place, in memory. */
export class MemoryDifferences {
  #rows: readonly Row[] = [];
  readonly #places = new Map<string, AuditPlace>();
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** what was known under a key that is gone is found again under the new one. */
  forgetKey({ vendor }: CentreScope, ident: string): void {
    this.#rows = this.#rows.filter((row) => row.vendor !== vendor || row.ident !== ident);
  }

  readonly group: Store['differences'] = {
    record: async (lane, { seen, laneVersion }) => {
      const nowMs = this.#sources.nowMs();
      const isOfLane = (row: Row): boolean =>
        row.vendor === lane.vendor && row.centre === lane.centre && row.ident === lane.ident;
      const before = this.#rows.filter(isOfLane);
      const bySubject = Map.groupBy(seen, ({ subject, field }) => JSON.stringify([subject, field]));
      const { vendor, centre, ident } = lane;
      const rows = [...bySubject.values()].flatMap((same): Row[] => {
        const one =
          same.find(({ rule }) => rule === null) ?? same.toSorted(inOrder(({ rule }) => rule ?? ''))[0];
        if (one === undefined) return [];
        const { subject, field, inPics, atVendor, rule } = one;
        const last = before.find((row) => row.subject === subject && row.field === field);
        const isSame = last !== undefined && (last.rule === null) === (rule === null);
        const sinceMs = isSame ? last.sinceMs : nowMs;
        const sightings = isSame ? last.sightings + 1 : 1;
        const found = { vendor, centre, ident, subject, field, inPics, atVendor, rule };
        return [{ ...found, sinceMs, lastSeenMs: nowMs, sightings, laneVersion }];
      });
      this.#rows = [...this.#rows.filter((row) => !isOfLane(row)), ...rows];
      return rows.sort(inOrder(({ subject, field }) => `${subject}\n${field}`)).map(toDifference);
    },
    list: async ({ vendor, ident, isAllowed, limit = 1_000 } = {}) =>
      this.#rows
        .filter(
          (row) =>
            (vendor === undefined || row.vendor === vendor) &&
            (ident === undefined || row.ident === ident) &&
            (isAllowed === undefined || (row.rule !== null) === isAllowed),
        )
        .toSorted(inOrder((row) => `${row.ident}\n${row.subject}\n${row.field}`))
        .sort((a, b) => a.sinceMs - b.sinceMs)
        .slice(0, limit)
        .map(toDifference),
    count: async () => {
      const kindOf = ({ subject }: Row): string => subject.split(':')[0] ?? '';
      const groups = Map.groupBy(this.#rows, (row) =>
        JSON.stringify([row.vendor, kindOf(row), row.field, row.rule]),
      );
      return [...groups]
        .toSorted(inOrder(([key]) => key))
        .flatMap(([, rows]) => {
          const [first] = rows;
          if (first === undefined) return [];
          const { vendor, field, rule } = first;
          const oldestSinceMs = Math.min(...rows.map(({ sinceMs }) => sinceMs));
          return [{ vendor, kind: kindOf(first), field, rule, count: rows.length, oldestSinceMs }];
        })
        .sort((a, b) => b.count - a.count);
    },
    readDue: async ({ vendor, centre }, { notSeenForMs, movedForMs, limit }) => {
      const open = this.#rows.filter(
        (row) => row.vendor === vendor && row.centre === centre && row.rule === null,
      );
      const nowMs = this.#sources.nowMs();
      return [...Map.groupBy(open, ({ ident }) => ident)]
        .map(([ident, rows]) => ({
          ident,
          lastSeenMs: Math.max(...rows.map((row) => row.lastSeenMs)),
          sightings: Math.max(...rows.map((row) => row.sightings)),
          laneVersion: Math.max(...rows.map((row) => row.laneVersion)),
        }))
        .filter(({ ident, lastSeenMs, sightings, laneVersion }) => {
          const agoMs = nowMs - lastSeenMs;
          const hasMoved = this.#sources.versionOf({ vendor, ident }) > laneVersion;
          return agoMs >= notSeenForMs || (sightings > 1 && hasMoved && agoMs >= movedForMs);
        })
        .sort((a, b) => a.lastSeenMs - b.lastSeenMs || (a.ident < b.ident ? -1 : 1))
        .slice(0, limit)
        .map(({ ident }) => ident);
    },
    forgetUnlinked: async ({ vendor, centre }) => {
      const gone = this.#rows.filter(
        (row) => row.vendor === vendor && row.centre === centre && !this.#sources.isLinked(row),
      );
      this.#rows = this.#rows.filter((row) => !gone.includes(row));
      return [...new Set(gone.map(({ ident }) => ident))].sort();
    },
    readPlace: async ({ vendor, centre }) => this.#places.get(`${vendor} ${centre}`) ?? null,
    recordPlace: async ({ vendor, centre }, place) => {
      this.#places.set(`${vendor} ${centre}`, place);
    },
  };
}

function toDifference({ laneVersion: _laneVersion, ...difference }: Row): Difference {
  return difference;
}

function inOrder<T>(toKey: (one: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [toKey(a), toKey(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
