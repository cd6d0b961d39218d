import type { Meter } from '../../src/domain/ports.ts';

type Call = Parameters<Meter['called']>[0];

/** Counts in memory what the product counts for Prometheus. */
export class MemoryMeter implements Meter {
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

  called(call: Call): void {
    this.calls.push(call);
  }
  delivered(_vendor: string, latencyMs: number): void {
    this.latenciesMs.push(latencyMs);
  }
  noted(_vendor: string, code: string): void {
    this.notes.push(code);
  }
  working(): void {}
  paused(_vendor: string, reason: string | null): void {
    this.pauses.push(reason);
  }
  disposed(_vendor: string, disposition: string): void {
    this.dispositions.push(disposition);
  }
  restarted(part: string): void {
    this.restarts.push(part);
  }
  foreignWrite(): void {
    this.foreignWriteCount += 1;
  }
  published(_vendor: string, observations: readonly unknown[]): void {
    this.publishedCount += observations.length;
  }
  forecast(_vendor: string, forecast: Parameters<Meter['forecast']>[1]): void {
    this.forecasts.push(forecast);
  }
  alarmed(): void {}
  applied(settled: Parameters<Meter['applied']>[0]): void {
    this.settled.push(...settled);
  }
}
