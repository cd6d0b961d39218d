/** A postcode of the United Kingdom at the end of a text: a line of its own, or after the last comma. */
const lastPostcode = /(?:^|[\r\n,])\s*([a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2})\s*$/i;

/** OneFile has no field for a postcode: it is the end of the address. */
export function splitAddress(text: string): { readonly address: string; readonly postcode: string | null } {
  const match = lastPostcode.exec(text);
  const [whole = '', postcode = null] = match ?? [];
  return { address: text.slice(0, text.length - whole.length).trim(), postcode };
}

/** OneFile's one address text of lines and postcode. What is not given stays as it stands. */
export function joinAddress(
  { address, postcode }: { readonly address?: string; readonly postcode?: string },
  present: string | null,
): string {
  const known = splitAddress(present ?? '');
  const lines = (address ?? known.address).split(/\r?\n/).map((line) => line.trim());
  return [...lines, postcode ?? known.postcode ?? ''].filter((line) => line !== '').join('\r\n');
}
