import { Clock, MACHINE_TIME, type TimeSource } from '../common/clock.ts';
import type { WireFault } from '../common/scripted-rules.ts';
import { ScriptedRules } from '../common/scripted-rules.ts';
import { nested, type Row } from './core/fields.ts';
import { Store } from './core/store.ts';
import { createHistory, type SimHistory } from './history.ts';
import { Limits } from './limits.ts';
import { Tokens } from './rest/tokens.ts';
import { seedStore } from './seed/seed.ts';
import type { SeedOptions } from './settings.ts';
import { defaultSwitches, type SwitchValues } from './switches.ts';

/** Faults that only this vendor's answers can have. */
export type VendorFault =
  | { type: 'empty-id'; applies: boolean; form: 'empty' | 'missing' | 'zero' }
  | { type: 'throttle'; retryAfter: 'none' | 'seconds' | 'date'; seconds: number }
  | { type: 'omit'; ids: readonly string[] }
  | { type: 'soap-fault'; code: 'Sender' | 'Receiver'; subcode: string | null };

export type Fault = WireFault | VendorFault;

export interface Mail {
  readonly n: number;
  readonly at: string;
  readonly learnerId: string;
  readonly to: string;
  readonly kind: 'welcome';
  readonly trigger: 'first-course' | 'create';
}

/** A create that looked like a record already there, and waits for a person. */
export interface QueuedMatch {
  readonly n: number;
  readonly at: string;
  readonly kind: 'employers' | 'learners';
  readonly values: Row;
  readonly candidates: readonly string[];
  readonly decision: 'new' | 'merge' | null;
  readonly recordId: string | null;
}

/** Everything one simulator knows. A reset refills it in place, so servers may hold on to it. */
export interface World {
  options: SeedOptions;
  readonly time: TimeSource;
  clock: Clock;
  switches: SwitchValues;
  store: Store;
  history: SimHistory;
  rules: ScriptedRules<Fault>;
  limits: Limits;
  tokens: Tokens;
  outbox: Mail[];
  matchQueue: QueuedMatch[];
  /** Calls in flight. */
  inFlightCount: number;
}

export function createWorld(options: SeedOptions, time: TimeSource = MACHINE_TIME): World {
  const clock = new Clock(time);
  clock.freezeAt(Date.parse(options.asOf));
  const history = createHistory();
  const store = new Store(options.seed, (kind, id, before, after) =>
    history.recordChange(clock.nowIso(), {
      kind,
      id,
      before: before === null ? null : nested(before),
      after: after === null ? null : nested(after),
    }),
  );
  seedStore(store, options);
  return {
    options,
    time,
    clock,
    switches: defaultSwitches(),
    store,
    history,
    rules: new ScriptedRules<Fault>(),
    limits: new Limits(),
    tokens: new Tokens(),
    outbox: [],
    matchQueue: [],
    inFlightCount: 0,
  };
}

/** A call that is in flight during a reset is not counted again. */
export function resetWorld(world: World, options: SeedOptions): void {
  const { inFlightCount } = world;
  Object.assign(world, createWorld(options, world.time), { inFlightCount });
}

/** What a new or changed record is stamped with. */
export const stampNow = (world: World) => ({
  made: { atMs: world.clock.nowMs(), realMs: world.time.nowMs() },
  modifiedOn: world.clock.nowIso(),
});
