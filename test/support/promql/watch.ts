import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ActiveAlert, type RuleGroup, RuleWatch, readRuleFile } from './rules.ts';
import { SeriesStore } from './series.ts';

const folder = path.resolve(import.meta.dirname, '../../../monitoring/rules');

/** Paths of the files with rules, in their order. */
export const ruleFiles: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.yml'))
  .toSorted()
  .map((file) => path.join(folder, file));

/** The groups of rules that are shipped. */
export function readRules(): readonly RuleGroup[] {
  return ruleFiles.flatMap((file) => readRuleFile(readFileSync(file, 'utf8')));
}

/** How often targets are scraped and rules evaluated, seconds: as `monitoring/prometheus.yml` says. */
export const scrapeEveryS = 15;

/** A process whose metrics are read; null: it does not answer. */
export type Target = { readonly instance: string; readonly read: () => Promise<string | null> };

export type Watched = {
  readonly targets: readonly Target[];
  readonly nowMs: () => number;
  /** Lets so much time pass for what is watched. */
  readonly passMs: (ms: number) => Promise<void>;
};

/** A Prometheus with the rules that are shipped: it scrapes and evaluates while the time of a test passes. */
export class Watch {
  readonly store = new SeriesStore();
  readonly #rules: RuleWatch;
  readonly #of: Watched;
  /** Alerts that are active, after the last scrape. */
  active: readonly ActiveAlert[] = [];
  /** Every alert that was pending, and every one that fired, since `forget`. */
  readonly wasPending = new Set<string>();
  readonly hasFired = new Set<string>();

  constructor(of: Watched) {
    this.#of = of;
    this.#rules = new RuleWatch(readRules(), this.store);
  }

  get firing(): readonly string[] {
    return this.active.filter(({ state }) => state === 'firing').map(({ name }) => name);
  }

  forget(): void {
    this.wasPending.clear();
    this.hasFired.clear();
  }

  async pass(seconds: number): Promise<void> {
    for (let passedS = 0; passedS < seconds; passedS += scrapeEveryS) {
      await this.#of.passMs(scrapeEveryS * 1_000);
      await this.#look();
    }
  }

  /** Passes time until the alert fires; the time that it took, seconds. Throws when it has not fired after the limit. */
  async untilFiring(name: string, limitS: number): Promise<number> {
    for (let passedS = 0; passedS <= limitS; passedS += scrapeEveryS) {
      await this.pass(scrapeEveryS);
      if (this.firing.includes(name)) return passedS + scrapeEveryS;
    }
    throw new Error(`${name} has not fired after ${limitS} s; active: ${JSON.stringify(this.active)}`);
  }

  /** Passes time until the alert is neither firing nor pending; the time that it took, seconds. */
  async untilSilent(name: string, limitS: number): Promise<number> {
    for (let passedS = 0; passedS <= limitS; passedS += scrapeEveryS) {
      await this.pass(scrapeEveryS);
      if (!this.active.some((alert) => alert.name === name)) return passedS + scrapeEveryS;
    }
    throw new Error(`${name} is still active after ${limitS} s: ${JSON.stringify(this.active)}`);
  }

  async #look(): Promise<void> {
    const atS = Math.round(this.#of.nowMs() / 1_000);
    for (const { instance, read } of this.#of.targets)
      this.store.scrape({ job: 'pics-sync', instance }, await read(), atS);
    this.active = this.#rules.evaluate(atS);
    for (const { name, state } of this.active)
      (state === 'firing' ? this.hasFired : this.wasPending).add(name);
  }
}
