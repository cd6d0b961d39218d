/** One measure with its bar. */
export type Line = {
  readonly measure: string;
  readonly seen: string;
  readonly bar: string;
  /** Null: it has no bar. */
  readonly isMet: boolean | null;
  readonly figures: Readonly<Record<string, number>>;
};

export function rowOf({ measure, seen, bar, isMet }: Line): string[] {
  return [measure, seen, bar, isMet === null ? '' : isMet ? 'met' : 'missed'];
}
