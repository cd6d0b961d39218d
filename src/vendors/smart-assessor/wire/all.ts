import type { Contract } from './contract.ts';

/** Every contract that this program knows: one line each. */
export const contracts: readonly Contract[] = [];

/** The contract of that id. */
export function contractOf(id: string): Contract {
  const found = contracts.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no contract ${id}`);
  return found;
}
