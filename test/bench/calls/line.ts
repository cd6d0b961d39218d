/** One measure with its bar. */
export type Line = {
  readonly measure: string;
  readonly seen: string;
  readonly bar: string;
  /** Null: told for its own sake. */
  readonly isMet: boolean | null;
  readonly figures: Readonly<Record<string, number>>;
};

export function toRow({ measure, seen, bar, isMet }: Line): string[] {
  return [measure, seen, bar, isMet === null ? '' : isMet ? 'met' : 'missed'];
}
