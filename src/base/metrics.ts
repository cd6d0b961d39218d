import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type LabelValues<L extends string> = Readonly<Record<L, string>>;

type MetricSpec<L extends string> = {
  /** Without the common prefix. Counters end in `_total`, times in `_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Fixed names with few values each. A learner is never a label. */
  readonly labels: readonly L[];
};

type Count<L extends string> = { add(labels: LabelValues<L>, count?: number): void };
type Level<L extends string> = { set(labels: LabelValues<L>, value: number): void; clear(): void };
type Spread<L extends string> = { observe(labels: LabelValues<L>, value: number): void };

/** The metrics of one process. Defining the same name twice returns the same metric. */
export type Metrics = {
  counter<L extends string>(spec: MetricSpec<L>): Count<L>;
  gauge<L extends string>(spec: MetricSpec<L>): Level<L>;
  histogram<L extends string>(spec: MetricSpec<L> & { readonly buckets: readonly number[] }): Spread<L>;
  /** Runs before every read, for values that are only computed when they are read. */
  onRead(refresh: () => Promise<void> | void): void;
  /** Returns the text for Prometheus. */
  read(): Promise<string>;
  readonly contentType: string;
};

/** Buckets in seconds, from a few milliseconds to ten minutes, for acknowledgements, calls and passes. */
export const latencyBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
] as const;

const prefix = 'pics_sync_';

export function createMetrics({ withProcess = false }: { withProcess?: boolean } = {}): Metrics {
  const registry = new Registry();
  const known = new Map<string, unknown>();
  const refreshes: (() => Promise<void> | void)[] = [];
  if (withProcess) collectDefaultMetrics({ register: registry, prefix });

  function once<T>(name: string, create: () => T): T {
    const found = known.get(name) as T | undefined;
    if (found !== undefined) return found;
    const created = create();
    known.set(name, created);
    return created;
  }

  const common = <L extends string>({ name, help, labels }: MetricSpec<L>) => ({
    name: `${prefix}${name}`,
    help,
    labelNames: [...labels],
    registers: [registry],
  });

  return {
    counter: (spec) =>
      once(spec.name, () => {
        const counter = new Counter(common(spec));
        // The library returns a value; callers must not pass it on.
        return { add: (labels, count = 1) => void counter.inc(labels, count) };
      }),
    gauge: (spec) =>
      once(spec.name, () => {
        const gauge = new Gauge(common(spec));
        return { set: (labels, value) => void gauge.set(labels, value), clear: () => void gauge.reset() };
      }),
    histogram: (spec) =>
      once(spec.name, () => {
        const histogram = new Histogram({ ...common(spec), buckets: [...spec.buckets] });
        return { observe: (labels, value) => void histogram.observe(labels, value) };
      }),
    onRead: (refresh) => void refreshes.push(refresh),
    async read() {
      await Promise.all(refreshes.map((refresh) => refresh()));
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
