import type { Log } from '../base/log.ts';
import type { Sleep } from '../base/sleep.ts';
import type { Meter } from '../domain/ports.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { LagRow } from './lag.ts';

/*
 * Freshness: how long changes really took from one side to the other, lately. The histograms of a process say it of that
 * process; here all processes add up in the sync database, so the report of one shows what all of them did.
 */

/** `out`: from the commit in PICS to the vendor's acknowledgement. `in`: from the read at the vendor to the commit in PICS. */
type Way = 'out' | 'in';

/** What took how long, of one vendor in one direction. */
export type Took = {
  readonly vendor: VendorName;
  readonly way: Way;
  readonly count: number;
  /** Of them, those that took longer than was wanted. */
  readonly late: number;
  /** The longest, milliseconds. */
  readonly mostMs: number;
};

type FreshnessKeeper = {
  /** Counts as the given meter does, and keeps what concerns freshness. */
  readonly meter: Meter;
  /** Hands on what was counted until the signal aborts, and once more then. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

const everyMs = 5_000;

/** What cannot be handed on, because the sync database is away, goes with the next turn. */
export function createFreshness({
  meter,
  lateAfterMs,
  add,
  nowMs,
  sleep,
  log,
}: {
  readonly meter: Meter;
  readonly lateAfterMs: number;
  readonly add: (took: readonly Took[]) => Promise<void>;
  readonly nowMs: () => number;
  readonly sleep: Sleep;
  readonly log: Log;
}): FreshnessKeeper {
  let counted = new Map<string, Took>();
  const note = (vendor: VendorName, way: Way, tookMs: number): void => {
    merge(counted, {
      vendor,
      way,
      count: 1,
      late: tookMs > lateAfterMs ? 1 : 0,
      mostMs: Math.max(0, tookMs),
    });
  };
  const handOn = async (): Promise<void> => {
    if (counted.size === 0) return;
    const taken = counted;
    counted = new Map();
    try {
      await add([...taken.values()]);
    } catch (error) {
      for (const took of taken.values()) merge(counted, took);
      log.info('how long changes took could not be kept yet', { error });
    }
  };
  return {
    meter: {
      ...meter,
      delivered: (vendor, latencyMs) => {
        meter.delivered(vendor, latencyMs);
        note(vendor, 'out', latencyMs);
      },
      applied: (settled) => {
        meter.applied(settled);
        for (const { written, record } of settled)
          if (written.length > 0 && record.item.kind === 'observation') {
            const { vendor, observedAtMs } = record.item.observation;
            note(vendor, 'in', nowMs() - observedAtMs);
          }
      },
    },
    run: async (signal) => {
      while (!signal.aborted) {
        await sleep(everyMs, signal);
        await handOn();
      }
    },
  };
}

function merge(into: Map<string, Took>, took: Took): void {
  const key = `${took.vendor} ${took.way}`;
  const before = into.get(key);
  into.set(key, {
    ...took,
    count: took.count + (before?.count ?? 0),
    late: took.late + (before?.late ?? 0),
    mostMs: Math.max(took.mostMs, before?.mostMs ?? 0),
  });
}

/** One change in a hundred may take longer than was wanted. */
const lateShare = 0.01;

/** Both directions of a vendor as lines of the report; 0 where nothing had to be carried over lately. */
export function toFreshnessRows(
  { name, title }: { readonly name: VendorName; readonly title: string },
  took: readonly Took[],
): LagRow[] {
  return (['out', 'in'] as const).map((way): LagRow => {
    const of = took.find((one) => one.vendor === name && one.way === way);
    const row = {
      what: way === 'out' ? `freshness: PICS to ${title}` : `freshness: ${title} to PICS`,
      count: of?.count ?? 0,
      unit: 'records',
      ageMs: of?.mostMs ?? 0,
      sinceMs: null,
    } as const;
    if (of === undefined || of.count === 0) return { ...row, status: 'idle', advice: '' };
    if (of.late <= of.count * lateShare) return { ...row, status: 'ok', advice: '' };
    const advice = `${of.late} of ${of.count} changes of the last five minutes took too long. After an outage this ends by itself; else see the queue of the same name and the calls of the vendor.`;
    return { ...row, status: 'slow', advice };
  });
}
