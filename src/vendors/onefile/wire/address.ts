import { splitAddress } from '../rules/details/address.ts';

/**
 * OneFile's one address text of lines and postcode, which has no field of its own. What is not given stays as it
 * stands.
 */
export function joinAddress(
  { address, postcode }: { readonly address?: string; readonly postcode?: string },
  present: string | null,
): string {
  const known = splitAddress(present);
  const lines = (address ?? known.address ?? '').split(/\r?\n/).map((line) => line.trim());
  return [...lines, postcode ?? known.postcode ?? ''].filter((line) => line !== '').join('\r\n');
}
