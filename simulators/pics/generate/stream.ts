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
 * Each record has its own, so a larger set contains the smaller one and a change in one table moves no other. The
 * start has 64 bits: with 32 some of the 600,000 reviews of the largest set would begin alike and share an id.
 */
export function createStream(seed: number, table: string, ...record: (number | string)[]): Stream {
  const next = createRandom(hashName(`${seed}/${table}/${record.join('/')}`));
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

/** sfc32, started from two hashes and run until they are well mixed. */
function createRandom([first, second]: readonly [number, number]): () => number {
  let a = first;
  let b = second;
  let c = first ^ 0x9e3779b9;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round += 1) next();
  return next;
}

/** Two hashes in the manner of FNV-1a, with multipliers of their own, so that names never agree in both by kinship. */
function hashName(name: string): [number, number] {
  let first = 0x811c9dc5;
  let second = 0x1b873593;
  for (let i = 0; i < name.length; i += 1) {
    const unit = name.charCodeAt(i);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x5bd1e995);
    second ^= second >>> 15;
  }
  return [first, second];
}
