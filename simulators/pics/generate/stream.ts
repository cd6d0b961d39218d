/** The random numbers of one record. The same seed, table and record number always give the same ones. */
export interface Stream {
  /** 0 inclusive to 1 exclusive. */
  next(): number;
  /** Both ends inclusive. */
  int(from: number, to: number): number;
  isBelow(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  digits(count: number): string;
}

/**
 * Opens the stream of one record.
 *
 * Each record has its own, so a larger set contains the smaller one and a change in one table moves no other.
 */
export function createStream(seed: number, table: string, ...record: (number | string)[]): Stream {
  let state = toHash(`${seed}/${table}/${record.join('/')}`);
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    isBelow: (share) => next() < share,
    pick: (list) => {
      const item = list[int(0, list.length - 1)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    digits: (count) => {
      let text = '';
      for (let i = 0; i < count; i += 1) text += int(0, 9);
      return text;
    },
  };
}

/** FNV-1a over UTF-16 units, then mixed, because names of neighbouring records differ in their last digit only. */
function toHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
