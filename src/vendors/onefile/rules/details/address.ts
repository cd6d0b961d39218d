import { toText } from '../compare.ts';

/** A postcode of the United Kingdom at the end of a text: a line of its own, or after the last comma. */
const lastPostcode = /(?:^|[\r\n,])\s*([a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2})\s*$/i;

const lineCount = 4;

/** OneFile has one text for both: lines divided by line ends or commas, the last one a postcode if it looks like one. */
export function splitAddress(text: string | null): {
  readonly address: string | null;
  readonly postcode: string | null;
} {
  const match = lastPostcode.exec(text ?? '');
  if (match === null)
    return { address: toPieces(text ?? '').length === 0 ? null : toText(text), postcode: null };
  // One written twice is one postcode, and no line of the address.
  const { address } = splitAddress((text ?? '').slice(0, match.index));
  return { address, postcode: toText(match[1]) };
}

/** The lines and the postcode of PICS as OneFile could show them: a postcode that looks like none is no postcode. */
export function toAddress(
  lines: readonly (string | null)[],
  postcode: string | null,
): ReturnType<typeof splitAddress> {
  const ofLines = splitAddress(joinLines(lines));
  return { address: ofLines.address, postcode: splitAddress(postcode).postcode ?? ofLines.postcode };
}

/** How lines are broken differs: what counts is the sequence of their pieces. */
export function isSameAddress(a: string, b: string): boolean {
  return toPieces(a).join('\n') === toPieces(b).join('\n');
}

/** Four lines for PICS; what is more goes into the last one, and if that is too long a person must look. */
export function toFourLines(address: string): readonly (string | null)[] {
  const pieces = toPieces(address);
  const first = pieces.slice(0, lineCount - 1);
  const rest = toText(pieces.slice(lineCount - 1).join(', '));
  return [...first, rest, ...Array<null>(lineCount).fill(null)].slice(0, lineCount);
}

function joinLines(lines: readonly (string | null)[]): string | null {
  const filled = lines.map(toText).filter((line) => line !== null);
  return toText(filled.join('\n'));
}

function toPieces(text: string): string[] {
  return text
    .split(/[\r\n,]/)
    .map(toText)
    .filter((piece) => piece !== null);
}
