import { Clock, MACHINE_TIME, type TimeSource } from '../common/clock.ts';
import { ScriptedRules } from '../common/scripted-rules.ts';
import { createHistory, type OneFileHistory } from './history.ts';
import { type MaintenanceWindow, RateLimit } from './limits.ts';
import { seedStore } from './seed/seed-store.ts';
import { Sessions } from './sessions.ts';
import type { SeedOptions } from './settings.ts';
import { Store } from './state/store.ts';
import { defaultSwitches, type SwitchValues } from './switches.ts';

/** Everything one simulator knows. A reset refills it in place, so servers may hold on to it. */
export interface World {
  options: SeedOptions;
  readonly time: TimeSource;
  clock: Clock;
  switches: SwitchValues;
  store: Store;
  history: OneFileHistory;
  sessions: Sessions;
  rate: RateLimit;
  rules: ScriptedRules;
  maintenance: MaintenanceWindow | null;
  /** Users flagged for deletion, with the instant from which it may be carried out. */
  deletions: Map<number, number>;
}

export function createWorld(options: SeedOptions, time: TimeSource = MACHINE_TIME): World {
  const clock = new Clock(time);
  const history = createHistory();
  const store = new Store((kind, id, before, after) =>
    history.recordChange(clock.nowIso(), { kind, id, before, after }),
  );
  seedStore(store, options);
  return {
    options,
    time,
    clock,
    switches: defaultSwitches(),
    store,
    history,
    sessions: new Sessions(),
    rate: new RateLimit(),
    rules: new ScriptedRules(),
    maintenance: null,
    deletions: new Map(),
  };
}

export function resetWorld(world: World, options: SeedOptions): void {
  Object.assign(world, createWorld(options, world.time));
}
