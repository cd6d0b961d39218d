import { type Log, silentLog } from '../../src/base/log.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { Clock, Meter, OpenCredential } from '../../src/domain/ports.ts';
import { noTracer, type Tracer } from '../../src/domain/trace.ts';
import type { RolePorts } from '../../src/roles/role.ts';
import type { Vendor } from '../../src/vendors/vendor.ts';
import { createMemoryCredentials } from './credential.ts';
import { MemoryMeter } from './meter.ts';
import { MemoryPics } from './pics.ts';
import { MemoryStore } from './store.ts';
import { MemoryTopics } from './topics.ts';

export type MemoryPorts = Omit<RolePorts, 'pics' | 'store' | 'topics' | 'meter'> & {
  readonly pics: MemoryPics;
  readonly store: MemoryStore;
  readonly topics: MemoryTopics;
  readonly meter: MemoryMeter;
};

/** Everything a role stands on, in memory and joined: what is committed in PICS is captured into the topics. */
export function createMemoryPorts({
  clock,
  vendors,
  learners = [],
  openCredential = createMemoryCredentials(),
  partitionCount = 1,
  log = silentLog,
  meter = null,
  tracer = noTracer,
}: {
  readonly clock: Clock;
  readonly vendors: readonly Vendor[];
  readonly learners?: readonly Learner[];
  readonly openCredential?: OpenCredential;
  readonly partitionCount?: number;
  readonly log?: Log;
  /** Counts too, beside the memory's own. */
  readonly meter?: Meter | null;
  readonly tracer?: Tracer;
}): MemoryPorts {
  const pics = new MemoryPics(learners, clock);
  const topics = new MemoryTopics(clock, partitionCount);
  pics.onChange = (change) => topics.publishChange(change);
  const store = new MemoryStore(clock);
  topics.raise = (alarm) => store.alarms.raise(alarm);
  return { pics, store, topics, openCredential, clock, meter: new MemoryMeter(meter), tracer, log, vendors };
}
