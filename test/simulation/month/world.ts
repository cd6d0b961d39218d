import type { Change } from '../../../src/domain/change.ts';
import type { Link } from '../../../src/domain/link.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { smartAssessorConfigured } from '../../memory/smart-assessor.ts';
import { MemoryStore } from '../../memory/store.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';
import { defaultSettings } from '../../support/onefile-rules.ts';
import { createRandom } from '../../support/random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { type BrokenRules, goodRules } from './broken-rules.ts';
import { type SiteSettings, toRates, toSettings, toSiteSettings } from './conditions.ts';
import { MonthExchange } from './exchange.ts';
import { Line } from './line.ts';
import { OneFileState } from './onefile.ts';
import { oneFileOfMonth } from './onefile-vendor.ts';
import { PicsSide } from './pics-side.ts';
import { populate } from './populate.ts';
import { populateSmartAssessor } from './populate-smart-assessor.ts';
import { SmartAssessorSite } from './smart-assessor.ts';
import { smartAssessorOfMonth } from './smart-assessor-vendor.ts';

export type WorldOptions = {
  readonly seed: number;
  readonly learnerCount: number;
  readonly rules?: Partial<BrokenRules>;
  readonly onTrace?: (line: string) => void;
};

/** Both sides and everything between them, on one simulated clock. */
export class MonthWorld {
  readonly clock: VirtualClock;
  readonly random: ReturnType<typeof createRandom>;
  readonly settings: OneFileSettings;
  readonly state: OneFileState;
  /** Whether the centre keeps the date a certificate was received (O12). */
  readonly keepsCertificateReceived: boolean;
  readonly store: MemoryStore;
  readonly ledger: MemoryLedger;
  readonly pics: PicsSide;
  readonly rules: BrokenRules;
  readonly oneFile: MonthExchange;
  readonly smartAssessor: MonthExchange;
  readonly site: SmartAssessorSite;
  /** Fields of learners whose updates Smart Assessor drops in silence (Q6). */
  readonly ignoredFields: readonly string[];
  /** Smart Assessor's settings, where they differ from the defaults. */
  readonly siteSection: SiteSettings;
  /** Idents that users have changed. */
  readonly renamed = new Map<string, string>();
  readonly faults: unknown[] = [];
  #lastNumber = 0;
  readonly #onTrace: ((line: string) => void) | undefined;

  constructor({ seed, learnerCount, rules, onTrace }: WorldOptions) {
    this.random = createRandom(seed);
    const { random } = this;
    // Over a night on which the clocks change, one way or the other.
    this.clock = new VirtualClock(random.chance() < 0.5 ? Date.UTC(2026, 2, 12, 9) : Date.UTC(2026, 9, 8, 9));
    const { clock } = this;
    this.rules = { ...goodRules, ...rules };
    this.#onTrace = onTrace;
    const line = new Line(clock, random, toRates(random));
    this.store = new MemoryStore(clock);
    this.ledger = this.store.ledger;
    this.keepsCertificateReceived = random.chance() < 0.8;
    this.state = new OneFileState(clock, this.keepsCertificateReceived);
    const tellsOldRows = random.chance() < 0.8;
    const population = populate(this.state, random, { learnerCount, nowMs: clock.nowMs() });
    this.settings = { ...defaultSettings, ...population.fallbacks, ...toSettings(random) };
    const sites = createRandom(seed + 7_000_000);
    this.ignoredFields = sites.chance() < 0.3 ? ['mobile'] : [];
    this.site = new SmartAssessorSite(clock, this.ignoredFields);
    const learners = populateSmartAssessor(this.site, sites, {
      learners: population.learners,
      nowMs: clock.nowMs(),
    });
    this.siteSection = toSiteSettings(sites, this.settings);
    this.pics = new PicsSide({
      owners: population.owners,
      learners,
      settings: this.settings,
      unitsPolicies: {
        onefile: this.settings.unitsPolicy,
        smartassessor: this.siteSection.unitsPolicy,
      },
      random,
      nowMs: clock.nowMs,
      tellsOldRows,
      publish: (change: Change) => this.#publish(change),
    });
    this.pics.store.collides = () => random.chance() < 0.01;
    this.oneFile = new MonthExchange(this, oneFileOfMonth(this, line), random);
    const site = {
      site: this.site,
      configured: smartAssessorConfigured(this.siteSection),
      line: new Line(clock, sites, toRates(sites)),
      random: sites,
    };
    this.smartAssessor = new MonthExchange(this, smartAssessorOfMonth(this, site), sites);
  }

  /** The exchanges with the vendors of the month. */
  get exchanges(): readonly MonthExchange[] {
    return [this.oneFile, this.smartAssessor];
  }

  readonly trace = (line: () => string): void => {
    this.#onTrace?.(`${new Date(this.clock.nowMs()).toISOString()} ${line()}`);
  };

  readonly fail = (fault: unknown): void => {
    this.faults.push(fault);
  };

  newNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** All vendors read the topic of links. */
  readonly publishLinks = (links: readonly Link[], removed = false): void => {
    for (const { topics } of this.exchanges) topics.publishLinks(links, removed);
  };

  #publish(change: Change): void {
    this.trace(
      () =>
        `PICS ${change.op} ${change.entity} ${JSON.stringify(change.key)} ${JSON.stringify(change.after)} ${change.origin ?? ''}`,
    );
    for (const exchange of this.exchanges) exchange.deliverTwice(change);
  }
}
