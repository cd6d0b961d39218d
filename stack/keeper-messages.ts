import type { ExternalParts } from './addresses.ts';
import type { Ports } from './ports.ts';
import type { StackState } from './state.ts';
import type { PartReport } from './supervisor.ts';

/** What a launcher wants started. */
export type StartOrder = {
  name: string;
  cacheDir: string | null;
  ports: Partial<Ports>;
  external: ExternalParts;
  connectJit: 'fast-start' | 'throughput';
  /** The stack ends when the process that ordered it does. */
  isOwned: boolean;
  /** Its data goes with it. */
  isDiscarded: boolean;
};

export type ToKeeper =
  | { kind: 'start'; order: StartOrder }
  /** The launcher has seen the stack up and will go: from now on it stands alone. */
  | { kind: 'commit' }
  | { kind: 'end' };

export type FromKeeper =
  | { kind: 'fetching'; detail: string }
  | { kind: 'fetched' }
  | { kind: 'part'; report: PartReport }
  | { kind: 'up'; state: StackState }
  | { kind: 'committed' }
  | { kind: 'failed'; sentence: string; fault: 'absent' | 'failed' };
