import type { Log } from '../../../base/log.ts';
import type { CallBudget, SessionCache } from '../../../domain/ports.ts';
import type { Priority } from '../../../domain/priority.ts';
import type { Answer, Capabilities, Operation, Operations } from '../port.ts';
import type { Contract, WireName } from '../wire/contract.ts';
import type { Connect, Connection } from './transport.ts';

/** How a call is made, and out of whose right to call. One account serves all calls of a step. */
export type Account = {
  readonly priority: Priority;
  readonly signal?: AbortSignal;
  /** Requests that the caller has already taken from the budget; counted down as they are made. */
  prepaid: number;
  /** From then on, by `steadyMs`, no write is sent any more: others may take it for never sent (G-5). */
  readonly sendBeforeMs?: number;
  /** What our tracing finds the call by: the intent and its attempt. */
  readonly requestId?: string;
  /** Nothing that was read before is used: after a call without an answer. */
  readonly isFresh?: boolean;
};

/** Smart Assessor as the sync knows it. */
export type SmartAssessor = {
  readonly contract: Pick<Contract, 'id' | 'trust'> & {
    readonly capabilities: Capabilities;
    readonly names: readonly WireName[];
  };
  call<O extends Operation>(
    operation: O,
    input: Operations[O]['input'],
    account: Account,
  ): Promise<Answer<Operations[O]['output']>>;
  close(): Promise<void>;
};

export type SmartAssessorOptions = {
  readonly connection: Connection;
  /** How requests are sent; by default over HTTP. */
  readonly connect?: Connect;
  readonly budget: CallBudget;
  readonly sessionCache: SessionCache;
  readonly log: Log;
  /** This machine's time of day, for what is kept: when a record was read, when a token was issued. */
  readonly now: () => number;
  /** A clock that is never set, for everything that lasts. */
  readonly steadyMs: () => number;
  /** Resolves after the delay, or as soon as the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly chance: () => number;
};

export function createSmartAssessor(options: SmartAssessorOptions): SmartAssessor {
  throw new Error(`not yet: ${options.connection.contract}`);
}
