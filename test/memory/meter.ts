import type { Meter } from '../../src/domain/ports.ts';
import type { VendorName } from '../../src/domain/vendor-name.ts';

type Call = Parameters<Meter['called']>[0];

/** Counts in memory what the product counts for Prometheus, and hands it on to another meter where one is given. */
export class MemoryMeter implements Meter {
  readonly #onward: Meter | null;
  readonly calls: Call[] = [];
  readonly latenciesMs: number[] = [];
  readonly notes: string[] = [];
  readonly pauses: (string | null)[] = [];
  readonly dispositions: string[] = [];
  readonly settled: Parameters<Meter['applied']>[0][number][] = [];
  readonly forecasts: Parameters<Meter['forecast']>[1][] = [];
  foreignWriteCount = 0;
  /** Parts of roles that were started again. */
  readonly restarts: string[] = [];
  publishedCount = 0;

  constructor(onward: Meter | null = null) {
    this.#onward = onward;
  }

  called(call: Call): void {
    this.calls.push(call);
    this.#onward?.called(call);
  }
  delivered(vendor: VendorName, latencyMs: number): void {
    this.latenciesMs.push(latencyMs);
    this.#onward?.delivered(vendor, latencyMs);
  }
  noted(vendor: VendorName, code: string): void {
    this.notes.push(code);
    this.#onward?.noted(vendor, code);
  }
  working(vendor: VendorName): void {
    this.#onward?.working(vendor);
  }
  paused(vendor: VendorName, reason: string | null): void {
    this.pauses.push(reason);
    this.#onward?.paused(vendor, reason);
  }
  disposed(vendor: VendorName, disposition: string): void {
    this.dispositions.push(disposition);
    this.#onward?.disposed(vendor, disposition);
  }
  restarted(part: string): void {
    this.restarts.push(part);
    this.#onward?.restarted(part);
  }
  foreignWrite(vendor: VendorName): void {
    this.foreignWriteCount += 1;
    this.#onward?.foreignWrite(vendor);
  }
  published(vendor: VendorName, observations: Parameters<Meter['published']>[1]): void {
    this.publishedCount += observations.length;
    this.#onward?.published(vendor, observations);
  }
  forecast(vendor: VendorName, forecast: Parameters<Meter['forecast']>[1]): void {
    this.forecasts.push(forecast);
    this.#onward?.forecast(vendor, forecast);
  }
  alarmed(alarm: Parameters<Meter['alarmed']>[0]): void {
    this.#onward?.alarmed(alarm);
  }
  applied(settled: Parameters<Meter['applied']>[0]): void {
    this.settled.push(...settled);
    this.#onward?.applied(settled);
  }
}
