import { assumedRestV0 } from './assumed-rest-v0/contract.ts';
import type { Contract } from './contract.ts';
import { soapG1 } from './soap-g1/contract.ts';

/** Every contract that this program knows: one line each. */
export const contracts: readonly Contract[] = [assumedRestV0, soapG1];

/** The contract of that id. */
export function contractOf(id: string): Contract {
  const found = contracts.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no contract ${id}`);
  return found;
}
