import { idOf } from '../state/row.ts';
import type { World } from '../world.ts';

/** The customer a token was issued to. There are a handful at most. */
export function customerOfToken(world: World, token: string | undefined): number | undefined {
  if (token === undefined || token === '') return undefined;
  const customer = world.store.list('customers').find((row) => row['token'] === token);
  return customer === undefined ? undefined : (idOf(customer) as number);
}
