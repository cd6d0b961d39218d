/** Labels of a series without its name. */
export type Labels = Readonly<Record<string, string>>;

/** A value at a time, in seconds; `value` null: the series ended here, as when a target shows it no more. */
export type Sample = { readonly atS: number; readonly value: number | null };

export type Series = { readonly name: string; readonly labels: Labels; readonly samples: Sample[] };

type Line = { readonly name: string; readonly labels: Labels; readonly value: number };

/** How old the newest value may be that still counts, seconds: Prometheus's default. */
const lookbackS = 300;

/**
 * Series as Prometheus keeps them: scraped from the text of targets, or recorded by rules.
 *
 * What one source (a target or a rule) showed the last time and does not show now ends at this moment, as in
 * Prometheus, which notes a mark of staleness. A window includes its end and, before version 3, its beginning.
 */
export class SeriesStore {
  /** The version of Prometheus that is followed. */
  readonly version: 2 | 3;
  readonly #series = new Map<string, Map<string, Series>>();
  /** What each source showed last. */
  readonly #shown = new Map<string, ReadonlySet<Series>>();
  readonly #scraped = new Set<Series>();

  constructor(version: 2 | 3 = 3) {
    this.version = version;
  }

  /** Takes what a target answered; null when it did not answer. Adds `up`, as a scrape does. */
  scrape(target: Labels, text: string | null, atS: number): void {
    const lines = text === null ? [] : parseExposition(text);
    const own = lines.map((line) => ({ ...line, labels: { ...normalised(line.labels), ...target } }));
    const source = `target ${target['job']} ${target['instance']}`;
    this.write(source, [...own, { name: 'up', labels: target, value: text === null ? 0 : 1 }], atS);
    for (const series of this.#shown.get(source) ?? []) this.#scraped.add(series);
  }

  /** What was scraped, without what rules have recorded. */
  get scraped(): readonly Series[] {
    return [...this.#scraped];
  }

  /** A store with what was scraped alone. */
  copyScraped(version: 2 | 3): SeriesStore {
    const copy = new SeriesStore(version);
    for (const { name, labels, samples } of this.#scraped) copy.#find(name, labels).samples.push(...samples);
    return copy;
  }

  /** Takes everything that a source shows at a time. */
  write(source: string, lines: readonly Line[], atS: number): void {
    const shown = new Set<Series>();
    for (const { name, labels, value } of lines) {
      const series = this.#find(name, labels);
      series.samples.push({ atS, value });
      shown.add(series);
    }
    for (const series of this.#shown.get(source) ?? [])
      if (!shown.has(series)) series.samples.push({ atS, value: null });
    this.#shown.set(source, shown);
  }

  /** Every series of a name. */
  list(name: string): readonly Series[] {
    return [...(this.#series.get(name)?.values() ?? [])];
  }

  #find(name: string, labels: Labels): Series {
    const byLabels = this.#series.get(name) ?? new Map<string, Series>();
    this.#series.set(name, byLabels);
    const key = keyOf(labels);
    const known = byLabels.get(key) ?? { name, labels, samples: [] };
    byLabels.set(key, known);
    return known;
  }
}

/** The newest value at a time; null when it is too old or was never set. */
export function readValue({ samples }: Series, atS: number, { version }: SeriesStore): number | null {
  const newest = samples.findLast((sample) => sample.atS <= atS);
  if (newest === undefined) return null;
  const ageS = atS - newest.atS;
  return ageS < lookbackS || (version === 2 && ageS === lookbackS) ? newest.value : null;
}

/** Values between two times, the later one included. */
export function readRange(
  { samples }: Series,
  { fromS, untilS }: { readonly fromS: number; readonly untilS: number },
  { version }: SeriesStore,
): { atS: number; value: number }[] {
  const found: { atS: number; value: number }[] = [];
  for (let index = samples.length - 1; index >= 0; index -= 1) {
    const { atS, value } = samples[index] as Sample;
    if (atS < fromS || (atS === fromS && version === 3)) break;
    if (atS <= untilS && value !== null) found.push({ atS, value });
  }
  return found.reverse();
}

export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Prometheus 3 writes bounds of buckets as decimal numbers: `60` becomes `60.0`. */
function normalised(labels: Labels): Labels {
  const { le } = labels;
  return le !== undefined && /^\d+$/.test(le) ? { ...labels, le: `${le}.0` } : labels;
}

/** Reads Prometheus's text format. Throws at a line that does not fit it. */
export function parseExposition(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (parts === null) throw new Error(`"${line}" is no line of Prometheus's text format`);
      const [, name = '', inner = '', value = ''] = parts;
      return { name, labels: parseLabels(inner), value: toNumber(value) };
    });
}

function parseLabels(text: string): Labels {
  const found = [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g)];
  if (found.map(([whole]) => whole).join('') !== text) throw new Error(`"${text}" is no list of labels`);
  return Object.fromEntries(
    found.map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  );
}

function toNumber(text: string): number {
  if (/^[+-]?Inf$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
