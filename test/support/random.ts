/** A small seeded generator (mulberry32): the same seed gives the same run on any machine. */
export function createRandom(seed: number): {
  chance: () => number;
  below: (n: number) => number;
  pick: <T>(of: readonly T[]) => T;
} {
  let state = seed >>> 0;
  const chance = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number): number => Math.floor(chance() * n);
  return { chance, below, pick: (of) => of[below(of.length)]! };
}
