import type { Learner } from '../core/learner.ts';
import type { LaneKey, LaneState } from '../core/ledger.ts';
import type { NewLink } from '../core/link.ts';
import type { Priority } from '../core/priority.ts';
import type { CallContext } from './effects.ts';

/** What one look at a learner remembers from step to step. Gone when the look ends: only the ledger is durable. */
export type Memory = {
  readonly ident: string;
  readonly demand: 'change' | 'refresh';
  readonly priority: Priority;
  readonly committedAtMs: number | null;
  readonly txIds: readonly number[];
  readonly reads: Set<string>;
  /** PICS ids of links told to the reconciler in this look. */
  readonly announced: Set<string>;
  /** Links that could not be made because either side is linked elsewhere (G-2), by kind and PICS id. */
  readonly refusedLinks: Map<string, NewLink>;
  /** Failed attempts in a row, by call. */
  readonly attempts: Map<string, number>;
  readonly calls: Record<string, number>;
  /** The right to make one call that was not used yet. */
  hasReservedCall: boolean;
};

/** What one turn of the loop has read. */
export type Glance = {
  readonly key: LaneKey;
  readonly learner: Learner;
  readonly lane: LaneState;
  readonly learnerVendorId: string | null;
};

export function toContext(
  memory: Pick<Memory, 'priority' | 'demand'>,
  glance: Pick<Glance, 'learnerVendorId'>,
  signal: AbortSignal,
): CallContext {
  return {
    learnerVendorId: glance.learnerVendorId,
    priority: memory.priority,
    cause: memory.demand === 'refresh' ? 'refresh' : 'before-write',
    signal,
  };
}
